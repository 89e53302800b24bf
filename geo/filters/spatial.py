"""The S_ functions: a tree over the rows' boxes proposes, GEOS decides on the few that remain; never row by row."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from geo.filters.guard import refused
from geo.filters.shade import INSIDE, OPEN, Shade
from geo.filters.source import FilterSource
from geo.filters.values import Cells, Shapes, Value, truth

_PREDICATES: Final = {
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_within": shapely.within,
    "s_contains": shapely.contains,
    "s_overlaps": shapely.overlaps,
}
_OF_INSIDE: Final = ("s_intersects", "s_contains")
"""What an area does to a shape in its inside; every other function is false then."""
_MANY: Final = 2_000
"""From so many rows on, a grid over the area is cheaper than looking at each of them."""
_TURNED: Final = {"s_within": "s_contains", "s_contains": "s_within"}
"""What holds of (b, a) when the key holds of (a, b); every other function is symmetric."""


def related(op: str, left: Value, right: Value, source: FilterSource) -> Cells:
    """An S_ function of two geometries; null in rows without one. InputError for what is no geometry."""
    a, b = _shapes(op, left), _shapes(op, right)
    if not a.column and not b.column:
        return truth(_PREDICATES[op](a.shapes, b.shapes))
    if a.column and b.column:
        found = _PREDICATES[op](a.shapes, b.shapes)
    elif a.column:
        found = _turned(_TURNED.get(op, op), b.shapes, source)
    else:
        found = _turned(op, a.shapes, source)
    return Cells("boolean", pa.array(found, mask=source.missing))


def _shapes(op: str, value: Value) -> Shapes:
    if not isinstance(value, Shapes):
        raise refused(f"{op} takes geometries, not {value.kind}")
    return value


def _turned(op: str, literal: shapely.Geometry, source: FilterSource) -> Any:
    """Of which rows `op(literal, row)` is true, as n truths."""
    if op == "s_disjoint":
        return ~_turned("s_intersects", literal, source)
    found = np.zeros(len(source), dtype=bool)
    near = source.index.query(literal)
    if len(near) > _MANY and shapely.area(literal) > 0:
        settled = Shade(literal).settled(source.boxes, near)
        found[near[settled == INSIDE]] = op in _OF_INSIDE
        near = near[settled == OPEN]
    if op == "s_intersects":
        sure = shapely.intersects_xy(literal, *source.corners[:, near])  # one corner inside settles it
        found[near[sure]] = True
        near = near[~sure]
    found[near] = _PREDICATES[op](literal, source.shapes[near])
    return found
