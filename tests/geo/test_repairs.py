"""Repairs: what can be read in one way is mended and said, what cannot is refused and left as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.errors import Fault
from geo.intake.parts import DEEPEST, parts_of
from geo.intake.repairs import Defect, Repair, Repaired, repaired
from geo.intake.rings import census
from geo.layers.registry import LAYERS
from geo.layers.spec import check_rows
from tests import strategies

METRIC = "EPSG:4546"
VILLAGES, ROADS, SITES = LAYERS["villages"], LAYERS["roads"], LAYERS["hazard_sites"]


def here(wkt: str) -> Any:
    """A shape drawn in steps of about 100 m, moved into the county without rounding."""
    return shapely.transform(shapely.from_wkt(wkt), lambda xy: xy / 1024 + (111.4375, 27.625))


def mend(shape: Any, layer: str = "villages") -> Repaired:
    return repaired([shape], LAYERS[layer], METRIC, ["K1"])


def only_repair(result: Repaired) -> Repair:
    assert () == result.faults
    (repair,) = result.repairs
    return repair


def only_fault(result: Repaired) -> Fault:
    assert () == result.repairs
    (fault,) = result.faults
    return fault


def area_m2(shape: Any) -> float:
    return float(shapely.area(crs.to_metres(shape, METRIC)))


SQUARE = "POLYGON ((0 0, 20 0, 20 20, 0 20, 0 0))"

MENDED = {
    "bow-tie with a small lobe": (
        "POLYGON ((0 0, 20 0, 20 20, 19.8 20.2, 20 20.2, 19.8 20, 0 20, 0 0))",
        "MultiPolygon",
    ),
    "small hole outside": (f"{SQUARE[:-1]}, (21 21, 22 21, 22 22, 21 21))", "Polygon"),
    "small hole across the border": (f"{SQUARE[:-1]}, (19 5, 21 5, 21 6, 19 5))", "Polygon"),
    "hole along the border": (f"{SQUARE[:-1]}, (0 5, 5 5, 5 9, 0 9, 0 5))", "Polygon"),
    "small nested holes": (f"{SQUARE[:-1]}, (1 1, 5 1, 5 5, 1 5, 1 1), (2 2, 3 2, 3 3, 2 2))", "Polygon"),
    "hole without area": (f"{SQUARE[:-1]}, (5 5, 6 6, 7 7, 5 5))", "Polygon"),
    "spike outward": ("POLYGON ((0 0, 20 0, 20 20, 30 30, 20 20, 0 20, 0 0))", "Polygon"),
    "spike inward": ("POLYGON ((0 0, 20 0, 20 10, 5 10, 20 10, 20 20, 0 20, 0 0))", "Polygon"),
    "ring that touches itself": ("POLYGON ((0 0, 10 10, 0 20, 20 20, 10 10, 20 0, 0 0))", "MultiPolygon"),
    "parts side by side": ("MULTIPOLYGON (((0 0, 9 0, 9 9, 0 9, 0 0)), ((9 0, 20 0, 20 9, 9 9, 9 0)))", "Polygon"),
    "a part without area": (f"MULTIPOLYGON ({SQUARE[8:]}, ((30 30, 31 31, 32 32, 30 30)))", "Polygon"),
}

CANCELLING = (
    "POLYGON ((0 0, 20 0, 20 20, 10 20, 10 10, 14 10, 14 14, 6 14, 6 20, 0 20, "
    "0 22, -2.828427 19.171573, -2.828427 22, 0 19.171573, 0 0))"
)

REFUSED = {
    "bow-tie with equal lobes": ("POLYGON ((0 0, 20 20, 20 0, 0 20, 0 0))", "by over 1 %"),
    "bow-tie with like lobes": ("POLYGON ((0 0, 20 20, 20 5, 0 20, 0 0))", "by over 1 %"),
    "large hole outside": (f"{SQUARE[:-1]}, (30 30, 40 30, 40 40, 30 30))", "by over 1 %"),
    "ring around its ground twice": ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0, 9 0, 9 9, 0 9, 0 0))", "by over 1 %"),
    "overlapping parts": (f"MULTIPOLYGON ({SQUARE[8:]}, ((15 15, 40 15, 40 40, 15 40, 15 15)))", "by over 1 %"),
    "two errors that cancel": (CANCELLING, "by over 1 %"),
    "collapsed to a line": ("POLYGON ((0 0, 10 10, 20 20, 0 0))", "encloses no area"),
    "hole as large as its shell": (f"{SQUARE[:-1]}, (0 0, 0 20, 20 20, 20 0, 0 0))", "encloses no area"),
    "all points in one place": ("POLYGON ((5 5, 5 5, 5 5, 5 5))", "encloses no area"),
    "line in a layer of areas": ("LINESTRING (0 0, 9 9)", "must be a MultiPolygon or Polygon"),
    "empty": ("POLYGON EMPTY", "a geometry is required"),
    "empty collection": ("GEOMETRYCOLLECTION EMPTY", "a geometry is required"),
}


@pytest.mark.parametrize("name", MENDED)
def test_a_polygon_that_reads_in_one_way_is_mended_and_said(name: str) -> None:
    wkt, kind = MENDED[name]
    shape = here(wkt)
    assert not shapely.is_valid(shape)
    result = mend(shape)
    repair = only_repair(result)
    assert (1, "K1", (Defect.INVALID,)) == (repair.row, repair.key, repair.defects)
    assert shapely.is_valid_reason(shape) == repair.problem
    assert (shape.geom_type, kind) == (repair.type_before, repair.type_after)
    assert kind == result.shapes[0].geom_type
    assert area_m2(shape) == pytest.approx(repair.area_m2_before)
    assert area_m2(result.shapes[0]) == pytest.approx(repair.area_m2_after)
    assert repair.area_m2_after == pytest.approx(repair.area_m2_before, rel=0.01)
    assert shapely.is_valid(result.shapes[0])
    assert not census(result.shapes).misturned.any()


@pytest.mark.parametrize("name", REFUSED)
def test_a_polygon_that_a_repair_would_decide_about_is_refused_and_kept(name: str) -> None:
    wkt, problem = REFUSED[name]
    shape = here(wkt)
    result = mend(shape)
    fault = only_fault(result)
    assert ("villages", 1, "K1", "geometry") == (fault.layer, fault.row, fault.key, fault.column)
    assert problem in fault.problem
    assert shape is result.shapes[0]


def test_a_hole_outside_its_shell_never_adds_ground() -> None:
    wkt, _ = MENDED["small hole outside"]
    result = mend(here(wkt))
    assert shapely.equals(here(SQUARE), result.shapes[0])


def test_a_refusal_names_the_readings_of_a_bow_tie() -> None:
    shape = here("POLYGON ((0 0, 20 20, 20 0, 0 20, 0 0))")
    fault = only_fault(mend(shape))
    filled = area_m2(shapely.make_valid(shape))
    assert f"{area_m2(shape):,.1f} m2 as drawn, {filled:,.1f} m2 by even-odd" in fault.problem
    assert shapely.is_valid_reason(shape) == fault.value


@pytest.mark.parametrize(("side", "is_mended"), [(0.97, True), (1.03, False)])
def test_one_percent_is_where_a_second_lobe_becomes_ambiguous(side: float, is_mended: bool) -> None:
    # The square has 400 units; a turned lobe of area a makes drawn 400 - a and mended 400 + a: 1 % apart at a = 2.01.
    reach = side * 1.005**0.5
    lobe = f"20 20, {20 - reach} {20 + 2 * reach}, {20 + reach} {20 + 2 * reach}, 20 20"
    turned = here(f"POLYGON ((0 0, 20 0, {lobe}, 0 20, 0 0))")
    drawn, filled = area_m2(turned), area_m2(shapely.make_valid(turned))
    assert is_mended == (filled - drawn <= 0.01 * filled)
    assert is_mended == (not mend(turned).faults)


def test_vertices_that_were_sound_keep_every_digit() -> None:
    result = mend(here(MENDED["spike outward"][0]))
    given_points = set(map(tuple, shapely.get_coordinates(here(MENDED["spike outward"][0])).tolist()))
    assert given_points >= set(map(tuple, shapely.get_coordinates(result.shapes[0]).tolist()))


def test_a_scribble_is_refused_at_once_and_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.random.default_rng(1).random((3000, 2)) / 100 + (111.4, 27.6)

    def too_long(*_: object, **__: object) -> None:
        raise AssertionError("GEOS would need minutes and gigabytes for this")

    monkeypatch.setattr("geo.intake.mending.shapely.make_valid", too_long)
    assert "crosses itself too often" in only_fault(mend(shapely.Polygon(places))).problem


def test_heights_are_left_out_and_counted_once_for_the_layer() -> None:
    shapes = [here(SQUARE), shapely.force_3d(here(SQUARE), 5), shapely.force_3d(here(SQUARE), 6)]
    result = repaired(shapes, VILLAGES, METRIC)
    (repair,) = result.repairs
    assert (0, 2, (Defect.HEIGHTS,)) == (repair.row, repair.rows, repair.defects)
    assert not shapely.has_z(result.shapes).any()


def test_what_is_said_of_the_layer_counts_no_refused_row() -> None:
    crossed = here("POLYGON ((0 0, 20 20, 20 0, 0 20, 0 0))")
    result = repaired([shapely.force_3d(here(SQUARE)), shapely.force_3d(crossed)], VILLAGES, METRIC)
    assert [1] == [repair.rows for repair in result.repairs]
    assert shapely.has_z(result.shapes[1])


@pytest.mark.parametrize("wkt", ["POINT Z (0 0 5)", "POINT M (0 0 5)", "POINT ZM (0 0 5 6)"])
def test_points_lose_height_and_measure_too(wkt: str) -> None:
    result = mend(shapely.from_wkt(wkt), "hazard_sites")
    assert Defect.HEIGHTS in only_repair(result).defects
    assert 2 == shapely.get_coordinate_dimension(result.shapes[0])


def test_rings_against_rfc_7946_are_turned_and_counted_once_for_the_layer() -> None:
    ringed = here(f"{SQUARE[:-1]}, (1 1, 1 5, 5 5, 5 1, 1 1))")
    wrong = [shapely.reverse(here(SQUARE)), shapely.orient_polygons(ringed, exterior_cw=True), ringed]
    only_hole = shapely.Polygon(ringed.exterior, [shapely.reverse(ringed.interiors[0])])
    multi = shapely.MultiPolygon([here(SQUARE), here("POLYGON ((30 0, 30 9, 39 9, 30 0))")])
    result = repaired([*wrong, only_hole, multi], VILLAGES, METRIC)
    (repair,) = result.repairs
    assert (0, 4, (Defect.RING_ORDER,)) == (repair.row, repair.rows, repair.defects)
    for shape in shapely.get_parts(result.shapes):
        assert shape.exterior.is_ccw
        assert not any(hole.is_ccw for hole in shape.interiors)


def test_repeated_points_are_said_once() -> None:
    shape = here("POLYGON ((0 0, 20 0, 20 0, 20 20, 0 20, 0 20, 0 20, 0 0))")
    repair = only_repair(result := mend(shape))
    assert (Defect.REPEATED_POINTS,) == repair.defects
    assert 5 == shapely.get_num_coordinates(result.shapes[0])
    road = here("MULTILINESTRING ((0 0, 0 0, 5 5), (9 9, 10 10))")
    repair = only_repair(result := mend(road, "roads"))
    assert (Defect.REPEATED_POINTS,) == repair.defects
    assert repair.length_m_before == pytest.approx(repair.length_m_after)
    assert 4 == shapely.get_num_coordinates(result.shapes[0])


def test_a_multi_of_one_part_is_that_part_and_no_place_moves() -> None:
    result = repaired([shapely.MultiPolygon([here(SQUARE)]), here(SQUARE)], VILLAGES, METRIC)
    (repair,) = result.repairs
    assert (0, 1, (Defect.SINGLE_PART,)) == (repair.row, repair.rows, repair.defects)
    assert ["Polygon", "Polygon"] == [shape.geom_type for shape in result.shapes]


COLLECTIONS = {
    "one polygon": ("villages", f"GEOMETRYCOLLECTION ({SQUARE})", "Polygon"),
    "two polygons": (
        "villages",
        f"GEOMETRYCOLLECTION ({SQUARE}, POLYGON ((30 0, 39 0, 39 9, 30 0)))",
        "MultiPolygon",
    ),
    "nested": ("villages", f"GEOMETRYCOLLECTION (GEOMETRYCOLLECTION ({SQUARE}), GEOMETRYCOLLECTION EMPTY)", "Polygon"),
    "with its label point": ("villages", f"GEOMETRYCOLLECTION ({SQUARE}, POINT (9 9))", "Polygon"),
    "with a line": ("villages", f"GEOMETRYCOLLECTION ({SQUARE}, LINESTRING (0 0, 9 9))", "Polygon"),
    "lines": ("roads", "GEOMETRYCOLLECTION (LINESTRING (0 0, 9 9), MULTILINESTRING ((9 9, 9 8)))", "MultiLineString"),
    "a point": ("hazard_sites", "GEOMETRYCOLLECTION (MULTIPOINT (1 1))", "Point"),
    "a polygon in a layer of lines": ("roads", f"GEOMETRYCOLLECTION ({SQUARE}, LINESTRING (0 0, 9 9))", None),
    "a line in a layer of points": ("hazard_sites", "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 9 9))", None),
    "no polygon": ("villages", "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 9 9))", None),
    "two places": ("hazard_sites", "GEOMETRYCOLLECTION (POINT (1 1), POINT (2 2))", None),
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_is_opened_when_nothing_of_the_layers_measure_is_lost(name: str) -> None:
    layer, wkt, kind = COLLECTIONS[name]
    result = mend(here(wkt), layer)
    if kind is None:
        assert here(wkt) == result.shapes[0]
        assert "geometry" == only_fault(result).column
        return
    repair = only_repair(result)
    assert (Defect.COLLECTION,) == repair.defects
    assert ("GeometryCollection", kind) == (repair.type_before, repair.type_after)
    assert ("left out" in repair.problem) == ("with" in name)
    if layer == "villages":
        assert repair.area_m2_before == pytest.approx(repair.area_m2_after)


def test_a_collection_of_a_broken_polygon_is_opened_and_mended_in_one_report() -> None:
    repair = only_repair(mend(shapely.GeometryCollection([here(MENDED["spike outward"][0])])))
    assert (Defect.COLLECTION, Defect.INVALID) == repair.defects


def nested(depth: int) -> Any:
    shape: Any = here(SQUARE)
    for _ in range(depth):
        shape = shapely.GeometryCollection([shape])
    return shape


def test_collections_are_opened_to_a_depth_and_refused_below() -> None:
    assert "Polygon" == only_repair(mend(nested(DEEPEST))).type_after
    assert "nested too deep" in only_fault(mend(nested(DEEPEST + 1))).problem
    assert "nested too deep" in only_fault(mend(nested(1000))).problem


@pytest.mark.parametrize(
    ("wkt", "problem"),
    [
        ("LINESTRING (5 5, 5 5)", "all points of the line coincide"),
        ("MULTILINESTRING ((5 5, 5 5), (6 6, 6 6, 6 6))", "all points of the line coincide"),
        ("POINT (5 5)", "must be a LineString or MultiLineString"),
        (SQUARE, "must be a LineString or MultiLineString"),
    ],
)
def test_a_line_of_one_place_or_of_another_kind_is_refused(wkt: str, problem: str) -> None:
    assert problem in only_fault(mend(here(wkt), "roads")).problem


def test_a_line_keeps_its_sound_parts_and_its_way_out_and_back() -> None:
    repair = only_repair(mend(here("MULTILINESTRING ((5 5, 5 5), (6 6, 9 9))"), "roads"))
    assert (Defect.INVALID,) == repair.defects
    assert "LineString" == repair.type_after
    assert repair.length_m_before == pytest.approx(repair.length_m_after)
    out_and_back = here("LINESTRING (0 0, 9 9, 0 0)")
    assert ((), ()) == (mend(out_and_back, "roads").repairs, mend(out_and_back, "roads").faults)


LANE, BOW_TIE = "LINESTRING (0 0, 5 5)", MENDED["bow-tie with a small lobe"][0]


def test_where_lines_and_areas_are_taken_each_is_mended_and_measured_as_what_it_is() -> None:
    drawn = [BOW_TIE, SQUARE, "MULTILINESTRING ((0 0, 5 5), (1 1, 1 1))", LANE, "LINESTRING (1 1, 1 1)"]
    result = repaired([here(wkt) for wkt in drawn], LAYERS["closures"], METRIC)
    assert [5] == [fault.row for fault in result.faults]
    assert ["MultiPolygon", "Polygon", "LineString", "LineString"] == [s.geom_type for s in result.shapes[:4]]
    measured = {r.row: (r.area_m2_after is None, r.length_m_after is None) for r in result.repairs if r.row}
    assert {1: (False, True), 3: (True, False)} == measured


@pytest.mark.parametrize(
    ("expected", "inner"),
    [
        ("LineString", f"{LANE}, POINT (1 1)"),
        ("Polygon", f"{SQUARE}, POINT (1 1)"),
        (None, f"{LANE}, {SQUARE}"),  # which of them is the closure?
        (None, "POINT (1 1)"),
    ],
)
def test_a_collection_of_lines_or_of_areas_is_opened_and_one_of_both_refused(expected: str | None, inner: str) -> None:
    result = mend(here(f"GEOMETRYCOLLECTION ({inner})"), "closures")
    assert (expected is None) == bool(result.faults)
    assert expected is None or expected == result.shapes[0].geom_type


def test_a_row_of_points_is_one_place() -> None:
    twice = mend(here("MULTIPOINT (5 5, 5 5)"), "hazard_sites")
    assert (Defect.REPEATED_POINTS,) == only_repair(twice).defects
    assert here("POINT (5 5)") == twice.shapes[0]
    assert "one place" in only_fault(mend(here("MULTIPOINT (5 5, 6 6)"), "hazard_sites")).problem


def test_empty_parts_are_left_out_and_said() -> None:
    shape = shapely.multipolygons([here(SQUARE), shapely.Polygon()])
    repair = only_repair(mend(shape))
    assert (Defect.EMPTY_PART,) == repair.defects
    assert "Polygon" == repair.type_after


def test_a_row_without_a_shape_is_a_fault_and_no_crash() -> None:
    result = repaired([None, here(SQUARE), shapely.Point()], VILLAGES, METRIC)
    assert [1, 3] == [fault.row for fault in result.faults]
    assert {"a geometry is required"} == {fault.problem for fault in result.faults}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("layer", ["villages", "roads", "hazard_sites"])
def test_a_coordinate_that_is_no_number_is_named(layer: str, bad: float) -> None:
    with np.errstate(invalid="ignore"):
        shape = {
            "villages": lambda: shapely.polygons([(111.4, 27.6), (111.5, 27.6), (bad, 27.7), (111.4, 27.6)]),
            "roads": lambda: shapely.linestrings([(111.4, 27.6), (111.5, bad)]),
            "hazard_sites": lambda: shapely.points(bad, 27.6),
        }[layer]()
    assert "not a finite number" in only_fault(mend(shape, layer)).problem


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (shapely.Polygon([(179, 10), (-179, 10), (-179, 12), (179, 12)]), "antimeridian"),
        (shapely.Polygon([(170, 10), (-170, 12), (170, 12), (-170, 10)]), "antimeridian"),
        (shapely.Polygon([(-180, -60), (180, -60), (180, -90), (-180, -90)]), "pole"),
        (shapely.Polygon([(10, 80), (20, 90), (20, 80), (10, 90)]), "pole"),
        (shapely.box(542000, 3063000, 543000, 3064000), "not degrees"),
        (shapely.Polygon([(179, 10), (181, 10), (181, 12)]), "not degrees"),
    ],
)
def test_shapes_around_the_antimeridian_or_a_pole_are_not_repaired(shape: Any, problem: str) -> None:
    result = mend(shape)
    assert problem in only_fault(result).problem
    assert shape is result.shapes[0]


def test_a_shape_cut_at_the_antimeridian_is_sound() -> None:
    shape = shapely.MultiPolygon([shapely.box(179, 10, 180, 12), shapely.box(-180, 10, -179, 12)])
    shape = shapely.orient_polygons(shape, exterior_cw=False)
    assert ((), ()) == (mend(shape).repairs, mend(shape).faults)


def test_a_broken_polygon_on_the_other_side_of_the_world_does_not_crash() -> None:
    shape = shapely.transform(here(MENDED["spike outward"][0]), lambda xy: xy - (180, 0))
    result = mend(shape)
    assert 1 == len(result.repairs) + len(result.faults)
    stuttering = shapely.Polygon([(-68, 80), (-68, 80), (-67, 80), (-67, 81)])
    assert (Defect.REPEATED_POINTS,) == only_repair(mend(stuttering)).defects


SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")
@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("boundary_431381_wgs84.geojson", 1),
        ("boundary_431381_gcj02.geojson", 1),
        ("counties_loudi_neighbours_wgs84.geojson", 7),
    ],
)
def test_real_outlines_are_taken_without_moving_a_vertex(file: str, rows: int) -> None:
    shapes = geopandas.read_file(SHARED / file).geometry.values
    result = repaired(shapes, LAYERS["county"], METRIC)
    assert (rows, ()) == (len(result.shapes), result.faults)
    for was, is_now in zip(shapes, result.shapes, strict=True):
        assert area_m2(was) == pytest.approx(area_m2(is_now), rel=1e-9)
        assert set(map(tuple, shapely.get_coordinates(is_now))) <= set(map(tuple, shapely.get_coordinates(was)))


def test_an_unclosed_ring_cannot_arrive() -> None:
    assert shapely.Polygon([(0, 0), (1, 0), (1, 1)]).exterior.is_closed
    with pytest.raises(shapely.errors.GEOSException, match="closed"):
        shapely.from_wkt("POLYGON ((0 0, 1 0, 1 1, 0 1))")


def test_a_table_and_no_rows_come_back_as_they_are() -> None:
    assert 0 == len(repaired([], VILLAGES, METRIC).shapes)
    result = repaired([None, None], LAYERS["stays"], METRIC)
    assert ([None, None], (), ()) == (list(result.shapes), result.repairs, result.faults)


def test_the_callers_shapes_are_not_altered() -> None:
    shapes = np.array([shapely.reverse(here(SQUARE)), here(MENDED["spike outward"][0])], dtype=object)
    before = shapes.copy()
    repaired(shapes, VILLAGES, METRIC)
    assert all(one is other for one, other in zip(before, shapes, strict=True))


def geometry_faults(shapes: Any) -> set[int]:
    frame = geopandas.GeoDataFrame({"code": [None] * len(shapes)}, geometry=shapes, crs="EPSG:4326")
    return {fault.row for fault in check_rows(frame, VILLAGES)[1] if fault.column == "geometry"}


@given(
    st.lists(st.one_of(strategies.scribbles, strategies.outlines(), strategies.nested_shapes, st.none()), max_size=8)
)
def test_each_row_is_mended_or_refused_and_none_is_silently_wrong(shapes: list[Any]) -> None:
    result = repaired(shapes, VILLAGES, METRIC)
    refused = {fault.row for fault in result.faults}
    assert geometry_faults(result.shapes) <= refused
    for row, (was, is_now) in enumerate(zip(shapes, result.shapes, strict=True), start=1):
        if row in refused:
            assert was is is_now
        else:
            assert is_now.geom_type in VILLAGES.shape.value
            assert area_m2(was) == pytest.approx(area_m2(is_now), rel=0.0101)
    said = {repair.row for repair in result.repairs}
    for row, (was, is_now) in enumerate(zip(shapes, result.shapes, strict=True), start=1):
        if row not in said | refused:
            assert shapely.equals_identical(shapely.normalize(is_now), shapely.normalize(shapely.get_parts(was)[0]))


@given(st.lists(strategies.outlines(), min_size=1, max_size=6))
def test_a_sound_polygon_keeps_every_vertex_and_at_most_turns(shapes: list[Any]) -> None:
    result = repaired(shapes, VILLAGES, METRIC)
    assert () == result.faults
    assert all(repair.defects == (Defect.RING_ORDER,) for repair in result.repairs)
    turned = sum(not _is_rfc_7946(shape) for shape in shapes)
    assert turned == sum(repair.rows for repair in result.repairs)
    for was, is_now in zip(shapes, result.shapes, strict=True):
        assert shapely.equals_identical(shapely.normalize(was), shapely.normalize(is_now))
        assert _is_rfc_7946(is_now)


def _is_rfc_7946(polygon: shapely.Polygon) -> bool:
    return polygon.exterior.is_ccw and not any(hole.is_ccw for hole in polygon.interiors)


@given(st.lists(strategies.outlines(), min_size=1, max_size=4), st.booleans(), st.data())
def test_the_census_agrees_with_a_walk_over_every_vertex(shapes: list[Any], multi: bool, data: st.DataObject) -> None:
    stuttering = [_stutter(shape, data.draw(st.booleans())) for shape in shapes]
    rows = [shapely.MultiPolygon(stuttering), *stuttering] if multi else stuttering
    found = census(np.array(rows, dtype=object))
    for row, misturned, repeating in zip(rows, found.misturned, found.repeating, strict=True):
        rings = [ring for part in shapely.get_parts(row) for ring in (part.exterior, *part.interiors)]
        steps = [pair for ring in rings for pair in zip(ring.coords[:-1], ring.coords[1:], strict=True)]
        assert any(start == end for start, end in steps) == repeating
        assert (not all(_is_rfc_7946(part) for part in shapely.get_parts(row))) == misturned


def _stutter(polygon: shapely.Polygon, says_twice: bool) -> shapely.Polygon:
    first, *rest = polygon.exterior.coords
    return shapely.Polygon([first, *([first] if says_twice else []), *rest], polygon.interiors)


@given(st.lists(strategies.nested_shapes, max_size=5))
def test_parts_are_those_of_a_recursive_walk(shapes: list[Any]) -> None:
    parts = parts_of(np.array(shapes, dtype=object))
    for row, shape in enumerate(shapes):
        assert sorted(part.wkt for part in _leaves(shape)) == sorted(part.wkt for part in parts.of(row))


def _leaves(shape: Any) -> list[Any]:
    if hasattr(shape, "geoms"):
        return [leaf for member in shape.geoms for leaf in _leaves(member)]
    return [] if shape.is_empty else [shape]
