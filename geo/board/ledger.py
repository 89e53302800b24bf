"""The rare events that still count, kind by kind, and what closures, incidents, duty and orders they amount to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar, Final, Self, TypeVar

import geopandas
import pandas as pd
import shapely

from geo import crs
from geo.events import (
    KINDS,
    Assignment,
    Body,
    ClosureLifted,
    ClosureOpened,
    Commitment,
    CommitmentEnded,
    Event,
    Exemption,
    IncidentClosed,
    IncidentOpened,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
)
from geo.layers.registry import LAYERS
from geo.layers.spec import INSTANT_DTYPE, ColumnKind, conform, empty
from geo.terms import EventKind, RosterAction

AnyBody = TypeVar("AnyBody", bound=Body)
AnyGroup = TypeVar("AnyGroup", bound="Group")


@dataclass(frozen=True, eq=False)
class Group:
    """The events of some kinds that count, by their sequences; one that was corrected is not among them."""

    TAKES: ClassVar[tuple[EventKind, ...]] = ()

    of_kind: Mapping[EventKind, Mapping[int, Event]] = field(default_factory=dict)

    def changed(self, added: Iterable[Event], corrected: Collection[int]) -> Self:
        """With more events, and then without those of the corrected sequences; itself when nothing changes."""
        touched: dict[EventKind, dict[int, Event]] = {}
        for event in added:
            if event.kind not in touched:
                touched[event.kind] = dict(self.of_kind.get(event.kind, {}))
            touched[event.kind][event.sequence] = event
        for sequence in corrected:
            for kind, events in {**self.of_kind, **touched}.items():
                if sequence in events:
                    touched.setdefault(kind, dict(events)).pop(sequence)
        return replace(self, of_kind={**self.of_kind, **touched}) if touched else self

    def of(self, body: type[AnyBody]) -> Iterator[tuple[Event, AnyBody]]:
        """Those with this kind of body, each beside its body, in the order of their sequences."""
        for event in self.of_kind.get(KINDS[body], {}).values():
            yield event, event.body  # type: ignore[misc]  # a kind has one class of body

    def all_events(self) -> Iterator[Event]:
        """All of them, kind by kind."""
        for events in self.of_kind.values():
            yield from events.values()


@dataclass(frozen=True, eq=False)
class Closures(Group):
    """Closures opened and lifted."""

    TAKES = (EventKind.CLOSURE_OPENED, EventKind.CLOSURE_LIFTED)

    @cached_property
    def opened(self) -> Mapping[str, datetime]:
        """From when on each closure holds."""
        return {body.closure_id: event.at for event, body in self.of(ClosureOpened)}

    @cached_property
    def lifted(self) -> Mapping[str, datetime]:
        """When each closure that was lifted was."""
        return _earliest((body.closure_id, event.at) for event, body in self.of(ClosureLifted))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """As the layer has them: `to_at` is when a closure was lifted, else its expected end."""
        opened = {body.closure_id: (event, body) for event, body in self.of(ClosureOpened)}  # the one recorded last
        rows, shapes = [], []
        for event, body in opened.values():
            until = [at for at in (body.to_at, self.lifted.get(body.closure_id)) if at is not None]
            times = {"from_at": event.at, "to_at": min(until, default=None)}
            rows.append({name: getattr(body, name) for name in _OF_CLOSURES} | times)
            shapes.append(body.shape)
        return _frame("closures", rows, shapes)


@dataclass(frozen=True, slots=True)
class Committed:
    """A team that was sent to an incident: from when, and until when where it is known."""

    team_id: str
    incident_id: str
    from_at: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the team is at the incident at an instant."""
        return self.from_at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, eq=False)
class Incidents(Group):
    """Incidents opened and closed, and the teams committed to them."""

    TAKES = (
        EventKind.INCIDENT_OPENED,
        EventKind.INCIDENT_CLOSED,
        EventKind.COMMITMENT,
        EventKind.COMMITMENT_ENDED,
    )

    @cached_property
    def frame(self) -> pd.DataFrame:
        """As the layer has them: `discovered_at` is when an incident was opened, `handled_at` when it was closed."""
        rows, shapes = [], []
        told = {body.incident_id: body.notified_at for _, body in self.of(IncidentClosed)}
        opened = {body.incident_id: (event, body) for event, body in self.of(IncidentOpened)}  # the one recorded last
        for event, body in opened.values():
            times = {"discovered_at": event.at, "notified_at": body.notified_at or told.get(body.incident_id)}
            times |= {"handled_at": self.closed.get(body.incident_id)}
            rows.append({name: getattr(body, name) for name in _OF_INCIDENTS} | times)
            lon, lat = crs.to_wgs84(body.crs)(body.lon, body.lat)
            shapes.append(shapely.Point(float(lon), float(lat)))
        return _frame("incidents", rows, shapes)

    @cached_property
    def opened(self) -> Mapping[str, datetime]:
        """When each incident was opened."""
        return {body.incident_id: event.at for event, body in self.of(IncidentOpened)}

    @cached_property
    def closed(self) -> Mapping[str, datetime]:
        """When each incident that was closed was."""
        return _earliest((body.incident_id, event.at) for event, body in self.of(IncidentClosed))

    @cached_property
    def commitments(self) -> tuple[Committed, ...]:
        """Every commitment, past ones too; it lasts until the team's release or the incident's end."""
        ended: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        for event, release in self.of(CommitmentEnded):
            ended[release.team_id, release.incident_id].append(event.at)
        found = []
        for event, body in self.of(Commitment):
            ends = [at for at in ended[body.team_id, body.incident_id] if at >= event.at]
            ends += [self.closed[body.incident_id]] if body.incident_id in self.closed else []
            found.append(Committed(body.team_id, body.incident_id, event.at, min(ends, default=None)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Order:
    """A mobilisation: its number, scope (codes of county, towns or villages), cause, issue (T0) and end if known.

    `grids` are the grids that members are ordered to, by team and member (R16).
    """

    order_id: str
    scope: tuple[str, ...]
    cause: str
    issued_at: datetime
    ends_at: datetime | None
    grids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Duty(Group):
    """Leave, rosters, assignments, exemptions, and mobilisations with their arrivals."""

    TAKES = (
        EventKind.LEAVE,
        EventKind.ROSTER_CHANGE,
        EventKind.ASSIGNMENT,
        EventKind.EXEMPTION,
        EventKind.MOBILISATION,
        EventKind.MOBILISATION_ENDED,
        EventKind.ARRIVAL,
    )

    @cached_property
    def leaves(self) -> tuple[Leave, ...]:
        """Every leave."""
        return tuple(body for _, body in self.of(Leave))

    @cached_property
    def exemptions(self) -> tuple[Exemption, ...]:
        """Every exemption."""
        return tuple(body for _, body in self.of(Exemption))

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """Every assignment, a later one standing above an earlier one of the same team on the same day."""
        return tuple(body for _, body in self.of(Assignment))

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        """Every mobilisation, with the end that was set with it or declared later, whichever is earlier."""
        ended = _earliest((body.order_id, event.at) for event, body in self.of(MobilisationEnded))
        issued = {body.order_id: (event, body) for event, body in self.of(Mobilisation)}  # the one recorded last
        found = []
        for event, body in issued.values():
            ends = [at for at in (body.ends_at, ended.get(body.order_id)) if at is not None]
            until = min(ends, default=None)
            found.append(Order(body.order_id, body.scope, body.cause, event.at, until, body.grids or {}))
        return tuple(found)

    def members(self, team_id: str, day: date) -> frozenset[str] | None:
        """Who is on a team's roster on a day; None where it was never recorded that anybody joined the team."""
        changes = self._rosters.get(team_id, ())
        if not any(change.change is RosterAction.JOINED for change in changes):
            return None
        return _standing(changes, day, RosterAction.JOINED, RosterAction.LEFT)

    def reserve(self, team_id: str, day: date) -> frozenset[str]:
        """Who of a team is kept back at the unit on a day (R14, R15)."""
        return _standing(self._rosters.get(team_id, ()), day, RosterAction.RESERVED, RosterAction.RELEASED)

    @cached_property
    def _rosters(self) -> Mapping[str, list[RosterChange]]:
        of_team: defaultdict[str, list[RosterChange]] = defaultdict(list)
        for _, body in sorted(self.of(RosterChange), key=lambda pair: (pair[1].day, pair[0].sequence)):
            of_team[body.team_id].append(body)
        return of_team


def _standing(changes: Iterable[RosterChange], day: date, begins: RosterAction, ends: RosterAction) -> frozenset[str]:
    """Of whom the last change of the two kinds up to a day, in their order, is that which begins."""
    standing: set[str] = set()
    for change in changes:
        if change.day <= day and change.change in (begins, ends):
            (standing.add if change.change is begins else standing.discard)(change.member_id)
    return frozenset(standing)


_DTYPES: Final[Mapping[ColumnKind, Any]] = {
    ColumnKind.INSTANT: INSTANT_DTYPE,
    ColumnKind.NUMBER: "float64",
    ColumnKind.BOOLEAN: "bool",
}
_OF_CLOSURES: Final = (
    "closure_id",
    "name",
    "description",
    "cause",
    "effect",
    "speed_kph",
    "vehicles",
    "source",
    "synthetic",
)
_OF_INCIDENTS: Final = ("incident_id", "kind", "summary", "synthetic")


def _earliest(instants: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """The first instant for each name."""
    found: dict[str, datetime] = {}
    for name, at in instants:
        found[name] = min(found.get(name, at), at)
    return found


def _frame(name: str, rows: list[dict[str, Any]], shapes: list[Any]) -> pd.DataFrame:
    """Rows as a checked frame of a layer; events were checked when they came in."""
    spec = LAYERS[name]
    if not rows:
        return empty(spec)
    columns = {column.name: _series([row[column.name] for row in rows], column.kind) for column in spec.columns}
    return conform(geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs.WGS84), spec)


def _series(values: list[Any], kind: ColumnKind) -> pd.Series:
    column: pd.Series = pd.Series(values, dtype=_DTYPES.get(kind, "str"))
    return column
