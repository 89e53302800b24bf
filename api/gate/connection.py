"""One connection: uvicorn's over h11, with the moments since which its client owes something."""

from __future__ import annotations

import re
import sys
from asyncio import Transport
from time import monotonic
from typing import Final, Literal

import h11
from fastapi import Response
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from api.errors import HeadTooLargeError, LateError, answer, problem
from api.gate.gate import WIRE
from api.gate.keeper import Doorkeeper
from api.gate.rules import client_of
from geo.errors import GeoError

_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")
_LENGTH: Final = b"\r\ncontent-length: "
Owed = Literal["head", "body", "taking", "quiet"]


class HeadedWire(h11.Connection):
    """h11's connection as the gate's `Wire`, which also lets the head of an answer go out with the body's first bytes.

    A write to the socket takes a seventh of a question by road, and uvicorn writes heads alone. One without a length
    does not wait: of a stream nobody knows when its first bytes come.
    """

    marks = _head = b""

    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]  # h11 overloads by the kind of event
        """The event's bytes; the marks stand behind an answer's own headers."""
        data = super().send(event)
        if type(event) is h11.Response:
            if self.marks and data:
                data, self.marks = data[:-2] + self.marks + b"\r\n", b""
            if data and _LENGTH in data:
                self._head, data = data, b""
        elif self._head:
            data, self._head = self._head + (data or b""), b""
        return data


class Connection(H11Protocol):
    """A moment of 0.0 means that nothing is owed."""

    keeper: Doorkeeper

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client has connected."""
        super().connection_made(transport)
        self.conn = HeadedWire(h11.SERVER, self.keeper.limits.head_bytes)
        gate, address = self.keeper.gate, self.client[0] if self.client else "-"
        self.counted_as = None if gate is not None and gate.rules.trusts(address) else client_of(address)
        self.head_since = self.taking_since = self.unread_since = monotonic()
        self.body_since = self.rest_since = 0.0
        self.head_s = self.keeper.limits.header_s
        self.head_bytes = self.body_bytes = self.unread = 0
        self._met: object = None
        self._owed: Owed | None = None
        reason = self.keeper.let_in(self, self.loop)
        if reason is not None:
            self.refuse(answer(reason))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, from either side."""
        self.keeper.let_go(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head, of a body, or of the rest of one whose request was answered already."""
        if self.head_since:
            if not self.head_bytes:  # the first byte of a request, maybe on a connection that was idle
                self.head_since, self.head_s = monotonic(), self.keeper.limits.header_s
            if self._is_head_too_long(data):
                self.refuse(answer(self._too_long()))
                return
            self.head_bytes += len(data)
        self.body_bytes += len(data)
        if self.rest_since and self.body_bytes > self.keeper.limits.body_bytes:
            self.cut()
            return
        super().data_received(data)

    def handle_events(self) -> None:
        """What the bytes so far amount to."""
        super().handle_events()
        if self.cycle is not self._met:
            self._met = self.cycle
            self.scope[WIRE] = self.conn  # type: ignore[typeddict-unknown-key]  # the gate's own
            self.keeper.waiting.pop(self, None)
            self.head_since = self.rest_since = 0.0
            self.body_since, self.body_bytes = monotonic(), 0
        if self.conn.their_state is not h11.SEND_BODY:
            self.body_since = 0.0
            if self.rest_since:
                self._await_head()

    def on_response_complete(self) -> None:
        """The answer is written; as uvicorn does it, but without a timer for each answer.

        Nor is the parser asked for the next request, where nothing of one has come.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.conn.their_state is h11.SEND_BODY:
            self.rest_since, self.body_since = monotonic(), 0.0
        elif self.conn.our_state is h11.DONE and self.conn.their_state is h11.DONE:
            self.conn.start_next_cycle()
            self._await_head()
            if self.head_bytes or self.conn.trailing_data[1]:
                self.handle_events()

    def is_late(self, now: float) -> bool:
        """Whether the client owes something for too long."""
        limits = self.keeper.limits
        self._look_at_answer(now)
        if self.unread:
            self.head_since = self.head_since and now  # who still takes an answer owes no request
        if self.flow.read_paused:  # it is the service that is late
            self.body_since, self.body_bytes = self.body_since and now, 0
        body_s = limits.body_s + self.body_bytes / limits.body_bytes_per_s
        is_stalled = now - self.taking_since > limits.stall_s or now - self.unread_since > limits.receipt_s
        if is_stalled or (self.rest_since and now - self.rest_since > limits.linger_s):
            self._owed = "taking"
        elif self.transport.is_closing():
            self._owed = None
        elif self.head_since and now - self.head_since > self.head_s:
            self._owed = "head" if self.head_bytes else "quiet"
        else:
            self._owed = "body" if self.body_since and now - self.body_since > body_s else None
        return self._owed is not None

    def _look_at_answer(self, now: float) -> None:
        before, self.unread = self.unread, self.transport.get_write_buffer_size()
        if not self.unread:
            self.unread_since = self.taking_since = now
        elif self.unread != before:
            self.taking_since = now

    def dismiss(self) -> None:
        """End what is late: with a 408 where a request has begun, at once where an answer is not taken."""
        limits = self.keeper.limits
        if self._owed in ("head", "body"):
            limit = limits.header_s if self._owed == "head" else limits.body_s
            words = f"the {self._owed} of the request was not here after {limit:g} s"
            self.refuse(answer(LateError(words, limit=limit)))
        elif self._owed == "quiet":
            self.end()
        else:
            self.cut()

    def cut(self) -> None:
        """End the connection at once; closing would wait for the client to take what is left."""
        self.transport.abort()

    def end(self) -> None:
        """End the connection; a request that waits on it learns that its client is gone."""
        self.keeper.waiting.pop(self, None)
        self.head_since = self.body_since = 0.0
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def refuse(self, response: Response) -> None:
        """Write a refusal, unless an answer has begun, and end the connection."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_as_bytes(response))
            if self.keeper.gate is not None:
                seen = self.keeper.gate.seen(self.client[0] if self.client else "-")
                seen.status = response.status_code
                self.keeper.gate.tell(seen)
        self.end()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for a request that is no HTTP; the exception that it handles knows the status."""
        status = getattr(sys.exc_info()[1], "error_status_hint", 400)
        self.refuse(answer(self._too_long()) if status == 431 else problem(status, msg))

    def _await_head(self) -> None:
        self.head_since, self.head_s = monotonic(), self.keeper.limits.idle_s
        self.head_bytes, self.rest_since = len(self.conn.trailing_data[0]), 0.0
        self.keeper.waiting[self] = None

    def _is_head_too_long(self, data: bytes) -> bool:
        """h11 itself measures only heads that are not whole yet."""
        room = self.keeper.limits.head_bytes - self.head_bytes
        return len(data) > room and _END_OF_HEAD.search(data, 0, max(room, 0)) is None

    def _too_long(self) -> GeoError:
        most = self.keeper.limits.head_bytes
        return HeadTooLargeError(f"the head of the request is longer than {most // 1024} KiB", limit=most)

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever asks for another protocol goes on with this one; that is no news for a log."""


def _as_bytes(response: Response) -> bytes:
    """A whole answer as it goes over the wire, for where there is no request yet that h11 would answer."""
    phrase = STATUS_PHRASES[response.status_code]
    headers = [*response.raw_headers, (b"connection", b"close"), (b"x-content-type-options", b"nosniff")]
    lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (response.status_code, phrase, lines, bytes(response.body))
