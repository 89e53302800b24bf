"""Work that is gathered and done a little later, on a thread of its own and never on a request's path."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Timer
from typing import Final

MINUTE_S: Final = 60.0


class Later:
    """Calls a work once, some time after it was asked for; however often it is asked for meanwhile. Safe for threads.

    It knows the work for no longer than that: what does the work may be gone as soon as nobody needs it, without the
    collector's help. A work must not raise: there is nobody to tell.
    """

    def __init__(self, after_s: float = MINUTE_S) -> None:
        self._after_s = after_s
        self._lock = Lock()
        self._asked: tuple[Timer, Callable[[], None]] | None = None

    def ask(self, work: Callable[[], None]) -> None:
        """Have it done; some microseconds, but for the first time, which starts a thread."""
        if self._asked is None:
            with self._lock:
                if self._asked is None:
                    timer = Timer(self._after_s, self._do)
                    timer.daemon = True
                    timer.start()
                    self._asked = timer, work

    def close(self) -> None:
        """Do at once what was asked for, if anything was."""
        with self._lock:
            asked, self._asked = self._asked, None
        if asked is not None:
            timer, work = asked
            timer.cancel()
            work()

    def _do(self) -> None:
        with self._lock:
            asked, self._asked = self._asked, None
        if asked is not None:
            asked[1]()
