"""Layers as texts, a portion of rows at a time: GeoJSON, GeoJSON text sequences, CSV with WKT, and KML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import orjson
import shapely

from geo import crs
from geo.export.rows import Leaving, digits_of, is_text
from geo.features import row_lines, text_sequence
from geo.geojson import dumps
from geo.origin import ORIGIN, guarded

SHIFTED: Final = "GCJ-02 火星坐标,不是 WGS84/CGCS2000 / GCJ-02, not WGS84: some 500 m off"
"""What a file in the coordinates of China's web maps says of itself."""
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def geojson_parts(layer: Leaving, members: Mapping[str, Any]) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946): right-hand rings, 7 digits, ids as texts; `members` stand beside the features."""
    shifted = {"coordinate_system": SHIFTED} if layer.system == crs.GCJ02 else {}
    head = dumps({"type": "FeatureCollection", "name": layer.spec.name, **shifted, **members})
    yield head[:-1] + b',"features":[\n'
    yield from _lines(layer)
    yield b"\n]}\n"


def sequence_parts(layer: Leaving) -> Iterator[bytes]:
    """A GeoJSON text sequence (RFC 8142): every feature a record of its own."""
    return text_sequence(_lines(layer))


def _lines(layer: Leaving) -> Iterator[bytes]:
    """The features, a comma and a line break between them."""
    between = b""
    for portion in layer.portions():
        names, members = layer.names[:-1], {ORIGIN: layer.origin}
        lines = b"".join(row_lines(portion.frame, portion.spec, names, portion.shapes, members))
        if lines:
            yield between + lines
            between = b",\n"


def csv_parts(layer: Leaving) -> Iterator[bytes]:
    """CSV in UTF-8 with a mark, lines ended by CR LF, shapes as WKT in the column `wkt`; no text of it can be run."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    shifted = layer.system == crs.GCJ02
    placed = [] if layer.shapes is None else ["wkt"]
    writer.writerow([*layer.names[:-1], *placed, *(["coordinate_system"] if shifted else []), layer.names[-1]])
    texts = [is_text(column) for column in layer.columns]
    yield b"\xef\xbb\xbf"
    for portion in layer.portions():
        rounding = digits_of(layer.system)
        wkt = None if portion.shapes is None else shapely.to_wkt(portion.shapes, rounding_precision=rounding).tolist()
        for place, (*row, origin) in enumerate(portion.cells()):
            cells = [_csv_cell(cell, text) for cell, text in zip(row, texts, strict=True)]
            shape = [] if wkt is None else [wkt[place]]
            writer.writerow([*cells, *shape, *([SHIFTED] if shifted else []), origin])
        yield file.getvalue().encode()
        file.seek(0)
        file.truncate()


def _csv_cell(cell: Any, text: bool) -> Any:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return guarded(cell) if text and isinstance(cell, str) else cell


def kml_parts(layers: Sequence[Leaving], members: Mapping[str, Any]) -> Iterator[bytes]:
    """A KML document (OGC 2.2), always WGS84: a folder for each layer, a placemark for each row.

    What XML cannot hold is left out.
    """
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
    yield f"<description>{escape(dumps(dict(members)).decode())}</description>\n".encode()
    for layer in layers:
        yield f"<Folder><name>{escape(layer.spec.name)}</name>\n".encode()
        for portion in layer.portions():
            yield "".join(_placemarks(portion)).encode()
        yield b"</Folder>\n"
    yield b"</Document></kml>\n"


def _placemarks(layer: Leaving) -> Iterator[str]:
    shapes = [None] * len(layer.frame) if layer.shapes is None else layer.shapes
    for key, shape, row in zip(layer.keys, shapes, layer.cells(), strict=True):
        cells = dict(zip(layer.names, row, strict=True))
        title = cells.get("name", None if "name" in layer.spec.names else key)  # it comes back as the name
        said = "" if title is None else f"<name>{_xml(title)}</name>"
        data = "".join(
            f"<Data name={quoteattr(name)}><value>{_xml(_kml_text(cell))}</value></Data>"
            for name, cell in cells.items()
            if cell is not None
        )
        yield f"<Placemark>{said}<ExtendedData>{data}</ExtendedData>{_kml_shape(shape)}</Placemark>\n"


def _kml_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else orjson.dumps(cell).decode()


def _xml(text: str) -> str:
    return escape(_NO_XML.sub("", text))


def _kml_shape(shape: Any) -> str:
    if shape is None:
        return ""
    match shape.geom_type:
        case "Point" | "LineString":
            return f"<{shape.geom_type}>{_places(shape)}</{shape.geom_type}>"
        case "Polygon":
            rings = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
            return f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{rings}</Polygon>"
    return f"<MultiGeometry>{''.join(map(_kml_shape, shape.geoms))}</MultiGeometry>"


def _ring(ring: Any) -> str:
    return f"<LinearRing>{_places(ring)}</LinearRing>"


def _places(line: Any) -> str:
    places = " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in shapely.get_coordinates(line).tolist())
    return f"<coordinates>{places}</coordinates>"
