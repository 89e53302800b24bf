"""The data of served pages, by the hash that names them: an open page may still ask when a newer one is served."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from maps.pages.serving import Block

MOST_BYTES = 32 * 2**20


class BlockShelf:
    """Blocks under gzip; at most `most_bytes` of them, those least recently asked for go first. Safe for threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self.bytes = 0
        """What the blocks on the shelf take together."""
        self._blocks: OrderedDict[str, Block] = OrderedDict()
        self._lock = Lock()

    def put(self, blocks: Iterable[Block]) -> None:
        """Have `blocks` at hand."""
        with self._lock:
            for block in blocks:
                if block.name not in self._blocks:
                    self.bytes += len(block.zipped)
                    self._blocks[block.name] = block
                self._blocks.move_to_end(block.name)
            while self.bytes > self._most_bytes:
                _, gone = self._blocks.popitem(last=False)
                self.bytes -= len(gone.zipped)

    def get(self, name: str) -> Block | None:
        """The block of that name; None where it is not at hand any more."""
        with self._lock:
            if name in self._blocks:
                self._blocks.move_to_end(name)
            return self._blocks.get(name)
