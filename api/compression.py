"""What a client takes compressed: zstd, else gzip. An answer that is compressed already passes as it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

import pyarrow
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.export import FORMS

Coding = Literal["zstd", "gzip", ""]

MINIMUM: Final = 2048
"""Bytes of an answer from which compressing it is worth the while."""
_GZIP_LEVEL: Final = 3
"""A seventh larger than at 6 and in a quarter of the time, which every other request waits for."""
_NEVER: Final = ("text/event-stream", "image/*", *(form.media for form in FORMS.values() if not form.is_text))
# Starlette's own list of what is compressed already is long, and read anew for every answer; ours is short.


@lru_cache(maxsize=256)
def coding_of(accept_encoding: str) -> Coding:
    """The coding that an `Accept-Encoding` header likes best, of those liked as well zstd; "" for none."""
    liked: dict[str, float] = {}
    for part in accept_encoding.split(","):
        name, _, rest = part.strip().lower().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest, re.ASCII)
        liked[name.strip()] = float(weight[1]) if weight else 1.0
    any_other = liked.get("*", 0.0)
    zstd, gzip = (liked.get(name, any_other) for name in ("zstd", "gzip"))
    if max(zstd, gzip) <= 0:
        return ""
    return "zstd" if zstd >= gzip else "gzip"


class Compression:
    """Compresses for those who ask for it; whoever does not is not looked at twice."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        headers = scope["headers"] if scope["type"] == "http" else ()
        asked = b",".join(value for name, value in headers if name == b"accept-encoding")
        coding = coding_of(asked.decode("latin-1")) if asked else ""
        app = self.app
        if coding == "gzip":
            app = GZipResponder(app, MINIMUM, compresslevel=_GZIP_LEVEL, exclude_content_types=_NEVER)
        elif coding == "zstd":
            app = _ZstdResponder(app, MINIMUM, exclude_content_types=_NEVER)
        await app(scope, receive, send)


def compressed(response: Response) -> ASGIApp:
    """`response` for whoever takes it compressed: itself, where that would change nothing."""
    if len(response.body) < MINIMUM or any(name == b"content-encoding" for name, _ in response.raw_headers):
        return response
    return Compression(response)


class _Parts(list[bytes]):
    """A file that pyarrow writes into, emptied as the answer goes out."""

    closed = False

    def write(self, part: bytes) -> int:
        self.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What was written stays until it is taken."""

    def taken(self) -> bytes:
        whole = b"".join(self)
        self.clear()
        return whole


class _ZstdResponder(IdentityResponder):
    """One answer as one zstd frame, written part by part."""

    content_encoding = "zstd"

    _stream: pyarrow.CompressedOutputStream | None = None

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        """The next part of the frame; empty while the coder waits for more."""
        if self._stream is None:
            self._parts = _Parts()
            self._stream = pyarrow.CompressedOutputStream(pyarrow.PythonFile(self._parts, mode="w"), "zstd")
        self._stream.write(body)
        if not more_body:
            self._stream.close()
        return self._parts.taken()
