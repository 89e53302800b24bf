"""The corpus of bad files, each through the whole intake: the expected outcome, no crash, no traceback, no swelling."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bad_files.cases import BadFile, Faulty, Refused, Repaired, Taken
from tests.bad_files.corpus import CORPUS

ROOT = Path(__file__).resolve().parents[2]
GROWTH_LIMIT_MIB = 50
pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")


def _child(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "faulthandler", "-m", f"tests.bad_files.{program}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600, check=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Any]]:
    """What became of each file, by its number; a file that ended the child is told as a crash, and the rest goes on."""
    folder = tmp_path_factory.mktemp("bad")
    found: dict[int, dict[str, Any]] = {}
    first = 0
    while first < len(CORPUS):
        child = _child("drive", folder, first)
        lines = [json.loads(line) for line in child.stdout.splitlines() if line.startswith("{")]
        found |= {line["number"]: line for line in lines if "grown_mib" in line}
        begun = max((line["number"] for line in lines), default=first)
        if child.returncode:
            found.setdefault(begun, {"error": "CRASH", "words": child.stderr[-3000:], "grown_mib": 0.0})
        first = begun + 1
    return found


@pytest.mark.parametrize(("number", "bad"), list(enumerate(CORPUS)), ids=[bad.name for bad in CORPUS])
def test_a_bad_file_has_its_expected_outcome(told: dict[int, dict[str, Any]], number: int, bad: BadFile) -> None:
    met = told[number]
    match bad.outcome:
        case Refused(words, error):
            assert error == met["error"], met
            assert words in met["words"]
        case Faulty(words, rows, faults):
            assert met["error"] is None, met
            assert (rows, faults) == (met["rows"], len(met["faults"])), met
            assert any(words in fault for fault in met["faults"]), met
        case Repaired(words, rows):
            assert met["error"] is None, met
            assert (rows, [], 1) == (met["accepted"], met["faults"], len(met["repairs"])), met
            assert words in met["repairs"][0]
        case Taken(rows, words):
            assert met["error"] is None, met
            assert (rows, [], []) == (met["accepted"], met["faults"], met["repairs"]), met
            assert any(words in remark for remark in ["", *met["remarks"]]), met


def test_no_row_of_a_bad_file_is_lost(told: dict[int, dict[str, Any]]) -> None:
    read = {CORPUS[number].name: met for number, met in told.items() if met.get("accepted") is not None}
    assert len(read) > 100
    assert [] == [name for name, met in read.items() if met["rows"] != met["accepted"] + met["refused"]]


def test_no_bad_file_makes_memory_grow_by_50_mebibytes(told: dict[int, dict[str, Any]]) -> None:
    grown = {CORPUS[number].name: met["grown_mib"] for number, met in told.items()}
    assert {} == {name: size for name, size in grown.items() if size >= GROWTH_LIMIT_MIB}


def test_a_refusal_is_one_short_sentence_that_names_the_file(told: dict[int, dict[str, Any]]) -> None:
    refusals = {CORPUS[n].name: met["words"] for n, met in told.items() if met["error"] == "UnreadableFileError"}
    assert [] == [name for name, words in refusals.items() if "\n" in words or len(words) > 6000]


def test_the_corpus_has_at_least_120_files_of_different_names() -> None:
    assert len(CORPUS) >= 120
    assert len(CORPUS) == len({bad.name for bad in CORPUS})


def test_bytes_changed_at_random_neither_crash_nor_surprise(tmp_path: Path) -> None:
    seed, count = (random.randrange(2**32), 20_000) if os.environ.get("YIXIAN_TORTURE") else (20221223, 300)
    child = _child("shake", tmp_path, seed, count)
    lines = [json.loads(line) for line in child.stdout.splitlines()]
    assert [] == [line for line in lines if "error" in line], f"seed {seed}"
    assert 0 == child.returncode, f"seed {seed}, {lines[-1] if lines else ''}\n{child.stderr[-3000:]}"
    assert count == len(lines)
