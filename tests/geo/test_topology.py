"""How layers lie beside each other: each overlap, gap, stray cell, copy and stray place is named with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from api.settings import SAMPLE_FOLDER
from geo.findings import Finding, FindingKind, Tolerances
from geo.store import open_county
from geo.topology import findings
from tests.county import SIDE, SOUTH, WEST, SmallCounty, centre, corner, square

METRIC = "EPSG:4546"
GEOD = pyproj.Geod(ellps="WGS84")
FIRST, SECOND, NORTH = "431381001200", "431381001201", "431381001001"
"""Two villages side by side in the south-west of the small county, and the one north of the first."""


def geodesic_m2(shape: Any) -> float:
    return abs(GEOD.geometry_area_perimeter(shape)[0])


def reshaped(frame: pd.DataFrame, key: str, code: str, shape: Any) -> pd.DataFrame:
    changed = frame.copy()
    changed.loc[changed[key] == code, "geometry"] = geopandas.GeoSeries(
        [shape] * int((changed[key] == code).sum())
    ).values
    return changed


def found(county: SmallCounty, tolerances: Tolerances | None = None, **changed: pd.DataFrame) -> tuple[Finding, ...]:
    return findings({**county.layers, **changed}, METRIC, tolerances)


def of_kind(all_found: tuple[Finding, ...], kind: FindingKind) -> list[Finding]:
    return [one for one in all_found if one.kind is kind]


def wider(code: str, degrees: float) -> Any:
    """The village reaching further east by `degrees`."""
    west, south = corner(code)
    return shapely.box(west, south, west + SIDE + degrees, south + SIDE)


def test_a_clean_county_has_no_findings(small_county: SmallCounty) -> None:
    assert () == found(small_county)


def test_the_sample_county_has_no_findings() -> None:
    county = open_county(SAMPLE_FOLDER)
    assert () == findings(county.layers, county.atlas.metric_crs)


def test_an_overlap_names_both_villages_and_its_area(small_county: SmallCounty) -> None:
    villages = reshaped(small_county.layers["villages"], "code", FIRST, wider(FIRST, 0.001))
    (overlap,) = found(small_county, villages=villages)
    assert (FindingKind.OVERLAP, (FIRST, SECOND)) == (overlap.kind, overlap.keys)
    west, south = corner(SECOND)
    common = shapely.box(west, south, west + 0.001, south + SIDE)
    assert overlap.area_m2 == pytest.approx(geodesic_m2(common), rel=1e-3)
    assert common.contains(shapely.Point(overlap.lon, overlap.lat))
    rows = small_county.layers["villages"]["code"].tolist()
    assert (rows.index(FIRST) + 1, rows.index(SECOND) + 1) == overlap.rows


def test_a_gap_names_the_villages_around_it_and_its_area(small_county: SmallCounty) -> None:
    villages = reshaped(small_county.layers["villages"], "code", FIRST, wider(FIRST, -0.001))
    (gap,) = of_kind(found(small_county, villages=villages), FindingKind.GAP)
    assert {FIRST, SECOND, NORTH} <= set(gap.keys)
    west, south = corner(SECOND)
    open_ground = shapely.box(west - 0.001, south, west, south + SIDE)
    assert gap.area_m2 == pytest.approx(geodesic_m2(open_ground), rel=1e-3)
    assert open_ground.contains(shapely.Point(gap.lon, gap.lat))


def test_a_gap_that_opens_to_the_outside_needs_the_outline_and_an_enclosed_one_does_not(
    small_county: SmallCounty,
) -> None:
    west, south = corner(FIRST)
    hollow = square(west, south).difference(shapely.box(west + 0.005, south + 0.005, west + 0.006, south + 0.006))
    for shape, alone in ((wider(FIRST, -0.001), 0), (hollow, 1)):
        villages = reshaped(small_county.layers["villages"], "code", FIRST, shape)
        assert alone == len(findings({"villages": villages}, METRIC))
        both = {"villages": villages, "county": small_county.layers["county"]}
        assert 1 == len(findings(both, METRIC))


def test_a_missing_village_is_one_gap_among_its_neighbours(small_county: SmallCounty) -> None:
    rows = small_county.layers["villages"]
    gaps = of_kind(found(small_county, villages=rows[rows["code"] != FIRST]), FindingKind.GAP)
    (gap,) = gaps
    assert gap.area_m2 == pytest.approx(geodesic_m2(square(*corner(FIRST))), rel=1e-3)


def test_slits_of_rounding_are_no_findings_and_wider_ones_are(small_county: SmallCounty) -> None:
    for degrees, named in ((5e-7, 0), (1e-5, 1)):  # 5 cm and 1 m over 2 km: 110 m2 and 2200 m2
        for sign in (-1, 1):
            villages = reshaped(small_county.layers["villages"], "code", FIRST, wider(FIRST, sign * degrees))
            pairs = [one for one in found(small_county, villages=villages) if one.layer == "villages"]
            assert named == len(pairs)


def test_the_tolerances_are_the_callers(small_county: SmallCounty) -> None:
    villages = reshaped(small_county.layers["villages"], "code", FIRST, wider(FIRST, 1e-5))
    assert () == found(small_county, Tolerances(area_m2=3000), villages=villages)
    assert () == found(small_county, Tolerances(width_m=2), villages=villages)
    assert 1 == len(found(small_county, Tolerances(area_m2=2000, width_m=0.5), villages=villages))


def test_a_vertex_half_way_along_a_neighbours_edge_opens_no_slit(small_county: SmallCounty) -> None:
    # In metres the straight edge of 8 km would bend away from the vertex by far more than the tolerance.
    left = shapely.Polygon([(111.4, 27.6), (111.5, 27.6), (111.5, 27.68), (111.4, 27.68)])
    right = shapely.Polygon([(111.5, 27.6), (111.6, 27.6), (111.6, 27.68), (111.5, 27.68), (111.5, 27.65)])
    below = shapely.Polygon([(111.4, 27.5), (111.6, 27.5), (111.6, 27.6), (111.55, 27.6), (111.4, 27.6)])
    frame = geopandas.GeoDataFrame({"code": [FIRST, SECOND, NORTH]}, geometry=[left, right, below], crs="EPSG:4326")
    assert () == findings({"villages": frame}, METRIC, Tolerances(area_m2=0.01, width_m=0))


def test_a_grid_outside_its_village_says_how_much(small_county: SmallCounty) -> None:
    west, south = corner(FIRST)
    cell = shapely.box(west - SIDE / 2, south, west + SIDE / 2, south + SIDE / 2)
    grids = reshaped(small_county.layers["grids"], "code", f"{FIRST}001", cell)
    (outside,) = found(small_county, grids=grids)
    assert (FindingKind.GRID_OUTSIDE, (f"{FIRST}001",), FIRST) == (outside.kind, outside.keys, outside.village_code)
    assert outside.share == pytest.approx(0.5, abs=1e-4)
    assert outside.area_m2 == pytest.approx(geodesic_m2(cell) / 2, rel=1e-3)


def test_a_grid_without_a_village_code_belongs_to_its_prefix(small_county: SmallCounty) -> None:
    grids = small_county.layers["grids"].drop(columns="village_code")
    assert () == found(small_county, grids=grids)
    west, south = corner(SECOND)
    moved = reshaped(grids, "code", f"{FIRST}001", square(west, south, SIDE / 4))
    (outside,) = found(small_county, grids=moved)
    assert (FindingKind.GRID_OUTSIDE, 1.0) == (outside.kind, pytest.approx(outside.share))


def test_a_grid_whose_code_and_village_disagree_is_named(small_county: SmallCounty) -> None:
    grids = small_county.layers["grids"].copy()
    grids.loc[grids["code"] == f"{FIRST}001", "village_code"] = SECOND
    kinds = {one.kind for one in found(small_county, grids=grids)}
    assert {FindingKind.GRID_CODE, FindingKind.GRID_OUTSIDE} == kinds


def test_one_code_in_several_rows_is_named_with_the_rows(small_county: SmallCounty) -> None:
    teams = small_county.layers["teams"].copy()
    teams.loc[4, "team_id"] = teams.loc[1, "team_id"]
    (same,) = of_kind(found(small_county, teams=teams), FindingKind.SAME_CODE)
    assert ("teams", (2, 5)) == (same.layer, same.rows)
    assert ("team_id", 2) == (same.warning().column, same.warning().row)


def test_one_outline_under_two_codes_is_named_wherever_its_ring_begins(small_county: SmallCounty) -> None:
    west, south = corner(SECOND)
    ring = list(square(west, south).exterior.coords)[:-1]
    villages = reshaped(small_county.layers["villages"], "code", FIRST, shapely.Polygon(ring[2:] + ring[:2]))
    (same,) = of_kind(found(small_county, villages=villages), FindingKind.SAME_SHAPE)
    assert {FIRST, SECOND} == set(same.keys)


def test_two_hazards_of_one_place_are_copies_when_they_are_of_one_kind(small_county: SmallCounty) -> None:
    sites = reshaped(
        small_county.layers["hazard_sites"], "site_id", "431381010002", small_county.layers["hazard_sites"].geometry[0]
    )
    assert () == found(small_county, hazard_sites=sites)
    sites["kind"] = sites["kind"].iloc[0]
    (same,) = found(small_county, hazard_sites=sites)
    assert (FindingKind.SAME_SHAPE, ("431381010001", "431381010002")) == (same.kind, same.keys)


def test_a_place_outside_its_village_says_how_far_and_where_it_lies(small_county: SmallCounty) -> None:
    west, south = corner(SECOND)
    teams = reshaped(small_county.layers["teams"], "team_id", "C03", shapely.Point(west + 0.01, south + 0.01))
    (outside,) = found(small_county, teams=teams)
    assert ("teams", ("C03",), FIRST, SECOND) == (
        outside.layer,
        outside.keys,
        outside.village_code,
        outside.found_in,
    )
    assert outside.distance_m == pytest.approx(GEOD.inv(west, south + 0.01, west + 0.01, south + 0.01)[2], rel=1e-3)


def test_a_hazard_site_without_a_village_or_within_the_tolerance_is_no_finding(small_county: SmallCounty) -> None:
    west, south = corner("431381002001")
    edge = shapely.Point(west + 0.01, south + SIDE + 8 / 111_000)  # 8 m north of the village and of the county
    sites = reshaped(small_county.layers["hazard_sites"], "site_id", "431381010001", edge)
    assert () == found(small_county, hazard_sites=sites)
    (outside,) = found(small_county, Tolerances(place_m=5), hazard_sites=sites)
    assert outside.distance_m == pytest.approx(8, abs=0.2)
    assert outside.found_in is None


def test_rows_without_key_or_sound_shape_are_left_out(small_county: SmallCounty) -> None:
    villages = small_county.layers["villages"].copy()
    crossed = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    extra = geopandas.GeoDataFrame(
        {"code": [None, "431381009001", "431381009002"]}, geometry=[centre(FIRST).buffer(0.01), None, crossed]
    ).set_crs("EPSG:4326")
    assert () == found(small_county, villages=pd.concat([villages, extra], ignore_index=True))


def test_missing_and_empty_layers_show_nothing(small_county: SmallCounty) -> None:
    assert () == findings({}, METRIC)
    assert () == findings({"county": small_county.layers["county"]}, METRIC)
    assert () == findings({name: frame.iloc[:0] for name, frame in small_county.layers.items()}, METRIC)


def test_every_finding_becomes_a_warning_in_words(small_county: SmallCounty) -> None:
    west, south = corner(SECOND)
    villages = reshaped(small_county.layers["villages"], "code", FIRST, square(west, south))
    teams = small_county.layers["teams"].copy()
    teams.loc[4, "team_id"] = teams.loc[1, "team_id"]
    grids = small_county.layers["grids"].copy()
    grids.loc[grids["code"] == f"{FIRST}001", "village_code"] = "431381002001"
    all_found = found(small_county, villages=villages, teams=teams, grids=grids)
    assert set(FindingKind) == {one.kind for one in all_found}
    for one in all_found:
        warning = one.warning()
        assert (one.layer, one.keys[0], one.rows[0]) == (warning.layer, warning.key, warning.row)
        assert "None" not in warning.problem
        assert warning.advice


_boxes = st.builds(
    lambda west, south, width, height: shapely.box(
        WEST + west / 1000, SOUTH + south / 1000, WEST + (west + width) / 1000, SOUTH + (south + height) / 1000
    ),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(1, 8),
    st.integers(1, 8),
)


@given(st.lists(_boxes, min_size=1, max_size=8, unique_by=lambda box: box.wkt), _boxes)
def test_overlaps_and_gaps_are_those_of_a_slow_loop_over_all_pairs(boxes: list[Any], outline: Any) -> None:
    codes = [f"4313810012{number:02d}" for number in range(len(boxes))]
    villages = geopandas.GeoDataFrame({"code": codes}, geometry=boxes, crs="EPSG:4326")
    county = geopandas.GeoDataFrame({"code": ["431381"]}, geometry=[outline], crs="EPSG:4326")
    all_found = findings({"villages": villages, "county": county}, METRIC)
    overlaps = {one.keys: one.area_m2 for one in of_kind(all_found, FindingKind.OVERLAP)}
    slow = _slow_overlaps(dict(zip(codes, boxes, strict=True)))
    assert slow.keys() == overlaps.keys()
    for pair, area_m2 in slow.items():
        assert overlaps[pair] == pytest.approx(area_m2, rel=1e-3)
    open_m2 = sum(one.area_m2 or 0 for one in of_kind(all_found, FindingKind.GAP))
    assert open_m2 == pytest.approx(_slow_open_m2(boxes, outline), rel=1e-3)


def _slow_overlaps(shapes: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    pairs = {}
    for one, shape in shapes.items():
        for other, another in shapes.items():
            common = shape.intersection(another)
            if one < other and common.area > 0:
                pairs[one, other] = geodesic_m2(common)
    return pairs


def _slow_open_m2(boxes: list[Any], outline: Any) -> float:
    """Square by square of a thousandth of a degree: in no village, and in the outline or enclosed by villages."""
    covered = {(column, row) for column in range(-1, 22) for row in range(-1, 22) if _is_in(boxes, column, row)}
    outside = {(-1, -1)}
    queue = [(-1, -1)]
    while queue:
        column, row = queue.pop()
        for beside in ((column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)):
            inside_frame = -1 <= min(beside) and max(beside) <= 21
            if inside_frame and beside not in covered and beside not in outside:
                outside.add(beside)
                queue.append(beside)
    total_m2 = 0.0
    for column in range(21):
        for row in range(21):
            enclosed = (column, row) not in outside
            if (column, row) not in covered and (enclosed or _is_in([outline], column, row)):
                total_m2 += geodesic_m2(square(WEST + column / 1000, SOUTH + row / 1000, 0.001))
    return total_m2


def _is_in(boxes: list[Any], column: int, row: int) -> bool:
    middle = shapely.Point(WEST + (column + 0.5) / 1000, SOUTH + (row + 0.5) / 1000)
    return any(box.contains(middle) for box in boxes)
