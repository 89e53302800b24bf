"""What the parts of a filter are worth: one value, or one for each of n rows. Null is Arrow's, and stays null.

Truth has three values: what compares with null is null, `null AND false` is false, `null OR true` is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.calendar import CHINA
from geo.filters.guard import refused
from geo.filters.literals import instant
from geo.filters.tree import Day, Moment

DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_COMPARE: Final = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    ">": pc.greater,
    "<=": pc.less_equal,
    ">=": pc.greater_equal,
}
TEXT: Final = pa.large_string()


@dataclass(frozen=True, slots=True)
class Cells:
    """Texts, numbers or truths: an Arrow array or scalar. Texts compare by code point, as UTF-8 does by bytes."""

    kind: Literal["text", "number", "boolean"]
    data: Any


@dataclass(frozen=True, slots=True)
class Spans:
    """Instants as precise as they are known: from `first` to `last`, both included, in microseconds since 1970 UTC."""

    first: Any
    last: Any

    def before(self, other: Spans) -> Any:
        """Whether it is surely earlier."""
        return pc.less(self.last, other.first)

    def equals(self, other: Spans) -> Any:
        """Whether neither is earlier: the same instant, the same day, or an instant of the day."""
        return pc.invert(pc.or_(self.before(other), other.before(self)))


@dataclass(frozen=True, slots=True)
class Times:
    """Instants (`start` is `end`) or closed intervals. A day lasts from 00:00 to 24:00 of the county's time."""

    start: Spans
    end: Spans
    interval: bool = False
    kind: str = "a time"

    @property
    def data(self) -> Any:
        """Null where one of the ends is."""
        return pc.add(self.start.first, self.end.first)


@dataclass(frozen=True, slots=True)
class Shapes:
    """The geometries of the rows (`column`), or one in WGS84 longitude and latitude."""

    shapes: Any
    column: bool
    kind: str = "a geometry"


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of keys: `keys[i]` is in the set of row `rows[i]`; `missing` marks rows without a set. One row, or n."""

    rows: Any
    keys: Any
    missing: Any
    column: bool
    kind: str = "an array"


Value = Cells | Times | Shapes | Sets


def number(value: float) -> Cells:
    """One number."""
    return Cells("number", pa.scalar(float(value), pa.float64()))


def text(value: str) -> Cells:
    """One text."""
    return Cells("text", pa.scalar(value, TEXT))


def truth(data: Any) -> Cells:
    """Truths from Arrow, numpy or Python."""
    if isinstance(data, bool | np.bool_):
        return Cells("boolean", pa.scalar(bool(data)))
    return Cells("boolean", pa.array(data) if isinstance(data, np.ndarray) else data)


def time_of(literal: Day | Moment) -> Times:
    """One instant; a day is the county's (UTC+8)."""
    at = literal.value
    if isinstance(literal, Moment):
        span = _span((literal.value - _EPOCH) // _MICROSECOND, 0)
    else:
        span = _span((datetime.combine(at, time(), CHINA) - _EPOCH) // _MICROSECOND, DAY_US - 1)
    return Times(span, span)


def _span(first: int, length: int) -> Spans:
    return Spans(pa.scalar(first, pa.int64()), pa.scalar(first + length, pa.int64()))


def open_end(*, at_start: bool) -> Spans:
    """The end of an interval that has none: before, or after, every other."""
    most = np.iinfo(np.int64).max // 2  # the sum of two is still a number
    return _span(-most if at_start else most, 0)


def compared(op: str, left: Value, right: Value) -> Cells:
    """`left op right` of two values of one kind; a text beside a time is read as a time. InputError otherwise."""
    left, right = _as_times(left, right), _as_times(right, left)
    if isinstance(left, Times) and isinstance(right, Times):
        return _compared_times(op, left, right)
    if not isinstance(left, Cells) or not isinstance(right, Cells) or left.kind != right.kind:
        raise refused(f"{left.kind} and {right.kind} cannot be compared")
    if left.kind == "boolean" and op not in ("=", "<>"):
        return Cells("boolean", _COMPARE[op](left.data.cast(pa.int8()), right.data.cast(pa.int8())))
    return Cells("boolean", _COMPARE[op](left.data, right.data))


def _as_times(value: Value, beside: Value) -> Value:
    if not isinstance(beside, Times) or not isinstance(value, Cells) or value.kind != "text":
        return value
    if not isinstance(value.data, pa.Scalar) or not value.data.is_valid:
        raise refused("a property of texts and a time cannot be compared")
    return time_of(instant(value.data.as_py()))


def _compared_times(op: str, left: Times, right: Times) -> Cells:
    if left.interval or right.interval:
        raise refused(f"{op} compares instants; an interval has the T_ functions")
    earlier, later = left.start.before(right.start), right.start.before(left.start)
    found = {
        "<": lambda: earlier,
        ">": lambda: later,
        "<=": lambda: pc.invert(later),
        ">=": lambda: pc.invert(earlier),
        "=": lambda: pc.invert(pc.or_(earlier, later)),
        "<>": lambda: pc.or_(earlier, later),
    }
    return Cells("boolean", found[op]())


def among(value: Value, members: list[Value]) -> Cells:
    """IN: whether a value is one of the members; null where the value is, or where a member is and none is equal."""
    plain: list[Any] = []
    found: Any = pa.scalar(False)
    for one in members:
        if isinstance(one, Cells) and one.kind == value.kind and _is_known(one.data):
            plain.append(one.data)
        else:
            found = pc.or_kleene(found, compared("=", value, one).data)
    if plain and isinstance(value, Cells):
        held = pc.is_in(value.data, value_set=pa.array([data.as_py() for data in plain], plain[0].type))
        found = pc.or_kleene(found, pc.if_else(pc.is_valid(value.data), held, pa.scalar(None, pa.bool_())))
    return Cells("boolean", found)


def _is_known(data: Any) -> bool:
    return isinstance(data, pa.Scalar) and bool(data.is_valid)
