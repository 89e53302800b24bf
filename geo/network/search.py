"""The search: which stands arrive first at a place, by road, exactly, with any mask, any notice and any closure."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.network.cells import CANDIDATES
from geo.network.conditions import Conditions, kernel_roads
from geo.network.dijkstra import BUCKETS, LEGS, search, trace
from geo.network.graph import Floats, Ints, RoadNetwork
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
    `routes` is empty unless asked for; None is a way without roads.
    `met_closure`: whether the search looked at any road that a closure acts on; else the open network answers the same.
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
    routes: tuple[Route | None, ...]
    met_closure: bool


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
    """What a search writes on, one for each thread, as large as its largest network has needed; see `dijkstra`."""

    def __init__(self) -> None:
        self.sizes = (0, 0, 0)

    def of(self, network: RoadNetwork, stands: Stands) -> tuple[Any, ...]:
        self.enlarge(network.nodes, len(stands), len(network.arriving.arc) + 2 * CANDIDATES)
        return self.arrays

    def enlarge(self, nodes: int, spots: int, entries: int) -> None:
        if nodes > self.sizes[0] or spots > self.sizes[1] or entries > self.sizes[2]:
            nodes, spots, entries = map(max, self.sizes, (nodes, spots, entries))
            self.sizes = (nodes, spots, entries)
            self.arrays = (
                np.zeros((nodes, 2), dtype=np.int64),
                np.zeros(spots, dtype=np.int64),
                np.zeros(2, dtype=np.int64),
                np.empty(BUCKETS, dtype=np.int32),
                np.empty(entries, dtype=np.int64),
                np.empty(entries, dtype=np.int32),
            )


_scratch = _Scratch()


def scratch_of(network: RoadNetwork, stands: Stands) -> tuple[Any, ...]:
    """What a search of this thread writes on; its entries may turn out to be too few."""
    return _scratch.of(network, stands)


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
    legs, gap_m, passed, numbers = _run(
        network, conditions, stands, place, allowed, notice_ms, k, limit_ms, most_passed
    )
    arrived, passed_over, met = numbers[0].tolist()
    stand, notice, access, road, walk, arrival, tag, way, direct = legs[:, 0, :arrived]
    passed_stand, passed_arrival = passed[:, 0, :passed_over]
    return Arrivals(
        stand,
        notice,
        access,
        road,
        walk,
        arrival,
        gap_m[0, :arrived],
        passed_stand,
        passed_arrival,
        _routes(network, stands.snaps, place, stand, tag, way, direct) if routes else (),
        met != 0,
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
    legs, gap_m, _, _ = _run(network, conditions, stands, places, allowed, notice_ms, k, limit_ms, 0)
    stand, notice, access, road, walk, arrival, _, _, _ = legs
    return BulkArrivals(stand, notice, access, road, walk, arrival, gap_m)


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
) -> tuple[Ints, Floats, Ints, Ints]:
    """What the kernel writes; see `dijkstra.search`."""
    count, arcs = len(places.segment), network.arriving
    found = (
        np.empty((LEGS, count, k), dtype=np.int32),
        np.empty((count, k)),
        np.empty((2, count, most_passed), dtype=np.int32),
        np.empty((count, 3), dtype=np.int32),
    )
    row = (np.empty(k, dtype=np.int64), np.empty(k, dtype=np.int64), np.empty(most_passed, dtype=np.int64))
    while not search(
        kernel_roads(network, conditions),
        (arcs.arc, arcs.node, arcs.travel_ms),
        (stands.heads, stands.ways, stands.least_ms, stands.spots, stands.spot_start, stands.spot_stand),
        (places.segment, places.share, places.walk_ms, places.gap_m),
        (allowed if allowed.ndim == 2 else allowed[None], notice_ms, min(limit_ms, NEVER_MS - 1), conditions.is_open),
        (*_scratch.of(network, stands), row),
        found,
    ):
        _scratch.enlarge(0, 0, 2 * _scratch.sizes[2])
    return found


def _routes(
    network: RoadNetwork, team: Snaps, place: Snaps, stands: Ints, tags: Ints, ways: Ints, directs: Ints
) -> tuple[Route, ...]:
    """The routes of this thread's last search."""
    state, nowhere, routes = _scratch.arrays[0], np.empty(0, dtype=np.int32), []
    for stand, tag, way, direct in zip(*(row.tolist() for row in (stands, tags, ways, directs)), strict=True):
        column, end, place_column = (way >> 1) % CANDIDATES, way & 1, tag >> 1
        segment = int(team.segment[stand, column])
        arcs = nowhere
        if not direct:
            node = int((network.segment_from if end else network.segment_to)[segment])
            arcs = trace(node, state, network.arriving.arc, network.segment_from, network.segment_to)
        routes.append(
            Route(
                start_arc=2 * segment + end,
                start_share=float(team.share[stand, column]),
                arcs=arcs,
                end_arc=2 * int(place.segment[0, place_column]) + (tag & 1),
                end_share=float(place.share[0, place_column]),
            )
        )
    return tuple(routes)
