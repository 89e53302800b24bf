"""CSV files and Excel workbooks as frames: what people type, with nothing guessed and nothing dropped."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl

from geo.errors import GeoError, NotFoundError, UnreadableFileError
from geo.intake.bounds import Bounds, check_size, check_xml, zip_entries
from geo.intake.coordinates import frame_of
from geo.intake.encodings import decode
from geo.intake.sources import Source, collector_paused
from geo.intake.tables import EXCEL_ADVICE, Row, Suspect, Table, table_of

_DELIMITERS: Final = (",", "\t", ";", "|")
_TYPED_AS_TEXT = re.compile(r'="(.*)"')
_LOST_LETTERS = re.compile("\ufffd|锟斤拷|烫烫烫")
_ESCAPED = re.compile("_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")
_CODE_DIGITS: Final = 10**11  # a number of more than 11 digits is shown as 4.31E+11 and may have been rounded


def read_csv(path: Path, content: bytes, encoding: str | None, bounds: Bounds) -> Source:
    """A CSV table in UTF-8, GB18030 or UTF-16, separated by comma, tab, semicolon or bar.

    UnreadableFileError for what is no table: other bytes, an open quotation mark, decimal commas.
    """
    check_size(path, len(content), bounds, text=True)
    decoded = decode(path, content, encoding)
    if "\0" in decoded.text:
        raise UnreadableFileError(path, "holds zero bytes: it is no text, whatever its name says")
    delimiter = _delimiter(decoded.text)
    notes = [] if delimiter == "," else [f"columns are separated by {_said(delimiter)}"]
    if _LOST_LETTERS.search(decoded.text):
        notes.append(
            "some letters were already lost before the file came here (\ufffd or 锟斤拷): go back to its source"
        )
    with collector_paused():
        grid = _csv_grid(path, decoded.text, delimiter, bounds)
        table = table_of(path, path.stem, grid, bounds, notes)
        return _source(table, bounds, "CSV", decoded.encoding, decoded.found_by, (path.stem,))


def _said(delimiter: str) -> str:
    return {"\t": "tabs", ";": "semicolons", "|": "bars"}[delimiter]


def _source(
    table: Table, bounds: Bounds, kind: str, encoding: str | None, found_by: str, layers: Sequence[str]
) -> Source:
    if not table.count:
        table.notes.append("there are headings and no rows")
    frame, axes, places = frame_of(table, bounds)
    return Source(
        frame, None, kind, encoding, found_by, table.layer, tuple(layers), axes, places,
        tuple(table.faults), tuple(table.notes),
    )  # fmt: skip


def _delimiter(text: str) -> str:
    """The sign that parts the first lines most often and most evenly; a comma when none does."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text[:20_000].splitlines()[:20] if line.strip()]
    counts = {sign: [line.count(sign) for line in lines] for sign in _DELIMITERS}
    even = {sign: met[0] for sign, met in counts.items() if met and met[0] and all(n == met[0] for n in met)}
    if even:
        return max(even, key=lambda sign: (even[sign], sign == ","))
    usual = {sign: sorted(met)[len(met) // 2] for sign, met in counts.items() if met}
    best = max(usual, key=lambda sign: (usual[sign], sign == ","), default=",")
    return best if usual.get(best) else ","


def _csv_grid(path: Path, text: str, delimiter: str, bounds: Bounds) -> list[Row]:
    csv.field_size_limit(2**31 - 1)  # the text is in memory already; cells are held to their own limit afterwards
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    typed = '="' in text
    grid: list[Row] = []
    try:
        for line in reader:
            grid.append([_typed_cell(cell) for cell in line] if typed else [cell.strip() or None for cell in line])
            if len(grid) > bounds.rows + 1:
                bounds.hold(path, "rows", "rows in the table (at least)", len(grid) - 1)
    except csv.Error as reason:
        raise UnreadableFileError(
            path,
            f"is no CSV table near line {reader.line_num} (row {len(grid) + 1}): {reason}; "
            'look for a quotation mark " that is not closed, or that stands inside a value without being doubled',
        ) from None
    return grid


def _typed_cell(cell: str) -> str | None:
    """A cell without the blanks around it; ="0123" is how some programs keep Excel from making it a number."""
    cell = cell.strip()
    if cell.startswith('="') and (typed := _TYPED_AS_TEXT.fullmatch(cell)):
        cell = typed[1].strip()
    return cell or None


def read_workbook(
    path: Path, content: bytes, sheet_wanted: str | None, likely_names: Sequence[str], bounds: Bounds
) -> Source:
    """One sheet of an .xlsx workbook: the one named, the only one with cells, or the one called like the layer.

    Formulas give the value that Excel stored; a formula without one is a fault. Dates are dates.
    """
    entries = [
        entry for entry in zip_entries(path, io.BytesIO(content), bounds) if entry.filename.endswith((".xml", ".rels"))
    ]
    check_size(path, sum(entry.file_size for entry in entries), bounds, text=True)
    try:
        marks = _marks(path, content, entries, bounds)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drop-down lists left out; bad dates come as errors
            sheets = _book(content).worksheets
            names = [sheet.title for sheet in sheets]
            name = _choose(path, sheets, sheet_wanted, likely_names)
            grid = _sheet_grid(path, content, name, bounds, has_formulas="formulas" in marks)
    except GeoError:
        raise
    except _BROKEN as reason:
        said = " ".join(str(reason).split())[:300] or type(reason).__name__  # some of the parsers' reasons fill a page
        raise UnreadableFileError(path, f"is a broken Excel workbook: {said}") from None
    notes = [f"read the sheet {name!r} of {', '.join(names)}"] if len(names) > 1 else []
    if "merged cells" in marks:
        notes.append("the workbook has merged cells: only the first cell of each holds its value")
    table = table_of(path, name, grid, bounds, notes)
    return _source(table, bounds, "XLSX", None, "the format's own", names)


# What openpyxl lets through when a part of the workbook is missing, cut off or not what the others say it is.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, TypeError, AttributeError, SyntaxError,
    OSError, ArithmeticError, RuntimeError, AssertionError, openpyxl.utils.exceptions.InvalidFileException,
)  # fmt: skip


def _book(content: bytes, *, formulas: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas, keep_links=False)


def _choose(path: Path, sheets: list[Any], wanted: str | None, likely_names: Sequence[str]) -> str:
    names = [sheet.title for sheet in sheets]
    if wanted is not None:
        if wanted not in names:
            raise NotFoundError(f"sheet in {path.name}", wanted, names)
        return wanted
    filled = [sheet.title for sheet in sheets if _is_filled(sheet)]
    likely = {name.lower() for name in likely_names}
    alike = [name for name in filled if name.lower() in likely]
    if len(filled) > 1 and len(alike) != 1:
        raise UnreadableFileError(path, f"has several sheets ({', '.join(filled)}); choose one with --layer-in-file")
    return str((alike or filled or names)[0])


def _is_filled(sheet: Any) -> bool:
    sheet.reset_dimensions()
    first_rows = itertools.islice(sheet.iter_rows(values_only=True), 1000)
    return any(value not in (None, "") for row in first_rows for value in row)


def _marks(path: Path, content: bytes, entries: list[zipfile.ZipInfo], bounds: Bounds) -> set[str]:
    """What the sheets' own XML shows and openpyxl's reading mode hides; every part is checked before it is parsed."""
    found = set()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in entries:
            part = archive.read(entry)
            check_xml(path, part, bounds)
            if entry.filename.startswith("xl/worksheets/"):
                found |= {"formulas"} if b"<f>" in part or b"<f " in part else set()
                found |= {"merged cells"} if b"<mergeCell " in part else set()
    return found


def _sheet_grid(path: Path, content: bytes, name: str, bounds: Bounds, *, has_formulas: bool) -> list[Row]:
    """The sheet's cells; a row number far down counts as that many rows, because openpyxl fills them in."""
    rows = _rows(_book(content)[name])
    written = _rows(_book(content, formulas=True)[name]) if has_formulas else itertools.repeat(())
    grid: list[Row] = []
    cells_held = bounds.rows * 64
    for row, formulas in zip(rows, written, strict=False):
        bounds.hold(path, "rows", "rows in the sheet (at least)", len(grid))
        bounds.hold(path, "columns", f"columns in row {len(grid) + 1}", len(row))
        cells_held -= len(row)
        if cells_held < 0:
            bounds.hold(path, "rows", "rows in the sheet, counted by their cells", bounds.rows + 1)
        grid.append([_cell(cell) for cell in row] if row else _NOTHING)
        for place, formula in enumerate(formulas):
            if formula.data_type == "f" and grid[-1][place] is None:
                grid[-1][place] = Suspect(str(formula.value), "is a formula without a stored value", _OPEN_ADVICE)
    while grid and all(cell is None for cell in grid[-1]):
        grid.pop()
    return grid


_NOTHING: Row = []  # one for all the rows that are not in the file
_OPEN_ADVICE = "open the workbook in Excel, save it, and import it again"


def _rows(sheet: Any) -> Any:
    sheet.reset_dimensions()  # a made-up dimension would pad every row to 16,384 cells
    return sheet.iter_rows()


def _cell(cell: Any) -> Any:
    """A worksheet's cell as text, date, None, or Suspect."""
    value = cell.value
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str() if cell.data_type == "e":
            return Suspect(value, "is an Excel error, not a value", "mend the formula, save, and import it again")
        case str():
            return _unescaped(value).strip() or None
        case int() | float():
            return _number(value)
        case datetime():
            # A date is a moment at midnight to Excel; only its number format tells them apart.
            return value if re.search("[hHs]", cell.number_format) else value.date()
        case _:
            return value if isinstance(value, date) else str(value)


def _unescaped(text: str) -> str:
    """The text without Excel's _x000D_ for what XML cannot hold; half a letter (a surrogate) is left as it is."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _number(value: float) -> Any:
    if not math.isfinite(value):
        return Suspect(str(value), "is no finite number", "")
    if value != int(value):
        return repr(value)
    whole = int(value)
    if abs(whole) < _CODE_DIGITS:
        return str(whole)
    return Suspect(whole, "is a number where a code must be text", EXCEL_ADVICE, only_in_codes=True)
