"""Every page in both languages under a real server: it asks nobody else, complains of nothing, and is for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.settings import SAMPLE_FOLDER
from tests.browser.conftest import REPORT_VIOLATIONS, Opened
from tests.serving import Server, serving

PAGES = {
    "console": "/",
    "coverage": "/maps/coverage",
    "risk": "/maps/risk",
    "dispatch": "/maps/dispatch?lon=111.43&lat=27.69",
    "history": "/maps/history",
    "brief": "/maps/brief",
    "about": "/about",
}
TOGGLE = """() => [...document.querySelectorAll('.leaflet-control-layers-overlays input')].map((box) => {
    const shown = () => Object.values(yixian.layers).filter((one) => yixian.map.hasLayer(one)).length;
    const before = shown();
    box.click();
    const between = shown();
    box.click();
    return [Math.abs(between - before), shown() - before];
})"""
CONTROLS = """() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')];
    const isThere = (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true });
    window.wanted = all.filter(isThere);
    window.reached = new Set();
    window.unseen = [];
    document.addEventListener('focusin', ({ target }) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) window.unseen.push(target.outerHTML.slice(0, 120));
        window.reached.add(target);
    });
    return window.wanted.length;
}"""
MISSED = "wanted.filter((one) => one.isConnected && !reached.has(one)).map((one) => one.outerHTML.slice(0, 120))"
GRAVE = """(only) => axe.run(document, { resultTypes: ['violations'], ...only }).then(({ violations }) => violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => one.id + ': ' + node.html.slice(0, 160) + ' ' + node.failureSummary)))"""

Visit = Callable[..., Opened]


def look(tab: Any, scheme: str) -> None:
    """The system goes light or dark, and the page with it."""
    tab.emulate_media(color_scheme=scheme)
    tab.wait_for_selector(f"html[data-look={scheme}]", state="attached")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(SAMPLE_FOLDER) as made:
        yield made


@pytest.fixture(scope="module")
def context(chromium: Any, server: Server) -> Iterator[Any]:
    """A browser that reaches nothing but the server."""
    made = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(15_000)
    made.route(lambda url: not url.startswith(server.address), lambda route: route.abort())
    made.add_init_script(REPORT_VIOLATIONS)
    yield made
    made.close()


@pytest.fixture
def visit(context: Any, server: Server) -> Iterator[Visit]:
    """Open a page; at the end it has asked its own service alone, for what there is, and complained of nothing."""
    visited: list[Opened] = []

    def visitor(page: str, lang: str) -> Opened:
        tab, path = context.new_page(), PAGES[page]
        opened = Opened(tab, f"{server.address}{path}{'&' if '?' in path else '?'}lang={lang}")
        visited.append(opened)
        tab.on("request", lambda request: opened.requests.append(request.url))
        tab.on("requestfailed", lambda request: opened.errors.append(f"failed: {request.url}"))
        tab.on("response", lambda answer: answer.ok or opened.errors.append(f"{answer.status}: {answer.url}"))
        tab.on("console", lambda message: opened.errors.append(f"console {message.type}: {message.text}"))
        tab.on("pageerror", lambda error: opened.errors.append(f"script: {error}"))
        tab.on("dialog", lambda dialog: (opened.dialogs.append(dialog.message), dialog.dismiss()))
        tab.goto(opened.url)
        tab.wait_for_selector("html[data-ready]", state="attached")
        if page == "console":
            tab.wait_for_selector(".group .entry")
        return opened

    yield visitor
    beyond = [url for one in visited for url in one.requests if not url.startswith((server.address, "data:"))]
    told = [[*one.errors, *one.dialogs, *one.page.evaluate("window.violations")] for one in visited]
    for one in visited:
        one.page.close()
    assert ([], [[] for _ in visited]) == (beyond, told)


@pytest.fixture(scope="module")
def axe() -> str:
    """The program that looks for what keeps people out."""
    module = pytest.importorskip("axe_playwright_python.sync_playwright")
    return Path(module.__file__).parent.joinpath("axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_is_whole_and_shows_and_hides_each_layer(visit: Visit, shoot: Any, page: str, lang: str) -> None:
    opened = visit(page, lang)
    tab = opened.page
    shoot(opened, f"{page}-{lang}-1440")
    toggled = tab.evaluate(TOGGLE)
    assert bool(toggled) == (page != "about")
    assert [[1, 0]] * len(toggled) == toggled
    assert lang == tab.evaluate("document.documentElement.lang")[:2]
    tab.set_viewport_size({"width": 360, "height": 740})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    shoot(opened, f"{page}-{lang}-360")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_used_by_keyboard_alone(visit: Visit, page: str) -> None:
    """Tab comes to every control, shows where it is, and goes on."""
    tab = visit(page, "zh").page
    for _ in range(tab.evaluate(CONTROLS) + 10):
        tab.keyboard.press("Tab")
    assert ([], []) == (tab.evaluate("unseen"), tab.evaluate(MISSED))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_nobody_out_light_or_dark(visit: Visit, shoot: Any, axe: str, page: str) -> None:
    opened = visit(page, "en")
    tab = opened.page
    tab.evaluate(f"() => {{ {axe} }}")  # a script element is what the policy refuses
    assert [] == tab.evaluate(GRAVE, {})
    look(tab, "dark")
    shoot(opened, f"{page}-dark-1440")
    assert [] == tab.evaluate(GRAVE, {"runOnly": ["color-contrast"]})


def test_the_switch_goes_round_and_is_remembered_by_the_next_page(visit: Visit) -> None:
    tab = visit("coverage", "en").page
    tab.emulate_media(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light, seen = tab.evaluate(ground), []
    for _ in range(3):
        tab.click(".look")
        seen.append((tab.get_attribute(".look", "aria-label"), tab.evaluate(ground) == light))
    assert [("Look: dark", False), ("Look: light", True), ("Look: as the system", True)] == seen
    tab.click(".look")
    after = visit("about", "en").page
    assert "Look: dark" == after.get_attribute(".look", "aria-label")
    after.evaluate("localStorage.clear()")


def test_the_main_roads_are_drawn_anew_in_the_other_look(visit: Visit) -> None:
    tab = visit("coverage", "en").page
    drawn = "document.querySelector('.leaflet-roads-pane canvas').toDataURL()"
    light = tab.evaluate(drawn)
    look(tab, "dark")
    assert light != tab.evaluate(drawn)
    look(tab, "light")
    assert light == tab.evaluate(drawn)


def test_what_is_printed_is_light(visit: Visit) -> None:
    tab = visit("coverage", "en").page
    look(tab, "dark")
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.emulate_media(media="print", color_scheme="dark")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = tab.evaluate("[getComputedStyle(document.body).backgroundColor, yixian.colour('var(--paper)')]")
    assert [dark != printed[0], printed[1]] == [True, "#ffffff"]
    tab.evaluate("dispatchEvent(new Event('afterprint'))")


def test_the_map_goes_on_the_full_screen_and_back(visit: Visit) -> None:
    tab = visit("risk", "en").page
    button = tab.locator(".full button")
    width = tab.locator("#map-frame").bounding_box()["width"]
    button.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[aria-label='Leave the full screen']")
    assert "map-frame" == tab.evaluate("document.fullscreenElement.id")
    assert tab.locator("#map-frame").bounding_box()["width"] > width
    assert tab.locator(".legend-card").is_visible()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[aria-label='Map on the full screen']")
    assert tab.evaluate("document.fullscreenElement === null")


def test_a_browser_without_a_full_screen_has_no_button_for_it(context: Any, server: Server) -> None:
    tab = context.new_page()
    tab.add_init_script("Object.defineProperty(document, 'fullscreenEnabled', { value: false })")
    tab.goto(server.address + PAGES["risk"])
    tab.wait_for_selector("html[data-ready]", state="attached")
    assert tab.locator(".full").count() == 0
    tab.close()
