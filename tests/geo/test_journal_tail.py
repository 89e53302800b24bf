"""What SQLite drops of a log without a word is found and kept; what was never whole is nobody's loss."""

from __future__ import annotations

import random
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from geo.journal import Journal
from geo.journal.tail import cut_of, log_of
from tests.journals import check_in, clock, members

PAGE_BYTES, HEADER_BYTES, FRAME_BYTES = 4096, 32, 24


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a killed program leaves it, every event in the log; the mark is gone, as after a power cut."""
    folder, left = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("left")
    with Journal.open(folder, create=True, clock=clock) as journal:
        for number in range(20):
            journal.append([check_in(f"M{number}")], actor="a", key=f"k{number}")
        for name in ("journal.db", "journal.db-wal"):
            shutil.copy(folder / name, left / name)
    return left


def frames(folder: Path) -> int:
    return (folder / "journal.db-wal").stat().st_size // (PAGE_BYTES + FRAME_BYTES)


def taken_by_sqlite(folder: Path) -> int:
    """How many frames of the log SQLite itself takes."""
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return max(connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1], 0)


def test_a_whole_log_has_nothing_cut(killed: Path) -> None:
    assert None is cut_of(log_of(killed / "journal.db"))
    assert None is cut_of(killed / "absent-wal")


@pytest.mark.parametrize("seed", range(40))
def test_the_frames_that_are_not_taken_are_those_that_sqlite_does_not_take(
    killed: Path, tmp_path: Path, seed: int
) -> None:
    chance, folder = random.Random(seed), tmp_path / "copy"
    shutil.copytree(killed, folder)
    log = log_of(folder / "journal.db")
    content = bytearray(log.read_bytes())
    content[chance.randrange(min(len(content), 40) if seed % 4 == 0 else len(content))] ^= 1 << chance.randrange(8)
    log.write_bytes(content)
    cut, taken = cut_of(log), taken_by_sqlite(folder)
    assert cut is not None
    assert (frames(killed), taken) == (cut.frames, cut.frames - cut.dropped)


def test_a_torn_end_is_cut_off_told_and_kept_beside_the_journal(killed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(killed, folder)
    log = log_of(folder / "journal.db")
    content = bytearray(log.read_bytes())
    content[-1] ^= 1
    log.write_bytes(content)
    with Journal.open(folder, clock=clock) as journal:
        assert "torn or damaged" in journal.notices[0]
        assert [f"M{number}" for number in range(19)] == members(journal.read())
        assert 20 == journal.append([check_in("N")], actor="a").first
    (kept,) = folder.glob("journal.db-wal.cut-*")
    assert bytes(content) == kept.read_bytes()
    assert kept.name in journal.notices[0]
    with Journal.open(folder, clock=clock) as again:
        assert () == again.notices


def test_a_write_that_was_killed_before_its_commit_is_dropped_without_a_word(killed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(killed, folder)
    log = log_of(folder / "journal.db")
    content = bytearray(log.read_bytes())
    last = len(content) - PAGE_BYTES - FRAME_BYTES
    content[last + 4 : last + 8] = struct.pack(">I", 0)  # as if the frame that ends the commit had yet to come
    log.write_bytes(content)
    with Journal.open(folder, clock=clock) as journal:
        assert ((), 19) == (journal.notices, journal.newest())


def test_without_room_to_keep_what_was_cut_nothing_is_written_over_it(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(killed, folder)
    log = log_of(folder / "journal.db")
    torn = log.read_bytes()[:-1]
    log.write_bytes(torn)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("geo.journal.opening.shutil.copy", full)
    with Journal.open(folder, clock=clock) as journal:
        assert "cannot be kept aside: No space left on device" in str(journal.damage)
        assert (19, 19, True) == (journal.newest(), len(journal.read()), journal.is_read_only)
    assert torn == log.read_bytes()
