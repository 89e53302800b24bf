"""The workers of a service as their parent sees them: who starts, who serves, who leaves, and who takes their place."""

from __future__ import annotations

import json
import logging
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from api.workers import supervisor

log = logging.getLogger("yixian")

READY_S: Final = 120.0
"""A worker that is not ready by then is given up: the searches are compiled once on a new machine."""
STOP_S: Final = 20.0
"""What a worker may take to end when it is asked to stop; its requests may take half of it."""
LEAVE_S: Final = 60.0
"""What it may take when others go on: it waits for connections that are kept, too."""
STEADY_S: Final = 30.0
"""A worker that served for so long has not failed to start: the next one starts at once."""
MOST_WAIT_S: Final = 30.0
CANNOT_SERVE: Final = 2
"""Exit status of a worker that has told why it cannot serve."""
PROGRAM: Final = (sys.executable, "-m", "api.cli.worker")
_SIGNALS: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD")  # by name: not every system has all


@dataclass(frozen=True, slots=True)
class Plan:
    """What the parent is told: how many workers, of which socket (a file descriptor), and what each is told in turn.

    `settings` are JSON that only workers read, `language` is what they speak; `greeting` is the line for the user, with
    `{county}` in it.
    """

    workers: int
    socket: int
    settings: str
    language: str
    greeting: str
    ready_s: float = READY_S


class Stage(Enum):
    """Where a worker is in its life."""

    STARTING = auto()
    SERVING = auto()
    LEAVING = auto()


@dataclass(eq=False)
class Worker:
    """A worker as its parent sees it."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    room: str | None
    """Its own folder of temporary files, None where the disk had no room for one."""
    since_s: float
    stage: Stage = Stage.STARTING
    said: bytes = b""
    until_s: float | None = None
    is_in_place_of: Worker | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def ask(self, word: str, stop_s: float) -> None:
        """Ask it to `leave` or to `stop`, and to have ended some seconds later."""
        self.stage, self.until_s = Stage.LEAVING, time.monotonic() + stop_s
        with suppress(OSError):  # it is ending by itself
            self.channel.sendall(json.dumps({"do": word}).encode() + b"\n")

    def heard(self) -> list[dict[str, Any]]:
        """What it has said since, line by line."""
        with suppress(BlockingIOError, ConnectionError):
            self.said += self.channel.recv(65536)
        *lines, self.said = self.said.split(b"\n")
        return [json.loads(line) for line in lines]

    def how_it_ended(self) -> str:
        """Its end in words."""
        code = self.process.returncode
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return "could not serve, as it said" if code == CANNOT_SERVE else f"ended with status {code}"


class Crew:
    """Keeps `plan.workers` workers serving until it is told to stop.

    They share the folder `shared`. `program` is what a worker runs; it is given the descriptor of its channel.
    """

    def __init__(self, plan: Plan, shared: str, program: Sequence[str] = PROGRAM) -> None:
        self._plan, self._shared, self._program = plan, shared, program
        self._had_terminal = sys.stderr.isatty()
        self._selector = selectors.DefaultSelector()
        self._workers: list[Worker] = []
        self._old: list[Worker] = []  # still to be exchanged
        self._is_open = self._is_stopping = False
        self._failures, self._not_before_s = 0, 0.0
        self._status = 0

    def run(self) -> int:
        """Serve; the exit status."""
        with _woken_by_signals(self._selector) as caught:
            while self._workers or not self._is_stopping:
                self._start_those_due()
                for key, _ in self._selector.select(self._patience_s()):
                    if isinstance(key.data, Worker):
                        self._listen(key.data)
                for number in caught():
                    self._told(number)
                for worker in list(self._workers):
                    self._look_after(worker)
        return self._status

    def _start_those_due(self) -> None:
        """The first worker alone: if it cannot serve, none can, and that need be said only once."""
        if self._is_stopping or time.monotonic() < self._not_before_s:
            return
        wanted = self._plan.workers if self._is_open else 1
        regular = [one for one in self._workers if one.stage is not Stage.LEAVING and one.is_in_place_of is None]
        for _ in range(wanted - len(regular)):
            self._start()
        if self._old and not any(one.is_in_place_of or one.stage is Stage.LEAVING for one in self._workers):
            self._start().is_in_place_of = self._old.pop(0)

    def _start(self) -> Worker:
        ours, theirs = socket.socketpair()
        room = self._room()
        with theirs:
            process = subprocess.Popen(  # noqa: S603  # this program again
                [*self._program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._plan.socket),
                env={**os.environ, "YIXIAN_LANG": self._plan.language} | ({} if room is None else {"TMPDIR": room}),
                process_group=0,  # Ctrl-C is for the parent, which asks the workers in its turn
            )
        plan = {"socket": self._plan.socket, "settings": self._plan.settings, "shared": self._shared}
        ours.sendall(json.dumps(plan).encode() + b"\n")
        ours.setblocking(False)
        worker = Worker(process, ours, room, time.monotonic(), until_s=time.monotonic() + self._plan.ready_s)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        self._workers.append(worker)
        return worker

    def _room(self) -> str | None:
        with suppress(OSError):
            return tempfile.mkdtemp(prefix="worker-", dir=self._shared)
        return None  # it serves without one of its own

    def _listen(self, worker: Worker) -> None:
        for said in worker.heard():
            if worker.stage is not Stage.STARTING:
                continue
            if worker.is_in_place_of is not None and not said["is_well"]:
                self._keep_the_old(worker, f"its health says {said['health']}")
                worker.ask("stop", STOP_S)
                continue
            worker.stage, worker.since_s, worker.until_s = Stage.SERVING, time.monotonic(), None
            self._open(said["county"])
            log.info("worker %d serves", worker.pid)
            if worker.is_in_place_of is not None:
                log.info("worker %d leaves", worker.is_in_place_of.pid)
                worker.is_in_place_of.ask("leave", LEAVE_S)
                worker.is_in_place_of = None

    def _open(self, county: str) -> None:
        if not self._is_open:
            self._is_open = True
            print(self._plan.greeting.replace("{county}", county), flush=True)
            supervisor.tell(supervisor.READY)

    def _told(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._stop(0.0 if self._is_stopping else STOP_S)
        elif number == signal.SIGHUP and self._had_terminal and not sys.stderr.isatty():
            self._stop()  # the terminal was closed
        elif number == signal.SIGHUP and not self._is_stopping:
            leaving = [one.is_in_place_of for one in self._workers]
            self._old = [one for one in self._workers if one.stage is not Stage.LEAVING and one not in leaving]
            log.info("every worker is exchanged, one at a time")

    def _stop(self, stop_s: float = STOP_S) -> None:
        self._is_stopping = True
        supervisor.tell(supervisor.STOPPING)
        for worker in self._workers:
            if worker.stage is Stage.STARTING:
                worker.process.terminate()
            worker.ask("stop", stop_s)

    def _look_after(self, worker: Worker) -> None:
        if worker.process.poll() is not None:
            self._bury(worker)
        elif worker.until_s is not None and time.monotonic() >= worker.until_s:
            if worker.stage is Stage.STARTING:
                log.warning("worker %d is not ready after %.0f s", worker.pid, self._plan.ready_s)
            worker.process.kill()
            worker.until_s = None

    def _bury(self, worker: Worker) -> None:
        self._workers.remove(worker)
        self._old = [one for one in self._old if one is not worker]
        self._selector.unregister(worker.channel)
        worker.channel.close()
        if worker.room is not None:
            shutil.rmtree(worker.room, ignore_errors=True)  # one that was killed leaves what it was making
        for one in self._workers:
            if one.is_in_place_of is worker:
                one.is_in_place_of = None
        if worker.stage is Stage.LEAVING:
            return
        how = worker.how_it_ended()
        if worker.is_in_place_of is not None:
            self._keep_the_old(worker, f"it {how}")
        elif not self._is_open:
            log.warning("the first worker %s: the service does not start", how)
            self._status = worker.process.returncode if worker.process.returncode > 0 else 1
            self._stop()
        else:
            self._restart(worker, how)

    def _restart(self, worker: Worker, how: str) -> None:
        was_steady = worker.stage is Stage.SERVING and time.monotonic() - worker.since_s > STEADY_S
        self._failures = 0 if was_steady else self._failures + 1
        wait_s = min(2.0 ** (self._failures - 2), MOST_WAIT_S) if self._failures > 1 else 0.0
        self._not_before_s = time.monotonic() + wait_s
        log.warning("worker %d %s; another one starts %s", worker.pid, how, f"in {wait_s:g} s" if wait_s else "at once")

    def _keep_the_old(self, worker: Worker, why: str) -> None:
        log.warning("the new worker %d did not become ready (%s): the old ones go on serving", worker.pid, why)
        worker.is_in_place_of, self._old = None, []

    def _patience_s(self) -> float | None:
        """How long nothing is to be done unless something happens."""
        moments = [one.until_s for one in self._workers if one.until_s is not None]
        if self._not_before_s > time.monotonic():
            moments.append(self._not_before_s)
        return max(min(moments) - time.monotonic(), 0.0) if moments else None


@contextmanager
def _woken_by_signals(selector: selectors.BaseSelector) -> Iterator[Any]:
    """Signals wake the selector; yields what tells those that came since it was asked last."""
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        for name in _SIGNALS:
            signal.signal(getattr(signal, name), lambda *_: None)
        signal.set_wakeup_fd(writer.fileno())
        selector.register(reader, selectors.EVENT_READ)

        def caught() -> bytes:
            with suppress(BlockingIOError):
                return reader.recv(4096)
            return b""

        yield caught
        signal.set_wakeup_fd(-1)
