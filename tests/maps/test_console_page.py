"""The console before its modules run: what it draws, and what it tells them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import maps
from geo import coverage
from maps import pages, words
from maps.pages import console_sections
from tests.county import AS_OF, WEEK, SmallCounty

LINKS = {name: f"/{name}" for name in ("attention", "places", "search", "dispatch", "lang")}


def drawn(county: SmallCounty, **options: Any) -> pages.Document:
    stays = coverage.stay_coverage(county.atlas, county.board, WEEK, at=AS_OF)
    return pages.console_document(county.atlas, county.board, stays, **options)


def test_villages_have_their_state_and_no_more_than_a_name(small_county: SmallCounty) -> None:
    features = drawn(small_county).blocks["layer-villages"]["data"]["features"]
    shown = {one["properties"]["id"]: one["properties"] for one in features}
    assert small_county.expected_states == {code: one["style"].removeprefix("state-") for code, one in shown.items()}
    assert [{"t", "b"}] * len(shown) == [set(one["card"]) for one in shown.values()]


def test_zones_and_lesser_sites_are_hidden_until_somebody_asks_for_them(small_county: SmallCounty) -> None:
    chart = drawn(small_county).chart
    assert chart is not None
    shown = {one.identity: one.show for one in chart._children.values() if hasattr(one, "identity")}
    hidden = {"fire_zones", "geo_zones", "hazard_sites"} & set(shown)
    assert hidden == {name for name, is_shown in shown.items() if not is_shown}


def test_the_modules_are_told_the_doors_and_the_way_back_to_the_present(small_county: SmallCounty) -> None:
    there = drawn(small_county, links={**LINKS, "console": "/?at=1"}).page_data["console"]["doors"]
    assert {**{key: LINKS[key] for key in LINKS if key != "lang"}, "console": "/?at=1"} == there
    back = drawn(small_county, links={"console": "/?at=1", "present": "/"}, is_picked=True).page_data["console"]
    assert ("/", True) == (back["doors"]["console"], back["is_picked"])


def test_a_saved_console_asks_nothing(small_county: SmallCounty) -> None:
    document = drawn(small_county)
    assert ({}, False) == (document.page_data["console"]["doors"], document.outfit.connects)
    assert b"fetch(" not in re.sub(rb"yixian\.fetchBlock = .*?\n  };", b"", document.standalone(), flags=re.DOTALL)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_word_that_a_module_says_is_there(small_county: SmallCounty, lang: str) -> None:
    told = drawn(small_county, lang=lang).page_data["console"]["words"]
    folder = Path(maps.__file__).parent / "static" / "console"
    said = {
        key for file in folder.glob("*.js") for key in re.findall(r'\bsay\("([a-z_.]+)"[,)]', file.read_text("utf-8"))
    }
    assert len(said) > 30
    assert said - set(told) == set()


def test_every_state_of_an_order_has_the_colours_of_attendance(small_county: SmallCounty) -> None:
    document = drawn(small_county)
    table = document.page_data["styles"]
    assert [key for key in document.page_data["console"]["order_styles"].values() if key not in table] == []


def test_no_word_of_the_console_is_said_twice() -> None:
    assert len(set(console_sections.WORDS)) == len(console_sections.WORDS)


def test_a_hostile_name_is_only_data(small_county: SmallCounty) -> None:
    stays = coverage.stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF)
    hostile = "</script><img src=x onerror=alert(1)>"
    poisoned = replace(stays, villages=tuple(replace(one, village_name=hostile) for one in stays.villages))
    written = pages.console_document(small_county.atlas, small_county.board, poisoned).standalone().decode()
    assert hostile not in written
