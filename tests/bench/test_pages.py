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
from collections.abc import Callable
from pathlib import Path

import folium
import pytest

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
        folium.GeoJson(frame.drop(columns=["found_on"], errors="ignore")).add_to(chart)  # it cannot write dates
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


def test_the_service_is_ready_soon_after_its_start() -> None:
    seconds = statistics.median(_seconds_to_ready() for _ in range(3))
    report("from start to ready, sample county", {"ours": seconds}, unit="ms", bar=5000)
    assert seconds > 0


def _seconds_to_ready() -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begin = time.perf_counter()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
                        assert answer.status == 200
                        return time.perf_counter() - begin
                except urllib.error.URLError:
                    assert server.poll() is None, "the service ended"
                    time.sleep(0.02)
        finally:
            server.terminate()
            server.wait(20)
