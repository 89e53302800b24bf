"""When features are: the columns that tell it, the spans of rows, and the parameter `datetime`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.calendar import CHINA, DAY, parse_day, parse_instant
from geo.errors import InputError

Micros = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EVER: Final = np.iinfo(np.int64).max
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CHINA_US: Final = CHINA.utcoffset(None) // _MICROSECOND
_DAY_US: Final = DAY // _MICROSECOND
_OPEN: Final = ("", "..")
_DAYS: Final = re.compile(r"P(\d{1,5})D", re.ASCII)

TIMES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "teams": ("assigned_from", "assigned_to"),
        "leaders": ("assigned_from", "assigned_to"),
        "calendar": ("day", "day"),
        "risk_zones": ("valid_from", "valid_to"),
        "hazard_sites": ("found_on", "removed_on"),
        "fire_dangers": ("first_day", "last_day"),
        "detections": ("detected_on", "detected_on"),
        "incidents": ("discovered_at", "discovered_at"),
        "closures": ("from_at", "to_at"),
        "stays": ("check_in", "check_out"),
        "stay_coverage": ("first_day", "last_day"),
        "reach": ("at", "at"),
    }
)
"""The columns that a collection's rows begin and end in; one column twice where rows are of one day or instant."""
_ONE_DAY: Final = frozenset({"fire_dangers"})
"""Collections whose rows end with their first day where no last one is told; elsewhere they have not ended."""


@dataclass(frozen=True, slots=True)
class Span:
    """A closed interval of time, in microseconds since 1970 UTC; `EVER` and its negative are open ends."""

    start_us: int
    end_us: int

    @property
    def ends(self) -> tuple[datetime | None, datetime | None]:
        """Both ends as instants, None where it is open."""
        start, end = (
            None if abs(us) == EVER else (_EPOCH + us * _MICROSECOND).astimezone(CHINA)
            for us in (self.start_us, self.end_us)
        )
        return start, end


@dataclass(frozen=True, slots=True, eq=False)
class RowTimes:
    """When n rows are, closed intervals in microseconds since 1970 UTC, shape (n,); `known` where a row tells it."""

    start_us: Micros
    end_us: Micros
    known: Mask

    @classmethod
    def of(cls, frame: pd.DataFrame, name: str) -> RowTimes | None:
        """When the rows of the collection `name` are; None where no column of it tells.

        A row without one of two ends has it open, one without both has no time.
        """
        if name not in TIMES:
            return None
        start, end = TIMES[name]
        (start_us, first_end_us, has_start), (_, end_us, has_end) = _spans(frame[start]), _spans(frame[end])
        end_us[~has_end] = first_end_us[~has_end] if name in _ONE_DAY else EVER
        start_us[~has_start] = -EVER
        return cls(start_us, end_us, has_start | has_end)

    def meeting(self, span: Span) -> Mask:
        """Which rows have a time in common with `span`; those that have none pass, as Part 1 wants it."""
        return ~self.known | ((self.start_us <= span.end_us) & (self.end_us >= span.start_us))

    @property
    def extent(self) -> Span | None:
        """The span of all rows; None when none tells a time."""
        if not self.known.any():
            return None
        return Span(int(self.start_us[self.known].min()), int(self.end_us[self.known].max()))


def _spans(column: pd.Series[Any]) -> tuple[Micros, Micros, Mask]:
    """First and last microsecond of each cell, and which cells tell one; a date is its day in China."""
    known = column.notna().to_numpy(dtype=bool)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        moments = column.dt.tz_convert(UTC).dt.tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
        return moments.copy(), moments, known
    days = np.array(column.where(known, None).to_numpy(dtype=object), dtype="datetime64[D]").astype(np.int64)
    first_us = np.where(known, days, 0) * _DAY_US - _CHINA_US
    return first_us, first_us + _DAY_US - 1, known


def parse_datetime(text: str) -> Span:
    """The parameter `datetime`: an instant, or `start/end` of which either may be open (`..` or nothing).

    A date is the whole day in China, an instant without zone is in China. The end may be a number of days after a start
    (`2022-12-20/P2D`), as the executable suite of Part 1 asks beyond the standard. InputError when it is none of these,
    or ends before it begins.
    """
    parts = text.split("/")
    if len(parts) > 2 or all(part in _OPEN for part in parts):
        raise _refused(text, "write 2022-12-20T00:00:00Z, or two of them with a slash between, one of which may be ..")
    first, last = parts[0], parts[-1]
    start_us = -EVER if first in _OPEN else _ends(text, first)[0]
    days = _DAYS.fullmatch(last)
    if days and first not in _OPEN:
        end_us = _ends(text, first)[1] + int(days[1]) * _DAY_US
    else:
        end_us = EVER if last in _OPEN else _ends(text, last)[1]
    if end_us < start_us:
        raise _refused(text, "it ends before it begins")
    return Span(start_us, end_us)


def _ends(text: str, part: str) -> tuple[int, int]:
    try:
        if len(part) <= len("2022-12-20"):
            first_us = _micros_of_day(parse_day(part))
            return first_us, first_us + _DAY_US - 1
        moment_us = (parse_instant(part) - _EPOCH) // _MICROSECOND
    except InputError as reason:
        raise _refused(text, str(reason)) from None
    return moment_us, moment_us


def _micros_of_day(day: date) -> int:
    return (day - _EPOCH.date()).days * _DAY_US - _CHINA_US


def _refused(text: str, reason: str) -> InputError:
    return InputError(f"datetime={text!r} cannot be taken: {reason}", parameter="datetime")
