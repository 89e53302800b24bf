"""Who may connect, and who has dawdled too long: one look now and then goes over all connections.

A request costs two entries in a dictionary, and no timer. Connections are counted by the address at the other end of
the socket. Behind a proxy that is the proxy's, for whom it speaks stands in headers that are not read yet; so this
machine and named proxies are not held to the limit per client, and the gate counts their clients' requests instead.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import Counter
from time import monotonic
from typing import Final, Protocol

from api.errors import CrowdError, FullError
from api.gate.gate import Gate
from api.gate.limits import Limits
from geo.errors import GeoError

LOOK_S: Final = 0.5
_AT_A_TIME: Final = 20
_PAUSE_S: Final = 0.01
"""So many late connections are ended in one go; then requests have their turn."""
_RETRY_S: Final = 5


class Held(Protocol):
    """A connection as the keeper sees it.

    `counted_as` names its client, None for one without limit; `unread` are the bytes that the client has not yet taken
    of its answers, and `taking_since` is when it last took some.
    """

    counted_as: str | None
    unread: int
    taking_since: float

    def is_late(self, now: float) -> bool:
        """Whether it owes something for too long; brings `unread` and `taking_since` up to date."""

    def dismiss(self) -> None:
        """End it, and tell the client why, if it can still be told."""

    def cut(self) -> None:
        """End it at once."""


class Doorkeeper:
    """Knows every open connection of a server. It belongs to one event loop."""

    def __init__(self, gate: Gate | None, limits: Limits) -> None:
        self.gate, self.limits = gate, limits
        self.open: set[Held] = set()
        self.waiting: dict[Held, None] = {}
        """Those that owe a head, the longest waiting first."""
        self._by_client: Counter[str] = Counter()
        self._is_looking = False

    def let_in(self, connection: Held, loop: AbstractEventLoop) -> GeoError | None:
        """Take up a new connection; the reason where it cannot be.

        Where all are taken, whoever has asked nothing for longest makes room.
        """
        client, most = connection.counted_as, self.limits.connections_per_client
        if client is not None and self._by_client[client] >= most:
            return CrowdError(f"a client may have {most} connections open at once", limit=most)
        if len(self.open) >= self.limits.connections:
            silent = next((one for one in self.waiting if not one.unread), None)
            if silent is None:
                return FullError("as many connections are open as the service bears", retry_s=_RETRY_S)
            self.let_go(silent)
            silent.cut()
        if client is not None:
            self._by_client[client] += 1
        self.open.add(connection)
        self.waiting[connection] = None
        if not self._is_looking:
            self._is_looking = True
            loop.call_later(LOOK_S, self._look, loop)
        return None

    def let_go(self, connection: Held) -> None:
        """Forget a connection that has ended."""
        if connection not in self.open:
            return
        self.open.discard(connection)
        self.waiting.pop(connection, None)
        if connection.counted_as is not None:
            self._by_client[connection.counted_as] -= 1
            if not self._by_client[connection.counted_as]:
                del self._by_client[connection.counted_as]

    def _look(self, loop: AbstractEventLoop) -> None:
        now = monotonic()
        late = [connection for connection in self.open if connection.is_late(now)]
        for connection in late[:_AT_A_TIME]:
            connection.dismiss()
        self._make_room()
        self._is_looking = bool(self.open)
        if self._is_looking:
            loop.call_later(LOOK_S if len(late) <= _AT_A_TIME else _PAUSE_S, self._look, loop)

    def _make_room(self) -> None:
        """While too much waits to be taken, cut off whoever has taken nothing for longest."""
        unread = sum(connection.unread for connection in self.open)
        if unread <= self.limits.unread_bytes:
            return
        for connection in sorted(self.open, key=lambda one: one.taking_since):
            if connection.unread:
                connection.cut()
                unread -= connection.unread
            if unread <= self.limits.unread_bytes:
                return
