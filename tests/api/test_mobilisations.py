"""The doors of orders and of the clock: what was recorded over HTTP is on the board, by whatever door one asks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.terms import Role
from tests.commands import yixian
from tests.county import AS_OF, SmallCounty, centre

HOME = "431381001200"
ORDER = {"order_id": "O1", "scope": [HOME], "cause": "山火", "at": "2022-12-23T04:00:00"}


@pytest.fixture(scope="module")
def folder(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county whose headquarters issued an order at 04:00; two members of T03 came, one to the second."""
    path = tmp_path_factory.mktemp("mobilised") / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    token = add_token(path, "hq", Role.HQ, "431381", now=AS_OF, days=0)
    planner = add_token(path, "planner", Role.PLANNER, "431381", now=AS_OF, days=0)
    services = open_services(Settings(data=path))
    with TestClient(create_app(services)) as client:
        headers = {"Authorization": f"Bearer {token}"}
        client.post("/v1/mobilisations", json=ORDER, headers=headers).raise_for_status()
        for member, at in (("m1", "06:00:00"), ("m2", "06:00:01")):
            client.post("/v1/check-ins", json=check_in(member, f"2022-12-23T{at}"), headers=headers).raise_for_status()
    services.close()
    (path.parent / "token").write_text(token)
    (path.parent / "planner").write_text(planner)
    return path


def check_in(member: str, at: str) -> dict[str, Any]:
    place = {"lon": centre(HOME).x, "lat": centre(HOME).y, "crs": "EPSG:4326"}
    return {"team_id": "T03", "member_id": member, "device_time": at, **place}


def reading(folder: Path) -> dict[str, str]:
    """The headers of one who sees teams, and no names."""
    return {"Authorization": f"Bearer {(folder.parent / 'planner').read_text()}"}


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    services = open_services(Settings(data=folder))
    with TestClient(create_app(services), raise_server_exceptions=False, headers=reading(folder)) as client:
        yield client
    services.close()


@pytest.fixture
def headers(folder: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {(folder.parent / 'token').read_text()}"}


def members(body: dict[str, Any]) -> list[tuple[str | None, str]]:
    team = next(one for one in body["teams"] if one["team_id"] == "T03")
    return [(one["member_id"], one["state"]) for one in team["members"]]


def test_example_e_over_http_the_board_tells_who_was_on_time_and_who_late(
    client: TestClient, headers: dict[str, str]
) -> None:
    body = client.get("/v1/mobilisations/O1", headers=headers).json()
    assert body["limit_at"] == "2022-12-23T06:00:00+08:00"
    assert members(body) == [("m1", "on_station"), ("m2", "late"), (None, "missing")]
    assert (body["tally"]["on_station"], body["tally"]["late"], body["tally"]["missing"]) == (1, 1, 4)
    assert [body["tally"][name] for name in ("first_at", "third_at", "last_at")] == [
        "2022-12-23T06:00:00+08:00",
        None,
        "2022-12-23T06:00:01+08:00",
    ]
    assert body["in_force"] is True


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """A copy to write to."""
    return Path(shutil.copytree(folder, tmp_path / "county"))


@pytest.mark.parametrize(
    ("role", "area"),
    [
        (Role.POST, "431381001"),
        (Role.STATION, HOME),
        (Role.PLANNER, "431381"),
        (Role.VIEWER, "431381"),
        (Role.ADMIN, "431381"),
    ],
)
def test_r13_nobody_but_the_headquarters_issues_or_ends_an_order(own: Path, role: Role, area: str) -> None:
    headers = {"Authorization": f"Bearer {add_token(own, 'other', role, area, now=AS_OF, days=0)}"}
    services = open_services(Settings(data=own))
    with TestClient(create_app(services)) as client:
        for body in ({**ORDER, "order_id": "O2"}, {"event": "mobilisation_ended", "order_id": "O1"}):
            answer = client.post("/v1/mobilisations", json=body, headers=headers)
            assert (answer.status_code, role.value in answer.json()["detail"]) == (403, True)
        (one,) = client.get("/v1/mobilisations", headers=headers).json()["mobilisations"]
        assert (one["order_id"], one["in_force"]) == ("O1", True)
    services.close()


TO_GRID = {**ORDER, "order_id": "O2", "grids": {"T03": {"m1": f"{HOME}001", "m3": f"{HOME}001"}}}
"""Whoever is at the village's station stands in a corner of the grid, and `FAR` is in another grid of the village."""
FAR = {"lon": centre(HOME).x + 0.005, "lat": centre(HOME).y - 0.005}


def test_r16_over_http_a_member_mapped_to_a_grid_is_late_until_seen_in_it(
    folder: Path, own: Path, headers: dict[str, str]
) -> None:
    services = open_services(Settings(data=own))
    with TestClient(create_app(services), headers=reading(folder)) as client:
        client.post("/v1/mobilisations", json=TO_GRID, headers=headers).raise_for_status()
        far = {**check_in("m3", "2022-12-23T05:00:00"), **FAR}
        client.post("/v1/check-ins", json=far, headers=headers).raise_for_status()
        (team,) = (
            one
            for one in client.get("/v1/mobilisations/O2", headers=headers).json()["teams"]
            if one["team_id"] == "T03"
        )
        assert [(one["member_id"], one["grid_code"], one["state"]) for one in team["members"]] == [
            ("m1", f"{HOME}001", "on_station"),
            ("m2", None, "late"),
            ("m3", f"{HOME}001", "missing"),
        ]
        public = client.get("/v1/mobilisations/O2").text + client.get("/v1/mobilisations").text
        assert "m3" not in public
    services.close()


def test_r16_over_http_a_grid_outside_the_scope_is_refused_with_the_rule(own: Path, headers: dict[str, str]) -> None:
    services = open_services(Settings(data=own))
    with TestClient(create_app(services)) as client:
        wrong = {**TO_GRID, "grids": {"T03": {"m1": "431381001001001"}}}
        answer = client.post("/v1/mobilisations", json=wrong, headers=headers)
        (refusal,) = answer.json()["refusals"]
        assert (answer.status_code, answer.json()["parameter"], refusal["rule"]) == (400, "grids", "R16")
        assert client.get("/v1/mobilisations/O2", headers=headers).status_code == 404
    services.close()


def test_r16_the_command_records_an_order_with_grids(own: Path) -> None:
    (own / "order.json").write_text(json.dumps(TO_GRID))
    yixian("record", "mobilisations", own / "order.json", "--data", own, check=True)
    shown = yixian("order", "O2", "--data", own, check=True)
    assert f"missing: T03 m3: not seen in grid {HOME}001 (R16) by 2022-12-23 06:00:00" in shown.stdout


def test_members_are_named_to_those_alone_who_may_see_names(client: TestClient) -> None:
    body = client.get("/v1/mobilisations/O1").json()
    assert members(body) == [(None, "on_station"), (None, "late"), (None, "missing")]
    assert "m1" not in json.dumps(body)
    assert client.get("/v1/mobilisations/O1", headers={"Authorization": "Bearer yx_none"}).status_code == 401


def test_r13_every_order_is_listed_with_its_scope_and_whether_it_is_in_force(client: TestClient) -> None:
    (one,) = client.get("/v1/mobilisations").json()["mobilisations"]
    assert one == {
        "order_id": "O1",
        "scope": [HOME],
        "cause": "山火",
        "issued_at": "2022-12-23T04:00:00+08:00",
        "ends_at": None,
        "in_force": True,
    }


def test_an_order_that_nobody_issued_is_not_found(client: TestClient) -> None:
    answer = client.get("/v1/mobilisations/O9")
    assert (answer.status_code, "O9" in answer.json()["detail"]) == (404, True)


def test_the_board_as_of_an_event_does_not_know_what_came_later(client: TestClient, headers: dict[str, str]) -> None:
    events = client.get("/v1/events", headers=headers).json()["events"]
    issued = next(one["sequence"] for one in events if one["kind"] == "mobilisation")
    body = client.get(f"/v1/mobilisations/O1?as_of={issued}").json()
    assert (body["tally"]["on_station"], body["data"]["sequence"]) == (0, issued)


def test_r18_the_clock_of_a_week_has_168_hours_for_the_county_and_for_each_village(client: TestClient) -> None:
    body = client.get("/v1/coverage/clock?week=2022-W50").json()
    assert (len(body["hours"]), len(body["villages"])) == (168, 12)
    assert {len(one["members"]) for one in body["villages"]} == {168}
    assert (body["week"], body["available"], body["full_strength"]) == ("2022-W50", "now", 3)
    assert body["villages"][0]["share_full"] == pytest.approx(
        sum(members >= 3 for members in body["villages"][0]["members"]) / 168, abs=1e-4
    )
    recall = client.get("/v1/coverage/clock?week=2022-W50&available=recall").json()
    assert recall["villages"][0]["share_one"] == 1


@pytest.mark.parametrize("query", ["week=2022-W54", "available=soon", "members=3", "as_of=tomorrow"])
def test_a_question_to_the_clock_that_cannot_be_meant_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/coverage/clock?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("order",), "山火"),
        (("order", "O1"), "late: T03 m2: there at 2022-12-23 06:00:01"),
        (("clock", "--week", "2022-W50"), "3 members"),
    ],
)
def test_the_command_prints_tables_for_people_and_json_for_programs(
    folder: Path, tmp_path: Path, words: tuple[str, ...], shown: str
) -> None:
    own = shutil.copytree(folder, tmp_path / "county")
    table = yixian(*words, "--data", own, check=True)
    assert shown in table.stdout
    programs = yixian(*words, "--data", own, "--json", check=True)
    assert json.loads(programs.stdout)["data"]["sequence"] > 0
