"""Broken file geodatabases: villages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.bad_files.cases import Family, Outcome, Refused
from tests.bad_files.making import cut, put, written

FILES = Family("villages")


def _geodatabase(name: str, change: Callable[[Path], object], outcome: Outcome) -> None:
    def make(folder: Path) -> Path:
        path = written(folder, "a.gdb", driver="OpenFileGDB", layer="villages")
        change(path)
        return path

    FILES.add(name, make, outcome)


_geodatabase("gdb: an empty folder", lambda path: (shutil.rmtree(path), path.mkdir()), Refused("a folder without"))
_geodatabase("gdb: no catalogue", lambda path: (path / "a00000001.gdbtable").unlink(), Refused("without its catalogue"))
_geodatabase(
    "gdb: a catalogue of noise",
    lambda path: put(path / "a00000001.gdbtable", 0, b"\xee" * 200),
    Refused("is a broken FileGDB"),
)
_geodatabase(
    "gdb: a catalogue cut off", lambda path: cut(path / "a00000001.gdbtable", 50), Refused("is a broken FileGDB")
)
_geodatabase(
    "gdb: tables cut off",
    lambda path: [cut(table, table.stat().st_size // 2) for table in path.glob("a0000000[9a-f].gdbtable")],
    Refused("neither columns nor rows"),
)
_geodatabase(
    "gdb: a link inside", lambda path: (path / "passwd").symlink_to("/etc/passwd"), Refused("links or folders")
)
