"""Stay coverage: the worked examples of DOMAIN.md section 7, and the rules read aloud against random registers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.board import Board, Record, fold_frames
from geo.calendar import CHINA, NightRules, Week, parse_instant
from geo.coverage import StayCoverage, StayRules, VillageStays, stay_coverage
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.terms import StayState, TeamKind
from tests import oracles, strategies
from tests.county import AS_OF, WEEK, SmallCounty, county_of, raw_layers, stay, table, village_codes

HOME = "431381001001"
W50, W51, W52 = Week(2022, 50), Week(2022, 51), Week(2022, 52)
NEVER_MIND = datetime(2023, 6, 1, tzinfo=CHINA)
"""So late that every night of the examples is over."""
FIRST_EVENING = date(2022, 11, 1)


def on_board(county: SmallCounty, rows: list[dict[str, Any]], record: Record | None = None) -> Board:
    """The county's teams with these stays; the record is whole unless one is given."""
    frame = check(table(rows), LAYERS["stays"]) if rows else None
    board = fold_frames(county.atlas, frame, None, NEVER_MIND)
    return replace(board, record=record or Record(FIRST_EVENING, NEVER_MIND))


def judged(
    county: SmallCounty,
    *nights: tuple[str, str | None],
    week: Week = W51,
    at: datetime = NEVER_MIND,
    team: str = "T01",
    village: str = HOME,
    record: Record | None = None,
    rules: StayRules | None = None,
) -> VillageStays:
    """The home village's week when `team` has these presences, each by a member of its own."""
    rows = [stay(f"S{n}", team, f"m{n}", village, begin, end) for n, (begin, end) in enumerate(nights)]
    return of(stay_coverage(county.atlas, on_board(county, rows, record), week, at=at, rules=rules), HOME)


def of(coverage: StayCoverage, code: str) -> VillageStays:
    return next(village for village in coverage.villages if village.village_code == code)


def night(day: int, month: int = 12) -> tuple[str, str]:
    """A usual night of 2022: from 21:00 to 07:00."""
    evening = date(2022, month, day)
    return f"{evening}T21:00", f"{evening + timedelta(days=1)}T07:00"


# The worked examples


def test_example_a_sunday_and_monday_are_one_night_of_each_of_two_weeks(small_county: SmallCounty) -> None:
    for week, evening in ((W50, date(2022, 12, 18)), (W51, date(2022, 12, 19))):
        village = judged(small_county, night(18), night(19), week=week)
        assert (StayState.LOST, 1, (evening,), 1) == (
            village.state,
            village.nights,
            village.evenings,
            village.shortfall,
        )


def test_example_b_two_members_on_tuesday_and_one_on_thursday_are_two_nights(small_county: SmallCounty) -> None:
    village = judged(small_county, night(20), night(20), night(22))
    assert (StayState.MET, 2, (date(2022, 12, 20), date(2022, 12, 22))) == (
        village.state,
        village.nights,
        village.evenings,
    )


def test_example_c_a_check_out_at_half_past_four_is_no_night(small_county: SmallCounty) -> None:
    village = judged(small_county, night(20), ("2022-12-22T21:00", "2022-12-23T04:30"))
    assert (StayState.LOST, (date(2022, 12, 20),)) == (village.state, village.evenings)


def test_example_d_the_evening_of_new_years_eve_counts_for_w52(small_county: SmallCounty) -> None:
    assert (date(2022, 12, 31),) == judged(small_county, night(31), week=W52).evenings
    assert () == judged(small_county, night(31), week=Week(2023, 1)).evenings


def test_the_hand_made_county_has_the_states_worked_out_on_paper(small_county: SmallCounty) -> None:
    coverage = stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF)
    assert dict(small_county.expected_states) == {v.village_code: v.state for v in coverage.villages}


# Nights


@pytest.mark.parametrize(
    ("expected", "check_in", "check_out"),
    [
        (1, "2022-12-21T00:00", "2022-12-21T05:00"),  # 24:00 and 05:00 sharp
        (0, "2022-12-21T00:00:01", "2022-12-21T05:00"),
        (0, "2022-12-21T00:00", "2022-12-21T04:59:59"),
        (3, "2022-12-20T09:00", "2022-12-23T05:00"),
        (2, "2022-12-20T09:00", "2022-12-23T04:59"),
        (7, "2022-12-01T09:00", "2022-12-31T09:00"),
        (1, "2022-12-20T21:00", None),
        (1, "2022-12-21T00:00", None),
        (1, "2022-12-20T00:00:01", None),
        (0, "2022-12-19T00:00", None),  # open since Sunday, 24:00: good for that night of W50 only
        (1, "2022-12-26T00:00", None),  # Sunday, 24:00
    ],
)
def test_a_presence_counts_as_many_nights_as_it_covers_and_an_open_one_its_first(
    expected: int, check_in: str, check_out: str | None, small_county: SmallCounty
) -> None:
    assert expected == judged(small_county, (check_in, check_out)).nights


def test_an_open_stay_ends_when_its_member_checks_in_elsewhere(small_county: SmallCounty) -> None:
    elsewhere = "431381001002"
    rows = [
        stay("S1", "T01", "m", HOME, "2022-12-20T20:00", None),
        stay("S2", "T02", "m", elsewhere, "2022-12-20T22:00", None),
    ]
    coverage = stay_coverage(small_county.atlas, on_board(small_county, rows), W51, at=NEVER_MIND)
    assert (0, 1) == (of(coverage, HOME).nights, of(coverage, elsewhere).nights)


def test_an_open_stay_is_unknown_where_the_record_ends_before_the_morning(small_county: SmallCounty) -> None:
    open_stay = ("2022-12-25T20:00", None)
    late = Record(FIRST_EVENING, datetime(2022, 12, 25, 23, tzinfo=CHINA))
    assert 0 == judged(small_county, open_stay, record=late).nights
    morning = Record(FIRST_EVENING, datetime(2022, 12, 26, 5, tzinfo=CHINA))
    assert 1 == judged(small_county, open_stay, record=morning).nights


def test_a_night_in_another_village_does_not_count(small_county: SmallCounty) -> None:
    village = judged(small_county, night(20), night(22), village="431381001002")
    assert (StayState.LOST, 0) == (village.state, village.nights)


def test_a_city_teams_nights_are_not_judged(small_county: SmallCounty) -> None:
    village = judged(small_county, night(20), night(22), team="C01")
    assert (StayState.LOST, 0, "T01") == (village.state, village.nights, village.team_id)


def test_a_city_team_alone_owes_nothing() -> None:
    teams = raw_layers()["teams"]
    county = county_of(teams=teams[teams["kind"] == "city"], stays=raw_layers()["stays"].iloc[:0])
    village = judged(county, night(20), team="C01")
    assert (StayState.NO_TEAM, 0, None) == (village.state, village.shortfall, village.team_id)


def test_a_stay_of_a_team_that_is_not_known_is_nobodys(small_county: SmallCounty) -> None:
    assert 0 == judged(small_county, night(20), team="ghost").nights


def test_nights_before_an_assignment_began_do_not_count() -> None:
    teams = raw_layers()["teams"]
    teams.loc[teams["team_id"] == "T01", "assigned_from"] = date(2022, 12, 21)
    village = judged(county_of(teams=teams), night(20), night(21))
    assert (1, (date(2022, 12, 21),)) == (village.nights, village.evenings)


# What can still be done


@pytest.mark.parametrize(
    ("state", "left", "at"),
    [
        (StayState.CURABLE, 7, "2022-12-19T00:00"),
        (StayState.CURABLE, 7, "2022-12-19T08:00"),
        (StayState.CURABLE, 2, "2022-12-24T12:00"),
        (StayState.CURABLE, 2, "2022-12-25T00:00"),  # 24:00 of Saturday is still in time
        (StayState.LOST, 1, "2022-12-25T00:00:01"),
        (StayState.LOST, 1, "2022-12-26T00:00"),
        (StayState.LOST, 0, "2022-12-26T00:01"),
        (StayState.LOST, 0, "2022-12-27T08:00"),
    ],
)
def test_what_is_owed_is_curable_while_enough_evenings_are_left(
    state: StayState, left: int, at: str, small_county: SmallCounty
) -> None:
    village = judged(small_county, at=parse_instant(at), record=Record(FIRST_EVENING, parse_instant(at)))
    assert (state, left, 2) == (village.state, village.nights_left, village.shortfall)


@pytest.mark.parametrize(
    ("nights", "left", "at"),
    [
        (1, 1, "2022-12-25T20:00"),
        (1, 1, "2022-12-26T03:00"),  # under way
        (1, 1, "2022-12-26T04:59:59"),
        (2, 0, "2022-12-26T05:00"),  # kept
    ],
)
def test_a_night_that_is_being_spent_is_left_until_five_and_kept_from_then_on(
    nights: int, left: int, at: str, small_county: SmallCounty
) -> None:
    village = judged(small_county, night(20), night(25), at=parse_instant(at))
    assert (nights, left) == (village.nights, village.nights_left)
    assert village.state in (StayState.MET, StayState.CURABLE)


@pytest.mark.parametrize("evening", range(19, 26))
def test_a_night_that_is_being_spent_is_left_on_every_evening_of_the_week(
    evening: int, small_county: SmallCounty
) -> None:
    # At 02:00 nobody knows yet that the member will leave at 04:30.
    midnight = datetime(2022, 12, evening, tzinfo=CHINA) + timedelta(days=1)
    presence = ((midnight - timedelta(hours=2)).isoformat(), (midnight + timedelta(hours=4, minutes=30)).isoformat())
    with_him = judged(small_county, presence, at=midnight + timedelta(hours=2))
    without = judged(small_county, at=midnight + timedelta(hours=2))
    assert 1 == with_him.nights_left - without.nights_left


def test_a_member_who_left_at_the_very_instant_is_gone(small_county: SmallCounty) -> None:
    presence = ("2022-12-25T21:00", "2022-12-26T02:00")
    lefts = [
        judged(small_county, presence, at=parse_instant(f"2022-12-26T{clock}")).nights_left
        for clock in ("01:59:59", "02:00")
    ]
    assert [1, 0] == lefts


def test_nothing_that_happened_after_the_instant_asked_about_is_counted(small_county: SmallCounty) -> None:
    village = judged(small_county, night(20), night(22), at=parse_instant("2022-12-21T12:00"))
    assert (StayState.CURABLE, 1, 5) == (village.state, village.nights, village.nights_left)


def test_a_naive_instant_is_local(small_county: SmallCounty) -> None:
    naive = datetime(2022, 12, 23, 10)  # noqa: DTZ001
    coverage = stay_coverage(small_county.atlas, small_county.board, WEEK, at=naive)
    assert AS_OF == coverage.at
    assert dict(small_county.expected_states) == {v.village_code: v.state for v in coverage.villages}


# Partial weeks


@pytest.mark.parametrize(
    ("state", "first", "last"),
    [
        (StayState.NOT_ASSESSED, date(2022, 12, 23), None),  # Friday to Sunday
        (StayState.LOST, date(2022, 12, 22), None),  # four days
        (StayState.NOT_ASSESSED, None, date(2022, 12, 21)),
        (StayState.LOST, None, date(2022, 12, 22)),
        (StayState.NOT_ASSESSED, date(2022, 12, 25), date(2023, 1, 31)),
        (StayState.NO_TEAM, date(2022, 12, 26), None),
        (StayState.NO_TEAM, None, date(2022, 12, 18)),
    ],
)
def test_r12_an_assignment_of_fewer_than_four_days_is_not_assessed(
    state: StayState, first: date | None, last: date | None
) -> None:
    teams = raw_layers()["teams"]
    for column, day in (("assigned_from", first), ("assigned_to", last)):
        teams[column] = [
            day if team == "T01" else given for team, given in zip(teams["team_id"], teams[column], strict=True)
        ]
    village = judged(county_of(teams=teams))
    assert state == village.state
    if state is StayState.NOT_ASSESSED:
        assert (0, True) == (village.shortfall, "R12" in village.reason)


def test_two_nights_of_a_team_that_is_not_assessed_do_not_meet_the_week() -> None:
    teams = raw_layers()["teams"]
    teams.loc[teams["team_id"] == "T01", "assigned_to"] = date(2022, 12, 21)
    village = judged(county_of(teams=teams), night(19), night(20))
    assert (StayState.NOT_ASSESSED, 2) == (village.state, village.nights)


# The record


@pytest.mark.parametrize(
    ("expected", "record"),
    [
        (StayState.NO_DATA, Record(date(2022, 12, 26), NEVER_MIND)),  # the week is before the record
        (StayState.NO_DATA, Record(FIRST_EVENING, datetime(2022, 12, 18, 23, tzinfo=CHINA))),  # and after it
        (StayState.NO_DATA, Record(date(2022, 12, 25), NEVER_MIND)),  # six nights are unknown
        (StayState.NO_DATA, Record(date(2022, 12, 21), NEVER_MIND)),  # two are
        (StayState.LOST, Record(date(2022, 12, 20), NEVER_MIND)),  # one is: it could not make up for two
        (StayState.LOST, Record(FIRST_EVENING, datetime(2022, 12, 25, 5, tzinfo=CHINA))),
        (StayState.NO_DATA, Record(FIRST_EVENING, datetime(2022, 12, 25, 4, 59, tzinfo=CHINA))),
    ],
)
def test_a_night_outside_the_record_never_makes_a_village_lost(
    expected: StayState, record: Record, small_county: SmallCounty
) -> None:
    assert expected == judged(small_county, record=record).state


def test_without_any_stay_every_village_has_no_data(small_county: SmallCounty) -> None:
    board = fold_frames(small_county.atlas, None, None, AS_OF)
    coverage = stay_coverage(small_county.atlas, board, WEEK, at=AS_OF)
    assert {StayState.NO_DATA} == {village.state for village in coverage.villages}
    assert {"the week is outside the record of stays"} == {village.reason for village in coverage.villages}


def test_nights_that_are_known_meet_a_week_that_is_only_partly_recorded(small_county: SmallCounty) -> None:
    village = judged(small_county, night(24), night(25), record=Record(date(2022, 12, 24), NEVER_MIND))
    assert StayState.MET == village.state


def test_a_night_that_was_kept_outside_the_record_is_not_unknown_as_well(small_county: SmallCounty) -> None:
    village = judged(small_county, night(19), record=Record(date(2022, 12, 20), NEVER_MIND))
    assert (StayState.LOST, 1) == (village.state, village.nights)


@pytest.mark.parametrize("week", [Week(1, 1), Week(1900, 1), Week(9999, 51)])
def test_a_week_at_the_end_of_time_has_no_data(week: Week, small_county: SmallCounty) -> None:
    coverage = stay_coverage(small_county.atlas, small_county.board, week, at=AS_OF)
    assert {StayState.NO_DATA: 12} == {state: count for state, count in coverage.counts.items() if count}


# Rules


def test_the_quota_the_night_and_the_assessment_are_settings(small_county: SmallCounty) -> None:
    assert StayState.MET == judged(small_county, night(20), rules=StayRules(quota_nights=1)).state
    assert StayState.MET == judged(small_county, rules=StayRules(quota_nights=0)).state
    early = ("2022-12-20T21:00", "2022-12-21T04:30")
    assert 1 == judged(small_county, early, rules=StayRules(night=NightRules(until_hour=4))).nights
    assert StayState.NOT_ASSESSED == judged(small_county, rules=StayRules(assessed_from_days=8)).state


def test_of_two_township_teams_the_better_one_speaks_for_the_village() -> None:
    teams = raw_layers()["teams"]
    teams.loc[teams["team_id"] == "T02", "village_code"] = HOME
    county = county_of(teams=teams)
    rows = [stay("S1", "T01", "a", HOME, *night(20)), stay("S2", "T02", "b", HOME, *night(20))]
    both = of(stay_coverage(county.atlas, on_board(county, rows), W51, at=NEVER_MIND), HOME)
    assert (StayState.LOST, 1) == (both.state, both.nights)  # one night of each is not two of one
    rows.append(stay("S3", "T02", "b", HOME, *night(22)))
    better = of(stay_coverage(county.atlas, on_board(county, rows), W51, at=NEVER_MIND), HOME)
    assert (StayState.MET, "T02") == (better.state, better.team_id)


def test_of_two_teams_in_one_state_the_one_with_more_nights_speaks() -> None:
    teams = raw_layers()["teams"]
    teams.loc[teams["team_id"] == "T02", "village_code"] = HOME
    county = county_of(teams=teams)
    board = on_board(county, [stay("S1", "T02", "b", HOME, *night(20))])
    village = of(stay_coverage(county.atlas, board, W51, at=NEVER_MIND), HOME)
    assert (StayState.LOST, 1, "T02") == (village.state, village.nights, village.team_id)


def test_counts_name_every_state(small_county: SmallCounty) -> None:
    counts = stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF).counts
    assert set(StayState) == set(counts)
    assert 12 == sum(counts.values())
    assert (1, 8, 1, 1, 1, 0) == tuple(
        counts[StayState(word)] for word in ("met", "curable", "lost", "not_assessed", "no_team", "no_data")
    )


def test_villages_come_in_the_order_of_their_codes_with_their_words(small_county: SmallCounty) -> None:
    coverage = stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF)
    assert village_codes() == [village.village_code for village in coverage.villages]
    first = coverage.villages[0]
    assert ("村001001", "431381001", "镇001", 100, 2) == (
        first.village_name,
        first.town_code,
        first.town_name,
        first.population,
        first.quota,
    )
    assert (WEEK, AS_OF, small_county.atlas.provenance) == (coverage.week, coverage.at, coverage.provenance)


# The rules read aloud, against random registers

VILLAGES = village_codes()[:3]


@st.composite
def registers(draw: st.DrawFn) -> tuple[list[oracles.TeamRow], list[oracles.StayRow], Record | None]:
    """A few teams in three villages, their stays, and a span that the record covers."""
    teams = draw(strategies.team_rows([f"T{n:02d}" for n in range(1, 7)], VILLAGES))
    stays = draw(st.lists(strategies.stay_rows(teams, VILLAGES), max_size=14))
    spans = st.builds(Record, strategies.days, strategies.instants)
    return teams, stays, draw(st.one_of(st.none(), st.just(Record(FIRST_EVENING, NEVER_MIND)), spans))


def board_of(
    county: SmallCounty, teams: list[oracles.TeamRow], stays: list[oracles.StayRow], record: Record | None
) -> Board:
    """The county's board with only these teams in service, as they are drawn."""
    rows = [
        stay(
            f"S{n:03d}",
            one.team_id,
            f"m{n}",  # each stay has a member of its own, so that none overlap
            one.village_code,
            one.check_in.isoformat(),
            one.check_out.isoformat() if one.check_out else None,
        )
        for n, one in enumerate(stays)
    ]
    board = fold_frames(county.atlas, check(table(rows), LAYERS["stays"]) if rows else None, None, None)
    drawn = {team.team_id: team for team in teams}
    ids = board.teams.ids
    gone = np.datetime64("1900-01-01", "D")
    first = [drawn[i].assigned_from or date.min if i in drawn else gone for i in ids]
    last = [drawn[i].assigned_to or date.max if i in drawn else gone for i in ids]
    changed = replace(
        board.teams,
        village_codes=tuple(drawn[i].village_code if i in drawn else HOME for i in ids),
        kinds=tuple(TeamKind.TOWNSHIP if i in drawn and drawn[i].is_township else TeamKind.CITY for i in ids),
        assigned_from=np.array(first, dtype="datetime64[D]"),
        assigned_to=np.array(last, dtype="datetime64[D]"),
    )
    return replace(board, teams=changed, record=record)


@given(registers(), strategies.instants, st.sampled_from([W50, W51, W52]))
def test_states_equal_the_rules_read_aloud(
    small_county: SmallCounty,
    register: tuple[list[oracles.TeamRow], list[oracles.StayRow], Record | None],
    at: datetime,
    week: Week,
) -> None:
    teams, stays, record = register
    span = (record.first_evening, record.until) if record else None
    expected = oracles.stay_states(VILLAGES, teams, stays, span, week.monday, at)
    coverage = stay_coverage(small_county.atlas, board_of(small_county, teams, stays, record), week, at=at)
    assert expected == {
        code: oracles.VillageWeek(found.state, found.evenings, found.nights_left, found.shortfall)
        for code in VILLAGES
        for found in [of(coverage, code)]
    }
    assert all(village.nights == len(village.evenings) for village in coverage.villages)


_GOODNESS = ["no_team", "not_assessed", "exempt", "lost", "no_data", "curable", "met"]


@given(registers(), strategies.instants, st.data())
def test_another_night_never_makes_a_village_worse(
    small_county: SmallCounty,
    register: tuple[list[oracles.TeamRow], list[oracles.StayRow], Record | None],
    at: datetime,
    data: Any,
) -> None:
    teams, stays, record = register
    more = [*stays, data.draw(strategies.stay_rows(teams, VILLAGES))]
    before, after = (
        stay_coverage(small_county.atlas, board_of(small_county, teams, some, record), W51, at=at)
        for some in (stays, more)
    )
    for old, new in zip(before.villages, after.villages, strict=True):
        assert _GOODNESS.index(old.state) <= _GOODNESS.index(new.state)
        assert old.nights <= new.nights or new.team_id != old.team_id


@given(registers(), strategies.instants)
def test_what_is_lost_stays_lost_while_time_passes(
    small_county: SmallCounty,
    register: tuple[list[oracles.TeamRow], list[oracles.StayRow], Record | None],
    at: datetime,
) -> None:
    teams, stays, _ = register
    board = board_of(small_county, teams, stays, Record(FIRST_EVENING, NEVER_MIND))
    lost = [
        {
            v.village_code
            for v in stay_coverage(small_county.atlas, board, W51, at=instant).villages
            if v.state == "lost"
        }
        for instant in (at, at + timedelta(hours=7), NEVER_MIND)
    ]
    assert lost[0] <= lost[1] <= lost[2]
