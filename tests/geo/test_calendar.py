"""China Standard Time, ISO weeks, and the night that belongs to an evening (DOMAIN.md section 7, R07 and R08)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import CHINA, NightRules, Week, midnight_after, nights_spent, parse_instant, to_china, utc
from geo.errors import InputError, UnknownWeekError
from tests import oracles, strategies


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
