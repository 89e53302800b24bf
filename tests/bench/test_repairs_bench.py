"""What it costs to look at sound geometry, and to mend broken. Run with `make bench`.

Times are printed, never asserted; that the answers are right is.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import shapely

from geo.intake.repairs import repaired
from geo.layers.registry import LAYERS
from geo.topology import findings
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

VILLAGES = LAYERS["villages"]
METRIC = "EPSG:4546"


def polygons(count: int, jaggedness: float) -> Any:
    """Valid polygons of 61 vertices (60 and the closing one); 0 is a regular one, the cheapest to check."""
    random = np.random.default_rng(1)
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radii = 0.001 * (1 + jaggedness * (random.random((count, 60)) - 0.5))
    centres = np.stack([random.uniform(111.3, 111.6, count), random.uniform(27.5, 27.8, count)], axis=1)
    spokes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return shapely.polygons(radii[:, :, None] * spokes + centres[:, None])


@pytest.mark.parametrize(("name", "jaggedness"), [("regular", 0.0), ("jagged", 0.5)])
def test_sound_polygons_cost_little_more_than_is_valid(name: str, jaggedness: float) -> None:
    shapes = polygons(100_000, jaggedness)
    turned = shapely.reverse(shapes)
    result = repaired(shapes, VILLAGES, METRIC)
    assert ((), ()) == (result.repairs, result.faults)
    assert 100_000 == repaired(turned, VILLAGES, METRIC).repairs[0].rows
    callers = {
        "repaired()": lambda _: repaired(shapes, VILLAGES, METRIC),
        "repaired(), every ring turned round": lambda _: repaired(turned, VILLAGES, METRIC),
        "shapely is_valid alone": lambda _: shapely.is_valid(shapes),
        "is_valid, force_2d and orient_polygons": lambda _: (
            shapely.is_valid(shapes),
            shapely.orient_polygons(shapely.force_2d(shapes), exterior_cw=False),
        ),
    }
    report(f"100,000 {name} polygons of 61 vertices", medians(callers, range(5)), unit="ms")


def test_broken_polygons() -> None:
    shapes = polygons(5_000, 0.5)
    ring = shapely.get_coordinates(shapes).reshape(5_000, 61, 2)[:, :-1]
    ring[:, [0, 1]] = ring[:, [1, 0]]  # two neighbours in the wrong order: the commonest slip
    broken = shapely.polygons(ring)
    result = repaired(broken, VILLAGES, METRIC)
    mended_rows = {repair.row for repair in result.repairs if repair.row}
    refused_rows = {fault.row for fault in result.faults}
    assert set(np.flatnonzero(~shapely.is_valid(broken)) + 1) == mended_rows | refused_rows
    callers = {
        "repaired()": lambda _: repaired(broken, VILLAGES, METRIC),
        "shapely make_valid alone, linework": lambda _: shapely.make_valid(broken),
    }
    notes = {"repaired()": f"{len(mended_rows):,} mended, {len(refused_rows):,} refused"}
    report("5,000 broken polygons", medians(callers, range(5)), unit="ms", notes=notes)


def test_how_the_layers_of_the_sample_lie(bench_county: BenchCounty) -> None:
    layers, metric = bench_county.county.layers, bench_county.atlas.metric_crs
    assert () == findings(layers, metric)
    villages = bench_county.atlas.layers["villages"].geometry.values
    callers = {
        "findings(): all layers of the sample": lambda _: findings(layers, metric),
        "shapely coverage_is_valid, villages only": lambda _: shapely.coverage_is_valid(villages),
    }
    report("how the layers lie beside each other", medians(callers, range(5)), unit="ms")
