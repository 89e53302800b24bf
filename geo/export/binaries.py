"""Layers as GeoPackage, FlatGeobuf, Shapefile and GeoParquet, through Arrow: exact coordinates, real types."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from geo import crs
from geo.errors import UnreadableFileError
from geo.export.rows import Leaving
from geo.export.styling import add_styles
from geo.export.texts import csv_parts
from geo.export.zips import write_zip
from geo.geojson import plain
from geo.layers.spec import Column, ColumnKind, Shape
from geo.origin import ORIGIN, short_names

_GEOMETRY: Final = "geometry"
_BATCH: Final = 10_000
_WRITING: Final = Lock()
_ZONE: Final = "+08:00"
_MILLISECONDS: Final = pa.timestamp("ms", _ZONE)
_MILLISECONDS_UTC: Final = pa.timestamp("ms", "UTC")  # a GeoPackage has no other zone
_TYPES: Final[Mapping[ColumnKind, pa.DataType]] = {
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.LEVEL: pa.int64(),
    ColumnKind.NUMBER: pa.float64(),
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.DATE: pa.date32(),
}
_KINDS: Final = {Shape.POINT: "Point", Shape.LINE: "LineString", Shape.POLYGON: "Polygon"}
_VERSION: Final = {"VERSION": "1.2"}  # a later one makes GDAL 3.6 under QGIS 3.22 warn about every layer
_OPTIONS: Final = {
    "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z",  # no clock in the bytes: equal rows make equal files
    "OGR_SQLITE_SYNCHRONOUS": "OFF",  # the file is synced whole, before it gets its name
}


def write_geopackage(path: Path, layers: Sequence[Leaving], members: Mapping[str, Any]) -> None:
    """A GeoPackage (OGC 12-128) of all layers, with styles that QGIS takes when it opens them."""
    for layer in layers:
        columns = _columns(layer, _MILLISECONDS_UTC)
        about = {"IDENTIFIER": layer.spec.title_zh, "DESCRIPTION": orjson.dumps(dict(members)).decode()}
        _write(path, layer, columns, "GPKG", dataset_options=_VERSION, layer_options=about, append=path.exists())
    add_styles(path, layers)


def write_flatgeobuf(path: Path, layers: Sequence[Leaving], members: Mapping[str, Any]) -> None:
    """A FlatGeobuf file of one layer, with its spatial index: rows lie in the order of places."""
    (layer,) = layers
    about = {"TITLE": layer.spec.title_zh, "DESCRIPTION": orjson.dumps(dict(members)).decode()}
    indexed = {} if layer.shapes is not None and len(layer.frame) else {"SPATIAL_INDEX": "NO"}
    _write(path, layer, _columns(layer, _MILLISECONDS), "FlatGeobuf", layer_options={**about, **indexed})


def write_parquet(path: Path, layers: Sequence[Leaving], members: Mapping[str, Any]) -> None:
    """A GeoParquet 1.1 file of one layer, instants to the microsecond; a table is plain Parquet."""
    (layer,) = layers
    columns = _columns(layer, pa.timestamp("us", _ZONE))
    about = {b"yixian": orjson.dumps(dict(members))}
    if layer.shapes is not None:
        columns[_GEOMETRY] = pa.array(shapely.to_wkb(_right_handed(layer.shapes)), type=pa.binary())
        about[b"geo"] = orjson.dumps(_geo(layer))
    pq.write_table(pa.table(columns).replace_schema_metadata(about), path, compression="zstd")


def _geo(layer: Leaving) -> dict[str, Any]:
    """GeoParquet's metadata; coordinates are x, y whatever the system's own order."""
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in layer.shapes}),
        "crs": crs.parse(layer.system).to_json_dict(),
        "orientation": "counterclockwise",
        **({"bbox": shapely.total_bounds(layer.shapes).tolist()} if len(layer.frame) else {}),
    }
    return {"version": "1.1.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}


def write_shapefiles(path: Path, layers: Sequence[Leaving], members: Mapping[str, Any]) -> None:
    """A zip of shapefiles in UTF-8 with .cpg, tables as CSV, and a text that lists the names that were cut.

    A shapefile holds one kind of shape: a layer of lines and areas becomes two, each a part.
    """
    room = path.with_suffix(".parts")
    room.mkdir()
    for layer in layers:
        if layer.shapes is None:
            (room / f"{layer.spec.name}.csv").write_bytes(b"".join(csv_parts(layer)))
            continue
        for stem, part in _of_one_kind(layer):
            names = short_names(layer.names)
            columns = {names[name]: cells for name, cells in _columns(part, None).items()}
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # GDAL says that it cuts texts beyond 254 bytes; `names.txt` says so too
                _write(room / f"{stem}.shp", part, columns, "ESRI Shapefile")
    (room / "names.txt").write_text(_told_names(layers, members), "utf-8")
    write_zip(path, ((file.name, file.read_bytes()) for file in sorted(room.iterdir())))


def _of_one_kind(layer: Leaving) -> Iterator[tuple[str, Leaving]]:
    if layer.spec.shape is not Shape.LINE_OR_POLYGON or not len(layer.frame):
        yield layer.spec.name, layer
        return
    dimensions = shapely.get_dimensions(layer.shapes)
    for dimension, word in ((1, "lines"), (2, "areas")):
        if (dimensions == dimension).any():
            yield f"{layer.spec.name}_{word}", layer.where(dimensions == dimension)


def _told_names(layers: Sequence[Leaving], members: Mapping[str, Any]) -> str:
    """What each column of a shapefile is in full, in both languages, and what else a shapefile loses."""
    lines = [
        "字段名至多 10 个字母,文字至多 254 字节(UTF-8)。",
        "Names of columns have at most 10 letters, texts at most 254 bytes of UTF-8.",
        orjson.dumps(dict(members)).decode(),
    ]
    for layer in layers:
        lines += ["", f"{layer.spec.name}  {layer.spec.title_zh}  {layer.spec.title_en}"]
        short = short_names(layer.names)
        lines += [f"{short[one.name]:<10}  {one.name}  {one.title_zh}  {one.title_en}" for one in layer.columns]
    return "\r\n".join([*lines, ""])


def _columns(layer: Leaving, instants: pa.DataType | None) -> dict[str, pa.Array]:
    """The public columns and the origin as Arrow has them; instants in a type, or as ISO 8601 texts."""
    columns = {column.name: _array(layer, column, instants) for column in layer.columns}
    return {**columns, ORIGIN: pa.array([layer.origin] * len(layer.frame), type=pa.string())}


def _array(layer: Leaving, column: Column, instants: pa.DataType | None) -> pa.Array:
    cells = layer.frame[column.name]
    if column.kind is ColumnKind.INSTANT:
        if instants is None:
            return pa.array([plain(cell) for cell in cells.tolist()], type=pa.string())
        return pa.array(cells.dt.floor("ms") if instants.unit == "ms" else cells, type=instants, from_pandas=True)
    found = pa.array(cells, type=_TYPES.get(column.kind, pa.string()), from_pandas=True)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _right_handed(shapes: Any) -> Any:
    return shapely.orient_polygons(shapes, exterior_cw=False)


def _write(path: Path, layer: Leaving, columns: dict[str, pa.Array], driver: str, **options: Any) -> None:
    fields = [pa.field(name, cells.type) for name, cells in columns.items()]
    shapes = None if layer.shapes is None else _right_handed(layer.shapes)
    schema = pa.schema(fields if shapes is None else [*fields, pa.field(_GEOMETRY, pa.binary())])
    batches = pa.RecordBatchReader.from_batches(schema, _batches(columns, shapes, schema, len(layer.frame)))
    kind = None if shapes is None else _kind(layer)
    encoding = {"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {}
    try:
        with _configured(_OPTIONS):
            pyogrio.write_arrow(
                batches,
                path,
                layer=layer.spec.name if driver == "GPKG" else path.stem,
                driver=driver,
                geometry_name=None if kind is None else _GEOMETRY,
                geometry_type=kind,
                crs=None if kind is None else layer.system,
                **encoding,
                **options,
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as reason:
        raise UnreadableFileError(path, f"cannot be written: {reason}") from None


def _kind(layer: Leaving) -> str:
    """The one type that all shapes have, as QGIS wants it named; several at once are `Unknown`."""
    kinds = {shape.geom_type for shape in layer.shapes}
    return _KINDS.get(layer.spec.shape, "Unknown") if not kinds else kinds.pop() if len(kinds) == 1 else "Unknown"


def _batches(columns: dict[str, pa.Array], shapes: Any, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows in portions, so that their geometry is never held twice in full."""
    for start in range(0, rows, _BATCH):
        portion = [cells.slice(start, _BATCH) for cells in columns.values()]
        if shapes is not None:
            portion.append(pa.array(shapely.to_wkb(shapes[start : start + _BATCH]), type=pa.binary()))
        yield pa.RecordBatch.from_arrays(portion, schema=schema)


@contextmanager
def _configured(options: dict[str, str]) -> Iterator[None]:
    """GDAL's settings for the time of a write; they belong to the whole process, so one write follows another."""
    with _WRITING:
        yield from _set_meanwhile(options)


def _set_meanwhile(options: dict[str, str]) -> Iterator[None]:
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
