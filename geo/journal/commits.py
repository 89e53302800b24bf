"""Commits shared by the threads of a process: whoever comes first writes for all that wait behind it.

While one thread waits for the disk, others queue up; the next to lead takes them all into one commit. So the disk is
asked once for many, and a lone writer waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from geo.errors import GeoError
from geo.events import Event

MOST: Final = 256
"""Requests in one commit, so that the last one of a crowd is not told late."""
MOST_ROUNDS: Final = 8
"""Commits that one thread leads in a row, so that its own caller is not told late either."""

Tail = Callable[[int], list[Event]]
"""The events after a sequence, with those that were accepted before in the same commit."""

Decide = Callable[[Tail], object]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was recorded: the events `first` to `last`. `repeated`: it was there already, under the same key."""

    first: int
    last: int
    recorded_at: datetime
    repeated: bool = False


@dataclass(slots=True, eq=False)
class Request:
    """One caller's events as (kind, at in microseconds, body), on their way to the disk; later its outcome."""

    contents: list[tuple[str, int, bytes]]
    actor: str
    key: str | None
    decide: Decide | None
    receipt: Receipt | None = None
    error: BaseException | None = None
    following: Request | None = None
    _told: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._told.acquire()

    def wait(self) -> None:
        """Until the request has its outcome, or its turn to lead."""
        self._told.acquire()

    def wake(self) -> None:
        """Let the caller go on."""
        self._told.release()

    @property
    def is_done(self) -> bool:
        """Whether the outcome is there."""
        return self.receipt is not None or self.error is not None

    def outcome(self) -> Receipt:
        """The receipt, or the error raised."""
        if self.receipt is None:
            assert self.error is not None  # noqa: S101  # asked only when it is done
            raise self.error
        return self.receipt


class Commits:
    """The queue of a process's requests. `write` takes those that wait and gives each its outcome.

    A leader goes on to lead while others wait, for some rounds, since a change of threads costs as much as half a
    commit. It wakes those who have their outcome when it has nothing left to do but wait for the disk: then they work
    while it waits, and not in its way. `write` calls its second argument at that point; `rest` is called when a leader
    steps down.
    """

    def __init__(
        self, write: Callable[[Callable[[], list[Request]], Callable[[], None]], None], rest: Callable[[], None]
    ) -> None:
        self._write, self._rest = write, rest
        self._lock = threading.Lock()
        self._waiting: list[Request] = []
        self._group: list[Request] = []
        self._done: list[Request] = []
        self._is_led = False

    def submit(self, request: Request) -> Receipt:
        """The request's receipt once it is on the disk; its error is raised. May be called by any thread."""
        with self._lock:
            self._waiting.append(request)
            leads, self._is_led = not self._is_led, True
        if not leads:
            request.wait()
        if request.following is not None:
            request.following.wake()
        if not request.is_done:
            self._lead(request)
        return request.outcome()

    def _lead(self, own: Request) -> None:
        try:
            for _ in range(MOST_ROUNDS):
                self._write_group(own)
                if not self._waiting:
                    break
        finally:
            self._wake_done()
            self._rest()
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
            if following is not None:
                following.wake()

    def _write_group(self, own: Request) -> None:
        try:
            self._write(self._take, self._wake_done)
        except BaseException as error:
            for request in self._group or self._take():
                if not request.is_done:
                    request.error = error if isinstance(error, GeoError) or request is own else _InterruptedError()
            raise
        finally:
            self._wake_done()
            self._done = [request for request in self._group if request is not own]
            self._group = []

    def _take(self) -> list[Request]:
        with self._lock:
            self._group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return self._group

    def _wake_done(self) -> None:
        """Wake the first of those who have their outcome, who wakes the next: the leader has better to do."""
        done, self._done = self._done, []
        for request, following in pairwise(done):
            request.following = following
        if done:
            done[0].wake()


class _InterruptedError(RuntimeError):
    """The thread that wrote for this request was stopped before it had done so."""
