"""The live record of a data folder: the Board kept level with the journal, and the one way to write to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

from api.access import Actor
from api.keeping import Keeper
from api.settings import clock
from api.touched import touched
from geo.admission import admit
from geo.board import BULK, Board, fold, from_snapshot
from geo.board.live import Bulk
from geo.board.making import empty_board, whole
from geo.errors import ConflictError, DamagedJournalError, InputError, NotFoundError, StaleSnapshotError
from geo.events import Draft, Event, events_of_frames
from geo.journal import Journal, Receipt, Stretch
from geo.journal.commits import Tail
from geo.layers.registry import LAYERS
from geo.store import County, Pause

IMPORTER = "import"
"""The actor of what came from files."""
_FIRST = "the folder's live layers"
SNAPSHOT_EVENTS = 10_000
"""After this many events more the Board is kept as a snapshot."""
_KEPT_EARLIER = 4
"""So many Boards of earlier moments are kept: who looks back asks several questions of one moment."""
_STEP = 250
"""So many events are folded in a millisecond or two."""
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
        before: Record | None = None,
        pause: Pause | None = None,
    ) -> None:
        """`before` is the record of the version served until now, of the same journal. `pause` is called between short
        steps of the fold."""
        self.folder, self._atlas, self._now = folder, county.atlas, now
        self._layers = {name: county.layers.get(name) for name, spec in LAYERS.items() if spec.live}
        self._lock = Lock()
        self._board = county.board
        self._end: int | None = None
        self._accesses = 0
        self._kept = 0
        self._keeper: Keeper = Keeper() if before is None else before._keeper
        self._ahead: tuple[bytes, Board] | None = None
        self._earlier: dict[int, Board] = {}
        self.journal = journal
        if journal is not None and self._is_behind(journal) and not self._has_only_accesses(journal):
            self._board = self._folded(journal, county.board if before is None else before.board(), pause)

    def board(self) -> Board:
        """The Board after everything that anyone was told is recorded, by whatever process.

        Of a damaged journal it is the Board after the last good event.
        """
        journal = self.journal or self._opened()
        if journal is not None and self._end is None:
            newest = journal.newest()
            if newest > self.newest:
                with self._lock:
                    if newest > self.newest and self._end is None:
                        self._board = self._caught_up(journal, newest)
        return self._board

    @property
    def newest(self) -> int:
        """The newest event that is known here; before the record begins it tells only of who used the service."""
        return max(self._board.sequence, self._accesses)

    @property
    def held(self) -> Board:
        """The Board as it was folded last, without a look at what came since."""
        return self._board

    def as_of(self, moment: int | datetime) -> Board:
        """The Board as it was known after the event `moment`, or at the instant `moment`; the last few are kept.

        InputError where nothing had been recorded by then: without a journal nobody knows what was known when.
        """
        journal, board = self.journal, self.board()
        sequence = moment if isinstance(moment, int) else journal.sequence_at(moment) if journal is not None else 0
        if journal is None or not (journal.begun_at() or sequence + 1) <= sequence <= board.sequence:
            known = f"it has the events 1 to {board.sequence}" if board.sequence else "it has no event yet"
            raise InputError(f"nothing was recorded as of {moment} in this journal: {known}", parameter="as_of")
        if sequence < board.sequence:
            board = self._earlier.get(sequence) or self._kept_earlier(journal, sequence)
        instant = board.recorded_at if isinstance(moment, int) else moment
        return board if instant is None else board.known_to(instant)

    def _kept_earlier(self, journal: Journal, sequence: int) -> Board:
        events, bulk = _columns_of(journal.stretch(0, upto=sequence))
        board = fold(self._atlas, events, bulk=bulk, before=self._board)
        with self._lock:
            self._earlier[sequence] = board
            while len(self._earlier) > _KEPT_EARLIER:
                del self._earlier[next(iter(self._earlier))]
        return board

    @property
    def is_level(self) -> bool:
        """Whether the Board is level with the journal already; some microseconds."""
        journal = self.journal
        return not Journal.exists(self.folder) if journal is None else not self._is_behind(journal)

    def write(
        self, actor: Actor, drafts: Sequence[Draft], *, key: str | None = None, judged: int | None = None
    ) -> Receipt:
        """Record all of `drafts` or none, by `actor`; when this returns they are on the disk.

        Drafts that were found sound by the Board of the sequence `judged` are not judged again while it is the newest.

        ForbiddenError where the actor may not write that there; ConflictError where `key` stood for something else;
        and what `geo.admission.admit` and `Journal.append` refuse with.
        """
        for draft in drafts:
            actor.refuse(draft.kind, ())  # before anything is begun
        journal = self._begun()

        def decide(tail: Tail) -> None:
            board = self._board_at(tail)
            if board.sequence == judged:
                return
            for draft in drafts:
                for kind, codes in touched(draft, board, self._event):
                    actor.refuse(kind, codes)
            admit(self._atlas, board, drafts, role=actor.role, now=self._now())

        return journal.append(drafts, actor=actor.name, key=key, decide=decide)

    def note(self, actor: str, notes: Sequence[Draft]) -> Receipt:
        """Record who used the service; nothing in the field changes by it, so the record does not begin with it.

        What `Journal.append` refuses with.
        """
        journal = self.journal or self._opened(create=True)
        assert journal is not None  # noqa: S101  # one that may be created is there
        return journal.append(notes, actor=actor)

    def close(self) -> None:
        """Let go of the journal; nothing can be asked of this record afterwards."""
        self._keeper.close()
        if self.journal is not None:
            self.journal.close()

    def _is_behind(self, journal: Journal) -> bool:
        return self._end is None and journal.newest() > self.newest

    def _has_only_accesses(self, journal: Journal) -> bool:
        """Whether nothing is recorded yet but who used the service: then the folder's layers count as they are."""
        newest = journal.newest()
        if journal.begun_at() is not None:
            return False
        self._accesses = newest
        return True

    def _caught_up(self, journal: Journal, newest: int) -> Board:
        board = self._board
        if board.sequence == 0:
            return board if self._has_only_accesses(journal) else self._folded(journal, board, None)
        return self._keep(journal, board.advance(*_columns_of(self._tail(journal, board.sequence, newest=newest))))

    def _board_at(self, tail: Tail) -> Board:
        """The Board that a call is judged by: it has what the same commit has accepted before.

        Of the calls of one commit each goes on from the Board of the last one, if its last event is still the same.
        """
        known = self._ahead
        if known is not None and known[1].sequence > self._board.sequence:
            events = tail(known[1].sequence - 1)
            if events and events[0].hash == known[0]:
                return self._goes_ahead(known[1], events[1:])
        board = self.board()
        return self._goes_ahead(board, tail(board.sequence))

    def _goes_ahead(self, board: Board, events: list[Event]) -> Board:
        if events:
            board = board.advance(events)
            self._ahead = events[-1].hash, board
        return board

    def _folded(self, journal: Journal, before: Board, pause: Pause | None) -> Board:
        """The Board from the newest snapshot on, or where there is none that holds, from the first event on."""
        snapshot = journal.newest_snapshot()
        if snapshot is not None:
            with suppress(StaleSnapshotError):
                board = from_snapshot(self._atlas, snapshot.content, before=before)
                self._kept = board.sequence
                return self._advanced(journal, board, pause)
        if pause is not None:
            board = self._in_steps(journal, empty_board(self._atlas), pause)
            return self._keep(journal, whole(board, before))
        events, bulk = _columns_of(self._tail(journal, 0))
        return self._keep(journal, fold(self._atlas, events, bulk=bulk, before=before))

    def _advanced(self, journal: Journal, board: Board, pause: Pause | None = None) -> Board:
        if pause is not None:
            board = self._in_steps(journal, board, pause)
        return self._keep(journal, board.advance(*_columns_of(self._tail(journal, board.sequence))))

    def _in_steps(self, journal: Journal, board: Board, pause: Pause) -> Board:
        """The Board after all events, folded some at a time with a pause between them."""
        while stretch := self._tail(journal, board.sequence, limit=_STEP):
            board = board.advance(*_columns_of(stretch))
            pause()
        return board

    def _tail(self, journal: Journal, after: int, *, limit: int | None = None, newest: int | None = None) -> Stretch:
        """What follows an event, up to the last good one."""
        try:
            if newest is not None:
                return journal.newer(after, newest)
            return journal.stretch(after, upto=self._end, limit=limit)
        except DamagedJournalError as damage:
            if damage.last_good is None:
                raise
            self._end = damage.last_good
            return journal.stretch(after, upto=damage.last_good, limit=limit)

    def _keep(self, journal: Journal, board: Board) -> Board:
        """Now and then a snapshot."""
        if board.sequence - self._kept >= SNAPSHOT_EVENTS and not journal.is_read_only:
            self._kept = board.sequence if self._keeper.offer(journal, board) else self._kept
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
        if journal.begun_at() is None:
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
