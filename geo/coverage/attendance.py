"""Duty attendance: per village, team and day, whether duty was owed and how many members came (R03-R06, R17)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.calendar import to_china
from geo.coverage.days import Span, day_of
from geo.coverage.present import DaysPresent, recorded_days
from geo.coverage.services import Services
from geo.crews import crew_sizes
from geo.duty import is_required
from geo.index import Mask
from geo.mobilisations import suspended
from geo.rules import DutyRules
from geo.terms import Attendance, TeamKind


@dataclass(frozen=True, slots=True)
class TeamDay:
    """One team in its village on one day: `members` of the `available` ones came, shown by the events `evidence`.

    `required` is None where the year's workdays are not known (R04a). `is_met`: somebody came, or nobody had to.
    """

    day: date
    village_code: str
    village_name: str
    town_code: str
    town_name: str | None
    team_id: str
    team_name: str
    kind: TeamKind
    required: bool | None
    state: Attendance
    members: int
    available: int
    evidence: tuple[int, ...]
    reason: str

    @property
    def is_met(self) -> bool | None:
        """Whether the day's duty was done, None where that is not asked or not known; in emergency presence counts."""
        if self.state in (Attendance.FULL, Attendance.SHORT, Attendance.SUSPENDED):
            return self.members > 0 or None
        return False if self.state is Attendance.ABSENT else None


@dataclass(frozen=True, slots=True)
class DutyCoverage:
    """All teams in their villages on one day, in the order of the villages' codes and the teams' ids."""

    date: date
    at: datetime
    rules: DutyRules
    teams: tuple[TeamDay, ...]
    provenance: Provenance

    @property
    def counts(self) -> dict[Attendance, int]:
        """How many teams are in each state, every state named."""
        met = Counter(team.state for team in self.teams)
        return {state: met[state] for state in Attendance}


def duty_coverage(
    atlas: Atlas, board: Board, day: date, *, at: datetime, rules: DutyRules | None = None
) -> DutyCoverage:
    """The attendance of every team that serves on `day`, as seen at the instant `at`."""
    rules, at = rules or atlas.rules.duty, to_china(at)
    days = team_days(atlas, board, day, 1, at=at, rules=rules)
    ordered = tuple(sorted(days, key=lambda one: (one.village_code, one.team_id)))
    return DutyCoverage(day, at, rules, ordered, board.provenance)


def team_days(
    atlas: Atlas,
    board: Board,
    first: date,
    count: int,
    *,
    at: datetime,
    rules: DutyRules,
    teams: Mask | None = None,
) -> list[TeamDay]:
    """Each day of the assignments of all teams, or of `teams` (shape (teams,)), on so many days from `first` on."""
    span = Span.of(first, count, at, atlas.rules.stays.night)
    told = _Told(atlas, Services.of(board, span, teams), rules)
    return [told.day(service, offset) for service, offset in np.argwhere(told.services.assigned).tolist()]


class _Told:
    """The days of some services, ready to be told one by one."""

    def __init__(self, atlas: Atlas, services: Services, rules: DutyRules) -> None:
        board, span = services.board, services.span
        present = DaysPresent.of(services)
        self.atlas, self.board, self.services, self.rules = atlas, board, services, rules
        self.dates = [day_of(number) for number in span.days.tolist()]
        self.members, self.recorded = present.members, recorded_days(board, span)
        self.suspended = suspended(atlas, board, self.dates[0], self.dates[-1], rules)
        self.sizes = [crew_sizes(board, day) for day in self.dates]
        calendar = atlas.work_calendar
        self.required = {
            (kind, day): is_required(calendar, rules, kind, day) for kind in TeamKind for day in self.dates
        }
        self.evidence: dict[tuple[int, int], set[int]] = {}
        sequences = board.present.presence.rows["sequence"][present.stay].tolist()
        for service, offset, sequence in zip(present.service.tolist(), present.day.tolist(), sequences, strict=True):
            self.evidence.setdefault((service, offset), set()).add(sequence)

    def day(self, service: int, offset: int) -> TeamDay:
        """One service on one day of the span."""
        teams, day = self.board.teams, self.dates[offset]
        team, village = int(self.services.team[service]), int(self.services.village[service])
        area, members = self.atlas.villages[village], int(self.members[service, offset])
        required, span = self.required[teams.kinds[team], day], self.services.span
        state, reason = _state(
            required,
            members,
            self.rules,
            is_suspended=bool(self.suspended[village, offset]),
            is_over=bool(span.day_ends[offset] <= span.at_us),
            is_recorded=bool(self.recorded[offset]),
        )
        return TeamDay(
            day=day,
            village_code=area.code,
            village_name=area.name,
            town_code=area.town_code,
            town_name=area.town_name,
            team_id=teams.ids[team],
            team_name=teams.names[team],
            kind=teams.kinds[team],
            required=required,
            state=state,
            members=members,
            available=int(self.sizes[offset][team]),
            evidence=tuple(sorted(self.evidence.get((service, offset), ()))),
            reason=reason,
        )


def _state(
    required: bool | None, members: int, rules: DutyRules, *, is_suspended: bool, is_over: bool, is_recorded: bool
) -> tuple[Attendance, str]:
    came = f"{members} member(s) checked in in the village"
    if required is False:
        return Attendance.NOT_REQUIRED, "no duty day of such a team (R04, R05)"
    if is_suspended:
        return Attendance.SUSPENDED, f"an order was in force there (R17); {came}"
    if required is None:
        return Attendance.UNKNOWN_CALENDAR, f"the workdays of the year are not known (R04a); {came}"
    if members >= rules.full_strength:
        return Attendance.FULL, f"{came} (R06)"
    if members >= rules.attended_from_members:
        return Attendance.SHORT, f"{came}, fewer than {rules.full_strength} (R03, R06)"
    if not is_over:
        return Attendance.EXPECTED, f"{came}; the day is not over"
    if not is_recorded:
        return Attendance.NO_DATA, "the day is outside the record of check-ins"
    return Attendance.ABSENT, f"{came} (R06)"
