"""A team that stands near walks straight to the place: equal to trying every team both ways."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.network.conditions import open_roads
from geo.network.search import BulkArrivals, nearest_stands, nearest_stands_bulk
from geo.network.snapping import Snapper
from geo.network.speeds import WALKING
from geo.network.stands import Stands
from geo.network.walks import with_walks, with_walks_bulk
from tests import roads

NETWORK = roads.network_of([[(0, 0), (4000, 0)], [(4000, 0), (4000, 4000)]], [(200_000, 200_000), (300_000, 300_000)])
_places = st.tuples(st.floats(-4000, 8000), st.floats(-4000, 8000))
LIMIT_MS = 6_000_000


def walk_ms(one: tuple[float, float], other: tuple[float, float]) -> int | None:
    """The slow way: how long a team walks, None where it is too far."""
    gap_m = math.hypot(one[0] - other[0], one[1] - other[1])
    return math.floor(gap_m * WALKING.detour / WALKING.m_per_ms + 0.5) if gap_m <= WALKING.limit_m else None


@given(
    st.lists(st.tuples(_places, st.booleans(), st.sampled_from([0, 900_000, 1_800_000])), min_size=1, max_size=8),
    st.lists(_places, min_size=1, max_size=4),
    st.integers(1, 4),
)
def test_the_first_by_road_or_on_foot_are_those_of_trying_every_team_both_ways(
    teams: list[tuple[tuple[float, float], bool, int]], places: list[tuple[float, float]], k: int
) -> None:
    snapper = Snapper(NETWORK, WALKING)
    at = np.array([place for place, _, _ in teams], dtype=float)
    stands = Stands(NETWORK, snapper.snap_all(at[:, 0].copy(), at[:, 1].copy()))
    allowed = np.array([may for _, may, _ in teams], dtype=bool)
    notice_ms = np.array([notice for _, _, notice in teams], dtype=np.int32)
    closures = open_roads(NETWORK)
    spots = snapper.snap_all(*(np.array(axis, dtype=float) for axis in zip(*places, strict=True)))
    wanted: dict[str, Any] = {"allowed": allowed, "notice_ms": notice_ms, "limit_ms": LIMIT_MS}
    bulk = nearest_stands_bulk(NETWORK, closures, stands, spots, k=k, **wanted)
    bulk = with_walks_bulk(bulk, stands, spots, WALKING, **wanted)
    for row, place in enumerate(places):
        arrivals = []
        for stand, (spot, _, notice) in enumerate(teams):
            only = np.arange(len(teams)) == stand
            alone = nearest_stands(
                NETWORK, closures, stands, spots.row(row), **{**wanted, "allowed": only}, k=1, most_passed=0
            )
            walk = walk_ms(spot, place)
            ways = [*alone.arrival_ms.tolist(), *([notice + walk] if walk is not None else [])]
            arrivals += [(min(ways), stand)] if ways and min(ways) <= LIMIT_MS else []
        expected = sorted(one for one in arrivals if allowed[one[1]])[:k]
        found = nearest_stands(NETWORK, closures, stands, spots.row(row), **wanted, k=k)
        found = with_walks(found, stands, spots.row(row), WALKING, **wanted, k=k)
        assert expected == list(zip(found.arrival_ms.tolist(), found.stand.tolist(), strict=True))
        legs = found.notice_ms + found.access_ms + found.road_ms + found.walk_ms
        assert legs.tolist() == found.arrival_ms.tolist()
        assert _row(bulk, row) == expected
        cut = expected[-1] if len(expected) == k else (LIMIT_MS + 1, 0)
        passed = sorted(one for one in arrivals if not allowed[one[1]] and one < cut)[:3]
        assert passed == list(zip(found.passed_arrival_ms.tolist(), found.passed_stand.tolist(), strict=True))


def _row(bulk: BulkArrivals, row: int) -> list[tuple[int, int]]:
    pairs = zip(bulk.arrival_ms[row].tolist(), bulk.stand[row].tolist(), strict=True)
    return [pair for pair in pairs if pair[1] >= 0]
