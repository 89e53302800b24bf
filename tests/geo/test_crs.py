"""The one door between degrees and metres: reference points, zone borders, and the chord that bounds a geodesic."""

from __future__ import annotations

import csv
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import china_shift, crs
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


@pytest.mark.parametrize("target", ["EPSG:4546", "EPSG:4525", "EPSG:4490", "EPSG:3857", "EPSG:32649", "EPSG:4214"])
@pytest.mark.parametrize("place", [(111.428, 27.6858), (113.0, 41.0), (-70.0, -33.0), (1e9, 1e9)])
def test_a_way_that_is_spelt_out_is_the_one_that_proj_chooses(target: str, place: tuple[float, float]) -> None:
    chosen = pyproj.Transformer.from_crs(crs.WGS84, target, always_xy=True)
    there = chosen.transform(*place)
    assert there == crs.transformer(crs.WGS84, target).transform(*place)
    back = pyproj.Transformer.from_crs(target, crs.WGS84, always_xy=True)
    assert back.transform(*there) == crs.transformer(target, crs.WGS84).transform(*there)


def test_a_new_thread_need_not_look_for_the_way_to_metres(monkeypatch: pytest.MonkeyPatch) -> None:
    crs.point_to_metres(111.428, 27.6858, "EPSG:4546")

    def looked(*_: object, **__: object) -> None:
        raise AssertionError("60 ms in which no other thread gets on")

    monkeypatch.setattr("pyproj.transformer.TransformerFromCRS.__call__", looked)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(crs.point_to_metres, 111.428, 27.6858, "EPSG:4546").result()[0] > 0


def test_axes_are_always_longitude_first() -> None:
    # EPSG:4546 and EPSG:4326 are both defined north-east.
    east_m, north_m = crs.transformer("EPSG:4326", "EPSG:4546").transform(111.4280, 27.6858)
    assert (542_220.58, 3_063_696.34) == (pytest.approx(east_m, abs=0.01), pytest.approx(north_m, abs=0.01))


@pytest.mark.parametrize("text", ["EPSG:4978", "EPSG:5773", 'LOCAL_CS["drawing",UNIT["metre",1]]', "IAU_2015:30100"])
def test_a_system_without_a_place_on_earths_map_is_refused(text: str) -> None:
    with pytest.raises(UnknownCrsError, match="EPSG:4546"):
        crs.parse(text)


@pytest.mark.parametrize(
    "text",
    ["[" * 99_999, '{"a":' * 5_000, "A[" * 30_000, "x" * 10_000_000],
    ids=["brackets", "nested JSON", "nested WKT", "ten megabytes"],
)
def test_a_monstrous_definition_is_refused_briefly(text: str) -> None:
    with pytest.raises(UnknownCrsError) as refusal:
        crs.name_of(text)
    assert len(str(refusal.value)) < 300


# Names

ESRI_4546 = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_111E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ("GCJ-02", "GCJ-02"),
        ("GCJ-02", "gcj02"),
        ("GCJ-02", " Gcj_02 "),
        ("GCJ-02", "火星坐标系"),
        ("BD-09", "bd09"),
        ("BD-09", "BD-09"),
        ("BD-09", "bd09ll"),
        ("BD-09", "百度坐标系"),
        ("EPSG:4546", "epsg:4546"),
        ("EPSG:4546", 4546),
        ("EPSG:4546", ESRI_4546),
        ("EPSG:4490", pyproj.CRS("EPSG:4490")),
        ("OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"),
    ],
)
def test_a_system_has_one_name_however_it_is_written(expected: str, given: Any) -> None:
    assert expected == crs.name_of(given)


@pytest.mark.parametrize("text", ["GCJ", "GCJ-2", "BD09MC", "BD", "EPSG:GCJ-02", ""])
def test_a_name_close_to_a_shifted_systems_is_refused(text: str) -> None:
    # BD09MC is Baidu's Mercator, in metres: to take it for BD-09 would be a guess.
    with pytest.raises(UnknownCrsError):
        crs.name_of(text)


@pytest.mark.parametrize("system", ["GCJ-02", "bd09"])
def test_a_shifted_system_is_not_wgs84_and_not_one_of_projs(system: str) -> None:
    assert not crs.is_lon_lat_wgs84(system)
    with pytest.raises(UnknownCrsError):
        crs.parse(system)


@pytest.mark.parametrize("text", ["EPSG:0", "GCJ", '{"a":' * 5_000], ids=["code", "name", "nested"])
def test_shapes_of_an_unknown_system_are_refused(text: str) -> None:
    with pytest.raises(UnknownCrsError):
        crs.from_crs(CITY, text)
    with pytest.raises(UnknownCrsError):
        crs.to_crs(CITY, text)


@pytest.mark.parametrize(
    ("expected", "own", "declared"),
    [
        (True, "EPSG:4546", "EPSG:4546"),
        (True, ESRI_4546, "EPSG:4546"),
        (False, "EPSG:4546", "EPSG:4525"),
        (False, "EPSG:4326", "EPSG:4490"),
        (True, "EPSG:4326", "GCJ-02"),  # what copies from web maps say of themselves
        (True, "EPSG:4490", "bd09"),
        (False, "EPSG:4546", "GCJ-02"),
        (True, "gcj02", "GCJ-02"),
        (False, "GCJ-02", "BD-09"),
        (False, "GCJ-02", "EPSG:4326"),
    ],
)
def test_a_files_own_word_and_a_declared_system_agree_or_not(expected: bool, own: str, declared: str) -> None:
    assert expected == crs.agree(own, declared)


# GCJ-02 and BD-09

in_china = st.tuples(
    st.one_of(
        st.floats(72.1, 137.7), st.floats(-1e-6, 1e-6).map(lambda step: 105 + step)
    ),  # the formula's kink at 105E
    st.floats(0.9, 55.7),
)
both_systems = pytest.mark.parametrize("system", [crs.GCJ02, crs.BD09])


def test_the_reference_points_of_the_shifted_systems() -> None:
    assert (111.43366617309808, 27.682668130558707) == pytest.approx(
        crs.from_wgs84("GCJ-02")(111.4280, 27.6858), abs=1e-12
    )
    assert (111.4402108541097, 27.68841135377252) == pytest.approx(
        crs.from_wgs84("BD-09")(111.4280, 27.6858), abs=1e-12
    )


@both_systems
@given(place=in_china)
def test_a_shifted_place_turns_back_within_a_tenth_of_a_billionth_degree(
    system: str, place: tuple[float, float]
) -> None:
    assert place == pytest.approx(crs.to_wgs84(system)(*crs.from_wgs84(system)(*place)), abs=1e-10, rel=0)
    assert place == pytest.approx(crs.from_wgs84(system)(*crs.to_wgs84(system)(*place)), abs=1e-10, rel=0)


@both_systems
@given(place=strategies.places)
def test_a_place_outside_chinas_box_stays_as_it_is(system: str, place: tuple[float, float]) -> None:
    lon, lat = place
    if not (72 < lon < 138 and 0.8 < lat < 56):
        assert place == crs.from_wgs84(system)(*place) == crs.to_wgs84(system)(*place)


@both_systems
@given(places=st.lists(st.one_of(in_china, strategies.places), max_size=20))
def test_many_places_move_as_each_does_alone(system: str, places: list[tuple[float, float]]) -> None:
    for move in (crs.to_wgs84(system), crs.from_wgs84(system)):
        lon, lat = np.array(places).reshape(-1, 2).T
        together = np.stack(move(lon, lat), axis=-1)
        for found, place in zip(together, places, strict=True):
            assert tuple(found) == pytest.approx(tuple(map(float, move(*place))), abs=1e-10, rel=0)


@both_systems
@given(place=st.one_of(in_china, strategies.places))
def test_a_place_alone_moves_to_the_last_digits_as_in_an_array(system: str, place: tuple[float, float]) -> None:
    for move in (crs.to_wgs84(system), crs.from_wgs84(system)):
        lon, lat = move(*np.array(place).reshape(2, 1))
        assert (lon[0], lat[0]) == pytest.approx(move(*map(float, place)), abs=1e-12, rel=0)


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4490", "GCJ-02", "BD-09", "EPSG:4546"])
def test_one_place_of_a_named_system_is_that_of_its_arrays(system: str) -> None:
    x, y = map(float, crs.from_wgs84(system)(111.43, 27.69))
    assert (111.43, 27.69) == pytest.approx(crs.point_to_wgs84(x, y, system), abs=1e-9, rel=0)
    (lon,), (lat,) = crs.to_wgs84(system)([x], [y])
    assert (lon, lat) == pytest.approx(crs.point_to_wgs84(x, y, system), abs=1e-12, rel=0)


def test_a_great_array_is_moved_in_blocks_without_a_seam() -> None:
    lon, lat = np.linspace(70, 140, 40_000).reshape(200, 200), np.linspace(0, 56, 40_000).reshape(200, 200)
    for move in (crs.from_wgs84("GCJ-02"), crs.to_wgs84("BD-09")):
        found = np.stack(move(lon, lat))
        assert (2, 200, 200) == found.shape
        alone = np.stack(
            [np.array(move(*pair)) for pair in zip(lon.ravel()[::97], lat.ravel()[::97], strict=True)], axis=-1
        )
        assert np.allclose(alone, found.reshape(2, -1)[:, ::97], rtol=0, atol=1e-10)


@given(in_china)
def test_the_shift_is_the_published_sum_of_sines(place: tuple[float, float]) -> None:
    assert _published_gcj02(*place) == pytest.approx(china_shift.wgs84_to_gcj02(*place), abs=1e-11, rel=0)


def _published_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The formula as gcoord and eviltransform print it, one number at a time."""
    sin, pi, x, y = math.sin, math.pi, lon - 105, lat - 35
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (
        160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)
    ) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (
        150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    ) * 2 / 3
    magic = 1 - 0.00669342162296594323 * sin(math.radians(lat)) ** 2
    north_deg = north * 180 / (6378245.0 * (1 - 0.00669342162296594323) / (magic * math.sqrt(magic)) * pi)
    east_deg = east * 180 / (6378245.0 / math.sqrt(magic) * math.cos(math.radians(lat)) * pi)
    return lon + east_deg, lat + north_deg


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_place_moves_nowhere_without_a_warning(value: float) -> None:
    for move in (crs.from_wgs84("GCJ-02"), crs.to_wgs84("BD-09")):
        lon, lat = move([value, 111.4], [27.6, 27.6])
        assert np.array_equal([value], lon[:1], equal_nan=True)
        assert 111.4 != lon[1]
        assert 27.6 == lat[0]


@pytest.mark.parametrize(
    "system", ["GCJ-02", "BD-09", "EPSG:4546", "EPSG:4525", "EPSG:2382", "EPSG:2434", "EPSG:32649"]
)
def test_shapes_go_to_a_system_and_come_back(system: str) -> None:
    shapes = np.array([CITY, None, shapely.box(111.4, 27.6, 111.5, 27.7), shapely.Point()], dtype=object)
    back = crs.from_crs(crs.to_crs(shapes, system), system)
    assert back[1] is None
    assert back[3].is_empty
    for before, after in zip(shapes[[0, 2]], back[[0, 2]], strict=True):
        assert shapely.equals_exact(before, after, tolerance=2e-9)
        assert not shapely.equals_exact(before, crs.to_crs(before, system), tolerance=1e-3)


# Gauss-Kruger zones and accuracy


@pytest.mark.parametrize("zone", crs.ZONES.values(), ids=crs.ZONES)
def test_each_gauss_kruger_zone_is_what_proj_has_under_its_code(zone: crs.Zone) -> None:
    system = pyproj.CRS(zone.system)
    operation = system.coordinate_operation
    assert operation is not None
    of = {parameter.name: parameter.value for parameter in operation.params}
    assert (zone.meridian_deg, zone.false_easting_m) == (of["Longitude of natural origin"], of["False easting"])
    assert zone.datum.replace("'", "") in system.name
    assert ("3-degree" in system.name) == (zone.width_deg == 3)
    assert (f"zone {zone.number}" in system.name) == zone.prefixed


def test_the_zones_are_those_of_three_datums() -> None:
    assert 3 * 2 * (21 + 11) == len(crs.ZONES)
    assert (111, 37, 37_500_000.0) == (
        crs.ZONES["EPSG:4546"].meridian_deg,
        crs.ZONES["EPSG:4525"].number,
        crs.ZONES["EPSG:4525"].false_easting_m,
    )


@pytest.mark.parametrize(
    ("expected", "system", "place"),
    [
        (0.0, "EPSG:4326", None),
        (0.0, "EPSG:32649", None),
        (1.0, "EPSG:4490", None),
        (1.0, "EPSG:4546", None),
        (5.0, "GCJ-02", None),
        (5.0, "bd09", (111.4, 27.7)),
        (None, "EPSG:2382", None),  # PROJ has no way from Xi'an 1980 but to keep the datum
        (None, "EPSG:2434", (111.4, 27.7)),
        (None, "EPSG:4214", None),
        (1.0, "EPSG:4214", (109.0, 37.0)),  # the Ordos basin, where Beijing 1954 was tied to WGS84
        (1.0, "EPSG:4258", (2.0, 48.0)),
    ],
)
def test_the_accuracy_of_a_system_is_proj_s_word_or_none(
    expected: float | None, system: str, place: tuple[float, float] | None
) -> None:
    assert expected == crs.accuracy_m(system, place)


def test_no_grid_is_asked_of_the_network() -> None:
    assert not pyproj.network.is_network_enabled()


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


def test_every_control_point_lies_within_its_own_tolerance() -> None:
    path = REAL_DATA / "coord_control_points.csv"
    if not path.exists():
        pytest.skip(f"the control points are not here: {path}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert 24 == len(rows)
    for row in rows:
        tolerance = float(row["tolerance_deg"])
        wgs84 = (float(row["lon_wgs84"]), float(row["lat_wgs84"]))
        for system, suffix in (("GCJ-02", "gcj02"), ("BD-09", "bd09")):
            if row[f"lon_{suffix}"]:
                shifted = (float(row[f"lon_{suffix}"]), float(row[f"lat_{suffix}"]))
                assert shifted == pytest.approx(crs.from_wgs84(system)(*wgs84), abs=tolerance, rel=0), row["name"]
                assert wgs84 == pytest.approx(crs.to_wgs84(system)(*shifted), abs=tolerance, rel=0), row["name"]


def test_the_two_real_outlines_are_each_others_images() -> None:
    found = crs.from_crs(_outline("gcj02"), "GCJ-02")
    assert shapely.equals_exact(_outline("wgs84"), found, tolerance=1e-6)  # the files have six digits
