"""Who may be let into a data folder: what tokens and accounts have in common, and the private files that keep them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final, Generic, TypeVar

from api.access import LOCAL
from geo.errors import BrokenFolderError, InputError, UnreadableFileError, UnwritableFileError
from geo.files import read_bytes, sealed, unsealed, write_atomic
from geo.terms import Role

TOKENS: Final = "tokens.json"
ACCOUNTS: Final = "accounts.json"
PRIVATE: Final = 0o600
_TICK_NS: Final = 2_000_000_000
_LISTS: Final = {TOKENS: "tokens", ACCOUNTS: "accounts"}
_NAME: Final = re.compile(r"[\w.\-]{1,64}")
_AREA: Final = re.compile(r"\d{6}|\d{9}|\d{12}", re.ASCII)
_AREA_DIGITS: Final = {Role.STATION: 12, Role.POST: 9}
SERVICE: Final = "service"
"""The actor of what the service records by itself."""
_TAKEN: Final = frozenset({LOCAL.name, SERVICE, "import"})
"""Actors that are nobody's token or account."""

LOOK_S: Final = 0.01
"""A look at a file costs a busy service two hundredths of its answers where each request takes one."""
Made = TypeVar("Made")
Signature = tuple[int, int, int]


def refuse_unfit(folder: Path, name: str, role: Role, area: str) -> None:
    """InputError for a name that is bad, or is or was anybody's in this folder, and for an area unfit for the role.

    The name stands in the record as who did something, so it never stands for two.
    """
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise InputError(
            f"{name!r} cannot name a token or account: 1 to 64 letters, digits, dots and dashes", parameter="name"
        )
    digits = _AREA_DIGITS.get(role)
    if not _AREA.fullmatch(area) or (digits and len(area) != digits):
        wanted = f"{digits} digits for a {role.value}" if digits else "6, 9 or 12 digits"
        raise InputError(f"area {area!r} is not a code of {wanted}", parameter="area")
    if any(name == row["name"] for file in _LISTS for row in rows_of(folder, file)):
        raise InputError(f"a token or account {name!r} was made before; names are never used again", parameter="name")


def rows_of(folder: Path, file: str) -> list[dict[str, Any]]:
    """The entries of a file of tokens or accounts, none where there is none; BrokenFolderError for a damaged one."""
    path = folder / file
    return rows_in(path, read_bytes(path)) if path.exists() else []


def rows_in(path: Path, content: bytes) -> list[dict[str, Any]]:
    """The entries that such a file's content tells."""
    try:
        rows: list[dict[str, Any]] = unsealed(content, _LISTS[path.name])[_LISTS[path.name]]
        if not all(isinstance(row["name"], str) and Role(row["role"]) for row in rows):
            raise ValueError("an entry without a name")
    except (KeyError, TypeError, ValueError) as reason:
        raise broken(path, reason) from None
    return rows


def broken(path: Path, reason: object) -> BrokenFolderError:
    """What is said of a file of tokens or accounts that cannot be read."""
    return BrokenFolderError(path.parent, f"{path.name} cannot be read ({reason}); restore it, or remove it")


def keep_rows(folder: Path, file: str, rows: Sequence[object]) -> None:
    """Write a file of tokens or accounts anew; the caller holds `store.keeping_accounts`."""
    keep_private(folder / file, sealed({_LISTS[file]: rows}))


def keep_private(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all, for the owner's eyes alone."""
    try:
        write_atomic(path, content, mode=PRIVATE)
    except UnwritableFileError:  # an import that began at this instant swept the unfinished file away; it does so once
        write_atomic(path, content, mode=PRIVATE)
    finally:
        Watched.written += 1


def state_of(folder: str) -> tuple[int, int] | None:
    """What changes with every name that comes into a folder; None while it may have changed just now.

    So one look tells that what was not there still is not. The folder's time is only as fine as a tick of the system's
    clock: one that is not past by some seconds tells nothing.
    """
    try:
        stat = os.stat(folder)  # noqa: PTH116  # on every request: a Path takes twice as long
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns) if time.time_ns() - stat.st_mtime_ns > _TICK_NS else None


class Watched(Generic[Made]):
    """What is made of a file, made anew when the file changes. Safe for threads.

    What this process writes is seen at once, what another does within LOOK_S: before the command that did it has ended.
    `make` is given the content, None where there is no file.
    """

    written: ClassVar[int] = 0
    """How often this process has written such a file."""

    def __init__(self, path: Path, make: Callable[[bytes | None], Made]) -> None:
        self._path, self._name, self._make = path, str(path), make
        self._lock = Lock()
        self._held: tuple[Signature | None, Made] | None = None
        self._looked_s, self._looked_after = -LOOK_S, 0

    def get(self) -> Made:
        """What the file makes now. A file that is there and cannot be read is no file that is not: it raises."""
        now_s, written, held = time.monotonic(), Watched.written, self._held
        if held is not None and now_s - self._looked_s < LOOK_S and self._looked_after == written:
            return held[1]
        return self.look()

    def look(self) -> Made:
        """The same with a look at the file in any case."""
        now_s, written, held = time.monotonic(), Watched.written, self._held
        signature = self._signature()
        if held is not None and held[0] == signature:
            self._looked_s, self._looked_after = now_s, written
            return held[1]
        with self._lock:
            made = self._make(None if signature is None else read_bytes(self._path))
            if signature is not None or self._signature() is None:  # else `make` has made the file
                self._held = signature, made
        return made

    def _signature(self) -> Signature | None:
        try:
            stat = os.stat(self._name)  # noqa: PTH116  # on every request: a Path takes twice as long
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as reason:
            raise UnreadableFileError(self._path, reason.strerror or str(reason)) from None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
