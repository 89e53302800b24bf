"""Who looks after workers: one that dies is replaced, and one that does not become ready replaces nobody."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.workers.crew import STOP_S

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Stubs:
    """A parent of stub workers, and the folder by which they are told what to do."""

    parent: subprocess.Popen[str]
    folder: Path

    def log(self) -> str:
        """What the parent has said on stderr."""
        return (self.folder / "log").read_text()

    def count(self, words: str) -> int:
        """How many lines of the log match."""
        return len(re.findall(words, self.log()))

    def serving(self) -> list[int]:
        """The workers that were ready, and have not been asked to leave or died."""
        serving = re.findall(r"worker (\d+) serves", self.log())
        gone = re.findall(r"worker (\d+) (?:leaves|was ended|ended|could)", self.log())
        return [int(pid) for pid in serving if pid not in gone]

    def asked(self) -> list[str]:
        """What the workers that ended in peace had been asked."""
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []


@contextmanager
def stubs(folder: Path, workers: int = 2, ready_s: float = 10) -> Iterator[Stubs]:
    """A parent with its stub workers; it is stopped at the end, unless it has ended."""
    words = [sys.executable, "-m", "tests.faults.stub_crew", str(folder), str(workers), str(ready_s)]
    with (folder / "log").open("w") as file:
        parent = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=file, text=True)
    with parent:
        try:
            yield Stubs(parent, folder)
        finally:
            parent.terminate()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + STOP_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_service_is_greeted_once_and_the_first_worker_starts_alone(tmp_path: Path) -> None:
    with stubs(tmp_path, workers=3) as crew:
        until(lambda: len(crew.serving()) == 3)
        crew.parent.send_signal(signal.SIGTERM)
        assert "county is served\n" == crew.parent.communicate()[0]
        assert 0 == crew.parent.returncode
    assert ['{"do": "stop"}'] * 3 == crew.asked()


def test_a_service_whose_first_worker_cannot_serve_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with stubs(tmp_path) as crew:
        assert "" == crew.parent.communicate()[0]
        assert 2 == crew.parent.returncode
    assert 1 == crew.count("the first worker could not serve, as it said: the service does not start")


def test_one_that_dies_is_replaced_at_once_and_one_that_keeps_dying_ever_later(tmp_path: Path) -> None:
    with stubs(tmp_path) as crew:
        until(lambda: len(crew.serving()) == 2)
        (tmp_path / "broken").touch()
        os.kill(crew.serving()[0], signal.SIGKILL)
        until(lambda: "another one starts in 2 s" in crew.log())
        said = re.findall(r"(was ended by SIGKILL|could not serve, as it said); another one starts (.*)", crew.log())
        assert [("was ended by SIGKILL", "at once"), ("could not serve, as it said", "in 1 s")] == said[:2]
        (tmp_path / "broken").unlink()
        until(lambda: len(crew.serving()) == 2)


def test_what_a_killed_worker_was_making_is_removed_with_it(tmp_path: Path) -> None:
    with stubs(tmp_path) as crew:
        until(lambda: len(crew.serving()) == 2)
        rooms = {path.parent for path in tmp_path.glob("worker-*/unfinished-*")}
        assert 2 == len(rooms)
        os.kill(crew.serving()[0], signal.SIGKILL)
        until(lambda: len(crew.serving()) == 2 and crew.count("was ended by SIGKILL") == 1)
        left = {path.parent for path in tmp_path.glob("worker-*/unfinished-*")}
        assert 2 == len(left)
        assert 1 == len(left & rooms)


def test_workers_are_exchanged_one_at_a_time_each_after_the_next_is_ready(tmp_path: Path) -> None:
    with stubs(tmp_path) as crew:
        until(lambda: len(crew.serving()) == 2)
        before = crew.serving()
        crew.parent.send_signal(signal.SIGHUP)
        until(lambda: len(crew.serving()) == 2 and not set(before) & set(crew.serving()))
        until(lambda: len(crew.asked()) == 2)
    words = re.findall(r"serves|leaves", crew.log())
    assert ["serves", "serves", "serves", "leaves", "serves", "leaves"] == words
    assert ['{"do": "leave"}'] * 2 == crew.asked()[:2]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("broken", "", "it could not serve, as it said"),
        ("stuck", "", "it was ended by SIGKILL"),
        ("health", "503", "its health says 503"),
    ],
)
def test_one_that_does_not_become_ready_leaves_the_old_ones_serving(
    tmp_path: Path, name: str, content: str, why: str
) -> None:
    with stubs(tmp_path, ready_s=2) as crew:
        until(lambda: len(crew.serving()) == 2)
        before = crew.serving()
        (tmp_path / name).write_text(content)
        crew.parent.send_signal(signal.SIGHUP)
        until(lambda: f"did not become ready ({why}): the old ones go on serving" in crew.log())
        assert before == crew.serving()
        (tmp_path / name).unlink()
        crew.parent.send_signal(signal.SIGHUP)
        until(lambda: len(crew.serving()) == 2 and not set(before) & set(crew.serving()))


def test_workers_whose_parent_is_killed_go(tmp_path: Path) -> None:
    with stubs(tmp_path) as crew:
        until(lambda: len(crew.serving()) == 2)
        crew.parent.kill()
        until(lambda: ["gone", "gone"] == crew.asked())


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    with stubs(tmp_path) as crew:
        until(lambda: len(crew.serving()) == 2)
        for pid in crew.serving():
            os.kill(pid, signal.SIGSTOP)  # it will not hear that it should go
        for _ in range(2):
            crew.parent.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        assert 0 == crew.parent.wait(5)
