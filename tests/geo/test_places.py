"""Which system a file can be in, which rows lie where they should not, and whether a layer is a shifted copy."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.intake.places import CHINA, EARTH, NEAR_M, advice, candidates, county_ground
from geo.intake.shifts import Placed, ShiftFinding, detect_shift, placed
from geo.intake.strays import misplaced
from geo.layers.registry import LAYERS
from tests import county

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
OUTLINE = shapely.box(111.35, 27.55, 111.60, 27.83)
RANDOM = np.random.default_rng(431381)
LON, LAT = RANDOM.uniform(111.36, 111.59, 200), RANDOM.uniform(27.56, 27.82, 200)


def in_system(system: str) -> tuple[Any, Any]:
    """The two hundred places of the tests in a system, east first."""
    return crs.from_wgs84(system)(LON, LAT)


# Candidates


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("EPSG:4326", [("EPSG:4326", False), ("GCJ-02", False), ("BD-09", False)]),
        ("EPSG:4546", [("EPSG:4546", False), ("EPSG:32649", False)]),
        ("EPSG:4525", [("EPSG:4525", False)]),
        ("EPSG:4497", [("EPSG:4497", False)]),
        ("EPSG:3857", [("EPSG:3857", False)]),
    ],
)
def test_the_likely_systems_of_a_county_s_numbers_come_first(system: str, expected: list[tuple[str, bool]]) -> None:
    found = candidates(*in_system(system), OUTLINE)
    assert expected == [(one.system, one.swapped) for one in found if one.share == 1]
    assert expected == [(one.system, one.swapped) for one in found][: len(expected)]


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4546", "EPSG:4525"])
def test_exchanged_coordinates_are_a_candidate_of_their_own(system: str) -> None:
    x, y = in_system(system)
    first = candidates(y, x, OUTLINE)[0]
    assert (system, True, 1.0) == (first.system, first.swapped, first.share)
    assert "with the two coordinates exchanged" in first.sentence


def test_the_advice_says_what_each_candidate_would_mean() -> None:
    text = advice(candidates(*in_system("EPSG:4546"), OUTLINE))
    assert text.startswith(
        "say which with --crs: as EPSG:4546 (CGCS2000 / 3-degree Gauss-Kruger CM 111E) the points fall in"
    )
    assert "as EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E) they fall near 114.5E 27.7N, 2" in text
    assert "as EPSG:4525 (CGCS2000 / 3-degree Gauss-Kruger zone 37) they fall nowhere on Earth" in text
    assert "EPSG:2382 and EPSG:2434 read the same numbers nearly alike" in text


def test_degrees_are_told_apart_by_the_distance_between_their_readings() -> None:
    found = candidates(LON, LAT, OUTLINE)
    assert "65" == found[1].sentence.split(", ")[1][:2], "some 655 m"
    assert ("EPSG:4490",) == found[0].alike


def test_without_a_county_the_question_is_whether_the_places_lie_in_china() -> None:
    assert [("EPSG:4525", 1.0)] == [(one.system, one.share) for one in candidates(*in_system("EPSG:4525"))]
    assert "fall in China" in candidates(LON, LAT)[0].sentence
    swapped = candidates(LAT, LON)
    assert [("EPSG:4326", True)] == [(one.system, one.swapped) for one in swapped]


def test_without_a_county_eastings_without_a_prefix_fit_every_zone_and_the_advice_says_so() -> None:
    found = candidates(*in_system("EPSG:4546"))
    assert 21 == len(found)
    text = advice(found)
    assert "from EPSG:4534 " in text
    assert "to EPSG:4554 " in text
    assert "nearest to the county" in text


def test_without_a_county_places_outside_china_are_asked_for_on_earth() -> None:
    found = candidates([1.5, 1.6], [42.5, 42.6])
    assert ("EPSG:4326", False, 1.0) == (found[0].system, found[0].swapped, found[0].share)
    assert "GCJ-02" not in {one.system for one in found}, "nothing is shifted in Andorra"


def test_a_county_elsewhere_has_its_own_zones() -> None:
    andorra = shapely.box(1.41, 42.43, 1.79, 42.66)
    x, y = crs.from_wgs84("EPSG:32631")([1.5, 1.6], [42.5, 42.6])
    assert "EPSG:32631" == candidates(x, y, andorra)[0].system


@pytest.mark.parametrize(("x", "y"), [([], []), ([math.nan], [27.0]), ([math.inf, 1.0], [1.0, -math.inf])])
def test_no_number_no_candidate(x: list[float], y: list[float]) -> None:
    assert () == candidates(x, y, OUTLINE)
    assert "no coordinate that is a number" in advice(())


@pytest.mark.parametrize(("x", "y"), [([1e9], [1e9]), ([-5e8], [3.0]), ([200.0], [300.0]), ([1e300], [1e300])])
def test_numbers_of_no_system_have_no_likely_candidate(x: list[float], y: list[float]) -> None:
    assert not [one for one in candidates(x, y, OUTLINE) if one.share]


@given(st.floats(73.5, 134.5), st.floats(5, 52), st.sampled_from(["CGCS2000", "Xi'an 1980", "Beijing 1954"]))
@settings(max_examples=15)
def test_anywhere_in_china_the_own_zone_is_the_first_or_said_to_be_alike(lon: float, lat: float, datum: str) -> None:
    number = max(round(lon / 3), 25)  # west of the westernmost zone its meridian is still the nearest
    for prefixed in (True, False):
        zone = next(
            one.system
            for one in crs.ZONES.values()
            if (one.datum, one.width_deg, one.number, one.prefixed) == (datum, 3, number, prefixed)
        )
        x, y = crs.from_wgs84(zone)([lon], [lat])
        first = candidates(x, y, shapely.Point(lon, lat).buffer(0.1))[0]
        assert zone in (first.system, *first.alike)
        assert 1 == first.share


# Ground


def test_the_county_s_ground_ends_thirty_kilometres_from_its_outline() -> None:
    ground = county_ground(OUTLINE)
    metres = crs.ELLIPSOID.fwd
    for away_m, held in ((0, True), (29_900, True), (30_100, False)):
        lon, lat, _ = metres(111.60, 27.7, 90, away_m)
        assert [held] == ground.holds([lon], [lat]).tolist()
        assert away_m == pytest.approx(ground.outside_m(lon, lat), abs=30)


@pytest.mark.parametrize("place", [(math.nan, 0.0), (math.inf, 0.0), (0.0, -math.inf), (542_220.0, 3_063_696.0)])
def test_what_is_not_a_place_lies_nowhere(place: tuple[float, float]) -> None:
    assert not EARTH.holds(*place)
    assert not CHINA.holds(*place)
    assert math.inf == EARTH.outside_m(*place)


# Rows that lie where they should not


def points(x: Any, y: Any) -> Any:
    return shapely.points(np.asarray(x, float), np.asarray(y, float))


@pytest.mark.parametrize(
    "system", ["EPSG:4326", "EPSG:4490", "GCJ-02", "BD-09", "EPSG:4546", "EPSG:4525", "EPSG:32649"]
)
@pytest.mark.parametrize("outline", [OUTLINE, None], ids=["county", "first layer"])
def test_rows_in_the_county_have_no_fault(system: str, outline: Any) -> None:
    assert () == misplaced("hazard_sites", points(*in_system(system)), system, outline)


@pytest.mark.parametrize("outline", [OUTLINE, None], ids=["county", "first layer"])
@pytest.mark.parametrize(
    ("truth", "swapped", "declared", "problem", "told"),
    [
        ("EPSG:4525", False, "EPSG:4546", "begins with the zone number 37, which EPSG:4546", "--crs EPSG:4525"),
        ("EPSG:4546", False, "EPSG:4525", "lacks the zone number 37", "--crs EPSG:4546"),
        ("EPSG:4525", False, "EPSG:4526", "begins with 37, the zone of EPSG:4525", "--crs EPSG:4525"),
        ("EPSG:2361", False, "EPSG:2382", "begins with the zone number 37", "--crs EPSG:2361"),
        ("EPSG:4497", False, "EPSG:4508", "begins with the zone number 19", "--crs EPSG:4497"),
        ("EPSG:4326", True, "EPSG:4326", "axes are exchanged", "latitude and longitude in this order"),
        ("EPSG:4326", True, "EPSG:4490", "axes are exchanged", "exchange the two coordinates"),
        ("EPSG:4546", True, "EPSG:4546", "axes are exchanged", "northing and easting in this order"),
        ("EPSG:4525", True, "EPSG:4525", "axes are exchanged", "northing and easting in this order"),
        ("EPSG:4525", True, "EPSG:4546", "zone number 37", "--crs EPSG:4525, the two coordinates exchanged"),
        ("EPSG:4326", False, "EPSG:4546", "not in EPSG:4546: as EPSG:4326", "--crs EPSG:4326"),
        ("EPSG:4525", False, "EPSG:4326", "not in EPSG:4326: as EPSG:4525", "--crs EPSG:4525"),
        ("EPSG:3857", False, "EPSG:4326", "not in EPSG:4326: as EPSG:3857", "--crs EPSG:3857"),
    ],
)
def test_a_trouble_of_all_rows_is_one_fault_with_the_cure(
    truth: str, swapped: bool, declared: str, problem: str, told: str, outline: Any
) -> None:
    x, y = in_system(truth)
    faults = misplaced("hazard_sites", points(*((y, x) if swapped else (x, y))), declared, outline)
    assert [(0, None, "geometry")] == [(fault.row, fault.key, fault.column) for fault in faults]
    assert "all 200 rows" in faults[0].problem
    assert problem in faults[0].problem
    assert told in faults[0].advice


def test_a_neighbouring_zone_is_told_by_the_county() -> None:
    (fault,) = misplaced("roads", points(*in_system("EPSG:4546")), "EPSG:4547", OUTLINE)
    assert "--crs EPSG:4546" in fault.advice


def test_metres_of_an_unknown_zone_are_not_guessed_before_there_is_a_county() -> None:
    (fault,) = misplaced("county", points(*in_system("EPSG:4546")), "EPSG:4326")
    assert "no place on Earth" in fault.problem
    assert "--crs" not in fault.advice


def test_each_misplaced_row_is_named_with_its_key_and_its_own_cause() -> None:
    x = [111.4, 0.0, 27.6, 542_220.6, 111.41, 112.5]
    y = [27.7, 0.0, 111.4, 3_063_696.3, 27.71, 27.7]
    faults = misplaced("hazard_sites", points(x, y), "EPSG:4326", OUTLINE, ["a", "b", "c", "d", "e", "f"])
    assert [(2, "b"), (3, "c"), (4, "d"), (6, "f")] == [(fault.row, fault.key) for fault in faults]
    told = [f"{fault.problem} | {fault.advice}" for fault in faults]
    assert "km outside the county's outline (limit 30 km)" in told[0]
    assert "axes are exchanged" in told[1]
    assert "as EPSG:4546" in told[2]
    assert "mend this row" in told[2]
    assert "lies 89 km outside" in told[3]
    assert "542220.6 3063696.3" == faults[2].value


def test_one_row_alone_is_a_fault_of_the_row() -> None:
    (fault,) = misplaced("incidents", points([27.6], [111.4]), "EPSG:4326", OUTLINE)
    assert 1 == fault.row


@pytest.mark.parametrize("shape", [None, shapely.Point(), shapely.Polygon()])
def test_missing_and_empty_shapes_are_left_to_the_layer_s_check(shape: Any) -> None:
    assert () == misplaced("villages", np.array([shape, OUTLINE], dtype=object), "EPSG:4326", OUTLINE)
    assert () == misplaced("villages", np.array([shape], dtype=object), "EPSG:4326", OUTLINE)
    assert () == misplaced("villages", np.array([], dtype=object), "EPSG:4326", OUTLINE)


def test_a_point_without_numbers_is_named_as_that() -> None:
    (fault,) = misplaced("teams", points([math.nan, 111.4], [math.nan, 27.6]), "EPSG:4326", OUTLINE)
    assert (1, "nan nan") == (fault.row, fault.value)
    assert "not a finite number" in fault.problem


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4546", "GCJ-02"])
@given(
    st.lists(st.tuples(st.floats(110.8, 112.2), st.floats(27.0, 28.4), st.floats(0.001, 0.4)), min_size=2, max_size=20)
)
@settings(max_examples=25)
def test_areas_are_judged_by_their_vertices(system: str, areas: list[tuple[float, float, float]]) -> None:
    shapes = np.array([shapely.Point(lon, lat).buffer(radius) for lon, lat, radius in areas], dtype=object)
    ground = county_ground(OUTLINE)
    outside = {
        row for row, shape in enumerate(shapes, start=1) if not ground.holds(*shapely.get_coordinates(shape).T).any()
    }
    faults = misplaced("risk_zones", crs.to_crs(shapes, system), system, OUTLINE)
    assert outside == {fault.row for fault in faults} or ([0] == [f.row for f in faults] and len(areas) == len(outside))


def test_a_line_may_reach_out_of_the_area_but_not_jump_out_of_it() -> None:
    river = shapely.LineString([(111.4 + step / 10, 27.6) for step in range(20)])
    spike = shapely.Polygon([(111.4, 27.6), (111.5, 27.6), (0, 0), (111.4, 27.7)])
    lost = shapely.LineString([(114.0, 27.6), (114.1, 27.6)])
    faults = misplaced("rivers", np.array([river, spike, lost], dtype=object), "EPSG:4326", OUTLINE)
    assert [(2, "0 0"), (3, "114 27.6")] == [(fault.row, fault.value) for fault in faults]


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, 1e9])
@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4546", "GCJ-02"])
def test_a_vertex_that_is_no_place_is_named(system: str, value: float) -> None:
    x, y = (float(v) for v in crs.from_wgs84(system)(111.4, 27.6))
    ring = shapely.Polygon([(x, y), (value, y), (x + 1e-3, y + 1e-3), (x, y)])
    (fault,) = misplaced("villages", np.array([ring, OUTLINE], dtype=object)[:1], system, OUTLINE)
    assert fault.value is not None
    assert fault.value.startswith(f"{value:.10g} ")


@given(st.lists(st.tuples(st.floats(100, 125), st.floats(18, 40)), min_size=1, max_size=30))
def test_points_have_a_fault_exactly_when_they_lie_farther_than_thirty_kilometres(
    places: list[tuple[float, float]],
) -> None:
    outline_m = crs.to_metres(OUTLINE, "EPSG:4546")
    away_m = [shapely.distance(outline_m, crs.to_metres(shapely.Point(place), "EPSG:4546")) for place in places]
    faults = misplaced("x", np.array([shapely.Point(place) for place in places], dtype=object), "EPSG:4326", OUTLINE)
    named = {fault.row for fault in faults}
    for row, distance_m in enumerate(away_m, start=1):
        if abs(distance_m - NEAR_M) > 100:  # the outline's buffer is drawn, and the plane is a little longer far off
            assert (distance_m > NEAR_M) == (row in named or named == {0})


# The shift detector


def one_area(shape: Any, layer: str = "county", key: str = "431381") -> Placed:
    return Placed(layer, (key,), np.array([shape], dtype=object))


def outline_of(name: str) -> Any:
    path = REAL_DATA / f"boundary_431381_{name}.geojson"
    if not path.exists():
        pytest.skip(f"the real outline is not here: {path}")
    return shapely.from_geojson(json.dumps(json.loads(path.read_text("utf-8"))["features"][0]["geometry"]))


def shifted(layer: Placed, system: str) -> Placed:
    return Placed(layer.layer, layer.keys, crs.to_crs(layer.shapes, system), layer.villages)


def sample(name: str) -> Placed:
    frame = geopandas.read_file(SAMPLE / f"{name}.geojson")
    frame[LAYERS[name].key] = frame[LAYERS[name].key].astype(str)
    found = placed(frame, LAYERS[name])
    assert found is not None
    return found


def test_the_real_gcj02_outline_is_known_beside_the_real_wgs84_one() -> None:
    found = detect_shift(one_area(outline_of("gcj02")), [one_area(outline_of("wgs84"))])
    assert found is not None
    assert ("GCJ-02", "county", True, "outline") == (found.system, found.suspect, found.incoming, found.by)
    assert 654 == pytest.approx(found.distance_m, abs=15)
    assert "east-south-east" == found.bearing_words
    assert "looks like GCJ-02: 654 m to the east-south-east" in str(found)
    assert "--crs GCJ-02" in found.advice
    assert 300 < found.misfit
    assert 1 > found.misfit_if_so


def test_a_loaded_gcj02_outline_is_known_beside_a_real_wgs84_one() -> None:
    found = detect_shift(one_area(outline_of("wgs84")), [one_area(outline_of("gcj02"))])
    assert found is not None
    assert ("GCJ-02", False, "east-south-east") == (found.system, found.incoming, found.bearing_words)
    assert "the loaded layer county looks like GCJ-02" in str(found)
    assert "moved once too often" in found.advice


def test_the_real_outline_as_bd09_is_known() -> None:
    found = detect_shift(one_area(crs.to_crs(outline_of("wgs84"), "BD-09")), [one_area(outline_of("wgs84"))])
    assert found is not None
    assert ("BD-09", "east-north-east") == (found.system, found.bearing_words)
    assert 1227 == pytest.approx(found.distance_m, abs=15)


@pytest.mark.parametrize("name", ["wgs84", "gcj02"])
def test_an_outline_beside_itself_is_not_shifted(name: str) -> None:
    assert detect_shift(one_area(outline_of(name)), [one_area(outline_of(name))]) is None


@pytest.mark.parametrize("real", ["wgs84", "gcj02"])
def test_the_hand_drawn_sample_outline_is_never_called_shifted(real: str) -> None:
    drawn = sample("county")
    assert detect_shift(drawn, [one_area(outline_of(real))]) is None
    assert detect_shift(one_area(outline_of(real)), [drawn]) is None


ALL = (
    "county",
    "towns",
    "villages",
    "grids",
    "stations",
    "hazard_sites",
    "incidents",
    "detections",
    "risk_zones",
    "roads",
)


@pytest.fixture(scope="module")
def loaded() -> dict[str, Placed]:
    return {name: sample(name) for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_no_layer_of_the_sample_is_shifted_against_the_others(name: str, loaded: dict[str, Placed]) -> None:
    assert detect_shift(loaded[name], loaded.values()) is None
    assert detect_shift(loaded[name], [one for one in loaded.values() if one.layer != name]) is None


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("name", [name for name in ALL if name != "county"])
def test_a_shifted_copy_of_a_loaded_layer_is_known_by_its_keys(
    name: str, system: str, loaded: dict[str, Placed]
) -> None:
    found = detect_shift(shifted(loaded[name], system), loaded.values())
    assert found is not None
    assert (system, name, True, "key", name) == (found.system, found.suspect, found.incoming, found.by, found.against)
    assert {"GCJ-02": 655, "BD-09": 1225}[system] == pytest.approx(found.distance_m, abs=15)
    assert {"GCJ-02": "east-south-east", "BD-09": "east-north-east"}[system] == found.bearing_words


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("towns", "outline"),
        ("villages", "outline"),
        ("grids", "outline"),
        ("hazard_sites", "village"),
        ("stations", "village"),
    ],
)
def test_a_shifted_layer_that_is_new_is_known_by_the_areas_it_fills_or_names(
    name: str, by: str, loaded: dict[str, Placed]
) -> None:
    found = detect_shift(shifted(loaded[name], "GCJ-02"), [one for one in loaded.values() if one.layer != name])
    assert found is not None
    assert ("GCJ-02", name, by) == (found.system, found.suspect, found.by)
    assert 654 == pytest.approx(found.distance_m, abs=15)


def test_points_without_keys_are_known_by_the_county_they_must_lie_in() -> None:
    outline = outline_of("wgs84")
    west, south, east, north = outline.bounds
    lon, lat = RANDOM.uniform(west, east, 1500), RANDOM.uniform(south, north, 1500)
    inside = shapely.contains_xy(outline, lon, lat)
    points_inside = Placed("incidents", (None,) * int(inside.sum()), shapely.points(lon[inside], lat[inside]))
    assert detect_shift(points_inside, [one_area(outline)]) is None
    found = detect_shift(shifted(points_inside, "GCJ-02"), [one_area(outline)])
    assert found is not None
    assert ("GCJ-02", "incidents", "county", 0.0) == (found.system, found.suspect, found.by, found.misfit_if_so)
    assert 0.03 < found.misfit < 0.15


sites = st.lists(st.tuples(st.floats(111.36, 111.59), st.floats(27.56, 27.82)), min_size=5, max_size=40, unique=True)


def keyed(places: Any, layer: str = "hazard_sites") -> Placed:
    return Placed(layer, tuple(map(str, range(len(places)))), points(*np.array(places).T))


@given(sites, st.sampled_from(["GCJ-02", "BD-09"]), st.booleans())
def test_the_detector_names_the_system_and_whose_it_is(places: Any, system: str, incoming: bool) -> None:
    plain = keyed(places)
    copy = shifted(plain, system)
    found = detect_shift(copy, [plain]) if incoming else detect_shift(plain, [copy])
    assert found is not None
    assert (system, incoming, len(places)) == (found.system, found.incoming, found.compared)
    for lon, lat in places[:1]:
        there = crs.from_wgs84(system)(lon, lat)
        assert found.distance_m == pytest.approx(crs.distance_m(lon, lat, *there), rel=0.05)


@given(sites, st.integers(0, 2**32), st.floats(0, 5_000))
def test_places_that_moved_at_random_are_not_called_shifted(places: Any, seed: int, sigma_m: float) -> None:
    noise = np.random.default_rng(seed).normal(0, sigma_m / 100_000, (len(places), 2))
    found = detect_shift(keyed(np.array(places) + noise), [keyed(places)])
    assert found is None or sigma_m > 100


@given(sites, st.floats(0, 2_000), st.floats(0, 360))
def test_one_common_move_is_called_a_shift_only_when_it_is_that_of_a_system(
    places: Any, distance_m: float, bearing_deg: float
) -> None:
    lon, lat = np.array(places).T
    count = len(places)
    moved_lon, moved_lat, _ = crs.ELLIPSOID.fwd(lon, lat, [bearing_deg] * count, [distance_m] * count)
    found = detect_shift(keyed(np.stack([moved_lon, moved_lat], axis=-1)), [keyed(places)])
    way = np.array([math.sin(math.radians(bearing_deg)), math.cos(math.radians(bearing_deg))]) * distance_m
    apart = min(np.hypot(*(way - shift)) / np.hypot(*shift) for shift in shifts_m(lon, lat))
    assert (found is not None) == (apart < 0.25) or abs(apart - 0.25) < 0.05


def shifts_m(lon: Any, lat: Any) -> list[np.ndarray]:
    """East and north, both ways, of the two systems where the places are: it differs by some percent over a county."""
    found = []
    for system in ("GCJ-02", "BD-09"):
        azimuth_deg, _, shift_m = crs.ELLIPSOID.inv(lon, lat, *crs.from_wgs84(system)(lon, lat))
        azimuth = np.radians(azimuth_deg)
        found.append(np.median(np.stack([np.sin(azimuth), np.cos(azimuth)]) * shift_m, axis=1))
    return [sign * shift for shift in found for sign in (1, -1)]


def test_a_wrong_key_among_many_does_not_hide_a_shift() -> None:
    places = np.stack([LON, LAT], axis=-1)
    known = keyed(places)
    muddled = places.copy()
    muddled[:40] = muddled[40:80]
    found = detect_shift(shifted(keyed(muddled), "GCJ-02"), [known])
    assert found is not None
    assert "GCJ-02" == found.system


@pytest.mark.parametrize(
    "given_layer",
    [
        Placed("hazard_sites", (), np.array([], dtype=object)),
        Placed("hazard_sites", ("0", "1"), np.array([None, None], dtype=object)),
        Placed("hazard_sites", ("0", "1", "2"), points([math.inf, 5e5, 0], [0, 3e6, math.inf])),
        Placed("hazard_sites", (None,) * 20, points(LON[:20], LAT[:20])),
        Placed("county", ("1",), np.array([shapely.Polygon()], dtype=object)),
        Placed("county", ("1",), np.array([shapely.Polygon([(5e5, 3e6), (6e5, 3e6), (6e5, 4e6)])], dtype=object)),
        Placed("county", ("1",), np.array([shapely.Polygon([(0, 0), (1, 1), (2, 2)])], dtype=object)),
        Placed("villages", ("1",), np.array([shapely.Polygon([(0, 0), (1, 1), (0, 1), (1, 0)])], dtype=object)),
    ],
    ids=["none", "null", "not finite", "no keys", "empty", "metres", "flat", "bow-tie"],
)
def test_a_layer_that_says_nothing_gives_no_finding(given_layer: Placed) -> None:
    known = [keyed(np.stack([LON, LAT], axis=-1)), one_area(OUTLINE)]
    assert detect_shift(given_layer, known) is None
    assert detect_shift(given_layer, []) is None
    assert detect_shift(known[1], [given_layer]) is None


def test_tables_have_no_places() -> None:
    layers = county.raw_layers()
    assert placed(layers["stays"], LAYERS["stays"]) is None
    sites_of = placed(layers["hazard_sites"], LAYERS["hazard_sites"])
    assert sites_of is not None
    assert ("431381002001", None, None) == sites_of.villages


@pytest.mark.parametrize(
    ("expected", "bearing_deg"),
    [("north", 0.0), ("north", 359.9), ("east", 90.0), ("east-south-east", 121.0), ("south", 180.0), ("west", 281.0)],
)
def test_a_bearing_is_said_as_one_of_sixteen_winds(expected: str, bearing_deg: float) -> None:
    finding = ShiftFinding("GCJ-02", "a", True, 654.0, bearing_deg, "key", "b", 3, 654.0, 0.0)
    assert expected == finding.bearing_words
