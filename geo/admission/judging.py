"""The rules that a draft must keep, judged against the Board and the drafts of the same call before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

import numpy as np

from geo.admission.ordered_grids import misplaced
from geo.admission.overlaps import Whereabouts, checked_in, declared
from geo.admission.standing import Fault, clock, contradicted
from geo.atlas import Atlas
from geo.board import BULK, Board
from geo.board.ground import in_degrees
from geo.calendar import to_china
from geo.errors import InputError, Refusal, RuleError
from geo.events import (
    Arrival,
    CheckIn,
    CheckOut,
    Correction,
    Draft,
    Event,
    Exemption,
    IncidentOpened,
    Leave,
    Mobilisation,
    RosterChange,
    StayDeclared,
    contradictions,
)
from geo.terms import EventKind, Role, RosterAction

_ONLY_HEADQUARTERS: Final = {
    EventKind.MOBILISATION: "R13",
    EventKind.MOBILISATION_ENDED: "R13",
    EventKind.EXEMPTION: "R12",
}
_PLANNED: Final = frozenset(
    {
        EventKind.CLOSURE_OPENED,
        EventKind.LEAVE,
        EventKind.ROSTER_CHANGE,
        EventKind.ASSIGNMENT,
        EventKind.EXEMPTION,
        EventKind.STAY_DECLARED,
    }
)
"""What may speak of a time to come; of stays the rule of nights says more."""
_ASKED_BY_NONE: Final = BULK | {EventKind.LEAVE}
"""What no later draft is judged by, but for the places of members, which are kept beside."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a device's clock, and any clock, may be off."""

    clock: timedelta = timedelta(days=1)


def admit(
    atlas: Atlas, board: Board, drafts: Sequence[Draft], *, role: Role, now: datetime, limits: Limits | None = None
) -> None:
    """Nothing when all drafts may be recorded, in their order; RuleError with every fault of every draft otherwise.

    `board` is the state at the instant of recording, `role` that of who records them. Only what the record itself
    contradicts is refused: an unknown team or village, a member who is not on a roster that is known, a night that has
    not begun, two stays of one person at once, a clock that is off, an end of what is not there.
    """
    found = refusals(atlas, board, drafts, role=role, now=now, limits=limits)
    if found:
        raise RuleError(found)


def refusals(
    atlas: Atlas,
    board: Board,
    drafts: Sequence[Draft],
    *,
    role: Role,
    now: datetime,
    limits: Limits | None = None,
    labels: Sequence[str] | None = None,
) -> list[Refusal]:
    """Every fault of every draft, as `admit` has them; a faulty draft does not stand in the way of those after it.

    `labels` are what the drafts are called where another one is in their way, such as the row of a file.
    """
    judge = _Judge(atlas, board, role, to_china(now), limits or Limits(), mixes=_mixes(drafts))
    judge.degrees = _degrees(drafts)
    names = labels or [f"event {number} of this call" for number in range(1, len(drafts) + 1)]
    return [
        Refusal(number, draft.kind.value, field, rule, problem)
        for number, (draft, name) in enumerate(zip(drafts, names, strict=True), start=1)
        for field, rule, problem in judge.faults(draft, name)
    ]


class _Judge:
    """The Board, and what the drafts of the call before add to it."""

    def __init__(self, atlas: Atlas, board: Board, role: Role, now: datetime, limits: Limits, *, mixes: bool) -> None:
        self.atlas, self.role, self.now, self.limits, self.mixes = atlas, role, now, limits, mixes
        self.board = replace(board, roads=None)  # what closures do to the roads refuses nothing
        self.newest, self.whereabouts = board.sequence, Whereabouts(board, atlas.rules.stays.night)
        self.degrees: dict[int, tuple[float, float]] = {}

    @cached_property
    def areas(self) -> frozenset[str]:
        """The codes that a scope may name."""
        return frozenset(code for name in ("county", "towns", "villages") for code in self.atlas.layers[name]["code"])

    def faults(self, draft: Draft, label: str) -> list[Fault]:
        """Everything that is wrong with a draft; a sound one counts for those after it."""
        found = [(field, "", problem) for field, problem in contradictions(draft)]
        found += [*self._authority(draft.kind), *self._clock(draft), *self._codes(draft)]
        if isinstance(draft.body, Correction):
            return found + list(self._correction(draft, draft.body, label))
        if found:
            return found
        found = [*self._place(draft), *self._stay(draft, label), *contradicted(self.board, draft)]
        if not found and (self.mixes or draft.kind not in _ASKED_BY_NONE):
            self._look_ahead(draft)
        return found

    def _authority(self, kind: EventKind) -> Iterator[Fault]:
        if kind is EventKind.ACCESS:
            yield "kind", "", "only the service itself records who used it"
        if kind in _ONLY_HEADQUARTERS and self.role is not Role.HQ:
            yield "kind", _ONLY_HEADQUARTERS[kind], f"only the headquarters may record it, not a {self.role.value}"

    def _clock(self, draft: Draft) -> Iterator[Fault]:
        body, limit, latest = draft.body, self.limits.clock, self.now + self.limits.clock
        if isinstance(body, CheckIn | CheckOut):
            received = body.received_at or self.now
            if received > latest:
                yield "received_at", "R06", f"{clock(received)} is in the future: it is {clock(self.now)}"
            if abs(body.device_time - received) > limit:
                off = abs(body.device_time - received) / timedelta(hours=1)
                problem = (
                    f"the device's clock says {clock(body.device_time)}, received {clock(received)}: "
                    f"{off:.1f} h apart, at most {limit / timedelta(hours=1):g} h are taken; declare it on paper"
                )
                yield "device_time", "R06", problem
        elif draft.kind not in _PLANNED and draft.at > latest:
            yield "at", "", f"{clock(draft.at)} is in the future: it is {clock(self.now)}"

    def _codes(self, draft: Draft) -> Iterator[Fault]:
        body = draft.body
        team_id = getattr(body, "team_id", None)
        if team_id is not None and team_id not in self.board.teams.position:
            yield from self._leader(team_id, body)
        village_code = getattr(body, "village_code", None)
        if village_code is not None and village_code not in self.board.ground.position:
            yield "village_code", "R01", f"no village {village_code!r} is known"
        if isinstance(body, Mobilisation | Exemption):
            for code in body.scope:
                if code not in self.areas:
                    yield "scope", "R01", f"no county, town or village {code!r} is known"
        if isinstance(body, Mobilisation):
            yield from misplaced(self.atlas, self.board, body, draft.at)
        if isinstance(body, CheckIn | CheckOut | StayDeclared | Leave | Arrival | RosterChange):
            yield from self._member(body, draft)

    def _leader(self, team_id: str, body: object) -> Iterator[Fault]:
        """What is wrong with a name that no team has: it may be a stationed leader's, who signs for presence alone."""
        if team_id not in self.atlas.leader_towns or not isinstance(body, CheckIn | CheckOut | StayDeclared):
            yield "team_id", "R02", f"no team {team_id!r} is known"
        elif body.member_id != team_id:
            yield "member_id", "R10", f"leader {team_id!r} signs as a member of that name, not as {body.member_id!r}"

    def _member(
        self, body: CheckIn | CheckOut | StayDeclared | Leave | Arrival | RosterChange, draft: Draft
    ) -> Iterator[Fault]:
        """A member who is not on the team's roster; a team without a recorded roster contradicts nothing."""
        day = _day_of(draft)
        duty, team_id, member_id = self.board.duty, body.team_id, body.member_id
        roster = duty.members(team_id, day)
        changes = body.change if isinstance(body, RosterChange) else None
        if changes in (RosterAction.JOINED, RosterAction.LEFT):
            if roster is not None and (member_id in roster) is (changes is RosterAction.JOINED):
                state = "already" if changes is RosterAction.JOINED else "not"
                yield "member_id", "R03", f"{member_id!r} is {state} on the roster of {team_id} on {day}"
        elif member_id is not None and roster is not None and member_id not in roster:
            yield "member_id", "R03", f"{member_id!r} is not on the roster of {team_id} on {day}"
        elif changes and (member_id in duty.reserve(team_id, day)) is (changes is RosterAction.RESERVED):
            state = "already" if changes is RosterAction.RESERVED else "not"
            yield "member_id", "R15", f"{member_id!r} is {state} in the reserve of {team_id} on {day}"

    def _place(self, draft: Draft) -> Iterator[Fault]:
        body = draft.body
        if not isinstance(body, CheckIn | CheckOut | IncidentOpened) or body.lon is None or body.lat is None:
            return
        lon, lat = self.degrees.get(id(body)) or _degrees([draft])[id(body)]
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            problem = (
                f"({body.lon:.10g}, {body.lat:.10g}) in {body.crs} is no place on Earth: write the longitude first, "
                "as in lon=111.43, lat=27.69, and name the system that the numbers are in"
            )
            yield "lon", "R06", problem
        elif isinstance(body, IncidentOpened):
            try:
                self.atlas.refuse_far(lon, lat)
            except InputError as reason:
                yield "lon", "R20", str(reason)

    def _stay(self, draft: Draft, label: str) -> Iterator[Fault]:
        body = draft.body
        if isinstance(body, StayDeclared):
            held = declared(body, label, self.atlas.rules.stays.night)
            if held.begin > self.now:
                yield "night", "R07", f"the night of {body.night} has not begun: it is {clock(self.now)}"
                return
            if body.check_out is not None and body.check_out > self.now:
                yield "check_out", "R07", f"{clock(body.check_out)} is in the future: it is {clock(self.now)}"
                return
        elif isinstance(body, CheckIn):
            village_code = self._village_of(draft, body)
            if village_code is None:
                return
            held = checked_in(min(draft.at, self.now), village_code, label)
        else:
            return
        if body.member_id is None:
            return
        before = self.whereabouts.in_the_way(body.member_id, held)
        if before is not None:
            yield "member_id", "R07", f"{body.member_id}: overlaps {before}; one person, one place at a time"
        elif not self.mixes:
            self.whereabouts.add(body.member_id, held)

    def _village_of(self, draft: Draft, body: CheckIn) -> str | None:
        """Where a check-in would count, where it matters: a declared stay could be in its way."""
        if not self.whereabouts.has_declared(body.member_id, min(draft.at, self.now)):
            return None
        event = Event(self.board.sequence + 1, self.now, draft.at, "", draft.kind, body)
        placed = self.board.advance([event]).placed(event.sequence)
        return None if placed is None else placed.village_code

    def _correction(self, draft: Draft, body: Correction, label: str) -> Iterator[Fault]:
        kind = self.board.kind_of(body.corrects) if body.corrects <= self.newest else None
        if kind is None:
            yield "corrects", "", f"event {body.corrects} is not there, or was corrected already"
            return
        yield from self._authority(kind)
        new = body.replacement
        if new is not None and new.kind is not kind:
            yield "replacement", "", f"event {body.corrects} is a {kind.value}, its replacement a {new.kind.value}"
            return
        self._look_ahead(replace(draft, body=replace(body, replacement=None)))
        if new is not None:
            yield from ((f"replacement.{field}", rule, problem) for field, rule, problem in self.faults(new, label))

    def _look_ahead(self, draft: Draft) -> None:
        """Judge the drafts after this one by a Board that has it."""
        event = Event(self.board.sequence + 1, self.now, draft.at, "", draft.kind, draft.body)
        self.board = self.board.advance([event])
        if self.mixes or draft.kind is EventKind.CORRECTION:
            self.whereabouts.on(self.board)


def _degrees(drafts: Sequence[Draft]) -> dict[int, tuple[float, float]]:
    """The places of drafts in degrees, by the identity of their bodies: many at once cost little more than one."""
    bodies = [
        draft.body
        for draft in drafts
        if isinstance(draft.body, CheckIn | CheckOut | IncidentOpened) and draft.body.lon is not None
    ]
    if not bodies:
        return {}
    given = [np.array([getattr(body, name) for body in bodies], dtype=float) for name in ("lon", "lat")]
    lon, lat = in_degrees(given[0], given[1], [body.crs or "" for body in bodies])
    return dict(zip(map(id, bodies), zip(lon.tolist(), lat.tolist(), strict=True), strict=True))


def _mixes(drafts: Sequence[Draft]) -> bool:
    """Whether a call tells of presence both by check-ins and on paper: then each must be placed before the next."""
    replaced = (one.body.replacement for one in drafts if isinstance(one.body, Correction))
    kinds = {one.kind for one in (*drafts, *replaced) if one is not None}
    return EventKind.STAY_DECLARED in kinds and EventKind.CHECK_IN in kinds


def _day_of(draft: Draft) -> date:
    body = draft.body
    if isinstance(body, StayDeclared):
        return body.night
    return to_china(draft.at).date()
