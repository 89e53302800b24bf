"""An answer as an XLSX workbook: one sheet a subject, and a sheet that says what it is, of when and from what."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import to_china
from geo.errors import InputError
from geo.export.cells import text_of
from geo.export.explaining import facts, legend, made_up_rows
from geo.export.made_up import DrawnFrom, drawn_from
from geo.tables import Book, CellKind, Column, Look, Table

XLSX_CELLS: Final = 200_000
"""The largest workbook, in cells: some six seconds. What is larger goes as CSV, some thirty times as fast."""
_ROWS: Final = 1_048_575
"""Excel's, without the headings."""
_WIDTHS: Final = (8, 60)
_MEASURED_ROWS: Final = 1_000
_EXPLAINED_WIDTHS: Final = (32, 48)
_FORMATS: Final = {
    CellKind.COUNT: "0",
    CellKind.NUMBER: "General",
    CellKind.SHARE: "0.0%",
    CellKind.DATE: "yyyy-mm-dd",
    CellKind.INSTANT: "yyyy-mm-dd hh:mm:ss",
}
_ABOUT: Final = {"zh": "说明", "en": "about"}
_UNHEARD: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold, and a text that would be read as standing for it."""


def book_xlsx(atlas: Atlas, board: Board, book: Book, look: Look) -> bytes:
    """The workbook. Headings are frozen and filtered, dates and numbers are real, codes are text, no text is a formula.

    Cells of terms that the map colours have its colours. InputError where it would have more than `XLSX_CELLS`.
    """
    cells = sum(len(table.rows) * len(table.columns) for table in book.tables)
    if cells > XLSX_CELLS or any(len(table.rows) > _ROWS for table in book.tables):
        raise InputError(
            f"{cells:,} cells are more than a workbook of {XLSX_CELLS:,} takes; ask for csv", parameter="f"
        )
    workbook = Workbook(write_only=True)
    workbook.properties.title = escaped(book.title(look.lang))
    workbook.properties.creator = "Yixian 一线"
    for table in book.tables:
        _Sheet(workbook, look, table.title(look.lang)).write(table)
    _Sheet(workbook, look, _ABOUT[look.lang]).explain(book, drawn_from(atlas, board, book))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


class _Style(NamedTuple):
    place: int
    number_format: str
    colour: tuple[str, str] | None = None
    is_bold: bool = False


class _Sheet:
    """One sheet that is being written."""

    def __init__(self, workbook: Workbook, look: Look, title: str) -> None:
        self.sheet, self.look = workbook.create_sheet(title), look
        self.styled: dict[_Style, Any] = {}

    def write(self, table: Table) -> None:
        """A table under its headings."""
        look, columns = self.look, table.columns
        self.sheet.freeze_panes = f"{get_column_letter(table.lead + 1)}2"
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(table.rows) + 1}"
        for number, width in enumerate(_widths(table, look), 1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        headings = enumerate(column.heading(look.lang) for column in columns)
        self.sheet.append([self.text(place, heading, look.head, is_bold=True) for place, heading in headings])
        for row in table.rows:
            told = enumerate(zip(row, columns, strict=True))
            self.sheet.append([self.told(place, cell, column) for place, (cell, column) in told])

    def explain(self, book: Book, layers: Sequence[DrawnFrom]) -> None:
        """What the workbook is."""
        look = self.look
        self.sheet.column_dimensions["A"].width, self.sheet.column_dimensions["B"].width = _EXPLAINED_WIDTHS
        for name, value in chain(facts(book, look.lang), made_up_rows(layers, look.lang)):
            self.sheet.append([self.text(0, name, look.head, is_bold=True), self.text(1, value)])
        for column, term, colour in legend(book, look):
            word = look.word(column, term) if column.kind is CellKind.TERM else str(term)
            self.sheet.append(
                [self.text(0, column.heading(look.lang), look.head, is_bold=True), self.text(1, word, colour)]
            )

    def told(self, place: int, cell: Any, column: Column) -> Any:
        """A cell of a table; None where it is missing."""
        if cell is None:
            return None
        colour = self.look.colour(column, cell)
        if column.kind not in _FORMATS:
            return self.text(place, text_of(cell, column, self.look), colour)
        found = self.cell(_Style(place, _FORMATS[column.kind], colour))
        found.value = to_china(cell).replace(tzinfo=None) if column.kind is CellKind.INSTANT else cell
        return found

    def text(self, place: int, text: str, colour: tuple[str, str] | None = None, *, is_bold: bool = False) -> Any:
        """A cell of text, which is no formula whatever it begins with."""
        found = self.cell(_Style(place, "@", colour, is_bold))
        found.value = escaped(text)
        found.data_type = "s"
        return found

    def cell(self, style: _Style) -> Any:
        """The one cell of a style in a column: it is written when its row is, and then free for the next row.

        A style made anew for each cell takes half as long again.
        """
        if style not in self.styled:
            cell = self.styled[style] = WriteOnlyCell(self.sheet)
            cell.number_format = style.number_format
            fill, ink = style.colour or (None, "#000000")
            if fill is not None:
                cell.fill = PatternFill("solid", fgColor=fill.removeprefix("#"))
            cell.font = Font(color=ink.removeprefix("#"), bold=style.is_bold)
        return self.styled[style]


def escaped(text: str) -> str:
    """The text as Excel writes it: what XML cannot hold, and what looks like that, as _x000D_."""
    return _UNHEARD.sub(lambda found: f"_x{ord(found.group()):04X}_", text)


def _widths(table: Table, look: Look) -> Iterator[float]:
    """Each column's width in digits: that of its heading or its widest cell, where a Chinese character takes two."""
    for place, column in enumerate(table.columns):
        texts = (text_of(row[place], column, look) for row in islice(table.rows, _MEASURED_ROWS))
        widest = max(map(_width, (column.heading(look.lang), *(text for text in texts if text is not None))))
        yield min(max(widest + 2, _WIDTHS[0]), _WIDTHS[1])


def _width(text: object) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in str(text))
