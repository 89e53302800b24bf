"""NASA's tables of detections, by their documentation: both satellites' instruments, both spellings, UTC to local."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from geo.intake import nasa
from geo.intake.columns import How, Mapped, mapped
from geo.layers.registry import LAYERS
from geo.layers.spec import check

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")
DETECTIONS = LAYERS["detections"]

MODIS = {
    "latitude": "27.71606",
    "longitude": "111.58614",
    "brightness": "304.93",
    "scan": "1.93",
    "track": "1.36",
    "acq_date": "2022-04-04",
    "acq_time": "300",
    "satellite": "T",
    "confidence": "64",
    "version": "6.1NRT",
    "bright_t31": "286.64",
    "frp": "7.5",
    "daynight": "D",
}
VIIRS = {
    "latitude": "27.71606",
    "longitude": "111.58614",
    "bright_ti4": "330.5",
    "scan": "0.5",
    "track": "0.6",
    "acq_date": "2024-04-04",
    "acq_time": "0542",
    "satellite": "N20",
    "instrument": "VIIRS",
    "confidence": "n",
    "version": "2.0NRT",
    "bright_ti5": "290.2",
    "frp": "12.1",
    "daynight": "D",
}
GLC = {
    "source_name": "AGU",
    "event_id": "2055",
    "event_date": "7/11/2010 0:00",
    "event_time": "",
    "location_accuracy": "unknown",
    "landslide_category": "landslide",
    "landslide_trigger": "downpour",
    "longitude": "111.413236",
    "latitude": "27.670896",
}


def taken(**cells: object) -> Mapped:
    return mapped(pd.DataFrame({name: pd.Series([cell], dtype=object) for name, cell in cells.items()}), DETECTIONS)


def row_of(result: Mapped) -> pd.Series:
    assert () == result.faults
    point = shapely.Point(111.4, 27.7)
    located = geopandas.GeoDataFrame(result.frame, geometry=[point] * len(result.frame), crs="EPSG:4326")
    return check(located, DETECTIONS).iloc[0]


def test_a_modis_row_is_a_hotspot_of_a_kilometre() -> None:
    row = row_of(taken(**MODIS))
    assert ("firms-T-20220404T0300-27.71606-111.58614", "hotspot", "firms_modis", "T", "64", 7.5, "1 km pixel") == (
        tuple(row[["detection_id", "kind", "source", "satellite", "confidence", "frp_mw", "accuracy"]])
    )
    assert "2022-04-04T11:00:00+08:00" == row["detected_at"].isoformat()


def test_a_viirs_row_is_a_hotspot_of_375_metres() -> None:
    row = row_of(taken(**VIIRS))
    assert ("firms-N20-20240404T0542-27.71606-111.58614", "firms_viirs", "N20", "n", 12.1, "375 m pixel") == (
        tuple(row[["detection_id", "source", "satellite", "confidence", "frp_mw", "accuracy"]])
    )
    assert "2024-04-04T13:42:00+08:00" == row["detected_at"].isoformat()


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("firms_viirs", {"confidence": "l"}),
        ("firms_viirs", {"confidence": "Nominal"}),
        ("firms_viirs", {"confidence": "H"}),
        ("firms_viirs", {"confidence": "86", "satellite": "N"}),
        ("firms_viirs", {"confidence": "86", "satellite": "1"}),
        ("firms_viirs", {"confidence": 86, "satellite": 2}),
        ("firms_viirs", {"confidence": "86", "satellite": "N21"}),
        ("firms_viirs", {"bright_ti4": "330.5"}),
        ("firms_viirs", {"instrument": "VIIRS"}),
        ("firms_modis", {"instrument": "MODIS", "bright_ti4": ""}),
        ("firms_modis", {"instrument": "", "bright_ti4": None}),
        ("firms_modis", {"satellite": "Aqua"}),
        ("firms_modis", {"confidence": "0"}),
    ],
)
def test_the_instrument_is_told_by_its_own_marks(expected: str, changes: dict[str, object]) -> None:
    assert [expected] == list(taken(**{**MODIS, **changes}).frame["source"])


def test_a_table_of_both_instruments_is_told_row_by_row() -> None:
    result = mapped(pd.DataFrame([MODIS, VIIRS]), DETECTIONS)
    assert ["firms_modis", "firms_viirs"] == list(result.frame["source"])
    assert () == result.faults


@pytest.mark.parametrize("dress", [str.upper, str.title, lambda name: name.replace("_", " ").title()])
@pytest.mark.parametrize("table", [MODIS, VIIRS, GLC], ids=["modis", "viirs", "glc"])
def test_both_spellings_of_the_columns_give_the_same_rows(table: dict[str, str], dress: Callable[[str], str]) -> None:
    plain, dressed = taken(**table), taken(**{dress(name): cell for name, cell in table.items()})
    pd.testing.assert_frame_equal(plain.frame, dressed.frame)
    assert [dress(name) for name in plain.ignored] == list(dressed.ignored)


@pytest.mark.parametrize(
    ("expected", "clock"),
    [("11:00", "300"), ("11:00", "0300"), ("11:00", 300), ("11:00", 300.0), ("08:05", "5"), ("07:59", "2359")],
)
def test_a_clock_time_with_or_without_leading_zeros_is_utc(expected: str, clock: object) -> None:
    assert expected == f"{taken(**{**MODIS, 'acq_time': clock}).frame['detected_at'].iloc[0]:%H:%M}"


@pytest.mark.parametrize("day", ["2022-04-04", "2022/4/4", date(2022, 4, 4), pd.Timestamp("2022-04-04")])
def test_a_day_is_taken_as_text_or_as_a_date(day: object) -> None:
    assert date(2022, 4, 4) == taken(**{**MODIS, "acq_date": day}).frame["detected_on"].iloc[0]


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        *(("2022-04-04", clock) for clock in ("2460", "2400", "", "3:00", "-5", 2.5, None)),
        *((day, "300") for day in ("04/04/22", "2022-02-30", "", pd.NaT, None)),
    ],
)
def test_a_time_that_is_none_is_a_fault_that_says_how_firms_writes_it(day: object, clock: object) -> None:
    (fault,) = taken(**{**MODIS, "acq_date": day, "acq_time": clock}).faults
    assert (1, "detected_at") == (fault.row, fault.column)
    assert "UTC" in fault.problem


def test_the_parts_of_a_detection_and_all_that_is_left_out_are_listed() -> None:
    result = taken(**VIIRS)
    sources = {one.target: one.sources for one in result.assignments}
    assert ("acq_date", "acq_time") == sources["detected_at"]
    assert ("satellite", "acq_date", "acq_time", "latitude", "longitude") == sources["detection_id"]
    assert ("scan", "track", "version", "bright_ti5", "daynight") == result.ignored
    assert {How.NASA} == {one.how for one in result.assignments}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("2010-07-11", "7/11/2010 0:00"),
        ("2010-07-11", "07/11/2010"),
        ("2010-07-11", "07/11/2010 12:00:00 AM"),
        ("2010-07-11", "2010/07/11 00:00:00"),
        ("2010-07-11", "2010-07-11T00:00:00"),
        ("2010-07-11", "2010-07-11"),
        ("2010-07-11", pd.Timestamp("2010-07-11")),
    ],
)
def test_the_catalogue_writes_the_month_first_and_its_exports_the_year(expected: str, text: object) -> None:
    row = row_of(taken(**{**GLC, "event_date": text}))
    assert (expected, True) == (row["detected_on"].isoformat(), pd.isna(row["detected_at"]))


@pytest.mark.parametrize("number", ["2055", 2055, 2055.0])
def test_an_event_keeps_its_number_however_it_is_held(number: object) -> None:
    assert ["glc-2055"] == list(taken(**{**GLC, "event_id": number}).frame["detection_id"])


def test_a_layer_of_points_needs_no_columns_of_coordinates() -> None:
    cells = {name: [cell] for name, cell in MODIS.items() if name not in ("latitude", "longitude")}
    frame = geopandas.GeoDataFrame(cells, geometry=[shapely.Point(111.58614, 27.71606)], crs="EPSG:4326")
    assert nasa.is_nasa(frame)
    assert ["firms-T-20220404T0300-27.71606-111.58614"] == list(mapped(frame, DETECTIONS).frame["detection_id"])


def test_any_other_table_is_none_of_nasas() -> None:
    frame = pd.DataFrame({"latitude": ["1"], "longitude": ["2"], "confidence": ["3"]})
    assert (False, None) == (nasa.is_nasa(frame), nasa.read(frame))
    assert nasa.as_detections(frame) is frame


@needs_shared
@pytest.mark.parametrize(
    ("name", "rows", "source"),
    [
        ("firms_modis_hunan", 116, "firms_modis"),
        ("firms_modis_china", 6_428, "firms_modis"),
        ("nasa_glc_hunan", 30, "nasa_glc"),
        ("nasa_glc_china", 426, "nasa_glc"),
    ],
)
def test_the_real_tables_are_taken_whole(name: str, rows: int, source: str) -> None:
    frame = pd.read_csv(SHARED / f"{name}.csv", dtype=str, keep_default_na=False)
    result = mapped(frame, DETECTIONS)
    points = shapely.points(frame["longitude"].astype(float), frame["latitude"].astype(float))
    checked = check(geopandas.GeoDataFrame(result.frame, geometry=points, crs="EPSG:4326"), DETECTIONS)
    assert ((), rows) == (result.faults, len(checked))
    assert {source} == set(checked["source"])
    assert "latitude" not in result.ignored
