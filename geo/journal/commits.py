"""Commits shared by the threads of a process: whoever comes first writes for all that wait behind it.

While one thread waits for the disk, others queue up; the next to lead takes them all into one commit. So the disk is
asked once for many, and a lone writer waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from geo.errors import GeoError
from geo.events import Event

MOST: Final = 256
"""Requests in one commit, so that the last one of a crowd is not told late."""
Tail = Callable[[int], list[Event]]
"""The events after a sequence, with those that were accepted before in the same commit."""

Decide = Callable[[Tail], object]
Content = tuple[str, int, bytes]
"""An event's kind, its instant in microseconds, and its body."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was recorded: the events `first` to `last`. `repeated`: it was there already, under the same key."""

    first: int
    last: int
    recorded_at: datetime
    repeated: bool = False


@dataclass(slots=True, eq=False)
class Request:
    """One caller's events on their way to the disk; later its outcome.

    `repeats` tells of other contents under the same key whether they say the same.
    """

    contents: list[Content]
    actor: str
    key: str | None
    decide: Decide | None
    repeats: Callable[[list[Content]], bool] = field(default=lambda _: False)
    receipt: Receipt | None = None
    error: BaseException | None = None
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

    `told` is called when they have been told, before anyone writes again.
    """

    def __init__(self, write: Callable[[Callable[[], list[Request]]], None], told: Callable[[], object]) -> None:
        self._write, self._told = write, told
        self._lock = threading.Lock()
        self._waiting: list[Request] = []
        self._group: list[Request] = []
        self._is_led = False

    def submit(self, request: Request) -> Receipt:
        """The request's receipt once it is on the disk; its error is raised. May be called by any thread."""
        with self._lock:
            self._waiting.append(request)
            leads, self._is_led = not self._is_led, True
        if not leads:
            request.wait()
        if not request.is_done:
            self._lead(request)
        return request.outcome()

    def _lead(self, own: Request) -> None:
        try:
            self._write(self._take)
        except BaseException as error:
            for request in self._group or self._take():
                if not request.is_done:
                    request.error = error if isinstance(error, GeoError) or request is own else _InterruptedError()
            raise
        finally:
            done, self._group = self._group, []
            for request in done:
                if request is not own:
                    request.wake()
            self._told()
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
            if following is not None:
                following.wake()

    def _take(self) -> list[Request]:
        with self._lock:
            self._group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return self._group


class _InterruptedError(RuntimeError):
    """The thread that wrote for this request was stopped before it had done so."""
