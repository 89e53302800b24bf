"""Each fuzzer in a process of its own: sound, fixed and drawn inputs end in an answer or in a refusal of the project's.

`YIXIAN_TORTURE=1` gives each ten minutes, or YIXIAN_FUZZ_S seconds, with inputs that were never drawn before. What is
found is kept in build/fuzz; `python -m tests.fuzz.drive NAME again FILE` asks it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given

from tests.fuzz.drive import case_of, kept
from tests.fuzz.mutations import cases
from tests.fuzz.target import Case, Target

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / "build" / "fuzz"
IS_LONG = bool(os.environ.get("YIXIAN_TORTURE"))
SECONDS = float(os.environ.get("YIXIAN_FUZZ_S", "600")) if IS_LONG else 0.0
FUZZERS = ("filters", "intake", "journal", "signing_in", "tiles")
pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is bounded by way of /proc")


@pytest.mark.parametrize("name", FUZZERS)
def test_whatever_comes_in_is_answered_or_refused(tmp_path: Path, name: str) -> None:
    seed = int.from_bytes(os.urandom(3)) if IS_LONG else 20221223
    words = [
        sys.executable,
        "-X",
        "faulthandler",
        "-m",
        "tests.fuzz.drive",
        name,
        str(SECONDS),
        str(seed),
        str(tmp_path),
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 600, check=False)
    found = tmp_path / f"{name}.now"
    if found.exists():
        FOUND.mkdir(parents=True, exist_ok=True)
        saved = FOUND / f"{name}-{seed}-{time.time():.0f}"
        saved.write_bytes(found.read_bytes())
        pytest.fail(f"seed {seed}, input kept as {saved}\n{done.stderr[-4000:]}", pytrace=False)
    assert (0, "") == (done.returncode, done.stderr)
    taken, refused = map(int, done.stdout.split())
    assert taken > 0
    assert refused > 0


def test_every_fuzzer_of_the_folder_is_run() -> None:
    has_target = {path.stem for path in Path(__file__).parent.glob("*.py") if "\nTARGET = " in path.read_text()}
    assert set(FUZZERS) == has_target


SOUND = Target(lambda _: True, [Case("a", b'{"b": [1, 2]}'), Case("c", b"not JSON")])


@given(cases(SOUND))
def test_what_is_drawn_is_for_the_door_of_what_it_was_drawn_from(case: Case) -> None:
    assert case == case_of(kept(case))
    assert case.door in ("a", "c")
