"""The report of an import as a page: whole, closed, within its size, and literal about whatever the file held."""

from __future__ import annotations

import dataclasses
import gzip
import json
import random
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import CHINA
from geo.errors import Fault, InputError
from geo.intake.report import Assigned, Counts, ImportReport, Mended, Outcome, Remark
from maps import assets, pages
from maps.pages import import_rows

PAGE_LIMIT_BYTES = 600_000
AT = datetime(2026, 11, 22, 18, tzinfo=CHINA)
IN_COUNTY = (111.43, 27.63)
UNKNOWN_WORD = "unknown word; allowed: landslide, rockfall"

County = Any  # the hand-made county of conftest.py


def _fault(
    row: int, column: str = "kind", value: str | None = "滑坡体", problem: str = UNKNOWN_WORD, **k: Any
) -> Fault:
    return Fault("hazard_sites", row, f"4313810{row:05d}", column, value, problem, k.get("advice", ""))


def _report(**changes: Any) -> ImportReport:
    given_report = ImportReport(
        layer="hazard_sites",
        source="隐患点.xlsx",
        format="XLSX",
        layer_in_file="Sheet1",
        encoding=None,
        crs="EPSG:4490",
        at=AT,
        counts=Counts(read=10, accepted=8, repaired=1, refused=2, added=5, changed=3, removed=4),
        columns=(
            Assigned("隐患点编号", "site_id", "heading", "431381010001"),
            Assigned("责任人电话", "responsible_phone", "heading", "13800001111"),
            Assigned("备注", None, "", "nobody's business"),
        ),
        faults=(_fault(3), _fault(7, advice="write one of them")),
        mended=(Mended(5, "431381000005", "the ring crosses itself", "Polygon", "MultiPolygon", 1234.5, 1230.0),),
        remarks=(Remark("warning", "coordinates", "this looks like GCJ-02: 654 m to the east-south-east"),),
        places={3: IN_COUNTY, 5: (111.45, 27.65), 6: (111.5, 27.65)},
        outcome=Outcome.STORED,
        version="sha256-3f9a1c22e0b7",
        created=None,
        refused_file="隐患点.refused.csv",
    )
    return dataclasses.replace(given_report, **changes)


def _clean(**changes: Any) -> ImportReport:
    counts = Counts(10, 10, 0, 0, 10, 0, 0)
    nothing: dict[str, Any] = {"counts": counts, "faults": (), "mended": (), "remarks": (), "places": {}}
    return _report(**{**nothing, **changes})


def _blocks(document: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', document, re.DOTALL)
    return {identity: json.loads(body) for identity, body in found}


def _page(report: ImportReport, county: County | None = None, lang: str = "zh") -> dict[str, Any]:
    return _blocks(pages.import_page(county.atlas if county else None, report, lang=lang).decode())


def _section(blocks: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(section for section in blocks["page-data"]["sections"] if section["type"] == kind)
    return found


def _marks(blocks: dict[str, Any]) -> dict[str, tuple[str, str]]:
    features = [feature["properties"] for feature in blocks["layer-rows"]["data"]["features"]]
    return {one["id"]: (one["style"], one["symbol"]) for one in features}


def test_the_counts_are_those_of_the_report() -> None:
    blocks = _page(_report())
    summary = _section(blocks, "summary")
    assert (summary["figure"], summary["of"]) == ("8", "/ 读取 10 行")
    told = {row["label"]: row["value"] for row in summary["rows"]["items"]}
    assert told == {"原样接收": "7", "修复后接收": "1", "拒收": "2"}
    assert _section(blocks, "tallies")["items"] == [["新增", "5"], ["更改", "3"], ["移除", "4"]]


def test_what_became_of_the_import_is_said() -> None:
    stored, trial, refused = (_page(_report(outcome=one))["page-data"]["notice"] for one in Outcome)
    assert (stored["title"], stored["look"]) == ("已写入数据目录", "good")
    assert "sha256-3f9a1c22e0b7" in stored["body"]
    assert (trial["title"], trial["look"]) == ("试运行:可以写入", "")
    assert "sha256-3f9a1c22e0b7" not in trial["body"]
    assert (refused["title"], refused["look"]) == ("没有写入:有不能接收的内容", "")
    assert "隐患点.refused.csv" in refused["body"]


def test_a_refused_import_tells_of_no_changes() -> None:
    kinds = [one["type"] for one in _page(_report(outcome=Outcome.REFUSED))["page-data"]["sections"]]
    assert "tallies" not in kinds


def test_each_row_wears_the_shape_and_colour_of_its_state(county: County) -> None:
    expected = {state: (f"row-{state}", f"sym-row-{state}") for state in ("refused", "repaired", "warned")}
    told = _marks(_page(_report(), county))
    assert told == {"3": expected["refused"], "5": expected["repaired"], "6": expected["warned"]}


def test_a_row_that_was_repaired_and_still_refused_is_refused() -> None:
    report = _report(faults=(_fault(5, "geometry", None, "the area changed by 12 %"),))
    assert _marks(_page(report))["5"] == ("row-refused", "sym-row-refused")


def test_columns_bear_the_title_of_the_specification_and_problems_stay_as_given() -> None:
    zh, en = (_section(_page(_report(), lang=lang), "faults")["groups"][0] for lang in ("zh", "en"))
    assert (zh["title"], zh["name"], zh["problem"]) == ("灾害类型", "kind", UNKNOWN_WORD)
    assert en["title"][0].isupper()
    assert not re.search("[\u4e00-\u9fff]", en["title"])


def test_faults_of_one_column_and_problem_stand_together_the_whole_layer_first() -> None:
    faults = (
        *(_fault(row) for row in (1, 2, 3)),
        _fault(4, problem="must be text"),
        _fault(0, "name", None, "missing"),
    )
    groups = _section(_page(_report(faults=faults)), "faults")["groups"]
    assert [(group["name"], group["count"]) for group in groups] == [("name", "1"), ("kind", "3"), ("kind", "1")]
    assert groups[0]["items"][0]["row"] == "整个图层"


def test_a_missing_value_and_an_empty_one_are_told_apart() -> None:
    faults = (_fault(1, value=None), _fault(2, value=""), _fault(3, value="0"))
    values = [item["value"] for item in _section(_page(_report(faults=faults)), "faults")["groups"][0]["items"]]
    assert values == ["—(未填)", "", "0"]


def test_advice_is_said_once_where_a_group_shares_it() -> None:
    shared = _section(_page(_report(faults=(_fault(1, advice="mend"), _fault(2, advice="mend")))), "faults")["groups"][
        0
    ]
    assert shared["advice"] == "mend"
    assert ["advice" in item for item in shared["items"]] == [False, False]
    apart = _section(_page(_report(faults=(_fault(1, advice="mend"), _fault(2, advice="cut")))), "faults")["groups"][0]
    assert apart["advice"] == ""
    assert [item["advice"] for item in apart["items"]] == ["mend", "cut"]


def test_a_line_leads_to_the_map_only_where_its_row_has_a_place() -> None:
    items = _section(_page(_report()), "faults")["groups"][0]["items"]
    assert [(item["row"], item["id"]) for item in items] == [("第 3 行", "3"), ("第 7 行", None)]


def test_every_line_that_leads_to_the_map_has_its_symbol_there(county: County) -> None:
    faults = tuple(_fault(row, problem=f"problem {row % 90}") for row in range(1, 3000))
    mended = tuple(Mended(row, None, "bow-tie", "Polygon", "Polygon", 1.0, 1.0) for row in range(2500, 3500))
    blocks = _page(_report(faults=faults, mended=mended, places=dict.fromkeys(range(1, 3600), IN_COUNTY)), county)
    lines = {item["id"] for group in _section(blocks, "faults")["groups"] for item in group["items"]}
    lines |= {item["id"] for group in _section(blocks, "list")["groups"] for item in group["items"]}
    assert lines <= set(_marks(blocks))


def test_a_card_tells_every_fault_of_its_row() -> None:
    faults = (_fault(3), _fault(3, "name", None, "must be given", advice="write it"))
    (card,) = [
        feature["properties"]["card"]
        for feature in _page(_report(faults=faults))["layer-rows"]["data"]["features"]
        if feature["properties"]["id"] == "3"
    ]
    assert (card["t"], card["b"], card["s"]) == ("第 3 行", "拒收", "row-refused")
    assert card["l"][0] == ["row-refused", f"灾害类型 · 原值:滑坡体 · {UNKNOWN_WORD}"]
    assert card["l"][1][1].endswith("原值:—(未填) · must be given · write it")


def test_repairs_tell_type_and_measure_before_and_after() -> None:
    (group,) = _section(_page(_report()), "list")["groups"]
    (item,) = group["items"]
    assert group["title"] == "the ring crosses itself"
    assert "Polygon → MultiPolygon" in item["note"]
    assert item["side"] == "1,234 → 1,230 平方米 (-0.36%)"


def test_repairs_that_are_all_different_tell_their_problem_line_by_line() -> None:
    mended = tuple(Mended(row, None, f"crosses itself at {row}", "Polygon", "Polygon", 1.0, 1.0) for row in range(40))
    (group,) = _section(_page(_report(mended=mended)), "list")["groups"]
    assert [item["note"] for item in group["items"]][7] == "crosses itself at 7 · Polygon"


@pytest.mark.parametrize(
    ("before", "after", "kind", "side"),
    [
        (None, None, "Point", ""),
        (0.0, 0.0, "Polygon", "0.00 → 0.00 平方米"),
        (float("nan"), 3.0, "Polygon", ""),
        (120.0, 90.0, "LineString", "120 → 90.00 米 (-25.00%)"),
    ],
)
def test_a_measure_that_is_not_there_is_not_made_up(before: Any, after: Any, kind: str, side: str) -> None:
    report = _report(mended=(Mended(5, None, "x", kind, kind, before, after),))
    assert _section(_page(report), "list")["groups"][0]["items"][0]["side"] == side


def test_columns_say_where_they_went_and_which_were_not_used() -> None:
    columns = _section(_page(_report()), "columns")
    assert columns["rows"][0] == {
        "source": "隐患点编号",
        "title": "隐患点编号",
        "target": "site_id",
        "how": "heading",
        "sample": "431381010001",
    }
    assert columns["unused"] == ["没有使用的列", "备注"]


def test_restricted_values_never_reach_the_page(county: County, canary: str) -> None:
    """Neither as a sample, nor as the value of a fault, by the layer's name of the column or by the file's."""
    phones = tuple(_fault(3, column, canary, "must have digits") for column in ("responsible_phone", "责任人电话"))
    columns = (Assigned("责任人电话", "responsible_phone", "heading", canary), Assigned("备注", None, "", canary))
    for lang in ("zh", "en"):
        document = pages.import_page(county.atlas, _report(faults=phones, columns=columns), lang=lang).decode()
        assert canary not in document


def test_without_a_place_there_is_no_map_and_no_leaflet(county: County) -> None:
    document = pages.import_page(county.atlas, _report(places={})).decode()
    assert 'id="map-frame"' not in document
    assert assets.local_text(assets.LEAFLET_JS) not in document
    assert "Leaflet(" not in document
    assert {item["id"] for group in _section(_blocks(document), "faults")["groups"] for item in group["items"]} == {
        None
    }


@pytest.mark.parametrize("place", [(float("nan"), 27.6), (float("inf"), 27.6), (111.4, 111.4), (4_0000_000.0, 27.6)])
def test_a_place_that_is_nowhere_is_not_drawn(place: tuple[float, float]) -> None:
    blocks = _page(_report(places={3: place, 5: IN_COUNTY}))
    assert set(_marks(blocks)) == {"5"}


def test_without_an_atlas_the_points_alone_are_fitted() -> None:
    blocks = _page(_report(places={3: (10.0, 50.0)}))
    assert blocks["page-data"]["bounds"] == [[49.98, 9.98], [50.02, 10.02]]
    assert blocks["page-data"]["county"] == "地质灾害隐患点"
    assert {block for block in blocks if block.startswith("layer-")} == {"layer-rows"}


def test_a_row_far_away_does_not_make_the_county_small(county: County) -> None:
    (south, west), (north, east) = _page(_report(places={3: (27.6, 70.0), 5: (111.2, 27.6)}), county)["page-data"][
        "bounds"
    ]
    assert (west, south) == (111.2, county.atlas.bounds[1])
    assert (east, north) == county.atlas.bounds[2:]


def test_when_all_rows_are_accepted_the_page_says_so() -> None:
    for lang, said in (("zh", "全部 10 行都已接收"), ("en", "All 10 rows were accepted")):
        faults = _section(_page(_clean(), lang=lang), "faults")
        assert faults["groups"] == []
        assert said in faults["empty"]
    assert "全部" not in _section(_page(_clean(counts=Counts(0, 0, 0, 0, 0, 0, 0))), "faults")["empty"]


def test_twenty_thousand_faults_are_counted_and_the_page_stays_small(county: County) -> None:
    """Each group gets its share of the 500 lines; every other row is a dot."""
    problems = ["unknown word", "must be a number", "a code that went through a spreadsheet has lost its digits"]
    faults = (
        *(_fault(row, value=f"{row * 7919 % 100_003}", problem=problems[row % 2]) for row in range(1, 20_000)),
        _fault(20_000, problem=problems[2]),
    )
    chance = random.Random(7)
    places = {row: (chance.uniform(111.4, 111.55), chance.uniform(27.6, 27.7)) for row in range(1, 20_001)}
    made = pages.import_page(county.atlas, _report(faults=faults, places=places))
    assert len(gzip.compress(made)) < PAGE_LIMIT_BYTES
    blocks = _blocks(made.decode())
    section = _section(blocks, "faults")
    assert section["count"] == "20,000"
    assert "列出 500 条,共 20,000 条" in section["note"]
    assert [len(group["items"]) for group in section["groups"]] == [250, 249, 1]
    assert section["groups"][0]["more"] == "另有 9,750 条未列出"
    drawn = len(_marks(blocks)) + sum(len(one["at"]) for one in blocks["layer-more-rows"]["sets"])
    assert drawn >= 19_900  # rows on the same spot share a dot


def test_problems_that_are_all_different_share_a_last_group() -> None:
    faults = tuple(_fault(row, problem=f"the area changed by {row} %") for row in range(1, 101))
    groups = _section(_page(_report(faults=faults)), "faults")["groups"]
    assert len(groups) == import_rows.GROUPS + 1
    assert (groups[-1]["title"], groups[-1]["count"]) == ("其他问题", "60")
    assert groups[-1]["items"][0]["problem"] == "灾害类型 · the area changed by 41 %"


def test_texts_without_end_are_cut() -> None:
    endless = "长" * 1_000_000
    report = _report(
        source=endless,
        faults=(Fault("hazard_sites", 3, endless, endless, endless, endless, endless),),
        mended=(Mended(5, endless, endless, endless, endless, 1.0, 2.0),),
        remarks=(Remark("note", endless, endless),),
        columns=(Assigned(endless, endless, endless, endless), Assigned(endless, None, "", None)),
    )
    assert len(pages.import_page(None, report)) < 400_000


@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_in_any_field_stands_in_data_only(
    hostile_county: County, hostile_name: str, lang: str, mapped: bool
) -> None:
    report = _hostile(hostile_name, places={3: IN_COUNTY, 5: IN_COUNTY, 6: IN_COUNTY} if mapped else {})
    document = pages.import_page(hostile_county.atlas if mapped else None, report, lang=lang).decode()
    assert hostile_name in _strings(_blocks(document))
    running = re.sub(r'<script type="application/json".*?</script>|<title>.*?</title>', "", document, flags=re.DOTALL)
    for part in ("alert(", "src=x onerror", "7*7", "{% raw"):
        assert part not in running
    assert document.count("<title>") == 1
    assert "<img" not in document


def _hostile(text: str, **changes: Any) -> ImportReport:
    return _report(
        layer=text,
        source=text,
        format=text,
        layer_in_file=text,
        encoding=text,
        crs=text,
        columns=(Assigned(text, text, text, text), Assigned(text, None, text, text)),
        faults=(Fault(text, 3, text, text, text, text, text), Fault("hazard_sites", 0, text, "kind", text, text, text)),
        mended=(Mended(5, text, text, text, text, 1.0, 2.0),),
        remarks=(Remark("warning", text, text),),
        version=text,
        created=text,
        refused_file=text,
        **changes,
    )


def _strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for part in value.values() for text in _strings(part)}
    if isinstance(value, list):
        return {text for part in value for text in _strings(part)}
    return {value} if isinstance(value, str) else set()


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_written(text: str) -> None:
    """Lone surrogates, controls and separators among it."""
    page = pages.import_page(None, _hostile(text, places={}))
    remarks = _section(_blocks(page.decode()), "remarks")
    assert remarks["items"][0]["subject"] == text


@given(st.lists(st.integers(0, 900), min_size=1, max_size=12), st.integers(0, 600))
def test_shares_fill_the_limit_and_favour_nobody(counts: list[int], limit: int) -> None:
    shares = import_rows._shares(counts, limit)
    assert sum(shares) == min(limit, sum(counts))
    cut = [share for share, count in zip(shares, counts, strict=True) if share < count]
    assert all(share <= count for share, count in zip(shares, counts, strict=True))
    assert not cut or max(shares) - min(cut) <= 1


def test_the_same_report_gives_the_same_bytes(make_county: Callable[..., County]) -> None:
    one, other = (pages.import_page(make_county().atlas, _report()) for _ in range(2))
    assert one == other


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="'fr'"):
        pages.import_page(None, _report(), lang="fr")


def test_an_unknown_layer_is_called_as_it_was_given() -> None:
    assert _page(_report(layer="unheard_of"))["page-data"]["county"] == "unheard_of"
