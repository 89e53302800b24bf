"""One layer as one GeoPackage file: binary-exact coordinates, the same bytes for the same rows, and QGIS opens it.

Instants are DATETIME in UTC, which GDAL holds to the millisecond; where a value is finer, a column NAME_us beside it
holds the microseconds that are left. Columns that are derived from other layers are not stored.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from geo import crs
from geo.errors import UnreadableFileError
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape

SUFFIX = ".gpkg"
GEOMETRY = "geom"
BEYOND_MS = "_us"

Pause = Callable[[], object]
"""Called between short steps of a long read, so that a service can answer in between."""

_WRITE_ROWS = 10_000
_READ_ROWS = 500  # about a millisecond of building shapes, which no other Python thread can interrupt
_TYPES: dict[ColumnKind, pa.DataType] = {
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.LEVEL: pa.int64(),
    ColumnKind.NUMBER: pa.float64(),
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.DATE: pa.date32(),
    ColumnKind.INSTANT: pa.timestamp("ms", "UTC"),
}
_GEOMETRY_TYPES = {
    Shape.POINT: "Point",
    Shape.LINE: "LineString",
    Shape.POLYGON: "Polygon",
    Shape.LINE_OR_POLYGON: "Unknown",
}
_WRITE_OPTIONS = {
    "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z",  # no clock in the bytes: equal rows make equal files
}


def encode(frame: pd.DataFrame, spec: LayerSpec) -> bytes:
    """The content of a checked frame's file, restricted columns included: this never leaves the data folder.

    It is made in memory: GDAL says nothing of some writes that fail, as on a full disk, and goes on.
    """
    columns = _arrow_columns(frame, spec)
    shapes = None if spec.is_table else np.asarray(frame.geometry.values, dtype=object)
    fields = [pa.field(name, values.type) for name, values in columns.items()]
    schema = pa.schema(fields if shapes is None else [*fields, pa.field(GEOMETRY, pa.binary())])
    batches = pa.RecordBatchReader.from_batches(schema, _batches(columns, shapes, schema, len(frame)))
    kind = None if shapes is None else _geometry_type(shapes, spec)
    content = io.BytesIO()
    with _configured(_WRITE_OPTIONS):
        pyogrio.write_arrow(
            batches,
            content,
            layer=spec.name,
            driver="GPKG",
            geometry_name=None if kind is None else GEOMETRY,
            geometry_type=kind,
            crs=None if kind is None else crs.WGS84,
            layer_options={"IDENTIFIER": spec.title_zh},
        )
    return content.getvalue()


def read(path: Path, spec: LayerSpec, pause: Pause | None = None) -> pd.DataFrame:
    """The frame of a file that `encode` made, its values as written, its dtypes as Arrow has them."""
    parts: list[pa.RecordBatch] = []
    shapes: list[Any] = []
    try:
        with pyogrio.open_arrow(path, layer=spec.name, use_pyarrow=True, batch_size=_READ_ROWS) as (_, batches):
            for batch in batches:
                if not spec.is_table:
                    shapes.append(shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False)))
                    batch = batch.drop_columns([GEOMETRY])  # the bytes are not kept beside the shapes
                parts.append(batch)
                if pause is not None:
                    pause()
            table = pa.Table.from_batches(parts, schema=parts[0].schema if parts else _bare(batches.schema))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, KeyError, ValueError) as reason:
        raise UnreadableFileError(path, f"is not a GeoPackage with a layer {spec.name} ({reason})") from None
    frame = _finer_instants(table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get), spec)
    if spec.is_table:
        return frame
    found = np.concatenate(shapes) if shapes else np.empty(0, dtype=object)
    located: pd.DataFrame = geopandas.GeoDataFrame(frame, geometry=found, crs=crs.WGS84)
    return located


def _bare(schema: pa.Schema) -> pa.Schema:
    return pa.schema([one for one in schema if one.name != GEOMETRY])


def _arrow_columns(frame: pd.DataFrame, spec: LayerSpec) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for column in (column for column in spec.columns if not column.derived):
        if column.kind is ColumnKind.INSTANT:
            columns |= _instants(frame[column.name], column)
        else:
            values = pa.array(frame[column.name], type=_TYPES.get(column.kind, pa.string()), from_pandas=True)
            columns[column.name] = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return columns


def _instants(values: pd.Series, column: Column) -> dict[str, pa.Array]:
    """Milliseconds, and where there are any the microseconds beyond them."""
    instants_us = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]").view(np.int64)
    missing = values.isna().to_numpy()
    whole_ms, beyond_us = np.divmod(np.where(missing, 0, instants_us), 1000)
    columns = {column.name: pa.array(whole_ms, type=_TYPES[ColumnKind.INSTANT], mask=missing)}
    if beyond_us.any():
        columns[column.name + BEYOND_MS] = pa.array(beyond_us, type=pa.int64(), mask=missing)
    return columns


def _finer_instants(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    for column in (column for column in spec.columns if column.kind is ColumnKind.INSTANT):
        if column.name not in frame.columns:  # derived, or younger than the file
            continue
        instants = frame[column.name].astype("datetime64[us, UTC]")
        if (beyond := column.name + BEYOND_MS) in frame.columns:
            instants += pd.to_timedelta(frame.pop(beyond).fillna(0).astype("int64"), unit="us")
        frame[column.name] = instants
    return frame


def _batches(columns: dict[str, pa.Array], shapes: Any, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows in portions, so that their geometry is never held twice in full."""
    for start in range(0, rows, _WRITE_ROWS):
        portion = [values.slice(start, _WRITE_ROWS) for values in columns.values()]
        if shapes is not None:
            portion.append(pa.array(shapely.to_wkb(shapes[start : start + _WRITE_ROWS]), type=pa.binary()))
        yield pa.RecordBatch.from_arrays(portion, schema=schema)


def _geometry_type(shapes: Any, spec: LayerSpec) -> str:
    """The one type that all shapes have, as QGIS wants it named; several at once are `Unknown`."""
    _, first = np.unique(shapely.get_type_id(shapes), return_index=True)
    kinds = [str(shapes[position].geom_type) for position in first]
    return _GEOMETRY_TYPES[spec.shape] if not kinds else kinds[0] if len(kinds) == 1 else "Unknown"


@contextmanager
def _configured(options: dict[str, str]) -> Iterator[None]:
    """GDAL's settings for the time of a write; they belong to the whole process."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
