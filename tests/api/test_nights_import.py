"""A paper register of nights as `import stays` takes it: a team, a village, an evening, and seldom more."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access import LOCAL
from api.app import create_app
from api.drafts import drafts_of
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.calendar import CHINA
from geo.events import Correction, StayDeclared
from geo.intake import Outcome, show_mapping
from geo.journal import Journal
from geo.layers.registry import FORMATS, importable
from geo.terms import Role
from tests.api.test_cli import run
from tests.api.test_journal_imports import board_of, bodies, imported, said, table
from tests.county import AS_OF, SmallCounty

HEAD = ("工作队编号", "村代码", "留宿日期", "队员编号")
HOME, NEXT = "431381001200", "431381001201"


@pytest.fixture
def bare(small_county: SmallCounty, tmp_path: Path) -> Path:
    """The county at rest, without a journal."""
    path = tmp_path / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    return path


@pytest.fixture
def folder(bare: Path) -> Path:
    """The county with its journal begun: a member of team T05 is on its roster."""
    record(bare, "rosters", {"team_id": "T05", "member_id": "M1", "change": "joined", "day": "2022-01-01"})
    return bare


def record(folder: Path, door: str, sent: dict[str, object]) -> None:
    with closing(open_services(Settings(data=folder))) as services:
        services.write(LOCAL, drafts_of(door, sent, now=AS_OF))


def night(day: int, team: str = "T03", village: str = HOME, **more: Any) -> StayDeclared:
    return StayDeclared(team_id=team, village_code=village, night=date(2022, 12, day), **more)


@pytest.mark.parametrize("heading", ["日期", "留宿日期", "值守日期", "驻村日期", "night", "date"])
def test_a_register_of_nights_is_recorded_without_ids_members_and_times(
    folder: Path, tmp_path: Path, heading: str
) -> None:
    head = ("队伍编号", "村代码", heading)
    file = table(tmp_path / "留宿.csv", head, ("T03", HOME, "2022年12月20日"), ("T04", NEXT, "2022/12/21"))
    before = board_of(folder).sequence
    report = imported(folder, "stays", file)
    assert (Outcome.STORED, "nights", 2) == (report.outcome, report.layer, report.counts.added)
    assert [night(20), night(21, "T04", NEXT)] == bodies(folder, before)


def test_the_same_night_is_recorded_once_by_its_team_village_evening_and_member(folder: Path, tmp_path: Path) -> None:
    record(folder, "stays", {"stay_id": "P1", "team_id": "T03", "village_code": HOME, "night": "2022-12-19"})
    rows = [("T03", HOME, f"2022-12-{day}", member) for day, member in ((19, None), (20, None), (20, None), (20, "M1"))]
    file = table(tmp_path / "nights.csv", HEAD, *rows)
    before = board_of(folder).sequence
    report = imported(folder, "stays", file)
    assert [night(20), night(20, member_id="M1")] == bodies(folder, before)
    assert "not again: 2 row(s)" in said(report)
    again = imported(folder, "stays", file)
    assert (0, before + 2) == (again.counts.added, board_of(folder).sequence)
    assert "nothing new" in said(again)


def test_two_stretches_of_one_night_with_their_times_are_both_recorded(folder: Path, tmp_path: Path) -> None:
    head = (*HEAD, "签到时间", "签退时间")
    row = ("T03", HOME, "2022-12-20", "M1")
    file = table(
        tmp_path / "nights.csv",
        head,
        (*row, "2022-12-20 20:00", "2022-12-20 22:00"),
        (*row, "2022-12-20 23:00", "2022-12-21 07:00"),
        ("T03", HOME, "2022-12-21", "M1", None, None),
    )
    before = board_of(folder).sequence
    assert 3 == imported(folder, "stays", file).counts.added
    times = [(stay.check_in, stay.check_out) for stay in bodies(folder, before) if isinstance(stay, StayDeclared)]
    assert datetime(2022, 12, 21, 7, tzinfo=CHINA) == times[1][1]
    assert (None, None) == times[2]


@pytest.mark.parametrize(
    ("column", "rule", "met", "row"),
    [
        ("night", "R07", "has not begun", (None, "T03", HOME, "2022-12-24", None, None, None)),
        ("member_id", "R07", "overlaps row 1 in 431381001200", (None, "T04", NEXT, "2022-12-20", "M1", None, None)),
        ("member_id", "R07", "overlaps stay S01", (None, "T01", HOME, "2022-12-11", "T01-1", None, None)),
        ("member_id", "R03", "not on the roster", (None, "T05", HOME, "2022-12-20", "M9", None, None)),
        ("team_id", "R02", "'T99'", (None, "T99", HOME, "2022-12-20", None, None, None)),
        ("village_code", "R01", "'431381001999'", (None, "T03", "431381001999", "2022-12-20", None, None, None)),
        ("night", "", "is not the evening", (None, "T03", HOME, "2022-12-19", None, "2022-12-20 20:00", None)),
        ("check_out", "", "without check_in", (None, "T03", HOME, "2022-12-19", None, None, "2022-12-20 07:00")),
        ("night", "", "value is required", (None, "T03", HOME, None, None, None, None)),
        ("stay_id", "", "earlier row", ("N1", "T03", HOME, "2022-12-19", None, None, None)),
    ],
)
def test_a_bad_night_is_refused_with_its_row_rule_and_facts(
    folder: Path, tmp_path: Path, column: str, rule: str, met: str, row: tuple[str | None, ...]
) -> None:
    good = ("N1", "T03", HOME, "2022-12-20", "M1", None, None)
    before = board_of(folder).sequence
    report = imported(folder, "stays", table(tmp_path / "nights.csv", WHOLE_BY_TEAM, good, row))
    assert (Outcome.REFUSED, 1, before) == (report.outcome, report.counts.refused, board_of(folder).sequence)
    (fault,) = report.faults
    assert (2, column, rule) == (fault.row, fault.column, fault.rule)
    assert met in fault.problem
    assert f"({rule})" in str(fault) or not rule


WHOLE_BY_TEAM = ("编号", "工作队编号", "村代码", "留宿日期", "队员编号", "签到时间", "签退时间")


def test_the_sound_nights_are_recorded_and_the_mended_ones_can_follow(folder: Path, tmp_path: Path) -> None:
    rows = [("T03", HOME, "2022-12-20", "M1"), ("T04", NEXT, "2022-12-20", "M1"), ("T03", HOME, "2023-12-21", None)]
    file = table(tmp_path / "nights.csv", HEAD, *rows)
    before = board_of(folder).sequence
    trial = imported(folder, "stays", file, skip_bad=True, dry_run=True)
    assert (Outcome.TRIAL, 1, before) == (trial.outcome, trial.counts.added, board_of(folder).sequence)
    report = imported(folder, "stays", file, skip_bad=True)
    assert (Outcome.STORED, 1, 2) == (report.outcome, report.counts.added, report.counts.refused)
    assert report.refused_file is not None
    refused = Path(report.refused_file).read_text(encoding="utf-8-sig")
    assert 2 == refused.count("(R07)")
    mended = tmp_path / "mended.csv"
    mended.write_text(refused.replace("M1", "M2").replace("2023", "2022"), encoding="utf-8")
    assert 2 == imported(folder, "stays", mended).counts.added
    assert [night(20, member_id="M1"), night(20, "T04", NEXT, member_id="M2"), night(21)] == bodies(folder, before)


def test_a_night_with_the_id_of_a_recorded_stay_corrects_what_the_file_tells_of_it(
    folder: Path, tmp_path: Path
) -> None:
    head = ("编号", "工作队编号", "村代码", "留宿日期")
    file = table(tmp_path / "nights.csv", head, ("N1", "T03", HOME, "2022-12-20"), ("S05", "T02", NEXT, "2022-12-19"))
    before = board_of(folder).sequence
    report = imported(folder, "stays", file)
    assert (1, 1) == (report.counts.added, report.counts.changed)
    correction, added = bodies(folder, before)
    assert night(20, stay_id="N1") == added
    assert isinstance(correction, Correction)
    assert correction.replacement is not None
    times = {"check_in": datetime(2022, 12, 19, 20, tzinfo=CHINA), "check_out": datetime(2022, 12, 20, 8, tzinfo=CHINA)}
    assert night(19, "T02", NEXT, member_id="T02-1", stay_id="S05", **times) == correction.replacement.body
    again = imported(folder, "stays", file)
    assert (0, 0, before + 2) == (again.counts.added, again.counts.changed, board_of(folder).sequence)


def test_an_id_that_counts_rows_anew_in_each_register_overwrites_no_night(folder: Path, tmp_path: Path) -> None:
    head = ("编号", "工作队编号", "村代码", "留宿日期")
    imported(folder, "stays", table(tmp_path / "first.csv", head, ("1", "T03", HOME, "2022-12-13")))
    before = board_of(folder).sequence
    second = table(tmp_path / "second.csv", head, ("1", "T03", HOME, "2022-12-20"), ("2", "T04", NEXT, "2022-12-20"))
    report = imported(folder, "stays", second, skip_bad=True)
    (fault,) = report.faults
    assert (1, "stay_id") == (fault.row, fault.column)
    assert f"the night of 2022-12-13 of T03 (event {before})" in fault.problem
    assert [night(20, "T04", NEXT, stay_id="2")] == bodies(folder, before)


def test_a_file_with_all_that_the_layer_requires_in_every_row_is_still_the_layer(bare: Path, tmp_path: Path) -> None:
    head = ("编号", "工作队编号", "队员编号", "村代码", "签到时间", "签退时间", "日期")
    row = ("N1", "T03", "M1", HOME, "2022-12-20 20:00", "2022-12-21 08:00", "2022-12-20")
    report = imported(bare, "stays", table(tmp_path / "stays.csv", head, row))
    assert ("stays", 1) == (report.layer, report.counts.added)
    assert not Journal.exists(bare)
    assert ["N1"] == board_of(bare).stays["stay_id"].tolist()


def test_without_a_journal_a_register_of_nights_begins_one_with_the_stays_of_the_folder(
    bare: Path, tmp_path: Path
) -> None:
    stays = len(board_of(bare).stays)
    file = table(tmp_path / "nights.csv", HEAD, ("T03", HOME, "2022-12-20", None))
    trial = imported(bare, "stays", file, dry_run=True)
    assert (Outcome.TRIAL, False) == (trial.outcome, Journal.exists(bare))
    imported(bare, "stays", file)
    assert stays + 1 == len(board_of(bare).stays)


def test_the_form_is_chosen_by_the_headings_and_can_be_named(tmp_path: Path) -> None:
    nights = table(tmp_path / "nights.csv", HEAD, ("T03", HOME, "2022-12-20", None))
    assert FORMATS["nights"] is importable("nights")
    for name in ("stays", "nights"):
        assert ("留宿日期", "night") in [(one.source, one.target) for one in show_mapping(nights, importable(name))]
    neither = table(tmp_path / "stays.csv", ("工作队编号", "村代码"), ("T03", HOME))
    assert "check_in" in [one.target for one in show_mapping(neither, importable("stays"))]


def test_coverage_over_http_is_the_same_for_nights_imported_and_posted(
    small_county: SmallCounty, tmp_path: Path
) -> None:
    nights = [(team, village, day) for team, village in (("T03", HOME), ("T04", NEXT)) for day in (19, 20, 21)]
    answers = []
    for way in ("imported", "posted"):
        path = tmp_path / way
        store.write_county(path, small_county.layers, present=AS_OF, source="test")
        token = add_token(path, "hq", Role.HQ, "431381", now=AS_OF, days=0)
        rows = [(team, village, f"2022-12-{day}", None) for team, village, day in nights]
        if way == "imported":
            imported(path, "stays", table(tmp_path / "nights.csv", HEAD, *rows))
        with (
            closing(open_services(Settings(data=path, now=AS_OF))) as services,
            TestClient(create_app(services)) as client,
        ):
            client.headers["Authorization"] = f"Bearer {token}"
            if way == "posted":
                sent = [dict(zip(("team_id", "village_code", "night"), row[:3], strict=True)) for row in rows]
                client.post("/v1/stays", json=sent).raise_for_status()
            answers.append(client.get("/v1/coverage/stays?week=2022-W51").raise_for_status().json())
    imports, posts = answers
    state = {one["village_code"]: one["state"] for one in imports["villages"]}
    assert ("met", "met") == (state[HOME], state[NEXT])
    assert imports["villages"] == posts["villages"]
    assert imports["counts"] == posts["counts"]
    assert imports["data"]["sequence"] == posts["data"]["sequence"]


def test_the_command_names_the_systems_of_places_that_stand_in_the_rows(folder: Path, tmp_path: Path) -> None:
    head = ("队伍编号", "队员编号", "设备时间", "接收时间", "经度", "纬度", "坐标系")
    at = "2022-12-20 20:00"
    rows = [("T01", member, at, at, 111.41, 27.68, system) for member, system in (("M1", "火星坐标系"), ("M2", None))]
    file = table(tmp_path / "check_ins.csv", head, *rows)
    ended = run("import", "check-ins", file, "--crs", "WGS84", "--dry-run", "--data", folder)
    assert "CSV, EPSG:4326, GCJ-02)" in ended.stdout
    nights = table(tmp_path / "nights.csv", HEAD, ("T03", HOME, "2022-12-20", None))
    ended = run("import", "stays", nights, "--data", folder)
    assert "nights: 1 rows read" in ended.stdout
