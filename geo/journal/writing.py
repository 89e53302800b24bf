"""One commit: keys looked up, decisions asked, events chained, and everything on the disk before anyone is told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from geo.errors import ConflictError
from geo.events import SCHEMA_VERSION, Event
from geo.journal.chain import chained, first_hash, instant, microseconds
from geo.journal.commits import Content, Receipt, Request
from geo.journal.lines import WAIT_S, code_of, connect, meaning
from geo.journal.rows import Row, event_of, stretch

Tip = tuple[int, bytes, int]
"""The newest sequence, its hash, and when it was recorded, in microseconds."""
_AT_ONCE: Final = 32
_MOST_ROWS: Final = 100
"""Rows in one statement. Each statement lets other threads run before it goes on, so there are to be few."""
_BACK_US: Final = 86_400_000_000
"""A clock that goes back by up to a day records nothing before what was recorded already. One that goes back further is
believed: what had been recorded far ahead of it was wrong, and is not to be so for years."""
_PAUSE_S: Final = 0.001
"""Between two attempts to become the one writer of all processes. SQLite's own pauses grow to 0.1 s, so that a process
that comes and goes starves behind one that writes all the time."""


@dataclass(slots=True, eq=False)
class Written:
    """What a process has recorded: accepted calls, their events, the commits that took them, and how long these took.

    One that came again under its key is none of them.
    """

    appends: int = 0
    events: int = 0
    commits: int = 0
    seconds: float = 0.0

    def add(self, receipts: list[Receipt], seconds: float) -> None:
        """One commit more."""
        self.appends += len(receipts)
        self.events += sum(receipt.last - receipt.first + 1 for receipt in receipts)
        self.commits += 1
        self.seconds += seconds


class Writer:
    """The process's one connection that writes. Used by one thread at a time (`commits`)."""

    def __init__(
        self, path: Path, journal_id: str, clock: Callable[[], datetime], committed: Callable[[int, bytes], None]
    ) -> None:
        self._path, self._journal_id, self._clock = path, journal_id, clock
        self._committed = committed
        self._connection: sqlite3.Connection | None = None
        self._tip: Tip | None = None
        self.written = Written()

    def adopt(self, connection: sqlite3.Connection) -> None:
        """Begin with a connection that is open already."""
        self._connection = connection

    def write(self, waiting: Callable[[], list[Request]]) -> None:
        """Give every request its outcome; what is accepted is on the disk then. One that fails leaves the others be.

        `waiting` gives the requests; where other processes must be waited for, it is called after that.
        """
        requests: list[Request] = []
        began_s = time.monotonic()
        try:
            group = None
            if self._connection is not None and self._tip is not None:
                requests = waiting()
                group = self._at_once(self._connection, self._tip, requests)
            if group is None:
                connection = self._begun()
                requests = requests or waiting()
                group = self._group(connection, requests, None)
                group.insert()
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            for request in requests or waiting():
                request.error = request.error or meaning(self._path, error)
            return
        except BaseException:
            self.close()
            raise
        for request, receipt in group.receipts:
            request.receipt = receipt
        self._tip = group.tip
        if fresh := [receipt for _, receipt in group.receipts if not receipt.repeated]:
            self.written.add(fresh, time.monotonic() - began_s)

    def close(self) -> None:
        """Drop the connection, and with it whatever was not committed. The next write makes a new one."""
        connection, self._connection, self._tip = self._connection, None, None
        if connection is not None:
            with suppress(sqlite3.Error):  # a failing disk fails here again; what counts was told before
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            connection.close()

    def mark(self) -> None:
        """Let it be known how far the journal has come."""
        if self._tip is not None:
            self._committed(*self._tip[:2])

    def _begun(self) -> sqlite3.Connection:
        """The connection, holding the write lock of all processes."""
        if self._connection is None:
            self._connection = connect(self._path, writes=True)
        begin(self._connection)
        return self._connection

    def _at_once(self, connection: sqlite3.Connection, tip: Tip, requests: list[Request]) -> _Group | None:
        """The group written by one statement, on the condition that the journal still ends with `tip`.

        Each statement lets other threads run before it goes on; one instead of four makes appends twice as fast. None
        where nothing was written, because another process has written or a key is known: then it is done step by step.
        """
        if sum(len(request.contents) for request in requests) > _AT_ONCE:
            return None
        asks = any(request.key is not None and request.decide is not None for request in requests)
        group = self._group(connection, requests, None if asks else tip)
        if group.insert_if_last():
            return group
        for request in requests:
            request.error = None
        return None

    def _group(self, connection: sqlite3.Connection, requests: list[Request], tip: Tip | None) -> _Group:
        """What of the requests is accepted; without `tip`, it and what is recorded under their keys are looked up."""
        group = _Group(self._path, self._journal_id, connection, self._clock())
        if tip is None:
            tip = group.look_up(requests)
        group.go_on_from(tip)
        for request in requests:
            group.take(request)
        return group


class _Group:
    """The requests of one commit: what is recorded under their keys, and the rows that are accepted so far."""

    def __init__(self, path: Path, journal_id: str, connection: sqlite3.Connection, now: datetime) -> None:
        self._path, self._journal_id, self._connection = path, journal_id, connection
        self._recorded_us = microseconds(now)
        self._rows: list[Row] = []
        self._has_refused = False
        self._known: dict[tuple[str, str | None], tuple[Receipt, list[Content]]] = {}
        self.receipts: list[tuple[Request, Receipt]] = []
        self.begins_at = 0
        self.tip: Tip = 0, b"", 0

    def go_on_from(self, tip: Tip) -> None:
        """Begin after the newest event, and not before the instant that it was recorded at."""
        self.tip, self.begins_at = tip, tip[0]
        if self._recorded_us < tip[2] <= self._recorded_us + _BACK_US:
            self._recorded_us = tip[2]

    def look_up(self, requests: list[Request]) -> Tip:
        """How far the journal has come; and what is recorded under the requests' keys, for later."""
        names = {(request.actor, request.key) for request in requests if request.key is not None}
        asked = list(chain.from_iterable(names))  # each once: a name asked for twice would find its rows twice
        *known, last = self._connection.execute(_known(len(asked) // 2), asked).fetchall()
        for (actor, key), run in groupby(known, itemgetter(0, 1)):
            rows = list(run)
            self._known[actor, key] = Receipt(rows[0][2], rows[-1][2], instant(rows[0][3])), [row[4:] for row in rows]
        return (last[2], last[6], last[3]) if last[2] else (0, first_hash(self._journal_id), 0)

    def take(self, request: Request) -> None:
        """Accept a request or give it its error."""
        name = request.actor, request.key
        try:
            if name in self._known:
                receipt, contents = self._known[name]
                if contents != request.contents and not request.repeats(contents):
                    raise ConflictError(request.actor, request.key or "", receipt.first)
                receipt = replace(receipt, repeated=True)
            else:
                if request.decide is not None:
                    request.decide(self._tail)
                receipt = self._chain(request)
                if request.key is not None:
                    self._known[name] = receipt, request.contents
            self.receipts.append((request, receipt))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a decision raises is its own caller's
            request.error, self._has_refused = error, True

    def insert(self) -> None:
        """Put the accepted rows into the table."""
        for begin_at in range(0, len(self._rows), _MOST_ROWS):
            rows = self._rows[begin_at : begin_at + _MOST_ROWS]
            self._connection.execute(_insert(len(rows)), list(chain.from_iterable(rows)))

    def insert_if_last(self) -> bool:
        """Put them there and commit, if no other process has written and none of the keys is known; whether so.

        What was refused was refused rightly on the same condition.
        """
        try:
            if self._has_refused or not self._rows:
                newest = self._connection.execute("SELECT max(sequence) FROM event").fetchone()[0] or 0
                if newest != self.begins_at:
                    return False
            if not self._rows:
                return True
            keys = {(row[3], row[5]) for row in self._rows if row[5] is not None}
            asked = [*chain.from_iterable(keys), *[None] * (2 * (len(self._rows) - len(keys)))] if keys else []
            values = [*asked, *chain.from_iterable(self._rows), self.begins_at]
            statement = _insert_if_last(len(self._rows), has_keys=bool(keys))
            return self._connection.execute(statement, values).rowcount == len(self._rows)
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY:
                raise
            return False

    def _chain(self, request: Request) -> Receipt:
        (last, before, _), actor, key, recorded_us = self.tip, request.actor, request.key, self._recorded_us
        first = last + 1
        for kind, at_us, body in request.contents:
            last += 1
            before = chained(before, last, recorded_us, at_us, actor, kind, key, SCHEMA_VERSION, body)
            self._rows.append((last, recorded_us, at_us, actor, kind, key, SCHEMA_VERSION, body, before))
        self.tip = last, before, recorded_us
        return Receipt(first, last, instant(recorded_us))

    def _tail(self, after: int) -> list[Event]:
        """What is in the file, and what this group has accepted so far."""
        kept: list[Event] = []
        if after < self.begins_at:
            kept = stretch(self._connection, self._path, self._journal_id, after, self.begins_at, None).events()
        return [*kept, *(event_of(self._path, row) for row in self._rows if row[0] > after)]


@cache
def _known(keys: int) -> str:
    """The statement for the events under so many keys of actors, and at the end the last event of all.

    It comes as one, for the reason that `_MOST_ROWS` has. The last row has the hash in the body's place.
    """
    asked = ", ".join(["(?, ?)"] * keys)
    last = "SELECT NULL, NULL, max(sequence), recorded_us, NULL, NULL, hash FROM event"
    if not keys:
        return last
    return f"""WITH asked (actor, key) AS (VALUES {asked}) SELECT * FROM (
        SELECT event.actor, event.key, sequence, recorded_us, kind, at_us, CAST(body AS BLOB)
        FROM asked CROSS JOIN event ON event.actor = asked.actor AND event.key = asked.key ORDER BY 1, 2, 3
    ) UNION ALL {last}"""  # noqa: S608  # made of question marks alone


@cache
def _insert_if_last(rows: int, *, has_keys: bool) -> str:
    """The statement for so many rows that inserts all of them or none; as many pairs of actor and key come first."""
    row, name = "(?, ?, ?, ?, ?, ?, ?, ?, ?)", "(?, ?)"
    asked = f"WITH asked (actor, key) AS (VALUES {', '.join([name] * rows)})" if has_keys else ""
    known = "SELECT 1 FROM asked CROSS JOIN event ON event.actor = asked.actor AND event.key = asked.key"
    return f"""INSERT INTO event {asked}
        SELECT column1, column2, column3, column4, column5, column6, column7, CAST(column8 AS TEXT), column9
        FROM (VALUES {", ".join([row] * rows)}) WHERE (SELECT coalesce(max(sequence), 0) FROM event) = ?
        {f"AND NOT EXISTS ({known})" if has_keys else ""}"""  # noqa: S608  # made of question marks alone


@cache
def _insert(rows: int) -> str:
    row = "(?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)"
    return f"INSERT INTO event VALUES {', '.join([row] * rows)}"  # noqa: S608  # made of question marks alone


def begin(connection: sqlite3.Connection) -> None:
    """Become the one writer of all processes; sqlite3.OperationalError (busy) when that takes longer than `WAIT_S`."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
