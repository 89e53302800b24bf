"""One table of an answer as CSV that a spreadsheet opens right, and cannot be made to run."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from geo.atlas import Atlas
from geo.board import Board
from geo.export.cells import text_of
from geo.export.made_up import drawn_from
from geo.tables import Book, CellKind, Column, Look

_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet may take for a formula (OWASP, "CSV Injection")."""
_TEXTS: Final = (CellKind.TEXT, CellKind.LIST, CellKind.TERM)
_STAMPS: Final = (
    Column("at", "截至", "as of", CellKind.INSTANT),
    Column("data_version", "数据版本", "data version"),
    Column("sequence", "最新事件号", "newest event", CellKind.COUNT),
    Column("rules", "规则版本", "rules' version"),
    Column("synthetic", "含模拟数据", "synthetic data in it", CellKind.FLAG),
)
"""The last columns of every row: a table in CSV has nowhere else to say of when and from what it is."""


def book_csv(atlas: Atlas, board: Board, book: Book, look: Look, name: str | None = None) -> bytes:
    """The table `name`, or the foremost: UTF-8 with a mark, by which Excel knows it, and lines ended by CR LF.

    A text that a spreadsheet might run is set behind an apostrophe; numbers stay numbers, with their signs.
    """
    table, source = book.table(name), book.provenance
    is_made_up = any(layer.synthetic_rows for layer in drawn_from(atlas, board, book))
    stamps = (book.at, source.version, source.sequence, source.rules, is_made_up)
    stamped = [text_of(cell, column, look) for column, cell in zip(_STAMPS, stamps, strict=True)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([column.heading(look.lang) for column in (*table.columns, *_STAMPS)])
    for row in table.rows:
        cells = [_cell(cell, column, look) for column, cell in zip(table.columns, row, strict=True)]
        writer.writerow([*cells, *stamped])
    return file.getvalue().encode("utf-8-sig")


def _cell(cell: Any, column: Column, look: Look) -> Any:
    text = text_of(cell, column, look)
    return "'" + text if column.kind in _TEXTS and isinstance(text, str) and text.startswith(_RUNS) else text
