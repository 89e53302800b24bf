"""The service without any check, for the bench of what they cost: `python -m tests.bench.bare_peer FOLDER`.

The same question and the same answer under uvicorn as it comes: no gate, no deadlines, nobody asked who they are,
nothing counted or logged.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
import uvicorn
from fastapi import Request
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.compression import compressed
from api.settings import Settings
from api.swap import Live
from api.wiring import open_services


def main(folder: Path) -> None:
    """Serve on a free port of this machine and say where."""
    pytest.MonkeyPatch().setattr("api.deps._reader", lambda _request, current, _what: current.reader)
    settings = Settings(data=folder)
    app = create_app(Live(open_services(settings), settings))

    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app.let_in(scope, receive, send)
            return
        scope["app"] = app
        way, scope["path_params"] = app.short_ways.way(scope["path"])
        await compressed(await way.answered(Request(scope, receive)))(scope, receive, send)

    config = uvicorn.Config(bare, log_level="warning", access_log=False, server_header=False)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(config.backlog)
        print(f"bare: http://127.0.0.1:{sock.getsockname()[1]}/", flush=True)
        uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
