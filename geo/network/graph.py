"""RoadNetwork: roads as a directed graph in compact arrays.

A *segment* is a piece of road between two nodes, with a shape and no branch inside. It holds two possible *arcs*:
`2 * segment` runs along its shape, `2 * segment + 1` against it. Travel times are whole milliseconds, so that sums are
exact in any order; `NO_WAY` stands where the profile may not go. Places on a segment are told by the share of its
length from its start, 0 to 1. Planar coordinates are metres in the county's metric CRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NO_WAY: Final = -1
"""The travel time of an arc that is not there."""


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """The arcs at each node: those of node n are at start[n]..start[n + 1], by ascending arc number.

    `arc` is their number, `node` the node at their other end, `travel_ms` their time on the open network.
    """

    start: Ints
    arc: Ints
    node: Ints
    travel_ms: Ints


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """N nodes, S segments, V vertices. Build it with `assemble`; treat its arrays as read-only.

    `segment_from`, `segment_to`: nodes, shape (S,). `length_m`: geodesic. `forward_ms`, `backward_ms`: travel time
    along and against the shape, NO_WAY where that is not allowed. `road`: position of its road in the roads frame.
    The vertices of segment s are at vertex_start[s]..vertex_start[s + 1], in metres and in WGS84 degrees.
    `node_component`: number of the node's strong component, 0 is the largest. `node_island`: the same where one-way
    rules are ignored. `arriving` and `leaving`: the arcs that end and that start at each node.
    """

    node_x_m: Floats
    node_y_m: Floats
    node_component: Ints
    node_island: Ints
    segment_from: Ints
    segment_to: Ints
    length_m: Floats
    forward_ms: Ints
    backward_ms: Ints
    road: Ints
    vertex_start: Longs
    vertex_x_m: Floats
    vertex_y_m: Floats
    vertex_lon: Floats
    vertex_lat: Floats
    arriving: Arcs
    leaving: Arcs

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.node_x_m)

    @property
    def segments(self) -> int:
        """How many segments there are."""
        return len(self.segment_from)

    @property
    def outside_main(self) -> int:
        """How many nodes lie outside the largest strong component."""
        return int(np.count_nonzero(self.node_component))


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The vertices of S segments, one segment after the other; see RoadNetwork."""

    start: Longs
    x_m: Floats
    y_m: Floats
    lon: Floats
    lat: Floats


def assemble(
    segment_from: Ints,
    segment_to: Ints,
    length_m: Floats,
    forward_ms: Ints,
    backward_ms: Ints,
    road: Ints,
    shapes: Shapes,
    nodes: int,
) -> RoadNetwork:
    """The network of segments whose nodes are numbered 0..nodes - 1, each the end of at least one segment."""
    node_x_m, node_y_m = np.zeros(nodes), np.zeros(nodes)
    for node, vertex in ((segment_from, shapes.start[:-1]), (segment_to, shapes.start[1:] - 1)):
        node_x_m[node], node_y_m[node] = shapes.x_m[vertex], shapes.y_m[vertex]
    tail = np.stack([segment_from, segment_to], axis=1).ravel()
    head = np.stack([segment_to, segment_from], axis=1).ravel()
    travel_ms = np.stack([forward_ms, backward_ms], axis=1).ravel()
    arc = np.flatnonzero(travel_ms != NO_WAY).astype(np.int32)
    return RoadNetwork(
        node_x_m=node_x_m,
        node_y_m=node_y_m,
        node_component=_components(tail[arc], head[arc], nodes, "strong"),
        node_island=_components(tail[arc], head[arc], nodes, "weak"),
        segment_from=segment_from,
        segment_to=segment_to,
        length_m=length_m,
        forward_ms=forward_ms,
        backward_ms=backward_ms,
        road=road,
        vertex_start=shapes.start,
        vertex_x_m=shapes.x_m,
        vertex_y_m=shapes.y_m,
        vertex_lon=shapes.lon,
        vertex_lat=shapes.lat,
        arriving=_arcs(arc, head[arc], tail[arc], travel_ms[arc], nodes),
        leaving=_arcs(arc, tail[arc], head[arc], travel_ms[arc], nodes),
    )


def _arcs(arc: Ints, at: Ints, other: Ints, travel_ms: Ints, nodes: int) -> Arcs:
    order = np.argsort(at, kind="stable")
    start = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(at, minlength=nodes), out=start[1:])
    return Arcs(start, arc[order], other[order], travel_ms[order])


def _components(tail: Ints, head: Ints, nodes: int, connection: str) -> Ints:
    """The component of each node, renumbered by size, the largest first."""
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=True, connection=connection)
    rank = np.empty(count, dtype=np.int32)
    rank[np.argsort(-np.bincount(label, minlength=count), kind="stable")] = np.arange(count, dtype=np.int32)
    numbered: Ints = rank[label]
    return numbered
