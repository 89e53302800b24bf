"""What `yixian token` and `yixian account` have in common: the county they are of, and the record of what they did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _
from api.cli.opening import settings_of
from api.cli.printing import fail, told

if TYPE_CHECKING:
    from geo.terms import AccessAct

RoleName = Annotated[str, typer.Option("--role", help="viewer, station, post, planner, hq or admin")]
Area = Annotated[str, typer.Option(help="Code of the county (6 digits), town (9) or village (12) it is for")]


def county_folder(data: Path | None) -> Path:
    """The data folder; one line and exit status 2 where there is no county in it yet."""
    from geo import store

    folder = settings_of(data=data).folder
    if store.is_absent(folder):
        fail(_("{folder} has no county yet: begin with `yixian init` or `yixian import`", folder=folder))
    return folder


def noted(folder: Path, act: AccessAct, subject: str, what: str | None = None) -> None:
    """Have the journal tell what was done. It is done either way: whoever is to be shut out is."""
    from api.audit import note_change
    from geo.errors import GeoError

    try:
        note_change(folder, act, subject, what)
    except GeoError as reason:
        typer.echo(_("the journal does not tell of it: {reason}", reason=told(reason)), err=True)
