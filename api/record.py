"""The live record of a data folder: the Board kept level with the journal, and the one way to write to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

from api.access import Actor
from api.settings import clock
from api.touched import touched
from geo.admission import admit
from geo.board import BULK, Board, fold, from_snapshot, to_snapshot
from geo.board.live import Bulk
from geo.errors import ConflictError, DamagedJournalError, GeoError, NotFoundError, StaleSnapshotError
from geo.events import Draft, Event, events_of_frames
from geo.journal import Journal, Receipt, Stretch
from geo.journal.commits import Tail
from geo.layers.registry import LAYERS
from geo.store import County

IMPORTER = "import"
"""The actor of what came from files."""
_FIRST = "the folder's live layers"
SNAPSHOT_EVENTS = 10_000
"""After this many events more the Board is kept as a snapshot."""
_MANY = 500
"""From this many events on, columns are faster than events one by one."""


class Record:
    """What a data folder's journal tells, over one version of its reference layers. Safe for threads.

    As long as the journal has no events the folder's live layers count as they are; the first write takes them into it.
    """

    def __init__(
        self,
        folder: Path,
        county: County,
        now: Callable[[], datetime],
        journal: Journal | None,
        *,
        before: Board | None = None,
    ) -> None:
        self.folder, self._atlas, self._now = folder, county.atlas, now
        self._layers = {name: county.layers.get(name) for name, spec in LAYERS.items() if spec.live}
        self._lock = Lock()
        self._board = county.board
        self._end: int | None = None
        self._kept = 0
        self.journal = journal
        if journal is not None and self._is_behind(journal):
            self._board = self._folded(journal, before or county.board)

    def board(self) -> Board:
        """The Board after everything that anyone was told is recorded, by whatever process.

        Of a damaged journal it is the Board after the last good event.
        """
        journal = self.journal or self._opened()
        if journal is not None and self._is_behind(journal):
            with self._lock:
                if self._is_behind(journal):
                    self._board = self._caught_up(journal)
        return self._board

    @property
    def is_level(self) -> bool:
        """Whether the Board is level with the journal already; some microseconds."""
        journal = self.journal
        return not Journal.exists(self.folder) if journal is None else not self._is_behind(journal)

    def write(self, actor: Actor, drafts: Sequence[Draft], *, key: str | None = None) -> Receipt:
        """Record all of `drafts` or none, by `actor`; when this returns they are on the disk.

        ForbiddenError where the actor may not write that there; ConflictError where `key` stood for something else;
        and what `geo.admission.admit` and `Journal.append` refuse with.
        """
        for draft in drafts:
            actor.refuse(draft.kind, ())  # before anything is begun
        journal = self._begun()

        def decide(tail: Tail) -> None:
            board = self.board()
            board = board.advance(tail(board.sequence))
            for draft in drafts:
                for kind, codes in touched(draft, board, self._event):
                    actor.refuse(kind, codes)
            admit(self._atlas, board, drafts, role=actor.role, now=self._now())

        return journal.append(drafts, actor=actor.name, key=key, decide=decide)

    def close(self) -> None:
        """Let go of the journal; nothing can be asked of this record afterwards."""
        if self.journal is not None:
            self.journal.close()

    def _is_behind(self, journal: Journal) -> bool:
        return self._end is None and journal.newest() > self._board.sequence

    def _caught_up(self, journal: Journal) -> Board:
        if self._board.sequence == 0:
            return self._folded(journal, self._board)
        return self._advanced(journal, self._board)

    def _folded(self, journal: Journal, before: Board) -> Board:
        """The Board from the newest snapshot on, or where there is none that holds, from the first event on."""
        snapshot = journal.newest_snapshot()
        if snapshot is not None:
            with suppress(StaleSnapshotError):
                board = from_snapshot(self._atlas, snapshot.content, before=before)
                self._kept = board.sequence
                return self._advanced(journal, board)
        events, bulk = _columns_of(self._tail(journal, 0))
        return self._keep(journal, fold(self._atlas, events, bulk=bulk, before=before))

    def _advanced(self, journal: Journal, board: Board) -> Board:
        return self._keep(journal, board.advance(*_columns_of(self._tail(journal, board.sequence))))

    def _tail(self, journal: Journal, after: int) -> Stretch:
        try:
            return journal.stretch(after)
        except DamagedJournalError as damage:
            if damage.last_good is None:
                raise
            self._end = damage.last_good
            return journal.stretch(after, upto=damage.last_good)

    def _keep(self, journal: Journal, board: Board) -> Board:
        """Now and then a snapshot, so that the next start need not begin at the first event."""
        if board.sequence - self._kept >= SNAPSHOT_EVENTS and not journal.is_read_only:
            self._kept = board.sequence
            with suppress(GeoError, OSError):  # a full disk: the next start folds longer, and that is all
                journal.keep_snapshot(board.sequence, to_snapshot(board))
        return board

    def _event(self, sequence: int) -> Event | None:
        found = self.journal.read(sequence - 1, limit=1) if self.journal is not None and sequence > 0 else []
        return found[0] if found else None

    def _opened(self, *, create: bool = False) -> Journal | None:
        if not create and not Journal.exists(self.folder):
            return None
        with self._lock:
            if self.journal is None:
                self.journal = open_journal(self.folder, create=create)
            return self.journal

    def _begun(self) -> Journal:
        """The journal to write to. A new one begins with what the folder's live layers tell, in one step."""
        journal = self.journal or self._opened(create=True)
        assert journal is not None  # noqa: S101  # one that may be created is there
        if journal.newest() == 0:
            drafts = events_of_frames(**self._layers)
            if drafts:
                with suppress(ConflictError):  # another process has begun it, with the layers as it read them
                    journal.append(drafts, actor=IMPORTER, key=_FIRST)
        return journal


def open_journal(folder: Path, *, create: bool = False) -> Journal | None:
    """The folder's journal, None where there is none; with `create` one is made."""
    if not create and not Journal.exists(folder):
        return None
    try:
        return Journal.open(folder, create=create, clock=clock)
    except NotFoundError:
        if create:
            raise
        return None  # another process is making it


def _columns_of(stretch: Stretch) -> tuple[list[Event], Bulk]:
    """Events, and those of the frequent kinds as columns where there are many."""
    if len(stretch) < _MANY:
        return stretch.events(), {}
    return stretch.events(without=BULK), {kind: stretch.columns(kind) for kind in BULK}
