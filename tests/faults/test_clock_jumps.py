"""The machine's clock goes back two hours or on by a day: the record keeps its order, and nothing is refused for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api import settings
from api.app import create_app
from api.identity.accounts import add_account
from api.identity.identity import Identity
from api.identity.tokens import add_token
from api.settings import Settings
from api.swap import Live
from api.wiring import open_services
from geo import store
from geo.calendar import CHINA
from geo.journal import Journal
from geo.terms import Role
from tests.journals import check_in

T0 = datetime(2026, 6, 10, 10, tzinfo=CHINA)
BACK, ON = timedelta(hours=-2), timedelta(days=1)
DAY_S = 86_400


class Clock:
    """The machine's clock, which can be set."""

    def __init__(self) -> None:
        self.at = T0

    def now(self, zone: Any = None) -> datetime:
        return self.at.astimezone(zone)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(settings, "datetime", made)
    return made


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    """A county whose present is the clock's."""
    with store.writing(tmp_path / "county"):
        manifest = store.begin_county(tmp_path / "county", at_rest)
        store.end_demonstration(tmp_path / "county", manifest)
    return tmp_path / "county"


@pytest.fixture
def client(folder: Path, clock: Clock) -> Iterator[TestClient]:
    secret = add_token(folder, "hq", Role.HQ, "431381", now=T0)
    chosen = Settings(data=folder)
    live = Live(open_services(chosen), chosen)
    with TestClient(create_app(live), headers={"Authorization": f"Bearer {secret}"}) as client:
        yield client
    live.current.close()


def post(client: TestClient, member: str, at: datetime) -> dict[str, Any]:
    """A check-in from a device whose clock is right."""
    place = {"lon": 111.41, "lat": 27.66, "crs": "EPSG:4326"}
    body = {"team_id": "T03", "member_id": f"T03-{member}", **place, "device_time": at.isoformat()}
    answer = client.post("/v1/check-ins", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_while_the_clock_jumps_writes_are_taken_in_order_and_answers_tell_the_datas_date(
    client: TestClient, clock: Clock
) -> None:
    sequences, dates = [], set()
    for number, jump in enumerate((timedelta(0), BACK, timedelta(0), ON, timedelta(0))):
        clock.at = T0 + timedelta(minutes=number) + jump
        sequences += post(client, str(number), T0 + timedelta(minutes=number))["sequences"]
        answer = client.get("/v1/nearest", params={"lon": 111.41, "lat": 27.66})
        assert 200 == answer.status_code
        dates.add(answer.json()["data"]["date"])
        assert client.get("/health/ready").json()["journal"]["lag_events"] == 0
    assert sorted(set(sequences)) == sequences
    assert 1 == len(dates)
    events = client.get("/v1/events", params={"after": sequences[0] - 1}).json()["events"]
    recorded = [datetime.fromisoformat(event["recorded_at"]) for event in events if "recorded_at" in event]
    assert len(sequences) == len(recorded)
    assert sorted(recorded) == recorded


def test_pages_that_are_held_and_their_cursors_outlast_a_jump(client: TestClient, clock: Clock) -> None:
    first = client.get("/ogc/collections/villages/items", params={"limit": 5}).json()
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    for jump in (BACK, ON):
        clock.at = T0 + jump
        assert 200 == client.get(following).status_code


def test_a_session_holds_by_the_clock_that_it_was_begun_by_and_signing_in_works_by_any(
    folder: Path, clock: Clock
) -> None:
    add_account(folder, "gao", Role.HQ, "431381", "a long word for a test", now=T0)
    identity = Identity(folder, now=settings.clock)
    held = identity.account("gao")
    assert held is not None

    def signed_in() -> dict[str, str]:
        return {"cookie": f"{identity.cookie}={identity.cookie_of(identity.begin(held))}"}

    first = signed_in()
    for jump, still_holds in ((timedelta(0), True), (BACK, False), (ON, False), (timedelta(0), True)):
        clock.at = T0 + jump
        assert still_holds == (identity.session_of(first) is not None)
        assert identity.session_of(signed_in()) is not None


@given(st.lists(st.integers(-DAY_S + 1, DAY_S - 1), min_size=1, max_size=8))
def test_nothing_is_recorded_before_what_is_recorded_already(
    tmp_path_factory: pytest.TempPathFactory, jumps_s: list[int]
) -> None:
    now = T0
    with Journal.open(tmp_path_factory.mktemp("j"), create=True, clock=lambda: now) as journal:
        latest = T0
        for jump_s in jumps_s:
            now = T0 + timedelta(seconds=jump_s / 2)  # so that no two are a day apart
            latest = max(latest, now) if journal.newest() else now
            assert latest == journal.append([check_in()], actor="a").recorded_at
        assert journal.verify().is_whole


def test_a_clock_that_was_far_ahead_is_not_followed_for_ever(tmp_path: Path) -> None:
    times = iter([T0 + timedelta(days=9_000), T0, T0 - timedelta(hours=1)])
    for expected in (T0 + timedelta(days=9_000), T0, T0):
        with Journal.open(tmp_path, create=True, clock=lambda: next(times)) as journal:
            assert expected == journal.append([check_in()], actor="a").recorded_at
