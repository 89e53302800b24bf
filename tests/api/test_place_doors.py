"""The doors behind the console, and their commands: one answer by whatever way one asks, hostile names untouched."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.wiring import Services, open_services
from geo import store
from tests.api.conftest import CANARY
from tests.commands import yixian
from tests.county import AS_OF, checked_layers, raw_layers

ROOT = Path(__file__).resolve().parents[2]
HOME = "431381001001"
ADDRESSES = ("/v1/attention", "/v1/places?lon=111.405&lat=27.675", f"/v1/places?code={HOME}", f"/v1/search?q={HOME}")
HOSTILE = "</script>${alert(1)}'\"`<img src=x onerror=alert(1)>\u202e𠮷"


def run(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return yixian(*words, "--data", folder)


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_answer_has_its_time_and_its_data_and_nothing_restricted(
    client: TestClient, services: Services, address: str
) -> None:
    answer = client.get(address)
    assert 200 == answer.status_code, answer.text
    body = answer.json()
    assert (AS_OF.isoformat(), services.board.provenance.body()) == (body["at"], body["data"])
    assert CANARY not in answer.text


def test_attention_has_the_members_that_the_console_draws(client: TestClient) -> None:
    body = client.get("/v1/attention").json()
    assert ("normal", "2022-W51", []) == (body["mode"], body["week"], body["orders"])
    assert ["I2"] == [one["incident_id"] for one in body["incidents"]]
    assert [("risk_zones", "Z3", 5)] == [(one["layer"], one["id"], one["level"]) for one in body["hazards"]]
    assert {"lon", "lat", "people", "village_code", "village_name"} <= body["hazards"][0].keys()
    lost = next(one for one in body["villages"] if one["state"] == "lost")
    assert ("431381002002", "村002002", "镇002", 0, 2) == tuple(
        lost[name] for name in ("code", "name", "town_name", "nights", "quota")
    )
    assert ["K2"] == [one["closure_id"] for one in body["closures"]]
    counts = body["counts"]
    assert (12, 1, 1, 1) == (
        sum(counts["villages"].values()),
        *(counts[n] for n in ("incidents", "hazards", "closures")),
    )


def test_attention_of_an_earlier_instant_has_what_stood_then(client: TestClient) -> None:
    body = client.get("/v1/attention?at=2022-12-20T09:00").json()
    assert [[], ["K1"]] == [body["incidents"], [one["closure_id"] for one in body["closures"]]]
    assert "2022-12-20T09:00:00+08:00" == body["at"]


def test_a_place_has_the_body_of_nearest_with_the_ways(client: TestClient) -> None:
    card = client.get("/v1/places?lon=111.405&lat=27.675").json()
    assert client.get("/v1/nearest?lon=111.405&lat=27.675&path=true").json() == card["nearest"]
    assert (HOME, f"{HOME}003", 25) == (card["village"]["code"], card["grid"]["code"], card["grid"]["population"])
    assert [("Z1", None), ("Z2", None)] == [(zone["id"], zone["road_effect"]) for zone in card["zones"]]
    assert [{"evening": "2022-12-20", "state": "kept"}] == card["nights"]["evenings"][1:2]
    assert {"state": "met", "weeks": 1} == card["nights"]["streak"]


def test_reasons_come_in_the_language_asked_for_and_else_in_english_for_programs(client: TestClient) -> None:
    place, attention = f"/v1/places?code={HOME}", "/v1/attention"
    assert client.get(place).json() == client.get(f"{place}&lang=en").json()
    assert client.get(attention).json() == client.get(f"{attention}?lang=en").json()
    card, villages = client.get(f"{place}&lang=zh").json(), client.get(f"{attention}?lang=zh").json()["villages"]
    assert "沿道路最先到达的 3 支可派的队伍,含准备时间" == card["nearest"]["reason"]
    assert "应留宿 2 晚,已留宿 2 晚(R08)" == card["nights"]["reason"]
    assert {one["reason"] for one in villages} >= {"应留宿 2 晚,已留宿 0 晚;尚欠 2 晚,还剩 0 个夜晚(R08)"}
    assert client.get(place).json()["nights"]["reason"] == "2 of 2 nights kept (R08)"


def test_k_is_how_many_teams_a_place_is_told_with(client: TestClient) -> None:
    assert 5 == len(client.get(f"/v1/places?code={HOME}&k=5").json()["nearest"]["teams"])


def test_a_county_without_roads_has_the_card_too(roadless: TestClient) -> None:
    card = roadless.get(f"/v1/places?code={HOME}").json()
    assert ("straight", 3) == (card["nearest"]["basis"], len(card["nearest"]["teams"]))


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("/v1/places", 400, "lon"),
        ("/v1/places?lon=111.4", 400, "lat"),
        ("/v1/places?lat=27.6", 400, "lon"),
        ("/v1/places?lon=x&lat=27.6", 400, "lon"),
        ("/v1/places?lon=nan&lat=27.6", 400, "lon"),
        ("/v1/places?lon=27.67&lat=111.41", 400, "lon"),
        (f"/v1/places?lon=111.4&lat=27.6&code={HOME}", 400, "code"),
        ("/v1/places?code=12", 400, "code"),
        ("/v1/places?code=431381999999", 404, None),
        (f"/v1/places?code={HOME}&k=0", 400, "k"),
        (f"/v1/places?code={HOME}&at=tomorrow", 400, "at"),
        ("/v1/search", 400, "q"),
        ("/v1/search?q=%20", 400, "q"),
        (f"/v1/search?q={'a' * 101}", 400, "q"),
        ("/v1/search?q=a&limit=0", 400, "limit"),
        ("/v1/search?q=a&limit=many", 400, "limit"),
        ("/v1/search?q=a&q=b", 400, "q"),
        ("/v1/attention?as_off=1", 400, "as_off"),
        ("/v1/attention?at=2022-13-01", 400, "at"),
        ("/v1/attention?lang=fr", 400, "lang"),
        (f"/v1/places?code={HOME}&lang=", 400, "lang"),
    ],
)
def test_a_wrong_question_gets_a_problem_that_names_the_parameter(
    client: TestClient, address: str, status: int, parameter: str | None
) -> None:
    answer = client.get(address)
    assert (status, parameter) == (answer.status_code, answer.json().get("parameter")), answer.text


def test_hostile_names_come_as_they_are_through_every_door(tmp_path: Path) -> None:
    raw = raw_layers()
    named = {name: raw[name].assign(name=HOSTILE) for name in ("towns", "villages", "risk_zones", "hazard_sites")}
    incidents = raw["incidents"].assign(summary=HOSTILE)
    store.write_county(tmp_path / "county", checked_layers(**named, incidents=incidents), present=AS_OF, source="test")
    services = open_services(Settings(data=tmp_path / "county"))
    with TestClient(create_app(services)) as client:
        attention = client.get("/v1/attention").json()
        assert HOSTILE == attention["incidents"][0]["summary"] == attention["villages"][0]["name"]
        assert HOSTILE == client.get(f"/v1/places?code={HOME}").json()["village"]["name"]
        assert HOSTILE == client.get("/v1/search", params={"q": HOSTILE}).json()["hits"][0]["name"]
    services.close()


def answer_of(result: subprocess.CompletedProcess[str]) -> Any:
    assert 0 == result.returncode, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("words", "address", "shown"),
    [
        (("attention",), "/v1/attention", "I2"),
        (("place", "111.405", "27.675"), "/v1/places?lon=111.405&lat=27.675", f"{HOME}003"),
        (("place", HOME), f"/v1/places?code={HOME}", "村001001"),
        (("find", HOME, "--limit", "3"), f"/v1/search?q={HOME}&limit=3", f"{HOME}002"),
    ],
)
def test_a_command_prints_a_table_for_people_and_the_doors_json_for_programs(
    client: TestClient, folder: Path, words: tuple[str, ...], address: str, shown: str
) -> None:
    assert client.get(address).json() == answer_of(run(*words, "--json", folder=folder))
    table = run(*words, folder=folder)
    assert (0, "") == (table.returncode, table.stderr)
    assert shown in table.stdout


@pytest.mark.parametrize("words", [("place", "1", "2", "3"), ("place", "12"), ("place", "-111", "27"), ("find", " ")])
def test_a_wrong_command_is_one_line_and_status_2(folder: Path, words: tuple[str, ...]) -> None:
    result = run(*words, folder=folder)
    assert (2, "", 1) == (result.returncode, result.stdout, len(result.stderr.splitlines()))
