"""A disk that is full or failing: the journal refuses, reads go on, it recovers by itself, the folder stays whole.

The faults come from a VFS around SQLite's own (`faulty_disk`), so that SQLite's calls fail, at exactly every n-th, with
nothing to install; a full disk is a limit on the size of files, which the system itself keeps.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.faulty_disk import FULL, SYNC_FAILS, WRITE_FAILS, library

ROOT = Path(__file__).resolve().parents[2]
FULL_DISK, BUSY = "JournalFullError", "JournalBusyError"


def refused(folder: Path, *words: object) -> tuple[set[str], int]:
    """Run one kind of failing disk: with which errors appends were refused, and how many of SQLite's calls failed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.failing_disk", str(folder), *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    report = json.loads(done.stdout)
    return set(report["refused"]), report["failed"]


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limit on the size of files")
def test_on_a_full_disk_nothing_is_recorded_and_reads_go_on_until_there_is_room(tmp_path: Path) -> None:
    assert ({FULL_DISK}, 0) == refused(tmp_path, "limit")


@pytest.mark.skipif(library() is None, reason="Python's SQLite is not a library of its own here")
@pytest.mark.parametrize(
    ("every", "code", "kinds", "words", "errors"),
    [
        (1, FULL, "write", (), {FULL_DISK}),
        (2, FULL, "write", ("tears",), {FULL_DISK}),
        (3, WRITE_FAILS, "write,truncate", ("tears",), {FULL_DISK}),
        (7, WRITE_FAILS, "write", ("tears",), {FULL_DISK}),
        (13, FULL, "write,truncate", (), {FULL_DISK}),
        (1, SYNC_FAILS, "sync", (), {BUSY}),
        (3, SYNC_FAILS, "sync", (), {BUSY}),
        (5, WRITE_FAILS, "write,sync,truncate", ("tears",), {FULL_DISK}),
    ],
)
def test_with_every_nth_call_failing_each_append_is_refused_or_there_once(
    tmp_path: Path, every: int, code: int, kinds: str, words: tuple[str, ...], errors: set[str]
) -> None:
    met, failed = refused(tmp_path, "every", every, code, kinds, *words)
    assert errors == met
    assert failed > 0
