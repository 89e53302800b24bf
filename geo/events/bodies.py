"""What each kind of event says, as frozen values; a draft is one that is yet to be recorded, an event one that was.

A day is a local date, an instant a date-time; both ends of a span of days count. `lon` and `lat` are in the system that
`crs` names, east first: degrees, or metres where it is a projected one. A field with a default may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from geo.calendar import CHINA, to_china
from geo.crs import WGS84
from geo.errors import InputError
from geo.events.fields import (
    Amount,
    Code,
    Count,
    CrsName,
    Day,
    Flag,
    Grids,
    Instant,
    Number,
    Scope,
    Sequence,
    Shape,
    SpeedKph,
    Text,
    VillageCode,
)
from geo.terms import AccessAct, ClosureCause, EventKind, IncidentKind, RoadEffect, RosterAction, VehicleClass

EVENING: Final = time(20)
MORNING: Final = time(8)
"""The hours that a night declared without times stands for: 20:00 to 08:00, those of a counted night (R15a)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """A member is at a place. `received_at` is when the server had it, where that was not when it was recorded."""

    team_id: Code
    member_id: Code
    lon: Number
    lat: Number
    crs: CrsName
    device_time: Instant
    accuracy_m: Amount | None = None
    received_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """A member leaves; the place may be told."""

    team_id: Code
    member_id: Code
    device_time: Instant
    lon: Number | None = None
    lat: Number | None = None
    crs: CrsName | None = None
    accuracy_m: Amount | None = None
    received_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StayDeclared:
    """A night that a paper register tells of, with the member and the times where it has them.

    `night` is the date of the evening. A stay that has `check_in` and no `check_out` is open: its end is not known.
    One that has neither stands for 20:00 to 08:00.
    """

    team_id: Code
    village_code: VillageCode
    night: Day
    member_id: Code | None = None
    check_in: Instant | None = None
    check_out: Instant | None = None
    stay_id: Text | None = None
    synthetic: Flag = False

    @property
    def begins_at(self) -> datetime:
        """Check-in, or 20:00 of the evening."""
        return self.check_in or datetime.combine(self.night, EVENING, CHINA)

    @property
    def ends_at(self) -> datetime | None:
        """Check-out; 08:00 of the next day where no times are told; None where the stay is open."""
        return morning_after(self.night) if self.check_out is None and self.check_in is None else self.check_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A member is away, with leave, from `first_day` to `last_day`."""

    team_id: Code
    member_id: Code
    first_day: Day
    last_day: Day
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """From `day` on a member is with a team or no longer, or is kept back at the unit as its reserve or no longer."""

    team_id: Code
    member_id: Code
    change: RosterAction
    day: Day
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A team serves in a village from `first_day` to `last_day` (None: until further notice)."""

    team_id: Code
    village_code: VillageCode
    first_day: Day
    last_day: Day | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """The villages in `scope` owe no nights from `first_day` to `last_day` (R12). A scope is codes of any level."""

    scope: Scope
    first_day: Day
    last_day: Day
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mobilisation:
    """An order of the headquarters; the event's instant is T0, its issue (R13). `ends_at` may be set later.

    `grids` are the codes of the grids that members are ordered to, by team and member; all others are ordered to the
    station of the village where their team serves (R16).
    """

    order_id: Text
    scope: Scope
    cause: Text
    ends_at: Instant | None = None
    grids: Grids | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MobilisationEnded:
    """An order is over."""

    order_id: Text
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A member reports at the ordered station, for an order (R14), by other means than a check-in."""

    order_id: Text
    team_id: Code
    member_id: Code
    village_code: VillageCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureOpened:
    """A road is closed or slowed where `shape` (a line or an area, WGS84 degrees) lies, from the event's instant on.

    `to_at` is the expected end, from which on it no longer holds.
    """

    closure_id: Text
    cause: ClosureCause
    effect: RoadEffect
    vehicles: VehicleClass
    shape: Shape
    speed_kph: SpeedKph | None = None
    to_at: Instant | None = None
    name: Text | None = None
    description: Text | None = None
    source: Text | None = None
    synthetic: Flag = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureLifted:
    """A closure no longer holds."""

    closure_id: Text
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """Something happened; the event's instant is its discovery (R20)."""

    incident_id: Text
    kind: IncidentKind
    lon: Number
    lat: Number
    crs: CrsName = WGS84
    summary: Text | None = None
    notified_at: Instant | None = None
    synthetic: Flag = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed:
    """An incident was handled, at the event's instant (R20). `notified_at` where it was not told before."""

    incident_id: Text
    notified_at: Instant | None = None
    outcome: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A team is sent to an incident: until it is released, or the incident is closed, it is not free."""

    incident_id: Text
    team_id: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentEnded:
    """A team is released from an incident."""

    incident_id: Text
    team_id: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The event with the sequence `corrects` no longer counts; `replacement`, of the same kind, does in its place.

    To correct what a correction put in place, name the correction.
    """

    corrects: Sequence
    reason: Text
    replacement: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessNote:
    """Who used the service, or tried to: the service itself records it, and it changes nothing in the field.

    `subject` is a token's or an account's name, or the address of a client that named none. `count` is how often it
    happened within the minute before the event's instant.
    """

    act: AccessAct
    subject: Text
    what: Text | None = None
    count: Count = 1


Body = (
    CheckIn
    | CheckOut
    | StayDeclared
    | Leave
    | RosterChange
    | Assignment
    | Exemption
    | Mobilisation
    | MobilisationEnded
    | Arrival
    | ClosureOpened
    | ClosureLifted
    | IncidentOpened
    | IncidentClosed
    | Commitment
    | CommitmentEnded
    | Correction
    | AccessNote
)

BODIES: Final = MappingProxyType(
    {
        EventKind.CHECK_IN: CheckIn,
        EventKind.CHECK_OUT: CheckOut,
        EventKind.STAY_DECLARED: StayDeclared,
        EventKind.LEAVE: Leave,
        EventKind.ROSTER_CHANGE: RosterChange,
        EventKind.ASSIGNMENT: Assignment,
        EventKind.EXEMPTION: Exemption,
        EventKind.MOBILISATION: Mobilisation,
        EventKind.MOBILISATION_ENDED: MobilisationEnded,
        EventKind.ARRIVAL: Arrival,
        EventKind.CLOSURE_OPENED: ClosureOpened,
        EventKind.CLOSURE_LIFTED: ClosureLifted,
        EventKind.INCIDENT_OPENED: IncidentOpened,
        EventKind.INCIDENT_CLOSED: IncidentClosed,
        EventKind.COMMITMENT: Commitment,
        EventKind.COMMITMENT_ENDED: CommitmentEnded,
        EventKind.CORRECTION: Correction,
        EventKind.ACCESS: AccessNote,
    }
)
"""The class of each kind's body."""
KINDS: Final = MappingProxyType({body: kind for kind, body in BODIES.items()})
"""The kind of each class."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is yet to be recorded. `at` is the instant that it speaks of.

    `is_dated` is false where the sender named none and `at` is when it came: then it is no part of what was said.
    """

    kind: EventKind
    at: datetime
    body: Body
    is_dated: bool = field(default=True, compare=False)

    @classmethod
    def of(cls, body: Body, at: datetime | None = None, *, is_dated: bool = True) -> Draft:
        """A draft of `body`; `at` is needed where the body tells no instant itself, and left aside where it does."""
        kind, told = KINDS[type(body)], instant_of(body)
        if told is None and at is None:
            raise InputError(f"{kind} needs the instant that it speaks of", parameter="at")
        return cls(kind, to_china(told or at), body, is_dated)  # type: ignore[arg-type]  # one of the two is there


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event: its place in the journal, when and by whom it was recorded, and the chain's hash."""

    sequence: int
    recorded_at: datetime
    at: datetime
    actor: str
    kind: EventKind
    body: Body
    key: str | None = None
    hash: bytes = b""


def morning_after(night: date) -> datetime:
    """08:00 of the day after an evening."""
    return datetime.combine(night + timedelta(days=1), MORNING, CHINA)


def instant_of(body: Body) -> datetime | None:
    """The instant that a body itself speaks of; None for the kinds whose instant stands beside the body.

    A check-in counts at the device's time, but never later than it was received: a fast clock gains nothing.
    """
    match body:
        case CheckIn() | CheckOut():
            return body.device_time if body.received_at is None else min(body.device_time, body.received_at)
        case StayDeclared():
            return body.begins_at
        case Leave() | Assignment() | Exemption():
            return datetime.combine(body.first_day, time(), CHINA)
        case RosterChange():
            return datetime.combine(body.day, time(), CHINA)
        case _:
            return None
