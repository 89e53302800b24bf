"""`yixian import`: a file becomes a layer, with a report of everything that was done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import clock, settings_of, step_back
from api.cli.options import AsJson, Data
from api.cli.printing import SHOWN, print_faults, print_json, print_table, stages

if TYPE_CHECKING:
    from geo.intake import Diff, ImportReport, Wishes

LayerName = Annotated[
    str, typer.Argument(help="The layer to fill (`yixian layers` lists them), or check-ins, leave or nights.")
]
File = Annotated[
    Path,
    typer.Argument(
        help="GeoPackage, GeoJSON, Shapefile (also zipped), FlatGeobuf, GeoParquet, FileGDB, KML, CSV or XLSX"
    ),
]
Crs = Annotated[
    str | None,
    typer.Option(help="Coordinate system, when the file does not say: EPSG:4326, EPSG:4546, GCJ-02, BD-09 …"),
]
LayerInFile = Annotated[str | None, typer.Option(help="Layer or sheet to read, when there are several.")]
Encoding = Annotated[str | None, typer.Option(help="Of a shapefile or CSV, such as GBK.")]
MappingFile = Annotated[
    Path | None, typer.Option("--map", help="TOML file: which heading goes to which column, what words mean.")
]
Upsert = Annotated[bool, typer.Option("--upsert", help="Add or replace rows by id, keep the others.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Take the good rows; the bad ones go to a file with their reasons.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do all but write the layer.")]
ShowMapping = Annotated[bool, typer.Option("--show-mapping", help="Print what would go where, and stop.")]
Take = Annotated[
    str | None,
    typer.Option(help="Of an exported file: whose change holds where both changed the same, file or county."),
]
Empty = Annotated[bool, typer.Option("--empty", help="Start a new data folder without the sample's layers.")]


def import_(
    layer: LayerName,
    file: File,
    crs: Crs = None,
    layer_in_file: LayerInFile = None,
    encoding: Encoding = None,
    mapping: MappingFile = None,
    upsert: Upsert = False,
    skip_bad: SkipBad = False,
    dry_run: DryRun = False,
    show_mapping: ShowMapping = False,
    empty: Empty = False,
    take: Take = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Replace a layer by a file, all or nothing, with a report of everything that was done."""
    from api.imports import Manner, import_file
    from geo.intake import Bounds, Outcome, Wishes, load_mapping
    from geo.layers.registry import LAYERS
    from geo.merge import Side
    from geo.terms import parse_term

    settings = settings_of(data=data)
    is_recorded = layer not in LAYERS or LAYERS[layer].live  # those who record wait for one another
    step_back("low" if is_recorded else settings.import_priority)
    known = load_mapping(mapping) if mapping else None
    wishes = Wishes(crs, layer_in_file, encoding, known, Bounds.of(settings.limits))
    if show_mapping:
        _print_mapping(layer, file, wishes, as_json)
        return
    side = parse_term(Side, take, parameter="take") if take else None
    manner = Manner(upsert, skip_bad, dry_run, empty, side)
    with stages() as stage:
        report = import_file(settings.folder, layer, file, now=clock(), wishes=wishes, manner=manner, stage=stage)
    if as_json:
        print_json(report.body())
    else:
        _print_report(report)
    raise typer.Exit(1 if report.outcome is Outcome.REFUSED else 0)


def _print_mapping(layer: str, file: Path, wishes: Wishes, as_json: bool) -> None:
    """What would go where, and why."""
    from geo.intake import show_mapping
    from geo.layers.registry import importable

    lines = show_mapping(file, importable(layer), wishes)
    if as_json:
        print_json(lines)
        return
    print_table(
        ("in the file", "in the layer", "kind", "how", "sample"),
        [(one.source or "-", one.target or "-", heard(one.kind), heard(one.how), one.sample) for one in lines],
    )


def _print_report(report: ImportReport) -> None:
    """The short form; the whole is in the files that it names."""
    from geo.intake import Outcome

    stored = report.outcome is Outcome.STORED
    if report.created == "sample":
        typer.echo(_("the data folder was created as a copy of the sample county; its other layers are synthetic"))
    typer.echo(_counted(report))
    for remark in report.remarks[:SHOWN]:
        typer.echo(f"{heard(remark.severity)}: {heard(remark.text)}")
    if len(report.remarks) > SHOWN:
        typer.echo(_("… and {count} more remarks in the report", count=len(report.remarks) - SHOWN))
    if report.ignored_columns:
        typer.echo(_("columns not used: {columns}", columns=", ".join(report.ignored_columns)))
    print_faults(report.faults)
    if report.diff:
        _print_diff(report.diff)
    if report.refused_file:
        typer.echo(_("the refused rows, with reasons: {file}", file=report.refused_file), err=True)
    said = _("data version {version}", version=report.version) if stored else _("nothing was written")
    typer.echo(f"{heard(report.outcome)}: {said}", err=not stored)
    typer.echo(_("the whole report: {file}", file=report.report_file))


def _print_diff(diff: Diff) -> None:
    """What an exported file changes since, and what both it and the county changed."""
    said = _(
        "since version {base}, which it was exported from, the file added {added} rows, changed {changed} "
        "and removed {removed}",
        base=diff.base,
        added=len(diff.added),
        changed=len(diff.changed),
        removed=len(diff.removed),
    )
    typer.echo(said)
    if diff.conflicts:
        head = ("id", "column", "as exported", "in the county now", "in the file")
        shown = [
            (one.key, one.column or "-", one.base or "-", one.county or "-", one.file or "-")
            for one in diff.conflicts[:SHOWN]
        ]
        print_table(head, shown)
    if len(diff.conflicts) > SHOWN:
        typer.echo(_("… and {count} more conflicts in the report", count=len(diff.conflicts) - SHOWN))
    if diff.is_open:
        typer.echo(_("both changed these: import again with --take file or --take county"), err=True)


def _counted(report: ImportReport) -> str:
    """How many rows were read, and what became of them."""
    from geo.intake import Outcome

    counts = report.counts
    changes = _(
        "; {added} added, {changed} changed, {removed} removed",
        added=counts.added,
        changed=counts.changed,
        removed=counts.removed,
    )
    read = _(
        "{layer}: {read} rows read from {source} ({format}, {crs}), "
        "{accepted} accepted, {repaired} repaired, {refused} refused",
        layer=report.layer,
        read=counts.read,
        source=report.source,
        format=report.format,
        crs=report.crs or _("no places"),
        accepted=counts.accepted,
        repaired=counts.repaired,
        refused=counts.refused,
    )
    return read if report.outcome is Outcome.REFUSED else read + changes
