"""CQL2 filters: the guard counts first, both encodings are one tree, and a mask equals the slow reading row by row."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import cql2
import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Transformer

from geo import crs
from geo.errors import InputError
from geo.filters import FilterLimits, FilterSource, QueryableType, mask, parse, queryables_of, spatial, words
from geo.filters.shade import INSIDE, OUTSIDE, Shade
from geo.filters.tree import Call, Property, Text
from geo.layers.registry import LAYERS
from geo.layers.spec import INSTANT_DTYPE
from tests import filter_oracle as slow

ROOT = Path(__file__).resolve().parents[2]
MUTATIONS = 5_000 if os.environ.get("YIXIAN_TORTURE") else 500
TYPES = {
    **dict.fromkeys(("name", "other"), QueryableType.TEXT),
    **dict.fromkeys(("people", "size"), QueryableType.NUMBER),
    "open": QueryableType.BOOLEAN,
    "day": QueryableType.DATE,
    **dict.fromkeys(("at", "until"), QueryableType.INSTANT),
    "skills": QueryableType.TEXTS,
    "geometry": QueryableType.GEOMETRY,
}
rows = st.fixed_dictionaries(
    {
        **dict.fromkeys(("name", "other"), st.none() | st.sampled_from(slow.TEXTS)),
        **dict.fromkeys(("people", "size"), st.none() | st.sampled_from(slow.NUMBERS)),
        "open": st.none() | st.booleans(),
        "day": st.none() | st.sampled_from(slow.DAYS).map(date.fromisoformat),
        **dict.fromkeys(("at", "until"), st.none() | st.sampled_from(slow.MOMENTS).map(datetime.fromisoformat)),
        "skills": st.none() | st.lists(st.sampled_from(slow.SKILLS), unique=True),
        "geometry": st.none() | slow.shapes,
    }
)


def source_of(found: list[dict[str, Any]]) -> FilterSource:
    """Rows as a checked frame holds them."""
    frame = pd.DataFrame({name: pd.Series([row[name] for row in found], dtype=object) for name in TYPES})
    for name in ("name", "other"):
        frame[name] = frame[name].astype("str")
    for name in ("people", "size"):
        frame[name] = frame[name].astype(float)
    for name in ("at", "until"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype(INSTANT_DTYPE)
    frame["skills"] = pd.Series([None if one is None else ";".join(one) for one in frame["skills"]], dtype="str")
    shapes = np.array([*frame.pop("geometry"), None], dtype=object)[:-1]
    return FilterSource(geopandas.GeoDataFrame(frame, geometry=shapes, crs=crs.WGS84), TYPES)


PLACES = source_of(
    [
        {**dict.fromkeys(TYPES), "name": "长铺村", "people": 812.0, "geometry": shapely.Point(111.43, 27.69)},
        {**dict.fromkeys(TYPES), "name": "Café", "open": True, "geometry": shapely.Point(179.5, 0)},
        {**dict.fromkeys(TYPES), "at": datetime.fromisoformat("2022-04-04T23:30:00+08:00"), "skills": ["geology"]},
    ]
)


def chosen(text: str, **more: Any) -> list[int]:
    """The rows of `PLACES` that a CQL2 text is true of."""
    return [int(row) for row in np.flatnonzero(mask(parse(text), PLACES, **more))]


def refusal(text: str, lang: Any = "cql2-text", **more: Any) -> str:
    with pytest.raises(InputError) as met:
        mask(parse(text, lang, **more), PLACES)
    assert met.value.parameter == "filter"
    return str(met.value)


@given(slow.conditions, st.lists(rows, max_size=8), st.booleans())
def test_a_mask_is_what_the_slow_reading_says_of_each_row_in_both_encodings(
    condition: Any, found: list[dict[str, Any]], gridded: bool
) -> None:
    text, source = slow.written(condition), source_of(found)
    tree = parse(text)
    assert tree == parse(json.dumps(condition), "cql2-json")
    with pytest.MonkeyPatch.context() as patch:
        if gridded:
            patch.setattr(spatial, "_MANY", 0)
        assert [slow.truth(condition, row) is True for row in found] == mask(tree, source).tolist()


@given(slow.conditions)
def test_another_parser_reads_the_same_tree_from_the_text(condition: Any) -> None:
    text = slow.written(condition)
    assume("A_" not in text)  # it takes no empty array, and brackets round one member for mere brackets
    theirs = json.dumps(cql2.parse_text(text).to_json())
    assert parse(theirs, "cql2-json") == parse(text)


@given(slow.boxes, st.integers(0, 2**32 - 1), st.sampled_from(["s_intersects", "s_within", "s_contains", "s_touches"]))
def test_the_grid_over_an_area_changes_no_answer(box: Any, seed: int, op: str) -> None:
    random = np.random.default_rng(seed)
    corner = random.uniform((111.3, 27.3), (112.0, 28.0), (3_000, 2))
    side = random.choice([0.001, 0.05], (3_000, 1))
    shapes = shapely.box(*corner.T, *(corner + side).T)
    shapes[::7] = shapely.points(corner[::7])
    source = FilterSource(geopandas.GeoDataFrame(geometry=shapes, crs=crs.WGS84), {"geometry": TYPES["geometry"]})
    area = box.difference(shapely.affinity.scale(box, 0.5, 0.3)).union(box.centroid.buffer(0.2))
    found = mask(parse(f"{op}(geometry, {area.wkt})"), source)
    assert getattr(shapely, op[2:])(shapes, area).tolist() == found.tolist()


@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 8, 200]), st.sampled_from([1.0, 1e-4]), st.booleans())
def test_what_the_grid_says_of_a_box_is_so(seed: int, corners: int, flatness: float, is_parted: bool) -> None:
    random = np.random.default_rng(seed)
    turn, reach = np.sort(random.uniform(0, 2 * np.pi, corners)), random.uniform(0.01, 1, corners)
    star = shapely.buffer(
        shapely.polygons(np.stack([reach * np.cos(turn), flatness * reach * np.sin(turn)], axis=1)), 0
    )
    area = shapely.union_all([star, shapely.affinity.translate(star, 3)]) if is_parted else star
    assume(shapely.area(area) > 0)
    shapely.prepare(area)
    low = random.uniform((-1.2, -1.2 * flatness), (4.2, 1.2 * flatness), (500, 2))
    boxes = np.hstack([low, low + random.uniform(0, 0.1, (500, 2)) * (1, flatness)])
    told, shapes = Shade(area).settled(boxes.T, np.arange(500)), shapely.box(*boxes.T)
    assert shapely.contains_properly(area, shapes[told == INSIDE]).all()
    assert not shapely.intersects(area, shapes[told == OUTSIDE]).any()


def test_a_column_is_folded_once_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({name: ["É", "b"] for name in "abcdef"})
    source = FilterSource(frame, dict.fromkeys("abcdef", QueryableType.TEXT))
    made: list[str] = []
    folded = words.folded

    def counted(op: str, value: Any) -> Any:
        made.append(op)
        return folded(op, value)

    monkeypatch.setattr(words, "folded", counted)
    for _ in range(3):
        assert [True, False] == mask(parse("ACCENTI(CASEI(a)) = ACCENTI(CASEI('é'))"), source).tolist()
    assert 2 + 3 * 2 == len(made)  # the column's two, and each time those of the text
    for name in "abcdef":
        mask(parse(f"CASEI({name}) = 'b'"), source)
    assert len(source._folded) == 4


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a = '" + "x" * 70_000 + "'", "length comes to 70,006, and at most 65,536"),
        ("(" * 51 + "a = 1" + ")" * 51, "depth comes to 51, and at most 50"),
        ("(" * 40_000, "depth comes to 40,000, and at most 50"),
        ("a IN (" + "1," * 10_000 + "1)", "nodes comes to 10,003, and at most 10,000"),
        (" OR ".join(["a = 1"] * 301), "operations comes to 302, and at most 300"),
        ("a" + " + a" * 60 + " = 1", "depth comes to 62, and at most 50"),
        ("S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 60 + ")" * 61, "depth comes to 61, and at most 50"),
    ],
)
def test_a_filter_over_a_limit_is_refused_with_the_limit_and_what_was_met(text: str, named: str) -> None:
    assert named in refusal(text)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("[" * 5_000, "depth comes to 2,497, and at most 50"),
        ('{"op":"not","args":[' * 60 + "true" + "]}" * 60, "depth comes to 57, and at most 50"),
        (
            json.dumps({"op": "in", "args": [{"property": "a"}, [0] * 10_001]}),
            "nodes comes to 10,003, and at most 10,000",
        ),
        ('{"op":"=","args":[1,NaN]}', "it is no JSON"),
        ('{"op":"=","args":[1]}', "takes 2 operand(s), not 1"),
        ('{"op":"=","args":[1,null]}', "null is no value"),
        ('{"op":"=","args":[{"property":"people"},1e999]}', "it is no JSON"),
        ('{"op":"in","args":[{"property":"people"},[]]}', "at least one value"),
        ('{"or":[1,2]}', "an object with or is not an operation"),
        ('{"op":"isNull","args":[{"type":"Point","coordinates":["a",1]}]}', "'a' is not a number"),
        ('{"op":"isNull","args":[{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1]]]}]}', "ends where it begins"),
    ],
)
def test_json_that_is_no_filter_is_refused_with_the_reason(value: str, named: str) -> None:
    assert named in refusal(value, "cql2-json")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "at character 1 stands its end"),
        ("THIS IS NOT A FILTER", "at character 13 stands 'A' where NULL should"),
        ("name = 'open", '"\'open" at character 8'),
        ("name = 1 = 1", "at character 10 stands '=' where an operator or the end should"),
        ("people ^ 2 ^ 2 = 1", "at character 12 stands '^'"),
        ("people IN ()", "at least one value"),
        ("name LIKE", "stands its end"),
        ("people = --1", "stands '-'"),
        ("people = 1e400", "beyond what a computer holds"),
        ("at = DATE('2022-02-30')", "'2022-02-30' is not a date"),
        ("at = TIMESTAMP('2022-04-04T00:00:00')", "not a UTC timestamp"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1)))", "ends where it begins"),
        ("S_INTERSECTS(geometry, POINT(1))", "2 or 3 numbers, not 1"),
        ("S_INTERSECTS(geometry, BBOX(1, 2, 3))", "4 or 6 numbers, not 3"),
        ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 1))))", "that is no collection"),
        ("name = '\ud800'", "half a character"),
    ],
)
def test_a_text_that_is_no_cql2_is_refused_with_the_place(text: str, named: str) -> None:
    assert named in refusal(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("nobody IS NULL", f"'nobody' is no queryable here; there are {', '.join(TYPES)}"),
        ("people = 'many'", "number and text cannot be compared"),
        ("name > 3", "text and number cannot be compared"),
        ("geometry = 3", "a geometry and number cannot be compared"),
        ("people LIKE '1%'", "LIKE takes texts, not number"),
        ("name LIKE other", "LIKE takes a text as its pattern"),
        ("people", "the filter takes a condition, not number"),
        ("NOT name", "NOT takes a condition, not text"),
        ("name + 1 = 2", "+ takes numbers, not text"),
        ("at = 'yesterday'", "'yesterday' is not a date"),
        ("S_WITHIN(geometry, BUFFER(geometry, 10))", "'BUFFER' is no function here; there are CASEI"),
        ("S_WITHIN(geometry, name)", "s_within takes geometries, not text"),
        ("S_INTERSECTS(geometry, POINT(111 91))", "outside OGC:CRS84"),
        ("S_INTERSECTS(geometry, BBOX(1000000, 1000000, 2000000, 2000000))", "outside OGC:CRS84"),
        ("S_INTERSECTS(geometry, BBOX(1, 3, 2, 2))", "south of a BBOX"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "not valid: Self-intersection"),
        ("T_DURING(at, INTERVAL('2022-01-01', '2022-12-31'))", "t_during takes two intervals"),
        ("at > INTERVAL('2022-01-01', '..')", "> compares instants"),
        ("T_AFTER(at, INTERVAL('2022-12-31', '2022-01-01'))", "ends before it starts"),
        ("A_CONTAINS(name, ('a'))", "a_contains takes arrays, not text"),
    ],
)
def test_what_cannot_be_asked_of_the_rows_is_refused_with_the_reason(text: str, named: str) -> None:
    assert named in refusal(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'it''s'", "it's"),
        (r"'it\'s'", "it's"),
        (r"'\a\b\t\n\v\f\r'", "\a\b\t\n\v\f\r"),
        (r"'100\% \\ \q'", r"100\% \\ \q"),
        ("'两\u3000晚'", "两\u3000晚"),
    ],
)
def test_the_escapes_of_a_text_are_decoded(written: str, meant: str) -> None:
    assert Call("=", (Property("name"), Text(meant))) == parse(f"name = {written}").root


def test_words_are_taken_in_any_case_and_properties_as_they_are() -> None:
    assert parse("NOT Name IS NULL AND Casei(a) = 'b'") == parse("not Name is null and casei(a) = 'b'")
    assert frozenset({"Name", "村名", "date", "eo:cloud.cover"}) == (
        parse("Name = 村名 OR date IS NULL OR eo:cloud.cover > 1").properties
    )


def test_a_text_folds_case_accents_and_takes_like_at_its_word() -> None:
    assert [1] == chosen("CASEI(ACCENTI(name)) = 'cafe'")
    assert [0] == chosen("name LIKE '长_村'")
    assert [1] == chosen("name NOT LIKE '长%'")
    assert [0, 1] == chosen("name LIKE '%'")


def test_a_day_is_the_countys_and_an_instant_of_it_equals_it() -> None:
    assert [2] == chosen("at = DATE('2022-04-04')") == chosen("at IN ('2022-04-04')")
    assert [2] == chosen("at = TIMESTAMP('2022-04-04T15:30:00Z')")
    assert [] == chosen("at > DATE('2022-04-04')") == chosen("at < DATE('2022-04-04')")
    assert [2] == chosen("T_INTERSECTS(at, INTERVAL('2022-04-04', '..'))")


def test_a_box_over_the_antimeridian_reaches_both_sides() -> None:
    assert [1] == chosen("S_INTERSECTS(geometry, BBOX(179, -1, -179, 1))")
    assert [0] == chosen("S_INTERSECTS(geometry, BBOX(-179, -90, 179, 90))")
    assert [0] == chosen("S_DISJOINT(geometry, BBOX(179, -1, -179, 1))")


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4490", "EPSG:4546", "EPSG:4525", "EPSG:3857", "OGC:CRS84"])
def test_a_filters_coordinates_are_in_its_system_in_the_order_that_epsg_gives(system: str) -> None:
    x, y = Transformer.from_crs("OGC:CRS84", system).transform(111.43, 27.69)
    side = 0.0002 if abs(x) < 180 else 20
    near = f"S_INTERSECTS(geometry, BBOX({x - side}, {y - side}, {x + side}, {y + side}))"
    turned = f"S_INTERSECTS(geometry, BBOX({y - side}, {x - side}, {y + side}, {x + side}))"
    assert [0] == chosen(near, filter_crs=system)
    with contextlib.suppress(InputError):  # turned round, it may be no place at all
        assert [] == chosen(turned, filter_crs=system)


def test_a_box_of_a_plane_system_is_bent_in_degrees() -> None:
    """Half-way along the north edge of a box 300 km wide the edge lies 1 km off the straight line in degrees."""
    to_degrees = Transformer.from_crs("EPSG:4546", "OGC:CRS84").transform
    places = [to_degrees(3_060_000 + north, 500_000) for north in (-20, 20)]
    frame = geopandas.GeoDataFrame(geometry=shapely.points(places), crs=crs.WGS84)
    source = FilterSource(frame, {"geometry": QueryableType.GEOMETRY})
    box = parse("S_INTERSECTS(geometry, BBOX(3000000, 350000, 3060000, 650000))")
    assert [True, False] == mask(box, source, filter_crs="EPSG:4546").tolist()


def test_an_unknown_encoding_is_refused_by_its_own_name() -> None:
    with pytest.raises(InputError, match="cql2-text, cql2-json") as met:
        parse("true", "ecql")  # type: ignore[arg-type]  # what a caller may pass on from a request
    assert met.value.parameter == "filter-lang"


def test_limits_are_the_callers() -> None:
    assert "operations comes to 2, and at most 1" in refusal("NOT people = 1", limits=FilterLimits(operations=1))


def test_queryables_of_a_layer_are_its_public_columns_and_its_geometry() -> None:
    for spec in LAYERS.values():
        assert {*spec.public_columns} == queryables_of(spec).keys() - {"geometry"}
        assert spec.is_table == ("geometry" not in queryables_of(spec))


def test_a_bracket_left_open_costs_no_more_than_its_length() -> None:
    begin = time.process_time()
    for depth in range(1, 50):
        refusal("(" * depth + "people = 1")
    assert time.process_time() - begin < 2  # the parser of cql2 0.6 takes 18 s for the twentieth alone


def test_mutated_filters_are_answered_or_refused_and_end_no_process() -> None:
    call = [sys.executable, "-m", "tests.filter_mutations", str(MUTATIONS), "20221223"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert MUTATIONS == sum(map(int, done.stdout.split()))
