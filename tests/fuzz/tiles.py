"""Addresses of tiles as they are asked for, and shapes of any form drawn for one."""

from __future__ import annotations

import json
from typing import Any, Final

import geopandas
import mapbox_vector_tile
import numpy as np
import orjson
import shapely

from api import params
from geo import crs
from geo.errors import InputError, LayerFaultsError, NotFoundError
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.tiles import EXTENT, TileAddress, tile_layer, tiled, vector_tile
from geo.tiles.address import BUFFER
from tests.fuzz.target import Case, Target

LAYERS_OF: Final[dict[int, tuple[str, dict[str, str]]]] = {
    0: ("incidents", {"incident_id": "I", "kind": "open_fire", "discovered_at": "2022-12-23T09:00"}),
    1: ("rivers", {"river_id": "W", "name": "资江"}),
    2: ("woodland", {"woodland_id": "w"}),
}
"""By the dimension of a shape, a layer that takes it and the rest of its row."""


def ask(case: Case) -> bool:
    """A tile that is there, or InputError; one that a decoder reads, all of it within the buffer, or faults."""
    try:
        if case.door == "address":
            parts = case.content.decode("utf-8", "surrogateescape").split("/")
            tiled(parts[0])
            _address(parts[1:]).bounds()
            return True
        shape, parts = _told(case.content)
        return shape is not None and _drawn(shape, _address(parts))
    except (InputError, NotFoundError, LayerFaultsError):
        return False


def _told(content: bytes) -> tuple[Any, list[str]]:
    """A shape, where GEOS reads one, and an address."""
    try:
        told = orjson.loads(content)
        parts = [str(one) for one in told["tile"]]
        return shapely.from_geojson(orjson.dumps(told["shape"])), parts
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException):
        return None, []


def _address(parts: list[str]) -> TileAddress:
    if len(parts) != 3:
        raise InputError("no tile's address")
    return TileAddress(*(params.whole(name, text) for name, text in zip("zxy", parts, strict=True)))


def _drawn(shape: Any, address: TileAddress) -> bool:
    name, row = LAYERS_OF[max(0, min(int(shapely.get_dimensions(shape)), 2))]
    frame = check(geopandas.GeoDataFrame([row], geometry=[shape], crs=crs.WGS84, dtype=object), LAYERS[name])
    tile = vector_tile(tile_layer(name, frame), address)
    assert 0 <= tile.features + tile.left_out <= 1
    if tile.features:
        found = mapbox_vector_tile.decode(tile.content, default_options={"y_coord_down": True})[name]["features"]
        places = shapely.get_coordinates([shapely.geometry.shape(one["geometry"]) for one in found])
        assert len(places)
        assert ((places >= -BUFFER) & (places <= EXTENT + BUFFER)).all()
        assert np.isfinite(places).all()
    else:
        assert b"" == tile.content
    return True


_SHAPES: Final = (
    "POINT (111.45 27.67)",
    "LINESTRING (111.40 27.67, 111.45 27.68, 111.45 27.68, 111.52 27.67)",
    "MULTILINESTRING ((111.4 27.67, 111.5 27.7), (-180 -90, 180 90))",
    "POLYGON ((111 27.6, 111.5 27.6, 111 27.7, 111 27.6), (111.1 27.62, 111.2 27.62, 111.1 27.64, 111.1 27.62))",
    "MULTIPOLYGON (((111.4 27.6, 111.5 27.6, 111.4 27.7, 111.4 27.6)), ((110 27, 110.1 27, 110 27.1, 110 27)))",
    "POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))",
)
_TILES: Final = ([0, 0, 0], [8, 207, 107], [12, 3315, 1720], [22, 3395621, 1761812])
TARGET = Target(
    ask,
    [
        *(Case("address", f"{name}/{z}/{x}/{y}".encode()) for name in ("villages", "geo_zones") for z, x, y in _TILES),
        *(
            Case("shape", json.dumps({"shape": shapely.geometry.mapping(shapely.from_wkt(wkt)), "tile": tile}).encode())
            for wkt in _SHAPES
            for tile in _TILES
        ),
    ],
    [b"/", b"22", b"-0", b"1e-320", b"180", b"-180.0000001", b"85.05112877980659", b"111.4500000001", "٣".encode()],
)
