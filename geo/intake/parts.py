"""Shapes taken apart: collections opened level by level, so that no depth of nesting can exhaust the stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

DEEPEST: Final = 32
"""Collections nested deeper than this are refused: no program writes them, and opening each costs its whole depth."""

POINT, LINE, RING, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION = range(8)
"""GEOS's type numbers, as `shapely.get_type_id` gives them."""

Shapes = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]

_COMPOSED = (MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Single shapes and, for each, the position of the shape it came from, ascending.

    `too_deep` are the positions of shapes that were not opened to the end; none of their parts is listed.
    """

    shapes: Shapes
    rows: Rows
    too_deep: Rows

    def of(self, row: int) -> Shapes:
        """The parts of the shape at position `row`."""
        first, last = np.searchsorted(self.rows, [row, row + 1])
        return self.shapes[first:last]


def parts_of(shapes: Shapes, deepest: int = DEEPEST) -> Parts:
    """The points, lines and polygons that `shapes` (n,) are made of, empty ones left out; None has no parts.

    Works without recursion of its own, one level of all shapes at a time. A ring comes back as the line it is.
    """
    single, rows = shapes, np.arange(len(shapes))
    for _ in range(deepest):
        composed = np.isin(shapely.get_type_id(single), _COMPOSED)
        if not composed.any():
            break
        opened, index = shapely.get_parts(single[composed], return_index=True)
        rows = np.concatenate([rows[~composed], rows[composed][index]])
        single = np.concatenate([single[~composed], opened])
    else:
        composed = np.isin(shapely.get_type_id(single), _COMPOSED)
    too_deep = np.unique(rows[composed])
    kept = ~np.isin(rows, too_deep) & ~shapely.is_missing(single)
    kept[kept] = ~shapely.is_empty(single[kept])
    order = np.flatnonzero(kept)[np.argsort(rows[kept], kind="stable")]
    return Parts(_rings_as_lines(single[order]), rows[order], too_deep)


def joined(parts: Shapes) -> Any:
    """Parts of one kind as one shape: the part itself when it is alone."""
    if len(parts) == 1:
        return parts[0]
    join = {POINT: shapely.multipoints, LINE: shapely.multilinestrings, POLYGON: shapely.multipolygons}
    return join[int(shapely.get_type_id(parts[0]))](parts)


def _rings_as_lines(shapes: Shapes) -> Shapes:
    rings = np.flatnonzero(shapely.get_type_id(shapes) == RING)
    if len(rings):
        shapes = shapes.copy()
        for position in rings:
            shapes[position] = shapely.LineString(shapes[position])
    return shapes
