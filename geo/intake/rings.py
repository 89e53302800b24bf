"""A census of rings and lines: which turn clockwise, which repeat a point.

It walks all vertices in blocks that stay in the processor's cache, because it looks at every shape of a layer and
almost all of them are sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.intake.parts import LINE, POLYGON, RING, Shapes, parts_of

BLOCK_VERTICES: Final = 60_000
_ROUNDING = 8 * np.finfo(float).eps

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """For each of n shapes: does a ring turn against RFC 7946, does it say a point twice in a row?"""

    misturned: Mask
    repeating: Mask


def census(shapes: Shapes) -> Census:
    """The census of valid, non-empty, 2-D lines or polygons, shape (n,).

    RFC 7946 section 3.1.6: exterior rings run counterclockwise, holes clockwise. A line is never misturned.
    """
    misturned, repeating = np.zeros(len(shapes), dtype=bool), np.zeros(len(shapes), dtype=bool)
    kinds = shapely.get_type_id(shapes)
    plain = (kinds == LINE) | (kinds == POLYGON)
    plain &= shapely.get_num_interior_rings(shapes) == 0
    turned = _walked(shapes if plain.all() else shapes[plain])
    misturned[plain] = turned.misturned & (kinds[plain] == POLYGON)
    repeating[plain] = turned.repeating
    others = np.flatnonzero(~plain)
    if len(others):
        rings, rows, is_hole = _rings(shapes[others])
        turned = _walked(rings)
        areal = shapely.get_dimensions(shapes[others])[rows] == 2
        misturned[others[rows[areal & (turned.misturned != is_hole)]]] = True
        repeating[others[rows[turned.repeating]]] = True
    return Census(misturned, repeating)


def _rings(shapes: Shapes) -> tuple[Shapes, npt.NDArray[np.intp], Mask]:
    """Every ring and line of `shapes`, the position of its shape, and whether it is a hole."""
    parts = parts_of(shapes)
    areal = shapely.get_type_id(parts.shapes) == POLYGON
    rings, owners = shapely.get_rings(parts.shapes[areal], return_index=True)
    is_hole = np.zeros(len(rings), dtype=bool)
    is_hole[1:] = owners[1:] == owners[:-1]  # the first ring of a polygon is its shell
    lines = parts.shapes[~areal]
    return (
        np.concatenate([rings, lines]),
        np.concatenate([parts.rows[areal][owners], parts.rows[~areal]]),
        np.concatenate([is_hole, np.zeros(len(lines), dtype=bool)]),
    )


def _walked(shapes: Shapes) -> Census:
    """Of shapes with one ring or line each: does it turn clockwise, does it repeat a point?"""
    clockwise, repeating = np.zeros(len(shapes), dtype=bool), np.zeros(len(shapes), dtype=bool)
    if not len(shapes):
        return Census(clockwise, repeating)
    counts = shapely.get_num_coordinates(shapes).astype(np.intp)
    for first, last in _blocks(counts):
        _walk(shapes[first:last], counts[first:last], clockwise[first:last], repeating[first:last])
    return Census(clockwise, repeating)


def _blocks(counts: npt.NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    ends = np.cumsum(counts)
    bounds = np.searchsorted(ends, np.arange(0, ends[-1], BLOCK_VERTICES))
    bounds = np.unique(np.append(bounds, len(counts)))
    return zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)


def _walk(shapes: Shapes, counts: npt.NDArray[np.intp], clockwise: Mask, repeating: Mask) -> None:
    """Fill the two masks of one block.

    Twice the signed area is the trapezoid sum over the edges, as in the shoelace formula; where rounding could have
    decided its sign, GEOS decides it exactly.
    """
    vertices = shapely.get_coordinates(shapes)
    x, y = vertices[:, 0], vertices[:, 1]
    starts = np.cumsum(counts) - counts
    sums = np.diff(x)
    same = np.flatnonzero(sums == 0)
    sums *= y[1:] + y[:-1]
    sums[starts[1:] - 1] = 0  # from the end of one shape to the start of the next there is no edge
    twice_area = np.add.reduceat(sums, starts)
    np.greater(twice_area, 0, out=clockwise)
    doubt_below = _ROUNDING * counts.max() * np.abs(x).max() * np.abs(y).max()
    doubtful = np.flatnonzero(np.abs(twice_area) <= doubt_below)
    if len(doubtful):
        clockwise[doubtful] = _is_clockwise(shapes[doubtful])
    same = same[y[same] == y[same + 1]]
    owners = np.searchsorted(starts, same, side="right") - 1
    repeating[owners[same + 1 < (starts + counts)[owners]]] = True


def _is_clockwise(shapes: Shapes) -> Mask:
    """Exactly; False for a line that is no ring."""
    kinds = shapely.get_type_id(shapes)
    areal, ring = kinds == POLYGON, kinds == RING
    clockwise = np.zeros(len(shapes), dtype=bool)
    clockwise[areal] = ~shapely.is_ccw(shapely.get_exterior_ring(shapes[areal]))
    clockwise[ring] = ~shapely.is_ccw(shapes[ring])
    return clockwise
