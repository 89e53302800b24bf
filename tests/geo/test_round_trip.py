"""A checked frame, written in any format and taken in again, is the same frame but for what `test_losses` lists."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo import crs, intake, store
from geo.geojson import records
from geo.intake import Wishes
from geo.intake.mapping_file import MappingFile, Take
from geo.layers.registry import LAYERS
from geo.layers.spec import ColumnKind, LayerSpec, Shape, check
from tests.strategies import checked_frames

EXACT, TEXT_DEG, FILEGDB_DEG, MOVED_DEG = 0.0, 5e-8, 1e-9, 1e-9
SHEET_DEG = 5e-14 + np.spacing(180.0) / 2  # 16 digits, and the double next to them
EXACTLY, MILLISECOND = timedelta(0), timedelta(milliseconds=1)
PLACES = ("villages", "hazard_sites", "teams", "roads", "risk_zones", "incidents", "stations")
POINTS = tuple(name for name in PLACES if LAYERS[name].shape.value == {"Point"})
TABLES = ("leaders", "stays")
DIGITS = 7
NO_XML = "[\x01-\x08\x0b-\x1f\ufffe\uffff]"  # letters that XML cannot hold, and \r, which it makes \n

# Without the phase that explains a failure: it runs hundreds of examples more, under a trace of every line.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
few = settings(max_examples=15, phases=PHASES, suppress_health_check=list(HealthCheck))


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


def by_gdal(frame: pd.DataFrame, path: Path, driver: str, **options: Any) -> Path:
    pyogrio.write_dataframe(frame, path, driver=driver, use_arrow=True, **options)
    return path


def _geopackage(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return by_gdal(_typed(frame, spec), folder / "a.gpkg", "GPKG")


def _flatgeobuf(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    # Its spatial index would put the rows in another order.
    return by_gdal(_typed(frame, spec), folder / "a.fgb", "FlatGeobuf", SPATIAL_INDEX="NO")


def _geoparquet(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    _typed(frame, spec).to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def _filegdb(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    # Its tables hold one kind of shape; older ones hold whole numbers beyond 32 bits as floating-point numbers.
    together, whole = spec.shape is not Shape.POINT, {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
    named = _features(frame, spec)
    return by_gdal(named, folder / "a.gdb", "OpenFileGDB", layer="a", promote_to_multi=together, **whole)


def _geojson(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return by_gdal(_features(frame, spec), folder / "a.geojson", "GeoJSON", RFC7946="YES")


def _geojson_typed(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return by_gdal(_typed(frame, spec), folder / "a.geojson", "GeoJSON", RFC7946="YES")


def _geojson_with_crs(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    path = _geojson(frame, spec, folder)
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"crs": member}), "utf-8")
    return path


def _kml(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return by_gdal(_features(frame, spec), folder / "a.kml", "KML")


def _kml_typed(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return by_gdal(_typed(frame, spec), folder / "a.kml", "KML")


def _short_names(spec: LayerSpec) -> dict[str, str]:
    """The name of each column in a shapefile: ten letters, and where two would be one, a number for a mapping file."""
    names = [column.name for column in spec.columns]
    cut = {name: name[:10] for name in names}
    doubled = {name for name in names if list(cut.values()).count(cut[name]) > 1}
    return {name: f"field_{names.index(name)}" if name in doubled else cut[name] for name in names}


def _shapefile(frame: pd.DataFrame, spec: LayerSpec, folder: Path, *, encoding: str = "UTF-8") -> Path:
    named = _features(frame, spec).rename(columns=_short_names(spec))
    pyogrio.write_dataframe(named, folder / "a.shp", driver="ESRI Shapefile", encoding=encoding)
    return folder / "a.shp"


def _shapefile_typed(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    # A .dbf has dates and no date-times: GDAL makes these texts.
    named = _typed(frame, spec).rename(columns=_short_names(spec))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so
        return by_gdal(named, folder / "a.shp", "ESRI Shapefile", encoding="UTF-8")


def _shapefile_gbk(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    path = _shapefile(frame, spec, folder, encoding="GBK")
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
    return cells.assign(
        lon=lon if digits is None else lon.round(digits), lat=lat if digits is None else lat.round(digits)
    )


def _csv(frame: pd.DataFrame, spec: LayerSpec, folder: Path, *, encoding: str = "utf-8") -> Path:
    # With the line ends of RFC 4180 pandas quotes texts that hold one of the two signs.
    _sheet(frame, spec, DIGITS).to_csv(folder / "a.csv", index=False, encoding=encoding, lineterminator="\r\n")
    return folder / "a.csv"


def _csv_gbk(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    return _csv(frame, spec, folder, encoding="gbk")


def _csv_wkt(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    cells = pd.DataFrame(_texts(frame, spec)).astype(object)
    cells["wkt"] = shapely.to_wkt(frame.geometry.values, rounding_precision=DIGITS)
    cells.to_csv(folder / "a.csv", index=False, encoding="utf-8", lineterminator="\r\n")
    return folder / "a.csv"


def escaped(text: str) -> str:
    """The text as Excel writes it: what XML cannot hold, and what looks like this, as _x000D_."""
    return re.sub(
        r"_(?=x[0-9A-Fa-f]{4}_)|[\x01-\x08\x0b-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found[0]):04X}_", text
    )


def _workbook(frame: pd.DataFrame, spec: LayerSpec, folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    cells = _sheet(frame, spec, None)
    for column in spec.columns:
        if column.kind is ColumnKind.DATE:
            cells[column.name] = pd.Series(list(frame[column.name]), dtype=object)
        elif column.kind is ColumnKind.INSTANT:  # Excel's own: the clock on the wall, without a zone
            clocks = [None if pd.isna(at) else at.to_pydatetime().replace(tzinfo=None) for at in frame[column.name]]
            cells[column.name] = pd.Series(clocks, dtype=object)
    sheet.append(list(cells.columns))
    for row, values in enumerate(cells.itertuples(index=False), start=2):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column, escaped(value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = is a text here
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


@dataclass(frozen=True)
class Format:
    """How a format is written, how far off places and date-times may come back, and the letters that it has."""

    name: str
    write: Callable[[pd.DataFrame, LayerSpec, Path], Path]
    tolerance_deg: float
    layers: tuple[str, ...] = PLACES
    crs: str | None = None
    encoding: str | None = None
    significant: int | None = None  # digits of a number
    off: timedelta = EXACTLY
    without: str = ""  # a pattern of the letters that it does not have


FORMATS = (
    Format("GeoPackage", _geopackage, EXACT, off=MILLISECOND),
    Format("FlatGeobuf", _flatgeobuf, EXACT, off=MILLISECOND),
    Format("GeoParquet", _geoparquet, EXACT),
    Format("FileGDB", _filegdb, FILEGDB_DEG),
    Format("Shapefile UTF-8", _shapefile, EXACT),
    Format("Shapefile with own dates", _shapefile_typed, EXACT),
    Format("Shapefile GBK without .cpg", _shapefile_gbk, EXACT, encoding="GBK"),
    Format("Shapefile zipped", _zipped, EXACT),
    Format("GeoJSON", _geojson, TEXT_DEG, crs="EPSG:4326"),
    Format("GeoJSON with crs", _geojson_with_crs, TEXT_DEG),
    Format("GeoJSON with own dates", _geojson_typed, TEXT_DEG, crs="EPSG:4326", off=MILLISECOND),
    Format("KML", _kml, TEXT_DEG, significant=15, without=NO_XML),
    Format("KML with own dates", _kml_typed, TEXT_DEG, significant=15, off=MILLISECOND, without=NO_XML),
    Format("CSV", _csv, TEXT_DEG, POINTS + TABLES, crs="EPSG:4326"),
    Format("CSV GBK", _csv_gbk, TEXT_DEG, POINTS + TABLES, crs="EPSG:4326", encoding="GBK"),
    Format("CSV with WKT", _csv_wkt, TEXT_DEG, crs="EPSG:4326"),
    Format("XLSX", _workbook, SHEET_DEG, POINTS + TABLES, crs="EPSG:4326", off=MILLISECOND),
)


def _corners(shape: Any) -> tuple[list[int], Any]:
    """A shape's parts and corners; one part alone is a multi-shape of one, rings turn as in RFC 7946."""
    oriented = shapely.orient_polygons(shape, exterior_cw=False)
    parts = shapely.get_parts(oriented)
    return shapely.get_num_coordinates(parts).tolist(), shapely.get_coordinates(parts)


def _assert_same_places(met: Any, expected: Any, tolerance_deg: float) -> None:
    for one, other in zip(met, expected, strict=True):
        (met_parts, met_corners), (parts, corners) = _corners(one), _corners(other)
        assert met_parts == parts
        # Digits cut off are half a unit off at most, and the double next to them a little more.
        assert np.abs(met_corners - corners).max() <= tolerance_deg * (1 + 1e-6)


def _taken(path: Path, spec: LayerSpec, wishes: Wishes) -> pd.DataFrame:
    taken = intake.read(path, spec, wishes)
    assert taken.faults == ()
    return taken.accepted


def _takes(form: Format, spec: LayerSpec) -> Wishes:
    """What must be said with the file: its system, its encoding, and the names that ten letters cannot hold."""
    names = {name: short for name, short in _short_names(spec).items() if short.startswith("field_")}
    takes = {name: Take(source=short) for name, short in names.items() if not spec.names[name].derived}
    mapping = MappingFile(columns=takes) if form.name.startswith("Shapefile") and takes else None
    return Wishes(crs=None if spec.is_table else form.crs, encoding=form.encoding, mapping=mapping)


def _within(form: Format, frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The frame without the letters that the format does not have."""

    def kept(text: str) -> str:
        left = re.sub(form.without, "", text) if form.without else text
        return left.encode(form.encoding or "utf-8", "ignore").decode(form.encoding or "utf-8").strip() or "甲"

    texts = [column.name for column in spec.columns if column.kind is ColumnKind.TEXT]
    return check(frame.assign(**{name: frame[name].map(kept, na_action="ignore") for name in texts}), spec)


def _settled(met: pd.DataFrame, frame: pd.DataFrame, spec: LayerSpec, off: timedelta) -> pd.DataFrame:
    """What was met, with date-times that are as good as those of `frame` made equal to them."""
    timed = [column.name for column in spec.columns if column.kind is ColumnKind.INSTANT]
    near = {name: (met[name] - frame[name]).abs() <= off for name in timed}
    return met.assign(**{name: met[name].mask(near[name], frame[name]) for name in timed})


def _to_digits(rows: list[dict[str, Any]], significant: int | None) -> list[dict[str, Any]]:
    if significant is None:
        return rows
    return [
        {name: float(f"{cell:.{significant}g}") if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in rows
    ]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@few
@given(data=st.data())
def test_a_checked_frame_comes_back_equal_from_every_format(form: Format, data: st.DataObject) -> None:
    spec = LAYERS[data.draw(st.sampled_from(form.layers))]
    frame = _within(form, data.draw(checked_frames(spec)), spec)
    with tempfile.TemporaryDirectory() as folder:
        path = form.write(frame, spec, Path(folder))
        accepted = _settled(_taken(path, spec, _takes(form, spec)), frame, spec, form.off)
    assert _to_digits(records(frame), form.significant) == _to_digits(records(accepted), form.significant)
    if not spec.is_table:
        _assert_same_places(accepted.geometry.values, frame.geometry.values, form.tolerance_deg)


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09", "EPSG:4546", "EPSG:4525"])
@settings(max_examples=6, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_coordinates_of_a_declared_system_come_back_to_a_billionth_of_a_degree(
    system: str, data: st.DataObject
) -> None:
    spec = LAYERS[data.draw(st.sampled_from(["villages", "roads", "stations"]))]
    frame = data.draw(checked_frames(spec))
    cells = pd.DataFrame(_texts(frame, spec)).astype(object)
    moved = crs.to_crs(frame.geometry.values, system)
    cells["wkt"] = [shapely.to_wkt(shape, rounding_precision=17) for shape in moved]
    with tempfile.TemporaryDirectory() as folder:
        cells.to_csv(Path(folder) / "a.csv", index=False, lineterminator="\r\n")
        accepted = _taken(Path(folder) / "a.csv", spec, Wishes(crs=system))
    assert records(frame) == records(accepted)
    _assert_same_places(accepted.geometry.values, frame.geometry.values, MOVED_DEG)


SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")


@needs_shared
@pytest.mark.parametrize(
    ("file", "layer", "system", "rows"),
    [
        ("firms_modis_hunan.csv", "detections", None, 116),
        ("firms_modis_china.csv", "detections", None, 6428),
        ("nasa_glc_hunan.csv", "detections", None, 30),
        ("nasa_glc_china.csv", "detections", None, 426),
        ("boundary_431381_wgs84.geojson", "county", "EPSG:4326", 1),
        ("boundary_431381_gcj02.geojson", "county", "GCJ-02", 1),
        ("counties_loudi_neighbours_wgs84.geojson", "county", "EPSG:4326", 7),
    ],
)
def test_real_files_are_taken_whole(file: str, layer: str, system: str | None, rows: int) -> None:
    accepted = _taken(SHARED / file, LAYERS[layer], Wishes(crs=system))
    assert len(accepted) == rows


@needs_shared
@pytest.mark.parametrize(("layer", "rows"), [("villages", 150), ("towns", 10)])
def test_real_registers_are_taken_whole_on_the_shapes_of_the_sample(layer: str, rows: int) -> None:
    sample = Path(__file__).resolve().parents[2] / "data" / "sample"
    known = store.read_layers(sample, store.read_manifest(sample))[layer]
    taken = intake.read(SHARED / f"{layer}_431381.csv", LAYERS[layer], Wishes(), known=known)
    assert taken.faults == ()
    assert len(taken.accepted) == rows
    assert taken.accepted.geometry.notna().all()
