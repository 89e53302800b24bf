"""One commit: keys looked up, decisions asked, events chained, and everything on the disk before anyone is told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from geo.errors import ConflictError
from geo.events import SCHEMA_VERSION, Event
from geo.journal.chain import chained, first_hash, instant, microseconds
from geo.journal.commits import Receipt, Request
from geo.journal.lines import WAIT_S, connect, meaning
from geo.journal.rows import Row, stretch

_INSERT: Final = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)"
_LAST: Final = "SELECT sequence, hash FROM event ORDER BY sequence DESC LIMIT 1"
_UNDER_KEY: Final = (
    "SELECT sequence, recorded_us, kind, at_us, CAST(body AS BLOB) FROM event WHERE actor = ? AND key = ? "
    "ORDER BY sequence"
)
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
            accepted = {}
            tip = connection.execute(_LAST).fetchone() or (0, first_hash(self._journal_id))
            for request in requests:
                receipt, rows = self._decided(connection, request, *tip)
                if rows:
                    connection.executemany(_INSERT, rows)
                    tip = rows[-1][0], rows[-1][8]
                if receipt is not None:
                    accepted[request] = receipt
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            for request in requests:
                request.error = request.error or meaning(self._path, error)
            return
        except BaseException:
            self.close()
            raise
        for request, receipt in accepted.items():
            request.receipt = receipt
        self._committed(*tip)

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

    def _decided(
        self, connection: sqlite3.Connection, request: Request, last: int, before: bytes
    ) -> tuple[Receipt | None, list[Row]]:
        """The receipt and the rows to insert; no rows when it is there already, and neither when it is refused."""
        try:
            if earlier := self._earlier(connection, request):
                return earlier, []
            if request.decide is not None:
                request.decide(lambda after: self._tail(connection, after))
            recorded_us = microseconds(self._clock())
            rows = _rows(request, last, before, recorded_us)
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a decision raises is its own caller's
            request.error = error
            return None, []
        return Receipt(last + 1, rows[-1][0], instant(recorded_us)), rows

    def _tail(self, connection: sqlite3.Connection, after: int) -> list[Event]:
        return stretch(connection, self._path, self._journal_id, after, None, None).events()

    def _earlier(self, connection: sqlite3.Connection, request: Request) -> Receipt | None:
        """The receipt of the same request before; ConflictError when its key stood for another."""
        if request.key is None:
            return None
        found = connection.execute(_UNDER_KEY, (request.actor, request.key)).fetchall()
        if not found:
            return None
        if [tuple(row[2:]) for row in found] != request.contents:
            raise ConflictError(request.actor, request.key, found[0][0])
        return Receipt(found[0][0], found[-1][0], instant(found[0][1]), repeated=True)


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


def _rows(request: Request, last: int, before: bytes, recorded_us: int) -> list[Row]:
    rows: list[Row] = []
    for sequence, (kind, at_us, body) in enumerate(request.contents, last + 1):
        actor, key = request.actor, request.key
        before = chained(before, sequence, recorded_us, at_us, actor, kind, key, SCHEMA_VERSION, body)
        rows.append((sequence, recorded_us, at_us, actor, kind, key, SCHEMA_VERSION, body, before))
    return rows
