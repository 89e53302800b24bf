"""Broken and hostile Excel workbooks: registers of hazard sites."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl

from tests.bad_files.cases import Content, Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import file, zipped

FILES = Family("hazard_sites")

HEAD = ["site_id", "name", "kind", "status", "lon", "lat"]


def site(**cells: Any) -> list[Any]:
    """A sound row under `HEAD`, with other cells where they are given."""
    sound = dict(zip(HEAD, ["431381010001", "甲", "landslide", "active", 111.4, 27.6], strict=True))
    return list((sound | cells).values())


def workbook(rows: list[list[Any]], change: Callable[[Any], None] | None = None) -> bytes:
    """An Excel workbook of one sheet, and what else is done to it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _with_part(name: str, change: Callable[[bytes], bytes | None], rows: list[list[Any]] | None = None) -> bytes:
    """A sound workbook with one part changed, or taken out (None)."""
    with zipfile.ZipFile(io.BytesIO(workbook(rows or [HEAD, site()]))) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    changed = change(parts.pop(name))
    return zipped(parts if changed is None else parts | {name: changed})


def _xlsx(name: str, content: Content, outcome: Outcome, *, file_name: str = "a.xlsx", **options: object) -> None:
    FILES.add(name, file(file_name, content), outcome, **options)


_SHEET = "xl/worksheets/sheet1.xml"
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 20) for letter in range(ord("b"), ord("l"))
)


def _set(cell: str, value: Any) -> Callable[[Any], None]:
    return lambda book: book.active.__setitem__(cell, value)


_xlsx("xlsx: no zip", lambda: b"not a workbook", Refused("does not begin like one"))
_xlsx("xlsx: cut off", lambda: workbook([HEAD, site()])[:-200], Refused("broken or cut-off zip"))
_xlsx("xlsx: without its book", lambda: _with_part("xl/workbook.xml", lambda _: None), Refused("broken Excel workbook"))
_xlsx("xlsx: without its sheet", lambda: _with_part(_SHEET, lambda _: None), Refused("broken Excel workbook"))
_xlsx("xlsx: a sheet cut off", lambda: _with_part(_SHEET, lambda part: part[:-40]), Refused("broken Excel workbook"))
_xlsx(
    "xlsx: a sheet of noise",
    lambda: _with_part(_SHEET, lambda _: b"\xff\xfe\x00noise"),
    Refused("broken Excel workbook"),
)
_xlsx(
    "xlsx: a sheet of entities",
    lambda: _with_part(_SHEET, lambda _: _LAUGHS + b"]><worksheet>&k;</worksheet>"),
    Refused("document type"),
)
_xlsx(
    "xlsx: a sheet in an encoding that is none",
    lambda: _with_part(_SHEET, lambda part: b'<?xml version="1.0" encoding="UT8"?>' + part),
    Refused("broken Excel workbook"),
)
_xlsx(
    "xlsx: a sheet in GBK",
    lambda: _with_part(_SHEET, lambda part: b'<?xml version="1.0" encoding="GBK"?>' + part),
    Refused("broken Excel workbook"),
)
_xlsx(
    "xlsx: shared texts that are not there",
    lambda: _with_part(_SHEET, lambda part: part.replace(b't="n"', b't="s"').replace(b">27.6<", b">99<")),
    Refused("broken Excel workbook"),
)
_xlsx("xlsx: a deep sheet", lambda: _with_part(_SHEET, lambda _: b"<a>" * 300_000), Refused("nested", "BoundsError"))
_xlsx(
    "xlsx: row 99,999,999",
    lambda: _with_part(_SHEET, lambda part: part.replace(b'<row r="2"', b'<row r="99999999"')),
    Refused("rows in the sheet", "BoundsError"),
)
_xlsx(
    "xlsx: a false dimension",
    lambda: _with_part(_SHEET, lambda part: part.replace(b'ref="A1:F2"', b'ref="A1:XFD1048576"')),
    Taken(1),
)
_xlsx(
    "xlsx: a cell in the last column",
    lambda: workbook([HEAD, site()], _set("XFD3", "x")),
    Refused("columns in row 3", "BoundsError"),
)
_xlsx(
    "xlsx: 1e999",
    lambda: _with_part(_SHEET, lambda part: part.replace(b"<v>111.4</v>", b"<v>1e999</v>")),
    Faulty("no finite number", 1),
)
_xlsx(
    "xlsx: a code as a number",
    lambda: workbook([HEAD, site(site_id=431381010001), site(site_id="431381010002")]),
    Faulty("Excel turned the code into a number", 2),
)
_xlsx("xlsx: a code shown in powers", lambda: workbook([HEAD, site(site_id="4.31381E+11")]), Faulty("powers of ten", 1))
_xlsx(
    "xlsx: a formula never computed",
    lambda: workbook([[*HEAD, "威胁人数"], [*site(), "=1+1"]]),
    Faulty("formula without a stored value", 1),
)
_xlsx(
    "xlsx: a formula for a phone",
    lambda: workbook([[*HEAD, "监测人电话"], [*site(), '="0738"&A2']]),
    Faulty("is a formula without a stored value, met '(restricted)'", 1),
)
_xlsx("xlsx: an Excel error", lambda: workbook([HEAD, site(name="#REF!")]), Faulty("Excel error", 1))
_xlsx(
    "xlsx: two sheets",
    lambda: workbook([HEAD, site()], lambda book: book.create_sheet("乙").append(["a"])),
    Refused("several sheets"),
)
_xlsx(
    "xlsx: no such sheet",
    lambda: workbook([HEAD, site()]),
    Refused("no sheet", "NotFoundError"),
    layer_in_file="甲",
)
_xlsx("xlsx: nothing in it", lambda: workbook([]), Refused("no row of headings"))
_xlsx(
    "xlsx: merged cells",
    lambda: workbook(
        [[*HEAD, "所在乡镇"], [*site(), "甲"], [*site(site_id="431381010002"), None]],
        lambda book: book.active.merge_cells("G2:G3"),
    ),
    Taken(2, "merged cells"),
)
_xlsx(
    "xlsx: headings in two rows",
    lambda: workbook([["隐患点台账"], [*HEAD[:4], "坐标", None], [None, None, None, None, "经度", "纬度"], site()]),
    Taken(1, "left out above"),
)
_xlsx(
    "xlsx: a date of the year 10,000",
    lambda: _with_part(
        _SHEET, lambda part: part.replace(b"44918", b"99999999"), [[*HEAD, "发现日期"], [*site(), date(2022, 12, 23)]]
    ),
    Faulty("Excel error", 1),
)
_xlsx(
    "xlsx: a bomb", lambda: _with_part(_SHEET, lambda part: part + b" " * 40_000_000), Refused("larger", "BoundsError")
)
_xlsx("xlsx: a password", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), Refused("with a password"))
_xlsx(
    "xlsx: old", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), Refused("old Excel file"), file_name="a.xls"
)
_xlsx(
    "xlsx: a document",
    lambda: zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
    Refused("no sheets"),
)
