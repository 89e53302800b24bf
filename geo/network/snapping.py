"""Snapping: which roads a place can be walked to, measured to the road itself and not to its nodes.

Candidates are chosen on the open network; closures mask them later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from geo.network.cells import CANDIDATES, distance_to, fill, frame_of, nearest
from geo.network.compiled import lean
from geo.network.graph import Floats, Ints, RoadNetwork
from geo.network.speeds import Walking


@dataclass(frozen=True, slots=True, eq=False)
class Snaps:
    """The roads near n places, up to 16 each, nearest first and then by segment; unused columns hold segment -1.

    Shape (n, 16): `segment`; `share` of its length from its start where the place's nearest point lies; `gap_m`, the
    planar distance to it; `walk_ms`, the walk over it. `nearest_m` (n,): the distance to the nearest segment of all,
    also beyond the walking limit; inf when there are no roads. A place whose row has no segment is off the network.
    `x_m`, `y_m` (n,): the places themselves.
    """

    segment: Ints
    share: Floats
    gap_m: Floats
    walk_ms: Ints
    nearest_m: Floats
    x_m: Floats
    y_m: Floats

    def __len__(self) -> int:
        return len(self.segment)

    def row(self, place: int) -> Snaps:
        """One place alone."""
        one = slice(place, place + 1)
        return Snaps(
            self.segment[one],
            self.share[one],
            self.gap_m[one],
            self.walk_ms[one],
            self.nearest_m[one],
            self.x_m[one],
            self.y_m[one],
        )


class Snapper:
    """Finds the segments of a network that lie nearest to places, in the plane of the county's metric CRS.

    Candidates are the 16 nearest within the walking limit; when none of these touches the main component, the last is
    replaced by the nearest segment that does, if it lies within the limit. Threads may ask at the same time.

    `roads`, `frame`, `cells` and `walk` are what the kernel is given.
    """

    def __init__(self, network: RoadNetwork, walking: Walking) -> None:
        self.walking = walking
        self.walk = (walking.limit_m, walking.detour, walking.m_per_ms)
        vertices = (network.vertex_x_m, network.vertex_y_m)
        count = np.diff(network.vertex_start)
        segment_of = np.repeat(np.arange(network.segments, dtype=np.int32), count)
        along_m = _along_m(*vertices, network.vertex_start)
        touches_main = (network.node_component[network.segment_from] == 0) | (
            network.node_component[network.segment_to] == 0
        )
        self.roads = (*vertices, segment_of, along_m, network.vertex_start, touches_main)
        self.frame = frame_of(*vertices, len(segment_of) - network.segments)
        self.cells = fill(*vertices, segment_of, self.frame)

    def snap(self, x_m: float, y_m: float) -> Snaps:
        """The roads near one place."""
        return self.snap_all(np.array([x_m], dtype=np.float64), np.array([y_m], dtype=np.float64))

    def snap_all(self, x_m: Floats, y_m: Floats) -> Snaps:
        """The roads near n places, shape (n,); a place with a NaN is off the network, at no known distance (inf)."""
        shape = (len(x_m), CANDIDATES)
        snaps = Snaps(
            np.empty(shape, dtype=np.int32),
            np.empty(shape),
            np.empty(shape),
            np.empty(shape, dtype=np.int32),
            np.empty(len(x_m)),
            x_m,
            y_m,
        )
        found = (snaps.segment, snaps.share, snaps.gap_m, snaps.walk_ms, snaps.nearest_m)
        best = (np.empty(CANDIDATES + 1), np.empty(CANDIDATES + 1, dtype=np.int64))
        snap_rows(x_m, y_m, self.roads, self.frame, self.cells, self.walk, found, best)
        return snaps


@numba.njit(cache=True, nogil=True)
def _along_m(x_m: Any, y_m: Any, vertex_start: Any) -> Any:
    """How far along its segment each vertex lies, in the plane."""
    along_m = np.zeros(len(x_m))
    for segment in range(len(vertex_start) - 1):
        for vertex in range(vertex_start[segment] + 1, vertex_start[segment + 1]):
            length_m = math.hypot(x_m[vertex] - x_m[vertex - 1], y_m[vertex] - y_m[vertex - 1])
            along_m[vertex] = along_m[vertex - 1] + length_m
    return along_m


@lean
def snap_rows(x_m: Any, y_m: Any, roads: Any, frame: Any, cells: Any, walking: Any, found: Any, best: Any) -> None:
    """Write the roads near n places; `best` is room for the candidates of one."""
    vertex_x_m, vertex_y_m, _, along_m, vertex_start, _ = roads
    limit_m, detour, walking_m_per_ms = walking
    segments, shares, gaps_m, walks_ms, nearest_m = found
    away_m2, name = best
    for place in range(len(x_m)):
        x, y = x_m[place], y_m[place]
        count, nearest_m[place] = nearest(x, y, roads, frame, cells, limit_m, best)
        for column in range(CANDIDATES):
            if column >= count:
                segments[place, column], shares[place, column] = -1, 0.0
                gaps_m[place, column], walks_ms[place, column] = 0.0, 0
                continue
            one, first = name[column] >> 32, name[column] & 0xFFFF_FFFF
            gap_m = math.sqrt(away_m2[column])
            _, part = distance_to(x, y, vertex_x_m, vertex_y_m, first)
            foot_m = along_m[first] + part * (along_m[first + 1] - along_m[first])
            whole_m = along_m[vertex_start[one + 1] - 1]
            segments[place, column], gaps_m[place, column] = one, gap_m
            shares[place, column] = min(foot_m / whole_m, 1.0) if whole_m > 0 else 0.0
            walks_ms[place, column] = math.floor(gap_m * detour / walking_m_per_ms + 0.5)
