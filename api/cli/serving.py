"""`yixian serve`: the maps and the API on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _
from api.cli.opening import services_of, settings_of
from api.cli.options import Data
from api.cli.printing import county_name, fail, working

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from api.live import Channel
    from api.settings import Settings


def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="Address to listen on; without tokens loopback only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8000,
) -> None:
    """Serve the maps and the API on this machine."""
    settings = settings_of(data=data, host=host, port=port)
    _refuse_strangers(settings)
    with _listening(settings) as (sock, address):
        with working(_("opening the county's data")):
            services = services_of(settings)
            from api.app import create_app
            from api.swap import Live
        live = Live(services, settings)
        app = create_app(live, origins=settings.origins, public_address=settings.public_address)
        server = server_of(app)
        sock.listen(server.config.backlog)  # from here on a visitor waits instead of being turned away
        typer.echo(_("{county}: {address}/  (Ctrl-C stops)", county=county_name(services), address=address))
        with suppress(KeyboardInterrupt):  # the server has stopped gracefully by then
            server.run(sockets=[sock])
        live.current.close()


def server_of(app: FastAPI) -> uvicorn.Server:
    """The server that `yixian serve` runs."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            channel: Channel | None = getattr(app.state, "channel", None)
            if channel is not None:
                channel.close()  # the server waits for every answer to end, and open pages listen without end
            await super().shutdown(sockets)

    return Server(
        uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=10)
    )


def _refuse_strangers(settings: Settings) -> None:
    """Other machines are served only where tokens say who may write and read the record."""
    from api.access import Access
    from api.settings import is_loopback

    if not is_loopback(settings.host) and not Access(settings.folder).has_tokens:
        advice = _(
            "host {host} is not a loopback address, and without tokens only loopback is served: "
            "make one with `yixian token add NAME --role ROLE --area CODE`",
            host=settings.host,
        )
        fail(advice)


@contextmanager
def _listening(settings: Settings) -> Iterator[tuple[socket.socket, str]]:
    """The port, taken before anything is loaded: a port in use is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named: asyncio turns off the waiting for more (40 ms an answer) only where it is.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except OSError as reason:
            where = {"port": settings.port, "host": settings.host, "reason": reason.strerror}
            fail(_("port {port} on {host} cannot be taken ({reason}); try --port 8001", **where))
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield sock, f"http://{host}:{sock.getsockname()[1]}"
