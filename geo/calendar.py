"""Time in the county: China Standard Time, ISO weeks, and the night that belongs to an evening.

All civil times are Asia/Shanghai, UTC+8 without summer time (DOMAIN.md section 7), so the zone is a fixed offset and
needs no time-zone database. A night belongs to the date of its evening d; it counts when presence covers
d+1 00:00 to 05:00 (R07).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from geo.errors import InputError, UnknownWeekError

CHINA = timezone(timedelta(hours=8), "+08:00")
DAY = timedelta(days=1)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


def to_china(instant: datetime) -> datetime:
    """`instant` in China Standard Time; a naive one is taken to be in it already."""
    return instant.replace(tzinfo=CHINA) if instant.tzinfo is None else instant.astimezone(CHINA)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date-time as China Standard Time; InputError when it is none."""
    try:
        return to_china(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # overflow: an instant within hours of the calendar's first or last
        raise InputError(f"{text!r} is not an ISO 8601 date-time such as 2022-12-23T10:00+08:00") from None


def midnight_after(evening: date) -> datetime:
    """24:00 of `evening`, that is 00:00 of the next day, in China Standard Time."""
    return datetime.combine(evening + DAY, time(), CHINA)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week: Monday to Sunday (R08)."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Week:
        """`2022-W51` as a week; UnknownWeekError when the form is off or the year has no such week."""
        match = _WEEK.fullmatch(text)
        if match is None:
            raise UnknownWeekError(text, "write the year and the two-digit week, as in 2022-W51")
        year, number = int(match[1]), int(match[2])
        try:
            date.fromisocalendar(year, number, 1)
            date.fromisocalendar(year, number, 7)
        except (ValueError, OverflowError):
            last = date(year, 12, 28).isocalendar().week if 1 <= year <= 9998 else None
            raise UnknownWeekError(
                text, f"the year {year} has the weeks W01 to W{last}" if last else "the year is outside the calendar"
            ) from None
        return cls(year, number)

    @classmethod
    def of(cls, day: date) -> Week:
        """The week that `day` lies in (a date-time counts by its own calendar date)."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day; its night still belongs to this week."""
        return date.fromisocalendar(self.year, self.number, 7)

    @property
    def evenings(self) -> tuple[date, ...]:
        """The seven evenings whose nights belong to the week."""
        return tuple(self.monday + DAY * offset for offset in range(7))

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"


@dataclass(frozen=True, slots=True)
class NightRules:
    """Which hours make a night (R07): present from 24:00 of the evening until `until_hour` of the next day."""

    until_hour: int = 5

    def ends(self, evening: date) -> datetime:
        """The instant from which the night of `evening` counts as spent."""
        return midnight_after(evening) + timedelta(hours=self.until_hour)


def nights_spent(check_in: datetime, check_out: datetime, rules: NightRules) -> Iterator[date]:
    """The evenings whose nights a presence from `check_in` to `check_out` covers (R07).

    Check-in at 24:00 sharp and check-out at 05:00 sharp both count.
    """
    check_in, check_out = to_china(check_in), to_china(check_out)
    evening = (check_in - timedelta(microseconds=1)).date()
    while rules.ends(evening) <= check_out:
        yield evening
        evening += DAY


def utc(instant: datetime) -> datetime:
    """`instant` in UTC."""
    return to_china(instant).astimezone(UTC)
