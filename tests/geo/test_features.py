"""Collections of features: what is in them, what is selected from them, and that pages make the whole, once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.atlas import Provenance, build
from geo.calendar import CHINA
from geo.coverage import stay_coverage
from geo.errors import InputError, NotFoundError
from geo.exposure import exposure
from geo.features import (
    CRS84,
    Box,
    Cursor,
    FeatureSet,
    Query,
    Selection,
    Snapshot,
    SortKey,
    collections,
    feature_bytes,
    one_feature,
    parse_box,
    parse_datetime,
    parse_properties,
    parse_sortby,
    parse_system,
)
from geo.features.systems import System, systems_of
from geo.features.times import TIMES
from geo.filters import parse
from geo.geojson import layer_collection
from geo.layers.registry import LAYERS
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, check
from tests.county import AS_OF, WEEK, SmallCounty
from tests.geo.test_geojson import strictly

SYSTEMS = systems_of("EPSG:4546")
BY_NAME = {system.name: system for system in SYSTEMS}
STAMP = Provenance("test", AS_OF)
THINGS = LayerSpec(
    name="closures",
    title_zh="物",
    title_en="things",
    key="thing_id",
    shape=Shape.LINE_OR_POLYGON,
    columns=(
        Column("thing_id", ColumnKind.TEXT, "编号", "id"),
        Column("word", ColumnKind.TEXT, "字", "word", required=False),
        Column("count", ColumnKind.INTEGER, "数", "count", required=False),
        Column("share", ColumnKind.NUMBER, "比", "share", required=False),
        Column("from_at", ColumnKind.INSTANT, "起", "from", required=False),
        Column("to_at", ColumnKind.INSTANT, "止", "to", required=False),
        Column("secret", ColumnKind.TEXT, "密", "secret", required=False, restricted=True),
    ),
)
BEGIN = datetime(2022, 12, 1, tzinfo=CHINA)


@cache
def conversion(name: str, *, east_first: bool = False) -> Any:
    """From CRS84 as pyproj has it: without `east_first` in the axes that the system defines, as Part 2 asks for."""
    return pyproj.Transformer.from_crs("OGC:CRS84", name, always_xy=east_first).transform


@pytest.fixture(scope="module")
def snapshot(small_county: SmallCounty) -> Snapshot:
    return Snapshot.of(small_county.atlas, small_county.board, AS_OF)


def document(features: FeatureSet, query: Query, system: System = CRS84) -> Any:
    return strictly(b"".join(feature_bytes(features.select(query), system=system)))


def ids_of(features: FeatureSet, selection: Selection) -> list[str]:
    return features.select(Query(selection, limit=None)).ids


@st.composite
def things(draw: st.DrawFn) -> FeatureSet:
    """Some made-up rows: ids in any order, repeated and missing values, boxes about the county."""
    count = draw(st.integers(0, 25))
    hours = st.one_of(st.none(), st.integers(0, 20))
    rows = []
    for number in draw(st.permutations(range(count))):
        start, length = draw(hours), draw(hours)
        begin = None if start is None else BEGIN + pd.Timedelta(hours=start)
        rows.append(
            {
                "thing_id": f"T{number:03d}",
                "word": draw(st.sampled_from([None, "a", "B", "é", "村", "\U0001f525", "\uffee"])),
                "count": draw(st.sampled_from([None, -1, 0, 7])),
                "share": draw(st.sampled_from([None, 0.5, 0.25])),
                "from_at": begin,
                "to_at": None if length is None else (begin or BEGIN) + pd.Timedelta(hours=length),
                "secret": "000-0000",
            }
        )
    corners = [draw(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 6))) for _ in rows]
    boxes = [
        shapely.box(111.4 + west / 100, 27.6 + south / 100, 111.4 + (west + side) / 100, 27.6 + (south + side) / 100)
        for west, south, side in corners
    ]
    columns = {column.name: pd.Series([row[column.name] for row in rows], dtype=object) for column in THINGS.columns}
    frame = check(geopandas.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326"), THINGS)
    return FeatureSet.of(frame, THINGS, "m1", STAMP)


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    west, south, wide, high = (draw(st.integers(0, 22)) / 100 for _ in range(4))
    start, length = draw(st.integers(-3, 20)), draw(st.integers(0, 20))
    span = parse_datetime(
        f"{(BEGIN + pd.Timedelta(hours=start)).isoformat()}/{(BEGIN + pd.Timedelta(hours=start + length)).isoformat()}"
    )
    keys = draw(st.lists(st.builds(SortKey, st.sampled_from(THINGS.public_columns), st.booleans()), max_size=3))
    return Selection(
        box=draw(st.sampled_from([None, Box(111.4 + west, 27.6 + south, 111.4 + west + wide, 27.6 + south + high)])),
        span=draw(st.sampled_from([None, span])),
        filter=draw(st.sampled_from([None, parse("count >= 0", "cql2-text"), parse("word <> 'a'", "cql2-text")])),
        sortby=tuple(keys),
    )


def is_selected(row: dict[str, Any], selection: Selection) -> bool:
    """One row, one condition after another."""
    box, span, wanted = selection.box, selection.span, selection.filter
    if box is not None and not shapely.box(box.west, box.south, box.east, box.north).intersects(row["geometry"]):
        return False
    start, end = row["from_at"], row["to_at"]
    if span is not None and not (pd.isna(start) and pd.isna(end)):
        first, last = span.ends
        if (not pd.isna(start) and start > last) or (not pd.isna(end) and end < first):
            return False
    if wanted == parse("count >= 0", "cql2-text"):
        return not pd.isna(row["count"]) and row["count"] >= 0
    if wanted == parse("word <> 'a'", "cql2-text"):
        return not pd.isna(row["word"]) and row["word"] != "a"
    return True


def in_order(rows: list[dict[str, Any]], keys: Iterable[SortKey]) -> list[str]:
    """Sorted one key after another from the last to the first; null at the end, ties by id."""
    rows = sorted(rows, key=lambda row: row["thing_id"])
    for key in reversed(tuple(keys)):
        known = [row for row in rows if not pd.isna(row[key.name])]
        known.sort(key=lambda row: row[key.name], reverse=False)
        if key.descending:
            values = sorted({row[key.name] for row in known}, reverse=True)
            known = [row for value in values for row in known if row[key.name] == value]
        rows = known + [row for row in rows if pd.isna(row[key.name])]
    return [row["thing_id"] for row in rows]


@given(things(), selections())
def test_a_selection_is_what_a_slow_reading_row_by_row_selects_in_its_order(
    features: FeatureSet, selection: Selection
) -> None:
    rows = [row for row in features.frame.to_dict("records") if is_selected(row, selection)]
    assert in_order(rows, selection.sortby) == ids_of(features, selection)


@given(things(), selections(), st.lists(st.integers(1, 9), min_size=1))
def test_pages_of_any_size_make_the_whole_set_once(
    features: FeatureSet, selection: Selection, sizes: list[int]
) -> None:
    whole, found, after = ids_of(features, selection), [], None
    for number in range(100):
        page = features.select(Query(selection, limit=sizes[number % len(sizes)], after=after))
        assert len(whole) == page.number_matched
        found += page.ids
        if page.next is None:
            break
        after = Cursor.parse(str(page.next))
    assert whole == found


def test_pages_go_on_in_the_old_data_while_new_data_is_swapped_in(small_county: SmallCounty) -> None:
    old = Snapshot.of(small_county.atlas, small_county.board, AS_OF).feature_set("grids")
    changed = {**small_county.layers, "grids": small_county.layers["grids"].iloc[1:].reset_index(drop=True)}
    new = Snapshot.of(build(changed, Provenance("newer", AS_OF)), small_county.board, AS_OF).feature_set("grids")
    first = old.select(Query(limit=5))
    assert first.next is not None
    assert (first.next.mark, "newer") == (old.mark, new.mark)
    with pytest.raises(InputError, match="next"):
        new.select(Query(after=first.next))
    assert list(old.ids) == first.ids + old.select(Query(limit=None, after=first.next)).ids


def test_what_has_not_changed_is_taken_over_as_it_was_prepared(small_county: SmallCounty) -> None:
    before = Snapshot.of(small_county.atlas, small_county.board, AS_OF)
    for info in before.collections:
        before.feature_set(info.id)
    later = Snapshot.of(small_county.atlas, small_county.board, AS_OF + pd.Timedelta(hours=1), before=before)
    fresh = {info.id for info in before.collections if later.feature_set(info.id) is not before.feature_set(info.id)}
    assert {"stay_coverage", "reach"} == fresh
    assert before.feature_set("reach").mark != later.feature_set("reach").mark


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_written_as_the_layer_itself(name: str, small_county: SmallCounty) -> None:
    features = FeatureSet.of(small_county.layers[name], LAYERS[name], "m", STAMP)
    expected = strictly(layer_collection(small_county.layers[name], LAYERS[name]))
    expected["features"].sort(key=lambda feature: feature["id"])
    for _ in range(2):  # as it is read the first time, and as it is kept
        assert expected == document(features, Query(limit=None))
        assert expected["features"][:1] == document(features, Query(limit=1))["features"]


@pytest.mark.parametrize("name", LAYERS)
def test_restricted_columns_are_in_no_description_and_no_feature(name: str, snapshot: Snapshot) -> None:
    hidden = {column.name for column in LAYERS[name].columns if column.restricted}
    info, features = snapshot.collection(name), snapshot.feature_set(name)
    assert not hidden & {queryable.name for queryable in info.queryables}
    for feature in document(features, Query(limit=None))["features"]:
        assert not hidden & set(feature["properties"])
    for word in hidden:
        with pytest.raises(InputError, match="sortby"):
            features.select(Query(Selection(sortby=(SortKey(word),))))
        with pytest.raises(InputError, match="queryable"):
            features.select(Query(Selection(filter=parse(f"{word} = 'x'", "cql2-text"))))


def shapes_of_every_kind() -> list[Any]:
    hole = shapely.Polygon(
        [(0, 0), (0, 4), (4, 4), (4, 0)], [[(1, 1), (2, 1), (2, 2), (1, 2)], [(3, 3), (3, 3.5), (3.5, 3.5)]]
    )
    return [
        shapely.LineString([(-0.00000004, 1e-7), (-179.9999999, -89.9999999), (180, 90)]),
        shapely.MultiLineString([[(0, 0), (1.5, 1)], [(2, 2), (3, 3.0000001)]]),
        hole,
        shapely.MultiPolygon([shapely.box(10, 10, 11, 11), shapely.transform(hole, lambda xy: xy + 20)]),
        shapely.Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)]),
    ]


def test_every_kind_of_shape_is_written_whole_with_rings_by_the_right_hand() -> None:
    shapes = shapes_of_every_kind()
    rows = pd.DataFrame({"thing_id": [f"{n}" for n in range(len(shapes))]})
    frame = check(geopandas.GeoDataFrame(rows.astype(object), geometry=shapes, crs="EPSG:4326"), THINGS_WITHOUT_TIMES)
    features = document(FeatureSet.of(frame, THINGS_WITHOUT_TIMES, "m", STAMP), Query(limit=None))["features"]
    for shape, feature in zip(shapes, features, strict=True):
        found = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.geom_type == found.geom_type
        assert shapely.equals_exact(shapely.normalize(shapely.force_2d(shape)), shapely.normalize(found), 6e-8)
        for polygon in shapely.get_parts(found):
            if polygon.geom_type == "Polygon":
                assert polygon.exterior.is_ccw
                assert not any(ring.is_ccw for ring in polygon.interiors)


THINGS_WITHOUT_TIMES = LayerSpec("things", "物", "things", "thing_id", Shape.LINE_OR_POLYGON, THINGS.columns[:1])


@given(
    st.lists(st.tuples(st.integers(-(180 * 10**7), 180 * 10**7), st.integers(-(90 * 10**7), 90 * 10**7)), min_size=1)
)
def test_a_number_is_written_as_the_decimal_that_it_is(places: list[tuple[int, int]]) -> None:
    points = shapely.points(np.array(places) / 1e7)
    rows = {"code": [f"{number:09d}" for number in range(len(places))]}
    frame = geopandas.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    spec = LayerSpec("places", "地", "places", "code", Shape.POINT, (Column("code", ColumnKind.TEXT, "码", "code"),))
    text = b"".join(feature_bytes(FeatureSet.of(frame, spec, "m", STAMP).select(Query(limit=None)))).decode()
    for x, y in places:
        assert f"[{short(x)},{short(y)}]" in text


def short(steps: int) -> str:
    """1e-7 degrees as a decimal without zeros at its end, by Python's own arithmetic on whole numbers."""
    whole, part = divmod(abs(steps), 10**7)
    return ("-" if steps < 0 else "") + f"{whole}.{part:07d}".rstrip("0").rstrip(".")


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
@pytest.mark.parametrize("name", ["villages", "roads", "teams"])
def test_places_are_converted_with_the_axes_that_the_system_defines(
    name: str, system: System, snapshot: Snapshot
) -> None:
    features = snapshot.feature_set(name)
    plain = document(features, Query(limit=None))["features"]
    moved = document(features, Query(limit=None), system)["features"]
    assert [one["id"] for one in plain] == [one["id"] for one in moved]
    for here, there in zip(plain, moved, strict=True):
        lon, lat = shapely.get_coordinates(shapely.from_geojson(json.dumps(here["geometry"]))).T
        found = shapely.get_coordinates(shapely.from_geojson(json.dumps(there["geometry"])))
        rounding = 1e-9 if system.is_degrees else 6e-4
        assert np.allclose(np.transpose(conversion(system.name)(lon, lat)), found, rtol=0, atol=rounding)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_the_corners_of_a_published_extent_span_everything_in_every_system(system: System, snapshot: Snapshot) -> None:
    for info in snapshot.collections:
        if info.bounds is None:
            continue
        west, south, east, north = info.bounds
        corners = conversion(system.name)([west, east], [south, north])
        (first, last) = np.transpose(corners).tolist()
        box = parse_box(",".join(map(str, [*first, *last])), system)
        features = snapshot.feature_set(info.id)
        assert list(features.ids) == ids_of(features, Selection(box=box)), info.id


@pytest.mark.parametrize("name", ["EPSG:4546", "EPSG:4525", "EPSG:3857"])
@given(data=st.data())
def test_a_box_of_metres_selects_what_meets_it_there(name: str, data: st.DataObject, snapshot: Snapshot) -> None:
    features = snapshot.feature_set("grids")
    convert = conversion(name, east_first=True)
    moved = shapely.transform(features.shapes, lambda x, y: np.array(convert(x, y)), interleaved=False)
    west, south, east, north = shapely.total_bounds(moved)
    along = data.draw(st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)))
    up = data.draw(st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)))
    box = Box(
        west + min(along) * (east - west),
        south + min(up) * (north - south),
        west + max(along) * (east - west),
        south + max(up) * (north - south),
        BY_NAME[name],
    )
    area = shapely.box(box.west, box.south, box.east, box.north)
    assume(area.area > 0)
    expected = [code for code, shape in zip(features.ids, moved, strict=True) if area.intersects(shape)]
    assert expected == ids_of(features, Selection(box=box))


def world() -> FeatureSet:
    points = shapely.points([(179.5, 1), (-179.5, 1), (0, 1), (111.4, 27.6)])
    spec = LayerSpec("places", "地", "places", "code", Shape.POINT, (Column("code", ColumnKind.TEXT, "码", "code"),))
    frame = geopandas.GeoDataFrame({"code": ["a", "b", "c", "d"]}, geometry=points, crs="EPSG:4326")
    return FeatureSet.of(frame, spec, "m", STAMP)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("177,-5,-177,5", "OGC:CRS84", "ab"),
        ("-5,177,5,-177", "EPSG:4326", "ab"),
        ("-180,-90,180,90", "OGC:CRS84", "abcd"),
        ("-180,-90,0,180,90,9000", "OGC:CRS84", "abcd"),
        ("0,1,0,1", "OGC:CRS84", "c"),
        ("-.5000000,.5000000,.5000000,1.5", "OGC:CRS84", "c"),
        ("-80,-5,-70,5", "OGC:CRS84", ""),
        ("111.3,27.5,111.6,27.8", "EPSG:4490", ""),  # longitude first, as some clients send it: nothing, and no error
        ("27.5,111.3,27.8,111.6", "EPSG:4490", "d"),
        ("111.3,27.5,111.6,27.8", "EPSG:4546", ""),
        ("1e9,1e9,2e9,2e9", "EPSG:4546", ""),
        ("3040000,530000,3090000,560000", "EPSG:4546", "d"),
        ("3040000,37530000,3090000,37560000", "EPSG:4525", "d"),
        ("12390000,3190000,12430000,3220000", "EPSG:3857", "d"),
    ],
)
def test_a_box_is_read_in_the_axes_of_its_system(text: str, name: str, expected: str) -> None:
    assert list(expected) == ids_of(world(), Selection(box=parse_box(text, BY_NAME[name])))


@pytest.mark.parametrize(
    "text", ["", "1", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,nan,4", "1,2,inf,4", "1,5,2,4", "-181,0,0,1", "0,0,1,90.1"]
)
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="bbox") as caught:
        parse_box(text)
    assert "bbox" == caught.value.parameter


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2022-12-20T00:00:00Z", "2022-12-20T08:00:00+08:00", "2022-12-20T08:00:00+08:00"),
        ("2022-12-20T00:00:00+08:00", "2022-12-20T00:00:00+08:00", "2022-12-20T00:00:00+08:00"),
        ("2022-12-20", "2022-12-20T00:00:00+08:00", "2022-12-20T23:59:59.999999+08:00"),
        ("2022-12-20T00:00:00Z/2022-12-21T00:00:00Z", "2022-12-20T08:00:00+08:00", "2022-12-21T08:00:00+08:00"),
        ("2022-12-20T00:00:00Z/..", "2022-12-20T08:00:00+08:00", None),
        ("2022-12-20T00:00:00Z/", "2022-12-20T08:00:00+08:00", None),
        ("../2022-12-20T00:00:00Z", None, "2022-12-20T08:00:00+08:00"),
        ("/2022-12-20", None, "2022-12-20T23:59:59.999999+08:00"),
    ],
)
def test_a_datetime_is_an_instant_a_day_or_an_interval_with_open_ends(
    text: str, first: str | None, last: str | None
) -> None:
    ends = tuple(None if end is None else datetime.fromisoformat(end) for end in (first, last))
    assert ends == parse_datetime(text).ends


@pytest.mark.parametrize(
    "text",
    ["", "..", "/", "../..", "today", "2022", "2022-13-01", "1/2/3", "2022-12-21/2022-12-20", "2022-12-20T00:00:00Z/x"],
)
def test_a_datetime_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="datetime") as caught:
        parse_datetime(text)
    assert "datetime" == caught.value.parameter


@pytest.mark.parametrize(
    ("layer", "text", "expected"),
    [
        ("closures", "2022-12-21T10:00:00Z", ["K1"]),  # the last instant of the one
        ("closures", "2022-12-22/..", ["K2"]),  # has no end
        ("closures", "../2022-12-19", []),
        ("incidents", "2022-12-23T01:30:00Z", ["I2"]),
        ("detections", "2022-04-04T15:59:59Z", ["D1"]),  # still the same day in China
        ("calendar", "2022-10-08", ["2022-10-08"]),
        ("fire_dangers", "2022-12-21", ["431381/2022-12-20", "431381001/2022-12-21"]),
        ("fire_dangers", "2022-12-22/..", ["431381/2022-12-20"]),  # the other was for one day
        ("risk_zones", "1990-01-01", ["Z1", "Z2", "Z3"]),  # tell no time
        ("rivers", "1990-01-01", ["W1"]),
    ],
)
def test_datetime_selects_what_was_then_and_what_tells_no_time(
    layer: str, text: str, expected: list[str], snapshot: Snapshot
) -> None:
    assert expected == ids_of(snapshot.feature_set(layer), Selection(span=parse_datetime(text)))


def test_every_column_of_times_is_there_and_no_dated_layer_is_forgotten(snapshot: Snapshot) -> None:
    dated = {ColumnKind.DATE, ColumnKind.INSTANT}
    for info in snapshot.collections:
        spec = snapshot.feature_set(info.id).spec
        kinds = {column.name: column.kind for column in spec.columns}
        assert all(kinds[name] in dated for name in TIMES.get(info.id, ()))
        assert (info.id in TIMES) == any(kind in dated for kind in kinds.values())


def test_datetime_picks_the_week_of_stay_coverage(snapshot: Snapshot, small_county: SmallCounty) -> None:
    features = snapshot.feature_set("stay_coverage")
    picked = document(features, Query(Selection(span=parse_datetime("2022-12-22T00:00:00Z")), limit=None))["features"]
    answer = stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF)
    expected = [
        (one.village_code, str(one.state), one.nights, one.quota, one.shortfall, one.population)
        for one in answer.villages
    ]
    names = ("village_code", "state", "nights", "quota", "shortfall", "population")
    assert expected == [tuple(one["properties"][name] for name in names) for one in picked]
    assert {"2022-W51"} == {one["properties"]["week"] for one in picked}
    assert {"2022-W49", "2022-W50", "2022-W51"} == set(features.frame["week"])


def test_exposure_and_reach_are_the_answers_to_their_questions(snapshot: Snapshot, small_county: SmallCounty) -> None:
    answer = exposure(small_county.atlas)
    expected = {
        area.code: None if area.level is None else int(area.level) for area in (*answer.villages, *answer.grids)
    }
    found = document(snapshot.feature_set("exposure"), Query(limit=None))["features"]
    assert expected == {one["id"]: one["properties"]["level"] for one in found}
    bands = document(snapshot.feature_set("reach"), Query(limit=None))["features"]
    assert [one["properties"]["to_minutes"] for one in bands] == sorted(
        one["properties"]["to_minutes"] for one in bands
    )
    assert all(one["geometry"]["type"] == "MultiPolygon" for one in bands)


def test_collections_are_every_layer_and_answer_with_what_can_be_mapped_first(
    snapshot: Snapshot, small_county: SmallCounty
) -> None:
    infos = snapshot.collections
    assert {*LAYERS, "stay_coverage", "reach", "exposure"} == {info.id for info in infos}
    assert "county" == infos[0].id
    assert [bool(info.systems) for info in infos] == sorted((bool(info.systems) for info in infos), reverse=True)
    anew = collections(small_county.atlas, small_county.board, AS_OF)
    assert [replace(info, items=None) for info in infos] == [replace(info, items=None) for info in anew]
    for info in infos:
        bounds = snapshot.feature_set(info.id).bounds
        if bounds is None:
            assert info.bounds is None
        elif info.bounds is not None:
            west, south, east, north = info.bounds
            assert (west < bounds[0], south < bounds[1], east > bounds[2], north > bounds[3]) == (True,) * 4
            assert all(edge == round(edge, 7) for edge in info.bounds)


def test_a_queryable_tells_type_unit_and_codes_in_both_languages(snapshot: Snapshot) -> None:
    zones = {one.name: one for one in snapshot.collection("risk_zones").queryables}
    assert ("integer", 5) == (zones["level"].type, len(zones["level"].codes))
    assert ("landslide", "滑坡") in {(code.value, code.title_zh) for code in zones["kind"].codes}
    assert ("number", "km/h") == (zones["road_speed_kph"].type, zones["road_speed_kph"].unit)
    assert ("string", "date-time") == (zones["valid_from"].type, zones["valid_from"].format)
    assert (None, "geometry-polygon-or-multipolygon") == (zones["geometry"].type, zones["geometry"].format)
    teams = {one.name: one for one in snapshot.collection("teams").queryables}
    assert teams["skills"].several
    assert "geometry" not in {one.name for one in snapshot.collection("stays").queryables}


def test_properties_and_geometry_are_left_out_as_asked(snapshot: Snapshot) -> None:
    query = Query(properties=parse_properties("name,code,name", ("code", "name")), skip_geometry=True, limit=1)
    (feature,) = document(snapshot.feature_set("villages"), query)["features"]
    assert (["name", "code"], None) == (list(feature["properties"]), feature["geometry"])
    (bare,) = document(snapshot.feature_set("villages"), Query(properties=parse_properties("", ()), limit=1))[
        "features"
    ]
    assert {} == bare["properties"]


def test_one_feature_is_found_by_its_id_and_takes_links(snapshot: Snapshot) -> None:
    features = snapshot.feature_set("villages")
    last = features.ids[-1]
    found = strictly(one_feature(features.one(last), members={"links": []}))
    assert (last, []) == (found["id"], found["links"])
    assert found["geometry"] == strictly(one_feature(features.one(last)))["geometry"]
    for unknown in ("", "zzz", "431381001001 "):
        with pytest.raises(NotFoundError):
            features.one(unknown)
    with pytest.raises(NotFoundError, match="villages"):
        snapshot.feature_set("nowhere")


@pytest.mark.parametrize("text", ["", "x", "é", "W10", "WyJhIiwgMV0", "bnVsbA", "e30", "===="])
def test_a_cursor_that_no_page_gave_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="after"):
        Cursor.parse(text)


def test_words_of_parameters_that_are_not_known_are_refused_with_those_that_are() -> None:
    assert (SortKey("a", True), SortKey("b"), SortKey("c")) == parse_sortby("-a,+b, c", "abc")
    for parser in (parse_sortby, parse_properties):
        with pytest.raises(InputError, match=r"'z' is not known; there are: a, b"):
            parser("a,z", ("a", "b"))
    with pytest.raises(InputError, match="does_not_exist"):
        parse_system("http://www.opengis.net/def/crs/OGC/0/does_not_exist", SYSTEMS, parameter="bbox-crs")
    assert "EPSG:4546" == parse_system("http://www.opengis.net/def/crs/EPSG/0/4546", SYSTEMS).name
