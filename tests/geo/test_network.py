"""From lines to a network: where roads join and where not, what each may be driven at, and what lies apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geo import crs
from geo.intake.osm import county_from_osm
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.network import joints
from geo.network.building import Built, RoadArrays, arrays_of, build, from_arrays
from geo.network.graph import NO_WAY, RoadNetwork
from geo.network.speeds import DEFAULT_SPEEDS, Profile, SpeedTable, speed_table
from geo.synthetic import SyntheticCounty, lengshuijiang
from geo.terms import RoadClass, Surface
from tests import networks

METRIC_CRS = "EPSG:4546"
EAST_M, NORTH_M = 540_000.0, 3_060_000.0
ANDORRA = Path(__file__).resolve().parents[3] / "shared" / "data" / "andorra-2023.osm.pbf"

Line = Sequence[tuple[float, float]]


def degrees(line: Line) -> Any:
    """A line in metres from a corner of the county, in degrees."""
    return crs.to_degrees(shapely.LineString([(EAST_M + x_m, NORTH_M + y_m) for x_m, y_m in line]), METRIC_CRS)


def roads_of(*lines: Line | Any, **columns: Any) -> pd.DataFrame:
    """A checked layer of roads: lines in metres, or shapes; columns as one value for all or a list."""
    shapes = [line if isinstance(line, shapely.Geometry) else degrees(line) for line in lines]
    said = {"road_class": "tertiary", "surface": "paved", **columns}
    rows = pd.DataFrame({"road_id": [f"R{row:03d}" for row in range(len(lines))]})
    for name, value in said.items():
        rows[name] = pd.Series(value if isinstance(value, list) else [value] * len(lines), dtype=object)
    return check(geopandas.GeoDataFrame(rows, geometry=shapes, crs=crs.WGS84), LAYERS["roads"])


def built(*lines: Line | Any, profile: Profile = Profile(), **columns: Any) -> Built:  # noqa: B008  # a frozen value
    return build(roads_of(*lines, **columns), DEFAULT_SPEEDS, profile, METRIC_CRS)


def places(network: RoadNetwork) -> list[tuple[int, int]]:
    """The nodes in whole metres from the corner, sorted."""
    x_m, y_m = np.rint(network.node_x_m - EAST_M), np.rint(network.node_y_m - NORTH_M)
    return sorted(zip(x_m.astype(int).tolist(), y_m.astype(int).tolist(), strict=True))


# Where lines join

ALONG, ACROSS = [(0, 0), (100, 0)], [(50, -50), (50, 50)]
CROSS = [(0, 0), (50, -50), (50, 0), (50, 50), (100, 0)]
APART = [(0, 0), (50, -50), (50, 50), (100, 0)]


@pytest.mark.parametrize(
    ("nodes", "lines", "said"),
    [
        pytest.param(CROSS, [ALONG, ACROSS], {}, id="on one level without a common vertex"),
        pytest.param(CROSS, [ALONG, ACROSS], {"level": [2, 2]}, id="both on level 2"),
        pytest.param(APART, [ALONG, ACROSS], {"level": [0, 1]}, id="on two levels"),
        pytest.param(APART, [ALONG, ACROSS], {"bridge": [False, True]}, id="under a bridge"),
        pytest.param(APART, [ALONG, ACROSS], {"tunnel": [False, True]}, id="over a tunnel"),
        pytest.param(APART, [ALONG, ACROSS], {"bridge": True, "level": [1, 1]}, id="two bridges on one level"),
        pytest.param(
            CROSS, [[(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]], {}, id="at a shared inner vertex"
        ),
        pytest.param(
            CROSS,
            [[(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]],
            {"bridge": [False, True]},
            id="at a vertex that a bridge shares, as OpenStreetMap has it",
        ),
        pytest.param(
            [(0, 0), (50, 0), (100, 0)],
            [[(0, 0), (50, 0)], [(50, 0), (100, 0)]],
            {"bridge": [False, True]},
            id="where a bridge begins",
        ),
        pytest.param(CROSS, [[(0, 0), (50, 0), (100, 0)], ACROSS], {}, id="through a vertex of one"),
        pytest.param(
            [(0, 0), (50, 0), (50, 50), (100, 0)], [ALONG, [(50, 0), (50, 50)]], {}, id="an end on a line's interior"
        ),
        pytest.param(
            [(0, 0), (50, 0), (50, 50), (100, 0)],
            [ALONG, [(50, 0.6), (50, 50)]],
            {},
            id="an end 0.6 m short of a line",
        ),
        pytest.param(
            [(0, 0), (50, 1), (50, 50), (100, 0)], [ALONG, [(50, 1.2), (50, 50)]], {}, id="an end 1.2 m short is loose"
        ),
        pytest.param(
            [(0, 0), (50, 0), (50, 50), (100, 0)],
            [ALONG, [(50, -0.6), (50, 50)]],
            {},
            id="an end 0.6 m beyond a line leaves no stub",
        ),
        pytest.param(
            [(0, 0), (50, 0), (100, 0)], [[(0, 0), (50, 0)], [(50.7, 0.3), (100, 0)]], {}, id="two ends 0.8 m apart"
        ),
        pytest.param(
            [(0, 0), (50, 0), (100, 0)],
            [[(0, 0), (50, 0)], [(50.7, 0.3), (100, 0)]],
            {"bridge": [False, True]},
            id="a bridge's end 0.8 m from the road's",
        ),
        pytest.param(
            [(0, 0), (50, 1), (50, 50), (100, 0)],
            [ALONG, [(50, 0.6), (50, 50)]],
            {"bridge": [True, False]},
            id="an end 0.6 m short of a bridge's interior is under it",
        ),
        pytest.param(
            [(0, 0), (50, 0), (50, 50), (100, 0)],
            [ALONG, [(50, 0.6), (50, 50)]],
            {"bridge": [False, True]},
            id="a bridge comes down to the ground",
        ),
        pytest.param(
            [(0, 0), (50, -50), (50, 0), (50, 50), (100, 0)],
            [ALONG, [(50, -50), (50, -0.4)], [(50.3, 0.4), (50, 50)]],
            {},
            id="two ends that miss a line from both sides",
        ),
        pytest.param(
            [(0, 0), (0, 100), (50, 0), (50, 50), (50, 100), (100, 0), (100, 100)],
            [[(0, 0), (100, 100)], [(0, 100), (100, 0)], [(50, 0), (50, 100)]],
            {},
            id="three lines through one place",
        ),
        pytest.param(
            [(0, 0), (100, 0)], [[(0, 0), (50, 0), (100, 0)], [(0, 0), (50, 20), (100, 0)]], {}, id="two parallel ways"
        ),
        pytest.param([(0, 0)], [[(0, 0), (50, 0), (50, 50), (0, 0)]], {}, id="a line closed on itself"),
        pytest.param(
            [(0, 0), (50, 0)],
            [[(0, 0), (100, 0), (100, 50), (50, 50), (50, 0.5)]],
            {},
            id="a line that comes back to its own middle",
        ),
        pytest.param(
            [(0, 0), (50, -50), (50, 0)],
            [[(0, 0), (100, 0), (100, 50), (50, 50), (50, -50)]],
            {},
            id="a line that crosses itself",
        ),
    ],
)
def test_lines_join_where_one_can_turn_and_nowhere_else(
    nodes: list[tuple[int, int]], lines: list[Line], said: dict[str, Any]
) -> None:
    assert sorted(nodes) == places(built(*lines, **said).network)


def test_the_parts_of_one_road_are_lines_of_their_own() -> None:
    road = shapely.MultiLineString([degrees(ALONG), degrees([(200, 0), (300, 0)])])
    network = built(road, degrees(ACROSS)).network
    assert [(0, 0), (50, -50), (50, 0), (50, 50), (100, 0), (200, 0), (300, 0)] == places(network)
    assert {0: 3, 1: 2} == {road: int(np.count_nonzero(network.road == road)) for road in (0, 1)}


def test_vertices_that_agree_to_a_tenth_of_a_millimetre_are_one() -> None:
    first, second = degrees([(0, 0), (50, 0)]), degrees([(50, 0), (100, 0)])
    nudged = shapely.transform(second, lambda places: places + 4e-10)
    assert 3 == built(first, nudged).network.nodes


def test_a_loop_that_touches_nothing_is_one_segment_from_a_node_to_itself() -> None:
    network = built([(0, 0), (50, 0), (50, 50), (0, 0)], [(200, 0), (300, 0)]).network
    (loop,) = np.flatnonzero(network.segment_from == network.segment_to).tolist()
    assert 4 == network.vertex_start[loop + 1] - network.vertex_start[loop]
    assert 1 == network.outside_main


def test_roads_drawn_twice_are_two_ways_between_the_same_nodes() -> None:
    network = built(ALONG, ALONG, speed_kph=[20, 40]).network
    assert (2, 2) == (network.nodes, network.segments)
    assert network.forward_ms[0] == pytest.approx(2 * network.forward_ms[1], abs=1)


def test_a_line_that_stands_still_is_no_road_and_the_others_are_kept() -> None:
    still = RoadArrays(
        start=np.array([0, 2, 4]),
        lon=np.array([111.4, 111.4, 111.4, 111.401]),
        lat=np.full(4, 27.6),
        road=np.array([0, 1], dtype=np.int32),
        level=np.zeros(2, dtype=np.int32),
        spans=np.zeros(2, dtype=bool),
        speed_kph=np.full(2, 30.0),
        oneway=np.zeros(2, dtype=bool),
    )
    assert [1] == from_arrays(still, Profile(), METRIC_CRS).network.road.tolist()


def test_no_roads_make_an_empty_network() -> None:
    made = built(ALONG, road_class="track", profile=Profile(may_use_tracks=False))
    assert (0, 0) == (made.network.nodes, made.network.segments)
    assert {"track": 1} == dict(made.report.left_out)


# Any lines: the network against slow splitting, piece by piece

STEP_M = 100.0
_lattice = st.tuples(st.integers(0, 5), st.integers(0, 5))
drawings = st.lists(
    st.tuples(st.lists(_lattice, min_size=2, max_size=4, unique=True), st.sampled_from(["", "", "", "bridge"])),
    min_size=1,
    max_size=7,
)


def slow_ways(lines: Sequence[Line], is_bridge: Sequence[bool]) -> np.ndarray:
    """Metres from each end of a line to each: every piece cut at every place where it meets another and may join it."""
    pieces = [(row, one, two) for row, line in enumerate(lines) for one, two in pairwise(line)]
    ends = [place for line in lines for place in (line[0], line[-1])]
    used = [place for line in lines for place in line]
    loose = {place for place in ends if used.count(place) == 1}
    cuts: list[set[tuple[float, float]]] = [{one, two} for _, one, two in pieces]
    steps: list[tuple[Any, Any, float]] = []
    for (a, (row, *piece)), (b, (other, *beside)) in combinations(enumerate(pieces), 2):
        met = shapely.intersection(shapely.LineString(piece), shapely.LineString(beside))
        for place in map(tuple, shapely.get_coordinates(met).round(6).tolist()):
            on_ground = not is_bridge[row] and not is_bridge[other]
            ends_here = place in loose and place in piece and is_bridge[other] <= is_bridge[row]
            ends_there = place in loose and place in beside and is_bridge[row] <= is_bridge[other]
            if on_ground or ends_here or ends_there or (place in piece and place in beside):
                cuts[a].add(place)
                cuts[b].add(place)
                steps.append(((a, place), (b, place), 1e-6))
    for a, (_, one, _) in enumerate(pieces):
        along = sorted(cuts[a], key=lambda place, one=one: np.hypot(place[0] - one[0], place[1] - one[1]))
        steps += [((a, p), (a, q), float(np.hypot(p[0] - q[0], p[1] - q[1]))) for p, q in pairwise(along)]
    number = {place: row for row, place in enumerate({place: 0 for step in steps for place in step[:2]})}
    size = np.cumsum([0, *(len(line) - 1 for line in lines)])
    wanted = [(size[row + last] - last, line[-last]) for row, line in enumerate(lines) for last in (0, 1)]
    tail, head, metres = zip(*((number[one], number[two], m) for one, two, m in steps), strict=True)
    return between(len(number), tail, head, metres, [number[place] for place in wanted])


def between(count: int, tail: Any, head: Any, metres: Any, wanted: list[int]) -> np.ndarray:
    """Metres from each of the wanted nodes to each."""
    shortest: dict[tuple[int, int], float] = {}
    for one, other, length in zip(tail, head, metres, strict=True):
        shortest[one, other] = min(length, shortest.get((one, other), np.inf))
    rows, columns = np.array(list(shortest)).T
    graph = coo_array((list(shortest.values()), (rows, columns)), shape=(count, count)).tocsr()
    return dijkstra(graph, directed=False, indices=wanted)[:, wanted]


@given(drawings)
@example([([(0, 0), (4, 0)], ""), ([(1, 0), (3, 0)], ""), ([(2, 0), (2, 3)], "")])
@example([([(0, 0), (4, 4)], "bridge"), ([(0, 4), (2, 2), (4, 0)], ""), ([(2, 2), (2, 5)], "")])
@example([([(0, 0), (2, 2)], ""), ([(0, 0), (2, 2)], ""), ([(1, 1), (3, 3)], "")])
@example([([(0, 1), (3, 4)], ""), ([(0, 0), (2, 3), (0, 1)], "bridge"), ([(2, 0), (2, 4)], "")])
def test_every_way_is_as_long_as_by_slow_splitting(drawing: list[tuple[Line, str]]) -> None:
    lines = [[(x * STEP_M, y * STEP_M) for x, y in line] for line, _ in drawing]
    is_bridge = [word == "bridge" for _, word in drawing]
    with patch.object(joints, "_shared_inside", return_value=0):  # taken as a source that marks no junction
        network = built(*lines, bridge=is_bridge).network
    first, last = (np.searchsorted(network.road, np.arange(len(lines)), side=side) for side in ("left", "right"))
    ends = np.stack([network.segment_from[first], network.segment_to[last - 1]], axis=1).ravel()
    found = between(network.nodes, network.segment_from, network.segment_to, _planar_m(network), ends.tolist())
    np.testing.assert_allclose(found, slow_ways(lines, is_bridge), atol=0.5)


def _planar_m(network: RoadNetwork) -> np.ndarray:
    pieces_m = np.hypot(np.diff(network.vertex_x_m), np.diff(network.vertex_y_m))
    pieces_m[network.vertex_start[1:-1] - 1] = 0
    return np.add.reduceat(pieces_m, network.vertex_start[:-1])


@given(drawings)
def test_splitting_neither_makes_nor_loses_road(drawing: list[tuple[Line, str]]) -> None:
    lines = [[(x * STEP_M, y * STEP_M) for x, y in line] for line, _ in drawing]
    network = built(*lines).network
    roads_m = [crs.ELLIPSOID.geometry_length(degrees(line)) for line in lines]
    split_m = np.bincount(network.road, weights=network.length_m, minlength=len(lines))
    np.testing.assert_allclose(roads_m, split_m, atol=0.01)


# Speeds, directions, the profile


def test_a_road_takes_its_length_by_its_speed_in_whole_milliseconds() -> None:
    network = built(ALONG, road_class="primary").network
    length_m = crs.ELLIPSOID.geometry_length(degrees(ALONG))
    assert pytest.approx(length_m, abs=1e-6) == network.length_m[0]
    assert int(length_m * 3600 / 60 + 0.5) == network.forward_ms[0] == network.backward_ms[0]


def test_the_shortest_way_takes_a_millisecond() -> None:
    assert 1 == built([(0, 0), (0.001, 0)], road_class="motorway").network.forward_ms[0]


@pytest.mark.parametrize(
    ("expected_kph", "said"),
    [
        (40, {"road_class": "tertiary"}),
        (40, {"road_class": "tertiary", "surface": None}),
        (25, {"road_class": "tertiary", "surface": "unpaved"}),
        (10, {"road_class": "track", "surface": None}),
        (15, {"road_class": "track", "surface": "paved"}),
        (30, {"road_class": "tertiary", "speed_kph": 30}),
        (40, {"road_class": "tertiary", "speed_kph": 90}),
    ],
)
def test_a_speed_is_the_tables_capped_by_the_roads_own(expected_kph: float, said: dict[str, Any]) -> None:
    assert [expected_kph] == DEFAULT_SPEEDS.of_roads(roads_of(ALONG, **said)).tolist()


def speeds_of(*rows: dict[str, Any]) -> SpeedTable:
    return speed_table(check(pd.DataFrame(list(rows), dtype=object), LAYERS["speeds"]))


def test_the_countys_rows_override_the_defaults_and_a_named_surface_wins() -> None:
    track, primary = {"road_class": "track"}, {"road_class": "primary", "surface": "unpaved", "speed_kph": 33}
    table = speeds_of({**track, "speed_kph": 9}, {**track, "surface": "unpaved", "speed_kph": 6}, primary).kph
    assert (9, 6) == tuple(table[RoadClass.TRACK, surface] for surface in Surface)
    assert (60, 33) == tuple(table[RoadClass.PRIMARY, surface] for surface in Surface)
    assert speed_table(check(pd.DataFrame({"road_class": []}), LAYERS["speeds"])) == DEFAULT_SPEEDS


def test_a_row_of_the_speeds_is_known_by_its_class_and_surface() -> None:
    rows = pd.DataFrame({"road_class": ["track", "track"], "surface": ["unpaved", None], "speed_kph": [9, 8]})
    assert ["track/unpaved", "track"] == list(check(rows, LAYERS["speeds"])["road_kind"])


def test_every_class_on_every_surface_has_a_speed_and_an_unpaved_road_is_slower() -> None:
    for road_class in RoadClass:
        assert 0 < DEFAULT_SPEEDS.kph[road_class, Surface.UNPAVED] < DEFAULT_SPEEDS.kph[road_class, Surface.PAVED]


def test_a_one_way_street_is_no_way_against_its_line_unless_a_factor_lets_responders() -> None:
    plain = built(ALONG, oneway=True).network
    assert (NO_WAY, 1) == (plain.backward_ms[0], len(plain.leaving.arc))
    allowed = built(ALONG, oneway=True, profile=Profile(against_oneway_factor=2.5)).network
    assert 2.5 * plain.forward_ms[0] == pytest.approx(allowed.backward_ms[0], abs=1)
    assert plain.forward_ms[0] == allowed.forward_ms[0]


@pytest.mark.parametrize(
    ("reason", "profile", "said"),
    [
        ("track", Profile(may_use_tracks=False), {"road_class": ["track", "primary"]}),
        ("gated", Profile(may_pass_gates=False), {"gated": [True, False]}),
    ],
)
def test_a_profile_leaves_roads_out_and_says_how_many(reason: str, profile: Profile, said: dict[str, Any]) -> None:
    made = built(ALONG, ACROSS, profile=profile, **said)
    assert [1] == made.network.road.tolist()
    assert {reason: 1} == dict(made.report.left_out)
    assert 5 == built(ALONG, ACROSS, **said).network.nodes


# Components and the report


def test_nodes_that_cannot_be_left_or_reached_lie_outside_the_largest_component() -> None:
    dead_end, island = [(100, 0), (200, 0)], [(500, 0), (600, 0)]
    made = built(ALONG, dead_end, island, oneway=[False, True, False])
    assert 3 == made.report.outside_main == made.network.outside_main
    main = {place for place, part in zip(_rounded(made.network), made.network.node_component, strict=True) if part == 0}
    assert {(0, 0), (100, 0)} == main
    assert 2 == len(set(made.network.node_island.tolist()))


def _rounded(network: RoadNetwork) -> list[tuple[float, float]]:
    x_m, y_m = np.rint(network.node_x_m - EAST_M), np.rint(network.node_y_m - NORTH_M)
    return list(zip(x_m.tolist(), y_m.tolist(), strict=True))


def test_the_report_counts_what_joined_without_a_common_vertex() -> None:
    report = built(ALONG, ACROSS, [(80, 0.5), (80, 60)], [(20, -50), (20, -0.5)]).report
    assert (1, 2) == (report.crossings, report.ends_joined)
    assert (4, 9, 8, 0) == (report.roads, report.nodes, report.segments, report.outside_main)
    assert "0 nodes lie outside the largest component; 1 crossings and 2 loose ends joined" in report.note


def test_a_source_that_marks_its_junctions_is_not_joined_where_it_marks_none() -> None:
    marked = [[(0, 200), (50, 200), (100, 200)], [(50, 150), (50, 200), (50, 250)]]
    report = built(ALONG, ACROSS, *marked).report
    assert (0, 1) == (report.crossings, report.crossings_left)
    assert "1 crossings left apart, as the source marks its junctions" in report.note


# Whole counties


@pytest.fixture(scope="module")
def county() -> SyntheticCounty:
    return lengshuijiang()


def test_the_sample_is_one_component_whose_lines_join_at_their_ends_alone(county: SyntheticCounty) -> None:
    roads = county.layers["roads"]
    made = build(roads, DEFAULT_SPEEDS, Profile(), METRIC_CRS)
    ends = {place for line in roads.geometry for place in (line.coords[0], line.coords[-1])}
    assert (len(ends), len(roads)) == (made.report.nodes, made.report.segments)
    assert (0, 0, 0) == (made.report.outside_main, made.report.crossings, made.report.ends_joined)


@pytest.mark.skipif(not ANDORRA.exists(), reason="the Andorra extract is not here")
def test_andorras_roads_are_split_where_ways_share_nodes() -> None:
    made = county_from_osm(ANDORRA)
    roads = made.layers["roads"]
    network = build(roads, DEFAULT_SPEEDS, Profile(), made.metric_crs)
    used: dict[tuple[float, float], int] = {}
    ends = set()
    for line in roads.geometry.explode():  # three roads are cut at bollards and a block
        for place in line.coords:
            used[place] = used.get(place, 0) + 1
        ends |= {line.coords[0], line.coords[-1]}
    junctions = sum(count > 1 or place in ends for place, count in used.items())
    assert (5502, 6508, 177) == (network.report.nodes, network.report.segments, network.report.outside_main)
    left = (network.report.crossings, network.report.crossings_left, network.report.ends_joined)
    assert (0, 27, 0) == left  # OpenStreetMap marks its junctions: a crossing without one is no junction
    assert junctions == network.report.nodes
    assert np.isclose(
        sum(map(crs.ELLIPSOID.geometry_length, roads.geometry)), network.network.length_m.sum(), rtol=1e-9
    )


def test_a_made_up_town_of_any_size_is_one_network() -> None:
    report = networks.network(3000).report
    assert 2700 < report.nodes < 3300
    assert report.outside_main < 0.02 * report.nodes
    assert 0 == report.crossings


def test_arrays_hold_all_that_a_network_is_made_of() -> None:
    roads = roads_of(ALONG, ACROSS)
    arrays = arrays_of(roads, DEFAULT_SPEEDS, Profile())
    assert built(ALONG, ACROSS).report == from_arrays(arrays, Profile(), METRIC_CRS).report
