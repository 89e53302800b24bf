"""Straight on foot: a team that stands near a place need not walk to the road and back.

A walk is as long as the last stretch of any other way would be (snapping), over the straight gap between the two and no
farther than the walking limit. It is no matter of the roads: closures do not concern it.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from geo.network.compiled import lean
from geo.network.graph import Ints
from geo.network.search import Arrivals, BulkArrivals
from geo.network.snapping import Snaps
from geo.network.speeds import Walking
from geo.network.stands import Stands

Mask = npt.NDArray[np.bool_]


def with_walks(
    found: Arrivals,
    stands: Stands,
    place: Snaps,
    walking: Walking,
    *,
    allowed: Mask,
    notice_ms: Ints,
    k: int,
    limit_ms: int,
    most_passed: int = 3,
) -> Arrivals:
    """What the search found at one place, with the teams that are sooner straight on foot; a walk has no route.

    The arguments are those of `nearest_stands`. The k first of both kinds of way are among the k first by road and all
    who walk, so nothing is lost by asking for the roads first.
    """
    last_ms = int(found.arrival_ms[-1]) if len(found.stand) == k else limit_ms
    by_road = (found.stand, found.arrival_ms, found.passed_stand, found.passed_arrival_ms)
    rules = (walking.limit_m, walking.detour / walking.m_per_ms, last_ms)
    if not matters(place.x_m[0], place.y_m[0], stands.snaps.x_m, stands.snaps.y_m, allowed, notice_ms, rules, by_road):
        return found
    near, gap_m, walk_ms = _near(stands, place, walking, last_ms, notice_ms)
    rows = _rows(found)
    others = dict(zip(found.passed_stand.tolist(), found.passed_arrival_ms.tolist(), strict=True))
    for stand, gap, on_foot in zip(near, gap_m, walk_ms, strict=True):
        called = int(notice_ms[stand])
        if not allowed[stand]:
            others[stand] = min(others.get(stand, limit_ms), called + on_foot)
        elif stand not in rows or called + on_foot < rows[stand][0]:
            rows[stand] = (called + on_foot, called, 0, 0, on_foot, gap, None)
    first = sorted(rows.items(), key=lambda row: (row[1][0], row[0]))[:k]
    end = (first[-1][1][0], first[-1][0]) if len(first) == k else (limit_ms + 1, -1)
    passed = sorted((ms, stand) for stand, ms in others.items() if (ms, stand) < end)[:most_passed]
    arrival, notice, access, road, walk = np.array([row[:5] for _, row in first], dtype=np.int32).reshape(-1, 5).T
    return Arrivals(
        np.array([stand for stand, _ in first], dtype=np.int32),
        notice,
        access,
        road,
        walk,
        arrival,
        np.array([row[5] for _, row in first], dtype=np.float64),
        np.array([stand for _, stand in passed], dtype=np.int32),
        np.array([ms for ms, _ in passed], dtype=np.int32),
        tuple(row[6] for _, row in first) if found.routes or len(found.stand) == 0 else (),
        found.met_closure,
    )


@lean
def matters(
    x_m: Any, y_m: Any, stand_x_m: Any, stand_y_m: Any, allowed: Any, notice_ms: Any, rules: Any, by_road: Any
) -> Any:
    """Whether any walk is sooner than what was found; most places need no more than this."""
    limit_m, ms_per_m, last_ms = rules
    found, found_ms, passed, passed_ms = by_road
    for stand in range(len(stand_x_m)):
        squared = (stand_x_m[stand] - x_m) ** 2 + (stand_y_m[stand] - y_m) ** 2
        if not squared <= limit_m * limit_m:
            continue
        ms = notice_ms[stand] + math.floor(math.sqrt(squared) * ms_per_m + 0.5)
        if ms > last_ms:
            continue
        known, known_ms = (found, found_ms) if allowed[stand] else (passed, passed_ms)
        sooner = True
        for row in range(len(known)):
            sooner &= known[row] != stand or known_ms[row] > ms
        if sooner:
            return True
    return False


def _near(
    stands: Stands, place: Snaps, walking: Walking, last_ms: int, notice_ms: Ints
) -> tuple[list[int], list[float], list[int]]:
    """The stands from which one walks to the place by `last_ms`: their positions, the gaps, and the walks."""
    squared = (stands.snaps.x_m - place.x_m[0]) ** 2 + (stands.snaps.y_m - place.y_m[0]) ** 2
    near = np.flatnonzero(squared <= walking.limit_m**2)
    gap_m = np.sqrt(squared[near])
    walk_ms = np.floor(gap_m * (walking.detour / walking.m_per_ms) + 0.5)
    soon = notice_ms[near] + walk_ms <= last_ms
    return near[soon].tolist(), gap_m[soon].tolist(), walk_ms[soon].astype(np.int64).tolist()


def _rows(found: Arrivals) -> dict[int, tuple[Any, ...]]:
    """The arrivals by stand: arrival, notice, access, road, walk, gap and route."""
    parts = (found.arrival_ms, found.notice_ms, found.access_ms, found.road_ms, found.walk_ms, found.gap_m)
    columns = (part.tolist() for part in parts)
    routes = found.routes or (None,) * len(found.stand)
    return dict(zip(found.stand.tolist(), zip(*columns, routes, strict=True), strict=True))


def with_walks_bulk(
    found: BulkArrivals,
    stands: Stands,
    places: Snaps,
    walking: Walking,
    *,
    allowed: Mask,
    notice_ms: Ints,
    limit_ms: int,
) -> BulkArrivals:
    """The same for n places at once; the arrays of `found` are changed and handed back."""
    _walk_to(
        (places.x_m, places.y_m),
        (stands.snaps.x_m, stands.snaps.y_m),
        np.asarray(allowed, dtype=np.bool_),
        np.asarray(notice_ms, dtype=np.int32),
        (walking.limit_m, walking.detour / walking.m_per_ms, limit_ms),
        (found.stand, found.notice_ms, found.access_ms, found.road_ms, found.walk_ms, found.arrival_ms),
        found.gap_m,
    )
    return found


@numba.njit(cache=True, nogil=True)
def _walk_to(places: Any, stands: Any, allowed: Any, notice_ms: Any, rules: Any, legs: Any, gaps_m: Any) -> None:
    limit_m, ms_per_m, limit_ms = rules
    stand_column, arrival_column, k = legs[0], legs[5], gaps_m.shape[1]
    for place in range(len(places[0])):
        x_m, y_m = places[0][place], places[1][place]
        for stand in range(len(stands[0])):
            squared = (stands[0][stand] - x_m) ** 2 + (stands[1][stand] - y_m) ** 2
            if not allowed[stand] or not squared <= limit_m * limit_m:
                continue
            gap_m = math.sqrt(squared)
            walk_ms = math.floor(gap_m * ms_per_m + 0.5)
            ms = notice_ms[stand] + walk_ms
            at = 0
            while at < k and stand_column[place, at] >= 0:
                one_ms, one = arrival_column[place, at], stand_column[place, at]
                if one == stand and one_ms <= ms:
                    at = k
                elif one_ms > ms or (one_ms == ms and one > stand):
                    break
                else:
                    at += 1
            if at >= k or ms > limit_ms:
                continue
            last = at
            while last < k - 1 and stand_column[place, last] != stand and stand_column[place, last] >= 0:
                last += 1
            for leg in legs:
                for column in range(last, at, -1):
                    leg[place, column] = leg[place, column - 1]
            for column in range(last, at, -1):
                gaps_m[place, column] = gaps_m[place, column - 1]
            stand_column[place, at], arrival_column[place, at] = stand, ms
            legs[1][place, at], legs[2][place, at], legs[3][place, at] = notice_ms[stand], 0, 0
            legs[4][place, at], gaps_m[place, at] = walk_ms, gap_m
