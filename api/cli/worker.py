"""One of several workers, as `api.workers.parent` starts it: `python -m api.cli.worker CHANNEL`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli import language
from api.cli.opening import loading
from api.cli.printing import county_name, fail, told

if TYPE_CHECKING:
    from api.swap import Live
    from api.workers.worker import Worker


def main() -> None:
    """Serve as the plan on the channel says, until its other end asks to leave or to stop, or is gone."""
    from geo.errors import GeoError

    for name in (signal.SIGHUP, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)  # both are the parent's
    language.speak(language.chosen([], os.environ))
    channel = socket.socket(fileno=int(sys.argv[1]))
    try:
        _serve(channel, json.loads(_line(channel)))
    except GeoError as error:
        fail(told(error))


def _serve(channel: socket.socket, plan: dict[str, Any]) -> None:
    with ExitStack() as leaving:
        with loading():
            worker, live, county = _made(plan, leaving)

        def begun(health: int) -> None:
            _obey(channel, worker)
            said = {"county": county, "health": health, "is_well": health < 500}
            channel.sendall(json.dumps(said).encode() + b"\n")

        worker.run(begun)
        live.current.close()


def _made(plan: dict[str, Any], leaving: ExitStack) -> tuple[Worker, Live, str]:
    """The worker, what keeps its data fresh, and the county's name."""
    from api.blocks import BlockShelf
    from api.cli.serving import worker_of
    from api.gate.logs import logging_to
    from api.settings import Settings
    from api.wiring import open_services
    from api.workers.worker import warm

    settings, shared = Settings(**json.loads(plan["settings"])), Path(plan["shared"])
    log = leaving.enter_context(logging_to(which=settings.log, level=settings.log_level))
    services = replace(open_services(settings).caught_up(), blocks=BlockShelf(shared / "blocks"))
    warm(services)
    sock = socket.socket(fileno=plan["socket"])
    return *worker_of(services, settings, sock, log.watch, shared=shared), county_name(services)


def _obey(channel: socket.socket, worker: Worker) -> None:
    """Do from now on what the parent asks, which is to stop when it is gone, and leave on SIGTERM."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, worker.leave)

    def hear() -> None:
        said = channel.recv(4096)
        if not said:
            loop.remove_reader(channel)
        if b"leave" in said:
            worker.leave()
        else:
            worker.stop()

    channel.setblocking(False)
    loop.add_reader(channel, hear)


def _line(channel: socket.socket) -> bytes:
    """The first line that comes, as much as there is of it where the other end closes."""
    read = b""
    while not read.endswith(b"\n"):
        more = channel.recv(65536)
        if not more:
            break
        read += more
    return read


if __name__ == "__main__":
    main()
