"""The gazetteer: whatever part, pinyin, initials or code is typed, the slow obvious search finds the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import geopandas
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InputError
from geo.gazetteer import LONGEST, MOST_HITS, Search, search
from geo.spelling import Names, initials, readings, typed
from tests.county import SmallCounty, county_of, features, raw_layers, village_codes

HOSTILE = (
    "${alert(1)}村",
    "</script><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">村',
    "'\"`村",
    "\u202e倒村\u2066",
    "长" * 10_000,
    "𠮷𡈽村",
    "a\u0301́村",
)


@dataclass(frozen=True)
class Oracle:
    """Every reading of every part of every name, one by one."""

    names: list[str]

    def found(self, text: str, spell: Any, *, begun: bool) -> dict[int, tuple[bool, bool]]:
        """The names that have `text`, and whether it begins one and is all of it."""
        told: dict[int, tuple[bool, bool]] = {}
        for number, name in enumerate(map(typed, self.names)):
            for first in range(len(name)):
                for end in range(first + 1, len(name) + 1):
                    if self.is_spelt(name[first:end], text, spell, begun=begun):
                        begins, whole = told.get(number, (False, False))
                        told[number] = (begins or first == 0, whole or (first == 0 and end == len(name)))
        return told

    @staticmethod
    def is_spelt(part: str, text: str, spell: Any, *, begun: bool) -> bool:
        for way in product(*map(spell, part)):
            whole, before = "".join(way), "".join(way[:-1])
            if whole == text or (begun and whole.startswith(text) and len(before) < len(text)):
                return True
        return False


NAMES = st.lists(st.text("麻溪村长铺区绿女嗯阿行aS3 -", max_size=5), max_size=8)


@given(NAMES, st.text("maxicunhgpulvwoesS3", min_size=1, max_size=6) | st.text("麻长村区aS3", min_size=1, max_size=3))
def test_every_name_is_found_as_the_slow_search_finds_it(names: list[str], text: str) -> None:
    text, oracle, ours = typed(text), Oracle(names), Names(names)
    for find, spell, begun in (
        (ours.containing, lambda character: (character,), False),
        (ours.sounding, readings, True),
        (ours.with_initials, initials, False),
    ):
        got = find(text)
        told = zip(got.name.tolist(), got.begins.tolist(), got.whole.tolist(), strict=True)
        assert oracle.found(text, spell, begun=begun) == {name: (begins, whole) for name, begins, whole in told}


@pytest.mark.parametrize(
    ("character", "heard"),
    [("长", {"chang", "zhang"}), ("绿", {"lv", "lu"}), ("女", {"nv", "nu", "ru"}), ("麻", {"ma"}), ("3", {"3"})],
)
def test_a_character_has_every_reading_it_may_be_typed_by(character: str, heard: set[str]) -> None:
    assert heard <= set(readings(character))


@pytest.fixture(scope="module")
def county() -> SmallCounty:
    """Villages with real names: one twice, one with a reading that misleads."""
    raw = raw_layers()
    names = ["麻溪村", "杨桥村", "长铺村", "长铺社区", "锑都社区", "建新社区", "杨桥村", "绿女村", *HOSTILE[:4]]
    villages = raw["villages"].assign(name=names)
    sites = raw["hazard_sites"].assign(name=["麻溪村3组滑坡", "乙", "丙"])
    return county_of(villages=villages, hazard_sites=sites)


def ask(county: SmallCounty, text: str, limit: int = MOST_HITS) -> Search:
    return search(county.atlas, county.board, text, limit=limit)


def told(county: SmallCounty, text: str) -> list[tuple[str, str, str]]:
    return [(hit.layer, hit.id, hit.matched.value) for hit in ask(county, text).hits]


VILLAGE = dict(
    zip(["麻溪", "杨桥", "长铺村", "长铺社区", "锑都", "建新", "杨桥二", "绿女"], village_codes(), strict=False)
)


@pytest.mark.parametrize(
    ("text", "first", "matched"),
    [
        ("麻溪", "麻溪", "name"),
        ("麻溪村", "麻溪", "name"),
        ("mxc", "麻溪", "initials"),
        ("maxi", "麻溪", "pinyin"),
        ("MAXICUN", "麻溪", "pinyin"),
        ("ma xi c", "麻溪", "pinyin"),
        ("mǎ xī", "麻溪", "pinyin"),
        ("ＭＸＣ", "麻溪", "initials"),
        ("zhangpu", "长铺村", "pinyin"),
        ("changpushequ", "长铺社区", "pinyin"),
        ("zpc", "长铺村", "initials"),
        ("lvnv", "绿女", "pinyin"),
        ("lunu", "绿女", "pinyin"),
        ("ti'du", "锑都", "pinyin"),
        (village_codes()[4], "锑都", "code"),
        ("４３１３８１００２００１", "锑都", "code"),
    ],
)
def test_a_village_is_found_by_whatever_is_typed(county: SmallCounty, text: str, first: str, matched: str) -> None:
    assert ("villages", VILLAGE[first], matched) == told(county, text)[0]


def test_a_name_that_is_there_twice_is_told_twice_in_the_order_of_the_codes(county: SmallCounty) -> None:
    hits = ask(county, "yangqiao").hits
    assert [VILLAGE["杨桥"], VILLAGE["杨桥二"]] == [hit.id for hit in hits]
    assert [("杨桥村", "镇001"), ("杨桥村", "镇002")] == [(hit.name, hit.detail) for hit in hits]


def test_a_whole_name_comes_first_then_what_begins_so_then_what_has_it(county: SmallCounty) -> None:
    named = county_of(
        villages=raw_layers()["villages"].assign(name=["上长铺", "长铺村", "长铺", *"丁戊己庚辛壬癸子丑"])
    )
    assert ["长铺", "长铺村", "上长铺"] == [hit.name for hit in ask(named, "长铺").hits]


def test_a_code_gives_the_area_then_what_lies_in_it(county: SmallCounty) -> None:
    code = village_codes()[4]
    assert [("villages", code), *(("grids", f"{code}00{n}") for n in range(1, 5))] == [
        (layer, identity) for layer, identity, _ in told(county, code)
    ]
    assert ("towns", code[:9]) == told(county, code[:9])[0][:2]
    assert "锑都社区 001" == ask(county, f"{code}001").hits[0].name


def test_teams_sites_and_incidents_are_found_with_the_village_they_belong_to(county: SmallCounty) -> None:
    team, site, incident = (ask(county, text).hits[0] for text in ("c队1", "431381010001", "I2"))
    assert ("teams", "C01", "麻溪村") == (team.layer, team.id, team.detail)
    assert ("hazard_sites", "锑都社区", None) == (site.layer, site.detail, site.bounds)
    assert ("incidents", "I2", "I2") == (incident.layer, incident.id, incident.name)  # it has no summary


def test_an_area_has_its_bounds_and_a_place_inside_them(county: SmallCounty) -> None:
    for hit in ask(county, "431381").hits:
        if hit.bounds is not None:
            west, south, east, north = hit.bounds
            assert west <= hit.lon <= east
            assert south <= hit.lat <= north


def test_the_limit_cuts_the_hits_and_not_the_count(county: SmallCounty) -> None:
    everything, few = ask(county, "431381"), ask(county, "431381", 3)
    assert (everything.count, everything.hits[:3]) == (few.count, few.hits)
    assert few.count > MOST_HITS


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_found_by_its_own_text_and_told_as_it_is(name: str) -> None:
    villages = raw_layers()["villages"]
    county = county_of(villages=villages.assign(name=[name, *villages["name"][1:]]))
    assert (name, "name") == next((hit.name, hit.matched) for hit in ask(county, name[:LONGEST]).hits)


@pytest.mark.parametrize("text", ["<>", "\u202e", "…", "🔥"])
def test_what_has_no_letter_or_digit_finds_nothing(county: SmallCounty, text: str) -> None:
    assert (0, ()) == (ask(county, text).count, ask(county, text).hits)


@pytest.mark.parametrize(
    ("text", "limit", "parameter"),
    [
        ("", 10, "q"),
        ("  \n", 10, "q"),
        ("长" * (LONGEST + 1), 10, "q"),
        ("a", 0, "limit"),
        ("a", MOST_HITS + 1, "limit"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(county: SmallCounty, text: str, limit: int, parameter: str) -> None:
    with pytest.raises(InputError) as refused:
        ask(county, text, limit)
    assert parameter == refused.value.parameter


def test_a_text_that_folds_to_many_letters_is_looked_for_all_the_same(county: SmallCounty) -> None:
    assert 0 == ask(county, "ﷺ" * LONGEST).count


def test_a_county_without_grids_sites_or_incidents_is_searched_too() -> None:
    empty: dict[str, geopandas.GeoDataFrame] = {
        name: raw_layers()[name].iloc[:0] for name in ("grids", "hazard_sites", "incidents")
    }
    assert 1 == ask(county_of(**empty), village_codes()[0]).count


def test_an_incident_that_is_recorded_later_is_found_on_the_board_that_knows_it(county: SmallCounty) -> None:
    rows = [{"incident_id": "I9", "kind": "flood", "summary": "桥被冲毁", "discovered_at": "2022-12-23T09:00"}]
    later = county_of(incidents=features(rows, [shapely.Point(111.405, 27.675)]))
    assert 0 == ask(county, "qbch").count
    assert ("I9", "村001001") == next((hit.id, hit.detail) for hit in ask(later, "qbch").hits)
