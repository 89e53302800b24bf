"""Memory that was freed goes back to the system."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from api.freed import give_back_memory

PIECES, PIECE_BYTES = 2000, 60_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif("glibc" != platform.libc_ver()[0], reason="only glibc keeps holes that can be given back")
def test_what_is_free_between_what_is_in_use_is_given_back() -> None:
    pieces = [b"x" * PIECE_BYTES for _ in range(PIECES)]
    in_use = pieces[9::10]
    del pieces
    before = resident_bytes()
    give_back_memory()
    assert PIECES // 10 == len(in_use)
    assert resident_bytes() < before - PIECES * PIECE_BYTES // 2


def test_where_there_is_nothing_to_call_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.freed._TRIM", None)
    give_back_memory()
