"""One writer at a time in a data folder. Readers never wait: what they read never changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geo.errors import BusyFolderError, UnwritableFileError
from geo.files import sweep

LOCK = ".lock"
ACCOUNTS_LOCK = ".accounts.lock"
_PATIENCE_S = 5.0
_PAUSE_S = 0.01

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """The only writer of `folder` for the time of the block; BusyFolderError when another program is.

    The folder is made if it is not there, and removed again if nothing was put into it. What a killed writer left
    unfinished is swept away first. The system ends the lock with its process, whatever way that goes.
    """
    with _alone(folder, LOCK, 0):
        sweep(folder)
        yield


@contextmanager
def keeping_accounts(folder: Path) -> Iterator[None]:
    """The only one who changes which tokens and accounts `folder` has, for the time of the block.

    Somebody must be able to be shut out while an import runs, so this is a lock of its own, and waited for;
    BusyFolderError after some seconds.
    """
    with _alone(folder, ACCOUNTS_LOCK, _PATIENCE_S):
        yield


@contextmanager
def _alone(folder: Path, name: str, patience_s: float) -> Iterator[None]:
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _locked(folder / name, time.monotonic() + patience_s)
    except BusyFolderError:
        raise
    except OSError as reason:
        raise UnwritableFileError(folder, reason.strerror or str(reason)) from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows does not remove an open file; there it stays, unlocked
            (folder / name).unlink()
        os.close(handle)
        if is_new:
            with suppress(OSError):
                folder.rmdir()


def _locked(path: Path, until_s: float) -> int:
    """An open handle of the lock file, locked. The file is removed by its holder, so the name is looked at again."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(handle)
        except OSError:
            os.close(handle)
            if time.monotonic() < until_s:
                time.sleep(_PAUSE_S)
                continue
            raise BusyFolderError(path.parent, _holder(path)) from None
        if _is_at(handle, path):
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()}".encode())
            return handle
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file that was opened still has its name: the holder before may have removed it in between."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")[:40]
    except OSError:
        return ""  # gone meanwhile, or locked against reading too (Windows)
