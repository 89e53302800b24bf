"""Large layers in a real browser: served pages draw them from tiles, with hover, click, search and live states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from geo import crs, store
from geo.synthetic import lengshuijiang
from tests.browser.conftest import REPORT_VIOLATIONS, Opened
from tests.serving import Server, serving

COUNT = 3_600
LONG = "林" * 10_000


def side_by_side(count: int) -> Any:
    """Squares in rows over the county's middle, a gap between them."""
    across = int(np.ceil(np.sqrt(count)))
    number, step = np.arange(count), 0.12 / across
    west, south = 111.38 + number % across * step, 27.62 + number // across * step
    return shapely.box(west, south, west + step * 0.8, south + step * 0.8)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, hostile_name: str) -> Iterator[Server]:
    """The sample with more risk zones than a page takes, under hostile names and one very long one."""
    county = lengshuijiang()
    few = county.layers["risk_zones"]
    zones = few.iloc[np.arange(COUNT) % len(few)].reset_index(drop=True)
    zones = zones.assign(zone_id=[f"Z{one:06d}" for one in range(COUNT)], name=hostile_name)
    zones.loc[7, "name"] = LONG
    zones = geopandas.GeoDataFrame(zones.drop(columns="geometry"), geometry=side_by_side(COUNT), crs=crs.WGS84)
    # Only fire zones are too many; of the others half are enough.
    zones["kind"] = np.where(np.arange(COUNT) % 20 == 0, "landslide", "forest_fire")
    path = tmp_path_factory.mktemp("county")
    layers = {**county.layers, "risk_zones": zones[list(few.columns)]}
    store.write_county(path, layers, present=county.as_of, source="test")
    with serving(path) as running:
        yield running


@dataclass
class Visit:
    """A served page in the browser, and what it should not have done."""

    page: Any
    faults: list[str] = field(default_factory=list)

    def wait_for_tiles(self) -> None:
        """Until every tile in view is drawn."""
        for _ in range(600):
            if self.page.evaluate("Object.values(yixian.layers).every((one) => !one._loading)"):
                return
            self.page.wait_for_timeout(50)
        pytest.fail("the tiles did not come")

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place is on the screen."""
        place = self.page.evaluate(f"yixian.map.latLngToContainerPoint([{lat}, {lon}])")
        frame = self.page.evaluate("yixian.map.getContainer().getBoundingClientRect().toJSON()")
        return place["x"] + frame["x"], place["y"] + frame["y"]


@pytest.fixture
def visit(chromium: Any, server: Server) -> Iterator[Callable[..., Visit]]:
    contexts: list[Any] = []
    visits: list[Visit] = []

    def opener(path: str, *, width: int = 1440, height: int = 900) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        made = Visit(page)
        visits.append(made)
        home = server.address
        context.route("**/*", lambda route: route.continue_() if route.request.url.startswith(home) else route.abort())
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", lambda message: made.faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: made.faults.append(f"script: {error}"))
        page.on("requestfailed", lambda one: made.faults.extend([one.url] if "/tiles/" in one.url else []))
        page.on("dialog", lambda dialog: (made.faults.append(dialog.message), dialog.dismiss()))
        page.goto(home + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        made.wait_for_tiles()
        return made

    yield opener
    said = [[*one.faults, *one.page.evaluate("window.violations")] for one in visits]
    for context in contexts:
        context.close()
    assert [[] for _ in visits] == said


def middle_of(number: int) -> tuple[float, float]:
    centre = shapely.centroid(side_by_side(COUNT)[number])
    return float(centre.x), float(centre.y)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_large_layer_is_drawn_from_tiles_and_answers_hover_and_click(
    visit: Callable[..., Visit], hostile_name: str, shoot: Callable[[Opened, str], None], lang: str
) -> None:
    seen = visit(f"/maps/risk?lang={lang}")
    page = seen.page
    shoot(Opened(page, page.url), f"tiles-{lang}")
    page.evaluate("void yixian.map.setView([27.68, 111.44], 15, { animate: false })")
    seen.wait_for_tiles()
    at = seen.at(*middle_of(1831))
    page.mouse.move(at[0] - 2, at[1])
    page.mouse.move(*at)
    page.wait_for_selector(".leaflet-tooltip .tip")
    assert 1 == page.locator(".leaflet-tooltip .tip").count()  # what lies under it says nothing meanwhile
    page.mouse.click(*at)
    page.wait_for_selector(".leaflet-popup article.card")
    assert hostile_name == page.inner_text(".leaflet-popup h3")
    shoot(Opened(page, page.url), f"tiles-card-{lang}")


def test_beside_its_shapes_a_tile_lets_the_mouse_through(visit: Callable[..., Visit]) -> None:
    seen = visit("/maps/risk?lang=zh")
    page = seen.page
    page.evaluate("void yixian.goTo(yixian.map, 'layer-villages', '431381205201')")  # a village far from any zone
    page.wait_for_selector(".leaflet-popup article.card")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    frame = page.evaluate("yixian.map.getContainer().getBoundingClientRect().toJSON()")
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    page.wait_for_selector(".leaflet-popup article.card")


def test_a_feature_is_flown_to_wherever_it_is(visit: Callable[..., Visit]) -> None:
    seen = visit("/maps/risk?lang=zh")
    seen.page.evaluate("void yixian.goTo(yixian.map, 'layer-fire-zones', 'Z000007')")
    seen.page.wait_for_selector(".leaflet-popup article.card")
    assert LONG == seen.page.inner_text(".leaflet-popup h3")
    lon, lat = middle_of(7)
    assert seen.page.evaluate(f"yixian.map.getBounds().contains([{lat}, {lon}])")


def test_a_feature_that_is_not_there_is_said_not_to_be(server: Server, visit: Callable[..., Visit]) -> None:
    seen = visit("/maps/risk?lang=en")
    seen.page.evaluate("void yixian.goTo(yixian.map, 'layer-fire-zones', 'nothing')")
    seen.page.wait_for_selector(".left-out li:has-text('not found')")
    assert [one for one in seen.faults if "404" not in one] == []
    seen.faults.clear()


def test_the_page_says_how_many_are_left_out_and_nothing_when_all_are_drawn(visit: Callable[..., Visit]) -> None:
    seen = visit("/maps/risk?lang=en")
    seen.page.evaluate("void yixian.map.setView([27.68, 111.44], 9, { animate: false })")
    seen.wait_for_tiles()
    seen.page.wait_for_selector(".left-out li:has-text('not drawn')")
    seen.page.evaluate("void yixian.map.setView([27.68, 111.44], 15, { animate: false })")
    seen.wait_for_tiles()
    seen.page.wait_for_selector(".left-out", state="hidden")


def test_a_tile_that_never_comes_is_said_to_be_missing(visit: Callable[..., Visit]) -> None:
    seen = visit("/maps/risk?lang=en")
    seen.page.context.route("**/tiles/**", lambda route: route.fulfill(status=503, body=""))
    seen.page.evaluate("void yixian.map.setView([27.68, 111.44], 14, { animate: false })")
    seen.page.wait_for_selector(".left-out li:has-text('incomplete')")
    assert [one for one in seen.faults if "503" not in one and "/tiles/" not in one] == []
    seen.faults.clear()


def test_a_file_draws_what_matters_most_and_says_so(
    server: Server, open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{server.address}/maps/risk?lang=en&f=file", timeout=60) as answer:  # noqa: S310
        opened = open_page(answer.read())
    assert opened.page.inner_text(".left-out li").endswith("at most 3,000 of 3,420")
    assert 0 == opened.page.locator("canvas.leaflet-tile").count()
