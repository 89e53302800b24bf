"""`yixian serve`: the maps and the API on this machine, in this process or in several behind one socket."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, spoken
from api.cli.opening import loading, services_of, settings_of
from api.cli.options import Data
from api.cli.printing import county_name, fail, working

if TYPE_CHECKING:
    from pathlib import Path

    from api.gate.seen import Watcher
    from api.settings import Settings
    from api.swap import Live
    from api.wiring import Services
    from api.workers.worker import Worker


def serve(
    data: Data = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; without tokens loopback only [default: 127.0.0.1]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one [default: 8000]")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that answer; SIGHUP exchanges several one by one [default: 1]")
    ] = None,
) -> None:
    """Serve the maps and the API on this machine."""
    settings = settings_of(data=data, host=host, port=port, workers=workers)
    _refuse_strangers(settings)
    with _listening(settings) as (sock, address):
        if settings.workers > 1 and not hasattr(signal, "SIGHUP"):
            typer.echo(_("this system cannot share a port between processes: one worker serves"), err=True)
        elif settings.workers > 1:
            _serve_by_several(settings, sock, address)
        _serve_alone(settings, sock, address)


def worker_of(
    services: Services, settings: Settings, sock: socket.socket, *watchers: Watcher, shared: Path | None = None
) -> tuple[Worker, Live]:
    """What serves the county at a socket, and what keeps its data fresh.

    `watchers` are told of every request; in `shared` are the figures of the processes that serve at the same socket.
    """
    from api.app import create_app
    from api.gate.hosts import rules_of
    from api.gate.server import server_of
    from api.memory import share_arenas
    from api.swap import Live
    from api.workers.worker import Worker
    from maps.pages.shipped import refuse_incomplete

    refuse_incomplete()
    share_arenas()
    live = Live(services, settings)
    app = create_app(
        live,
        origins=settings.origins,
        public_address=settings.public_address,
        gate=rules_of(settings),
        watchers=watchers,
    )
    if shared is not None:
        app.state.metrics.share(shared)
    return Worker(app, server_of(app), sock, idle_s=app.gate.rules.limits.idle_s), live


def _serve_alone(settings: Settings, sock: socket.socket, address: str) -> None:
    """One process needs no parent: there is one copy of everything, and it ends where it is told to."""
    from api.workers import supervisor
    from api.workers.worker import warm

    with ExitStack() as leaving:
        with working(_("opening the county's data")), loading():
            from api.gate.logs import logging_to

            log = leaving.enter_context(logging_to(which=settings.log, level=settings.log_level))
            services = services_of(settings)
            warm(services)
            worker, live = worker_of(services, settings, sock, log.watch)

        def begun(_health: int) -> None:
            _stop_when_told(worker)
            typer.echo(_("{county}: {address}/  (Ctrl-C stops)", county=county_name(services), address=address))
            supervisor.tell(supervisor.READY)

        worker.run(begun)
        live.current.close()


def _stop_when_told(worker: Worker) -> None:
    """A second signal does not wait for the requests that are under way."""
    loop, had_terminal, told = asyncio.get_running_loop(), sys.stderr.isatty(), []

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        loop.call_soon_threadsafe(lambda: worker.stop(at_once=len(told) > 1))

    def hang_up(number: int, frame: object) -> None:
        if had_terminal and not sys.stderr.isatty():
            stop(number, frame)
        else:
            typer.echo(_("one worker cannot be exchanged while it serves: start with --workers 2"), err=True)

    for name, act in (("SIGINT", stop), ("SIGTERM", stop), ("SIGHUP", hang_up)):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), act)


def _serve_by_several(settings: Settings, sock: socket.socket, address: str) -> None:
    """Become the parent of the workers."""
    from api.workers.crew import Plan
    from api.workers.parent import become_parent

    greeting = _(
        "{county}: {address}/  ({workers} workers; Ctrl-C stops)",
        county="{county}",
        address=address,
        workers=settings.workers,
    )
    become_parent(Plan(settings.workers, sock.fileno(), settings.model_dump_json(), spoken(), greeting))


def _refuse_strangers(settings: Settings) -> None:
    """Other machines are served only where tokens say who may write and read the record."""
    from api.identity.identity import Identity
    from api.settings import is_loopback

    if not is_loopback(settings.host) and not Identity(settings.folder).exists:
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
