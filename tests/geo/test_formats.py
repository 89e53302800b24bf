"""Formats: every format gives the rows that were written, and says itself what it knows of system and encoding."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from geo.errors import NotFoundError, UnreadableFileError
from geo.intake.formats import Axes, read_source

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")

BINARY = {"a.gpkg": "GPKG", "a.fgb": "FlatGeobuf", "a.shp": "ESRI Shapefile", "a.gdb": "OpenFileGDB", "a.parquet": ""}
CODES = ["431381001001", "431381001002", None]


def _frame(crs: str | None = "EPSG:4546") -> geopandas.GeoDataFrame:
    shapes = [shapely.Point(542220 + 500 * n, 3063696).buffer(100, quad_segs=2) for n in range(3)]
    columns = {"code": CODES, "name": ["冷水江", "锡矿山", None], "people": pd.array([12, None, 9], dtype="Int64")}
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs)


def _write(path: Path, driver: str, frame: geopandas.GeoDataFrame | None = None, **options: object) -> Path:
    frame = _frame() if frame is None else frame
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if driver:
            frame.to_file(path, driver=driver, engine="pyogrio", **options)
        else:
            frame.to_parquet(path)
    return path


@pytest.mark.parametrize(("name", "driver"), BINARY.items())
def test_a_binary_format_gives_back_rows_codes_and_its_system(tmp_path: Path, name: str, driver: str) -> None:
    source = read_source(_write(tmp_path / name, driver))
    back = source.frame.sort_values("code").reset_index(drop=True)  # FlatGeobuf orders rows by place
    assert [CODES[0], CODES[1]] == back["code"].tolist()[:2]
    assert back["code"].isna().tolist() == [False, False, True]
    assert {"冷水江", "锡矿山"} == set(back["name"].dropna())
    assert "EPSG:4546" == source.declared_crs
    assert (Axes.SHAPES, 3, ()) == (source.axes, source.rows, source.faults)
    exact = 1e-3 if driver == "OpenFileGDB" else 0  # a FileGDB keeps coordinates on a grid of tenths of millimetres
    assert (shapely.hausdorff_distance(back.geometry.values, _frame().geometry.values) <= exact).all()


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.shp", "a.parquet"])
def test_whole_numbers_stay_whole_beside_missing_ones(tmp_path: Path, name: str) -> None:
    long_code = 431381001001001001
    frame = _frame().assign(people=pd.array([long_code, None, 9], dtype="Int64"))
    if name != "a.shp":  # dBase holds 18 digits at most
        assert long_code in read_source(_write(tmp_path / name, BINARY[name], frame)).frame["people"].tolist()
    assert {12, 9} == set(read_source(_write(tmp_path / f"b{name}", BINARY[name])).frame["people"].dropna().tolist())


@pytest.mark.parametrize(("name", "driver"), list(BINARY.items())[:3])
def test_a_file_without_a_system_declares_none(tmp_path: Path, name: str, driver: str) -> None:
    assert read_source(_write(tmp_path / name, driver, _frame(crs=None))).declared_crs is None


@pytest.mark.parametrize(("cpg", "found_by"), [(None, "its bytes"), ("GBK", ".cpg"), ("936", ".cpg")])
def test_a_gbk_shapefile_is_read_with_and_without_its_cpg(tmp_path: Path, cpg: str | None, found_by: str) -> None:
    path = _write(tmp_path / "a.shp", "ESRI Shapefile", encoding="GBK")
    path.with_suffix(".cpg").unlink() if cpg is None else path.with_suffix(".cpg").write_text(cpg)
    source = read_source(path)
    assert ["冷水江", "锡矿山"] == source.frame["name"].dropna().tolist()
    assert ("gb18030", found_by) == (source.encoding, source.encoding_found_by)


@pytest.mark.parametrize("written", ["UTF-8", "GBK"])
@pytest.mark.parametrize("claimed", ["UTF-8", "GBK", "ISO-8859-1"])
@pytest.mark.parametrize("name", ["联通", "冷水江", "锡矿山街道", "岩口"])
def test_a_wrong_cpg_is_overruled_by_the_bytes_and_named(tmp_path: Path, written: str, claimed: str, name: str) -> None:
    frame = _frame().assign(name=["资江", name, name])
    path = _write(tmp_path / "a.shp", "ESRI Shapefile", frame, encoding=written)
    path.with_suffix(".cpg").write_text(claimed)
    source = read_source(path)
    assert ["资江", name, name] == source.frame["name"].tolist()
    assert (written != claimed) == any("the .cpg says" in note for note in source.notes)


def test_a_western_cpg_of_western_names_is_believed(tmp_path: Path) -> None:
    frame = _frame().assign(name=["Andorra la Vella", "Sant Julià", "Ordino é"])
    path = _write(tmp_path / "a.shp", "ESRI Shapefile", frame, encoding="ISO-8859-1")
    source = read_source(path)
    assert ("Sant Julià", "iso8859-1") == (source.frame["name"].iloc[1], source.encoding)


class _WindowsName(zipfile.ZipInfo):
    """An entry whose name is written in GBK and not marked as UTF-8, as Windows does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  zipfile's name
        return self.filename.encode("gbk"), self.flag_bits


def test_a_zipped_shapefile_with_a_chinese_name_from_windows_is_read(tmp_path: Path) -> None:
    _write(tmp_path / "a.shp", "ESRI Shapefile", encoding="GBK")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("a.[sdp]*"):
            archive.writestr(_WindowsName(f"县/村界{part.suffix}"), part.read_bytes())
    source = read_source(tmp_path / "a.zip")
    assert ("村界", 3) == (source.layer, source.rows)
    assert ["冷水江", "锡矿山"] == source.frame["name"].dropna().tolist()


def test_a_zipped_geodatabase_is_read(tmp_path: Path) -> None:
    folder = _write(tmp_path / "a.gdb", "OpenFileGDB", layer="villages")
    with zipfile.ZipFile(tmp_path / "a.gdb.zip", "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"a.gdb/{part.name}")
    assert ("villages", 3) == ((source := read_source(tmp_path / "a.gdb.zip")).layer, source.rows)


def test_of_several_layers_the_one_asked_for_or_named_like_the_target_is_read(tmp_path: Path) -> None:
    for layer in ("roads", "villages"):
        _write(tmp_path / "a.gpkg", "GPKG", layer=layer)
    assert "villages" == read_source(tmp_path / "a.gpkg", likely_names=["villages", "村"]).layer
    assert "roads" == read_source(tmp_path / "a.gpkg", layer_in_file="roads").layer
    assert ("roads", "villages") == read_source(tmp_path / "a.gpkg", layer_in_file="roads").layers
    with pytest.raises(UnreadableFileError, match=r"several layers \(roads, villages\).*--layer-in-file"):
        read_source(tmp_path / "a.gpkg")
    with pytest.raises(NotFoundError, match="roads, villages"):
        read_source(tmp_path / "a.gpkg", layer_in_file="rivers")


def test_a_table_without_shapes_in_a_geopackage_is_a_plain_frame(tmp_path: Path) -> None:
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame({"code": ["001"]}), tmp_path / "a.gpkg", layer="leaders")
    source = read_source(tmp_path / "a.gpkg")
    assert (Axes.NONE, ["001"]) == (source.axes, source.frame["code"].tolist())


def _geojson(path: Path, *features: dict[str, object], **members: object) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return path


def _feature(coordinates: list[float], **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": coordinates}}


def test_geojson_keeps_texts_that_look_like_dates_and_whole_numbers_beside_null(tmp_path: Path) -> None:
    path = _geojson(
        tmp_path / "a.geojson", _feature([1, 2], day="2022-12-23", n=431381001001), _feature([3, 4], day="x", n=None)
    )
    source = read_source(path)
    assert (["2022-12-23", "x"], [431381001001, None]) == (
        source.frame["day"].tolist(),
        source.frame["n"].astype(object).where(source.frame["n"].notna(), None).tolist(),
    )
    assert source.declared_crs is None


def test_the_crs_member_of_geojson_is_what_it_declares(tmp_path: Path) -> None:
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    assert (
        "urn:ogc:def:crs:EPSG::4490"
        == read_source(_geojson(tmp_path / "a.json", _feature([1, 2]), crs=member)).declared_crs
    )


def test_one_broken_feature_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = _geojson(tmp_path / "a.geojson", _feature([1, 2], n=1), _feature([3], n=2), _feature([5, 6], n=3))
    source = read_source(path)
    assert [2] == [fault.row for fault in source.faults]
    assert [False, True, False] == source.frame.geometry.isna().tolist()
    assert [1, 2, 3] == source.frame["n"].tolist()


def test_a_column_called_geometry_gives_way_to_the_shapes(tmp_path: Path) -> None:
    source = read_source(_geojson(tmp_path / "a.geojson", _feature([1, 2], geometry="圆")))
    assert ["圆"] == source.frame["geometry_1"].tolist()
    assert any("geometry_1" in note for note in source.notes)


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>村</name><Placemark><name>甲</name>
<ExtendedData><SchemaData><SimpleData name="code">431381001001</SimpleData></SchemaData>
<Data name="人数"><value>12</value></Data></ExtendedData>
<MultiGeometry><Polygon>
<outerBoundaryIs><LinearRing><coordinates>111,27,0 112,27,0 112,28,0 111,27,0</coordinates></LinearRing>
</outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>111.5,27.1 111.6,27.1 111.6,27.2 111.5,27.1</coordinates></LinearRing>
</innerBoundaryIs></Polygon></MultiGeometry></Placemark></Folder></Document></kml>"""


@pytest.mark.parametrize("name", ["a.kml", "a.kmz"])
def test_kml_gives_its_fields_as_text_in_wgs84(tmp_path: Path, name: str) -> None:
    if name == "a.kml":
        (tmp_path / name).write_text(KML, encoding="utf-8")
    else:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("doc.kml", KML)
    source = read_source(tmp_path / name)
    assert ("村", "EPSG:4326") == (source.layer, source.declared_crs)
    assert ["甲", "431381001001", "12"] == source.frame[["name", "code", "人数"]].iloc[0].tolist()
    (shape,) = source.frame.geometry
    assert ("MultiPolygon", 1, False) == (shape.geom_type, len(shape.geoms[0].interiors), shape.has_z)


def test_geoparquet_without_a_system_is_crs84_as_its_standard_says(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    _write(tmp_path / "a.parquet", "")
    table = pq.read_table(tmp_path / "a.parquet")
    geo = json.loads(table.schema.metadata[b"geo"])
    del geo["columns"]["geometry"]["crs"]
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "b.parquet")
    assert "OGC:CRS84" == read_source(tmp_path / "b.parquet").declared_crs


def test_an_encoding_told_for_a_format_with_its_own_is_said_to_be_unused(tmp_path: Path) -> None:
    assert any(
        "--encoding was not used" in note
        for note in read_source(_write(tmp_path / "a.gpkg", "GPKG"), encoding="gbk").notes
    )


def test_rows_that_are_marked_as_deleted_are_left_out_and_said(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.shp", "ESRI Shapefile")
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[int.from_bytes(dbf[8:10], "little")] = ord("*")
    path.with_suffix(".dbf").write_bytes(dbf)
    source = read_source(path)
    assert 2 == source.rows
    assert any("1 rows that are marked as deleted" in note for note in source.notes)


def test_reading_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    for name, driver in BINARY.items():
        _write(tmp_path / name, driver)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    for name in BINARY:
        read_source(tmp_path / name)
    assert before == sorted(path.name for path in tmp_path.rglob("*"))


@needs_shared
@pytest.mark.parametrize(
    ("rows", "axes", "name"),
    [
        (150, Axes.NONE, "villages_431381.csv"), (10, Axes.LON_LAT, "towns_431381.csv"),
        (6428, Axes.LON_LAT, "firms_modis_china.csv"), (116, Axes.LON_LAT, "firms_modis_hunan.csv"),
        (426, Axes.LON_LAT, "nasa_glc_china.csv"), (30, Axes.LON_LAT, "nasa_glc_hunan.csv"),
        (1, Axes.SHAPES, "boundary_431381_gcj02.geojson"), (1, Axes.SHAPES, "boundary_431381_wgs84.geojson"),
        (7, Axes.SHAPES, "counties_loudi_neighbours_wgs84.geojson"),
    ],
)  # fmt: skip
def test_real_files_give_every_row_and_no_fault(rows: int, axes: Axes, name: str) -> None:
    source = read_source(SHARED / name)
    assert (rows, axes, (), None) == (source.rows, source.axes, source.faults, source.declared_crs)


@needs_shared
def test_an_openstreetmap_extract_is_pointed_to_its_own_door() -> None:
    with pytest.raises(UnreadableFileError, match="yixian init DIR --osm FILE"):
        read_source(SHARED / "andorra-2023.osm.pbf")
