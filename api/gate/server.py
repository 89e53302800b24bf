"""The server: uvicorn with deadlines, limits on connections, and an end to its open channels when it stops.

uvicorn holds slow and silent connections open for ever. Here one look a second goes over all connections and ends those
that are late; a request costs two entries in a dictionary, and no timer.

Connections are counted by the address at the other end of the socket. Behind a proxy that is the proxy's: which client
it speaks for stands in headers that are not read yet, so a named proxy and this machine are not held to the limit per
client, and the gate counts their clients' requests instead.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections import Counter
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import h11
import uvicorn
from fastapi import Response
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from api.errors import CrowdError, FullError, HeadTooLargeError, LateError, answer, problem
from api.gate.gate import WIRE, Gate
from api.gate.limits import Limits
from api.gate.rules import client_of
from geo.errors import GeoError

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOK_S: Final = 0.5
_GRACE_S: Final = 10
"""Answers under way have so long to end when the server stops."""
_SPARE_FILES: Final = 100
"""Open files that are no connections: the journal, the layers, libraries."""
_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")


class Doorkeeper:
    """Knows every open connection of a server, lets new ones in, and ends the late ones. It belongs to one loop."""

    def __init__(self, gate: Gate | None, limits: Limits) -> None:
        self.gate, self.limits = gate, limits
        self.open: set[Connection] = set()
        self.waiting: dict[Connection, None] = {}
        """Those that owe a head, the longest waiting first."""
        self._by_client: Counter[str] = Counter()
        self._is_looking = False

    def let_in(self, connection: Connection) -> GeoError | None:
        """Take up a new connection; the reason where it cannot be.

        Where all are taken, whoever has asked nothing for longest makes room.
        """
        client, most = connection.counted_as, self.limits.connections_per_client
        if client is not None and self._by_client[client] >= most:
            return CrowdError(f"a client may have {most} connections open at once", limit=most)
        if len(self.open) >= self.limits.connections:
            silent = next((one for one in self.waiting if not one.transport.get_write_buffer_size()), None)
            if silent is None:
                return FullError("as many connections are open as the service bears", retry_s=5)
            silent.end()
        if client is not None:
            self._by_client[client] += 1
        self.open.add(connection)
        self.waiting[connection] = None
        if not self._is_looking:
            self._is_looking = True
            connection.loop.call_later(LOOK_S, self._look, connection.loop)
        return None

    def let_go(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        if connection not in self.open:
            return
        self.open.discard(connection)
        self.waiting.pop(connection, None)
        if connection.counted_as is not None:
            self._by_client[connection.counted_as] -= 1
            if not self._by_client[connection.counted_as]:
                del self._by_client[connection.counted_as]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End whoever is late; and, while too much waits to be taken, whoever has taken nothing for longest."""
        now = monotonic()
        sizes = {connection: connection.look(now) for connection in tuple(self.open)}
        unread = sum(sizes.values())
        if unread > self.limits.unread_bytes:
            for connection in sorted(sizes, key=lambda one: one.taking_since):
                if sizes[connection] and unread > self.limits.unread_bytes:
                    connection.transport.abort()
                    unread -= sizes[connection]
        self._is_looking = bool(self.open)
        if self._is_looking:
            loop.call_later(LOOK_S, self._look, loop)


class _Wire(h11.Connection):
    """h11's connection as the gate's `Wire`."""

    marks = b""

    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]  # h11 overloads by the kind of event
        """The event's bytes; the marks stand behind an answer's own headers."""
        data = super().send(event)
        if self.marks and data and type(event) is h11.Response:
            data, self.marks = data[:-2] + self.marks + b"\r\n", b""
        return data


class Connection(H11Protocol):
    """One connection, with the moments since which it owes something (0.0: nothing)."""

    keeper: Doorkeeper

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client has connected."""
        super().connection_made(transport)
        self.conn = _Wire(h11.SERVER, self.keeper.limits.head_bytes)
        gate, address = self.keeper.gate, self.client[0] if self.client else "-"
        self.counted_as = None if gate is not None and gate.rules.trusts(address) else client_of(address)
        self.owes_head_since = self.taking_since = self.unread_since = monotonic()
        self.owes_body_since = self.answered_since = 0.0
        self.allowance_s = self.keeper.limits.header_s
        self.head_bytes = self.body_bytes = self.unread = 0
        self._met: object = None
        reason = self.keeper.let_in(self)
        if reason is not None:
            self.refuse(answer(reason))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, from either side."""
        self.keeper.let_go(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes from the client: of a head, of a body, or too late."""
        if self.owes_head_since:
            if not self.head_bytes:  # the first byte of a request, maybe on a connection that was idle
                self.owes_head_since, self.allowance_s = monotonic(), self.keeper.limits.header_s
            if self._is_head_too_long(data):
                self.refuse(answer(self._too_long()))
                return
            self.head_bytes += len(data)
        self.body_bytes += len(data)
        if self.answered_since and self.body_bytes > self.keeper.limits.body_bytes:
            self.transport.abort()
            return
        super().data_received(data)

    def handle_events(self) -> None:
        """What the bytes so far amount to."""
        super().handle_events()
        if self.cycle is not self._met:
            self._met = self.cycle
            self.scope[WIRE] = self.conn  # type: ignore[typeddict-unknown-key]  # the gate's own
            self.keeper.waiting.pop(self, None)
            self.owes_head_since, self.answered_since = 0.0, 0.0
            self.owes_body_since, self.body_bytes = monotonic(), 0
        if self.conn.their_state is not h11.SEND_BODY:
            self.owes_body_since = 0.0
            if self.answered_since:
                self._await_head()

    def on_response_complete(self) -> None:
        """The answer is written; as uvicorn does it, but without a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.conn.their_state is h11.SEND_BODY:
            self.answered_since, self.owes_body_since = monotonic(), 0.0
        elif self.conn.our_state is h11.DONE and self.conn.their_state is h11.DONE:
            self.conn.start_next_cycle()
            self._await_head()
            self.handle_events()

    def look(self, now: float) -> int:
        """End the connection if it is late; the bytes of its answer that the client has not taken."""
        limits = self.keeper.limits
        unread = self._look_at_answer(now)
        if unread:
            self.owes_head_since = self.owes_head_since and now  # who still takes an answer owes no request
        if self.owes_head_since and now - self.owes_head_since > self.allowance_s:
            self._late("head", limits.header_s)
        elif self.answered_since and now - self.answered_since > limits.linger_s:
            self.transport.abort()
        elif self.owes_body_since and self.flow.read_paused:  # it is the service that is late
            self.owes_body_since, self.body_bytes = now, 0
        elif self.owes_body_since:
            late_s = now - self.owes_body_since - limits.body_s
            if late_s > self.body_bytes / limits.body_bytes_per_s:
                self._late("body", limits.body_s)
        return unread

    def _look_at_answer(self, now: float) -> int:
        unread, before, limits = self.transport.get_write_buffer_size(), self.unread, self.keeper.limits
        self.unread = unread
        if not unread:
            self.unread_since = self.taking_since = now
        elif unread != before:
            self.taking_since = now
        elif now - self.taking_since > limits.stall_s:
            self.transport.abort()  # closing would wait for the client to take the rest
        if now - self.unread_since > limits.receipt_s:
            self.transport.abort()
        return unread

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for a request that is no HTTP; the exception that it handles knows the status."""
        status = getattr(sys.exc_info()[1], "error_status_hint", 400)
        self.refuse(answer(self._too_long()) if status == 431 else problem(status, msg))

    def refuse(self, response: Response) -> None:
        """Write a refusal, unless an answer has begun, and end the connection."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_as_bytes(response))
            if self.keeper.gate is not None:
                seen = self.keeper.gate.seen(self.client[0] if self.client else "-")
                seen.status = response.status_code
                self.keeper.gate.tell(seen)
        self.end()

    def end(self) -> None:
        """End the connection; a request that waits on it learns that its client is gone."""
        self.keeper.waiting.pop(self, None)
        self.owes_head_since = self.owes_body_since = 0.0
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _await_head(self) -> None:
        self.owes_head_since, self.allowance_s = monotonic(), self.keeper.limits.idle_s
        self.head_bytes, self.answered_since = len(self.conn.trailing_data[0]), 0.0
        self.keeper.waiting[self] = None

    def _late(self, what: str, limit: float) -> None:
        """End a request that is late: with a 408, unless nothing of it has come."""
        if what == "body" or self.head_bytes:
            self.refuse(answer(LateError(f"the {what} of the request was not here after {limit:g} s", limit=limit)))
        else:
            self.end()

    def _is_head_too_long(self, data: bytes) -> bool:
        """h11 itself measures only heads that are not whole yet."""
        room = self.keeper.limits.head_bytes - self.head_bytes
        return len(data) > room and _END_OF_HEAD.search(data, 0, max(room, 0)) is None

    def _too_long(self) -> GeoError:
        most = self.keeper.limits.head_bytes
        return HeadTooLargeError(f"the head of the request is longer than {most // 1024} KiB", limit=most)

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever asks for another protocol goes on with this one; that is no news for a log."""


def server_of(app: FastAPI, limits: Limits | None = None) -> uvicorn.Server:
    """The server of `app`, by default with the limits of its gate; `run` tells it its sockets."""
    gate: Gate | None = getattr(app, "gate", None)
    held = limits or (gate.rules.limits if gate is not None else Limits())

    class Ours(Connection):
        keeper = Doorkeeper(gate, replace(held, connections=_with_files_for(held.connections)))

    config = uvicorn.Config(
        app,
        http=Ours,
        ws="none",
        log_config=None,  # it logs like everything else: `logs.logging_to`
        log_level="error",  # a warning for each request that is no HTTP would let anybody fill the log
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the gate believes named proxies, uvicorn whoever is on this machine
        h11_max_incomplete_event_size=held.head_bytes,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the live channel first, for the server waits for every answer, and open pages listen without end."""
        app: Any = self.config.app
        channel = getattr(app.state, "channel", None)
        if channel is not None:
            channel.close()
        await super().shutdown(sockets)


def _with_files_for(connections: int) -> int:
    """How many connections the system lets this process have open, at most `connections`; more are asked of it."""
    try:
        import resource
    except ImportError:  # Windows, which counts otherwise
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(min(connections, soft - _SPARE_FILES), 1)


def _as_bytes(response: Response) -> bytes:
    """A whole answer as it goes over the wire, for where there is no request yet that h11 would answer."""
    phrase = STATUS_PHRASES[response.status_code]
    headers = [*response.raw_headers, (b"connection", b"close"), (b"x-content-type-options", b"nosniff")]
    lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (response.status_code, phrase, lines, bytes(response.body))
