"""The command: each promise as a user would try it, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from api.settings import SAMPLE_FOLDER
from geo import store
from geo.layers.registry import LAYERS
from tests.api.conftest import CANARY
from tests.commands import yixian
from tests.county import AS_OF, SmallCounty

YIXIAN = [sys.executable, "-m", "api.cli"]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
ROOT = Path(__file__).resolve().parents[2]


def run(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return yixian(*words, cwd=cwd)


def data_of(result: subprocess.CompletedProcess[str]) -> dict:
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_help_names_every_sub_command_and_loads_nothing_heavy() -> None:
    result = run("--help")
    assert result.returncode == 0
    for name in (
        "serve",
        "init",
        "import",
        "nearest",
        "reach",
        "isolation",
        "export",
        "map",
        "layers",
        "check",
        "sample",
    ):
        assert name in result.stdout
    heavy = "import sys, api.cli; print([m for m in sys.modules if m in ('geopandas', 'fastapi', 'folium', 'pandas')])"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, cwd=ROOT).stdout == "[]\n"


def test_nearest_prints_a_table_for_people_and_json_for_programs(folder: Path) -> None:
    words = ("nearest", 111.405, 27.675, "--data", folder, "--k", 2)
    table = run(*words)
    assert table.returncode == 0, table.stderr
    answer = data_of(run(*words, "--json"))
    assert len(answer["teams"]) == 2
    for team in answer["teams"]:
        assert team["team_id"] in table.stdout


def test_the_questions_by_road_print_tables_for_people_and_json_for_programs(folder: Path, tmp_path: Path) -> None:
    bar = tmp_path / "bar.geojson"
    line = {"type": "LineString", "coordinates": [[111.43, 27.66], [111.43, 27.68]]}
    bar.write_text(json.dumps([{"type": "Feature", "geometry": line, "properties": {"name": "bar"}}]))
    for words, key in (
        (("reach", "--minutes", 30, "--closures", bar), "villages"),
        (("reinforce", "431381001001", "--limit", 3), "donors"),
        (("isolation",), "roads"),
        (("isolation", "--closures", bar), "cut_off"),
    ):
        table = run(*words, "--data", folder)
        assert (0, "") == (table.returncode, table.stderr)
        answer = data_of(run(*words, "--data", folder, "--json"))
        assert key in answer
        assert f"data {answer['data']['version']}" in table.stdout


def test_reach_writes_its_areas_for_a_planner(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "reach.geojson"
    assert 0 == run("reach", "--data", folder, "-o", out).returncode
    assert [30, 60, 90, 120] == [one["properties"]["to_minutes"] for one in json.loads(out.read_text())["features"]]


def test_a_far_place_is_one_line_and_exit_2(folder: Path) -> None:
    result = run("nearest", 27.675, 111.405, "--data", folder)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "swapped" in result.stderr


def test_coverage_lists_the_lacking_and_writes_geojson(folder: Path, tmp_path: Path) -> None:
    assert "431381002002" in run("coverage", "--data", folder).stdout
    result = run("coverage", "--week", "2022-W51", "-o", tmp_path / "c.geojson", "--data", folder)
    assert result.returncode == 0, result.stderr
    features = json.loads((tmp_path / "c.geojson").read_bytes())["features"]
    assert {one["properties"]["state"] for one in features} >= {"met", "curable", "lost", "no_team", "not_assessed"}
    assert run("coverage", "--week", "2022-W53", "--data", folder).returncode == 2


def test_no_door_of_the_command_lets_restricted_columns_out(folder: Path, tmp_path: Path) -> None:
    outputs = []
    for name in LAYERS:
        assert run("export", name, "-o", tmp_path / f"{name}.geojson", "--data", folder).returncode == 0
        outputs.append((tmp_path / f"{name}.geojson").read_text(encoding="utf-8"))
    for name in ("coverage", "risk"):
        assert run("map", name, "-o", tmp_path / f"{name}.html", "--data", folder).returncode == 0
        outputs.append((tmp_path / f"{name}.html").read_text(encoding="utf-8"))
    for words in (("nearest", 111.405, 27.675), ("coverage",), ("layers",), ("check",)):
        result = run(*words, "--data", folder)
        outputs.append(result.stdout + result.stderr)
    assert all(CANARY not in text and "leader_phone" not in text for text in outputs)


def test_an_import_that_fails_writes_nothing_and_names_every_row(folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "leaders.csv"
    bad.write_text("leader_id,title,town_code\nL1,a,431381001\nL1,b,999999999\n,c,431381001\n")
    before = sorted((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file())
    result = run("import", "leaders", bad, "--data", folder)
    assert result.returncode == 1
    assert "row 2 (L1), leader_id" in result.stderr
    assert "names no row of towns" in result.stderr
    assert "row 3, leader_id" in result.stderr
    assert sorted((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file()) == before


@pytest.fixture
def own_folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    store.write_county(tmp_path / "own", small_county.layers, present=AS_OF, source="test")
    return tmp_path / "own"


def test_skip_bad_takes_the_good_rows_and_files_the_bad(own_folder: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "leaders.csv"
    mixed.write_text("leader_id,title,town_code\nL1,a,431381001\nL2,b,999999999\n")
    report = data_of(run("import", "leaders", mixed, "--data", own_folder, "--skip-bad", "--json"))
    assert (report["counts"]["read"], report["counts"]["accepted"], len(report["faults"])) == (2, 1, 1)
    refused = Path(report["refused_file"]).read_text(encoding="utf-8-sig")
    assert "999999999" in refused
    assert "names no row of towns" in refused
    assert list(store.open_county(own_folder).layers["leaders"]["leader_id"]) == ["L1"]


def test_upsert_adds_and_replaces_by_id_and_keeps_the_rest(own_folder: Path, tmp_path: Path) -> None:
    before = store.open_county(own_folder).layers["leaders"]
    more = tmp_path / "leaders.csv"
    changed = before["leader_id"].iloc[0]
    more.write_text(f"leader_id,title,town_code\n{changed},市长,431381001\nL-new,书记,431381001\n")
    report = data_of(run("import", "leaders", more, "--data", own_folder, "--upsert", "--json"))
    counts = report["counts"]
    assert (counts["added"], counts["changed"], counts["removed"]) == (1, 1, 0)
    after = store.open_county(own_folder).layers["leaders"]
    assert len(after) == len(before) + 1
    replaced = data_of(run("import", "leaders", more, "--data", own_folder, "--json"))
    assert replaced["counts"]["removed"] == len(before) - 1


def test_a_replacement_that_orphans_other_layers_is_refused(own_folder: Path, tmp_path: Path) -> None:
    towns = tmp_path / "leaders.csv"
    towns.write_text("code,name,kind,lon,lat\n431381001,a,town,111,27\n")
    stations = tmp_path / "stations.csv"
    stations.write_text("code,tier,name,lon,lat\n431381,hq,指挥部,111.43,27.67\n")
    result = run("import", "stations", stations, "--crs", "EPSG:4326", "--data", own_folder)
    assert result.returncode == 1
    assert "names no row of stations" in result.stderr


def test_the_first_import_makes_the_folder_from_the_sample(tmp_path: Path) -> None:
    table = tmp_path / "firms.csv"
    table.write_text(
        "latitude,longitude,acq_date,acq_time,satellite,confidence,frp\n27.71606,111.58614,2022-04-04,300,T,64,7.5\n"
    )
    report = data_of(run("import", "detections", table, "--data", tmp_path / "new", "--json"))
    assert report["created"] == "sample"
    layers = data_of(run("nearest", 111.43, 27.69, "--data", tmp_path / "new", "--json"))
    assert layers["data"]["version"] == report["version"]
    county = store.open_county(tmp_path / "new")
    assert len(county.layers["villages"]) == 150
    assert county.manifest.present is not None


def test_an_empty_start_lets_a_county_be_built_layer_by_layer(tmp_path: Path) -> None:
    leaders = tmp_path / "leaders.csv"
    leaders.write_text("leader_id,title,town_code\nL1,a,999999999\n")
    data_of(run("import", "leaders", leaders, "--data", tmp_path / "new", "--empty", "--json"))
    result = run("nearest", 111.43, 27.69, "--data", tmp_path / "new")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "county, villages, teams" in result.stderr


def test_every_import_leaves_a_report_as_json_and_as_a_page(own_folder: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "leaders.csv"
    mixed.write_text("leader_id,title,town_code,hobby\nL1,a,431381001,x\nL2,b,999999999,y\n")
    refused = run("import", "leaders", mixed, "--data", own_folder)
    assert refused.returncode == 1
    (written,) = (own_folder / "reports").glob("*-leaders.json")
    report = json.loads(written.read_bytes())
    assert (report["outcome"], report["counts"]["refused"]) == ("refused", 1)
    assert report["faults"][0]["row"] == 2
    assert "hobby" in refused.stdout
    page = written.with_suffix(".html").read_text(encoding="utf-8")
    assert "999999999" in page
    again = own_folder / "reports" / f"{written.stem}-refused.csv"
    assert "L2,b,999999999,y" in again.read_text(encoding="utf-8-sig")


def test_refused_rows_can_be_mended_and_imported_again(own_folder: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "leaders.csv"
    mixed.write_text("leader_id,title,town_code\nL1,a,431381001\nL2,b,999999999\n")
    report = data_of(run("import", "leaders", mixed, "--data", own_folder, "--skip-bad", "--json"))
    refused = Path(report["refused_file"])
    refused.write_text(refused.read_text(encoding="utf-8-sig").replace("999999999", "431381002"), encoding="utf-8")
    again = data_of(run("import", "leaders", refused, "--data", own_folder, "--upsert", "--json"))
    assert (again["outcome"], again["counts"]["added"]) == ("stored", 1)
    assert list(store.open_county(own_folder).layers["leaders"]["leader_id"]) == ["L1", "L2"]


def test_a_trial_run_says_all_and_writes_nothing(own_folder: Path, tmp_path: Path) -> None:
    good = tmp_path / "leaders.csv"
    good.write_text("编号,职务,驻点乡镇代码\nL1,市长,431381001\n", encoding="gbk")
    before = (own_folder / "manifest.json").read_bytes()
    report = data_of(run("import", "leaders", good, "--data", own_folder, "--dry-run", "--json"))
    assert (report["outcome"], report["counts"]["accepted"], report["faults"]) == ("trial", 1, [])
    assert (own_folder / "manifest.json").read_bytes() == before


def test_a_trial_run_of_a_file_that_would_be_refused_is_refused(own_folder: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "leaders.csv"
    mixed.write_text("leader_id,title,town_code\nL1,a,431381001\nL2,b,999999999\n")
    refused = run("import", "leaders", mixed, "--data", own_folder, "--dry-run")
    assert refused.returncode == 1
    assert "refused: nothing was written" in refused.stderr
    trial = run("import", "leaders", mixed, "--data", own_folder, "--dry-run", "--skip-bad")
    assert trial.returncode == 0
    assert "trial: nothing was written" in trial.stderr


def test_faults_of_one_kind_are_one_line_with_the_first_rows(own_folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "leaders.csv"
    rows = "".join(f"L{n},a,99999999{n}\n" for n in range(1, 10))
    bad.write_text(f"leader_id,title,town_code\n{rows}L10,,431381001\n")
    lines = run("import", "leaders", bad, "--data", own_folder).stderr.splitlines()
    (of_towns,) = (line for line in lines if "names no row of towns" in line)
    assert "9 faults, row 1 (L1) met '999999991', row 2 (L2)" in of_towns
    assert "row 4" not in of_towns
    assert of_towns.endswith("import towns first")
    assert any(line.startswith("leaders row 10 (L10), title:") for line in lines)
    assert "10 fault(s)" in lines
    (written,) = (own_folder / "reports").glob("*-leaders.json")
    assert len(json.loads(written.read_bytes())["faults"]) == 10


def test_show_mapping_tells_what_would_go_where(tmp_path: Path) -> None:
    table = tmp_path / "leaders.csv"
    table.write_text("编号,职务,爱好\nL1,市长,x\n", encoding="utf-8")
    lines = {line["source"]: line for line in data_of(run("import", "leaders", table, "--show-mapping", "--json"))}
    assert (lines["职务"]["target"], lines["爱好"]["target"]) == ("title", "")
    assert lines[""]["target"] == "town_code"


def test_a_mapping_file_covers_the_rest(own_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "leaders.csv"
    table.write_text("番号,头衔\nL1,市长\n", encoding="utf-8")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[columns]\nleader_id = "番号"\ntitle = "头衔"\ntown_code = {value = "431381001"}\n', encoding="utf-8"
    )
    data_of(run("import", "leaders", table, "--map", mapping, "--data", own_folder, "--json"))
    assert list(store.open_county(own_folder).layers["leaders"]["title"]) == ["市长"]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")
@pytest.mark.parametrize(("name", "rows", "inside"), [("firms_modis_hunan", 116, 1), ("nasa_glc_hunan", 30, 2)])
def test_the_nasa_tables_import_as_they_are(tmp_path: Path, name: str, rows: int, inside: int) -> None:
    report = data_of(run("import", "detections", SHARED / f"{name}.csv", "--data", tmp_path / "new", "--json"))
    assert (report["counts"]["read"], report["counts"]["accepted"], report["faults"]) == (rows, rows, [])
    detections = store.open_county(tmp_path / "new").atlas.layers["detections"]
    assert len(detections) == rows
    assert int((~detections["outside"]).sum()) == inside


def test_an_unreadable_folder_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    for command in (("serve", "--port", 0), ("nearest", 111, 27), ("coverage",)):
        result = run(*command, "--data", tmp_path / "broken")
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1


def test_a_port_in_use_is_one_line_and_exit_2(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", taken.getsockname()[1], "--data", folder)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "cannot be taken" in result.stderr


def test_other_addresses_than_loopback_are_refused(folder: Path) -> None:
    result = run("serve", "--host", "0.0.0.0", "--data", folder)  # noqa: S104  # the refusal is the point
    assert result.returncode == 2
    assert "loopback" in result.stderr


def test_with_a_token_another_address_is_served_and_the_port_is_taken_first(own_folder: Path) -> None:
    assert run("token", "add", "hq", "--role", "hq", "--area", "431381", "--data", own_folder).returncode == 0
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104  # the address that tokens allow
        result = run("serve", "--host", "0.0.0.0", "--port", taken.getsockname()[1], "--data", own_folder)  # noqa: S104  # so too
    assert "cannot be taken" in result.stderr


def test_what_is_recorded_on_the_command_line_is_in_its_next_answer(own_folder: Path) -> None:
    at = ("--data", own_folder, "--json")
    first = data_of(run("stay", "T03", "431381001200", "2022-12-21", "--member", "T03-1", *at))
    assert "placed" in first
    assert first["sequences"] == [first["data"]["sequence"]]
    nights = {one["village_code"]: one["nights"] for one in data_of(run("coverage", *at))["villages"]}
    assert 1 == nights["431381001200"]
    away = data_of(run("leave", "T03", "T03-1", "2022-12-24", "2022-12-25", *at))
    here = run("check-in", "T03", "T03-2", 111.41, 27.645, "--data", own_folder)
    assert f"event {away['sequences'][0] + 1} counts nowhere: 554 m from 431381001200" in here.stdout


def test_record_takes_what_the_api_takes_all_or_nothing(own_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "lifted.json"
    file.write_text(json.dumps([{"closure_id": "K2", "at": "2022-12-23T09:00"}]))
    words = ("record", "closure_lifted", file, "--key", "1", "--data", own_folder)
    assert "recorded: event" in run(*words).stdout
    assert "was recorded before" in run(*words).stdout
    file.write_text(json.dumps([{"closure_id": "none"}]))
    refused = run("record", "closure_lifted", file, "--data", own_folder)
    assert (2, 1) == (refused.returncode, refused.stderr.count("\n"))
    assert "check-ins" in run("record", "holidays", file, "--data", own_folder).stderr


def test_the_journal_is_verified_shown_copied_and_put_back(own_folder: Path, tmp_path: Path) -> None:
    data = ("--data", own_folder)
    assert "no journal" in run("journal", "verify", *data).stderr
    run("leave", "T03", "M1", "2022-12-24", "2022-12-25", *data)
    assert "whole" in run("journal", "verify", *data).stdout
    assert 0 == run("backup", tmp_path / "copy.db", *data).returncode
    run("leave", "T03", "M2", "2022-12-24", "2022-12-25", *data)
    last = data_of(run("journal", "tail", "--count", 2, *data, "--json"))
    assert ["M1", "M2"] == [one["body"]["member_id"] for one in last]
    assert {"local"} == {one["actor"] for one in last}
    assert "kept as" in run("restore", tmp_path / "copy.db", *data).stdout
    (only,) = data_of(run("journal", "tail", "--count", 1, *data, "--json"))
    assert last[0] == only


def test_a_live_layer_is_not_set_back_once_it_is_in_the_journal(own_folder: Path) -> None:
    run("leave", "T03", "M1", "2022-12-24", "2022-12-25", "--data", own_folder)
    result = run("layers", "restore", "stays", 1, "--data", own_folder)
    assert (2, True) == (result.returncode, "never set back" in result.stderr)


def test_a_damaged_journal_is_told_with_exit_1(own_folder: Path) -> None:
    run("leave", "T03", "M1", "2022-12-24", "2022-12-25", "--data", own_folder)
    journal = own_folder / "journal.db"
    content = journal.read_bytes()
    place = content.rindex(b'"M1"')
    journal.write_bytes(content[:place] + b'"M9"' + content[place + 4 :])
    result = run("journal", "verify", "--data", own_folder)
    assert (1, True) == (result.returncode, "is not what was recorded" in result.stderr)


def test_check_tells_a_whole_folder_from_a_harmed_one(own_folder: Path) -> None:
    assert run("check", "--data", own_folder).returncode == 0
    (own_folder / "rivers.geojson").write_text("{}")
    result = run("check", "--data", own_folder)
    assert result.returncode == 1
    assert "rivers.geojson was changed" in result.stderr


def test_check_reads_the_journal_through_and_names_what_is_damaged(own_folder: Path) -> None:
    assert "whole, no journal" in run("check", "--data", own_folder).stdout
    run("leave", "T03", "M1", "2022-12-24", "2022-12-25", "--data", own_folder)
    assert "events in its journal" in run("check", "--data", own_folder).stdout
    journal = own_folder / "journal.db"
    content = journal.read_bytes()
    place = content.rindex(b'"M1"')
    journal.write_bytes(content[:place] + b'"M9"' + content[place + 4 :])
    result = run("check", "--data", own_folder)
    assert (1, True) == (result.returncode, "is not what was recorded" in result.stderr)
    assert "1 problem(s)" in result.stdout


def test_serve_answers_until_it_is_stopped(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*YIXIAN, "serve", "--port", "0", "--data", str(folder)], stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        try:
            line = server.stdout.readline()
            address = next(word for word in line.split() if word.startswith("http://")).rstrip("/")
            with urllib.request.urlopen(f"{address}/health/live", timeout=30) as response:  # noqa: S310  # our own
                assert json.load(response) == {"status": "alive"}
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == 0


@pytest.mark.parametrize(("folder", "is_said"), [("nowhere", True), (SAMPLE_FOLDER, False)])
def test_a_folder_that_is_not_there_is_said_and_the_sample_by_its_name_is_there(
    tmp_path: Path, folder: str | Path, is_said: bool
) -> None:
    done = yixian("nearest", 111.43, 27.69, "--data", tmp_path / folder)
    assert (0, is_said) == (done.returncode, "does not exist" in done.stderr)
