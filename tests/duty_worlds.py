"""What the property tests of duty draw: records of people, teams and orders around the turns of the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import CHINA, DAY, WorkCalendar
from geo.crs import WGS84
from geo.events import (
    Arrival,
    Assignment,
    Body,
    CheckIn,
    CheckOut,
    Draft,
    Event,
    Exemption,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
)
from geo.terms import RosterAction
from tests.county import centre, village_codes

TEAMS = ("T01", "T02", "T06", "C01")
LEADERS = ("L001", "L002")
VILLAGES = ("431381001001", "431381001002", "431381002002", "431381002001")
NOWHERE = (111.30, 27.60)
"""A place some kilometres outside the county."""
LATE = datetime(2028, 1, 1, tzinfo=CHINA)
TURNS = (
    date(2022, 10, 1),  # National Day and its make-up days on 8 and 9 October
    date(2022, 12, 19),
    date(2022, 12, 26),  # W52, New Year
    date(2024, 2, 1),  # Spring Festival, make-up days on the 4th and the 18th
    date(2024, 2, 19),  # a leap day
    date(2020, 12, 26),  # W53
    date(2026, 12, 21),  # the end of what the calendar knows
)
"""The days from which on a world goes on for two weeks."""

_CLOCKS = ("00:00", "00:01", "04:59", "05:00", "08:00", "09:30", "12:00", "17:59", "18:00", "20:00", "23:59")
_clocks = st.one_of(
    st.sampled_from(_CLOCKS).map(time.fromisoformat),
    st.builds(time, st.integers(0, 23), st.integers(0, 59), st.sampled_from([0, 1])),
)
_steps = st.integers(0, 13)
_members = st.sampled_from("abc")


@dataclass(frozen=True)
class Drawn:
    """A record: drafts in the order they are recorded, from which day on they speak, and the county's own workdays."""

    first: date
    drafts: Sequence[Draft]
    works: dict[date, bool]

    def events(self, recorded_at: datetime) -> list[Event]:
        """All recorded at one instant."""
        return numbered(self.drafts, recorded_at)


def numbered(drafts: Iterable[Draft], recorded_at: datetime, first: int = 1) -> list[Event]:
    """Drafts as recorded events."""
    return [
        Event(number, recorded_at, draft.at, "t", draft.kind, draft.body)
        for number, draft in enumerate(drafts, start=first)
    ]


def board_of(base: Board, atlas: Atlas, events: Sequence[Event], known_until: datetime) -> Board:
    """The Board after these events, over an Atlas that differs from the base's in its calendar or rules alone."""
    return replace(base, atlas=atlas, known_until=known_until, kept={}).advance(events)


def atlas_of(atlas: Atlas, works: dict[date, bool]) -> Atlas:
    """The same county with a table of workdays of its own."""
    return replace(atlas, work_calendar=WorkCalendar(works)) if works else atlas


@st.composite
def instants(draw: st.DrawFn, first: date) -> datetime:
    """An instant of the two weeks, with a leaning to the bounds of nights and duty days."""
    return datetime.combine(first + draw(_steps) * DAY, draw(_clocks), CHINA)


@st.composite
def calendars(draw: st.DrawFn, first: date) -> dict[date, bool]:
    """None of its own, some days of the two weeks, or nearly a whole year (R04a: from 11 days off on it is one)."""
    days = draw(st.dictionaries(_steps.map(lambda step: first + step * DAY), st.booleans(), max_size=4))
    told = draw(st.sampled_from((0, 0, 10, 11)))
    mondays = (date(first.year + 1, 3, 1) + DAY * ahead for ahead in range(200))
    return days | dict.fromkeys([one for one in mondays if one.weekday() == 0][:told], False)


def check_in(team: str, member: str, at: datetime, village: str | None) -> Draft:
    """A check-in at a village's station, or nowhere."""
    lon, lat = NOWHERE if village is None else (centre(village).x, centre(village).y)
    return Draft.of(CheckIn(team_id=team, member_id=member, device_time=at, lon=lon, lat=lat, crs=WGS84))


@st.composite
def presences(draw: st.DrawFn, first: date) -> Sequence[Draft]:
    """One to three members, mostly in the village of their team: signed in, in and out, or on a paper register."""
    team = draw(st.sampled_from((*TEAMS, "T01", "T01", *LEADERS)))
    home = VILLAGES[TEAMS.index(team)] if team in TEAMS else VILLAGES[0]
    village, at = draw(st.sampled_from((home, home, home, *VILLAGES))), draw(instants(first))
    members = [team] if team in LEADERS else [f"{team}-{one}" for one in "abc"[: draw(st.sampled_from((1, 1, 2, 3)))]]
    left = at + draw(st.sampled_from((1, 4, 9, 12, 33, 81))) * timedelta(hours=1)
    nights = draw(st.integers(1, 3))
    manner = draw(st.sampled_from(("in", "out", "both", "both", "both", "paper", "paper", "times", "elsewhere")))
    found: list[Draft] = []
    for member in members:
        who: dict[str, Any] = {"team_id": team, "member_id": member}
        if manner in ("in", "both", "elsewhere"):
            found.append(check_in(team, member, at, None if manner == "elsewhere" else village))
        if manner in ("out", "both"):
            found.append(Draft.of(CheckOut(**who, device_time=left)))
        if manner == "times":
            times = {"check_in": at, "check_out": draw(st.sampled_from((None, left)))}
            found.append(Draft.of(StayDeclared(**who, village_code=village, night=at.date(), **times)))
        if manner == "paper":
            named = who if team in LEADERS else {**who, "member_id": draw(st.sampled_from((member, member, None)))}
            days = [at.date() + DAY * ahead for ahead in range(nights)]
            found += [Draft.of(StayDeclared(**named, village_code=village, night=day)) for day in days]
    return found


@st.composite
def notices(draw: st.DrawFn, first: date, orders: Sequence[str]) -> Sequence[Draft]:
    """Leave, a change of roster, an assignment, an exemption, or what belongs to one of the orders."""
    team, village, at = draw(st.sampled_from(TEAMS)), draw(st.sampled_from(VILLAGES)), draw(instants(first))
    who: dict[str, Any] = {"team_id": team, "member_id": f"{team}-{draw(_members)}"}
    days = {"first_day": at.date(), "last_day": at.date() + draw(st.integers(0, 10)) * DAY}
    one: Body
    match draw(st.integers(0, 7)):
        case 0 | 1:
            names = draw(st.sampled_from(("abc", "abc", "a", "ab")))
            return [Draft.of(Leave(team_id=team, member_id=f"{team}-{name}", **days)) for name in names]
        case 2 | 3:
            one = RosterChange(**who, change=draw(st.sampled_from(RosterAction)), day=at.date())
        case 4:
            one = Assignment(
                team_id=team, village_code=village, **days | draw(st.sampled_from(({}, {"last_day": None})))
            )
        case 5:
            longer = {"last_day": days["last_day"] + 10 * DAY}
            one = Exemption(scope=draw(scopes()), **days | draw(st.sampled_from(({}, longer))), reason="r")
        case _ if orders:
            order = {"order_id": draw(st.sampled_from(orders))}
            report = Arrival(**order, **who, village_code=village)
            return [Draft.of(draw(st.sampled_from((MobilisationEnded(**order), report, report))), at)]
        case _:
            return []
    return [Draft.of(one)]


@st.composite
def scopes(draw: st.DrawFn) -> tuple[str, ...]:
    """A village, its town or the county."""
    village = draw(st.sampled_from(VILLAGES))
    return (village[: draw(st.sampled_from((12, 12, 9, 6)))],)


@st.composite
def worlds(draw: st.DrawFn) -> Drawn:
    """Orders, what senders tell around them in any order, and often somebody who signed in long before."""
    first = draw(st.sampled_from(TURNS))
    issued: list[Draft] = []
    for number in range(draw(st.sampled_from((0, 1, 2)))):
        at = draw(instants(first))
        ends = draw(st.sampled_from((None, None, at + timedelta(hours=1), at + 3 * DAY)))
        issued.append(Draft.of(Mobilisation(order_id=f"O{number}", scope=draw(scopes()), cause="x", ends_at=ends), at))
    names = [f"O{number}" for number in range(len(issued))]
    people = draw(st.lists(presences(first), min_size=draw(st.integers(0, 8)), max_size=14))
    papers = draw(st.lists(notices(first, names), min_size=draw(st.integers(0, 9)), max_size=12))
    told = draw(st.permutations([*people, *papers]))
    long_before = datetime.combine(first - 40 * DAY, time(9), CHINA)
    begun = [check_in(who, who, long_before, VILLAGES[0]) for who in ("T12", LEADERS[1]) if draw(st.booleans())]
    return Drawn(first, [*begun, *issued, *(draft for one in told for draft in one)], draw(calendars(first)))


CENTRES = {(centre(code).x, centre(code).y): code for code in village_codes()}
"""The villages' codes by the places of their stations."""
