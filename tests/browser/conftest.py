"""A real browser that is allowed nothing but the page itself, and the sample county to open in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from geo import atlas, board, coverage, exposure
from geo.calendar import Week
from geo.synthetic import lengshuijiang
from maps import pages

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = "${alert(1)}</script><img src=x onerror=alert(1)>"
REPORT_VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI);
});
"""


@dataclass(frozen=True)
class Sample:
    """The sample county's answers for one week, and its pages."""

    atlas: atlas.Atlas
    board: board.Board
    coverage: coverage.StayCoverage
    exposure: exposure.Exposure
    at: Any

    def page(self, name: str, lang: str = "zh", **options: Any) -> bytes:
        if name == "coverage":
            return pages.coverage_page(self.atlas, self.board, self.coverage, lang=lang, **options)
        return pages.risk_page(self.atlas, self.board, self.exposure, at=self.at, lang=lang, **options)


@dataclass
class Opened:
    """A page in the browser, with everything that it did and should not have done."""

    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def misdeeds(self) -> list[str]:
        """Requests beyond the page itself, errors, dialogs and policy violations so far."""
        beyond = [url for url in self.requests if url != self.url and not url.startswith("data:")]
        return [*beyond, *self.errors, *self.dialogs, *self.page.evaluate("window.violations")]


@pytest.fixture(scope="session")
def sample() -> Sample:
    return _sample(None)


@pytest.fixture(scope="session")
def hostile_sample() -> Sample:
    """The sample with a village that lacks coverage under a hostile name."""
    return _sample(HOSTILE)


@pytest.fixture(scope="session")
def hostile_name() -> str:
    return HOSTILE


def _sample(name: str | None) -> Sample:
    county = lengshuijiang()
    layers = dict(county.layers)
    week = Week.parse("2022-W51")

    def answers() -> Sample:
        built = atlas.build(layers, atlas.Provenance("sample", county.as_of))
        live = board.fold_frames(
            built, layers["stays"], layers["incidents"], known_until=county.as_of, closures=layers["closures"]
        )
        stays = coverage.stay_coverage(built, live, week, at=county.as_of)
        return Sample(built, live, stays, exposure.exposure(built), county.as_of)

    made = answers()
    if name is None:
        return made
    code = next(village.village_code for village in made.coverage.villages if village.shortfall)
    villages = layers["villages"]
    layers["villages"] = villages.assign(name=villages["name"].where(villages["code"] != code, name))
    return answers()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    executable = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _absent("playwright is not installed (pip install playwright)")
    if executable is None:
        _absent("there is no chromium on the PATH (apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


def _absent(reason: str) -> None:
    if os.environ.get("YIXIAN_REQUIRE_BROWSER") == "1":
        pytest.fail(f"browser tests are required, but {reason}")
    pytest.skip(f"browser tests: {reason}")


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Open bytes from disk in a fresh context without a network; at the end every opened page must be innocent."""
    contexts: list[Any] = []
    all_opened: list[Opened] = []

    def opener(document: bytes, *, width: int = 1440, height: int = 900) -> Opened:
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_bytes(document)
        context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=width < 700)
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        opened = Opened(page, path.as_uri())
        all_opened.append(opened)
        context.route("**/*", lambda route: route.continue_() if route.request.url == opened.url else route.abort())
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("console", lambda message: opened.errors.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: opened.errors.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (opened.dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(opened.url)
        page.wait_for_selector("html[data-ready]", state="attached")
        return opened

    yield opener
    misdeeds = [opened.misdeeds() for opened in all_opened]
    for context in contexts:
        context.close()
    assert misdeeds == [[] for _ in all_opened]


@pytest.fixture
def shoot() -> Callable[[Opened, str], None]:
    """Keep a picture under the folder that YIXIAN_SCREENSHOTS names, if it names one."""

    def shooter(opened: Opened, name: str) -> None:
        folder = os.environ.get("YIXIAN_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            opened.page.wait_for_timeout(400)
            opened.page.screenshot(path=str(Path(folder) / f"{name}.png"))

    return shooter
