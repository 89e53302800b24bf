"""Events of presence as rows: check-ins are placed in villages, and days and instants become numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import nan
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from geo.board.ground import Ground
from geo.board.pairing import UNKNOWN, Instants
from geo.board.presence import Presence, Rows
from geo.board.teams import Teams
from geo.calendar import CHINA, parse_instant
from geo.events import CheckIn, CheckOut, Event, morning_after
from geo.terms import EventKind

_EPOCH: Final = datetime(1970, 1, 1, 8, tzinfo=CHINA)  # in the zone of what is taken from it: twice as fast
_MICROSECOND: Final = timedelta(microseconds=1)
_CHINA_US: Final = timedelta(hours=8) // timedelta(microseconds=1)
_DAY_US: Final = timedelta(days=1) // timedelta(microseconds=1)
_COMMON: Final = ("member_id", "team_id")
FIELDS: Final[Mapping[EventKind, tuple[str, ...]]] = {
    EventKind.CHECK_IN: (*_COMMON, "lon", "lat", "crs", "accuracy_m"),
    EventKind.CHECK_OUT: _COMMON,
    EventKind.STAY_DECLARED: (*_COMMON, "village_code", "night", "check_in", "check_out", "stay_id", "synthetic"),
}
"""The kinds of presence, and what is looked at of their bodies."""


class Columns(Protocol):
    """Events of one kind, in the order of their sequences, as columns: what a journal reads fastest.

    `sequences`, `recorded_us` and `at_us` are int64 of shape (events,), the instants in microseconds of UTC since
    1970. `field` gives one field of all bodies, None or as in JSON where it is not a value yet.
    """

    @property
    def sequences(self) -> npt.NDArray[np.int64]:
        """Their numbers."""

    @property
    def recorded_us(self) -> npt.NDArray[np.int64]:
        """When they were recorded."""

    @property
    def at_us(self) -> npt.NDArray[np.int64]:
        """The times that they speak of."""

    def field(self, name: str) -> list[Any]:
        """One field of all bodies."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """Events of one kind of presence: their numbers, and the fields of their bodies."""

    kind: EventKind
    sequences: Instants
    recorded_us: Instants
    at_us: Instants
    fields: Mapping[str, list[Any]]

    @classmethod
    def of_events(cls, kind: EventKind, events: Sequence[Event]) -> Arrived:
        """Events as they come in one by one."""
        return cls(
            kind,
            np.array([event.sequence for event in events], dtype=np.int64),
            np.array([microseconds_of(event.recorded_at) for event in events], dtype=np.int64),
            np.array([microseconds_of(event.at) for event in events], dtype=np.int64),
            {name: [getattr(event.body, name) for event in events] for name in FIELDS[kind]},
        )

    @classmethod
    def of_columns(cls, kind: EventKind, columns: Columns) -> Arrived:
        """Very many events at once."""
        fields = {name: columns.field(name) for name in FIELDS[kind]}
        return cls(kind, columns.sequences, columns.recorded_us, columns.at_us, fields)

    def between(self, after: int, before: int) -> Arrived:
        """Those with sequences above `after` and below `before`."""
        part = slice(*np.searchsorted(self.sequences, [after + 1, before]).tolist())
        fields = {name: values[part] for name, values in self.fields.items()}
        return Arrived(self.kind, self.sequences[part], self.recorded_us[part], self.at_us[part], fields)

    @property
    def counted_us(self) -> Instants:
        """A check-in or check-out counts at its instant, but never later than it was recorded: clocks may be fast."""
        return np.minimum(self.at_us, self.recorded_us)

    def __len__(self) -> int:
        return len(self.sequences)


def microseconds_of(instant: datetime | None) -> int:
    """Microseconds of UTC since 1970; `UNKNOWN` for None."""
    if instant is None:
        return UNKNOWN
    return (instant - _EPOCH) // _MICROSECOND


def check_out(event: Event, told: CheckOut, presence: Presence) -> Rows:
    """One check-out as rows: what `check_outs` makes of it."""
    at = min(microseconds_of(event.at), microseconds_of(event.recorded_at))
    return {"sequence": [event.sequence], "member": [presence.words.code(told.member_id)], "at": [at]}


def check_outs(arrived: Arrived, presence: Presence) -> Rows:
    """Check-outs as rows."""
    return {
        "sequence": arrived.sequences,
        "member": presence.words.codes(arrived.fields["member_id"]),
        "at": arrived.counted_us,
    }


def check_in(event: Event, told: CheckIn, presence: Presence, ground: Ground, teams: Teams) -> Rows:
    """One check-in as rows: what `check_ins` makes of it, in a fifth of the time."""
    begin = min(microseconds_of(event.at), microseconds_of(event.recorded_at))
    own = _own_village(told.team_id, (begin + _CHINA_US) // _DAY_US, ground, teams)
    place = ground.place(told.lon, told.lat, told.crs, own)
    words = presence.words
    return {
        "sequence": [event.sequence],
        "member": [words.code(told.member_id)],
        "team": [words.code(told.team_id)],
        "village": [place.village],
        "begin": [begin],
        "told_end": [UNKNOWN],
        "stay_id": [-1],
        "synthetic": [False],
        "declared": [False],
        "lon": [place.lon],
        "lat": [place.lat],
        "accuracy_m": [nan if told.accuracy_m is None else told.accuracy_m],
        "near": [place.near],
        "distance_m": [place.distance_m],
    }


def check_ins(arrived: Arrived, presence: Presence, ground: Ground, teams: Teams) -> Rows:
    """Check-ins as rows, each in the village where it counts, if any: that of its team on the day comes first."""
    told, begin, count = arrived.fields, arrived.counted_us, len(arrived)
    own = _own_villages(told["team_id"], begin, ground, teams)
    places = ground.places(np.array(told["lon"], dtype=float), np.array(told["lat"], dtype=float), told["crs"], own)
    return {
        "sequence": arrived.sequences,
        "member": presence.words.codes(told["member_id"]),
        "team": presence.words.codes(told["team_id"]),
        "village": places.village,
        "begin": begin,
        "told_end": np.full(count, UNKNOWN),
        "stay_id": np.full(count, -1, dtype=np.int32),
        "synthetic": np.zeros(count, dtype=np.bool_),
        "declared": np.zeros(count, dtype=np.bool_),
        "lon": places.lon,
        "lat": places.lat,
        "accuracy_m": np.array(told["accuracy_m"], dtype=np.float32),  # None is NaN
        "near": places.near,
        "distance_m": places.distance_m,
    }


def declared_stays(arrived: Arrived, presence: Presence) -> Rows:
    """Stays declared on paper as rows; they have a village, and no place."""
    told, nowhere = arrived.fields, np.full(len(arrived), np.nan)
    village = presence.villages.codes(told["village_code"])
    ends = zip(told["night"], told["check_in"], told["check_out"], strict=True)
    return {
        "sequence": arrived.sequences,
        "member": presence.words.codes(told["member_id"]),
        "team": presence.words.codes(told["team_id"]),
        "village": village,
        "begin": arrived.at_us,
        "told_end": np.array([_told_end(*one) for one in ends], dtype=np.int64),
        "stay_id": presence.words.codes(told["stay_id"]),
        "synthetic": np.array([bool(mark) for mark in told["synthetic"]], dtype=np.bool_),
        "declared": np.ones(len(arrived), dtype=np.bool_),
        "lon": nowhere,
        "lat": nowhere,
        "accuracy_m": nowhere,
        "near": village,
        "distance_m": nowhere,
    }


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows in the order of their sequences."""
    if len(parts) == 1:
        return parts[0]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(rows["sequence"], kind="stable")
    return {name: column[order] for name, column in rows.items()}


def _told_end(night: Any, check_in: Any, check_out: Any) -> int:
    """The end that a declared stay tells, in JSON or as values: 08:00 where it has no times."""
    if check_out is not None:
        return microseconds_of(parse_instant(check_out) if isinstance(check_out, str) else check_out)
    if check_in is not None:
        return UNKNOWN
    return microseconds_of(morning_after(date.fromisoformat(night) if isinstance(night, str) else night))


def _own_villages(team_ids: Sequence[str], begin: Instants, ground: Ground, teams: Teams) -> npt.NDArray[np.int32]:
    """Where each team serves on the local day, as a position in the ground's villages; -1 where nowhere."""
    days = ((begin + _CHINA_US) // _DAY_US).tolist()
    own = (_own_village(team_id, day, ground, teams) for team_id, day in zip(team_ids, days, strict=True))
    return np.fromiter(own, np.int32, len(team_ids))


def _own_village(team_id: str, day: int, ground: Ground, teams: Teams) -> int:
    team = teams.position.get(team_id)
    village_code = None if team is None else teams.spans.village_on(team, day)
    return -1 if village_code is None else ground.position.get(village_code, -1)
