"""Every file of a data folder, flipped and cut short: named with what to do, or made anew. No wrong data are served."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

import api.record
from api.access import LOCAL
from api.app import create_app
from api.identity.accounts import accounts, add_account
from api.identity.entrants import LOOK_S
from api.identity.tokens import add_token, tokens
from api.imports import import_file
from api.settings import SAMPLE_FOLDER, Settings
from api.swap import Live
from api.wiring import open_services
from geo import store
from geo.atlas import build
from geo.errors import BrokenFolderError, BrokenLayerError, GeoError
from geo.files import sealed, unsealed
from geo.journal import Journal
from geo.network.graph import RoadNetwork
from geo.store import ready
from geo.terms import Role
from tests.county import AS_OF, SmallCounty, raw_layers
from tests.faults.damage import bit_flipped, cut_short, positions
from tests.journals import check_in, clock

POSITIONS = 200
LAYER = "villages"
Damage = Callable[[Path, int, random.Random], None]
Judge = Callable[[], str]
"""What a user would hold against a damaged folder; empty when it did as promised."""


@dataclass(frozen=True)
class Kept:
    """A folder, what was asked of the store to make its network, and a token of headquarters."""

    folder: Path
    network_asked: tuple[Any, ...]
    secret: str

    def file(self, pattern: str) -> Path:
        (found,) = self.folder.glob(pattern)
        return found


@pytest.fixture(scope="module")
def kept(small_county: SmallCounty, at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A county with an earlier version of a layer, a network made ready, a journal with a snapshot, and who may in."""
    folder, asked = tmp_path_factory.mktemp("kept"), []
    with store.writing(folder):
        manifest = store.begin_county(folder, at_rest)
        later = small_county.layers[LAYER].assign(name="新村")
        manifest = store.replace_layer(folder, manifest, LAYER, later, date=AS_OF, source="x", given_crs="EPSG:4326")
        network_of = store.network_kept(folder)
        build(
            store.read_layers(folder, manifest),
            manifest.provenance,
            network_of=lambda *given: (asked.append(given), network_of(*given))[1],
        )
    secret = add_token(folder, "chief", Role.HQ, "431381", now=AS_OF, days=0)
    add_account(folder, "gao", Role.HQ, "431381", "a long word for a test", now=AS_OF)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.record, "SNAPSHOT_EVENTS", 5)
        record(folder, "M1")
    return Kept(folder, asked[0], secret)


@pytest.fixture
def folder(kept: Kept, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept.folder, tmp_path / "county"))


def record(folder: Path, member: str) -> Any:
    """One check-in, and the Board that knows of it."""
    with closing(open_services(Settings(data=folder, now=AS_OF))) as services:
        services.write(LOCAL, [check_in(f"T01-{member}")])
        return services.caught_up().board


def harm(path: Path) -> None:
    """A bit of the file's middle."""
    path.chmod(0o644)
    bit_flipped(path, path.stat().st_size // 2, random.Random(1))


def is_told(error: GeoError, *parts: str) -> str:
    return "" if all(part in str(error) for part in parts) else f"said: {error}"


def judge_of_manifest(kept: Kept) -> Judge:
    whole = store.read_manifest(kept.folder)

    def judge() -> str:
        try:
            return "" if store.read_manifest(kept.folder) == whole else "another manifest, and nothing is said"
        except BrokenFolderError as error:
            return is_told(error, "manifest.json", "restore it from a backup")

    return judge


def judge_of_layer(kept: Kept) -> Judge:
    manifest = store.read_manifest(kept.folder)
    alone = store.Manifest({LAYER: manifest.layers[LAYER]}, None, manifest.earlier)

    def judge() -> str:
        try:
            store.read_layers(kept.folder, alone)
        except BrokenLayerError as error:
            before = f"take version 1 of 2022-12-23 with `yixian layers restore {LAYER} 1`"
            return is_told(error, manifest.layers[LAYER].file, f"`yixian import {LAYER}`", before)
        return "nothing is said"

    return judge


def judge_of_rules(kept: Kept) -> Judge:
    """People edit this file by hand, so a threshold that is another one is in force; but under another version."""
    whole = store.read_rules(kept.folder)

    def judge() -> str:
        try:
            found = store.read_rules(kept.folder)
        except GeoError as error:
            return is_told(error, "rules.toml")
        return "" if (found == whole) == (found.version == whole.version) else "other thresholds under the same version"

    return judge


def judge_of_snapshot(kept: Kept) -> Judge:
    def judge() -> str:
        with Journal.open(kept.folder, clock=clock) as journal:
            return "" if journal.newest_snapshot() is None and not journal.notices else "a damaged one is taken"

    return judge


def judge_of_network(kept: Kept) -> Judge:
    def judge() -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ready, "from_arrays", lambda *_: None)
            return "" if store.network_read(kept.folder)(*kept.network_asked) is None else "a damaged one is taken"

    return judge


def judge_of_entrants(file: str, read: Callable[[Path], object]) -> Callable[[Kept], Judge]:
    def judge_of(kept: Kept) -> Judge:
        whole = read(kept.folder)

        def judge() -> str:
            try:
                return "" if read(kept.folder) == whole else "others are let in, and nothing is said"
            except BrokenFolderError as error:
                return is_told(error, file, "restore it")

        return judge

    return judge_of


FILES = {
    "manifest.json": judge_of_manifest,
    f"{LAYER}-*.gpkg": judge_of_layer,
    "rules.toml": judge_of_rules,
    "snapshots/*": judge_of_snapshot,
    "ready/network-*": judge_of_network,
    "tokens.json": judge_of_entrants("tokens.json", tokens),
    "accounts.json": judge_of_entrants("accounts.json", accounts),
}


@pytest.mark.parametrize("damage", [bit_flipped, cut_short])
@pytest.mark.parametrize("pattern", FILES)
def test_a_damaged_file_is_named_with_what_to_do_or_made_anew(kept: Kept, pattern: str, damage: Damage) -> None:
    judge, chance = FILES[pattern](kept), random.Random(f"{pattern} {damage.__name__}")
    current = store.read_manifest(kept.folder).layers[LAYER].file
    path = kept.folder / current if pattern.startswith(LAYER) else kept.file(pattern)
    content, mode = path.read_bytes(), path.stat().st_mode
    found = {}
    try:
        path.chmod(0o644)
        for place in positions(len(content), POSITIONS, chance):
            damage(path, place, chance)
            found[place] = judge()
            path.write_bytes(content)
    finally:
        path.write_bytes(content)
        path.chmod(mode)
    assert {} == {place: what for place, what in found.items() if what}


def test_what_was_made_ready_is_made_anew_where_it_is_damaged(kept: Kept, folder: Path) -> None:
    (network,) = folder.glob("ready/*")
    (snapshot,) = folder.glob("snapshots/*")
    expected = record(kept.folder, "M2")
    harm(network)
    harm(snapshot)
    found = record(folder, "M2")
    assert expected.sequence == found.sequence
    assert expected.stays.equals(found.stays)
    for field in fields(RoadNetwork):
        one, other = (getattr(board.atlas.network, field.name) for board in (expected, found))
        assert not isinstance(one, np.ndarray) or np.array_equal(one, other)


def test_a_seal_tells_of_every_change_and_a_file_without_one_is_taken() -> None:
    content = {"format": 2, "layers": {"a": 1.5}}
    assert content == unsealed(sealed(content), "format", "layers")
    assert content == unsealed(b'{"format": 2, "layers": {"a": 1.5}}', "format", "layers")
    assert {"later": 1} == unsealed(sealed({"later": 1}), "format")  # of a newer program: whole, whatever it says
    for damaged in (sealed(content).replace(b"1.5", b"1.6"), sealed(content).replace(b"check", b"cheek"), b"[]", b""):
        with pytest.raises((ValueError, TypeError)):
            unsealed(damaged, "format", "layers")


def test_a_damaged_layer_is_mended_by_its_import(folder: Path, tmp_path: Path) -> None:
    harm(folder / store.read_manifest(folder).layers["teams"].file)
    harm(folder / store.read_manifest(folder).layers["rivers"].file)
    with pytest.raises(BrokenLayerError):
        import_file(folder, "roads", roads(tmp_path), now=AS_OF)  # another one that is damaged must not go unsaid
    for layer in ("teams", "rivers"):  # one by one
        raw_layers()[layer].to_file(tmp_path / f"{layer}.geojson", driver="GeoJSON")
        assert "stored" == import_file(folder, layer, tmp_path / f"{layer}.geojson", now=AS_OF).outcome
    assert [] == [one for one in store.problems(folder) if "cannot be restored" not in one]


def roads(room: Path) -> Path:
    raw_layers()["roads"].to_file(room / "roads.geojson", driver="GeoJSON")
    return room / "roads.geojson"


def test_a_damaged_layer_is_mended_by_an_earlier_version_while_another_is_damaged_too(folder: Path) -> None:
    for layer in (LAYER, "county"):
        harm(folder / store.read_manifest(folder).layers[layer].file)
    store.restore(folder, LAYER, 1, now=AS_OF)
    with pytest.raises(BrokenLayerError, match="import county"):
        store.open_county(folder)


@pytest.mark.parametrize("name", ["manifest.json", "rules.toml"])
def test_a_running_service_goes_on_with_what_it_has_and_says_so(kept: Kept, folder: Path, name: str) -> None:
    settings = Settings(data=folder, now=AS_OF)
    live = Live(open_services(settings), settings)
    content = (folder / name).read_bytes()
    with TestClient(create_app(live), headers={"Authorization": f"Bearer {kept.secret}"}) as client:
        (folder / name).write_bytes(content[: len(content) // 2] + b"\x00")
        live.look()
        ready = client.get("/health/ready").json()
        assert ready["degraded"]
        assert name in ready["failed_swap"]["reason"]
        assert 200 == client.get("/v1/nearest", params={"lon": 111.41, "lat": 27.66}).status_code
        (folder / name).write_bytes(content)
        live.look()
        assert not client.get("/health/ready").json()["failed_swap"]
    live.current.close()


def test_with_damaged_tokens_nobody_is_let_in_until_they_are_mended(
    kept: Kept, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    services, path = open_services(Settings(data=folder, now=AS_OF)), folder / "tokens.json"
    content = path.read_bytes()
    with TestClient(create_app(services), headers={"Authorization": f"Bearer {kept.secret}"}) as client:
        ask = {"lon": 111.41, "lat": 27.66}
        assert 200 == client.get("/v1/nearest", params=ask).status_code
        path.write_bytes(content[:-40])
        time.sleep(2 * LOOK_S)  # so soon is seen what another process does
        answer = client.get("/v1/nearest", params=ask)
        assert 503 == answer.status_code
        assert str(folder) not in answer.text
        assert "tokens.json cannot be read" in caplog.text
        path.write_bytes(content)
        time.sleep(2 * LOOK_S)
        assert 200 == client.get("/v1/nearest", params=ask).status_code
    services.close()


def test_a_folder_that_is_gone_is_not_taken_for_a_new_one(folder: Path, tmp_path: Path) -> None:
    settings = Settings(data=folder, now=AS_OF)
    live = Live(open_services(settings), settings)
    folder.rename(tmp_path / "elsewhere")
    for is_empty in (False, True):  # not there, and a place where nothing is mounted
        if is_empty:
            folder.mkdir()
        assert not live.look()
        assert live.failed_swap is not None
        assert "it is gone" in live.failed_swap.reason
        assert SAMPLE_FOLDER != live.current.folder
    folder.rmdir()
    (tmp_path / "elsewhere").rename(folder)
    live.look()
    assert live.failed_swap is None
    live.current.close()
