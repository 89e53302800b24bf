"""The forms that an answer's tables are handed out in, as bytes and as files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from geo.atlas import Atlas
from geo.board import Board
from geo.errors import InputError, UnreadableFileError
from geo.export.csvs import book_csv
from geo.export.geojsons import book_geojson
from geo.export.workbooks import book_xlsx
from geo.files import write_atomic
from geo.tables import Book, Look

MEDIA: Final = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Each form, which is a file's suffix too, with its media type (RFC 7946, RFC 4180, ECMA-376)."""


def book_bytes(atlas: Atlas, board: Board, book: Book, look: Look, form: str, table: str | None = None) -> bytes:
    """An answer in one of the forms of `MEDIA`. A workbook has every table; the others have one, named by `table`."""
    if form == "xlsx" and table is not None:
        raise InputError(f"table={table!r} chooses for csv and geojson; a workbook has them all", parameter="table")
    if form == "geojson":
        return book_geojson(atlas, book, table)
    return book_csv(atlas, board, book, look, table) if form == "csv" else book_xlsx(atlas, board, book, look)


def form_of(path: Path) -> str:
    """The form that a file's suffix asks for; UnreadableFileError for another one."""
    suffix = path.suffix.lower().removeprefix(".")
    form = "geojson" if suffix == "json" else suffix
    if form not in MEDIA:
        raise UnreadableFileError(path, "is written as CSV, XLSX or GeoJSON: name it .csv, .xlsx or .geojson")
    return form


def write_book(path: Path, atlas: Atlas, board: Board, book: Book, look: Look, table: str | None = None) -> None:
    """Put an answer at `path`, in the form of its suffix, whole or not at all."""
    write_atomic(path, book_bytes(atlas, board, book, look, form_of(path), table))
