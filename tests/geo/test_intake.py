"""The intake: every row is taken or named, and no place enters without a declared coordinate system."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from geo import crs, intake
from geo.errors import BoundsError, InputError, LayerFaultsError, MissingCrsError, UnknownCrsError, UnreadableFileError
from geo.intake import Bounds, Wishes
from geo.layers.registry import LAYERS
from tests.county import SmallCounty

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared test data are not here")


def _collection(*features: dict, **members: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


def _river(identity: str, coordinates: object, **properties: object) -> dict:
    return {
        "type": "Feature",
        "properties": {"river_id": identity, "name": "资江", **properties},
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_geojson_without_a_declared_system_is_refused_with_the_choices(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.geojson", _collection(_river("1", [[111.4, 27.6], [111.5, 27.7]])))
    with pytest.raises(MissingCrsError, match=r"--crs: as EPSG:4326 .*as GCJ-02 .*6\d\d m from"):
        intake.read(path, LAYERS["rivers"])
    assert len(intake.read(path, LAYERS["rivers"], Wishes(crs="EPSG:4326")).accepted) == 1


def test_geojson_with_a_crs_member_declares_itself(tmp_path: Path) -> None:
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4546"}}
    line = [[542220.5816, 3063696.3390], [542320.0, 3063796.0]]
    path = _write(tmp_path / "r.geojson", _collection(_river("1", line), crs=member))
    start = intake.read(path, LAYERS["rivers"]).accepted.geometry.iloc[0].coords[0]
    assert start == pytest.approx((111.4280, 27.6858), abs=1e-7)


def test_a_declaration_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"river_id": ["1"], "name": ["资江"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:4546"
    )
    frame.to_file(tmp_path / "r.gpkg")
    with pytest.raises(InputError, match=r"EPSG:4546.*EPSG:4326"):
        intake.read(tmp_path / "r.gpkg", LAYERS["rivers"], Wishes(crs="EPSG:4326"))


def test_a_geopackage_carries_its_system(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"river_id": ["1"], "name": ["资江"], "length": [3.0]},
        geometry=[shapely.LineString([(542220.5816, 3063696.3390), (542320.0, 3063796.0)])],
        crs="EPSG:4546",
    )
    frame.to_file(tmp_path / "r.gpkg")
    taken = intake.read(tmp_path / "r.gpkg", LAYERS["rivers"])
    assert taken.accepted.geometry.iloc[0].coords[0] == pytest.approx((111.4280, 27.6858), abs=1e-7)
    assert taken.system == "EPSG:4546"
    assert taken.mapped.ignored == ("length",)


@pytest.mark.parametrize("names", [("lon", "lat"), ("LNG", "LAT"), ("经度", "纬度"), ("Longitude", "Latitude")])
def test_a_csv_finds_its_coordinates_by_their_names(tmp_path: Path, names: tuple[str, str]) -> None:
    path = _write(tmp_path / "s.csv", f"code,tier,name,{names[0]},{names[1]}\n431381,hq,指挥部,111.43,27.69\n")
    point = intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:4326")).accepted.geometry.iloc[0]
    assert (point.x, point.y) == (111.43, 27.69)


def test_all_faults_come_in_one_report_with_the_files_row_numbers(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "s.csv",
        "code,tier,name,lon,lat\n431381,hq,指挥部,111.43,27.69\n43138,mayor,,111.43,27.69\n431381001,post,所,,27\n",
    )
    taken = intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:4326"))
    assert taken.source.rows == 3
    assert sorted((fault.row, fault.column) for fault in taken.faults) == [
        (2, "code"),
        (2, "name"),
        (2, "tier"),
        (3, "lon"),
    ]
    assert list(taken.accepted["code"]) == ["431381"]


def test_refused_rows_are_kept_in_their_own_columns_with_reasons(tmp_path: Path) -> None:
    path = _write(tmp_path / "s.csv", "code,tier,name,lon,lat,note\n431381,hq,指挥部,1,2,a\n12,hq,所,1,2,keep me\n")
    taken = intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:4326"))
    intake.write_refused(tmp_path / "refused.csv", taken)
    refused = pd.read_csv(tmp_path / "refused.csv", dtype=str, encoding="utf-8-sig")
    assert refused.to_dict("records")[0]["note"] == "keep me"
    assert refused.to_dict("records")[0]["row"] == "2"
    assert r"must have the form" in refused.to_dict("records")[0]["reasons"]
    assert len(refused) == 1


def test_a_fault_of_the_whole_layer_lets_no_row_through(tmp_path: Path) -> None:
    path = _write(tmp_path / "s.csv", "code,name,lon,lat\n431381,指挥部,111.43,27.69\n")
    taken = intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:4326"))
    with pytest.raises(LayerFaultsError, match="the column is missing"):
        _ = taken.accepted


def test_codes_stay_text_through_csv(tmp_path: Path) -> None:
    path = _write(tmp_path / "l.csv", "leader_id,title,town_code\n007,市领导,431381001\n")
    assert list(intake.read(path, LAYERS["leaders"]).accepted["leader_id"]) == ["007"]


def test_a_file_without_places_is_refused_for_a_layer_of_places(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "code,name\n1,2\n")
    with pytest.raises(InputError, match=r"has no places.*columns met: code, name"):
        intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:4326"))


def test_a_table_takes_a_file_with_places_without_them(tmp_path: Path) -> None:
    path = _write(tmp_path / "l.csv", "leader_id,title,town_code,lon,lat\nL1,市领导,431381001,111.4,27.7\n")
    taken = intake.read(path, LAYERS["leaders"])
    assert taken.system is None
    assert list(taken.accepted["leader_id"]) == ["L1"]


def test_a_register_keeps_the_shapes_of_its_codes_and_the_cells_that_it_does_not_tell(
    small_county: SmallCounty, tmp_path: Path
) -> None:
    known = small_county.layers["villages"]
    codes = list(known["code"])[:2]
    path = _write(tmp_path / "v.csv", f"村代码,村名\n{codes[0]},新名\n{codes[1]},另一名\n999999999999,无\n")
    taken = intake.read(path, LAYERS["villages"], loaded=small_county.layers, known=known)
    assert [fault.row for fault in taken.faults if fault.column == "geometry"] == [3]
    accepted = taken.with_faults([]).frame.iloc[:2]
    before = known.set_index("code").loc[codes]
    assert list(accepted["name"]) == ["新名", "另一名"]
    assert list(accepted["population"]) == list(before["population"])
    assert list(accepted["town_code"]) == list(before["town_code"])
    assert shapely.equals(accepted.geometry.values, before.geometry.values).all()


def test_the_shift_detector_speaks_through_the_intake(small_county: SmallCounty, tmp_path: Path) -> None:
    stations = small_county.layers["stations"]
    lon, lat = crs.from_wgs84("GCJ-02")(stations.geometry.x.to_numpy(), stations.geometry.y.to_numpy())
    rows = zip(stations["code"], stations["tier"], stations["name"], lon, lat, strict=True)
    text = "code,tier,name,lon,lat\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    path = _write(tmp_path / "s.csv", text)
    said = intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:4326"), loaded=small_county.layers).remarks
    assert any("looks like GCJ-02" in remark.text and "east-south-east" in remark.text for remark in said)
    right = intake.read(path, LAYERS["stations"], Wishes(crs="GCJ-02"), loaded=small_county.layers)
    assert not [remark for remark in right.remarks if remark.subject == "shift"]
    assert shapely.distance(right.accepted.geometry.values, stations.geometry.values).max() < 1e-8


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for suffix in (".csv", ".geojson", ".gpkg"):
        with pytest.raises(UnreadableFileError, match="No such file"):
            intake.read(tmp_path / f"nothing{suffix}", LAYERS["stations"], Wishes(crs="EPSG:4326"))


def test_an_unknown_system_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "s.csv", "code,tier,name,lon,lat\n431381,hq,指挥部,111.43,27.69\n")
    with pytest.raises(UnknownCrsError, match="EPSG:99999"):
        intake.read(path, LAYERS["stations"], Wishes(crs="EPSG:99999"))


@needs_shared
@pytest.mark.parametrize(("name", "rows", "inside"), [("firms_modis_hunan", 116, 1), ("nasa_glc_hunan", 30, 2)])
def test_the_nasa_tables_load_whole_under_their_own_column_names(name: str, rows: int, inside: int) -> None:
    taken = intake.read(SHARED / f"{name}.csv", LAYERS["detections"])
    assert taken.source.rows == rows
    assert len(taken.accepted) == rows
    assert taken.faults == ()
    outline = geopandas.read_file(SHARED / "boundary_431381_wgs84.geojson").geometry.iloc[0]
    assert int(shapely.intersects(outline, taken.accepted.geometry.values).sum()) == inside


@needs_shared
def test_firms_times_are_utc_without_leading_zeros() -> None:
    frame = intake.read(SHARED / "firms_modis_hunan.csv", LAYERS["detections"]).accepted
    row = frame[frame["detection_id"] == "firms-T-20220404T0300-27.71606-111.58614"].iloc[0]
    assert row["detected_at"].isoformat() == "2022-04-04T11:00:00+08:00"
    assert row["detected_on"] == date(2022, 4, 4)
    assert (row["kind"], row["source"], row["satellite"]) == ("hotspot", "firms_modis", "T")
    assert (row["confidence"], row["frp_mw"]) == ("64", 7.5)


@pytest.mark.parametrize(
    ("clock", "local"),
    [
        ("300", "2022-04-04T11:00:00+08:00"),
        ("1730", "2022-04-05T01:30:00+08:00"),  # example (g): into the next day
        ("5", "2022-04-04T08:05:00+08:00"),
        ("0", "2022-04-04T08:00:00+08:00"),
    ],
)
def test_example_g_a_firms_time_in_utc_becomes_local(tmp_path: Path, clock: str, local: str) -> None:
    head = "latitude,longitude,acq_date,acq_time,satellite,confidence,frp"
    path = _write(tmp_path / "f.csv", f"{head}\n27.7,111.5,2022-04-04,{clock},T,64,7.5\n")
    row = intake.read(path, LAYERS["detections"]).accepted.iloc[0]
    assert row["detected_at"].isoformat() == local
    assert row["detected_on"].isoformat() == local[:10]


@pytest.mark.parametrize("clock", ["2460", "2400", "", "3:00", "-5"])
def test_a_firms_time_that_is_none_is_a_fault_of_its_row(tmp_path: Path, clock: str) -> None:
    head = "latitude,longitude,acq_date,acq_time,satellite,confidence,frp"
    path = _write(tmp_path / "f.csv", f"{head}\n27.7,111.5,2022-04-04,{clock},T,64,7.5\n")
    assert {fault.row for fault in intake.read(path, LAYERS["detections"]).faults} == {1}


@needs_shared
def test_the_landslide_catalogues_midnights_are_no_times() -> None:
    frame = intake.read(SHARED / "nasa_glc_hunan.csv", LAYERS["detections"]).accepted
    row = frame[frame["detection_id"] == "glc-2055"].iloc[0]
    assert row["detected_on"] == date(2010, 7, 11)
    assert pd.isna(row["detected_at"])
    assert (row["category"], row["accuracy"], row["source"]) == ("landslide", "unknown", "nasa_glc")


def test_the_report_says_how_exact_a_conversion_is(tmp_path: Path) -> None:
    line = [[542220.5816, 3063696.3390], [542320.0, 3063796.0]]
    path = _write(tmp_path / "r.geojson", _collection(_river("1", line)))
    for system, words in (("EPSG:4546", "accurate to 1 m"), ("EPSG:2382", "states no accuracy")):
        said = [remark.text for remark in intake.read(path, LAYERS["rivers"], Wishes(crs=system)).remarks]
        assert any(words in text for text in said), (system, said)
    assert not intake.read(
        _write(tmp_path / "w.geojson", _collection(_river("1", [[111.4, 27.6], [111.5, 27.7]]))),
        LAYERS["rivers"],
        Wishes(crs="EPSG:4326"),
    ).remarks


def test_limits_are_settings_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "l.csv", "leader_id,title,town_code\n" + "".join(f"L{n},a,431381001\n" for n in range(5)))
    with pytest.raises(BoundsError, match=r"YIXIAN_LIMITS=.*rows"):
        intake.read(path, LAYERS["leaders"], Wishes(bounds=Bounds.of({"rows": 4})))
    assert len(intake.read(path, LAYERS["leaders"], Wishes(bounds=Bounds.of({"rows": 5}))).accepted) == 5
    with pytest.raises(InputError, match="there are: file_bytes"):
        Bounds.of({"row": 5})
    with pytest.raises(InputError, match="above 0"):
        Bounds.of({"rows": 0})
