"""Layers at rest: what is written is what is read, and a folder that is not whole says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from geo import geojson, store
from geo.errors import (
    BrokenFolderError,
    BrokenLayerError,
    InputError,
    LayerFaultsError,
    MissingLayersError,
    NotFoundError,
    UnreadableFileError,
    UnwritableFileError,
)
from geo.files import write_atomic
from geo.layers.registry import LAYERS
from geo.layers.spec import is_missing
from geo.store import geopackage
from tests.county import AS_OF, SmallCounty

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="test")
    return tmp_path / "county"


def put(folder: Path, name: str, frame: pd.DataFrame, at: datetime = AS_OF) -> store.Manifest:
    """Import a checked frame as the only writer."""
    with store.writing(folder):
        manifest = store.read_manifest(folder)
        return store.replace_layer(folder, manifest, name, frame, date=at, source="x", given_crs="EPSG:4326")


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_comes_back_from_disk_cell_by_cell(small_county: SmallCounty, folder: Path, name: str) -> None:
    before, after = small_county.layers[name], store.open_county(folder).layers[name]
    stored = [column.name for column in LAYERS[name].columns if not column.derived]
    assert geojson.records(before[stored]) == geojson.records(after[stored])
    assert list(before.dtypes[stored]) == list(after.dtypes[stored])
    if not LAYERS[name].is_table:
        # Rings may begin elsewhere and turn the other way: RFC 7946 says how they turn at rest.
        assert after.normalize().geom_equals_exact(before.normalize(), 1e-7).all()


def test_restricted_columns_are_kept_at_rest(small_county: SmallCounty, tmp_path: Path) -> None:
    teams = small_county.layers["teams"].assign(leader_phone="CANARY")
    store.write_county(tmp_path, {**small_county.layers, "teams": teams}, present=AS_OF, source="test")
    assert set(store.open_county(tmp_path).layers["teams"]["leader_phone"]) == {"CANARY"}


def test_the_version_changes_with_any_layer_and_only_then(small_county: SmallCounty, folder: Path) -> None:
    before = put(folder, "rivers", small_county.layers["rivers"])
    assert before.version == put(folder, "rivers", small_county.layers["rivers"]).version
    other = put(folder, "rivers", small_county.layers["rivers"].assign(name="资水"))
    assert other.version != before.version
    assert store.open_county(folder).atlas.provenance.version == other.version


def test_replacing_a_layer_leaves_the_old_file_untouched(small_county: SmallCounty, folder: Path) -> None:
    before = (folder / "rivers.geojson").read_bytes()
    put(folder, "rivers", small_county.layers["rivers"].assign(name="资水"))
    assert (folder / "rivers.geojson").read_bytes() == before
    assert set(store.open_county(folder).layers["rivers"]["name"]) == {"资水"}


def test_importing_stays_ends_the_demonstrations_fixed_present(small_county: SmallCounty, folder: Path) -> None:
    manifest = store.read_manifest(folder)
    assert manifest.present == AS_OF
    assert put(folder, "stays", small_county.layers["stays"]).present is None
    # Without a fixed present, the record ends where the register does.
    assert store.open_county(folder).board.record.until < AS_OF


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "No such file"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 99}'), "format 99"),
        (lambda folder: (folder / "villages.geojson").unlink(), "No such file"),
        (lambda folder: (folder / "villages.geojson").write_text("{}"), "was changed"),
        (lambda folder: (folder / "stays.csv").write_bytes(b"\xff"), "was changed"),
    ],
)
def test_a_folder_that_is_not_whole_says_what_is_wrong(folder: Path, harm, words: str) -> None:
    harm(folder)
    with pytest.raises((BrokenFolderError, UnreadableFileError), match=words):
        store.open_county(folder)


def test_a_manifest_cannot_point_outside_its_folder(folder: Path) -> None:
    content = json.loads((folder / "manifest.json").read_bytes())
    content["layers"]["rivers"]["file"] = "../rivers.geojson"
    (folder / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BrokenFolderError, match="plain file name"):
        store.open_county(folder)


def test_a_missing_required_layer_is_named_in_one_line(small_county: SmallCounty, tmp_path: Path) -> None:
    layers = {name: frame for name, frame in small_county.layers.items() if name not in ("teams", "stays")}
    store.write_county(tmp_path, layers, present=AS_OF, source="test")
    with pytest.raises(MissingLayersError, match="teams") as caught:
        store.open_county(tmp_path)
    assert "\n" not in str(caught.value)


def test_problems_names_a_village_partition_that_overlaps(small_county: SmallCounty, tmp_path: Path) -> None:
    villages = small_county.layers["villages"].copy()
    villages.loc[0, "geometry"] = villages.geometry.iloc[0].buffer(0.001)
    store.write_county(tmp_path / "bad", {**small_county.layers, "villages": villages}, present=AS_OF, source="test")
    store.write_county(tmp_path / "good", small_county.layers, present=AS_OF, source="test")
    assert store.problems(tmp_path / "good") == []
    assert any("overlap" in line for line in store.problems(tmp_path / "bad"))


def test_a_write_that_fails_leaves_the_old_file_and_no_scraps(tmp_path: Path, monkeypatch) -> None:
    target = tmp_path / "file"
    write_atomic(target, b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(UnwritableFileError, match="disk full"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_tables_are_csv_whose_missing_cells_are_empty(small_county: SmallCounty) -> None:
    text = store.encode(small_county.layers["stays"], LAYERS["stays"]).decode()
    assert text.splitlines()[0] == "stay_id,team_id,member_id,village_code,check_in,check_out,synthetic"
    again = store.decode(text.encode(), LAYERS["stays"])
    assert isinstance(again, pd.DataFrame)
    assert not any(is_missing(value) for value in again["stay_id"])


def test_the_history_of_a_layer_names_every_version_newest_first(small_county: SmallCounty, folder: Path) -> None:
    rivers = small_county.layers["rivers"]
    for name in ("甲", "乙"):
        put(folder, "rivers", rivers.assign(name=name))
    versions = store.history(folder, "rivers")
    assert [(3, True), (2, False), (1, False)] == [(one.number, one.in_use) for one in versions]
    assert ["rivers.geojson"] == [one.entry.file for one in versions if one.number == 1]
    assert [1] == [one.number for one in store.history(folder, "villages")]
    with pytest.raises(NotFoundError, match="no layer named"):
        store.history(folder, "nonsense")


def test_restoring_adds_a_version_with_the_old_file_and_removes_nothing(
    small_county: SmallCounty, folder: Path
) -> None:
    for name in ("甲", "乙"):
        put(folder, "rivers", small_county.layers["rivers"].assign(name=name))
    files = sorted(path.name for path in folder.iterdir())
    store.restore(folder, "rivers", 2, now=AS_OF)
    assert {"甲"} == set(store.open_county(folder).layers["rivers"]["name"])
    newest, *others = store.history(folder, "rivers")
    assert (4, 2, 3) == (newest.number, newest.entry.restored_from, len(others))
    assert {*files, "ready"} == {path.name for path in folder.iterdir()}
    assert [] == store.problems(folder)


def test_restoring_the_demonstrations_stays_restores_its_present(small_county: SmallCounty, folder: Path) -> None:
    put(folder, "stays", small_county.layers["stays"])
    assert store.read_manifest(folder).present is None
    assert AS_OF == store.restore(folder, "stays", 1, now=AS_OF).present


@pytest.mark.parametrize(("version", "error"), [(0, NotFoundError), (3, NotFoundError), (2, InputError)])
def test_only_an_earlier_version_can_be_restored(
    small_county: SmallCounty, folder: Path, version: int, error: type[Exception]
) -> None:
    put(folder, "rivers", small_county.layers["rivers"])
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(error):
        store.restore(folder, "rivers", version, now=AS_OF)
    assert before == (folder / "manifest.json").read_bytes()


def test_a_version_that_other_layers_have_left_behind_is_not_restored(small_county: SmallCounty, folder: Path) -> None:
    leaders = small_county.layers["leaders"]
    put(folder, "leaders", leaders.iloc[:1])
    put(folder, "towns", small_county.layers["towns"])
    (folder / "leaders.csv").write_text("x")
    with pytest.raises(BrokenFolderError, match="was changed"):
        store.restore(folder, "leaders", 1, now=AS_OF)
    with_stranger = leaders.assign(town_code=["999999999", *leaders["town_code"][1:]])
    put(folder, "leaders", with_stranger)
    put(folder, "leaders", leaders)
    with pytest.raises(LayerFaultsError, match="names no row of towns"):
        store.restore(folder, "leaders", 3, now=AS_OF)


def test_a_harmed_layer_is_cured_by_an_earlier_version(small_county: SmallCounty, folder: Path) -> None:
    put(folder, "rivers", small_county.layers["rivers"].assign(name="甲"))
    current = folder / store.read_manifest(folder).layers["rivers"].file
    current.unlink()
    with pytest.raises(BrokenLayerError, match=r"No such file.*take version 1 of .*layers restore rivers 1`"):
        store.open_county(folder)
    store.restore(folder, "rivers", 1, now=AS_OF)
    assert store.open_county(folder).layers["rivers"]["name"].notna().all()
    assert any("version 2 cannot be restored" in line for line in store.problems(folder))


def test_a_county_begun_from_another_has_its_cells_in_files_of_its_own(
    small_county: SmallCounty, folder: Path, tmp_path: Path
) -> None:
    with store.writing(tmp_path / "new"):
        store.begin_county(tmp_path / "new", folder)
    county, origin = store.open_county(tmp_path / "new"), store.open_county(folder)
    assert {".gpkg", ".json", ".toml"} == {path.suffix for path in (tmp_path / "new").iterdir()}
    for name, frame in origin.layers.items():
        assert geojson.records(frame) == geojson.records(county.layers[name])
    assert origin.manifest.present == county.manifest.present
    assert [] == store.problems(tmp_path / "new")


def test_the_manifest_of_format_1_is_read_and_what_it_can_tell_is_written_in_it(folder: Path) -> None:
    content = (folder / "manifest.json").read_bytes()
    assert 1 == json.loads(content)["format"]
    assert content == store.read_manifest(folder).encoded()


def test_the_manifest_comes_back_whole(small_county: SmallCounty, folder: Path) -> None:
    written = put(folder, "rivers", small_county.layers["rivers"])
    written = put(folder, "stays", small_county.layers["stays"])
    assert 2 == json.loads(written.encoded())["format"]
    assert written == store.read_manifest(folder)


def test_only_one_writes_and_the_other_is_told_who(folder: Path) -> None:
    with store.writing(folder):
        code = "import sys, pathlib; from geo import store\nwith store.writing(pathlib.Path(sys.argv[1])): pass"
        other = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=ROOT)
        assert "BusyFolderError" in other.stderr
        assert f"another import is running (process {os.getpid()})" in other.stderr
        store.open_county(folder)  # readers do not wait
    with store.writing(folder):
        pass
    assert not (folder / ".lock").exists()


def test_writing_sweeps_what_killed_writers_left(folder: Path) -> None:
    (folder / ".writing-abc").mkdir()
    (folder / ".writing-abc" / "rivers.gpkg-journal").write_bytes(b"x")
    (folder / ".writing-manifest.json-x").write_bytes(b"{")
    names = sorted(path.name for path in folder.iterdir())
    with store.writing(folder):
        assert [".lock"] == [path.name for path in folder.iterdir() if path.name.startswith(".")]
    assert len(names) - 2 == len(list(folder.iterdir()))


def test_a_new_folder_that_stays_empty_is_not_left_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), store.writing(tmp_path / "new"):
        raise RuntimeError
    assert not (tmp_path / "new").exists()


def test_a_folder_whose_first_import_was_cut_off_is_absent_and_one_without_manifest_is_broken(
    folder: Path, tmp_path: Path
) -> None:
    assert store.is_absent(tmp_path / "none")
    assert not store.is_absent(folder)
    (folder / "manifest.json").unlink()
    assert not store.is_absent(folder)
    (folder / ".beginning").touch()
    assert store.is_absent(folder)


def test_layers_that_did_not_change_are_taken_over_from_the_county_before(
    small_county: SmallCounty, folder: Path
) -> None:
    before = store.open_county(folder)
    put(folder, "rivers", small_county.layers["rivers"].assign(name="甲"))
    after = store.open_county(folder, before=before)
    assert [] == [name for name in after.layers if (after.layers[name] is before.layers[name]) == (name == "rivers")]


def test_a_layer_written_before_a_column_of_instants_was_added_still_opens(
    small_county: SmallCounty, tmp_path: Path
) -> None:
    spec = LAYERS["incidents"]
    older = replace(spec, columns=tuple(column for column in spec.columns if column.name != "handled_at"))
    (tmp_path / "incidents.gpkg").write_bytes(geopackage.encode(small_county.layers["incidents"], older))
    held = geopackage.read(tmp_path / "incidents.gpkg", spec)
    assert "handled_at" not in held
    assert list(held["incident_id"]) == list(small_county.layers["incidents"]["incident_id"])
