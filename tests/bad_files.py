"""Files that are broken, hostile, or merely odd, each made by code and each with what must become of it.

`CORPUS` is driven through a reading function in a child process (`drive`): one line of JSON a file, so that a crash
names the file that it happened on. `python -m tests.bad_files FOLDER FIRST` is that child; `FOLDER shake SEED COUNT`
reads sound files with bytes changed at random.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import sqlite3
import struct
import sys
import traceback
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.errors import GeoError
from geo.intake.bounds import Bounds
from geo.intake.formats import Source, read_source


@dataclass(frozen=True)
class Refused:
    """The file as a whole is not taken: the error's class, and a part of what it says."""

    words: str
    error: str = "UnreadableFileError"


@dataclass(frozen=True)
class Faulty:
    """The file is read, and faults with these words name its rows."""

    words: str
    rows: int
    faults: int = 1


@dataclass(frozen=True)
class Taken:
    """The file is read without a fault; a note says the words (empty: none is asked for)."""

    rows: int
    words: str = ""


@dataclass(frozen=True)
class BadFile:
    """One file: how it is made in an empty folder of its own, how it is read, and what must come of it."""

    name: str
    make: Callable[[Path], Path]
    outcome: Refused | Faulty | Taken
    options: dict[str, Any] = field(default_factory=dict)


CORPUS: list[BadFile] = []


def _add(name: str, make: Callable[[Path], Path], outcome: Refused | Faulty | Taken, **options: Any) -> None:
    CORPUS.append(BadFile(name, make, outcome, options))


def _file(name: str, content: bytes | str | Callable[[], bytes | str]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        made = content() if callable(content) else content
        path = folder / name
        path.write_bytes(made.encode() if isinstance(made, str) else made)
        return path

    return make


# --- JSON ---------------------------------------------------------------------------------------------------------

_LINE = '{"type":"LineString","coordinates":[[111.4,27.6],[111.5,27.7]]}'


def _feature(geometry: str = _LINE, properties: str = '{"code":"431381001001"}', kind: str = "Feature") -> str:
    return f'{{"type":"{kind}","properties":{properties},"geometry":{geometry}}}'


def _collection(*features: str, members: str = "") -> str:
    return f'{{"type":"FeatureCollection",{members}"features":[{",".join(features)}]}}'


def _json(name: str, content: bytes | str | Callable[[], bytes | str], outcome: Any, **options: Any) -> None:
    _add(name, _file(options.pop("file", "a.geojson"), content), outcome, **options)


def _point(coordinates: str) -> str:
    return f'{{"type":"Point","coordinates":{coordinates}}}'


def _nested_geojson(levels: int = 22_000) -> str:
    open_, close = '{"type":"GeometryCollection","geometries":[', "]}"
    return _collection(_feature(open_ * levels + _point("[1,2]") + close * levels))


_json("json: empty", b"", Refused("is empty"))
_json("json: only blanks", b" \n\t ", Refused("is empty"))
_json("json: zero bytes only", b"\0" * 5000, Refused("is empty"))
_json("json: cut off", _collection(_feature())[:-30], Refused("is not JSON"))
_json(
    "json: cut off in a letter",
    ('{"type":"FeatureCollection","name":"冷'.encode())[:-1],
    Refused("is not JSON"),
)
_json("json: NaN", _collection(_feature(_point("[NaN,27]"))), Refused("NaN and Infinity are no JSON"))
_json("json: Infinity", _collection(_feature(_point("[Infinity,27]"))), Refused("NaN and Infinity are no JSON"))
_json("json: 1e999", _collection(_feature(_point("[1e999,27]"))), Refused("number is infinity"))
_json("json: 1e999 in a property", _collection(_feature(properties='{"n":1e999}')), Refused("number is infinity"))
_json("json: 1 MiB of nested collections", _nested_geojson, Refused("levels of nested brackets", "BoundsError"))
_json(
    "json: a million brackets",
    lambda: _collection(_feature(_point("[" * 1_000_000 + "]" * 1_000_000))),
    Refused("nesting_depth", "BoundsError"),
)
_json(
    "json: brackets that never close",
    '{"type":"FeatureCollection","features":' + "[" * 400_000,
    Refused("", "BoundsError"),
)
_json(
    "json: deep properties",
    lambda: _collection(_feature(properties='{"a":' * 5000 + "1" + "}" * 5000)),
    Refused("nesting_depth", "BoundsError"),
)
_json("json: brackets in a text", _collection(_feature(properties='{"a":"' + "[" * 9000 + '"}')), Taken(1))
_json("json: escaped quotes and brackets", _collection(_feature(properties=r'{"a":"\\\"[[[[\\"}')), Taken(1))
_json("json: some object", '{"a": 1}', Refused("not a GeoJSON FeatureCollection"))
_json("json: an array", "[1, 2]", Refused("not a GeoJSON FeatureCollection"))
_json("json: TopoJSON", '{"type":"Topology","objects":{}}', Refused("TopoJSON"))
_json("json: ESRI JSON", '{"geometryType":"esriGeometryPoint","features":[]}', Refused("not a GeoJSON"))
_json(
    "json: a GDAL pipeline",
    '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/passwd"}',
    Refused("not a GeoJSON FeatureCollection"),
)
_json("json: features that are no list", '{"type":"FeatureCollection","features":{}}', Refused("not a GeoJSON"))
_json("json: no features", _collection(), Taken(0, "no features"))
_json(
    "json: a crs that names nothing", _collection(_feature(), members='"crs":{"type":"name"},'), Refused("crs member")
)
_json("json: a crs of null", _collection(_feature(), members='"crs":null,'), Taken(1))
_json("json: null for a feature", _collection("null", _feature()), Faulty("no GeoJSON Feature", 2))
_json("json: a text for a feature", _collection('"x"', _feature()), Faulty("no GeoJSON Feature", 2))
_json("json: a geometry for a feature", _collection(_LINE), Faulty("no GeoJSON Feature", 1))
_json("json: properties in a list", _collection(_feature(properties="[1]")), Faulty("properties that are no object", 1))
_json("json: no properties", _collection(_feature(properties="null")), Taken(1))
_json("json: texts for numbers", _collection(_feature(_point('["111","27"]')), _feature()), Faulty("must be number", 2))
_json("json: one number for a place", _collection(_feature(_point("[111]"))), Faulty("found one", 1))
_json("json: four numbers for a place", _collection(_feature(_point("[1,2,3,4]"))), Faulty("more than three", 1))
_json("json: a truth value for a number", _collection(_feature(_point("[true,1]"))), Faulty("must be number", 1))
_json("json: null for coordinates", _collection(_feature(_point("null"))), Faulty("must be array", 1))
_json("json: no coordinates", _collection(_feature('{"type":"Point"}')), Faulty("cannot be read", 1))
_json(
    "json: an open ring",
    _collection(_feature('{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1]]]}')),
    Faulty("closed linestring", 1),
)
_json(
    "json: a line of one place",
    _collection(_feature('{"type":"LineString","coordinates":[[1,2]]}')),
    Faulty("cannot be read", 1),
)
_json("json: a circle", _collection(_feature('{"type":"Circle","coordinates":[1,2]}')), Faulty("'Circle'", 1))
_json("json: a number for a geometry", _collection(_feature("5")), Faulty("no GeoJSON geometry", 1))
_json("json: null shapes", _collection(_feature("null"), _feature("null")), Taken(2))
_json("json: empty shapes", _collection(_feature('{"type":"Polygon","coordinates":[]}')), Taken(1))
_json(
    "json: a bow-tie",
    _collection(_feature('{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}')),
    Taken(1),
)
_json(
    "json: over the antimeridian",
    _collection(_feature('{"type":"LineString","coordinates":[[179,1],[-179,1]]}')),
    Taken(1),
)
_json("json: latitude first", _collection(_feature(_point("[27.6,111.4]"))), Taken(1))
_json("json: a mark before UTF-8", b"\xef\xbb\xbf" + _collection(_feature()).encode(), Taken(1))
_json("json: UTF-16", _collection(_feature()).encode("utf-16"), Taken(1))
_json("json: GBK", _collection(_feature(properties='{"n":"冷水江"}')).encode("gbk"), Taken(1))
_json("json: half a surrogate", _collection(_feature(properties=r'{"n":"\ud800"}')), Refused("is not JSON"))
_json("json: neither UTF-8 nor GBK", b'{"type":"FeatureCollection","name":"\xff\xff"}', Refused("is not gb18030"))
_json("json: a zero byte inside", b'{"type":"Feature\0Collection"}', Refused("is not JSON"))
_json(
    "json: a number of 5,000 digits", _collection(_feature(properties='{"n":' + "9" * 5000 + "}")), Refused("infinity")
)
_json(
    "json: 1,001 properties",
    lambda: _collection(_feature(properties=json.dumps({f"p{n}": n for n in range(1001)}))),
    Refused("different properties", "BoundsError"),
)
_json(
    "json: more features than allowed",
    _collection(*[_feature()] * 6),
    Refused("features", "BoundsError"),
    bounds=Bounds(rows=5),
)
_json(
    "json: larger than allowed", _collection(_feature()), Refused("bytes", "BoundsError"), bounds=Bounds(file_bytes=50)
)
_json("json: named .gpkg", _collection(_feature()), Taken(1, "the content is GeoJSON"), file="a.gpkg")
_json("json: named .csv", _collection(_feature()), Taken(1, "the content is GeoJSON"), file="a.csv")
_json("lines: one broken", _feature() + "\n" + _feature()[:-5] + "\n", Refused("in line 2"), file="a.geojsonl")
_json("lines: one no feature", _feature() + '\n{"a":1}\n', Faulty("no GeoJSON Feature", 2), file="a.geojsonl")
_json("lines: record separators", f"\x1e{_feature()}\n\x1e{_feature()}\n", Taken(2), file="a.geojsons")

# --- CSV ----------------------------------------------------------------------------------------------------------


def _csv(name: str, content: bytes | str | Callable[[], bytes | str], outcome: Any, **options: Any) -> None:
    _add(name, _file(options.pop("file", "a.csv"), content), outcome, **options)


def _nested_wkt(levels: int = 23_000) -> str:
    return "GEOMETRYCOLLECTION(" * levels + "POINT(1 2)" + ")" * levels


def _nested_wkb(levels: int, order: str = "<") -> bytes:
    head = struct.pack(f"{order}bII", order == "<", 7, 1)
    return head * levels + struct.pack("<bIdd", 1, 1, 111.4, 27.6)


def _wkb_in_multipoints(levels: int) -> bytes:
    """Multi-points in multi-points: GEOS descends into them before it looks at their type."""
    return struct.pack("<bII", 1, 4, 1) * levels + struct.pack("<bIdd", 1, 1, 1, 2)


_CHINESE = "编号,名称,经度,纬度\n431381010001,锡矿山滑坡,111.4,27.6\n"

_csv("csv: empty", "", Refused("is empty"))
_csv("csv: blank lines", "\n\r\n\n", Refused("is empty"))
_csv("csv: only separators", ",,,\n,,,\n", Refused("no row of headings"))
_csv("csv: headings and no rows", "code,lon,lat\n", Taken(0, "no rows"))
_csv("csv: zero bytes", "code,lon,lat\n1,\0,3\n", Refused("zero bytes"))
_csv(
    "csv: a program",
    bytes(range(256)) * 20,
    Refused(""),
)
_csv("csv: an open quotation mark", 'code,name\n1,"甲\n2,乙\n3,丙\n', Refused("quotation mark"))
_csv("csv: a quotation mark inside", 'code,name\n1,"甲"乙\n', Refused("quotation mark"))
_csv("csv: too many cells", "code,name\n1,a,b\n2,c\n3,d\n", Faulty("more cells than the 2 headings", 3))
_csv("csv: too few cells", "code,name,lon,lat\n1\n", Taken(1))
_csv("csv: blank rows between", "code,name\n1,a\n,\n\n2,b\n\n", Taken(2, "2 empty rows"))
_csv("csv: two columns of one name", "code,name,name\n1,a,b\n", Taken(1, "the second 'name'"))
_csv("csv: a column without a name", "code,,name\n1,a,b\n", Taken(1, "without a heading"))
_csv("csv: two columns of longitude", "lon,lon,lat\n1,2,3\n", Refused("more than one column"))
_csv("csv: 经度 beside lon", "lon,经度,lat\n1,2,3\n", Refused("more than one column"))
_csv("csv: longitude alone", "code,经度\n1,111.4\n", Taken(1, "none of latitude"))
_csv("csv: GBK", _CHINESE.encode("gbk"), Taken(1))
_csv("csv: GBK told to be UTF-8", _CHINESE.encode("gbk"), Refused("is not utf-8 text"), encoding="utf-8")
_csv("csv: an encoding that is none", _CHINESE, Refused("no known encoding", "InputError"), encoding="klingon")
_csv("csv: an encoding of bytes", _CHINESE, Refused("no encoding of text", "InputError"), encoding="hex")
_csv(
    "csv: GBK and UTF-8 mixed",
    _CHINESE.encode() + "431381010002,冷水江,111.4,27.6\n".encode("gbk"),
    Refused("mixes UTF-8 and GBK"),
)
_csv("csv: UTF-16", _CHINESE.encode("utf-16"), Taken(1))
_csv("csv: UTF-16 without a mark", _CHINESE.encode("utf-16-le"), Refused(""))
_csv("csv: UTF-16 cut off", _CHINESE.encode("utf-16")[:-1], Refused("is not utf-16"))
_csv("csv: read wrongly before", "code,name\n1,锟斤拷锟斤拷\n", Taken(1, "already lost"))
_csv(
    "csv: a code in powers of ten",
    "隐患点编号,名称\n4.31381E+11,甲\n431381010002,乙\n",
    Faulty("Excel turned the code", 2),
)
_csv("csv: a code kept from Excel", 'code,name\n="431381001001",a\n', Taken(1))
_csv("csv: latitude first", "code,lon,lat\n1,27.6,111.4\n", Faulty("beyond 90", 1))
_csv("csv: only latitude given", "code,lon,lat\n1,,27.6\n", Faulty("the other is missing", 1))
_csv("csv: 61 minutes", "code,lon,lat\n1,111°61'0\",27.6\n", Faulty("61 minutes", 1), file="a.tsv")
_csv("csv: 60 seconds", "code,lon,lat\n1,111 25 60,27.6\n", Faulty("60 seconds", 1))
_csv("csv: north for a longitude", "code,lon,lat\n1,27.6N,111.4E\n", Faulty("swapped", 1, 2))
_csv("csv: metres for degrees", "code,lon,lat\n1,542220.58,3063696.34\n", Faulty("in metres", 1, 2))
_csv("csv: a decimal comma", "code;lon;lat\n1;111,4;27,6\n", Faulty("decimal comma", 1, 2))
_csv("csv: NaN", "code,lon,lat\n1,NaN,27.6\n", Faulty("not an angle", 1))
_csv("csv: infinity", "code,lon,lat\n1,inf,27.6\n", Faulty("not an angle", 1))
_csv("csv: 1e999", "code,lon,lat\n1,1e999,27.6\n", Faulty("not an angle", 1))
_csv("csv: a word for a number of metres", "code,东坐标,北坐标\n1,东,3063696\n", Faulty("no number of metres", 1))
_csv(
    "csv: a long text for an angle",
    lambda: "code,lon,lat\n1," + " " * 10 + "1 " * 40_000 + ",2\n",
    Faulty("too long", 1),
)
_csv("csv: X and Y", "code,X,Y\n1,3063696.3,542220.6\n", Taken(1, "often call the north X"))
_csv("csv: 415 KiB of nested WKT", lambda: f'code,wkt\n1,"{_nested_wkt()}"\n', Refused("nested shapes", "BoundsError"))
_csv("csv: nested EWKB", lambda: f"code,geom\n1,{_nested_wkb(50_000).hex()}\n", Refused("nested shapes", "BoundsError"))
_csv(
    "csv: nested multi-points",
    lambda: f"code,geom\n1,{_wkb_in_multipoints(90_000).hex()}\n",
    Refused("nested shapes", "BoundsError"),
)
_csv(
    "csv: nested big-endian WKB",
    lambda: f"code,wkb\n1,{_nested_wkb(50_000, '>').hex()}\n",
    Refused("nested shapes", "BoundsError"),
)
_csv("csv: broken WKT", "code,wkt\n1,POINT(1\n2,POINT(1 2)\n", Faulty("no shape in WKT", 2))
_csv("csv: a word for WKT", "code,几何\n1,点\n", Faulty("no shape in WKT", 1))
_csv("csv: WKB cut off", "code,wkb\n1,0101000000000000000000\n", Faulty("no shape in WKT", 1))
_csv("csv: WKB of 4 billion places", "code,wkb\n1,0102000000ffffffff0000\n", Faulty("no shape in WKT", 1))
_csv("csv: WKB of 4 billion rings", "code,wkb\n1,0103000000ffffffff0000\n", Faulty("no shape in WKT", 1))
_csv("csv: WKB of 4 billion parts", "code,wkb\n1,0107000000ffffffff0000\n", Faulty("no shape in WKT", 1))
_csv("csv: odd hexadecimal", "code,wkb\n1,010100000000000000000\n", Faulty("no shape in WKT", 1))
_csv("csv: NaN in WKT", "code,wkt\n1,POINT(nan 27)\n", Faulty("no finite number", 1))
_csv("csv: infinity in WKT", 'code,wkt\n1,"LINESTRING(1e999 1,2 2)"\n', Faulty("no finite number", 1))
_csv("csv: EWKT", "code,wkt\n1,SRID=4326;POINT(1 2)\n", Taken(1))
_csv("csv: 1,001 columns", lambda: ",".join(f"c{n}" for n in range(1001)) + "\n", Refused("columns", "BoundsError"))
_csv(
    "csv: a cell of 100,001 letters", lambda: "code,name\n1," + "x" * 100_001 + "\n", Refused("letters", "BoundsError")
)
_csv("csv: more rows than allowed", "code\n" + "1\n" * 7, Refused("rows", "BoundsError"), bounds=Bounds(rows=5))
_csv("csv: a million separators", lambda: "code,name\n" + "," * 1_000_000, Refused("columns", "BoundsError"))
_csv("csv: titles above", "冷水江市隐患点\n2022年,,\n编号,经度,纬度\n1,111.4,27.6\n", Taken(1, "left out above"))
_csv("csv: a web page", "<!DOCTYPE html><html><body>登录</body></html>", Refused("XML or HTML"))
_csv("csv: named .gpkg", _CHINESE, Refused("does not begin like one"), file="a.gpkg")
_csv("csv: named .geojson", _CHINESE, Refused("does not begin like one"), file="a.geojson")

# --- XLSX ---------------------------------------------------------------------------------------------------------


def _workbook(rows: list[list[Any]], change: Callable[[Any], None] | None = None) -> bytes:
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


def _zip(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _with_part(name: str, change: Callable[[bytes], bytes | None], rows: list[list[Any]] | None = None) -> bytes:
    """A sound workbook with one part changed, or taken out (None)."""
    with zipfile.ZipFile(io.BytesIO(_workbook(rows or [["code", "lon", "lat"], ["1", 111.4, 27.6]]))) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    changed = change(parts.pop(name))
    return _zip(parts if changed is None else parts | {name: changed})


def _xlsx(name: str, content: Callable[[], bytes | str], outcome: Any, **options: Any) -> None:
    _add(name, _file(options.pop("file", "a.xlsx"), content), outcome, **options)


_SHEET = "xl/worksheets/sheet1.xml"
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 20) for letter in range(ord("b"), ord("l"))
)


def _set(cell: str, value: Any) -> Callable[[Any], None]:
    return lambda book: book.active.__setitem__(cell, value)


_xlsx("xlsx: no zip", lambda: b"not a workbook", Refused("does not begin like one"))
_xlsx("xlsx: cut off", lambda: _workbook([["code"], ["1"]])[:-200], Refused("broken or cut-off zip"))
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
    lambda: _with_part(_SHEET, lambda part: part.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')),
    Taken(1),
)
_xlsx(
    "xlsx: a cell in the last column",
    lambda: _workbook([["code"], ["1"]], _set("XFD3", "x")),
    Refused("columns in row 3", "BoundsError"),
)
_xlsx(
    "xlsx: 1e999",
    lambda: _with_part(_SHEET, lambda part: part.replace(b"<v>111.4</v>", b"<v>1e999</v>")),
    Faulty("no finite number", 1, 2),
)
_xlsx(
    "xlsx: a code as a number",
    lambda: _workbook([["隐患点编号", "n"], [431381010001, 1], ["431381010002", 2]]),
    Faulty("Excel turned the code into a number", 2),
)
_xlsx(
    "xlsx: a code shown in powers", lambda: _workbook([["code", "n"], ["4.31381E+11", 1]]), Faulty("powers of ten", 1)
)
_xlsx(
    "xlsx: a formula never computed",
    lambda: _workbook([["code", "人数"], ["1", "=1+1"]]),
    Faulty("formula without a stored value", 1),
)
_xlsx("xlsx: an Excel error", lambda: _workbook([["code", "name"], ["1", "#REF!"]]), Faulty("Excel error", 1))
_xlsx(
    "xlsx: two sheets",
    lambda: _workbook([["code"], ["1"]], lambda book: book.create_sheet("乙").append(["a"])),
    Refused("several sheets"),
)
_xlsx(
    "xlsx: no such sheet",
    lambda: _workbook([["code"], ["1"]]),
    Refused("no sheet", "NotFoundError"),
    layer_in_file="甲",
)
_xlsx("xlsx: nothing in it", lambda: _workbook([]), Refused("no row of headings"))
_xlsx(
    "xlsx: merged cells",
    lambda: _workbook([["code", "镇"], ["1", "甲"], ["2", None]], lambda book: book.active.merge_cells("B2:B3")),
    Taken(2, "merged cells"),
)
_xlsx(
    "xlsx: headings in two rows",
    lambda: _workbook([["隐患点台账", None, None], ["编号", "坐标", None], [None, "经度", "纬度"], ["1", 111.4, 27.6]]),
    Taken(1, "left out above"),
)
_xlsx(
    "xlsx: a date of the year 10,000",
    lambda: _with_part(
        _SHEET, lambda part: part.replace(b"44918", b"99999999"), [["code", "date"], ["1", date(2022, 12, 23)]]
    ),
    Faulty("Excel error", 1),
)
_xlsx(
    "xlsx: a bomb", lambda: _with_part(_SHEET, lambda part: part + b" " * 40_000_000), Refused("larger", "BoundsError")
)
_xlsx("xlsx: a password", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), Refused("with a password"))
_xlsx("xlsx: old", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), Refused("old Excel file"), file="a.xls")
_xlsx(
    "xlsx: a document",
    lambda: _zip({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
    Refused("no sheets"),
)

# --- archives -----------------------------------------------------------------------------------------------------


def _zipped(name: str, content: Callable[[], bytes], outcome: Any, **options: Any) -> None:
    _add(name, _file(options.pop("file", "a.zip"), content), outcome, **options)


def _patched(content: bytes, *changes: tuple[bytes, int, bytes]) -> bytes:
    """`content` with bytes set at an offset after every occurrence of a signature."""
    made = bytearray(content)
    for signature, offset, new in changes:
        at = made.find(signature)
        while at >= 0:
            made[at + offset : at + offset + len(new)] = new
            at = made.find(signature, at + 4)
    return bytes(made)


_CSV_ZIP = {"a.csv": b"code,lon,lat\n1,111,27\n"}
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"

_zipped("zip: 1 GiB in 1 MiB", lambda: _bomb(1024), Refused("times larger", "BoundsError"))
_zipped(
    "zip: a bomb named a layer", lambda: _zip({"a.geojson": b" " * 30_000_000}), Refused("zip_ratio", "BoundsError")
)
_zipped(
    "zip: 10,001 entries",
    lambda: _zip({f"{n}.txt": b"" for n in range(10_001)}, zipfile.ZIP_STORED),
    Refused("entries", "BoundsError"),
)
_zipped("zip: out of the folder", lambda: _zip({"../../a.csv": b"code\n1\n"}), Refused("outside the archive"))
_zipped("zip: out of the folder, Windows", lambda: _zip({"..\\a.csv": b"code\n1\n"}), Refused("outside the archive"))
_zipped("zip: an absolute name", lambda: _zip({"/etc/a.csv": b"code\n1\n"}), Refused("outside the archive"))
_zipped("zip: a drive's name", lambda: _zip({"C:/a.csv": b"code\n1\n"}), Refused("outside the archive"))
_zipped(
    "zip: encrypted",
    lambda: _patched(_zip(_CSV_ZIP), (_LOCAL, 6, b"\1\0"), (_CENTRAL, 8, b"\1\0")),
    Refused("encrypted"),
)
_zipped("zip: cut off", lambda: _zip(_CSV_ZIP)[:-15], Refused("broken or cut-off"))
_zipped("zip: no entries", lambda: _zip({}), Refused("holds nothing"))
_zipped("zip: no layer", lambda: _zip({"readme.md": b"x", "photo.jpg": b"x"}), Refused("holds readme.md"))
_zipped("zip: two layers", lambda: _zip({"a.csv": b"x\n1\n", "b.csv": b"x\n1\n"}), Refused("holds a.csv, b.csv"))
_zipped("zip: two of one name", lambda: _zip({"a.csv": b"x\n1\n", "A.csv": b"x\n1\n"}), Refused("two entries"))
_zipped("zip: a zip inside", lambda: _zip({"b.zip": _zip(_CSV_ZIP)}), Refused("archive inside an archive"))
_zipped(
    "zip: an unknown compression",
    lambda: _patched(_zip(_CSV_ZIP), (_LOCAL, 8, b"\x63\0"), (_CENTRAL, 10, b"\x63\0")),
    Refused("broken archive"),
)
_zipped(
    "zip: more inside than declared",
    lambda: _patched(_zip({"a.csv": b"x\n" * 9000}), (_LOCAL, 22, b"\2\0\0\0"), (_CENTRAL, 24, b"\2\0\0\0")),
    Refused("broken archive"),
)
_zipped(
    "zip: noise for content",
    lambda: _patched(_zip({"a.csv": b"code\n" + b"1\n" * 500}), (_LOCAL, 36, b"\xff" * 8)),
    Refused("broken archive"),
)
_zipped("zip: a layer in a folder", lambda: _zip({"县/a.csv": b"code\n1\n", "县/readme.txt": b"x"}), Taken(1))
_zipped("kmz: no KML", lambda: _zip({"files/a.png": b"x"}), Refused("holds files/a.png"), file="a.kmz")
_zipped("kmz: two documents", lambda: _zip({"a.kml": b"<kml/>", "b.kml": b"<kml/>"}), Refused("2 KML"), file="a.kmz")


def _bomb(mebibytes: int) -> bytes:
    """An archive that declares, and would give, this much; made from one deflated mebibyte over and over."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(bytes(1024 * 1024)) + deflate.flush(zlib.Z_FULL_FLUSH)
    packed = _zip({"villages.shp": block * mebibytes + deflate.flush()}, zipfile.ZIP_STORED)
    size = struct.pack("<I", mebibytes * 1024 * 1024)
    return _patched(packed, (_LOCAL, 8, b"\x08\0"), (_LOCAL, 22, size), (_CENTRAL, 10, b"\x08\0"), (_CENTRAL, 24, size))


# --- shapefiles, GeoPackage, FlatGeobuf, FileGDB --------------------------------------------------------------------


def _sample(rows: int = 3, **columns: list[Any]) -> geopandas.GeoDataFrame:
    data = {"code": [f"43138100100{n}" for n in range(rows)], "name": ["冷水江", "锡矿山", "渣渡镇"][:rows], **columns}
    shapes = [shapely.Point(111.4 + n / 100, 27.6).buffer(0.01) for n in range(rows)]
    return geopandas.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")


def _written(folder: Path, name: str, frame: geopandas.GeoDataFrame | None = None, **options: Any) -> Path:
    path = folder / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (_sample() if frame is None else frame).to_file(path, engine="pyogrio", **options)
    return path


def _shape(name: str, change: Callable[[Path], object], outcome: Any, **options: Any) -> None:
    """A sound shapefile, changed by what is done to `a.shp` in its folder."""
    write = {"encoding": options.pop("written_in", "UTF-8"), "frame": options.pop("frame", None)}

    def make(folder: Path) -> Path:
        path = _written(folder, "a.shp", driver="ESRI Shapefile", **write)
        change(path)
        return path

    _add(name, make, outcome, **options)


def _without(*suffixes: str) -> Callable[[Path], object]:
    return lambda path: [path.with_suffix(suffix).unlink() for suffix in suffixes]


def _cut(path: Path, leave: int) -> None:
    path.write_bytes(path.read_bytes()[:leave])


def _put(path: Path, at: int, new: bytes) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:at] + new + content[at + len(new) :])


def _cpg(text: str | None) -> Callable[[Path], object]:
    return lambda path: path.with_suffix(".cpg").unlink() if text is None else path.with_suffix(".cpg").write_text(text)


_shape("shp: no .shx", _without(".shx"), Refused("lacks its .shx"))
_shape("shp: no .dbf", _without(".dbf"), Refused("lacks its .dbf"))
_shape("shp: alone", _without(".shx", ".dbf", ".prj", ".cpg"), Refused("lacks its .shx and .dbf"))
_shape("shp: no .prj", _without(".prj"), Taken(3, "no .prj"))
_shape("shp: cut off", lambda path: _cut(path, 300), Refused("cut off"))
_shape("shp: only its head", lambda path: _cut(path, 60), Refused("cut off"))
_shape("shp: noise", lambda path: path.write_bytes(b"\x8f" * 900), Refused("does not begin like one"))
_shape("shp: empty", lambda path: _cut(path, 0), Refused("is empty"))
_shape("shp: .shx cut off", lambda path: _cut(path.with_suffix(".shx"), 110), Refused("cut off"))
_shape("shp: .shx of another", lambda path: _put(path.with_suffix(".shx"), 100, b"\x7f\xff\xff\xf0" * 4), Refused(""))
_shape("shp: .dbf cut off", lambda path: _cut(path.with_suffix(".dbf"), 150), Refused("cut off"))
_shape("shp: .dbf of 4 billion rows", lambda path: _put(path.with_suffix(".dbf"), 4, b"\xff" * 4), Refused("cut off"))
_shape(
    "shp: .dbf of fewer rows", lambda path: _put(path.with_suffix(".dbf"), 4, b"\2\0\0\0"), Refused("belong together")
)
_shape(
    "shp: .dbf of noise", lambda path: path.with_suffix(".dbf").write_bytes(b"\xee" * 700), Refused("no dBase table")
)
_shape("shp: a .dbf of empty rows", lambda path: _put(path.with_suffix(".dbf"), 10, b"\0\0"), Refused("no dBase table"))
_shape(
    "shp: 2 billion places", lambda path: _put(path, 100 + 8 + 40, b"\xff\xff\xff\x7f"), Refused("shapes can be read")
)
_shape(
    "shp: 2 billion parts", lambda path: _put(path, 100 + 8 + 36, b"\xff\xff\xff\x7f"), Refused("shapes can be read")
)
_shape("shp: a .prj of noise", lambda path: path.with_suffix(".prj").write_bytes(b"\xff" * 99), Taken(3))
_shape(
    "shp: null shapes",
    lambda _: None,
    Taken(2),
    frame=geopandas.GeoDataFrame({"code": ["1", "2"]}, geometry=[None, shapely.Point(1, 2)], crs="EPSG:4326"),
)
_shape("shp: GBK without .cpg", _cpg(None), Taken(3), written_in="GBK")
_shape("shp: GBK, .cpg says UTF-8", _cpg("UTF-8"), Taken(3, "the texts are in gb18030"), written_in="GBK")
_shape("shp: UTF-8, .cpg says GBK", _cpg("936"), Taken(3, "the texts are in utf-8"))
_shape("shp: GBK, .cpg says Latin", _cpg("ISO-8859-1"), Taken(3, "the texts are in gb18030"), written_in="GBK")
_shape("shp: a .cpg of noise", _cpg("klingon"), Taken(3, "no encoding"))
_shape("shp: GBK told to be UTF-8", lambda _: None, Refused("not in utf-8"), written_in="GBK", encoding="utf-8")


def _geopackage(name: str, change: Callable[[Path], object], outcome: Any, **options: Any) -> None:
    frame = options.pop("frame", None)

    def make(folder: Path) -> Path:
        path = _written(folder, "a.gpkg", frame, layer="villages")
        change(path)
        return path

    _add(name, make, outcome, **options)


def _sql(*commands: str, values: tuple[Any, ...] = ()) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        database = sqlite3.connect(path)
        for function in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            database.create_function(function, 1, lambda _: 1)  # what GeoPackage's own triggers call
        for command in commands:
            database.execute(command, values)
        database.commit()
        database.close()

    return change


def _blob(wkb: bytes) -> Callable[[Path], object]:
    return _sql("UPDATE villages SET geom = ? WHERE fid = 1", values=(b"GP\0\1" + struct.pack("<i", 4326) + wkb,))


_geopackage("gpkg: cut off", lambda path: _cut(path, 20_000), Refused(""))
_geopackage("gpkg: only its head", lambda path: _cut(path, 100), Refused(""))
_geopackage("gpkg: noise inside", lambda path: _put(path, 4096, b"\xa5" * 60_000), Refused(""))
_geopackage("gpkg: page size of 0", lambda path: _put(path, 16, b"\0\0"), Refused(""))
_geopackage(
    "gpkg: no GeoPackage", lambda path: (path.unlink(), _sql("CREATE TABLE t (a)")(path)), Refused("no GeoPackage")
)
_geopackage("gpkg: no layers", _sql("DELETE FROM gpkg_contents", "DELETE FROM gpkg_geometry_columns"), Refused(""))
_geopackage("gpkg: a layer without its table", _sql("DROP TABLE villages"), Refused(""))
_geopackage(
    "gpkg: an endless view",
    _sql(
        "ALTER TABLE villages RENAME TO v",
        "CREATE VIEW villages AS WITH RECURSIVE r(fid) AS "
        "(SELECT 1 UNION ALL SELECT fid + 1 FROM r) SELECT fid, NULL AS geom FROM r",
    ),
    Refused("view"),
)
_geopackage(
    "gpkg: its catalogue a view",
    _sql("ALTER TABLE gpkg_contents RENAME TO c", "CREATE VIEW gpkg_contents AS SELECT * FROM c"),
    Refused("view"),
)
_geopackage("gpkg: nested collections", _blob(_nested_wkb(50_000)), Refused("nested", "BoundsError"))
_geopackage("gpkg: nested multi-points", _blob(_wkb_in_multipoints(50_000)), Refused("nested", "BoundsError"))
_geopackage("gpkg: noise for a shape", _blob(b"\x07" * 90), Faulty("cannot be read", 3))
_geopackage("gpkg: a shape of 4 billion places", _blob(b"\1\2\0\0\0" + b"\xff" * 4), Faulty("cannot be read", 3))
_geopackage(
    "gpkg: a shape of no header", _sql("UPDATE villages SET geom = X'00' WHERE fid = 1"), Refused("shapes can be read")
)
_geopackage("gpkg: a null shape", _sql("UPDATE villages SET geom = NULL WHERE fid = 1"), Taken(3))
_geopackage("gpkg: a stale count", _sql("UPDATE gpkg_ogr_contents SET feature_count = 99"), Taken(3))
_geopackage("gpkg: a count of billions", _sql("UPDATE gpkg_ogr_contents SET feature_count = 9999999999"), Taken(3))
_geopackage("gpkg: a text that is no UTF-8", _sql("UPDATE villages SET name = CAST(X'FFFE41' AS TEXT)"), Refused("UTF"))
_geopackage("gpkg: no rows", _sql("DELETE FROM villages"), Taken(0, "no rows"))
_geopackage("gpkg: no such layer", lambda _: None, Refused("no layer", "NotFoundError"), layer_in_file="towns")
_geopackage("gpkg: two layers", lambda path: _written(path.parent, path.name, layer="towns"), Refused("several layers"))
_geopackage("gpkg: more rows than allowed", lambda _: None, Refused("rows", "BoundsError"), bounds=Bounds(rows=2))
_geopackage(
    "gpkg: more vertices than allowed",
    lambda _: None,
    Refused("vertices", "BoundsError"),
    bounds=Bounds(vertices_per_shape=10),
)
_geopackage(
    "gpkg: a system that is not defined",
    _sql("UPDATE gpkg_geometry_columns SET srs_id = -1", "UPDATE gpkg_contents SET srs_id = -1"),
    Taken(3),
)


def _flat(name: str, change: Callable[[Path], object], outcome: Any, frame: Any = None, **layer: Any) -> None:
    def make(folder: Path) -> Path:
        path = _written(folder, "a.fgb", frame, driver="FlatGeobuf", **layer)
        change(path)
        return path

    _add(name, make, outcome)


_flat("fgb: cut off", lambda path: _cut(path, path.stat().st_size - 300), Refused("broken FlatGeobuf"))
_flat("fgb: only its mark", lambda path: _cut(path, 8), Refused(""))
_flat("fgb: a head of 4 GiB", lambda path: _put(path, 8, b"\xff" * 4), Refused(""))
_flat("fgb: a head of noise", lambda path: _put(path, 12, b"\xee" * 200), Refused(""))
_flat(
    "fgb: features of noise",
    lambda path: _put(path, path.stat().st_size - 900, b"\xee" * 900),
    Faulty("cannot be read", 3),
)
_flat(
    "fgb: a feature of 4 GiB",
    lambda path: _put(path, 12 + struct.unpack("<I", path.read_bytes()[8:12])[0], b"\xff" * 4),
    Refused(""),
    SPATIAL_INDEX="NO",
)
_flat(
    "fgb: null shapes",
    lambda _: None,
    Taken(2),
    SPATIAL_INDEX="NO",
    frame=geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[None, shapely.Point(1, 2)], crs="EPSG:4326"),
)


def _parquet(name: str, outcome: Any, change: Callable[[Path], object] = lambda _: None, **parts: Any) -> None:
    def make(folder: Path) -> Path:
        path = folder / "a.parquet"
        shapes = parts.get("shapes", shapely.to_wkb(_sample().geometry.values))
        shapes = shapes() if callable(shapes) else shapes
        table = pa.table({"code": [f"{n}" for n in range(len(shapes))], "geometry": shapes})
        geo = parts.get(
            "geo", {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
        )
        written = geo if isinstance(geo, bytes) else json.dumps(geo).encode()
        pq.write_table(table.replace_schema_metadata({"geo": written} if geo is not None else None), path)
        change(path)
        return path

    _add(name, make, outcome)


_parquet("parquet: cut off", Refused("broken GeoParquet"), lambda path: _cut(path, path.stat().st_size - 30))
_parquet("parquet: only its mark", Refused("broken GeoParquet"), lambda path: _cut(path, 4))
_parquet(
    "parquet: a foot of noise",
    Refused("broken GeoParquet"),
    lambda path: _put(path, path.stat().st_size - 400, b"\xee" * 380),
)
_parquet(
    "parquet: a foot of 2 GiB",
    Refused("broken GeoParquet"),
    lambda path: _put(path, path.stat().st_size - 8, b"\xff\xff\xff\x7f"),
)
_parquet("parquet: pages of noise", Refused("broken GeoParquet"), lambda path: _put(path, 4, b"\xee" * 60))
_parquet("parquet: no shapes", Taken(3, "without shapes"), geo=None)
_parquet("parquet: metadata cut off", Refused("broken GeoParquet metadata"), geo=b'{"primary_column":')
_parquet("parquet: metadata of noise", Refused("broken GeoParquet metadata"), geo=b"\xff\xfe")
_parquet("parquet: nested metadata", Refused("nested", "BoundsError"), geo=b"[" * 200_000)
_parquet("parquet: a list for metadata", Refused("broken GeoParquet metadata"), geo=b"[1]")
_parquet(
    "parquet: a column that is not there",
    Refused("which is not there"),
    geo={"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}},
)
_parquet(
    "parquet: a text for the shapes",
    Refused("is no WKB"),
    geo={"primary_column": "code", "columns": {"code": {"encoding": "WKB"}}},
)
_parquet(
    "parquet: another encoding",
    Refused("write them with the encoding WKB"),
    geo={"primary_column": "geometry", "columns": {"geometry": {"encoding": "polygon"}}},
)
_parquet("parquet: nested collections", Refused("nested shapes", "BoundsError"), shapes=lambda: [_nested_wkb(60_000)])
_parquet(
    "parquet: noise for a shape",
    Faulty("cannot be read", 2),
    shapes=[b"\x07" * 60, shapely.to_wkb(shapely.Point(1, 2))],
)
_parquet(
    "parquet: NaN in a shape",
    Faulty("no finite number", 1),
    shapes=[struct.pack("<bIIdddd", 1, 2, 2, float("nan"), 27.6, 111.4, 27.7)],
)
_parquet(
    "parquet: infinity in a shape",
    Faulty("no finite number", 1),
    shapes=[struct.pack("<bIdd", 1, 1, float("inf"), 27.6)],
)
_parquet("parquet: null shapes", Taken(2), shapes=[None, shapely.to_wkb(shapely.Point(1, 2))])


def _geodatabase(name: str, change: Callable[[Path], object], outcome: Any) -> None:
    def make(folder: Path) -> Path:
        path = _written(folder, "a.gdb", driver="OpenFileGDB", layer="villages")
        change(path)
        return path

    _add(name, make, outcome)


_geodatabase("gdb: an empty folder", lambda path: (shutil.rmtree(path), path.mkdir()), Refused("a folder without"))
_geodatabase("gdb: no catalogue", lambda path: (path / "a00000001.gdbtable").unlink(), Refused("without its catalogue"))
_geodatabase("gdb: a catalogue of noise", lambda path: _put(path / "a00000001.gdbtable", 0, b"\xee" * 200), Refused(""))
_geodatabase("gdb: a catalogue cut off", lambda path: _cut(path / "a00000001.gdbtable", 50), Refused(""))
_geodatabase(
    "gdb: tables cut off",
    lambda path: [_cut(table, table.stat().st_size // 2) for table in path.glob("a0000000[9a-f].gdbtable")],
    Refused(""),
)
_geodatabase(
    "gdb: a link inside", lambda path: (path / "passwd").symlink_to("/etc/passwd"), Refused("links or folders")
)

# --- KML ----------------------------------------------------------------------------------------------------------


def _kml(name: str, inside: Callable[[], str] | str, outcome: Any, head: str = "") -> None:
    def content() -> str:
        body = inside() if callable(inside) else inside
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}'
        )

    _add(name, _file("a.kml", content), outcome)


_END = "</Document></kml>"


def _placemark(shape: str) -> str:
    return f"<Placemark><name>甲</name>{shape}</Placemark>"


def _place(coordinates: str) -> str:
    return _placemark(f"<Point><coordinates>{coordinates}</coordinates></Point>")


_kml("kml: cut off", _place("111.4,27.6"), Refused("broken XML"))
_kml("kml: tags that cross", _placemark("<Point></name></Point>") + _END, Refused("broken XML"))
_kml(
    "kml: entities",
    _placemark("<description>&a;</description>") + _END,
    Refused("document type"),
    '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
)
_kml("kml: deep folders", lambda: "<Folder>" * 200_000, Refused("nested elements", "BoundsError"))
_kml("kml: deep shapes", lambda: "<Placemark>" + "<MultiGeometry>" * 100_000, Refused("nested elements", "BoundsError"))
_kml("kml: words for a place", _place("here") + _place("1,2") + _END, Faulty("cannot be read", 2))
_kml("kml: one number", _place("111.4") + _END, Faulty("lon,lat", 1))
_kml("kml: blanks in a place", _place("111.4, 27.6") + _END, Faulty("cannot be read", 1))
_kml("kml: NaN", _place("nan,27") + _END, Faulty("no finite number", 1))
_kml("kml: 1e999", _place("1e999,27") + _END, Faulty("no finite number", 1))
_kml("kml: no places", _placemark("<LineString><coordinates/></LineString>") + _END, Taken(1))
_kml("kml: a polygon without a ring", _placemark("<Polygon></Polygon>") + _END, Faulty("Polygon cannot be read", 1))
_kml(
    "kml: two shapes", _placemark("<Point><coordinates>1,2</coordinates></Point>" * 2) + _END, Faulty("has 2 shapes", 1)
)
_kml(
    "kml: a track",
    _placemark('<gx:Track xmlns:gx="g"><gx:coord>1 2 3</gx:coord></gx:Track>') + _END,
    Faulty("Track", 1),
)
_kml("kml: no placemarks", _END, Taken(0, "no placemarks"))
_kml(
    "kml: two folders",
    "".join(f"<Folder><name>{n}</name>{_place('1,2')}</Folder>" for n in "甲乙") + _END,
    Refused("several layers"),
)

# --- other files and what is no file ----------------------------------------------------------------------------------

_add("file: not there", lambda folder: folder / "none.csv", Refused("No such file"))
_add("file: a zero byte in its name", lambda folder: folder / "a\0.csv", Refused("null"))
_add("file: a name of 5,000 letters", lambda folder: folder / ("a" * 5000), Refused("too long"))
_add("file: a folder", lambda folder: folder, Refused("a folder without"))


def _loop(folder: Path) -> Path:
    (folder / "a.geojson").symlink_to(folder / "b.geojson")
    (folder / "b.geojson").symlink_to(folder / "a.geojson")
    return folder / "a.geojson"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.csv")
    return folder / "a.csv"


def _locked(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text(_CHINESE)
    path.chmod(0)
    return path


_add("file: a link in a circle", _loop, Refused("symbolic links"))
_add("file: a pipe", _pipe, Refused("a device or a pipe"))
_add("file: an endless device", lambda _: Path("/dev/zero"), Refused("a device or a pipe"))
if os.name == "posix" and os.geteuid() != 0:  # root may read everything
    _add("file: locked", _locked, Refused("Permission denied"))
_add(
    "file: OSM extract",
    _file("a.osm.pbf", b"\0\0\0\x0d\x0a\x09OSMHeader" + bytes(90)),
    Refused("yixian init DIR --osm"),
)
_add(
    "file: OSM in XML",
    _file("a.osm", '<?xml version="1.0"?>\n<osm version="0.6"></osm>'),
    Refused("yixian init DIR --osm"),
)
_add("file: gzip", _file("a.geojson.gz", b"\x1f\x8b" + bytes(90)), Refused("gzip"))
_add("file: RAR", _file("a.rar", b"Rar!\x1a\x07" + bytes(90)), Refused("RAR"))
_add("file: PDF", _file("a.pdf", b"%PDF-1.7" + bytes(90)), Refused("PDF"))
_add("file: a picture", _file("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(90)), Refused("picture"))
_add("file: a drawing", _file("a.dwg", b"AC1032" + bytes(90)), Refused("AutoCAD"))
_add(
    "file: VRT",
    _file(
        "a.vrt",
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
    ),
    Refused("<OGRVRTDataSource>"),
)
_add("file: VRT named GeoPackage", _file("a.gpkg", "<OGRVRTDataSource/>"), Refused("<OGRVRTDataSource>"))
_add(
    "file: WFS", _file("a.xml", "<OGRWFSDataSource><URL>http://localhost</URL></OGRWFSDataSource>"), Refused("not KML")
)
_add("file: GPX", _file("a.gpx", '<?xml version="1.0"?><gpx></gpx>'), Refused("<gpx>"))
_add("file: SQLite cut to its mark", _file("a.gpkg", b"SQLite format 3\0"), Refused(""))
_add("file: noise", _file("a.bin", bytes(range(255, 0, -1)) * 40), Refused(""))


# --- the child that reads them ----------------------------------------------------------------------------------------

Read = Callable[..., Source]


def paths_of(folder: Path) -> list[Path]:
    """Make the whole corpus below `folder`, a folder for each file; the paths in the corpus's order."""
    paths = []
    for number, bad in enumerate(CORPUS):
        own = folder / f"{number:03d}"
        own.mkdir()
        paths.append(bad.make(own))
    return paths


def drive(folder: Path, first: int, read: Read = read_source) -> None:
    """Make and read the files from number `first` on; print a line before and after each, as JSON."""
    warnings.simplefilter("error")
    _warm_up(folder / f"warm-{first}", read)
    for number, bad in enumerate(CORPUS[first:], start=first):
        own = folder / f"{number:03d}-{first}"
        own.mkdir()
        path = bad.make(own)
        print(json.dumps({"number": number}), flush=True)
        before = _reset_peak()
        told = _outcome(read, path, bad.options)
        told["grown_mib"] = (_peak_kib() - before) / 1024
        print(json.dumps({"number": number, **told}), flush=True)


def _warm_up(folder: Path, read: Read) -> None:
    """Read one sound file of each format, so that what a library keeps for good is not counted against a bad one."""
    folder.mkdir()
    for name, driver in (
        ("a.gpkg", "GPKG"),
        ("a.fgb", "FlatGeobuf"),
        ("a.shp", "ESRI Shapefile"),
        ("a.gdb", "OpenFileGDB"),
    ):
        read(_written(folder, name, driver=driver))
    _sample().to_parquet(folder / "a.parquet")
    (folder / "a.geojson").write_text(_collection(_feature()))
    (folder / "a.csv").write_text("code,lon,lat\n1,111.4,27.6\n")
    (folder / "a.xlsx").write_bytes(_workbook([["code"], ["1"]]))
    for name in ("a.parquet", "a.geojson", "a.csv", "a.xlsx"):
        read(folder / name)


def _outcome(read: Read, path: Path, options: dict[str, Any]) -> dict[str, Any]:
    try:
        source = read(path, **options)
    except GeoError as error:
        return {"error": type(error).__name__, "words": str(error)}
    except BaseException as error:  # noqa: BLE001  that is what the corpus is looking for
        return {"error": "TRACEBACK", "words": f"{error!r}\n{traceback.format_exc()}"}
    faults = [str(fault) for fault in source.faults]
    return {"error": None, "rows": len(source.frame), "faults": faults, "notes": list(source.notes)}


def _reset_peak() -> int:
    """Begin to measure the process's peak memory anew; what it holds now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak_kib()


def _peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


SHAKEN = ("a.gpkg", "a.fgb", "a.shp", "a.shx", "a.dbf", "a.gdb", "a.parquet", "a.geojson", "a.csv", "a.xlsx")


def shake(folder: Path, seed: int, count: int, read: Read = read_source) -> None:
    """Read `count` sound files with bytes changed at random; print a line of JSON for each that is not handled."""
    warnings.simplefilter("error")
    _warm_up(folder / "sound", read)
    draw = random.Random(seed)
    for number in range(count):
        shutil.copytree(folder / "sound", folder / str(number))
        path = folder / str(number) / draw.choice(SHAKEN)
        changed = draw.choice(sorted(path.iterdir())) if path.is_dir() else path
        changed.write_bytes(_shaken(changed.read_bytes(), draw))
        print(json.dumps({"number": number, "file": str(changed)}), flush=True)
        whole = path.with_suffix(".shp") if path.suffix in (".shx", ".dbf") else path
        told = _outcome(read, whole, {})
        if told["error"] == "TRACEBACK":
            print(json.dumps({"number": number, **told}), flush=True)
        shutil.rmtree(folder / str(number))


def _shaken(content: bytes, draw: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 5, 30])):
        at = draw.randrange(len(made) + 1)
        match draw.randrange(10):
            case 0:
                del made[at : at + draw.randrange(1, 50)]
            case 1:
                made[at:at] = draw.randbytes(draw.randrange(1, 20))
            case 2:
                made[at : at + 4] = b"\xff\xff\xff\xff"
            case 3:
                del made[at + 200 :]
            case _:
                made[at : at + 1] = draw.randbytes(1)
    return bytes(made)


if __name__ == "__main__":
    if sys.argv[2] == "shake":
        shake(Path(sys.argv[1]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        drive(Path(sys.argv[1]), int(sys.argv[2]))
