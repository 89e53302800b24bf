"""Who asks: a program by its token, or a person by the cookie of a session. The files behind both are read again when
they change, so that what is revoked, rotated, signed out or disabled is worth nothing with the next request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from api.access import Actor
from api.errors import ForbiddenError, UnknownTokenError
from api.identity import accounts, sessions, tokens
from api.identity.accounts import Account
from api.identity.entrants import ACCOUNTS, LOOK_S, TOKENS, Watched, state_of
from api.identity.sessions import Session
from api.identity.token_uses import TokenUses
from api.settings import clock
from geo.errors import NotFoundError

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "x-csrf-token"
_MOST_OPENED: Final = 1_000
_UNKNOWN: Final = "the token is not known, was revoked or rotated, or has expired"
_ENDED: Final = "the session has ended: sign in again"


class Identity:
    """Who there is in a data folder, and who sends a request. Safe for threads, and for processes that share it."""

    def __init__(self, folder: Path, *, public_address: str | None = None, now: Callable[[], datetime] = clock) -> None:
        """`public_address` is where browsers reach the service: by https, cookies go by nothing else."""
        address = urlsplit(public_address or "")
        self.is_https = address.scheme == "https"
        self.cookie = "__Host-yixian" if self.is_https else "yixian_session"
        self._origin = f"{address.scheme}://{address.netloc}".lower() if public_address else None
        self._folder, self._now = folder, now
        self._passes = Watched(folder / TOKENS, partial(tokens.passes, folder / TOKENS))
        self._accounts = Watched(folder / ACCOUNTS, partial(accounts.accounts_in, folder / ACCOUNTS))
        self._key = Watched(folder / sessions.KEY, self._key_of)
        self._borne: dict[str, Actor] = {}
        self._borne_s, self._borne_after = -LOOK_S, 0
        self._opened: dict[str, tuple[Session, Actor]] = {}
        self._opened_with: tuple[object, object] = None, None
        self._uses = TokenUses(folder)
        self._name = str(folder)
        self._empty_at: tuple[int, int] | None = None
        self._once = False

    @property
    def exists(self) -> bool:
        """Whether there is any token or account; without one the service only reads, and only for this machine.

        It fails closed: what is expired or disabled counts, and so does, until the end of the process, what was there.
        """
        if self._once:
            return True
        state = state_of(self._name)
        if state is None or state != self._empty_at:
            self._once = bool(self._accounts.get()) or bool(self._passes.get())
            self._empty_at = state  # as it was before the files were looked for
        return self._once

    @property
    def has_accounts(self) -> bool:
        """Whether anybody can sign in."""
        return any(account.disabled_at is None for account in self._accounts.get().values())

    def actor_of(self, headers: Mapping[str, str], method: str) -> Actor | None:
        """Who sent these headers, None where they name nobody.

        UnknownTokenError for a token or a session that does not hold, or holds no longer; ForbiddenError where a
        browser was made to send a session by another page (`refuse_forged`).
        """
        authorization = headers.get("authorization")
        if authorization is not None:
            return self._bearer(authorization)
        cookie = headers.get("cookie")
        value = None if cookie is None else sessions.cookie_of(cookie, self.cookie)
        if value is None:
            return None
        session, actor = self._session(value)
        if method not in SAFE_METHODS:
            self.refuse_forged(session, headers, headers.get(CSRF_HEADER))
        return actor

    def session_of(self, headers: Mapping[str, str]) -> tuple[Session, Actor] | None:
        """The session that a browser's headers carry, and whose it is; None where it carries none that holds."""
        value = sessions.cookie_of(headers.get("cookie", ""), self.cookie)
        try:
            return None if value is None else self._session(value)
        except UnknownTokenError:
            return None

    def refuse_forged(self, session: Session, headers: Mapping[str, str], token: str | None) -> None:
        """ForbiddenError unless the page that changes something is one of ours: it knows the session's CSRF token."""
        self.refuse_foreign(headers)
        if token is None or not sessions.is_csrf_of(session, self._key.get(), token):
            raise ForbiddenError("a signed-in page sends the session's token in X-CSRF-Token; /v1/session tells it")

    def refuse_foreign(self, headers: Mapping[str, str]) -> None:
        """ForbiddenError for what a page of another origin sends. Programs name no origin."""
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"):
                return
        elif self._origin is not None:
            if origin.lower() == self._origin:
                return
        elif urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != "":
            return
        raise ForbiddenError("this was sent by a page of another origin")

    def begin(self, account: Account) -> Session:
        """A new session of an account."""
        return sessions.begun(account.name, account.epoch, self._now().timestamp())

    def renewed(self, session: Session) -> Session:
        """A session with a sign of life; itself while the last one is fresh."""
        now_s = self._now().timestamp()
        return session if now_s - session.seen_s < sessions.RENEWED_S else session.seen(now_s)

    def cookie_of(self, session: Session) -> str:
        """The cookie's value of a session."""
        return sessions.sealed(session, self._key.get())

    def csrf_of(self, session: Session) -> str:
        """What a signed-in page sends beside the cookie to change anything."""
        return sessions.csrf_of(session, self._key.get())

    def left_s(self, session: Session) -> int:
        """How long a session lasts without a further sign of life."""
        return session.left_s(self._now().timestamp())

    def end(self, name: str) -> None:
        """End every session of an account; it may be gone itself."""
        try:
            accounts.end_sessions(self._folder, name)
        except NotFoundError:
            return

    def account(self, name: str) -> Account | None:
        """The account of that name, a disabled one too."""
        return self._accounts.get().get(name)

    def close(self) -> None:
        """Keep when tokens were last used."""
        self._uses.close()

    def _bearer(self, authorization: str) -> Actor:
        """Looked at as often as the file is: a program asks some thousand times a second."""
        now_s, written = time.monotonic(), Watched.written
        if now_s - self._borne_s >= LOOK_S or self._borne_after != written:
            self._borne, self._borne_s, self._borne_after = {}, now_s, written
        borne = self._borne
        actor = borne.get(authorization)
        if actor is None:
            actor = borne[authorization] = self._admitted(authorization)
        return actor

    def _admitted(self, authorization: str) -> Actor:
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise UnknownTokenError("this needs a token: send the header Authorization: Bearer yx_…")
        # A table of hashes is looked up by the hash of what was sent: its timing tells nothing of the secret.
        found, now = self._passes.look().get(tokens.hash_of(secret.strip())), self._now()
        if found is None or (found.until is not None and now >= found.until):
            raise UnknownTokenError(_UNKNOWN)
        self._uses.note(found.actor.name, now)
        return found.actor

    def _session(self, value: str) -> tuple[Session, Actor]:
        known = self._accounts.get()
        if not known:
            raise UnknownTokenError(_ENDED)
        key = self._key.get()
        if self._opened_with[0] is not known or self._opened_with[1] is not key:
            self._opened, self._opened_with = {}, (known, key)
        opened = self._opened
        found = opened.get(value)
        if found is None:
            found = _opened(value, known, key)
            if len(opened) >= _MOST_OPENED:
                opened.clear()
            opened[value] = found
        if not found[0].is_alive(self._now().timestamp()):
            raise UnknownTokenError(_ENDED)
        return found

    def _key_of(self, content: bytes | None) -> bytes:
        path = self._folder / sessions.KEY
        return sessions.key_of(self._folder) if content is None else sessions.key_in(path, content)


def _opened(value: str, known: Mapping[str, Account], key: bytes) -> tuple[Session, Actor]:
    session = sessions.unsealed(value, key)
    account = None if session is None else known.get(session.name)
    if session is None or account is None or account.disabled_at is not None or account.epoch != session.epoch:
        raise UnknownTokenError(_ENDED)
    return session, Actor(account.name, account.role, account.area)
