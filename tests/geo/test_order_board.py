"""The board of a mobilisation order: who arrived by when, who is expected, who is excused (R13, R14, R16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.board import Board, as_of, fold, recorded
from geo.calendar import CHINA
from geo.errors import NotFoundError
from geo.events import (
    Arrival,
    Assignment,
    CheckIn,
    CheckOut,
    Correction,
    Draft,
    Event,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
)
from geo.order_board import MemberOnOrder, OrderBoard, TeamOnOrder, order_board
from geo.reach import reach_from
from geo.terms import OrderState, RosterAction
from tests.county import SmallCounty, centre, county_of, raw_layers

HOME, NEXT, AWAY = "431381001001", "431381001002", "431381100001"
T0 = datetime(2022, 11, 27, 4, tzinfo=CHINA)
"""The order of example (e): a Sunday morning."""
LIMIT = T0 + timedelta(hours=2)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATER = datetime(2023, 6, 1, tzinfo=CHINA)
NOT_THERE = (OrderState.ON_THE_WAY, OrderState.MISSING, OrderState.RELEASED)


def ordered(*scope: str, at: datetime = T0, ends_at: datetime | None = None, order_id: str = "O1") -> Draft:
    """An order."""
    return Draft.of(Mobilisation(order_id=order_id, scope=scope, cause="山火", ends_at=ends_at), at)


def ended(at: datetime, order_id: str = "O1") -> Draft:
    """An order's end."""
    return Draft.of(MobilisationEnded(order_id=order_id), at)


def check_in(at: datetime, village: str = HOME, member: str = "m1", team: str = "T01") -> Draft:
    """A check-in at a village's station."""
    place = {"lon": centre(village).x, "lat": centre(village).y, "crs": crs.WGS84}
    return Draft.of(CheckIn(team_id=team, member_id=member, device_time=at, **place))


def check_out(at: datetime, member: str = "m1", team: str = "T01") -> Draft:
    """A check-out."""
    return Draft.of(CheckOut(team_id=team, member_id=member, device_time=at))


def report(at: datetime, village: str = HOME, member: str = "m1", order_id: str = "O1", team: str = "T01") -> Draft:
    """An arrival that was reported by other means."""
    return Draft.of(Arrival(order_id=order_id, team_id=team, member_id=member, village_code=village), at)


def paper_night() -> Draft:
    """The night after the issue, declared on paper in the ordered village: 20:00 to 08:00."""
    return Draft.of(StayDeclared(team_id="T01", member_id="m1", village_code=HOME, night=T0.date()))


def roster(change: RosterAction, *members: str, day: date = date(2022, 11, 1), team: str = "T01") -> list[Draft]:
    """Roster changes."""
    return [Draft.of(RosterChange(team_id=team, member_id=one, change=change, day=day)) for one in members]


def leave(member: str, first: date, last: date, team: str = "T01") -> Draft:
    """A leave."""
    return Draft.of(Leave(team_id=team, member_id=member, first_day=first, last_day=last))


def correction(of: int) -> Draft:
    """A correction without replacement."""
    return Draft.of(Correction(corrects=of, reason="误报"), LATER)


def board_of(county: SmallCounty, *drafts: Draft) -> Board:
    """The Board after these, all recorded when everything is over."""
    return fold(county.atlas, recorded(drafts, LATER), known_until=LATER)


def asked(county: SmallCounty, *drafts: Draft, at: datetime = LATER, order_id: str = "O1") -> OrderBoard:
    """The board of the order."""
    return order_board(county.atlas, board_of(county, *drafts), order_id, at=at)


def team(answer: OrderBoard, team_id: str = "T01") -> TeamOnOrder:
    """One of its teams."""
    return next(one for one in answer.teams if one.team_id == team_id)


def member(answer: OrderBoard, member_id: str = "m1", team_id: str = "T01") -> MemberOnOrder:
    """One of its members."""
    return next(one for one in team(answer, team_id).members if one.member_id == member_id)


# Arrival, to the second


@pytest.mark.parametrize(
    ("expected", "arrives"),
    [
        (OrderState.ON_STATION, T0),
        (OrderState.ON_STATION, LIMIT - SECOND),
        (OrderState.ON_STATION, LIMIT),
        (OrderState.LATE, LIMIT + SECOND),
        (OrderState.LATE, LIMIT + timedelta(microseconds=1)),
    ],
)
def test_example_e_a_check_in_two_hours_after_the_issue_is_on_time_and_a_second_later_is_late(
    small_county: SmallCounty, expected: OrderState, arrives: datetime
) -> None:
    answer = asked(small_county, ordered(HOME), check_in(arrives))
    assert answer.limit_at == datetime(2022, 11, 27, 6, tzinfo=CHINA)
    assert (member(answer).state, member(answer).arrived_at, member(answer).event) == (expected, arrives, 2)


def test_r14_a_report_by_other_means_counts_as_a_check_in_does(small_county: SmallCounty) -> None:
    answer = asked(small_county, ordered(HOME), report(LIMIT), report(LIMIT + SECOND, member="m2"))
    assert [(member(answer, one).state, member(answer, one).event) for one in ("m1", "m2")] == [
        (OrderState.ON_STATION, 2),
        (OrderState.LATE, 3),
    ]


def test_r14_the_limit_runs_from_the_issue_and_not_from_when_it_was_recorded(small_county: SmallCounty) -> None:
    assert asked(small_county, ordered(HOME)).limit_at == LIMIT  # recorded half a year later


@pytest.mark.parametrize(
    ("expected", "drafts"),
    [
        ((OrderState.ON_STATION, T0), [check_in(T0 - 8 * HOUR)]),
        ((OrderState.ON_STATION, T0), [check_in(T0 - 8 * HOUR), check_out(T0 + SECOND)]),
        ((OrderState.MISSING, None), [check_in(T0 - 8 * HOUR), check_out(T0)]),
        ((OrderState.MISSING, None), [check_in(T0 - 25 * HOUR)]),  # a check-out that was forgotten
        ((OrderState.ON_STATION, T0 + HOUR), [check_in(T0 - 8 * HOUR, NEXT), check_in(T0 + HOUR)]),
        (
            (OrderState.ON_STATION, T0),
            [Draft.of(StayDeclared(team_id="T01", village_code=HOME, night=date(2022, 11, 26), member_id="m1"))],
        ),
    ],
)
def test_r14_whoever_is_at_the_station_at_the_issue_has_arrived(
    small_county: SmallCounty, expected: tuple[OrderState, datetime | None], drafts: list[Draft]
) -> None:
    found = team(asked(small_county, ordered(HOME), *drafts)).members[0]
    assert (found.state, found.arrived_at) == expected


@pytest.mark.parametrize(
    ("expected", "drafts"),
    [
        (None, [check_in(T0 + HOUR)]),
        (T0 + 3 * HOUR, [check_in(T0 + HOUR), check_out(T0 + 3 * HOUR)]),
        (T0 + 3 * HOUR, [check_in(T0 + HOUR), check_in(T0 + 3 * HOUR, NEXT)]),
        (T0 + 3 * HOUR, [report(T0 + HOUR), check_in(T0 + 3 * HOUR, NEXT)]),
        (None, [check_in(T0 + HOUR), check_out(T0 + 2 * HOUR), check_in(T0 + 3 * HOUR)]),
        (None, [check_in(T0 + HOUR), check_in(T0 + 2 * HOUR)]),
        (None, [check_in(T0 + HOUR), paper_night()]),  # what goes on holds them there, not what ends at 08:00
        (T0 + 3 * HOUR, [check_in(T0 + HOUR), report(T0 + 2 * HOUR), check_out(T0 + 3 * HOUR)]),
        (None, [check_in(T0 + HOUR), check_out(T0 + 2 * HOUR), report(T0 + 3 * HOUR)]),
    ],
)
def test_r14_who_has_arrived_and_gone_again_is_told(
    small_county: SmallCounty, expected: datetime | None, drafts: list[Draft]
) -> None:
    answer = asked(small_county, ordered(HOME), *drafts)
    assert member(answer).state is OrderState.ON_STATION
    assert (member(answer).left_at, answer.tally.left) == (expected, int(expected is not None))


# Who is expected


def test_r14_everyone_of_a_named_roster_is_expected(small_county: SmallCounty) -> None:
    named = roster(RosterAction.JOINED, "m1", "m2", "m3", "m4")
    gone = roster(RosterAction.LEFT, "m2", day=date(2022, 11, 27))
    came = roster(RosterAction.JOINED, "m5", day=date(2022, 11, 28))
    answer = asked(small_county, ordered(HOME), *named, *gone, *came, check_in(T0, member="m3"))
    assert [(one.member_id, one.state) for one in team(answer).members] == [
        ("m1", OrderState.MISSING),
        ("m3", OrderState.ON_STATION),
        ("m4", OrderState.MISSING),
    ]


def test_r14_of_a_team_without_roster_as_many_are_expected_as_its_strength(small_county: SmallCounty) -> None:
    answer = asked(small_county, ordered(HOME), check_in(T0, member="m9"))
    assert [one.member_id for one in team(answer).members] == ["m9", None, None]
    assert team(answer).tally.expected == 3


def test_r14_leave_and_reserve_are_excused_and_counted_in_lines_of_their_own(small_county: SmallCounty) -> None:
    """Ambiguity 8: excluded with a reason."""
    drafts = [
        *roster(RosterAction.JOINED, "m1", "m2", "m3", "m4"),
        leave("m2", date(2022, 11, 20), date(2022, 11, 27)),
        leave("m4", date(2022, 11, 28), date(2022, 11, 30)),  # from the day after
        *roster(RosterAction.RESERVED, "m3", day=date(2022, 11, 27)),
        check_in(T0, member="m1"),
    ]
    answer = asked(small_county, ordered(HOME), *drafts)
    counts = team(answer).tally.counts
    assert {state: count for state, count in counts.items() if count} == {
        OrderState.ON_STATION: 1,
        OrderState.MISSING: 1,
        OrderState.ON_LEAVE: 1,
        OrderState.RESERVE: 1,
    }
    assert team(answer).tally.expected == 2
    assert ["leave" in member(answer, "m2").reason, "reserve" in member(answer, "m3").reason] == [True, True]


def test_r14_of_unnamed_members_those_on_leave_are_excused(small_county: SmallCounty) -> None:
    answer = asked(small_county, ordered(HOME), leave("m7", T0.date(), T0.date()))
    states = [(one.member_id, one.state) for one in team(answer).members]
    assert states == [("m7", OrderState.ON_LEAVE), (None, OrderState.MISSING), (None, OrderState.MISSING)]


def test_r14_a_member_on_leave_who_comes_is_shown_and_makes_no_arrival_of_those_waited_for(
    small_county: SmallCounty,
) -> None:
    drafts = [*roster(RosterAction.JOINED, "m1"), leave("m1", T0.date(), T0.date()), check_in(T0 + HOUR)]
    answer = asked(small_county, ordered(HOME), *drafts)
    assert (member(answer).state, member(answer).arrived_at) == (OrderState.ON_LEAVE, T0 + HOUR)
    assert (answer.tally.first_at, team(answer).tally.complete) == (None, False)


def test_r14_teams_that_serve_in_the_scope_on_the_day_are_called(small_county: SmallCounty) -> None:
    moved = Draft.of(
        Assignment(team_id="T09", village_code=HOME, first_day=date(2022, 11, 27), last_day=date(2022, 11, 27))
    )
    left = Draft.of(Assignment(team_id="C01", village_code=AWAY, first_day=date(2022, 11, 27)))
    assert [one.team_id for one in asked(small_county, ordered(HOME), moved, left).teams] == ["T01", "T09"]
    over = datetime(2022, 12, 1, 0, 30, tzinfo=CHINA)  # T08 served until the day before
    assert [one.team_id for one in asked(small_county, ordered("431381002201", at=over)).teams] == ["C08"]


# The right place


@pytest.mark.parametrize("village", [NEXT, AWAY])
def test_r14_a_check_in_elsewhere_is_no_arrival(small_county: SmallCounty, village: str) -> None:
    assert member(asked(small_county, ordered("431381"), check_in(T0 + HOUR, village))).state is OrderState.MISSING


def test_r06_a_check_in_within_100_m_of_the_village_is_an_arrival(small_county: SmallCounty) -> None:
    north = 27.69 + 99 / 110_800  # the northern border of the village and of the county
    at_edge = Draft.of(
        CheckIn(team_id="T01", member_id="m1", lon=111.41, lat=north, crs=crs.WGS84, device_time=T0 + HOUR)
    )
    assert member(asked(small_county, ordered(HOME), at_edge)).state is OrderState.ON_STATION


def test_r16_a_report_from_another_village_shows_where_the_order_sent_the_team(small_county: SmallCounty) -> None:
    answer = asked(
        small_county,
        ordered(HOME),
        report(T0 + HOUR, NEXT),
        check_in(LIMIT, NEXT, member="m2"),
        check_in(LIMIT, AWAY, "m3"),
    )
    states = [(one.member_id, one.state, one.village_code) for one in team(answer).members]
    assert states == [
        ("m1", OrderState.ON_STATION, NEXT),
        ("m2", OrderState.ON_STATION, NEXT),
        ("m3", OrderState.MISSING, HOME),
    ]


# Orders that end, are corrected, or hold together


@pytest.mark.parametrize(
    ("expected", "ends_at", "at"),
    [
        (OrderState.ON_THE_WAY, None, LIMIT),
        (OrderState.MISSING, None, LIMIT + SECOND),
        (OrderState.ON_THE_WAY, LIMIT - MINUTE, LIMIT - 2 * MINUTE),
        (OrderState.RELEASED, LIMIT - MINUTE, LIMIT - MINUTE),
        (OrderState.RELEASED, LIMIT - SECOND, LATER),
        (OrderState.MISSING, LIMIT, LATER),
        (OrderState.MISSING, LIMIT + HOUR, LATER),
    ],
)
def test_r14_who_has_not_come_is_missing_after_the_limit_unless_the_order_ended_before_it(
    small_county: SmallCounty, expected: OrderState, ends_at: datetime | None, at: datetime
) -> None:
    ends = [] if ends_at is None else [ended(ends_at)]
    answer = asked(small_county, ordered(HOME), *ends, at=at)
    assert {one.state for one in team(answer).members} == {expected}
    assert answer.in_force == (ends_at is None or at < ends_at)


def test_r14_who_comes_after_the_end_answers_no_order(small_county: SmallCounty) -> None:
    answer = asked(small_county, ordered(HOME, ends_at=T0 + HOUR), check_in(T0 + HOUR), check_in(LIMIT, member="m2"))
    assert [one.state for one in team(answer).members] == [
        OrderState.ON_STATION,
        OrderState.RELEASED,
        OrderState.RELEASED,
    ]


def test_r13_an_order_that_was_corrected_away_has_no_board(small_county: SmallCounty) -> None:
    with pytest.raises(NotFoundError, match="O1"):
        asked(small_county, ordered(HOME), correction(1))


def test_r14_a_check_in_that_was_corrected_away_is_no_arrival(small_county: SmallCounty) -> None:
    assert (
        asked(small_county, ordered(HOME), check_in(T0), correction(2)).tally
        == asked(small_county, ordered(HOME)).tally
    )


def test_r13_two_orders_at_once_have_boards_of_their_own(small_county: SmallCounty) -> None:
    drafts = [
        ordered(HOME),
        ordered("431381001", at=T0 + HOUR, order_id="O2"),
        check_in(T0 + 150 * MINUTE),
        report(T0 + 30 * MINUTE, member="m2", order_id="O1"),
    ]
    first, second = (asked(small_county, *drafts, order_id=order_id) for order_id in ("O1", "O2"))
    assert [member(one).state for one in (first, second)] == [OrderState.LATE, OrderState.ON_STATION]
    assert member(first, "m2").state is OrderState.ON_STATION
    assert [one.member_id for one in team(second).members] == ["m1", None, None]  # the report is on the other order
    assert [len(one.villages) for one in (first, second)] == [1, 4]


def test_as_of_a_moment_an_order_stands_as_it_was_known_then(small_county: SmallCounty) -> None:
    drafts = [ordered(HOME), check_in(T0 + HOUR), check_in(T0 + HOUR, member="m2")]
    times = [T0, T0 + HOUR, T0 + 5 * HOUR]  # the second check-in came in hours later
    events = [
        Event(n, at, one.at, "hq", one.kind, one.body) for n, (one, at) in enumerate(zip(drafts, times, strict=True), 1)
    ]
    known = as_of(small_county.atlas, events, T0 + 3 * HOUR)
    answer = order_board(small_county.atlas, known, "O1", at=T0 + 3 * HOUR)
    assert answer.tally.counts[OrderState.ON_STATION] == 1


# First, third and last; villages, towns and the whole


def test_r14_first_third_and_last_arrival_are_told_for_village_town_and_all(small_county: SmallCounty) -> None:
    drafts = [
        ordered("431381001"),
        check_in(T0 + 50 * MINUTE, member="m1"),
        check_in(T0 + 20 * MINUTE, member="m2"),
        check_in(T0 + 130 * MINUTE, member="m3"),
        check_in(T0 + 40 * MINUTE, NEXT, "m4", "T02"),
    ]
    answer = asked(small_county, *drafts)
    village = next(one for one in answer.villages if one.code == HOME).tally
    assert (village.first_at, village.third_at, village.last_at) == tuple(T0 + m * MINUTE for m in (20, 130, 130))
    assert (village.expected, village.complete) == (6, False)
    for whole in (answer.tally, answer.towns[0].tally):
        assert (whole.first_at, whole.third_at, whole.last_at) == tuple(T0 + m * MINUTE for m in (20, 50, 130))
        assert whole.counts[OrderState.LATE] == 1
    assert [one.code for one in answer.towns] == ["431381001"]
    assert team(answer).tally.complete


def test_r14_sums_of_villages_and_towns_are_those_of_the_whole(small_county: SmallCounty) -> None:
    answer = asked(small_county, ordered("431381"), check_in(T0), leave("m1", T0.date(), T0.date(), "T02"))
    assert len(answer.villages) == 12
    for areas in (answer.villages, answer.towns, answer.teams):
        assert sum(one.tally.expected for one in areas) == answer.tally.expected
        for state in OrderState:
            assert sum(one.tally.counts[state] for one in areas) == answer.tally.counts[state]


# On the way


def test_r14_who_was_seen_elsewhere_is_expected_by_road_from_there(small_county: SmallCounty) -> None:
    seen_at = T0 + 40 * MINUTE
    answer = asked(small_county, ordered(HOME), check_in(seen_at, AWAY), at=T0 + 50 * MINUTE)
    away = centre(AWAY)
    way = reach_from(small_county.atlas, board_of(small_county), away.x, away.y, at=T0, minutes=600, notice=False)
    travel_s = next(one.arrival_s for one in way.villages if one.code == HOME)
    found = member(answer)
    assert found.state is OrderState.ON_THE_WAY
    assert found.estimated_at is not None
    assert found.estimated_at - seen_at == timedelta(seconds=-(-travel_s // 1))
    assert "event 2" in found.reason


@pytest.mark.parametrize(
    ("expected", "seen_at"),
    [
        (T0 + 15 * MINUTE, T0 + 5 * MINUTE),
        (T0 + 15 * MINUTE, T0 - 29 * MINUTE),
        (T0 + 40 * MINUTE, T0 + 40 * MINUTE),
    ],
)
def test_r14_nobody_sets_out_before_the_notice_is_over(
    small_county: SmallCounty, expected: datetime, seen_at: datetime
) -> None:
    """Just outside the village's margin, a minute's walk: what is left of the estimate is when they set out."""
    outside = Draft.of(
        CheckIn(team_id="T01", member_id="m1", lon=111.41, lat=27.6912, crs=crs.WGS84, device_time=seen_at)
    )
    answer = asked(small_county, ordered(HOME), outside, at=T0 + 45 * MINUTE)
    here = reach_from(small_county.atlas, board_of(small_county), 111.41, 27.6912, at=T0, minutes=600, notice=False)
    travel_s = next(one.arrival_s for one in here.villages if one.code == HOME)
    assert member(answer).estimated_at == expected + timedelta(seconds=-(-travel_s // 1))


def test_r15a_who_was_not_seen_is_expected_from_where_the_team_was_at_the_call(small_county: SmallCounty) -> None:
    """On a Sunday at 04:00 the city team is at its base, the headquarters, some 5 km away."""
    answer = asked(small_county, ordered(HOME), at=T0 + MINUTE)
    way = reach_from(small_county.atlas, board_of(small_county), 111.46, 27.67, at=T0, minutes=600, notice=False)
    travel_s = next(one.arrival_s for one in way.villages if one.code == HOME)
    expected = T0 + 15 * MINUTE + timedelta(seconds=-(-travel_s // 1))
    assert {one.estimated_at for one in team(answer, "C01").members} == {expected}


def test_r14_without_roads_no_arrival_is_estimated_and_the_reason_says_so() -> None:
    county = county_of(roads=raw_layers()["roads"].iloc[:0])
    found = team(asked(county, ordered(HOME), at=T0)).members[0]
    assert (found.state, found.estimated_at) == (OrderState.ON_THE_WAY, None)
    assert "no roads" in found.reason


def test_r14_nobody_is_expected_any_more_when_the_order_is_over(small_county: SmallCounty) -> None:
    answer = asked(small_county, ordered("431381"), ended(T0 + HOUR))
    assert {one.estimated_at for each in answer.teams for one in each.members} == {None}


# Against a slow and obvious reading


MOMENTS = st.sampled_from([-26, -9, -1, 0, 1, 30, 119, 120, 121, 200]).map(lambda minutes: T0 + minutes * MINUTE)
WALKS = st.lists(
    st.tuples(MOMENTS, st.sampled_from(["m1", "m2"]), st.sampled_from([HOME, NEXT, "out", "report"])),
    max_size=8,
    unique_by=lambda one: (one[0], one[1]),
)


def slow_arrival(walks: Sequence[tuple[datetime, str, str]], who: str, until: datetime) -> datetime | None:
    """Second by second would be too slow: at every instant at which anything happens, is the member at the station?"""
    own = sorted((at, what) for at, one, what in walks if one == who and what != "report")
    reports = sorted(at for at, one, what in walks if one == who and what == "report" and T0 <= at <= until)
    for now in sorted({T0, *(at for at, _ in own if T0 <= at <= until), *reports}):
        before = [(at, what) for at, what in own if at <= now]
        after = [at for at, _ in own if at > now]
        is_there = bool(before) and before[-1][1] == HOME
        forgotten = not after and bool(before) and before[-1][0] <= now - timedelta(days=1)
        if (is_there and not forgotten) or now in reports:
            return now
    return None


@given(WALKS, st.none() | MOMENTS.filter(lambda at: at > T0), MOMENTS.filter(lambda at: at >= T0))
def test_r14_every_member_stands_as_a_slow_reading_says(
    small_county: SmallCounty, walks: list[Any], ends_at: datetime | None, at: datetime
) -> None:
    drafts = []
    for when, who, what in sorted(walks):
        if what == "out":
            drafts.append(check_out(when, who))
        elif what == "report":
            if when >= T0:
                drafts.append(report(when, member=who))
        else:
            drafts.append(check_in(when, what, who))
    named = roster(RosterAction.JOINED, "m1", "m2")
    board = board_of(small_county, ordered(HOME, ends_at=ends_at), *named, *drafts)
    answer = order_board(small_county.atlas, board, "O1", at=at)
    until = at if ends_at is None else min(at, ends_at)
    for who in ("m1", "m2"):
        arrived_at = slow_arrival(walks, who, until)
        if arrived_at is not None:
            expected = OrderState.ON_STATION if arrived_at <= LIMIT else OrderState.LATE
        elif ends_at is not None and ends_at <= at and ends_at < LIMIT:
            expected = OrderState.RELEASED
        else:
            expected = OrderState.MISSING if at > LIMIT else OrderState.ON_THE_WAY
        assert (member(answer, who).state, member(answer, who).arrived_at) == (expected, arrived_at)
