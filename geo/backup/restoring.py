"""A backup put in a data folder's place: checked aside first, and then there in one step."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from geo import store
from geo.backup.exchange import exchange
from geo.backup.listing import JOURNAL, LISTING, Listing
from geo.backup.packing import copied, listing_of, refuse_harmed, told, unpack
from geo.backup.taking import problems_of
from geo.errors import BrokenFolderError, DamagedJournalError, JournalBusyError, NotFoundError, UnreadableFileError
from geo.files import sync_folder, workroom
from geo.journal import Presence, mark_end, verdict_of


@dataclass(frozen=True, slots=True)
class PutBack:
    """What a restore put there, and where the former folder is (None: there was none)."""

    listing: Listing
    former: Path | None


def is_whole_backup(source: Path) -> bool:
    """Whether `source` is a backup of a whole folder, as an archive or as a folder, and not of a journal alone."""
    if source.is_dir():
        return True
    with told(source), source.open("rb") as file:
        return not file.read(16).startswith(b"SQLite format 3")


def put_back(source: Path, folder: Path, clock: Callable[[], datetime]) -> PutBack:
    """Make the backup at `source` the data folder `folder`. It is checked first; the former folder is kept beside it.

    NotFoundError without a backup; BrokenFolderError or DamagedJournalError when it is not whole, and then nothing
    changes; JournalBusyError or BusyFolderError while a service or an import has the folder.
    """
    folder = folder.resolve()  # a folder that is a link stays one
    if not source.exists():
        raise NotFoundError("backup", str(source))
    with workroom(folder.parent) as room, told(folder):
        staged = room / folder.name
        staged.mkdir(mode=0o750)
        listing = _staged(source, staged)
        _refuse_unusable(staged, listing)
        with _alone(folder):
            former = _in_place(staged, folder, f"{clock():%Y%m%dT%H%M%S}")
    return PutBack(listing, former)


def _staged(source: Path, staged: Path) -> Listing:
    """The backup's files in `staged`, each as it was backed up."""
    if source.is_dir():
        if not (source / LISTING).is_file():
            raise BrokenFolderError(source, f"it has no {LISTING}: a copied data folder is served as it is, by --data")
        listing = listing_of(source)
        refuse_harmed(source, listing)
        for name, one in listing.files.items():
            with told(source / name), (source / name).open("rb") as content:
                copied(content, staged / name, one.mode)
    else:
        listing = unpack(source, staged)
    refuse_harmed(staged, listing)
    return listing


def _refuse_unusable(staged: Path, listing: Listing) -> None:
    """Read the journal through and open the county; what was wrong with the folder already is no reason to refuse."""
    if listing.events is not None:
        verdict = verdict_of(staged / JOURNAL)
        if (verdict.events, verdict.hash.hex()) != (listing.events, listing.chain):
            raise DamagedJournalError(staged / JOURNAL, "it does not end where the backup says")
        mark_end(staged, verdict)
    found = problems_of(staged, store.read_manifest(staged), listing)
    if found and not listing.problems:
        raise BrokenFolderError(staged, f"it cannot be opened: {found[0]}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else writes to the folder or has its journal open."""
    if not folder.exists():
        yield
        return
    with store.writing(folder), closing(Presence(folder)) as presence:
        if not presence.is_alone and sys.platform != "win32":
            raise JournalBusyError(folder / JOURNAL, "another program has it open: stop the service first")
        yield


def _in_place(staged: Path, folder: Path, stamp: str) -> Path | None:
    _give(staged, folder if folder.exists() else folder.parent)
    if not folder.exists():
        staged.rename(folder)
        former = None
    else:
        former = _free(folder, stamp)
        staged.chmod(folder.stat().st_mode & 0o777)
        staged.rename(former)  # out of the room that is cleared away, before it is the former folder
        try:
            exchange(former, folder)
        except OSError as reason:
            former.rename(staged)
            advice = "a data folder must not be a mount point itself; use a folder below it"
            raise UnreadableFileError(folder, f"cannot be replaced ({reason.strerror}): {advice}") from None
    sync_folder(folder.parent)
    return former


def _give(staged: Path, owner: Path) -> None:
    """Whoever owns the folder owns what takes its place: an administrator who restores is not the service."""
    found = owner.stat()
    if sys.platform != "win32" and os.geteuid() == 0:
        for path in (staged, *staged.rglob("*")):
            os.chown(path, found.st_uid, found.st_gid)


def _free(folder: Path, stamp: str) -> Path:
    names = (f"{folder.name}-before-{stamp}{f'-{number}' if number > 1 else ''}" for number in count(1))
    return next(path for path in map(folder.with_name, names) if not path.exists())
