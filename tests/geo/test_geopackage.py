"""Layers as GeoPackage files: every value comes back as it was, equal rows make equal bytes, any program reads them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import store
from geo.errors import BrokenFolderError, UnreadableFileError
from geo.layers.registry import LAYERS
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, check, conform, empty, fingerprint
from geo.store import geopackage
from geo.terms import HazardKind, HazardLevel, Skill
from tests.county import AS_OF, SmallCounty
from tests.geo.test_store import put

KINDS = LayerSpec(
    name="kinds",
    title_zh="各类",
    title_en="kinds",
    key="code",
    shape=Shape.POLYGON,
    columns=(
        Column("code", ColumnKind.TEXT, "编号", "code"),
        Column("note", ColumnKind.TEXT, "说明", "note", required=False, restricted=True),
        Column("count", ColumnKind.INTEGER, "数", "count", required=False),
        Column("whole", ColumnKind.INTEGER, "整数", "whole"),
        Column("figure", ColumnKind.NUMBER, "值", "figure", required=False),
        Column("truth", ColumnKind.BOOLEAN, "真", "truth", required=False),
        Column("day", ColumnKind.DATE, "日", "day", required=False),
        Column("instant", ColumnKind.INSTANT, "时刻", "instant", required=False),
        Column("kind", ColumnKind.TERM, "类", "kind", vocabulary=HazardKind),
        Column("skills", ColumnKind.TERMS, "专长", "skills", required=False, vocabulary=Skill),
        Column("level", ColumnKind.LEVEL, "级", "level", vocabulary=HazardLevel),
        Column("outside", ColumnKind.BOOLEAN, "外", "outside", required=False, derived=True),
    ),
)
TABLE = LayerSpec("kinds_table", "各类表", "kinds", "code", Shape.TABLE, KINDS.columns)

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and text != ""
)
DEGREES = st.floats(-80, 80)
INSTANTS = st.datetimes(
    datetime(2, 1, 1),  # noqa: DTZ001  # hypothesis takes bounds without and adds the zone
    datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.just(timezone(timedelta(hours=8))),
)


@st.composite
def shapes(draw: Any) -> Any:
    """Valid squares and pairs of squares whose corners use every bit of a double."""
    lon, lat, side = draw(DEGREES), draw(DEGREES), draw(st.floats(0.001, 1))
    box = shapely.box(lon, lat, lon + side, lat + side)
    if draw(st.booleans()):
        return box
    return shapely.MultiPolygon([box, shapely.box(lon + 2, lat, lon + 2 + side, lat + side)])


ROWS = st.fixed_dictionaries(
    {
        "note": st.none() | WORDS,
        "count": st.none() | st.integers(-(2**62), 2**62),
        "whole": st.integers(-(2**62), 2**62),
        "figure": st.none() | st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0),
        "truth": st.booleans(),
        "day": st.none() | st.dates(),
        "instant": st.none() | INSTANTS,
        "kind": st.sampled_from(HazardKind),
        "skills": st.none() | st.lists(st.sampled_from(Skill), min_size=1, unique=True).map(";".join),
        "level": st.sampled_from(HazardLevel),
        "shape": shapes(),
    }
)


def frame_of(rows: list[dict[str, Any]], spec: LayerSpec) -> pd.DataFrame:
    """The rows as a checked frame."""
    names = [column.name for column in spec.columns if column.name not in ("code", "outside")]
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in names})
    frame["code"] = pd.Series([f"c{number}" for number in range(len(rows))], dtype=object)
    if spec.is_table:
        return check(frame, spec)
    found = np.array([row["shape"] for row in rows], dtype=object)
    return check(geopandas.GeoDataFrame(frame, geometry=found, crs="EPSG:4326"), spec)


def there_and_back(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    with TemporaryDirectory() as room:
        path = Path(room) / "layer.gpkg"
        path.write_bytes(geopackage.encode(frame, spec))
        return conform(geopackage.read(path, spec), spec)


def assert_same(before: pd.DataFrame, after: pd.DataFrame, spec: LayerSpec) -> None:
    """Equal to the last bit: cells, dtypes, index, type of frame, coordinates."""
    cells = [column.name for column in spec.columns]
    assert type(before) is type(after)
    pd.testing.assert_frame_equal(pd.DataFrame(before[cells]), pd.DataFrame(after[cells]), check_index_type=True)
    for column in spec.columns:
        if column.kind is ColumnKind.DATE:  # assert_frame_equal takes None and NaN for the same
            assert list(before[column.name]) == list(after[column.name])
    if not spec.is_table:
        assert before.geometry.to_wkb().tolist() == after.geometry.to_wkb().tolist()
        assert before.crs == after.crs


@given(st.lists(ROWS, max_size=6))
@settings(max_examples=40)
def test_every_kind_of_value_comes_back_to_the_last_bit(rows: list[dict[str, Any]]) -> None:
    for spec in (KINDS, TABLE):
        frame = frame_of(rows, spec)
        assert_same(frame, there_and_back(frame, spec), spec)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_comes_back_as_it_was_checked(small_county: SmallCounty, name: str) -> None:
    spec = LAYERS[name]
    assert_same(small_county.layers[name], there_and_back(small_county.layers[name], spec), spec)
    assert_same(empty(spec), there_and_back(empty(spec), spec), spec)


def test_an_empty_text_is_not_a_missing_one(small_county: SmallCounty) -> None:
    frame = small_county.layers["stations"].copy()
    texts = ["", None] * (len(frame) // 2)
    frame["name"] = pd.array(texts, dtype="str")
    again = there_and_back(frame, LAYERS["stations"])["name"]
    assert [text == "" for text in texts] == [text == "" for text in again]
    assert [text is None for text in texts] == again.isna().tolist()


@pytest.mark.parametrize("seconds", [0.0, 0.123, 0.123456, 59.999, 59.999999])
def test_instants_are_readable_in_utc_and_exact_beside(tmp_path: Path, seconds: float) -> None:
    at = datetime(2022, 12, 23, 10, tzinfo=AS_OF.tzinfo) + timedelta(seconds=seconds)
    row = {"note": None, "count": None, "whole": 0, "figure": None, "truth": True, "day": date(2022, 12, 23)}
    row |= {"instant": at, "kind": "landslide", "skills": None, "level": 1, "shape": shapely.box(0, 0, 1, 1)}
    frame = frame_of([row], KINDS)
    (tmp_path / "k.gpkg").write_bytes(geopackage.encode(frame, KINDS))
    with sqlite3.connect(tmp_path / "k.gpkg") as file:
        (text,) = file.execute("SELECT instant FROM kinds").fetchone()
    assert text.startswith("2022-12-23T02:00:")
    assert text.endswith("Z")
    assert list(frame["instant"]) == list(conform(geopackage.read(tmp_path / "k.gpkg", KINDS), KINDS)["instant"])


def test_equal_rows_make_equal_bytes(small_county: SmallCounty, tmp_path: Path) -> None:
    for name in ("villages", "stays"):
        for file in ("one.gpkg", "two.gpkg"):
            (tmp_path / file).write_bytes(geopackage.encode(small_county.layers[name].copy(), LAYERS[name]))
        assert (tmp_path / "one.gpkg").read_bytes() == (tmp_path / "two.gpkg").read_bytes()
        (tmp_path / "one.gpkg").unlink()
        (tmp_path / "two.gpkg").unlink()


def test_other_programs_read_layers_and_tables(small_county: SmallCounty, tmp_path: Path) -> None:
    (tmp_path / "v.gpkg").write_bytes(geopackage.encode(small_county.layers["villages"], LAYERS["villages"]))
    (tmp_path / "s.gpkg").write_bytes(geopackage.encode(small_county.layers["stays"], LAYERS["stays"]))
    villages, stays = geopandas.read_file(tmp_path / "v.gpkg"), pyogrio.read_dataframe(tmp_path / "s.gpkg")
    assert list(small_county.layers["villages"]["code"]) == list(villages["code"])
    assert villages.crs == "EPSG:4326"
    assert list(small_county.layers["stays"]["stay_id"]) == list(stays["stay_id"])
    assert "Polygon" == pyogrio.read_info(tmp_path / "v.gpkg")["geometry_type"]
    with sqlite3.connect(tmp_path / "v.gpkg") as file:
        assert [("村(社区)", "features")] == file.execute("SELECT identifier, data_type FROM gpkg_contents").fetchall()
        assert file.execute("SELECT 1 FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'").fetchone()


def test_gdals_settings_are_as_they_were_after_a_write(small_county: SmallCounty, tmp_path: Path) -> None:
    (tmp_path / "r.gpkg").write_bytes(geopackage.encode(small_county.layers["rivers"], LAYERS["rivers"]))
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
    assert pyogrio.get_gdal_config_option("OGR_SQLITE_SYNCHRONOUS") is None


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"{}"])
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.gpkg").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="is not a GeoPackage"):
        geopackage.read(tmp_path / "bad.gpkg", LAYERS["rivers"])


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    path = tmp_path / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    put(path, "rivers", small_county.layers["rivers"])
    return path


def test_a_layer_in_the_folder_is_named_by_its_content_and_only_read(folder: Path) -> None:
    entry = store.read_manifest(folder).layers["rivers"]
    assert f"rivers-{entry.sha256[:12]}.gpkg" == entry.file
    assert 0o444 == (folder / entry.file).stat().st_mode & 0o777
    assert [] == store.problems(folder)


def test_a_stored_layer_has_all_that_qgis_asks_of_a_geopackage(folder: Path, small_county: SmallCounty) -> None:
    put(folder, "villages", small_county.layers["villages"])
    path = folder / store.read_manifest(folder).layers["villages"].file
    with closing(sqlite3.connect(path.as_uri() + "?mode=ro&immutable=1", uri=True)) as file:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return file.execute(query).fetchall()

        assert [("ok",)] == rows("PRAGMA integrity_check")
        assert [] == rows("PRAGMA foreign_key_check")
        assert [(0x47504B47,)] == rows("PRAGMA application_id")  # "GPKG"
        assert 10200 <= rows("PRAGMA user_version")[0][0] < 10500  # versions 1.2 to 1.4
        kept = rows("SELECT table_name, data_type, srs_id, min_x, min_y, max_x, max_y FROM gpkg_contents")
        shapes = rows("SELECT table_name, column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns")
        system = rows("SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = 4326")
        asked = "SELECT column_name FROM gpkg_extensions WHERE table_name = 'villages' AND extension_name = "
        index = rows(asked + "'gpkg_rtree_index'")
        indexed = rows("SELECT count(*) FROM rtree_villages_geom")
        triggers = {name for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        fid = [name for _, name, kind, *_, key in rows("PRAGMA table_info(villages)") if key and kind == "INTEGER"]
    villages = pyogrio.read_dataframe(path)
    assert [("villages", "features", 4326, *villages.total_bounds)] == kept
    assert [("villages", "geom", "POLYGON", 4326, 0, 0)] == shapes
    assert [("EPSG", 4326)] == system
    assert [("geom",)] == index
    assert [(len(villages),)] == indexed
    assert {f"rtree_villages_geom_{event}" for event in ("insert", "delete")} <= triggers
    assert ["fid"] == fid
    assert "fid" == pyogrio.read_info(path)["fid_column"]


def test_a_stored_layer_is_filtered_by_attribute_place_and_fid_without_being_written_to(
    folder: Path, small_county: SmallCounty
) -> None:
    put(folder, "villages", small_county.layers["villages"])
    path = folder / store.read_manifest(folder).layers["villages"].file
    before = (path.read_bytes(), sorted(folder.iterdir()))
    villages = pyogrio.read_dataframe(path, fid_as_index=True)
    assert list(range(1, len(villages) + 1)) == list(villages.index)
    wanted, west = villages["code"].iloc[-1], villages.total_bounds[0]
    assert [wanted] == list(pyogrio.read_dataframe(path, where=f"code = '{wanted}'")["code"])
    west_box = shapely.box(west - 1, -90, west + 1e-6, 90)
    touching = villages["code"][villages.intersects(west_box)]
    assert 0 < len(touching) < len(villages)
    assert list(touching) == list(pyogrio.read_dataframe(path, bbox=west_box.bounds)["code"])
    assert [wanted] == list(pyogrio.read_dataframe(path, fids=[len(villages)])["code"])
    assert before == (path.read_bytes(), sorted(folder.iterdir()))


def test_a_single_changed_byte_is_noticed(folder: Path) -> None:
    path = folder / store.read_manifest(folder).layers["rivers"].file
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    with pytest.raises(BrokenFolderError, match="changed after it was written"):
        store.open_county(folder)


def test_a_file_that_an_older_specification_checked_is_checked_again(folder: Path, monkeypatch: Any) -> None:
    looked_at = []
    monkeypatch.setattr("geo.store.county.check", lambda frame, spec: looked_at.append(spec.name) or check(frame, spec))
    store.open_county(folder)
    assert "rivers" not in looked_at
    more = Column("x", ColumnKind.TEXT, "x", "x", required=False)
    stricter = replace(LAYERS["rivers"], columns=(*LAYERS["rivers"].columns, more))
    assert fingerprint(stricter) != fingerprint(LAYERS["rivers"])
    monkeypatch.setattr("geo.store.county.LAYERS", {**LAYERS, "rivers": stricter})
    store.read_layers(folder, store.read_manifest(folder))
    assert "rivers" in looked_at
