"""Several workers under load: one is killed, all are exchanged, one cannot start, all are stopped.

The clients ask again and again on connections that they keep, and never ask twice for the same: whatever a client of
no patience at all would notice is counted.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from api.tokens import add_token
from geo import store
from geo.journal import Journal
from geo.terms import Role
from tests.county import AS_OF, village_codes

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are counted by /proc")
ROOT = Path(__file__).resolve().parents[2]
ASK = "/v1/nearest?lon=111.455&lat=27.675"
PATIENCE_S = 60.0


@dataclass
class Service:
    """`yixian serve` with several workers: its parent's process, its port, and what it says on stderr."""

    parent: subprocess.Popen[str]
    port: int
    folder: Path
    said: Path

    def workers(self) -> list[int]:
        """The processes of the workers there are."""
        children = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children")
        return [int(one) for one in children.read_text().split()]

    def log(self) -> str:
        """What it has said."""
        return self.said.read_text()

    def ask(self, path: str = ASK) -> dict:
        """One answer on a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("GET", path)
            answer = line.getresponse()
            assert 200 == answer.status
            return json.load(answer)


@contextmanager
def serving(folder: Path, room: Path, workers: int = 2, **environment: str) -> Iterator[Service]:
    """The folder served by several workers, all of them ready; it must end by itself when it is asked to."""
    words = [sys.executable, "-m", "api.cli", "serve", "--workers", str(workers), "--port", "0", "--data", str(folder)]
    said = room / "said.txt"
    with said.open("w") as file:
        parent = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=file, text=True, env={**os.environ, **environment}
        )
    assert parent.stdout is not None
    with parent, parent.stdout:
        try:
            greeting = parent.stdout.readline()
            found = re.search(r":(\d+)/", greeting)
            assert found is not None, said.read_text()
            service = Service(parent, int(found[1]), folder, said)
            until(lambda: len(ready(service)) == workers)
            yield service
        finally:
            parent.terminate()
            if parent.wait(30) != 0:
                raise AssertionError(said.read_text())


def ready(service: Service) -> list[int]:
    """The workers that take connections: they poll the socket that listens."""
    return [pid for pid in service.workers() if any_thread_named(pid, "yixian-swap") or polls(pid)]


def polls(pid: int) -> bool:
    """Whether a process has an event loop: a descriptor of epoll that watches more than nothing."""
    with suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            if "eventpoll" in str(handle.readlink()):
                watched = Path(f"/proc/{pid}/fdinfo/{handle.name}").read_text()
                return watched.count("tfd:") >= 3  # the socket, the channel, and the loop's own
    return False


def any_thread_named(_pid: int, _name: str) -> bool:
    return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@dataclass
class Load:
    """Clients that ask all the time: what they were answered, and why they were not."""

    port: int
    token: str = ""
    answers: int = 0
    told: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def read(self) -> None:
        """Questions on one connection."""
        self._again(lambda line: line.request("GET", ASK), lambda _: None)

    def write(self, member: str) -> None:
        """Stays on one connection, each acknowledged before the next."""
        night = (AS_OF - timedelta(days=2)).date().isoformat()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = {"team_id": "T001", "member_id": member, "village_code": village_codes()[0], "night": night}
        self._again(
            lambda line: line.request("POST", "/v1/stays", json.dumps(body), headers),
            lambda answer: self.told.extend(answer["sequences"]),
        )

    def _again(self, ask: Callable[[http.client.HTTPConnection], None], take: Callable[[dict], None]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self._over.is_set():
            try:
                ask(line)
                answer = line.getresponse()
                content = json.loads(answer.read())
                assert answer.status in (200, 201), content
                take(content)
                self.answers += 1
            except (OSError, http.client.HTTPException, AssertionError) as reason:
                self.lost.append(repr(reason))
                line.close()
        line.close()

    @contextmanager
    def running(self, readers: int, writers: int = 0) -> Iterator[Load]:
        """The clients at work."""
        work = [(self.read, ())] * readers + [(self.write, (f"m{number}",)) for number in range(writers)]
        self._threads = [Thread(target=ask, args=words) for ask, words in work]
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()


@pytest.fixture(scope="module")
def token() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def service(at_rest: Path, tmp_path_factory: pytest.TempPathFactory, token: dict[str, str]) -> Iterator[Service]:
    room = tmp_path_factory.mktemp("workers")
    shutil.copytree(at_rest, room / "county")
    token["hq"] = add_token(room / "county", "hq", Role.HQ, "431381", now=AS_OF + timedelta(days=5000), days=0)
    with serving(room / "county", room, YIXIAN_ANONYMOUS="viewer") as service:
        yield service


def recorded(folder: Path) -> set[int]:
    with Journal.open(folder, clock=lambda: AS_OF) as journal:
        return {event.sequence for event in journal.read()}


def test_a_worker_that_is_killed_costs_its_own_requests_and_nothing_that_was_acknowledged(
    service: Service, token: dict[str, str]
) -> None:
    load, before = Load(service.port, token["hq"]), service.workers()
    with load.running(readers=4, writers=4):
        until(lambda: load.answers > 100 and len(load.told) > 20)
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(ready(service)) == 2 and before[0] not in service.workers())
        since = load.answers
        until(lambda: load.answers > since + 100)
    assert len(load.lost) <= 8, load.lost  # at most what each client had under way
    assert set(load.told) <= recorded(service.folder)
    assert len(load.told) == len(set(load.told))
    assert "was ended by SIGKILL; another one starts" in service.log()


def test_all_workers_are_exchanged_under_load_without_a_failed_request(service: Service, token: dict[str, str]) -> None:
    load, before = Load(service.port, token["hq"]), set(service.workers())
    with load.running(readers=6, writers=2):
        until(lambda: load.answers > 50)
        service.parent.send_signal(signal.SIGHUP)
        until(lambda: not before & set(service.workers()) and len(ready(service)) == 2)
    assert [] == load.lost
    assert set(load.told) <= recorded(service.folder)
