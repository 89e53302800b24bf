"""GeoPackage, FlatGeobuf, FileGDB and Shapefile through GDAL, and GeoParquet through pyarrow, by way of Arrow.

GDAL tries its eighty drivers on whatever it is given, some of which fetch addresses or run pipelines that a file
names. So a file comes here only when its first bytes are those of the format, and what GDAL then says it opened is
held against that. Arrow keeps whole numbers whole beside missing ones, and hands over WKB that is measured before
GEOS parses it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from geo.errors import Fault, GeoError, UnreadableFileError
from geo.intake.bounds import Bounds, check_json, check_wkb
from geo.intake.sources import Axes, Source, plain_shapes, unique_names, with_shapes

# FlatGeobuf's own Arrow reader in GDAL 3.12 mislays a shape that is missing; the general one does not. What GDAL says
# while Arrow draws rows reaches no handler and would stand on the user's screen: the shape is missing, and is named so.
_GDAL_OPTIONS: Final = {"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES", "CPL_LOG": os.devnull}
_MOST_NOTES: Final = 20
_INDEX: Final = re.compile(r"__index_level_\d+__")  # what pandas keeps of a frame's row labels
_UNDEFINED: Final = re.compile(r'\w+\["Undefined (Cartesian|geographic) SRS"')
_PLACE_IN_GDAL: Final = re.compile(r"Error occurred in \S+ at line \d+")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as GDAL is to open it (`at`), under the name the user knows (`path`), and the driver that must do it."""

    path: Path
    at: Path
    driver: str
    title: str


@contextlib.contextmanager
def told(path: Path, title: str, notes: list[str]) -> Iterator[None]:
    """GDAL's, Arrow's and GEOS's failures as UnreadableFileError, their warnings as notes."""
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        try:
            yield
        except GeoError:
            raise
        except UnboundLocalError:  # pyogrio, of a name of a system that is no UTF-8
            raise UnreadableFileError(path, f"is a broken {title}: its coordinate system is no text") from None
        except _FAILURES as reason:
            said = _PLACE_IN_GDAL.sub("it cannot be parsed", " ".join(str(reason).split()))[:300]
            raise UnreadableFileError(path, f"is a broken {title}: {said or type(reason).__name__}") from None
    said_once = dict.fromkeys(str(warning.message) for warning in met)
    notes.extend(list(said_once)[:_MOST_NOTES])


# The bindings raise what they like at bytes that they did not expect.
_FAILURES: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    shapely.errors.GEOSException,
    pa.ArrowException,
    sqlite3.Error,
    OSError,
    ArithmeticError,
    LookupError,
    MemoryError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
)


def layer_names(opened: Opened) -> list[str]:
    """The layers in the file, in its order; UnreadableFileError when it has none or cannot be opened."""
    with told(opened.path, opened.title, []):
        names = [str(name) for name, _ in pyogrio.list_layers(opened.at)]
    if not names:
        raise UnreadableFileError(opened.path, f"is a broken {opened.title}, or one without layers")
    return names


def geopackage_tables(path: Path, at: Path) -> set[str]:
    """The tables in the catalogue; UnreadableFileError unless the SQLite file is a GeoPackage of tables.

    A view could be a query without end, so none may stand where GDAL looks first.
    """
    with told(path, "GeoPackage", []), contextlib.closing(_sqlite(at)) as database:
        rows = database.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        kinds = {str(name).lower(): kind for name, kind in rows}
        if "gpkg_contents" not in kinds:
            raise UnreadableFileError(path, "is an SQLite database but no GeoPackage (it has no table gpkg_contents)")
        if any(kind == "view" for name, kind in kinds.items() if name.startswith(("gpkg_", "rtree_"))):
            raise UnreadableFileError(path, "keeps a view where GeoPackage has a table; export the layer to a new file")
        tables = [str(name) for (name,) in database.execute("SELECT table_name FROM gpkg_contents")]
        views = [name for name in tables if kinds.get(name.lower()) == "view"]
        if views:
            raise UnreadableFileError(path, f"has the view {views[0]!r} for a layer; export it as a table")
    return set(tables)


def count_geopackage(path: Path, at: Path, layer: str) -> tuple[int, int]:
    """How many rows the table has, and how many of them have a shape: counted, since GDAL makes a shape that it
    cannot read a missing one, and GeoPackage's own count may be stale.
    """
    with told(path, "GeoPackage", []), contextlib.closing(_sqlite(at)) as database:
        found = database.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
        ).fetchone()
        shapes = f"count({_quoted(found[0])})" if found else "0"
        counted = f"SELECT count(*), {shapes} FROM {_quoted(layer)}"  # noqa: S608  # a name cannot be bound; it is quoted
        rows, shaped = database.execute(counted).fetchone()
    return rows, shaped


def _quoted(name: object) -> str:
    return '"' + str(name).replace('"', '""') + '"'


def _sqlite(at: Path) -> sqlite3.Connection:
    return sqlite3.connect(at.resolve().as_uri() + "?mode=ro", uri=True)


def read_layer(
    opened: Opened, layer: str, layers: Sequence[str], bounds: Bounds, *, encoding: str | None = None,
    counts: tuple[int, int] | None = None,
) -> Source:  # fmt: skip
    """One layer with every column as it is; `counts` are the rows and shapes there must be, where they were counted."""
    notes: list[str] = []
    with told(opened.path, opened.title, notes):
        pyogrio.set_gdal_config_options(_GDAL_OPTIONS)
        options = {"encoding": _gdal_name(encoding)} if encoding else {}
        # As timestamps GDAL would call times without a zone UTC, and take the zone from others. Only as text do they
        # keep what they are; but a FileGDB has no zones, and GDAL adds one from a flag that is about edit tracking.
        zoneless = opened.driver == "OpenFileGDB"
        info = pyogrio.read_info(opened.at, layer=layer, force_feature_count=True, **options)
        if info["driver"] != opened.driver:
            raise UnreadableFileError(opened.path, f"was to be a {opened.title} and GDAL opened it as {info['driver']}")
        expected = counts[0] if counts else info["features"]
        if not expected and not len(info["fields"]):  # what GDAL makes of a table that it cannot open
            said = f"is a broken {opened.title}, or its layer has neither columns nor rows"
            raise UnreadableFileError(opened.path, said)
        bounds.hold(opened.path, "rows", "rows in the layer", expected)
        bounds.hold(opened.path, "columns", "columns in the layer", len(info["fields"]))
        meta, table = pyogrio.read_arrow(opened.at, layer=layer, datetime_as_string=not zoneless, **options)
    if len(table) != expected:
        raise UnreadableFileError(
            opened.path, f"is a broken {opened.title}: {len(table)} of its {expected} rows can be read"
        )
    has_shapes = meta["geometry_type"] is not None
    shapes = (meta["geometry_name"] or "wkb_geometry") if has_shapes else None
    if counts and shapes and (met := len(table) - table[shapes].null_count) != counts[1]:
        raise UnreadableFileError(
            opened.path, f"is a broken {opened.title}: {met} of its {counts[1]} shapes can be read"
        )
    timed = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    if zoneless and timed:
        notes.append(f"a FileGDB does not say the zone of its date-times ({', '.join(timed)}): taken as China's")
    return source_of(
        opened.path, table, shapes, bounds, notes, declared=_told_crs(meta["crs"]), title=opened.title, layer=layer,
        layers=layers, encoding=encoding,
    )  # fmt: skip


def _told_crs(system: str | None) -> str | None:
    """What GDAL found declared; a GeoPackage says in so many words (srs_id -1 or 0) that it knows no system."""
    return None if system is None or _UNDEFINED.match(system) else system


def _gdal_name(encoding: str) -> str:
    """GDAL spells Python's iso8859-1 with one more hyphen."""
    return encoding.upper().replace("ISO8859-", "ISO-8859-")


def source_of(
    path: Path, table: Any, shapes_name: str | None, bounds: Bounds, notes: list[str], *, declared: str | None,
    title: str, layer: str, layers: Sequence[str], encoding: str | None = None,
) -> Source:  # fmt: skip
    """An Arrow table as a Source: shapes measured and parsed, texts and whole numbers as they are."""
    places = [n for n, name in enumerate(table.column_names) if name != shapes_name and not _INDEX.fullmatch(name)]
    unique, said = unique_names([table.column_names[n] for n in places])
    notes.extend(said)
    faults: list[Fault] = []
    with told(path, title, notes):
        table.validate(full=True)  # texts that are no UTF-8 would only be noticed when someone reads them
        # Not with the schema's metadata: what pandas noted there may contradict the columns.
        columns = pa.table([table.column(n) for n in places], names=unique) if places else None
        frame = pd.DataFrame(index=range(len(table))) if columns is None else columns.to_pandas(types_mapper=_dtype)
    if shapes_name is not None:
        shapes = parse_wkb(path, table[shapes_name].to_numpy(), layer, faults, bounds)
        frame, said = with_shapes(frame, shapes)
        notes.extend(said)
    if not len(frame):
        notes.append("there are no rows")
    return Source(
        frame, declared, title, encoding or "utf-8", "the format's own", layer, tuple(layers),
        Axes.NONE if shapes_name is None else Axes.SHAPES, (), tuple(faults), tuple(notes),
    )  # fmt: skip


def _dtype(kind: Any) -> Any:
    """Whole numbers stay whole where some are missing; as floats a long code would lose its last digits."""
    return pd.Int64Dtype() if pa.types.is_integer(kind) else pd.StringDtype(na_value=np.nan) if _is_text(kind) else None


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def parse_wkb(path: Path, contents: Any, layer: str, faults: list[Fault], bounds: Bounds) -> Any:
    """Shapes from WKB, each measured first; one that GEOS cannot take is None and a fault of its row.

    A coordinate may still be no finite number: whoever places the shapes says so of its row.
    """
    for content in contents:
        if content is not None:
            check_wkb(path, content, bounds)
    with np.errstate(all="ignore"):
        try:
            return shapely.from_wkb(contents)
        except (shapely.errors.GEOSException, TypeError):
            return plain_shapes([_one(layer, row, content, faults) for row, content in enumerate(contents, start=1)])


def _one(layer: str, row: int, content: bytes | None, faults: list[Fault]) -> shapely.Geometry | None:
    try:
        return shapely.from_wkb(content)
    except (shapely.errors.GEOSException, TypeError) as reason:
        said = str(reason).strip().removeprefix("ParseException: ")[:120]
        faults.append(Fault(layer, row, None, "geometry", None, f"cannot be read: {said}", "mend it in its source"))
        return None


def read_geoparquet(path: Path, at: Path, bounds: Bounds) -> Source:
    """A Parquet table with GeoParquet's metadata, or without shapes when it has none.

    Where the metadata leave the system out, GeoParquet 1.1 says that it is OGC:CRS84.
    """
    notes: list[str] = []
    with told(path, "GeoParquet", notes), pq.ParquetFile(at) as file:
        about = file.metadata
        bounds.hold(path, "rows", "rows in the table", about.num_rows)
        bounds.hold(path, "columns", "columns in the table", about.num_columns)
        unpacked = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
        bounds.hold(path, "zip_unpacked_bytes", "bytes when unpacked", unpacked)
        primary, column = _geo_column(path, (about.metadata or {}).get(b"geo"), bounds)
        table = file.read()
    if primary is not None and primary not in table.column_names:
        raise UnreadableFileError(path, f"its metadata name the column {primary!r}, which is not there")
    if column.get("encoding", "WKB") != "WKB":
        raise UnreadableFileError(path, f"keeps shapes as {column['encoding']}; write them with the encoding WKB")
    if primary is not None and table.schema.field(primary).type not in (pa.binary(), pa.large_binary()):
        raise UnreadableFileError(path, f"its column {primary!r} is no WKB")
    if primary is None:
        notes.append("the file has no GeoParquet metadata: it is read as a table without shapes")
    return source_of(
        path, table, primary, bounds, notes, declared=_crs_of(column) if primary else None, title="GeoParquet",
        layer=path.stem, layers=(path.stem,),
    )  # fmt: skip


def _geo_column(path: Path, content: bytes | None, bounds: Bounds) -> tuple[str | None, dict[str, Any]]:
    if content is None:
        return None, {}
    check_json(path, content, bounds)
    try:
        geo = orjson.loads(content)
        primary = geo["primary_column"]
        column = geo["columns"][primary]
        if not isinstance(primary, str) or not isinstance(column, dict):
            raise TypeError("names no column")
    except (orjson.JSONDecodeError, KeyError, TypeError) as reason:
        raise UnreadableFileError(path, f"has broken GeoParquet metadata: {reason}") from None
    return primary, column


def _crs_of(column: dict[str, Any]) -> str | None:
    system = column.get("crs", "OGC:CRS84")
    if not isinstance(system, dict):
        return None if system is None else str(system)
    identity = system.get("id")
    if isinstance(identity, dict) and {"authority", "code"} <= set(identity):
        return f"{identity['authority']}:{identity['code']}"
    return orjson.dumps(system).decode()
