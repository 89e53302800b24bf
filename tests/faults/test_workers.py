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
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest

from api.cli.serving import _serve_alone
from api.identity.tokens import add_token
from api.settings import Settings
from geo.calendar import DAY
from geo.journal import Journal
from geo.terms import Role
from tests.county import AS_OF, village_codes
from tests.serving import Ear

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are counted by /proc")
ROOT = Path(__file__).resolve().parents[2]
ASK = "/v1/nearest?lon=111.455&lat=27.675"
PATIENCE_S = 180.0


@dataclass
class Service:
    """`yixian serve` with several workers: its parent's process, its port, and what it says on stderr."""

    parent: subprocess.Popen[str]
    port: int
    folder: Path
    said: Path
    token: str

    def workers(self) -> list[int]:
        """The processes of the workers there are."""
        children = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children")
        return [int(one) for one in children.read_text().split()]

    def log(self) -> str:
        """What it has said."""
        return self.said.read_text()


@contextmanager
def serving(folder: Path, room: Path, workers: int = 2) -> Iterator[Service]:
    """The folder served by workers that are ready; it must end by itself, in peace, when it is asked to."""
    words = [sys.executable, "-m", "api.cli", "serve", "--workers", str(workers), "--port", "0", "--data", str(folder)]
    said, token = room / "said.txt", add_token(folder, "hq", Role.HQ, "431381", now=AS_OF, days=0)
    with said.open("w") as file:
        parent = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=file, text=True)
    with parent:
        try:
            assert parent.stdout is not None
            found = re.search(r":(\d+)/", parent.stdout.readline())
            assert found is not None, said.read_text()
            service = Service(parent, int(found[1]), folder, said, f"Bearer {token}")
            until(lambda: workers == 1 or len(ready(service)) == workers)
            yield service
        finally:
            parent.terminate()
            assert 0 == parent.wait(30), said.read_text()


def ready(service: Service) -> list[int]:
    """The workers that serve, as their parent says."""
    serving = {int(pid) for pid in re.findall(r"worker (\d+) serves", service.log())}
    leaving = {int(pid) for pid in re.findall(r"worker (\d+) leaves", service.log())}
    return [pid for pid in service.workers() if pid in serving - leaving]


def until(is_so: Callable[[], bool], load: Load | None = None) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, load and load.lost[:3]
        time.sleep(0.02)


def stay_of(member: str) -> str:
    """A night that a member of no other stay spent, as JSON."""
    night = (AS_OF - 2 * DAY).date().isoformat()
    return json.dumps({"team_id": "C01", "village_code": village_codes()[0], "night": night, "member_id": member})


@dataclass
class Load:
    """Clients that ask all the time: what they were answered, and why they were not."""

    port: int
    token: str
    answers: int = 0
    told: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def read(self, pause_s: float = 0.0) -> None:
        """Questions on one connection, with a pause after each."""
        self._again(lambda line, headers, _: line.request("GET", ASK, headers=headers), lambda _: time.sleep(pause_s))

    def write(self, name: str) -> None:
        """Stays on one connection, each acknowledged before the next."""

        def ask(line: http.client.HTTPConnection, headers: dict[str, str], turn: int) -> None:
            line.request(
                "POST", "/v1/stays", stay_of(f"{name}-{turn}"), {**headers, "Content-Type": "application/json"}
            )

        self._again(ask, lambda answer: self.told.extend(answer["sequences"]))

    def _again(self, ask: Callable[..., None], take: Callable[[dict], None]) -> None:
        line, headers = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), {"Authorization": self.token}
        for turn in count():
            if self._over.is_set():
                break
            try:
                ask(line, headers, turn)
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
    def running(self, readers: int, writers: int) -> Iterator[Load]:
        """The clients at work; one of the readers takes its time, so that its connection is idle now and then."""
        work = [(self.read, (pause_s,)) for pause_s in (0.7, *[0.0] * (readers - 1))]
        work += [(self.write, (uuid4().hex,)) for _ in range(writers)]
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
def service(at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    room = tmp_path_factory.mktemp("workers")
    shutil.copytree(at_rest, room / "county")
    with serving(room / "county", room) as service:
        yield service


def recorded(folder: Path) -> set[int]:
    with Journal.open(folder, clock=lambda: AS_OF) as journal:
        return {event.sequence for event in journal.read()}


def test_a_worker_that_is_killed_costs_its_own_requests_and_nothing_that_was_acknowledged(service: Service) -> None:
    load, before = Load(service.port, service.token), service.workers()
    with load.running(readers=4, writers=4):
        until(lambda: load.answers > 100 and len(load.told) > 20, load)
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(ready(service)) == 2 and before[0] not in service.workers())
        since = load.answers
        until(lambda: load.answers > since + 100)
    assert len(load.lost) <= 8, load.lost  # at most what each client had under way
    assert set(load.told) <= recorded(service.folder)
    assert len(load.told) == len(set(load.told))
    assert "was ended by SIGKILL; another one starts" in service.log()


def test_all_workers_are_exchanged_under_load_without_a_failed_request(service: Service) -> None:
    load, before = Load(service.port, service.token), set(service.workers())
    with load.running(readers=6, writers=2):
        until(lambda: load.answers > 50, load)
        service.parent.send_signal(signal.SIGHUP)
        until(lambda: not before & set(service.workers()) and len(ready(service)) == 2)
    assert [] == load.lost
    assert set(load.told) <= recorded(service.folder)


@pytest.mark.skipif(not os.environ.get("YIXIAN_TORTURE"), reason="a long run: `make torture`")
def test_many_workers_are_killed_and_exchanged_in_turns(service: Service) -> None:
    load = Load(service.port, service.token)
    with load.running(readers=6, writers=6):
        for turn in range(20):
            before = ready(service)
            if turn % 4 == 3:
                lost = len(load.lost)
                service.parent.send_signal(signal.SIGHUP)
                until(lambda: not set(before) & set(service.workers()) and len(ready(service)) == 2)  # noqa: B023  # at once
                assert lost == len(load.lost)
            else:
                os.kill(before[turn % 2], signal.SIGKILL)
                until(lambda: before[turn % 2] not in service.workers() and len(ready(service)) == 2)  # noqa: B023  # so too
    assert len(load.lost) <= 15 * 12, load.lost[:5]
    assert set(load.told) <= recorded(service.folder)
    assert len(load.told) == len(set(load.told))


@pytest.mark.parametrize("workers", [1, 2])
def test_who_stops_the_service_waits_for_what_is_under_way_and_finds_the_journal_closed(
    at_rest: Path, tmp_path: Path, workers: int
) -> None:
    folder = tmp_path / "county"
    shutil.copytree(at_rest, folder)
    body = stay_of("slow").encode()
    with serving(folder, tmp_path, workers) as service, closing(Ear(service.port, token=service.token)) as ear:
        ear.event()
        line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        line.putrequest("POST", "/v1/stays")
        for name, value in (("Authorization", service.token), ("Content-Length", str(len(body)))):
            line.putheader(name, value)
        line.putheader("Content-Type", "application/json")
        line.endheaders(body[:10])
        time.sleep(0.3)  # the service has begun to read it
        service.parent.terminate()
        with pytest.raises(EOFError):
            ear.event()
        line.send(body[10:])
        answer = line.getresponse()
        told = json.load(answer)["sequences"]
        line.close()
        assert 0 == service.parent.wait(30)
    assert (201, 1) == (answer.status, len(told))
    assert not (folder / "journal.db-wal").exists()
    assert set(told) <= recorded(folder)


def test_one_process_has_at_hand_what_the_first_question_needs_before_it_can_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr("api.workers.worker.warm", lambda _: done.append("warmed"))
    monkeypatch.setattr("api.workers.worker.Worker.run", lambda _, __: done.append("served"))
    with socket.socket() as sock:
        _serve_alone(Settings(now=AS_OF), sock, "http://here")
    assert ["warmed", "served"] == done
