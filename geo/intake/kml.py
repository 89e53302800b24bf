"""KML and KMZ, read by a streaming parser of our own.

KML is always WGS84 longitude and latitude (OGC 12-007r2, section 5). GDAL would squeeze a 12-digit code that its
schema calls an int into 32 bits, and would follow elements as deep as they go; here every value stays the text it is.
"""

from __future__ import annotations

import io
import math
import re
import xml.parsers.expat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from geo import crs
from geo.errors import DataError, Fault, GeoError, UnreadableFileError
from geo.intake.bounds import Bounds, check_size, zip_entries
from geo.intake.encodings import decode
from geo.intake.sources import Axes, Source, plain_shapes, with_shapes

_DECLARED_GBK = re.compile(rb"<\?xml[^>]{1,80}encoding\s*=\s*[\"'](gb\w+|cp936)[\"']", re.IGNORECASE)
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
_KEPT = ("name", "description", "address", "phoneNumber", "styleUrl")
_TEXTS = (*_KEPT, "coordinates", "value", "SimpleData", "when", "begin", "end")


def read_kmz(path: Path, content: bytes, choose: Choose, bounds: Bounds) -> Source:
    """The KML document in a KMZ archive: doc.kml, or the only one."""
    entries = [e for e in zip_entries(path, io.BytesIO(content), bounds) if e.filename.lower().endswith(".kml")]
    main = [entry for entry in entries if entry.filename.lower() == "doc.kml"] or entries
    if len(main) != 1:
        raise UnreadableFileError(path, f"holds {len(main)} KML documents; give the one that is meant")
    check_size(path, main[0].file_size, bounds, text=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            document = archive.read(main[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as reason:
        raise UnreadableFileError(path, f"is a broken archive: {reason}") from None
    return read_kml(path, document, choose, bounds)


def read_kml(path: Path, content: bytes, choose: Choose, bounds: Bounds) -> Source:
    """The placemarks of one folder of a KML document (or of the document, when it has no folders).

    UnreadableFileError for broken XML, a document type (whose entities could grow without end), or tracks and models.
    """
    check_size(path, len(content), bounds, text=True)
    reader = _Reader(path, bounds)
    try:
        # Of the encodings of several bytes a letter, expat knows none but Unicode's.
        reader.parser.Parse(decode(path, content, "gbk").text if _DECLARED_GBK.match(content) else content, True)
    except GeoError:
        raise
    except (xml.parsers.expat.ExpatError, LookupError, ValueError) as reason:  # the last two: no such encoding
        raise UnreadableFileError(path, f"is broken XML: {reason}") from None
    layers = list(dict.fromkeys(folder for folder, *_ in reader.placemarks)) or [path.stem]
    layer = choose(layers)
    rows = [(record, shape, problem) for folder, record, shape, problem in reader.placemarks if folder == layer]
    faults = [
        Fault(layer, row, None, "geometry", None, problem, "mend the shape in its source")
        for row, (_, _, problem) in enumerate(rows, start=1)
        if problem
    ]
    names = list(dict.fromkeys(name for record, *_ in rows for name in record))
    bounds.hold(path, "columns", "different fields", len(names))
    columns = pd.DataFrame({name: pd.Series([r.get(name) for r, *_ in rows], dtype="str") for name in names},
                           index=range(len(rows)))  # fmt: skip
    frame, notes = with_shapes(columns, plain_shapes([shape for _, shape, _ in rows]))
    if not rows:
        notes.append("there are no placemarks")
    return Source(
        frame, crs.WGS84, "KML", reader.encoding, "XML declaration", layer, tuple(layers), Axes.SHAPES, (),
        tuple(faults), tuple(notes),
    )  # fmt: skip


Choose = Callable[[list[str]], str]
"""Picks one of a file's layers, or refuses."""


class _Reader:
    """The state of one pass over the document: the elements that are open, and the placemark being read."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        self.path, self.bounds = path, bounds
        self.placemarks: list[tuple[str, dict[str, str], shapely.Geometry | None, str]] = []
        self.encoding = "utf-8"
        self._open: list[str] = []
        self._folders: list[str] = []
        self._record: dict[str, str] = {}
        self._field = ""
        self._text: list[str] | None = None
        self._parts: list[list[Any]] = []  # shapes under each open geometry element
        self._problem = ""
        self.parser = xml.parsers.expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.XmlDeclHandler = self._declaration

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = (encoding or "utf-8").lower()

    def _refuse_doctype(self, *_: object) -> None:
        raise UnreadableFileError(self.path, "has a document type, which KML does not need; remove <!DOCTYPE …>")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._open.append(name)
        self.bounds.hold(self.path, "nesting_depth", "levels of nested elements", len(self._open))
        if name in ("Document", "Folder"):
            self._folders.append("")
        elif name == "Placemark":
            self._record, self._parts, self._problem = {}, [[]], ""
        elif name in ("Data", "SimpleData"):
            self._field = attributes.get("name", "")
        if name in (*_SHAPES, "outerBoundaryIs", "innerBoundaryIs") and self._parts:
            self._parts.append([])
        elif name in ("Track", "MultiTrack", "Model"):
            self._problem = f"is a {name}, which is no plain shape"
        self._text = [] if name in _TEXTS else None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._open.pop()
        text = "".join(self._text or []).strip()
        self._text = None
        inside = self._open[-1] if self._open else ""
        if name == "name" and inside in ("Document", "Folder"):
            self._folders[-1] = text
        elif name in ("Document", "Folder"):
            self._folders.pop()
        elif name == "Placemark":
            self._close_placemark()
        elif (inside == "Placemark" and name in _KEPT) or name in ("when", "begin", "end"):
            self._record[name] = text
        elif name in ("value", "SimpleData") and self._field:
            self._record[self._field] = text
        elif name in (*_SHAPES, "outerBoundaryIs", "innerBoundaryIs", "coordinates") and self._parts:
            self._close_shape(name, text)

    def _close_placemark(self) -> None:
        shapes = self._parts[0] if self._parts else []
        if len(shapes) > 1:
            self._problem = self._problem or f"has {len(shapes)} shapes; put them into one MultiGeometry"
        shape = None if self._problem or not shapes else shapes[0]
        layer = self._folders[-1] if self._folders and self._folders[-1] else self.path.stem
        self.placemarks.append((layer, {k: v for k, v in self._record.items() if v}, shape, self._problem))
        self.bounds.hold(self.path, "rows", "placemarks", len(self.placemarks))
        self._parts = []

    def _close_shape(self, name: str, text: str) -> None:
        try:
            if name == "coordinates":
                self.bounds.hold(
                    self.path, "vertices_per_shape", "vertices in one shape (at most)", text.count(" ") + 1
                )
                self._parts[-1].append(_coordinates(text))
                return
            inner = self._parts.pop()
            in_polygon = bool(self._open) and self._open[-1].endswith("BoundaryIs")
            self._parts[-1].append(inner[0] if name == "LinearRing" and in_polygon else _made(name, inner))
        except DataError:
            raise
        except (ValueError, IndexError, TypeError, AttributeError, shapely.errors.GEOSException) as reason:
            self._problem = self._problem or f"{name} cannot be read: {str(reason).strip()[:120]}"
            self._parts[-1].append(None)


def _coordinates(text: str) -> list[tuple[float, ...]]:
    """KML's tuples of lon,lat[,altitude], parted by blanks."""
    places = [tuple(map(float, place.split(","))) for place in text.split()]
    if any(len(place) not in (2, 3) for place in places):
        raise ValueError("a place is lon,lat or lon,lat,altitude, without blanks inside")
    if not all(math.isfinite(number) for place in places for number in place):
        raise ValueError("a coordinate is no finite number")
    has_heights = any(place[2:] and place[2] != 0 for place in places)
    return [(*place, 0.0)[:3] if has_heights else place[:2] for place in places]


def _made(name: str, inner: list[Any]) -> Any:
    """A geometry element from what stood in it; rings stay lists of places until their polygon closes."""
    match name:
        case "outerBoundaryIs" | "innerBoundaryIs":
            return name, inner[0]
        case "Polygon":
            outer = [ring for side, ring in inner if side == "outerBoundaryIs"]
            return shapely.Polygon(outer[0], [ring for side, ring in inner if side == "innerBoundaryIs"])
        case "Point":
            return shapely.Point(inner[0][0])
        case "LineString" | "LinearRing":
            return shapely.LineString(inner[0])
    return _together(inner)


def _together(shapes: list[Any]) -> shapely.Geometry:
    kinds = {shape.geom_type for shape in shapes}
    multi = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
    if len(kinds) == 1 and (kind := kinds.pop()) in multi:
        return multi[kind](shapes)
    return shapely.GeometryCollection(shapes)
