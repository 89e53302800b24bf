"""Stay coverage: per village and ISO week, the nights its township team kept, what is owed, and the state (R07-R12).

The subject is the team (R09): a township team owes a number of distinct nights a week in its assigned village, and
two members on one night make one night. City teams have no quota (R11). A village has the best state among its
township teams. A night outside the record is unknown, never missing: no village is called lacking for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np

from geo.atlas import Area, Atlas, Provenance
from geo.board import Board
from geo.calendar import Week, to_china
from geo.coverage.attention import attention
from geo.coverage.days import Flags, day_of
from geo.coverage.exempt import exemption_reasons
from geo.coverage.judging import DAYS, STATES, VillageWeeks
from geo.crews import crew_sizes
from geo.rules import StayRules
from geo.terms import StayState

LACKING: Final = (StayState.LOST, StayState.CURABLE, StayState.NO_TEAM)
"""The states of a village that somebody should do something about."""


@dataclass(frozen=True, slots=True)
class VillageStays:
    """One village in one week.

    `evenings` are those whose nights count, `evidence` the numbers of the events (check-ins, declared stays) that make
    them. `nights_left` is how many can still be kept, `shortfall` how many are owed (0 when nothing is judged).
    `team_id` is the team that the state speaks of; `curable_by` are the teams that could still do what is owed, with a
    member who is not on leave on enough of the evenings left. `attention` is the weight of `geo.coverage.attention`.
    """

    village_code: str
    village_name: str
    town_code: str
    town_name: str | None
    population: int | None
    state: StayState
    nights: int
    quota: int
    shortfall: int
    nights_left: int
    evenings: tuple[date, ...]
    team_id: str | None
    reason: str
    evidence: tuple[int, ...]
    curable_by: tuple[str, ...]
    attention: float


@dataclass(frozen=True, slots=True)
class StayCoverage:
    """All villages in one week, in the order of their codes."""

    week: Week
    at: datetime
    rules: StayRules
    villages: tuple[VillageStays, ...]
    provenance: Provenance

    @property
    def counts(self) -> dict[StayState, int]:
        """How many villages are in each state, every state named."""
        met = Counter(village.state for village in self.villages)
        return {state: met[state] for state in StayState}

    @property
    def by_attention(self) -> tuple[VillageStays, ...]:
        """Where it matters most first: what is lost, curable or without a team, the heaviest first; then the rest."""
        return tuple(
            sorted(self.villages, key=lambda one: (one.state not in LACKING, -one.attention, one.village_code))
        )


def stay_coverage(
    atlas: Atlas, board: Board, week: Week, *, at: datetime, rules: StayRules | None = None
) -> StayCoverage:
    """The state of every village in `week`, as seen at the instant `at`; by the Atlas's rules where none are given."""
    rules, at = rules or atlas.rules.stays, to_china(at)
    told = _Told(board, VillageWeeks.of(atlas, board, week, 1, at=at, rules=rules), rules)
    weights = attention(atlas).tolist()
    return StayCoverage(
        week=week,
        at=at,
        rules=rules,
        villages=tuple(told.village(*one) for one in zip(range(len(weights)), atlas.villages, weights, strict=True)),
        provenance=board.provenance,
    )


class _Told:
    """One judged week, ready to be told village by village."""

    def __init__(self, board: Board, weeks: VillageWeeks, rules: StayRules) -> None:
        teams, nights = weeks.teams, weeks.teams.nights
        self.board, self.rules, self.nights, self.recorded = board, rules, nights, bool(weeks.recorded[0])
        self.state, self.service = weeks.state[:, 0].tolist(), weeks.service[:, 0].tolist()
        columns = (teams.kept, teams.left, teams.unknown, teams.days, teams.owing)
        self.kept, self.left, self.unknown, self.days, self.owing = (column[:, 0].tolist() for column in columns)
        self.evenings: dict[int, list[date]] = {}
        days = [day_of(nights.first_evening + offset) for offset in range(DAYS)]
        for service, evening in np.argwhere(nights.kept).tolist():
            self.evenings.setdefault(service, []).append(days[evening])
        self.evidence: dict[int, set[int]] = {}
        sequences = board.present.presence.rows["sequence"][nights.marks.stay].tolist()
        for service, sequence in zip(nights.marks.service.tolist(), sequences, strict=True):
            self.evidence.setdefault(service, set()).add(sequence)
        self.can_cure: dict[int, list[int]] = {}
        for service in self._curing(teams.state[:, 0] == STATES.index(StayState.CURABLE)):
            self.can_cure.setdefault(int(nights.village[service]), []).append(service)

    def village(self, village: int, area: Area, weight: float) -> VillageStays:
        """The answer for a village, by its position."""
        service, state = self.service[village], STATES[self.state[village]]
        judged = state in (StayState.MET, StayState.CURABLE, StayState.LOST)
        has_team, ids = service >= 0, self.board.teams.ids
        nights = self.kept[service] if has_team else 0
        cures = self.can_cure.get(village, []) if state is StayState.CURABLE else []
        return VillageStays(
            village_code=area.code,
            village_name=area.name,
            town_code=area.town_code,
            town_name=area.town_name,
            population=area.population,
            state=state,
            nights=nights,
            quota=self.rules.quota_nights,
            shortfall=max(self.rules.quota_nights - nights, 0) if judged else 0,
            nights_left=self.left[service] if has_team else 0,
            evenings=tuple(self.evenings.get(service, ())),
            team_id=ids[self.nights.team[service]] if has_team else None,
            reason=self._reason(state, service, area),
            evidence=tuple(sorted(self.evidence.get(service, ()))),
            curable_by=tuple(ids[self.nights.team[one]] for one in cures),
            attention=weight,
        )

    def _reason(self, state: StayState, service: int, area: Area) -> str:
        if not self.recorded:
            return "the week is outside the record of stays"
        if state is StayState.NO_TEAM:
            return "no township team is assigned in the week (R11)"
        kept, left = self.kept[service], self.left[service]
        owed = max(self.rules.quota_nights - kept, 0)
        count = f"{kept} of {self.rules.quota_nights} nights kept"
        if state is StayState.NOT_ASSESSED:
            return f"assigned for {self.days[service]} day(s) of the week (R12)"
        if state is StayState.EXEMPT:
            return f"exempt but for {self.owing[service]} day(s) of the week (R12): {self._exemptions(area)}"
        if state is StayState.MET:
            return f"{count} (R08)"
        if state is StayState.NO_DATA:
            return f"{count}; {self.unknown[service]} night(s) are outside the record"
        return f"{count}; {owed} owed and {left} night(s) left (R08)"

    def _exemptions(self, area: Area) -> str:
        first = self.nights.first_evening
        codes = (area.code, area.town_code, area.code[:6])
        return "; ".join(exemption_reasons(self.board, codes, first, first + DAYS - 1))

    def _curing(self, curable: Flags) -> list[int]:
        """Of the services whose week is curable those with a member for as many of the nights left as are owed."""
        services = np.flatnonzero(curable)
        if not len(services):
            return []
        manned = self.nights.left[services]
        for evening in np.flatnonzero(manned.any(axis=0)).tolist():
            sizes = crew_sizes(self.board, day_of(self.nights.first_evening + evening))
            manned[:, evening] &= sizes[self.nights.team[services]] > 0
        owed = [self.rules.quota_nights - self.kept[service] for service in services.tolist()]
        found: list[int] = services[manned.sum(axis=1) >= np.array(owed)].tolist()
        return found
