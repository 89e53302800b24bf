"""The search by road: the same teams, in the same order, at the same millisecond as a full Dijkstra over all of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.network.conditions import CLOSED, Conditions, conditions_of, open_roads
from geo.network.graph import NO_WAY, RoadNetwork
from geo.network.search import DAY_MS, Arrivals, Route, nearest_stands, nearest_stands_bulk
from geo.network.snapping import Snapper, Snaps
from geo.network.speeds import WALKING
from geo.network.stands import Stands
from tests import oracles, roads
from tests.roads import Closure, closures_on, needs_andorra, networks, points_of, points_on, restrictions_of, snaps_of

QUERIES = 10_000 if os.environ.get("YIXIAN_TORTURE") else 500
PLACES = 20  # of each draw of positions and closures


def arrivals_of(arrivals: Arrivals) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The first and those passed over, as the oracle says it."""
    first = list(zip(arrivals.arrival_ms.tolist(), arrivals.stand.tolist(), strict=True))
    passed = zip(arrivals.passed_arrival_ms.tolist(), arrivals.passed_stand.tolist(), strict=True)
    return first, list(passed)


def random_closures(network: RoadNetwork, random: np.random.Generator, near: Sequence[int]) -> list[Closure]:
    """Up to 40 stretches, half of them on roads that the teams and places use."""
    found = []
    for _ in range(random.integers(0, 40)):
        segment = random.choice(near) if random.random() < 0.5 else random.integers(network.segments)
        first, last = sorted(random.uniform(size=2)) if random.random() < 0.6 else (0.0, 1.0)
        found.append(Closure(int(segment), float(first), float(last), float(random.choice([CLOSED, CLOSED, 1.7, 4.0]))))
    return found


def random_places(network: RoadNetwork, random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places near roads, a few of them far from any."""
    vertex = random.integers(len(network.vertex_x_m), size=count)
    off_m = random.choice([0.0, 50.0, 400.0, 4000.0], p=[0.2, 0.4, 0.35, 0.05], size=count)
    x_m, y_m = (axis[vertex] + random.normal(size=count) * off_m for axis in (network.vertex_x_m, network.vertex_y_m))
    return x_m, y_m


def equals_the_full_dijkstra(network: RoadNetwork, seed: int) -> None:
    """300 teams and 20 places anywhere, under random closures; a mask, notices, k and limit drawn for each place."""
    random = np.random.default_rng(seed)
    snapper = Snapper(network, WALKING)
    team_snaps = snapper.snap_all(*random_places(network, random, 300))
    place_snaps = snapper.snap_all(*random_places(network, random, PLACES))
    near = np.unique(np.concatenate([team_snaps.segment[:, :3].ravel(), place_snaps.segment[:, :3].ravel()]))[1:]
    closures = random_closures(network, random, near)
    conditions = conditions_of(network, restrictions_of(closures))
    stands = Stands(network, team_snaps)
    places = points_of(place_snaps)
    drives = oracles.Drives(
        network.nodes, roads.segments_of(network), roads.told(closures), points_of(team_snaps), places
    )
    for place in range(PLACES):
        allowed = random.random(300) < random.choice([0.0, 0.005, 0.05, 0.5, 1.0], p=[0.02, 0.08, 0.2, 0.5, 0.2])
        notice_ms = random.choice([0, 900_000, 1_800_000], size=300).astype(np.int32)
        k, limit_ms = int(random.integers(1, 12)), int(random.choice([DAY_MS, 7_200_000, 1_500_000]))
        found = nearest_stands(
            network,
            conditions,
            stands,
            place_snaps.row(place),
            allowed=allowed,
            notice_ms=notice_ms,
            k=k,
            limit_ms=limit_ms,
            routes=True,
        )
        travel_ms = drives.to_place(place)
        expected = oracles.first_arrivals(travel_ms, allowed.tolist(), notice_ms.tolist(), k, limit_ms, 3)
        assert expected == arrivals_of(found), (seed, place)
        legs_hold(network, conditions, stands, place_snaps.row(place), notice_ms, found)


def legs_hold(
    network: RoadNetwork, conditions: Conditions, stands: Stands, place: Snaps, notice_ms: np.ndarray, found: Arrivals
) -> None:
    """The legs sum up, and the route takes its time on roads that are open."""
    assert (found.arrival_ms == found.notice_ms + found.access_ms + found.road_ms + found.walk_ms).all()
    assert notice_ms[found.stand].tolist() == found.notice_ms.tolist()
    for rank, route in enumerate(found.routes):
        start = stands.snaps.segment[found.stand[rank]].tolist().index(route.start_segment)
        end = place.segment[0].tolist().index(route.end_segment)
        assert found.access_ms[rank] == stands.snaps.walk_ms[found.stand[rank], start]
        assert (place.walk_ms[0, end], place.gap_m[0, end]) == (found.walk_ms[rank], found.gap_m[rank])
        assert (stands.snaps.share[found.stand[rank], start], place.share[0, end]) == (
            route.start_share,
            route.end_share,
        )
        assert driven_ms(network, conditions, route) == found.road_ms[rank]


def driven_ms(network: RoadNetwork, conditions: Conditions, route: Route) -> int:
    """The time of a route stretch by stretch; it must hang together and pass no closed stretch."""
    if route.is_direct:
        return stretch_ms(network, conditions, route.start_arc, route.start_share, route.end_share)
    total_ms = stretch_ms(network, conditions, route.start_arc, route.start_share, 1.0 - (route.start_arc & 1))
    node = head(network, route.start_arc)
    for arc in route.arcs.tolist():
        assert node == head(network, arc ^ 1)
        total_ms += stretch_ms(network, conditions, arc, float(arc & 1), 1.0 - (arc & 1))
        node = head(network, arc)
    assert node == head(network, route.end_arc ^ 1)
    return total_ms + stretch_ms(network, conditions, route.end_arc, float(route.end_arc & 1), route.end_share)


def head(network: RoadNetwork, arc: int) -> int:
    return int((network.segment_from if arc & 1 else network.segment_to)[arc >> 1])


def stretch_ms(network: RoadNetwork, conditions: Conditions, arc: int, first: float, last: float) -> int:
    segment, row = arc >> 1, conditions.mark[arc >> 1]
    whole_ms = (network.backward_ms if arc & 1 else network.forward_ms)[segment]
    if row:
        whole_ms = (conditions.pace_backward_ms if arc & 1 else conditions.pace_forward_ms)[row]
        low, high = min(first, last), max(first, last)
        closed = conditions.closed_from[row], conditions.closed_to[row]
        assert closed[0] > closed[1] or high < closed[0] or low > closed[1]
    assert whole_ms != NO_WAY
    return int(abs(np.floor(last * whole_ms + 0.5) - np.floor(first * whole_ms + 0.5)))


@needs_andorra
@pytest.mark.parametrize("seed", range(0, QUERIES // PLACES, 2))
def test_on_andorras_roads_the_answer_is_that_of_a_full_dijkstra(seed: int) -> None:
    equals_the_full_dijkstra(roads.andorra_network(), seed)


@pytest.mark.parametrize("seed", range(1, QUERIES // PLACES, 2))
def test_on_the_samples_roads_the_answer_is_that_of_a_full_dijkstra(seed: int) -> None:
    equals_the_full_dijkstra(roads.sample_network(), seed)
