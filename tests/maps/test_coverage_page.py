"""The coverage page: what needs attention, the nights and weeks behind each state, clock, duty, and emergency."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from geo.board import recorded
from geo.calendar import Week
from geo.coverage import stay_coverage
from geo.coverage_clock import coverage_clock
from geo.events import Draft, Exemption, Mobilisation
from geo.terms import Attendance, StayState
from maps import coverage_cards, pages
from maps.pages import coverage_sections

County = Any  # the hand-made county of conftest.py
CURABLE = "431381001201"


def _page(county: County, lang: str = "zh", **options: Any) -> Any:
    return _block(county.coverage_page(lang=lang, **options), "page-data")


def _block(document: str, identity: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{identity}">(.*?)</script>', document, re.DOTALL)
    assert found is not None, identity
    return json.loads(found[1])


def _section(page: Any, kind: str, number: int = 0) -> Any:
    return [section for section in page["sections"] if section["type"] == kind][number]


def _cards(county: County, lang: str = "zh", **options: Any) -> dict[str, Any]:
    features = _block(county.coverage_page(lang=lang, **options), "layer-villages")["data"]["features"]
    return {feature["properties"]["id"]: feature["properties"]["card"] for feature in features}


def _with(county: County, *drafts: Draft) -> County:
    """The county after these, judged anew."""
    board = county.board.advance(recorded(drafts, county.at))
    stays = stay_coverage(county.atlas, board, county.coverage.week, at=county.at)
    return replace(county, board=board, coverage=stays)


def _ordered(county: County, cause: str = "山火", *scope: str) -> County:
    order = Mobilisation(order_id="O7", scope=scope or ("431381002",), cause=cause)
    return _with(county, Draft.of(order, county.at - timedelta(hours=6)))


def test_what_needs_attention_stands_first_in_the_order_of_its_weight(county: County) -> None:
    page = _page(county)
    assert [section["type"] for section in page["sections"][:2]] == ["summary", "list"]
    (group,) = _section(page, "list")["groups"]
    assert [item["id"] for item in group["items"]] == [
        one.village_code for one in county.coverage.by_attention if one.state.value in ("lost", "curable", "no_team")
    ]
    told = {item["name"]: (item["badge"], item["style"], item["side"]) for item in group["items"]}
    assert told["无法村"] == ("已无法补足", "state-lost", "缺 2 晚 · 剩 1 晚")
    assert told["可补村"] == ("可补足", "state-curable", "缺 1 晚 · 剩 1 晚")
    assert told["无队社区"] == ("无乡派工作队", "state-no_team", "")


def test_a_long_list_is_folded_after_the_first_of_it(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(
        county.coverage, villages=tuple(replace(one, state=StayState.LOST) for one in county.coverage.villages)
    )
    lost_county = replace(county, coverage=lost)
    (whole,) = _section(_page(lost_county), "list")["groups"]
    assert (len(whole["items"]), whole["rest"], whole["more"]) == (6, [], "")
    monkeypatch.setattr(coverage_sections, "_SHOWN_AT_ONCE", 4)
    (folded,) = _section(_page(lost_county), "list")["groups"]
    assert [*folded["items"], *folded["rest"]] == whole["items"]
    assert (len(folded["rest"]), folded["more"]) == (2, "其余 2 个")


def test_a_card_tells_of_the_seven_evenings(county: County) -> None:
    """Sunday noon: Monday was kept, five nights were not, one is left; whoever serves nowhere is not assigned."""
    cards = _cards(county)
    assert cards[CURABLE]["e"] == "kmmmmmo"
    assert cards["431381001202"]["e"] == "nnnnnnn"
    assert cards["431381002201"]["e"] == "nnnnnmo"
    exempted = Exemption(scope=(CURABLE,), first_day=date(2022, 12, 20), last_day=date(2022, 12, 21), reason="汛期")
    assert _cards(_with(county, Draft.of(exempted, county.at)))[CURABLE]["e"] == "keemmmo"
    signs = _page(county)["week"]["evenings"]
    assert {signs[sign]["label"] for sign in "kmoeun"} == {
        "已留宿",
        "没有留宿",
        "还可留宿",
        "已豁免",
        "未知",
        "未派驻",
    }


def test_a_card_tells_of_the_weeks_and_of_the_streak_in_words(county: County) -> None:
    page, card = _page(county), _cards(county)["431381001200"]
    states = page["week"]["states"]
    assert len(card["h"]) == len(page["week"]["weeks"]) == 12
    assert page["week"]["weeks"][-1] == "2022-W51"
    assert states[card["h"][-1]] == {"style": "state-met", "letter": "达", "label": "已达标"}
    assert card["k"] == "连续达标 1 周(近 12 周内)"
    lost = _cards(county, "en")["431381002200"]
    assert lost["k"] == "Lost 1 week(s) in a row (of the last 12)"
    assert len({one["letter"] for one in states.values()}) == len(StayState)


def test_a_card_tells_who_could_still_cure_what_is_owed(county: County) -> None:
    rows = dict(_cards(county)[CURABLE]["r"])
    assert (rows["尚缺"], rows["乡派工作队"], rows["可补足的队伍"]) == ("缺 1 晚 · 剩 1 晚", "队1", "就是这支队伍")
    assert "可补足的队伍" not in dict(_cards(county)["431381002200"]["r"])
    one = next(village for village in county.coverage.villages if village.village_code == CURABLE)
    for teams, told in (((), "没有一支队伍在剩余夜晚有人可派"), (("T1", "T9"), "队1、T9")):
        others = [
            village if village is not one else replace(one, curable_by=teams) for village in county.coverage.villages
        ]
        changed = replace(county, coverage=replace(county.coverage, villages=tuple(others)))
        assert dict(_cards(changed)[CURABLE]["r"])["可补足的队伍"] == told


def test_the_weeks_are_bars_that_ask_for_their_week_where_there_is_a_service(county: County) -> None:
    alone = _section(_page(county), "weeks")
    assert ({one["href"] for one in alone["weeks"]}, alone["pick"]) == ({None}, None)
    served = _section(_page(county, links={"coverage": "/maps/coverage?lang=zh"}), "weeks")
    assert [one["current"] for one in served["weeks"]] == [False] * 11 + [True]
    assert served["weeks"][0]["href"] == "/maps/coverage?lang=zh&week=2022-W40"
    assert (served["pick"]["href"], served["pick"]["value"]) == ("/maps/coverage?lang=zh&week=", "2022-W51")
    last = {part["style"]: part["share"] for part in served["weeks"][-1]["parts"]}
    assert last == {f"state-{state}": count for state, count in county.coverage.counts.items() if count}


def test_a_shared_file_holds_the_clock_and_a_served_page_asks_for_it(county: County) -> None:
    clock = coverage_clock(county.atlas, county.board, county.coverage.week)
    held = _section(_page(county, clock=clock), "clock")
    assert (held["href"], held["now"]) == (None, 156)
    assert [one["code"] for one in held["data"]["villages"]] == [area.code for area in county.atlas.villages]
    assert [one["members"] for one in held["data"]["villages"]] == [list(one.members) for one in clock.villages]
    assert len(held["data"]["hours"]) == 168
    href = "/v1/coverage/clock?week=2022-W51"
    asked = county.coverage_page(links={"clock": href})
    page = _block(asked, "page-data")
    assert (_section(page, "clock")["data"], _section(page, "clock")["href"], page["links"]) == (None, href, [])
    assert "connect-src 'self'" in asked
    assert "connect-src 'none'" in county.coverage_page(clock=clock)


def test_a_week_without_the_present_moment_does_not_mark_it(make_county: Callable[..., County]) -> None:
    assert _section(_page(make_county(week=Week.parse("2022-W50"))), "clock")["now"] is None


def test_the_day_tells_of_duty_in_counts(county: County) -> None:
    """Sunday: nobody has to come."""
    tally = _section(_page(county), "tally")
    assert tally["count"] == "12月25日(周日)"
    told = {item["style"].removeprefix("duty-"): item["value"] for item in tally["items"]}
    assert told == {Attendance.FULL: "0", Attendance.SHORT: "0", Attendance.ABSENT: "0", Attendance.NOT_REQUIRED: "6"}


def test_leaders_without_a_record_are_not_judged(county: County, make_county: Callable[..., County]) -> None:
    told = _section(_page(county), "list", 1)
    assert (told["groups"], told["empty"]) == ([], "1 位驻点市领导本月没有留宿记录,不作判断")
    none = _section(_page(make_county(without=("leaders",))), "list", 1)
    assert none["empty"] == "数据中没有驻点市领导"


def test_without_an_order_the_page_says_normal_and_nothing_else(county: County) -> None:
    page = _page(county)
    assert (page["facts"][0], page["emergency"], page["warnings"]) == (["状态", "平时"], "", [])
    assert "layer-emergency" not in county.coverage_page()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_r13_an_order_in_force_is_unmistakable(county: County, lang: str) -> None:
    ordered = _ordered(county)
    page = _page(ordered, lang)
    assert "O7" in page["emergency"]
    (alarm,) = page["warnings"]
    assert alarm["look"] == "alarm"
    for fact in ("乙镇" if lang == "zh" else "Yi Town", "山火", "06:00"):
        assert fact in alarm["body"]
    assert page["facts"][0][1] == {"zh": "应急", "en": "Emergency"}[lang]
    assert len(_block(ordered.coverage_page(), "layer-emergency")["data"]["features"]) == 1
    inside = {code for code, card in _cards(ordered, lang).items() if "O7" in str(card["r"])}
    assert inside == {code for code in _cards(county) if code.startswith("431381002")}


def test_what_an_order_says_stays_text(county: County, hostile_name: str) -> None:
    document = _ordered(county, hostile_name, "431381").coverage_page()
    assert hostile_name in _block(document, "page-data")["warnings"][0]["body"]
    assert "alert(" not in re.sub(r'<script type="application/json".*?</script>', "", document, flags=re.DOTALL)


def test_every_state_has_a_sign_of_its_own() -> None:
    assert len(set(coverage_cards.EVENING_SIGNS.values())) == len(coverage_cards.EVENING_SIGNS) == 6
    assert len(set(coverage_cards.STATE_SIGNS.values())) == len(StayState) <= 10


def test_the_first_and_the_last_week_of_the_calendar_are_drawn(make_county: Callable[..., County]) -> None:
    for week in ("0001-W01", "9999-W51"):
        county = make_county(week=Week.parse(week))
        assert pages.coverage_page(county.atlas, county.board, county.coverage)
