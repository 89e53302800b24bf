"""Who has a journal open. The first to come may look at what the last one left; only who is alone may replace it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

LOCK: Final = "journal.lock"

if sys.platform == "win32":

    def _take(handle: int, *, alone: bool, waits: bool) -> bool:  # noqa: ARG001  # as below
        return not alone  # nobody knows; and Windows does not replace a file that is open
else:
    import fcntl

    def _take(handle: int, *, alone: bool, waits: bool) -> bool:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if waits else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


class Presence:
    """Held as long as a journal is open; the system ends it with the process. `is_alone`: nobody else is there."""

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        self.is_alone = False
        try:
            self._handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o640)
        except OSError:
            return  # a folder that is only read; whoever writes elsewhere cannot know of us
        self.is_alone = _take(self._handle, alone=True, waits=False)
        if not self.is_alone:
            self.share()

    def share(self) -> None:
        """Let others in, once what only one may do is done; waits for one who is at it."""
        self.is_alone = False
        if self._handle is not None:
            _take(self._handle, alone=False, waits=True)

    def close(self) -> None:
        """Gone."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
