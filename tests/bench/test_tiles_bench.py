"""How long a vector tile of 50,000 polygons takes, cold and kept, beside mapbox-vector-tile. Run with `make bench`.

Times are printed beside their bars, never asserted; that both write the same features is.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from typing import Any

import geopandas
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from api.tiles import TileKey, TileShelf
from api.wiring import open_services
from geo import crs
from geo.layers.registry import LAYERS
from geo.tiles import TileAddress, TileLayer, vector_tile
from geo.tiles.address import world_shares
from geo.tiles.drawing import drawn
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

POLYGONS, CORNERS = 50_000, 30
SIDE = 0.3
COLD_MS, KEPT_MS = 80, 2
SPEC = LAYERS["woodland"]


def at(zoom: int) -> TileAddress:
    column, row = np.floor(world_shares(np.array([[111.45, 27.67]]))[0] * 2**zoom).astype(int).tolist()
    return TileAddress(zoom, column, row)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """50,000 woods of 30 uneven corners, side by side over a county."""
    random = np.random.default_rng(0)
    across = int(np.ceil(np.sqrt(POLYGONS)))
    number = np.arange(POLYGONS)
    lon, lat = 111.3 + (number % across + 0.5) * SIDE / across, 27.52 + (number // across + 0.5) * SIDE / across
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = SIDE / across / 2 * random.uniform(0.8, 1, (POLYGONS, CORNERS))
    ring = np.stack([lon[:, None] + radius * np.cos(turn), lat[:, None] + radius * np.sin(turn)], axis=2)
    columns = {
        "woodland_id": [f"W{one:06d}" for one in number],
        "name": [f"林{one % 500}" for one in number],
        "synthetic": True,
    }
    return geopandas.GeoDataFrame(columns, geometry=shapely.polygons(ring), crs=crs.WGS84)


@pytest.fixture(scope="module")
def ready(frame: pd.DataFrame) -> TileLayer:
    return TileLayer(frame, SPEC)


def theirs(layer: TileLayer, address: TileAddress) -> bytes:
    """The same features, chosen and drawn by us, encoded by mapbox-vector-tile."""
    rows, _ = layer.chosen(address)
    features = [
        {"geometry": shape, "properties": {"id": layer.columns["id"][row], "name": layer.columns["name"][row]}}
        for row, shape in zip(rows, drawn(layer.shapes[rows], address), strict=True)
        if shape is not None
    ]
    written: bytes = mapbox_vector_tile.encode(
        {"name": "woodland", "features": features}, default_options={"y_coord_down": True}
    )
    return written


@pytest.mark.parametrize("zoom", [0, 9, 11, 12, 13, 14, 16])
def test_a_cold_tile(ready: TileLayer, zoom: int) -> None:
    address = at(zoom)
    tile = vector_tile(ready, address)
    ways = {
        "Yixian, with gzip": lambda _: gzip.compress(vector_tile(ready, address).content, 4, mtime=0),
        "our shapes by mapbox-vector-tile, no gzip": lambda _: theirs(ready, address),
    }
    ours, other = (mapbox_vector_tile.decode(one) for one in (tile.content, theirs(ready, address)))
    assert len(other.get("woodland", {}).get("features", [])) in (len(ours["woodland"]["features"]), 0)
    note = f"{tile.features:,} features, {tile.left_out:,} left out, {len(tile.content) / 1000:,.0f} kB"
    figures = medians(ways, [None] * 10)
    report(
        f"zoom {zoom}: a cold tile of 50,000 polygons", figures, unit="ms", bar=COLD_MS, notes={next(iter(ways)): note}
    )


def test_the_first_tile_of_a_layer(frame: pd.DataFrame) -> None:
    key = TileKey("woodland", None, at(12))
    ways = {"Yixian, the layer made ready as well": lambda _: TileShelf().make(key, lambda: frame)}
    report("the first tile of 50,000 polygons, zoom 12", medians(ways, [None] * 10), unit="ms")


class Asking:
    """Requests to the application without a server or a client in between."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.loop = asyncio.new_event_loop()

    def get(self, path: str, **headers: str) -> tuple[int, dict[bytes, bytes]]:
        """Status and headers of an answer that was sent whole."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": given}
        rest = {"http_version": "1.1", "scheme": "http", "root_path": "", "server": ("x", 80), "client": ("x", 1)}
        self.loop.run_until_complete(self.app({**scope, **rest}, receive, send))
        return sent[0]["status"], dict(sent[0]["headers"])


def test_a_kept_tile(frame: pd.DataFrame) -> None:
    services = open_services(Settings())
    key = TileKey("woodland", None, at(12))
    services.tiles.make(key, lambda: frame)
    asking = Asking(create_app(services))
    path = f"/tiles/woodland/12/{key.address.column}/{key.address.row}.pbf"
    status, headers = asking.get(path, accept_encoding="gzip")
    assert (200, b"gzip") == (status, headers[b"content-encoding"])
    etag = headers[b"etag"].decode()
    assert 304 == asking.get(path, accept_encoding="gzip", if_none_match=etag)[0]
    ways = {
        "GET, the whole application": lambda _: asking.get(path, accept_encoding="gzip"),
        "the same for a client without gzip": lambda _: asking.get(path),
        "the same, told that it has not changed": lambda _: asking.get(
            path, accept_encoding="gzip", if_none_match=etag
        ),
        "a constant answer of the application": lambda _: asking.get("/health/live"),
    }
    report("a kept tile of 3,000 polygons", medians(ways, [None] * 200), unit="ms", bar=KEPT_MS)
    asking.loop.close()
