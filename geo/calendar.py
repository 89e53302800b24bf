"""Time in the county: China Standard Time, workdays, ISO weeks, months, and the night that belongs to an evening.

All civil times are Asia/Shanghai, UTC+8 without summer time (DOMAIN.md section 7), so the zone is a fixed offset and
needs no time-zone database. A night belongs to the date of its evening d; it counts when presence covers
d+1 00:00 to 05:00 (R07).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property
from types import MappingProxyType
from typing import Final

import chinese_calendar

from geo.errors import InputError, UnknownMonthError, UnknownWeekError

CHINA = timezone(timedelta(hours=8), "+08:00")
DAY = timedelta(days=1)
LEAST_DAYS_OFF: Final = 11
"""A year's table with fewer days off from Monday to Friday is not whole: the law gives 11 festive days (13 since 2025),
and the years 2004-2026 have 16 or more."""
PACKAGE_YEARS: Final = range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1)
"""The years that chinesecalendar knows. Its own questions look for them anew each time, so its tables are read here."""
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def to_china(instant: datetime) -> datetime:
    """`instant` in China Standard Time; a naive one is taken to be in it already."""
    return instant.replace(tzinfo=CHINA) if instant.tzinfo is None else instant.astimezone(CHINA)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date-time as China Standard Time; InputError when it is none."""
    try:
        return to_china(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # overflow: an instant within hours of the calendar's first or last
        raise InputError(f"{text!r} is not an ISO 8601 date-time such as 2022-12-23T10:00+08:00") from None


def parse_day(text: str, *, parameter: str = "date") -> date:
    """`2022-12-18` as a date; InputError, which names the parameter, when it is none."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{text!r} is not a date: write year, month and day, as in 2022-12-18", parameter=parameter)


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


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; its nights are those of its evenings (R10)."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """`2022-12` as a month; UnknownMonthError when it is none."""
        match = _MONTH.fullmatch(text)
        if match is None or not (1 <= int(match[1]) <= 9998 and 1 <= int(match[2]) <= 12):
            raise UnknownMonthError(text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that `day` lies in (a date-time counts by its own calendar date)."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """The last day; its night still belongs to this month."""
        return self.first.replace(day=monthrange(self.year, self.number)[1])

    @property
    def evenings(self) -> tuple[date, ...]:
        """The evenings whose nights belong to the month."""
        return tuple(self.first + DAY * offset for offset in range(self.last.day))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """Workdays and days off: chinesecalendar's, and above it the county's own table `overrides` {day: is it a workday}.

    A year is known when the package has it, or when the table tells at least `LEAST_DAYS_OFF` of its days off from
    Monday to Friday: a single correction makes no calendar. Of an unknown year only the days in the table are told, the
    others are None, which is no "no" (R04a).
    """

    overrides: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))

    def is_workday(self, day: date) -> bool | None:
        """Whether people work on `day`, make-up days included (R05); None in a year that is unknown."""
        day = _plain(day)
        told = self.overrides.get(day)
        if told is not None:
            return told
        if day.year in PACKAGE_YEARS:
            return day in chinese_calendar.workdays or (day.weekday() < 5 and day not in chinese_calendar.holidays)
        return day.weekday() < 5 if day.year in self._told_years else None

    def is_holiday(self, day: date) -> bool | None:
        """Whether `day` is off and no plain weekend; None in a year that is unknown."""
        day, works = _plain(day), self.is_workday(day)
        return works if works is None else not works and (day.weekday() < 5 or day in chinese_calendar.holidays)

    def is_makeup(self, day: date) -> bool | None:
        """Whether `day` is a Saturday or Sunday on which people work; None in a year that is unknown."""
        works = self.is_workday(day)
        return works if works is None else works and day.weekday() >= 5

    def knows(self, year: int) -> bool:
        """Whether every day of the year is known."""
        return year in PACKAGE_YEARS or year in self._told_years

    @property
    def known_to(self) -> date:
        """The last day of the last year that is known without a gap before it."""
        year = PACKAGE_YEARS[-1]
        while self.knows(year + 1):
            year += 1
        return date(year, 12, 31)

    def unknown_ahead(self, today: date, days: int) -> date | None:
        """The first day from `today` to `days` days later of which the calendar knows nothing; None when there is none.

        A day that the table tells of in an unknown year does not count as known.
        """
        today = _plain(today)
        last = today + DAY * days
        unknown = next((year for year in range(today.year, last.year + 1) if not self.knows(year)), None)
        return None if unknown is None else max(today, date(unknown, 1, 1))

    def incomplete(self) -> Mapping[int, int]:
        """The years that are unknown although the table has days of them, and how many days off Monday to Friday."""
        return {year: self._days_off[year] for year in sorted(self._days_off) if not self.knows(year)}

    @cached_property
    def _days_off(self) -> Counter[int]:
        days_off = Counter({day.year: 0 for day in self.overrides})
        days_off.update(day.year for day, works in self.overrides.items() if not works and day.weekday() < 5)
        return days_off

    @cached_property
    def _told_years(self) -> frozenset[int]:
        return frozenset(year for year, days_off in self._days_off.items() if days_off >= LEAST_DAYS_OFF)


def _plain(day: date) -> date:
    """A date-time is no key of a table of dates: it counts by its own calendar date."""
    return day.date() if isinstance(day, datetime) else day


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
