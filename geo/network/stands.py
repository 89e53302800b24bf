"""Stands: the places where teams may be, tied to the roads and ready for the searches."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from geo.network.cells import CANDIDATES
from geo.network.conditions import part_ms
from geo.network.graph import RoadNetwork
from geo.network.snapping import Snaps

NEVER_MS: Final = 2**30
"""Later than anything: twelve days."""


class Stands:
    """T stands with their candidate roads; a stand's position is its rank where arrivals tie.

    Stands with the same candidates share a *spot*, so that a hundred teams at one seat cost no more than one: those of
    spot p are `spot_stand[spot_start[p] : spot_start[p + 1]]`, lowest first, and `spots` are the candidates of the P
    spots: segment, share, walk_ms, shape (P, 16).

    `heads` (N + 1, 2): the arcs that arrive at node n are at heads[n, 0]..heads[n + 1, 0] of `network.arriving`, the
    ways from spots to it on the open network at heads[n, 1]..heads[n + 1, 1] of `ways`, quickest first. A way is one
    number, `cost_ms << 32 | (spot * 16 + column) * 2 + end`: the cost is the walk to the road in that column of the
    spot's candidates and the drive to the node; end 0 is the segment's end, driven to along it, and 1 its start.
    `least_ms` (T,): the cheapest way of each stand, NEVER_MS where it has none.
    """

    def __init__(self, network: RoadNetwork, snaps: Snaps) -> None:
        self.snaps = snaps
        candidates = (snaps.segment, snaps.share, snaps.walk_ms)
        order = np.lexsort([column[:, 0] for column in candidates])
        repeats = np.zeros(len(order), dtype=bool)
        repeats[1:] = np.logical_and.reduce([(rows[order[1:]] == rows[order[:-1]]).all(axis=1) for rows in candidates])
        self.spot_stand = order.astype(np.int32)
        self.spot_start = np.append(np.flatnonzero(~repeats), len(order)).astype(np.int32)
        self.spots = tuple(rows[order[self.spot_start[:-1]]] for rows in candidates)
        self.heads = np.zeros((network.nodes + 1, 2), dtype=np.int32)
        self.heads[:, 0] = network.arriving.start
        spot_least_ms = np.empty(len(self.spots[0]), dtype=np.int32)
        roads = (network.segment_from, network.segment_to, network.forward_ms, network.backward_ms)
        self.ways = _tie(self.spots, roads, self.heads, spot_least_ms)
        self.least_ms = np.empty(len(order), dtype=np.int32)
        self.least_ms[order] = np.repeat(spot_least_ms, np.diff(self.spot_start))

    def __len__(self) -> int:
        return len(self.snaps)


@numba.njit(cache=True, nogil=True)
def _tie(snaps: Any, roads: Any, heads: Any, least_ms: Any) -> Any:
    segments, shares, walks_ms = snaps
    segment_from, segment_to, forward_ms, backward_ms = roads
    spots = len(segments)
    for spot in range(spots):
        for column in range(CANDIDATES):
            segment = segments[spot, column]
            if segment >= 0:
                heads[segment_to[segment] + 1, 1] += forward_ms[segment] >= 0
                heads[segment_from[segment] + 1, 1] += backward_ms[segment] >= 0
    for node in range(len(heads) - 1):
        heads[node + 1, 1] += heads[node, 1]
    ways = np.empty(heads[-1, 1], dtype=np.int64)
    free = heads[:-1, 1].copy()
    for spot in range(spots):
        least_ms[spot] = NEVER_MS
        for column in range(CANDIDATES):
            segment = segments[spot, column]
            if segment < 0:
                continue
            way = (spot * CANDIDATES + column) * 2
            for end in range(2):
                whole_ms = backward_ms[segment] if end else forward_ms[segment]
                if whole_ms < 0:
                    continue
                node = segment_from[segment] if end else segment_to[segment]
                drive_ms = part_ms(shares[spot, column], whole_ms)
                cost_ms = walks_ms[spot, column] + (drive_ms if end else whole_ms - drive_ms)
                least_ms[spot] = min(least_ms[spot], cost_ms)
                ways[free[node]] = cost_ms << 32 | way | end
                free[node] += 1
    for node in range(len(free)):
        if free[node] - heads[node, 1] > 1:
            ways[heads[node, 1] : free[node]].sort()
    return ways
