"""`yixian init`, `check`, `sample`: a whole county begun, looked over, or made up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.opening import clock, settings_of
from api.cli.options import AsJson, Data
from api.cli.printing import counting, print_json, working

if TYPE_CHECKING:
    from api.counties import CountyReport


def init(
    folder: Annotated[Path, typer.Argument(help="New data folder")],
    osm: Annotated[Path, typer.Option("--osm", help="OpenStreetMap extract, .osm.pbf or .osm")],
    as_json: AsJson = False,
) -> None:
    """Begin a county from one OpenStreetMap file: borders, villages, roads, rivers, woodland, fire stations."""
    from api.counties import begin_from_osm

    with working(f"reading {osm.name}"):
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
    with working("checking"):
        found = problems(folder)
    events, damages = _checked_journal(folder)
    found = [*found, *damages]
    for line in found:
        typer.echo(line, err=True)
    journal = "no journal" if events is None else f"{events:,} events in its journal"
    typer.echo(f"{folder}: {f'{len(found)} problem(s)' if found else 'whole'}, {journal}")
    raise typer.Exit(1 if found else 0)


def _checked_journal(folder: Path) -> tuple[int | None, list[str]]:
    """How many good events the folder's journal has (None: there is no journal), and what is wrong with it."""
    from geo.errors import GeoError
    from geo.journal import Journal

    if not Journal.exists(folder):
        return None, []
    try:
        with Journal.open(folder, clock=clock) as journal, counting("checking the journal") as counted:
            verdict = journal.verify(counted)
    except GeoError as damage:
        return 0, [str(damage)]
    for notice in journal.notices:
        typer.echo(notice, err=True)
    return verdict.events, [f"journal.db: {problem}" for problem in verdict.problems]


def sample(folder: Annotated[Path, typer.Argument(help="Folder to write")]) -> None:
    """Write the sample county: Lengshuijiang's real names and codes on made-up ground."""
    from geo.store import write_sample

    with working("making the county"):
        manifest = write_sample(folder)
    typer.echo(f"{folder}: {len(manifest.layers)} layers, data version {manifest.version}")


def _print_county(report: CountyReport) -> None:
    rows = ", ".join(f"{count:,} {name}" for name, count in report.rows.items())
    typer.echo(f"{report.folder}: {report.county}, {rows}; data version {report.version} of {report.date:%Y-%m-%d}")
    west, south, east, north = report.bounds
    typer.echo(f"bounds {west:.4f} {south:.4f} {east:.4f} {north:.4f}; metres in {report.metric_crs}")
    for name, tally in report.tallies.items():
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in tally.left_out.items())
        typer.echo(f"{name}: {tally.read:,} read, {sum(tally.kept.values()):,} kept; left out: {left_out or 'none'}")
    for note in report.notes:
        typer.echo(note)
    typer.echo(f"{report.source} · next: yixian serve --data {report.folder}")
