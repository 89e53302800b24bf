"""Dates, intervals, boxes and shapes from what either encoding gives for them, each checked before it is built."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import shapely
import shapely.geometry

from geo.filters.guard import refused
from geo.filters.tree import Box, Day, Moment, Number, Shape

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)
NESTING: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep the positions of a geometry lie in lists."""
COLLECTION: Final = "GeometryCollection"


def number(value: float) -> Number:
    """A finite number, InputError otherwise."""
    return Number(_finite(value))


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(f"{value!r} is not a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise refused("a number is beyond what a computer holds (1.8e308)")
    return found


def day(text: str) -> Day:
    """`2022-04-05`; InputError for anything else."""
    try:
        if _DAY.fullmatch(text):
            return Day(date.fromisoformat(text))
    except ValueError:
        pass
    raise refused(f"{text[:40]!r} is not a date such as 2022-04-05")


def moment(text: str) -> Moment:
    """`2022-04-05T12:00:00Z`, with or without parts of a second; InputError for anything else."""
    try:
        if _MOMENT.fullmatch(text):
            return Moment(datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError):
        pass
    raise refused(f"{text[:40]!r} is not a UTC timestamp such as 2022-04-05T12:00:00Z")


def instant(text: str) -> Day | Moment:
    """A date or a timestamp from its text."""
    return moment(text) if "T" in text else day(text)


def box(numbers: Sequence[Any]) -> Box:
    """A BBOX of 4 or, with heights, 6 numbers."""
    if len(numbers) not in (4, 6):
        raise refused(f"BBOX takes 4 or 6 numbers, not {len(numbers)}")
    return Box(tuple(map(_finite, numbers)))


def shape(kind: str, coordinates: Any) -> Shape:
    """A geometry of GeoJSON's `kind` from nested lists of positions, InputError when they do not make one."""
    _check(kind, coordinates, NESTING[kind])
    try:
        return Shape(shapely.geometry.shape({"type": kind, "coordinates": coordinates}))
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise refused(f"a {kind} cannot be made: {error}") from None


def collection(shapes: Sequence[Shape]) -> Shape:
    """A GeometryCollection; it holds no other collection, by the grammar."""
    if not shapes:
        raise refused(f"a {COLLECTION} holds at least one geometry")
    return Shape(shapely.GeometryCollection([one.geometry for one in shapes]))


def _check(kind: str, coordinates: Any, nesting: int) -> None:
    if not isinstance(coordinates, list) or not coordinates:
        raise refused(f"a {kind} lacks positions")
    if nesting == 0:
        if len(coordinates) not in (2, 3):
            raise refused(f"a position has 2 or 3 numbers, not {len(coordinates)}")
        for value in coordinates:
            _finite(value)
        return
    for inner in coordinates:
        _check(kind, inner, nesting - 1)
    if nesting == 1 and kind.endswith("Polygon") and (len(coordinates) < 4 or coordinates[0] != coordinates[-1]):
        raise refused("a ring has at least 4 positions, and ends where it begins")
    if nesting == 1 and kind.endswith("LineString") and len(coordinates) < 2:
        raise refused("a line has at least 2 positions")
