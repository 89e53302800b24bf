"""The one door between degrees and metres: reference points, zone borders, and the chord that bounds a geodesic."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.errors import UnknownCrsError
from tests import strategies

CITY = shapely.Point(111.4280, 27.6858)
REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.mark.parametrize(
    ("east_m", "north_m", "system"),
    [
        (542_220.5816, 3_063_696.3390, "EPSG:4546"),
        (37_542_220.5816, 3_063_696.3390, "EPSG:4525"),
        (542_203.6933, 3_062_470.8605, "EPSG:32649"),
    ],
)
def test_the_reference_point_lies_within_a_millimetre(east_m: float, north_m: float, system: str) -> None:
    found = crs.to_metres(CITY, system)
    assert (east_m, north_m) == (pytest.approx(found.x, abs=0.001), pytest.approx(found.y, abs=0.001))


def test_metres_turn_back_into_the_same_degrees() -> None:
    back = crs.to_degrees(crs.to_metres(CITY, "EPSG:4546"), "EPSG:4546")
    assert (CITY.x, CITY.y) == (pytest.approx(back.x, abs=1e-9), pytest.approx(back.y, abs=1e-9))


def test_arrays_of_shapes_keep_their_order_and_their_gaps() -> None:
    shapes = np.array([CITY, None, shapely.Point(111, 27)], dtype=object)
    moved = crs.to_metres(shapes, "EPSG:4546")
    assert [False, True, False] == [shape is None for shape in moved]
    assert 500_000 == pytest.approx(moved[2].x, abs=0.001)
    assert 0 == len(crs.to_metres(np.array([], dtype=object), "EPSG:4546"))


def test_distances_are_geodesics_of_the_ellipsoid() -> None:
    # One degree of the equator: a * pi / 180.
    assert 111_319.4908 == pytest.approx(crs.distance_m(0, 0, 1, 0), abs=0.001)
    assert [0.0] == crs.distance_m([180.0], [10.0], [-180.0], [10.0])


@pytest.mark.parametrize(
    ("expected", "lon", "lat"),
    [
        ("EPSG:4546", 111.43, 27.69),
        ("EPSG:4546", 109.51, 27.0),
        ("EPSG:4545", 109.49, 27.0),
        ("EPSG:4546", 112.49, 27.0),
        ("EPSG:4547", 112.51, 27.0),
        ("EPSG:4534", 73.51, 39.0),
        ("EPSG:4534", 73.01, 39.0),  # west of the westernmost zone, whose meridian is still the nearest
        ("EPSG:4554", 135.99, 48.0),
        ("EPSG:32631", 1.52, 42.51),  # Andorra
        ("EPSG:32601", -180.0, 10.0),
        ("EPSG:32601", 180.0, 10.0),
        ("EPSG:32660", 179.99, 10.0),
        ("EPSG:32749", 111.0, -1.0),
        ("EPSG:32649", 111.0, 2.9),
        ("EPSG:32653", 136.0, 40.0),
    ],
)
def test_the_metric_system_follows_the_place(expected: str, lon: float, lat: float) -> None:
    assert expected == crs.metric_crs_of(lon, lat)


@given(st.floats(73, 136, exclude_max=True), st.floats(3, 54))
def test_in_china_the_metric_system_has_the_nearest_central_meridian(lon: float, lat: float) -> None:
    system = pyproj.CRS.from_user_input(crs.metric_crs_of(lon, lat))
    conversion = system.coordinate_operation
    assert conversion is not None
    meridian = next(p.value for p in conversion.params if p.name == "Longitude of natural origin")
    assert min(abs(lon - middle) for middle in range(75, 136, 3)) == pytest.approx(abs(lon - meridian), abs=1e-9)
    assert 500_000 == next(p.value for p in conversion.params if p.name == "False easting"), "no zone prefix"


@given(strategies.places, strategies.places)
def test_a_chord_is_never_longer_than_its_geodesic(a: tuple[float, float], b: tuple[float, float]) -> None:
    chord_m = float(np.linalg.norm(crs.to_geocentric(*a) - crs.to_geocentric(*b)))
    assert chord_m <= crs.distance_m(*a, *b) + 1e-6


@given(strategies.places)
def test_geocentric_coordinates_agree_with_proj(place: tuple[float, float]) -> None:
    proj = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    assert proj.transform(*place, 0.0) == pytest.approx(tuple(crs.to_geocentric(*place)), abs=1e-6)


@pytest.mark.parametrize("text", ["EPSG:4326", "EPSG:4490", "OGC:CRS84", "EPSG:4979", 4326])
def test_wgs84_and_cgcs2000_degrees_are_taken_as_they_are(text: Any) -> None:
    assert crs.is_lon_lat_wgs84(text)


@pytest.mark.parametrize("text", ["EPSG:4546", "EPSG:3857", "EPSG:4214", "EPSG:4610", "EPSG:4258", "EPSG:32649"])
def test_other_systems_are_not_taken_for_wgs84_degrees(text: str) -> None:
    assert not crs.is_lon_lat_wgs84(text)


@pytest.mark.parametrize("text", ["", "EPSG:", "EPSG:0", "EPSG:99999", "GCJ", "+proj=nonsense", None])
def test_an_unknown_system_is_refused_with_an_example(text: Any) -> None:
    with pytest.raises(UnknownCrsError, match="EPSG:4546"):
        crs.parse(text)


def test_axes_are_always_longitude_first() -> None:
    # EPSG:4546 and EPSG:4326 are both defined north-east.
    east_m, north_m = crs.transformer("EPSG:4326", "EPSG:4546").transform(111.4280, 27.6858)
    assert (542_220.58, 3_063_696.34) == (pytest.approx(east_m, abs=0.01), pytest.approx(north_m, abs=0.01))


# Real data


def _outline(system: str) -> Any:
    path = REAL_DATA / f"boundary_431381_{system}.geojson"
    if not path.exists():
        pytest.skip(f"the real outline is not here: {path}")
    return shapely.from_geojson(json.dumps(json.loads(path.read_text("utf-8"))["features"][0]["geometry"]))


def test_a_real_landslide_lies_inside_the_outline_in_wgs84_and_outside_it_in_gcj02() -> None:
    landslide = shapely.Point(111.4132365, 27.67089598)  # NASA Global Landslide Catalog, 2010-07-11
    assert (True, False) == (_outline("wgs84").contains(landslide), _outline("gcj02").contains(landslide))


def test_the_real_landslide_is_293_m_from_the_edge() -> None:
    edge_m = crs.to_metres(_outline("wgs84").boundary, "EPSG:4546")
    assert 293 == round(edge_m.distance(crs.to_metres(shapely.Point(111.4132365, 27.67089598), "EPSG:4546")))


def test_the_landslide_of_the_test_is_a_row_of_the_catalogue() -> None:
    path = REAL_DATA / "nasa_glc_hunan.csv"
    if not path.exists():
        pytest.skip(f"the catalogue is not here: {path}")
    with path.open(encoding="utf-8", newline="") as file:
        places = {(row["longitude"], row["latitude"]) for row in csv.DictReader(file) if "2010" in row["event_date"]}
    assert ("111.4132365", "27.67089598") in places
