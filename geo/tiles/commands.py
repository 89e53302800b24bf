"""Geometry as a tile's commands: MoveTo, LineTo, ClosePath, each with its steps from where it was (MVT 2.1, 4.3)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
import shapely

from geo.tiles.drawing import Shapes
from geo.tiles.varints import Whole, zigzag

MOVE_TO: Final = 1
LINE_TO: Final = 2
CLOSE_PATH: Final = 7


class Kind(IntEnum):
    """What a tile calls a feature's geometry."""

    POINT = 1
    LINE = 2
    AREA = 3


def kinds(shapes: Shapes) -> Whole:
    """The `Kind` of each shape (n,)."""
    kind: Whole = shapely.get_dimensions(shapes).astype(np.int64) + 1
    return kind


def commands(shapes: Shapes) -> tuple[Whole, Whole]:
    """The commands of shapes (n,) on whole units, all of one kind, one shape after another; how many each has (n,)."""
    places, path, shape = _paths(shapes)
    if not len(places):
        return np.empty(0, dtype=np.int64), np.zeros(len(shapes), dtype=np.int64)
    kind = Kind(int(kinds(shapes[:1])[0]))
    starts_shape = np.append(True, shape[1:] != shape[:-1])
    before = np.roll(places, 1, axis=0)
    before[starts_shape] = 0  # each feature begins at the tile's corner
    steps = zigzag(places - before)
    first = np.append(True, path[1:] != path[:-1])
    last = np.append(first[1:], True)
    length = np.diff(np.append(np.flatnonzero(first), len(path)))
    # What stands before a place's two numbers, and after them: the command for a path's first, and for the rest of it.
    opened = np.zeros(len(places), dtype=np.int64)
    opened[first] = MOVE_TO | (length << 3 if kind is Kind.POINT else 1 << 3)
    if kind is not Kind.POINT:
        opened[np.flatnonzero(first) + 1] = LINE_TO | (length - 1) << 3
    closed = last & (kind is Kind.AREA)
    count = 2 + (opened > 0) + closed
    at = np.cumsum(count) - count
    numbers = np.empty(int(count.sum()), dtype=np.int64)
    has = opened > 0
    numbers[at[has]] = opened[has]
    numbers[at + has], numbers[at + has + 1] = steps[:, 0], steps[:, 1]
    numbers[at[closed] + count[closed] - 1] = CLOSE_PATH | 1 << 3
    return numbers, np.bincount(shape, weights=count, minlength=len(shapes)).astype(np.int64)


def _paths(shapes: Shapes) -> tuple[Whole, Whole, Whole]:
    """Places, and the path and the shape of each; the points of a shape are one path, and a ring is not closed."""
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    dimension = shapely.get_dimensions(shapes[:1])
    if dimension == Kind.AREA - 1:
        parts, part_of_ring = shapely.get_rings(parts, return_index=True)
        shape_of_part = shape_of_part[part_of_ring]
    places, part = shapely.get_coordinates(parts, return_index=True)
    places = np.rint(places).astype(np.int64)
    if dimension == Kind.POINT - 1:
        return places, shape_of_part[part], shape_of_part[part]
    if dimension == Kind.AREA - 1:
        open_ended = np.append(part[1:] == part[:-1], False)[: len(part)]
        places, part = places[open_ended], part[open_ended]
    return places, part, shape_of_part[part]
