"""Connections to journal.db: how they are made, who may use one at a time, and what SQLite's errors mean.

Readers take a connection from a pool and give it back, so one connection serves one thread at a time, and there are as
many as threads ever read at once. A connection must not cross a fork: SQLite keeps the process's locks in memory.
Nothing but SQLite opens journal.db in a running program: closing any other handle of it would end all locks that the
process holds on it.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from geo.errors import (
    DamagedJournalError,
    GeoError,
    JournalBusyError,
    JournalError,
    JournalFullError,
    ReadOnlyJournalError,
    UnreadableFileError,
)

WAIT_S: Final = 5.0
"""For how long a reader or writer waits for another process before it gives up."""

_PATIENTLY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE}


class Line:
    """One connection, for one thread at a time: used as a block, it goes back to the others at its end.

    `newest` is the newest sequence that it saw at the file's version `version`, `rows` the last events up to it, where
    it has read them.
    """

    __slots__ = ("_lines", "connection", "cursor", "newest", "rows", "version")

    def __init__(self, lines: Lines, connection: sqlite3.Connection) -> None:
        self._lines, self.connection = lines, connection
        self.cursor = connection.cursor()
        self.version = self.newest = -1
        self.rows: Sequence[tuple[Any, ...]] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            self._lines.give(self)
            return
        self.connection.close()
        if isinstance(error, sqlite3.Error):
            raise meaning(self._lines.path, error) from error


def connect(path: Path, *, writes: bool = False, mode: str = "rw", is_damaged: bool = False) -> sqlite3.Connection:
    """A connection with the journal's settings. `mode` is rw, ro, or immutable for what never changes (SQLite's URIs).

    In a damaged file SQLite reads pages as far as there are any, instead of none.
    """
    query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        timeout=0 if writes else WAIT_S,  # a writer waits by itself: see `writing.begin`
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if is_damaged:
            connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA synchronous = FULL" if writes else "PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; "corrupt" for what the module itself finds wrong with a value."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF


def meaning(path: Path, error: sqlite3.Error) -> GeoError:
    """What an error of SQLite means to whoever uses the journal."""
    extended = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.ProgrammingError) and extended is None:
        return JournalError(f"{path.name}: {error}")  # closed, or wrongly used
    code = code_of(error)
    if code == sqlite3.SQLITE_FULL or extended in _FULL:
        return JournalFullError(path, str(error))
    if code in _PATIENTLY or code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT):
        return JournalBusyError(path, str(error))
    if code == sqlite3.SQLITE_READONLY:
        return ReadOnlyJournalError(path)
    return DamagedJournalError(path, str(error))


@contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors inside the block as the journal's own."""
    try:
        yield
    except GeoError:
        raise  # some are the system's too
    except sqlite3.Error as error:
        raise meaning(path, error) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise JournalFullError(path, error.strerror or "") from None
        raise UnreadableFileError(path, error.strerror or str(error)) from None


class Lines:
    """The readers' connections. Closed ones and those of another process are refused."""

    def __init__(self, path: Path, connected: Callable[[], sqlite3.Connection]) -> None:
        self.path = path
        self._connected = connected
        self._idle: list[Line] = []
        self._process, self._is_closed = os.getpid(), False

    def taken(self) -> Line:
        """A connection for a block; SQLite's errors inside it as the journal's own, and then it is not used again."""
        self.check()
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return Line(self, self._connected())
        except sqlite3.Error as error:
            raise meaning(self.path, error) from error

    def give(self, line: Line) -> None:
        """Back to the others, with no statement of it running."""
        self._idle.append(line)
        if self._is_closed:  # while it was away
            self.close()

    def check(self) -> None:
        """JournalError when the journal is closed or was opened before the process forked."""
        if os.getpid() != self._process:
            raise JournalError(f"{self.path.name} was opened before the process forked: open it after")
        if self._is_closed:
            raise JournalError(f"{self.path.name} is closed")

    def close(self) -> None:
        """End the idle connections now, and those in use when they come back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().connection.close()
