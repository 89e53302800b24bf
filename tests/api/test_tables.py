"""The doors of tables: every answer as JSON, GeoJSON, CSV and XLSX, by `f` or `Accept`, and from the command line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api import params
from api.app import create_app
from api.cli import app
from api.identity.tokens import add_token
from api.settings import Settings
from api.tables import FORMS
from api.wiring import open_services
from geo import store
from geo.errors import InputError, UnreadableFileError
from geo.terms import Attendance, OrderState, Role, StayState
from maps import palette
from maps.words import words
from tests.api.conftest import CANARY
from tests.county import AS_OF, SmallCounty, centre

HOME = "431381001001"
XLSX = FORMS["xlsx"]
ROUTES = [
    "/v1/coverage/stays?week=2022-W51",
    "/v1/coverage/stays/history?from=2022-W50&to=2022-W52",
    "/v1/coverage/leaders?month=2022-12",
    "/v1/coverage/duty?date=2022-12-22",
    "/v1/coverage/clock?week=2022-W51",
    "/v1/teams/T01?week=2022-W51",
    "/v1/mobilisations/O1?as_of=2022-12-23T10:00",
    "/v1/coverage/reach?minutes=30",
    "/v1/reinforce?village=431381001001",
]
COMMANDS = [
    ("coverage", "--week", "2022-W51"),
    ("history", "--from", "2022-W50", "--to", "2022-W52"),
    ("leaders", "--month", "2022-12"),
    ("duty", "--date", "2022-12-22"),
    ("clock", "--week", "2022-W51"),
    ("team", "T01", "--week", "2022-W51"),
    ("order", "O1"),
    ("reach",),
    ("reinforce", HOME),
]


@pytest.fixture(scope="module")
def recorded(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with a mark in restricted cells, an order with a hostile number, and a member who came."""
    path = tmp_path_factory.mktemp("tables") / "county"
    teams = small_county.layers["teams"].assign(leader_name=CANARY, leader_phone=CANARY)
    store.write_county(path, {**small_county.layers, "teams": teams}, present=AS_OF, source="test")
    token = add_token(path, "hq", Role.HQ, "431381", now=AS_OF, days=0)
    (path.parent / "token").write_text(token)
    (path.parent / "planner").write_text(add_token(path, "planner", Role.PLANNER, "431381", now=AS_OF, days=0))
    services = open_services(Settings(data=path))
    with TestClient(create_app(services)) as client:
        headers = {"Authorization": f"Bearer {token}"}
        place = {"lon": centre(HOME).x, "lat": centre(HOME).y, "crs": "EPSG:4326"}
        for order in ("O1", "抢险 1"):
            body = {"order_id": order, "scope": [HOME], "cause": "=cmd|' /C calc'!A0", "at": "2022-12-23T04:00:00"}
            client.post("/v1/mobilisations", json=body, headers=headers).raise_for_status()
        came = {"team_id": "T01", "member_id": "m1", "device_time": "2022-12-23T05:00:00", **place}
        client.post("/v1/check-ins", json=came, headers=headers).raise_for_status()
    services.close()
    return path


@pytest.fixture(scope="module")
def asked(recorded: Path) -> Iterator[TestClient]:
    services = open_services(Settings(data=recorded))
    with TestClient(create_app(services), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {(recorded.parent / 'token').read_text()}"
        yield client
    services.close()


@pytest.fixture
def stranger(asked: TestClient, recorded: Path) -> TestClient:
    """One who sees teams, and no names."""
    return TestClient(asked.app, headers={"Authorization": f"Bearer {(recorded.parent / 'planner').read_text()}"})


def workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def as_f(path: str, **asked: str) -> str:
    return path + "".join(f"&{name}={text}" for name, text in asked.items())


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("form", list(FORMS))
def test_every_answer_comes_in_every_form_by_parameter_and_by_header(asked: TestClient, path: str, form: str) -> None:
    by_parameter = asked.get(as_f(path, f=form)).raise_for_status()
    by_header = asked.get(path, headers={"Accept": FORMS[form]}).raise_for_status()
    assert by_parameter.headers["content-type"] == by_header.headers["content-type"] == FORMS[form]
    assert "Accept" in by_parameter.headers["vary"].split(", ")
    if form != "xlsx":  # a workbook holds the moment at which it was zipped
        assert by_parameter.content == by_header.content


def test_reasons_of_a_table_are_in_the_language_of_its_headings_and_those_for_machines_in_english(
    asked: TestClient,
) -> None:
    path, english = ROUTES[0], "2 of 2 nights kept (R08)"
    chinese = asked.get(as_f(path, f="csv")).text
    assert "判定说明," in chinese.splitlines()[0]
    assert "应留宿 2 晚,已留宿 2 晚(R08)" in chinese
    assert "nights kept" not in chinese
    assert english in asked.get(as_f(path, f="csv", lang="en")).text
    assert english in asked.get(as_f(path, f="geojson")).text
    sheet = workbook(asked.get(as_f(path, f="xlsx")).content).worksheets[0]
    assert "应留宿 2 晚,已留宿 2 晚(R08)" in {cell.value for row in sheet for cell in row}
    about = workbook(asked.get(as_f(ROUTES[4], f="xlsx")).content)["说明"]
    assert ["12 个村中有" in row[1].value for row in about if row[0].value == "判定说明"] == [True]


@pytest.mark.parametrize("path", ROUTES)
def test_json_is_still_what_a_program_gets_that_asks_for_nothing(asked: TestClient, path: str) -> None:
    plain = asked.get(path)
    browser = asked.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert plain.headers["content-type"] == browser.headers["content-type"] == "application/json"
    assert plain.content == browser.content


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(("lang", "about"), [("zh", "说明"), ("en", "about")])
def test_a_workbook_has_headings_in_the_language_asked_for_and_they_stay_in_view(
    asked: TestClient, path: str, lang: str, about: str
) -> None:
    found = workbook(asked.get(as_f(path, f="xlsx", lang=lang)).raise_for_status().content)
    *subjects, last = found.worksheets
    assert last.title == about
    assert subjects
    for sheet in subjects:
        assert sheet.freeze_panes.endswith("2")
        headings = [cell.value for cell in sheet[1]]
        chinese = [one for one in headings if re.search("[\u4e00-\u9fff]", one)]
        assert (len(chinese) > 0) == (lang == "zh")


def test_states_have_the_words_and_the_very_colours_of_the_map(asked: TestClient) -> None:
    paths = {
        "/v1/coverage/stays?week=2022-W51": (StayState, "state", palette.STATES),
        "/v1/coverage/duty?date=2022-12-22": (Attendance, "attendance", palette.DUTY),
        "/v1/mobilisations/O1?as_of=2022-12-23T10:00": (OrderState, "order_state", palette.ORDER),
    }
    for path, (vocabulary, group, swatches) in paths.items():
        told = {words("zh")(f"{group}.{term.value}"): swatches[term] for term in vocabulary}
        seen = set()
        for sheet in workbook(asked.get(as_f(path, f="xlsx")).content).worksheets[:-1]:
            for cell in (cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value in told):
                swatch = told[cell.value]
                assert f"#{cell.fill.fgColor.rgb[2:]}".lower() == swatch.fill
                assert f"#{cell.font.color.rgb[2:]}".lower() == swatch.ink
                seen.add(cell.value)
        assert len(seen) > 1


def test_hours_of_the_clock_have_the_colours_of_the_maps_clock(asked: TestClient) -> None:
    sheet = workbook(asked.get("/v1/coverage/clock?week=2022-W51&f=xlsx").content).worksheets[2]
    cells = [cell for row in sheet.iter_rows(min_row=2, min_col=5) for cell in row]
    assert len(cells) == 12 * 168
    for cell in cells:
        key = "full" if cell.value == 3 else "some" if cell.value else "none"
        assert f"#{cell.fill.fgColor.rgb[2:]}".lower() == palette.CLOCK[key].fill


def test_codes_are_text_and_numbers_are_numbers(asked: TestClient) -> None:
    sheet = workbook(asked.get("/v1/coverage/stays?week=2022-W51&f=xlsx").content).worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    code, nights = (sheet.cell(2, columns[name]) for name in ("村(社区)代码", "已留宿(晚)"))
    assert (code.value, code.data_type, code.number_format) == (HOME, "s", "@")
    assert (nights.value, nights.data_type) == (2, "n")


def test_csv_is_read_as_it_was_meant(asked: TestClient) -> None:
    content = asked.get("/v1/coverage/stays?week=2022-W51&f=csv").content
    frame = pd.read_csv(io.BytesIO(content), dtype={"村(社区)代码": str}, encoding="utf-8-sig")
    told = asked.get("/v1/coverage/stays?week=2022-W51").json()
    assert frame["村(社区)代码"].tolist() == [one["village_code"] for one in told["villages"]]
    assert frame["尚缺(晚)"].tolist() == [one["shortfall"] for one in told["villages"]]
    assert frame["状态"].tolist() == [words("zh")(f"state.{one['state']}") for one in told["villages"]]
    assert set(frame["规则版本"]) == {told["data"]["rules"]}


def test_geojson_has_the_words_of_the_json_answer(asked: TestClient) -> None:
    told = asked.get("/v1/coverage/stays?week=2022-W51").json()["villages"]
    features = asked.get("/v1/coverage/stays?week=2022-W51&f=geojson").json()["features"]
    for one, feature in zip(told, features, strict=True):
        lists = {name: ";".join(map(str, cell)) for name, cell in one.items() if isinstance(cell, list)}
        assert feature["properties"] == {**one, **lists, "week": "2022-W51"}


def test_the_address_that_ends_in_geojson_is_the_same_answer(asked: TestClient) -> None:
    by_address = asked.get("/v1/coverage/stays.geojson?week=2022-W51").raise_for_status()
    assert by_address.content == asked.get("/v1/coverage/stays?week=2022-W51&f=geojson").content


def test_one_table_of_several_is_chosen_for_csv(asked: TestClient) -> None:
    path = "/v1/mobilisations/O1?as_of=2022-12-23T10:00&f=csv"
    assert "队员编号" in asked.get(f"{path}&table=members").text
    assert "队员编号" not in asked.get(path).text


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_members_are_named_to_those_alone_who_may_see_names(asked: TestClient, stranger: TestClient, form: str) -> None:
    path = f"/v1/mobilisations/O1?as_of=2022-12-23T10:00&f={form}&table=members"
    assert "m1" in asked.get(path).raise_for_status().text
    assert '"m1"' not in stranger.get(path).raise_for_status().text
    assert ",m1," not in stranger.get(path).text


@pytest.mark.parametrize("path", [path for path in ROUTES if "teams" in path or "mobilisations" in path])
def test_a_workbook_names_no_member_to_a_stranger(stranger: TestClient, path: str) -> None:
    found = workbook(stranger.get(as_f(path, f="xlsx")).raise_for_status().content)
    for sheet in found.worksheets[:-1]:
        for column in sheet.iter_cols(values_only=True):
            assert column[0] != "队员编号" or set(column[1:]) == {None}


@pytest.mark.parametrize("path", ROUTES)
def test_restricted_columns_are_in_no_form(asked: TestClient, path: str) -> None:
    for form in ("json", "geojson", "csv"):
        assert CANARY not in asked.get(as_f(path, f=form)).raise_for_status().text
    for sheet in workbook(asked.get(as_f(path, f="xlsx")).content):
        assert all(CANARY not in str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize(
    ("path", "plain", "full"),
    [
        ("/v1/coverage/stays?week=2022-W51&f=xlsx", "stays_2022-W51.xlsx", "村(社区)留宿周表_2022-W51.xlsx"),
        ("/v1/coverage/stays?week=2022-W51&f=csv&lang=en", "stays_2022-W51.csv", "stays_2022-W51.csv"),
        (
            "/v1/mobilisations/抢险 1?f=csv&table=members",
            "mobilisation____1_members.csv",
            "动员令到岗情况_抢险_1_members.csv",
        ),
    ],
)
def test_a_file_is_named_after_what_was_asked(asked: TestClient, path: str, plain: str, full: str) -> None:
    """RFC 6266: for old programs in plain letters, for the others in full."""
    disposition = asked.get(path).raise_for_status().headers["content-disposition"]
    found = re.fullmatch(
        r"attachment; filename=\"([\x20-\x7e]+)\"; filename\*=UTF-8''([\w.%()~-]+)", disposition, re.ASCII
    )
    assert found, disposition
    assert (found[1], unquote(found[2])) == (plain, full)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/v1/coverage/stays?f=pdf", "allowed: json, geojson, csv, xlsx"),
        ("/v1/coverage/stays?f=csv&lang=fr", "allowed: zh, en"),
        ("/v1/coverage/stays?f=csv&table=people", "allowed: villages"),
        ("/v1/coverage/stays?table=villages", "json has them all"),
        ("/v1/mobilisations/O1?f=xlsx&table=teams", "has them all"),
        ("/v1/coverage/clock?f=geojson&table=hours", "ask for csv or xlsx"),
    ],
)
def test_a_form_that_there_is_not_gets_a_problem_that_teaches(asked: TestClient, path: str, problem: str) -> None:
    response = asked.get(path)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert problem in response.json()["detail"]


@pytest.mark.parametrize(
    ("form", "accept"),
    [
        ("json", None),
        ("json", ""),
        ("json", "*/*"),
        ("json", "application/json, text/csv"),
        ("csv", "text/csv"),
        ("csv", "text/csv, application/json;q=0.5"),
        ("csv", "TEXT/CSV; charset=utf-8; Q=0.9, */*;q=0.1"),
        ("csv", "text/*"),
        ("xlsx", XLSX),
        ("geojson", "application/geo+json, application/json;q=0"),
        ("geojson", "application/*, application/json;q=0"),
        ("json", "image/png"),
        ("json", "text/csv;q=zero"),
        ("json", ",;,;q=1"),
    ],
)
def test_accept_is_read_as_rfc_9110_says(form: str, accept: str | None) -> None:
    assert params.form(None, accept, FORMS) == form
    assert params.form("csv", accept, FORMS) == "csv"


def test_an_unknown_form_is_an_input_error() -> None:
    with pytest.raises(InputError):
        params.form("CSV", None, FORMS)


def test_workbooks_are_not_compressed_twice(asked: TestClient) -> None:
    path = "/v1/coverage/stays?week=2022-W51"
    assert "content-encoding" not in asked.get(as_f(path, f="xlsx"), headers={"Accept-Encoding": "gzip"}).headers
    assert asked.get(as_f(path, f="csv"), headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_the_description_names_the_forms(asked: TestClient) -> None:
    for path in ("/v1/coverage/stays", "/v1/mobilisations/{order_id}", "/v1/coverage/clock", "/v1/teams/{team_id}"):
        told = asked.get("/openapi.json").json()["paths"][path]["get"]
        assert {"f", "lang", "table"} <= {one["name"] for one in told["parameters"]}
        assert {media.partition(";")[0] for media in FORMS.values()} == set(told["responses"]["200"]["content"])


# The command


def yixian(*words: object) -> Result:
    """In this process: a process of its own for each takes seconds."""
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_writes_what_the_service_hands_out(
    recorded: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    out = tmp_path / "表.xlsx"
    result = yixian(*command, "--out", out, "--lang", "en", "--data", recorded)
    assert result.exit_code == 0, result.output
    found = openpyxl.load_workbook(out)
    assert found.sheetnames[-1] == "about"
    assert found.worksheets[0].max_row > 1


def test_the_command_writes_csv_and_geojson_and_refuses_another_name(recorded: Path, tmp_path: Path) -> None:
    asked = ("coverage", "--week", "2022-W51", "--data", recorded, "-o")
    assert yixian(*asked, tmp_path / "a.csv").exit_code == yixian(*asked, tmp_path / "a.geojson").exit_code == 0
    assert len(pd.read_csv(tmp_path / "a.csv")) == len(json.loads((tmp_path / "a.geojson").read_bytes())["features"])
    assert isinstance(yixian(*asked, tmp_path / "a.pdf").exception, UnreadableFileError)
    assert "name its number" in yixian("order", "--data", recorded, "-o", tmp_path / "a.csv").output
