"""The Board: the live state after one sequence of the journal, as a fold of its events. A Board never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import closures as road_closures
from geo.atlas import Atlas, Provenance
from geo.board import arriving
from geo.board.arriving import Arrived, Columns
from geo.board.ground import Ground
from geo.board.ledger import AnyGroup, Closures, Committed, Duty, Incidents
from geo.board.presence import NO_CHECK_OUTS, NO_PRESENCES, Rows
from geo.board.record import Record, record_of
from geo.board.stays import Stays
from geo.board.teams import Teams
from geo.calendar import CHINA, to_china
from geo.closures import RoadClosures
from geo.events import Assignment, CheckIn, CheckOut, Correction, Event
from geo.terms import EventKind

BULK = frozenset(arriving.FIELDS)
"""The kinds of which a year has so many that they may be given as columns."""
Bulk = Mapping[EventKind, Columns]
NOTHING: Bulk = {}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a check-in counts: in `village_code`, or nowhere (None), `distance_m` away from `near_code`.

    That is the village it counts in, else its team's, else the nearest. `lon` and `lat` are WGS84 degrees.
    """

    village_code: str | None
    near_code: str | None
    distance_m: float
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class Board:
    """Teams in place, who was where, and what is recorded of closures, incidents and duty, up to `sequence`.

    `roads` is what closures and risk zones do to the roads, None where the county has none. `record` is the span that
    the stays cover (None: no stays at all); it ends at `known_until`, or with a later event, or, where that is None,
    at its own last instant.

    `kept` holds what was worked out from a Board and may serve the ones after it, which share it; whoever keeps
    something there looks whether it still holds.
    """

    atlas: Atlas
    ground: Ground
    sequence: int
    recorded_at: datetime | None
    known_until: datetime | None
    teams: Teams
    present: Stays
    closed: Closures
    happened: Incidents
    duty: Duty
    roads: RoadClosures | None
    record: Record | None
    kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def provenance(self) -> Provenance:
        """From which data answers come that look at this Board."""
        return replace(self.atlas.provenance, sequence=self.sequence or None)

    @property
    def stays(self) -> pd.DataFrame:
        """The presences that count in a village, as the layer has them."""
        return self.present.frame

    @property
    def stays_origin(self) -> pd.DataFrame:
        """Which of `stays` are made up: their column `synthetic` alone, which takes no time."""
        return self.present.origin

    @property
    def left_at(self) -> npt.NDArray[np.datetime64]:
        """For each of `stays` when its member left, as far as is known; datetime64[us] in UTC."""
        return self.present.left_at

    @property
    def incidents(self) -> pd.DataFrame:
        """Incidents as the layer has them."""
        return self.happened.frame

    @property
    def closures(self) -> pd.DataFrame:
        """Closures as the layer has them."""
        return self.closed.frame

    @property
    def commitments(self) -> tuple[Committed, ...]:
        """Every commitment of a team to an incident, past ones too."""
        return self.happened.commitments

    def placed(self, sequence: int) -> Placed | None:
        """Where the check-in with this sequence counts; None when there is none that stands."""
        presence = self.present.presence
        row = presence.row_of(sequence)
        if row is None or presence.rows["declared"][row]:
            return None
        village, near = (int(presence.rows[name][row]) for name in ("village", "near"))
        return Placed(
            village_code=presence.villages.words[village] if village >= 0 else None,
            near_code=presence.villages.words[near] if near >= 0 else None,
            distance_m=float(presence.rows["distance_m"][row]),
            lon=float(presence.rows["lon"][row]),
            lat=float(presence.rows["lat"][row]),
        )

    def kind_of(self, sequence: int) -> EventKind | None:
        """The kind of the event with this sequence; None when there is none, or none that still counts."""
        presence = self.present.presence
        row = presence.row_of(sequence)
        if row is not None:
            return EventKind.STAY_DECLARED if presence.rows["declared"][row] else EventKind.CHECK_IN
        if presence.out_of(sequence) is not None:
            return EventKind.CHECK_OUT
        for group in (self.closed, self.happened, self.duty):
            for kind, events in group.of_kind.items():
                if sequence in events:
                    return kind
        return None

    def known_to(self, instant: datetime) -> Board:
        """The same Board, its record reaching to `instant` (the present, while the journal is open)."""
        until = to_china(instant)
        return self.changed(known_until=until, record=record_of(self.present.presence, until, None))

    def changed(self, **fields: Any) -> Board:
        """What `dataclasses.replace` does, in a quarter of its time."""
        held, new = self.__dict__, object.__new__(Board)
        new.__dict__.update({name: held[name] for name in _FIELDS}, **fields)
        return new

    def advance(self, events: Iterable[Event], bulk: Bulk = NOTHING) -> Board:
        """The Board after more events, in the order of their sequences; those it knows already are passed over.

        Events of the kinds in `BULK` may be given as columns, beside the others.
        """
        return _Fold(self, bulk).after(events)


_FIELDS = tuple(Board.__dataclass_fields__)


class _Fold:
    """What has come in since a Board, gathered until it is worth making rows of it."""

    def __init__(self, board: Board, bulk: Bulk) -> None:
        self.board, self.teams, self.duty = board, board.teams, board.duty
        self.sequence, self.recorded_at = board.sequence, board.recorded_at
        self.bulk = [Arrived.of_columns(kind, columns) for kind, columns in bulk.items() if len(columns.sequences)]
        self.placed = board.sequence
        self.waiting: dict[EventKind, list[Event]] = {}
        self.rare: list[Event] = []
        self.corrected: list[int] = []
        self.rows: list[Rows] = []
        self.outs: list[Rows] = []

    def after(self, events: Iterable[Event]) -> Board:
        """The Board with these events."""
        for event in events:
            if event.sequence > self.sequence:
                self.sequence, self.recorded_at = event.sequence, event.recorded_at
                self._take(event)
        for arrived in self.bulk:
            if arrived.sequences[-1] > self.sequence:
                self.sequence = int(arrived.sequences[-1])
                self.recorded_at = (_EPOCH + timedelta(microseconds=int(arrived.recorded_us[-1]))).astimezone(CHINA)
        return self._board() if self.sequence > self.board.sequence else self.board

    def _take(self, event: Event) -> None:
        kind = event.kind
        if kind in BULK:
            self.waiting.setdefault(kind, []).append(event)
        elif kind is EventKind.CORRECTION:
            self._correct(event)
        elif kind is not EventKind.ACCESS:  # who used the service changes nothing in the field
            self.rare.append(event)
            if kind is EventKind.ASSIGNMENT:
                self._move_teams(event.sequence)

    def _correct(self, event: Event) -> None:
        """What is corrected no longer counts; what replaces it takes the sequence of the correction."""
        body = event.body
        if not isinstance(body, Correction) or body.corrects >= event.sequence:
            return
        self.corrected.append(body.corrects)
        if body.replacement is not None:
            new = body.replacement
            self._take(replace(event, kind=new.kind, at=new.at, body=new.body))
        if body.corrects in {assigned.sequence for assigned in self._assigned()}:
            self._move_teams(event.sequence)

    def _assigned(self) -> Iterable[Event]:
        yield from (event for event, _ in self.duty.of(Assignment))
        yield from (event for event in self.rare if event.kind is EventKind.ASSIGNMENT)

    def _move_teams(self, sequence: int) -> None:
        """From here on check-ins are placed by new assignments: those that wait came before them."""
        self._place(sequence)
        self.duty = self.duty.changed(
            [event for event in self.rare if event.kind is EventKind.ASSIGNMENT], self.corrected
        )
        self.teams = replace(self.teams, assignments=self.duty.assignments, _allowed={})

    def _place(self, before: int) -> None:
        """Make rows of what came before a sequence and is not placed yet."""
        presence, ground = self.board.present.presence, self.board.ground
        came = [arrived.between(self.placed, before) for arrived in self.bulk]
        for kind, events in self.waiting.items():
            first, body = events[0], events[0].body
            if len(events) == 1 and isinstance(body, CheckIn):  # as most do while everybody is level
                self.rows.append(arriving.check_in(first, body, presence, ground, self.teams))
            elif len(events) == 1 and isinstance(body, CheckOut):
                self.outs.append(arriving.check_out(first, body, presence))
            else:
                came.append(Arrived.of_events(kind, events))
        self.waiting, self.placed = {}, before - 1
        for arrived in came:
            if not len(arrived):
                continue
            if arrived.kind is EventKind.CHECK_OUT:
                self.outs.append(arriving.check_outs(arrived, presence))
            elif arrived.kind is EventKind.CHECK_IN:
                self.rows.append(arriving.check_ins(arrived, presence, ground, self.teams))
            else:
                self.rows.append(arriving.declared_stays(arrived, presence))

    def _board(self) -> Board:
        self._place(self.sequence + 1)
        board, present = self.board, self._present()
        closed = _changed(board.closed, self.rare, self.corrected)
        happened = _changed(board.happened, self.rare, self.corrected)
        teams = self.teams
        if happened is not board.happened:
            teams = replace(teams, commitments=happened.commitments)
        roads = board.roads
        if closed is not board.closed and roads is not None:
            roads = road_closures.fold(board.atlas, closed.frame, roads)
        return board.changed(
            sequence=self.sequence,
            recorded_at=self.recorded_at,
            teams=teams,
            present=present,
            closed=closed,
            happened=happened,
            duty=_changed(self.duty, self.rare, self.corrected),
            roads=roads,
            record=record_of(present.presence, board.known_until, self.recorded_at),
        )

    def _present(self) -> Stays:
        presence = self.board.present.presence
        if not (self.rows or self.outs or self.corrected):
            return self.board.present
        rows = arriving.joined(self.rows) if self.rows else NO_PRESENCES
        outs = arriving.joined(self.outs) if self.outs else NO_CHECK_OUTS
        return Stays(presence.extended(rows, outs, self.corrected))


def _changed(group: AnyGroup, rare: list[Event], corrected: list[int]) -> AnyGroup:
    if not (rare or corrected):
        return group
    return group.changed([event for event in rare if event.kind in group.TAKES], corrected)
