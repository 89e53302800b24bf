"""Memory that was freed goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from api.memory import give_back_memory, share_arenas

ON_GLIBC = pytest.mark.skipif("glibc" != platform.libc_ver()[0], reason="the C library is not glibc")
PIECES, PIECE_BYTES = 2000, 60_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@ON_GLIBC
def test_what_is_free_between_what_is_in_use_is_given_back() -> None:
    pieces = [b"x" * PIECE_BYTES for _ in range(PIECES)]
    in_use = pieces[9::10]
    del pieces
    before = resident_bytes()
    give_back_memory()
    assert PIECES // 10 == len(in_use)
    assert resident_bytes() < before - PIECES * PIECE_BYTES // 2


@ON_GLIBC
def test_threads_take_memory_from_two_places() -> None:
    tried = """
import ctypes, re, tempfile, threading
from api.memory import share_arenas
share_arenas()
meet = threading.Barrier(17)
def take():
    kept = [ctypes.create_string_buffer(20_000) for _ in range(10)]
    meet.wait(); meet.wait()
threads = [threading.Thread(target=take) for _ in range(16)]
for thread in threads: thread.start()
meet.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p] * 2
libc.malloc_info.argtypes, libc.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
with tempfile.NamedTemporaryFile() as file:
    told = libc.fopen(file.name.encode(), b"w")
    libc.malloc_info(0, told); libc.fclose(told)
    print(file.read().count(b"<heap nr="))
meet.wait()
"""
    assert 2 == int(subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True).stdout)


def test_where_there_is_nothing_to_call_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.memory._TRIM", None)
    share_arenas()
    give_back_memory()
