"""The data of served pages, by the hash that names them: an open page may still ask when a newer one is served.

Of several workers one makes the page and another may be asked for its blocks: what each makes it puts into a folder
that they share as well. A block's name stands for its bytes, so whoever comes second writes the same again.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

from geo.errors import GeoError
from geo.files import read_bytes, write_atomic
from maps.pages.serving import Block

MOST_BYTES: Final = 32 * 2**20
_SHARED_TIMES: Final = 4


class BlockShelf:
    """Blocks under gzip; at most `most_bytes` of them, those least recently asked for go first. Safe for threads.

    `shared` is the folder that other processes have their blocks in, too; it bears four times as much.
    """

    def __init__(self, shared: Path | None = None, most_bytes: int = MOST_BYTES) -> None:
        self._shared, self._most_bytes = shared, most_bytes
        self.bytes = 0
        """What the blocks on the shelf take together."""
        self._blocks: OrderedDict[str, Block] = OrderedDict()
        self._lock = Lock()

    def put(self, blocks: Iterable[Block]) -> None:
        """Have `blocks` at hand."""
        fresh = [block for block in blocks if self._is_fresh(block)]
        if fresh and self._shared is not None:
            _share(self._shared, fresh, self._most_bytes * _SHARED_TIMES)

    def has(self, blocks: Iterable[Block]) -> bool:
        """Whether all of `blocks` are at hand; those that are go later than others."""
        with self._lock:
            for block in blocks:
                if block.name not in self._blocks:
                    return False
                self._blocks.move_to_end(block.name)
        return True

    def get(self, name: str) -> Block | None:
        """The block of that name; None where it is not at hand any more."""
        with self._lock:
            if name in self._blocks:
                self._blocks.move_to_end(name)
                return self._blocks[name]
        found = None if self._shared is None else _shared_one(self._shared, name)
        if found is not None:
            self._is_fresh(found)
        return found

    def _is_fresh(self, block: Block) -> bool:
        """Take it up, as the one least likely to go; whether it was not there."""
        with self._lock:
            is_fresh = block.name not in self._blocks
            if is_fresh:
                self.bytes += len(block.zipped)
                self._blocks[block.name] = block
            self._blocks.move_to_end(block.name)
            while self.bytes > self._most_bytes:
                _, gone = self._blocks.popitem(last=False)
                self.bytes -= len(gone.zipped)
        return is_fresh


def _share(folder: Path, blocks: Iterable[Block], most_bytes: int) -> None:
    """Put them where the others look; a disk that takes no more costs an open page a layer, and nothing else."""
    with suppress(GeoError, OSError):
        for block in blocks:
            write_atomic(folder / block.name, block.zipped, mode=0o600)
        found = sorted((stat.st_mtime, stat.st_size, path) for path in folder.iterdir() for stat in [path.stat()])
        too_much = sum(size for _, size, _ in found) - most_bytes
        for _, size, path in found:
            if too_much <= 0:
                break
            path.unlink(missing_ok=True)
            too_much -= size


def _shared_one(folder: Path, name: str) -> Block | None:
    """The path comes from the folder's own list, never from who asks."""
    with suppress(GeoError, OSError):
        for path in folder.iterdir():
            if path.name == name:
                os.utime(path)
                return Block(name, read_bytes(path))
    return None
