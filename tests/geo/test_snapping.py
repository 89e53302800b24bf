"""Snapping: the roads near a place are those of measuring the way to every road."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.network.graph import NO_WAY, RoadNetwork
from geo.network.snapping import Snapper, Snaps
from geo.network.speeds import WALKING, Walking
from tests import oracles, roads
from tests.roads import needs_andorra, network_of, networks

BOTH_WAYS = (60_000, 60_000)


def lines_of(network: RoadNetwork) -> list[shapely.LineString]:
    vertices = np.stack([network.vertex_x_m, network.vertex_y_m], axis=1)
    return [shapely.LineString(part) for part in np.split(vertices, network.vertex_start[1:-1])]


def main_of(network: RoadNetwork) -> list[bool]:
    """Whether each segment touches the largest strong component."""
    component = network.node_component
    return ((component[network.segment_from] == 0) | (component[network.segment_to] == 0)).tolist()


def equals_measuring_every_road(
    network: RoadNetwork, lines: list[shapely.LineString], walking: Walking, snaps: Snaps, x_m: float, y_m: float
) -> None:
    """To a micrometre; roads that are equally near may stand in either order."""
    expected, nearest_m = oracles.near_roads(lines, main_of(network), x_m, y_m, walking.limit_m)
    count = len(expected)
    segments, gaps_m = snaps.segment[0, :count].tolist(), snaps.gap_m[0, :count].tolist()
    assert [-1] * (16 - count) == snaps.segment[0, count:].tolist()
    assert pytest.approx([gap_m for gap_m, _ in expected], abs=1e-6) == gaps_m
    assert pytest.approx(nearest_m, abs=1e-6) == snaps.nearest_m[0]
    assert count == len(set(segments))
    pairs = list(zip(gaps_m, segments, strict=True))
    assert sorted(pairs) == pairs
    place = shapely.Point(x_m, y_m)
    for column, segment in enumerate(segments):
        assert lines[segment].distance(place) == pytest.approx(gaps_m[column], abs=1e-6)
        foot = lines[segment].interpolate(snaps.share[0, column], normalized=True)
        assert foot.distance(place) == pytest.approx(gaps_m[column], abs=1e-6)
        walk_ms = math.floor(gaps_m[column] * walking.detour / walking.m_per_ms + 0.5)
        assert walk_ms == snaps.walk_ms[0, column]


_coordinates = st.one_of(st.integers(-1, 4).map(lambda step: step * 100.0), st.floats(-5000, 5000), st.just(1e5))


@given(networks(), _coordinates, _coordinates, st.sampled_from([0.0, 50.0, 100.0, 3000.0, math.inf]))
def test_on_any_small_network_the_candidates_are_those_of_measuring_every_road(
    network: RoadNetwork, x_m: float, y_m: float, limit_m: float
) -> None:
    walking = Walking(limit_m=limit_m)
    snaps = Snapper(network, walking).snap(x_m, y_m)
    equals_measuring_every_road(network, lines_of(network), walking, snaps, x_m, y_m)


def check_everywhere(network: RoadNetwork, count: int) -> None:
    """Places near and far, on vertices and on crossings."""
    random, lines, snapper = np.random.default_rng(5), lines_of(network), Snapper(network, WALKING)
    vertex = random.integers(len(network.vertex_x_m), size=count)
    off_m = random.choice([0.0, 20.0, 500.0, 5000.0, 30_000.0], size=count)
    x_m, y_m = (axis[vertex] + random.normal(size=count) * off_m for axis in (network.vertex_x_m, network.vertex_y_m))
    x_m[:5], y_m[:5] = network.node_x_m[:5], network.node_y_m[:5]
    together = snapper.snap_all(x_m, y_m)
    for row in range(count):
        snaps = snapper.snap(x_m[row], y_m[row])
        equals_measuring_every_road(network, lines, WALKING, snaps, x_m[row], y_m[row])
        for name in ("segment", "share", "gap_m", "walk_ms", "nearest_m"):
            assert getattr(snaps, name).tolist() == getattr(together.row(row), name).tolist()


@needs_andorra
def test_on_andorras_roads_the_candidates_are_those_of_measuring_every_road() -> None:
    check_everywhere(roads.andorra_network(), 100)


def test_on_the_samples_roads_the_candidates_are_those_of_measuring_every_road() -> None:
    check_everywhere(roads.sample_network(), 100)


def test_on_a_crossing_all_its_roads_are_at_hand_in_their_order() -> None:
    arms = [[(0.0, 0.0), (math.cos(turn) * 100, math.sin(turn) * 100)] for turn in range(6)]
    snaps = Snapper(network_of(arms, [BOTH_WAYS] * 6), WALKING).snap(0.0, 0.0)
    assert [0, 1, 2, 3, 4, 5] == snaps.segment[0, :6].tolist()
    assert [0.0] * 6 == snaps.gap_m[0, :6].tolist() == snaps.share[0, :6].tolist()


def test_the_last_candidate_makes_room_for_the_nearest_road_of_the_main_component() -> None:
    # Twenty lone lanes by the place; the main component is three roads in a row, a kilometre away.
    lanes = [[(10.0 * lane, 0.0), (10.0 * lane, 5.0)] for lane in range(20)]
    main = [[(300.0 * part, 1000.0), (300.0 * part + 300.0, 1000.0)] for part in range(3)]
    network = network_of([*lanes, *main], [BOTH_WAYS] * 23)
    near = Snapper(network, WALKING).snap(0.0, 0.0)
    assert [*range(15), 20] == near.segment[0].tolist()
    assert 1000.0 == near.gap_m[0, 15]
    beyond_limit = Snapper(network, Walking(limit_m=999.0)).snap(0.0, 0.0)
    assert list(range(16)) == beyond_limit.segment[0].tolist()


def test_the_walking_limit_is_within_reach_and_a_step_beyond_it_is_not() -> None:
    snapper = Snapper(network_of([[(0.0, 0.0), (1000.0, 0.0)]], [(60_000, NO_WAY)]), WALKING)
    at_limit, beyond = snapper.snap(500.0, 3000.0), snapper.snap(500.0, 3000.1)
    assert [0, -1] == at_limit.segment[0, :2].tolist()
    assert (0.5, 3000.0) == (at_limit.share[0, 0], at_limit.gap_m[0, 0])
    assert 78 * 60_000 == at_limit.walk_ms[0, 0]  # 3.9 km at 3 km/h
    assert -1 == beyond.segment[0, 0]
    assert pytest.approx(3000.1) == beyond.nearest_m[0]


def test_without_roads_every_place_is_off_the_network() -> None:
    snaps = Snapper(network_of([], []), WALKING).snap_all(np.array([0.0, 1e6]), np.array([0.0, -1e6]))
    assert (snaps.segment == -1).all()
    assert [math.inf, math.inf] == snaps.nearest_m.tolist()


@pytest.mark.parametrize("place", [(math.nan, 0.0), (0.0, math.inf), (-math.inf, math.nan)])
def test_what_is_no_place_is_off_the_network(place: tuple[float, float]) -> None:
    snaps = Snapper(network_of([[(0.0, 0.0), (1000.0, 0.0)]], [BOTH_WAYS]), WALKING).snap(*place)
    assert (snaps.segment == -1).all()
    assert [math.inf] == snaps.nearest_m.tolist()


def test_a_road_of_no_length_is_a_place_like_any_other() -> None:
    network = network_of([[(5.0, 5.0), (5.0, 5.0)]], [BOTH_WAYS])
    snaps = Snapper(network, WALKING).snap(5.0, 8.0)
    assert (0, 0.0, 3.0) == (snaps.segment[0, 0], snaps.share[0, 0], snaps.gap_m[0, 0])
