"""How often somebody tried in vain to sign in, and how long it has to wait for the next try.

It is remembered in the memory of a process, so several of them grant as many tries each.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Final

_MOST_REMEMBERED: Final = 10_000
_FORGOTTEN_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """After `free` failures each doubles the wait, which begins at a second, up to `longest_s`."""

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures."""
        return 0.0 if failures < self.free else min(2.0 ** min(failures - self.free, 20), self.longest_s)


OF_NAME: Final = Patience(free=5, longest_s=60)
"""For an account: someone who guesses must not be able to keep its owner out for long."""
OF_CLIENT: Final = Patience(free=20, longest_s=900)
"""For an address, which a whole office may share."""


@dataclass(slots=True)
class _Failures:
    count: int
    at_s: float


class Attempts:
    """Tries to sign in by name and by client. Safe for threads.

    A try counts as failed from its beginning, so that many at once gain nothing. A client from which somebody signed in
    is not held to what others did to that name.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s, self._lock = now_s, Lock()
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, name: str, client: str) -> float:
        """Begin a try: 0 when it may go on, else the seconds to wait, and then it counts for nothing."""
        with self._lock:
            now_s = self._now_s()
            keys = self._keys(name, client)
            wait_s = max(self._wait_s(key, patience, now_s) for key, patience in keys)
            if wait_s <= 0:
                for key, _ in keys:
                    self._failed(key, now_s)
            return wait_s

    def succeeded(self, name: str, client: str) -> None:
        """The try was no failure. What the client failed at with other names stays."""
        with self._lock:
            self._failures.pop(("name", name), None)
            self._failures.pop(("both", name, client), None)
            failures = self._failures.get(("client", client))
            if failures is not None:
                failures.count = max(0, failures.count - 1)
            self._known[name, client] = None
            self._known.move_to_end((name, client))
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)

    def _keys(self, name: str, client: str) -> tuple[tuple[Hashable, Patience], ...]:
        own: Hashable = ("both", name, client) if (name, client) in self._known else ("name", name)
        return (own, OF_NAME), (("client", client), OF_CLIENT)

    def _wait_s(self, key: Hashable, patience: Patience, now_s: float) -> float:
        failures = self._failures.get(key)
        if failures is None or now_s - failures.at_s > _FORGOTTEN_S:
            self._failures.pop(key, None)
            return 0.0
        return failures.at_s + patience.wait_s(failures.count) - now_s

    def _failed(self, key: Hashable, now_s: float) -> None:
        failures = self._failures.setdefault(key, _Failures(0, now_s))
        failures.count, failures.at_s = failures.count + 1, now_s
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST_REMEMBERED:
            self._failures.popitem(last=False)
