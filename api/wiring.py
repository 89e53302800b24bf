"""The composition root: settings become services, one frozen value that the app and the command share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from api.access import Access, Actor
from api.backdrop import TileFile, backdrop_of
from api.blocks import BlockShelf
from api.errors import ForbiddenError
from api.exports import ExportShelf
from api.record import Record, open_journal
from api.settings import SAMPLE_FOLDER, Settings, clock
from api.tiles import TileShelf
from geo.atlas import Atlas
from geo.board import Board
from geo.errors import InputError, ReadOnlyError
from geo.events import Draft, Event
from geo.exposure import Exposure
from geo.journal import Receipt
from geo.reach import ReachAreas
from geo.store import County, Pause, is_absent, open_county
from maps.pages.serving import ServedDocument
from maps.paint import Backdrop

Made = TypeVar("Made")
COUNTY_DIGITS = 6
NO_TOKENS = (
    "without tokens this service only reads: make one with `yixian token add NAME --role ROLE --area CODE`, "
    "or record on the command line of the machine"
)
READ_ONLY_SAMPLE = (
    "this is the built-in sample, which is only read: begin a county with `yixian import` or `yixian init`"
)


class Kept(Generic[Made]):
    """The latest things made of one version of the data, such as its pages. They go when it goes. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._made: dict[Hashable, Made] = {}
        self._making: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept as `key`, made if it is not there, and once for all who ask for it meanwhile."""
        found = self._found(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._making.setdefault(key, Lock())
        with turn:
            found = self._found(key)
            if found is None:
                try:
                    found = self._keep(key, make())
                finally:
                    with self._lock:
                        self._making.pop(key, None)
        return found

    def _keep(self, key: Hashable, made: Made) -> Made:
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._most:
                del self._made[next(iter(self._made))]
        return made

    def _found(self, key: Hashable) -> Made | None:
        with self._lock:
            return self._made.get(key)


@dataclass(frozen=True, eq=False)
class Services:
    """What every question needs: one version of the county's data, and the present as one value.

    `record` is the folder's live record, None for the sample, which nobody writes to; `is_fixed` says that the present
    stands still, as in an exercise.
    """

    county: County
    folder: Path
    is_sample: bool
    now: Callable[[], datetime]
    access: Access
    record: Record | None
    is_fixed: bool = False
    pages: Kept[ServedDocument] = field(default_factory=lambda: Kept(40))
    answers: Kept[bytes] = field(default_factory=lambda: Kept(4))
    areas: Kept[ReachAreas] = field(default_factory=lambda: Kept(4))
    exposures: Kept[Exposure] = field(default_factory=lambda: Kept(1))
    tiles: TileShelf = field(default_factory=TileShelf)
    exports: ExportShelf = field(default_factory=ExportShelf)
    blocks: BlockShelf = field(default_factory=BlockShelf)
    backdrop: Backdrop | None = None
    background: TileFile | None = None
    _latest: Kept[Services] = field(default_factory=lambda: Kept(1))

    def caught_up(self) -> Services:
        """The same with the Board after all that is recorded by now; take it once for each question."""
        if self.record is None:
            return self
        board = self.record.board()
        if board.sequence == 0:  # no journal yet: the Board is the county's own
            return self
        until = self.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        return self._latest.get((board.sequence, until), lambda: self._with(board.known_to(until)))

    def as_of(self, moment: int | datetime | None) -> Services:
        """The same with the Board as it was known after an event, or at an instant, which is then the present.

        The reference layers are those of today. InputError for an instant to come, and where the folder's journal does
        not reach back so far; without a journal only the present is known.
        """
        now = self.now()
        if moment is None or moment == now:
            return self
        if isinstance(moment, datetime) and moment > now:
            raise InputError(f"as_of={moment.isoformat()} is to come: it is {now.isoformat()}", parameter="as_of")
        if self.record is None:
            raise InputError(f"{READ_ONLY_SAMPLE}; it tells of {now:%Y-%m-%d %H:%M} alone", parameter="as_of")
        board = self.record.as_of(moment)
        at = moment if isinstance(moment, datetime) else board.recorded_at or now
        return replace(self._with(board), now=lambda: at)

    def writer(self, authorization: str | None) -> Actor:
        """Who an `Authorization` header names; ForbiddenError where nobody may write over HTTP."""
        if self.record is None or not self.access.has_tokens:
            raise ForbiddenError(NO_TOKENS if self.record is not None else READ_ONLY_SAMPLE)
        return self.access.actor(authorization)

    def refuse_reader(self, authorization: str | None) -> None:
        """Refuse whoever may not read the record itself, which names members: only a county's tokens let one."""
        if not self.access.has_tokens:
            return  # then only this machine is served
        reader = self.access.actor(authorization)
        if len(reader.area) > COUNTY_DIGITS:
            raise ForbiddenError(f"{reader.name}: the record names members; only tokens of the whole county read it")

    def may_read_record(self, authorization: str | None) -> bool:
        """Whether `refuse_reader` lets one in. Whoever shows no token is not refused, and reads no names."""
        if authorization is None:
            return not self.access.has_tokens
        with suppress(ForbiddenError):
            self.refuse_reader(authorization)
            return True
        return False

    def write(self, actor: Actor, drafts: Sequence[Draft], *, key: str | None = None) -> Receipt:
        """`Record.write`; ReadOnlyError over the sample."""
        if self.record is None:
            raise ReadOnlyError(READ_ONLY_SAMPLE)
        return self.record.write(actor, drafts, key=key)

    def events(self, after: int, limit: int) -> list[Event]:
        """At most `limit` events of the journal after a sequence."""
        journal = None if self.record is None else self.record.journal
        return [] if journal is None else journal.read(after, limit=limit, upto=self.board.sequence)

    @property
    def damage(self) -> str | None:
        """Why nothing can be recorded, None where the journal is whole."""
        journal = None if self.record is None else self.record.journal
        return None if journal is None or journal.damage is None else str(journal.damage)

    @property
    def is_level(self) -> bool:
        """Whether nothing was recorded since the last question, so that `caught_up` takes some microseconds."""
        return self.record is None or self.record.is_level

    def _with(self, board: Board) -> Services:
        return replace(self, county=replace(self.county, board=board), pages=Kept(40), answers=Kept(4))

    def close(self) -> None:
        """Let go of the journal."""
        if self.record is not None:
            self.record.close()

    @property
    def atlas(self) -> Atlas:
        """The reference data."""
        return self.county.atlas

    @property
    def board(self) -> Board:
        """The live state."""
        return self.county.board


def open_services(settings: Settings, *, before: Services | None = None, pause: Pause | None = None) -> Services:
    """The data folder opened, or the built-in sample where there is none; GeoError when it cannot be served.

    Layers that are the same as those served `before` are taken over. `pause` is called between short steps.
    """
    folder = served_folder(settings)
    known = before.county if before is not None and before.folder == folder else None
    held = before.record if before is not None and known is not None else None
    is_sample = folder == SAMPLE_FOLDER
    journal = held.journal if held else None if is_sample else open_journal(folder)
    county = open_county(folder, before=known, pause=pause, live=journal is None or journal.newest() == 0)
    fixed = settings.now or county.manifest.present
    now = (lambda: fixed) if fixed else clock
    record = None if is_sample else Record(folder, county, now, journal, before=held, pause=pause)
    if record is not None and record.board().sequence:
        county = replace(county, board=record.board())
    backdrop, background = backdrop_of(settings.background, settings.background_credit)
    blocks = BlockShelf() if before is None else before.blocks  # pages that are open ask for what they were made of
    return Services(
        county,
        folder,
        is_sample,
        now,
        Access(folder),
        record,
        fixed is not None,
        blocks=blocks,
        backdrop=backdrop,
        background=background,
    )


def served_folder(settings: Settings) -> Path:
    """The data folder, or the sample's where there is none yet."""
    return SAMPLE_FOLDER if is_absent(settings.folder) else settings.folder
