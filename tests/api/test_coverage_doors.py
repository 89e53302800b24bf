"""Coverage through its doors: what is recorded is in the answer, and an answer of then is what was known then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from api import record
from api.app import create_app
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.terms import Role
from tests.commands import yixian
from tests.county import AS_OF, SmallCounty

HOME, LOST = "431381001001", "431381002002"
HOURS = timedelta(hours=1)


class Clock:
    """The instant that events are recorded at, an hour later each time it is moved."""

    def __init__(self) -> None:
        self.now = AS_OF - 10 * HOURS

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(record, "clock", made)
    return made


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    path = tmp_path / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    return path


@pytest.fixture
def tokens(folder: Path) -> dict[str, str]:
    made = {
        "hq": (Role.HQ, "431381"),
        "post": (Role.POST, "431381001"),
        "far": (Role.POST, "431381002"),
        "planner": (Role.PLANNER, "431381"),
    }
    return {name: add_token(folder, name, role, area, now=AS_OF, days=0) for name, (role, area) in made.items()}


@pytest.fixture
def client(folder: Path, tokens: dict[str, str], clock: Clock) -> Iterator[TestClient]:
    services = open_services(Settings(data=folder))
    reading = {"Authorization": f"Bearer {tokens['planner']}"}  # it sees teams, and no names
    with TestClient(create_app(services), raise_server_exceptions=False, headers=reading) as opened:
        yield opened
    services.close()


@pytest.fixture
def post(client: TestClient, tokens: dict[str, str], clock: Clock) -> Any:
    def send(door: str, body: object, by: str = "hq") -> Any:
        answer = client.post(f"/v1/{door}", json=body, headers={"Authorization": f"Bearer {tokens[by]}"})
        clock.now += HOURS
        return answer

    return send


def get(client: TestClient, address: str, **headers: str) -> Any:
    return client.get(address, headers=headers).raise_for_status().json()


def village(body: Any, code: str) -> Any:
    return next(one for one in body["villages"] if one["village_code"] == code)


def night(evening: str, **more: str) -> dict[str, str]:
    return {"team_id": "T02", "member_id": "T02-9", "village_code": "431381001002", "night": evening, **more}


def exemption(reason: str = "flood relief") -> dict[str, Any]:
    return {"scope": [LOST], "first_day": "2022-12-19", "last_day": "2022-12-25", "reason": reason}


def test_r08_r12_a_recorded_night_and_an_exemption_are_in_the_next_answer(client: TestClient, post: Any) -> None:
    before = get(client, "/v1/coverage/stays")
    assert ("curable", ["T02"]) == (
        village(before, "431381001002")["state"],
        village(before, "431381001002")["curable_by"],
    )
    made = post("stays", night("2022-12-21"))
    assert 201 == made.status_code, made.text
    assert 201 == post("exemptions", exemption()).status_code
    after = get(client, "/v1/coverage/stays")
    mine = village(after, "431381001002")
    assert ("met", 2) == (mine["state"], mine["nights"])
    assert made.json()["sequences"][0] in mine["evidence"]
    assert "exempt" == village(after, LOST)["state"]
    assert "flood relief" in village(after, LOST)["reason"]
    assert set(after["by_attention"]) == {one["village_code"] for one in after["villages"]}


@pytest.mark.parametrize(
    ("expected", "nights"),
    [
        # (a): Sunday and Monday are one night of each of two weeks, Sunday's 11 December being recorded whole
        ({"2022-W50": ("lost", 1), "2022-W51": ("curable", 1)}, [("2022-12-18", "a"), ("2022-12-19", "a")]),
        # (b): two members on one night are one night
        ({"2022-W51": ("met", 2)}, [("2022-12-20", "a"), ("2022-12-20", "b"), ("2022-12-22", "a")]),
    ],
)
def test_example_a_and_b_r08_from_the_record_to_the_answer(
    expected: dict[str, tuple[str, int]], nights: list[tuple[str, str]], client: TestClient, post: Any
) -> None:
    stays = [night(day, team_id="T05", member_id=who, village_code="431381002001") for day, who in nights]
    assert 201 == post("stays", stays).status_code
    for week, (state, count) in expected.items():
        found = village(get(client, f"/v1/coverage/stays?week={week}"), "431381002001")
        assert (state, count, "T05") == (found["state"], found["nights"], found["team_id"])


def test_example_c_r07_a_check_out_at_half_past_four_is_no_night(client: TestClient, post: Any) -> None:
    times = {"check_in": "2022-12-21T21:00:00+08:00", "check_out": "2022-12-22T04:30:00+08:00"}
    assert 201 == post("stays", night("2022-12-21", **times)).status_code
    assert 1 == village(get(client, "/v1/coverage/stays"), "431381001002")["nights"]


def test_as_of_answers_what_was_known_then(client: TestClient, post: Any, clock: Clock) -> None:
    first = post("stays", night("2022-12-21")).json()["sequences"][-1]
    between = clock.now - HOURS / 2
    correction = post("corrections", {"corrects": first, "reason": "another team"})
    assert 201 == correction.status_code, correction.text
    states = {
        moment: village(get(client, f"/v1/coverage/stays?week=2022-W51{moment}"), "431381001002")["nights"]
        for moment in (
            "",
            f"&as_of={first}",
            f"&as_of={between.isoformat().replace('+', '%2B')}",
            f"&as_of={first - 1}",
        )
    }
    assert [1, 2, 2, 1] == list(states.values())
    now = AS_OF.isoformat().replace("+", "%2B")
    assert get(client, "/v1/coverage/stays") == get(client, f"/v1/coverage/stays?as_of={now}")


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("as_of=2022-12-24T10:00", "is to come"),
        ("as_of=2022-12-01T10:00", "nothing was recorded"),
        ("as_of=999999", "nothing was recorded"),
        ("as_of=yesterday", "as_of"),
        ("as_of=2022-12-23T09:00+08:00", "%2B"),
        ("week=2022-W60", "W60"),
    ],
)
def test_a_moment_that_is_none_is_a_400_that_says_why(query: str, part: str, client: TestClient, post: Any) -> None:
    post("stays", night("2022-12-21"))
    answer = client.get(f"/v1/coverage/stays?{query}")
    assert (400, True) == (answer.status_code, part in answer.json()["detail"]), answer.text


def test_a_folder_without_a_journal_knows_only_the_present(client: TestClient) -> None:
    assert 400 == client.get("/v1/coverage/stays?as_of=2022-12-20T10:00").status_code


def test_history_has_a_state_and_nights_for_every_week(client: TestClient) -> None:
    body = get(client, "/v1/coverage/stays/history?from=2022-W50&to=2022-W51")
    home = village(body, HOME)
    assert (["2022-W50", "2022-W51"], ["lost", "met"], [0, 2]) == (body["weeks"], home["states"], home["nights"])
    assert (1, 1, 0, 1) == tuple(
        home[name] for name in ("met_streak", "longest_met_streak", "lost_streak", "longest_lost_streak")
    )
    assert 12 == len(get(client, "/v1/coverage/stays/history")["weeks"])
    assert 400 == client.get("/v1/coverage/stays/history?from=2022-W51&to=2022-W50").status_code


def test_r10_a_leader_signs_for_nights_with_the_own_id(client: TestClient, post: Any, tokens: dict[str, str]) -> None:
    slept = {"team_id": "L001", "member_id": "L001", "village_code": HOME, "night": "2022-12-20"}
    assert 201 == post("stays", slept, "post").status_code
    assert 403 == post("stays", {**slept, "night": "2022-12-21"}, "far").status_code
    here = {"lon": 111.41, "lat": 27.68, "crs": "EPSG:4326", "device_time": "2022-12-23T00:30:00+08:00"}
    signed = post("check-ins", {"team_id": "L001", "member_id": "L001", **here}, "post")
    assert 201 == signed.status_code, signed.text
    wrong = post("stays", {**slept, "member_id": "M1", "night": "2022-12-19"})
    assert (
        (422, "R10") == (wrong.status_code, wrong.json()["refusals"][0]["rule"]) if wrong.status_code == 422 else True
    )
    assert wrong.status_code >= 400
    assert (
        post(
            "leave", {"team_id": "L001", "member_id": "L001", "first_day": "2022-12-30", "last_day": "2022-12-30"}
        ).status_code
        >= 400
    )
    body = get(client, "/v1/coverage/leaders?month=2022-12", Authorization=f"Bearer {tokens['hq']}")
    leader = next(one for one in body["leaders"] if one["leader_id"] == "L001")
    assert ("curable", 1, 1, ["2022-12-20"]) == tuple(leader[k] for k in ("state", "nights", "shortfall", "evenings"))
    named = {"Authorization": f"Bearer {tokens['hq']}"}
    assert 400 == client.get("/v1/coverage/leaders?month=2022-13", headers=named).status_code


def test_r06_a_check_in_is_in_the_days_attendance_and_in_the_teams_week(
    client: TestClient, post: Any, tokens: dict[str, str]
) -> None:
    place = {"lon": 111.41, "lat": 27.68, "crs": "EPSG:4326", "device_time": "2022-12-22T23:59:00+08:00"}
    assert 201 == post("check-ins", {"team_id": "T01", "member_id": "T01-3", **place}).status_code
    day = get(client, "/v1/coverage/duty?date=2022-12-22")
    mine = next(one for one in day["teams"] if one["team_id"] == "T01")
    assert ("short", True, 2, True) == tuple(mine[name] for name in ("state", "required", "members", "is_met"))
    assert 1 == day["counts"]["short"]
    week = get(client, "/v1/teams/T01?week=2022-W51")
    assert ("met", 2, 0) == (week["villages"][0]["state"], week["villages"][0]["nights"], week["owed"]["nights"])
    assert [] == week["owed"]["days"]  # on Friday a member was there until 07:00
    other = get(client, "/v1/teams/T02?week=2022-W51")["owed"]
    assert {"nights": 1, "days": ["2022-12-23"]} == other
    assert [None] * 3 == [one["member_id"] for one in week["member_nights"]]
    known = get(client, "/v1/teams/T01?week=2022-W51", Authorization=f"Bearer {tokens['hq']}")
    assert [("T01-1", 2), ("T01-2", 1), ("T01-3", 1)] == [
        (one["member_id"], one["nights"]) for one in known["member_nights"]
    ]
    assert 404 == client.get("/v1/teams/ghost").status_code
    assert 400 == client.get("/v1/coverage/duty?date=22.12.2022").status_code


def test_the_commands_print_what_the_doors_answer(folder: Path, client: TestClient, tokens: dict[str, str]) -> None:
    named = {"Authorization": f"Bearer {tokens['hq']}"}

    def run(*words: str) -> str:
        return yixian(*words, "--data", folder, check=True).stdout

    for words, address in (
        (("coverage", "--week", "2022-W51"), "/v1/coverage/stays?week=2022-W51"),
        (("history", "--to", "2022-W51"), "/v1/coverage/stays/history?to=2022-W51"),
        (("leaders", "--month", "2022-12"), "/v1/coverage/leaders?month=2022-12"),
        (("duty", "--date", "2022-12-21"), "/v1/coverage/duty?date=2022-12-21"),
    ):
        assert orjson.loads(run(*words, "--json")) == get(client, address, **named)
    assert "still owed" in run("team", "T02")
    assert "431381002002" in run("coverage")
    assert "2022-W51" in run("history")
