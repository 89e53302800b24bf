"""`yixian layers`: what there is, what it was before, and back to it, as a user would try it."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo import store
from tests.api.test_cli import data_of, run
from tests.county import AS_OF, SmallCounty
from tests.geo.test_store import put


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    """Leaders in two versions: all of them, then one."""
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="first")
    put(tmp_path / "county", "leaders", small_county.layers["leaders"].iloc[:1])
    return tmp_path / "county"


def test_layers_lists_every_layer_with_its_source_and_crs_as_given(folder: Path) -> None:
    table = run("layers", "--data", folder)
    assert 0 == table.returncode, table.stderr
    assert "EPSG:4326" in table.stdout
    rows = {row["name"]: row for row in data_of(run("layers", "--data", folder, "--json"))}
    assert ("x", 1) == (rows["leaders"]["source"], rows["leaders"]["rows"])


def test_history_lists_versions_newest_first_wherever_the_folder_is_named(folder: Path) -> None:
    table = run("layers", "history", "leaders", "--data", folder)
    assert 0 == table.returncode, table.stderr
    assert "in use" in table.stdout
    for words in (
        ("layers", "history", "leaders", "--data", folder),
        ("layers", "--data", folder, "history", "leaders"),
    ):
        rows = data_of(run(*words, "--json"))
        assert [(2, True, 1), (1, False, 3)] == [(row["version"], row["in_use"], row["rows"]) for row in rows]


def test_restore_puts_a_version_back_and_says_what_is_in_use(folder: Path) -> None:
    result = run("layers", "restore", "leaders", 1, "--data", folder)
    assert 0 == result.returncode, result.stderr
    assert "version 1 is in use again, as version 3" in result.stdout
    assert 3 == len(store.open_county(folder).layers["leaders"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("history", "nonsense"), "no layer named 'nonsense'"),
        (("restore", "leaders", 9), "there are: 1, 2"),
        (("restore", "leaders", 2), "is the one in use"),
    ],
)
def test_what_is_not_there_is_one_line_and_exit_2(folder: Path, words: tuple[object, ...], told: str) -> None:
    result = run("layers", *words, "--data", folder)
    assert (2, 1) == (result.returncode, result.stderr.count("\n"))
    assert told in result.stderr


def test_the_sample_has_nothing_to_restore(tmp_path: Path) -> None:
    result = run("layers", "restore", "leaders", 1, "--data", tmp_path / "none")
    assert 2 == result.returncode
    assert "does not exist" in result.stderr
    assert not (tmp_path / "none").exists()


def test_an_import_beside_another_is_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "leaders.csv").write_text("leader_id,title,town_code\nL1,a,431381001\n")
    with store.writing(folder):
        result = run("import", "leaders", tmp_path / "leaders.csv", "--data", folder)
    assert (2, 1) == (result.returncode, result.stderr.count("\n"))
    assert "another import is running" in result.stderr
