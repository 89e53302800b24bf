"""Two processes on one folder: no read is older than a write that was accepted before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = 10_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_no_read_is_older_than_a_write_that_was_accepted_before_it(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.sharing_journal", str(tmp_path), str(STEPS), str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert 0 == done.returncode, f"seed {seed}: {done.stderr}"
    report = json.loads(done.stdout)
    assert STEPS / 3 < report["events"] == report["last_told"]
    assert report["whole"]
