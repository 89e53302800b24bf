"""Forest-fire classes by day: what three real bulletins of 2022 say of the county, and made-up days of its season."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final

import pandas as pd

from geo.calendar import CHINA, DAY
from geo.synthetic import facts, record
from geo.synthetic.rows import Row

_ISSUE: Final = time(16)  # a bulletin speaks of the 24 hours after it; they are filed under the day that holds most
_ISSUER: Final = "模拟"
_REAL: Final = (  # issued, class, who reports it; the year of the first is inferred from its address
    (datetime(2022, 4, 8, 16, tzinfo=CHINA), 5, "央广网 2022-04-09 转载:娄底(冷水江、涟源、双峰)红色预警"),
    (datetime(2022, 9, 5, 17, tzinfo=CHINA), 3, "长沙晚报 2022-09-06 转载:娄底黄色预警"),
    (datetime(2022, 10, 18, 16, tzinfo=CHINA), 5, "2022-10-18 转载:娄底(全境)红色预警"),
)
_FIRST: Final = date(2022, 10, 1)
_LAST: Final = record.AS_OF.date()  # the next day's is issued at 16:00
_SILENT: Final = (date(2022, 11, 5), date(2022, 11, 6), date(2022, 12, 4))  # days that nobody gave a class
_WOODED: Final = ("431381002", "431381103", "431381106")  # 锡矿山, 铎山, 金竹山: one class more on dry days
_WEATHER: Final = (  # until when, the classes to draw from: a dry October, rain in November, a dry cold December
    (date(2022, 10, 12), (3, 3, 4)),
    (date(2022, 10, 28), (4, 4, 5)),
    (date(2022, 11, 14), (2, 3, 3)),
    (date(2022, 12, 1), (1, 1, 2)),
    (date(2022, 12, 15), (2, 2, 3)),
    (_LAST, (2, 3, 3)),
)


def fire_dangers(rng: random.Random) -> pd.DataFrame:
    """One row for the county on each day of the season that has a class, and one for each wooded town on dry days."""
    real = {(issued + DAY).date(): (issued, level, source) for issued, level, source in _REAL}
    rows: list[Row] = [
        _row(facts.COUNTY_CODE, day, level)
        | {"issued_at": issued, "issuer": None, "source": source, "synthetic": False}
        for day, (issued, level, source) in real.items()
    ]
    for day in _days():
        level = real[day][1] if day in real else rng.choice(_classes(day))
        if day in real or day in _SILENT:
            continue
        rows.append(_row(facts.COUNTY_CODE, day, level))
        if 3 <= level < 5:
            rows += [_row(town, day, level + 1) for town in _WOODED if rng.random() < 0.6]
    return pd.DataFrame(rows).sort_values(["first_day", "area_code"], ignore_index=True)


def _days() -> Iterator[date]:
    yield from (_FIRST + number * DAY for number in range((_LAST - _FIRST).days + 1))


def _classes(day: date) -> tuple[int, ...]:
    return next(classes for until, classes in _WEATHER if day <= until)


def _row(area_code: str, day: date, level: int) -> Row:
    return {
        "area_code": area_code,
        "first_day": day,
        "last_day": None,
        "fire_class": level,
        "issued_at": datetime.combine(day - DAY, _ISSUE, CHINA),
        "issuer": _ISSUER,
        "source": None,
        "synthetic": True,
    }
