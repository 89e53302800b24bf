"""Files that are made for clients, and sent whole or in ranges (RFC 9110, section 14)."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final
from weakref import finalize

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from api.errors import problem

_RANGE: Final = re.compile(rb"bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*\s*")


class MadeFile:
    """A place for a file of its own, which is gone with the last who holds this: it may be on its way to a client."""

    def __init__(self, name: str) -> None:
        folder = Path(mkdtemp(prefix="yixian-export-"))
        self.path = folder / name
        finalize(self, rmtree, folder, ignore_errors=True)


class RangedFile(FileResponse):
    """A file; a `Range` that is none or of another unit is passed over, and one beyond its end is a problem."""

    def __init__(self, made: MadeFile, **options: Any) -> None:
        super().__init__(made.path, **options)
        self._made = made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One answer."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range" or _RANGE.fullmatch(value)]
        is_refused = False

        async def told(message: Message) -> None:
            nonlocal is_refused
            if message.get("status") == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                is_refused = True
                size = dict(message["headers"])[b"content-range"].decode()
                refusal = problem(message["status"], "the file has no such range of bytes")
                refusal.headers["Content-Range"] = size
                await refusal(scope, receive, send)
            elif not is_refused:
                await send(message)

        await super().__call__({**scope, "headers": headers}, receive, told)
