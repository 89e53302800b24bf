"""Whole files in and out: reading with a plain error, writing so that a reader sees the old file or the new one."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from geo.errors import UnreadableFileError


def read_bytes(path: Path) -> bytes:
    """The file's content; UnreadableFileError says in one line why not."""
    try:
        return path.read_bytes()
    except OSError as reason:
        raise UnreadableFileError(path, reason.strerror or str(reason)) from None


def write_atomic(path: Path, content: bytes) -> None:
    """Put `content` at `path`: whole or not at all, on disk before it is seen.

    The bytes go to a new file in the same folder, are synced, and take the name in one step.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as reason:
        raise UnreadableFileError(path, f"cannot be written: {reason.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp makes it private; a data folder is for its group of programs
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system lets a folder be synced (Windows does not)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(content: bytes) -> str:
    """The content's SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
