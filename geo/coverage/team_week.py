"""One team's week: the nights and duty days that it did, and what it still owes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.calendar import Week, to_china
from geo.coverage.attendance import TeamDay, team_days
from geo.coverage.days import day_of
from geo.coverage.judging import DAYS, STATES, TeamWeeks, recorded_weeks
from geo.crews import Crew, crew_of
from geo.errors import NotFoundError
from geo.rules import Rules
from geo.terms import Attendance, StayState, TeamKind


@dataclass(frozen=True, slots=True)
class NightsInVillage:
    """A team's nights of a week in one village where it serves.

    `state` is None for a city team, whose nights are shown and never judged (R11); then it owes none.
    """

    village_code: str
    village_name: str
    state: StayState | None
    nights: int
    shortfall: int
    nights_left: int
    evenings: tuple[date, ...]
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """A team and its week. `member_nights`: each named member's nights, shown and never judged (R09).

    `owed_nights` and `owed_days` are what is still owed and can still be done.
    """

    team_id: str
    name: str
    kind: TeamKind
    unit: str | None
    crew: Crew
    week: Week
    at: datetime
    quota: int
    villages: tuple[NightsInVillage, ...]
    member_nights: dict[str, int]
    days: tuple[TeamDay, ...]
    provenance: Provenance

    @property
    def owed_nights(self) -> int:
        """How many nights it can still keep of those that it owes."""
        return sum(one.shortfall for one in self.villages if one.state is StayState.CURABLE)

    @property
    def owed_days(self) -> tuple[date, ...]:
        """The duty days of the week on which it is still expected."""
        return tuple(one.day for one in self.days if one.state is Attendance.EXPECTED)


def team_week(
    atlas: Atlas, board: Board, team_id: str, week: Week, *, at: datetime, rules: Rules | None = None
) -> TeamWeek:
    """The week of a team, as seen at the instant `at`; NotFoundError for a team that the register does not have."""
    rules, at, teams = rules or atlas.rules, to_china(at), board.teams
    position = teams.position.get(team_id)
    if position is None:
        raise NotFoundError("team", team_id)
    only = np.zeros(len(teams.ids), dtype=np.bool_)
    only[position] = True
    weeks = TeamWeeks.of(atlas, board, week, 1, at=at, rules=rules.stays, teams=only)
    return TeamWeek(
        team_id=team_id,
        name=teams.names[position],
        kind=teams.kinds[position],
        unit=teams.units[position],
        crew=crew_of(board, team_id, at.date()),
        week=week,
        at=at,
        quota=rules.stays.quota_nights if teams.kinds[position] is TeamKind.TOWNSHIP else 0,
        villages=tuple(
            _in_village(atlas, board, weeks, service, week, rules, teams.kinds[position])
            for service in range(len(weeks.state))
        ),
        member_nights=_by_member(board, weeks),
        days=tuple(
            sorted(
                team_days(atlas, board, week.monday, DAYS, at=at, rules=rules.duty, teams=only),
                key=lambda one: one.day,
            )
        ),
        provenance=board.provenance,
    )


def _in_village(
    atlas: Atlas, board: Board, weeks: TeamWeeks, service: int, week: Week, rules: Rules, kind: TeamKind
) -> NightsInVillage:
    nights, area = weeks.nights, atlas.villages[int(weeks.nights.village[service])]
    kept, state = int(weeks.kept[service, 0]), STATES[weeks.state[service, 0]]
    if not recorded_weeks(board.record, week, 1)[0]:
        state = StayState.NO_DATA
    owes = kind is TeamKind.TOWNSHIP and state in (StayState.CURABLE, StayState.LOST)
    own = nights.marks.service == service
    return NightsInVillage(
        village_code=area.code,
        village_name=area.name,
        state=state if kind is TeamKind.TOWNSHIP else None,
        nights=kept,
        shortfall=max(rules.stays.quota_nights - kept, 0) if owes else 0,
        nights_left=int(weeks.left[service, 0]),
        evenings=tuple(day_of(nights.first_evening + one) for one in np.flatnonzero(nights.kept[service]).tolist()),
        evidence=tuple(np.unique(board.present.presence.rows["sequence"][nights.marks.stay[own]]).tolist()),
    )


def _by_member(board: Board, weeks: TeamWeeks) -> dict[str, int]:
    """Each named member's distinct nights."""
    marks, presence = weeks.nights.marks, board.present.presence
    words, members = presence.words.words, presence.rows["member"][marks.stay].tolist()
    nights = {(member, evening) for member, evening in zip(members, marks.evening.tolist(), strict=True) if member >= 0}
    counts = Counter(words[member] for member, _ in nights)
    return dict(sorted(counts.items()))
