"""The network split where places meet it, so that a road may be lost on one side of a village and not on the other.

A *piece* is a part of a segment between two neighbouring places or ends. Its two arcs are numbered as a segment's are:
`2 * piece` along the shape, `2 * piece + 1` against it. A *hub* is a node of its own for a village or a seat that meets
the roads at several places: one *link* each, pieces without length that follow those on the roads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.network.graph import NO_WAY, Floats, Ints, Longs, RoadNetwork

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Meets:
    """n places where hubs meet the roads: the place's hub, segment and share; shape (n,).

    `outward`: one comes from the hub; else one goes to it. Nobody drives through a hub.
    """

    hub: Longs
    segment: Ints
    share: Floats
    outward: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """P pieces between M nodes: the network's own, then the places within segments, then `hubs` hubs.

    The first `on_roads` pieces come in the order of their segments, piece first_piece[s] is the first of segment s; the
    others are links, one for each place. `from_share`, `to_share`: what part of its segment a piece is. `tail`,
    `head`: its nodes. `way`, shape (2 P,): which arcs may be driven on the open network. The arcs that leave node n,
    driven or not, are arc[start[n]:start[n + 1]], and lead to `other`.
    """

    segment: Ints
    from_share: Floats
    to_share: Floats
    tail: Ints
    head: Ints
    way: Flags
    first_piece: Longs
    on_roads: int
    hubs: int
    start: Ints
    arc: Ints
    other: Ints

    def __len__(self) -> int:
        return len(self.segment)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.start) - 1

    def hub_node(self, hub: int) -> int:
        """The node of a hub."""
        return self.nodes - self.hubs + hub


def split(network: RoadNetwork, meets: Meets, hubs: int) -> Pieces:
    """The network split where `hubs` hubs meet it. A place at the end of a segment is the node there."""
    inner = np.flatnonzero((meets.share > 0) & (meets.share < 1))
    keys = np.stack([meets.segment[inner], meets.share[inner]], axis=1)
    cuts, which = np.unique(keys, axis=0, return_inverse=True)
    cut_segment = cuts[:, 0].astype(np.int64)
    first_piece = np.arange(network.segments + 1) + np.searchsorted(cut_segment, np.arange(network.segments + 1))
    of_segment = np.repeat(np.arange(network.segments, dtype=np.int32), np.diff(first_piece))
    tail, head = network.segment_from[of_segment], network.segment_to[of_segment]
    from_share, to_share = np.zeros(len(of_segment)), np.ones(len(of_segment))
    before = cut_segment + np.arange(len(cuts))  # the piece that ends at each cut
    new_node = network.nodes + np.arange(len(cuts), dtype=np.int32)
    to_share[before] = from_share[before + 1] = cuts[:, 1]
    head[before] = tail[before + 1] = new_node
    at_node = np.where(meets.share <= 0, network.segment_from[meets.segment], network.segment_to[meets.segment])
    at_node[inner] = new_node[which.ravel()]
    ways = np.stack([network.forward_ms != NO_WAY, network.backward_ms != NO_WAY], axis=1)[of_segment]
    tail = np.concatenate([tail, at_node])
    head = np.concatenate([head, (network.nodes + len(cuts) + meets.hub).astype(np.int32)])
    return Pieces(
        np.concatenate([of_segment, meets.segment]),
        np.concatenate([from_share, meets.share]),
        np.concatenate([to_share, meets.share]),
        tail,
        head,
        np.concatenate([ways, np.stack([~meets.outward, meets.outward], axis=1)]).ravel(),
        first_piece,
        len(of_segment),
        hubs,
        *_leaving(tail, head, network.nodes + len(cuts) + hubs),
    )


def pieces_under(
    pieces: Pieces, segment: npt.NDArray[np.integer], from_share: Floats, to_share: Floats
) -> tuple[Longs, Longs]:
    """Which pieces each of n stretches of segments touches, as pairs (stretch, piece) in the order of the stretches."""
    count = np.diff(pieces.first_piece)[segment]
    stretch = np.repeat(np.arange(len(segment)), count)
    before = np.cumsum(count) - count
    piece = np.repeat(pieces.first_piece[segment] - before, count) + np.arange(len(stretch))
    touched = (pieces.from_share[piece] <= to_share[stretch]) & (from_share[stretch] <= pieces.to_share[piece])
    return stretch[touched], piece[touched]


def _leaving(tail: Ints, head: Ints, nodes: int) -> tuple[Ints, Ints, Ints]:
    leaves = np.stack([tail, head], axis=1).ravel()
    other = np.stack([head, tail], axis=1).ravel()
    order = np.argsort(leaves, kind="stable").astype(np.int32)
    start = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(leaves, minlength=nodes), out=start[1:])
    return start, order, other[order]
