"""The log of a running service: requests as they end and what programs say, in lines written off the event loop."""

from __future__ import annotations

import logging
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import time
from typing import Any, Final, Literal, TextIO

from api.gate.lines import as_json, as_words, facts_of, told_at
from api.gate.seen import Seen
from api.gate.shedding import Kind, kind_of

Which = Literal["all", "writes"]
"""Requests that are written: all, or writes, refusals, failures and slow ones."""
SLOW_S: Final = 1.0
MOST_WAITING: Final = 20_000
"""Lines that wait to be written; what comes on top of them is counted and lost, because memory is worth more."""
_WAIT_S: Final = 0.2
_REFUSED: Final = frozenset({401, 403, 413, 421, 429, 431})
_STREAMS: Final = frozenset({"/v1/live"})
"""Routes whose answers last as long as a page is open: they are not slow."""
_NOTABLE_FROM: Final = 400
_FAILED_FROM: Final = 500
_OF_OTHERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")

Line = Callable[[Mapping[str, Any]], str]


class Log:
    """Writes lines to a stream on a thread of its own. `watch` is a watcher of the gate, and costs it a microsecond.

    Lines are written some tenths of a second after what they tell of, warnings at once. A stream that takes no more
    loses lines and stops nobody.
    """

    def __init__(self, stream: TextIO, *, which: Which = "writes", level: int = logging.INFO) -> None:
        self._stream, self._tells_all, self.level = stream, which == "all", level
        self._line: Line = as_words if stream.isatty() else as_json
        self._waiting: deque[Callable[[], dict[str, Any]]] = deque()
        self._lost = 0
        self._wake, self._is_over = Event(), False
        self._thread = Thread(target=self._run, name="yixian-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and end."""
        self._is_over = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._write()

    def watch(self, seen: Seen) -> None:
        """A request that has ended."""
        if not self._tells_all and (
            seen.status < _NOTABLE_FROM
            and seen.duration_s < SLOW_S
            and seen.status
            and (seen.method == "GET" or kind_of(seen.method, seen.path) is not Kind.WRITE)
        ):
            return
        if self._tells_all or _is_notable(seen):
            level = _level_of(seen)
            if level >= self.level:
                at_s = time()  # of the line, never of an answer
                self._put(lambda: _facts_of(seen, level, at_s), level)

    def handle(self, record: logging.LogRecord) -> None:
        """What a program says through Python's logging."""
        if record.levelno >= self.level:
            self._put(lambda: facts_of(record), record.levelno)

    def _put(self, made: Callable[[], dict[str, Any]], level: int) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(made)
        if level >= logging.WARNING:
            self._wake.set()

    def _run(self) -> None:
        while not self._is_over:
            self._wake.wait(_WAIT_S)
            self._wake.clear()
            self._write()

    def _write(self) -> None:
        lines = []
        while self._waiting:
            with suppress(Exception):  # whatever an argument of a line does when it is made to words
                lines.append(self._line(self._waiting.popleft()()))
        if self._lost:
            lost, self._lost = self._lost, 0
            told = {"event": f"{lost} lines were not written: they came faster than they could be"}
            lines.append(self._line({"time": told_at(time()), "level": "warning", **told}))
        with suppress(OSError, ValueError):  # nobody reads any more
            for line in lines:
                self._stream.write(f"{line}\n")
            self._stream.flush()


class _Handler(logging.Handler):
    """Hands what programs say to a log; what they say is made to text on its thread."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        self._log.handle(record)


@contextmanager
def logging_to(stream: TextIO | None = None, *, which: Which = "writes", level: str = "info") -> Iterator[Log]:
    """A log for the time of the block, by default on stderr, that also takes what this program and its server say."""
    log = Log(stream or sys.stderr, which=which, level=logging.getLevelNamesMapping()[level.upper()])
    root, handler = logging.getLogger(), _Handler(log)
    before = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(log.level)
    for name in _OF_OTHERS:
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True
    log.start()
    try:
        yield log
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        log.close()


def _is_notable(seen: Seen) -> bool:
    """Whether it is written without being asked for."""
    if seen.status in _REFUSED or seen.status >= _FAILED_FROM or seen.status == 0:
        return True
    if seen.duration_s >= SLOW_S and seen.route not in _STREAMS:
        return True
    return seen.status < _NOTABLE_FROM and kind_of(seen.method, seen.path) is Kind.WRITE


def _level_of(seen: Seen) -> int:
    if seen.status >= _FAILED_FROM or seen.status == 0:
        return logging.ERROR
    return logging.WARNING if seen.status in _REFUSED else logging.INFO


def _facts_of(seen: Seen, level: int, at_s: float) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "time": told_at(at_s),
        "level": logging.getLevelName(level).lower(),
        "event": "request",
        "request_id": seen.request_id,
        "actor": seen.actor,
        "client": seen.client,
        "method": seen.method,
        "route": seen.route,
        "status": int(seen.status),
        "duration_ms": round(seen.duration_s * 1000, 2),
        "bytes": seen.bytes_out,
    }
    if seen.route is None:  # only then is the path worth knowing: where a route matched it may hold a name
        facts["path"] = seen.path
    return facts
