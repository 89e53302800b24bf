"""Whole pages: closed, the same every time, honest about what is not known, and silent about what is restricted."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from geo.calendar import Week
from geo.errors import InputError
from geo.terms import StayState
from maps import cards, pages, words

PAGES = [(page, lang) for page in ("coverage", "risk", "dispatch") for lang in ("zh", "en")]
PAGE_LIMIT_BYTES = 600_000

County = Any  # the hand-made county of conftest.py


def _page(county: County, page: str, lang: str = "zh", **options: Any) -> str:
    made: str = getattr(county, f"{page}_page")(lang=lang, **options)
    return made


def _block(document: str, identity: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{identity}">(.*?)</script>', document, re.DOTALL)
    assert found is not None, identity
    return json.loads(found[1])


def _texts(value: Any) -> list[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else []


def _cards(document: str, layer: str) -> dict[str, Any]:
    features = _block(document, f"layer-{layer}")["data"]["features"]
    return {feature["properties"]["id"]: feature["properties"]["card"] for feature in features}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _tags(document: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(document)
    return parser.tags


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_the_same_inputs_give_the_same_bytes(county: County, page: str, lang: str) -> None:
    assert _page(county, page, lang) == _page(county, page, lang)


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_nothing_is_loaded_from_anywhere(county: County, page: str, lang: str) -> None:
    document = _page(county, page, lang)
    loaded = [
        (tag, attributes.get(key))
        for tag, attributes in _tags(document)
        for key in ("src", "href", "srcset", "data", "action", "poster")
        if attributes.get(key) is not None
    ]
    assert [(tag, url) for tag, url in loaded if not (url or "").startswith(("data:", "#"))] == []
    styles = "".join(re.findall(r"<style>(.*?)</style>", document, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles
    assert not re.search(r"url\((?!#)", re.sub(r"<script.*?</script>", "", document, flags=re.DOTALL))


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_the_policy_allows_exactly_the_scripts_of_the_page(county: County, page: str, lang: str) -> None:
    document = _page(county, page, lang)
    policy = next(
        attributes["content"] or ""
        for tag, attributes in _tags(document)
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = set(re.findall(r"'sha256-([^']+)'", policy.partition("style-src")[0]))
    bodies = re.findall(r"<script>(.*?)</script>", document, re.DOTALL)
    assert allowed == {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies}
    for directive in (
        "default-src 'none'",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "img-src data:",
    ):
        assert directive in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_title_and_language_are_declared(county: County, page: str, lang: str) -> None:
    document = _page(county, page, lang)
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in document
    name = "甲村" if lang == "zh" else "Test County"
    title = re.search(r"<title>(.*?)</title>", document)
    assert title is not None
    assert words.words(lang)(f"page.{page}") in title[1]
    assert name in title[1]


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_restricted_values_never_reach_a_page(county: County, canary: str, page: str, lang: str) -> None:
    assert county.atlas.layers["teams"]["leader_phone"].str.contains(canary).all()
    assert canary not in _page(county, page, lang)


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_a_hostile_name_stands_in_data_only(hostile_county: County, hostile_name: str, page: str, lang: str) -> None:
    """Outside the data blocks the name appears only as an escaped title; no script that runs holds any of it."""
    document = _page(hostile_county, page, lang)
    assert hostile_name in _texts(_block(document, "page-data" if page == "dispatch" else "layer-villages"))
    running = re.sub(r'<script type="application/json".*?</script>', "", document, flags=re.DOTALL)
    running = re.sub(r"<title>.*?</title>", "", running)
    assert "alert(" not in running
    assert "src=x onerror" not in running
    assert "7*7" not in running
    assert [tag for tag, _ in _tags(document) if tag == "img"] == []
    assert document.count("<title>") == 1
    if lang == "zh":
        title = re.search(r"<title>(.*?)</title>", document, re.DOTALL)
        assert title is not None
        assert hostile_name in html.unescape(title[1])


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_a_page_of_a_bare_county_is_whole(make_county: Callable[..., County], page: str, lang: str) -> None:
    """Only county, villages and teams must have rows; without the rest the page says that there is nothing."""
    optional = (
        "grids",
        "stations",
        "roads",
        "rivers",
        "risk_zones",
        "hazard_sites",
        "detections",
        "incidents",
        "stays",
    )
    document = _page(make_county(without=(*optional, "towns")), page, lang)
    assert words.words(lang)("legend.synthetic_empty") in _texts(_block(document, "page-data"))


def test_an_unknown_language_is_refused(county: County) -> None:
    for page in ("coverage", "risk"):
        with pytest.raises(InputError, match="'fr'"):
            _page(county, page, "fr")


def test_links_are_shown_only_where_they_are_given(county: County) -> None:
    served = _block(_page(county, "coverage", links={"risk": "risk?lang=zh", "lang": "?lang=en"}), "page-data")
    assert [(link["key"], link["href"]) for link in served["links"]] == [("risk", "risk?lang=zh"), ("lang", "?lang=en")]
    assert _block(_page(county, "coverage"), "page-data")["links"] == []
    with pytest.raises(InputError):
        _page(county, "coverage", links={"risk": "https://example.org"})


def test_legend_counts_are_the_counts_of_the_answer(county: County) -> None:
    page = _block(_page(county, "coverage", "en"), "page-data")
    legend = next(section for section in page["sections"] if section["type"] == "legend")
    told = {item["style"]: item["count"] for item in legend["groups"][0]["items"]}
    assert {f"state-{state}": str(county.coverage.counts[state]) for state in StayState} == told


def test_a_village_says_its_nights_and_its_reason_in_the_language_of_the_page(county: County) -> None:
    zh, en = (_cards(_page(county, "coverage", lang), "villages")["431381001201"] for lang in ("zh", "en"))
    assert (zh["t"], zh["b"], en["b"]) == ("可补村", "可补足", "Curable")
    assert dict(zh["r"])["留宿"] == "1 / 2 晚"
    assert dict(en["r"])["Nights kept"] == "1 of 2 nights"
    assert (dict(zh["r"])["尚缺"], dict(en["r"])["Owed"]) == ("缺 1 晚 · 剩 1 晚", "1 owed · 1 left")
    assert zh["n"] == "已留宿 1 晚,缺 1 晚;本周还剩 1 个夜晚,可以补足。"
    assert not re.search("[A-Za-z]{4,}", zh["n"])
    assert not re.search("[\u4e00-\u9fff]", en["n"])


def test_zero_missing_and_unknown_stay_apart(county: County) -> None:
    villages = _cards(_page(county, "coverage"), "villages")
    assert dict(villages["431381001201"]["r"])["常住人口"] == "0 人"
    assert dict(villages["431381001202"]["r"])["常住人口"] == "—(未填)"
    sites = _cards(_page(county, "risk"), "hazard-sites")
    assert dict(sites["431381010001"]["r"])["威胁"] == "0 人、0 户"
    assert dict(sites["431381010002"]["r"])["威胁"] == "—(未填)"
    assert sites["431381010002"]["b"] == "等级未知"


def test_a_week_outside_the_record_is_unknown_and_says_so(make_county: Callable[..., County]) -> None:
    county = make_county(week=Week.parse("2021-W10"))
    document = _page(county, "coverage")
    page = _block(document, "page-data")
    assert "没有留宿记录" in page["notice"]["title"]
    assert page["sections"][0]["figure"] == "未知"
    assert {card["b"] for card in _cards(document, "villages").values()} == {"无记录"}
    assert {dict(card["r"])["留宿"] for card in _cards(document, "villages").values()} == {"未知"}


def test_when_no_village_lacks_the_list_says_so(make_county: Callable[..., County]) -> None:
    county = make_county()
    met = tuple(replace(village, state=StayState.MET) for village in county.coverage.villages)
    happy = replace(county.coverage, villages=met)
    page = _block(pages.coverage_page(county.atlas, county.board, happy).decode(), "page-data")
    assert next(section for section in page["sections"] if section["type"] == "list")["groups"] == []
    assert "本周没有缺留宿的村(社区)" in _texts(page)


def test_detections_are_called_unverified_and_the_far_ones_are_lighter(county: County) -> None:
    document = _page(county, "risk")
    assert {card["b"] for card in _cards(document, "detections").values()} == {"未核实"}
    styles = {
        feature["properties"]["id"]: feature["properties"]["style"]
        for feature in _block(document, "layer-detections")["data"]["features"]
    }
    assert styles == {"D1": "detection", "D2": "detection-outside"}


def test_incidents_are_seen_as_of_the_present_moment(county: County) -> None:
    document = _page(county, "risk")
    told = _cards(document, "incidents")
    assert {key: card["b"] for key, card in told.items()} == {"I1": "未处置完", "I2": "已处置"}
    before = pages.risk_page(
        county.atlas, county.board, county.exposure, at=county.at - timedelta(days=5, minutes=30)
    ).decode()
    assert {key: card["b"] for key, card in _cards(before, "incidents").items()} == {"I2": "未处置完"}


def test_sites_wear_the_numeral_of_their_grade(county: County) -> None:
    features = _block(_page(county, "risk"), "layer-hazard-sites")["data"]["features"]
    told = {item["properties"]["id"][-1]: item["properties"].get("text", "") for item in features}
    assert told == {"0": "Ⅰ", "1": "Ⅳ", "2": "?", "3": "Ⅲ", "4": ""}
    removed = next(item["properties"] for item in features if item["properties"]["id"][-1] == "4")
    assert (removed["symbol"], removed["style"]) == ("sym-site-removed", "removed")


def test_zones_are_two_layers_by_kind_with_level_and_numeral(county: County) -> None:
    document = _page(county, "risk")
    fire, geo = _block(document, "layer-fire-zones"), _block(document, "layer-geo-zones")
    assert _zones(fire) == [("Z1", "fire-5", "5")]
    assert _zones(geo) == [("Z2", "geo-3", "Ⅲ")]


def _zones(payload: Any) -> list[tuple[str, str, str]]:
    return [
        (feature["properties"]["id"], feature["properties"]["style"], label["text"])
        for feature, label in zip(payload["data"]["features"], payload["labels"], strict=True)
    ]


def test_totals_by_level_are_those_of_the_answer(county: County) -> None:
    page = _block(_page(county, "risk", "en"), "page-data")
    summary = next(section for section in page["sections"] if section["type"] == "summary")
    assert summary["figure"] == f"{county.exposure.people:,}"
    told = {row["style"]: row["value"] for row in summary["rows"]["items"]}
    for level, people in county.exposure.people_by_level.items():
        assert told[cards.level_style(level)] == f"{people:,}"


def test_the_page_says_which_layers_are_synthetic(county: County, make_county: Callable[..., County]) -> None:
    def told(one: County) -> dict[str, str]:
        page = _block(_page(one, "coverage", "en"), "page-data")
        legend = next(section for section in page["sections"] if section["type"] == "legend")
        return dict(legend["origin"]["rows"])

    assert list(told(county)) == ["All synthetic"]
    real = make_county()
    frames = {name: frame.copy() for name, frame in real.atlas.layers.items()}
    frames["villages"]["synthetic"] = [True, True, False, False, False, False]
    frames["towns"]["synthetic"] = False
    frames["rivers"] = frames["rivers"].iloc[:0]
    object.__setattr__(real.atlas, "layers", frames)
    said = told(real)
    assert said["Partly synthetic"] == "Villages (2/6)"
    assert said["Not marked synthetic"] == "Town borders and names"
    assert said["No data"] == "Rivers"
    assert "Villages" not in said["All synthetic"]


def test_names_of_towns_follow_the_language_where_the_data_have_them(county: County) -> None:
    labels = [label["text"] for label in _block(_page(county, "coverage", "en"), "layer-towns")["labels"]]
    assert labels == ["甲村", "Yi Town"]


@pytest.mark.parametrize("page", ["coverage", "risk"])
def test_drawn_coordinates_have_five_digits_and_longitude_first(county: County, page: str) -> None:
    document = _page(county, page)
    for ring in _block(document, "layer-villages")["data"]["features"][0]["geometry"]["coordinates"]:
        for lon, lat in ring:
            assert 111 < lon < 112
            assert 27 < lat < 28
            assert (lon, lat) == (round(lon, 5), round(lat, 5))
    latitude, longitude = _block(document, "layer-towns")["labels"][0]["at"]
    assert 27 < latitude < 28
    assert 111 < longitude < 112


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_an_empty_page_is_small(county: County, page: str, lang: str) -> None:
    """What every page carries (Leaflet, our scripts, styles and words) takes a sixth of the limit at most."""
    assert len(gzip.compress(_page(county, page, lang).encode())) < PAGE_LIMIT_BYTES / 6
