"""The weekly bulletin: what changed is what the two weeks, each asked about alone, say differently."""

from __future__ import annotations

import pytest

from geo.attention import needs_attention, red_hazards
from geo.brief import FAILED, StateChange, WeeklyBrief, weekly_brief
from geo.calendar import DAY, Week
from geo.coverage import stay_coverage
from geo.tables import brief_tables
from geo.terms import StayState
from tests.county import AS_OF, WEEK, SmallCounty

WEEKS = [Week.of(Week.parse(str(WEEK)).monday - 7 * ago * DAY) for ago in range(-1, 4)]


def brief(county: SmallCounty, week: Week) -> WeeklyBrief:
    return weekly_brief(county.atlas, county.board, week, at=AS_OF)


def states(county: SmallCounty, week: Week) -> dict[str, StayState]:
    answer = stay_coverage(county.atlas, county.board, week, at=AS_OF)
    return {one.village_code: one.state for one in answer.villages}


def told(changes: tuple[StateChange, ...]) -> dict[str, tuple[StayState, StayState]]:
    return {one.village.code: (one.before, one.now) for one in changes}


@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_changes_are_what_two_weeks_asked_about_alone_say_differently(small_county: SmallCounty, week: Week) -> None:
    before, now = states(small_county, Week.of(week.monday - DAY)), states(small_county, week)
    answer = brief(small_county, week)
    both = {code: (before[code], now[code]) for code in now}
    unknown = StayState.NO_DATA
    assert answer.is_comparable == any(one is not unknown for one in before.values())
    expected = both if answer.is_comparable else {}
    assert told(answer.fallen) == {
        code: (one, other)
        for code, (one, other) in expected.items()
        if one not in (*FAILED, unknown) and other in FAILED
    }
    assert told(answer.recovered) == {
        code: (one, other) for code, (one, other) in expected.items() if one in FAILED and other is StayState.MET
    }
    assert told(answer.still) == {
        code: (one, other) for code, (one, other) in expected.items() if one in FAILED and other in FAILED
    }


def test_what_is_open_or_red_is_what_needs_attention_now(small_county: SmallCounty) -> None:
    answer = brief(small_county, WEEKS[1])
    assert answer.incidents == needs_attention(small_county.atlas, small_county.board, at=AS_OF).incidents
    assert answer.hazards == red_hazards(small_county.atlas)


def test_a_week_without_a_record_before_it_has_no_changes(small_county: SmallCounty) -> None:
    answer = brief(small_county, Week.parse("2015-W20"))
    assert (answer.is_comparable, answer.fallen, answer.recovered, answer.still) == (False, (), (), ())


def test_the_calendars_first_week_has_none_before_it(small_county: SmallCounty) -> None:
    assert not brief(small_county, Week.parse("0001-W01")).is_comparable


@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_the_tables_hold_the_whole_bulletin(small_county: SmallCounty, week: Week) -> None:
    answer = brief(small_county, week)
    book = brief_tables(answer)
    assert [table.name for table in book.tables] == ["lacking", "changes", "incidents", "hazards"]
    assert book.table("lacking").cells("village_code") == [one.village_code for one in answer.lacking]
    changes = (*answer.fallen, *answer.recovered, *answer.still)
    assert book.table("changes").cells("village_code") == [one.village.code for one in changes]
    assert book.table("incidents").cells("incident_id") == [one.incident_id for one in answer.incidents]
    assert book.table("hazards").cells("hazard_id") == [one.hazard.hazard_id for one in answer.hazards]
