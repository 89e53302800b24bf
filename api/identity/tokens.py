"""Tokens of programs: bearer secrets with a role, an area and an end, kept as hashes in the data folder.

A token is 256 random bits, shown once. Its area is a code: a county's (6 digits), a town's (9) or a village's (12), and
holds for everything whose code begins with it. What is written carries the token's name as its actor.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from api.access import Actor
from api.identity.entrants import TOKENS, broken, keep_rows, refuse_unfit, rows_in, rows_of
from geo import store
from geo.errors import InputError, NotFoundError
from geo.terms import Role

PREFIX: Final = "yx_"
"""Tells a reader, and a scanner for leaked secrets, what the text is."""
DAYS: Final = 365
GRACE: Final = timedelta(hours=24)
SOON: Final = timedelta(days=30)
_BYTES: Final = 32
_MOST_DAYS: Final = 3650
_LONGEST_GRACE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept: everything but the secret. Instants are ISO 8601; without `expires_at` it has no end.

    After a rotation the secret before it, `former_sha256`, holds until `former_until`.
    """

    name: str
    role: Role
    area: str
    sha256: str
    made_at: str
    revoked_at: str | None = None
    expires_at: str | None = None
    rotated_at: str | None = None
    former_sha256: str | None = None
    former_until: str | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When it ends, None for one without an end."""
        return None if self.expires_at is None else datetime.fromisoformat(self.expires_at)

    def is_valid(self, now: datetime) -> bool:
        """Whether its newest secret opens anything."""
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a secret opens, as long as it holds."""

    actor: Actor
    until: datetime | None


def tokens(folder: Path) -> list[Token]:
    """Every token of a folder, revoked and expired ones too, in the order they were made."""
    return [_token(folder / TOKENS, row) for row in rows_of(folder, TOKENS)]


def passes(path: Path, content: bytes | None) -> dict[str, Pass]:
    """What the secrets of a file of tokens open, by their hashes; revoked ones open nothing."""
    kept = [] if content is None else [_token(path, row) for row in rows_in(path, content)]
    return {hashed: one for token in kept if token.revoked_at is None for hashed, one in _passes(token)}


def add_token(folder: Path, name: str, role: Role, area: str, *, now: datetime, days: int = DAYS) -> str:
    """Make a token and return its secret, which is kept nowhere. It ends after `days`; with 0 it has no end.

    InputError for a bad or taken name, a bad area, or a bad number of days.
    """
    ends = _end(now, days)
    with store.keeping_accounts(folder):
        refuse_unfit(folder, name, role, area)
        secret = _secret()
        token = Token(name, role, area, hash_of(secret), now.isoformat(), expires_at=ends)
        keep_rows(folder, TOKENS, [*tokens(folder), token])
    return secret


def rotate_token(folder: Path, name: str, *, now: datetime, days: int = DAYS, grace: timedelta = GRACE) -> str:
    """Give a token a new secret at once, and a new end; the secret before it holds for `grace`, but not beyond its end.

    NotFoundError when no token that is not revoked has the name; InputError for bad days or a bad grace.
    """
    ends = _end(now, days)
    if not timedelta(0) <= grace <= _LONGEST_GRACE:
        raise InputError(f"grace must be 0 to {_LONGEST_GRACE.days * 24} hours", parameter="grace")
    secret = _secret()

    def rotated(token: Token) -> Token:
        former_until = now + grace if token.ends_at is None else min(now + grace, token.ends_at)
        return replace(
            token,
            sha256=hash_of(secret),
            expires_at=ends,
            rotated_at=now.isoformat(),
            former_sha256=token.sha256,
            former_until=former_until.isoformat(),
        )

    _change(folder, name, rotated)
    return secret


def revoke_token(folder: Path, name: str, *, now: datetime) -> None:
    """End a token and its former secret at once; NotFoundError when no token that is not revoked has the name."""
    _change(folder, name, lambda token: replace(token, revoked_at=now.isoformat()))


def expiring(folder: Path, now: datetime, within: timedelta = SOON) -> list[Token]:
    """Tokens that end within that time or have ended already, the first to end first; of revoked ones none."""
    ending = [(one.ends_at, one) for one in tokens(folder) if one.revoked_at is None and one.ends_at is not None]
    return [one for ends, one in sorted(ending, key=lambda pair: pair[0]) if ends <= now + within]


def hash_of(secret: str) -> str:
    """What is kept of a secret; a token has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _change(folder: Path, name: str, change: Callable[[Token], Token]) -> None:
    with store.keeping_accounts(folder):
        kept = tokens(folder)
        standing = [one.name for one in kept if one.revoked_at is None]
        if name not in standing:
            raise NotFoundError("token", name, tuple(standing))
        keep_rows(folder, TOKENS, [change(one) if one.name == name else one for one in kept])


def _passes(token: Token) -> Iterator[tuple[str, Pass]]:
    actor = Actor(token.name, token.role, token.area)
    if token.former_sha256 is not None and token.former_until is not None:
        yield token.former_sha256, Pass(actor, datetime.fromisoformat(token.former_until))
    yield token.sha256, Pass(actor, token.ends_at)


def _token(path: Path, row: dict[str, Any]) -> Token:
    try:
        token = Token(**{**row, "role": Role(row["role"])})
        if not all(isinstance(text, str) for text in (token.area, token.sha256, token.former_sha256 or "")):
            raise TypeError(f"{token.name}: not a token")
        for instant in (token.expires_at, token.former_until):
            if instant is not None and datetime.fromisoformat(instant).tzinfo is None:
                raise ValueError(f"{instant} names no zone")
    except (TypeError, ValueError) as reason:
        raise broken(path, reason) from None
    return token


def _end(now: datetime, days: int) -> str | None:
    if not 0 <= days <= _MOST_DAYS:
        raise InputError(f"days must be 1 to {_MOST_DAYS}, or 0 for a token without an end", parameter="days")
    return (now + timedelta(days=days)).isoformat() if days else None


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(_BYTES)
