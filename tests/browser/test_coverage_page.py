"""The coverage page in a real browser: the strips, the clock as it comes or does not, the weeks, and the emergency."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api import clock_models
from geo.board import recorded
from geo.coverage import stay_coverage
from geo.coverage_clock import CoverageClock, coverage_clock
from geo.events import Draft, Mobilisation
from geo.geojson import dumps
from geo.terms import StayState

ORIGIN = "http://yixian.test"
CLOCK = "/v1/coverage/clock?week=2022-W51"
LINKS = {"coverage": "/maps/coverage?lang=zh", "previous_week": "/maps/coverage?lang=zh&week=2022-W50", "clock": CLOCK}
Open = Callable[..., Any]
Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def clock(sample: Any) -> CoverageClock:
    return coverage_clock(sample.atlas, sample.board, sample.coverage.week)


@pytest.fixture
def serve(chromium: Any, sample: Any, clock: CoverageClock) -> Iterator[Serve]:
    """Open a served page; its service answers every address with the page, and the clock with what `answer` says."""
    contexts: list[Any] = []

    def server(answer: Callable[[Any], None] | None = None, path: str = LINKS["coverage"], **size: int) -> Any:
        body = dumps(clock_models.coverage_clock(clock, sample.at))
        give = answer or (lambda route: route.fulfill(body=body, content_type="application/json"))
        document = sample.page("coverage", links=LINKS)
        context = chromium.new_context(viewport={"width": 1440, "height": 900, **size})
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.route("**/*", lambda route: route.fulfill(body=document, content_type="text/html; charset=utf-8"))
        context.route("**/v1/**", lambda route: give(route))
        page = context.new_page()
        page.goto(ORIGIN + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield server
    for context in contexts:
        context.close()


def _fly(page: Any, number: int = 0) -> None:
    page.locator(".list .entry[data-id]").nth(number).click()
    page.wait_for_selector(".leaflet-popup .card")
    page.wait_for_timeout(600)  # the popup moves the map until it is whole in view


@pytest.mark.parametrize(("lang", "size"), [("zh", (1440, 900)), ("en", (360, 740)), ("zh", (3840, 2160))])
def test_a_shared_file_shows_nights_weeks_and_clock(
    sample: Any, clock: CoverageClock, open_page: Open, shoot: Any, lang: str, size: tuple[int, int]
) -> None:
    opened = open_page(sample.page("coverage", lang, clock=clock), width=size[0], height=size[1])
    page = opened.page
    _fly(page)
    card = page.locator(".leaflet-popup .card")
    assert card.locator(".evenings li").count() == 7
    assert card.locator(".history li").count() == 12
    assert card.locator(".village-clock svg.grid rect").count() >= 7
    first = sample.coverage.by_attention[0]
    kept = card.locator(".evenings .sym-night-kept").count()
    assert (first.nights, first.nights_left) == (kept, card.locator(".evenings .sym-night-open").count())
    assert page.locator(".clock .strip svg path").count() >= 2
    box, frame = (page.locator(one).bounding_box() for one in (".leaflet-popup-content-wrapper", ".folium-map"))
    assert frame["y"] <= box["y"]
    assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    assert frame["x"] <= box["x"]
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(opened, f"coverage-card-{lang}-{size[0]}")


def test_the_worst_hour_is_named_and_any_hour_can_be_asked_by_keyboard(
    sample: Any, clock: CoverageClock, open_page: Open
) -> None:
    page = open_page(sample.page("coverage", clock=clock)).page
    assert clock.worst_at is not None
    worst = next(one for one in clock.hours if one.at == clock.worst_at)
    told = page.inner_text(".clock .worst")
    for fact in (f"{worst.at:%H:%M}", f"{worst.villages_full}/150", f"{worst.villages_one}/150"):
        assert fact in told
    page.focus(".clock .hours")
    page.keyboard.press("Home")
    first = clock.hours[0]
    assert f"00:00–01:00:有 3 人的村 {first.villages_full} 个" in page.inner_text(".hour-told")
    page.keyboard.press("ArrowRight")
    assert "01:00–02:00" in page.inner_text(".hour-told")


def test_a_file_without_a_clock_says_so_and_asks_nobody(sample: Any, open_page: Open) -> None:
    """A served page that was saved: `open_page` finds no request and no complaint."""
    page = open_page(sample.page("coverage", links=LINKS)).page
    assert "没有带上覆盖时钟" in page.inner_text(".clock-box")
    _fly(page)
    assert page.inner_text(".village-clock") == ""


def test_a_served_page_is_drawn_before_its_clock_comes(serve: Serve) -> None:
    held: list[Any] = []
    page = serve(held.append)
    assert "正在计算" in page.inner_text(".clock-box")
    assert page.get_attribute(".clock-box", "aria-busy") == "true"
    _fly(page)
    assert "正在计算" in page.inner_text(".village-clock")
    (route,) = held
    assert route.request.url == ORIGIN + CLOCK
    empty = {"full_strength": 3, "limit_s": 7200, "worst_at": None, "hours": [], "villages": []}
    route.fulfill(body=json.dumps(empty), content_type="application/json")
    page.wait_for_selector(".clock-box:not([aria-busy])")
    assert "没有道路数据" in page.inner_text(".clock-box")
    assert page.inner_text(".village-clock") == ""


def test_the_clock_reaches_the_card_that_is_open(serve: Serve) -> None:
    page = serve()
    page.wait_for_selector(".clock .strip")
    _fly(page)
    assert page.locator(".village-clock svg.grid").count() == 1


def test_a_clock_that_does_not_come_is_told_and_can_be_asked_again(serve: Serve) -> None:
    answers = [lambda route: route.fulfill(status=503, body="{}"), lambda route: route.abort()]
    page = serve(lambda route: answers.pop()(route))
    page.wait_for_selector(".clock-box .failed")
    assert page.locator(".leaflet-areas-pane path").count() == 150
    page.locator(".clock-box .again").click()
    page.wait_for_selector(".clock-box .failed")
    assert answers == []


def test_another_week_keeps_the_view_and_the_card(serve: Serve) -> None:
    page = serve()
    _fly(page, 1)
    name = page.inner_text(".leaflet-popup h3")
    before = page.evaluate("[yixian.map.getZoom(), yixian.map.getCenter().lat, yixian.map.getCenter().lng]")
    page.locator(".link-previous_week").click()
    page.wait_for_url(lambda url: "week=2022-W50#map=" in url)
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.inner_text(".leaflet-popup h3") == name
    after = page.evaluate("[yixian.map.getZoom(), yixian.map.getCenter().lat, yixian.map.getCenter().lng]")
    assert after == pytest.approx(before, abs=0.06)


def test_the_whole_county_is_not_put_into_the_address(serve: Serve) -> None:
    page = serve()
    page.locator(".week").nth(7).click()
    page.wait_for_url("**week=2022-W47")


def test_a_week_is_picked_by_keyboard(serve: Serve) -> None:
    page = serve()
    page.fill("#week", "2022-W45")
    page.focus("#week")
    page.keyboard.press("Enter")
    page.wait_for_url("**week=2022-W45")
    page = serve()
    page.evaluate("document.getElementById('week').value = ''")
    page.locator(".week-picker .go").click()
    assert "2022-W51" in page.inner_text(".week-picker .wrong")


def test_the_rest_of_the_list_unfolds_and_flies_too(sample: Any, open_page: Open) -> None:
    page = open_page(sample.page("coverage")).page
    lacking = [one for one in sample.coverage.by_attention if one.state is StayState.CURABLE]
    page.locator(".list details.more summary").focus()
    page.keyboard.press("Enter")
    last = page.locator(f".list .entry[data-id='{lacking[-1].village_code}']")
    last.click()
    page.wait_for_selector(".leaflet-popup .card")
    assert page.inner_text(".leaflet-popup h3") == lacking[-1].village_name


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 360)])
def test_r13_an_emergency_cannot_be_overlooked(
    sample: Any, hostile_name: str, open_page: Open, shoot: Any, lang: str, width: int
) -> None:
    order = Mobilisation(order_id="动〔2022〕7号", scope=("431381002",), cause=hostile_name)
    board = sample.board.advance(recorded([Draft.of(order, sample.at - timedelta(hours=6))], sample.at))
    stays = stay_coverage(sample.atlas, board, sample.coverage.week, at=sample.at)
    opened = open_page(replace(sample, board=board, coverage=stays).page("coverage", lang), width=width)
    page = opened.page
    band = page.locator("[role=alert]")
    assert "动〔2022〕7号" in band.inner_text()
    assert band.bounding_box()["y"] < 10
    assert hostile_name in page.text_content(".notice.alarm")
    assert page.locator(".leaflet-borders-pane path[stroke-dasharray='14 7']").count() == 1
    assert page.evaluate("yixian.map.getBounds().contains(yixian.page.bounds)")
    shoot(opened, f"coverage-emergency-{lang}-{width}")
