"""Rows of the event table, each checked against the chain as it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from geo.errors import DamagedJournalError, GeoError
from geo.events import SCHEMA_VERSION, Event, decode, encode
from geo.journal.chain import chained, first_hash, instant
from geo.journal.lines import Line, code_of
from geo.terms import EventKind

_SELECT: Final = (
    "SELECT sequence, recorded_us, at_us, actor, kind, key, version, CAST(body AS BLOB), hash FROM event "
    "WHERE sequence >= ? ORDER BY sequence LIMIT ?"
)
_FOR_EVER: Final = 2**62
_MANY: Final = 5_000
_FEW: Final = 64
"""So many events, read together with the news that there are any, cost no more than the news."""
_UNREADABLE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_KINDS: Final = {kind.value: kind for kind in EventKind}

Row = tuple[int, int, int, str, str, str | None, int, bytes, bytes]
"""Sequence, recorded and at in microseconds, actor, kind, key, version, body, hash."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The events of one kind, in order. `sequences`, `recorded_us` and `at_us` are int64 of shape (events,).

    `bodies` are their JSON objects: codes are text, instants ISO 8601, and what has its default value is left out.
    """

    sequences: npt.NDArray[np.int64]
    recorded_us: npt.NDArray[np.int64]
    at_us: npt.NDArray[np.int64]
    actors: list[str]
    bodies: list[dict[str, Any]]

    def field(self, name: str, default: object = None) -> list[Any]:
        """One field of all bodies."""
        return [body.get(name, default) for body in self.bodies]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Consecutive events as they are kept, checked against the chain. Empty when there is nothing newer."""

    path: Path
    rows: Sequence[Row]

    def __len__(self) -> int:
        return len(self.rows)

    def events(self, *, without: frozenset[EventKind] = frozenset()) -> list[Event]:
        """The events as values, in order; `without` those kinds that the caller reads by `columns`."""
        return [event_of(self.path, row) for row in self.rows if row[4] not in without]

    def columns(self, kind: EventKind) -> Columns:
        """The events of one kind, for folds of very many: six times as fast as `events`."""
        rows = [row for row in self.rows if row[4] == kind]
        numbers = np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3)
        bodies = orjson.loads(b"[%b]" % b",".join(_current(kind, row) for row in rows))
        return Columns(numbers[:, 0], numbers[:, 1], numbers[:, 2], [row[3] for row in rows], bodies)


def walk(
    connection: sqlite3.Connection, path: Path, journal_id: str, after: int = 0, upto: int | None = None
) -> Iterator[list[Row]]:
    """The rows after `after` up to `upto`, some thousand at a time, each chained to the one before.

    DamagedJournalError, with the last good event, where one is missing or not as it was written. The statement is done
    when the iterator is exhausted or closed.
    """
    begin = max(after, 1)
    count = _FOR_EVER if upto is None else max(upto - begin + 1, 0)  # and not a row further: it may be damaged
    cursor = connection.execute(_SELECT, (begin, count))
    last, before = after, first_hash(journal_id)
    try:
        if after:
            first = cursor.fetchone()
            if first is None:
                return
            if first[0] != after:
                raise DamagedJournalError(path, f"event {after} is missing")
            before = first[8]
        while rows := cursor.fetchmany(_MANY):
            good = _checked(path, rows, last, before)
            last, before = good, rows[-1][8]
            yield rows
    except sqlite3.Error as error:
        if code_of(error) not in _UNREADABLE:
            raise
        if rows := _up_to_the_damage(connection, last, begin + count):  # of which the error told nothing
            last = _checked(path, rows, last, before)
            yield rows
        if last == begin + count - 1:
            return  # nothing further was asked for
        raise DamagedJournalError(path, f"after event {last}: {error}", last_good=last) from error
    finally:
        cursor.close()


def _up_to_the_damage(connection: sqlite3.Connection, last: int, end: int) -> list[Row]:
    """The rows after `last` and before `end` that can be read, each asked for alone."""
    rows: list[Row] = []
    with suppress(sqlite3.DatabaseError):
        for sequence in range(last + 1, end):
            found = connection.execute(_SELECT, (sequence, 1)).fetchone()
            if found is None or found[0] != sequence:
                break
            rows.append(found)
    return rows


def stretch(
    connection: sqlite3.Connection, path: Path, journal_id: str, after: int, upto: int | None, limit: int | None
) -> Stretch:
    """The events after `after`: at most `limit`, none after `upto`."""
    if limit is not None:
        upto = min(after + limit, _FOR_EVER if upto is None else upto)
    return Stretch(path, list(chain.from_iterable(walk(connection, path, journal_id, after, upto))))


def see(line: Line) -> int:
    """The newest sequence in the file now. Where another commit has come, its events are read on the way."""
    version = line.cursor.execute("PRAGMA data_version").fetchone()[0]
    if version != line.version:
        line.rows = _last_rows(line) if line.newest > 0 else ()
        if 0 < len(line.rows) < _FEW:
            line.newest = line.rows[-1][0]
        else:
            line.newest, line.rows = line.cursor.execute("SELECT max(sequence) FROM event").fetchone()[0] or 0, ()
        line.version = version
    return line.newest


def _last_rows(line: Line) -> list[Row]:
    """The newest event that the line saw, and the next ones; none where they cannot be read."""
    with suppress(sqlite3.DatabaseError):
        return line.cursor.execute(_SELECT, (line.newest, _FEW)).fetchall()
    return []


def known(path: Path, rows: Sequence[Row], after: int) -> Stretch:
    """What follows `after` of some rows that have been read, checked against the chain."""
    first = next(place for place, row in enumerate(rows) if row[0] >= after)
    if rows[first][0] != after:
        raise DamagedJournalError(path, f"event {after} is missing")
    newer = list(rows[first + 1 :])
    _checked(path, newer, after, rows[first][8])
    return Stretch(path, newer)


def event_of(path: Path, row: Row) -> Event:
    """A row as an event; DamagedJournalError when its content is none, although it is as it was written."""
    sequence, recorded_us, at_us, actor, kind, key, version, body, own_hash = row
    try:
        known = _KINDS[kind]
        return Event(
            sequence=sequence,
            recorded_at=instant(recorded_us),
            at=instant(at_us),
            actor=actor,
            kind=known,
            body=decode(known, body, version),
            key=key,
            hash=own_hash,
        )
    except (GeoError, KeyError, OverflowError) as reason:
        raise DamagedJournalError(
            path, f"event {sequence} ({kind}) cannot be read by this program: {reason}", last_good=sequence - 1
        ) from None


def _checked(path: Path, rows: list[Row], last: int, before: bytes) -> int:
    """The last sequence, when every row follows the one before."""
    for row in rows:
        if row[0] != last + 1:
            raise DamagedJournalError(path, f"event {last + 1} is missing", last_good=last)
        try:
            own = chained(before, *row[:8])
        except TypeError:
            own = None
        if own != row[8]:
            raise DamagedJournalError(path, f"event {row[0]} is not what was recorded", last_good=last)
        last, before = row[0], row[8]
    return last


def _current(kind: EventKind, row: Row) -> bytes:
    """The body as this version of the program writes it."""
    return row[7] if row[6] == SCHEMA_VERSION else encode(decode(kind, row[7], row[6]))
