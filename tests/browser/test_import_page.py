"""The report of an import in a real browser: read without a network, a fault's line flies to its row, text is text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from geo.calendar import CHINA
from geo.errors import Fault
from geo.intake.report import Assigned, Counts, ImportReport, Mended, Outcome, Remark
from maps import pages, words

Open = Callable[..., Any]

AT = datetime(2026, 11, 22, 18, tzinfo=CHINA)
WHERE = {1: (111.43, 27.68), 2: (111.47, 27.71), 3: (111.40, 27.60), 5: (111.50, 27.75)}


def _report(text: str = "unknown word; allowed: landslide, rockfall", **changes: Any) -> ImportReport:
    content: dict[str, Any] = {
        "layer": "hazard_sites",
        "source": text,
        "format": "XLSX",
        "layer_in_file": text,
        "encoding": "GBK",
        "crs": "EPSG:4490",
        "at": AT,
        "counts": Counts(read=100, accepted=97, repaired=1, refused=3, added=90, changed=7, removed=2),
        "columns": (Assigned(text, "kind", text, text), Assigned(f"{text}2", None, "", None)),
        "faults": (
            Fault("hazard_sites", 1, text, "kind", text, text, text),
            Fault("hazard_sites", 2, text, "kind", text, text, text),
            Fault("hazard_sites", 4, text, "name", None, text, text),
        ),
        "mended": (Mended(3, text, text, text, text, 10.0, 9.0),),
        "remarks": (Remark("warning", text, text),),
        "places": WHERE,
        "outcome": Outcome.STORED,
        "version": text,
        "refused_file": text,
    }
    return ImportReport(**{**content, **changes})


def _many(count: int) -> ImportReport:
    faults = tuple(Fault("hazard_sites", row, str(row), "kind", "x", "unknown word") for row in range(1, count + 1))
    places = {row: (111.3 + row % 141 / 500, 27.5 + row // 141 / 500) for row in range(1, count + 1)}
    counts = Counts(count, 0, 0, count, 0, 0, 0)
    return _report("short", faults=faults, places=places, counts=counts, outcome=Outcome.REFUSED)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("drawn_over", ["county", "nothing"])
def test_the_report_opens_from_disk(sample: Any, open_page: Open, shoot: Any, drawn_over: str, lang: str) -> None:
    atlas = sample.atlas if drawn_over == "county" else None
    opened = open_page(pages.import_page(atlas, _report(), lang=lang))
    page = opened.page
    assert opened.requests == [opened.url]
    assert words.words(lang)("page.import") in page.inner_text("#masthead")
    assert "97" in page.inner_text(".summary .figure")
    symbols = page.locator(".mark")
    assert symbols.count() == len(WHERE)
    frame = page.locator("#map-frame").bounding_box()
    for number in range(symbols.count()):
        box = symbols.nth(number).bounding_box()
        assert frame["x"] <= box["x"] <= frame["x"] + frame["width"] - box["width"]
        assert frame["y"] <= box["y"] <= frame["y"] + frame["height"] - box["height"]
    shoot(opened, f"import-{drawn_over}-{lang}")


def test_a_fault_flies_to_its_row_and_opens_its_card(sample: Any, open_page: Open, shoot: Any) -> None:
    opened = open_page(pages.import_page(sample.atlas, _report()))
    page = opened.page
    before = page.evaluate("yixian.map.getZoom()")
    page.locator("button.fault[data-id='2']").click()
    page.wait_for_selector(".leaflet-popup .card")
    told = page.inner_text(".leaflet-popup .card")
    assert "第 2 行" in told
    assert "拒收" in told
    assert "unknown word; allowed: landslide, rockfall" in told
    assert page.evaluate("yixian.map.getZoom()") > before
    lon, lat = WHERE[2]
    middle = page.evaluate("[yixian.map.getCenter().lng, yixian.map.getCenter().lat]")
    assert [lon, lat] == pytest.approx(middle, abs=0.02)
    shoot(opened, "import-popup")


def test_a_repair_flies_there_too_by_keyboard(sample: Any, open_page: Open) -> None:
    page = open_page(pages.import_page(sample.atlas, _report())).page
    page.locator(".list .entry[data-id='3']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup .card")
    assert "已修复" in page.inner_text(".leaflet-popup .card")


def test_a_fault_without_a_place_is_no_button(sample: Any, open_page: Open) -> None:
    page = open_page(pages.import_page(sample.atlas, _report())).page
    assert page.locator("button.fault").count() == 2
    assert page.locator("div.fault").count() == 1


def test_problems_are_marked_as_english(sample: Any, open_page: Open) -> None:
    page = open_page(pages.import_page(sample.atlas, _report())).page
    assert set(page.eval_on_selector_all(".faults .problem, .faults .advice", "all => all.map((one) => one.lang)")) == {
        "en"
    }


@pytest.mark.parametrize("mapped", [True, False])
def test_hostile_text_in_every_field_is_only_text(
    sample: Any, open_page: Open, hostile_name: str, shoot: Any, mapped: bool
) -> None:
    changes: dict[str, Any] = {} if mapped else {"places": {}}
    report = _report(hostile_name, layer=hostile_name, format=hostile_name, crs=hostile_name, **changes)
    opened = open_page(pages.import_page(sample.atlas if mapped else None, report))
    page = opened.page
    for place in (".facts", ".notice", ".faults", ".list", ".remarks", ".columns", "#masthead"):
        assert hostile_name in page.text_content(place), place
    if mapped:
        page.locator("button.fault").first.click()
        page.wait_for_selector(".leaflet-popup .card")
        assert hostile_name in page.text_content(".leaflet-popup .card")
    assert page.locator("img").count() == 0
    assert opened.dialogs == []
    shoot(opened, f"import-hostile-{mapped}")


def test_a_table_without_places_is_a_sheet(sample: Any, open_page: Open, shoot: Any) -> None:
    opened = open_page(pages.import_page(sample.atlas, _report(places={})))
    page = opened.page
    assert page.locator(".leaflet-container").count() == 0
    assert page.locator("#panel button").filter(visible=True).count() == 0
    assert page.evaluate("document.documentElement.scrollHeight > window.innerHeight")  # the page itself scrolls
    shoot(opened, "import-table")


def test_an_import_without_faults_says_so(sample: Any, open_page: Open, shoot: Any) -> None:
    clean = _report(faults=(), mended=(), remarks=(), places={}, counts=Counts(342, 342, 0, 0, 342, 0, 0))
    opened = open_page(pages.import_page(sample.atlas, clean))
    assert opened.page.inner_text(".faults .empty") == "全部 342 行都已接收,没有发现问题。"
    shoot(opened, "import-clean")


def test_of_twenty_thousand_faults_the_page_marks_what_it_can_bear(sample: Any, open_page: Open, shoot: Any) -> None:
    document = pages.import_page(sample.atlas, _many(20_000))
    opened = open_page(document)
    assert opened.page.locator("button.fault").count() == 500
    assert opened.page.locator(".mark").count() == 500
    assert opened.page.locator(".leaflet-dots-pane canvas").count() == 1
    shoot(opened, "import-20k")


@pytest.mark.parametrize("mapped", [True, False])
def test_a_phone_shows_the_report(sample: Any, open_page: Open, shoot: Any, mapped: bool) -> None:
    report = _report() if mapped else _report(places={})
    opened = open_page(pages.import_page(sample.atlas, report), width=360, height=800)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shoot(opened, f"import-phone-{mapped}")
    if not mapped:
        return
    page.locator("button.fault").first.click()
    page.wait_for_selector(".leaflet-popup .card")
    page.wait_for_timeout(600)  # the map pans until the popup is whole
    shoot(opened, "import-phone-popup")
    popup, frame = (page.locator(one).bounding_box() for one in (".leaflet-popup .card h3", ".folium-map"))
    assert frame["y"] <= popup["y"] <= frame["y"] + frame["height"]
    assert frame["x"] <= popup["x"]
    assert popup["x"] + popup["width"] <= frame["x"] + frame["width"]
