"""Days and instants of local time as whole numbers, the way arrays hold them: both are counted from 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.board.arriving import microseconds_of
from geo.calendar import NightRules, to_china

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

CHINA_US: Final = timedelta(hours=8) // timedelta(microseconds=1)
DAY_US: Final = timedelta(days=1) // timedelta(microseconds=1)
HOUR_US: Final = timedelta(hours=1) // timedelta(microseconds=1)
_FIRST: Final = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """A day counted from 1970."""
    return day.toordinal() - _FIRST


def day_of(number: int) -> date:
    """The day with this number."""
    return date.fromordinal(number + _FIRST)


def local_us(instant: datetime) -> int:
    """Microseconds of local time since 1970-01-01 00:00."""
    return microseconds_of(to_china(instant)) + CHINA_US


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Evenings in a row, the present in microseconds of local time, and from which time of the morning a night counts.

    `days` are the evenings' dates, `day_ends` their 24:00, both of shape (evenings,).
    """

    first: int
    days: Numbers
    day_ends: Numbers
    at_us: int
    until_us: int

    @property
    def over(self) -> Flags:
        """Which nights are over."""
        over: Flags = self.day_ends + self.until_us <= self.at_us
        return over

    @property
    def open_to_all(self) -> Flags:
        """Which nights can still be begun."""
        still: Flags = self.at_us <= self.day_ends
        return still

    @property
    def tonight(self) -> int | None:
        """The evening, if it is one of them, whose night has begun for good and is not over."""
        evening = self.at_us // DAY_US - 1
        is_night = 0 < self.at_us % DAY_US < self.until_us
        return evening if is_night and self.days[0] <= evening <= self.days[-1] else None

    @classmethod
    def of(cls, first: date, evenings: int, at: datetime, night: NightRules) -> Span:
        """So many evenings from `first` on."""
        begin = day_number(first)
        days = np.arange(begin, begin + evenings, dtype=np.int64)
        return cls(begin, days, (days + 1) * DAY_US, local_us(at), night.until_hour * HOUR_US)
