"""Spreadsheets: what people type is read as they meant it, or named with its row; nothing is guessed or dropped."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UnreadableFileError
from geo.intake.degrees import parse_degrees
from geo.intake.formats import Axes, Source, read_source

PLACE = (111.428, 27.6858)


@pytest.mark.parametrize(
    "text",
    [
        "111.428", " 111.428 ", "111.4280°", "E111.4280", "111.428E", "e 111.428", "东经111.428", "东经：111.428度",
        "１１１．４２８",
        "111°25'40.8\"", "111°25'40.8\"E", "111°25′40.8″", "111° 25′ 40.8″ E", "111º25’40.8”",
        "111°25'40.8''",
        "111°25′40.8", "111 25 40.8", "111:25:40.8", "东经111度25分40.8秒", "111度25分40.8秒", "111°25.68'",
        "111 25.68",
        "１１１°２５′４０．８″", "111˚25ʹ40.8ʺ",
    ],
)  # fmt: skip
def test_every_usual_spelling_of_a_longitude_is_one_number(text: str) -> None:
    assert pytest.approx(111.428, abs=1e-12) == parse_degrees(text, "lon")


@pytest.mark.parametrize(
    ("value", "text"),
    [(-27.5, "27°30'S"), (-27.5, "南纬27度30分"), (-27.5, "-27 30"), (27.5, "N27.5"), (-0.5, "-0°30'")],
)
def test_the_side_of_the_equator_is_kept(value: float, text: str) -> None:
    assert value == parse_degrees(text, "lat")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        ("not an angle", ""), ("not an angle", "冷水江"), ("not an angle", "NaN"),
        ("not an angle", "1e2"),
        ("not an angle", "--1"), ("not an angle", "1 2 3 4"), ("61 minutes", "111°61'"),
        ("60 seconds", "111°1'60\""),
        ("beyond 180", "180.1"), ("in metres", "542220.58"), ("decimal comma", "111,428"),
        ("two numbers", "111.4, 27.6"),
        ("two hemispheres", "E111W"), ("both a sign and a hemisphere", "-111E"), ("fraction of degrees", "111.5°20'"),
        ("fraction of minutes", "111°20.5'10\""), ("too long", "1" * 100), ("swapped", "27.6N"),
    ],
)  # fmt: skip
def test_what_is_no_longitude_says_why(problem: str, text: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_degrees(text, "lon")


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59_999), st.sampled_from("EW"))
def test_degrees_minutes_and_seconds_give_back_what_they_were_made_from(d: int, m: int, ms: int, side: str) -> None:
    value = (d + m / 60 + ms / 3_600_000) * (1 if side == "E" else -1)
    assert pytest.approx(value, abs=1e-12) == parse_degrees(f"{d}°{m:02d}′{ms / 1000:.3f}″{side}")


@given(st.text())
def test_any_text_is_an_angle_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert -180 <= parse_degrees(text) <= 180


def _csv(tmp_path: Path, text: str, written_in: str = "utf-8", **options: Any) -> Source:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(written_in))
    return read_source(path, **options)


def _xlsx(tmp_path: Path, *rows: list[Any], **formats: str) -> Source:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, number_format in formats.items():
        sheet[cell].number_format = number_format
    book.save(tmp_path / "a.xlsx")
    return read_source(tmp_path / "a.xlsx")


def _place(source: Source, row: int = 0) -> Any:
    return pytest.approx(source.frame.geometry.iloc[row].coords[0], abs=1e-9)


@pytest.mark.parametrize(
    "names", ["lon,lat", "经度,纬度", "LNG,LAT", "Longitude,Latitude", "东经,北纬", "经度（°）,纬度（°）"]
)
def test_degrees_are_found_by_their_headings(tmp_path: Path, names: str) -> None:
    source = _csv(tmp_path, f"code,{names}\n431381001001,111°25'40.8″E,27.6858\n")
    assert PLACE == _place(source)
    assert (Axes.LON_LAT, None) == (source.axes, source.declared_crs)


@pytest.mark.parametrize(("axes", "names"), [(Axes.EAST_NORTH, "东坐标,北坐标"), (Axes.X_Y, "X,Y")])
def test_metres_are_kept_as_they_are_and_the_headings_say_how_sure_east_is(
    tmp_path: Path, axes: Axes, names: str
) -> None:
    source = _csv(tmp_path, f"code,{names}\n1,542220.58,3063696.34\n")
    assert (542220.58, 3063696.34) == _place(source)
    assert axes is source.axes
    assert tuple(names.split(",")) == source.place_columns


def test_a_table_without_coordinates_is_a_plain_frame(tmp_path: Path) -> None:
    source = _csv(tmp_path, "code,name\n001,甲\n")
    assert Axes.NONE is source.axes
    assert [{"code": "001", "name": "甲"}] == source.frame.to_dict("records")


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_the_encoding_is_found_and_told(tmp_path: Path, encoding: str, found: str) -> None:
    source = _csv(tmp_path, "编号,名称\n1,锡矿山\n", encoding)
    assert found == source.encoding
    assert ["锡矿山"] == list(source.frame["名称"])


def test_a_told_encoding_wins(tmp_path: Path) -> None:
    source = _csv(tmp_path, "code,name\n1,é\n", "latin-1", encoding="latin-1")
    assert ("é", "as told") == (source.frame["name"].iloc[0], source.encoding_found_by)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, sign: str) -> None:
    source = _csv(
        tmp_path,
        sign.join(["code", "name", "n"]) + "\n" + sign.join(["1", "甲,乙" if sign != "," else "甲", "2"]) + "\n",
    )
    assert ["code", "name", "n"] == list(source.frame.columns)


def test_codes_keep_their_zeros_and_blanks_around_a_value_go(tmp_path: Path) -> None:
    assert ["0012", "x"] == _csv(tmp_path, "code, name\n 0012 , x \n").frame.iloc[0].tolist()


def test_a_row_of_data_is_never_taken_for_headings(tmp_path: Path) -> None:
    assert ["甲", "乙"] == list(_csv(tmp_path, "名称,2022\n甲,好\n乙,差\n").frame["名称"])


def test_a_code_of_eleven_digits_or_fewer_comes_out_of_excel_whole(tmp_path: Path) -> None:
    source = _xlsx(tmp_path, ["村代码", "人数"], [431381001, 12], ["431381001001", 12.5])
    assert (["431381001", "431381001001"], ["12", "12.5"]) == (list(source.frame["村代码"]), list(source.frame["人数"]))
    assert () == source.faults


def test_a_longer_code_that_is_a_number_is_refused_in_its_row_and_not_mended(tmp_path: Path) -> None:
    source = _xlsx(tmp_path, ["隐患点编号", "n"], ["431381010001", 1], [431381010002, 2])
    (fault,) = source.faults
    assert (2, "隐患点编号") == (fault.row, fault.column)
    assert "Excel turned the code into a number; format the column as text and enter it again" == fault.advice
    assert 431381010002 == source.frame["隐患点编号"].iloc[1]


def test_dates_are_dates_and_moments_are_moments(tmp_path: Path) -> None:
    moment = datetime(2022, 12, 23)  # noqa: DTZ001  Excel knows no zones
    source = _xlsx(tmp_path, ["a", "b"], [moment, moment], A2="yyyy-mm-dd", B2="yyyy-mm-dd hh:mm")
    assert [date(2022, 12, 23), moment] == source.frame.iloc[0].tolist()


def test_headings_under_a_title_and_in_two_rows_are_joined(tmp_path: Path) -> None:
    source = _xlsx(
        tmp_path,
        ["隐患点台账"],
        ["编号", "坐标", None],
        [None, "经度", "纬度"],
        ["001", 111.428, 27.6858],
        [None, None, None],
    )
    assert ["编号", "经度", "纬度", "geometry"] == list(source.frame.columns)
    assert PLACE == _place(source)


def test_a_stored_value_of_a_formula_is_taken(tmp_path: Path) -> None:
    _xlsx(tmp_path, ["code", "n"], ["1", "=1+1"])
    content = (tmp_path / "a.xlsx").read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v />", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>"))
    (tmp_path / "b.xlsx").write_bytes(out.getvalue())
    source = read_source(tmp_path / "b.xlsx")
    assert (["2"], ()) == (list(source.frame["n"]), source.faults)


def test_of_several_sheets_the_one_named_like_the_layer_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title in ("说明", "villages"):
        book.create_sheet(title).append(["code", title])
    book.save(tmp_path / "a.xlsx")
    assert "villages" == read_source(tmp_path / "a.xlsx", likely_names=["Villages"]).layer
    assert "说明" == read_source(tmp_path / "a.xlsx", layer_in_file="说明").layer
    with pytest.raises(UnreadableFileError, match=r"several sheets \(说明, villages\)"):
        read_source(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["WKT", "geometry_wkt", "几何"])
def test_shapes_in_text_are_shapes(tmp_path: Path, name: str) -> None:
    source = _csv(tmp_path, f'code,{name}\n1,"POLYGON((0 0,1 0,1 1,0 0))"\n2,\n')
    assert (Axes.SHAPES, "Polygon", None) == (
        source.axes,
        source.frame.geometry.iloc[0].geom_type,
        source.frame.geometry.iloc[1],
    )
    assert name not in source.frame.columns
