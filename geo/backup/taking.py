"""A backup made while services write and imports run: copied, read back, and only then given its name."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from geo import store
from geo.backup.listing import JOURNAL, LISTING, Listed, Listing, files_of
from geo.backup.packing import PRIVATE, copied, pack, refuse_harmed, told
from geo.errors import GeoError, UnreadableFileError
from geo.files import sha256_of, sync_folder, workroom
from geo.journal import Journal, Verdict

ARCHIVE: Final = ".tar"


def back_up(folder: Path, target: Path, clock: Callable[[], datetime]) -> Listing:
    """The whole data folder at `target`, a new folder, or one archive where the name ends with `.tar`.

    No lock is taken. The journal is copied first, as of one instant; then the manifest, and the files that it names
    never change. So the layers are never older than the events that were judged by them. What is wrong with the folder
    itself (a layer changed by hand, a county that is still being filled) is told in `problems`, and copied as it is.

    UnreadableFileError where something is at `target` already: no backup is overwritten. DamagedJournalError for a
    journal that is not whole. BrokenFolderError when what was written is not what was read. Then nothing is left.
    """
    _refuse_taken(target)
    with workroom(target.parent) as room, told(target):
        copy = room / "county"
        copy.mkdir(mode=0o700)
        verdict = _journal_copied(folder, copy, clock)
        files = _files_copied(folder, copy)
        manifest = store.read_manifest(copy)
        events, chain = (verdict.events, verdict.hash.hex()) if verdict else (None, None)
        listing = Listing(clock(), manifest.version, events, chain, files)
        refuse_harmed(copy, listing)
        listing = replace(listing, problems=tuple(problems_of(copy, manifest, listing)))
        with os.fdopen(os.open(copy / LISTING, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(listing.encoded())
            os.fsync(file.fileno())
        if target.suffix == ARCHIVE:
            pack(copy, listing, room / target.name)
            copy = room / target.name
        _refuse_taken(target)
        copy.rename(target)
        sync_folder(target.parent)
    return listing


def problems_of(copy: Path, manifest: store.Manifest, listing: Listing) -> list[str]:
    """What is wrong with a folder that is as it was when it was copied."""
    entries = {entry.file: entry.sha256 for name in manifest.layers for entry in manifest.versions(name)}
    files = listing.files
    found = [
        f"{file} is missing or was changed after it was written"
        for file, digest in sorted(entries.items())
        if file not in files or files[file].sha256 != digest
    ]
    try:
        store.open_county(copy, live=not listing.events)
    except GeoError as reason:
        found.append(str(reason).splitlines()[0])
    return found


def _refuse_taken(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UnreadableFileError(target, "is there already, and no backup is overwritten; give another name")


def _journal_copied(folder: Path, copy: Path, clock: Callable[[], datetime]) -> Verdict | None:
    """The journal's copy, read through; None where the folder has no journal."""
    if not Journal.exists(folder):
        return None
    with Journal.open(folder, clock=clock) as journal:
        return journal.backup(copy / JOURNAL)


def _files_copied(folder: Path, copy: Path) -> dict[str, Listed]:
    """Every other file, the manifest first. What goes meanwhile, as an older network does, is left out."""
    files: dict[str, Listed] = {}
    if (copy / JOURNAL).exists():
        journal = copy / JOURNAL
        files[JOURNAL] = Listed(sha256_of(journal), journal.stat().st_size, 0o640)
    for name in (store.MANIFEST, *files_of(folder)):
        if name in files:
            continue
        try:
            with (folder / name).open("rb") as source:
                mode = os.fstat(source.fileno()).st_mode & 0o777
                files[name] = copied(source, copy / name, mode)
        except FileNotFoundError:
            if name == store.MANIFEST:
                raise UnreadableFileError(folder / name, "is missing: there is no county to back up") from None
    return files
