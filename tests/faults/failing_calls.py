"""The system's own calls fail, at exactly the n-th: libfiu's preload library, told which from within the process.

The process must have been started in `environment()`. Below everything that Python, SQLite and GDAL do about their
files, a write, sync, rename or truncation then asks a `Failing` before it reaches the system.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_uint, c_void_p
from pathlib import Path

PLACES = ("/usr/lib/fiu", "/usr/lib64/fiu")
CHANGES = (
    "posix/io/rw/write",
    "posix/io/rw/pwrite",
    "posix/io/rw/writev",
    "posix/io/rw/ftruncate",
    "posix/stdio/rw/fwrite",
    "posix/io/sync/fsync",
    "posix/io/sync/fdatasync",
    "posix/io/dir/rename",
)
"""What puts anything on the disk."""

_ASKED = CFUNCTYPE(c_int, c_char_p, POINTER(c_int), POINTER(c_void_p), POINTER(c_uint))


def library() -> Path | None:
    """The preload library (Debian: libfiu0), None where it is not installed."""
    found = (Path(place) / "fiu_posix_preload.so" for place in PLACES)
    return next((path for path in found if path.exists()), None)


def environment() -> Mapping[str, str]:
    """That of a process whose calls are to fail.

    A thread of Arrow's memory would meet the library while it looks up its first names, and both would wait for ever.
    """
    return {**os.environ, "LD_PRELOAD": str(library()), "JE_ARROW_MALLOC_CONF": "background_thread:false"}


class Failing:
    """For the time of a block the `at`-th change fails with `error`, or with `stays` it and all that follow.

    With `at` 0 none does; `calls` counts them.
    """

    def __init__(self, at: int, error: int, *, stays: bool = False) -> None:
        self.at, self.error, self.stays = at, error, stays
        self.calls = 0
        self._asked = _ASKED(lambda *_: self._fails())  # C keeps no reference
        self._libfiu = ctypes.CDLL("libfiu.so.0")

    def __enter__(self) -> Failing:
        for name in CHANGES:
            code = self._libfiu.fiu_enable_external(name.encode(), 1, c_void_p(self.error), 0, self._asked)
            if code:
                raise OSError(f"libfiu does not know {name}")
        return self

    def __exit__(self, *_: object) -> None:
        for name in CHANGES:
            self._libfiu.fiu_disable(name.encode())

    def _fails(self) -> int:
        self.calls += 1
        return int(0 < self.at == self.calls or (self.stays and 0 < self.at < self.calls))
