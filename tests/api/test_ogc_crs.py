"""OGC API - Features, part 2: coordinate systems, each with the axes of its own definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
from fastapi.testclient import TestClient

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CODES = (4326, 4490, 4546, 4525, 3857)
NORTH_FIRST = frozenset({4326, 4490, 4546, 4525})
ITEMS = "/ogc/collections/villages/items"


def uri(code: int) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{code}"


def corners(body: Any) -> Any:
    return np.array([feature["geometry"]["coordinates"][0] for feature in body["features"]])


def test_a_collection_lists_its_systems_crs84_first_and_a_storage_among_them(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()["collections"]
    for one in (*listed, client.get("/ogc/collections/villages").json()):
        if "storageCrs" in one:
            assert [CRS84, *map(uri, CODES)] == sorted(one["crs"], key=[CRS84, *map(uri, CODES)].index)
            assert one["storageCrs"] in one["crs"]


@pytest.mark.parametrize("code", CODES)
def test_every_listed_system_is_served_in_the_axes_that_it_defines(client: TestClient, code: int) -> None:
    plain = corners(client.get(ITEMS, params={"limit": 100}).json())
    answer = client.get(ITEMS, params={"limit": 100, "crs": uri(code)})
    assert f"<{uri(code)}>" == answer.headers["content-crs"]
    move = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")  # axes as they are defined
    expected = np.stack(move.transform(plain[..., 0], plain[..., 1]), axis=-1)
    assert np.abs(expected - corners(answer.json())).max() < (1e-7 if code in (4326, 4490) else 1e-3)
    one = client.get(f"{ITEMS}/431381001001", params={"crs": uri(code)})
    assert f"<{uri(code)}>" == one.headers["content-crs"]


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/431381001001", "/ogc/collections/speeds/items"])
def test_without_a_system_it_is_crs84_and_says_so(client: TestClient, path: str) -> None:
    assert f"<{CRS84}>" == client.get(path).headers["content-crs"]
    assert f"<{CRS84}>" == client.get(path, params={"crs": CRS84}).headers["content-crs"]


@pytest.mark.parametrize("code", CODES)
def test_a_box_in_any_system_finds_what_it_finds_in_crs84(client: TestClient, code: int) -> None:
    west, south, east, north = 111.401, 27.651, 111.459, 27.669
    move = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")
    box = [*move.transform(west, south), *move.transform(east, north)]
    asked = {"bbox": ",".join(map(str, box)), "bbox-crs": uri(code), "limit": "100"}
    expected = client.get(ITEMS, params={"bbox": f"{west},{south},{east},{north}", "limit": 100}).json()
    assert 3 == expected["numberMatched"]
    assert expected["features"] == client.get(ITEMS, params=asked).raise_for_status().json()["features"]


@pytest.mark.parametrize("code", [4490, 4546, 4525])
def test_a_box_with_its_axes_turned_finds_little_and_is_no_error(client: TestClient, code: int) -> None:
    move = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    box = [*move.transform(111.40, 27.65), *move.transform(111.52, 27.69)]
    answer = client.get(ITEMS, params={"bbox": ",".join(map(str, box)), "bbox-crs": uri(code)})
    assert 200 == answer.status_code


@pytest.mark.parametrize("code", CODES)
def test_the_extent_with_its_corners_moved_holds_everything(client: TestClient, code: int) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        if "storageCrs" not in one:
            continue
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        move = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")
        box = ",".join(map(str, [*move.transform(west, south), *move.transform(east, north)]))
        items = f"/ogc/collections/{one['id']}/items"
        first = client.get(items, params={"bbox": f"{west},{south},{east},{north}"}).json()["features"]
        assert first == client.get(items, params={"bbox": box, "bbox-crs": uri(code)}).json()["features"], one["id"]
