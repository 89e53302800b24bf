"""The timelines of the pages of history and risk in a browser: every moment by mouse, by keyboard and by address."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from geo.calendar import Week
from geo.coverage import stay_history
from maps import pages

Sample = Any
Opened = Any
SIZES = [("zh", 1440, 900), ("en", 360, 740), ("zh", 3840, 2160)]


@dataclass(frozen=True)
class Pages:
    """The two pages of a county."""

    sample: Sample

    def history(self, lang: str = "zh", **options: Any) -> bytes:
        known = self.sample
        first, last = Week.parse("2022-W40"), Week.parse("2022-W51")
        answer = stay_history(known.atlas, known.board, first, last, at=known.at)
        return pages.history_page(known.atlas, known.board, answer, lang=lang, **options)

    def risk(self, lang: str = "zh", **options: Any) -> bytes:
        known = self.sample
        return pages.risk_page(known.atlas, known.board, known.exposure, at=known.at, lang=lang, **options)


@pytest.fixture(scope="session")
def made(sample: Sample) -> Pages:
    return Pages(sample)


def _counts(opened: Opened, style: str) -> int:
    """How many villages are drawn in a style."""
    count: int = opened.page.evaluate(
        """(style) => {
            const villages = [...yixian.layers['layer-villages'].byId.values()];
            return villages.filter((one) => one.about.style === style).length;
        }""",
        style,
    )
    return count


def _legend(opened: Opened, row: int) -> str:
    text: str = opened.page.locator(".legend .keys").first.locator("li b").nth(row).text_content()
    return text


def _moment(opened: Opened) -> str:
    text: str = opened.page.text_content(".timeline .moment")
    return text


@pytest.mark.parametrize(("lang", "width", "height"), SIZES)
@pytest.mark.parametrize("name", ["history", "risk"])
def test_each_page_stands_at_every_size_in_both_languages(
    made: Pages,
    open_page: Callable[..., Opened],
    shoot: Callable[[Opened, str], None],
    name: str,
    lang: str,
    width: int,
    height: int,
) -> None:
    opened = open_page(getattr(made, name)(lang), width=width, height=height)
    shoot(opened, f"{name}-{lang}-{width}")
    wide: bool = opened.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide
    box = opened.page.locator("#map-frame .folium-map").bounding_box()
    assert box["height"] > 150
    assert opened.page.locator(".timeline .moments").is_visible()


def test_a_week_is_shown_by_its_states_and_their_counts(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.history())
    assert (92, 58, 0) == tuple(_counts(opened, f"state-{state}") for state in ("met", "curable", "lost"))
    opened.page.locator(".moments").fill("8")
    assert "2022-W48" in _moment(opened)
    assert (116, 0, 34) == tuple(_counts(opened, f"state-{state}") for state in ("met", "curable", "lost"))
    assert ("116", "34") == (_legend(opened, 0), _legend(opened, 2))
    assert opened.page.locator(".timeline .when").text_content() == "过去的时刻"
    opened.page.click(".to-present")
    assert 92 == _counts(opened, "state-met")


def test_a_day_shows_its_incidents_and_what_became_of_them(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.history("en", moment="2022-11-27"))
    assert "27 Nov" in _moment(opened)
    assert 1 == opened.page.locator(".mark-sym-incident-done").count()
    assert 0 == opened.page.locator(".mark-sym-incident-open").count()
    opened.page.click(".to-present")
    assert 3 == opened.page.locator(".mark-sym-incident-open").count()
    opened.page.click(".list .entry[data-id=I-2022-024]")
    opened.page.wait_for_selector(".leaflet-popup .card")
    assert "Open" in opened.page.text_content(".leaflet-popup .badge")


def test_the_address_carries_the_moment_and_brings_it_back(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.history())
    opened.page.click(".tools button >> nth=1")
    opened.page.wait_for_function("() => location.hash === '#moment=2022-W50'")
    opened.page.reload()
    opened.page.wait_for_selector("html[data-ready]", state="attached")
    assert "2022-W50" in _moment(opened)
    opened.page.evaluate("location.hash = '#moment=2022-12-05'")
    opened.page.wait_for_function("() => document.querySelector('.timeline .moment').textContent.includes('12月5日')")
    opened.page.evaluate("location.hash = '#moment=no-such-day'")
    assert "12月5日" in _moment(opened)


def test_the_keyboard_alone_reaches_every_moment(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.history())
    opened.page.locator(".moments").focus()
    opened.page.keyboard.press("Home")
    assert "2022-W40" in _moment(opened)
    opened.page.keyboard.press("ArrowRight")
    assert "2022-W41" in _moment(opened)
    assert "2022-W41" in opened.page.get_attribute(".moments", "aria-valuetext")
    opened.page.locator(".steps button[data-step=days]").focus()
    opened.page.keyboard.press("Enter")
    assert "10月16日" in _moment(opened)  # the last day of that week


def test_playing_runs_to_the_present_and_stops_there(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.history(moment="2022-W49"))
    opened.page.click(".tools button >> nth=0")
    assert "暂停" == opened.page.get_attribute(".tools button >> nth=0", "aria-label")
    opened.page.wait_for_function("() => document.querySelector('.timeline .when').textContent === '现在'")
    opened.page.wait_for_function("() => document.querySelector('.tools button').title === '播放'")


@pytest.mark.parametrize(("expected", "shown"), [("2022-W50", "2022-W51"), ("2022-W45", "2022-W45")])
def test_a_renewed_page_goes_on_with_the_present_or_stays_where_it_is(
    made: Pages, open_page: Callable[..., Opened], expected: str, shown: str
) -> None:
    opened = open_page(made.history(moment=shown))
    opened.page.evaluate(
        """() => {
            const { weeks, days } = yixian.page.timeline;
            Object.assign(yixian.page.timeline, { weeks: weeks.slice(0, -1), days: days.slice(0, -5) });
            for (const renew of yixian.renewals) renew(yixian.page);
        }"""
    )
    assert expected in _moment(opened)
    assert ("10", 11) == (
        opened.page.get_attribute(".moments", "max"),
        opened.page.locator(".span-scale span").count(),
    )


def test_a_villages_card_marks_the_week_that_is_shown(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.history(moment="2022-W48"))
    opened.page.locator(".list .entry").first.click()
    opened.page.wait_for_selector(".leaflet-popup .history")
    assert 12 == opened.page.locator(".leaflet-popup .history li").count()
    assert re.search("2022-W48", opened.page.get_attribute(".leaflet-popup .history li.here", "title"))


def test_each_day_has_its_fire_class_town_by_town(made: Pages, open_page: Callable[..., Opened]) -> None:
    opened = open_page(made.risk())
    figure = opened.page.locator(".panel-body .summary .figure b").first
    assert "4" == figure.text_content()
    assert ["0", "3", "7"] == [_legend(opened, row) for row in (0, 1, 2)]
    opened.page.evaluate("location.hash = '#moment=2022-11-05'")
    opened.page.wait_for_function("() => document.querySelector('.panel-body .figure b').textContent === '未发布'")
    assert "10" == _legend(opened, 5)
    opened.page.evaluate("location.hash = '#moment=2023-02-01'")
    opened.page.wait_for_function("() => document.querySelector('.panel-body .figure b').textContent === '未知'")
    assert "10" == _legend(opened, 6)
    assert opened.page.get_by_text("第 124 天").is_visible()


def test_the_class_of_the_day_is_a_layer_that_can_be_switched_off(
    made: Pages, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(made.risk())
    drawn = opened.page.locator(".leaflet-land-pane path[fill^='url(#pattern-day']")
    assert 10 == drawn.count()
    opened.page.get_by_label("当日森林火险等级").uncheck()
    assert 0 == drawn.count()


def test_a_hostile_name_is_only_text(
    hostile_sample: Sample, hostile_name: str, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(Pages(hostile_sample).history(moment="2022-W50"))
    opened.page.fill("#find", hostile_name[:6])
    opened.page.wait_for_selector(".find .entry")
    assert hostile_name == opened.page.text_content(".find .entry b")
    opened.page.click(".find .entry")
    opened.page.wait_for_selector(".leaflet-popup .card")
    assert hostile_name == opened.page.text_content(".leaflet-popup h3")


@pytest.mark.parametrize("name", ["history", "risk"])
def test_axe_finds_no_serious_fault(made: Pages, open_page: Callable[..., Opened], name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    opened = open_page(getattr(made, name)())
    source = Path(axe.__file__).parent.joinpath("axe.min.js").read_text("utf-8")
    opened.page.evaluate(source)
    found = opened.page.evaluate("() => axe.run('.timeline, #panel')")["violations"]
    assert [] == [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
