"""What each format loses, shown with a file of each; the same table stands in geo/README.md."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

from geo import intake
from geo.errors import MissingCrsError
from geo.intake import Wishes
from geo.intake.mapping_file import MappingFile, Take
from geo.layers.registry import LAYERS
from tests.geo.test_round_trip import FILEGDB_DEG, by_gdal, escaped
from tests.oracles import BEIJING

HALF_PAST = datetime(2022, 12, 23, 0, 30, 15, tzinfo=BEIJING)
IN_WGS84 = Wishes(crs="EPSG:4326")


def _village(**cells: Any) -> geopandas.GeoDataFrame:
    row = {"code": "431381001001", "name": "锑都", "kind": "community", "town_code": "431381001"} | cells
    return geopandas.GeoDataFrame([row], geometry=[shapely.box(111.4, 27.65, 111.42, 27.67)], crs="EPSG:4326")


def _incidents(*instants: datetime) -> geopandas.GeoDataFrame:
    """An incident discovered at each of the instants, which are in one zone or in none."""
    rows = {"incident_id": [f"I{n}" for n in range(len(instants))], "kind": "landslide"}
    frame = pd.DataFrame(rows).assign(discovered_at=pd.Series(instants))
    return geopandas.GeoDataFrame(frame, geometry=[shapely.Point(111.4, 27.7)] * len(frame), crs="EPSG:4326")


def _discovered(path: Path) -> list[datetime]:
    taken = intake.read(path, LAYERS["incidents"])
    return [at.to_pydatetime() for at in taken.accepted["discovered_at"]]


def _names(path: Path, wishes: Wishes | None = None) -> list[str]:
    return list(intake.read(path, LAYERS["villages"], wishes).accepted["name"])


def _names_are_cut(folder: Path) -> None:
    site = {"site_id": "431381010001", "name": "甲", "kind": "landslide", "status": "active"}
    figures = {"threatened_people": 7, "threatened_households": 2, "village_code": "431381001001"}
    frame = geopandas.GeoDataFrame([site | figures], geometry=[shapely.Point(111.4, 27.7)], crs="EPSG:4326")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL says that it cuts
        path = by_gdal(frame, folder / "a.shp", "ESRI Shapefile", encoding="UTF-8")
    taken = intake.read(path, LAYERS["hazard_sites"])
    assert list(taken.accepted["village_code"]) == ["431381001001"]  # village_co can be no other column
    assert taken.accepted[["threatened_people", "threatened_households"]].isna().all(axis=None)
    assert taken.mapped.ignored == ("threatened", "threaten_1")
    takes = {"threatened_people": Take(source="threatened"), "threatened_households": Take(source="threaten_1")}
    told = intake.read(path, LAYERS["hazard_sites"], Wishes(mapping=MappingFile(columns=takes))).accepted
    assert told[["threatened_people", "threatened_households"]].to_numpy().tolist() == [[7, 2]]


def _long_texts_are_cut(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = by_gdal(_village(name="村" * 100), folder / "a.shp", "ESRI Shapefile", encoding="UTF-8")
    assert _names(path) == ["村" * (254 // len("村".encode()))]


def _areas_are_refused_as_points(folder: Path) -> None:
    frame = _village().assign(lon=111.41, lat=27.66).drop(columns="geometry")
    frame.to_csv(folder / "a.csv", index=False)
    frame.to_excel(folder / "a.xlsx", index=False)
    for name in ("a.csv", "a.xlsx"):
        taken = intake.read(folder / name, LAYERS["villages"], IN_WGS84)
        assert [(fault.row, fault.column) for fault in taken.faults] == [(1, "geometry")]


def _kml_numbers_are_cut(folder: Path) -> None:
    row = {"road_id": "R1", "road_class": "track", "speed_kph": 113.30992747107142}
    line = shapely.LineString([(111.4, 27.6), (111.5, 27.7)])
    path = by_gdal(geopandas.GeoDataFrame([row], geometry=[line], crs="EPSG:4326"), folder / "a.kml", "KML")
    assert intake.read(path, LAYERS["roads"]).accepted["speed_kph"].tolist() == [113.309927471071]


def _kml_has_no_controls(folder: Path) -> None:
    assert _names(by_gdal(_village(name="a\x1fb\rc\td"), folder / "a.kml", "KML")) == ["ab\nc\td"]


def _typed_texts_are_opened(folder: Path) -> None:
    cells = _village(name='="0123"').assign(wkt=lambda frame: frame.geometry.to_wkt()).drop(columns="geometry")
    cells.to_csv(folder / "a.csv", index=False)
    assert _names(folder / "a.csv", IN_WGS84) == ["0123"]


def _sheets_need_escapes(folder: Path) -> None:
    named, point = "a\x1fb\rc\td", {"wkt": "POLYGON ((111.4 27.6, 111.5 27.6, 111.5 27.7, 111.4 27.6))"}
    with pytest.raises(openpyxl.utils.exceptions.IllegalCharacterError):
        _village(name=named).drop(columns="geometry").to_excel(folder / "a.xlsx", index=False)
    for written, met in (("a\rb", "a\nb"), (escaped(named), named)):
        _village(name=written).drop(columns="geometry").assign(**point).to_excel(folder / "a.xlsx", index=False)
        assert _names(folder / "a.xlsx", IN_WGS84) == [met]


def _geojson_is_refused_without_crs(folder: Path) -> None:
    path = by_gdal(_village(), folder / "a.geojson", "GeoJSON", RFC7946="YES")
    with pytest.raises(MissingCrsError):
        intake.read(path, LAYERS["villages"])


def _filegdb_rounds(folder: Path) -> None:
    shape = shapely.Point(111.4 + 4e-10, 27.7)
    frame = geopandas.GeoDataFrame([{"code": "431381", "tier": "hq", "name": "部"}], geometry=[shape], crs="EPSG:4326")
    met = intake.read(by_gdal(frame, folder / "a.gdb", "OpenFileGDB", layer="a"), LAYERS["stations"]).accepted
    assert 0 < abs(met.geometry.x.iloc[0] - shape.x) <= FILEGDB_DEG


def _filegdb_has_no_zones(folder: Path) -> None:
    path = by_gdal(_incidents(HALF_PAST), folder / "a.gdb", "OpenFileGDB", layer="a")
    assert _discovered(path) == [HALF_PAST.astimezone(UTC).replace(tzinfo=BEIJING)]
    said = [str(remark) for remark in intake.read(path, LAYERS["incidents"]).remarks]
    assert any("does not say the zone of its date-times (discovered_at)" in remark for remark in said)


def _milliseconds_are_left(folder: Path) -> None:
    frame = _incidents(HALF_PAST + timedelta(microseconds=123_456))
    for name, driver in (("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.geojson", "GeoJSON"), ("a.kml", "KML")):
        wishes = IN_WGS84 if driver == "GeoJSON" else None
        met = intake.read(by_gdal(frame, folder / name, driver), LAYERS["incidents"], wishes).accepted
        assert met["discovered_at"].tolist() == [HALF_PAST + timedelta(milliseconds=123)]


def _gbk_has_no_emoji(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL says that it leaves letters out
        path = by_gdal(_village(name="村\U0001f525一\u200b"), folder / "a.shp", "ESRI Shapefile", encoding="GBK")
    assert _names(path) == ["村一"]
    cells = _village(name="村\U0001f525").assign(wkt=lambda frame: frame.geometry.to_wkt()).drop(columns="geometry")
    cells.to_csv(folder / "a.csv", index=False, encoding="gbk", errors="replace")
    assert _names(folder / "a.csv", IN_WGS84) == ["村?"]
    cells.to_csv(folder / "a.csv", index=False, encoding="gb18030")
    assert _names(folder / "a.csv", IN_WGS84) == ["村\U0001f525"]


def _index_reorders(folder: Path) -> None:
    places = [shapely.Point(111.3 + (7 * n % 50) / 100, 27.7) for n in range(50)]
    rows = [{"code": f"{431381000 + n}", "tier": "post", "name": "所"} for n in range(50)]
    path = by_gdal(geopandas.GeoDataFrame(rows, geometry=places, crs="EPSG:4326"), folder / "a.fgb", "FlatGeobuf")
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
    Loss(
        "GeoPackage, FlatGeobuf, GeoJSON, KML, XLSX",
        "date-times beyond the millisecond, unless as text",
        _milliseconds_are_left,
    ),
    Loss("FileGDB", "coordinates beyond 1e-9 degree", _filegdb_rounds),
    Loss("FileGDB", "the zone of date-times, unless as text: GDAL writes them in UTC", _filegdb_has_no_zones),
    Loss(
        "Shapefile",
        "names beyond 10 bytes; where two become one, a mapping file must say which is which",
        _names_are_cut,
    ),
    Loss("Shapefile", "texts beyond 254 bytes", _long_texts_are_cut),
    Loss("Shapefile, CSV in GBK", "letters that GBK does not have (GB18030 has them)", _gbk_has_no_emoji),
    Loss(
        "GeoJSON", "its coordinate system, without a crs member: it must be declared", _geojson_is_refused_without_crs
    ),
    Loss("KML", "numbers beyond 15 digits", _kml_numbers_are_cut),
    Loss("KML", "control characters; a carriage return becomes a line break", _kml_has_no_controls),
    Loss(
        "CSV, XLSX",
        "lines and areas, unless as WKT: the columns lon and lat hold points only",
        _areas_are_refused_as_points,
    ),
    Loss(
        "CSV", 'the signs of ="0123", by which programs keep Excel from making a text a number', _typed_texts_are_opened
    ),
    Loss("XLSX", "control characters, unless escaped as Excel does (_x001F_)", _sheets_need_escapes),
)
"""What each format loses; the same table stands in geo/README.md."""


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.format}: {loss.words}"[:60])
def test_each_stated_loss_is_real(loss: Loss, tmp_path: Path) -> None:
    loss.shown_by(tmp_path)


def test_the_readme_states_every_loss_and_no_other() -> None:
    readme = (Path(__file__).resolve().parents[2] / "geo" / "README.md").read_text("utf-8")
    rows = [line for line in readme.partition("| Format | What is lost |")[2].splitlines() if line.startswith("| ")]
    assert [f"| {loss.format} | {loss.words} |" for loss in LOSSES] == rows


@pytest.mark.parametrize(("name", "driver"), [("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.kml", "KML")])
@pytest.mark.parametrize("hours", [None, 0, 8, 9])
def test_a_date_time_keeps_its_zone_and_is_chinas_without_one(
    tmp_path: Path, name: str, driver: str, hours: int | None
) -> None:
    zone = None if hours is None else timezone(timedelta(hours=hours))
    path = by_gdal(_incidents(HALF_PAST.replace(tzinfo=zone)), tmp_path / name, driver)
    assert _discovered(path) == [HALF_PAST.replace(tzinfo=zone or BEIJING)]


@pytest.mark.parametrize("form", ["geojson", "parquet"])
def test_a_text_with_a_zero_byte_is_refused_where_a_database_would_cut_it(tmp_path: Path, form: str) -> None:
    path, frame = tmp_path / f"a.{form}", _village(name="a\0b")
    path.write_text(frame.to_json(), "utf-8") if form == "geojson" else frame.to_parquet(path)
    taken = intake.read(path, LAYERS["villages"], IN_WGS84)
    assert [(fault.row, fault.column) for fault in taken.faults] == [(1, "name")]


@pytest.mark.parametrize("people", ["1e999999", "1e999990", "9e400"])
def test_a_number_too_large_for_any_computer_is_refused_at_once(tmp_path: Path, people: str) -> None:
    head = "site_id,name,kind,status,lon,lat,威胁财产(万元)"
    (tmp_path / "a.csv").write_text(f"{head}\n431381010001,甲,landslide,active,111.4,27.7,{people}\n", "utf-8")
    taken = intake.read(tmp_path / "a.csv", LAYERS["hazard_sites"], IN_WGS84)
    assert [(fault.row, fault.value) for fault in taken.faults] == [(1, people)]
