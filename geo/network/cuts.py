"""What the loss of a road cuts off: exact, for roads with one-way rules too.

Whoever comes from a root reaches a node w only over arc (u, w) when that arc lies on every way to w. Such arcs are read
off the dominator tree: all other arcs that arrive at w come from behind it (Italiano, Laura and Santaroni, 2012,
Theoretical Computer Science 447, section 2). On roads that are open both ways these are the bridges of the graph. A
piece whose loss cuts w off always has one such arc: were each of its arcs dispensable, the way up to the piece by one
and the way on from it by the other would avoid it.

The tree is found by the semi-NCA method (Georgiadis, Tarjan and Werneck, 2006, Journal of Graph Algorithms and
Applications 10), without recursion, in about linear time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from geo.network.graph import Ints
from geo.network.pieces import Flags, Pieces


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """The arcs of which each lies on every way from the root to what is behind it, outer ones before inner ones.

    `rank` numbers the nodes that the root reaches, -1 for others, shape (M,); behind `arc[i]` are those nodes whose
    rank is at least first[i] and less than first[i] + count[i].
    """

    arc: Ints
    first: Ints
    count: Ints
    rank: Ints


def cuts(pieces: Pieces, way: Flags, root: int) -> Cuts:
    """The arcs of the pieces without which something is cut off from node `root`; `way`, shape (2 P,): those driven."""
    number, node_at, entry, parent = _depth_first(pieces.start, pieces.arc, pieces.other, way, np.int32(root))
    above = _dominators(pieces.start, pieces.arc, pieces.other, way, number, node_at, parent)
    first, count = _nested(above)
    rank = np.where(number >= 0, first[number], np.int32(-1))
    single = _sole_entries(pieces.start, pieces.arc, pieces.other, way, number, node_at, entry, first, count)
    found = np.flatnonzero(single)
    found = found[np.argsort(first[found])]
    return Cuts(entry[found], first[found], count[found], rank)


def fewest_closed(pieces: Pieces, way: Flags, closed: Flags, root: int) -> tuple[Ints, Ints]:
    """For each node the least number of closed pieces on any way from node `root`, and the last closed arc of that way.

    0: it is reached, and the arc is -1; -1: there is no way even with every piece open. Shapes (M,).
    """
    found: tuple[Ints, Ints] = _fewest_closed(
        pieces.start, pieces.arc, pieces.other, way, closed, np.int32(root), np.int32(1 << 30)
    )
    return found


def reached(pieces: Pieces, way: Flags, closed: Flags, root: int) -> Flags:
    """Which nodes are reached from node `root` over pieces that are not closed, shape (M,)."""
    count, _ = _fewest_closed(pieces.start, pieces.arc, pieces.other, way, closed, np.int32(root), np.int32(0))
    found: Flags = count == 0
    return found


@njit(cache=True, nogil=True)
def _depth_first(start: Any, arc: Any, other: Any, way: Any, root: Any) -> Any:
    """Nodes numbered as a depth-first walk meets them; for each number its node, the arc that entered and its tail."""
    nodes = len(start) - 1
    number = np.full(nodes, -1, np.int32)
    node_at, entry, parent = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    following = start[:-1].copy()
    stack = np.empty(nodes, np.int32)
    number[root], node_at[0], entry[0], parent[0], stack[0] = 0, root, -1, 0, root
    met, depth = 1, 1
    while depth:
        node = stack[depth - 1]
        at = following[node]
        if at == start[node + 1]:
            depth -= 1
            continue
        following[node] = at + 1
        head = other[at]
        if way[arc[at]] and number[head] < 0:
            number[head], node_at[met], entry[met], parent[met] = met, head, arc[at], number[node]
            stack[depth] = head
            met, depth = met + 1, depth + 1
    return number, node_at[:met], entry[:met], parent[:met]


@njit(cache=True, nogil=True)
def _dominators(start: Any, arc: Any, other: Any, way: Any, number: Any, node_at: Any, parent: Any) -> Any:
    """For each number that of the immediate dominator, by semi-NCA; the root's is itself."""
    met = len(node_at)
    semi, label = np.arange(met).astype(np.int32), np.arange(met).astype(np.int32)
    ancestor, above = parent.copy(), parent.copy()
    path = np.empty(met, np.int32)
    for last in range(met - 1, 0, -1):
        node = node_at[last]
        best = parent[last]
        for at in range(start[node], start[node + 1]):
            tail = number[other[at]]
            if not way[arc[at] ^ 1] or tail < 0:
                continue
            if tail > last:  # its forest is linked: take the least semidominator up to here, and shorten the path
                depth = 0
                while ancestor[tail] > last:
                    path[depth] = tail
                    tail, depth = ancestor[tail], depth + 1
                for step in range(depth - 1, -1, -1):
                    lower = path[step]
                    if semi[label[ancestor[lower]]] < semi[label[lower]]:
                        label[lower] = label[ancestor[lower]]
                    ancestor[lower] = ancestor[tail]
                    tail = lower
                tail = semi[label[tail]]
            best = min(best, tail)
        semi[last] = best
    for low in range(1, met):
        while above[low] > semi[low]:
            above[low] = above[above[low]]
    return above


@njit(cache=True, nogil=True)
def _nested(above: Any) -> Any:
    """Ranks in the dominator tree, parents first and each subtree together: its first rank and how many it holds."""
    met = len(above)
    count = np.ones(met, np.int32)
    for low in range(met - 1, 0, -1):
        count[above[low]] += count[low]
    first, following = np.zeros(met, np.int32), np.ones(met, np.int32)
    for low in range(1, met):
        first[low] = following[above[low]]
        following[above[low]] += count[low]
        following[low] = first[low] + 1
    return first, count


@njit(cache=True, nogil=True)
def _sole_entries(
    start: Any,
    arc: Any,
    other: Any,
    way: Any,
    number: Any,
    node_at: Any,
    entry: Any,
    first: Any,
    count: Any,
) -> Any:
    """Which numbers are entered from outside their subtree by one arc only."""
    met = len(node_at)
    single = np.zeros(met, np.bool_)
    for low in range(1, met):
        node = node_at[low]
        single[low] = True
        for at in range(start[node], start[node + 1]):
            tail = number[other[at]]
            arrives = arc[at] ^ 1
            if way[arrives] and tail >= 0 and arrives != entry[low]:
                single[low] &= first[low] <= first[tail] < first[low] + count[low]
    return single


@njit(cache=True, nogil=True)
def _fewest_closed(start: Any, arc: Any, other: Any, way: Any, closed: Any, root: Any, most: Any) -> Any:
    """Waves of nodes, each over one closed piece more than the last, up to `most` pieces."""
    nodes = len(start) - 1
    count, last = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    wave, wave_last = np.empty(len(arc) + 1, np.int32), np.empty(len(arc) + 1, np.int32)
    later, later_last = np.empty(len(arc) + 1, np.int32), np.empty(len(arc) + 1, np.int32)
    wave[0], wave_last[0] = root, -1
    waiting, crossed = 1, 0
    while waiting and crossed <= most:
        put_off = 0
        while waiting:
            waiting -= 1
            node = wave[waiting]
            if count[node] >= 0:
                continue
            count[node], last[node] = crossed, wave_last[waiting]
            for at in range(start[node], start[node + 1]):
                if not way[arc[at]] or count[other[at]] >= 0:
                    continue
                if closed[arc[at] >> 1]:
                    later[put_off], later_last[put_off] = other[at], arc[at]
                    put_off += 1
                else:
                    wave[waiting], wave_last[waiting] = other[at], last[node]
                    waiting += 1
        wave, later = later, wave
        wave_last, later_last = later_last, wave_last
        waiting, crossed = put_off, crossed + 1
    return count, last
