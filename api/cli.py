"""The `yixian` command: each sub-command over the same services as the web side. Heavy imports happen on use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from api.settings import Settings
    from api.wiring import Services
    from geo.errors import Fault
    from geo.intake import ImportReport, Wishes

app = typer.Typer(
    name="yixian",
    help="Yixian 一线: who reaches a place first, which villages nobody covers, and where the risk lies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="YIXIAN_DATA", help="Data folder [default: data/county; absent: the built-in sample]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
Week = Annotated[str | None, typer.Option(help="ISO week such as 2022-W51 [default: the present one]")]


_SHOWN = 20
"""How many faults or remarks are printed; the report has all."""


class MapName(StrEnum):
    """The maps there are."""

    COVERAGE = "coverage"
    RISK = "risk"


class Language(StrEnum):
    """The languages of the pages."""

    ZH = "zh"
    EN = "en"


def main() -> None:
    """Run the command. An error that the user can mend is one line on stderr and exit status 2."""
    from geo.errors import GeoError, LayerFaultsError

    try:
        app()
    except LayerFaultsError as error:
        _print_faults(error.faults)
        raise SystemExit(1) from None
    except GeoError as error:
        _fail(str(error))


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8000,
) -> None:
    """Serve the maps and the API on this machine."""
    settings = _settings(data=data, host=host, port=port)
    with _listening(settings) as (sock, address):
        with _working("opening the county's data"):
            services = _open(settings)
            from api.app import create_app
            from api.swap import Live
        import uvicorn

        config = uvicorn.Config(
            create_app(Live(services, settings)), log_level="warning", access_log=False, server_header=False
        )
        sock.listen(config.backlog)  # from here on a visitor waits instead of being turned away
        typer.echo(f"{_county(services)}: {address}/  (Ctrl-C stops)")
        with suppress(KeyboardInterrupt):  # the server has stopped gracefully by then
            uvicorn.Server(config).run(sockets=[sock])


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="New data folder")],
    osm: Annotated[Path, typer.Option("--osm", help="OpenStreetMap extract, .osm.pbf or .osm")],
    as_json: AsJson = False,
) -> None:
    """Begin a county from one OpenStreetMap file: borders, villages, roads, rivers, woodland, fire stations."""
    from api.counties import begin_from_osm

    with _working(f"reading {osm.name}"):
        report = begin_from_osm(folder, osm, now=_clock())
    if as_json:
        _print_json(report)
        return
    rows = ", ".join(f"{count:,} {name}" for name, count in report.rows.items())
    typer.echo(f"{folder}: {report.county}, {rows}; data version {report.version} of {report.date:%Y-%m-%d}")
    west, south, east, north = report.bounds
    typer.echo(f"bounds {west:.4f} {south:.4f} {east:.4f} {north:.4f}; metres in {report.metric_crs}")
    for name, tally in report.tallies.items():
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in tally.left_out.items())
        typer.echo(f"{name}: {tally.read:,} read, {sum(tally.kept.values()):,} kept; left out: {left_out or 'none'}")
    for note in report.notes:
        typer.echo(note)
    typer.echo(f"{report.source} · next: yixian serve --data {folder}")


@app.command("import")
def import_(
    layer: Annotated[str, typer.Argument(help="The layer to fill; `yixian layers` lists them.")],
    file: Annotated[
        Path,
        typer.Argument(
            help="GeoPackage, GeoJSON, Shapefile (also zipped), FlatGeobuf, GeoParquet, FileGDB, KML, CSV or XLSX"
        ),
    ],
    crs: Annotated[
        str | None,
        typer.Option(help="Coordinate system, when the file does not say: EPSG:4326, EPSG:4546, GCJ-02, BD-09 …"),
    ] = None,
    layer_in_file: Annotated[str | None, typer.Option(help="Layer or sheet to read, when there are several.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a shapefile or CSV, such as GBK.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="TOML file: which heading goes to which column, what words mean.")
    ] = None,
    upsert: Annotated[bool, typer.Option("--upsert", help="Add or replace rows by id, keep the others.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Take the good rows; the bad ones go to a file with their reasons.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but write the layer.")] = False,
    show_mapping: Annotated[bool, typer.Option("--show-mapping", help="Print what would go where, and stop.")] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="Start a new data folder without the sample's layers.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Replace a layer by a file, all or nothing, with a report of everything that was done."""
    from api.imports import Manner, import_file
    from geo.intake import Bounds, Wishes, load_mapping

    _step_back()
    settings = _settings(data=data)
    known = load_mapping(mapping) if mapping else None
    wishes = Wishes(crs, layer_in_file, encoding, known, Bounds.of(settings.limits))
    if show_mapping:
        _print_mapping(layer, file, wishes, as_json)
        return
    with _stages() as stage:
        report = import_file(
            settings.folder,
            layer,
            file,
            now=_clock(),
            wishes=wishes,
            manner=Manner(upsert, skip_bad, dry_run, empty),
            stage=stage,
        )
    if as_json:
        _print_json(report.body())
    else:
        _print_report(report)
    raise typer.Exit(0 if report.written or (dry_run and not report.faults) else 1)


def _print_mapping(layer: str, file: Path, wishes: Wishes, as_json: bool) -> None:
    """What would go where, and why."""
    from geo.intake import show_mapping
    from geo.layers.registry import layer as spec_of

    lines = show_mapping(file, spec_of(layer), wishes)
    if as_json:
        _print_json(lines)
        return
    _print_table(
        ("in the file", "in the layer", "kind", "how", "sample"),
        [(one.source or "-", one.target or "-", one.kind, one.how, one.sample) for one in lines],
    )


def _print_report(report: ImportReport) -> None:
    """The short form; the whole is in the files that it names."""
    counts = report.counts
    if report.created == "sample":
        typer.echo("the data folder was created as a copy of the sample county; its other layers are synthetic")
    typer.echo(
        f"{report.layer}: {counts.read} rows read from {report.source} ({report.format}, {report.crs or 'no places'}), "
        f"{counts.accepted} accepted, {counts.repaired} repaired, {counts.refused} refused; "
        f"{counts.added} added, {counts.changed} changed, {counts.removed} removed"
    )
    for remark in report.remarks[:_SHOWN]:
        typer.echo(f"{remark.severity}: {remark.text}")
    if len(report.remarks) > _SHOWN:
        typer.echo(f"… and {len(report.remarks) - _SHOWN} more remarks in the report")
    if report.ignored_columns:
        typer.echo(f"columns not used: {', '.join(report.ignored_columns)}")
    _print_faults(report.faults)
    if report.refused_file:
        typer.echo(f"the refused rows, with reasons: {report.refused_file}", err=True)
    typer.echo(f"data version {report.version}" if report.written else "nothing was written", err=not report.written)
    typer.echo(f"the whole report: {report.report_file}")


@app.command(context_settings={"ignore_unknown_options": True})  # a negative longitude is no option
def nearest(
    lon: Annotated[float, typer.Argument(help="Longitude, WGS84 degrees")],
    lat: Annotated[float, typer.Argument(help="Latitude, WGS84 degrees")],
    k: Annotated[int, typer.Option(help="How many teams")] = 3,
    kind: Annotated[str | None, typer.Option(help="city or township")] = None,
    skill: Annotated[str | None, typer.Option(help="Only teams with this skill")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The k teams nearest to a place."""
    from api import models, params
    from geo.nearest import nearest as ask

    services = _open(_settings(data=data))
    answer = ask(
        services.atlas,
        services.board,
        lon,
        lat,
        at=services.now(),
        k=k,
        kind=params.team_kind(kind),
        skill=params.skill(skill),
    )
    if as_json:
        _print_json(models.nearest(answer))
        return
    place = answer.place
    typer.echo(
        f"{place.town_name or '-'} {place.village_name or 'outside every village'} · grid {place.grid_code or '-'} · "
        f"zones: {', '.join(f'{zone.name} (level {zone.level})' for zone in place.zones) or 'none'}"
    )
    _print_table(
        ("", "team", "name", "kind", "skills", "km"),
        [(t.rank, t.team_id, t.name, t.kind, " ".join(t.skills), f"{t.distance_m / 1000:.2f}") for t in answer.teams],
    )
    typer.echo(f"{answer.reason} · {_stamp(services, answer.at)}")


@app.command()
def coverage(
    week: Week = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write FILE.geojson instead")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The villages that lack stay coverage in a week."""
    from api import models, params
    from geo.coverage import stay_coverage
    from geo.export import coverage_geojson, write_geojson
    from geo.terms import StayState

    services = _open(_settings(data=data))
    at = services.now()
    answer = stay_coverage(services.atlas, services.board, params.week(week, at), at=at)
    if output is not None:
        write_geojson(output, coverage_geojson(services.atlas, answer))
        typer.echo(f"{output}: {len(answer.villages)} villages, {answer.week}")
        return
    if as_json:
        _print_json(models.stay_coverage(answer))
        return
    lacking = [village for village in answer.villages if village.state is not StayState.MET]
    typer.echo(f"{answer.week} · " + ", ".join(f"{state}: {n}" for state, n in answer.counts.items() if n))
    _print_table(
        ("village", "name", "town", "state", "nights", "reason"),
        [(v.village_code, v.village_name, v.town_name or "-", v.state, v.nights, v.reason) for v in lacking],
    )
    typer.echo(_stamp(services, at))


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="The layer to write")],
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.geojson")],
    data: Data = None,
) -> None:
    """Write a layer as GeoJSON, without its restricted columns."""
    from geo.export import layer_geojson, write_geojson
    from geo.layers.registry import layer as spec_of

    services = _open(_settings(data=data))
    at = services.now()
    write_geojson(output, layer_geojson(services.atlas, services.board, spec_of(layer), at=at))
    typer.echo(f"{output}: {layer}, {_stamp(services, at)}")


@app.command("map")
def map_(
    name: Annotated[MapName, typer.Argument(help="Which map")],
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.html")],
    week: Week = None,
    lang: Annotated[Language, typer.Option(help="Language of the page")] = Language.ZH,
    data: Data = None,
) -> None:
    """Draw a map as one file that opens without a network."""
    from api import params
    from geo.coverage import stay_coverage
    from geo.exposure import exposure
    from geo.files import write_atomic
    from maps.pages import coverage_page, risk_page

    services = _open(_settings(data=data))
    at, sources = services.now(), [entry.source for entry in services.county.manifest.layers.values()]
    with _working("drawing"):
        if name is MapName.COVERAGE:
            answer = stay_coverage(services.atlas, services.board, params.week(week, at), at=at)
            page = coverage_page(services.atlas, services.board, answer, lang=lang, sources=sources)
        else:
            hazards = exposure(services.atlas)
            page = risk_page(services.atlas, services.board, hazards, at=at, lang=lang, sources=sources)
    write_atomic(output, page)
    typer.echo(f"{output}: {len(page) / 1024:,.0f} KB")


layers_app = typer.Typer(help="What layers there are, of when they are, and what they were before.")
app.add_typer(layers_app, name="layers")


@layers_app.callback(invoke_without_command=True)
def layers(context: typer.Context, data: Data = None, as_json: AsJson = False) -> None:
    """What layers there are, and of when they are; `history` and `restore` go back in time."""
    from api import models

    if context.invoked_subcommand:
        return
    services = _open(_settings(data=data))
    rows = models.layers(services.county)
    if as_json:
        _print_json(rows)
        return
    _print_table(
        ("layer", "title", "rows", "synthetic", "date", "source", "CRS as given"),
        [
            (
                one["name"],
                one["title"]["zh"],
                one["rows"],
                one["synthetic_rows"],
                one["date"] or "-",
                one["source"] or "-",
                one["given_crs"] or "-",
            )
            for one in rows
        ],
    )
    typer.echo(_stamp(services, services.now()))


@layers_app.command("history")
def layers_history(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The layer")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Every version that a layer has had, newest first."""
    from api import models
    from api.wiring import served_folder
    from geo.store import history

    rows = [models.version(one) for one in history(served_folder(_settings(data=data or _outer(context))), name)]
    if as_json:
        _print_json(rows)
        return
    _print_table(
        ("version", "", "rows", "date", "imported", "source", "CRS as given", "file"),
        [
            (
                one["version"],
                "in use" if one["in_use"] else f"as {one['restored_from']}" if one["restored_from"] else "",
                one["rows"],
                one["date"],
                one["imported_at"] or "-",
                one["source"],
                one["given_crs"],
                one["file"],
            )
            for one in rows
        ],
    )


@layers_app.command("restore")
def layers_restore(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The layer")],
    version: Annotated[int, typer.Argument(help="Its version, as `yixian layers history` numbers them")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put an earlier version of a layer back into use; the one in use now stays in the history."""
    from api import models
    from geo.errors import ReadOnlyError
    from geo.store import history, is_absent, restore

    settings = _settings(data=data or _outer(context))
    if is_absent(settings.folder):
        raise ReadOnlyError(f"{settings.folder} does not exist; the built-in sample has no earlier versions")
    _step_back()
    with _working("checking"):
        manifest = restore(settings.folder, name, version, now=_clock())
    newest = history(settings.folder, name)[0]
    if as_json:
        _print_json(models.version(newest) | {"data_version": manifest.version})
        return
    typer.echo(
        f"{name}: version {version} is in use again, as version {newest.number}: {newest.entry.rows} rows of "
        f"{newest.entry.date} from {newest.entry.source}; data version {manifest.version}"
    )


def _outer(context: typer.Context) -> Path | None:
    """The data folder as given before the sub-command's name."""
    given: Path | None = context.parent.params.get("data") if context.parent else None
    return given


@app.command()
def check(data: Data = None) -> None:
    """Look the data folder over: hashes, every row, references between layers, the partition of villages."""
    from api.wiring import served_folder
    from geo.store import problems

    folder = served_folder(_settings(data=data))
    with _working("checking"):
        found = problems(folder)
    for line in found:
        typer.echo(line, err=True)
    typer.echo(f"{folder}: {f'{len(found)} problem(s)' if found else 'whole'}")
    raise typer.Exit(1 if found else 0)


@app.command()
def sample(folder: Annotated[Path, typer.Argument(help="Folder to write")]) -> None:
    """Write the sample county: Lengshuijiang's real names and codes on made-up ground."""
    from geo.store import write_sample

    with _working("making the county"):
        manifest = write_sample(folder)
    typer.echo(f"{folder}: {len(manifest.layers)} layers, data version {manifest.version}")


def _settings(**given: Any) -> Settings:
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        _fail(f"{'.'.join(map(str, first['loc'])) or 'settings'}: {first['msg']}")


def _step_back() -> None:
    """Lower this process's priority where the system lets it: answers go before imports."""
    import os

    with suppress(AttributeError, OSError):
        os.nice(10)


def _clock() -> datetime:
    from api.settings import clock

    return clock()


def _open(settings: Settings) -> Services:
    from api.wiring import open_services

    services = open_services(settings)
    if services.is_sample and settings.data is not None:
        typer.echo(f"{settings.data} does not exist; this is the built-in sample, read-only", err=True)
    return services


def _county(services: Services) -> str:
    name = services.atlas.layers["county"]["name"].iloc[0]
    return f"{name} (sample county, synthetic)" if services.is_sample else f"{name} ({services.folder})"


def _stamp(services: Services, at: datetime) -> str:
    provenance = services.atlas.provenance
    return f"{_county(services)} · as of {at:%Y-%m-%d %H:%M} · data {provenance.version} of {provenance.date:%Y-%m-%d}"


@contextmanager
def _listening(settings: Settings) -> Iterator[tuple[Any, str]]:
    """The port, taken before anything is loaded: a port in use is told at once."""
    import socket

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named: asyncio turns off the waiting for more (40 ms an answer) only where it is.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except OSError as reason:
            _fail(f"port {settings.port} on {settings.host} cannot be taken ({reason.strerror}); try --port 8001")
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield sock, f"http://{host}:{sock.getsockname()[1]}"


_STAGES = 6
"""How many steps an import announces."""


@contextmanager
def _stages() -> Iterator[Callable[[str], None]]:
    """A bar on a terminal that says what is being done, and for how long already."""
    import sys

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=_STAGES)
        yield lambda what: progress.update(task, description=what, advance=1)


@contextmanager
def _working(what: str) -> Iterator[None]:
    """A spinner on a terminal while something takes its time."""
    import sys

    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def _print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=box.SIMPLE)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))  # Text: a name in brackets is no markup
    Console().print(table)


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _print_faults(faults: Sequence[Fault], shown: int = _SHOWN) -> None:
    if not faults:
        return
    for fault in faults[:shown]:
        typer.echo(str(fault), err=True)
    if len(faults) > shown:
        typer.echo(f"… and {len(faults) - shown} more", err=True)
    typer.echo(f"{len(faults)} fault(s)", err=True)


def _fail(message: str) -> NoReturn:
    """One line on stderr and exit status 2: something that the user can mend."""
    typer.echo(f"yixian: {message}", err=True)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
