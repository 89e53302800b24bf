"""The intake: a file becomes a checked frame, or a report of every row that cannot be taken.

It takes GeoJSON, GeoPackage, and CSV with longitude and latitude columns (tables without geometry: CSV alone). The
coordinate system must be declared, by the file or by the caller; the two NASA tables of detections carry theirs in
their documentation. Codes are read as text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas
import numpy as np
import orjson
import pandas as pd
import pyogrio
import shapely

from geo import crs
from geo.errors import Fault, InputError, LayerFaultsError, MissingCrsError, UnreadableFileError
from geo.files import read_bytes, write_atomic
from geo.intake import nasa
from geo.layers.spec import LayerSpec, check_rows

LON_NAMES = ("lon", "lng", "long", "longitude", "x", "经度")
LAT_NAMES = ("lat", "latitude", "y", "纬度")


Given = tuple[pd.DataFrame, str | None]
"""A file's rows in its own columns, and the coordinate system they are in (None: a table without places)."""


@dataclass(frozen=True, eq=False)
class Intake:
    """What a file gave. `given` holds its rows in its own columns, `frame` those rows in the layer's, faulty ones
    included, so that row numbers agree; `accepted` leaves the faulty ones out.
    """

    spec: LayerSpec
    source: str
    given: pd.DataFrame
    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    ignored_columns: tuple[str, ...]
    given_crs: str

    @property
    def rows_read(self) -> int:
        """How many data rows the file has."""
        return len(self.given)

    def with_faults(self, faults: Sequence[Fault]) -> Intake:
        """The same with faults that only other layers could show."""
        return replace(self, faults=(*self.faults, *faults))

    @property
    def accepted(self) -> pd.DataFrame:
        """The rows without a fault, checked once more by themselves.

        LayerFaultsError when a fault concerns the layer as a whole: then no row can be taken.
        """
        whole = [fault for fault in self.faults if fault.row == 0]
        if whole:
            raise LayerFaultsError(whole)
        faulty = {fault.row - 1 for fault in self.faults}
        kept, faults = check_rows(self.frame.drop(index=sorted(faulty)), self.spec)
        if faults:
            raise LayerFaultsError(faults)
        return kept

    def refused(self) -> pd.DataFrame:
        """The faulty rows in the file's own columns, with the row number and all reasons in front."""
        reasons: dict[int, list[str]] = {}
        for fault in self.faults:
            reasons.setdefault(fault.row - 1, []).append(str(fault))
        rows = self.given.iloc[sorted(reasons)]
        table = pd.DataFrame(rows.drop(columns="geometry") if "geometry" in rows.columns else rows)
        table.insert(0, "row", [position + 1 for position in sorted(reasons)])
        table.insert(1, "reasons", [" | ".join(reasons[position]) for position in sorted(reasons)])
        if isinstance(rows, geopandas.GeoDataFrame):
            table["geometry_wkt"] = shapely.to_wkt(rows.geometry.values, rounding_precision=9)
        return table


def read(path: Path, spec: LayerSpec, declared_crs: str | None = None) -> Intake:
    """Read `path` as the layer `spec`; `declared_crs` names the coordinate system when the file does not.

    UnreadableFileError, MissingCrsError or InputError when the file as a whole cannot be taken; faults of single
    rows are in the Intake.
    """
    readers = {".csv": _read_csv, ".geojson": _read_geojson, ".json": _read_geojson, ".gpkg": _read_geopackage}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFileError(path, f"{path.suffix or 'no suffix'} is not one of {', '.join(readers)}")
    if spec.is_table and reader is not _read_csv:
        raise UnreadableFileError(path, f"{spec.name} is a table without geometry; give it as .csv")
    given, system = reader(path, spec, declared_crs)
    given = given.reset_index(drop=True)
    named = nasa.as_detections(given) if spec.name == "detections" else given
    frame, faults = check_rows(_in_wgs84(named), spec)
    known = {column.name for column in spec.columns} | {"geometry"}
    ignored = [str(name) for name in named.columns if name not in known] if named is given else []
    return Intake(spec, path.name, given, frame, tuple(faults), tuple(ignored), system or "none")


def write_refused(path: Path, intake: Intake) -> None:
    """Write the faulty rows with their reasons as CSV, in the source's own columns."""
    write_atomic(path, intake.refused().to_csv(index=False).encode("utf-8-sig"))  # the mark lets Excel show Chinese


def _read_csv(path: Path, spec: LayerSpec, declared_crs: str | None) -> Given:
    try:
        frame = pd.read_csv(io.BytesIO(read_bytes(path)), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError as reason:
        raise UnreadableFileError(
            path, f"is not UTF-8 (byte {reason.start}); save it as 'CSV UTF-8' and import it again"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as reason:
        raise UnreadableFileError(path, f"is not a CSV table: {reason}") from None
    if spec.is_table:
        return frame, None
    columns = {name.strip().lower(): name for name in frame.columns}
    lon = next((columns[name] for name in LON_NAMES if name in columns), None)
    lat = next((columns[name] for name in LAT_NAMES if name in columns), None)
    if lon is None or lat is None:
        met = ", ".join(map(str, frame.columns))
        raise UnreadableFileError(
            path, f"has no longitude and latitude columns; name them lon and lat (columns met: {met})"
        )
    system = declared_crs or (crs.WGS84 if spec.name == "detections" and nasa.is_nasa(frame) else None)
    if system is None:
        raise MissingCrsError(path, _CRS_ADVICE)
    x, y = (pd.to_numeric(frame[name], errors="coerce") for name in (lon, lat))
    points = shapely.points(x.to_numpy(float), y.to_numpy(float))
    points[(x.isna() | y.isna()).to_numpy()] = None
    located: pd.DataFrame = geopandas.GeoDataFrame(frame, geometry=points, crs=crs.parse(system))
    return located, system


_CRS_ADVICE = (
    "say which one with --crs, for example --crs EPSG:4326 (GPS, WGS84), EPSG:4490 (CGCS2000 degrees) or EPSG:4546 "
    "(metres, 3-degree zone 111E); files copied from Chinese web maps are often GCJ-02 without saying so"
)


def _read_geojson(path: Path, _: LayerSpec, declared_crs: str | None) -> Given:
    try:
        content = orjson.loads(read_bytes(path))
    except orjson.JSONDecodeError as reason:
        raise UnreadableFileError(path, f"is not JSON: {reason}") from None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise UnreadableFileError(path, "is not a GeoJSON FeatureCollection")
    member = content.get("crs")
    own = member["properties"]["name"] if isinstance(member, dict) and "properties" in member else None
    system = _agreed(path, own, declared_crs)
    return _layer_of(path, system), system


def _read_geopackage(path: Path, _: LayerSpec, declared_crs: str | None) -> Given:
    read_bytes(path)  # a missing or locked file is named plainly, before GDAL words it
    try:
        own = pyogrio.read_info(path)["crs"]
    except pyogrio.errors.DataSourceError as reason:
        raise UnreadableFileError(path, f"is not a GeoPackage: {reason}") from None
    system = _agreed(path, own, declared_crs)
    return _layer_of(path, system), system


def _layer_of(path: Path, system: str) -> pd.DataFrame:
    try:
        frame = pyogrio.read_dataframe(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, shapely.errors.GEOSException) as reason:
        raise UnreadableFileError(path, str(reason)) from None
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise UnreadableFileError(path, "has no geometry")
    declared: pd.DataFrame = geopandas.GeoDataFrame(frame).set_crs(crs.parse(system), allow_override=True)
    return declared


def _agreed(path: Path, own: str | None, declared: str | None) -> str:
    """The file's own system and the declared one, when they do not contradict each other."""
    if own is None and declared is None:
        raise MissingCrsError(path, _CRS_ADVICE)
    if own is None or declared is None:
        system = own or declared
        crs.parse(system)
        return str(system)
    if not crs.parse(own).equals(crs.parse(declared), ignore_axis_order=True):
        raise InputError(f"{path} says it is in {own}, --crs says {declared}; leave --crs out if the file is right")
    return declared


def _in_wgs84(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, geopandas.GeoDataFrame):
        return frame
    shapes = frame.geometry.values
    degrees = shapes if crs.is_lon_lat_wgs84(frame.crs) else crs.from_crs(shapes, frame.crs)
    columns = frame.drop(columns=frame.geometry.name)
    converted: pd.DataFrame = geopandas.GeoDataFrame(columns, geometry=np.asarray(degrees), crs=crs.WGS84)
    return converted
