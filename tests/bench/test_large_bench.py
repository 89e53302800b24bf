"""50,000 polygons in Chromium: a served page with tiles beside Folium's GeoJson. Run with `make bench`.

Times are printed beside their bars, never asserted; that pan, zoom, hover and click work is.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import folium
import geopandas
import numpy as np
import pytest
import shapely

from geo import crs, store
from geo.synthetic import lengshuijiang
from tests.bench.harness import report
from tests.serving import Server, serving

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here"),
]
POLYGONS, CORNERS, SIDE = 50_000, 30, 0.3
INTERACTIVE_MS, MEMORY_MB = 2_500, 300


def woods() -> Any:
    """Uneven polygons side by side over the county."""
    random = np.random.default_rng(0)
    across = int(np.ceil(np.sqrt(POLYGONS)))
    number = np.arange(POLYGONS)
    lon, lat = 111.3 + (number % across + 0.5) * SIDE / across, 27.52 + (number // across + 0.5) * SIDE / across
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = SIDE / across / 2 * random.uniform(0.8, 1, (POLYGONS, CORNERS))
    ring = np.stack([lon[:, None] + radius * np.cos(turn), lat[:, None] + radius * np.sin(turn)], axis=2)
    return shapely.polygons(ring)


@pytest.fixture(scope="module")
def zones() -> geopandas.GeoDataFrame:
    """50,000 forest-fire zones."""
    few = lengshuijiang().layers["risk_zones"]
    many = few.iloc[np.arange(POLYGONS) % len(few)].drop(columns="geometry").reset_index(drop=True)
    many = many.assign(zone_id=[f"Z{one:06d}" for one in range(POLYGONS)], kind="forest_fire")
    return geopandas.GeoDataFrame(many, geometry=woods(), crs=crs.WGS84)[list(few.columns)]


@pytest.fixture(scope="module")
def server(zones: geopandas.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    county, path = lengshuijiang(), tmp_path_factory.mktemp("county")
    store.write_county(path, {**county.layers, "risk_zones": zones}, present=county.as_of, source="bench")
    with serving(path) as running:
        yield running


@pytest.fixture
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"]
        )
        yield browser
        browser.close()


def settled(page: Any) -> None:
    """Until every tile is there and the next two frames are drawn."""
    while not page.evaluate("Object.values(yixian.layers).every((one) => !one._loading)"):
        time.sleep(0.01)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def memory_mb(page: Any) -> float:
    """What the page's own process takes for its script and documents, after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def resident_mb(browser: Any) -> float:
    """The largest private memory of a process of this browser that draws pages."""
    session = browser.new_browser_cdp_session()
    found = [0.0]
    for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
        if process["type"] == "renderer":
            _, resident, shared, *_ = (Path("/proc") / str(process["id"]) / "statm").read_text().split()
            found.append((int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / 2**20)
    return max(found)


def timed(doing: Callable[[], object]) -> float:
    begin = time.perf_counter()
    doing()
    return time.perf_counter() - begin


def test_50000_polygons_beside_folium(
    server: Server, zones: geopandas.GeoDataFrame, chromium: Any, tmp_path: Path
) -> None:
    address = f"{server.address}/maps/risk?lang=zh"
    warm = chromium.new_page()
    warm.goto(address)  # the page is made, and its tiles, by the first visitor
    warm.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    settled(warm)
    warm.close()
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    begin = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    ready_ms = page.evaluate("Number(document.documentElement.dataset.ready)")
    settled(page)
    whole = time.perf_counter() - begin
    heap, resident = memory_mb(page), resident_mb(chromium)
    inside = shapely.centroid(zones.geometry.iloc[POLYGONS // 2 + 100])
    doings = {
        "pan": "void yixian.map.panBy([300, 200], { animate: false })",
        "zoom": f"void yixian.map.setView([{inside.y}, {inside.x}], 14, {{ animate: false }})",
    }
    taken = {name: timed(lambda doing=doing: (page.evaluate(doing), settled(page))) for name, doing in doings.items()}
    page.wait_for_timeout(500)
    frame = page.evaluate("yixian.map.getContainer().getBoundingClientRect().toJSON()")
    at = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(at[0] - 40, at[1])
    taken["hover"] = timed(lambda: (page.mouse.move(*at), page.wait_for_selector(".leaflet-tooltip .tip")))
    taken["click"] = timed(lambda: (page.mouse.click(*at), page.wait_for_selector(".leaflet-popup article.card")))
    page.close()
    note = f"{heap:,.0f} MB of heap, {resident:,.0f} MB resident (bar {MEMORY_MB} MB)"
    theirs, drawn, size, their_mb = _folium(zones, chromium, tmp_path)
    report(
        f"{POLYGONS:,} polygons in Chromium, interactive and every tile drawn",
        {"Yixian, a served page": whole, "Folium GeoJson, page made and drawn": theirs + drawn},
        unit="ms",
        bar=INTERACTIVE_MS,
        notes={
            "Yixian, a served page": f"{note}; interactive, without tiles, at {ready_ms:,.0f} ms",
            "Folium GeoJson, page made and drawn": f"{theirs:,.1f} s to make {size:,.0f} MB, {drawn:,.1f} s to draw, "
            f"{their_mb:,.0f} MB resident",
        },
    )
    report("what follows on the page", taken, unit="ms")


def _folium(zones: geopandas.GeoDataFrame, chromium: Any, folder: Path) -> tuple[float, float, float, float]:
    """Seconds to make Folium's page and to draw it, its size in MB, and what it takes in the browser, in MB."""
    path = folder / "folium.html"

    def make() -> None:
        chart = folium.Map(location=[27.67, 111.45], zoom_start=11, tiles=None, prefer_canvas=True)
        folium.GeoJson(zones.drop(columns=["valid_from", "valid_to"])).add_to(chart)
        chart.save(str(path))

    made = timed(make)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, offline=False)
    context.route("http*://**/*", lambda route: route.fulfill(body=_library(route.request.url)))
    page = context.new_page()
    page.set_default_timeout(300_000)
    drawn = timed(
        lambda: (
            page.goto(path.as_uri(), timeout=300_000),
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"),
        )
    )
    taken_mb = resident_mb(chromium)
    context.close()
    return made, drawn, path.stat().st_size / 1e6, taken_mb


def _library(url: str) -> str:
    """What Folium's page asks other hosts for, from the local copies."""
    from offlinefolium.elements import _res

    return str(_res.get(url, ""))
