"""One process that serves: it takes connections from a socket that others may share, and leaves without a cut.

A connection that is kept open and closed by the server may be closed in the very moment at which its client sends the
next request, and a client that does not ask again has then lost it. So a worker that leaves while others go on takes no
new connections, answers what comes on its old ones, says `Connection: close` with each answer, and closes of its own
accord only those that have been silent for as long as it closes silent ones anyway.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from starlette.types import Message

from api.app import Application
from api.wiring import Services
from geo.errors import GeoError
from geo.nearest import nearest

log = logging.getLogger("yixian")

_CLOSING: Final = (b"connection", b"close")
_LOOK_S: Final = 0.05
_NO_HANDLES_S: Final = 1.0


class Worker:
    """An application under its server, at a socket that listens. Everything but `run` belongs to its event loop."""

    def __init__(self, app: Application, server: uvicorn.Server, sock: socket.socket, *, idle_s: float) -> None:
        """`idle_s` is for how long the server keeps a connection that asks nothing."""
        self._app, self._server, self._sock, self._idle_s = app, server, sock, idle_s
        self._coming: set[asyncio.Task[Any]] = set()
        self._leaving: asyncio.Task[None] | None = None
        self._is_closed = False

    def run(self, begun: Callable[[int], None]) -> None:
        """Serve until it is over; `begun` is called once the first connection can come, with the health's status."""
        with asyncio.Runner(loop_factory=event_loop) as runner:
            runner.run(self._serve(begun))

    def stop(self, *, at_once: bool = False) -> None:
        """Take no more connections, and end when the requests under way are answered, or `at_once`."""
        self._server.force_exit = at_once
        self._server.should_exit = True

    def leave(self) -> None:
        """The same, while others go on: kept connections are answered for as long as they are kept anyway."""
        if self._leaving is None:
            self._leaving = asyncio.get_running_loop().create_task(self._left())

    async def _serve(self, begun: Callable[[int], None]) -> None:
        server = self._server
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[])  # nobody comes in yet
        self._sock.setblocking(False)
        self._sock.listen(server.config.backlog)
        health = await _status(self._app, "/health/ready")
        self._open()
        begun(health)
        await server.main_loop()
        self._close()
        await server.shutdown(sockets=[])

    async def _left(self) -> None:
        server, loop = self._server, asyncio.get_running_loop()
        until_s = loop.time() + self._idle_s + 1
        self._close()
        self._app.state.channel.close()  # open pages listen without end; they come again, to another worker
        server.config.encoded_headers.append(_CLOSING)  # with the next second's headers, and with those of this one:
        server.server_state.default_headers.append(_CLOSING)
        while (self._coming or server.server_state.connections) and loop.time() < until_s:
            await asyncio.sleep(_LOOK_S)
        server.should_exit = True

    def _open(self) -> None:
        if not self._is_closed:
            asyncio.get_running_loop().add_reader(self._sock, self._let_in)

    def _close(self) -> None:
        self._is_closed = True
        asyncio.get_running_loop().remove_reader(self._sock)

    def _let_in(self) -> None:
        """One connection, so that workers that share the socket get as many each; asyncio takes all that wait.

        asyncio's own server also loses a connection that it has taken but not yet set up when it is closed.
        """
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was quicker, or the client is gone
        except OSError as reason:  # no file handle is left: those who wait go on waiting
            log.error("no connection can be taken: %s", reason)
            loop.remove_reader(self._sock)
            loop.call_later(_NO_HANDLES_S, self._open)
            return
        connection.setblocking(False)
        task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    def _protocol(self) -> asyncio.Protocol:
        server = self._server
        made: asyncio.Protocol = server.config.http_protocol_class(  # type: ignore[call-arg]  # uvicorn's own signature
            config=server.config, server_state=server.server_state, app_state=server.lifespan.state
        )
        return made


def event_loop() -> asyncio.AbstractEventLoop:
    """A loop that can watch a socket: uvloop's, and where that is not to be had (Windows) asyncio's own.

    uvloop writes an answer without letting go of Python's lock, which a thread that makes a page would take meanwhile.
    """
    try:
        import uvloop
    except ImportError:
        return asyncio.SelectorEventLoop()
    return uvloop.new_event_loop()


def warm(services: Services) -> None:
    """Have at hand what every question needs: the compiled searches, and what is made when it is first asked for."""
    west, south, east, north = services.atlas.bounds
    try:
        nearest(services.atlas, services.board, (west + east) / 2, (south + north) / 2, at=services.now())
    except GeoError as reason:
        log.debug("nothing to warm up with: %s", reason)


async def _status(app: Application, path: str) -> int:
    """The status that the application itself answers with, whatever its gate lets in."""
    status = 500

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "state": {},
    }
    await app.let_in(scope, receive, send)
    return status
