"""How long a CQL2 filter takes over 100,000 polygons of 61 corners, reading it included. Run with `make bench`.

Times are printed beside their bars, never asserted; that the peer finds the same rows is.
"""

from __future__ import annotations

import os

import geopandas
import numpy as np
import pytest
import shapely

from geo import crs
from geo.filters import FilterSource, QueryableType, mask, parse
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

POLYGONS, CORNERS, SIDE = 100_000, 60, 0.3
SPATIAL_MS = 30
TYPES = {
    "name": QueryableType.TEXT,
    "people": QueryableType.NUMBER,
    "geometry": QueryableType.GEOMETRY,
}


def circle(radius: float) -> shapely.Polygon:
    return shapely.Point(111.45, 27.67).buffer(radius, quad_segs=16)


AREAS = {
    "a box of 144 polygons": shapely.box(111.40, 27.60, 111.41, 27.61),
    "a box of half of them": shapely.box(111.30, 27.50, 111.45, 28.00),
    "a circle of 65 corners round 1,500": circle(0.02),
    "a circle of 65 corners round half of them": circle(0.12),
}
FILTERS = {
    "a number": "people > 500",
    "LIKE": "name LIKE '%林1%'",
    "CASEI and LIKE": "CASEI(name) LIKE CASEI('林1%')",
    "a circle and two more": f"people > 500 AND name LIKE '林1%' AND S_INTERSECTS(geometry, {circle(0.05).wkt})",
    "S_WITHIN, a circle round half of them": f"S_WITHIN(geometry, {circle(0.12).wkt})",
}


@pytest.fixture(scope="module")
def source() -> FilterSource:
    """100,000 uneven polygons side by side over a county, prepared as a layer is when it is opened."""
    random = np.random.default_rng(0)
    across = int(np.ceil(np.sqrt(POLYGONS)))
    number = np.arange(POLYGONS)
    lon, lat = 111.3 + (number % across + 0.5) * SIDE / across, 27.52 + (number // across + 0.5) * SIDE / across
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = SIDE / across / 2 * random.uniform(0.8, 1.2, (POLYGONS, CORNERS))
    ring = np.stack([lon[:, None] + radius * np.cos(turn), lat[:, None] + radius * np.sin(turn)], axis=2)
    columns = {"name": [f"林{one % 500}" for one in number], "people": random.integers(0, 1_000, POLYGONS)}
    return FilterSource(geopandas.GeoDataFrame(columns, geometry=shapely.polygons(ring), crs=crs.WGS84), TYPES)


@pytest.mark.parametrize("area", AREAS)
def test_a_spatial_filter(source: FilterSource, area: str) -> None:
    text, index = f"S_INTERSECTS(geometry, {AREAS[area].wkt})", source.index
    ways = {
        "Yixian": lambda _: mask(parse(text), source),
        "STRtree.query with the predicate": lambda _: index.query(AREAS[area], predicate="intersects"),
        "geopandas intersects": lambda _: source.frame.geometry.intersects(AREAS[area]),
    }
    found = mask(parse(text), source)
    assert np.flatnonzero(found).tolist() == sorted(index.query(AREAS[area], predicate="intersects").tolist())
    figures = medians(ways, [None] * 10)
    report(f"{area}, of {POLYGONS:,}", figures, unit="ms", bar=SPATIAL_MS, notes={"Yixian": f"{found.sum():,} rows"})


@pytest.mark.parametrize("kind", FILTERS)
def test_other_filters(source: FilterSource, kind: str) -> None:
    found = mask(parse(FILTERS[kind]), source)
    figures = medians({"Yixian": lambda _: mask(parse(FILTERS[kind]), source)}, [None] * 10)
    report(f"{kind}, over {POLYGONS:,}", figures, unit="ms", notes={"Yixian": f"{found.sum():,} rows"})
