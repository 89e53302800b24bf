"""`yixian journal verify|tail`, `backup`, `restore`: a journal looked over, a data folder copied and put back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import clock, settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import counting, fail, print_json, print_table, working

if TYPE_CHECKING:
    from geo.backup import Listing
    from geo.journal import Journal, Verdict

_JOURNALS = (".db", ".sqlite")
"""How the name of a copy of the journal alone ends."""

app = typer.Typer(help="The journal: what was recorded, in order, and whether it is whole.", no_args_is_help=True)


@app.command("verify")
def verify(data: Data = None, as_json: AsJson = False) -> None:
    """Check every event: its place in the chain, its hash, and that it can be read."""
    with _journal(data) as journal, counting(_("checking")) as counted:
        verdict = journal.verify(counted)
    if as_json:
        print_json({"events": verdict.events, "first_bad": verdict.first_bad, "problems": list(verdict.problems)})
    else:
        _print_verdict(verdict)
    raise typer.Exit(0 if verdict.is_whole else 1)


@app.command("tail")
def tail(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest events")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The newest events."""
    from api import models
    from geo.events import encode

    with _journal(data) as journal:
        events = journal.read(max(journal.newest() - count, 0))
    if as_json:
        print_json([models.event(one) for one in events])
        return
    rows = [
        (one.sequence, f"{one.at:%Y-%m-%d %H:%M}", one.actor, one.kind, encode(one.body).decode()) for one in events
    ]
    print_table(("event", "at", "by", "kind", "what"), rows)


def backup(
    target: Annotated[
        Path, typer.Argument(help="Where the copy goes: a new folder, FILE.tar, or FILE.db for the journal alone")
    ],
    data: Data = None,
) -> None:
    """Copy the whole data folder as it is at this instant, while services and imports go on writing.

    The copy is read back. Exit status 1: it is made, and tells what was wrong with the folder already.
    """
    from geo.backup import back_up

    if target.suffix in _JOURNALS:
        _back_up_journal(target, data)
        return
    with working(_("copying")):
        listing = back_up(settings_of(data=data).folder, target, clock)
    for problem in listing.problems:
        typer.echo(heard(problem), err=True)
    typer.echo(_told(target, listing))
    raise typer.Exit(1 if listing.problems else 0)


def restore(
    source: Annotated[Path, typer.Argument(help="A copy that `yixian backup` made")], data: Data = None
) -> None:
    """Put a copy in the place of the data folder, or of its journal; what was there is kept beside it.

    Stop the service first. Tokens and accounts become those of the copy: revoke again what was revoked since.
    """
    from geo.backup import is_whole_backup, put_back

    folder = settings_of(data=data).folder
    if source.exists() and not is_whole_backup(source):
        _restore_journal(source, folder)
        return
    with working(_("restoring")):
        restored = put_back(source, folder, clock)
    typer.echo(_told(folder, restored.listing))
    if restored.former is not None:
        typer.echo(_("the former data folder is kept as {folder}", folder=restored.former))


def _back_up_journal(target: Path, data: Path | None) -> None:
    if target.exists():
        fail(_("{file} is there already, and no backup is overwritten", file=target))
    with _journal(data) as journal, working(_("copying")):
        verdict = journal.backup(target)
    typer.echo(_("{file}: {events:,} events, whole", file=target, events=verdict.events))


def _restore_journal(source: Path, folder: Path) -> None:
    from geo.journal import restore as put_back

    with working(_("restoring")):
        restored = put_back(source, folder, clock)
    typer.echo(_("{folder}: the journal has {events:,} events now", folder=folder, events=restored.verdict.events))
    if restored.former is not None:
        typer.echo(_("the former journal is kept as {file}", file=restored.former))


def _told(where: Path, listing: Listing) -> str:
    journal = _("no journal") if listing.events is None else _("{events:,} events", events=listing.events)
    return _(
        "{where}: {files:,} files, data version {version}, {journal}, as of {at:%Y-%m-%d %H:%M}",
        where=where,
        files=len(listing.files),
        version=listing.version,
        journal=journal,
        at=listing.made_at,
    )


def _journal(data: Path | None) -> Journal:
    from geo.journal import Journal

    journal = Journal.open(settings_of(data=data).folder, clock=clock)
    for notice in journal.notices:
        typer.echo(heard(notice), err=True)
    return journal


def _print_verdict(verdict: Verdict) -> None:
    for problem in verdict.problems:
        typer.echo(heard(problem), err=True)
    said = _("whole") if verdict.is_whole else _("damaged")
    typer.echo(_("{events:,} events, {state}", events=verdict.events, state=said))
