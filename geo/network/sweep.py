"""The sweep: the first teams at every node at once, and from them the first teams at any number of places.

Where the search asks who comes first to one place, the sweep runs outward from all stands together and asks it for the
whole network. An arrival is one whole number, the *label* `arrival_ms << 32 | stand << 8 | access << 4 | exit`, with
the columns of the stand's and of the place's candidates that it uses (exit is 0 at nodes): its order is the order of
arrival with ties to the lower stand, and driving on is one addition. Labels are corrected until none gets better, so
the answer does not depend on the order of work; buckets of a few seconds keep that order nearly right at a third of
the cost of a heap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np

from geo.network.conditions import Conditions, direct_ms, ends_ms, kernel_roads, part_ms
from geo.network.graph import NO_WAY, Ints, Longs, RoadNetwork
from geo.network.search import BulkArrivals
from geo.network.snapping import Snaps
from geo.network.stands import Stands

_NEVER: Final = np.iinfo(np.int64).max
_STAND: Final = 0xFFFF_FF00
_STAND_BITS: Final = 8
_ACCESS_BITS: Final = 4
_COLUMN: Final = 15
_BUCKET_BITS: Final = 13  # 8 seconds: about the time between two junctions
_BUCKETS: Final = 2048  # 4.6 hours; what lies beyond comes out of turn, which costs time and changes nothing


@dataclass(frozen=True, slots=True, eq=False)
class NodeArrivals:
    """For each of N nodes the k first distinct stands in order, all within `limit_ms`; labels have shape (N, k)."""

    labels: Longs
    limit_ms: int

    @property
    def stand(self) -> Ints:
        """The stands, int32 (N, k), -1 where fewer arrive."""
        return np.where(self.labels == _NEVER, -1, (self.labels & _STAND) >> _STAND_BITS).astype(np.int32)

    @property
    def arrival_ms(self) -> Ints:
        """When they arrive, notice and access included, int32 (N, k), -1 where fewer do."""
        return np.where(self.labels == _NEVER, -1, self.labels >> 32).astype(np.int32)


def first_arrivals(
    network: RoadNetwork, conditions: Conditions, stands: Stands, allowed: Any, notice_ms: Ints, k: int, limit_ms: int
) -> NodeArrivals:
    """The k first of the `allowed` stands (bool, shape (T,)) at every node, within `limit_ms` of the call.

    A team leaves `notice_ms` (shape (T,)) after the call, walks to any of its candidate roads and drives on.
    """
    nodes, seeds = _seeds(
        kernel_roads(network, conditions),
        _candidates(stands.snaps),
        np.asarray(allowed, dtype=np.bool_),
        np.asarray(notice_ms, dtype=np.int32),
        limit_ms,
    )
    arcs = network.leaving
    driving_ms = _driving_ms(network, conditions)
    size, fits = len(seeds) + k * len(arcs.arc), False
    while not fits:  # every label of every node waiting once for each arc is already far more than is met
        labels, fits = _sweep(arcs.start, arcs.node, driving_ms, nodes, seeds, k, limit_ms, size)
        size *= 2
    return NodeArrivals(labels, limit_ms)


def arrivals_at(
    network: RoadNetwork,
    conditions: Conditions,
    stands: Stands,
    allowed: Any,
    notice_ms: Ints,
    node_arrivals: NodeArrivals,
    places: Snaps,
) -> BulkArrivals:
    """The k first stands at n places, the walk included: what the search gives at each of them.

    The other arguments are those of `first_arrivals`.
    """
    labels = _at_places(
        kernel_roads(network, conditions),
        _candidates(places),
        _candidates(stands.snaps),
        np.asarray(allowed, dtype=np.bool_),
        np.asarray(notice_ms, dtype=np.int32),
        node_arrivals.labels,
        node_arrivals.limit_ms,
    )
    found = labels != _NEVER
    row, label = np.nonzero(found)[0], labels[found]
    stand, column = (label & _STAND) >> _STAND_BITS, label & _COLUMN
    notice, walk_ms = np.asarray(notice_ms, dtype=np.int32)[stand], places.walk_ms[row, column]
    access_ms = stands.snaps.walk_ms[stand, label >> _ACCESS_BITS & _COLUMN]
    road_ms = (label >> 32) - notice - access_ms - walk_ms
    return BulkArrivals(
        stand=_filled(found, stand, -1, np.int32),
        notice_ms=_filled(found, notice, -1, np.int32),
        access_ms=_filled(found, access_ms, -1, np.int32),
        road_ms=_filled(found, road_ms, -1, np.int32),
        walk_ms=_filled(found, walk_ms, -1, np.int32),
        arrival_ms=_filled(found, label >> 32, -1, np.int32),
        gap_m=_filled(found, places.gap_m[row, column], np.nan, np.float64),
    )


def _filled(found: Any, values: Any, missing: float, dtype: Any) -> Any:
    whole = np.full(found.shape, missing, dtype=dtype)
    whole[found] = values
    return whole


def _driving_ms(network: RoadNetwork, conditions: Conditions) -> Ints:
    """The time of each leaving arc under the conditions."""
    arcs = network.leaving
    if conditions.is_open:
        return arcs.travel_ms
    row = conditions.mark[arcs.arc >> 1]
    changed = np.where(arcs.arc & 1, conditions.backward_ms[row], conditions.forward_ms[row])
    return np.where(row == 0, arcs.travel_ms, changed).astype(np.int32)


def _candidates(snaps: Snaps) -> tuple[Any, ...]:
    return snaps.segment, snaps.share, snaps.walk_ms


@numba.njit(cache=True, nogil=True, inline="always")
def _insert(row: Any, label: Any) -> Any:
    """Put a label among the row's, ascending, one for each stand; False where it betters nothing."""
    k, stand, at = len(row), label & _STAND, 0
    while at < k and row[at] <= label:
        if row[at] & _STAND == stand:
            return False
        at += 1
    if at == k:
        return False
    last = at
    while last < k - 1 and row[last] & _STAND != stand:
        last += 1
    while last > at:
        row[last] = row[last - 1]
        last -= 1
    row[at] = label
    return True


@numba.njit(cache=True, nogil=True, inline="always")
def _holds(row: Any, label: Any) -> Any:
    held = False
    for one in row:
        held |= one == label
    return held


@numba.njit(cache=True, nogil=True)
def _seeds(roads: Any, candidates: Any, allowed: Any, notice_ms: Any, limit_ms: Any) -> Any:
    """Where and when the allowed stands come onto the network: nodes and labels, two for each candidate at most."""
    segments, shares, walks = candidates
    nodes = np.empty(2 * segments.size, dtype=np.int32)
    labels = np.empty(2 * segments.size, dtype=np.int64)
    count, width = 0, segments.shape[1]
    for stand in range(len(segments)):
        for column in range(width if allowed[stand] else 0):
            segment, share, flat = segments[stand, column], shares[stand, column], stand * width + column
            if segment < 0:
                break
            along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
            leaves_ms = np.int64(notice_ms[stand]) + walks[stand, column]
            if end_open and along_ms != NO_WAY and leaves_ms + along_ms - part_ms(share, along_ms) <= limit_ms:
                nodes[count] = roads[1][segment]
                labels[count] = (leaves_ms + along_ms - part_ms(share, along_ms)) << 32 | flat << _ACCESS_BITS
                count += 1
            if start_open and against_ms != NO_WAY and leaves_ms + part_ms(share, against_ms) <= limit_ms:
                nodes[count] = roads[0][segment]
                labels[count] = (leaves_ms + part_ms(share, against_ms)) << 32 | flat << _ACCESS_BITS
                count += 1
    return nodes[:count], labels[:count]


@numba.njit(cache=True, nogil=True, inline="always")
def _wait(waiting: Any, nodes: Any, following: Any, first: Any, slot: Any, node: Any, label: Any) -> None:
    """Chain a label and its node into its bucket, in a slot that is free."""
    bucket = (label >> (32 + _BUCKET_BITS)) & (_BUCKETS - 1)
    waiting[slot], nodes[slot], following[slot] = label, node, first[bucket]
    first[bucket] = slot


@numba.njit(cache=True, nogil=True)
def _sweep(
    start: Any, head: Any, driving_ms: Any, seed_nodes: Any, seeds: Any, k: Any, limit_ms: Any, size: Any
) -> tuple[Any, bool]:
    """The labels of every node, (N, k), and whether `size` slots were enough for those that wait at one time.

    `first` and `following` chain the labels that wait in each bucket, and the slots that became free; those from
    `used` on were never taken. A label that was bettered while it waited is dropped when it comes out. One function,
    because numba reads arrays that stay in place several times as fast as those of a structure.
    """
    labels = np.full((len(start) - 1, k), _NEVER, dtype=np.int64)
    waiting = np.empty(size, dtype=np.int64)
    nodes, following = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    first = np.full(_BUCKETS, -1, dtype=np.int32)
    free, used, bucket = -1, 0, 0
    for seed in range(len(seeds)):
        if _insert(labels[seed_nodes[seed]], seeds[seed]):
            _wait(waiting, nodes, following, first, used, seed_nodes[seed], seeds[seed])
            used += 1
    count = used
    while count > 0:
        slot = int(first[bucket & (_BUCKETS - 1)])
        if slot < 0:
            bucket += 1
            continue
        first[bucket & (_BUCKETS - 1)] = following[slot]
        following[slot] = free
        free = slot
        count -= 1
        label, node = waiting[slot], nodes[slot]
        if not _holds(labels[node], label):
            continue
        for arc in range(start[node], start[node + 1]):
            arc_ms, other = np.int64(driving_ms[arc]), head[arc]
            if arc_ms == NO_WAY or (label >> 32) + arc_ms > limit_ms:
                continue
            driven = label + (arc_ms << 32)
            if driven < labels[other, k - 1] and _insert(labels[other], driven):
                slot = free
                if slot >= 0:
                    free = int(following[slot])
                elif used < size:
                    slot = used
                    used += 1
                else:
                    return labels, False
                _wait(waiting, nodes, following, first, slot, other, driven)
                count += 1
    return labels, True


@numba.njit(cache=True, nogil=True)
def _by_segment(segments: Any, allowed: Any, count: Any) -> Any:
    """The allowed stands' candidates on each of `count` segments, as start (count + 1,) and flat positions."""
    start = np.zeros(count + 2, dtype=np.int32)
    width = segments.shape[1]
    for flat in range(segments.size):
        segment = segments[flat // width, flat % width]
        if segment >= 0 and allowed[flat // width]:
            start[segment + 2] += 1
    start = np.cumsum(start).astype(np.int32)
    positions = np.empty(start[-1], dtype=np.int32)
    for flat in range(segments.size):
        segment = segments[flat // width, flat % width]
        if segment >= 0 and allowed[flat // width]:
            positions[start[segment + 1]] = flat
            start[segment + 1] += 1
    return start[:-1], positions


@numba.njit(cache=True, nogil=True)
def _add_from_node(row: Any, arrivals: Any, last_ms: Any, column: Any, limit_ms: Any) -> None:
    """Offer a place what arrives at one node, `last_ms` later, by the candidate in `column`."""
    for label in arrivals:
        if label == _NEVER or (label >> 32) + last_ms > limit_ms:
            return
        later = label + (np.int64(last_ms) << 32) + column
        if later >= row[-1]:
            return
        _insert(row, later)


@numba.njit(cache=True, nogil=True)
def _at_places(roads: Any, places: Any, stands: Any, allowed: Any, notice_ms: Any, arrivals: Any, limit_ms: Any) -> Any:
    """The labels of every place, (n, k): by the nodes at the ends of its candidates, or along one of these."""
    segments, shares, walks = places
    stand_shares, stand_walks, width = stands[1], stands[2], stands[0].shape[1]
    start, positions = _by_segment(stands[0], allowed, len(roads[0]))
    labels = np.full((len(segments), arrivals.shape[1]), _NEVER, dtype=np.int64)
    for place in range(len(segments)):
        row = labels[place]
        for column in range(segments.shape[1]):
            segment, share, walk_ms = segments[place, column], shares[place, column], walks[place, column]
            if segment < 0:
                break
            along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
            if start_open and along_ms != NO_WAY:
                last_ms = part_ms(share, along_ms) + walk_ms
                _add_from_node(row, arrivals[roads[0][segment]], last_ms, column, limit_ms)
            if end_open and against_ms != NO_WAY:
                last_ms = against_ms - part_ms(share, against_ms) + walk_ms
                _add_from_node(row, arrivals[roads[1][segment]], last_ms, column, limit_ms)
            for flat in positions[start[segment] : start[segment + 1]]:
                stand, stand_column = flat // width, flat % width
                drive_ms = direct_ms(roads, segment, stand_shares[stand, stand_column], share)
                arrival_ms = np.int64(notice_ms[stand]) + stand_walks[stand, stand_column] + drive_ms + walk_ms
                if drive_ms != NO_WAY and arrival_ms <= limit_ms:
                    _insert(row, arrival_ms << 32 | flat << _ACCESS_BITS | column)
    return labels
