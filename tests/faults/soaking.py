"""A served county under mixed work for a while, and what that cost: `python -m tests.faults.soaking SECONDS WORKERS`.

Readers, a writer, ten open pages and an import now and then, each at its own pace; every minute has the same work.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread

from api.identity.tokens import add_token
from api.settings import SAMPLE_FOLDER
from geo.terms import Role
from tests.commands import yixian
from tests.serving import Ear

ROOT = Path(__file__).resolve().parents[2]
PRESENT = datetime.fromisoformat("2022-12-23T10:00:00+08:00")
WARM_UP_S = 60.0
"""Until what is kept is filled: what happens in it counts as work, and is not in the figures."""
PAGES = 10
IMPORT_S = 20.0
SAMPLE_S = 0.5
ITEMS = "/ogc/collections/{}/items?limit=50"
PLACES = [(round(111.36 + 0.012 * step, 4), round(27.58 + 0.013 * (step * 7 % 16), 4)) for step in range(16)]


def reads() -> list[str]:
    """What is asked in turn, the same again and again: what can be kept is kept after the first round."""
    near = [f"/v1/nearest?lon={lon}&lat={lat}" for lon, lat in PLACES]
    tiles = [f"/tiles/{layer}/12/{x}/{y}.pbf" for layer in ("villages", "incidents") for x, y in ((3315, 1720),)]
    lon, lat = PLACES[3]
    rest = [
        *("/v1/coverage/stays", "/v1/coverage/duty", "/v1/coverage/clock", "/v1/coverage/reach", "/v1/attention"),
        *("/maps/coverage", "/maps/risk", "/", f"/maps/dispatch?lon={lon}&lat={lat}", "/sign-in", "/health/ready"),
        *(ITEMS.format(name) for name in ("villages", "stay_coverage", "incidents", "hazard_sites")),
        *("/v1/export?layers=villages&f=csv", "/v1/export?layers=hazard_sites&f=gpkg", "/v1/brief", "/metrics"),
        *(f"/v1/places?lon={lon}&lat={lat}", f"/v1/reach?lon={lon}&lat={lat}", "/v1/search?q=a", "/v1/live/state"),
        *("/v1/layers/hazard_sites.geojson", "/v1/isolation", "/v1/events?limit=20", "/ogc/collections?f=json"),
    ]
    return [path for pair in zip(near * 2, [*rest, *tiles], strict=False) for path in pair]


@dataclass
class Figures:
    """What was measured: answers as (when, how long, what), failures in words, memory and processor over time."""

    answers: list[tuple[float, float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    imports: int = 0
    events: int = 0
    seconds: float = 0.0
    processor_s: float = 0.0

    def memory_mib(self, begin: float, end: float) -> float:
        """The middle of what the service's processes held, between two shares of the time."""
        return statistics.median(held for at, held in self.memory if begin <= at / self.seconds < end)

    @property
    def growth(self) -> float:
        """By what share the last quarter's memory is above the second's, after the warm-up."""
        return self.memory_mib(0.75, 1.0) / self.memory_mib(0.25, 0.5) - 1

    def p99_s(self, begin: float, end: float) -> float:
        """How long 99 of 100 answers took at most, between two shares of the time."""
        waits = sorted(wait for at, wait, _ in self.answers if begin <= at / self.seconds < end)
        return waits[int(len(waits) * 0.99)]

    def told(self) -> str:
        """All of it in a few lines."""
        quarters = [f"{self.memory_mib(part / 4, (part + 1) / 4):.1f}" for part in range(4)]
        thirds = [f"{self.p99_s(part / 3, (part + 1) / 3) * 1e3:.0f}" for part in range(3)]
        return (
            f"{self.seconds:.0f} s, {len(self.answers):,} answers, {self.imports} imports, {self.events} events, "
            f"{len(self.failures)} failures {self.failures[:3]}\n  memory by quarters {', '.join(quarters)} MiB:"
            f" growth {self.growth:+.1%}\n  p99 by thirds {', '.join(thirds)} ms"
            f"\n  {self.processor_s / (self.seconds + WARM_UP_S):.2f} of a core"
        )


@contextmanager
def served(folder: Path, room: Path, workers: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`yixian serve` and its port."""
    words = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", str(workers), "--data", str(folder)]
    with (room / "said.txt").open("w") as said:
        parent = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True)
    with parent:
        try:
            assert parent.stdout is not None
            found = re.search(r":(\d+)/", parent.stdout.readline())
            assert found is not None, (room / "said.txt").read_text()
            yield parent, int(found[1])
        finally:
            parent.terminate()
            parent.wait(30)


def processes(parent: int) -> list[int]:
    """The parent and its workers."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


def held_mib(pids: list[int]) -> float:
    """The memory of processes, with what they share divided among them.

    Pages of libraries are left out: how many count here depends on who else on the machine has the same ones open.
    """
    rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(size) for text in rollups for size in re.findall(r"^Pss_(?:Anon|Shmem):\s+(\d+)", text, re.M)) / 1024


def spent_s(pids: list[int]) -> float:
    """What processes have taken of the processor so far."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


class Soak:
    """The work, each kind in a thread of its own until it is over."""

    def __init__(self, folder: Path, room: Path, port: int, token: str, rate: float) -> None:
        self.folder, self.room, self.port, self.rate = folder, room, port, rate
        self.headers = {"Authorization": f"Bearer {token}"}
        self.figures, self.over, self.begun_s = Figures(), Event(), time.monotonic()
        self.measured_s = self.begun_s + WARM_UP_S

    def at(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self.begun_s

    def paced(self, pause_s: float, act: Callable[[int], None]) -> None:
        """`act` with its turn, once in `pause_s`, whatever becomes of it."""
        for turn in count():
            if self.over.wait(max(0.0, turn * pause_s - self.at())):
                return
            try:
                act(turn)
            except (OSError, http.client.HTTPException, AssertionError, EOFError) as reason:
                self.figures.failures.append(repr(reason)[:300])

    def asked(self, line: http.client.HTTPConnection, path: str, body: object = None) -> bytes:
        """One request, measured; a connection that the service has closed meanwhile is opened again."""
        began = time.monotonic()
        if body is None:
            line.request("GET", path, headers=self.headers)
        else:
            line.request("POST", path, json.dumps(body), {**self.headers, "Content-Type": "application/json"})
        answer = line.getresponse()
        content = answer.read()
        assert answer.status in (200, 201, 204), f"{path}: {answer.status} {content[:200]!r}"
        self.figures.answers.append((began - self.measured_s, time.monotonic() - began, path))
        return content

    def read(self) -> None:
        """Questions in turn; a page of features is followed by its next one."""
        paths = reads()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:

            def act(turn: int) -> None:
                path = paths[turn % len(paths)]
                content = self.asked(line, path)
                if "/items" in path:
                    onward = [one["href"] for one in json.loads(content)["links"] if one["rel"] == "next"]
                    for address in onward[:1]:
                        self.asked(line, "/ogc/" + address.partition("/ogc/")[2])

            self.paced(1 / self.rate, act)

    def write(self) -> None:
        """Check-ins of the same members again and again."""
        told = json.loads((SAMPLE_FOLDER / "teams.geojson").read_text())["features"]
        teams = [one["properties"]["team_id"] for one in told[:40]]
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:

            def act(turn: int) -> None:
                lon, lat = PLACES[turn % len(PLACES)]
                came = {"team_id": teams[turn % len(teams)], "member_id": f"m{turn % 3}", "lon": lon, "lat": lat}
                at = PRESENT - timedelta(seconds=turn % 3600)
                self.asked(line, "/v1/check-ins", {**came, "crs": "EPSG:4326", "device_time": at.isoformat()})

            self.paced(2.0, act)

    def listen(self) -> None:
        """Pages that are open all the time."""
        with ExitStack() as stack:
            authorization = self.headers["Authorization"]
            ears = [stack.enter_context(closing(Ear(self.port, token=authorization))) for _ in range(PAGES)]

            def act(_: int) -> None:
                for sock in select.select([one.sock for one in ears], [], [], 0)[0]:
                    content = sock.recv(1 << 16)
                    assert content, "a page was cut off"
                    self.figures.events += 1

            self.paced(0.5, act)

    def bring(self) -> None:
        """A layer imported, with all rows and without the last in turns."""
        source = json.loads((SAMPLE_FOLDER / "hazard_sites.geojson").read_text())
        files = [self.room / "all.geojson", self.room / "fewer.geojson"]
        for path, features in zip(files, (source["features"], source["features"][:-1]), strict=True):
            path.write_text(json.dumps({**source, "features": features}))

        def act(turn: int) -> None:
            words = ("import", "hazard_sites", files[turn % 2], "--crs", "EPSG:4326", "--data", self.folder)
            done = yixian(*words)
            assert 0 == done.returncode, done.stdout[-500:] + done.stderr[-500:]
            self.figures.imports += 1

        self.paced(IMPORT_S, act)

    def told(self, work: Callable[[], None]) -> None:
        """`work`; what ends it is a failure like any other, not the end of a thread that nobody misses."""
        try:
            work()
        except Exception as reason:  # noqa: BLE001  # whatever it is
            self.figures.failures.append(repr(reason)[:300])

    def run(self, parent: int, seconds: float) -> Figures:
        """All at work, and the service measured."""
        threads = [Thread(target=self.told, args=[one]) for one in (self.read, self.write, self.listen, self.bring)]
        spent = spent_s(processes(parent))
        self.begun_s = time.monotonic()
        self.measured_s = self.begun_s + WARM_UP_S
        for thread in threads:
            thread.start()
        try:
            while self.at() < WARM_UP_S + seconds:
                time.sleep(SAMPLE_S)
                self.figures.memory.append((self.at() - WARM_UP_S, held_mib(processes(parent))))
        finally:
            self.figures.seconds = self.at() - WARM_UP_S
            self.over.set()
            for thread in threads:
                thread.join()
        self.figures.processor_s = spent_s(processes(parent)) - spent
        return self.figures


def soaked(room: Path, seconds: float, *, workers: int = 1, rate: float = 8.0) -> Figures:
    """The sample's county in a folder of its own, under work for so long; `rate`: questions a second."""
    folder = room / "county"
    shutil.copytree(SAMPLE_FOLDER, folder)
    token = add_token(folder, "soak", Role.HQ, "431381", now=PRESENT, days=0)
    with served(folder, room, workers) as (parent, port):
        return Soak(folder, room, port, token, rate).run(parent.pid, seconds)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as given:
        print(soaked(Path(given), float(sys.argv[1]), workers=int(sys.argv[2])).told())
        print((Path(given) / "said.txt").read_text()[-3000:])
