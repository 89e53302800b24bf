"""A checked frame, written in any format and taken in again, is the same frame; what a format loses is listed here."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import crs, intake
from geo.geojson import records
from geo.intake import Wishes
from geo.layers.registry import LAYERS
from geo.layers.spec import ColumnKind, LayerSpec
from tests.strategies import checked_frames

EXACT, TEXT_DEG, FILEGDB_DEG, MOVED_DEG = 0.0, 5e-8, 1e-9, 1e-9
PLACES = ("villages", "hazard_sites", "teams", "roads", "risk_zones", "incidents", "stations")
POINTS = tuple(name for name in PLACES if LAYERS[name].shape.value == {"Point"})
TABLES = ("leaders", "stays")
DIGITS = 7

few = settings(max_examples=4, suppress_health_check=list(HealthCheck))


def _texts(frame: pd.DataFrame, spec: LayerSpec) -> dict[str, list[Any]]:
    """The columns that a file can give, times as ISO 8601 text, missing cells None."""
    rows = records(frame)
    return {column.name: [row[column.name] for row in rows] for column in spec.columns if not column.derived}


def _typed(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The frame as GDAL and Arrow take it: dates and instants in their own types."""
    return frame.drop(columns=[column.name for column in spec.columns if column.derived])


def _features(frame: pd.DataFrame, spec: LayerSpec) -> geopandas.GeoDataFrame:
    """The frame with times as text, for formats without a type for them."""
    cells = _texts(frame, spec)
    dtypes = {column.name: frame[column.name].dtype for column in spec.columns if not column.derived}
    timed = {column.name for column in spec.columns if column.kind in (ColumnKind.DATE, ColumnKind.INSTANT)}
    series = {name: pd.Series(cells[name], dtype="str" if name in timed else dtypes[name]) for name in cells}
    return geopandas.GeoDataFrame(pd.DataFrame(series), geometry=frame.geometry.values, crs=frame.crs)


def _by_gdal(frame: pd.DataFrame, path: Path, driver: str, **options: Any) -> Path:
    pyogrio.write_dataframe(frame, path, driver=driver, use_arrow=True, **options)
    return path


def _geopackage(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return _by_gdal(_typed(frame, spec), folder / "a.gpkg", "GPKG")


def _flatgeobuf(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    # Its spatial index would put the rows in another order.
    return _by_gdal(_typed(frame, spec), folder / "a.fgb", "FlatGeobuf", SPATIAL_INDEX="NO")


def _geoparquet(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    _typed(frame, spec).to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def _filegdb(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return _by_gdal(_features(frame, spec), folder / "a.gdb", "OpenFileGDB", layer="a")


def _geojson(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return _by_gdal(_features(frame, spec), folder / "a.geojson", "GeoJSON", RFC7946="YES")


def _geojson_with_crs(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    path = _geojson(frame, spec, folder)
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"crs": member}), "utf-8")
    return path


def _kml(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return _by_gdal(_features(frame, spec), folder / "a.kml", "KML")


def _short_names(spec: LayerSpec) -> dict[str, str]:
    """The name of each column in a shapefile: ten letters, and where two would be one, the Chinese title's start."""
    names = [column.name for column in spec.columns]
    cut = {name: name[:10] for name in names}
    doubled = {name for name in names if list(cut.values()).count(cut[name]) > 1}
    return {name: f"field_{names.index(name)}" if name in doubled else cut[name] for name in names}


def _shapefile(frame: pd.DataFrame, spec: LayerSpec, folder: Path, *, encoding: str = "UTF-8") -> Path:
    named = _features(frame, spec).rename(columns=_short_names(spec))
    return _by_gdal(named, folder / "a.shp", "ESRI Shapefile", ENCODING=encoding)


def _shapefile_gbk(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    path = _shapefile(frame, spec, folder, encoding="GB18030")
    path.with_suffix(".cpg").unlink()
    return path


def _zipped(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    parts = _shapefile(frame, spec, folder)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob(f"{parts.stem}.*")):
            if part.suffix != ".zip":
                archive.write(part, f"数据/{part.name}")
    return folder / "a.zip"


def _sheet(frame: pd.DataFrame, spec: LayerSpec, digits: int | None) -> pd.DataFrame:
    cells = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in _texts(frame, spec).items()})
    if spec.is_table:
        return cells
    lon, lat = frame.geometry.x, frame.geometry.y
    return cells.assign(lon=lon if digits is None else lon.round(digits), lat=lat if digits is None else lat.round(digits))


def _csv(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    _sheet(frame, spec, DIGITS).to_csv(folder / "a.csv", index=False, encoding="utf-8")
    return folder / "a.csv"


def _csv_gbk(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    _sheet(frame, spec, DIGITS).to_csv(folder / "a.csv", index=False, encoding="gb18030")
    return folder / "a.csv"


def _csv_wkt(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    cells = pd.DataFrame(_texts(frame, spec)).astype(object)
    cells["wkt"] = shapely.to_wkt(frame.geometry.values, rounding_precision=DIGITS)
    cells.to_csv(folder / "a.csv", index=False, encoding="utf-8")
    return folder / "a.csv"


def _workbook(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    cells = _sheet(frame, spec, None)
    dates = [column.name for column in spec.columns if column.kind is ColumnKind.DATE]
    cells = cells.assign(**{name: pd.Series(list(frame[name]), dtype=object) for name in dates})
    sheet.append(list(cells.columns))
    for row, values in enumerate(cells.itertuples(index=False), start=2):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column, None if value is None or value is pd.NaT else value)
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = is a text here
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


@dataclass(frozen=True)
class Format:
    """How a format is written, and how far off a coordinate may come back."""

    name: str
    write: Callable[[pd.DataFrame, LayerSpec, Path], Path]
    tolerance_deg: float
    layers: tuple[str, ...] = PLACES
    crs: str | None = None
    encoding: str | None = None


FORMATS = (
    Format("GeoPackage", _geopackage, EXACT),
    Format("FlatGeobuf", _flatgeobuf, EXACT),
    Format("GeoParquet", _geoparquet, EXACT),
    Format("FileGDB", _filegdb, FILEGDB_DEG),
    Format("Shapefile UTF-8", _shapefile, EXACT),
    Format("Shapefile GBK without .cpg", _shapefile_gbk, EXACT, encoding="GB18030"),
    Format("Shapefile zipped", _zipped, EXACT),
    Format("GeoJSON", _geojson, TEXT_DEG, crs="EPSG:4326"),
    Format("GeoJSON with crs", _geojson_with_crs, TEXT_DEG),
    Format("KML", _kml, TEXT_DEG),
    Format("CSV", _csv, TEXT_DEG, POINTS + TABLES, crs="EPSG:4326"),
    Format("CSV GBK", _csv_gbk, TEXT_DEG, POINTS + TABLES, crs="EPSG:4326", encoding="GBK"),
    Format("CSV with WKT", _csv_wkt, TEXT_DEG, crs="EPSG:4326"),
    Format("XLSX", _workbook, EXACT, POINTS + TABLES, crs="EPSG:4326"),
)




def _corners(shape: Any) -> tuple[list[int], Any]:
    """A shape's parts and corners; one part alone is the same as a multi-shape of one, and rings turn as RFC 7946 has it."""
    oriented = shapely.orient_polygons(shape, exterior_cw=False)
    parts = shapely.get_parts(oriented)
    return shapely.get_num_coordinates(parts).tolist(), shapely.get_coordinates(parts)


def _assert_same_places(met: Any, expected: Any, tolerance_deg: float) -> None:
    for one, other in zip(met, expected, strict=True):
        (met_parts, met_corners), (parts, corners) = _corners(one), _corners(other)
        assert met_parts == parts
        # Seven digits are half a unit off at most, and the double next to them a little more.
        assert np.abs(met_corners - corners).max() <= tolerance_deg * (1 + 1e-6)


def _taken(path: Path, spec: LayerSpec, wishes: Wishes) -> pd.DataFrame:
    taken = intake.read(path, spec, wishes)
    assert taken.faults == ()
    return taken.accepted


@pytest.mark.parametrize(
    ("form", "layer"), [(form, layer) for form in FORMATS for layer in form.layers], ids=lambda item: getattr(item, "name", item)
)
@few
@given(data=st.data())
def test_a_checked_frame_comes_back_equal_from_every_format(form: Format, layer: str, data: st.DataObject) -> None:
    spec = LAYERS[layer]
    frame = data.draw(checked_frames(spec))
    with tempfile.TemporaryDirectory() as folder:
        path = form.write(frame, spec, Path(folder))
        accepted = _taken(path, spec, Wishes(crs=None if spec.is_table else form.crs, encoding=form.encoding))
    assert records(frame) == records(accepted)
    if not spec.is_table:
        _assert_same_places(accepted.geometry.values, frame.geometry.values, form.tolerance_deg)
