"""Files copied with their hashes, and the one archive that a backup may be."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from geo.backup.listing import LISTING, Listed, Listing, decoded
from geo.errors import BrokenFolderError, GeoError, UnreadableFileError
from geo.files import sha256_of

_BLOCK_BYTES: Final = 4 * 1024 * 1024
_MOST_LISTING_BYTES: Final = 64 * 1024 * 1024
PRIVATE: Final = 0o600
"""Of an archive and a listing: a backup holds names, telephone numbers, and who may do what."""


@contextmanager
def told(path: Path) -> Iterator[None]:
    """The system's and the archive's errors inside the block as one of ours, about the file at `path`."""
    try:
        yield
    except GeoError:
        raise
    except (OSError, tarfile.TarError) as reason:
        said = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        raise UnreadableFileError(path, f"cannot be copied: {said}") from None


def copied(source: IO[bytes], target: Path, mode: int) -> Listed:
    """The stream's content as the file `target`, on the disk."""
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb", buffering=0) as file:
        while block := source.read(_BLOCK_BYTES):
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
            size += len(block)
        os.fsync(file.fileno())
    target.chmod(mode)
    return Listed(digest.hexdigest(), size, mode)


def refuse_harmed(folder: Path, listing: Listing) -> None:
    """BrokenFolderError unless every file of the listing is in `folder` as it was copied."""
    for name, one in listing.files.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != one.sha256:
            raise BrokenFolderError(folder, f"{name} is missing or is not what was backed up; use another backup")


def pack(folder: Path, listing: Listing, archive: Path) -> None:
    """The folder's listed files as one tar, the listing first, read back after it is written."""
    with told(archive):
        with archive.open("xb") as file:
            archive.chmod(PRIVATE)
            with tarfile.open(fileobj=file, mode="w") as tar:
                for name in (LISTING, *listing.files):
                    member = tarfile.TarInfo(name)
                    found = (folder / name).stat()
                    member.size, member.mode, member.mtime = found.st_size, found.st_mode & 0o777, int(found.st_mtime)
                    with (folder / name).open("rb") as content:
                        tar.addfile(member, content)
            file.flush()
            os.fsync(file.fileno())
        _refuse_harmed_archive(archive, listing)


def unpack(archive: Path, room: Path) -> Listing:
    """The archive's files in `room`; only those that its own listing names, each as it was backed up."""
    with told(archive), tarfile.open(archive, "r:") as tar:
        listing = _listing_in(archive, tar)
        for member in tar.getmembers()[1:]:
            one = listing.files.get(member.name)
            content = tar.extractfile(member) if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) else None
            if one is None or content is None or member.size != one.bytes:
                raise BrokenFolderError(archive, f"{member.name!r} is not what its {LISTING} names")
            copied(content, room / member.name, one.mode)
    return listing


def listing_of(source: Path) -> Listing:
    """The listing of a backup that is a folder."""
    with told(source / LISTING), (source / LISTING).open("rb") as file:
        return decoded(source, file.read(_MOST_LISTING_BYTES))


def _listing_in(archive: Path, tar: tarfile.TarFile) -> Listing:
    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.name == LISTING else None
    if content is None:
        raise BrokenFolderError(archive, f"it does not begin with {LISTING}: `yixian backup` did not make it")
    return decoded(archive, content.read(_MOST_LISTING_BYTES))


def _refuse_harmed_archive(archive: Path, listing: Listing) -> None:
    found = {}
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None  # noqa: S101  # we wrote nothing but files
            found[member.name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads
    found.pop(LISTING)
    if found != {name: one.sha256 for name, one in listing.files.items()}:
        raise BrokenFolderError(archive, "what was written is not what was to be written; the disk may be failing")
