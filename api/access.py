"""Who may do what: an actor has a name, a role and an area. Three tables say it all: `MAY_WRITE`, `SIGHTS`, `SIGHT_OF`.

An area is a code: a county's (6 digits), a town's (9) or a village's (12), and holds for everything whose code begins
with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api.errors import ForbiddenError, UnknownTokenError
from geo.layers.spec import Column, LayerSpec
from geo.terms import EventKind, Role


class Sight(StrEnum):
    """What there is to see, each in a right of its own."""

    AGGREGATES = "aggregates"  # maps, coverage by village, counts, the open layers of places and hazards
    ANSWERS = "answers"  # teams as teams: nearest, reach, duty, order boards; and layers as files
    NAMES = "names"  # rows of members and leaders, and the record; only of the own area
    CONTACTS = "contacts"  # restricted columns; only of the own area, and each time recorded
    OPERATION = "operation"  # metrics, and what health tells the operator


_RECORDS: Final = frozenset(
    {
        EventKind.CHECK_IN,
        EventKind.CHECK_OUT,
        EventKind.STAY_DECLARED,
        EventKind.LEAVE,
        EventKind.ARRIVAL,
        EventKind.INCIDENT_OPENED,
        EventKind.INCIDENT_CLOSED,
        EventKind.CLOSURE_OPENED,
        EventKind.CLOSURE_LIFTED,
        EventKind.CORRECTION,
    }
)
_DISPATCHES: Final = frozenset({EventKind.COMMITMENT, EventKind.COMMITMENT_ENDED})
MAY_WRITE: Final[Mapping[Role, frozenset[EventKind]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset(),
        Role.STATION: _RECORDS,
        Role.POST: _RECORDS | _DISPATCHES | {EventKind.ROSTER_CHANGE, EventKind.ASSIGNMENT},
        Role.PLANNER: frozenset({EventKind.CLOSURE_OPENED, EventKind.CLOSURE_LIFTED}),
        Role.HQ: frozenset(EventKind) - {EventKind.ACCESS},
        Role.ADMIN: frozenset(),
    }
)
"""What each role may record in its area. Only headquarters orders and exempts (R13, R12); an administrator keeps the
tokens, and writes no record. Who used the service is recorded by the service alone.
"""
_DISPATCHER: Final = frozenset({Sight.AGGREGATES, Sight.ANSWERS, Sight.NAMES, Sight.CONTACTS})
SIGHTS: Final[Mapping[Role, frozenset[Sight]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Sight.AGGREGATES}),
        Role.STATION: _DISPATCHER,
        Role.POST: _DISPATCHER,
        Role.PLANNER: frozenset({Sight.AGGREGATES, Sight.ANSWERS}),
        Role.HQ: frozenset(Sight),
        Role.ADMIN: frozenset({Sight.AGGREGATES, Sight.OPERATION}),
    }
)
"""What each role may see. NAMES and CONTACTS end with the actor's area, the others do not: a station needs to know the
hazards next door.
"""
SIGHT_OF: Final[Mapping[str, Sight]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "county",
                "towns",
                "villages",
                "grids",
                "stations",
                "calendar",
                "roads",
                "speeds",
                "rivers",
                "woodland",
                "risk_zones",
                "hazard_sites",
                "fire_dangers",
                "detections",
                "incidents",
                "closures",
                "stay_coverage",
                "exposure",
            ),
            Sight.AGGREGATES,
        ),
        **dict.fromkeys(("teams", "reach"), Sight.ANSWERS),
        **dict.fromkeys(("leaders", "stays", "check_ins", "leave", "nights"), Sight.NAMES),
    }
)
"""What one must see to see the open columns of a layer or collection. What is not named here nobody sees."""
AREA_COLUMNS: Final = ("village_code", "town_code")
"""The column, the first of these that a layer has, that tells in whose area a row is."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks or writes: the name that stands in the record, a role, and the area it holds for.

    `sights` are what it sees where that is not its role's; of one that is not `is_known` nobody has said who it is.
    """

    name: str
    role: Role
    area: str
    sights: frozenset[Sight] | None = None
    is_known: bool = True

    def refuse(self, kind: EventKind, codes: Iterable[str]) -> None:
        """ForbiddenError unless this actor may record events of `kind` about the areas with these codes."""
        if kind not in MAY_WRITE[self.role]:
            raise ForbiddenError(f"{self.name} ({self.role.value}) may not record {kind.value}")
        outside = sorted({code for code in codes if not self.holds(code)})
        if outside:
            raise ForbiddenError(
                f"{self.name} ({self.role.value}) may write for {self.area or 'no area'}, not for {', '.join(outside)}"
            )

    def holds(self, code: str) -> bool:
        """Whether the area with this code lies in the actor's own."""
        return code.startswith(self.area)

    def sees(self, what: Sight, *codes: str) -> bool:
        """Whether it may see that, of each of the areas with these codes."""
        sights = SIGHTS[self.role] if self.sights is None else self.sights
        return what in sights and (not codes or all(map(self.holds, codes)))

    def refuse_seeing(self, what: Sight, *codes: str) -> None:
        """ForbiddenError unless it may see that, there; UnknownTokenError where it has not said who it is."""
        if self.sees(what, *codes):
            return
        self.refuse_stranger()
        if self is NOBODY:
            raise ForbiddenError(f"without tokens nobody is known by name, and {what} go only to whom the record names")
        where = f" of {', '.join(codes)}" if self.sees(what) else ""
        raise ForbiddenError(f"{self.name} ({self.role.value}, {self.area}) may not see {what}{where}")

    def refuse_stranger(self) -> None:
        """UnknownTokenError where it has not said who it is."""
        if not self.is_known:
            raise UnknownTokenError("this needs a token: send the header Authorization: Bearer yx_…, or sign in")

    def sees_layer(self, name: str) -> bool:
        """Whether it may see the open columns of a layer or collection, of its own area at least."""
        return name in SIGHT_OF and self.sees(SIGHT_OF[name])

    def refuse_layer(self, name: str) -> None:
        """As `refuse_seeing`, of a layer or collection."""
        if not self.sees_layer(name):
            self.refuse_seeing(SIGHT_OF[name])

    def columns(self, spec: LayerSpec) -> tuple[Column, ...]:
        """The columns of a layer that it may read; the restricted ones only of rows in its area."""
        return tuple(one for one in spec.columns if not one.restricted or self.sees(Sight.CONTACTS))


LOCAL: Final = Actor("local", Role.HQ, "")
"""The command line on the machine of the data: whoever can write the folder can write the record."""
NOBODY: Final = Actor("(nobody)", Role.VIEWER, "", frozenset(Sight) - {Sight.CONTACTS})
"""Whoever asks over HTTP where no token or account exists and only this machine is served. No token has such a name."""
STRANGER: Final = Actor("(stranger)", Role.VIEWER, "", frozenset(), is_known=False)
"""Whoever does not say who it is where tokens or accounts exist."""
ANONYMOUS: Final = Actor("(anonymous)", Role.VIEWER, "", is_known=False)
"""The same where the operator lets everybody see what viewers see."""
