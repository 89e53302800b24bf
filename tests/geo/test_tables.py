"""Answers as tables: every row told, headed in both languages, in files that a spreadsheet opens and cannot run."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from geo.atlas import Provenance
from geo.board import fold, recorded
from geo.calendar import CHINA, Month, Week
from geo.coverage import duty_coverage, leader_coverage, stay_coverage, stay_history, team_week
from geo.coverage_clock import coverage_clock
from geo.errors import InputError, UnknownTermError, UnreadableFileError
from geo.events import CheckIn, Draft, Mobilisation
from geo.export import book_bytes, form_of, workbooks, write_book
from geo.order_board import order_board
from geo.reach import reach_coverage
from geo.reinforce import reinforce
from geo.tables import (
    Book,
    CellKind,
    Column,
    Look,
    Places,
    Table,
    clock_tables,
    duty_tables,
    history_tables,
    leader_tables,
    order_tables,
    reach_tables,
    reinforcement_tables,
    stay_tables,
    team_tables,
)
from geo.terms import Attendance, DonorTier, OrderState, ReachState, StayState, TeamKind
from tests.county import AS_OF, EXPECTED_STATES, WEEK, SmallCounty, centre

HOME = "431381001001"
T0 = datetime(2022, 12, 23, 4, tzinfo=CHINA)
VOCABULARIES = {
    "state": StayState,
    "attendance": Attendance,
    "order_state": OrderState,
    "team_kind": TeamKind,
    "reach": ReachState,
    "donor_tier": DonorTier,
}
WORDS = {name: {term: f"词-{term.value}" for term in terms} for name, terms in VOCABULARIES.items()}
RED, GREEN = ("#c8372d", "#ffffff"), ("#bcdccb", "#0f3d29")
LOOK = Look("zh", WORDS, {"state": {StayState.LOST: RED, StayState.MET: GREEN}}, ("#dde2e7", "#17212b"))
ENGLISH = Look("en", WORDS)

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    'say "so", then\nleave',
    "a;b,c",
    "'quoted",
    "001",
    "_x0041_",
]


def books(county: SmallCounty) -> dict[str, Book]:
    """Every answer that has tables."""
    asked: Any = (county.atlas, county.board)
    place = {"lon": centre(HOME).x, "lat": centre(HOME).y, "crs": "EPSG:4326"}
    drafts = [
        Draft.of(Mobilisation(order_id="O1", scope=("431381001",), cause="山火", ends_at=None), T0),
        Draft.of(CheckIn(team_id="T01", member_id="m1", device_time=T0 + timedelta(hours=1), **place), T0),
    ]
    ordered = fold(county.atlas, recorded(drafts, AS_OF), known_until=AS_OF)
    return {
        "stays": stay_tables(stay_coverage(*asked, WEEK, at=AS_OF)),
        "history": history_tables(stay_history(*asked, Week(2022, 49), Week(2022, 52), at=AS_OF)),
        "leaders": leader_tables(leader_coverage(*asked, Month(2022, 12), at=AS_OF)),
        "duty": duty_tables(duty_coverage(*asked, date(2022, 12, 22), at=AS_OF)),
        "team": team_tables(team_week(*asked, "T01", WEEK, at=AS_OF), named=True),
        "clock": clock_tables(coverage_clock(*asked, WEEK), AS_OF),
        "reach": reach_tables(reach_coverage(*asked, at=AS_OF)),
        "reinforcement": reinforcement_tables(reinforce(*asked, HOME, at=AS_OF)),
        "order": order_tables(order_board(county.atlas, ordered, "O1", at=AS_OF), named=lambda _: True),
        "unnamed order": order_tables(order_board(county.atlas, ordered, "O1", at=AS_OF), named=lambda _: False),
        "unnamed team": team_tables(team_week(*asked, "T01", WEEK, at=AS_OF), named=False),
    }


@pytest.fixture(scope="module")
def told(small_county: SmallCounty) -> dict[str, Book]:
    return books(small_county)


ANSWERS = ["stays", "history", "leaders", "duty", "team", "clock", "order", "reach", "reinforcement"]


def made(*rows: tuple[Any, ...], columns: tuple[Column, ...] = (Column("note", "备注", "note"),)) -> Book:
    """A book of one table, whose rows lie at the village named in the first column."""
    table = Table(
        "notes", "备注", "notes", columns, rows, (columns[0].name,), Places("villages", columns[0].name), lead=1
    )
    return Book("notes", "备注", "notes", "all", (table,), (), ("villages",), AS_OF, Provenance("v1", AS_OF))


def csv_of(county: SmallCounty, book: Book, look: Look = LOOK, table: str | None = None) -> list[list[str]]:
    content = book_bytes(county.atlas, county.board, book, look, "csv", table).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def workbook_of(county: SmallCounty, book: Book, look: Look = LOOK) -> Any:
    return openpyxl.load_workbook(io.BytesIO(book_bytes(county.atlas, county.board, book, look, "xlsx")))


def geojson_of(county: SmallCounty, book: Book, table: str | None = None) -> dict[str, Any]:
    return json.loads(book_bytes(county.atlas, county.board, book, LOOK, "geojson", table))


# Every answer


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_row_of_every_table_has_a_cell_of_its_kind_under_each_heading(told: dict[str, Book], answer: str) -> None:
    kinds: dict[CellKind, Any] = {
        CellKind.TEXT: str,
        CellKind.COUNT: int,
        CellKind.NUMBER: float,
        CellKind.SHARE: float,
        CellKind.DATE: date,
        CellKind.INSTANT: datetime,
        CellKind.FLAG: bool,
        CellKind.LIST: tuple,
    }
    for table in told[answer].tables:
        assert table.rows
        for row in table.rows:
            for cell, column in zip(row, table.columns, strict=True):
                kind = VOCABULARIES[column.terms or ""] if column.kind is CellKind.TERM else kinds[column.kind]
                assert cell is None or (isinstance(cell, kind) and isinstance(cell, bool) == (kind is bool)), column


@pytest.mark.parametrize("answer", ANSWERS)
def test_headings_and_sheets_are_told_apart_in_either_language(told: dict[str, Book], answer: str) -> None:
    for lang in ("zh", "en"):
        titles = [table.title(lang) for table in told[answer].tables]
        assert len(set(titles)) == len(titles)
        assert [one for one in titles if len(one) > 31 or re.search(r"[\[\]:*?/\\]", one)] == []  # Excel's limits
        for table in told[answer].tables:
            headings = [column.heading(lang) for column in table.columns]
            assert len(set(headings)) == len(headings)
            names = [column.name for column in table.columns]
            assert len(set(names)) == len(names)
            assert set(table.key) <= set(names)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("look", [LOOK, ENGLISH])
def test_a_workbook_has_a_sheet_a_subject_with_a_frozen_filtered_heading_and_one_that_says_what_it_is(
    small_county: SmallCounty, told: dict[str, Book], answer: str, look: Look
) -> None:
    book = told[answer]
    found = workbook_of(small_county, book, look)
    assert found.sheetnames == [
        *(table.title(look.lang) for table in book.tables),
        {"zh": "说明", "en": "about"}[look.lang],
    ]
    for table in book.tables:
        sheet = found[table.title(look.lang)]
        assert [cell.value for cell in sheet[1]] == [column.heading(look.lang) for column in table.columns]
        assert (sheet.max_row, sheet.max_column) == (len(table.rows) + 1, len(table.columns))
        assert sheet.freeze_panes.endswith("2")
        assert sheet.auto_filter.ref == sheet.dimensions


@pytest.mark.parametrize("answer", ANSWERS)
def test_csv_has_the_same_rows_and_each_says_of_when_and_from_what_it_is(
    small_county: SmallCounty, told: dict[str, Book], answer: str
) -> None:
    for table in told[answer].tables:
        head, *rows = csv_of(small_county, told[answer], table=table.name)
        assert head[: len(table.columns)] == [column.heading("zh") for column in table.columns]
        assert len(rows) == len(table.rows)
        source = told[answer].provenance
        sequence = "" if source.sequence is None else str(source.sequence)
        stamps = ["2022-12-23 10:00:00", source.version, sequence, source.rules, "是"]
        assert [row for row in rows if row[-5:] != stamps] == []


@pytest.mark.parametrize("answer", ANSWERS)
def test_rows_lie_where_their_village_town_or_station_does(
    small_county: SmallCounty, told: dict[str, Book], answer: str
) -> None:
    for table in told[answer].tables:
        if table.places is None:
            with pytest.raises(InputError, match="csv or xlsx"):
                told[answer].placed(table.name)
            continue
        body = geojson_of(small_county, told[answer], table.name)
        assert len({one["id"] for one in body["features"]}) == len(table.rows) == len(body["features"])
        kinds = {one["geometry"]["type"] for one in body["features"]}
        assert kinds == ({"Point"} if table.places.layer in ("stations", "hazard_sites") else {"Polygon"})
        assert body["data"] == told[answer].provenance.body()
        assert body["at"] == AS_OF.isoformat()


def test_the_villages_of_a_week_have_the_states_known_in_advance(
    small_county: SmallCounty, told: dict[str, Book]
) -> None:
    table = told["stays"].table()
    assert dict(zip(table.cells("village_code"), table.cells("state"), strict=True)) == EXPECTED_STATES
    features = geojson_of(small_county, told["stays"])["features"]
    assert {one["id"]: one["properties"]["state"] for one in features} == EXPECTED_STATES
    assert features[0]["properties"]["evenings"] == "2022-12-20;2022-12-22"


def test_history_has_a_column_a_week_and_the_same_states_as_the_week_itself(told: dict[str, Book]) -> None:
    states = told["history"].table("states")
    assert dict(zip(states.cells("village_code"), states.cells("2022-W51"), strict=True)) == EXPECTED_STATES
    assert [column.name for column in told["history"].table("nights").columns][-4:] == [
        f"2022-W{week}" for week in (49, 50, 51, 52)
    ]


def test_members_of_an_order_and_of_a_team_have_no_ids_for_who_may_not_know_them(told: dict[str, Book]) -> None:
    assert "m1" in told["order"].table("members").cells("member_id")
    for answer in ("unnamed order", "unnamed team"):
        assert set(told[answer].table("members").cells("member_id")) == {None}
    unnamed, named = (told[one].table("members").cells("state") for one in ("unnamed order", "order"))
    assert unnamed == named


def test_an_hour_of_the_clock_has_a_column_and_the_members_of_each_village(told: dict[str, Book]) -> None:
    members = told["clock"].table("members")
    assert len(members.columns) == 4 + 168
    assert members.columns[4].heading("zh") == "12-19 0时"
    assert {column.terms for column in members.columns[4:]} == {"members"}


def test_a_table_that_there_is_not_is_refused_with_those_there_are(told: dict[str, Book]) -> None:
    with pytest.raises(UnknownTermError, match="teams, members, villages, towns"):
        told["order"].table("people")


# Hostile cells


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_holds_no_text_that_a_spreadsheet_runs_and_loses_none(small_county: SmallCounty, text: str) -> None:
    _, (cell, *_) = csv_of(small_county, made((text,)))
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_workbook_holds_text_as_text_whatever_it_begins_with(small_county: SmallCounty, text: str) -> None:
    cell = workbook_of(small_county, made((text,)))["备注"]["A2"]
    assert (unescape(cell.value), cell.data_type, cell.number_format) == (text, "s", "@")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@example(text="\x00\x0b￾_x000A_")
def test_any_text_comes_back_from_csv_and_from_a_workbook(small_county: SmallCounty, text: str) -> None:
    _, (cell, *_) = csv_of(small_county, made((text,)))
    assert cell in (text, "'" + text)
    assert unescape(workbook_of(small_county, made((text,)))["备注"]["A2"].value) == text


def test_numbers_keep_their_signs_and_stay_numbers(small_county: SmallCounty) -> None:
    columns = (
        Column("code", "代码", "code"),
        Column("count", "数", "count", CellKind.COUNT),
        Column("number", "值", "number", CellKind.NUMBER),
        Column("share", "占比", "share", CellKind.SHARE),
    )
    book = made((HOME, -3, -0.5, 0.25), columns=columns)
    frame = pd.read_csv(
        io.BytesIO(book_bytes(small_county.atlas, small_county.board, book, LOOK, "csv")), dtype={"代码": str}
    )
    assert frame.iloc[0, :4].tolist() == [HOME, -3, -0.5, 0.25]
    row = workbook_of(small_county, book)["备注"][2]
    assert [(cell.value, cell.data_type) for cell in row] == [(HOME, "s"), (-3, "n"), (-0.5, "n"), (0.25, "n")]
    assert [cell.number_format for cell in row] == ["@", "0", "General", "0.0%"]


def test_dates_are_dates_instants_are_local_and_missing_cells_are_empty(small_county: SmallCounty) -> None:
    columns = (
        Column("day", "日", "day", CellKind.DATE),
        Column("at", "时", "at", CellKind.INSTANT),
        Column("state", "状态", "state", CellKind.TERM, terms="state"),
    )
    instant = datetime.fromisoformat("2022-12-31T18:30:00+00:00")
    book = made((date(2022, 12, 31), instant, None), columns=columns)
    row = workbook_of(small_county, book)["备注"][2]
    assert [cell.value for cell in row] == [datetime(2022, 12, 31), datetime(2023, 1, 1, 2, 30), None]  # noqa: DTZ001  # a sheet's cell has no zone
    assert [row[0].number_format, row[1].number_format] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]
    assert csv_of(small_county, book)[1][:3] == ["2022-12-31", "2023-01-01 02:30:00", ""]
    assert columns[1].heading("zh") == "时(北京时间)"


# Files


def test_csv_begins_with_the_mark_by_which_excel_knows_utf_8_and_ends_its_lines_as_rfc_4180_says(
    small_county: SmallCounty, told: dict[str, Book]
) -> None:
    content = book_bytes(small_county.atlas, small_county.board, told["stays"], LOOK, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 13


def test_states_have_the_colours_of_the_map_and_the_last_sheet_has_the_key(
    small_county: SmallCounty, told: dict[str, Book]
) -> None:
    found = workbook_of(small_county, told["stays"])
    table = told["stays"].table()
    column = table.position("state") + 1
    for row, state in enumerate(table.cells("state"), 2):
        cell = found.worksheets[0].cell(row, column)
        assert cell.value == f"词-{state.value}"
        colours = {StayState.LOST: RED, StayState.MET: GREEN}.get(state)
        assert (
            (cell.fill.fgColor.rgb[2:], cell.font.color.rgb[2:]) == tuple(one.removeprefix("#") for one in colours)
            if colours
            else cell.fill.fill_type is None
        )
    key = {cell.value: cell.fill.fgColor.rgb[2:] for cell in found["说明"]["B"] if cell.fill.fill_type}
    assert key == {"词-lost": "c8372d", "词-met": "bcdccb"}


def test_the_last_sheet_says_of_when_from_what_by_which_rules_and_what_is_synthetic(
    small_county: SmallCounty, told: dict[str, Book]
) -> None:
    sheet = workbook_of(small_county, told["stays"])["说明"]
    facts = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert facts["周次"] == "2022-W51"
    assert facts["截至(北京时间)"] == "2022-12-23 10:00:00"
    assert facts["数据版本"] == told["stays"].provenance.version
    assert facts["规则版本"] == told["stays"].provenance.rules
    assert facts["依据图层:村(社区)"] == "12 行,其中模拟数据 12 行"


def test_columns_are_wide_enough_for_chinese(small_county: SmallCounty) -> None:
    book = made(("冷水江市财政局驻村工作队",), ("短",))
    assert workbook_of(small_county, book)["备注"].column_dimensions["A"].width >= 2 * 12


def test_a_workbook_beyond_the_bound_is_refused_and_csv_is_named(
    small_county: SmallCounty, told: dict[str, Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "XLSX_CELLS", 50)
    with pytest.raises(InputError, match="ask for csv"):
        workbook_of(small_county, told["stays"])


def test_a_row_whose_place_is_not_known_has_no_geometry(small_county: SmallCounty) -> None:
    known, unknown = geojson_of(small_county, made((HOME,), ("431381999999",)))["features"]
    assert known["geometry"]["type"] == "Polygon"
    assert unknown["geometry"] is None


@pytest.mark.parametrize(
    ("name", "form"), [("a.csv", "csv"), ("a.XLSX", "xlsx"), ("a.geojson", "geojson"), ("a.json", "geojson")]
)
def test_a_files_name_says_its_form(
    small_county: SmallCounty, told: dict[str, Book], tmp_path: Path, name: str, form: str
) -> None:
    assert form_of(Path(name)) == form
    write_book(tmp_path / name, small_county.atlas, small_county.board, told["stays"], LOOK)
    first = {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "geojson": b'{"type":"FeatureCollection"'}[form]
    assert (tmp_path / name).read_bytes().startswith(first)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.xls", "csv"])
def test_another_name_is_refused_with_those_that_are_taken(name: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"\.csv, \.xlsx or \.geojson"):
        form_of(Path(name))


def test_a_workbook_takes_no_single_table(small_county: SmallCounty, told: dict[str, Book]) -> None:
    with pytest.raises(InputError, match="has them all"):
        book_bytes(small_county.atlas, small_county.board, told["order"], LOOK, "xlsx", "teams")
