"""A plane net of nodes and the ways through it: triangles, cheapest ways, reachability."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import shapely

from geo.synthetic.sketch import Place

Pair = tuple[int, int]


def pair(a: int, b: int) -> Pair:
    """The undirected edge between two nodes, the same from either side."""
    return (a, b) if a < b else (b, a)


def triangulate(places: Sequence[Place]) -> list[tuple[int, int, int]]:
    """The Delaunay triangles over distinct places (to the centimetre), as indices in ascending order."""
    index = {place: position for position, place in enumerate(places)}
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.multipoints(np.asarray(places))))
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3].round(2).tolist()
    found = (sorted(index[(x, y)] for x, y in triangle) for triangle in corners)
    return sorted((a, b, c) for a, b, c in found)


def tree(
    links: Mapping[int, Sequence[tuple[int, float]]], roots: Iterable[int], stop: int | None = None
) -> dict[int, int]:
    """The cheapest way from every node back to one of the roots: node -> the next node on that way (Dijkstra).

    Roots lead to themselves. Equal costs are settled by the lower node number. With `stop` the search ends there.
    """
    via: dict[int, int] = {}
    queue = [(0.0, root, root) for root in sorted(roots)]
    while queue:
        cost, node, back = heapq.heappop(queue)
        if node in via:
            continue
        via[node] = back
        if node == stop:
            break
        for other, price in links[node]:
            if other not in via:
                heapq.heappush(queue, (cost + price, other, node))
    return via


def way(via: Mapping[int, int], node: int) -> list[int]:
    """The nodes from `node` back to the root of its tree, both included."""
    found = [node]
    while via[node] != node:
        node = via[node]
        found.append(node)
    return found


def leads_to(steps: Mapping[int, Iterable[int]], start: int, goal: int) -> bool:
    """Whether the directed steps lead from start to goal."""
    seen, frontier = {start}, [start]
    while frontier:
        node = frontier.pop(0)
        if node == goal:
            return True
        fresh = [other for other in steps[node] if other not in seen]
        seen.update(fresh)
        frontier.extend(fresh)
    return False
