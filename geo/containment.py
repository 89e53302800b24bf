"""Which areas hold a place: a raster over the areas' boxes, then a crossing count, compiled; borders are left to GEOS.

A place is asked about many times a second, between other work that leaves nothing of a tree in the processor's caches.
The count decides only where rounding cannot matter (Shewchuk's bound on the orientation test); a place on a border, or
within rounding of one, is undecided.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

MOST_EDGES: Final = 1_000_000
"""Beyond this many (32 MB) the edges are not written out a second time."""
UNDECIDED: Final = -1
_MOST_FOUND: Final = 32
_CELLS_AN_AREA: Final = 2
_ENTRIES_AN_AREA: Final = 16
_PORTION: Final = 1000  # shapes read in one go, while every other Python thread waits
_ROUNDING: Final = (3 + 16 * 2.0**-53) * 2.0**-53


class Raster:
    """Polygons in WGS84 degrees under a raster of cells, each with the areas whose boxes meet it, lowest first.

    `edges` (E, 4) are x, y of both ends, those of area p at edge_start[p]..edge_start[p + 1]; the areas of cell c are
    at start[c]..start[c + 1] of `areas`; `frame` is west, south, east, north, cells a degree along and up.
    """

    def __init__(self, shapes: npt.NDArray[np.object_], edges: Floats, edge_start: Ints) -> None:
        boxes = shapely.bounds(shapes)
        west, south = np.fmin.reduce(boxes[:, :2], axis=0)
        east, north = np.fmax.reduce(boxes[:, 2:], axis=0)
        side = int(np.sqrt(_CELLS_AN_AREA * len(shapes))) + 1
        self.edges, self.edge_start = edges, edge_start
        while True:
            self.side = side
            self.frame = np.array([west, south, east, north, side / (east - west), side / (north - south)])
            counts = np.zeros(side * side + 1, dtype=np.int64)
            _count(boxes, self.frame, side, counts)
            if side == 1 or counts.sum() <= _ENTRIES_AN_AREA * len(shapes):
                break
            side = max(side // 2, 1)
        self.start = np.cumsum(counts).astype(np.int32)
        self.areas = np.empty(self.start[-1], dtype=np.int32)
        _fill(boxes, self.frame, side, self.start[:-1].copy(), self.areas)

    def containing(self, lon: float, lat: float) -> list[int] | None:
        """Positions of the areas that a place lies in, lowest first; None where it may lie on a border."""
        found = np.empty(_MOST_FOUND, dtype=np.int32)
        count = _holding(lon, lat, self.frame, self.side, self.start, self.areas, self.edge_start, self.edges, found)
        return None if count == UNDECIDED else found[:count].tolist()


def raster_of(shapes: npt.NDArray[np.object_]) -> Raster | None:
    """The raster of polygons; None where they have too many edges, or no extent."""
    if not len(shapes) or shapely.get_num_coordinates(shapes).sum() > MOST_EDGES:
        return None
    portions = [_edges_of(shapes[first : first + _PORTION]) for first in range(0, len(shapes), _PORTION)]
    edges = np.concatenate([edges for edges, _ in portions])
    per_area = np.concatenate([per_area for _, per_area in portions])
    extent = np.ptp(edges, axis=0) if len(edges) else np.zeros(4)
    return Raster(shapes, edges, np.append(0, np.cumsum(per_area)).astype(np.int32)) if extent.all() else None


def _edges_of(shapes: npt.NDArray[np.object_]) -> tuple[Floats, Ints]:
    """The edges of polygons, and how many each has."""
    parts, area_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[:-1] == ring[1:]
    owner = area_of_part[part_of_ring[ring[:-1][inner]]]
    return np.hstack([corners[:-1], corners[1:]])[inner], np.bincount(owner, minlength=len(shapes)).astype(np.int32)


@numba.njit(cache=True, nogil=True)
def _cell(at: Any, least: Any, per_degree: Any, side: Any) -> Any:
    return min(max(int((at - least) * per_degree), 0), side - 1)


@numba.njit(cache=True, nogil=True)
def _count(boxes: Any, frame: Any, side: Any, counts: Any) -> None:
    """How many areas each cell has, one place further on."""
    for area in range(len(boxes)):
        if boxes[area, 0] <= boxes[area, 2]:
            for row in range(
                _cell(boxes[area, 1], frame[1], frame[5], side), _cell(boxes[area, 3], frame[1], frame[5], side) + 1
            ):
                first = _cell(boxes[area, 0], frame[0], frame[4], side)
                last = _cell(boxes[area, 2], frame[0], frame[4], side)
                counts[row * side + first + 1 : row * side + last + 2] += 1


@numba.njit(cache=True, nogil=True)
def _fill(boxes: Any, frame: Any, side: Any, free: Any, areas: Any) -> None:
    for area in range(len(boxes)):
        if boxes[area, 0] <= boxes[area, 2]:
            for row in range(
                _cell(boxes[area, 1], frame[1], frame[5], side), _cell(boxes[area, 3], frame[1], frame[5], side) + 1
            ):
                first = _cell(boxes[area, 0], frame[0], frame[4], side)
                last = _cell(boxes[area, 2], frame[0], frame[4], side)
                for cell in range(row * side + first, row * side + last + 1):
                    areas[free[cell]] = area
                    free[cell] += 1


@numba.njit(cache=True, nogil=True)
def _holding(
    x: Any, y: Any, frame: Any, side: Any, start: Any, areas: Any, edge_start: Any, edges: Any, found: Any
) -> Any:
    """Write the areas that hold a place; how many, or UNDECIDED."""
    if not (frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]):
        return 0
    cell = _cell(y, frame[1], frame[5], side) * side + _cell(x, frame[0], frame[4], side)
    count = 0
    for entry in range(start[cell], start[cell + 1]):
        area = areas[entry]
        inside = _inside(x, y, edges, edge_start[area], edge_start[area + 1])
        if inside == UNDECIDED or (inside and count == len(found)):
            return UNDECIDED
        if inside:
            found[count] = area
            count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _inside(x: Any, y: Any, edges: Any, first: Any, end: Any) -> Any:
    """1 where an odd number of edges lies east of the place, 0 where an even one does, or UNDECIDED."""
    odd = 0
    for edge in range(first, end):
        x1, y1, x2, y2 = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
        if (y1 > y) != (y2 > y):
            along, across = (x2 - x1) * (y - y1), (x - x1) * (y2 - y1)
            turn = along - across
            if abs(turn) <= _ROUNDING * (abs(along) + abs(across)):
                return UNDECIDED
            odd ^= (turn > 0) == (y2 > y1)
        elif y1 == y and min(x1, x2) <= x <= max(x1, x2):
            return UNDECIDED  # on a corner or a level edge, or beside an edge that ends at this height
        elif y2 == y and x2 == x:
            return UNDECIDED
    return odd
