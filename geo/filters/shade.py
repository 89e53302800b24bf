"""Which of many boxes lie wholly inside or outside an area, told from a grid laid over it; the rest stays open."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
import shapely

OPEN: Final = 0
INSIDE: Final = 1
OUTSIDE: Final = 2

_MOST_SIDE: Final = 256
_LEAST_SIDE: Final = 16
_SAMPLES: Final = 200_000  # of a border that winds more the grid is coarser
_A_CELL: Final = 4  # samples of the border: no place of it is an eighth of a cell from all of them
_NEAR: Final = 0.13
_MARGIN: Final = 1e-9  # of a cell: a box whose edge is the cells' edge counts in both of them


class Shade:
    """An area (one polygon or several) in a grid of cells: inside, outside, or on its border."""

    def __init__(self, area: shapely.Geometry) -> None:
        west, south, east, north = shapely.bounds(area)
        self.low, extent = np.array([west, south]), np.array([east - west, north - south])
        unit = shapely.transform(area, lambda corners: (corners - self.low) / extent)
        side = int(np.clip(_SAMPLES / (_A_CELL * shapely.length(unit)), _LEAST_SIDE, _MOST_SIDE))
        border = shapely.get_coordinates(shapely.segmentize(unit, 1 / (_A_CELL * side))) * side
        self.cell = extent / side
        crossed = _crossed(border, side)
        inside = self._inside(area, crossed)
        self.inside, self.touched = _summed(inside), _summed(inside | crossed)

    def _inside(self, area: shapely.Geometry, crossed: Any) -> Any:
        """Which cells are wholly inside: of cells side by side without the border between them one tells of all."""
        is_first = ~crossed
        is_first[:, 1:] &= crossed[:, :-1]
        middles = self.low + (np.argwhere(is_first) + 0.5) * self.cell
        found = np.append(shapely.intersects_xy(area, middles), False)  # the last is for where no run has begun
        run = np.cumsum(is_first).reshape(crossed.shape) - 1
        return ~crossed & found[run]

    def settled(self, boxes: Any, rows: Any) -> Any:
        """Whether each of some boxes (west, south, east, north; shape (4, n)) is `INSIDE`, `OUTSIDE` or `OPEN`."""
        (low_x, low_y), (cell_x, cell_y) = self.low, self.cell
        return _settled(boxes, rows, low_x, low_y, cell_x, cell_y, self.inside, self.touched)


def _crossed(border: Any, side: int) -> Any:
    """The cells that samples of the border are in or near."""
    found = np.zeros((side, side), dtype=bool)
    for across in (-_NEAR, _NEAR):
        for up in (-_NEAR, _NEAR):
            column, row = np.clip((border + np.array([across, up])).astype(np.intp), 0, side - 1).T
            found[column, row] = True
    return found


def _summed(cells: Any) -> Any:
    """The number of true cells west and south of each corner of the grid."""
    side = len(cells)
    sums = np.zeros((side + 1, side + 1), dtype=np.int32)
    sums[1:, 1:] = cells.cumsum(axis=0, dtype=np.int32).cumsum(axis=1)
    return sums


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _settled(boxes: Any, rows: Any, low_x: Any, low_y: Any, cell_x: Any, cell_y: Any, inside: Any, touched: Any) -> Any:
    most = len(inside) - 2
    found = np.zeros(len(rows), dtype=np.int8)
    for order in range(len(rows)):
        row = rows[order]
        west = (boxes[0, row] - low_x) / cell_x - _MARGIN
        south = (boxes[1, row] - low_y) / cell_y - _MARGIN
        east = (boxes[2, row] - low_x) / cell_x + _MARGIN
        north = (boxes[3, row] - low_y) / cell_y + _MARGIN
        is_over = west < 0 or south < 0 or east >= most + 1 or north >= most + 1
        w, s = int(min(max(west, 0), most)), int(min(max(south, 0), most))
        e, n = int(min(max(east, 0), most)) + 1, int(min(max(north, 0), most)) + 1
        if touched[e, n] - touched[w, n] - touched[e, s] + touched[w, s] == 0:
            found[order] = OUTSIDE
        elif not is_over and inside[e, n] - inside[w, n] - inside[e, s] + inside[w, s] == (e - w) * (n - s):
            found[order] = INSIDE
    return found
