"""Accounts of people, who sign in with a password and then have a session; kept in the data folder, with its hash.

A password is hashed by argon2id, which takes a fifth of a second and 64 MiB on purpose: never on the event loop.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from api.identity.entrants import ACCOUNTS, broken, keep_rows, refuse_unfit, rows_in, rows_of
from geo import store
from geo.errors import InputError, NotFoundError
from geo.terms import Role

SHORTEST: Final = 12
LONGEST: Final = 1024
_FEWEST_LETTERS: Final = 5
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
"""The second recommendation of RFC 9106, 4: three passes over 64 MiB."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is kept. Instants are ISO 8601. Sessions of an earlier `epoch` have ended."""

    name: str
    role: Role
    area: str
    password: str
    made_at: str
    changed_at: str | None = None
    disabled_at: str | None = None
    epoch: int = 0


def accounts(folder: Path) -> list[Account]:
    """Every account of a folder, disabled ones too, in the order they were made."""
    return [_account(folder / ACCOUNTS, row) for row in rows_of(folder, ACCOUNTS)]


def accounts_in(path: Path, content: bytes | None) -> dict[str, Account]:
    """The accounts of such a file's content by their names."""
    kept = [] if content is None else [_account(path, row) for row in rows_in(path, content)]
    return {account.name: account for account in kept}


def add_account(folder: Path, name: str, role: Role, area: str, password: str, *, now: datetime) -> None:
    """Make an account; InputError for a bad or taken name, a bad area, or a password that will not do."""
    refuse_weak(name, password)
    hashed = _HASHER.hash(_composed(password))
    with store.keeping_accounts(folder):
        refuse_unfit(folder, name, role, area)
        keep_rows(folder, ACCOUNTS, [*accounts(folder), Account(name, role, area, hashed, now.isoformat())])


def change_password(folder: Path, name: str, password: str, *, now: datetime) -> None:
    """Give an account another password and end its sessions; NotFoundError when no account in use has the name."""
    refuse_weak(name, password)
    hashed, at = _HASHER.hash(_composed(password)), now.isoformat()
    _change(folder, name, lambda one: replace(one, password=hashed, changed_at=at, epoch=one.epoch + 1))


def disable_account(folder: Path, name: str, *, now: datetime) -> None:
    """End an account and its sessions at once; NotFoundError when no account in use has the name."""
    at = now.isoformat()
    _change(folder, name, lambda one: replace(one, disabled_at=at, epoch=one.epoch + 1))


def end_sessions(folder: Path, name: str) -> None:
    """End all sessions of an account, on whatever machine; NotFoundError when no account in use has the name."""
    _change(folder, name, lambda one: replace(one, epoch=one.epoch + 1))


def refuse_weak(name: str, password: str) -> None:
    """InputError, with the reason, for a password that is short, endless, the name, or of few letters."""
    composed = _composed(password)
    problem = None
    if len(composed) < SHORTEST:
        problem = f"has {len(composed)} letters; at least {SHORTEST} are needed"
    elif len(composed) > LONGEST:
        problem = f"has more than {LONGEST:,} letters"
    elif not composed.casefold().replace(name.casefold(), ""):
        problem = "is the name, which is what everybody tries first"
    elif len(set(composed)) < _FEWEST_LETTERS:
        problem = f"is made of fewer than {_FEWEST_LETTERS} different letters"
    if problem is not None:
        raise InputError(f"the password {problem}", parameter="password")


def is_password(account: Account | None, password: str) -> bool:
    """Whether that is the account's password; a fifth of a second. It takes as long where there is no account.

    An account that is disabled has none.
    """
    text = _composed(password) if len(password) <= LONGEST else ""
    if account is None or account.disabled_at is not None or not text:
        _HASHER.hash(text)
        return False
    try:
        return _HASHER.verify(account.password, text)
    except (VerificationError, InvalidHashError):
        return False


def _composed(password: str) -> str:
    """The one spelling of a text that keyboards compose in several ways (RFC 8265, 4.2.2)."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode())


def _change(folder: Path, name: str, change: Callable[[Account], Account]) -> None:
    with store.keeping_accounts(folder):
        kept = accounts(folder)
        used = [one.name for one in kept if one.disabled_at is None]
        if name not in used:
            raise NotFoundError("account", name, tuple(used))
        keep_rows(folder, ACCOUNTS, [change(one) if one.name == name else one for one in kept])


def _account(path: Path, row: dict[str, Any]) -> Account:
    try:
        account = Account(**{**row, "role": Role(row["role"])})
        texts = (account.area, account.password)
        if not all(isinstance(text, str) for text in texts) or not isinstance(account.epoch, int):
            raise ValueError(f"{account.name}: not an account")
    except (TypeError, ValueError) as reason:
        raise broken(path, reason) from None
    return account
