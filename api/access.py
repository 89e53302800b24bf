"""Who may do what: bearer tokens with a role and an area, kept as hashes in the data folder.

A token is 256 random bits, shown once. Its area is a code: a county's (6 digits), a town's (9) or a village's (12), and
holds for everything whose code begins with it. What is written carries the token's name as its actor.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import orjson

from api.errors import ForbiddenError, UnknownTokenError
from geo import store
from geo.errors import BrokenFolderError, InputError, NotFoundError
from geo.files import read_bytes, write_atomic
from geo.terms import EventKind, Role

TOKENS: Final = "tokens.json"
PREFIX: Final = "yx_"
"""Tells a reader, and a scanner for leaked secrets, what the text is."""
_BYTES: Final = 32
_NAME: Final = re.compile(r"[\w.\-]{1,64}")
_AREA_DIGITS: Final = {Role.STATION: 12, Role.POST: 9}
_RECORDS: Final = frozenset(
    {
        EventKind.CHECK_IN,
        EventKind.CHECK_OUT,
        EventKind.STAY_DECLARED,
        EventKind.LEAVE,
        EventKind.ARRIVAL,
        EventKind.INCIDENT_OPENED,
        EventKind.INCIDENT_CLOSED,
        EventKind.CLOSURE_OPENED,
        EventKind.CLOSURE_LIFTED,
        EventKind.CORRECTION,
    }
)
_DISPATCHES: Final = frozenset({EventKind.COMMITMENT, EventKind.COMMITMENT_ENDED})
MAY_WRITE: Final[Mapping[Role, frozenset[EventKind]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset(),
        Role.STATION: _RECORDS,
        Role.POST: _RECORDS | _DISPATCHES | {EventKind.ROSTER_CHANGE, EventKind.ASSIGNMENT},
        Role.PLANNER: frozenset({EventKind.CLOSURE_OPENED, EventKind.CLOSURE_LIFTED}),
        Role.HQ: frozenset(EventKind),
        Role.ADMIN: frozenset(),
    }
)
"""What each role may record in its area. Only headquarters orders and exempts (R13, R12); an administrator keeps the
tokens, and writes no record.
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes: the name that stands in the record, a role, and the area it holds for."""

    name: str
    role: Role
    area: str

    def refuse(self, kind: EventKind, codes: Iterable[str]) -> None:
        """ForbiddenError unless this actor may record events of `kind` about the areas with these codes."""
        if kind not in MAY_WRITE[self.role]:
            raise ForbiddenError(f"{self.name} ({self.role.value}) may not record {kind.value}")
        outside = sorted({code for code in codes if not code.startswith(self.area)})
        if outside:
            raise ForbiddenError(
                f"{self.name} ({self.role.value}) may write for {self.area or 'no area'}, not for {', '.join(outside)}"
            )


LOCAL: Final = Actor("local", Role.HQ, "")
"""The command line on the machine of the data: whoever can write the folder can write the record."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept: everything but the secret."""

    name: str
    role: Role
    area: str
    sha256: str
    made_at: str
    revoked_at: str | None = None


class Access:
    """The tokens of a data folder. The file is read again when it changes; safe for threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / TOKENS
        self._lock = Lock()
        self._seen: object = None
        self._valid: Mapping[str, Actor] = {}

    @property
    def has_tokens(self) -> bool:
        """Whether any valid token exists; without one the service only reads, and only for this machine."""
        return bool(self._current())

    def actor(self, authorization: str | None) -> Actor:
        """Who an `Authorization` header names; UnknownTokenError when nobody."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise UnknownTokenError("this needs a token: send the header Authorization: Bearer yx_…")
        # A table of hashes is looked up by the hash of what was sent: its timing tells nothing of the secret.
        found = self._current().get(_hash(secret.strip()))
        if found is None:
            raise UnknownTokenError("the token is not known, or was revoked")
        return found

    def _current(self) -> Mapping[str, Actor]:
        try:
            stat = self._path.stat()
            signature: object = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except OSError:
            signature = None
        with self._lock:
            if signature != self._seen:
                kept = _read(self._path) if signature is not None else []
                self._valid = {
                    one.sha256: Actor(one.name, one.role, one.area) for one in kept if one.revoked_at is None
                }
                self._seen = signature
            return self._valid


def tokens(folder: Path) -> list[Token]:
    """Every token of a folder, revoked ones too, in the order they were made."""
    path = folder / TOKENS
    return _read(path) if path.exists() else []


def add_token(folder: Path, name: str, role: Role, area: str, *, now: datetime) -> str:
    """Make a token and return its secret, which is kept nowhere; InputError for a bad or taken name, or a bad area."""
    if not _NAME.fullmatch(name) or name == LOCAL.name:
        raise InputError(f"{name!r} cannot name a token: 1 to 64 letters, digits, dots and dashes", parameter="name")
    digits = _AREA_DIGITS.get(role)
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", area, re.ASCII) or (digits and len(area) != digits):
        wanted = f"{digits} digits for a {role.value}" if digits else "6, 9 or 12 digits"
        raise InputError(f"area {area!r} is not a code of {wanted}", parameter="area")
    with store.writing(folder):
        kept = tokens(folder)
        if any(one.name == name for one in kept):
            raise InputError(f"a token {name!r} was made before; names are never used again", parameter="name")
        secret = PREFIX + secrets.token_urlsafe(_BYTES)
        _write(folder, [*kept, Token(name, role, area, _hash(secret), now.isoformat())])
    return secret


def revoke_token(folder: Path, name: str, *, now: datetime) -> None:
    """End a token at once; NotFoundError when no valid token has the name."""
    with store.writing(folder):
        kept = tokens(folder)
        valid = [one.name for one in kept if one.revoked_at is None]
        if name not in valid:
            raise NotFoundError("token", name, tuple(valid))
        ended = [Token(**{**asdict(one), "revoked_at": now.isoformat()}) if one.name == name else one for one in kept]
        _write(folder, ended)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _read(path: Path) -> list[Token]:
    try:
        rows: list[dict[str, Any]] = orjson.loads(read_bytes(path))["tokens"]
        return [Token(**{**row, "role": Role(row["role"])}) for row in rows]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as reason:
        raise BrokenFolderError(path.parent, f"{TOKENS} cannot be read ({reason}); restore it, or remove it") from None


def _write(folder: Path, kept: list[Token]) -> None:
    write_atomic(folder / TOKENS, orjson.dumps({"tokens": kept}, option=orjson.OPT_INDENT_2), mode=0o600)
