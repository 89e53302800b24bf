"""kill -9 at any moment of an import: the data folder opens, with the old layer or the new one, whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 200 if os.environ.get("YIXIAN_TORTURE") else 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_an_import_that_is_killed_leaves_the_old_layer_or_the_new_one_whole(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.killing", str(tmp_path), str(ROUNDS), str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30 * ROUNDS,
    )
    assert 0 == done.returncode, f"seed {seed}: {done.stderr}"
    report = json.loads(done.stdout)
    assert ROUNDS == sum(report["seen"].values())
    assert [] == report["left"]
