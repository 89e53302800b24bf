"""Layers as an XLSX workbook: a sheet each, and one that says from which data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import shapely
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from geo.calendar import to_china
from geo.errors import InputError
from geo.export.rows import Leaving, digits_of
from geo.export.workbooks import XLSX_CELLS, escaped
from geo.export.zips import write_zip
from geo.layers.spec import ColumnKind, Shape, is_missing

_CELL_LETTERS: Final = 32_767
"""Excel's."""
_ABOUT: Final = "说明 about"
_CORE: Final = "docProps/core.xml"
_CLOCK: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FORMATS: Final = {ColumnKind.DATE: "yyyy-mm-dd", ColumnKind.INSTANT: "yyyy-mm-dd hh:mm:ss.000"}


def write_workbook(path: Path, layers: Sequence[Leaving], members: Mapping[str, Any]) -> None:
    """A sheet for each layer: points in the columns lon and lat (x and y in metres), other shapes as WKT.

    A layer with a shape that no cell takes is written without shapes, and the last sheet says so: imported, its rows
    keep the shapes that they have. Instants are the clocks of China. InputError beyond `XLSX_CELLS`.
    """
    cells = sum(len(layer.frame) * (len(layer.names) + 2) for layer in layers)
    if cells > XLSX_CELLS:
        raise InputError(
            f"{cells:,} cells are more than a workbook of {XLSX_CELLS:,} takes; ask for csv or gpkg", parameter="f"
        )
    book = Workbook(write_only=True)
    said = [(name, str(value)) for name, value in members.items()]
    for layer in layers:
        sheet, places = book.create_sheet(layer.spec.name), _places(layer)
        if places is None:
            said.append((layer.spec.name, "shapes do not fit into cells, and are left out / 图形超出单元格容量,未写入"))
        headings, shapes = places or ([], [[]] * len(layer.frame))
        sheet.freeze_panes = "A2"
        names = [*layer.names[:-1], *headings, layer.names[-1]]
        sheet.column_dimensions[get_column_letter(len(names))].hidden = True  # the origin is for programs
        sheet.append([_text(sheet, name) for name in names])
        kinds = [column.kind for column in layer.columns]
        columns, origin = [layer.frame[column.name].tolist() for column in layer.columns], layer.origin
        for row, place in zip(zip(*columns, strict=True), shapes, strict=True):
            values = [_cell(sheet, cell, kind) for cell, kind in zip(row, kinds, strict=True)]
            sheet.append([*values, *place, _text(sheet, origin)])
    about = book.create_sheet(_ABOUT)
    for name, value in said:
        about.append([_text(about, name), _text(about, value)])
    write_zip(path, _timeless(book))


def _timeless(book: Workbook) -> Iterator[tuple[str, bytes]]:
    """The parts of a workbook without the time of day that openpyxl writes into them: equal rows make equal files."""
    held = BytesIO()
    ExcelWriter(book, ZipFile(held, "w")).save()
    with ZipFile(held) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            yield name, _CLOCK.sub(b"2000-01-01T00:00:00Z", part) if name == _CORE else part


def _places(layer: Leaving) -> tuple[list[str], list[list[Any]]] | None:
    """The headings and cells of the places; None where a shape is too long for a cell."""
    if layer.shapes is None:
        return [], [[]] * len(layer.frame)
    if layer.spec.shape is Shape.POINT:
        is_degrees = digits_of(layer.system) == 7
        headings = ["lon", "lat"] if is_degrees else ["easting", "northing"]
        return headings, shapely.get_coordinates(layer.shapes).tolist()
    texts = shapely.to_wkt(layer.shapes, rounding_precision=digits_of(layer.system)).tolist()
    if any(len(text) > _CELL_LETTERS for text in texts):
        return None
    return ["wkt"], [[text] for text in texts]


def _cell(sheet: Any, value: Any, kind: ColumnKind) -> Any:
    if is_missing(value):
        return None
    if isinstance(value, str):
        return _text(sheet, value)
    if kind in _FORMATS:
        found = WriteOnlyCell(sheet, to_china(value).replace(tzinfo=None) if kind is ColumnKind.INSTANT else value)
        found.number_format = _FORMATS[kind]
        return found
    return value


def _text(sheet: Any, text: str) -> Any:
    """A cell of text, which is no formula whatever it begins with."""
    found = WriteOnlyCell(sheet, escaped(text))
    found.data_type, found.number_format = "s", "@"
    return found
