"""One commit: keys looked up, decisions asked, events chained, and everything on the disk before anyone is told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from geo.errors import ConflictError
from geo.events import SCHEMA_VERSION, Event
from geo.journal.chain import chained, first_hash, instant, microseconds
from geo.journal.commits import Receipt, Request
from geo.journal.lines import WAIT_S, connect, meaning
from geo.journal.rows import Row, event_of, stretch

_INSERT: Final = "(?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)"
_LAST: Final = "SELECT sequence, hash FROM event ORDER BY sequence DESC LIMIT 1"
_UNDER_KEYS: Final = """WITH asked (actor, key) AS (VALUES {})
SELECT event.actor, event.key, sequence, recorded_us, kind, at_us, CAST(body AS BLOB)
FROM asked CROSS JOIN event ON event.actor = asked.actor AND event.key = asked.key ORDER BY sequence"""
_MOST_ROWS: Final = 100
"""Rows in one statement. Each statement lets other threads run before it goes on, so there are to be few."""
_PAUSE_S: Final = 0.001
"""Between two attempts to become the one writer of all processes. SQLite's own pauses grow to 0.1 s, so that a process
that comes and goes starves behind one that writes all the time."""


class Writer:
    """The process's one connection that writes. Used by one thread at a time (`commits`)."""

    def __init__(
        self, path: Path, journal_id: str, clock: Callable[[], datetime], committed: Callable[[int, bytes], None]
    ) -> None:
        self._path, self._journal_id, self._clock = path, journal_id, clock
        self._committed = committed
        self._connection: sqlite3.Connection | None = None

    def adopt(self, connection: sqlite3.Connection) -> None:
        """Begin with a connection that is open already."""
        self._connection = connection

    def write(self, requests: list[Request]) -> None:
        """Give every request its outcome; what is accepted is on the disk then. One that fails leaves the others be."""
        try:
            connection = self._begun()
            group = _Group(self._path, self._journal_id, connection, requests)
            for request in requests:
                group.take(request, self._clock)
            group.insert()
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            for request in requests:
                request.error = request.error or meaning(self._path, error)
            return
        except BaseException:
            self.close()
            raise
        for request, receipt in group.receipts.items():
            request.receipt = receipt
        self._committed(*group.tip)

    def close(self) -> None:
        """Drop the connection, and with it whatever was not committed. The next write makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # a failing disk fails here again; what counts was told before
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            connection.close()

    def _begun(self) -> sqlite3.Connection:
        """The connection, holding the write lock of all processes."""
        if self._connection is None:
            self._connection = connect(self._path, writes=True)
        begin(self._connection)
        return self._connection


class _Group:
    """The requests of one commit: what is recorded under their keys, and the rows that are accepted so far."""

    def __init__(self, path: Path, journal_id: str, connection: sqlite3.Connection, requests: list[Request]) -> None:
        self._path, self._journal_id, self._connection = path, journal_id, connection
        self.receipts: dict[Request, Receipt] = {}
        self.tip: tuple[int, bytes] = connection.execute(_LAST).fetchone() or (0, first_hash(journal_id))
        self._rows: list[Row] = []
        self._under_key: dict[tuple[str, str], list[tuple[int, int, str, int, bytes]]] = {}
        asked = [word for request in requests if request.key is not None for word in (request.actor, request.key)]
        if asked:
            statement = _UNDER_KEYS.format(", ".join(["(?, ?)"] * (len(asked) // 2)))
            for actor, key, *found in connection.execute(statement, asked).fetchall():
                self._under_key.setdefault((actor, key), []).append(tuple(found))

    def take(self, request: Request, clock: Callable[[], datetime]) -> None:
        """Accept a request or give it its error."""
        try:
            receipt = self._earlier(request)
            if receipt is None:
                if request.decide is not None:
                    request.decide(self._tail)
                receipt = self._chain(request, microseconds(clock()))
            self.receipts[request] = receipt
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a decision raises is its own caller's
            request.error = error

    def insert(self) -> None:
        """Put the accepted rows into the table."""
        for begin_at in range(0, len(self._rows), _MOST_ROWS):
            rows = self._rows[begin_at : begin_at + _MOST_ROWS]
            statement = f"INSERT INTO event VALUES {', '.join([_INSERT] * len(rows))}"
            self._connection.execute(statement, list(chain.from_iterable(rows)))

    def _earlier(self, request: Request) -> Receipt | None:
        """The receipt of the same request before; ConflictError when its key stood for another."""
        found = None if request.key is None else self._under_key.get((request.actor, request.key))
        if not found:
            return None
        if [one[2:] for one in found] != request.contents:
            raise ConflictError(request.actor, request.key or "", found[0][0])
        return Receipt(found[0][0], found[-1][0], instant(found[0][1]), repeated=True)

    def _chain(self, request: Request, recorded_us: int) -> Receipt:
        first, before = self.tip[0] + 1, self.tip[1]
        actor, key = request.actor, request.key
        for sequence, (kind, at_us, body) in enumerate(request.contents, first):
            before = chained(before, sequence, recorded_us, at_us, actor, kind, key, SCHEMA_VERSION, body)
            self._rows.append((sequence, recorded_us, at_us, actor, kind, key, SCHEMA_VERSION, body, before))
        self.tip = self._rows[-1][0], before
        if key is not None:
            own = self._rows[first - self.tip[0] - 1 :]
            self._under_key[actor, key] = [(row[0], row[1], row[4], row[2], row[7]) for row in own]
        return Receipt(first, self.tip[0], instant(recorded_us))

    def _tail(self, after: int) -> list[Event]:
        """What is in the file, and what this group has accepted so far."""
        kept = stretch(self._connection, self._path, self._journal_id, after, None, None).events()
        return [*kept, *(event_of(self._path, row) for row in self._rows if row[0] > after)]


def begin(connection: sqlite3.Connection) -> None:
    """Become the one writer of all processes; sqlite3.OperationalError (busy) when that takes longer than `WAIT_S`."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
