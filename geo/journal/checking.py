"""All of a journal checked: SQLite's pages, the tables, the chain of every event, and that every body can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.errors import DamagedJournalError
from geo.journal import schema
from geo.journal.chain import first_hash
from geo.journal.rows import event_of, walk

MOST_PROBLEMS: Final = 20
"""Named in a verdict; a journal with more of them is not mended by reading on."""

Progress = Callable[[int, int], None]
"""Called with how many events are checked, and how many there are."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many events were good, the hash of the last of them, the first one that is not, and what is wrong."""

    events: int
    hash: bytes
    first_bad: int | None
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def id_of(connection: sqlite3.Connection, path: Path) -> str:
    """The journal's id; DamagedJournalError when the file is no journal, or has lost it."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    found = connection.execute("SELECT id FROM journal").fetchall() if application == schema.APPLICATION_ID else []
    if len(found) != 1 or not isinstance(found[0][0], str):
        raise DamagedJournalError(path, "it is not a journal of Yixian, or has lost its id")
    journal_id: str = found[0][0]
    return journal_id


def verdict_on(
    connection: sqlite3.Connection,
    path: Path,
    journal_id: str,
    progress: Progress | None = None,
    *,
    bodies: bool = True,
) -> Verdict:
    """Check everything. Where an event is bad, those after it are checked against what it claims to be.

    Without `bodies`, that they are as they were written is enough: a tenth of the time.
    """
    problems = _pages(connection)
    events, last_hash, after, first_bad = 0, first_hash(journal_id), 0, None
    while len(problems) < MOST_PROBLEMS:
        try:
            total = connection.execute("SELECT max(sequence) FROM event").fetchone()[0] or 0
            for rows in walk(connection, path, journal_id, after):
                for row in rows if bodies else ():
                    event_of(path, row)
                events, after, last_hash = events + len(rows), rows[-1][0], rows[-1][8]
                if progress is not None:
                    progress(after, total)
            break
        except DamagedJournalError as error:
            problems.append(error.reason)
            last_good = after if error.last_good is None else error.last_good
            first_bad = first_bad or last_good + 1
            events += max(last_good - after, 0)
            following = _following(connection, last_good)
            if following is None:
                break
            after = following
        except sqlite3.DatabaseError as error:
            problems.append(str(error))
            break
    return Verdict(events, last_hash, first_bad, tuple(problems))


def _pages(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with its own pages, and what is not as in a journal."""
    try:
        found = [one for (one,) in connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})") if one != "ok"]
        return [*found, *schema.differences(connection)][: MOST_PROBLEMS - 1]
    except sqlite3.DatabaseError as error:
        return [str(error)]


def _following(connection: sqlite3.Connection, last_good: int) -> int | None:
    """The first event after a good one, whatever it is like; None when there is none that can be read."""
    try:
        found: tuple[int | None] = connection.execute(
            "SELECT min(sequence) FROM event WHERE sequence > ?", (last_good,)
        ).fetchone()
    except sqlite3.DatabaseError:
        return None
    return found[0]
