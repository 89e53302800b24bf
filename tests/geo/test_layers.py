"""Each layer's promise: its good rows, its bad rows, its own rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import Fault, LayerFaultsError, NotFoundError
from geo.layers.hazard_sites import danger_grade
from geo.layers.registry import LAYERS, layer
from geo.layers.spec import Shape, check, check_rows, empty, public
from geo.terms import DangerGrade
from tests.county import features, raw_layers, stay, table

RAW = raw_layers()


def faults_of(name: str, row: dict[str, Any]) -> list[Fault]:
    """The faults of the layer when its first row is changed by `row`."""
    frame = raw_layers()[name].iloc[[0]].copy()
    for column, value in row.items():
        frame[column] = pd.Series([value], index=frame.index, dtype=object)
    return check_rows(frame, LAYERS[name])[1]


# Every layer


@pytest.mark.parametrize("name", LAYERS)
def test_the_hand_made_layer_is_taken(name: str) -> None:
    assert len(RAW[name]) == len(check(RAW[name], LAYERS[name]))


@pytest.mark.parametrize("name", LAYERS)
def test_a_checked_layer_passes_its_own_check_unchanged(name: str) -> None:
    once = check(RAW[name], LAYERS[name])
    pd.testing.assert_frame_equal(once, check(once, LAYERS[name]))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_may_be_empty_and_then_has_the_dtypes_of_a_full_one(name: str) -> None:
    spec = LAYERS[name]
    nothing, full = empty(spec), check(RAW[name], spec)
    assert 0 == len(nothing)
    assert full.dtypes.to_dict() == nothing.dtypes.to_dict()
    assert spec.is_table != isinstance(nothing, geopandas.GeoDataFrame)
    pd.testing.assert_frame_equal(nothing, check(nothing, spec))


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column.name) for name, spec in LAYERS.items() for column in spec.columns if column.required],
)
def test_a_required_column_may_neither_be_missing_nor_hold_nothing(name: str, column: str) -> None:
    missing = check_rows(RAW[name].drop(columns=column), LAYERS[name])[1]
    assert (0, column, "the column is missing") in [(fault.row, fault.column, fault.problem) for fault in missing]
    assert [(1, column, "a value is required")] == [
        (fault.row, fault.column, fault.problem) for fault in faults_of(name, {column: None})
    ]


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column.name) for name, spec in LAYERS.items() for column in spec.columns if column.vocabulary],
)
def test_an_unknown_word_is_a_fault_that_lists_the_allowed_ones(name: str, column: str) -> None:
    (fault,) = faults_of(name, {column: "99"})
    vocabulary = LAYERS[name].names[column].vocabulary
    assert vocabulary is not None
    assert (column, "99") == (fault.column, fault.value)
    assert fault.problem.endswith("allowed: " + ", ".join(str(term.value) for term in vocabulary))


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column.name) for name, spec in LAYERS.items() for column in spec.columns if column.pattern],
)
def test_a_code_given_as_a_number_is_refused_as_text_not_int(name: str, column: str) -> None:
    (fault,) = [fault for fault in faults_of(name, {column: 431381001001}) if fault.column == column]
    assert fault.problem.startswith("must be text, not int")


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column.name) for name, spec in LAYERS.items() for column in spec.columns if column.minimum == 0],
)
def test_a_count_below_zero_is_a_fault(name: str, column: str) -> None:
    (fault,) = faults_of(name, {column: -1})
    assert (column, "-1", "must be at least 0") == (fault.column, fault.value, fault.problem)


@pytest.mark.parametrize("name", [name for name, spec in LAYERS.items() if not spec.is_table])
def test_a_geometry_of_the_wrong_type_or_in_metres_is_a_fault(name: str) -> None:
    spec = LAYERS[name]
    other = shapely.Point(111, 27) if spec.shape is not Shape.POINT else shapely.LineString([(111, 27), (112, 27)])
    moved = shapely.transform(RAW[name].geometry.iloc[0], lambda xy: xy * 10_000)
    assert [("geometry", "must be a")] == [(f.column, f.problem[:9]) for f in faults_of(name, {"geometry": other})]
    assert [("geometry", "coordinates are not degrees")] == [
        (f.column, f.problem) for f in faults_of(name, {"geometry": moved})
    ]


@pytest.mark.parametrize("name", LAYERS)
def test_the_same_key_twice_is_a_fault(name: str) -> None:
    first = RAW[name].iloc[[0]]
    faults = check_rows(pd.concat([first, first]), LAYERS[name])[1]
    assert (2, LAYERS[name].key) in [(fault.row, fault.column) for fault in faults]


def test_contacts_are_the_restricted_columns() -> None:
    restricted = {(name, column.name) for name, spec in LAYERS.items() for column in spec.columns if column.restricted}
    assert {
        ("teams", "leader_name"),
        ("teams", "leader_phone"),
        ("hazard_sites", "responsible_name"),
        ("hazard_sites", "responsible_post"),
        ("hazard_sites", "responsible_phone"),
        ("hazard_sites", "monitoring_lead_name"),
        ("hazard_sites", "monitoring_lead_phone"),
        ("hazard_sites", "monitor_name"),
        ("hazard_sites", "monitor_phone"),
    } == restricted


@pytest.mark.parametrize("name", LAYERS)
def test_no_contact_is_left_in_the_public_form(name: str) -> None:
    frame = public(check(RAW[name], LAYERS[name]), LAYERS[name])
    assert [] == [column for column in frame.columns if column.endswith(("_phone", "leader_name", "monitor_name"))]


@pytest.mark.parametrize("name", LAYERS)
def test_references_name_layers_and_columns_that_exist(name: str) -> None:
    for reference in LAYERS[name].references:
        assert reference.layer in LAYERS
        assert reference.column in LAYERS[name].names


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_found_by_its_name(name: str) -> None:
    assert name == layer(name).name


def test_an_unknown_layer_is_not_found_and_the_layers_are_listed() -> None:
    with pytest.raises(NotFoundError) as caught:
        layer("vilages")
    assert tuple(LAYERS) == caught.value.known


# Codes


@pytest.mark.parametrize(
    ("name", "column", "code"),
    [
        ("county", "code", "43138"),
        ("towns", "code", "43138100"),
        ("villages", "code", "4313810010010"),
        ("villages", "code", "43138100100A"),
        ("villages", "town_code", "431381001001"),
        ("grids", "code", "431381001001"),
        ("grids", "village_code", "431381001"),
        ("stations", "code", "4313810"),
        ("stations", "code", "４３１３８１"),
        ("hazard_sites", "site_id", "1"),
        ("stays", "village_code", "建新村"),
        ("leaders", "town_code", "431381"),
    ],
)
def test_a_code_of_the_wrong_form_is_a_fault(name: str, column: str, code: str) -> None:
    (fault,) = faults_of(name, {column: code})
    assert (column, code) == (fault.column, fault.value)
    assert "must have the form" in fault.problem


@pytest.mark.parametrize("code", ["431381", "431381001", "431381001001"])
def test_a_seat_is_keyed_by_the_code_of_the_area_that_it_serves(code: str) -> None:
    assert [] == faults_of("stations", {"code": code})


def test_two_villages_may_have_one_name() -> None:
    frame = raw_layers()["villages"].assign(name="杨桥村")
    assert {"杨桥村"} == set(check(frame, LAYERS["villages"])["name"])


# Hazard sites


@pytest.mark.parametrize(
    ("expected", "people", "loss_cny"),
    [
        ("medium", 100, 0),  # example (h)
        ("medium", 99, 5_000_000),
        ("small", 99, 4_999_999),
        ("small", 0, 0),
        ("medium", 499, 49_999_999),
        ("large", 500, 0),
        ("large", 0, 50_000_000),
        ("large", 999, 99_999_999),
        ("extra_large", 1000, 0),
        ("extra_large", 0, 100_000_000),
        ("extra_large", 10**7, 10**12),
        ("medium", 100, None),
        ("large", None, 50_000_000),
        (None, None, None),
        (None, float("nan"), pd.NA),
    ],
)
def test_the_danger_grade_is_that_of_the_worse_figure_and_a_bound_belongs_to_the_higher_grade(
    expected: str | None, people: Any, loss_cny: Any
) -> None:
    assert expected == danger_grade(people, loss_cny)


@given(st.integers(0, 2000), st.integers(0, 200_000_000), st.integers(0, 100), st.integers(0, 10**7))
def test_a_larger_figure_never_lowers_the_grade(people: int, loss_cny: int, more: int, more_cny: int) -> None:
    order = list(DangerGrade)
    lower, higher = danger_grade(people, loss_cny), danger_grade(people + more, loss_cny + more_cny)
    assert lower is not None
    assert higher is not None
    assert order.index(lower) <= order.index(higher)


@pytest.mark.parametrize(("people", "loss_cny"), [(-1, None), (None, -5), (-1, -1), (-1, 10**9)])
def test_a_negative_figure_is_refused_rather_than_graded(people: Any, loss_cny: Any) -> None:
    with pytest.raises(ValueError, match="negative"):
        danger_grade(people, loss_cny)


def test_a_grade_that_is_left_out_is_filled_from_the_figures() -> None:
    sites = check(RAW["hazard_sites"], LAYERS["hazard_sites"])
    assert ["large", "extra_large", None] == [None if pd.isna(g) else g for g in sites["danger_grade"]]


def test_a_grade_that_is_given_stands_when_there_are_no_figures() -> None:
    frame = raw_layers()["hazard_sites"].assign(threatened_people=None, danger_grade="medium")
    assert ["medium"] * 3 == list(check(frame, LAYERS["hazard_sites"])["danger_grade"])


def test_a_grade_that_the_figures_contradict_is_a_fault() -> None:
    (fault,) = faults_of("hazard_sites", {"danger_grade": "small"})
    assert ("danger_grade", "small", "the figures give large") == (fault.column, fault.value, fault.problem)


@pytest.mark.parametrize("figure", ["many", -5, "inf", True])
def test_a_figure_that_is_no_count_is_a_fault_of_its_own_column(figure: Any) -> None:
    (fault,) = faults_of("hazard_sites", {"threatened_people": figure})
    assert ("threatened_people", str(figure)) == (fault.column, fault.value)


def test_a_forest_fire_is_no_hazard_site() -> None:
    (fault,) = faults_of("hazard_sites", {"kind": "forest_fire"})
    assert ("kind", "forest_fire") == (fault.column, fault.value)
    assert "risk_zones" in fault.advice


# Teams


def test_an_assignment_may_not_end_before_it_begins() -> None:
    (fault,) = faults_of("teams", {"assigned_from": "2022-12-02", "assigned_to": "2022-12-01"})
    assert ("assigned_to", "2022-12-01") == (fault.column, fault.value)
    assert "is before assigned_from 2022-12-02" in fault.problem


@pytest.mark.parametrize(
    ("start", "end"), [("2022-12-01", "2022-12-01"), (None, "2022-12-01"), ("2022-12-01", None), (None, None)]
)
def test_an_assignment_may_last_one_day_or_be_open_at_either_end(start: str | None, end: str | None) -> None:
    assert [] == faults_of("teams", {"assigned_from": start, "assigned_to": end})


# Incidents


@pytest.mark.parametrize(
    ("column", "times"),
    [
        ("notified_at", {"notified_at": "2022-12-23T08:59"}),
        ("handled_at", {"handled_at": "2022-12-23T09:04:59"}),
        ("handled_at", {"notified_at": None}),
        ("notified_at", {"notified_at": "2022-12-23T00:30Z"}),  # 08:30 here
    ],
)
def test_an_incident_is_discovered_then_notified_then_handled(column: str, times: dict[str, Any]) -> None:
    faults = faults_of("incidents", times)
    assert [column] == [fault.column for fault in faults]
    assert "R20" in faults[0].advice


@pytest.mark.parametrize(
    "times",
    [
        {"notified_at": "2022-12-23T09:00", "handled_at": "2022-12-23T09:00"},
        {"handled_at": None},
        {"notified_at": None, "handled_at": None},
    ],
)
def test_times_may_coincide_and_later_ones_may_still_be_missing(times: dict[str, Any]) -> None:
    assert [] == faults_of("incidents", times)


# Stays


def stay_faults(*rows: tuple[str, str, str | None]) -> list[tuple[str, str]]:
    """(stay, column) of each fault; a row is (member, check-in, check-out) on days of December 2022."""
    frame = table(
        [
            stay(f"S{number}", "T01", member, "431381001001", f"2022-12-{begin}", f"2022-12-{end}" if end else None)
            for number, (member, begin, end) in enumerate(rows, start=1)
        ]
    )
    return [(str(fault.key), fault.column) for fault in check_rows(frame, LAYERS["stays"])[1]]


@pytest.mark.parametrize(
    ("expected", "rows"),
    [
        ([], [("a", "20T21:00", "21T07:00"), ("a", "21T07:00", "22T07:00")]),  # out and in again at once
        ([], [("a", "20T21:00", "21T07:00"), ("b", "20T21:00", "21T07:00")]),  # two members
        (["S2"], [("a", "20T21:00", "21T07:00"), ("a", "21T06:59", "22T07:00")]),
        (["S1"], [("a", "21T06:59", "22T07:00"), ("a", "20T21:00", "21T07:00")]),  # in any order of rows
        (["S2"], [("a", "20T21:00", "21T07:00"), ("a", "20T21:00", "21T07:00")]),
        (["S2", "S3"], [("a", "20T21:00", "24T07:00"), ("a", "21T21:00", "22T07:00"), ("a", "23T21:00", "23T22:00")]),
        (["S2", "S3"], [("a", "20T21:00", "22T07:00"), ("a", "21T21:00", "24T07:00"), ("a", "23T21:00", "25T07:00")]),
        (["S2"], [("a", "20T21:00", "21T07:00"), ("a", "21T06:00", None)]),
        ([], [("a", "20T21:00", None), ("a", "21T21:00", "22T07:00")]),  # an open stay ends when the next begins
        ([], [("a", "20T21:00", None), ("a", "21T21:00", None), ("a", "22T21:00", None)]),
        (["S3"], [("a", "20T21:00", None), ("a", "21T21:00", "23T07:00"), ("a", "22T21:00", None)]),
    ],
)
def test_one_member_is_in_one_place_at_a_time(expected: list[str], rows: list[tuple[str, str, str | None]]) -> None:
    assert [(stay_id, "check_in") for stay_id in expected] == stay_faults(*rows)


@pytest.mark.parametrize("check_out", ["20T21:00", "20T20:59", "19T07:00"])
def test_a_check_out_is_after_its_check_in(check_out: str) -> None:
    assert [("S1", "check_out")] == stay_faults(("a", "20T21:00", check_out))


_spans = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda span: (span[0], span[0] + span[1]))


@given(st.lists(_spans, max_size=7))
def test_stays_are_refused_exactly_when_two_of_one_member_overlap(spans: list[tuple[int, int]]) -> None:
    def clock(hour: int) -> str:
        return (pd.Timestamp("2022-12-19") + pd.Timedelta(hours=hour)).isoformat()

    rows = [
        stay(f"S{number}", "T01", "a", "431381001001", clock(begin), clock(end))
        for number, (begin, end) in enumerate(spans)
    ]
    overlap = any(max(a[0], b[0]) < min(a[1], b[1]) for number, a in enumerate(spans) for b in spans[number + 1 :])
    frame = table(rows) if rows else empty(LAYERS["stays"])
    assert overlap == bool(check_rows(frame, LAYERS["stays"])[1])


# Detections


def test_a_detection_keeps_the_local_date_and_may_lack_a_time() -> None:
    frame = check(RAW["detections"], LAYERS["detections"])
    assert [date(2022, 4, 4), date(2010, 7, 11)] == list(frame["detected_on"])
    assert "2022-04-04T11:00:00+08:00" == frame["detected_at"].iloc[0].isoformat()
    assert pd.isna(frame["detected_at"].iloc[1])


@pytest.mark.parametrize(("speed_kph", "faults"), [(1, 0), (130, 0), (0, 1), (130.5, 1), (float("inf"), 1)])
def test_a_road_has_a_speed_that_a_car_can_have(speed_kph: float, faults: int) -> None:
    assert faults == len(faults_of("roads", {"speed_kph": speed_kph}))


def test_features_and_tables_of_the_tests_hold_only_objects() -> None:
    # A source's dtypes must not help a row through the check.
    assert {"object"} == {str(dtype) for dtype in table([{"a": 1}]).dtypes}
    assert "object" == str(features([{"a": 1}], [None]).dtypes["a"])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_stays_that_begin_at_one_instant_overlap_in_any_order(order: tuple[int, int]) -> None:
    rows = [
        stay("S1", "T01", "m", "431381001001", "2022-12-20T20:00", None),
        stay("S2", "T01", "m", "431381001001", "2022-12-20T20:00", "2022-12-21T07:00"),
    ]
    with pytest.raises(LayerFaultsError, match="R07"):
        check(table([rows[position] for position in order]), LAYERS["stays"])


def test_the_grade_is_computed_also_where_a_figures_column_is_absent() -> None:
    sites = raw_layers()["hazard_sites"].drop(columns=["threatened_assets_cny", "danger_grade"], errors="ignore")
    sites["threatened_people"] = 100
    assert {"medium"} == set(check(sites, LAYERS["hazard_sites"])["danger_grade"])
