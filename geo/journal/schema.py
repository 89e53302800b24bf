"""The tables of journal.db, its schema's version, and what brings an older one up to it."""

from __future__ import annotations

import sqlite3
from types import MappingProxyType
from typing import Final

APPLICATION_ID: Final = 0x59584A31
"""YXJ1 in the file's header: what `file` and a curious person tell a journal by."""

SCHEMA: Final = 1
"""The version of the tables. That of the bodies is `geo.events.SCHEMA_VERSION`, and stands with each event."""

MIGRATIONS: Final = MappingProxyType[int, tuple[str, ...]]({})
"""The statements that turn the tables of a version into those of the next one."""

TABLES: Final = (
    """CREATE TABLE event (
    sequence INTEGER PRIMARY KEY,
    recorded_us INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
)""",
    "CREATE INDEX event_key ON event (actor, key) WHERE key IS NOT NULL",
    "CREATE TABLE journal (id TEXT NOT NULL)",
    *(
        f"CREATE TRIGGER event_never_{name} BEFORE {name.upper()} ON event "
        f"BEGIN SELECT RAISE(ABORT, 'events are never changed: append a correction'); END"
        for name in ("update", "delete")
    ),
)
"""An older program's statement is refused by the triggers as much as a person's in `sqlite3`."""


def create(connection: sqlite3.Connection, journal_id: str) -> None:
    """Make the tables of a new journal, inside the open transaction."""
    for statement in TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO journal VALUES (?)", (journal_id,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring the tables of `version` up to `SCHEMA`, inside the open transaction."""
    for earlier in range(version, SCHEMA):
        for statement in MIGRATIONS[earlier]:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 in a file that has none yet."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the file has no tables at all: its making was cut off."""
    found: tuple[int] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return found == (0,)


def differences(connection: sqlite3.Connection) -> list[str]:
    """What is there that should not be, or the other way round; empty in a whole journal."""
    found = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    return [
        *(f"not in the file: {one.splitlines()[0]}" for one in TABLES if one not in found),
        *(f"not of a journal: {str(one).splitlines()[0][:80]}" for one in sorted(map(str, found - set(TABLES)))),
    ]
