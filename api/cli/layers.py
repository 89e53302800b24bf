"""`yixian layers`, `layers history`, `layers restore`, `export`: the layers of a data folder, their past, and files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.language import _
from api.cli.opening import clock, opened, settings_of, step_back
from api.cli.options import AsJson, Data
from api.cli.printing import print_json, print_table, stamp, working

app = typer.Typer(help="What layers there are, of when they are, and what they were before.")

Name = Annotated[str, typer.Argument(help="The layer")]


@app.callback(invoke_without_command=True)
def layers(context: typer.Context, data: Data = None, as_json: AsJson = False) -> None:
    """What layers there are, and of when they are; `history` and `restore` go back in time."""
    from api import models

    if context.invoked_subcommand:
        return
    services = opened(data)
    rows = models.layers(services.county)
    if as_json:
        print_json(rows)
        return
    head = ("layer", "title", "rows", "synthetic", "date", "source", "CRS as given")
    print_table(head, [_layer_line(one) for one in rows])
    typer.echo(stamp(services, services.now()))


@app.command("history")
def history(context: typer.Context, name: Name, data: Data = None, as_json: AsJson = False) -> None:
    """Every version that a layer has had, newest first."""
    from api import models
    from api.wiring import served_folder
    from geo import store

    folder = served_folder(settings_of(data=data or _outer(context)))
    rows = [models.version(one) for one in store.history(folder, name)]
    if as_json:
        print_json(rows)
        return
    head = ("version", "", "rows", "date", "imported", "source", "CRS as given", "file")
    print_table(head, [_version_line(one) for one in rows])


@app.command("restore")
def restore(
    context: typer.Context,
    name: Name,
    version: Annotated[int, typer.Argument(help="Its version, as `yixian layers history` numbers them")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put an earlier version of a layer back into use; the one in use now stays in the history."""
    from api import models
    from geo import store
    from geo.errors import ReadOnlyError
    from geo.layers.registry import layer

    folder = settings_of(data=data or _outer(context)).folder
    if store.is_absent(folder):
        raise ReadOnlyError(_("{folder} does not exist; the built-in sample has no earlier versions", folder=folder))
    if layer(name).live and _is_begun(folder):
        live = _("{layer} are in the journal now, which is never set back: `yixian record correction FILE`", layer=name)
        raise ReadOnlyError(live)
    step_back("low")
    with working(_("checking")):
        data_version = store.restore(folder, name, version, now=clock()).version
    newest = models.version(store.history(folder, name)[0])
    if as_json:
        print_json(newest | {"data_version": data_version})
        return
    said = _(
        "{layer}: version {version} is in use again, as version {newest}: {rows} rows of {date} from {source}; "
        "data version {data_version}",
        layer=name,
        version=version,
        newest=newest["version"],
        rows=newest["rows"],
        date=newest["date"],
        source=newest["source"],
        data_version=data_version,
    )
    typer.echo(said)


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.gpkg, .geojson, .fgb, .parquet, .csv, .xlsx …")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYERS]...", help="The layers to write [default: all with rows]")
    ] = None,
    form: Annotated[
        str | None, typer.Option(help="Form, where the file's name does not tell: gpkg, shp, gcj02-geojson …")
    ] = None,
    crs: Annotated[str | None, typer.Option(help="Coordinate system of the file: EPSG:4546 … [default: WGS84]")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of a GeoPackage's styles: zh or en [default: zh]")] = None,
    data: Data = None,
) -> None:
    """Write layers to one file in any form, without restricted columns; edited, it can be imported again."""
    from api import params
    from api.exports import layer_files, layer_names, members
    from geo.export import form_for, form_named, write_layers

    services = opened(data)
    at, wanted = services.now(), form_named(form) if form else form_for(output)
    chosen = layer_names(",".join(names) if names else None, services.reader)
    files = layer_files(
        services.county, services.board, [services.layer(name) for name in chosen], params.language(lang)
    )
    write_layers(output, files, wanted, system=crs, members=members(services.board, at))
    typer.echo(f"{output}: {', '.join(file.spec.name for file in files)}, {stamp(services, at)}")


def _is_begun(folder: Path) -> bool:
    """Whether the journal tells of the field already, and not only of who used the service."""
    from api.record import open_journal

    journal = open_journal(folder)
    if journal is None:
        return False
    with journal:
        return journal.begun_at() is not None


def _outer(context: typer.Context) -> Path | None:
    """The data folder as given before the sub-command's name."""
    given: Path | None = context.parent.params.get("data") if context.parent else None
    return given


def _layer_line(one: dict[str, Any]) -> tuple[object, ...]:
    dated = (one["date"] or "-", one["source"] or "-", one["given_crs"] or "-")
    return (one["name"], one["title"]["zh"], one["rows"], one["synthetic_rows"], *dated)


def _version_line(one: dict[str, Any]) -> tuple[object, ...]:
    restored = _("as {version}", version=one["restored_from"]) if one["restored_from"] else ""
    state = _("in use") if one["in_use"] else restored
    came = (one["imported_at"] or "-", one["source"], one["given_crs"], one["file"])
    return (one["version"], state, one["rows"], one["date"], *came)
