"""Data folders of older and of newer versions: opened as they are, or refused in words that say what to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.identity.tokens import tokens
from api.settings import Settings, clock
from api.wiring import open_services
from geo import store
from geo.backup import back_up, put_back
from geo.errors import BrokenFolderError, GeoError, JournalError
from geo.journal import Journal, snapshots
from geo.terms import Role
from tests.journals import check_ins

OLD_TOKEN = {"name": "hq", "role": "hq", "area": "431381", "sha256": "0" * 64, "made_at": "2022-01-01T00:00:00+08:00"}


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    """As the first versions wrote it: text files, a manifest without history, tokens without an end, no rules, a
    journal whose snapshot is of another form, and nothing made ready."""
    path = Path(shutil.copytree(at_rest, tmp_path / "county"))
    told = json.loads((path / "manifest.json").read_bytes())
    for entry in told["layers"].values():
        for younger in ("imported_at", "checked_by", "restored_from", "present"):
            entry.pop(younger, None)
    (path / "manifest.json").write_text(json.dumps({**told, "format": 1}))
    (path / "tokens.json").write_text(json.dumps({"tokens": [OLD_TOKEN]}))
    (path / "rules.toml").unlink(missing_ok=True)
    with Journal.open(path, create=True, clock=clock) as journal:
        journal.append(check_ins(3), actor="hq")
        last = journal.hash_at(3)
        assert last is not None
        snapshots.keep(path, 3, last, b"yixian board 1\n" + b"\0" * 64)
    return path


def newest(folder: Path) -> int:
    services = open_services(Settings(data=folder))
    try:
        return services.caught_up().board.sequence
    finally:
        services.close()


def test_a_folder_of_the_first_version_is_opened_as_it_is(folder: Path) -> None:
    before = (folder / "manifest.json").read_bytes()
    assert 3 == newest(folder)
    assert before == (folder / "manifest.json").read_bytes()
    (token,) = tokens(folder)
    assert ("hq", Role.HQ, None) == (token.name, token.role, token.expires_at)


def test_it_is_backed_up_and_restored_as_it_is(folder: Path, tmp_path: Path) -> None:
    assert () == back_up(folder, tmp_path / "copy.tar", clock).problems
    put_back(tmp_path / "copy.tar", tmp_path / "other", clock)
    assert 3 == newest(tmp_path / "other")


def test_the_first_import_gives_it_a_history(folder: Path) -> None:
    teams = store.open_county(folder).layers["teams"]
    with store.writing(folder):
        manifest = store.read_manifest(folder)
        store.replace_layer(folder, manifest, "teams", teams, date=clock(), source="x", given_crs="EPSG:4326")
    assert 2 == len(store.history(folder, "teams"))
    assert 3 == newest(folder)


def test_rules_that_lack_newer_thresholds_have_their_defaults(folder: Path) -> None:
    whole = store.read_rules(folder)
    (folder / "rules.toml").write_text("")
    assert whole == store.read_rules(folder)
    assert 3 == newest(folder)


@pytest.mark.parametrize(
    ("told", "name", "old", "new"),
    [
        ("newer than 2", "manifest.json", '"format": 1', '"format": 3'),
        ("cannot be read", "manifest.json", '"villages"', '"hamlets"'),
        ("cannot be read", "manifest.json", '"rows"', '"lines"'),
    ],
)
def test_a_manifest_of_a_newer_version_is_refused_in_words(
    folder: Path, told: str, name: str, old: str, new: str
) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    with pytest.raises(BrokenFolderError, match=told):
        open_services(Settings(data=folder))


def test_tokens_of_a_newer_version_are_refused_in_words(folder: Path) -> None:
    (folder / "tokens.json").write_text(json.dumps({"tokens": [{**OLD_TOKEN, "role": "emperor"}]}))
    with pytest.raises(GeoError, match="tokens"):
        tokens(folder)


def test_a_journal_of_a_newer_version_is_refused_in_words_and_stays_as_it_is(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (folder / "journal.db").read_bytes()
    with pytest.raises(JournalError, match="use a newer one, or restore the backup that was taken before"):
        open_services(Settings(data=folder))
    assert before == (folder / "journal.db").read_bytes()


def test_a_snapshot_of_another_form_costs_a_fold_and_nothing_else(folder: Path) -> None:
    (one,) = (folder / "snapshots").iterdir()
    assert one.read_bytes().startswith(b"yixian board 1")
    assert 3 == newest(folder)
