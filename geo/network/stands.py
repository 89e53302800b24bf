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

    `heads` (N + 1, 2): the arcs that arrive at node n are at heads[n, 0]..heads[n + 1, 0] of `network.arriving`, the
    ways from stands to it on the open network at heads[n, 1]..heads[n + 1, 1] of `ways`, quickest first. A way is one
    number, `cost_ms << 32 | (stand * 16 + column) * 2 + end`: the cost is the walk to the road in that column of the
    stand's snaps and the drive to the node; end 0 is the segment's end, driven to along it, and 1 its start.
    `least_ms` (T,): the cheapest way of each stand, NEVER_MS where it has none.
    """

    def __init__(self, network: RoadNetwork, snaps: Snaps) -> None:
        self.snaps = snaps
        self.heads = np.zeros((network.nodes + 1, 2), dtype=np.int32)
        self.heads[:, 0] = network.arriving.start
        self.least_ms = np.empty(len(snaps), dtype=np.int32)
        roads = (network.segment_from, network.segment_to, network.forward_ms, network.backward_ms)
        self.ways = _tie((snaps.segment, snaps.share, snaps.walk_ms), roads, self.heads, self.least_ms)

    def __len__(self) -> int:
        return len(self.snaps)


@numba.njit(cache=True, nogil=True)
def _tie(snaps: Any, roads: Any, heads: Any, least_ms: Any) -> Any:
    segments, shares, walks_ms = snaps
    segment_from, segment_to, forward_ms, backward_ms = roads
    stands = len(segments)
    for stand in range(stands):
        for column in range(CANDIDATES):
            segment = segments[stand, column]
            if segment >= 0:
                heads[segment_to[segment] + 1, 1] += forward_ms[segment] >= 0
                heads[segment_from[segment] + 1, 1] += backward_ms[segment] >= 0
    for node in range(len(heads) - 1):
        heads[node + 1, 1] += heads[node, 1]
    ways = np.empty(heads[-1, 1], dtype=np.int64)
    free = heads[:-1, 1].copy()
    for stand in range(stands):
        least_ms[stand] = NEVER_MS
        for column in range(CANDIDATES):
            segment = segments[stand, column]
            if segment < 0:
                continue
            way = (stand * CANDIDATES + column) * 2
            for end in range(2):
                whole_ms = backward_ms[segment] if end else forward_ms[segment]
                if whole_ms < 0:
                    continue
                node = segment_from[segment] if end else segment_to[segment]
                drive_ms = part_ms(shares[stand, column], whole_ms)
                cost_ms = walks_ms[stand, column] + (drive_ms if end else whole_ms - drive_ms)
                least_ms[stand] = min(least_ms[stand], cost_ms)
                ways[free[node]] = cost_ms << 32 | way | end
                free[node] += 1
    for node in range(len(free)):
        if free[node] - heads[node, 1] > 1:
            ways[heads[node, 1] : free[node]].sort()
    return ways
