"""`yixian init`: one OpenStreetMap file becomes a data folder that a service opens, or nothing is written."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from pathlib import Path

import osmium
import pytest
from fastapi.testclient import TestClient
from osmium.osm.mutable import Node, Way

from api.app import create_app
from api.counties import begin_from_osm
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.calendar import CHINA
from geo.errors import DataError, InputError
from tests.commands import yixian

ROOT = Path(__file__).resolve().parents[2]
ANDORRA = ROOT.parent / "shared" / "data" / "andorra-2023.osm.pbf"
NOW = datetime(2026, 11, 23, 10, tzinfo=CHINA)


@pytest.fixture
def osm_file(tmp_path: Path) -> Path:
    """Two villages on a road, far from China."""
    path = tmp_path / "two.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        writer.add(Node(id=1, location=(10.0, 45.0), tags={"place": "village", "name": "A 'quoted' ${name}"}))
        writer.add(Node(id=2, location=(10.1, 45.0), tags={"place": "town", "name": "B"}))
        writer.add(Node(id=3, location=(10.05, 45.03), tags={"amenity": "fire_station"}))
        writer.add(Node(id=4, location=(10.05, 45.04)))
        writer.add(Way(id=5, nodes=[1, 4, 2], tags={"highway": "tertiary"}))
        writer.add(Way(id=6, nodes=[1, 2], tags={"waterway": "stream"}))
    return path


def test_a_county_is_written_whole_and_opens(osm_file: Path, tmp_path: Path) -> None:
    report = begin_from_osm(tmp_path / "data", osm_file, now=NOW)
    assert report.rows["villages"] == 2
    county = store.open_county(tmp_path / "data")
    assert county.manifest.present is None
    assert county.atlas.metric_crs == report.metric_crs == "EPSG:32632"
    assert county.manifest.version == report.version
    assert {entry.source for entry in county.manifest.layers.values()} == {
        "two.osm.pbf (© OpenStreetMap contributors, ODbL 1.0)"
    }
    assert store.problems(tmp_path / "data") == []


def test_a_folder_that_holds_a_county_is_not_touched(osm_file: Path, tmp_path: Path) -> None:
    begin_from_osm(tmp_path / "data", osm_file, now=NOW)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()}
    with pytest.raises(InputError, match="exists already and is not touched"):
        begin_from_osm(tmp_path / "data", osm_file, now=NOW)
    assert before == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()}


def test_a_file_that_holds_no_county_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "bad.osm.pbf").write_bytes(b"no map")
    with pytest.raises(DataError):
        begin_from_osm(tmp_path / "data", tmp_path / "bad.osm.pbf", now=NOW)
    assert store.is_absent(tmp_path / "data")


def _init(*words: object) -> subprocess.CompletedProcess[str]:
    return yixian("init", *words)


def test_the_command_says_what_it_did_in_words_and_as_json(osm_file: Path, tmp_path: Path) -> None:
    told = _init(tmp_path / "one", "--osm", osm_file)
    assert told.returncode == 0, told.stderr
    for part in ("2 villages", "metres in EPSG:32632", "roads: 1 read, 1 kept", "OpenStreetMap contributors"):
        assert part in told.stdout
    report = json.loads(_init(tmp_path / "two", "--osm", osm_file, "--json").stdout)
    assert report["tallies"]["roads"] == {"read": 1, "kept": {"tertiary": 1}, "left_out": {}}
    assert report["metric_crs"] == "EPSG:32632"


def test_a_wrong_file_is_one_line_and_exit_2(tmp_path: Path) -> None:
    result = _init(tmp_path / "data", "--osm", tmp_path / "none.osm.pbf")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "No such file" in result.stderr


@pytest.mark.skipif(not ANDORRA.exists(), reason="the Andorra extract is not here")
def test_andorra_is_served_with_its_own_bounds_and_metric_system(tmp_path: Path) -> None:
    report = begin_from_osm(tmp_path / "data", ANDORRA, now=NOW)
    at_noon = Settings(data=tmp_path / "data", now=NOW)  # who is off duty at night comes later than who is near
    with TestClient(create_app(open_services(at_noon))) as client:
        ready = client.get("/health/ready").json()
        assert (ready["county"], ready["metric_crs"], ready["teams"]) == ("Andorra", "EPSG:32631", 4)
        assert report.bounds == pytest.approx((1.4136, 42.4288, 1.7867, 42.6559), abs=1e-4)
        teams = client.get("/v1/nearest", params={"lon": 1.52, "lat": 42.507, "skill": "fire_fighting"}).json()["teams"]
        assert teams[0]["name"] == "Parc de Bombers d'Andorra la Vella"
        states = client.get("/v1/coverage/stays").json()["counts"]
        assert states["no_data"] == report.rows["villages"] == 70
        assert client.get("/v1/exposure").status_code == 200
        for page in ("/maps/coverage", "/maps/risk"):
            answer = client.get(page)
            assert answer.status_code == 200
            assert "1.4135" in answer.text or "42.42" in answer.text
