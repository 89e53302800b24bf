"""R03 to R12, R16 and R17 against a slow reading of them: exemptions, orders, leave, corrections, history, days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.board import Board, Record, as_of, fold, recorded
from geo.calendar import CHINA, Month, Week, WorkCalendar
from geo.coverage import (
    StayCoverage,
    VillageStays,
    duty_coverage,
    leader_coverage,
    stay_coverage,
    stay_history,
    team_week,
)
from geo.errors import InputError, NotFoundError
from geo.events import (
    Arrival,
    Assignment,
    CheckIn,
    CheckOut,
    Correction,
    Draft,
    Event,
    Exemption,
    Leave,
    Mobilisation,
    StayDeclared,
)
from geo.terms import Attendance, StayState, TeamKind
from tests import oracles, strategies
from tests.county import AS_OF, SmallCounty, centre, county_of, raw_layers, village_codes

HOME, NEXT, THIRD = village_codes()[:3]
VILLAGES = [HOME, NEXT, THIRD]
TOWN, COUNTY = HOME[:9], HOME[:6]
W51 = Week(2022, 51)
NEVER_MIND = datetime(2023, 6, 1, tzinfo=CHINA)
WHOLE = Record(date(2022, 11, 1), NEVER_MIND)
ONE_DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """A local instant of December 2022, such as 20T21:00."""
    return datetime.fromisoformat(f"2022-12-{text}").replace(tzinfo=CHINA)


def night(day: int, village: str = HOME, team: str = "T01", member: str | None = None) -> Draft:
    """A night of December 2022 on paper, of a member of its own unless one is named."""
    evening = date(2022, 12, 1) + timedelta(days=day - 1)
    who = member or f"{team}-{evening}-{village}"
    return Draft.of(StayDeclared(team_id=team, village_code=village, night=evening, member_id=who))


def check_in(when: str, member: str = "m1", team: str = "T01", place: str = HOME) -> Draft:
    """A check-in at a village's centre."""
    here = centre(place)
    who = {"team_id": team, "member_id": member, "device_time": at(when)}
    return Draft.of(CheckIn(**who, lon=here.x, lat=here.y, crs=crs.WGS84))


def check_out(when: str, member: str = "m1", team: str = "T01") -> Draft:
    """A check-out."""
    return Draft.of(CheckOut(team_id=team, member_id=member, device_time=at(when)))


def exemption(first: int, last: int, *scope: str) -> Draft:
    """The villages owe no nights on these days of December 2022."""
    days = {"first_day": date(2022, 12, first), "last_day": date(2022, 12, last)}
    return Draft.of(Exemption(scope=scope or (HOME,), **days, reason="flood relief elsewhere"))


def order(issued: str, ends: str | None = None, *scope: str, order_id: str = "O1") -> Draft:
    """A mobilisation."""
    body = Mobilisation(order_id=order_id, scope=scope or (HOME,), cause="fire", ends_at=at(ends) if ends else None)
    return Draft.of(body, at(issued))


def report(when: str, village: str, team: str = "T01", order_id: str = "O1") -> Draft:
    """A member reports at an ordered station."""
    return Draft.of(Arrival(order_id=order_id, team_id=team, member_id="m1", village_code=village), at(when))


def board_of(county: SmallCounty, *drafts: Draft, record: Record | None = WHOLE) -> Board:
    """The Board after these, recorded when everything is over."""
    board = fold(county.atlas, recorded(drafts, NEVER_MIND), known_until=NEVER_MIND)
    return replace(board, record=record)


def week_of(county: SmallCounty, *drafts: Draft, when: datetime = NEVER_MIND, village: str = HOME) -> VillageStays:
    """A village's W51."""
    return of(stay_coverage(county.atlas, board_of(county, *drafts), W51, at=when), village)


def of(coverage: StayCoverage, code: str) -> VillageStays:
    return next(village for village in coverage.villages if village.village_code == code)


# Exemptions (R12)


@pytest.mark.parametrize(
    ("expected", "first", "last", "scope"),
    [
        (StayState.EXEMPT, 19, 25, HOME),
        (StayState.EXEMPT, 1, 31, TOWN),
        (StayState.EXEMPT, 19, 25, COUNTY),
        (StayState.EXEMPT, 19, 22, HOME),  # three days are left
        (StayState.LOST, 19, 21, HOME),  # four
        (StayState.LOST, 19, 25, NEXT),
        (StayState.LOST, 12, 18, HOME),
        (StayState.LOST, 26, 31, HOME),
    ],
)
def test_r12_a_village_is_exempt_when_fewer_than_four_days_of_the_week_are_owed(
    expected: StayState, first: int, last: int, scope: str, small_county: SmallCounty
) -> None:
    village = week_of(small_county, night(20), exemption(first, last, scope))
    assert expected is village.state
    assert 1 == village.nights
    if expected is StayState.EXEMPT:
        assert 0 == village.shortfall
        assert "flood relief elsewhere" in village.reason


def test_r12_the_quota_met_on_the_days_that_are_owed_and_on_exempt_ones_counts(small_county: SmallCounty) -> None:
    assert StayState.MET is week_of(small_county, night(19), night(25), exemption(19, 21)).state


def test_r12_a_full_holiday_week_is_assessed_without_an_exemption(small_county: SmallCounty) -> None:
    board = board_of(small_county, record=Record(date(2022, 9, 1), NEVER_MIND))
    assert StayState.LOST is of(stay_coverage(small_county.atlas, board, Week(2022, 40), at=NEVER_MIND), HOME).state


def test_r11_an_exemption_does_not_hide_that_a_village_has_no_team() -> None:
    layers = raw_layers()
    teams = layers["teams"]
    county = county_of(teams=teams[teams["team_id"] != "T01"], stays=layers["stays"].iloc[:0])
    assert StayState.NO_TEAM is week_of(county, exemption(1, 31)).state


# Nights at an ordered station (R16, R17)


@pytest.mark.parametrize(
    ("nights", "issued", "ends"),
    [
        (2, "19T08:00", "25T08:00"),
        (2, "19T08:00", None),
        (2, "21T00:00", "23T00:00:01"),  # at 24:00 of both evenings
        (1, "21T00:00:01", "25T08:00"),
        (1, "19T08:00", "23T00:00"),
        (0, "23T00:00:01", "25T08:00"),
    ],
)
def test_r17_nights_at_the_ordered_station_count_while_the_order_is_in_force(
    nights: int, issued: str, ends: str | None, small_county: SmallCounty
) -> None:
    drafts = [order(issued, ends, NEXT), report("23T12:00", NEXT), night(20, NEXT), night(22, NEXT)]
    assert nights == week_of(small_county, *drafts).nights


def test_r17_without_a_report_there_a_night_elsewhere_is_in_the_wrong_place(small_county: SmallCounty) -> None:
    drafts = [order("19T08:00", None, NEXT), report("19T09:00", NEXT, team="T02"), night(20, NEXT), night(22, NEXT)]
    assert (StayState.LOST, 0) == (week_of(small_county, *drafts).state, week_of(small_county, *drafts).nights)


def test_r17_the_quota_stays_in_force_under_an_order(small_county: SmallCounty) -> None:
    assert StayState.LOST is week_of(small_county, order("18T08:00", None, COUNTY), night(20)).state
    assert StayState.MET is week_of(small_county, order("18T08:00", None, COUNTY), night(20), night(22)).state


def test_r17_a_night_that_is_being_spent_at_the_ordered_station_is_left(small_county: SmallCounty) -> None:
    drafts = [order("19T08:00", None, NEXT), check_in("25T21:00", place=NEXT)]
    lefts = [
        week_of(small_county, *drafts, *more, when=at("26T02:00")).nights_left
        for more in ((), (report("25T21:00", NEXT),))
    ]
    assert [0, 1] == lefts


# Evidence, who can cure, where it matters most


def test_evidence_names_the_events_that_make_the_nights_and_no_other(small_county: SmallCounty) -> None:
    drafts = [night(12), night(20), night(20, member="x"), night(21, NEXT), check_in("22T21:00"), check_out("23T07:00")]
    village = week_of(small_county, *drafts)
    assert (StayState.MET, (2, 3, 5)) == (village.state, village.evidence)


def test_curable_names_the_teams_that_can_still_do_it_and_not_those_on_leave() -> None:
    teams = raw_layers()["teams"]
    teams.loc[teams["team_id"].isin(["T02", "T03"]), "village_code"] = HOME
    county = county_of(teams=teams)
    away = [
        Draft.of(Leave(team_id="T02", member_id=f"m{n}", first_day=date(2022, 12, 24), last_day=date(2022, 12, 24)))
        for n in range(3)
    ]
    monday, saturday = at("19T08:00"), at("24T12:00")
    assert ("T01", "T02", "T03") == week_of(county, *away, when=monday).curable_by
    assert ("T01", "T03") == week_of(county, *away, when=saturday).curable_by  # two are owed on two evenings
    assert ("T01", "T02", "T03") == week_of(county, *away[:2], when=saturday).curable_by  # one member is there
    assert () == week_of(county, *away, when=NEVER_MIND).curable_by


def test_what_lacks_coverage_comes_first_by_its_people_and_the_worst_hazard(small_county: SmallCounty) -> None:
    coverage = stay_coverage(small_county.atlas, small_county.board, W51, at=AS_OF)
    lacking = [v for v in coverage.by_attention if v.state in ("lost", "curable", "no_team")]
    assert lacking == list(coverage.by_attention)[: len(lacking)]
    weights = [village.attention for village in lacking]
    assert weights == sorted(weights, reverse=True)
    people = {v.village_code: v.population for v in coverage.villages}
    levels = {v.village_code: v.attention / (people[v.village_code] or 1) - 1 for v in coverage.villages}
    assert 4 == levels[HOME]  # a fire zone of level 4
    assert 5 == levels["431381100201"]  # a ground collapse of level 5


def test_r08_an_assignment_moves_the_debt_with_the_team(small_county: SmallCounty) -> None:
    moved = Draft.of(Assignment(team_id="T01", village_code=NEXT, first_day=date(2022, 12, 19), last_day=None))
    drafts = [moved, night(20, NEXT), night(22, NEXT)]
    assert StayState.NO_TEAM is week_of(small_county, *drafts).state
    village = week_of(small_county, *drafts, village=NEXT)
    assert (StayState.MET, "T01") == (village.state, village.team_id)


# The rules read aloud, with everything that the record may tell


@dataclass(frozen=True)
class World:
    """What a property draws: teams, their stays, and what the record tells besides."""

    teams: list[oracles.TeamRow]
    stays: list[oracles.StayRow]
    exemptions: list[Exemption] = field(default_factory=list)
    orders: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    reports: list[tuple[str, str, str]] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)

    def exempt(self, village: str, day: date) -> bool:
        codes = {village, village[:9], village[:6]}
        return any(one.first_day <= day <= one.last_day and codes & set(one.scope) for one in self.exemptions)

    def ordered(self, team: str, village: str, evening: date) -> bool:
        midnight = datetime.combine(evening + ONE_DAY, time(), CHINA)
        return any(
            (order_id, team, village) in self.reports and issued <= midnight and (ends is None or midnight < ends)
            for order_id, issued, ends in self.orders
        )

    def available(self, team: str, day: date) -> bool:
        away = {one.member_id for one in self.leaves if one.team_id == team and one.first_day <= day <= one.last_day}
        return len(away) < 3

    def drafts(self) -> list[Draft]:
        found = [
            Draft.of(
                StayDeclared(
                    team_id=one.team_id,
                    village_code=one.village_code,
                    night=(one.check_in - timedelta(microseconds=1)).date(),
                    member_id=f"s{number}",  # each stay has a member of its own, so that none overlap
                    check_in=one.check_in,
                    check_out=one.check_out,
                )
            )
            for number, one in enumerate(self.stays)
        ]
        found += [Draft.of(one) for one in (*self.exemptions, *self.leaves)]
        for order_id, issued, ends in self.orders:
            found.append(Draft.of(Mobilisation(order_id=order_id, scope=(HOME,), cause="x", ends_at=ends), issued))
        for order_id, team, village in self.reports:
            found.append(
                Draft.of(Arrival(order_id=order_id, team_id=team, member_id="m", village_code=village), at("20T08:00"))
            )
        return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
    teams = draw(strategies.team_rows([f"T{n:02d}" for n in range(1, 5)], VILLAGES))
    team_ids = st.sampled_from([team.team_id for team in teams])
    spans = st.tuples(strategies.days, strategies.days).map(sorted)
    exemptions = st.builds(
        lambda scope, span: Exemption(scope=(scope,), first_day=span[0], last_day=span[1], reason="r"),
        st.sampled_from([HOME, NEXT, THIRD[:9], COUNTY]),
        spans,
    )
    leaves = st.builds(
        lambda team, member, span: Leave(team_id=team, member_id=member, first_day=span[0], last_day=span[1]),
        team_ids,
        st.sampled_from(["m1", "m2", "m3"]),
        spans,
    )
    orders = [
        (f"O{number}", issued, ends if ends is None or ends > issued else None)
        for number, (issued, ends) in enumerate(
            draw(st.lists(st.tuples(strategies.instants, st.one_of(st.none(), strategies.instants)), max_size=2))
        )
    ]
    named = st.tuples(st.sampled_from([one[0] for one in orders] or ["O0"]), team_ids, st.sampled_from(VILLAGES))
    return World(
        teams,
        draw(st.lists(strategies.stay_rows(teams, VILLAGES), max_size=12)),
        draw(st.lists(exemptions, max_size=2)),
        orders,
        draw(st.lists(named, max_size=3)) if orders else [],
        draw(st.lists(leaves, max_size=6)),
    )


def with_teams(board: Board, teams: Sequence[oracles.TeamRow]) -> Board:
    """The Board with only these teams in service, as they are drawn."""
    drawn = {team.team_id: team for team in teams}
    gone = np.datetime64("1900-01-01", "D")
    ids = board.teams.ids
    first = [drawn[i].assigned_from or date.min if i in drawn else gone for i in ids]
    last = [drawn[i].assigned_to or date.max if i in drawn else gone for i in ids]
    changed = replace(
        board.teams,
        village_codes=tuple(drawn[i].village_code if i in drawn else HOME for i in ids),
        kinds=tuple(TeamKind.TOWNSHIP if i in drawn and drawn[i].is_township else TeamKind.CITY for i in ids),
        assigned_from=np.array(first, dtype="datetime64[D]"),
        assigned_to=np.array(last, dtype="datetime64[D]"),
    )
    return replace(board, teams=changed)


records = st.one_of(st.none(), st.just(WHOLE), st.builds(Record, strategies.days, strategies.instants))


@given(worlds(), records, strategies.instants, st.sampled_from([Week(2022, 50), W51, Week(2022, 52)]))
def test_r07_to_r12_and_r17_states_equal_the_rules_read_aloud(
    small_county: SmallCounty, world: World, record: Record | None, when: datetime, week: Week
) -> None:
    board = with_teams(board_of(small_county, *world.drafts(), record=record), world.teams)
    coverage = stay_coverage(small_county.atlas, board, week, at=when)
    span = (record.first_evening, record.until) if record else None
    rules: Any = {"exempt": world.exempt, "ordered": world.ordered}
    expected = oracles.stay_states(VILLAGES, world.teams, world.stays, span, week.monday, when, **rules)
    found = {code: of(coverage, code) for code in VILLAGES}
    assert expected == {
        code: oracles.VillageWeek(one.state, one.evenings, one.nights_left, one.shortfall)
        for code, one in found.items()
    }
    for code, one in found.items():
        assert _curing(world, span, week, when, code, one.state) == one.curable_by


def _curing(
    world: World, span: tuple[date, datetime] | None, week: Week, when: datetime, code: str, state: StayState
) -> tuple[str, ...]:
    """Of a curable village's teams those that have as many evenings left with a member as they owe nights."""
    if state is not StayState.CURABLE or span is None:
        return ()
    able = []
    for team in world.teams:
        if not team.is_township or team.village_code != code or not any(map(team.serves, week.evenings)):
            continue

        def judged(stays: Sequence[oracles.StayRow], days: Sequence[date], team: Any = team) -> oracles.VillageWeek:
            return oracles.team_week(team, stays, span, days, when, 2, 4, world.exempt, world.ordered)

        own = judged(world.stays, week.evenings)
        evenings = [day for day in week.evenings if judged(world.stays, [day]).nights_left]
        manned = sum(world.available(team.team_id, day) for day in evenings)
        if own.state is StayState.CURABLE and manned >= own.owed:
            able.append(team.team_id)
    return tuple(able)


@given(worlds(), strategies.instants, st.data())
def test_another_night_never_makes_a_village_worse_whatever_is_recorded(
    small_county: SmallCounty, world: World, when: datetime, data: Any
) -> None:
    goodness = ["no_team", "not_assessed", "exempt", "lost", "no_data", "curable", "met"]
    more = replace(world, stays=[*world.stays, data.draw(strategies.stay_rows(world.teams, VILLAGES))])
    before, after = (
        stay_coverage(small_county.atlas, with_teams(board_of(small_county, *one.drafts()), one.teams), W51, at=when)
        for one in (world, more)
    )
    for old, new in zip(before.villages, after.villages, strict=True):
        assert goodness.index(old.state) <= goodness.index(new.state)


@given(worlds(), strategies.instants, st.data())
def test_a_correction_that_removes_an_event_gives_the_state_without_it(
    small_county: SmallCounty, world: World, when: datetime, data: Any
) -> None:
    events = recorded(world.drafts(), NEVER_MIND)
    if not events:
        return
    wrong = data.draw(st.sampled_from(events)).sequence
    undone = Draft.of(Correction(corrects=wrong, reason="wrong"), NEVER_MIND)
    correction = Event(len(events) + 1, NEVER_MIND, NEVER_MIND, "t", undone.kind, undone.body)
    corrected, without = (
        _answers(small_county, world, fold(small_county.atlas, some, known_until=NEVER_MIND), when)
        for some in ([*events, correction], [event for event in events if event.sequence != wrong])
    )
    assert corrected == without


@given(worlds(), strategies.instants)
def test_as_of_now_equals_now(small_county: SmallCounty, world: World, when: datetime) -> None:
    events = recorded(world.drafts(), when)
    now = _answers(small_county, world, fold(small_county.atlas, events, known_until=when), when)
    assert now == _answers(small_county, world, as_of(small_county.atlas, events, when), when)


def test_as_of_tells_what_was_known_then(small_county: SmallCounty) -> None:
    told = [(night(1), "02T09:00"), (night(20), "21T09:00"), (night(22), "26T09:00")]
    events = [
        Event(number, at(when), draft.at, "t", draft.kind, draft.body)
        for number, (draft, when) in enumerate(told, start=1)
    ]
    states = [
        of(stay_coverage(small_county.atlas, as_of(small_county.atlas, events, moment), W51, at=at("26T10:00")), HOME)
        for moment in (at("26T08:00"), at("26T10:00"), 2)
    ]
    assert [(1, "lost"), (2, "met"), (1, "no_data")] == [(one.nights, one.state) for one in states]


def _answers(county: SmallCounty, world: World, board: Board, when: datetime) -> Any:
    board = with_teams(board, world.teams)
    return (
        stay_coverage(county.atlas, board, W51, at=when).villages,
        duty_coverage(county.atlas, board, date(2022, 12, 21), at=when).teams,
        stay_history(county.atlas, board, Week(2022, 50), W51, at=when).state.tolist(),
    )


# History


@given(worlds(), records, strategies.instants)
def test_history_says_of_every_week_what_the_week_says(
    small_county: SmallCounty, world: World, record: Record | None, when: datetime
) -> None:
    board = with_teams(board_of(small_county, *world.drafts(), record=record), world.teams)
    history = stay_history(small_county.atlas, board, Week(2022, 49), Week(2023, 1), at=when)
    for column, week in enumerate(history.weeks):
        villages = stay_coverage(small_county.atlas, board, week, at=when).villages
        assert [one.state for one in villages] == [history.states_of(row)[column] for row in range(len(villages))]
        assert [one.nights for one in villages] == history.nights[:, column].tolist()


def test_streaks_end_with_the_opposite_and_pass_over_what_is_not_judged(small_county: SmallCounty) -> None:
    # W47 met, W48 exempt, W49 met, W50 lost, W51 lost
    drafts = [night(-9), night(-8), exemption(1, 4), night(5), night(6), night(12)]
    drafts.append(
        Draft.of(Exemption(scope=(HOME,), first_day=date(2022, 11, 28), last_day=date(2022, 11, 30), reason="r"))
    )
    history = stay_history(small_county.atlas, board_of(small_county, *drafts), Week(2022, 47), W51, at=NEVER_MIND)
    assert ("met", "exempt", "met", "lost", "lost") == history.states_of(0)
    assert (0, 2, 2, 2) == tuple(
        int(one[0]) for one in (history.met.now, history.met.longest, history.lost.now, history.lost.longest)
    )


@pytest.mark.parametrize(("first", "last"), [(W51, Week(2022, 50)), (Week(2017, 1), W51)])
def test_a_range_that_is_none_or_too_long_is_refused(first: Week, last: Week, small_county: SmallCounty) -> None:
    with pytest.raises(InputError, match="the range"):
        stay_history(small_county.atlas, small_county.board, first, last, at=AS_OF)


# Leaders (R10, R12)

LEADER = "L001"
DECEMBER = Month(2022, 12)


def leader_month(county: SmallCounty, *drafts: Draft, month: Month = DECEMBER, when: datetime = NEVER_MIND) -> Any:
    answer = leader_coverage(county.atlas, board_of(county, *drafts), month, at=when)
    return next(one for one in answer.leaders if one.leader_id == LEADER)


def slept(day: int, village: str = HOME) -> Draft:
    """The leader's own night."""
    return night(day, village, LEADER, LEADER)


@pytest.mark.parametrize(
    ("state", "evenings", "drafts"),
    [
        (StayState.MET, [3, 20], [slept(3), slept(20, NEXT)]),  # any village of the town
        (StayState.LOST, [3], [slept(3), slept(20, "431381002001")]),  # not of another one
        (StayState.LOST, [3], [slept(3), night(20)]),  # a team's night is none of theirs
        (StayState.LOST, [31], [slept(0), slept(31), slept(32)]),  # 30 November and 1 January
        (StayState.LOST, [], [slept(0)]),
        (StayState.MET, [9, 10], [check_in("09T21:00", LEADER, LEADER), check_out("11T06:00", LEADER, LEADER)]),
    ],
)
def test_r10_a_leader_owes_two_nights_a_month_anywhere_in_the_town(
    state: StayState, evenings: list[int], drafts: list[Draft], small_county: SmallCounty
) -> None:
    one = leader_month(small_county, *drafts)
    assert (state, evenings) == (one.state, [evening.day for evening in one.evenings])


def test_example_d_r10_new_years_eve_is_a_night_of_december(small_county: SmallCounty) -> None:
    assert [31] == [one.day for one in leader_month(small_county, slept(31)).evenings]
    assert () == leader_month(small_county, slept(31), month=Month(2023, 1)).evenings


def test_r10_a_night_at_the_towns_command_post_counts_outside_every_village() -> None:
    stations = raw_layers()["stations"]
    outside = centre(HOME)
    stations.loc[stations["code"] == TOWN, "geometry"] = type(outside)(111.39, 27.68)  # 1 km outside the county
    county = county_of(stations=stations)
    there = [
        Draft.of(
            CheckIn(team_id=LEADER, member_id=LEADER, device_time=at("09T21:00"), lon=lon, lat=27.68, crs=crs.WGS84)
        )
        for lon in (111.3909, 111.3912)  # 89 m and 118 m from it
    ]
    assert [1, 0] == [leader_month(county, one).nights for one in there]


@pytest.mark.parametrize(
    ("state", "left", "when"),
    [
        (StayState.CURABLE, 2, "30T12:00"),
        (StayState.LOST, 1, "31T12:00"),
        (StayState.CURABLE, 31, "01T12:00"),
    ],
)
def test_r10_what_is_owed_is_curable_while_enough_evenings_are_left(
    state: StayState, left: int, when: str, small_county: SmallCounty
) -> None:
    one = leader_month(small_county, slept(0), when=at(when))
    assert (state, left, 2) == (one.state, one.nights_left, one.shortfall)


@pytest.mark.parametrize(
    ("state", "first", "last"),
    [
        (StayState.NOT_ASSESSED, date(2022, 12, 18), None),  # 14 days
        (StayState.LOST, date(2022, 12, 17), None),  # 15
        (StayState.NOT_ASSESSED, None, date(2022, 12, 14)),
        (StayState.LOST, None, date(2022, 12, 15)),
    ],
)
def test_r12_a_leader_assigned_for_fewer_than_15_days_of_the_month_is_not_assessed(
    state: StayState, first: date | None, last: date | None
) -> None:
    leaders = raw_layers()["leaders"].assign(assigned_from=first, assigned_to=last)
    assert state is leader_month(county_of(leaders=leaders), slept(0)).state


def test_r12_an_exemption_of_the_town_exempts_its_leaders(small_county: SmallCounty) -> None:
    drafts = [slept(3), exemption(1, 17, TOWN)]
    assert (StayState.EXEMPT, 0) == (
        leader_month(small_county, *drafts).state,
        leader_month(small_county, *drafts).shortfall,
    )
    assert StayState.LOST is leader_month(small_county, slept(3), exemption(1, 31, HOME)).state  # one village only


def test_no_leader_is_judged_as_long_as_none_was_ever_recorded(small_county: SmallCounty) -> None:
    answer = leader_coverage(small_county.atlas, board_of(small_county, night(20)), DECEMBER, at=NEVER_MIND)
    assert {StayState.NO_DATA} == {one.state for one in answer.leaders}
    assert 3 == answer.counts[StayState.NO_DATA]


# Duty days (R03 to R06, R17)


def day_of(county: SmallCounty, day: date, *drafts: Draft, team: str = "T01", when: datetime = NEVER_MIND) -> Any:
    board = board_of(county, *drafts)
    return next(one for one in duty_coverage(county.atlas, board, day, at=when).teams if one.team_id == team)


WEDNESDAY = date(2022, 12, 21)
SOME_CHECK_IN = check_in("01T10:00", "other", "T12", "431381100201")
"""So that the record of check-ins begins before the days of the tests."""


@pytest.mark.parametrize(
    ("state", "members", "drafts"),
    [
        (Attendance.ABSENT, 0, []),
        (Attendance.SHORT, 1, [check_in("21T09:00", "a")]),
        (Attendance.SHORT, 2, [check_in("21T09:00", "a"), check_in("21T10:00", "b"), check_in("21T12:00", "a")]),
        (Attendance.FULL, 3, [check_in("21T09:00", member) for member in "abc"]),
        (Attendance.FULL, 4, [check_in("21T23:59", member) for member in "abcd"]),
        (Attendance.ABSENT, 0, [check_in("21T09:00", "a", place=NEXT)]),
        (Attendance.ABSENT, 0, [check_in("21T09:00", "a", team="T02")]),
        (Attendance.ABSENT, 0, [check_in("20T09:00", "a")]),  # never checked out: nobody knows of the next day
        (Attendance.ABSENT, 0, [check_in("20T09:00", "a"), check_out("21T00:00", "a")]),
        (Attendance.SHORT, 1, [check_in("20T21:00", "a"), check_out("21T00:01", "a")]),
        (Attendance.ABSENT, 0, [check_in("22T00:00", "a")]),
    ],
)
def test_r03_r06_a_duty_day_is_full_short_or_absent_by_the_members_in_the_village(
    state: Attendance, members: int, drafts: list[Draft], small_county: SmallCounty
) -> None:
    one = day_of(small_county, WEDNESDAY, SOME_CHECK_IN, *drafts)
    assert (state, members, True) == (one.state, one.members, one.required)
    assert bool(members) == one.is_met


@pytest.mark.parametrize(("state", "metres"), [(Attendance.SHORT, 99), (Attendance.ABSENT, 101)])
def test_r06_up_to_100_m_outside_the_village_count(state: Attendance, metres: float, small_county: SmallCounty) -> None:
    # HOME's western border is that of the county.
    lon = 111.40 - metres / 98_690
    here = Draft.of(
        CheckIn(team_id="T01", member_id="a", device_time=at("21T09:00"), lon=lon, lat=27.68, crs=crs.WGS84)
    )
    assert state is day_of(small_county, WEDNESDAY, SOME_CHECK_IN, here).state


def test_example_f_r04_r05_township_duty_on_8_and_9_october_and_city_duty_on_no_day_of_the_week() -> None:
    layers = raw_layers()
    county = county_of(calendar=layers["calendar"].iloc[:0])
    board = board_of(county)
    required: dict[str, list[int]] = {"C01": [], "T01": []}
    for day in Week(2022, 40).evenings:
        for one in duty_coverage(county.atlas, board, day, at=NEVER_MIND).teams:
            if one.team_id in required and one.required:
                required[one.team_id].append(day.day)
    assert {"C01": [], "T01": [8, 9]} == required


def test_r04_city_duty_is_on_monday_wednesday_and_friday(small_county: SmallCounty) -> None:
    board = board_of(small_county)
    days = [
        day.isoweekday()
        for day in W51.evenings
        for one in duty_coverage(small_county.atlas, board, day, at=NEVER_MIND).teams
        if one.team_id == "C01" and one.required
    ]
    assert [1, 3, 5] == days


def test_r04a_in_an_unknown_year_nights_are_answered_and_days_are_unknown(small_county: SmallCounty) -> None:
    later = datetime(2031, 3, 1, tzinfo=CHINA)
    board = board_of(small_county, record=Record(date(2022, 11, 1), later))
    assert not WorkCalendar().knows(2031)
    day = duty_coverage(small_county.atlas, board, date(2031, 2, 5), at=later)
    assert {Attendance.UNKNOWN_CALENDAR} == {one.state for one in day.teams}
    assert {None} == {one.required for one in day.teams}
    assert StayState.LOST is of(stay_coverage(small_county.atlas, board, Week(2031, 6), at=later), HOME).state


@pytest.mark.parametrize(
    ("state", "issued", "ends", "scope"),
    [
        (Attendance.SUSPENDED, "21T04:00", "22T04:00", HOME),
        (Attendance.SUSPENDED, "21T17:59", None, TOWN),
        (Attendance.ABSENT, "21T04:00", "21T06:00", COUNTY),  # over before the day's duty begins
        (Attendance.ABSENT, "21T18:00", None, HOME),
        (Attendance.ABSENT, "21T04:00", None, NEXT),
    ],
)
def test_r17_duty_is_suspended_where_and_while_an_order_holds(
    state: Attendance, issued: str, ends: str | None, scope: str, small_county: SmallCounty
) -> None:
    one = day_of(small_county, WEDNESDAY, SOME_CHECK_IN, order(issued, ends, scope))
    assert (state, None if state is Attendance.SUSPENDED else False) == (one.state, one.is_met)
    here = day_of(small_county, WEDNESDAY, SOME_CHECK_IN, order(issued, ends, scope), check_in("21T09:00"))
    assert here.is_met  # presence counts as met


def test_r06_a_day_that_is_not_over_is_expected_and_one_outside_the_record_is_no_data(
    small_county: SmallCounty,
) -> None:
    states = [day_of(small_county, WEDNESDAY, SOME_CHECK_IN, when=at(when)).state for when in ("21T23:59", "22T00:00")]
    assert [Attendance.EXPECTED, Attendance.ABSENT] == states
    assert Attendance.NO_DATA is day_of(small_county, WEDNESDAY).state
    assert Attendance.NO_DATA is day_of(small_county, WEDNESDAY, night(19)).state  # nights tell nothing of days
    assert Attendance.NO_DATA is day_of(small_county, WEDNESDAY, check_in("23T10:00", "z", "T12")).state


@given(worlds(), st.sampled_from([date(2022, 12, 19) + timedelta(days=n) for n in range(7)]), strategies.instants)
def test_r06_the_members_of_a_day_are_those_of_a_look_at_every_minute(
    small_county: SmallCounty, world: World, day: date, when: datetime
) -> None:
    board = with_teams(board_of(small_county, *world.drafts()), world.teams)
    named = [(f"s{number}", stay) for number, stay in enumerate(world.stays)]
    expected = {
        team.team_id: len(oracles.members_there(named, team, day, when)) for team in world.teams if team.serves(day)
    }
    found = duty_coverage(small_county.atlas, board, day, at=when).teams
    assert expected == {one.team_id: one.members for one in found}
    assert all(one.members <= len(one.evidence) for one in found)


# A team's week


def test_r08_r09_a_teams_week_has_what_it_did_and_owes_and_each_members_nights(small_county: SmallCounty) -> None:
    drafts = [SOME_CHECK_IN, check_in("19T21:00", "a"), check_out("21T07:00", "a"), check_in("19T22:00", "b")]
    answer = team_week(small_county.atlas, board_of(small_county, *drafts), "T01", W51, at=at("21T12:00"))
    (home,) = answer.villages
    assert (HOME, StayState.MET, 2, {"a": 2, "b": 1}) == (
        home.village_code,
        home.state,
        home.nights,
        answer.member_nights,
    )
    assert (0, (date(2022, 12, 22), date(2022, 12, 23))) == (answer.owed_nights, answer.owed_days)
    states = [str(one.state) for one in answer.days]
    assert ["short", "short", "short", "expected", "expected", "not_required", "not_required"] == states
    early = team_week(small_county.atlas, board_of(small_county, *drafts), "T01", W51, at=at("20T12:00"))
    assert (1, StayState.CURABLE) == (early.owed_nights, early.villages[0].state)


def test_r11_a_city_teams_nights_are_shown_and_not_judged(small_county: SmallCounty) -> None:
    board = board_of(small_county, night(20, team="C01", member="c"))
    answer = team_week(small_county.atlas, board, "C01", W51, at=NEVER_MIND)
    assert (None, 1, 0, 0) == (answer.villages[0].state, answer.villages[0].nights, answer.quota, answer.owed_nights)


def test_a_team_that_is_not_known_has_no_week(small_county: SmallCounty) -> None:
    with pytest.raises(NotFoundError):
        team_week(small_county.atlas, small_county.board, "ghost", W51, at=AS_OF)
