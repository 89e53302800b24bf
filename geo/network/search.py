"""The search: which stands arrive first at a place, by road, exactly, with any mask, any notice and any closure."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network.cells import CANDIDATES
from geo.network.conditions import Conditions, kernel_roads
from geo.network.dijkstra import LEGS, NUMBER, TAG_BITS, search, trace
from geo.network.graph import Floats, Ints, Longs, RoadNetwork
from geo.network.snapping import Snaps
from geo.network.stands import NEVER_MS, Stands

Mask = npt.NDArray[np.bool_]

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A drive: from a share of its first arc's segment, over `arcs` (whole segments, in driving order), to the last.

    An arc is `2 * segment` along its shape and `2 * segment + 1` against it.
    """

    start_arc: int
    start_share: float
    arcs: Ints
    end_arc: int
    end_share: float

    @property
    def start_segment(self) -> int:
        """Where the team comes onto the road."""
        return self.start_arc >> 1

    @property
    def end_segment(self) -> int:
        """Where it leaves the road."""
        return self.end_arc >> 1

    @property
    def is_direct(self) -> bool:
        """Whether the drive stays on one segment, and does not come back to it around a loop."""
        onward_share = (
            self.end_share - self.start_share if self.start_arc % 2 == 0 else self.start_share - self.end_share
        )
        return self.start_arc == self.end_arc and len(self.arcs) == 0 and onward_share >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """The first m <= k allowed stands in order of (arrival_ms, stand), with the parts of their way; shape (m,).

    `arrival_ms` is the sum of the four parts before it. `gap_m`: from the road to the place, as the crow flies.
    `passed_stand`, `passed_arrival_ms`: stands that are not allowed and would come before the k-th that is.
    `routes` is empty unless asked for.
    """

    stand: Ints
    notice_ms: Ints
    access_ms: Ints
    road_ms: Ints
    walk_ms: Ints
    arrival_ms: Ints
    gap_m: Floats
    passed_stand: Ints
    passed_arrival_ms: Ints
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BulkArrivals:
    """The first k stands at n places; see Arrivals. Shape (n, k); where fewer arrive -1, and NaN for `gap_m`."""

    stand: Ints
    notice_ms: Ints
    access_ms: Ints
    road_ms: Ints
    walk_ms: Ints
    arrival_ms: Ints
    gap_m: Floats


class _Scratch(threading.local):
    """What a search writes on, one for each thread, as large as the largest network that the thread has seen."""

    def __init__(self) -> None:
        self.arrays = _new_scratch(0, 0)

    def of(self, network: RoadNetwork) -> tuple[npt.NDArray[np.int64], ...]:
        nodes, entries = network.nodes, len(network.arriving.arc) + 64
        if len(self.arrays[0]) < nodes or len(self.arrays[1]) < entries:
            self.arrays = _new_scratch(nodes, entries)
        return self.arrays


def _new_scratch(nodes: int, entries: int) -> tuple[Longs, Longs, Longs]:
    return np.zeros((nodes, 2), dtype=np.int64), np.empty(entries, dtype=np.int64), np.zeros(1, dtype=np.int64)


_scratch = _Scratch()


def nearest_stands(
    network: RoadNetwork,
    conditions: Conditions,
    stands: Stands,
    place: Snaps,
    *,
    allowed: Mask,
    notice_ms: Ints,
    k: int,
    limit_ms: int = DAY_MS,
    most_passed: int = 3,
    routes: bool = False,
) -> Arrivals:
    """The k first of the allowed stands at a place (Snaps of one row), all within `limit_ms` of the call.

    `allowed` and `notice_ms` have shape (T,). A place that is off the network is reached by nobody.
    """
    found, (arrived, passed) = _run(network, conditions, stands, place, allowed, notice_ms, k, limit_ms, most_passed)
    hows = found.hows[0, :arrived].tolist() if routes else []
    stand, notice, access, road, walk, arrival, column = found.legs[:, 0, :arrived]
    return Arrivals(
        stand=stand,
        notice_ms=notice,
        access_ms=access,
        road_ms=road,
        walk_ms=walk,
        arrival_ms=arrival,
        gap_m=place.gap_m[0][column],
        passed_stand=(found.passed[0, :passed] & NUMBER).astype(np.int32),
        passed_arrival_ms=(found.passed[0, :passed] >> 32).astype(np.int32),
        routes=tuple(_route(network, stands.snaps, place, how) for how in hows),
    )


def nearest_stands_bulk(
    network: RoadNetwork,
    conditions: Conditions,
    stands: Stands,
    places: Snaps,
    *,
    allowed: Mask,
    notice_ms: Ints,
    k: int,
    limit_ms: int = DAY_MS,
) -> BulkArrivals:
    """`nearest_stands` for n places at once; `allowed` has shape (n, T), or (T,) where one mask serves all.

    With one mask and thousands of places the sweep is quicker.
    """
    found, _ = _run(network, conditions, stands, places, allowed, notice_ms, k, limit_ms, 0)
    stand, notice, access, road, walk, arrival, column = found.legs
    gap_m = np.where(column < 0, np.nan, np.take_along_axis(places.gap_m, np.maximum(column, 0), axis=1))
    return BulkArrivals(stand, notice, access, road, walk, arrival, gap_m)


class _Found(NamedTuple):
    """What the kernel writes; see `dijkstra.search`."""

    labels: Longs
    hows: Longs
    passed: Longs
    legs: Ints


def _run(
    network: RoadNetwork,
    conditions: Conditions,
    stands: Stands,
    places: Snaps,
    allowed: Mask,
    notice_ms: Ints,
    k: int,
    limit_ms: int,
    most_passed: int,
) -> tuple[_Found, tuple[int, int]]:
    count, arcs = len(places), network.arriving
    found = _Found(
        np.empty((count, k), dtype=np.int64),
        np.empty((count, k), dtype=np.int64),
        np.empty((count, most_passed), dtype=np.int64),
        np.empty((LEGS, count, k), dtype=np.int32),
    )
    numbers = search(
        kernel_roads(network, conditions),
        (arcs.arc, arcs.node, arcs.travel_ms, conditions.mark, conditions.forward_ms, conditions.backward_ms),
        (stands.heads, stands.ways, stands.least_ms, stands.snaps.segment, stands.snaps.share, stands.snaps.walk_ms),
        (places.segment, places.share, places.walk_ms),
        (np.atleast_2d(allowed), notice_ms, min(limit_ms, NEVER_MS - 1), conditions.is_open),
        _scratch.of(network),
        tuple(found),
    )
    return found, numbers


def _route(network: RoadNetwork, team: Snaps, place: Snaps, how: int) -> Route:
    """The route of an arrival of this thread's last search."""
    direct, tag, way = how & 1, (how >> 1) & ((1 << TAG_BITS) - 1), how >> (1 + TAG_BITS)
    stand, column, end = way // (2 * CANDIDATES), (way >> 1) % CANDIDATES, way & 1
    segment, last = int(team.segment[stand, column]), int(place.segment[0, tag >> 1])
    arcs = np.empty(0, dtype=np.int32)
    if not direct:
        node = network.segment_from[segment] if end else network.segment_to[segment]
        state, _, _ = _scratch.of(network)
        arcs = trace(int(node), state, network.arriving.arc, network.segment_from, network.segment_to)
    share, last_share = float(team.share[stand, column]), float(place.share[0, tag >> 1])
    return Route(2 * segment + end, share, arcs, 2 * last + (tag & 1), last_share)
