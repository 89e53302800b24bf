"""Dates and times as Chinese registers write them. Year first or not at all: 3/4/2022 is two dates."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from geo.calendar import to_china
from geo.intake.refusals import CellError

_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]*(?P<clock>\d.*))?", re.ASCII
)
_MONTH_ONLY = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?", re.ASCII)
_CLOCK = re.compile(
    r"(\d{1,2})\s*[:时点]\s*(\d{1,2})\s*(?:[:分]\s*(?:(\d{1,2})(\.\d+)?\s*秒?)?)?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_EXCEL_DAYS = range(10_000, 80_000)
"""Excel's day numbers of 1927 to 2119: a bare number of this size in a date column is one of them."""


def year_first(text: str) -> tuple[date, str | None] | None:
    """The date, and the text of the clock time if any, of 2022/12/23, 2022.12.23 or 2022年12月23日 10时30分."""
    found = _YEAR_FIRST.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])), found["clock"]
    except ValueError:
        return None


def digits_of(raw: object) -> str | None:
    """A whole number as its digits, without the .0 that a column with gaps adds; None for any other value."""
    if isinstance(raw, bool | np.bool_) or not isinstance(raw, int | float | np.number):
        return None
    number = float(raw)
    return str(int(raw)) if number.is_integer() and abs(number) < 2**53 else None


def as_date(raw: Any) -> Any:
    """A date cell as it is when it is ISO 8601 or a date object; other year-first forms as ISO text.

    A date-time gives its day, in China where it names a zone.
    """
    if isinstance(raw, date | np.datetime64):
        return raw
    text = _date_text(raw)
    try:
        date.fromisoformat(text)
        return raw
    except ValueError:
        found = year_first(text)
    if found is None:
        raise CellError("must be a date such as 2022-12-23, 2022/12/23 or 2022年12月23日")
    day, clock = found
    instant = None if clock is None else _instant(day, clock)
    if clock is not None and instant is None:
        raise CellError("must be a date such as 2022-12-23; what follows the date is no time of day")
    return (day if instant is None else instant.date()).isoformat()


def as_instant(raw: Any) -> Any:
    """A date-time cell as it is when it is ISO 8601 or a date-time object; other year-first forms as ISO text."""
    if isinstance(raw, date | np.datetime64):
        return raw
    text = _date_text(raw)
    try:
        datetime.fromisoformat(text)
        return raw  # a date alone among them: the check refuses it, for midnight is a time too
    except ValueError:
        found = year_first(text)
    instant = _instant(found[0], found[1]) if found and found[1] else None
    if instant is None:
        raise CellError("must be a date with a time of day such as 2022-12-23T10:00 or 2022年12月23日 10:00")
    return instant.isoformat()


def _instant(day: date, clock: str) -> datetime | None:
    """The day at a time of day such as 10时30分, 10:30:15.5 or, as GDAL writes it, 10:30:15.123+08; in China."""
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        return None
    hour, minute, second = (int(found[part] or 0) for part in (1, 2, 3))
    # GDAL rounds 59.9996 s up to 60.000, which is the next minute.
    carried = second == 60 and not float(found[4] or 0)
    text = (
        f"{day.isoformat()}T{hour:02d}:{minute:02d}:{0 if carried else second:02d}{found[4] or ''}{found['zone'] or ''}"
    )
    try:
        return to_china(datetime.fromisoformat(text) + timedelta(minutes=int(carried)))
    except (ValueError, OverflowError):  # 25:00, or hours before the year 1
        return None


def _date_text(raw: Any) -> str:
    """The text of a date cell, when it is not a number of days or a month."""
    text = digits_of(raw) or unicodedata.normalize("NFKC", str(raw)).strip()
    serial = text.partition(".")[0]
    if serial.isdecimal() and len(serial) == 5 and int(serial) in _EXCEL_DAYS:
        raise CellError("is Excel's number of a day, not a date", "format the column as a date and export once more")
    if _MONTH_ONLY.fullmatch(text) and not text.isdecimal():
        raise CellError("names a month, not a day", "write the day, or leave the cell empty")
    return text
