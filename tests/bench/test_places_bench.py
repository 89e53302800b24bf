"""How long conversion, the check of places and the shift detector take. Run with `make bench`.

Times are printed, never asserted; that the answers are right is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs
from geo.intake.shifts import Placed, detect_shift
from geo.intake.strays import misplaced
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

MILLION = 1_000_000
COUNTY = Path(__file__).resolve().parents[2] / "data" / "sample" / "county.geojson"


def outline() -> shapely.Geometry:
    """The sample county's."""
    return shapely.from_geojson(json.dumps(json.loads(COUNTY.read_text("utf-8"))["features"][0]["geometry"]))


def places(count: int) -> np.ndarray:
    """Random places inside the outline, shape (count, 2)."""
    county = outline()
    west, south, east, north = county.bounds
    drawn = np.random.default_rng(1).uniform((west, south), (east, north), (count * 3, 2))
    return drawn[shapely.contains_xy(county, *drawn.T)][:count]


def one_step(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse that most copied code has: the shift of the shifted place, taken off once."""
    again_lon, again_lat = crs.from_wgs84(crs.GCJ02)(lon, lat)
    return 2 * lon - again_lon, 2 * lat - again_lat


def test_a_million_gcj02_places_to_wgs84() -> None:
    random = np.random.default_rng(5)
    true_lon, true_lat = random.uniform(111.31, 111.61, MILLION), random.uniform(27.52, 27.84, MILLION)
    lon, lat = crs.from_wgs84(crs.GCJ02)(true_lon, true_lat)
    shapes = shapely.points(lon, lat)
    ways = {
        "Yixian, arrays, to 1e-10 degree": lambda _: crs.to_wgs84(crs.GCJ02)(lon, lat),
        "Yixian, the same as shapes": lambda _: crs.from_crs(shapes, crs.GCJ02),
        "Yixian, BD-09, arrays": lambda _: crs.to_wgs84(crs.BD09)(lon, lat),
        "a one-step inverse": lambda _: one_step(lon, lat),
    }

    def worst_m(found: tuple[np.ndarray, np.ndarray]) -> float:
        return float(np.max(crs.distance_m(true_lon, true_lat, *found)))

    ours_m = worst_m(crs.to_wgs84(crs.GCJ02)(lon, lat))
    assert 1e-4 > ours_m
    notes = {
        "Yixian, arrays, to 1e-10 degree": f"worst error {ours_m:.1e} m",
        "a one-step inverse": f"worst error {worst_m(one_step(lon, lat)):.2f} m",
    }
    report("1,000,000 GCJ-02 places to WGS84", medians(ways, [None]), unit="ms", bar=2000, notes=notes)


def test_the_check_of_places_beside_the_conversion() -> None:
    county = outline()
    circles = shapely.buffer(shapely.points(places(100_000)), 0.0005, quad_segs=15)
    metres = crs.to_metres(circles, "EPSG:4546")
    assert (
        ()
        == misplaced("risk_zones", circles, crs.WGS84, county)
        == misplaced("risk_zones", metres, "EPSG:4546", county)
    )
    report(
        "100,000 polygons of 61 vertices: is each in the county or within 30 km?",
        medians(
            {
                "Yixian, degrees": lambda _: misplaced("risk_zones", circles, crs.WGS84, county),
                "Yixian, metres": lambda _: misplaced("risk_zones", metres, "EPSG:4546", county),
                "only converting the metres to WGS84": lambda _: crs.from_crs(metres, "EPSG:4546"),
                "shapely.is_valid": lambda _: shapely.is_valid(circles),
            },
            [None],
        ),
        unit="ms",
    )


def test_the_shift_detector_on_many_rows() -> None:
    points = shapely.points(places(100_000))
    plain = Placed("hazard_sites", tuple(map(str, range(len(points)))), points)
    copy = Placed(plain.layer, plain.keys, crs.to_crs(plain.shapes, crs.GCJ02))
    county = Placed("county", ("431381",), np.array([outline()], dtype=object))
    found = detect_shift(copy, [plain, county])
    assert found is not None
    assert crs.GCJ02 == found.system
    report(
        "100,000 points beside those loaded: shifted?",
        medians(
            {
                "Yixian, a copy in GCJ-02": lambda _: detect_shift(copy, [plain, county]),
                "Yixian, the same in WGS84": lambda _: detect_shift(plain, [plain, county]),
            },
            [None],
        ),
        unit="ms",
        notes={"Yixian, a copy in GCJ-02": f"{found.distance_m:.0f} m to the {found.bearing_words}"},
    )
