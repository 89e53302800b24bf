"""The server: uvicorn with deadlines, limits on connections, and an end to its open channels when it stops."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import uvicorn

from api.gate.connection import Connection
from api.gate.gate import Gate
from api.gate.keeper import Doorkeeper
from api.gate.limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

_GRACE_S: Final = 10
"""Answers under way have so long to end when the server stops."""
_SPARE_FILES: Final = 100
"""Open files that are no connections: the journal, the layers, libraries."""


def server_of(app: FastAPI, limits: Limits | None = None) -> uvicorn.Server:
    """The server of `app`, by default with the limits of its gate; `run` tells it its sockets."""
    gate: Gate | None = getattr(app, "gate", None)
    held = limits or (gate.rules.limits if gate is not None else Limits())

    class Ours(Connection):
        keeper = Doorkeeper(gate, replace(held, connections=_with_files_for(held.connections)))

    config = uvicorn.Config(
        gate or app,
        http=Ours,
        ws="none",
        log_config=None,  # it logs like everything else: `logs.logging_to`
        log_level="error",  # a warning for each request that is no HTTP would let anybody fill the log
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the gate believes named proxies, uvicorn whoever is on this machine
        h11_max_incomplete_event_size=held.head_bytes,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return _Server(config, getattr(app.state, "channel", None))


class Closes(Protocol):
    """What listeners hang on."""

    def close(self) -> None:
        """End every listener's answer."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, channel: Closes | None) -> None:
        super().__init__(config)
        self._channel = channel

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the live channel first, for the server waits for every answer, and open pages listen without end."""
        if self._channel is not None:
            self._channel.close()
        await super().shutdown(sockets)


def _with_files_for(connections: int) -> int:
    """How many connections the system lets this process have open, at most `connections`; more are asked of it."""
    try:
        import resource
    except ImportError:  # Windows, which counts otherwise
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(min(connections, soft - _SPARE_FILES), 1)
