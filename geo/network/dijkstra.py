"""The search's kernel: Dijkstra from a place against the direction of travel, meeting the stands that wait at nodes.

A *label* is `ms << 32 | number`, so that one comparison orders by time and then by number: of nodes in the heap, of
stands among the arrivals. A *tag* says how a way ends: column of the place's snaps * 2, plus 1 where that segment is
driven against its shape. Nothing is reset between searches: a node counts only with the stamp of this search.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from geo.network.cells import CANDIDATES
from geo.network.conditions import direct_ms, ends_ms, part_ms
from geo.network.graph import NO_WAY
from geo.network.stands import NEVER_MS

NUMBER: Final = 0xFFFF_FFFF
"""The bits of a label that hold its number; all set, they come after every stand."""

TAG_BITS: Final = 5
LEGS: Final = 7
_LAST_STAMP: Final = 2**31 - 1


@numba.njit(cache=True, nogil=True)
def search(roads: Any, arcs: Any, stands: Any, places: Any, ask: Any, scratch: Any, found: Any) -> Any:
    """The first stands at n places; how many arrive at the last place, and how many are passed over there.

    `ask`: allowed (n, T) or (1, T) for all alike, notice_ms (T,), limit_ms, and whether no closure acts. `scratch`: of
    node n the stamped time and how it was reached, state[n] = stamp << 32 | ms, (position of the arc + 1) << 5 | tag;
    the heap; the last stamp. `found`: labels (n, k), hows (n, k) = (stand's way << 5 | tag) << 1 | direct, labels of
    those passed over (n, p), and legs (7, n, k): stand, notice, access, road, walk, arrival, column of the place's
    snaps; -1 where there are fewer.
    """
    limit_ms, stamp = ask[2], scratch[2]
    labels, hows, passed, legs = found
    soon = _least(ask[1], stands[2])
    for place in range(len(labels)):
        if stamp[0] == _LAST_STAMP:
            scratch[0][:] = 0
            stamp[0] = 0
        stamp[0] += 1
        labels[place] = limit_ms << 32 | NUMBER
        passed[place] = limit_ms << 32 | NUMBER
        row = (labels[place], hows[place], passed[place])
        allowed = ask[0][min(place, len(ask[0]) - 1)]
        needed = _needed(allowed, stands[2], row)
        _search_one(place, roads, arcs, stands, places, (allowed, ask[1], ask[2], ask[3]), scratch, row, needed, soon)
        _write_legs(place, stands, places, ask, row, legs)
    arrived = np.count_nonzero(labels[-1] & NUMBER != NUMBER)
    return arrived, np.count_nonzero((passed[-1] & NUMBER != NUMBER) & (passed[-1] < labels[-1, -1]))


@numba.njit(cache=True, nogil=True)
def _write_legs(place: Any, stands: Any, places: Any, ask: Any, row: Any, legs: Any) -> None:
    labels, hows, _ = row
    for rank in range(len(labels)):
        stand, arrival_ms = labels[rank] & NUMBER, labels[rank] >> 32
        if stand == NUMBER:
            legs[:, place, rank:] = -1
            return
        column, way = (hows[rank] >> 2) % CANDIDATES, hows[rank] >> (TAG_BITS + 1)
        notice_ms, walk_ms = ask[1][stand], places[2][place, column]
        access_ms = stands[5][stand, (way >> 1) % CANDIDATES]
        legs[0, place, rank], legs[1, place, rank], legs[2, place, rank] = stand, notice_ms, access_ms
        legs[3, place, rank] = arrival_ms - notice_ms - access_ms - walk_ms
        legs[4, place, rank], legs[5, place, rank], legs[6, place, rank] = walk_ms, arrival_ms, column


@numba.njit(cache=True, nogil=True)
def trace(node: Any, state: Any, arc_number: Any, segment_from: Any, segment_to: Any) -> Any:
    """The arcs from a node that the last search settled to the place's segment, in driving order."""
    arcs = np.empty(8, dtype=np.int32)
    count = 0
    while state[node, 1] >> TAG_BITS:
        if count == len(arcs):
            arcs = np.concatenate((arcs, np.empty_like(arcs)))
        arc = arc_number[(state[node, 1] >> TAG_BITS) - 1]
        arcs[count] = arc
        count += 1
        node = segment_from[arc >> 1] if arc & 1 else segment_to[arc >> 1]
    return arcs[:count].copy()


@numba.njit(cache=True, nogil=True)
def _least(notice_ms: Any, stand_ms: Any) -> Any:
    """The soonest that any stand can be at a node, and the shortest notice."""
    least_ms, shortest_ms = NEVER_MS, NEVER_MS
    for stand in range(len(notice_ms)):
        least_ms = min(least_ms, notice_ms[stand] + stand_ms[stand])
        shortest_ms = min(shortest_ms, notice_ms[stand])
    return least_ms, shortest_ms


@numba.njit(cache=True, nogil=True)
def _needed(allowed: Any, stand_ms: Any, row: Any) -> Any:
    """How many arrivals and how many passed over can come at all, at most as many as are asked for."""
    some, others = 0, 0
    for stand in range(len(allowed)):
        tied = stand_ms[stand] < NEVER_MS
        some += allowed[stand] and tied
        others += tied and not allowed[stand]
    return min(some, len(row[0])), min(others, len(row[2]))


@numba.njit(cache=True, nogil=True)
def _last(row: Any, needed: Any) -> Any:
    """The label from which on nothing changes the answer."""
    labels, _, passed = row
    last = labels[needed[0] - 1] if needed[0] else np.int64(0)
    if needed[0] < len(labels) and needed[1]:  # the k-th never comes: those passed over are bounded by themselves
        last = max(last, passed[needed[1] - 1])
    return last


@numba.njit(cache=True, nogil=True)
def _search_one(
    place: Any,
    roads: Any,
    arcs: Any,
    stands: Any,
    places: Any,
    ask: Any,
    scratch: Any,
    row: Any,
    needed: Any,
    soon: Any,
) -> None:
    arc_number, arc_node, arc_ms, mark, forward_ms, backward_ms = arcs
    heads, ways = stands[0], stands[1]
    allowed, notice_ms, _, is_open = ask
    state, heap, stamp = scratch
    least_ms, shortest_ms = soon
    stamped = stamp[0] << 32
    size = _begin(place, roads, stands, places, ask, scratch, row)
    last = _last(row, needed)
    while size > 0:
        node, ms = heap[0] & NUMBER, heap[0] >> 32
        size = _pop(heap, size)
        if state[node, 0] != stamped | ms:
            continue  # a quicker way was found after this one was put in
        if ms + least_ms > last >> 32:
            return
        tag = state[node, 1] & ((1 << TAG_BITS) - 1)
        for position in range(heads[node, 1], heads[node + 1, 1]):
            way, cost_ms = ways[position] & NUMBER, ways[position] >> 32
            if ms + cost_ms + shortest_ms > last >> 32:
                break
            stand = way // (2 * CANDIDATES)
            if not is_open:
                cost_ms = _cost_ms(roads, stands, way)
            label = (ms + cost_ms + notice_ms[stand]) << 32 | stand
            if label < last:
                _take(label, (way << TAG_BITS | tag) << 1, allowed[stand], row)
                last = _last(row, needed)
        for position in range(heads[node, 0], heads[node + 1, 0]):
            drive_ms = arc_ms[position]
            if not is_open and mark[arc_number[position] >> 1]:
                marked = mark[arc_number[position] >> 1]
                drive_ms = backward_ms[marked] if arc_number[position] & 1 else forward_ms[marked]
                if drive_ms == NO_WAY:
                    continue
            if ms + drive_ms + least_ms <= last >> 32:
                via = (position + 1) << TAG_BITS | tag
                size = _reach(arc_node[position], ms + drive_ms, via, stamped, state, heap, size)


@numba.njit(cache=True, nogil=True)
def _begin(place: Any, roads: Any, stands: Any, places: Any, ask: Any, scratch: Any, row: Any) -> Any:
    """Put the ends of the place's segments into the heap, take the stands on these segments; the heap's size."""
    segments, shares, walks_ms = places
    state, heap, stamp = scratch
    size = 0
    for column in range(CANDIDATES):
        segment, share = segments[place, column], shares[place, column]
        if segment < 0:
            break
        along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
        walk_ms = np.int64(walks_ms[place, column])
        if start_open and along_ms != NO_WAY:
            ms = walk_ms + part_ms(share, along_ms)
            size = _reach(roads[0][segment], ms, column * 2, stamp[0] << 32, state, heap, size)
        if end_open and against_ms != NO_WAY:
            ms = walk_ms + against_ms - part_ms(share, against_ms)
            size = _reach(roads[1][segment], ms, column * 2 + 1, stamp[0] << 32, state, heap, size)
        if start_open or end_open:
            for end in range(2):
                _take_on_segment(place, column, end, roads, stands, places, ask, row)
    return size


@numba.njit(cache=True, nogil=True)
def _take_on_segment(
    place: Any, column: Any, end: Any, roads: Any, stands: Any, places: Any, ask: Any, row: Any
) -> None:
    """The stands on the place's own segment, found among the ways to its end, drive straight to it."""
    heads, ways, _, stand_segments, stand_shares, stand_walks_ms = stands
    allowed, notice_ms, _, _ = ask
    segment, place_share, walk_ms = places[0][place, column], places[1][place, column], places[2][place, column]
    node = roads[0][segment] if end else roads[1][segment]
    for position in range(heads[node, 1], heads[node + 1, 1]):
        way = ways[position] & NUMBER
        stand, stand_column = way // (2 * CANDIDATES), (way >> 1) % CANDIDATES
        if way & 1 != end or stand_segments[stand, stand_column] != segment:
            continue
        share = stand_shares[stand, stand_column]
        if share < place_share if end else share > place_share:
            continue
        drive_ms = direct_ms(roads, segment, share, place_share)
        if drive_ms != NO_WAY:
            ms = notice_ms[stand] + drive_ms + stand_walks_ms[stand, stand_column] + walk_ms
            _take(ms << 32 | stand, (way << TAG_BITS | (column * 2 + end)) << 1 | 1, allowed[stand], row)


@numba.njit(cache=True, nogil=True)
def _cost_ms(roads: Any, stands: Any, way: Any) -> Any:
    """The cost of a way under closures, NEVER_MS where they leave none."""
    stand, column = way // (2 * CANDIDATES), (way >> 1) % CANDIDATES
    segment, share, walk_ms = stands[3][stand, column], stands[4][stand, column], stands[5][stand, column]
    along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
    if way & 1:
        return walk_ms + part_ms(share, against_ms) if start_open else NEVER_MS
    return walk_ms + along_ms - part_ms(share, along_ms) if end_open else NEVER_MS


@numba.njit(cache=True, nogil=True)
def _take(label: Any, how: Any, allowed: Any, row: Any) -> None:
    """Sort an arrival in, once for each stand, if it is soon enough to count."""
    labels, hows, passed = row
    if allowed:
        first, last = _slots(labels, label)
        if first < last:
            labels[first + 1 : last], hows[first + 1 : last] = labels[first : last - 1], hows[first : last - 1]
            labels[first], hows[first] = label, how
    elif label < labels[-1]:
        first, last = _slots(passed, label)
        if first < last:
            passed[first + 1 : last] = passed[first : last - 1]
            passed[first] = label


@numba.njit(cache=True, nogil=True)
def _slots(labels: Any, label: Any) -> Any:
    """Where a label goes, and after how many places the row is as it was; two equal numbers where it stays out."""
    first, count, stand = 0, len(labels), label & NUMBER
    while first < count and labels[first] <= label:
        if labels[first] & NUMBER == stand:
            return 0, 0
        first += 1
    last = first
    while last < count and labels[last] & NUMBER != stand:
        last += 1
    return first, min(last + 1, count)


@numba.njit(cache=True, nogil=True)
def _reach(node: Any, ms: Any, via: Any, stamped: Any, state: Any, heap: Any, size: Any) -> Any:
    """Note a way to a node if it is quicker than those known; the heap's size."""
    if state[node, 0] >= stamped and state[node, 0] <= stamped | ms:
        return size
    state[node, 0], state[node, 1] = stamped | ms, via
    label, hole = ms << 32 | node, size
    while hole > 0:
        above = (hole - 1) >> 2
        if heap[above] <= label:
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = label
    return size + 1


@numba.njit(cache=True, nogil=True)
def _pop(heap: Any, size: Any) -> Any:
    """Take the first out of a heap of fours; the size that is left."""
    size -= 1
    label, hole = heap[size], 0
    while True:
        child = 4 * hole + 1
        if child >= size:
            break
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if heap[other] < heap[least]:
                least = other
        if heap[least] >= label:
            break
        heap[hole] = heap[least]
        hole = least
    heap[hole] = label
    return size
