"""What open live pages cost the server, and how soon a change is on the screen; printed beside the bars, not judged."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from api.access import LOCAL
from api.drafts import drafts_of
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.store.manifest import write_manifest
from geo.terms import Role
from tests.bench.conftest import BenchCounty
from tests.serving import Ear, serving

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
PAGES, SECONDS, CHANGES = 200, 60, 12

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")


@pytest.fixture
def folder(bench_county: BenchCounty, tmp_path: Path) -> Path:
    """The sample's county with a journal, on the sample's day."""
    path = tmp_path / "county"
    store.write_county(path, bench_county.county.layers, present=bench_county.county.as_of, source="synthetic")
    services = open_services(Settings(data=path))
    team, village = bench_county.board.teams.ids[0], bench_county.board.teams.village_codes[0]
    night = (bench_county.county.as_of - timedelta(days=2)).date().isoformat()
    stay = {"team_id": team, "member_id": f"{team}-x", "village_code": village, "night": night}
    services.write(LOCAL, drafts_of("stays", stay, now=services.now()))
    services.close()
    return path


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the processor's time is read from /proc")
def test_200_open_pages_while_nothing_changes(folder: Path) -> None:
    """They listen; then each also asks for itself once a minute, as a page does that shows the present."""
    write_manifest(folder, replace(store.read_manifest(folder), present=None))  # here time goes on
    with _serving(folder) as (pid, port):
        alone = _share(pid, lambda: None)
        ears = [Ear(port) for _ in range(PAGES)]
        for ear in ears:
            ear.event()
        listening = _share(pid, lambda: None)
        minutely = _share(pid, lambda: _ask(port))
        assert {200} == {ear.status for ear in ears}
        for ear in ears:
            ear.close()
    print(f"\n{PAGES} open live pages, nothing changes, {SECONDS} s each: share of one core")
    print(
        f"  listening                          {listening:6.2%}   bar 5 %   (the same server without any {alone:.2%})"
    )
    print(f"  and each asking for itself once    {minutely:6.2%}   bar 5 %")


@pytest.mark.skipif(not CHROMIUM, reason="there is no chromium on the PATH")
def test_a_stay_is_on_the_screen_of_an_open_page(folder: Path, bench_county: BenchCounty) -> None:
    from playwright.sync_api import sync_playwright

    token = add_token(folder, "hq", Role.HQ, "431381", now=bench_county.county.as_of, days=0)
    teams, day = bench_county.board.teams, bench_county.county.as_of - timedelta(days=2)
    taken = []
    with serving(folder) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        signed_in = {"Authorization": f"Bearer {token}"}
        page = browser.new_page(viewport={"width": 1440, "height": 900}, extra_http_headers=signed_in)
        page.goto(f"{server.address}/maps/coverage")
        page.wait_for_selector('html[data-live="live"]', state="attached")
        page.wait_for_timeout(2000)
        for number in range(CHANGES):
            team = teams.ids[number + 1]
            stay = {"team_id": team, "member_id": f"{team}-x", "village_code": teams.village_codes[number + 1]}
            written = server.post("stays", {**stay, "night": day.date().isoformat()}, token)["sequences"][-1]
            begin = time.perf_counter()
            page.wait_for_function("(n) => yixian.page.live.mark.startsWith(n + '.')", arg=written)
            taken.append(time.perf_counter() - begin)
        browser.close()
    print(f"\na stay, recorded over HTTP, on an open coverage page of {len(teams.ids)} teams, {CHANGES} times")
    print(f"  median {statistics.median(taken) * 1000:6.0f} ms   largest {max(taken) * 1000:6.0f} ms   bar 2,000 ms")


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[int, int]]:
    """`yixian serve` in a process of its own, for the time of the block: its id and its port."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = (re.search(r"http://127\.0\.0\.1:(\d+)", line) for line in iter(process.stdout.readline, ""))
            yield process.pid, next(int(one[1]) for one in found if one)
        finally:
            process.terminate()


def _ask(port: int) -> None:
    address = f"http://127.0.0.1:{port}/maps/coverage?f=json"
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:  # started here
        answer.read()


def _share(pid: int, ask: Callable[[], None]) -> float:
    """Which part of one core a process takes over SECONDS, while `ask` is called PAGES times."""
    begin, taken = time.monotonic(), _cpu_s(pid)
    for number in range(1, PAGES + 1):
        ask()
        time.sleep(max(begin + SECONDS * number / PAGES - time.monotonic(), 0))
    return (_cpu_s(pid) - taken) / (time.monotonic() - begin)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
