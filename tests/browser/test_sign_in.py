"""Signing in with the keyboard alone, who is signed in on every page, and signing out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.identity.accounts import add_account, end_sessions
from geo import store
from geo.terms import Role
from tests.browser.conftest import Opened
from tests.county import AS_OF, SmallCounty
from tests.serving import Server, serving

GOOD = "correct horse battery"
LOOKS = [("zh", "light", 1280), ("en", "dark", 1280), ("zh", "dark", 390), ("en", "light", 390)]


@pytest.fixture(scope="module")
def server(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sign-in") / "county"
    store.write_county(folder, small_county.layers, present=AS_OF, source="test")
    add_account(folder, "值班员", Role.HQ, "431381", GOOD, now=AS_OF)
    with serving(folder) as made:
        yield made


@pytest.fixture
def page(chromium: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """A page in a browser of its own; at the end it asked this service alone, and broke no policy."""
    opened: list[tuple[Any, Any, list[str]]] = []

    def made(path: str, *, look: str = "light", width: int = 1280) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=look)
        context.set_default_timeout(15_000)
        context.add_init_script(
            "window.violations = [];"
            "addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));"
        )
        found, asked = context.new_page(), []
        found.on("request", lambda one: asked.append(one.url))
        opened.append((context, found, asked))
        found.goto(server.address + path)
        return found

    yield made
    for context, found, asked in opened:
        assert [] == [url for url in asked if not url.startswith((server.address, "data:"))]
        assert [] == found.evaluate("window.violations")
        context.close()


def test_a_page_asked_for_by_nobody_leads_to_the_form_and_the_keyboard_alone_leads_back(
    page: Callable[..., Any],
) -> None:
    there = page("/?lang=en")
    there.wait_for_selector("html[data-ready]", state="attached")
    assert "/sign-in?next=%2F%3Flang%3Den" in there.url
    assert "name" == there.evaluate("document.activeElement.id")
    there.keyboard.type("值班员")
    there.keyboard.press("Tab")
    there.keyboard.type("not the password")
    there.keyboard.press("Enter")
    there.wait_for_selector("[role=alert]:has-text('wrong')")
    assert ("password", "值班员", "") == (
        there.evaluate("document.activeElement.id"),
        there.input_value("#name"),
        there.input_value("#password"),
    )
    there.keyboard.type(GOOD)
    there.keyboard.press("Enter")
    there.wait_for_selector(".who:has-text('值班员 (headquarters)')")
    assert there.url.endswith("/?lang=en")
    assert "" == there.evaluate("document.cookie")  # no script reads it


def test_after_signing_out_the_page_is_asked_for_in_vain(page: Callable[..., Any], server: Server) -> None:
    there = page("/sign-in?lang=zh&next=/maps/risk%3Flang%3Dzh")
    there.fill("#name", "值班员")
    there.fill("#password", GOOD)
    there.click("button[type=submit]")
    there.wait_for_selector(".who:has-text('指挥部')")
    there.click(".who button")
    there.wait_for_selector("#password")
    assert "next=%2Fmaps%2Frisk%3Flang%3Dzh" in there.url
    there.goto(f"{server.address}/maps/risk?lang=zh")
    there.wait_for_selector("#password")


def test_a_session_that_ended_elsewhere_is_told_on_the_open_page(page: Callable[..., Any], server: Server) -> None:
    there = page("/sign-in?lang=en&next=/about%3Flang%3Den")
    there.clock.install()
    there.reload()
    there.fill("#name", "值班员")
    there.fill("#password", GOOD)
    there.click("button[type=submit]")
    there.wait_for_selector(".who:has-text('值班员')")
    end_sessions(server.live.current.folder, "值班员")
    there.mouse.click(300, 300)
    there.clock.run_for(6 * 60 * 1000)
    there.wait_for_selector(".who.ended a:has-text('Sign in again')")


@pytest.mark.parametrize(("lang", "look", "width"), LOOKS)
def test_the_form_can_be_read_and_used_in_both_languages_and_looks(
    page: Callable[..., Any], shoot: Callable[[Opened, str], None], lang: str, look: str, width: int
) -> None:
    there = page(f"/sign-in?lang={lang}", look=look, width=width)
    there.wait_for_selector("html[data-ready]", state="attached")
    assert look == there.evaluate("document.documentElement.dataset.look")
    assert there.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for field in ("#name", "#password", "button[type=submit]"):
        box = there.locator(field).bounding_box()
        assert box["height"] >= 40
    shoot(Opened(there, there.url), f"sign-in-{lang}-{look}-{width}")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe
    found = axe().run(there).response["violations"]
    assert [] == [(one["id"], one["nodes"][0]["html"]) for one in found]
