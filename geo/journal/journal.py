"""The journal of a data folder: events are appended, read and checked; nothing is ever changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from geo.errors import DamagedJournalError, InputError, ReadOnlyJournalError, UnreadableFileError
from geo.events import Draft, Event, encode
from geo.journal import opening, snapshots
from geo.journal.backups import copied
from geo.journal.chain import first_hash, microseconds
from geo.journal.checking import Progress, Verdict, verdict_on
from geo.journal.commits import Commits, Decide, Receipt, Request
from geo.journal.lines import Lines, connect
from geo.journal.mark import Marker
from geo.journal.presence import Presence
from geo.journal.repeats import repeats
from geo.journal.rows import Stretch, known, see, stretch
from geo.journal.snapshots import Snapshot
from geo.journal.writing import Writer, Written
from geo.terms import EventKind


class Journal:
    """Append-only events in the folder's journal.db, shared by threads and processes.

    Every method may be called by any thread. A journal does not cross a fork: open it after. `notices` says what
    opening cut off, `damage` why nothing may be written, None in a whole journal.
    """

    def __init__(self, folder: Path, opened: opening.Opened, presence: Presence, clock: Callable[[], datetime]) -> None:
        self.folder, self.id, self.notices = folder, opened.journal_id, tuple(opened.notices)
        self.damage = opened.damage
        self._path, self._mode, self._presence = opened.path, opened.mode, presence
        self._end = opened.newest if opened.damage else None
        self._begun_at: int | None = None
        self._lines = Lines(self._path, self._connected)
        self._marker = Marker(folder) if opened.mode == "rw" else None
        self._writer = Writer(self._path, self.id, clock, self._committed)
        self._writer.adopt(opened.connection)
        self._commits = Commits(self._writer.write, self._writer.mark)

    @classmethod
    def open(cls, folder: Path, *, create: bool = False, clock: Callable[[], datetime]) -> Self:
        """The journal of `folder`; with `create` one is made where there is none, else that is a NotFoundError.

        Its end is checked, not all of it. A torn end is cut off, kept aside and told in `notices`; a damage leaves
        what comes before it readable and nothing writable. DamagedJournalError when nothing can be read at all.
        `clock` gives the instant that an event is recorded at.
        """
        if not folder.is_dir():
            raise UnreadableFileError(folder, "is not a folder")
        presence = Presence(folder)
        try:
            opened = opening.open_file(folder, presence, create=create, clock=clock)
            presence.share()
        except BaseException:
            presence.close()
            raise
        return cls(folder, opened, presence, clock)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether the folder has a journal, whole or not."""
        return opening.exists(folder)

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written, because the folder does not let us or the journal is damaged."""
        return self._mode != "rw" or self.damage is not None

    @property
    def written(self) -> Written:
        """What this process has recorded since it opened the journal."""
        return self._writer.written

    def newest(self) -> int:
        """The newest sequence that anyone was told of, in any process; 0 in an empty journal. Some microseconds."""
        if self._end is not None:
            return self._end
        with self._lines.taken() as line:
            return see(line)

    def begun_at(self) -> int | None:
        """The first event that tells of the field; None while all tell only of who used the service. See `AccessNote`.

        Then the county is still as its layers have it.
        """
        if self._begun_at is None:
            try:
                with self._lines.taken() as line:
                    found = line.cursor.execute(
                        "SELECT sequence FROM event WHERE kind <> ? ORDER BY sequence LIMIT 1", (EventKind.ACCESS,)
                    ).fetchone()
            except DamagedJournalError:
                return 1  # whoever reads on is told of the damage
            self._begun_at = None if found is None else found[0]
        return self._begun_at

    def newer(self, after: int, newest: int) -> Stretch:
        """The events after a sequence up to `newest`, or later ones too: as `stretch`, quickest where they are few.

        `newest` is what `newest()` gave: the same connection read the events then.
        """
        if self._end is not None:
            return self.stretch(after)
        try:
            with self._lines.taken() as line:
                if line.newest < newest:
                    see(line)
                if line.rows and 0 < line.rows[0][0] <= after:
                    return known(self._path, line.rows, after)
                return stretch(line.connection, self._path, self.id, after, None, None)
        except DamagedJournalError as error:
            self.damage = self.damage or error
            raise

    def read(self, after: int = 0, *, upto: int | None = None, limit: int | None = None) -> list[Event]:
        """The events after a sequence, at most `limit` of them and none after `upto`, each checked against the chain.

        DamagedJournalError where one is not what was recorded; its `last_good` says how far can be read.
        """
        return self.stretch(after, upto=upto, limit=limit).events()

    def stretch(self, after: int = 0, *, upto: int | None = None, limit: int | None = None) -> Stretch:
        """The same as they are kept, for folds of very many: see `Stretch.columns`."""
        if self._end is not None and upto is None:
            upto = self._end
        try:
            with self._lines.taken() as line:
                return stretch(line.connection, self._path, self.id, after, upto, limit)
        except DamagedJournalError as error:
            self.damage = self.damage or error
            raise

    def append(
        self, drafts: Sequence[Draft], *, actor: str, key: str | None = None, decide: Decide | None = None
    ) -> Receipt:
        """Record all of `drafts` or none; when this returns, they are on the disk.

        The same actor, key and content again give the first receipt; other content under the key is a ConflictError.
        An instant that the sender left to the clock (`Draft.is_dated`) is no content.
        `decide` is called right before, while nothing else can be recorded, in some thread and not for a repeated
        key; what it raises refuses these drafts alone. It must not append itself.
        JournalFullError, JournalBusyError: nothing was recorded, as far as can be known; under a key it is safe to
        try again. ReadOnlyJournalError, DamagedJournalError: nothing can be.
        """
        if self.damage is not None:
            raise self.damage
        if self._mode != "rw":
            raise ReadOnlyJournalError(self._path)
        if not drafts:
            raise InputError("nothing to record", parameter="drafts")
        self._lines.check()
        contents = [(draft.kind.value, microseconds(draft.at), encode(draft.body)) for draft in drafts]
        return self._commits.submit(Request(contents, actor, key, decide, partial(repeats, drafts)))

    def hash_at(self, sequence: int) -> bytes | None:
        """The hash of the chain after an event (0: before the first), None when there is no such event."""
        if sequence == 0:
            return first_hash(self.id)
        with self._lines.taken() as line:
            found = line.cursor.execute("SELECT hash FROM event WHERE sequence = ?", (sequence,)).fetchone()
            return None if found is None else found[0]

    def sequence_at(self, moment: datetime) -> int:
        """The newest of the events that had been recorded by `moment`; 0 when there was none."""
        with self._lines.taken() as line:
            found = line.cursor.execute(
                "SELECT max(sequence) FROM event WHERE recorded_us <= ?", (microseconds(moment),)
            ).fetchone()
            return found[0] or 0

    def verify(self, progress: Progress | None = None) -> Verdict:
        """Check pages, tables, the chain of every event, and that every body can be read."""
        with self._lines.taken() as line:
            verdict = verdict_on(line.connection, self._path, self.id, progress)
        if self.damage is None and not verdict.is_whole:
            last_good = None if verdict.first_bad is None else verdict.first_bad - 1
            self.damage = DamagedJournalError(self._path, verdict.problems[0], last_good=last_good)
        return verdict

    def backup(self, path: Path) -> Verdict:
        """A copy of the journal as it is at one instant at `path`, read through and on the disk; writers go on."""
        with self._lines.taken() as line:
            return copied(line.connection, path)

    def keep_snapshot(self, sequence: int, content: bytes) -> None:
        """Keep what the events up to `sequence` were folded to; the last two are kept."""
        own_hash = self.hash_at(sequence)
        if own_hash is None:
            raise InputError(f"there is no event {sequence}", parameter="sequence")
        snapshots.keep(self.folder, sequence, own_hash, content)

    def newest_snapshot(self, upto: int | None = None) -> Snapshot | None:
        """The newest whole snapshot of this journal, none after `upto`."""
        return snapshots.newest(self.folder, self.hash_at, self.newest() if upto is None else upto)

    def close(self) -> None:
        """End all connections; the last one of all processes takes the log into the file."""
        self._lines.close()
        self._writer.close()
        if self._marker is not None:
            self._marker.close()
        self._presence.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(self) -> sqlite3.Connection:
        return connect(self._path, mode=self._mode, is_damaged=self._end is not None)

    def _committed(self, sequence: int, own_hash: bytes) -> None:
        if self._marker is not None:
            self._marker.put(sequence, own_hash)
