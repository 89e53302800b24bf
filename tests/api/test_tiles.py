"""`GET /tiles/{layer}/{z}/{x}/{y}.pbf`: what a map gets, keeps and is refused."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.tiles import TileKey, TileShelf
from api.wiring import Services
from geo.layers.registry import LAYERS
from geo.tiles import TileAddress
from geo.tiles.address import world_shares
from tests.api.conftest import CANARY
from tests.county import SmallCounty

PLACE = (111.445, 27.675)


def address_of(zoom: int, place: tuple[float, float] = PLACE) -> TileAddress:
    column, row = np.floor(world_shares(np.array([place]))[0] * 2**zoom).astype(int).tolist()
    return TileAddress(zoom, column, row)


def path_of(layer: str, zoom: int = 12) -> str:
    at = address_of(zoom)
    return f"/tiles/{layer}/{at.zoom}/{at.column}/{at.row}.pbf"


def ids(content: bytes, layer: str) -> set[str]:
    found = mapbox_vector_tile.decode(content)
    return {feature["properties"]["id"] for feature in found[layer]["features"]}


@pytest.fixture(scope="module")
def tiles(services: Services) -> Iterator[TestClient]:
    """A client of a service that has no tile yet."""
    with TestClient(create_app(replace(services, tiles=TileShelf())), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("layer", ["villages", "roads", "hazard_sites", "incidents", "closures", "risk_zones"])
def test_a_tile_of_the_whole_county_has_every_feature(tiles: TestClient, small_county: SmallCounty, layer: str) -> None:
    answer = tiles.get(path_of(layer, 9))
    assert 200 == answer.status_code
    assert "application/vnd.mapbox-vector-tile" == answer.headers["content-type"]
    left_out = int(answer.headers["yixian-left-out"])
    expected = set(small_county.layers[layer][LAYERS[layer].key])
    found = ids(answer.content, layer)
    assert found <= expected
    assert len(expected) == len(found) + left_out


def test_no_restricted_cell_leaves_in_a_tile(tiles: TestClient) -> None:
    for layer in ("teams", "hazard_sites"):
        content = tiles.get(path_of(layer, 9)).content
        assert content
        assert CANARY.encode() not in content


def test_a_tile_without_features_is_no_content(tiles: TestClient) -> None:
    answer = tiles.get("/tiles/villages/12/0/0.pbf")
    assert (204, b"") == (answer.status_code, answer.content)


def test_gzip_and_plain_are_the_same_tile_under_two_validators(tiles: TestClient) -> None:
    zipped = tiles.get(path_of("villages"))  # the client unpacks it
    plain = tiles.get(path_of("villages"), headers={"Accept-Encoding": "identity"})
    assert ("gzip", None) == (zipped.headers.get("content-encoding"), plain.headers.get("content-encoding"))
    assert zipped.content == plain.content
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" == zipped.headers["vary"] == plain.headers["vary"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_tile_is_told_so(tiles: TestClient, form: str) -> None:
    etag = tiles.get(path_of("villages")).headers["etag"]
    answer = tiles.get(path_of("villages"), headers={"If-None-Match": form.format(etag)})
    assert (304, b"", etag) == (answer.status_code, answer.content, answer.headers["etag"])
    assert 200 == tiles.get(path_of("villages"), headers={"If-None-Match": '"other"'}).status_code


def test_every_tile_has_a_validator_of_its_own(tiles: TestClient) -> None:
    paths = [path_of("villages", 12), path_of("villages", 13), path_of("grids", 12), "/tiles/villages/12/0/0.pbf"]
    assert len(paths) == len({tiles.get(path).headers["etag"] for path in paths})


def test_only_an_address_with_the_data_s_version_may_be_kept_for_good(tiles: TestClient, services: Services) -> None:
    version = services.atlas.provenance.version
    kept = tiles.get(path_of("villages"), params={"v": version}).headers["cache-control"]
    assert "private, max-age=31536000, immutable" == kept
    assert "private, no-cache" == tiles.get(path_of("villages")).headers["cache-control"]
    assert "private, no-cache" == tiles.get(path_of("villages"), params={"v": "old"}).headers["cache-control"]
    assert "private, no-cache" == tiles.get(path_of("incidents"), params={"v": version}).headers["cache-control"]


def test_a_feature_says_where_it_is_and_what_its_tiles_carry(tiles: TestClient, small_county: SmallCounty) -> None:
    frame = small_county.layers["hazard_sites"]
    for identity, shape, name in zip(frame["site_id"], frame.geometry, frame["name"], strict=True):
        answer = tiles.get(f"/tiles/hazard_sites/features/{identity}")
        assert CANARY.encode() not in answer.content
        found = answer.json()
        assert [shape.x, shape.y] == pytest.approx(found["at"])
        assert list(shape.bounds) == pytest.approx(found["bounds"])
        assert {"id": identity, "name": name}.items() <= found["properties"].items()
    missing = tiles.get("/tiles/hazard_sites/features/nothing")
    assert (404, "application/problem+json") == (missing.status_code, missing.headers["content-type"])


def test_the_two_parts_of_the_zones_hold_each_zone_once(tiles: TestClient, small_county: SmallCounty) -> None:
    zones = small_county.layers["risk_zones"]
    is_fire = zones["kind"] == "forest_fire"
    for part, rows in (("fire_zones", zones[is_fire]), ("geo_zones", zones[~is_fire])):
        answer = tiles.get(path_of(part, 9))
        found = ids(answer.content, part) if answer.content else set()
        assert found <= set(rows["zone_id"])
        assert len(rows) == len(found) + int(answer.headers["yixian-left-out"])


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/tiles/nothing/1/0/0.pbf", 404, "villages"),
        ("/tiles/stays/1/0/0.pbf", 404, "villages"),
        ("/tiles/villages/23/0/0.pbf", 400, "0 to 22"),
        ("/tiles/villages/-1/0/0.pbf", 400, "0 to 22"),
        ("/tiles/villages/3/8/0.pbf", 400, "x=8"),
        ("/tiles/villages/3/0/8.pbf", 400, "y=8"),
        ("/tiles/villages/three/0/0.pbf", 400, "whole number"),
        ("/tiles/villages/3/0/0.5.pbf", 400, "whole number"),
        ("/tiles/villages/3/0/99999999999999999999.pbf", 400, "whole number"),
        ("/tiles/villages/3/0/0.pbf?w=1", 400, "'w'"),
        ("/tiles/villages/3/0/0.png", 404, ""),
    ],
)
def test_what_is_no_tile_is_refused_in_words(tiles: TestClient, path: str, status: int, words: str) -> None:
    answer = tiles.get(path)
    assert (status, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert words in answer.json()["detail"]


# --- the shelf ---


def frame_of(small_county: SmallCounty) -> pd.DataFrame:
    return small_county.layers["villages"]


def test_a_tile_is_made_once_and_its_layer_made_ready_once(small_county: SmallCounty) -> None:
    shelf, asked = TileShelf(), []

    def frame() -> pd.DataFrame:
        asked.append(threading.current_thread().name)
        return frame_of(small_county)

    with ThreadPoolExecutor(8) as threads:
        keys = [TileKey("villages", None, address_of(zoom)) for zoom in (9, 10, 11, 12)] * 8
        found = list(threads.map(lambda key: shelf.make(key, frame), keys))
    assert 1 == len(asked)
    assert len(set(found)) == 4
    assert shelf.make(keys[0], frame) is shelf.make(keys[0], frame)


def test_large_layers_are_made_ready_before_anyone_asks(
    small_county: SmallCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.tiles.LARGE", 1)
    shelf = TileShelf()
    ready = list(shelf.warm(small_county.layers))
    large = {name for name, frame in small_county.layers.items() if len(frame) > 1 and not LAYERS[name].is_table}
    assert {name for name in large if not LAYERS[name].live} <= set(ready)
    assert not {name for name in ready if name in LAYERS and LAYERS[name].live}

    def unwanted() -> pd.DataFrame:
        raise AssertionError("it was ready")

    assert shelf.make(TileKey("villages", None, address_of(9)), unwanted).zipped


def test_a_cold_tile_is_made_off_the_event_loop(small_county: SmallCounty) -> None:
    asked: list[threading.Thread] = []

    def frame() -> pd.DataFrame:
        asked.append(threading.current_thread())
        return frame_of(small_county)

    async def ask() -> threading.Thread:
        await TileShelf().tile(TileKey("villages", None, address_of(12)), frame)
        return threading.current_thread()

    with ThreadPoolExecutor(1) as loops:  # the tests' own thread may have a loop already, for the browser
        loop = loops.submit(lambda: asyncio.run(ask())).result()
    assert [False] == [thread is loop for thread in asked]


def test_the_shelf_keeps_what_was_asked_for_last_within_its_bytes(small_county: SmallCounty) -> None:
    one = TileShelf().make(TileKey("villages", None, address_of(9)), lambda: frame_of(small_county))
    shelf = TileShelf(most_bytes=3 * one.weight)
    keys = [TileKey("villages", None, address_of(zoom)) for zoom in range(9)]
    first = shelf.make(keys[0], lambda: frame_of(small_county))
    for key in keys:
        shelf.make(key, lambda: frame_of(small_county))
        assert shelf.make(keys[0], lambda: frame_of(small_county)) is first  # always asked for: never dropped
    assert shelf.bytes <= 3 * one.weight


def test_a_live_layer_is_drawn_anew_after_an_event(small_county: SmallCounty) -> None:
    shelf = TileShelf()
    incidents = small_county.layers["incidents"]
    before = shelf.make(TileKey("incidents", 1, address_of(9)), lambda: incidents)
    after = shelf.make(TileKey("incidents", 2, address_of(9)), lambda: incidents.iloc[:1])
    assert ids(gzip.decompress(before.zipped), "incidents") == set(incidents["incident_id"])
    assert ids(gzip.decompress(after.zipped), "incidents") == set(incidents["incident_id"].iloc[:1])
