"""Copies of a journal: taken while it is in use, and put in its place again."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

from geo.errors import DamagedJournalError, JournalBusyError, NotFoundError
from geo.files import settle, workroom
from geo.journal.checking import Verdict, id_of, verdict_on
from geo.journal.lines import connect, told
from geo.journal.mark import Marker
from geo.journal.presence import Presence
from geo.journal.tail import log_of

JOURNAL: Final = "journal.db"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: `verdict` on what is there now, and where the former journal is (None: there was none)."""

    verdict: Verdict
    former: Path | None


def copied(connection: sqlite3.Connection, target: Path) -> Verdict:
    """A copy of the journal as it is at one instant at `target`: read through, on the disk, whole or not at all.

    Writers go on meanwhile. The copy is one file that needs nothing beside it.
    """
    with told(target), workroom(target.parent) as room:
        unfinished = room / target.name
        verdict = _copy(connection, unfinished)
        settle(unfinished, target, 0o440)
    return verdict


def restore(path: Path, folder: Path, clock: Callable[[], datetime]) -> Restored:
    """Make the copy at `path` the journal of `folder`. It is checked first; the former journal is kept beside it.

    NotFoundError without a copy; DamagedJournalError when it is not whole, and then nothing changes; JournalBusyError
    while a program has the journal open: what it has told since would be lost unnoticed.
    """
    if not path.is_file():
        raise NotFoundError("file", str(path))
    with workroom(folder) as room, closing(Presence(folder)) as presence:
        if not presence.is_alone:
            raise JournalBusyError(folder / JOURNAL, "another program has it open: stop the service first")
        fresh = room / JOURNAL
        with told(path), closing(connect(path, mode="ro")) as source:
            verdict = _copy(source, fresh)
        with told(folder / JOURNAL):
            former = _put_aside(folder / JOURNAL, f"{clock():%Y%m%dT%H%M%S}")
            settle(fresh, folder / JOURNAL, 0o640)
        mark_end(folder, verdict)
    return Restored(verdict, former)


def verdict_of(path: Path) -> Verdict:
    """Everything about a copy that nobody writes to; DamagedJournalError when it is not whole."""
    with told(path), closing(connect(path, mode="ro")) as copy:
        verdict = verdict_on(copy, path, id_of(copy, path), bodies=False)
    return _whole(path, verdict)


def mark_end(folder: Path, verdict: Verdict) -> None:
    """Let the folder's mark tell that its journal has come as far as this."""
    with closing(Marker(folder)) as marker:
        marker.put(verdict.events, verdict.hash)


def _copy(source: sqlite3.Connection, target: Path) -> Verdict:
    """Copy and read through; DamagedJournalError when the copy is not whole."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        verdict = verdict_on(copy, target, id_of(copy, target), bodies=False)
    return _whole(target, verdict)


def _whole(path: Path, verdict: Verdict) -> Verdict:
    if verdict.problems:
        raise DamagedJournalError(path, verdict.problems[0], last_good=(verdict.first_bad or 1) - 1)
    return verdict


def _put_aside(path: Path, stamp: str) -> Path | None:
    """A second name for the former journal, with its log if that cannot be taken in."""
    if not path.exists():
        return None
    with suppress(sqlite3.Error), closing(connect(path)) as last:
        last.execute("SELECT max(sequence) FROM event").fetchone()  # closing takes the log in, if the file is whole
    names = (f"journal-before-{stamp}{f'-{number}' if number > 1 else ''}.db" for number in count(1))
    former = next(one for one in map(path.with_name, names) if not one.exists())
    try:
        os.link(path, former)
    except OSError:  # a file system without second names
        shutil.copyfile(path, former)
    for beside in (log_of(path), path.with_name(f"{path.name}-shm")):
        if beside.exists():  # a log must never meet another file than its own
            beside.replace(former.with_name(beside.name.replace(path.name, former.name)))
    return former
