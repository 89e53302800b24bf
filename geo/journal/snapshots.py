"""Blobs that belong to a sequence: whoever folds the journal keeps there what it has folded, to start from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.errors import GeoError
from geo.files import read_bytes, sha256, write_atomic

FOLDER: Final = "snapshots"
KEPT: Final = 2
_SUFFIX: Final = ".snapshot"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was kept of the state after the event `sequence`."""

    sequence: int
    content: bytes


def keep(folder: Path, sequence: int, own_hash: bytes, content: bytes) -> None:
    """Keep `content` for the state after an event with its hash; older ones but the last go."""
    room = folder / FOLDER
    write_atomic(room / f"{sequence:012d}-{own_hash.hex()[:16]}-{sha256(content)}{_SUFFIX}", content, mode=0o640)
    for old in sorted(room.glob(f"*{_SUFFIX}"))[:-KEPT]:
        with suppress(OSError):  # another process may be at the same
            old.unlink()


def newest(folder: Path, hash_at: Callable[[int], bytes | None], upto: int) -> Snapshot | None:
    """The newest whole snapshot not after `upto` whose event is in this journal; None when there is none."""
    for path in sorted((folder / FOLDER).glob(f"*{_SUFFIX}"), reverse=True):
        with suppress(GeoError, ValueError):  # a foreign name, or gone meanwhile
            sequence, begins, digest = path.stem.split("-")
            own_hash = hash_at(int(sequence)) if int(sequence) <= upto else None
            if own_hash is not None and own_hash.hex().startswith(begins):
                content = read_bytes(path)
                if sha256(content) == digest:
                    return Snapshot(int(sequence), content)
    return None
