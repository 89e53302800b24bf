"""Cells as texts: for machines as in the JSON answers, for people in their language."""

from __future__ import annotations

from typing import Any, Final

from geo.calendar import to_china
from geo.geojson import plain
from geo.tables import CODE, CellKind, Column, Look

SEPARATOR: Final = ";"
"""What stands between the parts of a list: a comma would end a cell of a CSV file."""

FLAGS: Final = {"zh": ("否", "是"), "en": ("no", "yes")}
MACHINES: Final = Look(CODE, {})
"""Names of columns and codes of terms, without colours."""


def text_of(cell: Any, column: Column, look: Look) -> Any:
    """A cell as a text or a number; missing is None. Times are those of Asia/Shanghai, with their zone for machines."""
    if cell is None:
        return None
    if column.kind is CellKind.LIST:
        return SEPARATOR.join(str(part) for part in cell)
    if column.kind is CellKind.SHARE:
        return round(cell, 4)
    if look.lang == CODE:
        return str(cell) if column.kind is CellKind.TERM else plain(cell)
    if column.kind is CellKind.TERM:
        return look.word(column, cell)
    if column.kind is CellKind.FLAG:
        return FLAGS[look.lang][bool(cell)]
    if column.kind is CellKind.INSTANT:
        return f"{to_china(cell):%Y-%m-%d %H:%M:%S}"
    return plain(cell)
