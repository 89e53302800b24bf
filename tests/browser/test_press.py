"""Sheets by a real Chromium: the size asked for, one page of paper for a bulletin, and a page that is as it was."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.brief import weekly_brief
from geo.calendar import Week
from maps import pages, press
from maps.press import find_browser
from maps.press.browser import browser_pdf, browser_png

A4_UPRIGHT_PT = (595, 842)


@pytest.fixture
def browser(chromium: Any) -> Path:
    found = find_browser()
    assert found is not None
    return found


def sheets(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in points."""
    boxes = re.findall(rb"/Type /Page\b.*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf, re.DOTALL)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def test_a_picture_has_the_dots_asked_for(sample: Any, browser: Path) -> None:
    png = browser_png(browser, sample.page("coverage"), press.Size(800, 600, 1.5))
    assert struct.unpack(">II", png[16:24]) == (1200, 900)


def test_the_bulletin_of_a_week_is_one_upright_a4(sample: Any, browser: Path) -> None:
    brief = weekly_brief(sample.atlas, sample.board, Week.parse("2022-W48"), at=sample.at)
    document = pages.brief_document(sample.atlas, sample.board, brief)
    assert sheets(browser_pdf(browser, document.standalone())) == [A4_UPRIGHT_PT]


def test_a_map_on_paper_lies_on_its_side_and_its_lists_follow(sample: Any, browser: Path) -> None:
    found = sheets(browser_pdf(browser, sample.page("coverage", "en")))
    assert len(found) > 1
    assert set(found) == {A4_UPRIGHT_PT[::-1]}


def test_after_printing_the_page_is_as_it_was(sample: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(sample.page("coverage")).page
    page.evaluate("yixian.map.setView([27.7, 111.45], 13, { animate: false })")
    page.evaluate("document.querySelector('details.legend').open = false")
    state = "[document.body.innerText, yixian.map.getZoom(), document.querySelectorAll('details[open]').length]"
    before = page.evaluate(state)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelector('.still-first #map-frame') !== null")
    assert page.evaluate("document.querySelector('.still-first #masthead') !== null")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelector('.still-first')") is None
    assert page.evaluate(state) == before
