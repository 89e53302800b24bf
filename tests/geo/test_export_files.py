"""Whole layers as files: each form comes back equal to its precision, tells where it came from, and runs nothing."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import geopandas
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs, intake
from geo.errors import InputError, UnknownTermError, UnreadableFileError
from geo.export import FORMS, LayerFile, Legend, Symbol, form_for, form_named, system_of, write_layers
from geo.export.styling import qml
from geo.geojson import records
from geo.intake import Wishes
from geo.layers.registry import LAYERS
from geo.layers.spec import Column, LayerSpec, Shape, public
from geo.merge import merged
from geo.origin import ORIGIN, Origin, guarded, parse_origin, short_names, unguarded
from tests.geo.test_round_trip import (
    EXACT,
    MILLISECOND,
    NO_XML,
    PLACES,
    POINTS,
    SHEET_DEG,
    TEXT_DEG,
    Format,
    _assert_same_places,
    _settled,
    _to_digits,
    _within,
    few,
)
from tests.strategies import checked_frames

VERSION = "1f3a9c0d2b4e"
MANY = (*PLACES, "closures", "leaders", "stays")


def _reads_back(name: str, tolerance_deg: float, **facts: Any) -> Format:
    """How a form is to be read back; what it is written by is `_written`."""
    return Format(name, lambda *_: Path(), tolerance_deg, **facts)


EXPORTED = (
    _reads_back("geojson", TEXT_DEG, layers=MANY),
    _reads_back("geojsonseq", TEXT_DEG, layers=MANY),
    _reads_back("gpkg", EXACT, layers=MANY, off=MILLISECOND),
    _reads_back("fgb", EXACT, layers=MANY, off=MILLISECOND),
    _reads_back("parquet", EXACT, layers=MANY),
    _reads_back("shp", EXACT, layers=(*PLACES, "leaders", "stays")),
    _reads_back("csv", TEXT_DEG, layers=MANY),
    _reads_back("xlsx", SHEET_DEG, layers=(*POINTS, "leaders", "stays"), off=MILLISECOND),
    _reads_back("kml", TEXT_DEG, layers=MANY, significant=15, without=NO_XML),
    _reads_back("gcj02-geojson", 2 * TEXT_DEG, layers=PLACES),
    _reads_back("gcj02-csv", 2 * TEXT_DEG, layers=PLACES),
)


def _file(frame: pd.DataFrame, spec: LayerSpec, **facts: Any) -> LayerFile:
    return LayerFile(spec, frame, Origin(spec.name, VERSION), **facts)


def _written(frame: pd.DataFrame, spec: LayerSpec, form: str, folder: Path, system: str | None = None) -> Path:
    path = folder / f"a{FORMS[form].suffix}"
    write_layers(path, [_file(frame, spec)], FORMS[form], system=system, members={"data": {"version": "v"}})
    return path


def _public_rows(frame: pd.DataFrame, spec: LayerSpec) -> list[dict[str, Any]]:
    return sorted(records(public(frame, spec)), key=lambda row: str(row[spec.key]))


def _by_key(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    return frame.sort_values(spec.key, ignore_index=True)


@pytest.mark.parametrize("form", EXPORTED, ids=lambda form: form.name)
@few
@given(data=st.data())
def test_an_exported_layer_comes_back_equal_and_says_which_version_it_was(form: Format, data: st.DataObject) -> None:
    spec = LAYERS[data.draw(st.sampled_from(form.layers))]
    frame = _within(form, data.draw(checked_frames(spec)), spec)
    with tempfile.TemporaryDirectory() as folder:
        path = _written(frame, spec, form.name, Path(folder))
        taken = intake.read(path, spec, known=frame)
    assert () == taken.faults
    assert taken.source.origin is not None or frame.empty
    met = _settled(_by_key(taken.accepted, spec), _by_key(frame, spec), spec, form.off)
    assert _to_digits(_public_rows(frame, spec), form.significant) == _to_digits(
        _public_rows(met, spec), form.significant
    )
    if not spec.is_table:
        _assert_same_places(met.geometry.values, _by_key(frame, spec).geometry.values, form.tolerance_deg)
    merge = merged(frame, frame, taken.accepted, spec)
    assert ((), (), (), ()) == (merge.added, merge.changed, merge.removed, merge.conflicts)
    assert records(frame) == records(merge.frame)


@pytest.mark.parametrize("system", ["EPSG:4490", "EPSG:4546", "EPSG:4525", "EPSG:3857"])
@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet", "shp", "csv", "xlsx"])
def test_a_file_in_another_system_says_so_and_comes_back_to_the_same_places(
    form: str, system: str, tmp_path: Path
) -> None:
    frame = _stations(["甲", "乙"])
    path = _written(frame, LAYERS["stations"], form, tmp_path, system)
    taken = intake.read(path, LAYERS["stations"])
    assert (taken.faults, taken.source.origin) == ((), Origin("stations", VERSION, system))
    _assert_same_places(
        _by_key(taken.accepted, taken.spec).geometry.values, frame.geometry.values, TEXT_DEG if form == "csv" else 1e-9
    )


def _stations(names: list[str]) -> geopandas.GeoDataFrame:
    rows = [
        {"code": f"{431381001000 + place}", "tier": "post", "name": name, "source_id": None, "synthetic": False}
        for place, name in enumerate(names)
    ]
    points = [shapely.Point(111.4 + place / 100, 27.7) for place in range(len(names))]
    return geopandas.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")


@pytest.mark.parametrize("form", list(FORMS))
def test_no_form_holds_a_restricted_column(form: str, tmp_path: Path) -> None:
    columns = {column.name: None for column in LAYERS["teams"].columns}
    row = {**columns, "team_id": "T1", "name": "队", "kind": "city", "village_code": "431381001001", "strength": 3}
    row |= {"leader_name": "CANARY", "leader_phone": "CANARY", "synthetic": False}
    frame = geopandas.GeoDataFrame([row], geometry=[shapely.Point(111.4, 27.7)], crs="EPSG:4326")
    path = _written(frame, LAYERS["teams"], form, tmp_path)
    held = b"".join(_contents(path))
    assert b"CANARY" not in held
    assert b"leader_" not in held


def _contents(path: Path) -> list[bytes]:
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_a_county_is_one_geopackage_with_the_styles_that_qgis_looks_for(tmp_path: Path) -> None:
    legend = Legend("站", (Symbol("村站", "#112233", "#aabbcc", value="post"),), "tier", {"name": "名称"})
    towns = geopandas.GeoDataFrame(
        {"code": ["431381001"], "name": ["镇"], "name_en": [None], "kind": ["town"], "derived_shape": [False],
         "source_id": [None], "synthetic": [True]},
        geometry=[shapely.box(111.4, 27.6, 111.5, 27.7)], crs="EPSG:4326",
    )  # fmt: skip
    files = [_file(_stations(["甲"]), LAYERS["stations"], legend=legend), _file(towns, LAYERS["towns"])]
    write_layers(tmp_path / "a.gpkg", files, FORMS["gpkg"])
    assert ["stations", "towns", "layer_styles"] == [name for name, _ in pyogrio.list_layers(tmp_path / "a.gpkg")]
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        ((table, qml, sld, default),) = database.execute(
            "SELECT f_table_name, styleQML, styleSLD, useAsDefault FROM layer_styles"
            " JOIN gpkg_geometry_columns ON table_name = f_table_name AND column_name = f_geometry_column"
        )
        assert [(10200,)] == list(database.execute("PRAGMA user_version"))  # QGIS 3.22 warns of 1.4
        assert ("stations", 1) == (table, default)
        assert "170,187,204,255" in qml
        assert 'name="名称"' in qml
        assert "#aabbcc" in sld
    taken = intake.read(tmp_path / "a.gpkg", LAYERS["towns"])
    assert (taken.source.layer, taken.source.origin) == ("towns", Origin("towns", VERSION, "EPSG:4326"))


def test_a_table_without_places_tells_qgis_what_its_columns_are_called(tmp_path: Path) -> None:
    frame = pd.DataFrame({column.name: [] for column in LAYERS["speeds"].columns})
    told = Legend("表", (), headings={"name": "名称"})
    write_layers(tmp_path / "a.gpkg", [_file(frame, LAYERS["speeds"], legend=told)], FORMS["gpkg"])
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        ((geometry, qml, sld),) = database.execute("SELECT f_geometry_column, styleQML, styleSLD FROM layer_styles")
    assert ("", "") == (geometry, sld)
    assert 'name="名称"' in qml
    assert "renderer" not in qml


def test_lines_and_areas_in_one_table_have_a_rule_for_each_class_and_kind_of_shape() -> None:
    symbols = tuple(Symbol(value, "#112233", "#aabbcc", value=value) for value in ("closed", "slowed"))
    root = fromstring(qml(Legend("封路", symbols, "effect"), Shape.LINE_OR_POLYGON).partition("\n")[2])  # noqa: S314  # ours
    kinds = {one.get("name"): one.get("type") for one in root.iter("symbol")}
    assert root.find("layerGeometryType") is None
    assert [
        ("line", "geometry_type($geometry) = 'Line' AND \"effect\" = 'closed'"),
        ("fill", "geometry_type($geometry) = 'Polygon' AND \"effect\" = 'closed'"),
        ("line", "geometry_type($geometry) = 'Line' AND \"effect\" = 'slowed'"),
        ("fill", "geometry_type($geometry) = 'Polygon' AND \"effect\" = 'slowed'"),
    ] == [(kinds[one.get("symbol")], one.get("filter")) for one in root.iter("rule")]


@pytest.mark.parametrize("form", list(FORMS))
def test_equal_rows_make_equal_files(form: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _written(_stations(["甲"]), LAYERS["stations"], form, tmp_path / name)
    one, other = ((tmp_path / name / f"a{FORMS[form].suffix}").read_bytes() for name in ("a", "b"))
    assert one == other


@pytest.mark.parametrize("form", ["xlsx", "shp"])
def test_an_archive_has_no_clock_in_it(form: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(_written(_stations(["甲"]), LAYERS["stations"], form, tmp_path)) as archive:
        assert {(1980, 1, 1, 0, 0, 0)} == {entry.date_time for entry in archive.infolist()}
        core = archive.read("docProps/core.xml").decode() if form == "xlsx" else ""
    assert str(datetime.now(UTC).year) not in core


@pytest.mark.parametrize("form", [name for name in FORMS if name != "kml"])
@pytest.mark.parametrize("names", [("code",), ("code", "name")])
def test_a_file_of_some_columns_has_those_its_origin_and_no_others(
    form: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    frame, spec = _stations(["甲", "乙"]), LAYERS["stations"]
    path = tmp_path / f"a{FORMS[form].suffix}"
    write_layers(path, [_file(frame, spec, columns=_named(spec, *names), skip_geometry=True)], FORMS[form])
    source = intake.read(path, spec, known=frame).source
    assert Origin("stations", VERSION, FORMS[form].system or "EPSG:4326") == source.origin
    assert set(names) == {name for name in source.frame if name not in ("geometry", "coordinate_system", "id")}


def _named(spec: LayerSpec, *names: str) -> tuple[Column, ...]:
    return tuple(spec.names[name] for name in names)


@pytest.mark.parametrize("form", list(FORMS))
def test_a_part_of_a_layer_without_some_columns_and_shapes_changes_and_removes_nothing(
    form: str, tmp_path: Path
) -> None:
    frame, spec = _stations(["甲", "乙", "丙"]), LAYERS["stations"]
    origin = Origin("stations", VERSION, is_part=True)
    part = LayerFile(spec, frame.iloc[[1]], origin, columns=_named(spec, "code", "tier"), skip_geometry=True)
    path = tmp_path / f"a{FORMS[form].suffix}"
    write_layers(path, [part], FORMS[form])
    taken = intake.read(path, spec, known=frame)
    assert taken.source.origin is not None
    assert ((), True) == (taken.faults, taken.source.origin.is_part)
    merge = merged(frame, frame, taken.accepted, spec, removes=not taken.source.origin.is_part)
    assert ((), (), (), ()) == (merge.added, merge.changed, merge.removed, merge.conflicts)


def test_the_lines_and_the_areas_of_a_part_are_parts_too(tmp_path: Path) -> None:
    spec = LAYERS["closures"]
    cells = {column.name: None for column in spec.columns}
    cells |= {"cause": "flood", "effect": "closed", "vehicles": "all", "synthetic": False, "closure_id": "L"}
    line = shapely.LineString([(111.4, 27.6), (111.5, 27.6)])
    frame = geopandas.GeoDataFrame([cells], geometry=[line], crs="EPSG:4326")
    origin = Origin("closures", VERSION, "EPSG:4326", is_part=True)
    write_layers(tmp_path / "a.zip", [LayerFile(spec, frame, origin)], FORMS["shp"])
    taken = intake.read(tmp_path / "a.zip", spec, Wishes(layer_in_file="closures_lines"))
    assert origin == taken.source.origin


FORMULAS = ["=1+1", "+1", "-1", "@x", "＝1", "'=1", "''-2"]


def test_no_text_of_a_csv_can_be_run_and_each_comes_back(tmp_path: Path) -> None:
    path = _written(_stations(FORMULAS), LAYERS["stations"], "csv", tmp_path)
    cells = [row["name"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))]
    assert all(cell.startswith("'") for cell in cells)
    assert FORMULAS == intake.read(path, LAYERS["stations"]).accepted["name"].tolist()


@given(st.text())
def test_a_guarded_text_is_given_back_and_begins_no_formula(text: str) -> None:
    assert text == unguarded(guarded(text))
    assert not guarded(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


def test_a_workbook_types_all_text_as_text(tmp_path: Path) -> None:
    path = _written(_stations(FORMULAS), LAYERS["stations"], "xlsx", tmp_path)
    rows = list(openpyxl.load_workbook(path)["stations"].iter_rows(min_row=2))
    assert ["s"] * len(FORMULAS) == [row[2].data_type for row in rows]
    assert FORMULAS == [row[2].value for row in rows]


def test_a_shape_that_no_cell_takes_is_left_out_and_kept_when_the_sheet_comes_back(tmp_path: Path) -> None:
    circle = shapely.Point(111.45, 27.65).buffer(0.01, quad_segs=1000)
    cells = {"zone_id": "Z", "name": "区", "kind": "landslide", "level": 3, "road_effect": None, "synthetic": False}
    times = {name: pd.Series([None], dtype="datetime64[us, UTC+08:00]") for name in ("valid_from", "valid_to")}
    frame = geopandas.GeoDataFrame([cells], geometry=[circle], crs="EPSG:4326").assign(road_speed_kph=None, **times)
    path = _written(frame, LAYERS["risk_zones"], "xlsx", tmp_path)
    taken = intake.read(path, LAYERS["risk_zones"], known=frame)
    assert taken.accepted.geometry.iloc[0].equals_exact(shapely.orient_polygons(circle), 0)


def test_geojson_is_as_rfc_7946_has_it(tmp_path: Path) -> None:
    ring = [(111.4, 27.6), (111.4, 27.7), (111.5, 27.7), (111.4, 27.6)]  # the wrong way round
    cells = {"woodland_id": "W", "name": None, "synthetic": False}
    frame = geopandas.GeoDataFrame([cells], geometry=[shapely.Polygon(ring)], crs="EPSG:4326")
    whole = json.loads(_written(frame, LAYERS["woodland"], "geojson", tmp_path).read_bytes())
    ((feature),) = whole["features"]
    assert "crs" not in whole
    assert ("W", None) == (feature["id"], feature["properties"]["name"])
    assert shapely.LinearRing(feature["geometry"]["coordinates"][0]).is_ccw
    assert {"version": "v"} == whole["data"]


def test_a_text_sequence_is_a_record_a_feature(tmp_path: Path) -> None:
    content = _written(_stations(["甲", "乙"]), LAYERS["stations"], "geojsonseq", tmp_path).read_bytes()
    assert b"\x1e" == content[:1]
    assert ["Feature", "Feature"] == [json.loads(record)["type"] for record in content.split(b"\x1e")[1:]]


def test_geoparquet_names_its_column_system_and_bounds(tmp_path: Path) -> None:
    path = _written(_stations(["甲", "乙"]), LAYERS["stations"], "parquet", tmp_path, "EPSG:4546")
    about = json.loads(pq.read_schema(path).metadata[b"geo"])
    column = about["columns"]["geometry"]
    assert ("1.1.0", "geometry", "WKB", ["Point"]) == (
        about["version"], about["primary_column"], column["encoding"], column["geometry_types"],
    )  # fmt: skip
    assert 4546 == column["crs"]["id"]["code"]
    assert "EPSG:4546" == crs.name_of(str(geopandas.read_parquet(path).crs.to_string()))


def test_a_shapefile_lists_the_names_that_were_cut_and_splits_lines_from_areas(tmp_path: Path) -> None:
    spec = LAYERS["closures"]
    cells = {column.name: None for column in spec.columns}
    cells |= {"cause": "flood", "effect": "closed", "vehicles": "all", "synthetic": False}
    frame = geopandas.GeoDataFrame(
        [cells | {"closure_id": "L"}, cells | {"closure_id": "A"}],
        geometry=[shapely.LineString([(111.4, 27.6), (111.5, 27.6)]), shapely.box(111.4, 27.6, 111.5, 27.7)],
        crs="EPSG:4326",
    )
    with zipfile.ZipFile(_written(frame, spec, "shp", tmp_path)) as archive:
        assert {"closures_lines.cpg", "closures_areas.cpg", "names.txt"} <= set(archive.namelist())
        assert b"UTF-8" == archive.read("closures_lines.cpg")
        assert "descriptio  description" in archive.read("names.txt").decode()
    taken = intake.read(tmp_path / "a.zip", spec, Wishes(layer_in_file="closures_areas"))
    assert Origin("closures", VERSION, "EPSG:4326", is_part=True) == taken.source.origin


def test_names_of_a_shapefile_are_short_and_differ() -> None:
    for spec in LAYERS.values():
        short = short_names([*(column.name for column in spec.columns), ORIGIN])
        assert len(short) == len(set(short.values()))
        assert max(map(len, short.values())) <= 10


@pytest.mark.parametrize(
    ("form", "system"),
    [("geojson", "EPSG:4546"), ("kml", "GCJ-02"), ("gpkg", "GCJ-02"), ("csv", "BD-09"), ("gcj02-csv", "EPSG:4326")],
)
def test_a_shifted_or_foreign_system_is_only_where_the_forms_name_says_so(form: str, system: str) -> None:
    with pytest.raises(InputError, match=r"always in|is written as"):
        system_of(FORMS[form], system)


def test_a_file_in_gcj_02_says_so_in_words(tmp_path: Path) -> None:
    frame = _stations(["甲"])
    for form in ("gcj02-geojson", "gcj02-csv"):
        path = _written(frame, LAYERS["stations"], form, tmp_path)
        assert "火星坐标,不是 WGS84" in path.read_text("utf-8-sig")
        assert "gcj02" in path.name
    with pytest.raises(UnknownTermError, match="gcj02-csv"):
        form_named("gcj02")


def test_rows_of_several_exports_are_no_one_file(tmp_path: Path) -> None:
    path = _written(_stations(["甲", "乙"]), LAYERS["stations"], "csv", tmp_path)
    path.write_text(path.read_text("utf-8-sig").replace(VERSION, "0" * 12, 1), "utf-8")
    with pytest.raises(UnreadableFileError, match="several exports"):
        intake.read(path, LAYERS["stations"])


def test_a_file_of_one_layer_refuses_two_and_a_name_tells_the_form(tmp_path: Path) -> None:
    files = [_file(_stations(["甲"]), LAYERS["stations"])] * 2
    with pytest.raises(InputError, match="gpkg, shp"):
        write_layers(tmp_path / "a.csv", files, FORMS["csv"])
    assert "gcj02-csv" == form_for(Path("a.gcj02.csv")).name
    assert "shp" == form_for(Path("a.ZIP")).name
    with pytest.raises(UnreadableFileError):
        form_for(Path("a.doc"))


@given(
    st.builds(
        Origin,
        st.sampled_from(sorted(LAYERS)),
        st.text("0123456789abcdef", min_size=12, max_size=12),
        st.sampled_from([None, "EPSG:4326", "GCJ-02", "OGC:CRS84"]),
        st.one_of(st.none(), st.integers(1, 10**12)),
        st.booleans(),
    )
)
def test_an_origin_is_what_its_text_says(origin: Origin) -> None:
    assert origin == parse_origin(str(origin))
    assert parse_origin(str(replace(origin, version="x"))) is None


def test_a_layer_without_rows_is_a_file_too(tmp_path: Path) -> None:
    for form in FORMS:
        path = _written(_stations(["甲"]).iloc[:0], LAYERS["stations"], form, tmp_path)
        assert path.exists()
    assert 0 == pyogrio.read_info(tmp_path / "a.gpkg", layer="stations")["features"]
