"""GeoJSON, whole or as one feature a line, read feature by feature so that a broken one is named and not dropped.

GDAL would turn a shape that it cannot read into an empty one, a text that looks like a date into a date, and 1e999
into infinity; here the JSON's own values stay. The nesting is counted before orjson or GEOS sees a byte.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import shapely

from geo.errors import Fault, UnreadableFileError
from geo.intake.bounds import Bounds, check_json, check_size
from geo.intake.encodings import Decoded, decode
from geo.intake.sources import Axes, Source, collector_paused, plain_shapes, with_shapes

_SHAPE_TYPES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
_RECORD_SEPARATOR = b"\x1e"


def read_geojson(path: Path, content: bytes, encoding: str | None, bounds: Bounds) -> Source:
    """A FeatureCollection, a Feature, a bare geometry, or a sequence of features, one a line (RFC 7946, RFC 8142).

    UnreadableFileError when it is no JSON or no GeoJSON; a feature that cannot be read is a fault of its row.
    """
    check_size(path, len(content), bounds, text=True)
    decoded = decode(path, content, encoding)
    if decoded.encoding != "utf-8":
        content = decoded.text.encode("utf-8", "surrogatepass")
    about = replace(decoded, text="")  # the bytes are enough from here on, and there may be many
    with collector_paused():
        lines = _lines(content)
        if lines is not None:
            features = [_parse(path, line, bounds, f" in line {number}") for number, line in lines]
            return _source(path, "GeoJSONSeq", about, features, None, path.stem, bounds)
        whole = _parse(path, content, bounds, "")
        features = list(_features(path, whole))
        name = whole.get("name")
        layer = name if isinstance(name, str) and name.strip() else path.stem
        return _source(path, "GeoJSON", about, features, _declared(path, whole), layer, bounds)


def _lines(content: bytes) -> list[tuple[int, bytes]] | None:
    """The numbered lines of a sequence of features; None when the text is one JSON value."""
    if content.startswith(_RECORD_SEPARATOR):
        records = enumerate(content.split(_RECORD_SEPARATOR)[1:], start=1)
        return [(number, record) for number, record in records if record.strip()]
    start = len(content) - len(content.lstrip())
    end = content.find(b"\n", start)
    if (
        end < 0
        or not content[start:end].rstrip().endswith(b"}")
        or not content[end : end + 1000].lstrip().startswith(b"{")
    ):
        return None
    return [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]


def _parse(path: Path, content: bytes, bounds: Bounds, where: str) -> Any:
    check_json(path, content, bounds)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as reason:
        advice = ""
        if b"NaN" in content or b"Infinity" in content:
            advice = "; NaN and Infinity are no JSON: write null"
        raise UnreadableFileError(path, f"is not JSON{where}: {reason}{advice}") from None


def _features(path: Path, whole: Any) -> Iterator[Any]:
    kind = whole.get("type") if isinstance(whole, dict) else None
    if kind == "FeatureCollection" and isinstance(whole.get("features"), list):
        yield from whole["features"]
    elif kind == "Feature":
        yield whole
    elif kind in _SHAPE_TYPES:
        yield {"type": "Feature", "properties": {}, "geometry": whole}
    else:
        other = " (it looks like TopoJSON; convert it to GeoJSON)" if kind == "Topology" else ""
        raise UnreadableFileError(path, f"is JSON but not a GeoJSON FeatureCollection{other}")


def _declared(path: Path, whole: dict[str, Any]) -> str | None:
    """The `crs` member of GeoJSON 2008, which many programs still write; null there means none."""
    member = whole.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise UnreadableFileError(path, "has a crs member that names no coordinate system; mend or remove it")
    return name


def _source(
    path: Path, kind: str, decoded: Decoded, features: list[Any], declared: str | None, layer: str, bounds: Bounds
) -> Source:
    bounds.hold(path, "rows", "features", len(features))
    faults: list[Fault] = []
    for row, feature in enumerate(features, start=1):
        if problem := _problem(feature):
            faults.append(Fault(layer, row, None, "type", str(feature)[:80], problem))
            features[row - 1] = {}
    shapes = _shapes([feature.get("geometry") for feature in features], layer, faults)
    records = [_record(feature) for feature in features]
    columns = _columns(path, records, bounds)
    frame, notes = with_shapes(columns, shapes)
    if not features:
        notes.append("there are no features")
    return Source(
        frame, declared, kind, decoded.encoding, decoded.found_by, layer, (layer,), Axes.SHAPES, (),
        tuple(faults), tuple(notes),
    )  # fmt: skip


def _problem(feature: Any) -> str:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "is no GeoJSON Feature"
    if not isinstance(feature.get("properties"), dict | None):
        return "has properties that are no object"
    return ""


def _record(feature: dict[str, Any]) -> dict[str, Any]:
    """The feature's properties, with its own id where no property has that name."""
    record: dict[str, Any] = feature.get("properties") or {}
    return {"id": feature["id"], **record} if "id" in feature and "id" not in record else record


def _shapes(geometries: list[Any], layer: str, faults: list[Fault]) -> Any:
    """The shapes in bulk; one by one where something is wrong, so that only the broken ones are None and faults."""
    try:
        texts = [None if g is None else orjson.dumps(g) if g.get("type") in _SHAPE_TYPES else b"" for g in geometries]
        return shapely.from_geojson(plain_shapes(texts))
    except (shapely.errors.GEOSException, AttributeError, TypeError):
        return plain_shapes([_shape(geometry, layer, row, faults) for row, geometry in enumerate(geometries, start=1)])


def _shape(geometry: Any, layer: str, row: int, faults: list[Fault]) -> shapely.Geometry | None:
    """The shape, or None and a fault; null is no shape and nothing wrong."""
    kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
    if geometry is None:
        return None
    if not isinstance(kind, str) or kind not in _SHAPE_TYPES:
        problem = f"is no GeoJSON geometry (type {kind!r})"
    else:
        try:
            return shapely.from_geojson(orjson.dumps(geometry))
        except shapely.errors.GEOSException as reason:
            problem = f"cannot be read: {str(reason).strip().removeprefix('ParseException: ')[:150]}"
    faults.append(Fault(layer, row, None, "geometry", None, problem, "mend the shape in its source"))
    return None


def _columns(path: Path, records: list[dict[str, Any]], bounds: Bounds) -> pd.DataFrame:
    """Each property as a column, in the order of first sight; numbers stay whole where some are missing."""
    names = list(dict.fromkeys(name for record in records for name in record))
    bounds.hold(path, "columns", "different properties", len(names))
    return pd.DataFrame(
        {name: _series([record.get(name) for record in records]) for name in names}, index=range(len(records))
    )


_DTYPES = ((str, "str"), (int, "Int64"), (float, "float64"))


def _series(values: list[Any]) -> pd.Series:
    """The values in the dtype that holds them all as they are; whole numbers stay whole beside null."""
    types = set(map(type, values)) - {type(None)}
    for kind, dtype in _DTYPES:
        if types == {kind}:
            with contextlib.suppress(OverflowError, TypeError):  # a whole number of more than 63 bits
                return pd.Series(values, dtype=dtype)
    return pd.Series(values, dtype=object)
