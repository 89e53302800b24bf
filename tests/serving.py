"""A county's folder under a real server on a free port of this machine, and events read from its live channel."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from api.app import create_app
from api.gate.rules import ANY_HOST, GateRules
from api.gate.server import server_of
from api.settings import Settings
from api.swap import Live
from api.wiring import open_services


@dataclass
class Server:
    """A running service: its address without a slash at the end, what it serves, and its port."""

    address: str
    port: int
    live: Live
    app: Any
    stop_s: float = 0.0
    token: str | None = None

    def get(self, path: str) -> Any:
        """The JSON behind a path, asked for with the token where there is one."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = Request(self.address + path, headers=headers)  # noqa: S310  # a server started here, on loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310  # the same
            return json.load(answer)

    def post(self, door: str, body: object, token: str) -> Any:
        """What a door of the record says of `body`."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = Request(f"{self.address}/v1/{door}", json.dumps(body).encode(), headers)  # noqa: S310  # the same
        with urlopen(request, timeout=10) as answer:  # noqa: S310  # the same
            return json.load(answer)


@contextmanager
def serving(folder: Path, *, port: int = 0, gate: GateRules = ANY_HOST) -> Iterator[Server]:
    """The folder under the server that `yixian serve` runs, in a thread; `stop_s` is then what stopping it took."""
    settings = Settings(data=folder)
    live = Live(open_services(settings), settings)
    app = create_app(live, gate=gate)
    server = server_of(app)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        sock.listen(server.config.backlog)
        taken = sock.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        made = Server(f"http://127.0.0.1:{taken}", taken, live, app)
        try:
            while not server.started:
                time.sleep(0.01)
            yield made
        finally:
            began = time.monotonic()
            server.should_exit = True
            thread.join()
            made.stop_s = time.monotonic() - began
            live.current.close()


class Ear:
    """One open connection to the live channel."""

    def __init__(self, port: int, last: str | None = None, *, token: str | None = None) -> None:
        """`token` is what an `Authorization` header says."""
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        header = f"Last-Event-ID: {last}\r\n" if last else ""
        header += f"Authorization: {token}\r\n" if token else ""
        asked = f"GET /v1/live HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n{header}\r\n"
        self.sock.sendall(asked.encode())
        self.lines = self.sock.makefile("rb")
        self.status = int(self.lines.readline().split()[1])
        self.headers: dict[str, str] = {}
        while (line := self.lines.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def event(self) -> dict[str, str]:
        """The fields of the next change; the rest is passed over. EOFError at the end."""
        fields: dict[str, str] = {}
        while True:
            line = self.lines.readline()
            if line in (b"", b"0\r\n"):  # the connection's end, or the last chunk of the answer
                raise EOFError
            name, found, value = line.decode().rstrip("\r\n").partition(": ")
            if found and name:
                fields[name] = value
            elif fields and line == b"\n":
                if fields["event"] != "here":
                    return fields
                fields = {}

    def close(self) -> None:
        """Go away without a word."""
        self.lines.close()
        self.sock.close()
