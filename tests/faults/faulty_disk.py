"""Makes SQLite's own writes and syncs fail, or kills the process at one of them.

SQLite reaches the disk through a VFS. Here the system's own VFS is wrapped (ctypes, the library that Python's sqlite3
has loaded) and made the default: every file of every connection opened from then on asks a `Plan` before it writes,
syncs or truncates. Nothing needs to be installed, and faults come at exactly the n-th call, in journal.db and its log
alike, below everything that SQLite does about them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sqlite3  # loads the library that is looked for
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path

FULL, WRITE_FAILS, SYNC_FAILS = 13, 778, 1034
"""SQLITE_FULL, SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC."""

assert sqlite3.threadsafety > 0

_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)


class _Methods(Structure):
    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", _WRITE),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        *((f"other_{number}", c_void_p) for number in range(13)),
    )


class _Vfs(Structure):
    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", _OPEN),
        *((f"other_{number}", c_void_p) for number in range(15)),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


def library() -> str | None:
    """The file that Python's sqlite3 has its SQLite from; None when it is not a library of its own.

    Wheels bring further ones (libsqlite3-1a2b….so), which other packages use.
    """
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return None
    return next((line.split()[-1] for line in maps.splitlines() if "/libsqlite3.so" in line), None)


class Plan:
    """Which of the coming calls fail. `kinds` are those that count: "write", "sync", "truncate"."""

    def __init__(self, every: int, code: int, kinds: tuple[str, ...], *, tears: bool = False) -> None:
        self.every, self.code, self.kinds, self.tears = every, code, kinds, tears
        self.calls = self.failed = 0
        self.is_on = True

    def fails(self, kind: str) -> bool:
        """Whether this call is one of those."""
        if not self.is_on or kind not in self.kinds:
            return False
        self.calls += 1
        if self.calls % self.every:
            return False
        self.failed += 1
        return True


class Death(Plan):
    """Kills the process at the n-th call that counts, half of a write done."""

    def __init__(self, at: int) -> None:
        super().__init__(at, FULL, ("write", "sync", "truncate"), tears=True)


_kept: list[object] = []
"""What C still points at."""


def install(plan: Plan) -> None:
    """Let `plan` decide from now on, for all connections that are yet to be opened in this process."""
    loaded = ctypes.CDLL(library())
    loaded.sqlite3_vfs_find.restype = POINTER(_Vfs)
    system = loaded.sqlite3_vfs_find(None)
    wrapped, wrapping = _Vfs.from_buffer_copy(system.contents), {}

    def opened(_: int, name: int, file: int, flags: int, out: int) -> int:
        code = system.contents.open(ctypes.addressof(system.contents), name, file, flags, out)
        own = _File.from_address(file)
        if code == 0 and own.methods:
            address = ctypes.addressof(own.methods.contents)
            if address not in wrapping:
                wrapping[address] = _faulty(own.methods.contents, plan)
            own.methods = ctypes.pointer(wrapping[address])
        return int(code)

    wrapped.open = _OPEN(opened)
    wrapped.name = b"faulty"
    _kept.extend((wrapped, wrapping, plan))
    loaded.sqlite3_vfs_register(ctypes.byref(wrapped), 1)


def _faulty(methods: _Methods, plan: Plan) -> _Methods:
    faulty = _Methods.from_buffer_copy(methods)

    def asked(kind: str, go: Callable[..., int], file: int, *arguments: int) -> int:
        if not plan.fails(kind):
            return int(go(file, *arguments))
        if kind == "write" and plan.tears:
            content, size, offset = arguments
            go(file, content, size // 2, offset)
        if isinstance(plan, Death):
            os.kill(os.getpid(), signal.SIGKILL)
        return plan.code

    faulty.write = _WRITE(lambda *given: asked("write", methods.write, *given))
    faulty.sync = _SYNC(lambda *given: asked("sync", methods.sync, *given))
    faulty.truncate = _TRUNCATE(lambda *given: asked("truncate", methods.truncate, *given))
    return faulty
