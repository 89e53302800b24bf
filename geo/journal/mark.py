"""The mark: a small file that tells how far the journal had come when someone was last told "accepted".

SQLite drops a damaged end of its write-ahead log without a word, and cannot know that another file was put in place of
its own. The mark can. It is written after each commit and not synced: it may lag behind, so it never raises a false
alarm, and costs a commit nothing.
"""

from __future__ import annotations

import os
import sys
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MARK: Final = "journal.mark"


@dataclass(frozen=True, slots=True)
class Mark:
    """The event that was told last, and its hash."""

    sequence: int
    hash: bytes

    def encoded(self) -> bytes:
        """As one line with its own checksum, always of the same length."""
        text = f"{self.sequence:020d} {self.hash.hex()}"
        return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()


def read_mark(folder: Path) -> Mark | None:
    """The folder's mark; None when there is none, or none that is whole."""
    try:
        content = (folder / MARK).read_bytes()
        sequence, digest, _ = content.decode("ascii").split(" ")
        mark = Mark(int(sequence), bytes.fromhex(digest))
    except (OSError, ValueError):
        return None
    return mark if mark.encoded() == content else None


if sys.platform == "win32":

    def _write_at_start(handle: int, content: bytes) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, content)
else:

    def _write_at_start(handle: int, content: bytes) -> None:
        os.pwrite(handle, content, 0)


class Marker:
    """Keeps the folder's mark. A mark that cannot be written is left as it is: it then tells of less."""

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        with suppress(OSError):
            self._handle = os.open(folder / MARK, os.O_WRONLY | os.O_CREAT, 0o640)

    def put(self, sequence: int, own_hash: bytes) -> None:
        """The journal has come as far as `sequence`."""
        if self._handle is not None:
            with suppress(OSError):
                _write_at_start(self._handle, Mark(sequence, own_hash).encoded())

    def close(self) -> None:
        """Let the file go."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
