"""Which teams are available at an instant, and where they are: R15, R15a and R15b over the record and the calendar.

A team counts as a whole: where its last check-in, its duty day or its night places it, there it is with all who are
neither on leave nor in reserve. An availability holds for a stretch of time, and is kept on the Board for it, so that a
question only looks it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import is_
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo import crs
from geo.atlas import Atlas
from geo.board import Board, Teams
from geo.calendar import to_china
from geo.crews import Counts, crew_counts, crew_of
from geo.duty.places import Positions, Standing, seats_of
from geo.duty.record import (
    Commitments,
    Seen,
    commitments,
    instant,
    microseconds,
    nights_kept,
    seen_around,
    villages_on,
)
from geo.duty.required import hours_around, is_duty_hour, is_required, next_duty, night_of
from geo.index import Mask, PointIndex
from geo.mobilisations import villages_in_emergency
from geo.network.graph import Ints
from geo.network.stands import Stands
from geo.rules import RoadRules
from geo.terms import Available, DutyState, PlacedBy, Skill, TeamKind

_MOST_KEPT: Final = 16
_STATES: Final = tuple(DutyState)
_CODE: Final = {state: code for code, state in enumerate(_STATES)}
_NAME: Final = "availability"
_WEEK: Final = timedelta(days=6)
"""Less than a week ahead a weekday's name says which day is meant."""
_STAYS_AWAY: Final = (DutyState.NOT_ASSIGNED, DutyState.NO_MEMBERS, DutyState.COMMITTED)


@dataclass(frozen=True, eq=False)
class Availability:
    """Every team, in the order of the Board's, from `from_at` up to but not with `until`; arrays of shape (teams,).

    `codes` are positions among the DutyStates, `strength` is how many a team has, and `members` how many of these can
    go. `village` is where it serves on the day, as a position in the Atlas (-1: nowhere). `recalled` are those off duty
    that may be called from their base. `at_station` and `checked_in` tell what placed a team; else its base did.
    """

    atlas: Atlas
    teams: Teams
    from_at: datetime
    until: datetime
    codes: npt.NDArray[np.int8]
    strength: Counts
    members: Counts
    village: Positions
    recalled: Mask
    at_station: Mask
    standing: Standing
    available: Available = Available.RECALL
    _masks: dict[Any, Mask] = field(default_factory=dict, repr=False)
    _told: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def states(self) -> tuple[DutyState, ...]:
        """What each team is doing."""
        return tuple(_STATES[code] for code in self.codes.tolist())

    @cached_property
    def placed_by(self) -> tuple[PlacedBy, ...]:
        """What tells where each team is (R15a)."""
        seen = self.standing.seen
        return tuple(
            PlacedBy.CHECK_IN if team in seen else PlacedBy.STATION if at_station else PlacedBy.BASE
            for team, at_station in enumerate(self.at_station.tolist())
        )

    @property
    def lon(self) -> crs.Floats:
        """Where the teams are, WGS84 degrees."""
        return self.standing.lon

    @property
    def lat(self) -> crs.Floats:
        """Where the teams are, WGS84 degrees."""
        return self.standing.lat

    @property
    def points(self) -> PointIndex:
        """Where the teams are, ready for straight distances."""
        return self.standing.points

    @property
    def stands(self) -> Stands | None:
        """Where the teams are on the roads; None where the county has none."""
        return self.standing.stands

    def notice_ms(self, rules: RoadRules) -> Ints:
        """The notice of each team, the longer one for those recalled (R15b); shape (teams,), not to be changed."""
        notice_ms: Ints | None = self._told.get(rules)
        if notice_ms is None:
            own = np.where(self.recalled, rules.recall_notice_s, rules.notice_s) * 1000
            notice_ms = self._told[rules] = own.astype(np.int32)
        return notice_ms

    def facts(self, team: int) -> dict[str, Any]:
        """What answers tell of a team, by name; not to be changed."""
        facts: dict[str, Any] | None = self._told.get(team)
        if facts is None:
            teams = self.teams
            facts = self._told[team] = {
                "team_id": teams.ids[team],
                "name": teams.names[team],
                "kind": teams.kinds[team],
                "unit": teams.units[team],
                "village_code": self.village_code(team),
                "skills": teams.skills[team],
                "strength": teams.strengths[team],
                "lon": float(self.lon[team]),
                "lat": float(self.lat[team]),
                "members": int(self.members[team]),
                "state": self.states[team],
                "recall": bool(self.recalled[team]),
                "placed_by": self.placed_by[team],
            }
        return facts

    def village_code(self, team: int) -> str:
        """The village where a team serves on the day; on a day when it serves in none, that of the register."""
        village = int(self.village[team])
        return self.teams.village_codes[team] if village < 0 else self.atlas.villages[village].code

    def counting(self, available: Available) -> Availability:
        """The same for a question that counts these teams; where all are `stationed`, each is at its station.

        To be asked of what `availability` gave.
        """
        match available:
            case Available.NOW:
                return self._now
            case Available.STATIONED:
                return self._stationed
            case _:
                return self

    @cached_property
    def _now(self) -> Availability:
        return replace(self, available=Available.NOW, _masks={}, _told={})

    @cached_property
    def _stationed(self) -> Availability:
        everywhere = np.ones(len(self.codes), dtype=bool)
        standing = Standing(self.atlas, self.teams, ~everywhere, self.village, {})
        return replace(
            self,
            available=Available.STATIONED,
            recalled=~everywhere,
            at_station=everywhere,
            standing=standing,
            _masks={},
            _told={},
        )

    def allowed(self, kind: TeamKind | None = None, skill: Skill | None = None) -> Mask:
        """Which teams count and fit the filters; shape (teams,), the caller's own."""
        mask = self._masks.get((kind, skill))
        if mask is None:
            mask = self._masks[kind, skill] = self._counts & self.teams.fitting(kind, skill)
        return mask.copy()

    @cached_property
    def _counts(self) -> Mask:
        """Which teams count, whatever the filters."""
        if self.available is Available.STATIONED:
            return ~np.isin(self.codes, [_CODE[state] for state in _STAYS_AWAY])
        on_duty: Mask = self.codes == _CODE[DutyState.ON_DUTY]
        return on_duty | self.recalled if self.available is Available.RECALL else on_duty

    def why_not(self, team: int, at: datetime, kind: TeamKind | None = None, skill: Skill | None = None) -> str:
        """Why a team that `allowed` leaves out does not count."""
        state, at, teams = self.states[team], to_china(at), self.teams
        if not self._counts[team]:
            match state:
                case DutyState.NOT_ASSIGNED:
                    return f"not assigned on {at.date()}"
                case DutyState.NO_MEMBERS:
                    return "it has no members"
                case DutyState.COMMITTED:
                    return teams.incident_of(team, at) or "committed to an incident"
                case DutyState.ON_LEAVE:
                    return "its members are on leave"
                case DutyState.RESERVE:
                    return "its members are kept back in reserve"
                case DutyState.UNKNOWN_CALENDAR:
                    return f"off duty as far as is known: the workdays of {at.year} are not (R04a)"
                case _:
                    return f"off duty{self._until_when(team, at)}"
        return teams.unfit(team, kind, skill)

    def on_duty_from(self, team: int, at: datetime) -> datetime | None:
        """When the next duty day of a team begins; None where the calendar does not tell."""
        return next_duty(self.atlas, self.teams.kinds[team], to_china(at))

    def _until_when(self, team: int, at: datetime) -> str:
        begins_at = self.on_duty_from(team, at)
        if begins_at is None:
            return ", until when the calendar does not tell"
        if begins_at - at < _WEEK:
            return f", from {begins_at:%A} {begins_at:%H:%M}"
        return f", from {begins_at:%A} {begins_at:%Y-%m-%d} {begins_at:%H:%M}"


def availability(atlas: Atlas, board: Board, at: datetime) -> Availability:
    """Which teams are available at an instant, as the Board tells; kept on the Board as long as nothing changes."""
    at = to_china(at)
    parts = (atlas, board.present, board.happened, board.duty, board.teams)
    of_parts, found = board.kept.get(_NAME, (None, ()))
    if of_parts is not None and all(map(is_, parts, of_parts)):
        for one in found:
            if one.from_at <= at < one.until:
                held: Availability = one
                return held
    else:
        found = ()
    made = _made(atlas, board, at)
    board.kept[_NAME] = parts, (made, *found[: _MOST_KEPT - 1])
    return made


def _made(atlas: Atlas, board: Board, at: datetime) -> Availability:
    rules, first, last = atlas.rules.duty, *hours_around(atlas.rules.duty, at)
    at_us, village = microseconds(at), villages_on(board, at.date())
    strength, members = _crews(board, at.date())
    seen = seen_around(board, at, first, last, rules.check_in_fresh_s)
    on_day, unknown = _on_duty_day(atlas, board, at)
    at_station, by_night = on_day, _kept_night(atlas, board, at)
    stays_in = village
    if by_night is not None:
        evening = night_of(rules, at)
        stays_in = np.where(by_night & ~on_day, villages_on(board, evening or at.date()), village)
        at_station = on_day | by_night
    sent = commitments(board)
    on_duty = at_station | _emergency(atlas, board, at, village)
    on_duty[list(seen.places)] = True
    codes = np.where(on_duty, _CODE[DutyState.ON_DUTY], _CODE[DutyState.RECALL]).astype(np.int8)
    codes[~on_duty & unknown] = _CODE[DutyState.UNKNOWN_CALENDAR]
    for team in np.flatnonzero(members == 0).tolist():
        codes[team] = _CODE[_away(board, team, at.date())]
    codes[sent.team[sent.at(at_us)]] = _CODE[DutyState.COMMITTED]
    codes[strength == 0] = _CODE[DutyState.NO_MEMBERS]
    codes[village < 0] = _CODE[DutyState.NOT_ASSIGNED]
    at_station = at_station | ~seats_of(atlas).has_base
    turns = [microseconds(first), microseconds(last), *_turns(board, sent, seen)]
    return Availability(
        atlas=atlas,
        teams=board.teams,
        from_at=instant(max(turn for turn in turns if turn <= at_us)),
        until=instant(min(turn for turn in turns if turn > at_us)),
        codes=codes,
        strength=strength,
        members=members,
        village=village,
        recalled=(codes == _CODE[DutyState.RECALL]) | (codes == _CODE[DutyState.UNKNOWN_CALENDAR]),
        at_station=at_station,
        standing=Standing(atlas, board.teams, ~at_station, stays_in, seen.places),
    )


def _crews(board: Board, day: date) -> tuple[Counts, Counts]:
    """`crew_counts`, kept for the day as long as nobody's leave or roster changes."""
    parts = board.duty, board.teams.ids, day
    kept = board.kept.get("crews of a day")
    if kept is None or kept[0][0] is not parts[0] or kept[0][1:] != parts[1:]:
        kept = board.kept["crews of a day"] = parts, crew_counts(board, day)
    counts: tuple[Counts, Counts] = kept[1]
    return counts


def _on_duty_day(atlas: Atlas, board: Board, at: datetime) -> tuple[Mask, Mask]:
    """Which teams are at their stations for a duty day, and of which the calendar does not tell (R04, R04a, R05)."""
    rules = atlas.rules.duty
    on_day = unknown = np.zeros(len(board.teams.ids), dtype=bool)
    for kind in TeamKind:
        required = is_required(atlas.work_calendar, rules, kind, at.date())
        if required is None:
            unknown = unknown | board.teams.fitting(kind, None)
        elif required and is_duty_hour(rules, at.time()):
            on_day = on_day | board.teams.fitting(kind, None)
    return on_day, unknown


def _kept_night(atlas: Atlas, board: Board, at: datetime) -> Mask | None:
    """Which teams keep the night that an instant lies in; None by day."""
    evening = night_of(atlas.rules.duty, at)
    if evening is None:
        return None
    return nights_kept(board, evening, atlas.rules.stays.night.ends(evening), villages_on(board, evening))


def _emergency(atlas: Atlas, board: Board, at: datetime, village: Positions) -> Mask:
    """Which teams serve in a village that is in emergency (R15): everybody counts there."""
    if not board.duty.orders:
        return np.zeros(len(village), dtype=bool)
    mask: Mask = villages_in_emergency(atlas, board, at)[village] & (village >= 0)
    return mask


def _away(board: Board, team: int, day: date) -> DutyState:
    """Of a team of whom nobody can go: whether it is for leave, or all are kept back."""
    return DutyState.ON_LEAVE if crew_of(board, board.teams.ids[team], day).on_leave else DutyState.RESERVE


def _turns(board: Board, sent: Commitments, seen: Seen) -> Iterator[int]:
    """The instants at which something that is recorded begins or ends."""
    yield from (turn for turn in (seen.from_us, seen.until_us) if turn is not None)
    for order in board.duty.orders:
        yield microseconds(order.issued_at)
        if order.ends_at is not None:
            yield microseconds(order.ends_at)
    yield from sent.from_us.tolist()
    yield from sent.until_us.tolist()
