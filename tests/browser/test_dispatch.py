"""The dispatch page in a real browser: a click asks by going to another address, and the view comes along.

The service stands in for itself: every address of it is answered with the page that it would draw, nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.errors import FarPlaceError
from geo.nearest import nearest
from geo.reach import ReachAreas, reach_areas
from maps import pages, words

ORIGIN = "http://yixian.test"
PLACE = 111.487, 27.745
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def areas(sample: Any) -> ReachAreas:
    return reach_areas(sample.atlas, sample.board, at=sample.at)


@pytest.fixture
def draw(sample: Any, areas: ReachAreas) -> Callable[..., bytes]:
    def drawn(place: tuple[float, float] | None, lang: str = "zh", **options: Any) -> bytes:
        answer, far = None, None
        try:
            answer = None if place is None else nearest(sample.atlas, sample.board, *place, at=sample.at, paths=True)
        except FarPlaceError as refusal:
            far = refusal
        return pages.dispatch_page(
            sample.atlas, sample.board, answer, areas, at=sample.at, far=far, lang=lang, **options
        )

    return drawn


@dataclass
class Visit:
    """A page of the service, what it asked the service for, and what it complained of."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)

    def view(self) -> tuple[float, float, float]:
        zoom, lat, lon = self.page.evaluate(
            "[yixian.map.getZoom(), yixian.map.getCenter().lat, yixian.map.getCenter().lng]"
        )
        return zoom, lat, lon


@pytest.fixture
def visit(chromium: Any, draw: Callable[..., bytes]) -> Iterator[Callable[..., Visit]]:
    """Go to an address of the service; at the end nothing but pages was asked for, and nobody complained."""
    contexts, visits = [], []

    def answer(route: Any) -> None:
        address = urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" != ORIGIN or address.path != "/maps/dispatch":
            route.abort()
            return
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        lang, place = asked.get("lang", "zh"), None
        if "lon" in asked:
            place = float(asked["lon"]), float(asked["lat"])
        there = f"&lon={asked['lon']}&lat={asked['lat']}" if place else ""
        other = "en" if lang == "zh" else "zh"
        links = {"dispatch": f"/maps/dispatch?lang={lang}", "lang": f"/maps/dispatch?lang={other}{there}"}
        route.fulfill(body=draw(place, lang, links=links), content_type="text/html; charset=utf-8")

    def goer(query: str = "", *, width: int = 1440, height: int = 900) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=width < 700)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.route("**/*", answer)
        made = Visit(context.new_page())
        visits.append(made)
        made.page.on("request", lambda request: made.requests.append(request.url))
        made.page.on("console", lambda message: made.errors.append(message.text))
        made.page.on("pageerror", lambda error: made.errors.append(str(error)))
        made.page.goto(f"{ORIGIN}/maps/dispatch{query}")
        _ready(made.page)
        return made

    yield goer
    beyond = [url for one in visits for url in one.requests if not url.startswith((f"{ORIGIN}/maps/dispatch", "data:"))]
    complaints = [error for one in visits for error in one.errors]
    for context in contexts:
        context.close()
    assert (beyond, complaints) == ([], [])


def _ready(page: Any) -> None:
    page.wait_for_selector("html[data-ready]", state="attached")


def _click_at(page: Any, lon: float, lat: float, **options: Any) -> None:
    spot = page.evaluate(
        """([lat, lon]) => {
          const frame = yixian.map.getContainer().getBoundingClientRect();
          const point = yixian.map.latLngToContainerPoint([lat, lon]);
          return [frame.left + point.x, frame.top + point.y];
        }""",
        [lat, lon],
    )
    page.mouse.click(*spot, **options)


def test_a_click_asks_for_the_place_and_keeps_the_view(visit: Callable[..., Visit]) -> None:
    there = visit("?lang=zh")
    there.page.evaluate("() => { yixian.map.setView([27.74, 111.48], 13, {animate: false}); }")
    before = there.view()
    with there.page.expect_navigation(url="**lon=**"):
        _click_at(there.page, *PLACE)
    _ready(there.page)
    asked = there.query()
    assert float(asked["lon"][0]) == pytest.approx(PLACE[0], abs=2e-4)
    assert float(asked["lat"][0]) == pytest.approx(PLACE[1], abs=2e-4)
    assert len(asked["lon"][0].split(".")[1]) == len(asked["lat"][0].split(".")[1]) == 6
    assert there.view() == pytest.approx(before, abs=1e-3)
    assert there.page.locator(".arrival").count() == 3
    assert there.page.locator(".mark-sym-place").count() == 1


def test_a_double_click_zooms_and_does_not_ask(visit: Callable[..., Visit]) -> None:
    there = visit()
    before = there.view()[0]
    _click_at(there.page, *PLACE, click_count=2)
    there.page.wait_for_function("(zoom) => yixian.map.getZoom() > zoom", arg=before)
    there.page.wait_for_timeout(400)
    assert "lon" not in there.query()


def test_the_language_changes_and_the_place_and_the_view_stay(visit: Callable[..., Visit]) -> None:
    there = visit(f"?lang=zh&lon={PLACE[0]}&lat={PLACE[1]}#map=12.5/27.70000/111.45000")
    assert there.view() == pytest.approx((12.5, 27.7, 111.45), abs=1e-3)
    with there.page.expect_navigation(url="**lang=en**"):
        there.page.click(".link-lang")
    _ready(there.page)
    assert there.view() == pytest.approx((12.5, 27.7, 111.45), abs=1e-3)
    assert "In order of arrival" in there.page.inner_text("#panel")


def test_without_a_view_in_the_address_the_whole_answer_is_in_view(visit: Callable[..., Visit]) -> None:
    there = visit(f"?lon={PLACE[0]}&lat={PLACE[1]}")
    inside = there.page.evaluate("yixian.map.getBounds().contains(yixian.page.focus)")
    assert inside
    frame = there.page.locator(".folium-map").bounding_box()
    for flag in there.page.locator(".flag-box").all():
        box = flag.bounding_box()
        assert frame["x"] <= box["x"]
        assert box["y"] >= frame["y"]


def test_the_keyboard_asks_with_two_fields(visit: Callable[..., Visit]) -> None:
    there = visit("?lang=en")
    there.page.get_by_label("Longitude", exact=True).fill("27.7")
    there.page.get_by_label("Latitude", exact=True).fill("111.4")
    there.page.keyboard.press("Enter")
    assert "Longitude is -180 to 180" in there.page.inner_text(".wrong")
    there.page.get_by_label("Longitude", exact=True).fill("111.43")
    there.page.get_by_label("Latitude", exact=True).fill("27.69")
    with there.page.expect_navigation(url="**lon=111.430000&lat=27.690000**"):
        there.page.keyboard.press("Enter")
    _ready(there.page)
    assert there.page.locator(".arrival").count() == 3


def test_a_village_is_asked_for_by_its_name(visit: Callable[..., Visit]) -> None:
    there = visit()
    there.page.fill("#find", "建新社区")
    with there.page.expect_navigation(url="**lon=**"):
        there.page.locator(".find .entry").first.click()
    _ready(there.page)
    assert "建新社区" in there.page.inner_text("#panel .rows")


def test_a_place_far_away_has_words_and_a_mark(visit: Callable[..., Visit]) -> None:
    there = visit("?lang=zh&lon=112.5&lat=28.2")
    assert "地点太远" in there.page.inner_text(".notice")
    assert there.page.locator(".mark-sym-place").count() == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_thumb_asks_on_a_phone_without_sideways_scrolling(visit: Callable[..., Visit], lang: str) -> None:
    there = visit(f"?lang={lang}", width=360, height=800)
    assert there.page.evaluate("document.documentElement.scrollWidth") == 360
    spot = there.page.locator(".folium-map").bounding_box()
    with there.page.expect_navigation(url="**lon=**"):
        there.page.touchscreen.tap(spot["x"] + 190, spot["y"] + 200)
    _ready(there.page)
    assert there.page.evaluate("document.documentElement.scrollWidth") == 360
    assert there.page.evaluate("document.querySelector('#panel').scrollWidth") <= 360


def test_a_long_press_asks(visit: Callable[..., Visit]) -> None:
    there = visit()
    with there.page.expect_navigation(url="**lon=**"):
        _click_at(there.page, *PLACE, button="right")  # what browsers make of a long press


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_saved_page_shows_the_coordinates_of_a_click(
    draw: Callable[..., bytes], open_page: Open, shoot: Any, lang: str
) -> None:
    opened = open_page(draw(PLACE, lang))
    page = opened.page
    _click_at(page, 111.48, 27.748)
    page.wait_for_selector("input.coordinates")
    lon, lat = (float(part) for part in page.input_value("input.coordinates").split(","))
    assert (lon, lat) == pytest.approx((111.48, 27.748), abs=2e-4)
    assert page.url == opened.url
    assert words.words(lang)("ask.copy") in page.inner_text(".leaflet-popup")
    shoot(opened, f"dispatch-{lang}")


def test_ways_are_drawn_over_the_bands_and_told_apart(draw: Callable[..., bytes], open_page: Open) -> None:
    page = open_page(draw(PLACE)).page
    strokes = page.evaluate(
        """[...document.querySelectorAll('.leaflet-routes-pane path')].map((path) =>
          [path.getAttribute('stroke'), path.getAttribute('stroke-width')].join(' '))"""
    )
    assert len(set(strokes)) >= 6
    depth = "(name) => Number(yixian.map.getPane(name).style.zIndex)"
    assert page.evaluate(depth, "routes") > page.evaluate(depth, "areas")
    assert page.locator(".flag-mark").count() == 3


def test_flags_cover_neither_each_other_nor_the_place(draw: Callable[..., bytes], open_page: Open) -> None:
    page = open_page(draw((111.43, 27.69))).page
    page.wait_for_timeout(100)
    for zoom in (15, 12, 11):
        page.evaluate("(zoom) => { yixian.map.setView([27.69, 111.43], zoom, {animate: false}); }", zoom)
        overlapping = page.evaluate(
            """() => {
              const boxes = [...document.querySelectorAll('.flag-box, .mark-sym-place')]
                .map((node) => node.getBoundingClientRect());
              return boxes.flatMap((one, index) => boxes.slice(index + 1).filter((other) =>
                one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
              )).length;
            }"""
        )
        assert overlapping == 0, zoom
