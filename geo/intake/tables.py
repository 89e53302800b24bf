"""A grid of cells, from a CSV or a worksheet, as a table: its headings, its rows, its codes.

Cells are text, or None where empty, or a date, or `Suspect`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from geo.errors import Fault, UnreadableFileError
from geo.intake.bounds import Bounds
from geo.intake.sources import unique_names

Row = list[Any]

_SEARCHED_ROWS: Final = 15
_CODE_HEADING = re.compile(r"码|编号|代号|code|(^|[ _])(id|no\.?)$", re.IGNORECASE)
_IN_POWERS = re.compile(r"\d(?:\.\d+)?E\+?\d{2,3}", re.IGNORECASE)
EXCEL_ADVICE = "Excel turned the code into a number; format the column as text and enter it again"

SHAPE_NAMES: Final = frozenset(
    {"wkt", "ewkt", "wkb", "geometry_wkt", "wkt_geometry", "wkt_geom", "geom_wkt", "wkb_geometry", "几何"}
    | {"geometry", "geom", "the_geom"}
)
"""Headings of columns that hold whole shapes as text."""


@dataclass(slots=True)
class Table:
    """A grid on its way to a frame, a list of cells for each heading, and what was met on the way."""

    path: Path
    layer: str
    headings: list[str]
    columns: list[list[Any]]
    count: int
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, position: int, column: str, value: object, problem: str, advice: str = "") -> None:
        """Name one thing wrong with the row at `position` (from 0)."""
        shown = None if value is None else str(value)[:80]
        self.faults.append(Fault(self.layer, position + 1, None, column, shown, problem, advice))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A worksheet's cell that cannot be taken as it stands; with `only_in_codes` it can, outside columns of codes."""

    value: str | int
    problem: str
    advice: str
    only_in_codes: bool = False


def table_of(path: Path, layer: str, grid: list[Row], bounds: Bounds, notes: Sequence[str] = ()) -> Table:
    """The grid's headings and data rows, each row as wide as the headings.

    Titles above the headings and rows that are wholly empty are left out and said; a row with more cells than there
    are headings is a fault. UnreadableFileError when there are no headings.
    """
    bounds.hold(path, "columns", "columns in the table", max(map(len, grid), default=0))
    top = _heading_row(grid)
    if top is None:
        raise UnreadableFileError(path, "is empty: there is no row of headings")
    names, below = _headings(grid, top)
    said = list(notes)
    above = [" ".join(str(cell) for cell in row if cell is not None) for row in grid[:top]]
    if any(above):
        said.append(f"left out above the headings: {' / '.join(filter(None, above))[:200]}")
    rows, empty = _filled(grid[below:])
    if empty:
        said.append(f"{empty} empty rows between others were left out and are not counted")
    long = [position for position, row in enumerate(rows) if len(row) > len(names) and _width(row) > len(names)]
    if len(long) * 2 >= len(rows):  # most rows have them: columns without a heading, not a stray comma
        names += [""] * (max(map(_width, rows), default=0) - len(names))
    names, changed = unique_names(names)
    width = len(names)
    padded = [row if len(row) == width else [*row[:width], *[None] * (width - len(row))] for row in rows]
    columns = [list(cells) for cells in zip(*padded, strict=True)] or [[] for _ in names]
    table = Table(path, layer, names, columns, len(rows), notes=said + changed)
    _name_overlong(table, rows, long)
    for place in range(width):
        _hold_column(table, place, bounds)
    return table


def _filled(rows: list[Row]) -> tuple[list[Row], int]:
    """The rows with anything in them (a cell is never false), and how many empty ones stand before the last."""
    while rows and not any(rows[-1]):
        rows.pop()
    filled = [row for row in rows if any(row)]
    return filled, len(rows) - len(filled)


def _width(row: Row) -> int:
    return next((n for n in range(len(row), 0, -1) if row[n - 1] is not None), 0)


def _is_heading(cell: Any) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"[-+.\d\s,/:°'\"E]+", cell) is None


def _heading_row(grid: list[Row]) -> int | None:
    """The first row that is nearly as full as the fullest near it, and half words; else the first that is not empty."""
    filled = [sum(cell is not None for cell in row) for row in grid[:_SEARCHED_ROWS]]
    if not any(filled):
        return None
    enough = max(filled) * 0.6
    for position, row in enumerate(grid[:_SEARCHED_ROWS]):
        if filled[position] >= enough and 2 * sum(map(_is_heading, row)) >= filled[position]:
            return position
    return next(position for position, count in enumerate(filled) if count)


def _headings(grid: list[Row], top: int) -> tuple[list[str], int]:
    """The headings, and the first row of data. A second row of headings (坐标 over 经度, 纬度) fills the gaps."""
    first = grid[top][: max(_width(grid[top]), 1)]
    names = ["" if cell is None else _one_line(cell) for cell in first]
    second = grid[top + 1] if top + 1 < len(grid) else []
    width = max(len(names), _width(second))
    names += [""] * (width - len(names))
    gaps = [n for n, name in enumerate(names) if not name]
    under = [n for n, cell in enumerate(second) if cell is not None]
    is_second = (
        bool(gaps) and set(gaps) <= set(under) and len(under) < width and all(_is_heading(second[n]) for n in under)
    )
    if not is_second:
        return names[: len(first)], top + 1
    return [_one_line(second[n]) if n in under else name for n, name in enumerate(names)], top + 2


def _one_line(cell: Any) -> str:
    return " ".join(str(cell).split())


def _name_overlong(table: Table, rows: list[Row], positions: list[int]) -> None:
    width = len(table.headings)
    for position in positions:
        beyond = " | ".join(str(cell) for cell in rows[position][width:] if cell is not None)
        if not beyond:
            continue
        problem = f"has more cells than the {width} headings"
        table.fault(position, table.headings[-1], beyond, problem, "put quotation marks around a value with a comma")


def _hold_column(table: Table, place: int, bounds: Bounds) -> None:
    """Codes that Excel made numbers are faults; cells too long are beyond the bounds."""
    heading, cells = table.headings[place], table.columns[place]
    is_code = _CODE_HEADING.search(heading) is not None
    if Suspect in set(map(type, cells)):
        for position, cell in enumerate(cells):
            if isinstance(cell, Suspect):
                if is_code or not cell.only_in_codes:
                    table.fault(position, heading, cell.value, cell.problem, cell.advice)
                cells[position] = cell.value
    texts = [cell for cell in cells if isinstance(cell, str)]
    if plain_heading(heading) not in SHAPE_NAMES:
        bounds.hold(table.path, "cell_chars", f"letters in a cell of {heading}", max(map(len, texts), default=0))
    if is_code:
        for position, cell in enumerate(cells):
            if isinstance(cell, str) and "+" in cell and _IN_POWERS.fullmatch(cell):
                table.fault(position, heading, cell, "is a number in powers of ten", EXCEL_ADVICE)


def plain_heading(heading: str) -> str:
    """A heading without what does not matter, the number that made it unique included."""
    lower = re.sub(r"[\s_]+", "_", heading.strip().lower()).replace("（", "(").replace("）", ")")
    return re.sub(r"_\(\d+\)$", "", lower)
