"""The sample's service with its gate and server, or without both under uvicorn as it comes.

`python -m tests.bench.gate_peers bare`, or `gated`.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn

from api.app import create_app
from api.gate.hosts import rules_of
from api.gate.server import server_of
from api.settings import SAMPLE_FOLDER, Settings
from api.wiring import open_services


def main() -> None:
    """Serve on a free port of this machine and say where."""
    settings = Settings(data=SAMPLE_FOLDER)
    app = create_app(open_services(settings), gate=rules_of(settings))

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await app.let_in(scope, receive, send)

    plain = uvicorn.Config(bare, log_level="warning", access_log=False, server_header=False)
    server = server_of(app) if sys.argv[1] == "gated" else uvicorn.Server(plain)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(server.config.backlog)
        print(f"{sys.argv[1]}: http://127.0.0.1:{sock.getsockname()[1]}/", flush=True)
        server.run(sockets=[sock])


if __name__ == "__main__":
    main()
