"""Which of many boxes lie wholly inside or outside an area, told from a grid laid over it; the rest stays open."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

_SIDE: Final = 64
_MARGIN: Final = 1e-9  # of a cell: a box whose edge is the cells' edge counts in both of them


class Shade:
    """An area (one polygon or several) in a grid of cells: inside, outside, or on its border."""

    def __init__(self, area: shapely.Geometry) -> None:
        west, south, east, north = shapely.bounds(area)
        self.low = np.array([[west], [south]])
        self.cell = np.array([[east - west], [north - south]]) / _SIDE
        column, row = np.meshgrid(np.arange(_SIDE), np.arange(_SIDE), indexing="ij")
        first = self.low + self.cell * np.stack([column.ravel(), row.ravel()])
        cells = shapely.box(*first, *(first + self.cell))
        self.inside = _summed(shapely.contains_properly(area, cells))
        self.touched = _summed(shapely.intersects(area, cells))

    def settled(self, boxes: Any) -> tuple[Any, Any]:
        """Which of the boxes (west, south, east, north; shape (4, n)) are surely inside the area, and which outside."""
        first = np.floor((boxes[:2] - self.low) / self.cell - _MARGIN).astype(np.intp)
        last = np.floor((boxes[2:] - self.low) / self.cell + _MARGIN).astype(np.intp)
        over = (first < 0).any(axis=0) | (last >= _SIDE).any(axis=0)
        first, last = np.clip(first, 0, _SIDE - 1), np.clip(last, 0, _SIDE - 1) + 1
        whole = (last - first).prod(axis=0)
        return ~over & (_within(self.inside, first, last) == whole), _within(self.touched, first, last) == 0


def _summed(cells: Any) -> Any:
    """The number of true cells west and south of each corner of the grid."""
    sums = np.zeros((_SIDE + 1, _SIDE + 1), dtype=np.intp)
    sums[1:, 1:] = cells.reshape(_SIDE, _SIDE).cumsum(axis=0).cumsum(axis=1)
    return sums


def _within(sums: Any, first: Any, last: Any) -> Any:
    (w, s), (e, n) = first, last
    return sums[e, n] - sums[w, n] - sums[e, s] + sums[w, s]
