"""The composition root: settings become services, one frozen value that the app and the command share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from api.access import ANONYMOUS, NOBODY, SIGHT_OF, STRANGER, Actor, Sight
from api.audit import Audit
from api.backdrop import TileFile, backdrop_of
from api.blocks import BlockShelf
from api.counted import Counted
from api.errors import ForbiddenError
from api.exports import ExportShelf
from api.identity.identity import Identity
from api.record import Record, open_journal
from api.seen_layers import SeenLayer, contacts_of, seen_layer
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
_READERS: Final = 64
"""So many readers' views of one version of the data are kept."""
_SHELVES: Final = ("pages", "answers", "areas", "exposures", "tiles", "exports")
"""What is kept of one version of the data; it is empty in the next one."""
NO_TOKENS = (
    "without tokens this service only reads: make one with `yixian token add NAME --role ROLE --area CODE`, "
    "or record on the command line of the machine"
)
READ_ONLY_SAMPLE = (
    "this is the built-in sample, which is only read: begin a county with `yixian import` or `yixian init`"
)


class Kept(Generic[Made]):
    """The latest things made of one version of the data, such as its pages. They go when it goes. Safe for threads."""

    def __init__(self, most: int, counted: Counted | None = None) -> None:
        self._most = most
        self.counted = counted or Counted()
        self._lock = Lock()
        self._made: dict[Hashable, Made] = {}
        self._making: dict[Hashable, Lock] = {}

    def fresh(self) -> Kept[Made]:
        """An empty one that goes on counting."""
        return Kept(self._most, self.counted)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept as `key`, made if it is not there, and once for all who ask for it meanwhile."""
        found = self.at_hand(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._making.setdefault(key, Lock())
        with turn:
            found = self.at_hand(key)
            if found is None:
                try:
                    found = self._keep(key, make())
                finally:
                    with self._lock:
                        self._making.pop(key, None)
        return found

    def _keep(self, key: Hashable, made: Made) -> Made:
        with self._lock:
            self.counted.misses += 1
            self._made[key] = made
            while len(self._made) > self._most:
                del self._made[next(iter(self._made))]
        return made

    def at_hand(self, key: Hashable) -> Made | None:
        """What is kept as `key`; None where it would have to be made."""
        with self._lock:
            found = self._made.get(key)
            self.counted.hits += found is not None
            return found


@dataclass(frozen=True, eq=False)
class Services:
    """What every question needs: one version of the county's data, and the present as one value.

    `record` is the folder's live record, None for the sample, which nobody writes to; `is_fixed` says that the present
    stands still, as in an exercise. `reader` is who asks; `strangers` is what they are taken for who do not say.
    `pages` and `answers` are shared by all readers: what differs between them is part of the key.
    """

    county: County
    folder: Path
    is_sample: bool
    now: Callable[[], datetime]
    access: Identity
    record: Record | None
    is_fixed: bool = False
    pages: Kept[ServedDocument] = field(default_factory=lambda: Kept(40))
    answers: Kept[bytes] = field(default_factory=lambda: Kept(8))
    areas: Kept[ReachAreas] = field(default_factory=lambda: Kept(4))
    exposures: Kept[Exposure] = field(default_factory=lambda: Kept(1))
    tiles: TileShelf = field(default_factory=TileShelf)
    exports: ExportShelf = field(default_factory=ExportShelf)
    blocks: BlockShelf = field(default_factory=BlockShelf)
    backdrop: Backdrop | None = None
    background: TileFile | None = None
    reader: Actor = NOBODY
    strangers: Actor = STRANGER
    audit: Audit | None = None
    _latest: Kept[Services] = field(default_factory=lambda: Kept(1))
    _seen: dict[Actor, Services] = field(default_factory=dict)

    def caught_up(self) -> Services:
        """The same with the Board after all that is recorded by now; take it once for each question."""
        return self if self.record is None else self._after(self.record.board())

    def at_once(self) -> Services | None:
        """What `caught_up` gives, in some microseconds; None where something came since, which has to be read."""
        if self.record is None:
            return self
        return self._after(self.record.held) if self.record.is_level else None

    def _after(self, board: Board) -> Services:
        if board.sequence == 0:  # no journal yet: the Board is the county's own
            return self
        until = self.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        # What is kept is nobody's own: the next to ask may be another reader.
        latest = self._latest.get((board.sequence, until), lambda: self.seen_by(NOBODY)._with(board.known_to(until)))
        return latest.seen_by(self.reader)

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

    def seen_by(self, reader: Actor) -> Services:
        """The same as `reader` may see it."""
        if reader is self.reader:
            return self
        found = self._seen.get(reader)
        if found is None:
            # None lies among those that it holds itself: a version that is left behind goes without the collector.
            made = replace(self, reader=reader, _seen={})
            if len(self._seen) >= _READERS:
                self._seen.clear()
            found = self._seen.setdefault(reader, made)
        return found

    def reader_of(self, headers: Mapping[str, str], method: str) -> Actor:
        """Who sent these headers; UnknownTokenError where they name nobody that there is."""
        if not self.access.exists:
            return NOBODY  # then only this machine is served
        return self.access.actor_of(headers, method) or self.strangers

    def writer(self) -> Actor:
        """Who records; ForbiddenError where nobody may over HTTP, UnknownTokenError where it does not say who it is."""
        if self.record is None or self.reader is NOBODY:
            raise ForbiddenError(NO_TOKENS if self.record is not None else READ_ONLY_SAMPLE)
        self.reader.refuse_stranger()
        return self.reader

    @property
    def county_code(self) -> str:
        """The county's own code: what names rows of no smaller area."""
        return str(self.atlas.layers["county"]["code"].iloc[0])

    def layer(self, name: str, *, contacts: bool = False) -> SeenLayer:
        """A layer as the reader may see it; `seen_layer` says what is refused."""
        return seen_layer(self.county, self.board, name, self.reader, contacts=contacts)

    def part_of(self, names: Iterable[str]) -> str:
        """The reader's area, where that is what it sees of one of the layers; "" where it sees all of them whole."""
        is_part = any(SIGHT_OF[name] is Sight.NAMES for name in names) and not self.reader.holds(self.county_code)
        return self.reader.area if is_part else ""

    @property
    def collections(self) -> frozenset[str]:
        """The names of the collections that the reader may see: whole ones, for a collection has no rows of an area."""
        whole = self.county_code
        return frozenset(name for name, what in SIGHT_OF.items() if self.reader.sees(what, *_whole(what, whole)))

    def contacts(self, name: str, key: str) -> tuple[str, dict[str, str | None]]:
        """The area and the contacts of one row, once it is recorded who asked; see `contacts_of`."""
        found = contacts_of(self.county, self.board, name, key, self.reader)
        self.record_export(f"{name}/{key}")
        return found

    def record_export(self, what: str) -> None:
        """Have the record tell that the reader is given these contacts; raises where it cannot, so that none go out."""
        if self.audit is None:
            raise ForbiddenError(f"contacts are given only where that can be recorded: {READ_ONLY_SAMPLE}")
        self.audit.exported(self.reader, what)

    def write(self, actor: Actor, drafts: Sequence[Draft], *, key: str | None = None) -> Receipt:
        """`Record.write`; ReadOnlyError over the sample."""
        if self.record is None:
            raise ReadOnlyError(READ_ONLY_SAMPLE)
        return self.record.write(actor, drafts, key=key)

    def events(self, after: int, limit: int) -> list[Event]:
        """At most `limit` events of the journal after a sequence."""
        journal = None if self.record is None else self.record.journal
        return [] if journal is None else journal.read(after, limit=limit, upto=self.newest_event)

    @property
    def newest_event(self) -> int:
        """The newest event that this knows of; before the record begins they tell only of who used the service."""
        return self.board.sequence or (0 if self.record is None else self.record.newest)

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
        pages, answers = self.pages.fresh(), self.answers.fresh()
        county = replace(self.county, board=board)
        return replace(self, county=county, pages=pages, answers=answers, _latest=Kept[Services](1), _seen={})

    def counted(self) -> dict[str, Counted]:
        """How often what was asked for was at hand, by what is kept."""
        return {name: getattr(self, name).counted for name in _SHELVES}

    def shelves(self) -> dict[str, Any]:
        """Empty ones for the services of another version, which go on counting."""
        return {name: getattr(self, name).fresh() for name in _SHELVES}

    def close(self) -> None:
        """Let go of the journal, once what is still to be kept of who used the service is in it."""
        self.access.close()
        if self.audit is not None:
            self.audit.close()
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


def _whole(what: Sight, county: str) -> tuple[str, ...]:
    """The area that one must hold to see all there is of it."""
    return (county,) if what is Sight.NAMES else ()


def open_services(settings: Settings, *, before: Services | None = None, pause: Pause | None = None) -> Services:
    """The data folder opened, or the built-in sample where there is none; GeoError when it cannot be served.

    Layers that are the same as those served `before` are taken over. `pause` is called between short steps.
    """
    folder = served_folder(settings)
    known = before.county if before is not None and before.folder == folder else None
    held = before.record if before is not None and known is not None else None
    is_sample = folder == SAMPLE_FOLDER
    journal = held.journal if held else None if is_sample else open_journal(folder)
    county = open_county(folder, before=known, pause=pause, live=journal is None or journal.begun_at() is None)
    fixed = settings.now or county.manifest.present
    now = (lambda: fixed) if fixed else clock
    record = None if is_sample else Record(folder, county, now, journal, before=held, pause=pause)
    if record is not None and record.board().sequence:
        county = replace(county, board=record.board())
    backdrop, background = backdrop_of(settings.background, settings.background_credit)
    blocks = BlockShelf() if before is None else before.blocks  # pages that are open ask for what they were made of
    public = settings.public_address
    access = Identity(folder, public_address=public) if before is None or known is None else before.access
    return Services(
        county,
        folder,
        is_sample,
        now,
        access,
        record,
        fixed is not None,
        blocks=blocks,
        backdrop=backdrop,
        background=background,
        audit=None if record is None else Audit(lambda: record),
        strangers=ANONYMOUS if settings.anonymous == "viewer" else STRANGER,
        **({} if before is None else before.shelves()),
    )


def served_folder(settings: Settings) -> Path:
    """The data folder, or the sample's where there is none yet."""
    return SAMPLE_FOLDER if is_absent(settings.folder) else settings.folder
