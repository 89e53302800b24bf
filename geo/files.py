"""Whole files in and out: reading with a plain error, writing so that a reader sees the old file or the new one."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from geo.errors import UnreadableFileError, UnwritableFileError

UNFINISHED = ".writing-"
"""How the names of files begin that are not whole yet; a killed writer leaves them, `sweep` takes them away."""

_CHECK = "check"
_BLOCK_BYTES = 4 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """The file's content; UnreadableFileError says in one line why not."""
    try:
        return path.read_bytes()
    except OSError as reason:
        raise UnreadableFileError(path, reason.strerror or str(reason)) from None


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put `content` at `path`: whole or not at all, on disk before it is seen; UnwritableFileError says why not.

    The bytes go to a new file in the same folder, are synced, and take the name in one step.
    """
    with _written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f"{UNFINISHED}{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(mode)  # mkstemp makes it private; a data folder is for its group of programs
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise UnwritableFileError(path, reason.strerror or str(reason)) from None


@contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """A private folder inside `folder`, for writers that want a path of their own; gone afterwards.

    What is to stay is moved out of it with `settle`.
    """
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def settle(unfinished: Path, path: Path, mode: int = 0o444) -> None:
    """Give a file that is written its name for good: synced first, and from then on, by default, only for reading.

    Only for reading, because programs that merely look at a GeoPackage (QGIS does) otherwise rewrite its header.
    UnwritableFileError when that fails.
    """
    with _written(path):
        handle = os.open(unfinished, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        unfinished.chmod(mode)
        unfinished.replace(path)
        sync_folder(path.parent)


def sweep(folder: Path) -> int:
    """Remove what killed writers left unfinished in `folder` and its sub-folders; how many there were.

    Only for who may write there alone: what another writer has just begun looks the same.
    """
    left = [*folder.glob(f"{UNFINISHED}*"), *folder.glob(f"*/{UNFINISHED}*")]
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)


def sync_folder(folder: Path) -> None:
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


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file of any size in hexadecimal; UnreadableFileError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as reason:
        raise UnreadableFileError(path, reason.strerror or str(reason)) from None
    return digest.hexdigest()


def sealed(content: Mapping[str, object]) -> bytes:
    """An object as JSON for people to read, with a check that tells whether it is still as it was written."""
    plain = orjson.dumps(content)
    return orjson.dumps(
        {**orjson.loads(plain), _CHECK: _checked(orjson.loads(plain))},
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def unsealed(content: bytes, *known: str) -> dict[str, Any]:
    """What `sealed` was given; ValueError or TypeError for what is not as it was written.

    What an earlier version wrote has no check, and is taken as it is where it has none but the `known` names.
    """
    told = orjson.loads(content)
    if not isinstance(told, dict):
        raise TypeError("it is no JSON object")
    check = told.pop(_CHECK, None)
    if check is None and (strange := sorted(told.keys() - set(known))):  # one of them may have been the check
        raise ValueError(f"{strange[0]!r} is not known")
    if check is not None and check != _checked(told):
        raise ValueError("it was changed after it was written")
    return told


def _checked(told: object) -> str:
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
