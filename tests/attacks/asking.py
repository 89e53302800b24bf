"""One request to an application as the server would pass it on, with nothing made decent on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def ask(
    app: Any, target: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """The whole answer to one request of this machine. Whatever the application raises is raised here too."""
    raw_path, _, query = target.partition("?")
    given = {"Host": "county.example.org", **({"Content-Length": str(len(body))} if body else {}), **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": method,
        "root_path": "",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": query.encode("latin-1", "replace"),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
        "state": {},
    }
    with ThreadPoolExecutor(1) as apart:  # a browser of another test leaves its loop running on this thread
        return apart.submit(lambda: asyncio.run(_answered(app, scope, body))).result()


async def _answered(app: Any, scope: dict[str, Any], body: bytes) -> Answer:
    sent: list[MutableMapping[str, Any]] = []
    is_read = False

    async def receive() -> dict[str, Any]:
        nonlocal is_read
        if is_read:
            return {"type": "http.disconnect"}
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]))
