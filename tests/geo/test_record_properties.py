"""What holds of every answer about duty, whatever is recorded: nights help, corrections undo, and now is as of now.

The answers: weeks of villages and their history, months of leaders, duty days, a team's week, who is where at an
instant, the boards of orders, and the coverage clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.admission import refusals
from geo.atlas import Atlas
from geo.board import Board, Record, as_of, fold
from geo.calendar import DAY, Month, Week
from geo.coverage import duty_coverage, leader_coverage, stay_coverage, stay_history, team_week, village_evenings
from geo.coverage_clock import coverage_clock
from geo.duty import availability
from geo.events import CheckIn, Correction, Draft, Event, Mobilisation, StayDeclared
from geo.order_board import order_board
from geo.terms import Available, OrderState, Role
from tests import duty_worlds
from tests.county import SmallCounty
from tests.duty_worlds import CENTRES, LATE, TEAMS, VILLAGES, Drawn

WORST_FIRST = ("no_team", "not_assessed", "exempt", "lost", "no_data", "curable", "met")
DUTY_WORST_FIRST = ("absent", "no_data", "expected", "short", "full")
SECOND = timedelta(seconds=1)
SOME = settings(max_examples=settings.default.max_examples // 2)
FEW = settings(max_examples=settings.default.max_examples // 6)
"""Of the examples of the profile; a clock takes thirty times as long as another answer."""


@pytest.fixture(scope="module")
def base(small_county: SmallCounty) -> Board:
    """The county before anything was recorded."""
    return fold(small_county.atlas, [])


def told(answer: Any) -> Any:
    """An answer without the name of the data and the number of the last event."""
    return replace(answer, provenance=None)


def answers(atlas: Atlas, board: Board, now: datetime) -> dict[str, Any]:
    """Every answer about the instant's day, week and month but the clock."""
    week, day = Week.of(now), now.date()
    history = stay_history(atlas, board, Week.of(day - 14 * DAY), week, at=now)
    placed = availability(atlas, board, now)
    return {
        "stays": told(stay_coverage(atlas, board, week, at=now)),
        "evenings": village_evenings(atlas, board, week, at=now),
        "history": [column.tolist() for column in (history.state, history.nights, history.met.now, history.lost.now)],
        "leaders": told(leader_coverage(atlas, board, Month.of(day), at=now)),
        "duty": told(duty_coverage(atlas, board, day, at=now)),
        "team": [told(team_week(atlas, board, team, week, at=now)) for team in TEAMS],
        "states": list(zip(board.teams.ids, placed.states, placed.placed_by, placed.members.tolist(), strict=True)),
        "places": [column.tolist() for column in (placed.lon, placed.lat, placed.recalled, placed.village)],
        "orders": [told(order_board(atlas, board, order.order_id, at=now)) for order in board.duty.orders],
    }


@st.composite
def moments(draw: st.DrawFn) -> tuple[Drawn, datetime]:
    """A record and the present."""
    drawn = draw(duty_worlds.worlds())
    return drawn, draw(duty_worlds.instants(drawn.first))


# Another night


LEADER, LEADERS_VILLAGE = "L100", "431381100001"
"""Of whom a world tells nothing: their nights are on paper here."""


@st.composite
def nights(draw: st.DrawFn, drawn: Drawn) -> Draft:
    """A night on paper around another presence of somebody, or of a new member of a team, or of the leader."""
    team = draw(st.sampled_from((*TEAMS, LEADER)))
    member, begun = f"{team}-z", drawn.first + draw(st.integers(0, 13)) * DAY
    seen = presences_of(drawn)
    if seen and draw(st.sampled_from((True, True, False))):
        body, begun = draw(st.sampled_from(seen))
        team, member = body.team_id, body.member_id or member
    evening = begun + draw(st.integers(0, 3)) * DAY
    if team == LEADER:
        return leaders_night(evening)
    village = VILLAGES[TEAMS.index(team)] if team in TEAMS else draw(st.sampled_from(VILLAGES))
    return Draft.of(StayDeclared(team_id=team, member_id=member, village_code=village, night=evening))


def presences_of(drawn: Drawn) -> list[tuple[CheckIn | StayDeclared, date]]:
    """The check-ins and the declared stays of a world, each with the day that it begins on."""
    return [(one.body, one.at.date()) for one in drawn.drafts if isinstance(one.body, CheckIn | StayDeclared)]


def is_only_there(drawn: Drawn, night: Draft) -> bool:
    """Whether whoever spent a night was in no other village before: else it may also tell that they left that one."""
    told = night.body
    assert isinstance(told, StayDeclared)
    return all(
        (body.village_code if isinstance(body, StayDeclared) else CENTRES.get((body.lon, body.lat)))
        in (None, told.village_code)
        for body, _ in presences_of(drawn)
        if body.member_id == told.member_id
    )


def leaders_night(evening: date) -> Draft:
    """A night of the leader's in the assigned town."""
    who = {"team_id": LEADER, "member_id": LEADER}
    return Draft.of(StayDeclared(**who, village_code=LEADERS_VILLAGE, night=evening))


@given(moments(), st.lists(st.integers(0, 13), max_size=2), st.data())
def test_another_night_makes_nothing_worse(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime], evenings: list[int], data: st.DataObject
) -> None:
    drawn, now = asked
    night = data.draw(nights(drawn))
    # The first night of a leader tells that leaders are recorded at all, so one is on either Board.
    paper = [leaders_night(drawn.first + step * DAY) for step in (-50, *evenings)]
    before, after = (
        replace(
            duty_worlds.board_of(base, small_county.atlas, duty_worlds.numbered(drafts, LATE), LATE),
            record=Record(drawn.first - 50 * DAY, LATE),
        )
        for drafts in ([*paper, *drawn.drafts], [*paper, *drawn.drafts, night])
    )
    assume(not refusals(small_county.atlas, before, [night], role=Role.HQ, now=LATE))
    ends, then = (board.present.presence.known for board in (before, after))
    assert ends.check_out.tolist() == then.check_out[:-1].tolist()  # the night is the last row
    assert not is_only_there(drawn, night) or ends.left.tolist() == then.left[:-1].tolist()
    old, new = (answers(small_county.atlas, board, now) for board in (before, after))
    for one, two in zip(old["team"], new["team"], strict=True):
        assert all(count <= two.member_nights[member] for member, count in one.member_nights.items())
        for few, many in zip(one.villages, two.villages, strict=True):
            assert set(few.evenings) <= set(many.evenings)
            assert few.nights_left <= many.nights_left
    for one, two in zip(old["leaders"].leaders, new["leaders"].leaders, strict=True):
        assert set(one.evenings) <= set(two.evenings)
        assert WORST_FIRST.index(one.state) <= WORST_FIRST.index(two.state)
        assert one.nights <= two.nights
    _, _, met_before, lost_before = old["history"]
    _, _, met_after, lost_after = new["history"]
    assert all(one <= two for one, two in zip(met_before, met_after, strict=True))
    assert all(one >= two for one, two in zip(lost_before, lost_after, strict=True))
    for one, two in zip(old["duty"].teams, new["duty"].teams, strict=True):
        assert one.members <= two.members
        if one.state != two.state:
            assert DUTY_WORST_FIRST.index(one.state) < DUTY_WORST_FIRST.index(two.state)
    if not is_only_there(drawn, night):
        return
    for was, becomes in zip(old["states"], new["states"], strict=True):
        assert was[1] == becomes[1] or becomes[1] == "on_duty", was
    for one, two in zip(old["orders"], new["orders"], strict=True):
        assert arrived(one) <= arrived(two)


@given(moments(), st.data())
@SOME
def test_checking_in_again_in_the_same_village_and_night_makes_nothing_worse(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime], data: st.DataObject
) -> None:
    drawn, now = asked
    seen = [one for one in drawn.drafts if isinstance(one.body, CheckIn) and (one.body.lon, one.body.lat) in CENTRES]
    assume(seen)
    first = data.draw(st.sampled_from(seen))
    evening = (first.at - timedelta(microseconds=1)).date()
    morning = datetime.combine(evening + DAY, time(5), first.at.tzinfo)
    minutes = data.draw(st.integers(1, int((morning - first.at) / timedelta(minutes=1))))
    body = replace(first.body, device_time=first.at + timedelta(minutes=minutes))
    again = replace(first, body=body, at=first.at + timedelta(minutes=minutes))
    old, new = (
        answers(
            small_county.atlas,
            duty_worlds.board_of(base, small_county.atlas, duty_worlds.numbered(drafts, LATE), LATE),
            now,
        )
        for drafts in (drawn.drafts, [*drawn.drafts, again])
    )
    for one, two in zip(old["team"], new["team"], strict=True):
        for few, many in zip(one.villages, two.villages, strict=True):
            assert set(few.evenings) <= set(many.evenings)
            assert few.nights_left <= many.nights_left
    for one, two in zip(old["duty"].teams, new["duty"].teams, strict=True):
        assert one.members <= two.members
    for one, two in zip(old["orders"], new["orders"], strict=True):
        assert arrived(one) <= arrived(two)


def arrived(answer: Any) -> int:
    """How many have arrived for an order, in time or late."""
    counts = answer.tally.counts
    return int(counts[OrderState.ON_STATION] + counts[OrderState.LATE])


@given(moments(), st.data())
@FEW
def test_r18_another_night_leaves_no_hour_of_the_clock_with_fewer_members(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime], data: st.DataObject
) -> None:
    drawn, now = asked
    # In emergency a team counts anyhow, and at its station it may be farther from a neighbour than at its base.
    drafts = [one for one in drawn.drafts if not isinstance(one.body, Mobilisation)]
    night = data.draw(nights(drawn))
    boards = [
        duty_worlds.board_of(base, small_county.atlas, duty_worlds.numbered(some, LATE), LATE)
        for some in (drafts, [*drafts, night])
    ]
    assume(is_only_there(drawn, night))
    assume(not refusals(small_county.atlas, boards[0], [night], role=Role.HQ, now=LATE))
    before, after = (
        coverage_clock(small_county.atlas, board, Week.of(now), available=Available.NOW) for board in boards
    )
    for one, two in zip(before.villages, after.villages, strict=True):
        assert all(few <= many for few, many in zip(one.members, two.members, strict=True)), one.area.code


# A correction


def corrected(events: Sequence[Event], wrong: int) -> Event:
    """The event that takes one out of the record."""
    draft = Draft.of(Correction(corrects=wrong, reason="x"), LATE)
    return Event(len(events) + 1, LATE, LATE, "t", draft.kind, draft.body)


@given(moments(), st.data())
@SOME
def test_a_correction_gives_every_answer_that_there_was_without_the_event(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime], data: st.DataObject
) -> None:
    drawn, now = asked
    events, atlas = drawn.events(LATE), duty_worlds.atlas_of(small_county.atlas, drawn.works)
    if not events:
        return
    wrong = data.draw(st.sampled_from(events)).sequence
    board = duty_worlds.board_of(base, atlas, events, LATE)
    answers(atlas, board, now)  # so that what is kept for the Board would show
    undone = board.advance([corrected(events, wrong)])
    without = duty_worlds.board_of(base, atlas, [event for event in events if event.sequence != wrong], LATE)
    assert answers(atlas, without, now) == answers(atlas, undone, now)


@given(moments(), st.data())
@FEW
def test_r18_a_correction_gives_the_clock_that_there_was_without_the_event(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime], data: st.DataObject
) -> None:
    drawn, now = asked
    events, atlas = drawn.events(LATE), small_county.atlas
    if not events:
        return
    wrong = data.draw(st.sampled_from(events)).sequence
    board = duty_worlds.board_of(base, atlas, events, LATE)
    coverage_clock(atlas, board, Week.of(now))
    undone = board.advance([corrected(events, wrong)])
    without = duty_worlds.board_of(base, atlas, [event for event in events if event.sequence != wrong], LATE)
    assert told(coverage_clock(atlas, without, Week.of(now))) == told(coverage_clock(atlas, undone, Week.of(now)))


# As of


@given(moments(), st.lists(st.integers(0, 14 * 24 * 3600), min_size=60, max_size=60))
@SOME
def test_as_of_now_every_answer_is_the_live_one(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime], seconds: list[int]
) -> None:
    """The live Board has taken one event after the other and was asked on its way; the other is made of the journal."""
    drawn, now = asked
    begin = datetime.combine(drawn.first, datetime.min.time(), now.tzinfo)
    recorded_at = [begin + second * SECOND for second in sorted(seconds)]
    events = [
        replace(event, recorded_at=at)
        for event, at in zip(duty_worlds.numbered(drawn.drafts[:60], LATE), recorded_at, strict=False)
    ]
    live = duty_worlds.board_of(base, small_county.atlas, [], now)
    for event in events:
        if event.recorded_at <= now:
            live = live.advance([event])
            if event.sequence % 8 == 0:
                answers(small_county.atlas, live, now)
    then = as_of(small_county.atlas, events, now, before=base)
    assert then.sequence == live.sequence
    assert answers(small_county.atlas, then, now) == answers(small_county.atlas, live.known_to(now), now)


@given(moments())
@FEW
def test_r18_as_of_now_the_clock_is_the_live_one(
    small_county: SmallCounty, base: Board, asked: tuple[Drawn, datetime]
) -> None:
    drawn, now = asked
    events, week = drawn.events(now), Week.of(now)
    live = duty_worlds.board_of(base, small_county.atlas, events[: len(events) // 2], now)
    coverage_clock(small_county.atlas, live, week)
    live = live.advance(events[len(events) // 2 :])
    then = as_of(small_county.atlas, events, now, before=base)
    assert told(coverage_clock(small_county.atlas, then, week)) == told(coverage_clock(small_county.atlas, live, week))
