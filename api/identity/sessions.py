"""Sessions of people in a browser: a signed cookie that says who signed in and when, and nothing kept by the service.

Every process of a data folder knows the key, so a session holds with each of them. What ends one early is the epoch in
its account. The token against forged requests (CSRF) is derived from the session, and as hard to guess.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from api.identity.entrants import keep_private
from geo import store
from geo.errors import BrokenFolderError
from geo.files import read_bytes

KEY: Final = "session.key"
LIFE_S: Final = 8 * 3600
IDLE_S: Final = 3600
RENEWED_S: Final = 300
"""A session that is in use is written anew when its last sign of life is so old."""
_KEY_BYTES: Final = 32
_PARTS: Final = 5
_LONGEST: Final = 1024


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in: an account's name and epoch, begin and last sign of life (Unix time), and a random mark."""

    name: str
    epoch: int
    since_s: int
    seen_s: int
    mark: str

    def is_alive(self, now_s: float) -> bool:
        """Whether it is neither older nor longer unused than a session may be; clocks may differ by a minute."""
        return -60 <= now_s - self.since_s < LIFE_S and -60 <= now_s - self.seen_s < IDLE_S

    def seen(self, now_s: float) -> Session:
        """The same with a sign of life."""
        return replace(self, seen_s=int(now_s))

    def left_s(self, now_s: float) -> int:
        """How long it still lasts without a sign of life."""
        return max(0, math.ceil(min(self.since_s + LIFE_S, self.seen_s + IDLE_S) - now_s))


def begun(name: str, epoch: int, now_s: float) -> Session:
    """A new session; whatever cookie the browser had before has no part in it."""
    return Session(name, epoch, int(now_s), int(now_s), secrets.token_urlsafe(18))


def sealed(session: Session, key: bytes) -> str:
    """The cookie's value of a session."""
    name = base64.urlsafe_b64encode(session.name.encode()).decode().rstrip("=")
    told = f"{name}.{session.epoch}.{session.since_s}.{session.seen_s}.{session.mark}"
    return f"{told}.{_signed(key, 'session', told)}"


def unsealed(value: str, key: bytes) -> Session | None:
    """The session of a cookie's value; None for one that was not sealed with this key. Its age is not looked at."""
    told, _, signature = value.rpartition(".")
    if len(value) > _LONGEST or not value.isascii():
        return None
    if not hmac.compare_digest(signature, _signed(key, "session", told)):
        return None
    parts = told.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        name = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
        return Session(name, int(parts[1]), int(parts[2]), int(parts[3]), parts[4])
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def csrf_of(session: Session, key: bytes) -> str:
    """What a page must send beside the cookie to change anything; the same as long as the session lasts."""
    return _signed(key, "csrf", f"{session.name}.{session.mark}")


def is_csrf_of(session: Session, key: bytes, token: str) -> bool:
    """Whether that is the session's token; how long it takes tells nothing of it."""
    return hmac.compare_digest(token.encode("utf-8", "replace"), csrf_of(session, key).encode())


def key_of(folder: Path) -> bytes:
    """The folder's key, made at the first call of any process; without it nobody's session holds.

    BrokenFolderError for a file that holds none.
    """
    path = folder / KEY
    if not path.exists():
        with store.keeping_accounts(folder):
            if not path.exists():
                keep_private(path, secrets.token_bytes(_KEY_BYTES).hex().encode())
    return key_in(path, read_bytes(path))


def key_in(path: Path, content: bytes) -> bytes:
    """The key that such a file's content tells."""
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise BrokenFolderError(path.parent, f"{KEY} is no key; remove it: everybody signs in again")
    return key


def cookie_of(header: str, name: str) -> str | None:
    """The value of the first cookie of that name in a `Cookie` header."""
    for pair in header.split(";"):
        found, is_one, value = pair.strip().partition("=")
        if is_one and found == name:
            return value
    return None


def _signed(key: bytes, purpose: str, told: str) -> str:
    digest = hmac.digest(key, f"yixian {purpose} 1 {told}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
