"""Who of a team can go: rosters, leave and reserve, day by day, also as a column over all teams (R03, R14, R15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.admission import admit
from geo.board import Board, fold, recorded
from geo.crews import Crew, crew_of, crew_sizes
from geo.errors import NotFoundError, RuleError
from geo.events import Body, Correction, Draft, Event, Leave, RosterChange
from geo.terms import Role, RosterAction
from tests.county import AS_OF, SmallCounty

TEAM, FIRST = "T01", date(2022, 12, 1)
NAMES = ("a", "b", "c")


def leave(member: str, first: int, last: int, team: str = TEAM) -> Leave:
    """A leave in December 2022."""
    return Leave(team_id=team, member_id=member, first_day=date(2022, 12, first), last_day=date(2022, 12, last))


def roster(member: str, change: str, day: int, team: str = TEAM) -> RosterChange:
    """A roster change in December 2022."""
    return RosterChange(team_id=team, member_id=member, change=RosterAction(change), day=date(2022, 12, day))


def board_of(county: SmallCounty, *bodies: Body) -> Board:
    return fold(county.atlas, recorded([Draft.of(body, AS_OF) for body in bodies], AS_OF))


def available(board: Board, *days: int, team: str = TEAM) -> list[int]:
    return [crew_of(board, team, date(2022, 12, day)).available for day in days]


def test_r03_a_team_without_a_recorded_roster_has_the_registers_strength_unnamed(small_county: SmallCounty) -> None:
    assert Crew(TEAM, 3, None, frozenset(), frozenset()) == crew_of(small_county.board, TEAM, FIRST)
    with pytest.raises(NotFoundError):
        crew_of(small_county.board, "T99", FIRST)


def test_r15_leave_takes_each_member_once_on_each_of_its_days(small_county: SmallCounty) -> None:
    board = board_of(small_county, leave("a", 5, 6), leave("a", 6, 8), leave("b", 8, 8))
    assert [3, 2, 2, 2, 1, 3] == available(board, 4, 5, 6, 7, 8, 9)


def test_r15_a_named_roster_counts_and_only_its_own_members_are_missing_from_it(small_county: SmallCounty) -> None:
    joined = [roster(member, "joined", 1) for member in NAMES]
    board = board_of(small_county, *joined, roster("c", "left", 10), leave("c", 9, 12), leave("x", 1, 30))
    assert [3, 2, 2, 2] == available(board, 8, 9, 10, 12)
    assert 0 == crew_of(board, TEAM, date(2022, 11, 30)).available
    assert Crew(TEAM, 3, frozenset(NAMES), frozenset({"c"}), frozenset()) == crew_of(board, TEAM, date(2022, 12, 9))


def test_r15_reserve_is_kept_back_from_its_day_until_released(small_county: SmallCounty) -> None:
    board = board_of(small_county, roster("a", "reserved", 5), leave("a", 6, 6), roster("a", "released", 8))
    assert [3, 2, 2, 2, 3] == available(board, 4, 5, 6, 7, 8)
    assert frozenset({"a"}) == crew_of(board, TEAM, date(2022, 12, 5)).reserve
    assert board.duty.members(TEAM, date(2022, 12, 5)) is None  # to be kept back names no roster


@pytest.mark.parametrize(
    ("before", "change", "problem"),
    [
        ([], roster("a", "released", 5), "'a' is not in the reserve of T01 on 2022-12-05"),
        ([roster("a", "reserved", 4)], roster("a", "reserved", 5), "already in the reserve"),
        ([roster("b", "joined", 1)], roster("a", "reserved", 5), "not on the roster"),
    ],
)
def test_r15_a_reserve_that_the_record_contradicts_is_refused(
    small_county: SmallCounty, before: list[Body], change: RosterChange, problem: str
) -> None:
    board = board_of(small_county, *before)
    with pytest.raises(RuleError, match=problem):
        admit(small_county.atlas, board, [Draft.of(change)], role=Role.POST, now=AS_OF)
    allowed = [Draft.of(roster("b", "reserved", 6)), Draft.of(roster("b", "released", 7))]
    admit(small_county.atlas, board, allowed, role=Role.POST, now=AS_OF)


_day = st.integers(0, 12).map(lambda offset: FIRST + timedelta(days=offset))
_who = {"team_id": st.sampled_from(("T01", "C02")), "member_id": st.sampled_from(NAMES)}
_leave = st.builds(
    lambda first, days, **who: Leave(first_day=first, last_day=first + timedelta(days=days), **who),
    _day,
    st.integers(0, 4),
    **_who,
)
_change = st.builds(RosterChange, change=st.sampled_from(RosterAction), day=_day, **_who)


def slow_available(bodies: Sequence[Leave | RosterChange], strength: int, team: str, day: date) -> int:
    """Counted out member by member, by what stands in the record of each."""
    own = [body for body in bodies if body.team_id == team]
    changes = sorted((one for one in own if isinstance(one, RosterChange)), key=lambda one: one.day)

    def stands(member: str, begins: str, ends: str) -> bool:
        told = [one.change for one in changes if one.member_id == member and one.day <= day]
        told = [one for one in told if one in (begins, ends)]
        return bool(told) and told[-1] == begins

    def is_away(member: str) -> bool:
        leaves = [one for one in own if isinstance(one, Leave) and one.member_id == member]
        return stands(member, "reserved", "released") or any(one.first_day <= day <= one.last_day for one in leaves)

    if any(one.change == "joined" for one in changes):
        return sum(stands(member, "joined", "left") and not is_away(member) for member in NAMES)
    return max(strength - sum(is_away(member) for member in NAMES), 0)


@given(st.lists(st.one_of(_leave, _change), max_size=14), st.data())
def test_the_column_is_every_teams_crew_after_each_event_and_each_correction(
    small_county: SmallCounty, bodies: list[Leave | RosterChange], data: st.DataObject
) -> None:
    board, standing = fold(small_county.atlas, []), {}
    for number, body in enumerate(bodies, start=1):
        draft = Draft.of(body)
        if standing and data.draw(st.integers(0, 3)) == 0:
            gone = data.draw(st.sampled_from(sorted(standing)))
            draft = Draft.of(Correction(corrects=gone, reason="x"), AS_OF)
            del standing[gone]
        else:
            standing[number] = body
        board = board.advance([Event(number, AS_OF, draft.at, "t", draft.kind, draft.body)])
        day = data.draw(_day)
        expected = {team: slow_available(list(standing.values()), 3, team, day) for team in ("T01", "C02", "T02")}
        sizes = crew_sizes(board, day)
        assert expected == {team: sizes[board.teams.position[team]] for team in expected}
        assert expected == {team: crew_of(board, team, day).available for team in expected}
