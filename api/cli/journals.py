"""`yixian journal verify|tail`, `backup`, `restore`: the journal of a data folder looked over, copied and put back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import clock, settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import counting, print_json, print_table, working

if TYPE_CHECKING:
    from geo.journal import Journal, Verdict

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


def backup(file: Annotated[Path, typer.Argument(help="Where the copy goes")], data: Data = None) -> None:
    """Copy the journal as it is at this instant, while services go on writing."""
    with _journal(data) as journal, working(_("copying")):
        verdict = journal.backup(file)
    typer.echo(_("{file}: {events:,} events, whole", file=file, events=verdict.events))


def restore(file: Annotated[Path, typer.Argument(help="A copy that `yixian backup` made")], data: Data = None) -> None:
    """Put a copy in the journal's place; what was there is kept beside it. Stop the service first."""
    from geo.journal import restore as put_back

    folder = settings_of(data=data).folder
    with working(_("restoring")):
        restored = put_back(file, folder, clock)
    typer.echo(_("{folder}: the journal has {events:,} events now", folder=folder, events=restored.verdict.events))
    if restored.former is not None:
        typer.echo(_("the former journal is kept as {file}", file=restored.former))


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
