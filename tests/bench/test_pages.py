"""What a commander waits for: the service to be ready, a page to arrive, and the page to be drawn."""

from __future__ import annotations

import gzip
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folium
import pandas as pd
import pytest

from api.settings import SAMPLE_FOLDER
from geo import store
from geo.calendar import Week
from geo.coverage import stay_coverage
from geo.coverage_clock import coverage_clock
from geo.exposure import exposure
from geo.nearest import nearest
from geo.reach import reach_areas
from maps.pages import coverage_page, dispatch_page, risk_page
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
PLACE = 111.487, 27.745


def _pages(bench_county: BenchCounty) -> dict[str, Callable[[object], bytes]]:
    atlas, board, at = bench_county.atlas, bench_county.board, bench_county.county.as_of
    coverage, clock = stay_coverage(atlas, board, Week.of(at), at=at), coverage_clock(atlas, board, Week.of(at))
    exposed, areas = exposure(atlas), reach_areas(atlas, board, at=at)
    first = nearest(atlas, board, *PLACE, at=at, paths=True)
    return {
        "coverage": lambda _: coverage_page(atlas, board, coverage, clock=clock),
        "risk": lambda _: risk_page(atlas, board, exposed, at=at),
        "dispatch": lambda _: dispatch_page(atlas, board, first, areas, at=at),
    }


def _plain_folium(bench_county: BenchCounty, *layers: str) -> bytes:
    """The same layers as a user of Folium would draw them."""
    chart = folium.Map(tiles=None, location=[27.68, 111.43])
    for name in layers:
        frame = bench_county.atlas.layers[name]
        dates = [column for column in ("found_on", "valid_from", "valid_to") if column in frame]
        folium.GeoJson(frame.drop(columns=dates)).add_to(chart)  # it cannot write them
    return chart.get_root().render().encode()


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("coverage", ("county", "towns", "villages", "stations", "rivers", "roads")),
        ("risk", ("county", "towns", "villages", "grids", "stations", "rivers", "roads", "risk_zones", "hazard_sites")),
        ("dispatch", ("county", "towns", "villages", "stations", "rivers", "roads")),
    ],
)
def test_a_page_is_small_and_quickly_made(bench_county: BenchCounty, name: str, layers: tuple[str, ...]) -> None:
    ours = _pages(bench_county)[name]
    seconds = medians({"ours": ours, "folium.GeoJson": lambda _: _plain_folium(bench_county, *layers)}, [None] * 5)
    sizes = {"ours": ours(None), "folium.GeoJson": _plain_folium(bench_county, *layers)}
    notes = {
        who: f"{len(page) / 1024:,.0f} KB, {len(gzip.compress(page)) / 1024:,.0f} KB compressed"
        for who, page in sizes.items()
    }
    bar_kb = 300 if name == "dispatch" else 600
    report(f"{name} page made (bar: {bar_kb} KB compressed)", seconds, unit="ms", notes=notes)
    assert len(gzip.compress(sizes["ours"])) < bar_kb * 1024


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here")
@pytest.mark.parametrize("name", ["coverage", "risk", "dispatch"])
def test_a_page_is_drawn_in_chromium(bench_county: BenchCounty, name: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    path = tmp_path / f"{name}.html"
    path.write_bytes(_pages(bench_county)[name](None))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        taken = []
        for _ in range(5):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            begin = time.perf_counter()
            page.goto(path.as_uri())
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            taken.append(time.perf_counter() - begin)
            assert page.locator(".leaflet-pane path").count() > 0
            page.close()
        browser.close()
    report(f"{name} page drawn in Chromium", {"ours": statistics.median(taken)}, unit="ms", bar=2000)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here")
def test_a_served_page_is_light_at_first_and_lighter_the_second_time(county_of_500_sites: Path) -> None:
    """Every page on a first visit, and a minute later: what is sent, and when the map answers."""
    from playwright.sync_api import sync_playwright

    with _serving(county_of_500_sites) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for path in ("/", "/maps/coverage", "/maps/risk", "/maps/dispatch"):
            _visits(browser, f"{address}{path}?at=2022-12-23T09:59")  # numba's searches are there by now
            rounds = [_visits(browser, f"{address}{path}?at=2022-12-23T10:0{number}") for number in range(5)]
            first_kb, second_kb = (max(visits[n].sent for visits in rounds) / 1024 for n in (1, 2))
            note = f"first {first_kb:.0f} KB (bar 350), second {second_kb:.0f} KB (bar 60)"
            taken = {
                name: statistics.median(visits[number].seconds for visits in rounds)
                for number, name in ((1, "first visit"), (2, "second visit, another minute"), (0, "made for it"))
            }
            report(f"{path} served, interactive in Chromium; {note}", taken, unit="ms", bar=1000)
            assert first_kb <= 350
            assert second_kb <= 60
        browser.close()


@dataclass(frozen=True, slots=True)
class Visit:
    """Bytes that came over the wire, and the seconds until the page took a click."""

    sent: int
    seconds: float


def _visits(browser: Any, url: str) -> tuple[Visit, Visit, Visit]:
    """A first visit that the page is made for, another's first visit, and theirs again, half a minute later."""
    made_for, other = (browser.new_context(viewport={"width": 1440, "height": 900}) for _ in range(2))
    visits = _visit(made_for, url), _visit(other, url), _visit(other, f"{url}:30")
    made_for.close()
    other.close()
    return visits


def _visit(context: Any, url: str) -> Visit:
    page = context.new_page()
    devtools, sent = context.new_cdp_session(page), []
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    begin = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seconds = time.perf_counter() - begin
    page.wait_for_timeout(300)  # what it asks for later counts too
    page.close()
    return Visit(int(sum(sent)), seconds)


@pytest.fixture(scope="module")
def county_of_500_sites(bench_county: BenchCounty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with as many hazard sites as the bar speaks of, in a data folder."""
    sites = bench_county.county.layers["hazard_sites"]
    copies = [
        sites.assign(site_id=[f"4313810{turn}{number:04d}" for number in range(len(sites))]) for turn in range(1, 4)
    ]
    layers = {**bench_county.county.layers, "hazard_sites": pd.concat(copies, ignore_index=True).iloc[:500]}
    folder = tmp_path_factory.mktemp("county")
    store.write_county(folder, layers, present=bench_county.county.as_of, source="bench")
    return folder


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--data", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_until_ready(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def test_the_service_is_ready_soon_after_its_start() -> None:
    seconds = statistics.median(_seconds_to_ready() for _ in range(3))
    report("from start to ready, sample county", {"ours": seconds}, unit="ms", bar=5000)
    assert seconds > 0


def _seconds_to_ready() -> float:
    begin = time.perf_counter()
    with _serving(SAMPLE_FOLDER):
        return time.perf_counter() - begin


def _wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
                assert answer.status == 200
                return
        except urllib.error.URLError:
            assert server.poll() is None, "the service ended"
            time.sleep(0.02)
