"""What one worker has handed out every other answers for: pages that go on, validators, and the blocks of a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access import LOCAL
from api.app import create_app
from api.blocks import BlockShelf
from api.drafts import drafts_of
from api.ogc.held import HeldCollections
from api.settings import Settings
from api.wiring import Services, open_services
from geo import store
from geo.features import Cursor
from maps.pages.serving import Block
from tests.county import AS_OF, SmallCounty, village_codes
from tests.geo.test_store import put

ITEMS = "/ogc/collections/{}/items"


class Office:
    """A folder, and the workers that were started over it, each with an application of its own."""

    def __init__(self, folder: Path, shared: Path, leaving: ExitStack) -> None:
        self.folder, self._shared, self._leaving = folder, shared, leaving

    def worker(self) -> tuple[TestClient, Services]:
        """One more worker, which knows nothing of the others."""
        services = replace(open_services(Settings(data=self.folder)), blocks=BlockShelf(self._shared))
        self._leaving.callback(services.close)
        app = create_app(services)
        app.state.held = HeldCollections(
            wall=lambda: datetime.now(UTC) + timedelta(seconds=9)
        )  # no second is under way
        client = TestClient(app, raise_server_exceptions=False)
        return self._leaving.enter_context(client), services


@pytest.fixture
def office(at_rest: Path, tmp_path: Path) -> Iterator[Office]:
    folder, shared = tmp_path / "county", tmp_path / "shared"
    shutil.copytree(at_rest, folder)
    shared.mkdir()
    with ExitStack() as leaving:
        yield Office(folder, shared, leaving)


def stay(services: Services, number: int) -> None:
    """Record a stay."""
    teams = services.board.teams
    said = {"team_id": teams.ids[number], "member_id": f"m{number}", "village_code": village_codes()[number]}
    night = (AS_OF - timedelta(days=2)).date().isoformat()
    services.write(LOCAL, drafts_of("stays", {**said, "night": night}, now=services.now()))


def following(body: Any) -> str | None:
    return next((link["href"] for link in body["links"] if link["rel"] == "next"), None)


def test_pages_of_a_version_go_on_at_a_worker_that_never_served_it(office: Office, small_county: SmallCounty) -> None:
    first, _ = office.worker()
    address = ITEMS.format("villages")
    whole = first.get(address, params={"limit": 100}).json()["features"]
    page = first.get(address, params={"limit": 5}).json()
    villages = small_county.layers["villages"]
    put(office.folder, "villages", villages.assign(population=villages["population"] * 2))
    other, _ = office.worker()
    found = page["features"]
    while (at := following(page)) is not None:
        page = other.get(at).raise_for_status().json()
        found += page["features"]
    assert whole == found
    assert whole != other.get(address, params={"limit": 100}).json()["features"]


@pytest.mark.parametrize("name", ["stays", "stay_coverage", "reach"])
def test_pages_of_a_live_state_go_on_at_a_worker_that_never_saw_it(office: Office, name: str) -> None:
    first, services = office.worker()
    for number in range(3):
        stay(services, number)
    address = ITEMS.format(name)
    whole = first.get(address, params={"limit": 1000}).json()["features"]
    page = first.get(address, params={"limit": 2}).json()
    stay(services, 5)
    other, _ = office.worker()
    assert name != "stays" or whole != other.get(address, params={"limit": 1000}).json()["features"]
    found = page["features"]
    while (at := following(page)) is not None:
        page = other.get(at).raise_for_status().json()
        found += page["features"]
    assert whole == found


@pytest.mark.parametrize("mark", ["", "1", "1.2.3", "x.y.z.w", "-1.{}", "99.{}", "1.{}.20221223T100000", "1.{}.99"])
@pytest.mark.parametrize("name", ["villages", "stays", "stay_coverage"])
def test_a_state_that_never_was_is_gone(office: Office, name: str, mark: str) -> None:
    client, services = office.worker()
    data = services.board.provenance
    after = str(Cursor(mark.format(f"{data.version}.{data.rules}"), "x"))
    assert client.get(ITEMS.format(name), params={"after": after}).status_code in (400, 410)


@pytest.mark.parametrize("name", ["villages", "stays", "incidents", "stay_coverage", "exposure"])
def test_validators_are_the_same_whatever_a_worker_saw_before(
    office: Office, name: str, small_county: SmallCounty
) -> None:
    first, services = office.worker()
    first.get(ITEMS.format(name))
    stay(services, 0)
    first.get(ITEMS.format(name))
    stay(services, 1)
    one, other = (client.get(ITEMS.format(name)) for client in (first, office.worker()[0]))
    assert (200, one.headers["etag"]) == (other.status_code, other.headers["etag"])
    assert one.headers.get("last-modified") == other.headers.get("last-modified")
    grids = small_county.layers["grids"]
    put(office.folder, "grids", grids.assign(population=grids["population"] + 1))
    if name == "villages":  # its file is the same
        assert one.headers["etag"] == office.worker()[0].get(ITEMS.format(name)).headers["etag"]


def test_a_worker_knows_of_what_another_was_told_is_recorded(office: Office) -> None:
    (_, writer), (other, _) = office.worker(), office.worker()
    for number in range(3):
        stay(writer, number)
        assert writer.caught_up().board.sequence == other.get("/v1/live/state").json()["sequence"]


def test_the_blocks_of_a_page_are_found_by_a_worker_that_did_not_make_it(office: Office) -> None:
    (first, _), (other, _) = office.worker(), office.worker()
    addresses = list(first.get("/maps/risk?f=json").json()["blocks"].values())
    assert addresses
    for address in addresses:
        assert first.get(address).raise_for_status().content == other.get(address).raise_for_status().content
    assert 404 == other.get("/maps/blocks/0123456789abcdef0123.json").status_code


@pytest.mark.parametrize("name", ["../secret.json", "..", "", "a/b", "nul\0", "/etc/passwd"])
def test_a_shared_shelf_hands_out_nothing_but_its_own_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.json").write_bytes(b"secret")
    (tmp_path / "shelf").mkdir()
    assert BlockShelf(tmp_path / "shelf").get(name) is None


def test_a_shared_shelf_lets_the_oldest_go_and_bears_a_full_disk(tmp_path: Path) -> None:
    shelf = BlockShelf(tmp_path, most_bytes=10)
    for number in range(8):
        shelf.put([Block(f"{number}.json", bytes(10))])
    assert 4 == len(list(tmp_path.iterdir()))
    gone = BlockShelf(tmp_path / "gone")
    (tmp_path / "gone").write_bytes(b"a file, not a folder")
    gone.put([Block("8.json", b"x")])
    assert gone.get("8.json") is not None


def test_when_a_folder_came_to_hold_its_data_is_told_only_of_what_it_holds(office: Office) -> None:
    manifest, rules = store.read_manifest(office.folder), store.read_rules(office.folder).version
    written = store.written_at(office.folder, manifest, rules)
    assert written is not None
    newest = max((office.folder / name).stat().st_mtime for name in (store.MANIFEST, store.RULES))
    assert pytest.approx(newest, abs=1e-5) == written.timestamp()
    assert store.written_at(office.folder, manifest, "other") is None
    assert store.written_at(office.folder, replace(manifest, present=None), rules) is None
