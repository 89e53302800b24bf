"""The states of villages in weeks, any number at once, from the nights of their township teams (R08, R12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.atlas import Atlas
from geo.board import Board, Record
from geo.calendar import Week
from geo.coverage.days import DAY_US, Flags, day_number, local_us
from geo.coverage.exempt import exempt_evenings
from geo.coverage.nights import Nights
from geo.index import Mask
from geo.rules import StayRules
from geo.terms import StayState, TeamKind

Codes = npt.NDArray[np.int8]

STATES: Final = tuple(StayState)
"""What the numbers of a state mean."""
DAYS: Final = 7
_BEST_FIRST: Final = (
    StayState.MET,
    StayState.CURABLE,
    StayState.NO_DATA,
    StayState.LOST,
    StayState.EXEMPT,
    StayState.NOT_ASSESSED,
    StayState.NO_TEAM,
)
_RANK: Final = np.array([_BEST_FIRST.index(state) for state in STATES])


@dataclass(frozen=True, slots=True, eq=False)
class TeamWeeks:
    """Each township team's weeks in each village where it serves, shape (services, weeks).

    `days` are those of its assignment, `owing` those of them that are not exempt; `unknown` nights are outside the
    record. `state` is a position in `STATES`, that of `no_team` in a week without a day of assignment.
    """

    nights: Nights
    kept: Codes
    left: Codes
    unknown: Codes
    days: Codes
    owing: Codes
    state: Codes

    @classmethod
    def of(
        cls,
        atlas: Atlas,
        board: Board,
        first: Week,
        weeks: int,
        *,
        at: datetime,
        rules: StayRules,
        teams: Mask | None = None,
    ) -> TeamWeeks:
        """Judged as seen at the instant `at`; of all teams that owe nights, or of `teams`, shape (teams,)."""
        wanted = owing_teams(board) if teams is None else teams
        nights = Nights.of(board, first.monday, weeks * DAYS, at=at, night=rules.night, teams=wanted)
        exempt = exempt_evenings(atlas, board, nights.first_evening, weeks * DAYS)[nights.village]
        kept, left, unknown = (_by_week(flags) for flags in (nights.kept, nights.left, nights.unknown))
        days, owing = _by_week(nights.assigned), _by_week(nights.assigned & ~exempt)
        return cls(nights, kept, left, unknown, days, owing, _states(kept, left, unknown, days, owing, rules))


@dataclass(frozen=True, slots=True, eq=False)
class VillageWeeks:
    """Each village's weeks, shape (villages, weeks): its state, and the service (-1: none) that it is the state of."""

    teams: TeamWeeks
    state: Codes
    service: npt.NDArray[np.int32]
    recorded: Flags

    @classmethod
    def of(cls, atlas: Atlas, board: Board, first: Week, weeks: int, *, at: datetime, rules: StayRules) -> VillageWeeks:
        """The best state among a village's township teams; `no_data` in a week that the record tells nothing of."""
        teams = TeamWeeks.of(atlas, board, first, weeks, at=at, rules=rules)
        service = _best(teams, len(atlas.villages))
        none = STATES.index(StayState.NO_TEAM)
        state = np.full(service.shape, none, dtype=np.int8)
        has_team = service >= 0
        state[has_team] = teams.state[service[has_team], np.nonzero(has_team)[1]]
        recorded = recorded_weeks(board.record, first, weeks)
        state[:, ~recorded] = STATES.index(StayState.NO_DATA)
        service[:, ~recorded] = -1
        return cls(teams, state, service, recorded)


def owing_teams(board: Board) -> Mask:
    """The teams that owe nights: those of townships (R11)."""
    return np.array([kind is TeamKind.TOWNSHIP for kind in board.teams.kinds], dtype=np.bool_)


def recorded_weeks(record: Record | None, first: Week, weeks: int) -> Flags:
    """Which weeks the record tells of: it began before the week's end and reaches into the week."""
    mondays = day_number(first.monday) + DAYS * np.arange(weeks)
    if record is None:
        return np.zeros(weeks, dtype=np.bool_)
    reaches: Flags = mondays * DAY_US <= local_us(record.until)
    return reaches & (day_number(record.first_evening) <= mondays + DAYS - 1)


def _by_week(flags: Flags) -> Codes:
    count: Codes = flags.reshape(len(flags), flags.shape[1] // DAYS, DAYS).sum(axis=2, dtype=np.int8)
    return count


def _states(kept: Codes, left: Codes, unknown: Codes, days: Codes, owing: Codes, rules: StayRules) -> Codes:
    owed = np.maximum(rules.quota_nights - kept, 0)
    found = [
        (days == 0, StayState.NO_TEAM),
        (days < rules.assessed_from_days, StayState.NOT_ASSESSED),
        (owing < rules.assessed_from_days, StayState.EXEMPT),
        (owed == 0, StayState.MET),
        (owed <= left, StayState.CURABLE),
        (owed <= left + unknown, StayState.NO_DATA),
    ]
    codes = [np.int8(STATES.index(state)) for _, state in found]
    state: Codes = np.select([flags for flags, _ in found], codes, np.int8(STATES.index(StayState.LOST)))
    return state


def _best(teams: TeamWeeks, villages: int) -> npt.NDArray[np.int32]:
    """The service with the best state in each village and week, then the one with more nights, then the first team's.

    Shape (villages, weeks); -1 where no township team is assigned in the week.
    """
    count, weeks = teams.state.shape
    best = np.full((villages, weeks), -1, dtype=np.int32)
    if not count:
        return best
    rank = (_RANK[teams.state].astype(np.int64) * (DAYS + 1) + DAYS - teams.kept) * count + np.arange(count)[:, None]
    order = np.argsort(teams.nights.village, kind="stable")
    served, begins = np.unique(teams.nights.village[order], return_index=True)
    first = np.minimum.reduceat(rank[order], begins, axis=0)
    is_none = first // count // (DAYS + 1) == _RANK[STATES.index(StayState.NO_TEAM)]
    best[served] = np.where(is_none, -1, first % count)
    return best
