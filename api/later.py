"""Work that is gathered and done a little later, on a thread of its own and never on a request's path."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Timer
from typing import Final

MINUTE_S: Final = 60.0


class Later:
    """Calls `work` once, some time after it was asked for; however often it is asked for meanwhile. Safe for threads.

    `work` must not raise: there is nobody to tell.
    """

    def __init__(self, work: Callable[[], None], after_s: float = MINUTE_S) -> None:
        self._work, self._after_s = work, after_s
        self._lock = Lock()
        self._timer: Timer | None = None

    def ask(self) -> None:
        """Have it done; some microseconds, but for the first time, which starts a thread."""
        if self._timer is None:
            with self._lock:
                if self._timer is None:
                    timer = Timer(self._after_s, self._do)
                    timer.daemon = True
                    timer.start()
                    self._timer = timer

    def close(self) -> None:
        """Do at once what was asked for, if anything was."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._work()

    def _do(self) -> None:
        with self._lock:
            self._timer = None
        self._work()
