"""Which format a file is in, by its first bytes; the suffix decides only among kinds of text."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Final

from geo.errors import UnreadableFileError


class Kind(Enum):
    """The formats that are told apart, each with the suffixes it goes by."""

    GEOPACKAGE = (".gpkg",)
    GEOJSON = (".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson", ".jsonl")
    SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
    FLATGEOBUF = (".fgb",)
    PARQUET = (".parquet", ".geoparquet", ".pq")
    FILE_GEODATABASE = (".gdb",)
    KML = (".kml",)
    CSV = (".csv", ".txt", ".tsv", "")
    XLSX = (".xlsx", ".xlsm")
    ZIP = (".zip", ".kmz", ".shz")


_OSM: Final = "is an OpenStreetMap extract; make a county of it with `yixian init DIR --osm FILE`"
_REFUSED: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls) or one with a password; save it as .xlsx without a password"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive; unpack it first"),
    (b"Rar!", "is a RAR archive; unpack it first"),
    (b"%PDF", "is a PDF; import the data that it was printed from"),
    (b"\x89PNG", "is a picture; import the data that it was drawn from"),
    (b"\xff\xd8\xff", "is a picture; import the data that it was drawn from"),
    (b"II*\0", "is a TIFF picture or raster; layers are vectors"),
    (b"MM\0*", "is a TIFF picture or raster; layers are vectors"),
    (b"AC10", "is an AutoCAD drawing (.dwg); export its layer as a shapefile or GeoPackage"),
)  # fmt: skip
_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"SQLite format 3\0", Kind.GEOPACKAGE),
    (b"fgb\x03fgb", Kind.FLATGEOBUF),
    (b"PAR1", Kind.PARQUET),
    (b"\x00\x00\x27\x0a", Kind.SHAPEFILE),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
)


def kind_of(path: Path, at: Path) -> Kind:
    """What the first bytes of the file at `at`, which the user knows as `path`, say it is.

    UnreadableFileError for what is empty, of a known format that is not taken, or not at all what its name says.
    """
    suffix = path.suffix.lower()
    if suffix in Kind.SHAPEFILE.value[1:]:
        return Kind.SHAPEFILE
    try:
        with at.open("rb") as file:
            head = file.read(4096)
    except OSError as reason:
        raise UnreadableFileError(path, reason.strerror or str(reason)) from None
    if not head.strip(b"\0 \t\r\n"):
        raise UnreadableFileError(path, "is empty")
    if head[4:].startswith(b"\x0a\x09OSMHeader") or head.lstrip().startswith(b"<osm") or b"<osm version" in head:
        raise UnreadableFileError(path, _OSM)
    for magic, refusal in _REFUSED:
        if head.startswith(magic):
            raise UnreadableFileError(path, refusal)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return _text_kind(path, suffix, head)


def _text_kind(path: Path, suffix: str, head: bytes) -> Kind:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    start = head.decode("utf-16" if wide else "utf-8-sig", "ignore").lstrip()
    if start.startswith(("{", "[", "\x1e")) and suffix not in Kind.CSV.value[:3]:
        return Kind.GEOJSON
    if start.startswith('{"') or re.match(r'\{\s+"', start):
        return Kind.GEOJSON
    if start.startswith("<"):
        if "<kml" in start or suffix == ".kml":
            return Kind.KML
        root = re.search(r"<([A-Za-z][\w:.-]*)", start)
        raise UnreadableFileError(path, f"is XML or HTML (<{root[1] if root else '?'}>) and not KML")
    if suffix in Kind.CSV.value:
        return Kind.CSV
    named = next((kind for kind in Kind if suffix in kind.value), None)
    if named is None and "\0" not in start:
        return Kind.CSV
    claimed = f"is named {suffix} and does not begin like one; it is cut off, damaged or something else"
    raise UnreadableFileError(path, claimed if named else "is in no format that is known here")
