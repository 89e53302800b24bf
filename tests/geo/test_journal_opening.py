"""A journal opens at its last good record or says what is damaged; what is cut, replaced or migrated is kept."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import (
    DamagedJournalError,
    InputError,
    JournalBusyError,
    JournalError,
    NotFoundError,
    ReadOnlyError,
)
from geo.journal import Journal, restore, schema, snapshots
from tests.journals import check_in, check_ins, clock, members


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path, create=True, clock=clock) as made:
        yield made


def opened(folder: Path) -> Journal:
    return Journal.open(folder, clock=clock)


def tampered(folder: Path, statement: str) -> None:
    """What someone with SQLite at hand could do."""
    with closing(sqlite3.connect(folder / "journal.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


# --- opening


def test_a_folder_without_a_journal_has_none_unless_one_is_asked_for(tmp_path: Path) -> None:
    assert not Journal.exists(tmp_path)
    with pytest.raises(NotFoundError, match=r"journal\.db"):
        opened(tmp_path)
    assert not Journal.exists(tmp_path)


def test_a_journal_whose_making_was_cut_off_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    with pytest.raises(NotFoundError):
        opened(tmp_path)
    with Journal.open(tmp_path, create=True, clock=clock) as journal:
        assert 1 == journal.append([check_in()], actor="a").first


@pytest.mark.parametrize("content", [b"", None])
def test_a_journal_that_is_gone_is_missed_and_never_made_anew(journal: Journal, content: bytes | None) -> None:
    journal.append([check_in()], actor="a")
    journal.close()
    path = journal.folder / "journal.db"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DamagedJournalError, match="has held 1 events"):
        Journal.open(journal.folder, create=True, clock=clock)


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("CREATE TABLE mine (it)")
    with pytest.raises(DamagedJournalError, match="not a journal"):
        Journal.open(tmp_path, create=True, clock=clock)


@pytest.mark.parametrize("has_log", [False, True])
def test_in_a_folder_that_is_only_read_the_journal_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_log: bool
) -> None:
    with Journal.open(tmp_path, create=True, clock=clock) as writing_one:
        writing_one.append([check_in()], actor="a")
        if not has_log:
            writing_one.close()
        monkeypatch.setattr("geo.journal.opening.os.access", lambda *_: False)
        with opened(tmp_path) as journal:
            assert journal.is_read_only
            assert (1, ["M01"]) == (journal.newest(), members(journal.read()))
            with pytest.raises(ReadOnlyError):
                journal.append([check_in()], actor="a")


def test_a_newer_schema_is_refused_and_named(journal: Journal) -> None:
    journal.close()
    tampered(journal.folder, "PRAGMA user_version = 7")
    with pytest.raises(JournalError, match="schema 7; this program reads up to 1"):
        opened(journal.folder)


def test_an_older_schema_is_brought_up_and_its_copy_leads_back(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([check_in()], actor="a")
    journal.close()
    with monkeypatch.context() as newer:
        newer.setattr(schema, "SCHEMA", 2)
        newer.setattr(schema, "MIGRATIONS", {1: ("CREATE TABLE note (text TEXT)",)})
        with opened(journal.folder) as migrated:
            assert "journal-schema-1.db is as before" in migrated.notices[0]
            migrated.append([check_in()], actor="a")
        with opened(journal.folder) as again:
            assert () == again.notices
    with pytest.raises(JournalError, match="schema 2"):
        opened(journal.folder)
    restore(journal.folder / "journal-schema-1.db", journal.folder, clock)
    with opened(journal.folder) as back:
        assert 1 == back.newest()


# --- damage


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = replace(body, '111.45', '111.46') WHERE sequence = 4",
        "UPDATE event SET actor = 'b' WHERE sequence = 4",
        "UPDATE event SET recorded_us = recorded_us + 1 WHERE sequence = 4",
        "UPDATE event SET key = 'k' WHERE sequence = 4",
        "DELETE FROM event WHERE sequence = 4",
    ],
)
def test_an_event_that_was_changed_or_removed_is_named_and_what_comes_before_is_read(
    journal: Journal, statement: str
) -> None:
    journal.append(check_ins(7), actor="a")
    journal.close()
    tampered(journal.folder, statement)
    with opened(journal.folder) as damaged:
        assert damaged.damage is not None
        assert (3, 3, True) == (damaged.damage.last_good, damaged.newest(), damaged.is_read_only)
        assert ["M1", "M2", "M3"] == members(damaged.read())
        with pytest.raises(DamagedJournalError, match="event 4"):
            damaged.append([check_in()], actor="a")
        with pytest.raises(DamagedJournalError, match="event 4"):
            damaged.read(upto=7)
        verdict = damaged.verify()
        assert (False, 4) == (verdict.is_whole, verdict.first_bad)


def test_a_damage_far_back_is_found_by_whoever_reads_it_and_by_verify(journal: Journal) -> None:
    journal.append(check_ins(1499), actor="a")
    journal.close()
    tampered(journal.folder, "UPDATE event SET actor = 'b' WHERE sequence = 100")
    with opened(journal.folder) as damaged:
        assert damaged.damage is None
        assert 1 == len(damaged.read(1498))
        with pytest.raises(DamagedJournalError) as raised:
            damaged.read()
        assert 99 == raised.value.last_good == len(damaged.read(upto=99))
        with pytest.raises(DamagedJournalError, match="event 100"):
            damaged.append([check_in()], actor="a")
    with opened(journal.folder) as damaged:
        done: list[tuple[int, int]] = []
        verdict = damaged.verify(lambda *numbers: done.append(numbers))
        assert (100, 1498, (1499, 1499)) == (verdict.first_bad, verdict.events, done[-1])


def test_an_older_file_in_the_place_of_the_journal_is_noticed_and_the_mark_kept(journal: Journal) -> None:
    journal.append([check_in("M1")], actor="a")
    journal.backup(journal.folder / "older.db")
    journal.append([check_in("M2"), check_in("M3")], actor="a")
    journal.close()
    (journal.folder / "journal.db").unlink()
    shutil.copy(journal.folder / "older.db", journal.folder / "journal.db")
    (journal.folder / "journal.db").chmod(0o640)
    with opened(journal.folder) as short:
        assert "2 events that had been accepted are lost: it had come to 3 and ends at 1" in short.notices[0]
        assert 2 == short.append([check_in("N2")], actor="a").first
    assert 1 == len(list(journal.folder.glob("journal.mark.lost-*")))
    with opened(journal.folder) as again:
        assert () == again.notices


def test_another_event_in_the_place_of_the_last_one_is_noticed(
    journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal.append([check_in("M1")], actor="a")
    journal.close()
    other_folder = tmp_path_factory.mktemp("other")
    with Journal.open(other_folder, create=True, clock=clock) as other:
        other.append([check_in("N1")], actor="a")
    shutil.copy(other_folder / "journal.db", journal.folder / "journal.db")
    with opened(journal.folder) as replaced:
        assert "event 1 is another than the one that had been accepted" in replaced.notices[0]


# --- copies


def test_a_backup_of_a_journal_in_use_is_one_instant_of_it_and_stands_alone(journal: Journal, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            journal.append([check_in("A"), check_in("B")], actor="a")

    thread = threading.Thread(target=write)
    thread.start()
    verdicts = [journal.backup(tmp_path / "out" / f"{number}.db") for number in range(5)]
    stop.set()
    thread.join()
    for number, verdict in enumerate(verdicts):
        assert verdict.events % 2 == 0
        folder = tmp_path / str(number)
        folder.mkdir()
        assert None is restore(tmp_path / "out" / f"{number}.db", folder, clock).former
        with opened(folder) as copy:
            assert (verdict.events, verdict.hash) == (copy.newest(), copy.hash_at(copy.newest()))
            assert journal.read(upto=verdict.events) == copy.read()


def test_a_restore_puts_the_copy_in_place_and_keeps_the_former_journal(journal: Journal, tmp_path: Path) -> None:
    journal.append([check_in("M1")], actor="a")
    journal.backup(tmp_path / "copy.db")
    journal.append([check_in("M2")], actor="a")
    journal.close()
    restored = restore(tmp_path / "copy.db", tmp_path, clock)
    assert restored.former is not None
    with opened(tmp_path) as back:
        assert (["M1"], ()) == (members(back.read()), back.notices)
        assert 2 == back.append([check_in("N2")], actor="a").first
    restore(restored.former, tmp_path, clock)
    with opened(tmp_path) as forth:
        assert ["M1", "M2"] == members(forth.read())


def test_a_restore_waits_for_nobody_and_changes_nothing_while_the_journal_is_open(journal: Journal) -> None:
    journal.append([check_in("M1")], actor="a")
    journal.backup(journal.folder / "copy.db")
    journal.append([check_in("M2")], actor="a")
    with pytest.raises(JournalBusyError, match="stop the service first"):
        restore(journal.folder / "copy.db", journal.folder, clock)
    assert ["M1", "M2"] == members(journal.read())


@pytest.mark.parametrize("part", [b"SQLite", b"CREATE TABLE event", b'"M50"'])
def test_a_damaged_copy_is_refused_and_nothing_changes(journal: Journal, part: bytes) -> None:
    journal.append(check_ins(100), actor="a")
    copy = journal.folder / "copy.db"
    journal.backup(copy)
    journal.close()
    content = bytearray(copy.read_bytes())
    content[content.index(part) + 2] ^= 0x0F
    copy.chmod(0o640)
    copy.write_bytes(content)
    before = (journal.folder / "journal.db").read_bytes()
    with pytest.raises(DamagedJournalError):
        restore(copy, journal.folder, clock)
    assert before == (journal.folder / "journal.db").read_bytes()
    assert [] == [path.name for path in journal.folder.iterdir() if path.name.startswith((".writing", "journal-"))]


def test_a_missing_copy_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.db"):
        restore(tmp_path / "none.db", tmp_path, clock)


# --- snapshots


def test_the_newest_snapshot_that_belongs_to_the_journal_is_found(journal: Journal) -> None:
    journal.append(check_ins(9), actor="a")
    assert None is journal.newest_snapshot()
    for sequence in (0, 3, 6):
        journal.keep_snapshot(sequence, b"%d" % sequence)
    assert snapshots.Snapshot(6, b"6") == journal.newest_snapshot()
    assert snapshots.Snapshot(3, b"3") == journal.newest_snapshot(upto=5)
    assert snapshots.KEPT == len(list((journal.folder / "snapshots").iterdir()))
    with pytest.raises(InputError, match="no event 99"):
        journal.keep_snapshot(99, b"")


def test_a_snapshot_that_is_damaged_or_of_another_journal_is_passed_over(
    journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal.append(check_ins(2), actor="a")
    journal.keep_snapshot(1, b"one")
    journal.keep_snapshot(2, b"two")
    room = journal.folder / "snapshots"
    newest = max(room.iterdir())
    newest.write_bytes(b"tw0")
    (room / "what.snapshot").write_bytes(b"x")
    assert snapshots.Snapshot(1, b"one") == journal.newest_snapshot()
    with Journal.open(tmp_path_factory.mktemp("other"), create=True, clock=clock) as other:
        other.append(check_ins(2), actor="a")
        shutil.copytree(room, other.folder / "snapshots")
        assert None is other.newest_snapshot()
