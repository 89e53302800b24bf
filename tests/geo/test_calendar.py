"""China Standard Time, workdays, weeks, months, and the night of an evening (DOMAIN.md section 7, R04 to R10)."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import chinese_calendar
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import (
    CHINA,
    DAY,
    LEAST_DAYS_OFF,
    Month,
    NightRules,
    Week,
    WorkCalendar,
    midnight_after,
    nights_spent,
    parse_day,
    parse_instant,
    to_china,
    utc,
)
from geo.errors import InputError, LayerFaultsError, UnknownMonthError, UnknownWeekError
from geo.layers.calendar_days import CALENDAR, work_calendar
from geo.layers.spec import check
from tests import oracles, strategies

WORKDAYS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cn_workdays_2022_2026.csv"


def nights(check_in: str, check_out: str, rules: NightRules | None = None) -> list[str]:
    spent = nights_spent(parse_instant(check_in), parse_instant(check_out), rules or NightRules())
    return [evening.isoformat() for evening in spent]


# Weeks


@pytest.mark.parametrize(
    ("expected", "day"),
    [
        ("2022-W50", date(2022, 12, 18)),  # example (a): a Sunday, and the Monday after it
        ("2022-W51", date(2022, 12, 19)),
        ("2022-W52", date(2022, 12, 31)),  # example (d)
        ("2022-W52", date(2023, 1, 1)),
        ("2023-W01", date(2023, 1, 2)),
        ("2020-W53", date(2021, 1, 3)),
        ("2025-W01", date(2024, 12, 30)),
    ],
)
def test_a_day_lies_in_its_iso_week(expected: str, day: date) -> None:
    assert expected == str(Week.of(day))


@pytest.mark.parametrize("text", ["2022-W01", "2022-W51", "2022-W52", "2020-W53", "2026-W53", "0001-W01", "9999-W51"])
def test_a_week_that_exists_is_read_and_written_back(text: str) -> None:
    assert text == str(Week.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "2022-W53",
        "2022-W00",
        "2022-W99",
        "0000-W01",
        "9999-W53",
        "2022-W1",
        "2022-W001",
        "2022W51",
        "2022-w51",
        "2022-51",
        "22-W51",
        "-2022-W51",
        " 2022-W51",
        "2022-W51 ",
        "2022-W51\n",
        "2022-W51-1",
        "２０２２-W01",
        "2022-W٠١",
        "W51",
        "today",
        "",
    ],
)
def test_a_week_that_does_not_exist_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnknownWeekError) as caught:
        Week.parse(text)
    assert text == caught.value.value


def test_a_refused_week_says_which_weeks_the_year_has() -> None:
    with pytest.raises(UnknownWeekError, match="2022 has the weeks W01 to W52"):
        Week.parse("2022-W53")
    with pytest.raises(UnknownWeekError, match="as in 2022-W51"):
        Week.parse("2022-51")


@given(st.dates(date(1, 1, 1), date(9999, 12, 26)))
def test_a_week_runs_from_monday_to_sunday_and_its_evenings_are_its_days(day: date) -> None:
    week = Week.of(day)
    assert (1, 7) == (week.monday.isoweekday(), week.sunday.isoweekday())
    assert timedelta(days=6) == week.sunday - week.monday
    assert (week.monday, week.sunday, 7) == (week.evenings[0], week.evenings[-1], len(week.evenings))
    assert day in week.evenings
    assert week == Week.parse(str(week))


def test_weeks_are_in_the_order_of_time() -> None:
    assert Week(2021, 52) < Week(2022, 1) < Week(2022, 2)


# Instants


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("2022-12-23T10:00:00+08:00", "2022-12-23T10:00"),  # a naive time is local already
        ("2022-12-23T10:00:00+08:00", "2022-12-23 10:00:00"),
        ("2022-04-04T11:00:00+08:00", "2022-04-04T03:00Z"),  # example (g)
        ("2022-04-05T01:30:00+08:00", "2022-04-04T17:30:00Z"),
        ("2022-12-23T10:00:00+08:00", "2022-12-22T21:00:00-05:00"),
        ("2022-12-23T10:00:00.250000+08:00", "2022-12-23T10:00:00.25+08:00"),
    ],
)
def test_an_instant_is_read_as_china_standard_time(expected: str, text: str) -> None:
    assert expected == parse_instant(text).isoformat()


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "yesterday", "2022-13-01T00:00", "2022-12-23T25:00", "23/12/2022", "NaN"),
        *("0001-01-01T00:00+14:00", "9999-12-31T23:59Z"),  # they leave the calendar when turned to local time
    ],
)
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="2022-12-23T10:00"):
        parse_instant(text)


# Hypothesis wants naive bounds beside `timezones`.
_FIRST, _LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001


@given(st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)))
def test_a_change_of_zone_keeps_the_instant(instant: datetime) -> None:
    assert instant == to_china(instant)
    assert instant == utc(to_china(instant))
    assert timedelta(hours=8) == to_china(instant).utcoffset()


def test_the_offset_is_eight_hours_in_summer_too() -> None:
    # China kept summer time from 1986 to 1991; the county's rules know none.
    assert "1988-07-01T20:00:00+08:00" == to_china(datetime(1988, 7, 1, 12, tzinfo=UTC)).isoformat()


def test_midnight_after_an_evening_is_the_start_of_the_next_day() -> None:
    assert datetime(2023, 1, 1, tzinfo=CHINA) == midnight_after(date(2022, 12, 31))


# Nights


@pytest.mark.parametrize(
    ("expected", "check_in", "check_out"),
    [
        (["2022-12-18"], "2022-12-18T21:00", "2022-12-19T07:00"),
        ([], "2022-12-20T21:00", "2022-12-21T04:30"),  # example (c)
        (["2022-12-31"], "2022-12-31T22:00", "2023-01-01T08:00"),  # example (d)
        (["2022-12-20"], "2022-12-21T00:00", "2022-12-21T05:00"),  # 24:00 and 05:00 sharp both count
        ([], "2022-12-21T00:00:01", "2022-12-21T09:00"),
        ([], "2022-12-20T20:00", "2022-12-21T04:59:59"),
        ([], "2022-12-20T08:00", "2022-12-20T18:00"),
        (["2022-12-20", "2022-12-21", "2022-12-22"], "2022-12-20T09:00", "2022-12-23T05:00"),
        (["2022-12-20", "2022-12-21"], "2022-12-20T09:00", "2022-12-23T04:59"),
        (["2022-12-19"], "2022-12-19T13:00Z", "2022-12-19T23:00Z"),  # UTC times are turned first
        ([], "2022-12-19T16:30Z", "2022-12-19T23:00Z"),
    ],
)
def test_a_night_counts_when_presence_covers_midnight_to_five(
    expected: list[str], check_in: str, check_out: str
) -> None:
    assert expected == nights(check_in, check_out)


def test_the_evening_of_new_years_eve_counts_for_december_and_w52() -> None:
    (evening,) = nights_spent(
        datetime(2022, 12, 31, 22, tzinfo=CHINA), datetime(2023, 1, 1, 8, tzinfo=CHINA), NightRules()
    )
    assert (12, "2022-W52") == (evening.month, str(Week.of(evening)))


def test_the_hour_at_which_a_night_ends_is_a_setting() -> None:
    assert ["2022-12-20"] == nights("2022-12-20T21:00", "2022-12-21T04:30", NightRules(until_hour=4))
    assert [] == nights("2022-12-20T21:00", "2022-12-21T05:30", NightRules(until_hour=6))


def test_a_presence_that_ends_before_it_begins_covers_no_night() -> None:
    assert [] == nights("2022-12-22T21:00", "2022-12-20T07:00")


@given(strategies.presences())
def test_nights_equal_those_found_by_asking_about_every_minute(presence: tuple[datetime, datetime]) -> None:
    assert oracles.nights(*presence) == list(nights_spent(*presence, NightRules()))


@given(strategies.presences(), st.integers(-12, 14))
def test_nights_do_not_depend_on_the_zone_that_times_are_written_in(
    presence: tuple[datetime, datetime], hours: int
) -> None:
    elsewhere = tuple(instant.astimezone(timezone(timedelta(hours=hours))) for instant in presence)
    assert list(nights_spent(*presence, NightRules())) == list(nights_spent(*elsewhere, NightRules()))


# Workdays


def days_off(year: int, count: int = LEAST_DAYS_OFF) -> dict[date, bool]:
    """The first Mondays to Fridays of a year, told as days off."""
    days = (date(year, 1, 1) + DAY * offset for offset in range(365))
    return dict.fromkeys([day for day in days if day.weekday() < 5][:count], False)


def test_r05_the_workdays_are_those_of_the_published_table_of_2022_to_2026() -> None:
    if not WORKDAYS.exists():
        pytest.skip(f"{WORKDAYS.name} is not here")
    calendar = WorkCalendar()
    with WORKDAYS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [(row["is_workday"] == "1", row["kind"] == "holiday", row["kind"] == "makeup_workday") for row in rows]
    days = [date.fromisoformat(row["date"]) for row in rows]
    asked = (calendar.is_workday, calendar.is_holiday, calendar.is_makeup)
    assert expected == [tuple(question(day) for question in asked) for day in days]
    assert 1826 == len(days)


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_r05_without_a_table_a_workday_is_what_the_package_says(day: date) -> None:
    assert chinese_calendar.is_workday(day) is WorkCalendar().is_workday(day)
    assert chinese_calendar.is_workday(day) is WorkCalendar().is_workday(
        datetime(day.year, day.month, day.day, 23, tzinfo=CHINA)
    )


def test_example_f_the_week_of_the_national_day_has_two_workdays_and_they_are_make_up_days() -> None:
    calendar, week = WorkCalendar(), [date(2022, 10, 3) + DAY * offset for offset in range(7)]
    assert [date(2022, 10, 8), date(2022, 10, 9)] == [day for day in week if calendar.is_workday(day)]
    assert [date(2022, 10, 8), date(2022, 10, 9)] == [day for day in week if calendar.is_makeup(day)]
    assert week[:5] == [day for day in week if calendar.is_holiday(day)]


def test_a_plain_weekend_is_neither_worked_nor_a_holiday() -> None:
    saturday, calendar = date(2022, 12, 24), WorkCalendar()
    assert (False, False, False) == (
        calendar.is_workday(saturday), calendar.is_holiday(saturday), calendar.is_makeup(saturday)
    )  # fmt: skip


@given(st.dates(date(2004, 1, 1), date(2029, 12, 31)), st.booleans(), st.dates(date(2004, 1, 1), date(2029, 12, 31)))
def test_the_countys_table_stands_above_the_package_and_touches_no_other_day(
    told: date, works: bool, other: date
) -> None:
    calendar = WorkCalendar({told: works})
    assert works is calendar.is_workday(told)
    assert (works and told.weekday() >= 5) is calendar.is_makeup(told)
    assert other == told or WorkCalendar().is_workday(other) is calendar.is_workday(other)


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2027, 1, 1), date(2027, 6, 5), date(2100, 10, 1)])
def test_r04a_of_an_unknown_year_no_day_is_told_instead_of_raising(day: date) -> None:
    calendar = WorkCalendar()
    assert (None, None, None) == (calendar.is_workday(day), calendar.is_holiday(day), calendar.is_makeup(day))
    assert not calendar.knows(day.year)


def test_r04a_a_whole_years_table_makes_the_year_known_and_fewer_days_do_not() -> None:
    whole, partial = WorkCalendar(days_off(2027)), WorkCalendar(days_off(2027, LEAST_DAYS_OFF - 1))
    assert whole.knows(2027)
    assert whole.is_workday(date(2027, 6, 7)) is True
    assert whole.is_workday(date(2027, 6, 5)) is False
    assert not partial.knows(2027)
    assert partial.is_workday(date(2027, 6, 7)) is None
    assert partial.is_workday(date(2027, 1, 1)) is False
    assert {2027: LEAST_DAYS_OFF - 1} == partial.incomplete()
    assert {} == whole.incomplete()


def test_r04a_weekends_in_a_table_are_not_taken_for_a_whole_year() -> None:
    weekends = {day: False for day in (date(2027, 1, 1) + DAY * offset for offset in range(365)) if day.weekday() > 4}
    assert not WorkCalendar(weekends).knows(2027)
    assert {2027: 0} == WorkCalendar(weekends).incomplete()


def test_r04a_the_calendar_is_known_up_to_the_first_gap() -> None:
    assert date(2026, 12, 31) == WorkCalendar().known_to
    assert date(2027, 12, 31) == WorkCalendar(days_off(2027)).known_to
    assert date(2026, 12, 31) == WorkCalendar(days_off(2028)).known_to
    assert date(2028, 12, 31) == WorkCalendar(days_off(2027) | days_off(2028)).known_to


@pytest.mark.parametrize(
    ("expected", "today"),
    [
        (None, date(2026, 11, 1)),
        (date(2027, 1, 1), date(2026, 11, 2)),
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2027, 2, 3), date(2027, 2, 3)),
        (date(2003, 5, 6), date(2003, 5, 6)),
    ],
)
def test_r04a_the_end_of_the_calendar_is_seen_60_days_ahead(expected: date | None, today: date) -> None:
    assert expected == WorkCalendar().unknown_ahead(today, 60)
    assert None is WorkCalendar(days_off(2027) | days_off(2003)).unknown_ahead(today, 60)


@pytest.mark.parametrize(
    ("day", "kind", "advice"),
    [
        (date(2027, 2, 9), "makeup_workday", "write workday"),
        (date(2027, 2, 9), "weekend", "write holiday"),
    ],
)
def test_a_day_of_the_table_whose_kind_does_not_fit_its_weekday_is_refused(day: date, kind: str, advice: str) -> None:
    with pytest.raises(LayerFaultsError) as caught:
        check(pd.DataFrame({"day": [date(2027, 1, 1), day], "kind": ["holiday", kind]}), CALENDAR)
    (fault,) = caught.value.faults
    assert (2, "2027-02-09", "kind") == (fault.row, fault.key, fault.column)
    assert "is a Tuesday" in fault.problem
    assert advice in fault.advice


def test_a_day_stands_in_the_table_once() -> None:
    twice = pd.DataFrame({"day": [date(2027, 1, 1), "2027-01-01"], "kind": ["holiday", "workday"]})
    with pytest.raises(LayerFaultsError, match="earlier row"):
        check(twice, CALENDAR)


def test_the_table_becomes_the_calendar_by_whether_its_days_are_worked() -> None:
    days = {
        date(2027, 1, 1): "holiday", date(2027, 1, 2): "weekend", date(2027, 1, 3): "makeup_workday",
        date(2027, 1, 9): "workday",
    }  # fmt: skip
    frame = check(pd.DataFrame({"day": list(days), "kind": list(days.values())}), CALENDAR)
    assert dict(zip(days, [False, False, True, True], strict=True)) == work_calendar(frame).overrides


# Months and days


@given(st.dates(date(1, 1, 1), date(9998, 12, 31)))
def test_r10_a_month_has_each_of_its_evenings_once_and_no_other(day: date) -> None:
    month = Month.of(day)
    assert month == Month.parse(str(month))
    assert day in month.evenings
    assert (month.first, month.last) == (month.evenings[0], month.evenings[-1])
    assert {DAY} == {later - earlier for earlier, later in pairwise(month.evenings)}
    assert (1, 1) == (month.first.day, (month.last + DAY).day)
    assert 1 == len({evening.month for evening in month.evenings})


def test_example_d_the_last_evening_of_the_year_belongs_to_december() -> None:
    assert date(2022, 12, 31) == Month.parse("2022-12").last
    assert Month(2022, 12) < Month.of(date(2023, 1, 1))


@pytest.mark.parametrize(
    "text", ["2022-13", "2022-00", "0000-01", "9999-12", "2022-1", "2022", "2022-12-01", "202212", "2022-1２", ""]
)
def test_what_is_no_month_is_refused_with_the_form_it_should_have(text: str) -> None:
    with pytest.raises(UnknownMonthError, match="2022-12") as caught:
        Month.parse(text)
    assert ("month", text) == (caught.value.parameter, caught.value.value)


@given(st.dates())
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert day == parse_day(day.isoformat())


@pytest.mark.parametrize("text", ["2022-02-30", "20221218", "2022-W50-7", "2022-12-18T00:00", "18.12.2022", ""])
def test_what_is_no_day_is_refused_and_its_parameter_named(text: str) -> None:
    with pytest.raises(InputError, match="2022-12-18") as caught:
        parse_day(text, parameter="evening")
    assert "evening" == caught.value.parameter
