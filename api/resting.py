"""How work in the background makes room for answers: it rests after each of its steps, the longer the more they have
to do.

Python runs one thread at a time. A service that answers a thousand questions a second leaves a third of that time free;
who takes half of the time meanwhile makes the questions wait in a line that only grows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_SHORTEST_S, _LONGEST_S = 0.001, 0.3
_SHARE: Final = 0.5
"""Of the time that answers leave, the background takes this share."""
_LEAST_ROOM: Final = 0.1
"""So much counts as left where answers take all: a new version comes to its end in any case."""
_SPAN_S: Final = 0.1
"""How busy answers are is measured over spans of at least this length."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: of the clock, of the processor for the whole process, and of that for the thread that asks."""

    wall_s: float
    process_s: float
    thread_s: float

    @classmethod
    def so_far(cls) -> Spent:
        """From arbitrary moments on."""
        return cls(time.perf_counter(), time.process_time(), time.thread_time())

    def others_share(self, before: Spent) -> float:
        """Which share of the time since then the other threads have taken, at most 1."""
        others_s = (self.process_s - before.process_s) - (self.thread_s - before.thread_s)
        return min(max(others_s / max(self.wall_s - before.wall_s, 1e-9), 0.0), 1.0)


class Rest:
    """The rests of one piece of work; it belongs to the thread that does the work."""

    def __init__(self, spent: Callable[[], Spent] = Spent.so_far) -> None:
        self._spent = spent
        self._span = self._rested = spent()
        self._busy = 0.0

    def length_s(self) -> float:
        """How long to rest after the step that ends now."""
        now = self._spent()
        if now.wall_s - self._span.wall_s >= _SPAN_S:
            self._busy, self._span = now.others_share(self._span), now
        room = max(1.0 - self._busy, _LEAST_ROOM)
        took_s = now.thread_s - self._rested.thread_s
        self._rested = now
        return max(_SHORTEST_S, min(took_s * (1 / (_SHARE * room) - 1), _LONGEST_S))
