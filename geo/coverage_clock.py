"""The coverage clock: hour by hour of a week, how many members can be at each village within two hours by road (R18).

It counts members, not teams: a team of two that comes first and a team of one behind it make three. An hour is judged
by a call at its first instant, with the duty, leave, orders, check-ins and closures that hold then; the two hours run
from the call, notice included. Hours of one week hardly differ: those in which the same members stand at the same
places, with the same closures, are searched once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from operator import is_
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.arrivals import village_places
from geo.atlas import Area, Atlas, Provenance
from geo.board import Board
from geo.calendar import CHINA, Week
from geo.dispatch import Roads, roads_of
from geo.duty import Availability, availability
from geo.network.conditions import Conditions
from geo.network.graph import Ints
from geo.network.snapping import Snaps
from geo.network.sweep import arrivals_at, first_arrivals
from geo.network.walks import with_walks_bulk
from geo.rules import Rules
from geo.terms import Available

HOURS: Final = 7 * 24
_HOUR: Final = timedelta(hours=1)
_MOST_KEPT: Final = 8
_NAME: Final = "coverage clocks"
_NEVER_MS: Final = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class VillageClock:
    """One village's week. `members` are who can be there in time, an hour each, counted up to the full strength.

    `share_one` and `share_full`: of the hours, with at least one member and with the full strength. The worst hour
    begins at `worst_at`: that of the fewest members, of several that in which the last of them comes latest, of several
    the first. `worst_arrival_s` is when that member is there, seconds after the call; None where nobody is.
    """

    area: Area
    members: tuple[int, ...]
    share_one: float
    share_full: float
    worst_at: datetime
    worst_members: int
    worst_arrival_s: float | None


@dataclass(frozen=True, slots=True)
class CountyHour:
    """One hour of the county's strip: villages and people with one member in time, and with the full strength.

    `people` are sums of what is known, None where nothing is. `calendar_known` is false in a year of which the calendar
    does not tell who is on duty (R04a).
    """

    at: datetime
    villages_one: int
    villages_full: int
    people_one: int | None
    people_full: int | None
    calendar_known: bool


@dataclass(frozen=True, slots=True)
class CoverageClock:
    """A week's clock. Without roads nothing is known by road: then `villages` and `hours` are empty.

    `full_strength` is how many members are enough (3), `limit_s` within what time of the call.
    `worst_at` is the county's worst hour: that of the fewest villages with the full strength, then with anyone.
    """

    week: Week
    available: Available
    full_strength: int
    limit_s: int
    villages: tuple[VillageClock, ...]
    hours: tuple[CountyHour, ...]
    worst_at: datetime | None
    reason: str
    provenance: Provenance


def coverage_clock(
    atlas: Atlas, board: Board, week: Week, *, available: Available = Available.NOW, rules: Rules | None = None
) -> CoverageClock:
    """The clock of every village in `week`, villages in the order of their codes; `available` is who counts.

    By default these are the members on duty or in emergency (R15); with those to be recalled (R15b) it tells what a
    call to everybody would bring. What the Board does not know yet is not there: in hours to come nobody has checked
    in, and no night is counted. The answer is kept on the Board as long as nothing that it depends on changes.
    """
    asked, rules = (week, available, rules), rules or atlas.rules
    parts = (atlas, board.present, board.happened, board.duty, board.teams, board.roads)
    of_parts, found = board.kept.get(_NAME, (None, {}))
    if of_parts is None or not all(map(is_, parts, of_parts)):
        found = {}
    clock = found.get(asked) or _made(atlas, board, week, available, rules)
    board.kept[_NAME] = parts, dict([*found.items(), (asked, clock)][-_MOST_KEPT:])
    return replace(clock, provenance=board.provenance)


def _made(atlas: Atlas, board: Board, week: Week, available: Available, rules: Rules) -> CoverageClock:
    full, roads, places = rules.duty.full_strength, roads_of(atlas, board), village_places(atlas).snaps
    begins = [datetime.combine(week.monday, time(), CHINA) + _HOUR * hour for hour in range(HOURS)]
    villages: tuple[VillageClock, ...] = ()
    hours: tuple[CountyHour, ...] = ()
    reason = "the county has no roads"
    if roads is not None and places is not None:
        members, arrival_ms = _Week(atlas, board, roads, available, rules, places, begins).table()
        villages = tuple(
            _village(area, begins, members[row], arrival_ms[row], full) for row, area in enumerate(atlas.villages)
        )
        hours = tuple(_hours(atlas, begins, members, full))
        reason = _reason(villages, full, rules.roads.limit_s)
    worst = min(hours, key=lambda hour: (hour.villages_full, hour.villages_one, hour.at), default=None)
    return CoverageClock(
        week=week,
        available=available,
        full_strength=full,
        limit_s=rules.roads.limit_s,
        villages=villages,
        hours=hours,
        worst_at=None if worst is None else worst.at,
        reason=reason,
        provenance=board.provenance,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Week:
    """The hours of a week, each searched unless one before it was the same."""

    atlas: Atlas
    board: Board
    roads: Roads
    available: Available
    rules: Rules
    places: Snaps
    begins: list[datetime]

    def table(self) -> tuple[Ints, Ints]:
        """Members in time up to the full strength, and when the last of them is there; int32 (villages, hours)."""
        shape = len(self.atlas.villages), len(self.begins)
        members, arrival_ms = np.zeros(shape, dtype=np.int32), np.full(shape, _NEVER_MS, dtype=np.int32)
        known: dict[Hashable, tuple[Ints, Ints]] = {}
        for hour, at in enumerate(self.begins):
            state = _State.of(self, at)
            if state.key not in known:
                known[state.key] = state.search(self)
            members[:, hour], arrival_ms[:, hour] = known[state.key]
        return members, arrival_ms


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What an hour's search depends on: who counts, how many each brings, where they stand, and the roads."""

    placed: Availability
    allowed: npt.NDArray[np.bool_]
    notice_ms: Ints
    conditions: Conditions

    @classmethod
    def of(cls, week: _Week, at: datetime) -> _State:
        placed = availability(week.atlas, week.board, at).counting(week.available)
        allowed = placed.allowed() & (placed.members > 0)
        return cls(placed, allowed, placed.notice_ms(week.rules.roads), week.roads.closures.conditions_at(at))

    @property
    def key(self) -> Hashable:
        """The same for hours that need no search of their own."""
        held = self.allowed
        columns = (self.placed.lon, self.placed.lat, self.placed.members, self.notice_ms)
        return self.conditions, held.tobytes(), *(column[held].tobytes() for column in columns)

    def search(self, week: _Week) -> tuple[Ints, Ints]:
        """Members in time at each village, up to the full strength, and when the last of them is there; (villages,)."""
        roads, full, limit_ms = week.roads, week.rules.duty.full_strength, week.rules.roads.limit_s * 1000
        stands, places = self.placed.stands, week.places
        assert stands is not None  # noqa: S101  # a county with roads has them
        # The members of `full` teams are enough, whatever their number: nobody counts who brings none.
        call: dict[str, Any] = {"allowed": self.allowed, "notice_ms": self.notice_ms}
        nodes = first_arrivals(roads.network, self.conditions, stands, **call, k=full, limit_ms=limit_ms)
        found = arrivals_at(roads.network, self.conditions, stands, **call, node_arrivals=nodes, places=places)
        with_walks_bulk(found, stands, places, roads.snapper.walking, **call, limit_ms=limit_ms)
        brought = np.where(found.stand >= 0, self.placed.members[found.stand], 0).cumsum(axis=1)
        members = np.minimum(brought[:, -1], full).astype(np.int32)
        last = np.argmax(brought >= members[:, None], axis=1)
        last_ms = found.arrival_ms[np.arange(len(members)), last]
        return members, np.where(members > 0, last_ms, _NEVER_MS).astype(np.int32)


def _village(area: Area, begins: list[datetime], members: Ints, arrival_ms: Ints, full: int) -> VillageClock:
    worst = int(np.lexsort((np.arange(HOURS), -arrival_ms.astype(np.int64), members))[0])
    return VillageClock(
        area=area,
        members=tuple(members.tolist()),
        share_one=float(np.mean(members >= 1)),
        share_full=float(np.mean(members >= full)),
        worst_at=begins[worst],
        worst_members=int(members[worst]),
        worst_arrival_s=None if members[worst] == 0 else int(arrival_ms[worst]) / 1000,
    )


def _hours(atlas: Atlas, begins: list[datetime], members: Ints, full: int) -> Iterator[CountyHour]:
    people = np.array([area.population or 0 for area in atlas.villages], dtype=np.int64)
    is_known = any(area.population is not None for area in atlas.villages)
    for hour, at in enumerate(begins):
        one, enough = members[:, hour] >= 1, members[:, hour] >= full
        yield CountyHour(
            at=at,
            villages_one=int(one.sum()),
            villages_full=int(enough.sum()),
            people_one=int(people[one].sum()) if is_known else None,
            people_full=int(people[enough].sum()) if is_known else None,
            calendar_known=atlas.work_calendar.is_workday(at.date()) is not None,
        )


def _reason(villages: tuple[VillageClock, ...], full: int, limit_s: int) -> str:
    always = sum(village.share_full == 1 for village in villages)
    return (
        f"{always} of {len(villages)} villages have {full} members within {limit_s // 60} min in every hour, "
        f"notice included (R18)"
    )
