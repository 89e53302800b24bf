"""The gate: one layer before the short way and the routes. It counts, refuses, marks, and tells who watches.

It decides by the head of a request alone and costs some microseconds, so that refusing is cheaper than asking.
"""

from __future__ import annotations

from asyncio import Semaphore
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Final, Protocol

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CrowdError, FullError, HeadTooLargeError, StrangeHostError, answer
from api.gate.forwarded import forwarded
from api.gate.headers import NOTHING, POLICY, Headers, as_bytes, security_headers
from api.gate.rules import GateRules, client_of
from api.gate.seen import GONE, SEEN, Seen, Watcher
from api.gate.shedding import Kind, is_shed, kind_of
from api.gate.sizes import counted, framing_fault
from geo.errors import GeoError, InputError

WIRE: Final = "yixian.wire"
"""The name in a request's scope under which a server may put a `Wire`."""
_RETRY_S: Final = 2
_SPOKEN: Final = ("1.1", "1.0")


class Wire(Protocol):
    """A connection that puts `marks` as they are behind the next answer's own headers.

    The server's parser weighs every header anew, 2 us each; those of the gate are always the same.
    """

    marks: bytes


class Gate:
    """Lets requests through to `app`. It belongs to one event loop.

    A request is under way until its answer begins, but not while it waits for its body: neither slow senders nor slow
    readers take a place that others need. What they do take, connections, is the server's to limit.
    """

    def __init__(
        self,
        app: ASGIApp,
        rules: GateRules,
        watchers: Sequence[Watcher] = (),
        *,
        is_https: bool = False,
        is_shared: bool = False,
    ) -> None:
        """`is_https` and `is_shared` are those of `security_headers`."""
        self.app, self.rules, self.watchers = app, rules, tuple(watchers)
        self.under_way = 0
        self.by_client: Counter[str] = Counter()
        self._turns = Semaphore(rules.limits.heavy_at_once)
        always = security_headers(is_https=is_https, is_shared=is_shared)
        self.marks: Mapping[bool, tuple[Headers, bytes]] = {
            has_policy: (found, as_bytes(found))
            for has_policy, found in ((True, always), (False, (*always, (POLICY, NOTHING))))
        }
        self._first, self._numbers = token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan of the application."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"])
        seen = scope[SEEN] = self._arrived(scope, given)
        passage = _Passage(self, seen, receive, send, scope.get(WIRE))
        refusal = self._refusal(scope, given, passage.client)
        try:
            if refusal is not None:
                await answer(refusal)(scope, receive, passage.send)
                return
            if b"content-length" in given or b"transfer-encoding" in given:
                receive = counted(passage.receive, self.rules.limits.body_bytes)
            passage.enter()
            if kind_of(seen.method, seen.path) is Kind.HEAVY:
                await passage.take(self._turns)
            await self.app(scope, receive, passage.send)
        except ClientDisconnect:
            seen.status = seen.status or GONE
        finally:
            passage.leave()
            if "route" in scope:
                seen.route = getattr(scope["route"], "path", None)
            self.tell(seen)

    def seen(self, client: str, method: str = "-", path: str = "-", request_id: str | None = None) -> Seen:
        """A request that begins now, with an id of its own unless it has one."""
        return Seen(request_id or f"{self._first}-{next(self._numbers):x}", client, method, path, perf_counter())

    def tell(self, seen: Seen) -> None:
        """Tell the watchers of a request that has ended."""
        seen.duration_s = perf_counter() - seen.started_s
        for watcher in self.watchers:
            watcher(seen)

    def _arrived(self, scope: Scope, given: Mapping[bytes, bytes]) -> Seen:
        """The request as it comes in; what a named proxy says of it holds, also in the scope."""
        peer = scope["client"]
        address = peer[0] if peer else "-"
        if not self.rules.trusts(address):
            return self.seen(address, scope["method"], scope["path"])
        told = forwarded(given, scope["headers"], address, self.rules)
        scope["client"], scope["scheme"] = (told.client, 0), told.scheme or scope["scheme"]
        return self.seen(told.client, scope["method"], scope["path"], told.request_id)

    def _refusal(self, scope: Scope, given: Mapping[bytes, bytes], client: str | None) -> GeoError | None:
        """Why the request goes no farther, None where it does."""
        limits, rules = self.rules.limits, self.rules
        if len(scope["headers"]) > limits.headers:
            problem = f"the request has {len(scope['headers'])} headers, and at most {limits.headers} are taken"
            return HeadTooLargeError(problem, limit=limits.headers)
        if scope.get("http_version", "1.1") not in _SPOKEN:
            return InputError(f"this service speaks HTTP {' and '.join(_SPOKEN)}")
        if rules.hosts is not None and not rules.answers_to(given.get(b"host", b"")):
            return StrangeHostError("this service does not go by the name in the header Host", parameter="Host")
        if client is not None and self.by_client[client] >= limits.at_once_per_client:
            problem = f"a client may have {limits.at_once_per_client} requests under way at once; wait for answers"
            return CrowdError(problem, limit=limits.at_once_per_client)
        is_busy = self.under_way * 2 >= limits.at_once
        if is_busy and is_shed(kind_of(scope["method"], scope["path"]), self.under_way, limits):
            return FullError("there is more to do than this service can bear for now; ask again", retry_s=_RETRY_S)
        return framing_fault(given, limits.body_bytes)


class _Passage:
    """One request's way through the gate: its places in the counts, and its answer on the way out."""

    __slots__ = ("_gate", "_is_in", "_receive", "_send", "_turns", "_wire", "client", "seen")

    def __init__(self, gate: Gate, seen: Seen, receive: Receive, send: Send, wire: Wire | None) -> None:
        self._gate, self.seen, self._receive, self._send, self._wire = gate, seen, receive, send, wire
        self.client = client_of(seen.client)
        self._is_in = False
        self._turns: Semaphore | None = None

    def enter(self) -> None:
        self._is_in = True
        self._gate.under_way += 1
        if self.client is not None:
            self._gate.by_client[self.client] += 1

    async def take(self, turns: Semaphore) -> None:
        await turns.acquire()
        self._turns = turns

    def leave(self) -> None:
        """Make room for others: the answer begins, or there will be none."""
        if not self._is_in:
            return
        self._is_in, gate = False, self._gate
        gate.under_way -= 1
        if self.client is not None:
            gate.by_client[self.client] -= 1
            if not gate.by_client[self.client]:
                del gate.by_client[self.client]
        if self._turns is not None:
            self._turns.release()

    async def receive(self) -> Message:
        """The next part of the body; who waits for a client is not under way."""
        self._gate.under_way -= self._is_in
        try:
            return await self._receive()
        finally:
            self._gate.under_way += self._is_in

    def send(self, message: Message) -> Awaitable[None]:
        """The next part of the answer. No coroutine of its own: each costs an answer a hundredth of its time."""
        if message["type"] == "http.response.start":
            self.leave()
            self.seen.status = message["status"]
            self._mark(message)
        else:
            self.seen.bytes_out += len(message.get("body", b""))
        return self._send(message)

    def _mark(self, message: Message) -> None:
        headers: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
        marks, written = self._gate.marks[_has_policy(headers)]
        request_id = self.seen.request_id.encode()
        if self._wire is None:
            message["headers"] = [*headers, *marks, (b"x-request-id", request_id)]
        else:
            self._wire.marks = b"%bx-request-id: %b\r\n" % (written, request_id)


def _has_policy(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    for name, _ in headers:  # noqa: SIM110  # a generator costs three times as much on every answer's way
        if name == POLICY:
            return True
    return False
