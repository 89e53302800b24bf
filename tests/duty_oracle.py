"""R03 to R12, R14, R15 and R17 read aloud over lists of events, for tests: plain loops, and no code that they check.

Only words (`geo.terms`), the bodies of events as data, and chinesecalendar's own question are shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property
from typing import Any

import chinese_calendar

from geo.events import (
    Arrival,
    Assignment,
    CheckIn,
    CheckOut,
    Exemption,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
)

BEIJING = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
BEST_FIRST = ("met", "curable", "no_data", "lost", "exempt", "not_assessed", "no_team")


@dataclass(frozen=True)
class Team:
    """A row of the register."""

    team_id: str
    is_township: bool
    village: str
    first: date | None
    last: date | None
    strength: int


@dataclass(frozen=True)
class Stay:
    """Somebody was there: `out` is the check-out, `left` when they were gone as far as is known."""

    team: str
    member: str | None
    village: str | None
    begin: datetime
    out: datetime | None
    left: datetime | None
    is_declared: bool
    event: int


@dataclass(frozen=True)
class Night:
    """What became of an evening: `kept` by these events, can still be kept, or not known."""

    evening: date
    kept: tuple[int, ...] = ()
    is_left: bool = False
    is_unknown: bool = False


@dataclass(frozen=True)
class Judged:
    """A state, the evenings and events that show it, how many nights are left and owed, and the team it speaks of."""

    state: str
    evenings: tuple[date, ...] = ()
    evidence: tuple[int, ...] = ()
    left: int = 0
    owed: int = 0
    team: str | None = None
    curable_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """The thresholds that the readings take; times of the day are those of DOMAIN.md."""

    quota: int = 2
    from_days: int = 4
    leader_quota: int = 2
    leader_from_days: int = 15
    full: int = 3
    attended_from: int = 1
    weekdays: tuple[int, ...] = (1, 3, 5)
    makeup_counts: bool = False


@dataclass(frozen=True)
class World:
    """What counts of the record as (number, instant, body), the register, and the county's own table of workdays.

    All was recorded at `recorded_at`. `villages` are codes by place; `leaders` are (id, town).
    """

    events: Sequence[tuple[int, datetime, Any]]
    recorded_at: datetime
    teams: Sequence[Team]
    leaders: Sequence[tuple[str, str]]
    villages: Mapping[tuple[float, float], str]
    works: Mapping[date, bool] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def of(self, kind: type) -> Iterator[tuple[int, datetime, Any]]:
        """The events with one kind of body."""
        return (one for one in self.events if isinstance(one[2], kind))

    # The calendar

    def is_workday(self, day: date) -> bool | None:
        """R04a, R05: the county's table, else the published one; None where neither knows the year."""
        if day in self.works:
            return self.works[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            off = [one for one, works in self.works.items() if one.year == day.year and not works and one.weekday() < 5]
            return day.weekday() < 5 if len(off) >= 11 else None

    def is_required(self, team: Team, day: date) -> bool | None:
        """R04, R05."""
        works = self.is_workday(day)
        if not works or team.is_township:
            return works
        return self.rules.makeup_counts if day.weekday() >= 5 else day.isoweekday() in self.rules.weekdays

    # Who was where

    @cached_property
    def stays(self) -> list[Stay]:
        """Every presence with its end. Only where it is in another village does a declared stay end one."""
        begun = []
        for number, at, body in self.of(CheckIn):
            village = self.villages.get((body.lon, body.lat))
            begun.append((min(at, self.recorded_at), number, body, village, None, False))
        for number, at, body in self.of(StayDeclared):
            told = body.check_out
            if told is None and body.check_in is None:
                told = datetime.combine(body.night + DAY, time(8), BEIJING)
            begun.append((at, number, body, body.village_code, told, True))
        found = []
        for begin, number, body, village, told, is_declared in begun:
            out = left = told
            if told is None and body.member_id is not None:
                outs = [
                    min(at, self.recorded_at) for _, at, one in self.of(CheckOut) if one.member_id == body.member_id
                ]
                out = min((at for at in outs if at > begin), default=None)
                nexts = [
                    (at, where, on_paper)
                    for at, n, one, where, _, on_paper in begun
                    if one.member_id == body.member_id
                    and (at, n) > (begin, number)
                    and not (on_paper and village in (None, where))
                ]
                # Whoever checks in again in the same village within two days had not left.
                gone = [
                    at
                    for at, where, on_paper in nexts
                    if on_paper or village is None or where != village or at - begin >= 2 * DAY
                ]
                left = min([*gone, *([] if out is None else [out])], default=None)
                if out is not None and any(at < out for at, _, _ in nexts):
                    out = None
            found.append(Stay(body.team_id, body.member_id, village, begin, out, left, is_declared, number))
        return found

    @cached_property
    def first_evening(self) -> date | None:
        """The evening with which the record begins."""
        return min(((one.begin - timedelta(microseconds=1)).date() for one in self.stays), default=None)

    def village_of(self, team: Team, day: date) -> str | None:
        """Where a team serves: as assigned last, else as registered."""
        for _, _, body in reversed(list(self.of(Assignment))):
            if body.team_id == team.team_id and body.first_day <= day and (body.last_day or date.max) >= day:
                return str(body.village_code)
        serves = (team.first or date.min) <= day <= (team.last or date.max)
        return team.village if serves else None

    def crew(self, team: Team, day: date) -> int:
        """R03, R15: how many can go: the roster, else as many as the register says, less leave and reserve."""
        changes = sorted(
            ((one.day, number, one) for number, _, one in self.of(RosterChange) if one.team_id == team.team_id),
            key=lambda change: change[:2],
        )
        on_leave = {
            one.member_id
            for _, _, one in self.of(Leave)
            if one.team_id == team.team_id and one.first_day <= day <= one.last_day
        }
        standing: dict[str, set[str]] = {"joined": set(), "reserved": set()}
        for _, _, one in changes:
            if one.day <= day:
                group = standing["joined" if one.change in ("joined", "left") else "reserved"]
                (group.add if one.change in standing else group.discard)(one.member_id)
        away = on_leave | standing["reserved"]
        if any(one.change == "joined" for _, _, one in changes):
            return len(standing["joined"] - away)
        return max(team.strength - len(away), 0)

    # Orders and exemptions

    @cached_property
    def orders(self) -> list[tuple[str, tuple[str, ...], datetime, datetime | None]]:
        """Number, scope, T0, and end if known."""
        found = []
        for _, at, body in self.of(Mobilisation):
            ends = [when for _, when, end in self.of(MobilisationEnded) if end.order_id == body.order_id]
            ends += [body.ends_at] if body.ends_at else []
            found.append((body.order_id, body.scope, at, min(ends, default=None)))
        return found

    def is_suspended(self, village: str, day: date) -> bool:
        """R17: whether an order holds there at any minute from 08:00 to 18:00."""
        minutes = [datetime.combine(day, time(8), BEIJING) + timedelta(minutes=minute) for minute in range(600)]
        for _, scope, issued, ends in self.orders:
            begins, over = max(issued, minutes[0]), min(ends or minutes[-1] + DAY, minutes[-1] + timedelta(minutes=1))
            if _within(village, scope) and begins < over:
                return True
        return False

    def is_ordered(self, team: str, village: str | None, evening: date) -> bool:
        """R17: whether an order in force at 24:00 had the team report in that village."""
        reported = {(one.order_id, one.team_id, one.village_code) for _, _, one in self.of(Arrival)}
        midnight = _midnight(evening)
        return any(
            (order_id, team, village) in reported and issued <= midnight and (ends is None or midnight < ends)
            for order_id, _, issued, ends in self.orders
        )

    def is_exempt(self, place: str, day: date) -> bool:
        """R12: whether the headquarters exempted a village, or a whole town, on a day."""
        return any(
            one.first_day <= day <= one.last_day and _within(place, one.scope) for _, _, one in self.of(Exemption)
        )

    # Nights

    def night(self, evening: date, there: Sequence[Stay], at: datetime) -> Night:
        """R07: the night of an evening by the stays in the right place, as seen at `at`."""
        midnight, morning = _midnight(evening), _midnight(evening) + timedelta(hours=5)
        if at < morning:
            return Night(evening, is_left=at <= midnight or any(_being_spent(one, evening, at) for one in there))
        known = self.recorded_at if self.first_evening else at
        kept = tuple(one.event for one in there if _covers(one, evening, known))
        recorded = self.first_evening is not None and self.first_evening <= evening and morning <= self.recorded_at
        return Night(evening, kept, is_unknown=not kept and not recorded)

    def tells_of(self, first: date, last: date) -> bool:
        """Whether the record reaches into a span of evenings."""
        begun = self.first_evening
        return begun is not None and begun <= last and self.recorded_at >= datetime.combine(first, time(), BEIJING)

    # The answers

    def village_week(self, village: str, monday: date, at: datetime) -> Judged:
        """R08, R11, R12: the best of a village's township teams."""
        week = [monday + DAY * ahead for ahead in range(7)]
        if not self.tells_of(week[0], week[-1]):
            return Judged("no_data")
        found = [self._team_week(team, village, week, at) for team in self.teams if team.is_township]
        serving = [one for one in found if one.state != "no_team"]
        if not serving:
            return Judged("no_team")
        best = min(serving, key=lambda one: (BEST_FIRST.index(one.state), -len(one.evenings)))
        cures = tuple(one.team or "" for one in serving if one.curable_by)
        return Judged(
            best.state,
            best.evenings,
            best.evidence,
            best.left,
            best.owed,
            best.team,
            cures if best.state == "curable" else (),
        )

    def _team_week(self, team: Team, village: str, week: Sequence[date], at: datetime) -> Judged:
        days = [day for day in week if self.village_of(team, day) == village]
        nights = [self.night(day, self.there(team, village, day), at) for day in days]
        owing = sum(not self.is_exempt(village, day) for day in days)
        judged = _judged(nights, len(days), owing, self.rules.quota, self.rules.from_days)
        manned = [one for one in nights if one.is_left and self.crew(team, one.evening)]
        able = judged.state == "curable" and len(manned) >= judged.owed
        return Judged(
            judged.state,
            judged.evenings,
            judged.evidence,
            judged.left,
            judged.owed,
            team.team_id,
            (team.team_id,) if able else (),
        )

    def there(self, team: Team, village: str, evening: date) -> list[Stay]:
        """A team's stays where its nights count."""
        return [
            one
            for one in self.stays
            if one.team == team.team_id
            and one.village is not None
            and (one.village == village or self.is_ordered(team.team_id, one.village, evening))
        ]

    def leader_month(self, leader: str, town: str, days: Sequence[date], at: datetime) -> Judged:
        """R10, R12: a leader's own nights anywhere in the town."""
        own = [one for one in self.stays if one.team == one.member == leader and (one.village or "").startswith(town)]
        told = any(one.team == one.member == name for one in self.stays for name, _ in self.leaders)
        is_recorded = told and self.tells_of(days[0], days[-1])
        nights = [self.night(day, own, at) for day in days]
        owing = sum(not self.is_exempt(town, day) for day in days)
        judged = _judged(nights, len(days), owing, self.rules.leader_quota, self.rules.leader_from_days)
        if is_recorded:
            return judged
        return Judged("no_data", judged.evenings, judged.evidence, judged.left)

    def duty_day(self, team: Team, day: date, at: datetime) -> tuple[str, str | None, int, int, tuple[int, ...]]:
        """R03 to R06, R17: state, village, members who came, members who could, and the events that show it."""
        village = self.village_of(team, day)
        there = [one for one in self.stays if one.team == team.team_id and one.village == village is not None]
        shows = [one for one in there if day in _days_of(one, at)]
        named = {one.member for one in shows if one.member is not None}
        members = len(named) or int(bool(shows))
        evidence = tuple(sorted(one.event for one in shows))
        return self._attendance(team, village, day, members, at), village, members, self.crew(team, day), evidence

    def _attendance(self, team: Team, village: str | None, day: date, members: int, at: datetime) -> str:
        required = self.is_required(team, day)
        if village is None:
            return "not_assigned"
        if required is False:
            return "not_required"
        if self.is_suspended(village, day):
            return "suspended"
        if required is None:
            return "unknown_calendar"
        if members >= self.rules.full:
            return "full"
        if members >= self.rules.attended_from:
            return "short"
        if at < _midnight(day):
            return "expected"
        checked_in = [one.begin.date() for one in self.stays if not one.is_declared]
        is_told = bool(checked_in) and min(checked_in) <= day and (self.first_evening or date.max) <= day
        return "absent" if is_told and _midnight(day) <= self.recorded_at else "no_data"


def _midnight(evening: date) -> datetime:
    return datetime.combine(evening + DAY, time(), BEIJING)


def _within(code: str, scope: Sequence[str]) -> bool:
    """Whether a scope holds a village or a town: itself, or what it lies in."""
    return any(code.startswith(one) for one in scope if len(one) in (6, 9, 12))


def _covers(stay: Stay, evening: date, known: datetime) -> bool:
    """R07; a stay without a check-out is good for its first night, as far as the record reaches."""
    midnight, morning = _midnight(evening), _midnight(evening) + timedelta(hours=5)
    if stay.begin > midnight or (stay.left is not None and stay.left < morning):
        return False
    return stay.out is not None or (midnight - DAY < stay.begin and morning <= known)


def _being_spent(stay: Stay, evening: date, at: datetime) -> bool:
    midnight = _midnight(evening)
    if stay.begin > midnight or (stay.left is not None and stay.left <= at):
        return False
    return stay.out is not None or midnight - DAY < stay.begin


def _days_of(stay: Stay, at: datetime) -> set[date]:
    """The days that a stay shows: up to its check-out or `at`; without a check-out the day that it began on."""
    if stay.begin > at:
        return set()
    days, day = {stay.begin.date()}, stay.begin.date() + DAY
    while stay.out is not None and day <= at.date() and datetime.combine(day, time(), BEIJING) < stay.out:
        days.add(day)
        day += DAY
    return days


def _judged(nights: Sequence[Night], days: int, owing: int, quota: int, from_days: int) -> Judged:
    kept = [one for one in nights if one.kept]
    left, unknown = sum(one.is_left for one in nights), sum(one.is_unknown for one in nights)
    owed = max(quota - len(kept), 0)
    if days == 0:
        state = "no_team"
    elif days < from_days:
        state = "not_assessed"
    elif owing < from_days:
        state = "exempt"
    elif owed == 0:
        state = "met"
    elif owed <= left:
        state = "curable"
    elif owed <= left + unknown:
        state = "no_data"
    else:
        state = "lost"
    return Judged(
        state,
        tuple(one.evening for one in kept),
        tuple(sorted({event for one in kept for event in one.kept})),
        left,
        owed if state in ("curable", "lost") else 0,
    )
