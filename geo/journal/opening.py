"""Opening a journal: made if asked for, brought up to date, and looked at before anyone relies on it."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from geo.errors import DamagedJournalError, JournalError, NotFoundError
from geo.journal import schema
from geo.journal.backups import JOURNAL, copied
from geo.journal.chain import first_hash
from geo.journal.lines import code_of, connect, told
from geo.journal.mark import MARK, Mark, read_mark
from geo.journal.presence import Presence
from geo.journal.rows import walk
from geo.journal.tail import cut_of, log_of
from geo.journal.writing import begin

LOOKED_AT: Final = 1_000
"""The last events whose chain is checked on opening; `verify` checks all of them."""
EVENTS_PER_PAGE: Final = 40
"""At most, as none takes less than 100 bytes: where the log was cut, all are checked that its pages may hold."""

log = logging.getLogger("yixian")


@dataclass(slots=True)
class Opened:
    """What opening found. `mode` is rw, ro, or immutable where not even a lock can be kept.

    `damage` is why nothing may be written, `notices` what was cut and kept aside, `newest` the last event that can be
    read. `in_log` events at most were in a log that was cut. `connection` is open, for the first who needs one.
    """

    path: Path
    mode: str
    connection: sqlite3.Connection
    journal_id: str = ""
    newest: int = 0
    damage: DamagedJournalError | None = None
    in_log: int = 0
    notices: list[str] = field(default_factory=list)


def exists(folder: Path) -> bool:
    """Whether the folder has a journal, whole or not."""
    return any((folder / name).exists() for name in (JOURNAL, MARK))


def open_file(folder: Path, presence: Presence, *, create: bool, clock: Callable[[], datetime]) -> Opened:
    """The folder's journal, ready. NotFoundError when there is none; DamagedJournalError when nothing can be read."""
    path, mark = folder / JOURNAL, read_mark(folder)
    size = path.stat().st_size if path.exists() else 0
    if size == 0 and mark is not None:
        raise DamagedJournalError(path, f"it is empty or missing, and has held {mark.sequence} events")
    if not path.exists() and not create:
        raise NotFoundError("journal", str(path))
    with told(path):
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o640))
        opened = _connected(path, presence, clock)
        try:
            _prepare(opened, is_new=size == 0, create=create)
            _find_end(opened, pages=presence.is_alone)
            if mark is not None and opened.damage is None:
                _compare(opened, mark, presence, clock)
        except BaseException:
            opened.connection.close()
            raise
    for notice in opened.notices:
        log.warning("%s: %s", path, notice)
    if opened.damage is not None:
        log.error("%s", opened.damage)
    return opened


def _connected(path: Path, presence: Presence, clock: Callable[[], datetime]) -> Opened:
    """A connection to the file, for writing where that can be.

    Before SQLite has seen it, what it would drop of the log is kept aside. Where that cannot be, as on a full disk,
    nothing is written, not even on closing.
    """
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return _connected_to_read(path)
    cut = cut_of(log_of(path)) if presence.is_alone else None
    if cut is None:
        return Opened(path, "rw", connect(path, writes=True))
    try:
        aside = _kept_aside(log_of(path), "cut", clock, shutil.copy)
    except OSError as reason:
        damage = DamagedJournalError(path, f"{cut}, and cannot be kept aside: {reason.strerror}")
        return Opened(path, "ro", connect(path, mode="ro"), damage=damage)
    notice = f"{cut}: {aside} has them"
    return Opened(path, "rw", connect(path, writes=True), in_log=EVENTS_PER_PAGE * cut.frames, notices=[notice])


def _connected_to_read(path: Path) -> Opened:
    connection = connect(path, mode="ro")
    try:
        schema.version_of(connection)
    except sqlite3.OperationalError:
        connection.close()
        return Opened(path, "immutable", connect(path, mode="immutable"))
    return Opened(path, "ro", connection)


def _prepare(opened: Opened, *, is_new: bool, create: bool) -> None:
    """The tables made or migrated, the log switched on, the id read."""
    connection, path = opened.connection, opened.path
    if is_new or (opened.mode == "rw" and _was_cut_off(opened)):
        if not create:
            raise NotFoundError("journal", str(path))
        _make(connection)
    version = _version(opened)
    if version > schema.SCHEMA:
        raise JournalError(
            f"{path.name} has schema {version}; this program reads up to {schema.SCHEMA}: use a newer one, "
            f"or restore the backup that was taken before"
        )
    if opened.mode == "rw" and opened.damage is None:
        connection.execute("PRAGMA journal_mode = WAL")
        if version < schema.SCHEMA:
            _migrate(opened, version)
    found = opened.connection.execute("SELECT id FROM journal").fetchall()
    if len(found) != 1 or not isinstance(found[0][0], str):
        raise DamagedJournalError(path, "it has lost its id")
    opened.journal_id = found[0][0]


def _was_cut_off(opened: Opened) -> bool:
    """Whether the file's maker was killed before it had any table."""
    with suppress(sqlite3.DatabaseError):
        return schema.version_of(opened.connection) == 0 and schema.is_empty(opened.connection)
    return False


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    begin(connection)
    if schema.is_empty(connection):  # another process may have been faster
        schema.create(connection, str(uuid.uuid4()))
    connection.execute("COMMIT")


def _version(opened: Opened) -> int:
    """The schema's version; where the file is cut short, from a connection that reads what is left."""
    try:
        found = opened.connection.execute("PRAGMA application_id").fetchone()[0]
        version = schema.version_of(opened.connection)
        opened.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if code_of(error) != sqlite3.SQLITE_CORRUPT or opened.damage is not None:
            raise
        opened.damage = DamagedJournalError(opened.path, str(error))
        opened.connection.close()
        opened.connection = connect(opened.path, is_damaged=True)
        return _version(opened)
    if found != schema.APPLICATION_ID or version < 1:
        raise DamagedJournalError(opened.path, "it is not a journal of Yixian")
    return version


def _migrate(opened: Opened, version: int) -> None:
    """Bring the tables up to date; a copy of the file as it was stays beside it, for the way back."""
    copied(opened.connection, opened.path.with_name(f"journal-schema-{version}.db"))
    begin(opened.connection)
    still = schema.version_of(opened.connection)
    schema.migrate(opened.connection, still)
    opened.connection.execute("COMMIT")
    if still < schema.SCHEMA:
        opened.notices.append(
            f"brought from schema {version} to {schema.SCHEMA}; journal-schema-{version}.db is as before"
        )


def _kept_aside(path: Path, what: str, clock: Callable[[], datetime], kept: Callable[[Path, Path], object]) -> str:
    aside = path.with_name(f"{path.name}.{what}-{clock():%Y%m%dT%H%M%S}")
    kept(path, aside)
    return aside.name


def _find_end(opened: Opened, *, pages: bool) -> None:
    """The newest event, and the chain of the last ones; all of it where anything is wrong.

    With `pages` the structure of every page is looked at too, a quarter of a second for a year: what is written to a
    harmed page may destroy what stands beside it, and a harmed index does not know a key again.
    """
    try:
        newest = opened.connection.execute("SELECT max(sequence) FROM event").fetchone()[0] or 0
        if opened.damage is None:
            after = max(newest - max(LOOKED_AT, opened.in_log), 0)
            deque(walk(opened.connection, opened.path, opened.journal_id, after), maxlen=0)
            opened.newest = newest
            problem = _page_problem(opened.connection) if pages and opened.mode == "rw" else None
            if problem is None:
                return
            opened.damage = DamagedJournalError(opened.path, problem, last_good=newest)
    except sqlite3.Error as error:
        if code_of(error) != sqlite3.SQLITE_CORRUPT:
            raise
    except DamagedJournalError:
        pass  # found again below, from the first event on
    try:
        for rows in walk(opened.connection, opened.path, opened.journal_id):
            opened.newest = rows[-1][0]
    except DamagedJournalError as error:
        opened.damage, opened.newest = error, error.last_good or 0


def _page_problem(connection: sqlite3.Connection) -> str | None:
    """The first thing that SQLite finds wrong with its pages, in a line; None where they are whole."""
    found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    return None if found == "ok" else found.splitlines()[-1]


def _compare(opened: Opened, mark: Mark, presence: Presence, clock: Callable[[], datetime]) -> None:
    """Say what the mark knows and the journal does not, and keep such a mark aside."""
    if lost := _lost(opened, mark):
        path = opened.path.with_name(MARK)
        where = _kept_aside(path, "lost", clock, os.replace) if presence.is_alone and opened.mode == "rw" else MARK
        opened.notices.append(f"{lost}; {where} has its number and hash")


def _lost(opened: Opened, mark: Mark) -> str:
    """What the mark knows and the journal does not; empty when it has all of it."""
    if mark.sequence > opened.newest:
        return (
            f"{mark.sequence - opened.newest} events that had been accepted are lost: "
            f"it had come to {mark.sequence} and ends at {opened.newest}"
        )
    found = opened.connection.execute("SELECT hash FROM event WHERE sequence = ?", (mark.sequence,)).fetchone()
    own_hash = found[0] if found else first_hash(opened.journal_id)
    return "" if own_hash == mark.hash else f"event {mark.sequence} is another than the one that had been accepted"
