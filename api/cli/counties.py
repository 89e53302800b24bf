"""`yixian init`, `check`, `sample`: a whole county begun, looked over, or made up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import clock, settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import counting, print_json, told, working

if TYPE_CHECKING:
    from api.counties import CountyReport


def init(
    folder: Annotated[Path, typer.Argument(help="New data folder")],
    osm: Annotated[Path, typer.Option("--osm", help="OpenStreetMap extract, .osm.pbf or .osm")],
    as_json: AsJson = False,
) -> None:
    """Begin a county from one OpenStreetMap file: borders, villages, roads, rivers, woodland, fire stations."""
    from api.counties import begin_from_osm

    with working(_("reading {file}", file=osm.name)):
        report = begin_from_osm(folder, osm, now=clock())
    if as_json:
        print_json(report)
    else:
        _print_county(report)


def check(data: Data = None) -> None:
    """Look the data folder over: hashes, every row, references between layers, partition of villages, the journal."""
    from api.wiring import served_folder
    from geo.store import problems

    folder = served_folder(settings_of(data=data))
    with working(_("checking")):
        found = problems(folder)
    events, damages = _checked_journal(folder)
    found = [*found, *damages]
    for line in found:
        typer.echo(heard(line), err=True)
    journal = _("no journal") if events is None else _("{events:,} events in its journal", events=events)
    state = _("{count} problem(s)", count=len(found)) if found else _("whole")
    typer.echo(f"{folder}: {state}, {journal}")
    raise typer.Exit(1 if found else 0)


def _checked_journal(folder: Path) -> tuple[int | None, list[str]]:
    """How many good events the folder's journal has (None: there is no journal), and what is wrong with it."""
    from geo.errors import GeoError
    from geo.journal import Journal

    if not Journal.exists(folder):
        return None, []
    try:
        with Journal.open(folder, clock=clock) as journal, counting(_("checking the journal")) as counted:
            verdict = journal.verify(counted)
    except GeoError as damage:
        return 0, [told(damage)]
    for notice in journal.notices:
        typer.echo(heard(notice), err=True)
    return verdict.events, [f"journal.db: {problem}" for problem in verdict.problems]


def sample(folder: Annotated[Path, typer.Argument(help="Folder to write")]) -> None:
    """Write the sample county: Lengshuijiang's real names and codes on made-up ground."""
    from geo.store import write_sample

    with working(_("making the county")):
        manifest = write_sample(folder)
    made = _("{count} layers, data version {version}", count=len(manifest.layers), version=manifest.version)
    typer.echo(f"{folder}: {made}")


def _print_county(report: CountyReport) -> None:
    rows = ", ".join(f"{count:,} {name}" for name, count in report.rows.items())
    dated = _("data version {version} of {date:%Y-%m-%d}", version=report.version, date=report.date)
    typer.echo(f"{report.folder}: {report.county}, {rows}; {dated}")
    bounds = " ".join(f"{edge:.4f}" for edge in report.bounds)
    typer.echo(_("bounds {bounds}; metres in {crs}", bounds=bounds, crs=report.metric_crs))
    for name, tally in report.tallies.items():
        left_out = ", ".join(f"{count:,} {heard(reason)}" for reason, count in tally.left_out.items()) or _("none")
        kept = sum(tally.kept.values())
        told_of = _("{read:,} read, {kept:,} kept; left out: {left_out}", read=tally.read, kept=kept, left_out=left_out)
        typer.echo(f"{name}: {told_of}")
    for note in report.notes:
        typer.echo(heard(note))
    typer.echo(_("{source} · next: yixian serve --data {folder}", source=report.source, folder=report.folder))
