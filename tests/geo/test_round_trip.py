"""A checked frame, written in any format and taken in again, is the same frame; what a format loses is listed here."""

from __future__ import annotations

import json
import tempfile
import warnings
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

from geo import crs, intake, store
from geo.errors import MissingCrsError
from geo.geojson import records
from geo.intake import Wishes
from geo.intake.mapping_file import MappingFile, Take
from geo.layers.registry import LAYERS
from geo.layers.spec import ColumnKind, LayerSpec, Shape, check
from tests.strategies import checked_frames

EXACT, SHEET_DEG, TEXT_DEG, FILEGDB_DEG, MOVED_DEG = 0.0, 5e-14, 5e-8, 1e-9, 1e-9  # a sheet has 16 digits
PLACES = ("villages", "hazard_sites", "teams", "roads", "risk_zones", "incidents", "stations")
POINTS = tuple(name for name in PLACES if LAYERS[name].shape.value == {"Point"})
TABLES = ("leaders", "stays")
DIGITS = 7

few = settings(max_examples=15, suppress_health_check=list(HealthCheck))


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
    # Its tables hold one kind of shape; older ones hold whole numbers beyond 32 bits as floating-point numbers.
    together, whole = spec.shape is not Shape.POINT, {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
    named = _features(frame, spec)
    return _by_gdal(named, folder / "a.gdb", "OpenFileGDB", layer="a", promote_to_multi=together, **whole)


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
    """The name of each column in a shapefile: ten letters, and where two would be one, a number for a mapping file."""
    names = [column.name for column in spec.columns]
    cut = {name: name[:10] for name in names}
    doubled = {name for name in names if list(cut.values()).count(cut[name]) > 1}
    return {name: f"field_{names.index(name)}" if name in doubled else cut[name] for name in names}


def _shapefile(frame: pd.DataFrame, spec: LayerSpec, folder: Path, *, encoding: str = "UTF-8") -> Path:
    named = _features(frame, spec).rename(columns=_short_names(spec))
    pyogrio.write_dataframe(named, folder / "a.shp", driver="ESRI Shapefile", encoding=encoding)
    return folder / "a.shp"


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
    significant: int | None = None  # digits of a number


FORMATS = (
    Format("GeoPackage", _geopackage, EXACT),
    Format("FlatGeobuf", _flatgeobuf, EXACT),
    Format("GeoParquet", _geoparquet, EXACT),
    Format("FileGDB", _filegdb, FILEGDB_DEG),
    Format("Shapefile UTF-8", _shapefile, EXACT),
    Format("Shapefile GBK without .cpg", _shapefile_gbk, EXACT, encoding="GBK"),
    Format("Shapefile zipped", _zipped, EXACT),
    Format("GeoJSON", _geojson, TEXT_DEG, crs="EPSG:4326"),
    Format("GeoJSON with crs", _geojson_with_crs, TEXT_DEG),
    Format("KML", _kml, TEXT_DEG, significant=15),
    Format("CSV", _csv, TEXT_DEG, POINTS + TABLES, crs="EPSG:4326"),
    Format("CSV GBK", _csv_gbk, TEXT_DEG, POINTS + TABLES, crs="EPSG:4326", encoding="GBK"),
    Format("CSV with WKT", _csv_wkt, TEXT_DEG, crs="EPSG:4326"),
    Format("XLSX", _workbook, SHEET_DEG, POINTS + TABLES, crs="EPSG:4326"),
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
        # Seven digits are half a unit off at most, and the double next to them a little more.
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


def _within_gbk(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The frame without the letters that GBK does not have."""
    texts = [column.name for column in spec.columns if column.kind is ColumnKind.TEXT]
    cells = {
        name: frame[name].map(
            lambda text: text.encode("gbk", "ignore").decode("gbk").strip() or "甲", na_action="ignore"
        )
        for name in texts
    }
    return check(frame.assign(**cells), spec)


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
    frame = data.draw(checked_frames(spec))
    if form.encoding is not None:
        frame = _within_gbk(frame, spec)
    with tempfile.TemporaryDirectory() as folder:
        path = form.write(frame, spec, Path(folder))
        accepted = _taken(path, spec, _takes(form, spec))
    assert _to_digits(records(frame), form.significant) == _to_digits(records(accepted), form.significant)
    if not spec.is_table:
        _assert_same_places(accepted.geometry.values, frame.geometry.values, form.tolerance_deg)


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09", "EPSG:4546", "EPSG:4525"])
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
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
        cells.to_csv(Path(folder) / "a.csv", index=False)
        accepted = _taken(Path(folder) / "a.csv", spec, Wishes(crs=system))
    assert records(frame) == records(accepted)
    _assert_same_places(accepted.geometry.values, frame.geometry.values, MOVED_DEG)


def _village(**cells: Any) -> geopandas.GeoDataFrame:
    row = {"code": "431381001001", "name": "锑都", "kind": "community", "town_code": "431381001"} | cells
    return geopandas.GeoDataFrame([row], geometry=[shapely.box(111.4, 27.65, 111.42, 27.67)], crs="EPSG:4326")


def _names_are_cut(folder: Path) -> None:
    site = {"site_id": "431381010001", "name": "甲", "kind": "landslide", "status": "active"}
    figures = {"threatened_people": 7, "threatened_households": 2, "village_code": "431381001001"}
    frame = geopandas.GeoDataFrame([site | figures], geometry=[shapely.Point(111.4, 27.7)], crs="EPSG:4326")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL says that it cuts
        path = _by_gdal(frame, folder / "a.shp", "ESRI Shapefile", encoding="UTF-8")
    taken = intake.read(path, LAYERS["hazard_sites"])
    assert taken.accepted["village_code"].tolist() == ["431381001001"]
    assert taken.accepted["threatened_people"].isna().all()
    assert set(taken.mapped.ignored) == {"threatened", "threaten_1"} or len(taken.mapped.ignored) == 2


def _long_texts_are_cut(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = _by_gdal(_village(name="村" * 100), folder / "a.shp", "ESRI Shapefile", encoding="UTF-8")
    assert len(intake.read(path, LAYERS["villages"]).frame["name"].iloc[0]) < 100


def _areas_are_refused_as_points(folder: Path) -> None:
    frame = _village().assign(lon=111.41, lat=27.66).drop(columns="geometry")
    frame.to_csv(folder / "a.csv", index=False)
    frame.to_excel(folder / "a.xlsx", index=False)
    for name in ("a.csv", "a.xlsx"):
        taken = intake.read(folder / name, LAYERS["villages"], Wishes(crs="EPSG:4326"))
        assert [(fault.row, fault.column) for fault in taken.faults] == [(1, "geometry")]


def _kml_numbers_are_cut(folder: Path) -> None:
    row = {"road_id": "R1", "road_class": "track", "speed_kph": 113.30992747107142}
    line = shapely.LineString([(111.4, 27.6), (111.5, 27.7)])
    path = _by_gdal(geopandas.GeoDataFrame([row], geometry=[line], crs="EPSG:4326"), folder / "a.kml", "KML")
    assert intake.read(path, LAYERS["roads"]).accepted["speed_kph"].tolist() == [113.309927471071]


def _controls_are_refused(folder: Path) -> None:
    with pytest.raises(openpyxl.utils.exceptions.IllegalCharacterError):
        _village(name="a\x1fb").drop(columns="geometry").to_excel(folder / "a.xlsx", index=False)


def _geojson_is_refused_without_crs(folder: Path) -> None:
    path = _by_gdal(_village(), folder / "a.geojson", "GeoJSON", RFC7946="YES")
    with pytest.raises(MissingCrsError):
        intake.read(path, LAYERS["villages"])


def _filegdb_rounds(folder: Path) -> None:
    shape = shapely.Point(111.4 + 4e-10, 27.7)
    frame = geopandas.GeoDataFrame([{"code": "431381", "tier": "hq", "name": "部"}], geometry=[shape], crs="EPSG:4326")
    met = intake.read(_by_gdal(frame, folder / "a.gdb", "OpenFileGDB", layer="a"), LAYERS["stations"]).accepted
    assert 0 < abs(met.geometry.x.iloc[0] - shape.x) <= FILEGDB_DEG


def _gbk_has_no_emoji(_: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        "村\U0001f525".encode("gbk")


def _index_reorders(folder: Path) -> None:
    places = [shapely.Point(111.3 + (7 * n % 50) / 100, 27.7) for n in range(50)]
    rows = [{"code": f"{431381000 + n}", "tier": "post", "name": "所"} for n in range(50)]
    path = _by_gdal(geopandas.GeoDataFrame(rows, geometry=places, crs="EPSG:4326"), folder / "a.fgb", "FlatGeobuf")
    met = intake.read(path, LAYERS["stations"]).accepted["code"].tolist()
    assert met != sorted(met)
    assert sorted(met) == [row["code"] for row in rows]


@dataclass(frozen=True)
class Loss:
    """One thing that a format cannot keep, and what shows it."""

    format: str
    words: str
    shown_by: Callable[[Path], None]


LOSSES = (
    Loss("FlatGeobuf", "with its spatial index, the order of the rows", _index_reorders),
    Loss("FileGDB", "coordinates beyond 1e-9 degree", _filegdb_rounds),
    Loss(
        "Shapefile",
        "names beyond 10 bytes; where two become one, a mapping file must say which is which",
        _names_are_cut,
    ),
    Loss("Shapefile", "texts beyond 254 bytes", _long_texts_are_cut),
    Loss("Shapefile, CSV in GBK", "letters that GBK does not have", _gbk_has_no_emoji),
    Loss(
        "GeoJSON", "its coordinate system, without a crs member: it must be declared", _geojson_is_refused_without_crs
    ),
    Loss("KML", "numbers beyond 15 digits", _kml_numbers_are_cut),
    Loss(
        "CSV, XLSX",
        "lines and areas, unless as WKT: the columns lon and lat hold points only",
        _areas_are_refused_as_points,
    ),
    Loss("XLSX", "control characters", _controls_are_refused),
)
"""What each format loses; the same table stands in geo/README.md."""


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.format}: {loss.words}"[:40])
def test_each_stated_loss_is_real(loss: Loss, tmp_path: Path) -> None:
    loss.shown_by(tmp_path)


def test_the_readme_states_every_loss() -> None:
    readme = (Path(__file__).resolve().parents[2] / "geo" / "README.md").read_text("utf-8")
    assert [loss for loss in LOSSES if f"| {loss.format} | {loss.words} |" not in readme] == []


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
