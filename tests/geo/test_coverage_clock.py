"""The coverage clock: members at each village in time, hour by hour of a week (R18), against a slow reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.board import Board, fold, recorded
from geo.calendar import CHINA, Week, WorkCalendar
from geo.coverage_clock import HOURS, CoverageClock, VillageClock, coverage_clock
from geo.events import (
    Assignment,
    CheckIn,
    CheckOut,
    ClosureOpened,
    Commitment,
    Draft,
    IncidentOpened,
    Leave,
    Mobilisation,
    RosterChange,
    StayDeclared,
)
from geo.reach import reach_from
from geo.rules import RoadRules, Rules
from geo.terms import Available, ClosureCause, IncidentKind, RoadEffect, RosterAction, VehicleClass
from tests.county import TOWNS, SmallCounty, centre, county_of, raw_layers, village_codes

WEEK = Week(2022, 51)
MONDAY = datetime(2022, 12, 19, tzinfo=CHINA)
HOME = "431381001001"
LATER = datetime(2023, 6, 1, tzinfo=CHINA)
ALL_DAY = range(8, 18)
HOUR = timedelta(hours=1)


def board_of(county: SmallCounty, *drafts: Draft) -> Board:
    """The Board after these, all recorded when everything is over."""
    return fold(county.atlas, recorded(drafts, LATER), known_until=LATER)


def clock_of(county: SmallCounty, *drafts: Draft, week: Week = WEEK, **how: Any) -> CoverageClock:
    """The clock of a week."""
    return coverage_clock(county.atlas, board_of(county, *drafts), week, **how)


def village(clock: CoverageClock, code: str = HOME) -> VillageClock:
    """One of its villages."""
    return next(one for one in clock.villages if one.area.code == code)


def only(*team_ids: str) -> SmallCounty:
    """The county with these teams alone."""
    teams = raw_layers()["teams"]
    return county_of(
        teams=teams[teams["team_id"].isin(team_ids)].reset_index(drop=True), stays=raw_layers()["stays"].iloc[:0]
    )


def hours_with(clock: CoverageClock, members: int, code: str = HOME) -> set[tuple[int, int]]:
    """The hours (day of the week from Monday 0, hour) in which so many members are in time."""
    return {divmod(hour, 24) for hour, one in enumerate(village(clock, code).members) if one == members}


# Who counts, and when


@pytest.mark.parametrize(("days", "team_id"), [((0, 2, 4), "C01"), ((0, 1, 2, 3, 4), "T01")])
def test_r18_members_on_duty_are_in_time_in_the_hours_of_their_days(days: tuple[int, ...], team_id: str) -> None:
    """R04, R05, R15a: a team that is alone covers its village from 08:00 to 18:00 of its days."""
    clock = clock_of(only(team_id))
    on_duty = {(day, hour) for day in days for hour in ALL_DAY}
    assert hours_with(clock, 3) == on_duty
    assert village(clock).share_full == village(clock).share_one == len(on_duty) / HOURS
    assert village(clock).worst_members == 0
    assert (village(clock).worst_at, village(clock).worst_arrival_s) == (MONDAY, None)


def test_r15b_those_to_be_recalled_count_where_they_are_asked_for() -> None:
    clock = clock_of(only("C01"), available=Available.RECALL)
    assert village(clock).share_full == 1
    found = village(clock)
    # The worst hour is one off duty: 30 minutes of notice at the headquarters instead of 15 at the village.
    assert found.worst_at == MONDAY
    assert found.worst_arrival_s is not None
    assert found.worst_arrival_s > 30 * 60


def test_r18_members_count_and_not_teams() -> None:
    county = only("T01", "T02", "T04")
    named = [
        Draft.of(RosterChange(team_id=team, member_id=f"{team}-{n}", change=RosterAction.JOINED, day=date(2022, 12, 1)))
        for team, size in (("T01", 1), ("T02", 1), ("T04", 2))
        for n in range(size)
    ]
    clock = clock_of(county, *named)
    assert {len(hours_with(clock, 3, code)) for code in village_codes()} == {50}  # three teams, four members
    away = Draft.of(Leave(team_id="T04", member_id="T04-0", first_day=date(2022, 12, 20), last_day=date(2022, 12, 20)))
    both = Draft.of(Leave(team_id="T04", member_id="T04-1", first_day=date(2022, 12, 20), last_day=date(2022, 12, 21)))
    clock = clock_of(county, *named, away, both)
    assert hours_with(clock, 2) == {(1, hour) for hour in ALL_DAY}  # on Wednesday one of them is back


def test_r18_the_reserve_does_not_come() -> None:
    kept = Draft.of(RosterChange(team_id="T01", member_id="m1", change=RosterAction.RESERVED, day=date(2022, 12, 20)))
    clock = clock_of(only("T01"), kept)
    assert hours_with(clock, 3) == {(0, hour) for hour in ALL_DAY}
    assert hours_with(clock, 2) == {(day, hour) for day in (1, 2, 3, 4) for hour in ALL_DAY}


def test_r07_a_counted_night_covers_its_hours() -> None:
    night = Draft.of(StayDeclared(team_id="T01", village_code=HOME, night=date(2022, 12, 24), member_id="m1"))
    at_night = {(5, hour) for hour in range(20, 24)} | {(6, hour) for hour in range(8)}
    weekdays = {(day, hour) for day in range(5) for hour in ALL_DAY}
    assert hours_with(clock_of(only("T01"), night), 3) == weekdays | at_night


def test_r08_the_sunday_night_reaches_into_the_next_week() -> None:
    night = Draft.of(StayDeclared(team_id="T01", village_code=HOME, night=date(2022, 12, 18), member_id="m1"))
    before, after = (
        hours_with(clock_of(only("T01"), night, week=week), 3) for week in (Week(2022, 50), Week(2022, 51))
    )
    assert {(6, hour) for hour in range(20, 24)} <= before
    assert {(0, hour) for hour in range(8)} <= after


def test_r15_in_emergency_everybody_counts_at_any_hour() -> None:
    order = Draft.of(
        Mobilisation(order_id="O1", scope=(TOWNS[0],), cause="山火", ends_at=MONDAY + 5 * HOUR), MONDAY + 2 * HOUR
    )
    clock = clock_of(only("C01", "T09"), order)  # T09 serves in another town
    assert {hour for day, hour in hours_with(clock, 3) if day == 0} == {2, 3, 4, *ALL_DAY}


def test_r18_a_committed_team_does_not_come() -> None:
    fire = IncidentOpened(incident_id="I9", kind=IncidentKind.OPEN_FIRE, lon=111.41, lat=27.68)
    drafts = [
        Draft.of(fire, MONDAY + 9 * HOUR),
        Draft.of(Commitment(incident_id="I9", team_id="T01"), MONDAY + 10 * HOUR),
    ]
    assert hours_with(clock_of(only("T01"), *drafts), 3) == {(0, 8), (0, 9)}


def test_r15a_a_check_in_counts_for_half_an_hour_where_it_was_made() -> None:
    saturday = MONDAY + 5 * 24 * HOUR
    ins = [
        Draft.of(
            CheckIn(team_id="T01", member_id="m1", lon=111.41, lat=27.68, crs="EPSG:4326", device_time=saturday + at)
        )
        for at in (timedelta(hours=9, minutes=29), timedelta(hours=11, minutes=31))
    ]
    out = Draft.of(CheckOut(team_id="T01", member_id="m1", device_time=saturday + timedelta(hours=15)))
    assert {hour for day, hour in hours_with(clock_of(only("T01"), *ins, out), 3) if day == 5} == {12}


def test_r18_a_closed_road_keeps_them_away_while_it_is_closed() -> None:
    """South of the river road nothing but R2 leads anywhere: the far village is cut off from all by closing R1."""
    bar = ClosureOpened(
        closure_id="K9",
        cause=ClosureCause.LANDSLIDE,
        effect=RoadEffect.CLOSED,
        vehicles=VehicleClass.ALL,
        shape=shapely.box(111.43, 27.66, 111.45, 27.68),
        to_at=MONDAY + 12 * HOUR,
    )
    far = "431381100002"
    free, barred = (clock_of(only("T01"), *drafts) for drafts in ([], [Draft.of(bar, MONDAY + 10 * HOUR)]))
    assert hours_with(free, 3, far) - hours_with(barred, 3, far) == {(0, 10), (0, 11)}


def test_r18_the_limit_is_inclusive_and_the_notice_is_in_it() -> None:
    """A team at its station is there after the notice: a limit of just that is kept, one second less is not."""
    shares = [
        village(clock_of(only("T01"), rules=Rules(roads=RoadRules(limit_s=limit_s)))).share_full
        for limit_s in (15 * 60, 15 * 60 - 1)
    ]
    assert shares == [50 / HOURS, 0]


# The calendar


def test_r05_the_clock_of_a_week_knows_holidays_and_makeup_days() -> None:
    """Example (f): in the week of 2022-10-03 township duty is on 8 and 9 October only, city duty on no day."""
    week = Week(2022, 40)
    weekend = {(day, hour) for day in (5, 6) for hour in ALL_DAY}
    assert [hours_with(clock_of(only(team), week=week), 3) for team in ("T01", "C01")] == [weekend, set()]


@pytest.mark.parametrize(
    ("known_hours", "week"), [(HOURS, Week(2026, 52)), (4 * 24, Week(2026, 53)), (0, Week(2027, 1))]
)
def test_r04a_in_an_unknown_year_the_clock_runs_on_and_says_so(known_hours: int, week: Week) -> None:
    clock = clock_of(only("T01"), week=week, available=Available.RECALL)
    assert sum(hour.calendar_known for hour in clock.hours) == known_hours
    assert village(clock).share_full == 1  # whom no duty day places may be recalled


def test_r04a_an_imported_calendar_cures_it() -> None:
    county = only("T01")
    days_off = {date(2027, 1, 1) + timedelta(days=n): False for n in range(366) if n % 20 == 0}
    known = replace(county, atlas=replace(county.atlas, work_calendar=WorkCalendar(days_off)))
    assert known.atlas.work_calendar.knows(2027)
    clock = clock_of(known, week=Week(2027, 2))
    assert all(hour.calendar_known for hour in clock.hours)
    assert village(clock).share_full > 0


@pytest.mark.parametrize("week", [Week(2022, 52), Week(2020, 53), Week(2026, 1)])
def test_a_week_over_the_end_of_a_year_has_its_168_hours(week: Week) -> None:
    clock = clock_of(only("T01"), week=week)
    assert [hour.at for hour in clock.hours] == [
        datetime.combine(week.monday, time(), CHINA) + HOUR * hour for hour in range(HOURS)
    ]
    assert {len(one.members) for one in clock.villages} == {HOURS}


# The county's strip


def test_r18_the_countys_strip_sums_villages_and_people(small_county: SmallCounty) -> None:
    clock = clock_of(small_county, rules=Rules(roads=RoadRules(limit_s=20 * 60)))
    for number, hour in enumerate(clock.hours):
        one = [each for each in clock.villages if each.members[number] >= 1]
        full = [each for each in clock.villages if each.members[number] >= 3]
        assert (hour.villages_one, hour.villages_full) == (len(one), len(full))
        assert hour.people_one == sum(each.area.population or 0 for each in one)
        assert hour.people_full == sum(each.area.population or 0 for each in full)
    worst = min(clock.hours, key=lambda hour: (hour.villages_full, hour.villages_one, hour.at))
    assert clock.worst_at == worst.at


def test_r18_without_roads_nothing_is_known_and_the_answer_says_so() -> None:
    clock = clock_of(county_of(roads=raw_layers()["roads"].iloc[:0]))
    assert (clock.villages, clock.hours, clock.worst_at, clock.reason) == ((), (), None, "the county has no roads")


# What is kept


def test_the_clock_is_made_once_for_each_state_of_the_record(small_county: SmallCounty) -> None:
    board = board_of(small_county)
    first = coverage_clock(small_county.atlas, board, WEEK)
    assert coverage_clock(small_county.atlas, board.known_to(LATER + HOUR), WEEK).villages is first.villages
    assert coverage_clock(small_county.atlas, board, WEEK, available=Available.RECALL).villages is not first.villages
    order = Mobilisation(order_id="O1", scope=("431381",), cause="山火")
    more = fold(small_county.atlas, recorded([Draft.of(order, MONDAY)], LATER), known_until=LATER)
    again = coverage_clock(small_county.atlas, board.advance(recorded([Draft.of(order, MONDAY)], LATER)), WEEK)
    assert again == coverage_clock(small_county.atlas, more, WEEK)
    assert again.villages != first.villages


# Against a slow and obvious reading: hour by hour, member by member


@dataclass(frozen=True)
class Given:
    """What happened, as plain values; days count from the Monday of the week, hours from its first."""

    holidays: frozenset[int]
    makeup_days: frozenset[int]
    leaves: tuple[tuple[str, int, int, int], ...]  # team, member, first and last day
    moved: tuple[tuple[str, str, int, int], ...]  # team, village, first and last day
    orders: tuple[tuple[str, int, int], ...]  # scope, first hour, the hour at which it ends
    nights: tuple[tuple[str, str, int], ...]  # team, village, evening
    limit_minutes: int
    available: Available


TEAMS = ("C01", "C06", "T01", "T02", "T06", "T09")
SIZE = 2
days = st.integers(0, 6)
day_spans = st.tuples(days, days).map(sorted)
given_weeks = st.builds(
    Given,
    holidays=st.frozensets(days, max_size=2),
    makeup_days=st.frozensets(days, max_size=2),
    leaves=st.lists(st.tuples(st.sampled_from(TEAMS), st.integers(0, SIZE - 1), day_spans), max_size=3).map(
        lambda rows: tuple((team, member, *span) for team, member, span in rows)
    ),
    moved=st.lists(
        st.tuples(st.sampled_from(TEAMS), st.sampled_from(village_codes()), day_spans),
        max_size=2,
        unique_by=lambda row: row[0],
    ).map(lambda rows: tuple((team, code, *span) for team, code, span in rows)),
    orders=st.lists(
        st.tuples(
            st.sampled_from(["431381", *TOWNS, *village_codes()[:3]]),
            st.tuples(st.integers(-5, 170), st.integers(-5, 170)).map(sorted),
        ),
        max_size=2,
    ).map(lambda rows: tuple((scope, *span) for scope, span in rows)),
    nights=st.lists(
        st.tuples(st.sampled_from(TEAMS), st.sampled_from(village_codes()), st.integers(-1, 6)),
        max_size=4,
        unique_by=lambda row: (row[0], row[2]),
    ).map(tuple),
    limit_minutes=st.sampled_from([10, 15, 20, 25, 30, 33, 36, 40, 120]),
    available=st.sampled_from(Available),
)


def drafts_of(told: Given) -> list[Draft]:
    """The same as events."""

    def day(number: int) -> date:
        return WEEK.monday + timedelta(days=number)

    drafts = [
        Draft.of(RosterChange(team_id=team, member_id=f"{team}-{n}", change=RosterAction.JOINED, day=date(2022, 1, 1)))
        for team in TEAMS
        for n in range(SIZE)
    ]
    drafts += [
        Draft.of(Leave(team_id=team, member_id=f"{team}-{n}", first_day=day(first), last_day=day(last)))
        for team, n, first, last in told.leaves
    ]
    drafts += [
        Draft.of(Assignment(team_id=team, village_code=code, first_day=day(first), last_day=day(last)))
        for team, code, first, last in told.moved
    ]
    drafts += [
        Draft.of(
            Mobilisation(order_id=f"O{n}", scope=(scope,), cause="山火", ends_at=MONDAY + ends * HOUR),
            MONDAY + begins * HOUR,
        )
        for n, (scope, begins, ends) in enumerate(told.orders)
    ]
    drafts += [
        Draft.of(StayDeclared(team_id=team, village_code=code, night=day(evening), member_id=f"{team}-0"))
        for team, code, evening in told.nights
    ]
    return drafts


@cache
def slow_county() -> SmallCounty:
    """Six teams: two of the city, four of the towns; one of them leaves on the Thursday."""
    return only(*TEAMS)


@cache
def travel_s(place: tuple[float, float]) -> Mapping[str, float]:
    """How long it takes by road from a place to every village."""
    county = slow_county()
    found = reach_from(county.atlas, board_of(county), *place, at=MONDAY, minutes=600, notice=False)
    return {one.code: one.arrival_s for one in found.villages}


def slow_members(told: Given, code: str, hour: int) -> int:
    """How many members are at a village in time, by asking every member of every team what they do in the hour."""
    number, clock = divmod(hour, 24)
    return sum(_comes(told, team, member, code, number, clock, hour) for team in TEAMS for member in range(SIZE))


def _serves(told: Given, team: str, number: int) -> str | None:
    """Where a team serves on a day."""
    for moved, code, first, last in told.moved:
        if moved == team and first <= number <= last:
            return code
    if team == "T06" and number > 3:  # assigned until Thursday 2022-12-22
        return None
    return village_codes()[int(team[1:]) - 1]


def _comes(told: Given, team: str, member: int, code: str, number: int, clock: int, hour: int) -> bool:
    serves = _serves(told, team, number)
    if serves is None or any(row[:2] == (team, member) and row[2] <= number <= row[3] for row in told.leaves):
        return False
    works = (number < 5 or number in told.makeup_days) and number not in told.holidays
    if team[0] == "C":
        works = number in (0, 2, 4) and number not in told.holidays
    at_station, station = works and 8 <= clock < 18, serves
    evening = number if clock >= 20 else number - 1
    if (clock >= 20 or clock < 8) and (team, _serves(told, team, evening), evening) in told.nights:
        at_station, station = True, _serves(told, team, evening) or ""
    called_out = any(serves.startswith(scope) and begins <= hour < ends for scope, begins, ends in told.orders)
    if told.available is Available.STATIONED:
        at_station, station = True, serves
    on_duty = at_station or called_out
    if not on_duty and told.available is Available.NOW:
        return False
    base = (111.46, 27.67) if team[0] == "C" else _place(f"{village_codes()[int(team[1:]) - 1][:9]}001")
    arrival_s = (15 if on_duty else 30) * 60 + travel_s(_place(station) if at_station else base)[code]
    return arrival_s <= told.limit_minutes * 60


def _place(code: str) -> tuple[float, float]:
    return centre(code).x, centre(code).y


@given(given_weeks)
@settings(max_examples=25)
def test_r18_every_hour_of_every_village_is_as_a_slow_reading_says(told: Given) -> None:
    county = slow_county()
    overrides = {WEEK.monday + timedelta(days=number): False for number in range(7) if number >= 5}
    overrides |= {WEEK.monday + timedelta(days=number): True for number in told.makeup_days}
    overrides |= {WEEK.monday + timedelta(days=number): False for number in told.holidays}
    atlas = replace(county.atlas, work_calendar=WorkCalendar(overrides))
    board = fold(atlas, recorded(drafts_of(told), LATER), known_until=LATER)
    rules = Rules(roads=RoadRules(limit_s=told.limit_minutes * 60))
    clock = coverage_clock(atlas, board, WEEK, available=told.available, rules=rules)
    for one in clock.villages:
        expected = [min(slow_members(told, one.area.code, hour), 3) for hour in range(HOURS)]
        assert expected == list(one.members)
        assert one.share_one == sum(members >= 1 for members in expected) / HOURS
        assert one.share_full == sum(members >= 3 for members in expected) / HOURS
        assert one.worst_members == min(expected)
        assert expected[int((one.worst_at - MONDAY) / HOUR)] == min(expected)


def test_the_slow_reading_is_not_always_the_same() -> None:
    """A guard on the test above: its weeks must have hours with none, one, two and three members."""
    told = Given(frozenset(), frozenset(), (("T01", 0, 1, 1),), (), (), (), 20, Available.NOW)
    counts: Sequence[int] = [min(slow_members(told, HOME, hour), 3) for hour in range(HOURS)]
    assert {0, 1, 2, 3} >= set(counts) > {0}
