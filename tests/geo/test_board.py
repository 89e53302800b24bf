"""The Board: teams ready to be filtered, and the span that the record of stays covers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from geo.board import Record, fold_frames
from geo.calendar import CHINA
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.terms import Skill, TeamKind
from tests.county import AS_OF, SmallCounty, stay, table


def record_of(
    small_county: SmallCounty, *spans: tuple[str, str | None], until: datetime | None = None
) -> Record | None:
    rows = [
        stay(f"S{number}", "T01", f"m{number}", "431381001001", begin, end) for number, (begin, end) in enumerate(spans)
    ]
    return fold_frames(small_county.atlas, check(table(rows), LAYERS["stays"]) if rows else None, None, until).record


def test_without_stays_there_is_no_record(small_county: SmallCounty) -> None:
    assert record_of(small_county) is None
    assert record_of(small_county, until=AS_OF) is None


@pytest.mark.parametrize(
    ("expected", "check_in"),
    [
        (date(2022, 12, 20), "2022-12-20T00:00:01"),
        (date(2022, 12, 20), "2022-12-20T23:59"),
        (date(2022, 12, 20), "2022-12-21T00:00"),  # 24:00 belongs to the day before
    ],
)
def test_the_record_begins_with_the_evening_of_the_first_check_in(
    expected: date, check_in: str, small_county: SmallCounty
) -> None:
    later = ("2022-12-22T21:00", None)
    record = record_of(small_county, later, (check_in, "2022-12-21T07:00"))
    assert record is not None
    assert expected == record.first_evening


@pytest.mark.parametrize(
    ("expected", "spans"),
    [
        (datetime(2022, 12, 21, 7, tzinfo=CHINA), [("2022-12-20T21:00", "2022-12-21T07:00")]),
        (datetime(2022, 12, 20, 21, tzinfo=CHINA), [("2022-12-20T21:00", None)]),
        (
            datetime(2022, 12, 22, 21, tzinfo=CHINA),
            [("2022-12-20T21:00", "2022-12-21T07:00"), ("2022-12-22T21:00", None)],
        ),
    ],
)
def test_the_record_ends_at_its_last_instant_unless_told_otherwise(
    expected: datetime, spans: list[tuple[str, str | None]], small_county: SmallCounty
) -> None:
    record, told = record_of(small_county, *spans), record_of(small_county, *spans, until=AS_OF)
    assert record is not None
    assert told is not None
    assert (expected, AS_OF) == (record.until, told.until)


def test_a_naive_end_of_the_record_is_local_time(small_county: SmallCounty) -> None:
    naive = datetime(2022, 12, 23, 10)  # noqa: DTZ001
    record = record_of(small_county, ("2022-12-20T21:00", None), until=naive)
    assert record is not None
    assert AS_OF == record.until


def test_teams_stand_in_the_order_of_their_ids_with_their_words(small_county: SmallCounty) -> None:
    teams = small_county.board.teams
    assert sorted(teams.ids) == list(teams.ids)
    second = teams.ids.index("C02")
    assert (TeamKind.CITY, (Skill.GEOLOGY, Skill.FIRST_AID), "财政局", "431381001002", 3) == (
        teams.kinds[second],
        teams.skills[second],
        teams.units[second],
        teams.village_codes[second],
        teams.strengths[second],
    )
    assert ((), None) == (teams.skills[teams.ids.index("T01")], teams.units[teams.ids.index("T01")])


@pytest.mark.parametrize(
    ("expected", "first", "last"),
    [
        (False, "2022-12-23", "2022-12-25"),
        (True, "2022-12-22", "2022-12-25"),
        (True, "2022-01-01", "2022-01-02"),
    ],
)
def test_a_team_serves_up_to_and_with_its_last_day(
    expected: bool, first: str, last: str, small_county: SmallCounty
) -> None:
    teams = small_county.board.teams  # T06 is assigned until 2022-12-22
    mask = teams.serving(date.fromisoformat(first), date.fromisoformat(last))
    assert expected == mask[teams.ids.index("T06")]


@pytest.mark.parametrize(
    ("expected", "at"),
    [
        (True, datetime(2022, 12, 22, 23, 59, tzinfo=CHINA)),
        (False, datetime(2022, 12, 23, 0, 0, tzinfo=CHINA)),
        (True, datetime(2022, 12, 22, 15, 59, tzinfo=UTC)),
        (False, datetime(2022, 12, 22, 17, 0, tzinfo=UTC)),  # past midnight in the county
        (True, datetime(2022, 12, 22, 20, 0)),  # noqa: DTZ001  # naive is local
    ],
)
def test_the_day_of_an_assignment_is_the_local_one(expected: bool, at: datetime, small_county: SmallCounty) -> None:
    teams = small_county.board.teams
    assert expected == teams.allowed(at, None, None)[teams.ids.index("T06")]


def test_filters_narrow_and_do_not_change_the_teams(small_county: SmallCounty) -> None:
    teams = small_county.board.teams
    everyone = teams.allowed(AS_OF, None, None)
    geologists = teams.allowed(AS_OF, TeamKind.CITY, Skill.GEOLOGY)
    assert ["C02", "C06", "C10"] == [teams.ids[position] for position in geologists.nonzero()[0]]
    assert not teams.allowed(AS_OF, TeamKind.TOWNSHIP, Skill.GEOLOGY).any()
    assert (everyone == teams.allowed(AS_OF, None, None)).all()


def test_layers_that_are_not_given_are_empty(small_county: SmallCounty) -> None:
    board = fold_frames(small_county.atlas, None, None, None)
    assert (0, 0) == (len(board.stays), len(board.incidents))
    pd.testing.assert_index_equal(board.stays.columns, small_county.board.stays.columns)


def test_a_mask_is_the_callers_own_and_follows_the_day_and_the_filters(small_county: SmallCounty) -> None:
    teams = small_county.board.teams
    first = teams.allowed(AS_OF, None, None)
    expected = first.copy()
    first[:] = False
    assert expected.tolist() == teams.allowed(AS_OF, None, None).tolist()
    city = teams.allowed(AS_OF, TeamKind.CITY, None)
    assert [kind is TeamKind.CITY for kind in teams.kinds] == city.tolist()
    for day in range(200):  # more days than are kept
        at = AS_OF + timedelta(days=day)
        assert (teams.serving(at.date(), at.date())).tolist() == teams.allowed(at, None, None).tolist()
