"""Weeks of villages, months of leaders and days of duty against the rules read aloud (tests/duty_oracle.py).

Drawn are the county's own calendars, check-ins and check-outs in any order, paper registers, leave, rosters,
assignments, exemptions, orders and thresholds, around the turns of years, weeks, days and holidays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.board import Board, fold
from geo.calendar import DAY, Month, Week
from geo.coverage import duty_coverage, leader_coverage, stay_coverage, team_week
from geo.duty import is_required
from geo.rules import DutyRules, LeaderRules, Rules, StayRules
from geo.terms import Attendance
from tests import duty_oracle, duty_worlds
from tests.county import SmallCounty
from tests.duty_worlds import LATE, LEADERS, TEAMS, Drawn

thresholds = st.builds(
    duty_oracle.Rules,
    quota=st.sampled_from((2, 2, 1, 3)),
    from_days=st.sampled_from((4, 4, 1, 7)),
    leader_quota=st.sampled_from((2, 1)),
    leader_from_days=st.sampled_from((15, 28)),
    full=st.sampled_from((3, 3, 2)),
    attended_from=st.sampled_from((1, 1, 2)),
    weekdays=st.sampled_from(((1, 3, 5), (2, 6))),
    makeup_counts=st.booleans(),
)


@pytest.fixture(scope="module")
def base(small_county: SmallCounty) -> Board:
    """The county before anything was recorded."""
    return fold(small_county.atlas, [])


def rules_of(drawn: duty_oracle.Rules) -> Rules:
    """The same thresholds as the program takes them."""
    return Rules(
        stays=StayRules(drawn.quota, drawn.from_days),
        leaders=LeaderRules(drawn.leader_quota, drawn.leader_from_days),
        duty=DutyRules(drawn.full, drawn.weekdays, drawn.makeup_counts, drawn.attended_from),
    )


def told(county: SmallCounty, drawn: Drawn, recorded_at: datetime, rules: duty_oracle.Rules) -> duty_oracle.World:
    """What was drawn, for the slow reading."""
    rows = county.layers["teams"].to_dict("records")
    teams = [
        duty_oracle.Team(
            row["team_id"],
            row["kind"] == "township",
            row["village_code"],
            row["assigned_from"],
            row["assigned_to"],
            row["strength"],
        )
        for row in rows
    ]
    leaders = [(row["leader_id"], row["town_code"]) for row in county.layers["leaders"].to_dict("records")]
    events = [(number, draft.at, draft.body) for number, draft in enumerate(drawn.drafts, start=1)]
    return duty_oracle.World(events, recorded_at, teams, leaders, duty_worlds.CENTRES, drawn.works, rules)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Drawn, datetime, datetime]:
    """A record, when it was recorded, and the present."""
    drawn = draw(duty_worlds.worlds())
    moment = duty_worlds.instants(drawn.first)
    return drawn, draw(st.one_of(st.just(LATE), st.just(LATE), moment)), draw(st.one_of(moment, st.just(LATE)))


def days_of(drawn: Drawn) -> list[date]:
    """The days that a record speaks of."""
    return [drawn.first + DAY * ahead for ahead in range(14)]


@given(questions(), thresholds)
def test_r07_r08_r12_r17_villages_stand_in_their_weeks_as_the_rules_read_aloud(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime, datetime], rules: duty_oracle.Rules
) -> None:
    drawn, known, now = asked
    world = told(small_county, drawn, known, rules)
    board = duty_worlds.board_of(base, small_county.atlas, drawn.events(known), known)
    for week in sorted({Week.of(day) for day in days_of(drawn)}):
        answer = stay_coverage(small_county.atlas, board, week, at=now, rules=rules_of(rules).stays)
        for one in answer.villages:
            found = one.state, one.evenings, one.evidence, one.nights_left, one.shortfall, one.team_id, one.curable_by
            assert duty_oracle.Judged(*found) == world.village_week(one.village_code, week.monday, now), one


@given(questions(), thresholds)
def test_r10_r12_leaders_stand_in_their_months_as_the_rules_read_aloud(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime, datetime], rules: duty_oracle.Rules
) -> None:
    drawn, known, now = asked
    world = told(small_county, drawn, known, rules)
    board = duty_worlds.board_of(base, small_county.atlas, drawn.events(known), known)
    for month in sorted({Month.of(day) for day in days_of(drawn)}):
        answer = leader_coverage(small_county.atlas, board, month, at=now, rules=rules_of(rules).leaders)
        for one in answer.leaders:
            found = duty_oracle.Judged(one.state, one.evenings, one.evidence, one.nights_left, one.shortfall)
            assert found == world.leader_month(one.leader_id, one.town_code, month.evenings, now), one
        assert set(LEADERS) <= {one.leader_id for one in answer.leaders}


@given(questions(), thresholds)
def test_r03_to_r06_r15_r17_teams_stand_on_their_duty_days_as_the_rules_read_aloud(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime, datetime], rules: duty_oracle.Rules
) -> None:
    drawn, known, now = asked
    world = told(small_county, drawn, known, rules)
    atlas = duty_worlds.atlas_of(small_county.atlas, drawn.works)
    board = duty_worlds.board_of(base, atlas, drawn.events(known), known)
    teams = [team for team in world.teams if team.team_id in TEAMS]
    for day in days_of(drawn):
        answer = duty_coverage(atlas, board, day, at=now, rules=rules_of(rules).duty)
        found = {
            one.team_id: (one.state.value, one.village_code, one.members, one.available, one.evidence)
            for one in answer.teams
            if one.team_id in TEAMS
        }
        expected = {team.team_id: world.duty_day(team, day, now) for team in teams}
        assert {name: one for name, one in expected.items() if one[1] is not None} == found
        for team in teams:
            kind = board.teams.kinds[board.teams.position[team.team_id]]
            assert world.is_required(team, day) is is_required(atlas.work_calendar, rules_of(rules).duty, kind, day)


@given(questions(), thresholds, st.sampled_from(TEAMS))
def test_r08_r09_a_teams_week_is_its_days_and_its_nights_member_by_member(
    small_county: SmallCounty,
    base: Board,
    asked: tuple[Drawn, datetime, datetime],
    rules: duty_oracle.Rules,
    team_id: str,
) -> None:
    drawn, known, now = asked
    world = told(small_county, drawn, known, rules)
    atlas, week = duty_worlds.atlas_of(small_county.atlas, drawn.works), Week.of(drawn.first + 7 * DAY)
    board = duty_worlds.board_of(base, atlas, drawn.events(known), known)
    answer = team_week(atlas, board, team_id, week, at=now, rules=rules_of(rules))
    team = next(one for one in world.teams if one.team_id == team_id)
    served = {one: world.village_of(team, one) for one in week.evenings}
    assert {one for one, code in served.items() if code is not None} == {one.day for one in answer.days}
    assert [world.duty_day(team, one.day, now)[0] for one in answer.days] == [one.state for one in answer.days]
    expected = [one.day for one in answer.days if one.state is Attendance.EXPECTED]
    assert expected == list(answer.owed_days)
    assert members_nights(world, team, served, now) == answer.member_nights
    assert world.crew(team, now.date()) == answer.crew.available


def members_nights(
    world: duty_oracle.World, team: duty_oracle.Team, served: dict[date, str | None], now: datetime
) -> dict[str, int]:
    """How many distinct nights of the week each named member kept where the team serves (R09)."""
    nights: set[tuple[str, date]] = set()
    member: dict[int, Any] = {one.event: one.member for one in world.stays}
    for evening, village in served.items():
        there: Sequence[duty_oracle.Stay] = [] if village is None else world.there(team, village, evening)
        for event in world.night(evening, there, now).kept:
            if member[event] is not None:
                nights.add((member[event], evening))
    return {name: sum(one == name for one, _ in nights) for name in sorted({one for one, _ in nights})}
