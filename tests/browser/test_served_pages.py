"""Pages under a real server: their policy holds, the browser keeps them, and they fail in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.settings import SAMPLE_FOLDER
from tests.browser.conftest import REPORT_VIOLATIONS, Opened
from tests.serving import Server, serving

BLOCKS = re.compile(r"/maps/blocks/")
Visit = Callable[..., Opened]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(SAMPLE_FOLDER) as made:
        yield made


@pytest.fixture
def context(chromium: Any, server: Server) -> Iterator[Any]:
    """A browser that reaches nothing but the server."""
    made = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    made.set_default_timeout(15_000)
    made.route(lambda url: not url.startswith(server.address), lambda route: route.abort())
    made.add_init_script(REPORT_VIOLATIONS)
    yield made
    made.close()


@pytest.fixture
def visit(context: Any, server: Server) -> Visit:
    def visitor(path: str, *, ready: bool = True) -> Opened:
        page = context.new_page()
        opened = Opened(page, server.address + path)
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("requestfailed", lambda request: opened.errors.append(f"failed: {request.url}"))
        page.on("console", lambda message: opened.errors.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: opened.errors.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (opened.dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(opened.url)
        if ready:
            page.wait_for_selector("html[data-ready]", state="attached")
        return opened

    return visitor


def test_the_policy_stops_a_script_that_is_not_ours_and_every_other_origin(visit: Visit) -> None:
    opened = visit("/maps/coverage")
    opened.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          const styled = document.createElement("p");
          styled.setAttribute("style", "color: red");
          document.body.append(styled);
          return fetch("http://127.0.0.1:9/").catch(() => {});
        }"""
    )
    assert opened.page.evaluate("window.ran === undefined")
    stopped = {one.split()[0] for one in opened.page.evaluate("window.violations")}
    assert {"script-src-elem", "style-src-attr", "connect-src"} <= stopped


def test_the_second_time_only_the_page_itself_is_sent(chromium: Any, server: Server) -> None:
    context = chromium.new_context()  # without routes, which would keep the browser from keeping anything
    for _ in range(2):
        page = context.new_page()
        page.goto(f"{server.address}/maps/coverage")
        page.wait_for_selector("html[data-ready]", state="attached")
        sent = page.evaluate(
            """performance.getEntriesByType("resource").filter((one) => one.transferSize > 0).map((one) => one.name)"""
        )
    assert [url for url in sent if "/assets/" in url or "/maps/blocks/" in url] == []
    context.close()


def test_data_that_do_not_come_are_told_and_can_be_asked_for_again(visit: Visit, context: Any, shoot: Any) -> None:
    context.route(BLOCKS, lambda route: route.fulfill(status=503, body="{}"))
    opened = visit("/maps/coverage", ready=False)
    box = opened.page.wait_for_selector(".boot.failed")
    assert box.get_attribute("role") == "alert"
    assert "未能载入" in box.inner_text()
    assert "冷水江市" in opened.page.inner_text("#masthead")
    shoot(opened, "served-failed")
    context.unroute(BLOCKS)
    opened.page.locator(".boot .again").focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector("html[data-ready]", state="attached")
    assert opened.page.locator(".boot").count() == 0


TOGGLES = "[...document.querySelectorAll('.leaflet-control-layers-overlays label')]"
GRIDS = f"{TOGGLES}.find((one) => one.textContent.includes('网格'))"
DRAWN = "yixian.layers['layer-grids'].byId.size"


def test_a_layer_that_is_switched_off_is_asked_for_when_it_is_switched_on_and_again_where_it_does_not_come(
    visit: Visit, context: Any
) -> None:
    page = visit("/maps/risk").page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert 0 == page.evaluate(DRAWN)
    context.route(BLOCKS, lambda route: route.fulfill(status=503, body="{}"))
    page.evaluate(f"{GRIDS}.click()")
    page.wait_for_selector(".left-out li:has-text('未能载入')")
    context.unroute(BLOCKS)
    page.evaluate(f"{GRIDS}.click()")
    assert 0 == page.locator(".left-out li").count()
    page.evaluate(f"{GRIDS}.click()")
    page.evaluate("() => yixian.layers['layer-grids'].build()")  # until it has come
    assert 0 < page.evaluate(DRAWN)
    assert 2 == len([url for url in asked if "/maps/blocks/" in url])
    assert page.evaluate("yixian.map.hasLayer([...yixian.layers['layer-grids'].byId.values()][0])")


def test_a_live_page_asks_for_a_layer_that_is_switched_off_when_it_is_wanted_as_it_is_by_then(
    visit: Visit, context: Any
) -> None:
    page = visit("/maps/risk").page
    changed: list[str] = []

    def answer(route: Any) -> None:
        changed.append(route.request.url)
        empty = {"kind": "areas", "pane": "grids", "data": {"type": "FeatureCollection", "features": []}}
        route.fulfill(json=empty)

    context.route("**/maps/blocks/changed.json", answer)
    page.evaluate(
        """async () => {
            const next = await (await fetch(location.pathname + '?f=json')).json();
            next.blocks['layer-grids'] = '/maps/blocks/changed.json';
            await yixian.update(next);
        }"""
    )
    assert [] == changed
    page.evaluate(f"{GRIDS}.click()")
    page.evaluate("() => yixian.layers['layer-grids'].build()")
    assert (1, 0) == (len(changed), page.evaluate(DRAWN))
    context.unroute("**/maps/blocks/changed.json")


def test_what_is_found_in_a_layer_that_is_switched_off_is_flown_to(visit: Visit) -> None:
    page = visit("/maps/risk").page
    page.evaluate(
        """async () => {
            const grid = (await (await fetch(yixian.addresses['layer-grids'])).json()).data.features[0].properties;
            yixian.goTo(yixian.map, 'layer-grids', grid.id);
            window.wanted = grid.card.t;
        }"""
    )
    page.wait_for_selector(".leaflet-popup .card")
    assert page.inner_text(".leaflet-popup h3") == page.evaluate("window.wanted")


def test_a_layer_that_is_switched_off_is_in_the_saved_file_too(visit: Visit, open_page: Any, tmp_path: Path) -> None:
    page = visit("/maps/risk").page
    with page.expect_download() as saved:
        page.locator(".link-file").click()
    saved.value.save_as(tmp_path / "saved.html")
    opened = open_page((tmp_path / "saved.html").read_bytes()).page
    assert 0 == opened.evaluate(DRAWN)
    opened.evaluate(f"{GRIDS}.click()")
    assert 0 < opened.evaluate(DRAWN)


def test_data_that_take_their_time_are_announced(visit: Visit, context: Any) -> None:
    held: list[Any] = []
    context.route(BLOCKS, lambda route: held.append(route))
    opened = visit("/maps/coverage", ready=False)
    box = opened.page.wait_for_selector(".boot.loading")
    assert (box.get_attribute("role"), "正在载入" in box.inner_text()) == ("status", True)
    for route in held:
        route.continue_()
    opened.page.wait_for_selector("html[data-ready]", state="attached")
    assert opened.page.locator(".boot").count() == 0


def test_the_saved_file_opens_from_disk_and_asks_nobody(visit: Visit, open_page: Any, tmp_path: Path) -> None:
    page = visit("/maps/coverage?lang=en").page
    with page.expect_download() as saved:
        page.locator(".link-file").click()
    assert saved.value.suggested_filename == "yixian-coverage.html"
    path = tmp_path / "saved.html"
    saved.value.save_as(path)
    opened = open_page(path.read_bytes())
    assert opened.page.locator(".leaflet-areas-pane path").count() == 150
    assert opened.page.locator("#masthead a").count() == 0


def test_about_opens_the_text_of_each_licence_by_keyboard(visit: Visit) -> None:
    page = visit("/about?lang=en").page
    head = page.locator(".works summary", has_text="Leaflet 1.9.3")
    head.focus()
    page.keyboard.press("Enter")
    assert page.locator(".works details[open] pre").inner_text().startswith("Copyright (c) 2010-2022, Volodymyr")


@pytest.mark.parametrize(("locale", "lang"), [("en-GB", "en"), ("zh-TW", "zh-CN"), ("fr-FR", "zh-CN")])
def test_a_page_speaks_the_browsers_language_where_it_can(
    chromium: Any, server: Server, locale: str, lang: str
) -> None:
    page = chromium.new_page(locale=locale)
    page.goto(f"{server.address}/about")
    assert page.evaluate("document.documentElement.lang") == lang
    page.close()
