"""The T_ functions: Allen's relations between closed intervals, and those that also take instants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from geo.filters.guard import refused
from geo.filters.tree import INTERVALS_ONLY
from geo.filters.values import Cells, Spans, Times, Value, open_end

_Relation = Callable[[Times, Times], Any]


def _all(*conditions: Any) -> Any:
    found = conditions[0]
    for condition in conditions[1:]:
        found = pc.and_(found, condition)
    return found


def _apart(a: Times, b: Times) -> Any:
    return pc.or_(a.end.before(b.start), b.end.before(a.start))


_RELATIONS: Final[dict[str, _Relation]] = {
    "t_after": lambda a, b: b.end.before(a.start),
    "t_before": lambda a, b: a.end.before(b.start),
    "t_disjoint": _apart,
    "t_intersects": lambda a, b: pc.invert(_apart(a, b)),
    "t_equals": lambda a, b: _all(a.start.equals(b.start), a.end.equals(b.end)),
    "t_contains": lambda a, b: _all(a.start.before(b.start), b.end.before(a.end)),
    "t_finishedBy": lambda a, b: _all(a.start.before(b.start), a.end.equals(b.end)),
    "t_meets": lambda a, b: a.end.equals(b.start),
    "t_overlaps": lambda a, b: _all(a.start.before(b.start), b.start.before(a.end), a.end.before(b.end)),
    "t_startedBy": lambda a, b: _all(a.start.equals(b.start), b.end.before(a.end)),
}
_TURNED: Final = {
    "t_during": "t_contains",
    "t_finishes": "t_finishedBy",
    "t_metBy": "t_meets",
    "t_overlappedBy": "t_overlaps",
    "t_starts": "t_startedBy",
}


def related(op: str, left: Value, right: Value) -> Cells:
    """A T_ function of two times; null where an end of either is. InputError for an instant where intervals belong."""
    a, b = _times(op, left), _times(op, right)
    if op in INTERVALS_ONLY and not (a.interval and b.interval):
        raise refused(f"{op} takes two intervals; an instant has t_after, t_before, t_equals, t_intersects, t_disjoint")
    if op in _TURNED:
        a, b, op = b, a, _TURNED[op]
    known = pc.and_(pc.is_valid(a.data), pc.is_valid(b.data))
    return Cells("boolean", pc.if_else(known, _RELATIONS[op](a, b), pa.scalar(None, pa.bool_())))


def interval(start: Value | None, end: Value | None) -> Times:
    """A closed interval between two instants; None is an open end."""
    first = open_end(at_start=True) if start is None else _instant(start)
    last = open_end(at_start=False) if end is None else _instant(end)
    backwards = last.before(first)
    if isinstance(backwards, pa.Scalar) and backwards.as_py():
        raise refused("an interval ends before it starts")
    return Times(first, last, interval=True)


def _instant(value: Value) -> Spans:
    if not isinstance(value, Times) or value.interval:
        raise refused(f"INTERVAL takes instants, not {value.kind}")
    return value.start


def _times(op: str, value: Value) -> Times:
    if not isinstance(value, Times):
        raise refused(f"{op} takes times, not {value.kind}")
    return value
