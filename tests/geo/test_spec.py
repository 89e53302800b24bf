"""The one check at the door: every kind of column, every kind of geometry, all faults at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import Fault, LayerFaultsError
from geo.layers.registry import LAYERS
from geo.layers.spec import INSTANT_DTYPE, Column, ColumnKind, LayerSpec, Shape, check, check_rows, empty, public
from geo.terms import HazardLevel, Skill, TeamKind
from tests.county import features, raw_layers, stay, table

EVERY_KIND = LayerSpec(
    name="things",
    title_zh="物",
    title_en="things",
    key="thing_id",
    shape=Shape.TABLE,
    columns=(
        Column("thing_id", ColumnKind.TEXT, "", "", pattern=r"\d{3}"),
        Column("text", ColumnKind.TEXT, "", "", required=False),
        Column("whole", ColumnKind.INTEGER, "", "", required=False, minimum=0, maximum=1_000_000),
        Column("whole_required", ColumnKind.INTEGER, "", ""),
        Column("number", ColumnKind.NUMBER, "", "", required=False, minimum=0.5),
        Column("truth", ColumnKind.BOOLEAN, "", "", required=False),
        Column("day", ColumnKind.DATE, "", "", required=False),
        Column("instant", ColumnKind.INSTANT, "", "", required=False),
        Column("term", ColumnKind.TERM, "", "", required=False, vocabulary=TeamKind),
        Column("terms", ColumnKind.TERMS, "", "", required=False, vocabulary=Skill),
        Column("level", ColumnKind.LEVEL, "", "", required=False, vocabulary=HazardLevel),
        Column("phone", ColumnKind.TEXT, "", "", required=False, restricted=True, pattern=r"[0-9-]+"),
        Column("derived", ColumnKind.BOOLEAN, "", "", required=False, derived=True),
    ),
)
GEOMETRIES = {
    shape: LayerSpec("shapes", "", "", "shape_id", shape, (Column("shape_id", ColumnKind.TEXT, "", ""),))
    for shape in (Shape.POINT, Shape.LINE, Shape.POLYGON, Shape.LINE_OR_POLYGON)
}


def thing(**columns: Any) -> dict[str, Any]:
    return {"thing_id": "001", "whole_required": 1, **columns}


def value_of(column: str, raw: Any) -> Any:
    return check(table([thing(**{column: raw})]), EVERY_KIND)[column].iloc[0]


def faults_of(frame: pd.DataFrame, spec: LayerSpec = EVERY_KIND) -> list[Fault]:
    _, faults = check_rows(frame, spec)
    return faults


def shapes(*geometries: Any) -> geopandas.GeoDataFrame:
    return features([{"shape_id": str(number)} for number in range(len(geometries))], list(geometries))


# Values


@pytest.mark.parametrize(
    ("expected", "column", "raw"),
    [
        ("a b", "text", "  a b\n"),
        ("007", "thing_id", "007"),
        (5, "whole", 5),
        (5, "whole", "5"),
        (5, "whole", 5.0),
        (5, "whole", np.int32(5)),
        (0, "whole", 0),
        (1_000_000, "whole", "1e6"),
        (0.5, "number", 0.5),
        (7.25, "number", "7.25"),
        (True, "truth", True),
        (True, "truth", "TRUE"),
        (False, "truth", 0),
        (False, "truth", "false"),
        (True, "truth", np.True_),
        (False, "truth", None),
        (date(2022, 12, 23), "day", "2022-12-23"),
        (date(2022, 12, 23), "day", " 2022-12-23 "),
        (date(2022, 12, 23), "day", date(2022, 12, 23)),
        (date(2022, 12, 23), "day", pd.Timestamp("2022-12-23")),
        (date(2022, 12, 23), "day", np.datetime64("2022-12-23")),
        (date(2022, 12, 24), "day", pd.Timestamp("2022-12-23T17:00Z")),  # it is the 24th here
        ("2022-12-23T10:00:00+08:00", "instant", "2022-12-23T10:00"),  # naive is local
        ("2022-12-23T10:00:00+08:00", "instant", "2022-12-23T02:00Z"),
        ("2022-12-23T10:00:00+08:00", "instant", pd.Timestamp("2022-12-23T02:00Z")),
        ("2022-12-23T10:00:00+08:00", "instant", np.datetime64("2022-12-23T10:00")),
        ("2022-12-23T10:00:00+08:00", "instant", "2022-12-22T18:00:00-08:00"),
        ("0001-01-02T00:00:00+08:00", "instant", "0001-01-02T00:00"),
        ("9999-12-31T23:59:00+08:00", "instant", "9999-12-31T23:59"),
        ("city", "term", TeamKind.CITY),
        ("city", "term", " city "),
        ("geology;first_aid", "terms", " geology ; first_aid;"),
        (5, "level", HazardLevel.EXTREME),
        (5, "level", "5"),
    ],
)
def test_a_good_value_is_taken(expected: Any, column: str, raw: Any) -> None:
    value = value_of(column, raw)
    assert expected == (value.isoformat() if column == "instant" else value)


@pytest.mark.parametrize("missing", [None, "", "  ", float("nan"), pd.NA, pd.NaT])
@pytest.mark.parametrize("column", ["text", "whole", "number", "day", "instant", "term", "terms", "level"])
def test_nothing_stays_nothing_in_a_column_that_may_be_empty(column: str, missing: Any) -> None:
    assert pd.isna(value_of(column, missing))


@pytest.mark.parametrize("missing", [None, "", float("nan")])
@pytest.mark.parametrize("column", ["thing_id", "whole_required"])
def test_nothing_is_a_fault_in_a_required_column(column: str, missing: Any) -> None:
    (fault,) = faults_of(table([thing(**{column: missing})]))
    assert (1, column, "a value is required") == (fault.row, fault.column, fault.problem)


@pytest.mark.parametrize(
    ("problem", "column", "raw"),
    [
        ("must be text, not int; read codes as text", "text", 431381001001),
        ("must be text, not float", "text", 1.5),
        ("must have the form", "thing_id", "01"),
        ("must have the form", "thing_id", "0001"),
        ("must have the form", "thing_id", "００１"),
        ("must be at least 0", "whole", -1),
        ("must be at most 1e+06", "whole", 1_000_001),
        ("must be a whole number", "whole", 1.5),
        ("must be a whole number, not a truth value", "whole", True),
        ("must be a number", "whole", "many"),
        ("must be a finite number", "whole", float("inf")),
        ("", "whole", [1, 2]),
        ("", "whole_required", 10**30),  # more than 64 bits hold
        ("", "whole_required", "-1e30"),
        ("must be at least 0.5", "number", 0),
        ("must be a number", "number", "1,5"),
        ("must be a finite number", "number", "inf"),
        ("must be a finite number", "number", "nan"),
        ("must be true or false", "truth", "yes"),
        ("must be true or false", "truth", 2),
        ("must be an ISO 8601 date", "day", "23/12/2022"),
        ("must be an ISO 8601 date", "day", "2022-02-30"),
        ("must be an ISO 8601 date", "day", 20221223),  # a number is no date: it would become 1970-01-01
        ("must be an ISO 8601 date", "day", 44918.0),
        ("must be an ISO 8601 date-time", "instant", 20221223),
        ("must be an ISO 8601 date-time", "instant", 1671760800.0),
        ("must be an ISO 8601 date-time", "instant", "now"),  # the clock must not leak into data
        ("must be an ISO 8601 date-time", "instant", "10:00"),
        ("must be an ISO 8601 date-time", "instant", "12/11/2022 10:00"),  # the 12th or the 11th?
        ("must be an ISO 8601 date-time", "instant", "2022-12-23T24:30"),
        ("must be an ISO 8601 date-time", "instant", "9999-12-31T23:59Z"),  # the year 10000 here
        ("must be an ISO 8601 date-time", "instant", "0001-01-01T00:00+14:00"),
        ("unknown word; allowed: city, township", "term", "City"),
        ("unknown word; allowed: city, township", "term", 1),
        ("unknown word; allowed: fire_fighting, geology", "terms", "geology;flying"),
        ("unknown word; allowed: fire_fighting, geology", "terms", "geology,first_aid"),
        ("", "terms", " ; "),
        ("unknown level; allowed: 1, 2, 3, 4, 5", "level", 6),
        ("unknown level; allowed: 1, 2, 3, 4, 5", "level", 0),
    ],
)
def test_a_bad_value_is_a_fault_that_names_row_column_value_and_problem(problem: str, column: str, raw: Any) -> None:
    (fault,) = faults_of(table([thing(), thing(**{"thing_id": "002", column: raw})]))
    assert ("things", 2, column, str(raw)[:80]) == (fault.layer, fault.row, fault.column, fault.value)
    assert problem in fault.problem


def test_columns_have_the_specified_order_and_dtypes() -> None:
    frame = check(table([thing(extra=1, whole=None, phone="1-2")]), EVERY_KIND)
    assert [column.name for column in EVERY_KIND.columns] == list(frame.columns)
    assert ["Int64", "int64", "float64", "bool", INSTANT_DTYPE, "Int64"] == [
        frame[name].dtype for name in ("whole", "whole_required", "number", "truth", "instant", "level")
    ]


def test_a_column_that_the_specification_does_not_know_is_dropped() -> None:
    assert "unknown" not in check(table([thing(unknown="x")]), EVERY_KIND).columns


def test_a_derived_column_ignores_what_a_file_says() -> None:
    assert not check(table([thing(derived=True)]), EVERY_KIND)["derived"].iloc[0]


def test_the_row_index_is_made_anew() -> None:
    frame = table([thing(), thing(thing_id="002")])
    frame.index = pd.Index([7, 7])
    assert [0, 1] == list(check(frame, EVERY_KIND).index)


# Faults


def test_all_faults_of_all_rows_come_at_once_in_the_order_of_rows() -> None:
    faults = faults_of(
        table(
            [
                thing(whole=-1, term="x"),
                thing(thing_id="002"),
                thing(thing_id="003", day="?", level=9),
                thing(thing_id=4),
            ]
        )
    )
    assert [(1, "whole"), (1, "term"), (3, "day"), (3, "level"), (4, "thing_id")] == [
        (fault.row, fault.column) for fault in faults
    ]
    assert ["001", "001", "003", "003", None] == [fault.key for fault in faults]


def test_check_raises_the_faults_that_check_rows_hands_back() -> None:
    frame = table([thing(whole=-1, term="x")])
    with pytest.raises(LayerFaultsError) as caught:
        check(frame, EVERY_KIND)
    assert tuple(faults_of(frame)) == caught.value.faults


def test_a_missing_column_is_one_fault_of_the_whole_layer() -> None:
    frame = table([thing(), thing(thing_id="002")]).drop(columns="whole_required")
    fault = faults_of(frame)[0]
    assert (0, None, "whole_required", "the column is missing", "give a column named whole_required") == (
        fault.row,
        fault.key,
        fault.column,
        fault.problem,
        fault.advice,
    )


def test_a_second_row_with_the_same_key_is_a_fault_of_the_second_row() -> None:
    (fault,) = faults_of(table([thing(), thing(thing_id="002"), thing(thing_id=" 001 ")]))
    assert (3, "thing_id", "001") == (fault.row, fault.column, fault.value)
    assert "earlier row" in fault.problem


@pytest.mark.parametrize("phone", [13800138000, "call 13800138000", 1.38e10])
def test_a_restricted_value_is_never_shown_in_a_fault(phone: Any) -> None:
    with pytest.raises(LayerFaultsError) as caught:
        check(table([thing(phone=phone)]), EVERY_KIND)
    (fault,) = caught.value.faults
    assert "(restricted)" == fault.value
    assert "138" not in repr(fault) + str(caught.value)


def test_a_long_value_is_cut_in_its_fault() -> None:
    (fault,) = faults_of(table([thing(day="x" * 1000)]))
    assert "x" * 80 == fault.value


def test_public_drops_restricted_columns_and_nothing_else() -> None:
    frame = check(table([thing(phone="1-2")]), EVERY_KIND)
    assert list(EVERY_KIND.public_columns) == list(public(frame, EVERY_KIND).columns)
    assert {"phone"} == set(frame.columns) - set(EVERY_KIND.public_columns)


# Geometry


@pytest.mark.parametrize(
    ("shape", "geometry"),
    [
        (Shape.POINT, "POINT (111 27)"),
        (Shape.POINT, "POINT (-180 -90)"),
        (Shape.LINE, "LINESTRING (111 27, 112 28)"),
        (Shape.LINE, "MULTILINESTRING ((111 27, 112 28), (1 2, 3 4))"),
        (Shape.POLYGON, "POLYGON ((111 27, 112 27, 112 28, 111 27))"),
        (Shape.POLYGON, "MULTIPOLYGON (((111 27, 112 27, 112 28, 111 27)), ((1 1, 2 1, 2 2, 1 1)))"),
        (Shape.LINE_OR_POLYGON, "MULTILINESTRING ((111 27, 112 28), (1 2, 3 4))"),
        (Shape.LINE_OR_POLYGON, "POLYGON ((111 27, 112 27, 112 28, 111 27))"),
    ],
)
def test_a_geometry_of_the_specified_type_is_taken(shape: Shape, geometry: str) -> None:
    given = shapely.from_wkt(geometry)
    assert given.equals_exact(check(shapes(given), GEOMETRIES[shape]).geometry.iloc[0])


@pytest.mark.parametrize(
    ("problem", "shape", "geometry"),
    [
        ("a geometry is required", Shape.POINT, None),
        ("a geometry is required", Shape.POINT, "POINT EMPTY"),
        ("a geometry is required", Shape.POLYGON, "POLYGON EMPTY"),
        ("must be a Point", Shape.POINT, "MULTIPOINT (111 27)"),
        ("must be a Point", Shape.POINT, "LINESTRING (111 27, 112 28)"),
        ("must be a LineString or MultiLineString", Shape.LINE, "POINT (111 27)"),
        ("must be a MultiPolygon or Polygon", Shape.POLYGON, "POINT (111 27)"),
        ("must be a LineString or MultiLineString or MultiPolygon or Polygon", Shape.LINE_OR_POLYGON, "POINT (111 27)"),
        ("must be a MultiPolygon or Polygon", Shape.POLYGON, "GEOMETRYCOLLECTION (POINT (111 27))"),
        ("is not valid", Shape.POLYGON, "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"),
        ("is not valid", Shape.POLYGON, "POLYGON ((1 1, 3 1, 1 3, 1 1), (1.1 1.1, 1e308 1.1, 1.1 1.2, 1.1 1.1))"),
        ("is not valid", Shape.LINE, "LINESTRING (1 1, 1 1)"),
        ("coordinates are not degrees", Shape.POINT, "POINT (542220 3063696)"),
        ("coordinates are not degrees", Shape.POINT, "POINT (27.69 111.43)"),
        ("coordinates are not degrees", Shape.POLYGON, "POLYGON ((179 0, 181 0, 181 1, 179 0))"),
        ("coordinates are not degrees", Shape.POLYGON, "POLYGON ((0 0, 1e300 1e300, 1e300 0, 0 1e300, 0 0))"),
    ],
)
def test_another_geometry_is_a_fault_of_its_row(problem: str, shape: Shape, geometry: str | None) -> None:
    good = {
        Shape.POINT: "POINT (1 1)",
        Shape.LINE: "LINESTRING (1 1, 2 2)",
        Shape.POLYGON: "POLYGON ((1 1, 2 1, 2 2, 1 1))",
        Shape.LINE_OR_POLYGON: "LINESTRING (1 1, 2 2)",
    }
    frame = shapes(shapely.from_wkt(good[shape]), None if geometry is None else shapely.from_wkt(geometry))
    (fault,) = faults_of(frame, GEOMETRIES[shape])
    assert (2, "1", "geometry") == (fault.row, fault.key, fault.column)
    assert problem in fault.problem


@pytest.mark.parametrize("lon_lat", [(float("nan"), 27.0), (111.0, float("nan")), (float("inf"), 27.0)])
def test_a_point_that_is_no_number_is_a_fault(lon_lat: tuple[float, float]) -> None:
    (fault,) = faults_of(shapes(shapely.Point(*lon_lat)), GEOMETRIES[Shape.POINT])
    assert "geometry" == fault.column


def test_heights_are_flattened() -> None:
    flat = check(shapes(shapely.Point(111, 27, 350)), GEOMETRIES[Shape.POINT]).geometry.iloc[0]
    assert not flat.has_z
    assert (111, 27) == (flat.x, flat.y)


def test_cgcs2000_degrees_become_wgs84_degrees() -> None:
    frame = shapes(shapely.Point(111, 27)).set_crs("EPSG:4490", allow_override=True)
    assert "EPSG:4326" == check(frame, GEOMETRIES[Shape.POINT]).crs.to_string()


def test_a_layer_with_geometry_takes_only_wgs84_geodataframes() -> None:
    point = shapes(shapely.Point(111, 27))
    for frame in (pd.DataFrame({"shape_id": ["1"]}), point.set_crs(None, allow_override=True), point.to_crs(32649)):
        with pytest.raises(TypeError, match="layer shapes"):
            check(frame, GEOMETRIES[Shape.POINT])


def test_the_frame_given_is_left_as_it_was() -> None:
    frame = table([thing(text=" a ", whole="5")])
    before = frame.copy(deep=True)
    check(frame, EVERY_KIND)
    pd.testing.assert_frame_equal(before, frame)


def test_an_empty_frame_is_checked_and_has_the_specified_columns() -> None:
    assert (0, [column.name for column in EVERY_KIND.columns]) == (
        len(empty(EVERY_KIND)),
        list(empty(EVERY_KIND).columns),
    )


_cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.sampled_from(
        ["001", "2022-12-23", "2022-12-23T10:00Z", "city", "geology;first_aid", " ; ", "3", "true", "1e400"]
    ),
)


@given(st.lists(st.fixed_dictionaries({column.name: _cells for column in EVERY_KIND.columns}), max_size=4))
def test_any_rows_are_either_taken_or_refused_with_faults_and_what_is_taken_stays_as_it_is(
    rows: list[dict[str, Any]],
) -> None:
    once, faults = check_rows(table(rows), EVERY_KIND)
    assert len(rows) == len(once)
    assert all(0 <= fault.row <= len(rows) for fault in faults)
    good = [row for number, row in enumerate(rows, start=1) if number not in {fault.row for fault in faults}]
    if good and not any(fault.row == 0 for fault in faults):
        taken = check(table(good), EVERY_KIND)
        pd.testing.assert_frame_equal(taken, check(taken, EVERY_KIND))


def test_faults_of_columns_and_of_the_layers_own_rules_come_in_one_report() -> None:
    rows = [
        stay("S1", "T01", "m", "431381001001", "2022-12-20T20:00", "2022-12-20T19:00"),
        stay("S2", "T01", "n", "43138", "2022-12-20T20:00", None),
    ]
    _, faults = check_rows(table(rows), LAYERS["stays"])
    assert [(1, "check_out"), (2, "village_code")] == [(fault.row, fault.column) for fault in faults]


def test_a_missing_column_is_one_fault_not_one_a_row() -> None:
    frame = raw_layers()["villages"].drop(columns="name")
    _, faults = check_rows(frame, LAYERS["villages"])
    assert [(0, "name")] == [(fault.row, fault.column) for fault in faults]


@pytest.mark.parametrize("text", ["2022-12-21", " 2022-12-21 ", "20221221"])
def test_a_date_alone_is_no_instant(text: str) -> None:
    rows = [stay("S1", "T01", "m", "431381001001", text, None)]
    _, faults = check_rows(table(rows), LAYERS["stays"])
    assert [(1, "check_in")] == [(fault.row, fault.column) for fault in faults]


# In bulk


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("whole", pd.Series([0, 1_000_000, 1_000_001, -1], dtype="int64")),
        ("whole", pd.Series([1.0, 1.5, np.nan, np.inf, 2.0**60], dtype="float64")),
        ("whole", pd.Series([1, None, 2**62, -(2**63)], dtype="Int64")),
        ("whole_required", pd.Series([2**53 - 1, 2**53 + 1, 2**64 - 1], dtype="uint64")),
        ("whole_required", pd.Series([7, None], dtype="Int64")),
        ("number", pd.Series([0.5, 0.25, np.nan, -np.inf], dtype="float32")),
        ("number", pd.Series([True, False])),
        ("truth", pd.Series([True, None, False], dtype="boolean")),
        ("truth", pd.Series([1, 0, 2])),
        ("thing_id", pd.Series([" 001", "1", "٠٠١", "", None], dtype="str")),
        ("thing_id", pd.Series(["002\x1f", 3, np.nan, ["004"]], dtype=object)),
        ("term", pd.Series([str(next(iter(TeamKind))), " nobody", None, "\u3000"], dtype="str")),
        ("level", pd.Series([1, 5, 6, 0], dtype="int64")),
        ("level", pd.Series([1.0, 1.5, np.nan], dtype="float64")),
    ],
)
def test_cells_settled_in_bulk_are_as_if_each_had_been_looked_at(
    column: str, cells: pd.Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"thing_id": [f"{n:03d}" for n in range(len(cells))], "whole_required": 1}).assign(
        **{column: cells}
    )
    in_bulk, faults = check_rows(frame, EVERY_KIND)
    monkeypatch.setattr(
        "geo.layers.spec._in_bulk", lambda given, _: ([None] * len(given), np.zeros(len(given), dtype=bool))
    )
    one_by_one, said = check_rows(frame, EVERY_KIND)
    assert said == faults
    pd.testing.assert_frame_equal(one_by_one, in_bulk)
