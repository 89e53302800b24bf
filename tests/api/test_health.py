"""What health tells: to everybody whether the service answers, to its operator what to look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import operation
from api.access import LOCAL
from api.app import create_app
from api.doctor import disk
from api.doctor.disk import Disk, disk_of
from api.drafts import drafts_of
from api.identity.tokens import add_token
from api.record import Record
from api.settings import Settings, clock
from api.swap import Live
from api.wiring import Services, open_services
from geo import store
from geo.errors import JournalBusyError
from geo.terms import Role
from tests.county import AS_OF

LEAVE = {"team_id": "T03", "member_id": "M1", "first_day": "2022-12-24", "last_day": "2022-12-25"}
GIB = 2**30


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(at_rest, tmp_path / "county"))


@pytest.fixture
def live(folder: Path) -> Iterator[Live]:
    settings = Settings(data=folder)
    made = Live(open_services(settings), settings)
    yield made
    made.current.close()


@pytest.fixture
def client(live: Live) -> TestClient:
    return TestClient(create_app(live), raise_server_exceptions=False)


def write(folder: Path, member: str = "M1") -> None:
    """Another process records something."""
    other = open_services(Settings(data=folder))
    other.write(LOCAL, drafts_of("leave", {**LEAVE, "member_id": member}, now=AS_OF))
    other.close()


def ready(client: TestClient, **headers: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/health/ready", headers=headers).raise_for_status().json()
    return body


def test_a_service_that_is_well_says_so(client: TestClient) -> None:
    assert {"status": "alive"} == client.get("/health/live").json()
    body = ready(client)
    assert ("ready", False, [], None) == tuple(body[name] for name in ("status", "degraded", "reasons", "journal"))
    assert "no-store" == client.get("/health/ready").headers["cache-control"]


def test_strangers_are_told_status_and_version_alone_and_the_operator_all(folder: Path, client: TestClient) -> None:
    roles = (Role.HQ, Role.ADMIN, Role.VIEWER)
    secrets = {role: add_token(folder, role.value, role, "431381", now=clock()) for role in roles}
    version = store.read_manifest(folder).version
    assert {"status": "ready", "version": version} == ready(client)
    assert {"status": "ready", "version": version} == ready(client, Authorization="Bearer yx_unknown")
    assert {"status": "ready", "version": version} == ready(client, Authorization=f"Bearer {secrets[Role.VIEWER]}")
    for role in (Role.HQ, Role.ADMIN):
        assert {"disk", "journal", "reasons"} <= ready(client, Authorization=f"Bearer {secrets[role]}").keys()


def test_the_lag_is_what_was_recorded_elsewhere_since_the_last_question(folder: Path, client: TestClient) -> None:
    write(folder)
    assert None is ready(client)["journal"]  # nobody has asked for it yet
    known = ready(client)["journal"]["sequence"]
    write(folder, "M2")
    told = ready(client)["journal"]
    assert (known + 1, known, 1) == (told["sequence"], told["folded"], told["lag_events"])
    assert 0 < told["lag_s"] < 60
    caught_up = ready(client)["journal"]
    assert (known + 1, 0, 0.0, True) == tuple(caught_up[name] for name in ("folded", "lag_events", "lag_s", "writable"))


def test_the_last_import_is_named_with_its_version(folder: Path, live: Live, client: TestClient) -> None:
    assert None is ready(client)["last_import"]
    with store.writing(folder):
        teams = live.current.county.layers["teams"]
        store.replace_layer(
            folder, store.read_manifest(folder), "teams", teams.iloc[:-1], date=AS_OF, source="x", given_crs="EPSG:4326"
        )
    assert live.look()
    entry = store.read_manifest(folder).layers["teams"]
    expected = {
        "layer": "teams",
        "at": AS_OF.isoformat(),
        "version": 2,
        "sha256": entry.sha256[:12],
        "rows": entry.rows,
    }
    assert {**expected, "rows": entry.rows} == ready(client)["last_import"]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (False, Disk(100 * GIB, 200 * GIB)),
        (True, Disk(GIB - 1, 10 * GIB)),
        (True, Disk(9 * GIB, 200 * GIB)),
        (True, Disk(0, 0)),
    ],
)
def test_a_disk_that_fills_up_is_a_reason(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, expected: bool, found: Disk
) -> None:
    monkeypatch.setattr(operation, "disk_of", lambda _: found)
    body = ready(client)
    assert (expected, expected, found.free_bytes) == (body["degraded"], body["disk"]["low"], body["disk"]["free_bytes"])
    assert expected == any("the disk is filling up" in reason for reason in body["reasons"])


def test_a_disk_that_cannot_be_looked_at_is_told_and_stops_nothing(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(disk.shutil, "disk_usage", gone)
    assert None is disk_of(folder)
    body = ready(client)
    assert (True, None) == (body["degraded"], body["disk"])
    assert "cannot be reached" in body["reasons"][0]


def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_above_it(tmp_path: Path) -> None:
    assert disk_of(tmp_path / "a" / "b") is not None
    assert disk_of(tmp_path) is not None


def test_data_that_cannot_be_served_degrade_and_the_old_go_on(folder: Path, live: Live, client: TestClient) -> None:
    (folder / "manifest.json").write_text("{")
    live.look()
    body = ready(client)
    assert ("ready", True) == (body["status"], body["degraded"])
    assert "cannot be served" in body["reasons"][0]
    assert 1 == live.failed_swaps
    live.look()
    assert 1 == live.failed_swaps


def test_a_folder_that_is_gone_degrades(folder: Path, client: TestClient) -> None:
    shutil.rmtree(folder)
    body = ready(client)
    assert ("ready", True) == (body["status"], body["degraded"])


def test_only_what_cannot_answer_at_all_is_not_ready(
    live: Live, client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_: Services) -> Services:
        raise JournalBusyError(folder / "journal.db", "disk I/O error")

    monkeypatch.setattr(Services, "at_once", stuck)
    answer = client.get("/health/ready")
    assert (503, {"status": "not_ready", "version": live.current.county.manifest.version}) == (
        answer.status_code,
        answer.json(),
    )
    assert 200 == client.get("/health/live").status_code


def test_what_the_board_holds_is_not_brought_level_by_looking(folder: Path, live: Live) -> None:
    write(folder)
    record = live.current.record
    assert isinstance(record, Record)
    record.board()
    before = record.held.sequence
    write(folder, "M2")
    found = operation.standing(live.current)
    assert found is not None
    assert (before, before + 1) == (record.held.sequence, found.sequence)
