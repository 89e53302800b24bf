"""Layers at rest: what is written is what is read, and a folder that is not whole says so."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from geo import geojson, store
from geo.errors import BrokenFolderError, MissingLayersError, UnreadableFileError
from geo.files import write_atomic
from geo.layers.registry import LAYERS
from geo.layers.spec import is_missing
from tests.county import AS_OF, SmallCounty


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="test")
    return tmp_path / "county"


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
    before = store.read_manifest(folder)
    same = store.replace_layer(
        folder, before, "rivers", small_county.layers["rivers"], date=AS_OF, source="x", given_crs="EPSG:4326"
    )
    assert same.version == before.version
    renamed = small_county.layers["rivers"].assign(name="资水")
    other = store.replace_layer(folder, same, "rivers", renamed, date=AS_OF, source="x", given_crs="EPSG:4326")
    assert other.version != before.version
    assert store.open_county(folder).atlas.provenance.version == other.version


def test_replacing_a_layer_leaves_the_old_file_untouched(small_county: SmallCounty, folder: Path) -> None:
    before = (folder / "rivers.geojson").read_bytes()
    manifest = store.read_manifest(folder)
    renamed = small_county.layers["rivers"].assign(name="资水")
    store.replace_layer(folder, manifest, "rivers", renamed, date=AS_OF, source="x", given_crs="EPSG:4326")
    assert (folder / "rivers.geojson").read_bytes() == before
    assert set(store.open_county(folder).layers["rivers"]["name"]) == {"资水"}


def test_importing_stays_ends_the_demonstrations_fixed_present(small_county: SmallCounty, folder: Path) -> None:
    manifest = store.read_manifest(folder)
    assert manifest.present == AS_OF
    stays = small_county.layers["stays"]
    updated = store.replace_layer(folder, manifest, "stays", stays, date=AS_OF, source="x", given_crs="none")
    assert updated.present is None
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
    with pytest.raises(OSError, match="disk full"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_tables_are_csv_whose_missing_cells_are_empty(small_county: SmallCounty) -> None:
    text = store.encode(small_county.layers["stays"], LAYERS["stays"]).decode()
    assert text.splitlines()[0] == "stay_id,team_id,member_id,village_code,check_in,check_out,synthetic"
    again = store.decode(text.encode(), LAYERS["stays"])
    assert isinstance(again, pd.DataFrame)
    assert not any(is_missing(value) for value in again["stay_id"])
