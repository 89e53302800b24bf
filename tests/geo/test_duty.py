"""Who is on duty and where: R03-R05, R04a, R14-R17, R15a and R15b by number, and the worked examples (f) and (i).

The teams of the small county stand at their villages' stations; its city teams have the headquarters as their base, at
(111.46, 27.67), its township teams the post of their town.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.atlas import Atlas
from geo.board import Board, fold, recorded
from geo.calendar import CHINA, DAY, WorkCalendar
from geo.duty import Availability, availability, is_required, next_duty
from geo.events import (
    Assignment,
    CheckIn,
    CheckOut,
    Commitment,
    CommitmentEnded,
    Correction,
    Draft,
    Event,
    IncidentOpened,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
)
from geo.nearest import nearest, nearest_bulk
from geo.reach import reach_coverage
from geo.reinforce import reinforce
from geo.rules import DutyRules
from geo.store import open_county
from geo.terms import Available, Basis, DonorTier, DutyState, IncidentKind, PlacedBy, RosterAction, TeamKind
from tests.county import AS_OF, SmallCounty, centre, village_codes

HOME, NEXT = "431381001001", "431381001002"
HEADQUARTERS = (111.46, 27.67)
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
RULES, CALENDAR = DutyRules(), WorkCalendar()


def at(text: str) -> datetime:
    """An instant of December 2022 (23T10:00), or of any month (2022-11-27T04:00)."""
    return datetime.fromisoformat(text if text.startswith("2") and text[4:5] == "-" else f"2022-12-{text}").replace(
        tzinfo=CHINA
    )


def check_in(when: str, code: str = HOME, *, team: str = "T01", member: str = "m1") -> Draft:
    """A check-in at a village's station."""
    place = centre(code)
    who = {"team_id": team, "member_id": member}
    return Draft.of(CheckIn(**who, lon=place.x, lat=place.y, crs="EPSG:4326", device_time=at(when)))


def check_out(when: str, *, team: str = "T01", member: str = "m1") -> Draft:
    return Draft.of(CheckOut(team_id=team, member_id=member, device_time=at(when)))


def night(evening: str, code: str = HOME, *, team: str = "T01", member: str | None = "m1") -> Draft:
    """A night on paper, which stands for 20:00 to 08:00."""
    who = {"team_id": team, "member_id": member}
    return Draft.of(StayDeclared(**who, village_code=code, night=date.fromisoformat(f"2022-12-{evening}")))


def placed(county: SmallCounty, when: str, *drafts: Draft) -> Availability:
    return availability(county.atlas, board_after(county, *drafts), at(when))


def board_after(county: SmallCounty, *drafts: Draft) -> Board:
    return fold(county.atlas, recorded(drafts, at("2023-12-31T10:00")))


def told(found: Availability, team: str) -> tuple[str, str]:
    """A team's state and what placed it."""
    position = found.teams.position[team]
    return found.states[position].value, found.placed_by[position].value


def where(found: Availability, team: str) -> tuple[float, float]:
    position = found.teams.position[team]
    return float(found.lon[position]), float(found.lat[position])


# Which days are duty days


@pytest.mark.parametrize(
    ("day", "city", "township"),
    [
        ("2022-12-19", True, True),  # Monday
        ("2022-12-20", False, True),
        ("2022-12-21", True, True),
        ("2022-12-23", True, True),
        ("2022-12-24", False, False),  # Saturday
        ("2022-10-03", False, False),  # National Day week, a Monday
        ("2022-10-08", False, True),  # make-up Saturday
        ("2022-10-09", False, True),  # make-up Sunday
        ("2027-03-01", None, None),  # R04a: nobody knows the year
    ],
)
def test_r04_r04a_r05_duty_days_of_both_kinds(day: str, city: bool | None, township: bool | None) -> None:
    kinds = (TeamKind.CITY, TeamKind.TOWNSHIP)
    found = tuple(is_required(CALENDAR, RULES, kind, date.fromisoformat(day)) for kind in kinds)
    assert (city, township) == found


def test_r04_make_up_days_and_other_weekdays_are_settings() -> None:
    makeup, tuesday = date(2022, 10, 8), date(2022, 12, 20)
    assert is_required(CALENDAR, replace(RULES, makeup_counts_for_city=True), TeamKind.CITY, makeup)
    assert is_required(CALENDAR, replace(RULES, city_weekdays=(2,)), TeamKind.CITY, tuesday)
    known = WorkCalendar(MappingProxyType({tuesday: False}))
    assert not is_required(known, replace(RULES, city_weekdays=(2,)), TeamKind.CITY, tuesday)


def test_example_f_in_the_week_of_national_day_townships_owe_saturday_and_sunday_and_cities_nothing() -> None:
    week = [date(2022, 10, 3) + DAY * offset for offset in range(7)]
    assert [] == [day for day in week if is_required(CALENDAR, RULES, TeamKind.CITY, day)]
    townships = [day for day in week if is_required(CALENDAR, RULES, TeamKind.TOWNSHIP, day)]
    assert [date(2022, 10, 8), date(2022, 10, 9)] == townships


def test_example_f_availability_follows_it(small_county: SmallCounty) -> None:
    states = [told(placed(small_county, f"2022-10-{day:02d}T10:00"), "T01")[0] for day in range(3, 10)]
    assert ["recall"] * 5 + ["on_duty"] * 2 == states
    states = [told(placed(small_county, f"2022-10-{day:02d}T10:00"), "C01")[0] for day in range(3, 10)]
    assert ["recall"] * 7 == states


# Where a team is


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("23T07:59:59", ("recall", "base")),
        ("23T08:00", ("on_duty", "station")),
        ("23T17:59:59", ("on_duty", "station")),
        ("23T18:00", ("recall", "base")),
        ("24T10:00", ("recall", "base")),
    ],
)
def test_r15a_on_a_duty_day_a_team_is_at_its_station_from_8_to_18(
    small_county: SmallCounty, when: str, expected: tuple[str, str]
) -> None:
    found = placed(small_county, when)
    assert expected == told(found, "C01")
    station = centre(HOME)
    assert ((station.x, station.y) if expected[1] == "station" else HEADQUARTERS) == where(found, "C01")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("21T19:59:59", ("recall", "base")),
        ("21T20:00", ("on_duty", "station")),
        ("22T00:00", ("on_duty", "station")),
        ("22T07:59:59", ("on_duty", "station")),
        ("22T20:00", ("recall", "base")),  # the next night nobody stayed
    ],
)
def test_r15a_in_a_counted_night_a_team_is_at_its_station_from_20_to_8(
    small_county: SmallCounty, when: str, expected: tuple[str, str]
) -> None:
    who = {"team": "T02", "member": "m2"}
    found = placed(small_county, when, check_in("21T19:00", NEXT, **who), check_out("22T05:00", **who))
    assert expected == told(found, "T02")
    there = centre(NEXT if expected[1] == "station" else HOME)  # the post of the town stands in its first village
    assert (there.x, there.y) == where(found, "T02")


@pytest.mark.parametrize(
    ("drafts", "expected"),
    [
        ([check_in("21T19:00"), check_out("22T04:59")], "recall"),  # no night by R07
        ([check_in("21T19:00", NEXT), check_out("22T06:00")], "recall"),  # another village
        ([check_in("22T00:00"), check_out("22T06:00")], "on_duty"),  # check-in at 24:00
        ([check_in("22T00:01"), check_out("22T06:00")], "recall"),  # too late for the night, and no longer new
        ([check_in("21T09:00")], "on_duty"),  # never checked out: good for its first night
        ([check_in("20T19:00")], "recall"),  # but not for the second
        ([check_in("20T19:00"), check_out("22T06:00")], "on_duty"),  # two nights with a check-out
        ([night("21", member=None)], "on_duty"),
        ([night("20"), night("22")], "recall"),
    ],
)
def test_r07_r15a_which_nights_place_a_team_at_its_station(
    small_county: SmallCounty, drafts: list[Draft], expected: str
) -> None:
    assert expected == told(placed(small_county, "22T03:00", *drafts), "T01")[0]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("24T09:59:59", ("recall", "base")),
        ("24T10:00", ("on_duty", "check_in")),
        ("24T10:29:59", ("on_duty", "check_in")),
        ("24T10:30", ("recall", "base")),  # younger than 30 minutes
    ],
)
def test_r15a_a_check_in_places_a_team_for_thirty_minutes(
    small_county: SmallCounty, when: str, expected: tuple[str, str]
) -> None:
    found = placed(small_county, when, check_in("24T10:00", NEXT))
    assert expected == told(found, "T01")
    if expected[1] == "check_in":
        assert (centre(NEXT).x, centre(NEXT).y) == where(found, "T01")


def test_r15a_the_last_check_in_counts_and_none_that_was_checked_out(small_county: SmallCounty) -> None:
    first, second = check_in("24T10:00", NEXT), check_in("24T10:10", "431381100001", member="m2")
    both = placed(small_county, "24T10:20", first, second)
    assert (centre("431381100001").x, centre("431381100001").y) == where(both, "T01")
    left = placed(small_county, "24T10:20", first, second, check_out("24T10:15", member="m2"))
    assert (centre(NEXT).x, centre(NEXT).y) == where(left, "T01")
    assert ("recall", "base") == told(placed(small_county, "24T10:20", first, check_out("24T10:15")), "T01")


def test_r15a_an_assignment_moves_the_station(small_county: SmallCounty) -> None:
    moved = Draft.of(Assignment(team_id="C01", village_code="431381100201", first_day=date(2022, 12, 20)))
    found = placed(small_county, "23T10:00", moved)
    station = centre("431381100201")
    assert (station.x, station.y) == pytest.approx(where(found, "C01"))
    assert "431381100201" == found.village_code(found.teams.position["C01"])
    answer = nearest(small_county.atlas, board_after(small_county, moved), station.x, station.y, at=at("23T10:00"), k=1)
    assert ("C01", "431381100201", 0.0) == (
        answer.teams[0].team_id,
        answer.teams[0].village_code,
        round(answer.teams[0].distance_m, 3),
    )


def test_r04a_in_an_unknown_year_a_team_that_no_night_and_no_check_in_places_is_recalled_and_says_why(
    small_county: SmallCounty,
) -> None:
    drafts = [check_in("2027-03-01T09:50", team="C02", member="c"), check_in("2027-02-28T21:00")]
    board = fold(small_county.atlas, recorded(drafts, at("2027-12-31T10:00")))
    by_day = availability(small_county.atlas, board, at("2027-03-01T10:00"))
    assert ("unknown_calendar", "base") == told(by_day, "T01")
    assert ("on_duty", "check_in") == told(by_day, "C02")
    assert by_day.recalled[board.teams.position["T01"]]
    by_night = availability(small_county.atlas, board, at("2027-03-01T03:00"))
    assert ("on_duty", "station") == told(by_night, "T01")
    now = by_day.counting(Available.NOW)
    why = now.why_not(board.teams.position["T01"], at("2027-03-01T10:00"))
    assert "off duty as far as is known: the workdays of 2027 are not (R04a)" == why


# Who counts


def test_r15_leave_reserve_commitment_and_no_members_take_a_team_out(small_county: SmallCounty) -> None:
    who = [f"m{number}" for number in range(3)]
    day = date(2022, 12, 23)
    drafts = [Draft.of(Leave(team_id="C01", member_id=one, first_day=day, last_day=day)) for one in who]
    kept = RosterAction.RESERVED
    drafts += [Draft.of(RosterChange(team_id="C02", member_id=one, change=kept, day=day)) for one in who]
    fire = IncidentOpened(incident_id="I9", kind=IncidentKind.FOREST_FIRE, lon=111.41, lat=27.68)
    drafts += [Draft.of(fire, at("23T09:00")), Draft.of(Commitment(incident_id="I9", team_id="C03"), at("23T09:30"))]
    drafts += [Draft.of(RosterChange(team_id="C04", member_id="x", change=RosterAction.JOINED, day=date(2022, 12, 24)))]
    found = placed(small_county, "23T10:00", *drafts)
    teams = ("C01", "C02", "C03", "C04", "C05")
    assert ["on_leave", "reserve", "committed", "no_members", "on_duty"] == [told(found, team)[0] for team in teams]
    position = found.teams.position
    assert [False] * 4 + [True] == [bool(found.allowed()[position[team]]) for team in teams]
    assert [
        "its members are on leave",
        "its members are kept back in reserve",
        "committed to incident I9 since 09:30",
        "it has no members",
    ] == [found.why_not(position[team], at("23T10:00")) for team in teams[:4]]
    # R15b: on leave or in reserve a team is never recalled.
    off = placed(small_county, "23T19:00", *drafts)
    assert [False, False, False, False, True] == [bool(off.allowed()[position[team]]) for team in teams]


def test_r15_in_emergency_everybody_counts_in_the_order_s_villages_and_nowhere_else(small_county: SmallCounty) -> None:
    order = Draft.of(Mobilisation(order_id="1", scope=("431381001",), cause="暴雨"), at("24T04:00"))
    over = Draft.of(MobilisationEnded(order_id="1"), at("24T12:00"))
    for when, expected in (("24T03:59:59", "recall"), ("24T04:00", "on_duty"), ("24T12:00", "recall")):
        found = placed(small_county, when, order, over)
        assert (expected, "base") == told(found, "C01")
        assert ("recall", "base") == told(found, "C09")  # another town
    held = Draft.of(Leave(team_id="C01", member_id="m", first_day=date(2022, 12, 24), last_day=date(2022, 12, 24)))
    kept = RosterChange(team_id="C01", member_id="n", change=RosterAction.RESERVED, day=date(2022, 12, 1))
    found = placed(small_county, "24T05:00", order, held, Draft.of(kept))
    assert 1 == found.members[found.teams.position["C01"]]  # all members minus reserve minus leave


def test_r15b_a_recalled_team_counts_from_its_base_with_the_longer_notice_and_is_marked(
    small_county: SmallCounty,
) -> None:
    atlas, board, when = small_county.atlas, small_county.board, at("24T10:00")
    answer = nearest(atlas, board, *HEADQUARTERS, at=when, k=12, kind=TeamKind.CITY)
    assert {(True, PlacedBy.BASE, DutyState.RECALL)} == {(t.recall, t.placed_by, t.state) for t in answer.teams}
    assert {1800.0} == {team.arrival.notice_s for team in answer.teams if team.arrival}
    on_duty = nearest(atlas, board, *HEADQUARTERS, at=AS_OF, k=3)
    assert {(False, PlacedBy.STATION)} == {(team.recall, team.placed_by) for team in on_duty.teams}
    assert {900.0} == {team.arrival.notice_s for team in on_duty.teams if team.arrival}


def test_r15b_now_leaves_recalled_teams_out_and_says_from_when_they_are_on_duty(small_county: SmallCounty) -> None:
    atlas = small_county.atlas
    board = fold(atlas, recorded([check_in("24T09:50", "431381100201", team="C12", member="c")], at("24T10:00")))
    answer = nearest(atlas, board, *HEADQUARTERS, at=at("24T10:00"), k=1, available=Available.NOW)
    assert ["C12"] == [team.team_id for team in answer.teams]
    assert {("recall", "off duty, from Monday 08:00", at("26T08:00"))} == {
        (one.state.value, one.reason, one.on_duty_from) for one in answer.passed_over
    }
    nobody = nearest(atlas, small_county.board, *HEADQUARTERS, at=at("24T10:00"), available=Available.NOW)
    assert "none of 24 teams counts: no on-duty team(s)" == nobody.reason


@pytest.mark.parametrize(
    ("kind", "when", "expected"),
    [
        ("city", "23T19:00", "off duty, from Monday 08:00"),
        ("city", "26T07:00", "off duty, from Monday 08:00"),
        ("township", "2022-09-30T18:00", "off duty, from Saturday 2022-10-08 08:00"),
        ("city", "2022-09-30T18:00", "off duty, from Monday 2022-10-10 08:00"),
        ("city", "2026-12-31T20:00", "off duty, until when the calendar does not tell"),
    ],
)
def test_r15b_the_next_duty_day_in_words(small_county: SmallCounty, kind: str, when: str, expected: str) -> None:
    found = placed(small_county, when).counting(Available.NOW)
    assert expected == found.why_not(found.teams.position["C01" if kind == "city" else "T01"], at(when))


def test_stationed_counts_every_assigned_team_at_its_station_at_any_hour(small_county: SmallCounty) -> None:
    found = placed(small_county, "24T03:00", check_in("24T02:50", NEXT)).counting(Available.STATIONED)
    assert {PlacedBy.STATION} == set(found.placed_by)
    assert found.lon.tolist() == found.teams.places.lon.tolist()
    assert found.allowed().tolist() == found.teams.allowed(at("24T03:00"), None, None).tolist()
    assert not found.recalled.any()


def test_bulk_and_reach_count_the_same_teams_as_a_single_question(small_county: SmallCounty) -> None:
    atlas, board, when = small_county.atlas, small_county.board, at("24T10:00")
    lon, lat = np.array([111.41, 111.5]), np.array([27.66, 27.68])
    for available in Available:
        bulk = nearest_bulk(atlas, board, lon, lat, at=when, k=2, available=available, basis=Basis.ROAD)
        assert bulk.arrivals is not None
        for row in range(2):
            alone = nearest(atlas, board, lon[row], lat[row], at=when, k=2, available=available, basis=Basis.ROAD)
            ids = [board.teams.position[team.team_id] for team in alone.teams]
            assert ids == [one for one in bulk.neighbours.positions[row].tolist() if one >= 0]
            times = [team.arrival.arrival_s for team in alone.teams if team.arrival]
            assert times == [ms / 1000 for ms in bulk.arrivals.arrival_ms[row].tolist() if ms >= 0][: len(times)]
        covered = reach_coverage(atlas, board, at=when, teams=1, available=available)
        expected = {Available.NOW: (0, 0), Available.RECALL: (22, 22), Available.STATIONED: (22, 0)}[available]
        assert expected == (covered.teams_allowed, covered.recalled)
        recalls = {one.recall for village in covered.villages for one in village.arrivals}
        assert recalls <= {available is Available.RECALL}


def test_r19_donors_lend_of_those_who_can_go_and_refused_ones_say_why(small_county: SmallCounty) -> None:
    day = date(2022, 12, 23)
    away = [Draft.of(Leave(team_id="C01", member_id=one, first_day=day, last_day=day)) for one in "abc"]
    away += [Draft.of(Leave(team_id="T01", member_id="a", first_day=day, last_day=day))]
    board = fold(small_county.atlas, recorded(away, AS_OF))
    answer = reinforce(small_county.atlas, board, HOME, at=AS_OF, limit=2)
    assert ("T01", 2, 1, 1, False) == (
        answer.donors[0].team_id,
        answer.donors[0].strength,
        answer.donors[0].lends,
        answer.donors[0].stays,
        answer.donors[0].recall,
    )
    assert [("C01", "its members are on leave")] == [(one.team_id, one.reason) for one in answer.refused]


@pytest.mark.parametrize("available", [Available.NOW, Available.RECALL])
def test_example_i_the_finance_bureau_s_team_that_stays_the_night_is_a_donor_for_its_neighbours(
    available: Available,
) -> None:
    county = open_county(SAMPLE)
    when = datetime(2022, 11, 27, 4, tzinfo=CHINA)
    answer = reinforce(county.atlas, county.board, "431381001006", at=when, limit=50, available=available)
    finance = next(one for one in answer.donors if one.team_id == "C-431381001001")
    assert (DonorTier.ADJACENT_VILLAGE, "市财政局", DutyState.ON_DUTY, PlacedBy.STATION, False) == (
        finance.tier,
        finance.unit,
        finance.state,
        finance.placed_by,
        finance.recall,
    )
    assert finance.arrival is not None
    assert 900 == finance.arrival.notice_s
    tiers = [list(DonorTier).index(one.tier) for one in answer.donors]
    assert sorted(tiers) == tiers
    if available is Available.NOW:
        assert {False} == {one.recall for one in answer.donors}
        assert any(one.reason == "off duty, from Monday 08:00" for one in answer.refused)


# Against the rules written down once more, slowly


@dataclass(frozen=True)
class World:
    """Everything that is recorded and still stands, as it was given."""

    atlas: Atlas
    bodies: Sequence[tuple[int, datetime, Any]]

    def of(self, kind: type) -> Iterator[tuple[int, datetime, Any]]:
        return ((number, when, body) for number, when, body in self.bodies if isinstance(body, kind))


@dataclass(frozen=True)
class Stayed:
    team: str
    village: str | None
    begin: datetime
    checked_out: datetime | None
    left: datetime | None
    place: tuple[float, float] | None


def village_at(lon: float, lat: float) -> str | None:
    """The village whose middle this is."""
    return next((code for code in village_codes() if (centre(code).x, centre(code).y) == (lon, lat)), None)


def stays_of(world: World) -> list[Stayed]:
    """Each presence with its end: its member's next check-out, else their next check-in or declared stay elsewhere."""
    found = []
    for number, begin, body in world.of(CheckIn):
        outs = [when for _, when, out in world.of(CheckOut) if out.member_id == body.member_id and when > begin]
        place, village = (body.lon, body.lat), village_at(body.lon, body.lat)
        ins = [
            (when, n, village is None or village_at(other.lon, other.lat) != village or when - begin >= 2 * DAY)
            for n, when, other in world.of(CheckIn)
            if other.member_id == body.member_id
        ]
        ins += [
            (when, n, True)
            for n, when, other in world.of(StayDeclared)
            if other.member_id == body.member_id and village not in (None, other.village_code)
        ]
        later = [(when, leaves) for when, n, leaves in ins if (when, n) > (begin, number)]
        out = min(outs, default=None)
        left = min([*(when for when, leaves in later if leaves), *outs], default=None)
        if out is not None and any(when < out for when, _ in later):
            out = None
        found.append(Stayed(body.team_id, village, begin, out, left, place))
    for _, begin, body in world.of(StayDeclared):
        end = datetime.combine(body.night + DAY, time(8), CHINA)
        found.append(Stayed(body.team_id, body.village_code, begin, end, end, None))
    return found


def village_of(world: World, team: str, day: date) -> str | None:
    rows = world.atlas.layers["teams"].set_index("team_id").loc[team]
    for _, _, body in reversed(list(world.of(Assignment))):
        if body.team_id == team and body.first_day <= day and (body.last_day is None or day <= body.last_day):
            return str(body.village_code)
    first, last = rows["assigned_from"], rows["assigned_to"]
    serves = (first is None or first <= day) and (last is None or day <= last)
    return str(rows["village_code"]) if serves else None


def keeps_night(world: World, team: str, evening: date) -> bool:
    begins = datetime.combine(evening + DAY, time(), CHINA)
    ends = begins + timedelta(hours=5)
    village = village_of(world, team, evening)
    for one in stays_of(world):
        if one.team != team or one.village is None or one.village != village or one.begin > begins:
            continue
        if one.left is not None and one.left < ends:
            continue
        if one.checked_out is not None or begins - one.begin < DAY:
            return True
    return False


def expected(world: World, team: str, now: datetime) -> tuple[str, str, tuple[float, float], int]:
    """State, what places it, where, and how many can go: the rules read out."""
    day, row = now.date(), world.atlas.layers["teams"].set_index("team_id").loc[team]
    village = village_of(world, team, day)
    away = {
        body.member_id
        for _, _, body in world.of(Leave)
        if body.team_id == team and body.first_day <= day <= body.last_day
    }
    members = max(int(row["strength"]) - len(away), 0)
    fresh = [
        one
        for one in stays_of(world)
        if one.team == team and one.place and one.begin <= now < one.begin + timedelta(minutes=30)
    ]
    fresh = [one for one in fresh if one.left is None or now < one.left]
    required = is_required(CALENDAR, RULES, TeamKind(row["kind"]), day)
    by_day = bool(required) and time(8) <= now.time() < time(18)
    evening = day if now.time() >= time(20) else day - DAY if now.time() < time(8) else None
    by_night = evening is not None and keeps_night(world, team, evening)
    ended = {body.order_id: when for _, when, body in world.of(MobilisationEnded)}
    emergency = any(
        when <= now
        and now < ended.get(body.order_id, now + DAY)
        and any((village or "-").startswith(c) for c in body.scope)
        for _, when, body in world.of(Mobilisation)
    )
    released = [(when, body) for _, when, body in world.of(CommitmentEnded) if body.team_id == team]
    committed = any(
        body.team_id == team
        and when <= now
        and not any(when <= end <= now and one.incident_id == body.incident_id for end, one in released)
        for _, when, body in world.of(Commitment)
    )
    if fresh:
        last = max(fresh, key=lambda one: one.begin)
        placed_by, place = "check_in", last.place or (0.0, 0.0)
    elif by_day or by_night:
        code = village if by_day else village_of(world, team, evening or day)
        placed_by, place = "station", (centre(code or HOME).x, centre(code or HOME).y)
    else:
        stations = world.atlas.layers["stations"].set_index("code").geometry
        placed_by, place = "base", (stations[row["base"]].x, stations[row["base"]].y)
    if village is None:
        state = "not_assigned"
    elif committed:
        state = "committed"
    elif members == 0:
        state = "on_leave"
    elif fresh or by_day or by_night or emergency:
        state = "on_duty"
    else:
        state = "unknown_calendar" if required is None else "recall"
    return state, placed_by, place, members


_TEAMS = ("T01", "C01", "T06", "C09")
_CLOCKS = ("00:00", "00:01", "04:59", "05:00", "07:45", "08:00", "12:00", "17:45", "18:00", "19:00", "20:00", "23:45")
_DAYS = (
    *(f"2022-12-{day}" for day in (*range(20, 26), 31)),
    *("2022-09-30", "2022-10-08", "2022-10-09", "2023-01-01", "2026-12-31", "2027-01-01"),
)
_instant = st.builds(
    lambda day, clock, minutes: at(f"{day}T{clock}") + timedelta(minutes=minutes),
    st.sampled_from(_DAYS),
    st.sampled_from(_CLOCKS),
    st.sampled_from((-30, -29, -1, 0, 0, 0, 1, 29, 30)),
)
_team, _member = st.sampled_from(_TEAMS), st.sampled_from(("a", "b", "c"))
_code = st.sampled_from((HOME, NEXT, "431381001201", "431381002002", "431381100001"))


@st.composite
def _drafts(draw: st.DrawFn) -> Draft:
    team, when, code = draw(_team), draw(_instant), draw(_code)
    who: dict[str, Any] = {"team_id": team, "member_id": f"{team}-{draw(_member)}"}
    place = centre(code)
    until = when.date() + draw(st.integers(0, 2)) * DAY
    match draw(st.integers(0, 11)):
        case 0 | 1 | 2 | 3:
            return Draft.of(CheckIn(**who, lon=place.x, lat=place.y, crs="EPSG:4326", device_time=when))
        case 4 | 5 | 6:
            return Draft.of(CheckOut(**who, device_time=when))
        case 7:
            return Draft.of(StayDeclared(**who, village_code=code, night=when.date()))
        case 8:
            return Draft.of(Leave(**who, first_day=when.date(), last_day=until))
        case 9:
            return Draft.of(Assignment(team_id=team, village_code=code, first_day=when.date(), last_day=until))
        case 10:
            order = {"order_id": draw(st.sampled_from(("1", "2")))}
            scope = (draw(st.sampled_from((code, code[:9], code[:6]))),)
            issue = Mobilisation(**order, scope=scope, cause="x")
            return Draft.of(draw(st.sampled_from((issue, MobilisationEnded(**order)))), when)
        case _:
            sent = {"incident_id": "I1", "team_id": team}
            return Draft.of(draw(st.sampled_from((Commitment(**sent), CommitmentEnded(**sent)))), when)


def sound(drafts: Iterable[Draft]) -> list[Draft]:
    """Of what was drawn what the admission lets stand: an order is issued once and ended once, after its issue."""
    kept: list[Draft] = []
    for draft in drafts:
        body = draft.body
        if isinstance(body, Mobilisation | MobilisationEnded):
            same = [one for one in kept if getattr(one.body, "order_id", None) == body.order_id]
            if (
                isinstance(body, Mobilisation) is not (not same)
                or len(same) > 1
                or any(one.at > draft.at for one in same)
            ):
                continue
        if isinstance(body, CheckIn | CheckOut | StayDeclared):
            own = [one for one in kept if getattr(one.body, "member_id", None) == body.member_id]
            if any(one.at == draft.at for one in own if not isinstance(one.body, Leave)):
                continue  # at one instant a member does one thing
        kept.append(draft)
    return kept


@given(st.lists(_drafts(), max_size=16), st.data())
def test_the_rules_written_down_once_more_say_the_same_after_every_event(
    small_county: SmallCounty, drawn: list[Draft], data: st.DataObject
) -> None:
    atlas, standing = small_county.atlas, dict[int, tuple[int, datetime, Any]]()
    board = fold(atlas, [])
    for number, draft in enumerate(sound(drawn), start=1):
        gone = [one for one in standing if isinstance(standing[one][2], CheckIn | CheckOut | StayDeclared | Leave)]
        if gone and data.draw(st.integers(0, 5)) == 0:
            corrected = data.draw(st.sampled_from(gone))
            del standing[corrected]
            draft = Draft.of(Correction(corrects=corrected, reason="x"), draft.at)
        else:
            standing[number] = number, draft.at, draft.body
        late = at("2028-01-01T00:00")
        board = board.advance([Event(number, late, draft.at, "t", draft.kind, draft.body)])
        if data.draw(st.booleans()):
            _agree(World(atlas, list(standing.values())), board, data.draw(_instant))
    for now in data.draw(st.lists(_instant, min_size=1, max_size=4)):
        _agree(World(atlas, list(standing.values())), board, now)


def _agree(world: World, board: Board, now: datetime) -> None:
    found = availability(world.atlas, board, now)
    assert found.from_at <= now < found.until
    for instant in (now, found.from_at, found.until - timedelta(microseconds=1)):
        for team in _TEAMS:
            position = board.teams.position[team]
            state, placed_by, place, members = expected(world, team, instant)
            assert (state, placed_by, members) == (*told(found, team), int(found.members[position])), (team, instant)
            if state != "not_assigned" or placed_by != "station":
                assert place == pytest.approx(where(found, team), abs=1e-9), (team, instant)


def test_what_is_kept_holds_for_its_span_and_is_the_same_object(small_county: SmallCounty) -> None:
    board = fold(small_county.atlas, [])
    first = availability(small_county.atlas, board, at("23T08:00"))
    assert first is availability(small_county.atlas, board, at("23T17:59:59"))
    assert (at("23T08:00"), at("23T18:00")) == (first.from_at, first.until)
    spans = [availability(small_county.atlas, board, at(f"23T{hour:02d}:00")) for hour in range(24)]
    turns = [one.from_at for one in spans]
    assert [at("23T00:00"), at("23T08:00"), at("23T18:00"), at("23T20:00")] == sorted(set(turns))
    assert all(one is other or one.until == other.from_at for one, other in pairwise(spans))
    newer = board.advance(
        [Event(1, at("23T09:00"), at("23T09:00"), "t", (one := check_in("23T09:00", NEXT)).kind, one.body)]
    )
    assert ("on_duty", "check_in") == told(availability(small_county.atlas, newer, at("23T09:10")), "T01")
    assert ("on_duty", "station") == told(availability(small_county.atlas, board, at("23T09:10")), "T01")


def test_next_duty_ends_with_the_calendar(small_county: SmallCounty) -> None:
    assert at("26T08:00") == next_duty(small_county.atlas, TeamKind.CITY, at("23T08:00"))
    assert next_duty(small_county.atlas, TeamKind.CITY, at("2026-12-30T20:00")) is None
