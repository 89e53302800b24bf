"""A client that sends what it likes, as fast as it likes."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that came back: the statuses in their order, the bytes, and how long it took to the end."""

    statuses: tuple[int, ...]
    content: bytes
    took_s: float
    sent_bytes: int = 0


@contextmanager
def connected(port: int, *, receive_buffer: int | None = None) -> Iterator[socket.socket]:
    """A connection to the service; a small buffer is full after that many bytes."""
    with socket.socket() as sock:
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(20)
        sock.connect(("127.0.0.1", port))
        yield sock


def said(port: int, parts: Iterable[bytes], *, pause_s: float = 0.0) -> Heard:
    """What the service says to `parts`, sent one by one until it closes the connection."""
    began, sent = time.monotonic(), 0
    with connected(port) as sock:
        with suppress(OSError):  # it may have closed already
            for part in parts:
                sock.sendall(part)
                sent += len(part)
                time.sleep(pause_s)
        heard = rest_of(sock)
    return replace(heard, took_s=time.monotonic() - began, sent_bytes=sent)


def rest_of(sock: socket.socket) -> Heard:
    """What comes until the service closes the connection."""
    began, heard = time.monotonic(), b""
    with suppress(ConnectionResetError):
        while part := sock.recv(65536):
            heard += part
    return Heard(tuple(map(int, STATUS.findall(heard))), heard, time.monotonic() - began)
