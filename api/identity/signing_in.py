"""Passwords checked off the event loop: some at a time, few in waiting, and who guesses waits longer each time."""

from __future__ import annotations

import asyncio
import math
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from api.errors import FullError
from api.gate.rules import client_of
from api.identity.accounts import Account, is_password
from api.identity.attempts import Attempts
from api.identity.identity import Identity
from geo.errors import InputError

AT_ONCE: Final = 2
MOST_WAITING: Final = 16
"""Each takes a fifth of a second and 64 MiB: whoever waits behind so many would wait for two seconds."""


class TooManyTriesError(InputError):
    """Somebody tried to sign in in vain so often that it has to wait."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"too many tries; try again in {self.wait_s} s", parameter="password")


class SigningIn:
    """The tries to sign in of one process. It is asked on an event loop."""

    def __init__(self, attempts: Attempts | None = None) -> None:
        self._attempts = attempts or Attempts()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="yixian-password")
        self._waiting = 0

    async def account(self, identity: Identity, name: str, password: str, address: str) -> Account | None:
        """The account, where name and password are right; None where one is wrong, and not which.

        TooManyTriesError where the name or the client at `address` has to wait; FullError where too many others do.
        """
        composed, client = unicodedata.normalize("NFC", name), client_of(address) or ""
        if self._waiting >= MOST_WAITING:
            raise FullError("too many are signing in at once; try again", retry_s=2)
        wait_s = self._attempts.begin(composed, client)
        if wait_s > 0:
            raise TooManyTriesError(wait_s)
        account = identity.account(composed)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            is_right = await loop.run_in_executor(self._threads, is_password, account, password)
        finally:
            self._waiting -= 1
        if not is_right:
            return None
        self._attempts.succeeded(composed, client)
        return account
