"""A running service takes over new data whole, keeps the old when it cannot, and says which."""

from __future__ import annotations

import gc
import time
import weakref
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import swap
from api.app import create_app
from api.identity.tokens import add_token
from api.settings import SAMPLE_FOLDER, Settings
from api.swap import Live
from api.wiring import open_services
from geo import store
from geo.nearest import nearest
from geo.terms import Role
from tests.county import AS_OF, SmallCounty
from tests.geo.test_store import put


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="test")
    return tmp_path / "county"


@pytest.fixture
def live(folder: Path) -> Live:
    settings = Settings(data=folder)
    return Live(open_services(settings), settings)


def renamed(small_county: SmallCounty, folder: Path, name: str) -> store.Manifest:
    """A new version of the teams, told apart by their names."""
    return put(folder, "teams", small_county.layers["teams"].assign(name=name))


def harm(folder: Path, layer: str) -> Path:
    path = folder / store.read_manifest(folder).layers[layer].file
    path.chmod(0o644)
    path.write_bytes(b"harmed")
    return path


def test_a_new_version_takes_over_and_nothing_happens_without_one(
    small_county: SmallCounty, folder: Path, live: Live
) -> None:
    assert not live.look()
    before = live.current
    written = renamed(small_county, folder, "新队")
    assert live.look()
    assert live.current is not before
    assert written.version == live.current.atlas.provenance.version
    assert {"新队"} == set(live.current.board.teams.names)
    assert not live.look()


def test_services_that_were_handed_over_alone_stay_as_they_are(small_county: SmallCounty, folder: Path) -> None:
    fixed = Live(open_services(Settings(data=folder)))
    renamed(small_county, folder, "新队")
    assert not fixed.look()


def test_an_answer_in_flight_ends_on_the_county_it_began_with(
    small_county: SmallCounty, folder: Path, live: Live
) -> None:
    served = live.current
    before = nearest(served.atlas, served.board, 111.405, 27.675, at=AS_OF)
    renamed(small_county, folder, "新队")
    live.look()
    live.look()
    assert before == nearest(served.atlas, served.board, 111.405, 27.675, at=AS_OF)


def test_a_version_that_cannot_be_opened_changes_nothing_and_is_named(
    small_county: SmallCounty, folder: Path, live: Live
) -> None:
    before = live.current
    failed = renamed(small_county, folder, "新队")
    harm(folder, "teams")
    assert not live.look()
    assert before is live.current
    assert live.failed_swap is not None
    assert failed.version == live.failed_swap.version
    assert "was changed" in live.failed_swap.reason
    renamed(small_county, folder, "再来")
    assert live.look()
    assert live.failed_swap is None
    assert {"再来"} == set(live.current.board.teams.names)


@pytest.mark.parametrize("content", ["", "{", '{"format": 99}', "[]"])
def test_a_manifest_that_cannot_be_read_changes_nothing(folder: Path, live: Live, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    assert not live.look()
    assert live.failed_swap is not None
    assert live.failed_swap.version is None


def test_a_failed_version_is_tried_again_after_a_while_and_not_at_every_look(
    small_county: SmallCounty, folder: Path, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = renamed(small_county, folder, "新队")
    path = folder / manifest.layers["teams"].file
    content = path.read_bytes()
    harm(folder, "teams")
    live.look()
    path.write_bytes(content)
    assert not live.look()
    later_s = time.monotonic() + swap.RETRY_S
    monkeypatch.setattr("api.swap.time.monotonic", lambda: later_s + 1)
    assert live.look()
    assert live.failed_swap is None


def test_whatever_goes_wrong_the_version_before_goes_on_being_served(
    small_county: SmallCounty, folder: Path, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("secret")

    before = live.current
    renamed(small_county, folder, "新队")
    monkeypatch.setattr("api.swap.open_services", fail)
    assert not live.look()
    assert before is live.current
    assert live.failed_swap is not None
    assert "MemoryError" in live.failed_swap.reason
    assert "secret" not in live.failed_swap.reason


def test_the_first_import_is_noticed_by_a_service_that_shows_the_sample(
    small_county: SmallCounty, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "new")
    live = Live(open_services(settings), settings)
    assert live.current.is_sample
    assert SAMPLE_FOLDER == live.current.folder
    assert not live.look()
    store.write_county(tmp_path / "new", small_county.layers, present=AS_OF, source="test")
    assert live.look()
    assert not live.current.is_sample
    assert tmp_path / "new" == live.current.folder


def test_a_new_source_or_date_of_the_same_content_is_shown_too(
    small_county: SmallCounty, folder: Path, live: Live
) -> None:
    put(folder, "rivers", small_county.layers["rivers"])
    assert live.look()
    put(folder, "rivers", small_county.layers["rivers"], at=AS_OF + timedelta(days=1))
    assert live.look()
    assert (AS_OF + timedelta(days=1)).isoformat() == live.current.county.manifest.layers["rivers"].date


def test_a_county_goes_when_its_last_answer_does_without_the_collector(
    small_county: SmallCounty, folder: Path, live: Live
) -> None:
    token = add_token(folder, "a", Role.HQ, "431381", now=AS_OF, days=0)
    with TestClient(create_app(live), headers={"Authorization": f"Bearer {token}"}) as client:
        for path in (
            "/v1/nearest?lon=111.41&lat=27.66",
            "/maps/coverage",
            "/maps/risk?lang=en",
            "/v1/exposure",
            "/v1/layers/roads.geojson?bbox=111,27,112,28",
        ):
            client.get(path).raise_for_status()
        in_flight = live.current
        gone, atlas_gone = weakref.ref(in_flight.county), weakref.ref(in_flight.atlas)
        gc.collect()
        gc.disable()
        try:
            renamed(small_county, folder, "新队")
            deadline_s = time.monotonic() + 20
            while live.current is in_flight and time.monotonic() < deadline_s:
                time.sleep(0.05)
            assert live.current is not in_flight
            assert gone() is not None
            del in_flight
            while gone() is not None and time.monotonic() < deadline_s:
                time.sleep(0.05)  # the thread that watches may still be leaving its last call
            assert gone() is None
            assert atlas_gone() is None
        finally:
            gc.enable()


def test_memory_is_given_back_once_when_a_county_has_gone(
    small_county: SmallCounty, folder: Path, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[bool] = []
    monkeypatch.setattr("api.swap.give_back_memory", lambda: given.append(True))
    in_flight = live.current
    renamed(small_county, folder, "新队")
    assert live.look()
    live.look()
    assert [] == given
    del in_flight
    live.look()
    live.look()
    assert [True] == given


def test_pages_are_drawn_anew_after_a_swap(small_county: SmallCounty, folder: Path, live: Live) -> None:
    with TestClient(create_app(live)) as client:
        assert "镇新名" not in client.get("/maps/coverage").text
        put(folder, "towns", small_county.layers["towns"].assign(name="镇新名"))
        deadline_s = time.monotonic() + 20
        while live.last_swap is None and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert "镇新名" in client.get("/maps/coverage").text


def test_health_tells_of_swaps_and_failures_and_stays_ready(
    small_county: SmallCounty, folder: Path, live: Live
) -> None:
    client = TestClient(create_app(live))  # without a lifespan nobody watches: each look is ours
    body = client.get("/health/ready").raise_for_status().json()
    assert (False, None, None) == (body["degraded"], body["last_swap"], body["failed_swap"])
    version = renamed(small_county, folder, "新队").version
    live.look()
    body = client.get("/health/ready").raise_for_status().json()
    assert version == body["last_swap"]["version"] == body["data"]["version"]
    renamed(small_county, folder, "坏队")
    harm(folder, "teams")
    live.look()
    body = client.get("/health/ready").raise_for_status().json()
    assert ("ready", True) == (body["status"], body["degraded"])
    assert version == body["data"]["version"]
    assert {"version", "reason", "at"} == body["failed_swap"].keys()


def test_a_service_stops_at_once_while_it_opens_a_version(
    small_county: SmallCounty, folder: Path, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = []

    def endless(*_: object, pause: store.Pause, **__: object) -> None:
        while True:
            entered.append(True)
            pause()

    monkeypatch.setattr("api.swap.open_services", endless)
    monkeypatch.setattr("api.swap.LOOK_S", 0.01)
    with live.watching():
        renamed(small_county, folder, "新队")
        deadline_s = time.monotonic() + 20
        while not entered and time.monotonic() < deadline_s:
            time.sleep(0.01)
    assert entered
