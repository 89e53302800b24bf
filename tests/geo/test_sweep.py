"""The sweep: the first teams at every node and at any place, equal to asking every team for its quickest way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.network.conditions import CLOSED, conditions_of, open_roads
from geo.network.graph import NO_WAY, RoadNetwork
from geo.network.search import BulkArrivals, nearest_stands
from geo.network.snapping import Snapper, Snaps
from geo.network.speeds import WALKING
from geo.network.stands import Stands
from geo.network.sweep import _sweep, arrivals_at, first_arrivals
from tests import oracles
from tests.oracles import RoadPoint
from tests.roads import (
    Closure,
    closures_on,
    network_of,
    networks,
    points_on,
    restrictions_of,
    sample_network,
    segments_of,
    snaps_of,
    told,
)

UNLIMITED = 2**31 - 1


def first_of(
    network: RoadNetwork,
    closures: list[Closure],
    teams: list[list[RoadPoint]],
    places: list[list[RoadPoint]],
    *,
    allowed: Any = None,
    notice_ms: Any = None,
    k: int = 1,
    limit_ms: int = UNLIMITED,
) -> list[list[tuple[int, int]]]:
    """(arrival_ms, stand) of the first at each place."""
    conditions, stands = conditions_of(network, restrictions_of(closures)), Stands(network, snaps_of(teams))
    sent = np.ones(len(teams), dtype=bool) if allowed is None else np.array(allowed, dtype=bool)
    notices_ms = np.array(notice_ms or [0] * len(teams), dtype=np.int32)
    nodes = first_arrivals(network, conditions, stands, sent, notices_ms, k, limit_ms)
    found = arrivals_at(network, conditions, stands, sent, notices_ms, nodes, snaps_of(places))
    assert (len(places), k) == found.stand.shape
    rows = zip(found.arrival_ms.tolist(), found.stand.tolist(), strict=True)
    return [[pair for pair in zip(*row, strict=True) if pair[1] >= 0] for row in rows]


def usable_points_on(network: RoadNetwork) -> st.SearchStrategy[list[RoadPoint]]:
    """Roads near a place that can be driven at least one way: no network is built with others."""
    usable = (network.forward_ms != NO_WAY) | (network.backward_ms != NO_WAY)
    return points_on(network).map(lambda points: [point for point in points if usable[point[0]]])


@given(st.data(), networks(), st.integers(1, 4), st.sampled_from([UNLIMITED, 60_000, 600, 0]))
def test_the_first_teams_at_a_place_are_those_of_asking_every_team(
    data: st.DataObject, network: RoadNetwork, k: int, limit_ms: int
) -> None:
    closures = data.draw(closures_on(network))
    teams = data.draw(st.lists(usable_points_on(network), min_size=1, max_size=5))
    places = data.draw(st.lists(usable_points_on(network), min_size=1, max_size=4))
    allowed = data.draw(st.lists(st.booleans(), min_size=len(teams), max_size=len(teams)))
    notice_ms = data.draw(st.lists(st.integers(0, 20), min_size=len(teams), max_size=len(teams)))
    drives = oracles.Drives(network.nodes, segments_of(network), told(closures), teams, places)
    expected = [
        oracles.first_arrivals(drives.to_place(place), allowed, notice_ms, k, limit_ms, 0)[0]
        for place in range(len(places))
    ]
    assert expected == first_of(
        network, closures, teams, places, allowed=allowed, notice_ms=notice_ms, k=k, limit_ms=limit_ms
    )


@pytest.mark.parametrize("seed", range(3))
def test_on_the_samples_roads_the_sweep_is_the_search_from_every_place(seed: int) -> None:
    network, random = sample_network(), np.random.default_rng(seed)
    node = random.integers(network.nodes, size=(2, 200))
    x_m, y_m = (axis[node] + random.normal(scale=300, size=node.shape) for axis in (network.node_x_m, network.node_y_m))
    snapper = Snapper(network, WALKING)
    stands, places = Stands(network, snapper.snap_all(x_m[0], y_m[0])), snapper.snap_all(x_m[1], y_m[1])
    allowed, notice_ms = random.random(200) < 0.3, random.choice([0, 900_000], size=200).astype(np.int32)
    shut = [Closure(int(one), 0.2, 0.6, CLOSED) for one in random.integers(network.segments, size=300)]
    conditions = conditions_of(network, restrictions_of(shut))
    nodes = first_arrivals(network, conditions, stands, allowed, notice_ms, 3, 86_400_000)
    swept = arrivals_at(network, conditions, stands, allowed, notice_ms, nodes, places)
    for place in range(len(places)):
        found = nearest_stands(
            network, conditions, stands, places.row(place), allowed=allowed, notice_ms=notice_ms, k=3
        )
        none = [-1] * (3 - len(found.stand))
        assert [*found.stand.tolist(), *none] == swept.stand[place].tolist()
        assert [*found.arrival_ms.tolist(), *none] == swept.arrival_ms[place].tolist()
    legs_hold(stands, places, notice_ms, swept)


def legs_hold(stands: Stands, places: Snaps, notice_ms: np.ndarray, found: BulkArrivals) -> None:
    """The legs sum up, are walks that there are, and are missing where nobody comes."""
    legs = (found.notice_ms, found.access_ms, found.road_ms, found.walk_ms)
    for place, rank in np.argwhere(found.stand >= 0).tolist():
        notice, access, road, walk = (int(leg[place, rank]) for leg in legs)
        stand = found.stand[place, rank]
        assert found.arrival_ms[place, rank] == notice + access + road + walk
        assert (notice_ms[stand], True, True) == (notice, access in stands.snaps.walk_ms[stand], road >= 0)
        assert (walk, found.gap_m[place, rank]) in list(zip(places.walk_ms[place], places.gap_m[place], strict=True))
    assert (np.stack(legs)[:, found.stand < 0] == -1).all()
    assert (np.isnan(found.gap_m) == (found.stand < 0)).all()


STREET = network_of([[(0, 0), (100, 0)], [(100, 0), (200, 0)]], [(10, 10), (10, 10)])


def test_of_two_teams_that_arrive_together_the_lower_position_comes_first() -> None:
    stands = Stands(STREET, snaps_of([[(1, 1.0, 0)], [(0, 0.0, 0)]]))
    nodes = first_arrivals(STREET, open_roads(STREET), stands, [True, True], np.zeros(2, dtype=np.int32), 2, UNLIMITED)
    assert [[1, 0], [0, 1], [0, 1]] == nodes.stand.tolist()
    assert [[0, 20], [10, 10], [0, 20]] == nodes.arrival_ms.tolist()


def test_where_no_team_stands_on_a_road_nobody_arrives() -> None:
    assert [[]] == first_of(STREET, [], [[]], [[(0, 0.5, 0)]])


def test_ways_of_days_are_as_exact_as_ways_of_seconds() -> None:
    long = network_of([[(0, 0), (100, 0)], [(100, 0), (200, 0)]], [(40_000_000, 1), (900_000_001, 1)])
    assert [[(940_000_008, 0)]] == first_of(long, [], [[(0, 0.0, 3)]], [[(1, 1.0, 4)]])


def test_a_junction_of_thousands_of_roads_finds_room() -> None:
    count = 6000
    star = network_of([[(0, 0), (1, number)] for number in range(count)], [(1000, 1000)] * count)
    places = [[(number, 1.0, 0)] for number in range(count)]
    assert [[(0, 0)], *[[(2000, 0)]] * (count - 1)] == first_of(star, [], [[(0, 1.0, 0)]], places)


def test_when_the_room_for_waiting_labels_is_too_small_the_sweep_says_so_and_is_run_again_with_more() -> None:
    star = network_of([[(0, 0), (1, number)] for number in range(9)], [(1000, 1000)] * 9)
    arcs, seed = star.leaving, (np.array([1], dtype=np.int32), np.array([0]))
    for size, expected in ((5, False), (9, True)):
        labels, fits = _sweep(arcs.start, arcs.node, arcs.travel_ms, *seed, 1, UNLIMITED, size)
        assert expected == fits
    assert [1000, 0, *[2000] * 8] == (labels[:, 0] >> 32).tolist()


@pytest.mark.parametrize(
    ("slowdown", "expected"), [(CLOSED, [[(10, 0)], [], []]), (2.0, [[(12, 0)], [(36, 0)], [(84, 0)]])]
)
def test_a_closed_stretch_is_not_passed_and_a_slowed_road_takes_longer(slowdown: float, expected: list[Any]) -> None:
    road = network_of([[(0, 0), (100, 0)]], [(100, 100)])
    places = [[(0, 0.1, 0)], [(0, 0.5, 0)], [(0, 0.9, 0)]]
    assert expected == first_of(road, [Closure(0, 0.4, 0.6, slowdown)], [[(0, 0.2, 0)]], places)
