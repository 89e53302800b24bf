"""Every text of every layer may be hostile: it is shown as it stands, nothing runs, and the map draws all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pandas as pd
import pytest

from geo import store
from geo.layers.registry import LAYERS
from geo.layers.spec import ColumnKind, LayerSpec, check
from tests.browser.conftest import REPORT_VIOLATIONS
from tests.county import AS_OF, SmallCounty
from tests.serving import Server, serving

STRINGS = {
    "template": "${alert(1)}",
    "script": "</script><script>alert(1)</script>",
    "picture": "<img src=x onerror=alert(1)>",
    "quotes": "'\" onmouseover=alert(1) x='",
    "backticks": "`+alert(1)+`",
    "comment": "<!-- --!><svg/onload=alert(1)>",
    "braces": "{{constructor.constructor('alert(1)')()}}{% raw %}",
    "right-to-left": "\u202egnp.exe\u2066\u200f",
    "separators": "一\u2028线\u2029村\u0085尾",
    "long": "村" * 10_000,
    "astral": "\U00020000\U0001f525",
}
PAGES = {
    "console": "/?lang=zh",
    "coverage": "/maps/coverage?lang=en",
    "risk": "/maps/risk?lang=zh",
    "dispatch": "/maps/dispatch?lon=111.43&lat=27.675&lang=zh",
    "history": "/maps/history?lang=zh",
    "brief": "/maps/brief?lang=en",
    "about": "/about?lang=zh",
}
CARDS = """() => Object.values(yixian.layers).flatMap((layer) => [...layer.byId.values()]).flatMap((one) => {
    if (!one.about.card.r) return []; // no more than a name, which a label tells
    const card = yixian.card(one.about.card);
    document.body.append(card); // whatever could run would run now
    const told = [card.querySelector("h3").textContent, one.about.card.t];
    card.remove();
    return [told];
})"""
INTRUDERS = "document.querySelectorAll('img, iframe, object, embed, [onerror], [onload], [onmouseover]').length"


def text_columns(spec: LayerSpec) -> list[str]:
    """The columns of a layer that hold whatever somebody wrote: keys too, unless they are codes."""
    named = {reference.column for reference in spec.references}
    return [
        column.name
        for column in spec.columns
        if column.kind is ColumnKind.TEXT and column.pattern is None and column.name not in named
    ]


def poisoned(layers: Mapping[str, pd.DataFrame], strings: list[str]) -> dict[str, pd.DataFrame]:
    """`layers` with one of `strings` in every text cell, turn by turn; keys and members stay distinct."""
    made = {}
    for name, frame in layers.items():
        spec = LAYERS[name]
        texts = {
            column: [
                strings[(row + turn) % len(strings)] + (str(row) if column in (spec.key, "member_id") else "")
                for row in range(len(frame))
            ]
            for turn, column in enumerate(text_columns(spec))
        }
        made[name] = frame.assign(**texts)
    known = dict(zip(layers["teams"]["team_id"], made["teams"]["team_id"], strict=True))
    made["stays"] = made["stays"].assign(team_id=layers["stays"]["team_id"].map(known))
    return {name: check(frame, LAYERS[name]) for name, frame in made.items()}


@pytest.fixture(scope="module")
def serve(
    small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[list[str]], AbstractContextManager[Server]]:
    @contextmanager
    def server_of(strings: list[str]) -> Iterator[Server]:
        folder = tmp_path_factory.mktemp("hostile") / "county"
        store.write_county(folder, poisoned(small_county.layers, strings), present=AS_OF, source=strings[0])
        with serving(folder) as server:
            yield server

    return server_of


@pytest.fixture(scope="module")
def server(serve: Callable[[list[str]], AbstractContextManager[Server]]) -> Iterator[Server]:
    """The small county with all strings at once."""
    with serve(list(STRINGS.values())) as made:
        yield made


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Any]:
    """One tab for all pages; `told` of it is everything that went wrong since it was emptied."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    context.add_init_script(REPORT_VIOLATIONS)
    page = context.new_page()
    page.told = []
    page.on("console", lambda message: page.told.append(message.text))
    page.on("pageerror", lambda error: page.told.append(str(error)))
    page.on("dialog", lambda dialog: (page.told.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()


def innocent(tab: Any, address: str) -> None:
    """Open a page and hold it to everything that the strings must not change."""
    tab.told.clear()
    tab.goto(address)
    tab.wait_for_selector("html[data-ready]", state="attached")
    if "about" not in address:
        assert tab.locator(".leaflet-overlay-pane svg, .leaflet-areas-pane path").count() > 0
        cards = tab.evaluate(CARDS)
        assert [title for title, _ in cards] == [title for _, title in cards]
    assert ([], [], 0) == (tab.told, tab.evaluate("window.violations"), tab.evaluate(INTRUDERS))
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def saved(server: Server, page: str, folder: Path) -> str:
    """Where a page's file lies once it is saved."""
    path = folder / f"{page}.html"
    with urlopen(f"{server.address}{PAGES[page]}&f=file", timeout=30) as answer:  # noqa: S310  # a server started here
        path.write_bytes(answer.read())
    return path.as_uri()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_hostile_texts_as_they_are(tab: Any, server: Server, page: str, tmp_path: Path) -> None:
    innocent(tab, server.address + PAGES[page])
    if page == "console":
        tab.wait_for_selector(".group .entry")
    assert tab.text_content("#masthead h1") in STRINGS.values()
    innocent(tab, saved(server, page, tmp_path))
    assert tab.text_content("#masthead h1") in STRINGS.values()


@pytest.mark.parametrize("name", STRINGS)
def test_each_string_in_every_text_of_every_layer_is_shown_as_it_is(
    tab: Any, serve: Callable[[list[str]], AbstractContextManager[Server]], name: str, tmp_path: Path
) -> None:
    with serve([STRINGS[name]]) as server:
        for page in ("risk", "coverage", "dispatch"):  # between them they draw every layer
            innocent(tab, saved(server, page, tmp_path))
            assert STRINGS[name] == tab.text_content("#masthead h1")
            assert tab.title().endswith(STRINGS[name])
