"""Headings and words of a source: all that is known goes to its column, all else is listed, nothing is guessed."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import Fault, UnreadableFileError
from geo.intake import columns, mapping_file
from geo.intake.columns import How, load_mapping, mapped, table, without_repeats
from geo.intake.headings import known_headings, normalised
from geo.layers.registry import LAYERS
from geo.layers.spec import Column, ColumnKind, Heading, LayerSpec, check, check_rows, is_missing
from geo.terms import WORDS, HazardKind, folded
from tests.county import raw_layers

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")
SITES = LAYERS["hazard_sites"]


def sites(**cells: Any) -> pd.DataFrame:
    """One row of a register of hazard sites, under the headings given."""
    return pd.DataFrame({heading: pd.Series([cell], dtype=object) for heading, cell in cells.items()})


def only(faults: tuple[Fault, ...]) -> Fault:
    (fault,) = faults
    return fault


def mapping_of(tmp_path: Path, text: str) -> columns.MappingFile:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


# What the layers declare


@pytest.mark.parametrize("name", LAYERS)
def test_no_heading_of_a_layer_means_two_columns(name: str) -> None:
    met: dict[str, set[str]] = {}
    for column in LAYERS[name].columns:
        for text in (column.name, column.title_zh, column.title_en, *map(_text_of, column.headings)):
            met.setdefault(normalised(text), set()).add(column.name)
    assert {} == {heading: names for heading, names in met.items() if len(names) > 1}


@pytest.mark.parametrize("name", LAYERS)
def test_every_column_but_the_derived_is_known_by_its_name_and_both_titles(name: str) -> None:
    known = known_headings(LAYERS[name])
    for column in LAYERS[name].columns:
        assert isinstance(column.headings, tuple)
        for text in (column.name, column.title_zh, column.title_en):
            assert column.derived or column == known[normalised(text)].column


def _text_of(heading: str | Heading) -> str:
    return heading if isinstance(heading, str) else heading.text


# A real register's headings


REGISTER: list[tuple[str, str, str | None]] = [
    ("隐患点编号", "431381010001", "site_id"),
    ("隐患点名称", "甲", "name"),
    ("隐患点类型", "滑坡", "kind"),
    ("发展趋势", "趋于稳定", "trend"),
    ("乡镇", "禾青镇", "town_name"),
    ("村", "建新村", "village_name"),
    ("组", "三组", "group_name"),
    ("地理位置", "屋后", "location"),
    ("规模等级", "小型", "size_grade"),
    ("险情等级", "中型", "danger_grade"),
    ("威胁财产(万元)", "680.5", "threatened_assets_cny"),
    ("威胁户数(户)", "12", "threatened_households"),
    ("威胁人数(人)", "43", "threatened_people"),
    ("隐患点发现时间", "2015年7月3日", "found_on"),
    ("诱发因素", "降雨", "inducing_factor"),
    ("威胁对象", "居民", "threatened_objects"),
    ("监测方法", "人工巡查", "monitoring_method"),
    ("预警手段", "铜锣", "warning_means"),
    ("威胁对象是否有老弱病残", "是", "vulnerable_people"),
    ("是否建立预案", "是", "plan_made"),
    ("是否发放两卡", "否", "cards_issued"),
    ("应急演练时间", "2022/6/1", "drilled_on"),
    ("防灾责任人姓名", "张某", "responsible_name"),
    ("防灾责任人职位", "某职", "responsible_post"),
    ("防灾责任人电话", "000-0001", "responsible_phone"),
    ("监测责任人姓名", "李某", "monitoring_lead_name"),
    ("监测责任人电话", "000-0002", "monitoring_lead_phone"),
    ("监测人姓名1", "王某", "monitor_name"),
    ("监测人电话1", "000-0003", "monitor_phone"),
    ("监测人姓名2", "赵某", None),
    ("是否销号", "否", "status"),
    ("销号时间", "", "removed_on"),
    ("备注", "无", None),
]
"""The columns of a county's community-monitoring system (DOMAIN.md section 4) with a made-up row."""


def test_a_real_registers_columns_are_taken_or_listed() -> None:
    result = mapped(sites(**{heading: cell for heading, cell, _ in REGISTER}), SITES)
    went = {source: one.target for one in result.assignments for source in one.sources}
    assert {heading: target for heading, _, target in REGISTER if target} == went
    assert ("监测人姓名2", "备注") == result.ignored
    assert () == result.faults
    located = geopandas.GeoDataFrame(result.frame, geometry=[shapely.Point(111.4, 27.7)], crs="EPSG:4326")
    row = check(located, SITES).iloc[0]
    assert (6_805_000, "medium", "small", "active") == (
        row["threatened_assets_cny"],
        row["danger_grade"],
        row["size_grade"],
        row["status"],
    )
    assert ("2015-07-03", "2022-06-01") == (row["found_on"].isoformat(), row["drilled_on"].isoformat())


@pytest.mark.parametrize(
    "heading",
    [
        "威胁人数",
        "威胁人数(人)",
        "威胁人数（人）",
        "威 胁 人 数",
        "＊威胁人数",
        "threatened_people",
        "Threatened People",
        "威胁人数\n",
    ],
)
def test_headings_are_compared_without_case_spaces_brackets_and_counting_words(heading: str) -> None:
    (one,) = mapped(sites(**{heading: "3"}), SITES).assignments
    assert ("threatened_people", (heading,)) == (one.target, one.sources)


@pytest.mark.parametrize("heading", ["威胁人数(万人)", "威胁财产(美元)", "threatened_p", "人数", "备注", "", "()"])
def test_a_heading_that_is_not_known_goes_nowhere_and_is_listed(heading: str) -> None:
    result = mapped(sites(**{heading: "3"}), SITES)
    assert ((), (heading,)) == (result.assignments, result.ignored)


@pytest.mark.parametrize(
    ("expected", "heading", "cell"),
    [
        (1_000, "威胁财产(元)", "1000"),
        (1_000, "威胁财产(元)", "1,000"),
        (11_000, "威胁财产（万元）", "1.1"),
        (11_000, "威胁财产(万元)", 1.1),
        (12_345_000, "受威胁财产(万元)", "1,234.5"),
        (0, "威胁财产(万元)", 0),
        (200_000_000, "威胁财产(亿元)", "２"),
    ],
)
def test_a_unit_in_the_heading_is_converted_exactly(expected: int, heading: str, cell: object) -> None:
    frame = mapped(sites(**{heading: cell}), SITES).frame
    assert [expected] == check_rows(_placed(frame), SITES)[0]["threatened_assets_cny"].tolist()


@pytest.mark.parametrize("cell", ["约五百", "500万", "nan%", True, "Infinity"])
def test_a_figure_that_cannot_be_converted_is_a_fault_of_its_row(cell: object) -> None:
    fault = only(mapped(sites(**{"威胁财产(万元)": cell}), SITES).faults)
    assert (1, "threatened_assets_cny") == (fault.row, fault.column)


@pytest.mark.parametrize("heading", ["威胁财产", "潜在经济损失", "threatened assets"])
def test_money_without_a_unit_is_refused_with_the_choices(heading: str) -> None:
    result = mapped(sites(**{heading: "100"}), SITES)
    fault = only(result.faults)
    assert (0, "threatened_assets_cny", heading) == (fault.row, fault.column, fault.value)
    assert "unit" in fault.problem
    assert "(元)" in fault.advice
    assert "mapping file" in fault.advice
    assert [] == list(result.frame.columns)


def test_two_columns_for_one_place_are_a_fault_that_names_both() -> None:
    result = mapped(sites(名称="甲", 隐患点名称="乙"), SITES)
    fault = only(result.faults)
    assert (0, "name") == (fault.row, fault.column)
    assert "'名称' (column 1), '隐患点名称' (column 2)" in fault.problem
    assert ("名称", "隐患点名称") == result.ignored


def test_two_columns_of_the_same_heading_are_a_fault_too() -> None:
    frame = pd.DataFrame([["甲", "乙"]], columns=["名称", "名称"])
    assert "'名称' (column 1), '名称' (column 2)" in only(mapped(frame, SITES).faults).problem


def test_a_column_that_the_atlas_derives_takes_nothing_from_a_file() -> None:
    result = mapped(sites(detection_id="D1", outside="true"), LAYERS["detections"])
    assert ("outside",) == result.ignored


def test_columns_of_the_coordinates_count_as_used() -> None:
    result = mapped(sites(经度="111.4", 纬度="27.7", 名称="甲"), SITES, places=("经度", "纬度"))
    assert () == result.ignored


def test_a_shapefiles_cut_names_are_known_where_only_one_column_begins_so() -> None:
    result = mapped(sites(danger_gra="小型", threatened="3", village_co="431381001001"), SITES)
    assert {"danger_gra": "danger_grade", "village_co": "village_code"} == {
        one.sources[0]: one.target for one in result.assignments
    }
    assert ("threatened",) == result.ignored  # households, people or assets?
    assert {How.SHORTENED} == {one.how for one in result.assignments}


def test_roads_are_known_by_openstreetmaps_tags() -> None:
    frame = pd.DataFrame(
        {
            "osm_id": ["1", "2", "3"],
            "highway": ["secondary", "motorway_link", "track"],
            "maxspeed": ["60", None, "20"],
            "oneway": ["yes", "no", None],
            "surface": ["asphalt", "concrete", "fine_gravel"],
            "lit": ["yes", None, None],
        }
    )
    result = mapped(frame, LAYERS["roads"])
    assert ((), ("lit",)) == (result.faults, result.ignored)
    line = shapely.LineString([(111.4, 27.7), (111.5, 27.7)])
    roads = check(geopandas.GeoDataFrame(result.frame, geometry=[line] * 3, crs="EPSG:4326"), LAYERS["roads"])
    assert ["secondary", "motorway", "track"] == list(roads["road_class"])
    assert ["paved", "paved", "unpaved"] == list(roads["surface"])
    assert [True, False, False] == list(roads["oneway"])


def test_a_reversed_one_way_is_refused_not_turned() -> None:
    frame = pd.DataFrame({"road_id": ["1"], "highway": ["track"], "oneway": ["-1"]})
    fault = only(mapped(frame, LAYERS["roads"]).faults)
    assert ("oneway", "-1") == (fault.column, fault.value)
    assert "是, " in fault.problem


# Words


@pytest.mark.parametrize(
    ("expected", "layer", "heading", "word"),
    [
        ("landslide", "hazard_sites", "灾害类型", "滑坡"),
        ("landslide", "hazard_sites", "灾害类型", "Landslide"),
        ("debris_flow", "hazard_sites", "灾害类型", "debris flow"),
        ("debris_flow", "hazard_sites", "灾害类型", " 泥石流 "),
        ("small", "hazard_sites", "险情等级", "小型"),
        ("small", "hazard_sites", "险情等级", "IV"),
        ("small", "hazard_sites", "险情等级", "Ⅳ级"),
        ("small", "hazard_sites", "险情等级", "四级"),
        ("small", "hazard_sites", "险情等级", "小型（Ⅳ级）"),
        ("extra_large", "hazard_sites", "规模等级", "巨型"),
        ("city", "teams", "派出层级", "市派"),
        ("township", "teams", "派出层级", "乡派"),
        ("fire_fighting;first_aid", "teams", "专长", "灭火、急救"),
        ("fire_fighting;first_aid", "teams", "专长", "灭火/first aid"),
        ("village", "villages", "类别", "村"),
        ("community", "villages", "类别", "社区"),
        ("subdistrict", "towns", "类别", "街道"),
    ],
)
def test_words_of_both_languages_are_taken(expected: str, layer: str, heading: str, word: str) -> None:
    result = mapped(sites(**{heading: word}), LAYERS[layer])
    assert [expected] == result.frame.iloc[:, 0].tolist()
    assert () == result.faults


def test_an_unknown_word_lists_what_was_met_and_what_is_allowed_in_both_languages() -> None:
    fault = only(mapped(sites(隐患点编号="431381010001", 灾害类型="溜方"), SITES).faults)
    assert (1, "431381010001", "kind", "溜方") == (fault.row, fault.key, fault.column, fault.value)
    for term in HazardKind:
        assert f"{term} ({WORDS[HazardKind][term][0][0]})" in fault.problem
    assert "[values.kind]" in fault.advice


@pytest.mark.parametrize(
    ("expected", "word", "kind"),
    [
        (5, "红色", "滑坡"),
        (4, "orange", "滑坡"),
        (5, "一级", "滑坡"),  # the worst of the warning levels
        (2, "Ⅳ级", "滑坡"),
        (1, "一级", "森林火灾"),  # the least of the fire classes
        (5, "5级", "森林火灾"),
        (3, "3", "滑坡"),
        (3, 3.0, "滑坡"),
    ],
)
def test_a_level_is_read_on_the_scale_of_its_rows_hazard(expected: int, word: object, kind: str) -> None:
    result = mapped(sites(风险等级=word, 灾害类型=kind), LAYERS["risk_zones"])
    assert expected == int(result.frame["level"].iloc[0])
    assert () == result.faults


@pytest.mark.parametrize(
    ("word", "kind"), [("五级", "滑坡"), ("一级", ""), ("中", "滑坡"), ("6", "滑坡"), ("一级", "?")]
)
def test_a_level_that_the_row_does_not_settle_is_refused(word: str, kind: str) -> None:
    faults = mapped(sites(风险等级=word, 灾害类型=kind), LAYERS["risk_zones"]).faults
    assert "level" in [fault.column for fault in faults]


@pytest.mark.parametrize(
    ("expected", "word"),
    [
        *((True, word) for word in ("是", "Y", "yes", "√", 1, "TRUE", np.True_)),
        *((False, word) for word in ("否", "N", "No", 0, "无", 0.0, "×")),
    ],
)
def test_yes_and_no_of_both_languages_are_truth_values(expected: bool, word: object) -> None:
    result = mapped(sites(单行=word), LAYERS["roads"])
    assert [expected] == [bool(value) for value in result.frame["oneway"]]
    assert () == result.faults


@pytest.mark.parametrize("word", ["可能", "2", "是否", "-"])
def test_an_answer_that_is_neither_yes_nor_no_is_a_fault(word: str) -> None:
    assert "oneway" == only(mapped(sites(单行=word), LAYERS["roads"]).faults).column


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("2015-07-03", "2015-07-03"),
        ("2015-07-03", "2015/7/3"),
        ("2015-07-03", "2015.07.03"),
        ("2015-07-03", "2015年7月3日"),
        ("2015-07-03", "２０１５年７月３日"),
        ("2015-07-03", "2015-07-03 00:00:00"),
        ("2015-07-03", "2015/7/3 8:30"),
        ("2015-07-03", pd.Timestamp("2015-07-03")),
    ],
)
def test_dates_with_the_year_first_are_read(expected: str, text: object) -> None:
    frame = mapped(sites(发现时间=text), SITES).frame
    assert expected == check_rows(_placed(frame), SITES)[0]["found_on"].iloc[0].isoformat()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("a month", "2015年7月"),
        ("a month", "2015-07"),
        ("Excel's number", "42188"),
        ("Excel's number", 42188),
        ("Excel's number", 42188.5),
        ("must be a date", "3/7/2015"),
        ("must be a date", "2015-13-01"),
        ("must be a date", "去年"),
        ("no time of day", "2015年7月3日 25:61:61:61"),
    ],
)
def test_a_date_that_would_be_a_guess_is_refused(words: str, text: object) -> None:
    assert words in only(mapped(sites(发现时间=text), SITES).faults).problem


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("2022-12-20T21:05:00+08:00", "2022/12/20 21:05"),
        ("2022-12-20T21:05:00+08:00", "2022年12月20日 21时05分"),
        ("2022-12-20T21:05:30+08:00", "2022年12月20日21:05:30"),
        ("2022-12-20T21:05:00+08:00", "2022-12-20T13:05Z"),
        ("2022-12-20T21:05:15.123000+08:00", "2022/12/20 21:05:15.123+08"),  # as GDAL writes it
        ("2022-12-24T00:00:00+08:00", "2022/12/23 23:59:60.000+08"),  # GDAL's way to round 59.9996 s
        ("2023-01-01T08:00:00+08:00", "2022/12/31 23:59:60+00"),
    ],
)
def test_times_with_the_year_first_are_read(expected: str, text: str) -> None:
    frame = mapped(sites(签到时间=text), LAYERS["stays"]).frame
    assert expected == check_rows(frame, LAYERS["stays"])[0]["check_in"].iloc[0].isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "2022/12/20",
        "2022/12/20 晚",
        "44915.88",
        "12/20/2022 21:00",
        "2022/12/20 21:05:60.5+08",
        "2022/12/20 21:05:61+08",
        "9999/12/31 23:59:60+08",
    ],
)
def test_a_time_that_is_none_is_refused(text: str) -> None:
    assert "check_in" == only(mapped(sites(签到时间=text), LAYERS["stays"]).faults).column


# Codes


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("power of ten", "4.31381E+11"),
        ("power of ten", "4.31381001001e11"),
        ("power of ten", "４.３Ｅ＋１１"),
        ("has been a number", "431381001001.0"),
        ("must be text, not int", 431381001001),
        ("must be text, not float", 431381001001.0),
        ("must be text, not int", np.int64(431381001001)),
    ],
)
@pytest.mark.parametrize("heading", ["隐患点编号", "所在村代码"])
def test_a_code_that_was_a_number_is_refused_with_the_explanation(heading: str, words: str, code: object) -> None:
    result = mapped(sites(**{heading: code}), SITES)
    fault = only(result.faults)
    assert words in fault.problem
    assert "Excel" in fault.advice
    assert (1, str(code)) == (fault.row, fault.value)
    assert [code] == result.frame.iloc[:, 0].tolist()  # not repaired: the check would refuse it once more


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64"])
def test_a_whole_column_of_numbers_is_refused_row_by_row(dtype: str) -> None:
    frame = pd.DataFrame({"统计用区划代码": pd.array([431381001001, 431381001005], dtype=dtype)})
    faults = mapped(frame, LAYERS["villages"]).faults
    assert [(1, "code"), (2, "code")] == [(fault.row, fault.column) for fault in faults]


def test_ids_that_no_pattern_holds_and_references_are_codes_too() -> None:
    frame = sites(队伍编号=12, 队员编号="1.2E+10", 留宿村代码="431381001001")
    assert [(1, "team_id"), (1, "member_id")] == [
        (fault.row, fault.column) for fault in mapped(frame, LAYERS["stays"]).faults
    ]


def test_a_text_given_as_a_number_is_its_digits() -> None:
    result = mapped(sites(名称=312, 所在组=3.0, 监测人电话=13900000000.0), SITES)
    assert (["312"], ["3"], ["13900000000"]) == tuple(
        result.frame[name].tolist() for name in ("name", "group_name", "monitor_phone")
    )
    assert () == result.faults


def test_a_phone_number_that_may_have_lost_its_zero_is_refused_and_stays_hidden() -> None:
    fault = only(mapped(sites(监测人电话=7381234567), SITES).faults)
    assert ("monitor_phone", "(restricted)") == (fault.column, fault.value)
    assert "leading 0" in fault.problem


@pytest.mark.parametrize(
    ("expected", "number", "kind"),
    [
        ([], "431381010001", "滑坡"),
        ([], "431381990001", "滑坡"),
        ([(1, "site_id", "431381040001")], "431381040001", "滑坡"),
        ([(1, "site_id", "431381010001")], "431381010001", "崩塌"),
    ],
)
def test_a_number_that_names_another_kind_is_a_note_and_refuses_nothing(
    expected: list[tuple[int, str, str]], number: str, kind: str
) -> None:
    result = mapped(sites(隐患点编号=number, 灾害类型=kind), SITES)
    assert expected == [(note.row, note.column, note.value) for note in result.notes]
    assert () == result.faults


# The mapping file


def test_a_mapping_file_places_what_the_layer_does_not_know(tmp_path: Path) -> None:
    mapping = mapping_of(
        tmp_path,
        """
        ignore = ["备注"]
        [columns]
        name = "点位"
        threatened_assets_cny = { from = "资产", scale = 10000 }
        status = { value = "在册" }
        [values.kind]
        "溜方" = "滑坡"
        "裂口" = "ground_fissure"
        [places]
        lon = "东"
        lat = "北"
        """,
    )
    frame = pd.DataFrame(
        {
            "点位": ["甲", "乙"],
            "资产": ["5", ""],
            "类型": ["溜方", "裂口"],
            "备注": ["", ""],
            "东": "1",
            "北": "2",
            "别": "3",
        }
    )
    result = mapped(frame, SITES, mapping)
    assert () == result.faults
    assert ("备注", "别") == result.ignored
    assert ["landslide", "ground_fissure"] == result.frame["kind"].tolist()
    assert ([50_000, ""], ["active"] * 2) == (
        result.frame["threatened_assets_cny"].tolist(),
        result.frame["status"].tolist(),
    )
    assert {"name": How.MAPPING, "status": How.CONSTANT, "kind": How.HEADING} == {
        one.target: one.how for one in result.assignments if one.target in ("name", "status", "kind")
    }
    assert {"lon": "东", "lat": "北"} == dict(mapping.places)


def test_a_mapping_file_settles_an_ambiguity_and_beats_the_known_headings(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[columns]\nname = "名称"\n')
    result = mapped(sites(名称="甲", 隐患点名称="乙"), SITES, mapping)
    assert ((), ("隐患点名称",), ["甲"]) == (result.faults, result.ignored, result.frame["name"].tolist())


def test_a_blank_may_be_given_a_meaning_and_a_word_none(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[values.status]\n"" = "active"\n[values.size_grade]\n"/" = ""\n')
    frame = pd.DataFrame({"是否销号": ["", None, "是"], "规模等级": ["/", "小型", None]})
    result = mapped(frame, SITES, mapping)
    assert () == result.faults
    assert ["active", "active", "removed"] == result.frame["status"].tolist()
    assert [True, False, True] == [is_missing(value) for value in result.frame["size_grade"]]


@pytest.mark.parametrize(
    ("column", "words", "text"),
    [
        ("colour", "names no column of hazard_sites", '[columns]\ncolour = "颜色"'),
        ("colour", "names no column of hazard_sites", '[values.colour]\n"红" = "red"'),
        ("name", "names a missing column", '[columns]\nname = "没有"'),
        ("name", "takes a scale", '[columns]\nname = { from = "名称", scale = 2 }'),
        ("kind", "meaning of '溜方' is unknown", '[values.kind]\n"溜方" = "塌方"'),
        ("status", "unknown word", '[columns]\nstatus = { value = "好" }'),
        ("ignore", "names a missing column", 'ignore = ["没有"]'),
    ],
)
def test_a_mapping_file_that_does_not_fit_is_a_fault_of_the_whole(
    tmp_path: Path, column: str, words: str, text: str
) -> None:
    fault = only(mapped(sites(名称="甲", 类型="滑坡"), SITES, mapping_of(tmp_path, text)).faults)
    assert (0, column) == (fault.row, fault.column)
    assert words in fault.problem


@pytest.mark.parametrize(
    ("line", "words", "text"),
    [
        ("line 2", "'colums' is not one of columns, values", '# my table\n[colums]\nname = "名称"'),
        ("line 3", "'factor' is not one of from, scale, value", '[columns]\n\nname = { from = "名称", factor = 2 }'),
        ("line 2", "either from", '[columns]\nname = { from = "名称", value = "甲" }'),
        ("line 2", "either from", "[columns]\nname = {}"),
        ("line 2", "a number above 0", '[columns]\nname = { from = "名称", scale = -1 }'),
        ("line 2", "a number above 0", '[columns]\nname = { from = "名称", scale = nan }'),
        ("line 2", "a number above 0", '[columns]\nname = { from = "名称", scale = "万" }'),
        ("line 2", "takes", "[columns]\nname = 3"),
        ("line 2", "write [values.kind]", '[values]\nkind = "landslide"'),
        ("line 2", "takes a text", '[values.kind]\n"溜方" = ["landslide"]'),
        ("line 1", "a table", 'columns = "名称"'),
        ("line 1", "a list", "ignore = 3"),
        ("line 2", "takes lon and lat", '[places]\nx = "东"'),
        ("line 2", "is not TOML", "[columns]\nname = 名称"),
    ],
)
def test_a_mapping_file_that_cannot_be_taken_names_the_line(tmp_path: Path, line: str, words: str, text: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        mapping_of(tmp_path, text)
    assert line in str(caught.value)
    assert words in str(caught.value)


def test_a_mapping_file_that_is_absent_or_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes('[columns]\nname = "名称"'.encode("gbk"))
    with pytest.raises(UnreadableFileError, match="not UTF-8"):
        load_mapping(tmp_path / "gbk.toml")


def test_the_mapping_file_in_the_papers_is_taken(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, str(mapping_file.__doc__).split("\n", 2)[2])
    assert {"name", "threatened_assets_cny", "status"} == set(mapping.columns)


# --show-mapping


def test_the_table_shows_what_goes_where_and_hides_people() -> None:
    lines = table(mapped(sites(监测人姓名="王某", 隐患点编号="431381010001", 备注="住着王某"), SITES))
    assert [
        ("隐患点编号", "site_id", "text", "431381010001"),
        ("监测人姓名", "monitor_name", "text", "(restricted)"),
    ] == [(line.source, line.target, line.kind, line.sample) for line in lines[:2]]
    assert ("备注", "", "not used", "") == (lines[-1].source, lines[-1].target, lines[-1].how, lines[-1].sample)
    assert {"name", "kind", "status"} == {line.target for line in lines if line.how == "missing and required"}
    assert "王某" not in repr(lines)


def test_conversions_of_restricted_cells_are_counted_not_shown() -> None:
    (one,) = mapped(sites(监测人电话=13900000000), SITES).assignments
    assert (("1 cell(s) rewritten",), "(restricted)") == (one.conversions, one.sample)


def test_conversions_are_said_with_their_rows() -> None:
    frame = pd.DataFrame({"类型": ["滑坡", "landslide", "滑坡", "崩塌"], "威胁财产(万元)": ["1", "2", "", "3"]})
    said = {one.target: (one.scale, one.conversions) for one in mapped(frame, SITES).assignments}
    assert {
        "kind": (1, ("3 cell(s) rewritten: 滑坡 -> landslide, 崩塌 -> rockfall",)),
        "threatened_assets_cny": (10_000, ("× 10,000",)),
    } == said


def test_what_the_check_finds_again_is_said_once() -> None:
    result = mapped(sites(隐患点编号="4.31381E+11", 名称="甲", 灾害类型="溜方", 状态="在册"), SITES)
    again = check_rows(_placed(result.frame), SITES)[1]
    faults = without_repeats(result.faults, again)
    assert [(1, "site_id"), (1, "kind")] == [(fault.row, fault.column) for fault in faults]
    assert result.faults == faults[:2]


# Whole layers, back and forth


@pytest.mark.parametrize("name", LAYERS)
def test_a_checked_layer_under_its_own_names_comes_back_untouched(name: str) -> None:
    spec = LAYERS[name]
    checked = check(raw_layers()[name], spec)
    result = mapped(checked.drop(columns=[column.name for column in spec.columns if column.derived]), spec)
    assert ((), (), ()) == (result.faults, result.ignored, result.missing)
    assert {()} == {one.conversions for one in result.assignments}
    pd.testing.assert_frame_equal(checked, check(result.frame, spec))


def test_rows_and_their_order_and_geometry_are_kept() -> None:
    checked = check(raw_layers()["teams"], LAYERS["teams"])
    shuffled = checked.sample(frac=1, random_state=7)
    result = mapped(shuffled.rename_geometry("where"), LAYERS["teams"])
    assert list(shuffled["team_id"]) == list(result.frame["team_id"])
    assert list(range(len(shuffled))) == list(result.frame.index)
    assert shapely.equals_exact(shuffled.geometry.values, result.frame.geometry.values).all()
    assert shuffled.crs == result.frame.crs


def test_an_empty_source_is_mapped_as_any_other() -> None:
    frame = pd.DataFrame({"隐患点编号": pd.Series(dtype=object), "备注": pd.Series(dtype=object)})
    result = mapped(frame, SITES)
    assert (0, ("备注",), ["site_id"]) == (len(result.frame), result.ignored, list(result.frame.columns))


@st.composite
def dressed(draw: st.DrawFn) -> tuple[LayerSpec, pd.DataFrame, pd.DataFrame]:
    """A checked layer, and the same as a planner might hold it: other headings, other words, any order."""
    spec = LAYERS[draw(st.sampled_from(list(LAYERS)))]
    raw = raw_layers()[spec.name]
    if spec is SITES:
        raw = raw.assign(threatened_assets_cny=[12_345_600, None, 7], size_grade=["small", None, "large"])
    checked = check(raw, spec)
    kinds = [HazardKind(kind) for kind in checked["kind"]] if spec.name == "risk_zones" else None
    source = {}
    for column in (column for column in spec.columns if not column.derived):
        values = checked[column.name].tolist()
        heading = draw(st.sampled_from([one for one in _headings(column) if _can_say(one, values)]))
        cells = [_worn(draw, value, column, heading) for value in values]
        source[_disguised(draw, heading.text)] = pd.Series(cells, dtype=object)
    order = draw(st.permutations(list(source)))
    frame = pd.DataFrame({heading: source[heading] for heading in order})
    assert kinds is None or len(kinds) == len(frame)
    if spec.is_table:
        return spec, checked, frame
    return spec, checked, geopandas.GeoDataFrame(frame, geometry=checked.geometry.values, crs=checked.crs)


@given(dressed())
def test_any_accepted_headings_and_words_in_any_order_map_back_to_the_same_layer(
    case: tuple[LayerSpec, pd.DataFrame, pd.DataFrame],
) -> None:
    spec, checked, source = case
    result = mapped(source, spec)
    assert ((), ()) == (result.faults, result.ignored)
    assert len(result.assignments) == sum(not column.derived for column in spec.columns)
    pd.testing.assert_frame_equal(checked, check(result.frame, spec))


def _headings(column: Column) -> list[Heading]:
    named = [Heading(text) for text in (column.name, column.title_zh, column.title_en)]
    declared = [Heading(text) if isinstance(text, str) else text for text in column.headings]
    return [heading for heading in (*named, *declared) if heading.scale is not None]


def _can_say(heading: Heading, values: list[Any]) -> bool:
    """Whether every value is one of the two that a question such as 是否放假 has for its answers."""
    return heading.yes is None or all(is_missing(value) or value in (heading.yes, heading.no) for value in values)


def _disguised(draw: st.DrawFn, heading: str) -> str:
    """The heading in another dress: full-width, in capitals, with blanks, or as it is."""
    change: Callable[[str], str] = draw(
        st.sampled_from(
            [
                str,
                str.upper,
                lambda text: f" {text}\n",
                lambda text: text.replace("(", "（").replace(")", "）"),
                lambda text: text.replace("_", " "),
                lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
            ]
        )
    )
    return change(heading)


def _worn(draw: st.DrawFn, value: Any, column: Column, heading: Heading) -> Any:
    """A checked value as a source might write it under `heading`."""
    if is_missing(value):
        return draw(st.sampled_from([None, "", math.nan]))
    if heading.yes is not None:
        return draw(st.sampled_from(["是", "Y"] if value == heading.yes else ["否", "no"]))
    match column.kind:
        case ColumnKind.TERM | ColumnKind.LEVEL:
            return draw(st.sampled_from(_synonyms(column, value)))
        case ColumnKind.TERMS:
            words = [draw(st.sampled_from(_synonyms(column, term))) for term in value.split(";")]
            return draw(st.sampled_from([";", "、", ",", "，", "；"])).join(words)
        case ColumnKind.BOOLEAN:
            return draw(st.sampled_from(["是", "Y", "true", "1", 1, True] if value else ["否", "n", "False", 0, False]))
        case ColumnKind.INTEGER | ColumnKind.NUMBER:
            number = Decimal(str(value)) / Decimal(str(heading.scale))
            return draw(st.sampled_from([f"{number:f}", f"{number:,f}"]))
        case ColumnKind.DATE:
            return draw(st.sampled_from([value, value.isoformat(), f"{value.year}年{value.month}月{value.day}日"]))
        case ColumnKind.INSTANT:
            return draw(st.sampled_from([value, value.isoformat(), f"{value:%Y/%m/%d %H:%M:%S}"]))
        case _:
            return value


def _synonyms(column: Column, value: Any) -> list[Any]:
    assert column.vocabulary is not None
    (term,) = [term for term in column.vocabulary if str(term) == str(value)]
    chinese, english = WORDS[column.vocabulary][term]
    return [str(value), value, *chinese, *english, *(word.upper() for word in english)]


def test_the_register_of_words_is_compared_folded() -> None:
    assert folded("ＩＶ 级") == folded("Ⅳ级") == "iv级"


# Real tables


@needs_shared
def test_the_150_villages_are_known_by_their_own_headings() -> None:
    frame = pd.read_csv(SHARED / "villages_431381.csv", dtype=str, keep_default_na=False)
    result = mapped(frame, LAYERS["villages"])
    assert (150, ()) == (len(result.frame), result.faults)
    assert ("town_name", "town_kind") == result.ignored
    assert {"code": "code", "name": "short_name", "official_name": "official_name"} == {
        one.target: one.sources[0] for one in result.assignments if one.target in ("code", "name", "official_name")
    }


@needs_shared
def test_the_10_towns_kinds_are_chinese_words() -> None:
    frame = pd.read_csv(SHARED / "towns_431381.csv", dtype=str, keep_default_na=False)
    result = mapped(frame, LAYERS["towns"], places=("lon_wgs84", "lat_wgs84"))
    assert {"subdistrict": 4, "town": 5, "township": 1} == result.frame["kind"].value_counts().to_dict()
    assert () == result.faults


def _placed(frame: pd.DataFrame) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(frame, geometry=[shapely.Point(111.4, 27.7)] * len(frame), crs="EPSG:4326")
