"""A week in review: the evenings behind each state, and what else is told with a week."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from geo.board import Board, Record, fold, recorded
from geo.calendar import CHINA, Month, Week
from geo.coverage import stay_coverage, village_evenings, week_review
from geo.events import Draft, Exemption, Mobilisation
from geo.terms import EveningState, StayState
from tests.county import AS_OF, WEEK, SmallCounty

KEPT, MISSING, OPEN, EXEMPT, UNKNOWN, NOT_ASSIGNED = EveningState
HOME = "431381001001"


def evenings_of(county: SmallCounty, board: Board, week: Week = WEEK, at: datetime = AS_OF) -> dict[str, Any]:
    """Each village's evenings by its code."""
    found = village_evenings(county.atlas, board, week, at=at)
    return {area.code: evenings for area, evenings in zip(county.atlas.villages, found, strict=True)}


def with_(county: SmallCounty, *drafts: Draft) -> Board:
    """The county's Board after these."""
    return county.board.advance(recorded(drafts, AS_OF))


def test_r07_an_evening_was_kept_or_not_until_now_and_is_open_from_now_on(small_county: SmallCounty) -> None:
    """`AS_OF` is the Friday: four nights are over."""
    found = evenings_of(small_county, small_county.board)
    assert (MISSING, KEPT, MISSING, KEPT, OPEN, OPEN, OPEN) == found[HOME]
    assert found["431381001200"] == (MISSING,) * 4 + (OPEN,) * 3


def test_evenings_without_an_assignment_are_nobodys(small_county: SmallCounty) -> None:
    found = evenings_of(small_county, small_county.board)
    assert found["431381002201"] == (NOT_ASSIGNED,) * 7  # its township team left in November
    assert found["431381002200"] == (NOT_ASSIGNED,) * 4 + (OPEN,) * 3  # assigned from Friday
    assert found["431381002002"] == (MISSING,) * 4 + (NOT_ASSIGNED,) * 3  # assigned until Thursday


def test_r12_an_exempt_evening_is_exempt_unless_it_was_kept_all_the_same(small_county: SmallCounty) -> None:
    spared = Exemption(
        scope=("431381001",), first_day=date(2022, 12, 19), last_day=date(2022, 12, 23), reason="汛期值守"
    )
    found = evenings_of(small_county, with_(small_county, Draft.of(spared, AS_OF)))
    assert found[HOME] == (EXEMPT, KEPT, EXEMPT, KEPT, EXEMPT, OPEN, OPEN)


def test_evenings_outside_the_record_are_unknown_never_missing(small_county: SmallCounty) -> None:
    assert evenings_of(small_county, small_county.board, Week(2021, 10))[HOME] == (UNKNOWN,) * 7
    short = replace(small_county.board, record=Record(date(2022, 12, 21), AS_OF))
    assert evenings_of(small_county, short)["431381001200"] == (UNKNOWN, UNKNOWN, MISSING, MISSING, OPEN, OPEN, OPEN)


@pytest.mark.parametrize("days", range(-8, 15, 3))
def test_evenings_are_those_that_the_state_counts(small_county: SmallCounty, days: int) -> None:
    at = AS_OF + timedelta(days=days)
    board = replace(small_county.board, record=Record(date(2022, 11, 1), max(at, AS_OF)))
    found = evenings_of(small_county, board, at=at)
    for village in stay_coverage(small_county.atlas, board, WEEK, at=at).villages:
        if village.team_id is None:
            continue
        count = Counter(found[village.village_code])
        assert (village.nights, village.nights_left) == (count[KEPT], count[OPEN])
        kept = [day for day, one in zip(WEEK.evenings, found[village.village_code], strict=True) if one is KEPT]
        assert list(village.evenings) == kept


def test_a_review_speaks_of_the_present_day_or_of_the_day_of_the_week_nearest_to_it(small_county: SmallCounty) -> None:
    for at, day in ((AS_OF, AS_OF.date()), (AS_OF + timedelta(30), WEEK.sunday), (AS_OF - timedelta(30), WEEK.monday)):
        stays = stay_coverage(small_county.atlas, small_county.board, WEEK, at=at)
        review = week_review(small_county.atlas, small_county.board, stays)
        assert (day, day, Month.of(day)) == (review.day, review.duty.date, review.leaders.month)


def test_a_review_looks_back_over_twelve_weeks_and_not_before_the_calendar(small_county: SmallCounty) -> None:
    for week, first in ((WEEK, Week(2022, 40)), (Week(1, 1), Week(1, 1))):
        stays = stay_coverage(small_county.atlas, small_county.board, week, at=AS_OF)
        history = week_review(small_county.atlas, small_county.board, stays).history
        assert (first, week) == (history.weeks[0], history.weeks[-1])
        assert history.states_of(0)[-1] is stays.villages[0].state


def test_what_needs_attention_is_what_lacks_the_heaviest_first(small_county: SmallCounty) -> None:
    review = week_review(
        small_county.atlas,
        small_county.board,
        stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF),
    )
    lacking = {StayState.LOST, StayState.CURABLE, StayState.NO_TEAM}
    weights = [village.attention for village in review.needs_attention]
    assert weights == sorted(weights, reverse=True)
    assert {village.village_code for village in review.needs_attention} == {
        code for code, state in small_county.expected_states.items() if state in lacking
    }


def test_r13_a_review_names_the_orders_in_force_and_where_they_hold(small_county: SmallCounty) -> None:
    order = Draft.of(Mobilisation(order_id="O1", scope=("431381002",), cause="山火"), AS_OF - timedelta(hours=6))
    board = fold(small_county.atlas, recorded([order], AS_OF), known_until=AS_OF)
    for at, held in ((AS_OF, 4), (datetime(2022, 12, 23, 3, 59, tzinfo=CHINA), 0)):
        review = week_review(small_county.atlas, board, stay_coverage(small_county.atlas, board, WEEK, at=at))
        assert (held > 0, held) == (bool(review.orders), int(review.emergency.sum()))
