"""The doors of whole layers: files over HTTP and from the command, and what becomes of them when they come back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.exports import layer_files, members
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.errors import InputError
from geo.export import form_named
from geo.terms import Role
from tests.api.conftest import CANARY
from tests.county import AS_OF

VILLAGE = "431381001001"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """A copy of the county that a test may write to."""
    return Path(shutil.copytree(folder, tmp_path / "county"))


def _exported(own: Path, name: str, file: str) -> Path:
    path = own.parent / file
    assert 0 == run("export", name, "-o", path, "--data", own).exit_code
    return path


def _imported(own: Path, name: str, path: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("import", name, path, "--data", own, "--json", *words).stdout)
    return found


def _edited(path: Path, layer: str, name: str, code: str = VILLAGE) -> Path:
    """The layer saved by another program under another name, with one cell changed, in another format."""
    frame = pyogrio.read_dataframe(path, layer=layer)
    key = "code" if "code" in frame else f"{layer.removesuffix('s')}_id"
    frame.loc[frame[key] == code, "name"] = name
    target = path.with_name(f"edited-{name}.fgb")
    pyogrio.write_dataframe(frame, target)
    return target


def _names(own: Path) -> dict[str, str]:
    frame = store.read_layers(own, store.read_manifest(own))["villages"]
    return dict(zip(frame["code"], frame["name"], strict=True))


def test_a_file_edited_elsewhere_comes_back_as_a_diff_against_the_version_it_came_from(own: Path) -> None:
    exported = _exported(own, "villages", "a.gpkg")
    first = _imported(own, "villages", _edited(exported, "villages", "新名"))
    assert ("stored", "1", ["name"]) == (
        first["outcome"], first["diff"]["base"], first["diff"]["changed"][0]["columns"],
    )  # fmt: skip
    assert "新名" == _names(own)[VILLAGE]
    others = sorted(set(_names(own)) - {VILLAGE})
    second = _imported(own, "villages", _edited(exported, "villages", "另名", others[0]))
    assert ("stored", "1", []) == (second["outcome"], second["diff"]["base"], second["diff"]["conflicts"])
    assert ("新名", "另名") == (_names(own)[VILLAGE], _names(own)[others[0]])


def test_what_both_changed_is_shown_and_refused_until_somebody_decides(own: Path) -> None:
    exported = _exported(own, "villages", "a.gpkg")
    _imported(own, "villages", _edited(exported, "villages", "先到"))
    late = _edited(exported, "villages", "后到")
    refused = run("import", "villages", late, "--data", own)
    assert 1 == refused.exit_code
    assert all(word in refused.output for word in ("先到", "后到", "--take file"))
    page = json.loads(run("import", "villages", late, "--data", own, "--json").stdout)
    ((conflict,)) = page["diff"]["conflicts"]
    assert (VILLAGE, "name", "先到", "后到") == tuple(conflict[part] for part in ("key", "column", "county", "file"))
    assert "双方都改过的地方" in Path(page["report_file"]).read_text("utf-8")
    assert "先到" == _names(own)[VILLAGE]
    assert "stored" == _imported(own, "villages", late, "--take", "county")["outcome"]
    assert "先到" == _names(own)[VILLAGE]
    assert "stored" == _imported(own, "villages", late, "--take", "file")["outcome"]
    assert "后到" == _names(own)[VILLAGE]


def test_rows_that_a_file_lacks_are_told_before_they_go_and_stay_where_it_is_said_to_be_a_selection(own: Path) -> None:
    exported = _exported(own, "hazard_sites", "a.gpkg")
    few = exported.with_name("few.gpkg")  # its rows say that they are of the whole, as QGIS saves what is selected
    pyogrio.write_dataframe(pyogrio.read_dataframe(exported, layer="hazard_sites").iloc[:1], few)
    warned = _imported(own, "hazard_sites", few, "--dry-run")
    assert warned["diff"]["removed"]
    assert any("--upsert" in one["text"] for one in warned["remarks"])
    kept = _imported(own, "hazard_sites", few, "--upsert")
    assert ("stored", [], 0) == (kept["outcome"], kept["diff"]["removed"], kept["counts"]["removed"])
    assert not any("--upsert" in one["text"] for one in kept["remarks"])


def test_columns_that_may_not_leave_outlive_the_way_out_and_back(own: Path) -> None:
    exported = _exported(own, "teams", "a.gpkg")
    frame = pyogrio.read_dataframe(exported, layer="teams")
    assert CANARY not in frame.to_csv()
    report = _imported(own, "teams", _edited(exported, "teams", "改名队", frame["team_id"].iloc[0]))
    teams = store.read_layers(own, store.read_manifest(own))["teams"]
    assert ("stored", 1) == (report["outcome"], report["counts"]["changed"])
    assert {CANARY} == set(teams["leader_phone"])


def test_a_file_of_a_version_that_the_county_never_had_is_taken_only_as_a_whole(own: Path) -> None:
    path = _exported(own, "villages", "a.geojson")
    text = path.read_text("utf-8")
    version = text.partition("villages@")[2][:12]
    path.write_text(text.replace(version, "0" * 12), "utf-8")
    with pytest.raises(InputError, match="--take file"):
        run("import", "villages", path, "--data", own)
    assert "stored" == _imported(own, "villages", path, "--take", "file")["outcome"]


def test_a_live_layer_is_compared_with_the_record_as_it_was(own: Path) -> None:
    def summaries() -> dict[str, str]:
        services = open_services(Settings(data=own)).caught_up()
        frame = services.board.incidents
        services.close()
        return dict(zip(frame["incident_id"], frame["summary"], strict=True))

    incident = next(iter(summaries()))
    token = add_token(own, "hq", Role.HQ, "431381", now=AS_OF, days=0)
    begun = open_services(Settings(data=own))
    with TestClient(create_app(begun)) as client:
        order = {"order_id": "O1", "scope": [VILLAGE], "cause": "演练", "at": AS_OF.isoformat()}
        client.post(
            "/v1/mobilisations", json=order, headers={"Authorization": f"Bearer {token}"}
        ).raise_for_status()  # from here on the journal tells of live layers
    begun.close()
    exported = _exported(own, "incidents", "a.gpkg")
    files = {}
    for words in ("先记", "后记"):
        frame = pyogrio.read_dataframe(exported, layer="incidents", datetime_as_string=True)
        frame.loc[frame["incident_id"] == incident, "summary"] = words
        files[words] = exported.with_name(f"{words}.gpkg")
        pyogrio.write_dataframe(frame, files[words])
    first = _imported(own, "incidents", files["先记"])
    assert ("stored", [incident]) == (first["outcome"], [one["key"] for one in first["diff"]["changed"]])
    late = _imported(own, "incidents", files["后记"])
    assert ("refused", [incident]) == (late["outcome"], [one["key"] for one in late["diff"]["conflicts"]])
    assert "先记" == summaries()[incident]
    assert "stored" == _imported(own, "incidents", files["后记"], "--take", "file")["outcome"]
    assert "后记" == summaries()[incident]


def test_one_request_gives_the_county_in_one_file_with_styles(client: TestClient, tmp_path: Path) -> None:
    answer = client.get("/v1/export?f=gpkg")
    assert (200, "application/geopackage+sqlite3") == (answer.status_code, answer.headers["content-type"])
    assert 'filename="yixian.gpkg"' in answer.headers["content-disposition"]
    path = tmp_path / "got.gpkg"
    path.write_bytes(answer.content)
    names = [name for name, _ in pyogrio.list_layers(path)]
    assert {"villages", "teams", "risk_zones", "layer_styles"} <= set(names)
    assert CANARY.encode() not in answer.content


def test_a_file_answers_head_ranges_and_what_has_not_changed(client: TestClient) -> None:
    address = "/v1/export?layers=villages&f=fgb"
    whole, head = client.get(address), client.head(address)
    assert (200, b"") == (head.status_code, head.content)
    assert whole.headers["content-length"] == head.headers["content-length"]
    assert whole.headers["etag"] == head.headers["etag"]
    part = client.get(address, headers={"Range": "bytes=0-3"})
    assert (206, b"fgb\x03") == (part.status_code, part.content)
    assert 304 == client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code
    other = client.get("/v1/export?layers=villages&f=csv")
    assert other.headers["etag"] != whole.headers["etag"]


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("f=doc", 400, "f"),
        ("layers=nowhere", 404, None),
        ("layers=villages,towns&f=csv", 400, "layers"),
        ("layers=villages&f=geojson&crs=EPSG:4546", 400, "crs"),
        ("layers=villages&f=gpkg&crs=GCJ-02", 400, "crs"),
        ("layers=villages&crs=here", 400, "crs"),
        ("layer=villages", 400, "layer"),
    ],
)
def test_what_cannot_be_written_is_a_problem_that_names_the_parameter(
    client: TestClient, query: str, status: int, parameter: str | None
) -> None:
    answer = client.get(f"/v1/export?{query}")
    assert (status, parameter) == (answer.status_code, answer.json().get("parameter"))


def test_more_than_a_request_may_ask_for_is_413_and_more_at_once_503(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = open_services(Settings(data=folder))
    with TestClient(create_app(services)) as client:
        monkeypatch.setattr("api.exports.MOST_VALUES", 10)
        assert 413 == client.get("/v1/export?layers=villages").status_code
        monkeypatch.undo()
        monkeypatch.setattr("api.exports._WAIT_S", 0)
        for _ in range(2):
            services.exports._turns.acquire()
        busy = client.get("/v1/export?layers=villages")
        assert (503, True) == (busy.status_code, "retry-after" in busy.headers)


def test_a_file_stays_until_it_is_sent_whatever_takes_over_meanwhile(folder: Path) -> None:
    services, form = open_services(Settings(data=folder)), form_named("csv")
    layer = services.layer("towns")
    files = layer_files(services.county, services.board, [layer], "en")
    shelf, told = services.exports.fresh(), members(services.board, AS_OF)
    sending = [shelf.get(str(number), lambda: files, form, "EPSG:4326", told) for number in range(20)]
    assert all(made.path.exists() for made in sending)  # more than the shelf keeps
    del shelf
    assert all(made.path.exists() for made in sending)
    room = sending[0].path.parent
    sending.clear()
    assert not room.exists()


def test_a_gcj_02_file_is_named_after_it(client: TestClient) -> None:
    answer = client.get("/v1/export?layers=villages&f=gcj02-geojson")
    assert 'filename="villages.gcj02.geojson"' in answer.headers["content-disposition"]
    assert "GCJ-02" in answer.json()["coordinate_system"]


def test_a_text_that_goes_out_compressed_is_another_representation(client: TestClient) -> None:
    address = "/v1/export?layers=villages&f=geojson"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (None, "gzip") == tuple(one.headers.get("content-encoding") for one in (plain, packed))
    assert plain.headers["etag"] != packed.headers["etag"]
    assert plain.content == packed.content
