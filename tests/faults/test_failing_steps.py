"""Each write, sync and rename fails in turn, below Python, SQLite and GDAL: the folder is as before or as it was to be.

The system's calls fail by libfiu's preload library (Debian: libfiu0), at exactly the n-th, with "no space" and with an
error of the disk in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.failing_calls import environment, library

ROOT = Path(__file__).resolve().parents[2]
IS_LONG = bool(os.environ.get("YIXIAN_TORTURE"))
needs_libfiu = pytest.mark.skipif(library() is None, reason="libfiu's preload library is not installed (libfiu0)")


def found(room: Path, places: int, way: str, *works: str) -> dict[str, dict[str, dict[str, int]]]:
    """What the folder was found to be for each work, when so many of its changes (0: all) had failed."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.faults.failing_steps",
            str(room),
            str(0 if IS_LONG else places),
            way,
            *works,
        ],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=3600 if IS_LONG else 300,
    )
    assert 0 == done.returncode, done.stderr
    return dict(json.loads(done.stdout))


@needs_libfiu
@pytest.mark.parametrize(
    ("works", "places"),
    [
        (("append", "first-append", "snapshot", "backup", "restore"), 0),
        (("import",), 6),
        (("first-import", "export", "whole-backup", "whole-restore"), 6),
    ],
)
def test_with_any_change_failing_the_folder_is_whole(tmp_path: Path, works: tuple[str, ...], places: int) -> None:
    for work, report in found(tmp_path, places, "once", *works).items():
        assert report["changes"] > 10, work  # or nothing was put to the test
        assert report["found"].get("refused, old", 0) > 0, work
        assert report["found"].get("done, new", 0) > 0, work


@needs_libfiu
def test_on_a_disk_that_fails_from_some_change_on_the_folder_is_whole(tmp_path: Path) -> None:
    works = ("append", "first-append", "backup", "restore", "import")
    for work, report in found(tmp_path, 5, "stays", *works).items():
        assert report["found"].get("refused, old", 0) > 0, work
