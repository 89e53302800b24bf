"""The search's kernel: Dijkstra from a place against the direction of travel, meeting the teams that stand on the way.

Nodes that wait have labels like those of stands (ranking): `ms << 32 | node`. They wait in buckets of two seconds;
inside one the order is free, and a node that gets quicker after its turn has another. A *tag* says how a way ends:
column of the place's snaps * 2, plus 1 where that segment is driven against its shape. Nothing is reset between
searches: what a node or spot knows counts only with the stamp of this search.

What the kernels are given, each a tuple: `roads` (conditions.kernel_roads); `arcs`, those that arrive: number, other
node, travel_ms; `stands` (see Stands): heads, ways, least_ms, spots, spot_start, spot_stand; `places` (see Snaps):
segment, share, walk_ms, gap_m; `ask`: allowed, notice_ms, limit_ms, whether no closure acts; `scratch`:

- state (N, 2): of each node `stamp << 32 | ms`, and how it was reached, `(position of the arc + 1) << 5 | tag`;
- of each spot `stamp << 32 | ms`;
- two numbers: the last stamp, and whether this search looked at a road that a closure acts on;
- the first entry of each bucket; the labels of the entries; the entry after each;
- row: the k first labels; how each comes, `way << 6 | tag << 1 | direct`; the labels of those passed over.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from geo.network.cells import CANDIDATES
from geo.network.compiled import lean
from geo.network.conditions import direct_ms, ends_ms, part_ms
from geo.network.graph import NO_WAY
from geo.network.ranking import NUMBER, last_label, needed_of, take
from geo.network.stands import NEVER_MS

BUCKETS: Final = 2048
"""What waits longer than all of them comes out before its time, which costs time and changes nothing."""

LEGS: Final = 9
_BUCKET_BITS: Final = 11
_TAG_BITS: Final = 5
_WAY_BITS: Final = 5
_LAST_STAMP: Final = 2**31 - 1


@lean
def search(roads: Any, arcs: Any, stands: Any, places: Any, ask: Any, scratch: Any, found: Any) -> Any:
    """The first stands at n places; whether the entries were enough, else nothing is found.

    `ask` has masks (n, T), or (1, T) for all alike. `found`: legs (9, n, k): stand, notice, access, road, walk,
    arrival, tag, way, whether it drives there directly; gap_m of the walk (n, k); passed over (2, n, p): stand and
    arrival; -1 and NaN where there are fewer. And for each place three numbers (n, 3): how many arrive, how many are
    passed over, and whether a road that a closure acts on was looked at: if none was, the open network has the same
    answer.
    """
    state, spot_state, flags = scratch[:3]
    soon = _soonest(ask[1], stands[2])
    for place in range(len(places[0])):
        if flags[0] == _LAST_STAMP:
            state[:] = 0
            spot_state[:] = 0
            flags[0] = 0
        flags[0] += 1
        flags[1] = 0
        one_ask = (ask[0][min(place, len(ask[0]) - 1)], ask[1], ask[2], ask[3])
        if not _search_one(place, roads, arcs, stands, places, one_ask, scratch, soon):
            return False
        _write(place, stands, places, ask[1], scratch, found)
    return True


@lean
def _soonest(notice_ms: Any, stand_ms: Any) -> Any:
    """The soonest that any stand can be at a node, and the shortest notice."""
    least_ms, shortest_ms = NEVER_MS, NEVER_MS
    for stand in range(len(notice_ms)):
        least_ms = min(least_ms, notice_ms[stand] + stand_ms[stand])
        shortest_ms = min(shortest_ms, notice_ms[stand])
    return least_ms, shortest_ms


@lean
def _search_one(place: Any, roads: Any, arcs: Any, stands: Any, places: Any, ask: Any, scratch: Any, soon: Any) -> Any:
    state, _, flags, first, waiting, following, row = scratch
    stamped = flags[0] << 32
    needed = needed_of(ask[0], stands[2], row)
    row[0][:] = row[2][:] = np.int64(ask[2]) << 32 | NUMBER
    first[:] = -1
    used = _begin(place, roads, stands, places, ask, scratch)
    bucket, left, last = 0, used, last_label(row, needed)
    while left > 0 and (bucket << _BUCKET_BITS) + soon[0] <= last >> 32:
        entry = first[bucket & (BUCKETS - 1)]
        if entry < 0:
            bucket += 1
            continue
        first[bucket & (BUCKETS - 1)] = following[entry]
        left -= 1
        node, ms = waiting[entry] & NUMBER, waiting[entry] >> 32
        if state[node, 0] != stamped | ms:
            continue  # a quicker way was found after this one was put in
        last = _meet(node, ms, roads, stands, ask, scratch, needed, last, soon[1])
        if used + stands[0][node + 1, 0] - stands[0][node, 0] > len(waiting):
            return False
        queued = _drive_on(node, ms, roads, arcs, stands[0], ask[3], scratch, used, (last >> 32) - soon[0])
        left, used = left + queued - used, queued
    return True


@lean
def _begin(place: Any, roads: Any, stands: Any, places: Any, ask: Any, scratch: Any) -> Any:
    """Let the ends of the place's segments wait, take the stands on these segments; how many entries are used."""
    segments, shares, walks_ms, _ = places
    used = 0
    for column in range(CANDIDATES):
        segment, share = segments[place, column], shares[place, column]
        if segment < 0:
            break
        scratch[2][1] |= roads[4][segment] != 0
        along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
        walk_ms = np.int64(walks_ms[place, column])
        if start_open and along_ms != NO_WAY:
            used = _reach(roads[0][segment], walk_ms + part_ms(share, along_ms), column * 2, scratch, used)
        if end_open and against_ms != NO_WAY:
            ms = walk_ms + against_ms - part_ms(share, against_ms)
            used = _reach(roads[1][segment], ms, column * 2 + 1, scratch, used)
        if start_open or end_open:
            _take_on_segment(segment, share, walk_ms, column * 2, roads, stands, ask, scratch)
            _take_on_segment(segment, share, walk_ms, column * 2 + 1, roads, stands, ask, scratch)
    return used


@lean
def _take_on_segment(
    segment: Any, place: Any, walk_ms: Any, tag: Any, roads: Any, stands: Any, ask: Any, scratch: Any
) -> None:
    """The stands on the place's own segment, found among the ways to its end, drive straight to it."""
    heads, ways, _, spots, _, _ = stands
    end = tag & 1
    node = roads[0][segment] if end else roads[1][segment]
    for position in range(heads[node, 1], heads[node + 1, 1]):
        way = ways[position] & NUMBER
        spot, column = way >> _WAY_BITS, (way >> 1) % CANDIDATES
        if way & 1 != end or spots[0][spot, column] != segment:
            continue
        share = spots[1][spot, column]
        if share < place if end else share > place:
            continue
        drive_ms = direct_ms(roads, segment, share, place)
        if drive_ms != NO_WAY:
            ms = drive_ms + spots[2][spot, column] + walk_ms
            _take_spot(ms, way, tag << 1 | 1, stands, ask, scratch, NEVER_MS << 32)


@lean
def _meet(
    node: Any, ms: Any, roads: Any, stands: Any, ask: Any, scratch: Any, needed: Any, last: Any, shortest_ms: Any
) -> Any:
    """Take the stands whose ways lead to a node; from which label on nothing counts now."""
    heads, ways, _, spots, _, _ = stands
    tag = scratch[0][node, 1] & ((1 << _TAG_BITS) - 1)
    for position in range(heads[node, 1], heads[node + 1, 1]):
        way, cost_ms = ways[position] & NUMBER, ways[position] >> 32
        if ms + cost_ms + shortest_ms > last >> 32:
            break
        if not ask[3]:
            segment = spots[0][way >> _WAY_BITS, (way >> 1) % CANDIDATES]
            if roads[4][segment]:
                scratch[2][1] = 1
                cost_ms = _cost_ms(roads, spots, way)
        if _take_spot(ms + cost_ms, way, tag << 1, stands, ask, scratch, last):
            last = last_label(scratch[6], needed)
    return last


@lean
def _cost_ms(roads: Any, spots: Any, way: Any) -> Any:
    """The cost of a way under closures, NEVER_MS where they leave none."""
    spot, column = way >> _WAY_BITS, (way >> 1) % CANDIDATES
    segment, share, walk_ms = spots[0][spot, column], spots[1][spot, column], spots[2][spot, column]
    along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
    if way & 1:
        return walk_ms + part_ms(share, against_ms) if start_open else NEVER_MS
    return walk_ms + along_ms - part_ms(share, along_ms) if end_open else NEVER_MS


@lean
def _take_spot(ms: Any, way: Any, end: Any, stands: Any, ask: Any, scratch: Any, last: Any) -> Any:
    """Take the stands of a spot that come before `last`, unless a way as quick was known; whether any was taken."""
    spot_state, flags, row = scratch[1], scratch[2], scratch[6]
    _, _, _, _, spot_start, spot_stand = stands
    spot, stamped, taken = way >> _WAY_BITS, flags[0] << 32, False
    if stamped <= spot_state[spot] <= stamped | ms:
        return False
    spot_state[spot] = stamped | ms
    for position in range(spot_start[spot], spot_start[spot + 1]):
        stand = spot_stand[position]
        label = (ms + ask[1][stand]) << 32 | stand
        if label < last:
            take(label, way << (_TAG_BITS + 1) | end, ask[0][stand], row)
            taken = True
    return taken


@lean
def _drive_on(
    node: Any, ms: Any, roads: Any, arcs: Any, heads: Any, is_open: Any, scratch: Any, used: Any, until_ms: Any
) -> Any:
    """Reach the nodes from which roads lead to this one, as far as it matters; how many entries are used."""
    arc_number, arc_node, arc_ms = arcs
    _, _, _, _, mark, _, _, _, _, forward_ms, backward_ms = roads
    tag = scratch[0][node, 1] & ((1 << _TAG_BITS) - 1)
    for position in range(heads[node, 0], heads[node + 1, 0]):
        drive_ms = arc_ms[position]
        if not is_open and mark[arc_number[position] >> 1]:
            scratch[2][1] = 1
            marked = mark[arc_number[position] >> 1]
            drive_ms = backward_ms[marked] if arc_number[position] & 1 else forward_ms[marked]
            if drive_ms == NO_WAY:
                continue
        if ms + drive_ms <= until_ms:
            used = _reach(arc_node[position], ms + drive_ms, (position + 1) << _TAG_BITS | tag, scratch, used)
    return used


@lean
def _reach(node: Any, ms: Any, via: Any, scratch: Any, used: Any) -> Any:
    """Note a way to a node if it is quicker than those known, and let the node wait; how many entries are used."""
    state, _, flags, first, waiting, following, _ = scratch
    stamped = flags[0] << 32
    if stamped <= state[node, 0] <= stamped | ms:
        return used
    state[node, 0], state[node, 1] = stamped | ms, via
    bucket = (ms >> _BUCKET_BITS) & (BUCKETS - 1)
    waiting[used], following[used], first[bucket] = ms << 32 | node, first[bucket], used
    return used + 1


@lean
def _write(place: Any, stands: Any, places: Any, notice_ms: Any, scratch: Any, found: Any) -> None:
    """The answer for one place, its legs taken apart."""
    labels, hows, others = scratch[6]
    legs, gap_m, passed, numbers = found
    numbers[place, 0], numbers[place, 1], numbers[place, 2] = 0, 0, scratch[2][1]
    for rank in range(len(labels)):
        stand, arrival_ms = labels[rank] & NUMBER, labels[rank] >> 32
        if stand == NUMBER:
            legs[:, place, rank], gap_m[place, rank] = -1, np.nan
            continue
        numbers[place, 0] += 1
        way, tag = hows[rank] >> (_TAG_BITS + 1), (hows[rank] >> 1) & ((1 << _TAG_BITS) - 1)
        column = tag >> 1
        access_ms, walk_ms = stands[3][2][way >> _WAY_BITS, (way >> 1) % CANDIDATES], places[2][place, column]
        legs[0, place, rank], legs[1, place, rank], legs[2, place, rank] = stand, notice_ms[stand], access_ms
        legs[3, place, rank] = arrival_ms - notice_ms[stand] - access_ms - walk_ms
        legs[4, place, rank], legs[5, place, rank], gap_m[place, rank] = walk_ms, arrival_ms, places[3][place, column]
        legs[6, place, rank], legs[7, place, rank], legs[8, place, rank] = tag, way, hows[rank] & 1
    for rank in range(len(others)):
        before = others[rank] < labels[-1] and others[rank] & NUMBER != NUMBER
        numbers[place, 1] += before
        passed[0, place, rank] = others[rank] & NUMBER if before else -1
        passed[1, place, rank] = others[rank] >> 32 if before else -1


@numba.njit(cache=True, nogil=True)
def trace(node: Any, state: Any, arc_number: Any, segment_from: Any, segment_to: Any) -> Any:
    """The arcs from a node that the last search settled to the place's segment, in driving order."""
    arcs = np.empty(8, dtype=np.int32)
    count = 0
    while state[node, 1] >> _TAG_BITS:
        if count == len(arcs):
            arcs = np.concatenate((arcs, np.empty_like(arcs)))
        arc = arc_number[(state[node, 1] >> _TAG_BITS) - 1]
        arcs[count] = arc
        count += 1
        node = segment_from[arc >> 1] if arc & 1 else segment_to[arc >> 1]
    return arcs[:count].copy()
