"""A layer of 100,000 polygons of 61 vertices, for the benches."""

from __future__ import annotations

import geopandas
import numpy as np
import shapely

from geo import crs
from geo.layers.registry import LAYERS
from geo.layers.spec import check

POLYGONS, CORNERS = 100_000, 60
WEST, SOUTH, SIDE = 111.3, 27.52, 0.3
"""The woods fill a square of `SIDE` degrees from this corner on."""
SPEC = LAYERS["woodland"]


def woods() -> geopandas.GeoDataFrame:
    """The woods, side by side over a county."""
    random = np.random.default_rng(0)
    across = int(np.ceil(np.sqrt(POLYGONS)))
    number = np.arange(POLYGONS)
    lon, lat = WEST + (number % across + 0.5) * SIDE / across, SOUTH + (number // across + 0.5) * SIDE / across
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = SIDE / across / 2 * random.uniform(0.8, 1, (POLYGONS, CORNERS))
    ring = np.stack([lon[:, None] + radius * np.cos(turn), lat[:, None] + radius * np.sin(turn)], axis=2)
    columns = {
        "woodland_id": [f"W{one:06d}" for one in number],
        "name": [f"林{one % 500}" for one in number],
        "synthetic": True,
    }
    return check(geopandas.GeoDataFrame(columns, geometry=shapely.polygons(ring), crs=crs.WGS84), SPEC)  # type: ignore[return-value]  # of a layer with places


def boxes(count: int) -> list[tuple[float, float, float, float]]:
    """Boxes (west, south, east, north) that meet about a hundred woods each."""
    side = SIDE / np.sqrt(POLYGONS) * 9.5  # ten by ten
    wests, souths = np.random.default_rng(1).uniform(0, SIDE - side, (2, count))
    return [
        (west, south, west + side, south + side)
        for west, south in zip((WEST + wests).tolist(), (SOUTH + souths).tolist(), strict=True)
    ]


def triangles(count: int) -> list[str]:
    """Areas as WKT that meet some ten thousand woods each."""
    corner = "POLYGON((111.35 27.55,111.5 27.55,111.45 27.{0},111.35 27.55))"
    return [corner.format(6000 + 50 * number) for number in range(count)]
