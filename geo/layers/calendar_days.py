"""Calendar: days off and make-up days of the county's own table, which stand above those that everybody has (R04a).

The State Council announces a year's days off in the autumn before; until a release of chinesecalendar has them, they
are imported as this layer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from geo.calendar import LEAST_DAYS_OFF, WorkCalendar
from geo.layers.spec import Column, ColumnKind, Heading, LayerSpec, RowFault, Shape, synthetic_column
from geo.terms import DayKind

_ONLY_AT_WEEKENDS = {DayKind.MAKEUP_WORKDAY: DayKind.WORKDAY, DayKind.WEEKEND: DayKind.HOLIDAY}


def work_calendar(calendar: pd.DataFrame) -> WorkCalendar:
    """Workdays and days off, those of a checked frame above those that everybody has."""
    works = [kind in (DayKind.WORKDAY, DayKind.MAKEUP_WORKDAY) for kind in calendar["kind"]]
    return WorkCalendar(dict(zip(calendar["day"], works, strict=True)))


def incomplete_years(calendar: WorkCalendar) -> list[str]:
    """A sentence for each year that stays unknown although the county's table has days of it (R04a)."""
    return [
        f"the year {year} stays unknown: of its days off from Monday to Friday {days_off} are told, a whole year has "
        f"at least {LEAST_DAYS_OFF}; import all of them, in one file or with --upsert"
        for year, days_off in calendar.incomplete().items()
    ]


def _fits_weekday(calendar: pd.DataFrame) -> Iterator[RowFault]:
    """A make-up day or a weekend from Monday to Friday is a slip of date or kind."""
    on_weekdays = np.array([day.weekday() < 5 for day in calendar["day"]], dtype=bool)
    for position in np.flatnonzero(on_weekdays & calendar["kind"].isin(list(_ONLY_AT_WEEKENDS)).to_numpy()).tolist():
        day, kind = calendar["day"].iloc[position], calendar["kind"].iloc[position]
        advice = f"mend the date, or write {_ONLY_AT_WEEKENDS[DayKind(kind)]}"
        yield position, "kind", kind, f"{day} is a {day:%A}, no Saturday or Sunday", advice


CALENDAR = LayerSpec(
    name="calendar",
    title_zh="工作日历",
    title_en="calendar of workdays",
    key="day",
    shape=Shape.TABLE,
    columns=(
        Column("day", ColumnKind.DATE, "日期", "date", headings=("放假日期", "年月日", "day")),
        Column(
            "kind",
            ColumnKind.TERM,
            "日期类型",
            "kind of day",
            vocabulary=DayKind,
            headings=(
                "类型",
                "类别",
                "性质",
                "安排",
                Heading("是否工作日", yes=DayKind.WORKDAY, no=DayKind.HOLIDAY),
                Heading("是否上班", yes=DayKind.WORKDAY, no=DayKind.HOLIDAY),
                Heading("是否放假", yes=DayKind.HOLIDAY, no=DayKind.WORKDAY),
            ),
        ),
        Column(
            "name",
            ColumnKind.TEXT,
            "节日名称",
            "name of the holiday",
            required=False,
            headings=("名称", "节日", "节假日", "假期", "holiday_name", "holiday"),
        ),
        synthetic_column(),
    ),
    rules=(_fits_weekday,),
)
