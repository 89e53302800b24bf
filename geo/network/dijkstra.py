"""The search's kernel: Dijkstra from a place against the direction of travel, meeting the stands that wait at nodes.

A *label* is `ms << 32 | number`, so that one comparison orders by time and then by number: of nodes that wait, of
stands among the arrivals. A *tag* says how a way ends: column of the place's snaps * 2, plus 1 where that segment is
driven against its shape. Nodes wait in buckets of two seconds; inside one the order is free, and a node that gets
quicker after its turn has another. Nothing is reset between searches: a node counts only with this search's stamp.
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

BUCKETS: Final = 2048
"""What waits longer than all of them comes out before its time, which costs time and changes nothing."""

LEGS: Final = 9
TAG_BITS: Final = 5
_BUCKET_BITS: Final = 11
_LAST_STAMP: Final = 2**31 - 1


@numba.njit(cache=True, nogil=True)
def search(roads: Any, arcs: Any, stands: Any, places: Any, ask: Any, scratch: Any, found: Any) -> Any:
    """The first stands at n places; of the last place how many arrive, how many are passed over, and whether any road
    that a closure acts on was looked at: if none was, the open network has the same answer.

    `ask`: allowed (n, T) or (1, T) for all alike, notice_ms (T,), limit_ms, and whether no closure acts. `scratch`: of
    node n the stamped time and how it was reached, state[n] = stamp << 32 | ms, (position of the arc + 1) << 5 | tag;
    the last stamp; the first entry of each bucket; the labels of entries; the entry after each. `found`: legs
    (9, n, k): stand, notice, access, road, walk, arrival, tag, the stand's way, whether it drives there directly; the
    gap_m of the walk (n, k); and passed over (2, n, p): stand, arrival. -1 and NaN where there are fewer.
    """
    notice_ms, limit_ms, stamp = ask[1], np.int64(ask[2]), scratch[1]
    legs, gap_m, passed = found
    count, k = gap_m.shape
    row = (np.empty(k, dtype=np.int64), np.empty(k, dtype=np.int64), np.empty(passed.shape[2], dtype=np.int64))
    soon, met = _soonest(notice_ms, stands[2]), False
    for place in range(count):
        if stamp[0] == _LAST_STAMP:
            scratch[0][:] = 0
            stamp[0] = 0
        stamp[0] += 1
        row[0][:] = limit_ms << 32 | NUMBER
        row[2][:] = limit_ms << 32 | NUMBER
        one_ask = (ask[0][min(place, len(ask[0]) - 1)], notice_ms, ask[3])
        needed = _needed(one_ask[0], stands[2], row)
        met = _search_one(place, roads, arcs, stands, places, one_ask, scratch, row, needed, soon)
        _write(place, stands, places, notice_ms, row, found)
    return np.count_nonzero(legs[0, -1] >= 0), np.count_nonzero(passed[0, -1] >= 0), met


@numba.njit(cache=True, nogil=True)
def _soonest(notice_ms: Any, stand_ms: Any) -> Any:
    """The soonest that any stand can be at a node, and the shortest notice."""
    least_ms, shortest_ms = NEVER_MS, NEVER_MS
    for stand in range(len(notice_ms)):
        least_ms = min(least_ms, notice_ms[stand] + stand_ms[stand])
        shortest_ms = min(shortest_ms, notice_ms[stand])
    return least_ms, shortest_ms


@numba.njit(cache=True, nogil=True)
def _needed(allowed: Any, stand_ms: Any, row: Any) -> Any:
    """How many arrivals and how many passed over can come at all, at most as many as are asked for."""
    some, tied = 0, 0
    for stand in range(len(allowed)):
        tied += stand_ms[stand] < NEVER_MS
        some += allowed[stand] and stand_ms[stand] < NEVER_MS
    return min(some, len(row[0])), min(tied - some, len(row[2]))


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
) -> Any:
    arc_number, arc_node, arc_ms = arcs
    mark, forward_ms, backward_ms = roads[4], roads[9], roads[10]
    heads, ways = stands[0], stands[1]
    allowed, notice_ms, is_open = ask
    state, stamp, first, waiting, following = scratch
    least_ms, shortest_ms = soon
    stamped = stamp[0] << 32
    first[:] = -1
    used = _begin(place, roads, stands, places, ask, scratch, row)
    last = _last(row, needed)
    met = False
    if not is_open:
        for segment in places[0][place]:
            met |= segment >= 0 and mark[segment] != 0
    bucket, left = 0, used
    while left > 0:
        entry = first[bucket & (BUCKETS - 1)]
        if entry < 0:
            bucket += 1
            if (bucket << _BUCKET_BITS) + least_ms > last >> 32:
                return met
            continue
        first[bucket & (BUCKETS - 1)] = following[entry]
        left -= 1
        node, ms = waiting[entry] & NUMBER, waiting[entry] >> 32
        if state[node, 0] != stamped | ms:
            continue  # a quicker way was found after this one was put in
        tag = state[node, 1] & ((1 << TAG_BITS) - 1)
        for position in range(heads[node, 1], heads[node + 1, 1]):
            way, cost_ms = ways[position] & NUMBER, ways[position] >> 32
            if ms + cost_ms + shortest_ms > last >> 32:
                break
            stand = way >> 5
            if not is_open:
                cost_ms = _cost_ms(roads, stands, way)
                met |= mark[stands[3][stand, (way >> 1) & 15]] != 0
            label = (ms + cost_ms + notice_ms[stand]) << 32 | stand
            if label < last:
                _take(label, (way << TAG_BITS | tag) << 1, allowed[stand], row)
                last = _last(row, needed)
        if used + heads[node + 1, 0] - heads[node, 0] > len(waiting):
            waiting = np.concatenate((waiting, np.empty_like(waiting)))
            following = np.concatenate((following, np.empty_like(following)))
        for position in range(heads[node, 0], heads[node + 1, 0]):
            drive_ms = arc_ms[position]
            if not is_open and mark[arc_number[position] >> 1]:
                marked, met = mark[arc_number[position] >> 1], True
                drive_ms = backward_ms[marked] if arc_number[position] & 1 else forward_ms[marked]
                if drive_ms == NO_WAY:
                    continue
            if ms + drive_ms + least_ms <= last >> 32:
                via = (position + 1) << TAG_BITS | tag
                queued = _reach(
                    arc_node[position], ms + drive_ms, via, stamped, state, (first, waiting, following), used
                )
                left += queued - used
                used = queued
    return met


@numba.njit(cache=True, nogil=True)
def _begin(place: Any, roads: Any, stands: Any, places: Any, ask: Any, scratch: Any, row: Any) -> Any:
    """Let the ends of the place's segments wait, take the stands on these segments; how many entries wait."""
    segments, shares, walks_ms, _ = places
    state, stamp, first, waiting, following = scratch
    queue = (first, waiting, following)
    used = 0
    for column in range(CANDIDATES):
        segment, share = segments[place, column], shares[place, column]
        if segment < 0:
            break
        along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
        walk_ms = np.int64(walks_ms[place, column])
        if start_open and along_ms != NO_WAY:
            ms = walk_ms + part_ms(share, along_ms)
            used = _reach(roads[0][segment], ms, column * 2, stamp[0] << 32, state, queue, used)
        if end_open and against_ms != NO_WAY:
            ms = walk_ms + against_ms - part_ms(share, against_ms)
            used = _reach(roads[1][segment], ms, column * 2 + 1, stamp[0] << 32, state, queue, used)
        if start_open or end_open:
            for end in range(2):
                _take_on_segment(place, column, end, roads, stands, places, ask, row)
    return used


@numba.njit(cache=True, nogil=True)
def _take_on_segment(
    place: Any, column: Any, end: Any, roads: Any, stands: Any, places: Any, ask: Any, row: Any
) -> None:
    """The stands on the place's own segment, found among the ways to its end, drive straight to it."""
    heads, ways, _, stand_segments, stand_shares, stand_walks_ms = stands
    allowed, notice_ms, _ = ask
    segment, place_share, walk_ms = places[0][place, column], places[1][place, column], places[2][place, column]
    node = roads[0][segment] if end else roads[1][segment]
    for position in range(heads[node, 1], heads[node + 1, 1]):
        way = ways[position] & NUMBER
        stand, stand_column = way >> 5, (way >> 1) & 15
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
    stand, column = way >> 5, (way >> 1) & 15
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
            for slot in range(last - 1, first, -1):
                labels[slot], hows[slot] = labels[slot - 1], hows[slot - 1]
            labels[first], hows[first] = label, how
    elif label < labels[-1]:
        first, last = _slots(passed, label)
        if first < last:
            for slot in range(last - 1, first, -1):
                passed[slot] = passed[slot - 1]
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
def _reach(node: Any, ms: Any, via: Any, stamped: Any, state: Any, queue: Any, used: Any) -> Any:
    """Note a way to a node if it is quicker than those known, and let the node wait; how many entries are used."""
    if stamped <= state[node, 0] <= stamped | ms:
        return used
    state[node, 0], state[node, 1] = stamped | ms, via
    first, waiting, following = queue
    bucket = (ms >> _BUCKET_BITS) & (BUCKETS - 1)
    waiting[used], following[used], first[bucket] = ms << 32 | node, first[bucket], used
    return used + 1


@numba.njit(cache=True, nogil=True)
def _write(place: Any, stands: Any, places: Any, notice_ms: Any, row: Any, found: Any) -> None:
    """The answer for one place, its legs taken apart."""
    labels, hows, others = row
    legs, gap_m, passed = found
    for rank in range(len(labels)):
        stand, arrival_ms = labels[rank] & NUMBER, labels[rank] >> 32
        if stand == NUMBER:
            legs[:, place, rank], gap_m[place, rank] = -1, np.nan
            continue
        way, tag = hows[rank] >> (TAG_BITS + 1), (hows[rank] >> 1) & ((1 << TAG_BITS) - 1)
        access_ms, walk_ms = stands[5][stand, (way >> 1) & 15], places[2][place, tag >> 1]
        legs[0, place, rank], legs[1, place, rank], legs[2, place, rank] = stand, notice_ms[stand], access_ms
        legs[3, place, rank] = arrival_ms - notice_ms[stand] - access_ms - walk_ms
        legs[4, place, rank], legs[5, place, rank], gap_m[place, rank] = walk_ms, arrival_ms, places[3][place, tag >> 1]
        legs[6, place, rank], legs[7, place, rank], legs[8, place, rank] = tag, way, hows[rank] & 1
    for rank in range(len(others)):
        before = others[rank] < labels[-1] and others[rank] & NUMBER != NUMBER
        passed[0, place, rank] = others[rank] & NUMBER if before else -1
        passed[1, place, rank] = others[rank] >> 32 if before else -1


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
