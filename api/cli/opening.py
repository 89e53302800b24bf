"""From the options to settings and services: what a sub-command begins with."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from api.cli.language import _, heard
from api.cli.printing import fail

if TYPE_CHECKING:
    from datetime import datetime

    from api.settings import Settings
    from api.wiring import Services
    from geo.what_if import WhatIf


def settings_of(**given: Any) -> Settings:
    """The settings with the options that were given; one that cannot be taken is one line and exit status 2."""
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        fail(f"{'.'.join(map(str, first['loc'])) or _('settings')}: {heard(first['msg'])}")


def services_of(settings: Settings) -> Services:
    """The services over the settings' folder; a named one that is absent gives the sample, and that is said."""
    from api.wiring import open_services
    from geo import store

    services = open_services(settings)
    if settings.data is not None and store.is_absent(settings.data):
        said = _("{folder} does not exist; this is the built-in sample, read-only", folder=settings.data)
        typer.echo(said, err=True)
    return services.caught_up()


def opened(data: Path | None) -> Services:
    """The services over the folder of `--data`."""
    return services_of(settings_of(data=data))


@contextmanager
def loading() -> Iterator[None]:
    """A service starts: what it loads stays, and looking through it for garbage would take a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def supposed(file: Path | None) -> tuple[WhatIf, ...]:
    """The closures of a GeoJSON file, for a question that begins with "what if"."""
    import orjson

    from geo.files import read_bytes
    from geo.what_if import what_if

    if file is None:
        return ()
    try:
        return what_if(orjson.loads(read_bytes(file)))
    except orjson.JSONDecodeError as reason:
        fail(_("{file} is not JSON: {reason}", file=file, reason=reason))


def clock() -> datetime:
    """The present, which only the settings' floor may read."""
    from api import settings

    return settings.clock()


def step_back(priority: Literal["idle", "low"]) -> None:
    """Lower this process's priority where the system lets it: answers go before imports.

    Linux hands a processor on which something `idle` runs to whatever else wants one, as if it were free; of something
    `low` it waits for the end of a turn, or has two services share the other processor. Where all processors are busy
    all the time what is idle hardly goes on, so whoever may hold up others by a lock is only `low`.
    """
    import os

    with suppress(AttributeError, OSError):
        os.nice(10)
        if priority == "idle":
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
