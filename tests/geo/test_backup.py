"""Backups of a whole data folder: taken while it is in use, whole or not at all, and put back in one step."""

from __future__ import annotations

import io
import json
import random
import shutil
import stat
import tarfile
import threading
from datetime import datetime
from pathlib import Path

import pytest

from geo import store
from geo.backup import LISTING, back_up, put_back
from geo.backup.exchange import _in_three_steps, exchange
from geo.errors import (
    BrokenFolderError,
    DamagedJournalError,
    GeoError,
    JournalBusyError,
    NotFoundError,
    UnreadableFileError,
)
from geo.files import UNFINISHED, write_atomic
from geo.journal import Journal
from tests.county import SmallCounty
from tests.journals import NOW, check_in, check_ins, clock, members


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    """A county with a journal, a former version of a layer, tokens and what imports leave."""
    path = tmp_path / "county"
    shutil.copytree(at_rest, path)
    with Journal.open(path, create=True, clock=clock) as journal:
        journal.append(check_ins(7), actor="a")
    teams = store.open_county(path).layers["teams"]
    replaced(path, teams.iloc[:-1])
    write_atomic(path / "tokens.json", b'{"tokens": []}', mode=0o600)
    write_atomic(path / "reports" / "1.json", b"{}")
    return path


def replaced(folder: Path, teams: object) -> None:
    with store.writing(folder):
        manifest = store.read_manifest(folder)
        store.replace_layer(folder, manifest, "teams", teams, date=NOW, source="x", given_crs="EPSG:4326")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder but those of running programs."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name not in ("journal.lock", "journal.mark")}


def events(folder: Path) -> list[str]:
    with Journal.open(folder, clock=clock) as journal:
        assert journal.verify().is_whole
        assert () == journal.notices
        return members(journal.read())


def left_over(room: Path) -> list[Path]:
    return list(room.rglob(f"{UNFINISHED}*"))


@pytest.mark.parametrize("name", ["copy", "copy.tar", "new/room/copy-2022.12"])
def test_what_was_backed_up_comes_back_file_by_file(folder: Path, tmp_path: Path, name: str) -> None:
    before = contents(folder)
    listing = back_up(folder, tmp_path / name, clock)
    assert (7, ()) == (listing.events, listing.problems)
    restored = put_back(tmp_path / name, tmp_path / "other", clock)
    assert None is restored.former
    after = contents(tmp_path / "other")
    assert before.keys() == after.keys()
    assert {one for one in before if before[one] != after[one]} <= {"journal.db"}
    assert [f"M{number}" for number in range(1, 8)] == events(tmp_path / "other")
    assert [] == store.problems(tmp_path / "other")
    assert [] == left_over(tmp_path)


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_secrets_are_for_their_owner_alone_in_the_backup_and_after_it(folder: Path, tmp_path: Path, name: str) -> None:
    back_up(folder, tmp_path / name, clock)
    assert 0 == (tmp_path / name).stat().st_mode & 0o077
    put_back(tmp_path / name, tmp_path / "other", clock)
    assert 0o600 == stat.S_IMODE((tmp_path / "other" / "tokens.json").stat().st_mode)


def test_a_backup_taken_amid_writes_and_imports_is_one_instant_of_each(
    folder: Path, tmp_path: Path, small_county: SmallCounty
) -> None:
    stop, teams = threading.Event(), small_county.layers["teams"]

    def write() -> None:
        with Journal.open(folder, clock=clock) as journal:
            while not stop.is_set():
                journal.append([check_in("A"), check_in("B")], actor="a")

    def change() -> None:
        rows = 1
        while not stop.is_set():
            replaced(folder, teams.iloc[: len(teams) - rows])
            rows = 3 - rows

    threads = [threading.Thread(target=write), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    try:
        listings = [back_up(folder, tmp_path / f"{number}.tar", clock) for number in range(3)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for number, listing in enumerate(listings):
        assert () == listing.problems
        put_back(tmp_path / f"{number}.tar", tmp_path / f"{number}", clock)
        assert listing.version == store.read_manifest(tmp_path / f"{number}").version
        assert listing.events == len(events(tmp_path / f"{number}"))
        assert listing.events is not None
        assert 1 == listing.events % 2


def test_an_import_that_runs_is_not_waited_for(folder: Path, tmp_path: Path) -> None:
    with store.writing(folder):
        assert () == back_up(folder, tmp_path / "copy", clock).problems


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_no_backup_is_overwritten(folder: Path, tmp_path: Path, name: str) -> None:
    back_up(folder, tmp_path / name, clock)
    before = (tmp_path / name).stat()
    with pytest.raises(UnreadableFileError, match="no backup is overwritten"):
        back_up(folder, tmp_path / name, clock)
    assert before == (tmp_path / name).stat()


def test_a_damaged_journal_is_not_backed_up_and_nothing_is_left(folder: Path, tmp_path: Path) -> None:
    content = bytearray((folder / "journal.db").read_bytes())
    content[content.rindex(b'"M3"') + 2] ^= 1
    (folder / "journal.db").write_bytes(content)
    with pytest.raises(DamagedJournalError):
        back_up(folder, tmp_path / "copy", clock)
    assert (False, []) == ((tmp_path / "copy").exists(), left_over(tmp_path))


def test_where_there_is_no_county_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFileError, match="no county to back up"):
        back_up(tmp_path / "empty", tmp_path / "copy", clock)


def test_a_folder_that_was_harmed_before_is_backed_up_as_it_is_and_told(folder: Path, tmp_path: Path) -> None:
    file = store.read_manifest(folder).layers["villages"].file
    (folder / file).chmod(0o644)
    (folder / file).write_bytes((folder / file).read_bytes() + b" ")
    listing = back_up(folder, tmp_path / "copy.tar", clock)
    assert f"{file} is missing or was changed after it was written" == listing.problems[0]
    assert listing.problems == put_back(tmp_path / "copy.tar", tmp_path / "other", clock).listing.problems
    assert contents(folder)[file] == contents(tmp_path / "other")[file]


def test_a_county_that_is_still_being_filled_is_backed_up(tmp_path: Path, small_county: SmallCounty) -> None:
    some = {name: small_county.layers[name] for name in ("county", "towns")}
    store.write_county(tmp_path / "county", some, present=NOW, source="test")
    listing = back_up(tmp_path / "county", tmp_path / "copy", clock)
    assert (None, 1) == (listing.events, len(listing.problems))
    put_back(tmp_path / "copy", tmp_path / "other", clock)
    assert contents(tmp_path / "county") == contents(tmp_path / "other")


def test_the_former_folder_stays_beside_the_restored_one(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "copy", clock)
    with Journal.open(folder, clock=clock) as journal:
        journal.append([check_in("later")], actor="a")
    formers = [put_back(tmp_path / "copy", folder, clock).former for _ in range(2)]
    assert [tmp_path / "county-before-20221223T100000", tmp_path / "county-before-20221223T100000-2"] == formers
    assert "later" in events(tmp_path / "county-before-20221223T100000")
    assert "later" not in events(folder)


def test_nothing_is_restored_below_a_service_that_runs(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "copy", clock)
    with Journal.open(folder, clock=clock) as journal:
        with pytest.raises(JournalBusyError, match="stop the service first"):
            put_back(tmp_path / "copy", folder, clock)
        assert 8 == journal.append([check_in("later")], actor="a").last
    with store.writing(folder), pytest.raises(GeoError, match="another import is running"):
        put_back(tmp_path / "copy", folder, clock)
    assert "later" in events(folder)
    assert [] == [path for path in tmp_path.iterdir() if "before" in path.name or path in left_over(tmp_path)]


def test_a_data_folder_that_is_a_link_stays_one(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "copy", clock)
    (tmp_path / "link").symlink_to(folder)
    assert (
        folder.with_name("county-before-20221223T100000")
        == put_back(tmp_path / "copy", tmp_path / "link", clock).former
    )
    assert (True, 7) == ((tmp_path / "link").is_symlink(), len(events(folder)))


def test_a_backup_that_was_harmed_is_refused_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """Flipped and cut at places all over: each is refused in words, or gives what was backed up."""
    back_up(folder, tmp_path / "copy.tar", clock)
    whole, before, chance = (tmp_path / "copy.tar").read_bytes(), contents(folder), random.Random(7)
    refused = 0
    for number in range(60):
        place = chance.randrange(len(whole))
        harmed = bytearray(whole)
        if number % 3:
            harmed[place] ^= 1 << chance.randrange(8)
        (tmp_path / "harmed.tar").write_bytes(harmed if number % 3 else whole[:place])
        try:
            put_back(tmp_path / "harmed.tar", tmp_path / "other", clock)
        except GeoError:
            refused += 1
            assert not (tmp_path / "other").exists()
        else:  # in the padding of the archive, or a time of a file
            assert before.keys() == contents(tmp_path / "other").keys()
            assert 7 == len(events(tmp_path / "other"))
            shutil.rmtree(tmp_path / "other")
    assert 40 < refused
    assert [] == left_over(tmp_path)


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside", "C:outside", "a\\..\\outside", ""])
def test_a_backup_puts_nothing_outside_its_folder(folder: Path, tmp_path: Path, name: str) -> None:
    back_up(folder, tmp_path / "copy", clock)
    told = json.loads((tmp_path / "copy" / LISTING).read_bytes())
    told["files"][name] = told["files"].pop("rules.toml")
    with tarfile.open(tmp_path / "hostile.tar", "w") as tar:
        content = json.dumps(told).encode()
        member = tarfile.TarInfo(LISTING)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    with pytest.raises(BrokenFolderError, match="not a name inside a folder"):
        put_back(tmp_path / "hostile.tar", tmp_path / "other", clock)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_an_archive_gives_files_and_nothing_else(folder: Path, tmp_path: Path, kind: bytes) -> None:
    back_up(folder, tmp_path / "copy.tar", clock)
    with tarfile.open(tmp_path / "copy.tar") as tar, tarfile.open(tmp_path / "hostile.tar", "w") as hostile:
        for member in tar:
            content = tar.extractfile(member)
            if member.name == "rules.toml":
                member.type, member.linkname, member.size = kind, "tokens.json", 0
            hostile.addfile(member, content if member.size else None)
    with pytest.raises(BrokenFolderError, match=r"rules\.toml"):
        put_back(tmp_path / "hostile.tar", tmp_path / "other", clock)


@pytest.mark.parametrize(
    ("error", "told"),
    [(NotFoundError, "no backup"), (BrokenFolderError, "served as it is"), (UnreadableFileError, "cannot be copied")],
)
def test_what_is_no_backup_is_told(folder: Path, tmp_path: Path, error: type[Exception], told: str) -> None:
    (tmp_path / "text.tar").write_bytes(b"hello")
    source = {
        NotFoundError: tmp_path / "nowhere",
        BrokenFolderError: folder,
        UnreadableFileError: tmp_path / "text.tar",
    }
    with pytest.raises(error, match=told):
        put_back(source[error], tmp_path / "other", clock)


def test_a_backup_of_a_newer_program_is_told(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "copy", clock)
    listing = tmp_path / "copy" / LISTING
    listing.write_bytes(listing.read_bytes().replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(BrokenFolderError, match="a newer program made this backup"):
        put_back(tmp_path / "copy", tmp_path / "other", clock)


def test_the_time_of_a_backup_is_its_clocks(folder: Path, tmp_path: Path) -> None:
    assert NOW == back_up(folder, tmp_path / "copy", clock).made_at
    told = json.loads((tmp_path / "copy" / LISTING).read_bytes())
    assert NOW == datetime.fromisoformat(told["made_at"])


@pytest.mark.parametrize("way", [exchange, _in_three_steps])
def test_two_folders_change_places_whatever_the_file_system_can(tmp_path: Path, way: object) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    way(tmp_path / "a", tmp_path / "b")
    assert ("b", "a") == tuple((tmp_path / name / "which").read_text() for name in ("a", "b"))
    assert ["a", "b"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("way", [exchange, _in_three_steps])
def test_a_folder_that_cannot_be_replaced_stays_where_it_is(tmp_path: Path, way: object) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(OSError):  # noqa: PT011  # whichever the system gives
        way(tmp_path / "a", tmp_path / "b")
    assert ["b"] == [path.name for path in tmp_path.iterdir()]
