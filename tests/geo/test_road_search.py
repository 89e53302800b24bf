"""The search by road: the same teams in the same order at the same millisecond as a full Dijkstra over all of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.network.conditions import CLOSED, Conditions, conditions_of, open_roads
from geo.network.graph import NO_WAY, RoadNetwork, Shapes, assemble
from geo.network.paths import line_of
from geo.network.search import DAY_MS, Arrivals, Route, nearest_stands, nearest_stands_bulk
from geo.network.snapping import Snapper, Snaps
from geo.network.speeds import WALKING
from geo.network.stands import Stands
from tests import oracles, roads
from tests.oracles import RoadPoint
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
    x_m, y_m = random_places(network, random, 300)
    x_m[:60], y_m[:60] = x_m[0], y_m[0]  # a seat of many teams
    seats = random.permutation(300)
    team_snaps = snapper.snap_all(x_m[seats], y_m[seats])
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


@dataclass(frozen=True)
class Question:
    """Who comes first to a place of a small network?"""

    network: RoadNetwork
    stands: list[list[RoadPoint]]
    place: list[RoadPoint]
    closures: list[Closure]
    allowed: list[bool]
    notice_ms: list[int]

    def conditions(self) -> Conditions:
        return conditions_of(self.network, restrictions_of(self.closures))

    def drives(self) -> oracles.Drives:
        segments = roads.segments_of(self.network)
        return oracles.Drives(self.network.nodes, segments, roads.told(self.closures), self.stands, [self.place])

    def asked(self, k: int, **more: Any) -> Arrivals:
        return nearest_stands(
            self.network,
            self.conditions(),
            Stands(self.network, snaps_of(self.stands)),
            snaps_of([self.place]),
            allowed=np.array(self.allowed),
            notice_ms=np.array(self.notice_ms, dtype=np.int32),
            k=k,
            **more,
        )

    def times(self) -> dict[int, int]:
        """When each stand arrives that does."""
        found = replace(self, allowed=[True] * len(self.stands)).asked(k=len(self.stands))
        return dict(zip(found.stand.tolist(), found.arrival_ms.tolist(), strict=True))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A small network, up to eight stands, some of them at one spot, a place, closures, a mask and notices."""
    network = draw(networks())
    spots = draw(st.lists(points_on(network), min_size=1, max_size=5))
    stands = draw(st.lists(st.sampled_from(spots), min_size=1, max_size=8))
    flags = st.lists(st.booleans(), min_size=len(stands), max_size=len(stands))
    notices = st.lists(st.sampled_from([0, 0, 7, 900]), min_size=len(stands), max_size=len(stands))
    return Question(network, stands, draw(points_on(network)), draw(closures_on(network)), draw(flags), draw(notices))


@given(questions(), st.integers(1, 4), st.sampled_from([DAY_MS, 2000, 0]), st.integers(0, 3))
def test_on_any_small_network_the_answer_is_that_of_a_full_dijkstra(
    question: Question, k: int, limit_ms: int, most_passed: int
) -> None:
    found = question.asked(k=k, limit_ms=limit_ms, most_passed=most_passed, routes=True)
    expected = oracles.first_arrivals(
        question.drives().to_place(0), question.allowed, question.notice_ms, k, limit_ms, most_passed
    )
    assert expected == arrivals_of(found)
    stands, notice_ms = Stands(question.network, snaps_of(question.stands)), np.array(question.notice_ms)
    legs_hold(question.network, question.conditions(), stands, snaps_of([question.place]), notice_ms, found)


@given(questions(), st.data())
def test_closing_a_road_makes_nobody_faster(question: Question, data: st.DataObject) -> None:
    before = question.times()
    segment = data.draw(st.integers(0, question.network.segments - 1))
    first, last = sorted((data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))))
    closed = replace(question, closures=[*question.closures, Closure(segment, first, last, CLOSED)])
    for stand, arrival_ms in closed.times().items():
        assert before[stand] <= arrival_ms


@given(questions(), st.integers(1, 3))
def test_where_no_closed_road_was_looked_at_the_open_network_has_the_same_answer(question: Question, k: int) -> None:
    found, opened = question.asked(k=k), replace(question, closures=[]).asked(k=k)
    assert not opened.met_closure
    assert found.met_closure or arrivals_of(opened) == arrivals_of(found)


@given(questions(), st.integers(1, 3), st.data())
def test_adding_a_team_makes_no_rank_later(question: Question, k: int, data: st.DataObject) -> None:
    added = replace(
        question,
        stands=[*question.stands, data.draw(points_on(question.network))],
        allowed=[*question.allowed, True],
        notice_ms=[*question.notice_ms, 0],
    )
    before, after = question.asked(k=k).arrival_ms, added.asked(k=k).arrival_ms
    assert len(before) <= len(after)
    assert (after[: len(before)] <= before).all()


@given(questions())
def test_on_the_reversed_network_every_drive_goes_the_other_way_in_the_same_time(question: Question) -> None:
    network = question.network
    tails, heads = network.segment_from, network.segment_to
    shapes = Shapes(
        network.vertex_start, network.vertex_x_m, network.vertex_y_m, network.vertex_lon, network.vertex_lat
    )
    mirrored = assemble(
        tails, heads, network.length_m, network.backward_ms, network.forward_ms, network.road, shapes, network.nodes
    )
    for stand, points in enumerate(question.stands):
        back = Question(mirrored, [question.place], points, question.closures, [True], [question.notice_ms[stand]])
        there = replace(question, allowed=[other == stand for other in range(len(question.stands))])
        assert there.asked(k=1).arrival_ms.tolist() == back.asked(k=1).arrival_ms.tolist()


@given(questions(), st.integers(1, 4), st.data())
def test_many_places_at_once_have_the_answers_of_each(question: Question, k: int, data: st.DataObject) -> None:
    places = data.draw(st.lists(points_on(question.network), max_size=5))
    masks = np.array([[data.draw(st.booleans()) for _ in question.stands] for _ in places], dtype=bool)
    masks = masks.reshape(len(places), len(question.stands))
    conditions, stands = question.conditions(), Stands(question.network, snaps_of(question.stands))
    notice_ms = np.array(question.notice_ms, dtype=np.int32)
    for mask in (masks, np.array(question.allowed)):
        bulk = nearest_stands_bulk(
            question.network, conditions, stands, snaps_of(places), allowed=mask, notice_ms=notice_ms, k=k
        )
        for row, place in enumerate(places):
            allowed = mask if mask.ndim == 1 else mask[row]
            one = replace(question, place=place, allowed=allowed.tolist()).asked(k=k)
            for name in ("stand", "notice_ms", "access_ms", "road_ms", "walk_ms", "arrival_ms", "gap_m"):
                many = getattr(bulk, name)[row]
                assert getattr(one, name).tolist() == many[: len(one.stand)].tolist()
                assert all(value != value or value == -1 for value in many[len(one.stand) :].tolist())


def test_eight_threads_get_the_answers_of_one() -> None:
    large, small = roads.sample_network(), roads.network_of([[(0.0, 0.0), (900.0, 0.0)]], [(60_000, 60_000)])
    random = np.random.default_rng(8)
    asked = []
    for network in (large, small):
        snapper = Snapper(network, WALKING)
        stands = Stands(network, snapper.snap_all(*random_places(network, random, 50)))
        x_m, y_m = random_places(network, random, 100)
        asked += [(network, open_roads(network), stands, snapper, x, y) for x, y in zip(x_m, y_m, strict=True)]
    everyone, notice_ms = np.ones(50, dtype=bool), np.zeros(50, dtype=np.int32)

    def answers(order: Sequence[int]) -> dict[int, Any]:
        found = {}
        for number in order:
            network, conditions, stands, snapper, x, y = asked[number]
            place = snapper.snap(x, y)
            arrivals = nearest_stands(network, conditions, stands, place, allowed=everyone, notice_ms=notice_ms, k=5)
            found[number] = (arrivals_of(arrivals), place.segment.tolist(), place.gap_m.tolist())
        return found

    expected = answers(range(len(asked)))
    orders = [random.permutation(len(asked)).tolist() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert [expected] * 8 == list(pool.map(answers, orders))


# The roads drawn by hand


def test_a_closed_stretch_serves_the_places_before_and_behind_it_from_their_own_side() -> None:
    # A straight road of 1000 m, a minute long, with a team at each end; the middle is closed.
    network = roads.network_of([[(0.0, 0.0), (1000.0, 0.0)]], [(60_000, 60_000)])
    closures = [Closure(0, 0.4, 0.6, CLOSED)]
    ends = [[(0, 0.0, 0)], [(0, 1.0, 0)]]

    def arrivals(share: float) -> list[tuple[int, int]]:
        question = Question(network, ends, [(0, share, 1000)], closures, [True, True], [0, 0])
        return arrivals_of(question.asked(k=2))[0]

    assert [(19_000, 0)] == arrivals(0.3)
    assert [] == arrivals(0.4)
    assert [] == arrivals(0.5)
    assert [] == arrivals(0.6)
    assert [(19_000, 1)] == arrivals(0.7)


def test_overlapping_closures_merge_to_their_hull_and_the_slowest_pace_counts() -> None:
    network = roads.network_of([[(0.0, 0.0), (1000.0, 0.0)], [(0.0, 0.0), (0.0, 500.0)]], [(60_000, NO_WAY)] * 2)
    closures = [
        Closure(0, 0.1, 0.2, CLOSED),
        Closure(0, 0.5, 0.6, CLOSED),
        Closure(0, 0.0, 1.0, 3.0),
        Closure(1, 0.0, 0.5, 3.0),
        Closure(1, 0.0, 1.0, 1.5),
    ]
    conditions = conditions_of(network, restrictions_of(closures))
    assert not conditions.is_open
    assert open_roads(network).is_open
    assert [1, 2] == conditions.mark.tolist()
    assert [NO_WAY, 120_000] == conditions.forward_ms[1:].tolist()
    assert [180_000, 120_000] == conditions.pace_forward_ms[1:].tolist()
    assert [NO_WAY, NO_WAY] == conditions.backward_ms[1:].tolist()
    assert [(0.1, 0.6), (1.0, 0.0)] == list(zip(conditions.closed_from[1:], conditions.closed_to[1:], strict=True))
    assert (("C0", "C1", "C2"), ("C3", "C4")) == conditions.causes[1:]


def test_a_route_is_drawn_from_the_teams_road_to_the_places_along_every_bend() -> None:
    bent = [(0.0, 0.0), (0.0, 300.0), (400.0, 300.0)]
    network = roads.network_of([bent, [(700.0, 300.0), (400.0, 300.0)]], [(10_000, 10_000)] * 2)
    team, place = [(0, 1 / 7, 0)], [(1, 0.25, 0)]

    def drawn(start: list[RoadPoint], end: list[RoadPoint]) -> list[tuple[float, float]]:
        route = Question(network, [start], end, [], [True], [0]).asked(k=1, routes=True).routes[0]
        degrees = np.array(line_of(network, route).coords) * 1e5
        return [(round(x, 6), round(y, 6)) for x, y in degrees]

    assert [(0, 100), (0, 300), (400, 300), (625, 300)] == drawn(team, place)
    assert [(625, 300), (400, 300), (0, 300), (0, 100)] == drawn(place, team)
    assert [(0, 100), (0, 300), (50, 300)] == drawn(team, [(0, 0.5, 0)])
    assert [(0, 100), (0, 100)] == drawn(team, team)


def test_a_drive_around_a_loop_is_drawn_around_it() -> None:
    square = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)]
    network = roads.network_of([square], [(40_000, NO_WAY)])
    found = Question(network, [[(0, 0.5, 0)]], [(0, 0.25, 0)], [], [True], [0]).asked(k=1, routes=True)
    assert [30_000] == found.road_ms.tolist()
    degrees = np.round(np.array(line_of(network, found.routes[0]).coords) * 1e5, 6)
    assert [(100, 100), (0, 100), (0, 0), (100, 0)] == [tuple(place) for place in degrees.tolist()]


def test_a_network_that_makes_the_search_change_its_mind_a_thousand_times_is_searched_to_the_end() -> None:
    # Ten diamonds in a row; their slower side is looked at first, and each later correction concerns all before.
    lines, times = [], []
    for step in range(10):
        near, far, left, right = (
            (100.0 * step + ahead, aside) for ahead, aside in ((0, 0), (100, 0), (50, 9), (50, -9))
        )
        lines += [[left, near], [right, near], [far, left], [far, right]]
        times += [(0, NO_WAY), (0, NO_WAY), (0, NO_WAY), (2 ** (9 - step), NO_WAY)]
    network = roads.network_of(lines, times)
    found = Question(network, [[(38, 0.0, 0), (39, 0.0, 0)]], [(0, 1.0, 0), (1, 1.0, 0)], [], [True], [0]).asked(k=1)
    assert [0] == found.arrival_ms.tolist()


def test_a_drive_along_one_road_owes_nothing_to_what_was_asked_before() -> None:
    # What two earlier searches left behind leads in a circle from the end of the road, which this one never looks at.
    a, b, c, d = (0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (0.0, 100.0)
    one_way = (10_000, NO_WAY)
    ring = roads.network_of([[a, b], [b, a], [b, c], [d, a]], [one_way] * 4)
    line = roads.network_of([[a, b], [b, c], [c, d]], [(NO_WAY, NO_WAY), one_way, one_way])
    for network, stand, place in ((ring, 3, 2), (line, 1, 2)):
        assert 1 == len(Question(network, [[(stand, 0.0, 0)]], [(place, 1.0, 0)], [], [True], [0]).asked(k=1).stand)
    found = Question(ring, [[(3, 0.25, 0)]], [(3, 0.75, 0)], [], [True], [0]).asked(k=1, routes=True)
    assert [5000] == found.road_ms.tolist()
    assert [] == found.routes[0].arcs.tolist()


def test_a_place_without_roads_is_reached_by_nobody() -> None:
    network = roads.network_of([[(0.0, 0.0), (1000.0, 0.0)]], [(60_000, 60_000)])
    found = Question(network, [[(0, 0.5, 0)], []], [], [], [True, True], [0, 0]).asked(k=1, routes=True)
    assert ([], []) == arrivals_of(found)
