"""backup.json: what a backup holds, so that a restore can tell a whole one from a harmed one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

import orjson

from geo.calendar import parse_instant
from geo.errors import BrokenFolderError
from geo.files import UNFINISHED

LISTING: Final = "backup.json"
FORMAT: Final = 1
JOURNAL: Final = "journal.db"
_OF_A_PROCESS: Final = frozenset(
    {LISTING, ".lock", ".beginning", JOURNAL, "journal.db-wal", "journal.db-shm", "journal.mark", "journal.lock"}
)
"""What belongs to a running program, or is copied in a way of its own."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One file: its SHA-256, its size, and the permissions that it is given back."""

    sha256: str
    bytes: int
    mode: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What a backup holds. `version` is that of the data, `events` and `chain` are where the journal ends, if any.

    `problems` are what was wrong with the folder itself when it was copied.
    """

    made_at: datetime
    version: str
    events: int | None
    chain: str | None
    files: Mapping[str, Listed]
    problems: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        """As the bytes of backup.json."""
        content = {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "version": self.version,
            "events": self.events,
            "chain": self.chain,
            "problems": list(self.problems),
            "files": {name: asdict(one) for name, one in self.files.items()},
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def decoded(path: Path, content: bytes) -> Listing:
    """The listing of the backup at `path`; BrokenFolderError when it is none that this program can read."""
    try:
        told = orjson.loads(content)
        if told["format"] != FORMAT:
            raise BrokenFolderError(path, f"a newer program made this backup (format {told['format']}): use that one")
        files = {_plain(path, name): Listed(**one) for name, one in told["files"].items()}
        return Listing(
            parse_instant(told["made_at"]),
            told["version"],
            told["events"],
            told["chain"],
            MappingProxyType(files),
            tuple(told["problems"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as reason:
        if isinstance(reason, BrokenFolderError):
            raise
        raise BrokenFolderError(path, f"{LISTING} cannot be read ({reason}); use another backup") from None


def files_of(folder: Path) -> Iterator[str]:
    """The names below `folder` of all that is copied file by file, with slashes, in order."""
    for room, rooms, names in os.walk(folder):
        rooms[:] = sorted(name for name in rooms if not name.startswith(UNFINISHED))
        for name in sorted(names):
            path = Path(room) / name
            if name not in _OF_A_PROCESS and not name.startswith(UNFINISHED) and path.is_file():
                yield path.relative_to(folder).as_posix()


def _plain(path: Path, name: str) -> str:
    """A name that stays below the folder that it is put into."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or ":" in name or {"..", "."} & {*name.split("/")}:
        raise BrokenFolderError(path, f"{name!r} in {LISTING} is not a name inside a folder")
    return name
