"""Stay coverage: per village and ISO week, the nights its township team kept, what is owed, and the state (R07-R12).

The subject is the team (R09): a township team owes a number of distinct nights a week in its assigned village, and
two members on one night make one night. City teams have no quota (R11). A village has the best state among its
township teams. A night outside the record is unknown, never missing: no village is called lacking for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from geo.atlas import Area, Atlas, Provenance
from geo.board import Board, Record
from geo.calendar import DAY, NightRules, Week, midnight_after, to_china, utc
from geo.terms import StayState, TeamKind

Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class StayRules:
    """The thresholds of R07, R08 and R12."""

    quota_nights: int = 2
    assessed_from_days: int = 4
    night: NightRules = field(default_factory=NightRules)


@dataclass(frozen=True, slots=True)
class VillageStays:
    """One village in one week.

    `evenings` are those whose nights count; `nights_left` is how many can still be kept, `shortfall` how many are
    owed (0 when nothing is judged). `team_id` is the team that the state speaks of.
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


_BEST_FIRST = (
    StayState.MET,
    StayState.CURABLE,
    StayState.NO_DATA,
    StayState.LOST,
    StayState.NOT_ASSESSED,
    StayState.NO_TEAM,
)


def stay_coverage(
    atlas: Atlas, board: Board, week: Week, *, at: datetime, rules: StayRules | None = None
) -> StayCoverage:
    """The state of every village in `week`, as seen at the instant `at`."""
    rules = rules or StayRules()
    at = to_china(at)
    teams = _TeamWeek.of(board, week, at, rules)
    of_village: dict[str, list[int]] = {}
    for service in teams.quota_services:
        of_village.setdefault(teams.village_codes[service], []).append(service)
    recorded = _overlaps(board.record, week)
    return StayCoverage(
        week=week,
        at=at,
        rules=rules,
        villages=tuple(
            _village(area, [teams.judge(service) for service in of_village.get(area.code, [])], recorded, rules)
            for area in atlas.villages
        ),
        provenance=board.provenance,
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """One team's week."""

    state: StayState
    nights: int
    shortfall: int
    nights_left: int
    evenings: tuple[date, ...]
    team_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class _TeamWeek:
    """The week of every team in each village where it serves, as flags of shape (services, 7), an evening a column."""

    team_ids: tuple[str, ...]
    village_codes: tuple[str, ...]
    evenings: tuple[date, ...]
    quota_services: tuple[int, ...]
    kept: Flags
    assigned: Flags
    left: Flags
    unknown: Flags
    rules: StayRules

    @classmethod
    def of(cls, board: Board, week: Week, at: datetime, rules: StayRules) -> _TeamWeek:
        """Which evenings each team kept, can still keep, or is not known to have kept."""
        teams, spans, evenings = board.teams, board.teams.spans, week.evenings
        days = np.array(evenings, dtype="datetime64[D]")
        on_day = (spans.first[:, None] <= days) & (days <= spans.last[:, None])
        assigned = np.array([on_day[list(held)].any(axis=0) for held in spans.services.values()]).reshape(-1, len(days))
        kept, under_way = _presence(board, evenings, at, rules.night)
        over = np.array([rules.night.ends(evening) <= at for evening in evenings])
        open_to_all = np.array([at <= midnight_after(evening) for evening in evenings])
        unrecorded = np.array([not _is_recorded(board.record, evening, rules.night) for evening in evenings])
        return cls(
            team_ids=tuple(teams.ids[position] for position, _ in spans.services),
            village_codes=tuple(code for _, code in spans.services),
            evenings=evenings,
            quota_services=tuple(
                service
                for service, (position, _) in enumerate(spans.services)
                if assigned[service].any() and teams.kinds[position] is TeamKind.TOWNSHIP
            ),
            kept=kept & assigned & over,
            assigned=assigned,
            left=assigned & ~over & (open_to_all | under_way),
            unknown=assigned & over & unrecorded & ~kept,
            rules=rules,
        )

    def judge(self, position: int) -> _Verdict:
        """The state of one team's week in one village (R08, R12)."""
        kept = tuple(evening for evening, on in zip(self.evenings, self.kept[position].tolist(), strict=True) if on)
        nights, left = len(kept), int(self.left[position].sum())
        unknown, days = int(self.unknown[position].sum()), int(self.assigned[position].sum())
        owed = max(self.rules.quota_nights - nights, 0)
        team = self.team_ids[position]
        count = f"{nights} of {self.rules.quota_nights} nights kept"
        if days < self.rules.assessed_from_days:
            state, reason, owed = StayState.NOT_ASSESSED, f"assigned for {days} day(s) of the week (R12)", 0
        elif owed == 0:
            state, reason = StayState.MET, f"{count} (R08)"
        elif owed <= left:
            state, reason = StayState.CURABLE, f"{count}; {owed} owed and {left} night(s) left (R08)"
        elif owed <= left + unknown:
            state, reason, owed = StayState.NO_DATA, f"{count}; {unknown} night(s) are outside the record", 0
        else:
            state, reason = StayState.LOST, f"{count}; {owed} owed and {left} night(s) left (R08)"
        return _Verdict(state, nights, owed, left, kept, team, reason)


def _village(area: Area, verdicts: list[_Verdict], recorded: bool, rules: StayRules) -> VillageStays:
    if not recorded:
        verdict = _Verdict(StayState.NO_DATA, 0, 0, 0, (), None, "the week is outside the record of stays")
    elif not verdicts:
        verdict = _Verdict(StayState.NO_TEAM, 0, 0, 0, (), None, "no township team is assigned in the week (R11)")
    else:
        verdict = min(verdicts, key=lambda one: (_BEST_FIRST.index(one.state), -one.nights))
    return VillageStays(
        village_code=area.code,
        village_name=area.name,
        town_code=area.town_code,
        town_name=area.town_name,
        population=area.population,
        state=verdict.state,
        nights=verdict.nights,
        quota=rules.quota_nights,
        shortfall=verdict.shortfall,
        nights_left=verdict.nights_left,
        evenings=verdict.evenings,
        team_id=verdict.team_id,
        reason=verdict.reason,
    )


def _presence(board: Board, evenings: tuple[date, ...], at: datetime, night: NightRules) -> tuple[Flags, Flags]:
    """Per service and evening: was the night kept in the assigned village, and is it being kept right now?

    An open stay (no check-out) is good for its first night only, as far as the record reaches and until its member
    checks in again: a check-out that was forgotten must not count for ever.
    """
    stays = board.present
    kept = np.zeros((len(board.teams.spans.services), len(evenings)), dtype=bool)
    under_way = np.zeros_like(kept)
    begins = _instants([midnight_after(evening) for evening in evenings])
    ends = _instants([night.ends(evening) for evening in evenings])
    check_in, left_at, is_open = stays.check_in, stays.left_at, stays.is_open
    # Only stays that touch the week are looked at: a year's register costs no more than a week's.
    near = np.flatnonzero((check_in <= begins[-1]) & ~(left_at < begins[0]))
    near, own = _in_service(board, near)
    check_in, left_at, is_open = check_in[near, None], left_at[near, None], is_open[near, None]
    # A comparison with an unknown end (NaT) is false: unknown is "not before", never "after".
    in_time = (check_in <= begins) & (~is_open | (begins - check_in < np.timedelta64(1, "D")))
    known = ~is_open | (ends <= _instants([board.record.until if board.record else at]))
    rows, columns = np.nonzero(in_time & known & ~(left_at < ends))
    kept[own[rows], columns] = True
    now = _instants([at])
    rows, columns = np.nonzero(in_time & (check_in <= now) & ~(left_at <= now))
    under_way[own[rows], columns] = True
    return kept, under_way


def _in_service(board: Board, near: Positions) -> tuple[Positions, Positions]:
    """The stays in a village where their team has ever served, each with that service."""
    ids, stays = board.teams.ids, board.present
    services = {(ids[position], code): service for service, (position, code) in enumerate(board.teams.spans.services)}
    teams, villages = stays.team_ids, stays.village_codes
    places = zip(stays.team[near].tolist(), stays.village[near].tolist(), strict=True)
    found = np.array([services.get((teams[team], villages[village]), -1) for team, village in places], dtype=np.intp)
    return near[found >= 0], found[found >= 0]


def _instants(instants: list[datetime]) -> npt.NDArray[np.datetime64]:
    return np.array([utc(instant).replace(tzinfo=None) for instant in instants], dtype="datetime64[us]")


def _is_recorded(record: Record | None, evening: date, night: NightRules) -> bool:
    return record is not None and record.first_evening <= evening and night.ends(evening) <= record.until


def _overlaps(record: Record | None, week: Week) -> bool:
    """Whether the record tells anything of the week: it began before the week's end and reaches into the week."""
    return (
        record is not None and record.first_evening <= week.sunday and midnight_after(week.monday - DAY) <= record.until
    )
