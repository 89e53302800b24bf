"""What a user sees: tables, JSON, faults, the stamp under an answer, and signs of life while something takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from api.cli.language import ENGLISH, _, heard, spoken, term

if TYPE_CHECKING:
    from datetime import date, datetime

    from api.wiring import Services
    from geo.errors import Fault, GeoError
    from geo.nearest import TeamNear
    from geo.reinforce import Donor

SHOWN = 20
"""How many kinds of fault, or remarks, are printed; the report has all."""

_EXAMPLES = 3
"""How many rows are named for each kind of fault."""

_STAGES = 8
"""How many steps an import announces."""


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; of the headings, those in English are translated."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*map(_, head), box=box.SIMPLE)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))  # Text: a name in brackets is no markup
    Console().print(table)


def origin(team: TeamNear | Donor) -> str:
    """What tells where a team sets out (R15a), and whether it is to be recalled (R15b)."""
    return heard(team.placed_by.replace("_", "-")) + (_(" (recall)") if team.recall else "")


def print_json(value: Any) -> None:
    """The whole answer for programs."""
    import orjson

    typer.echo(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def print_faults(faults: Sequence[Fault], shown: int = SHOWN) -> None:
    """On stderr: a line for each kind of fault with its first rows, and how many faults there are."""
    if not faults:
        return
    from geo.intake import by_kind

    kinds = by_kind(faults)
    for kind in kinds[:shown]:
        typer.echo(_fault_line(kind), err=True)
    if len(kinds) > shown:
        rest = sum(map(len, kinds[shown:]))
        more = _("… and {kinds:,} more kinds in {faults:,} faults", kinds=len(kinds) - shown, faults=rest)
        typer.echo(more, err=True)
    typer.echo(_("{count:,} fault(s)", count=len(faults)), err=True)


def _fault_line(kind: Sequence[Fault]) -> str:
    """One fault as it says itself; several of a kind with the first rows, and the advice if they share one."""
    first = kind[0]
    if len(kind) == 1:
        return _alone(first)
    rows = ", ".join(_fault_row(fault) for fault in kind[:_EXAMPLES])
    more = ", …" if len(kind) > _EXAMPLES else ""
    advice = f"; {heard(first.advice)}" if first.advice and len({fault.advice for fault in kind}) == 1 else ""
    counted = _("{count:,} faults", count=len(kind))
    return f"{first.layer}, {first.column}: {heard(first.problem)}: {counted}, {rows}{more}{advice}"


def _alone(fault: Fault) -> str:
    met = _(", met {value!r}", value=fault.value) if fault.value is not None else ""
    advice = f"; {heard(fault.advice)}" if fault.advice else ""
    return f"{fault.layer} {_where(fault)}, {fault.column}: {heard(fault.problem)}{met}{advice}"


def _fault_row(fault: Fault) -> str:
    return _where(fault) + (_(" met {value!r}", value=fault.value) if fault.value is not None else "")


def _where(fault: Fault) -> str:
    row = _("row {row}", row=fault.row) if fault.row else _("whole layer")
    return f"{row} ({fault.key})" if fault.key else row


def fail(message: str) -> NoReturn:
    """One line on stderr and exit status 2: something that the user can mend."""
    typer.echo(f"yixian: {message}", err=True)
    raise SystemExit(2)


def told(error: GeoError) -> str:
    """An error in the language spoken; one that the catalogue does not know stands in English behind its kind."""
    said, english = heard(str(error)), str(error)
    if spoken() == ENGLISH or said != english:
        return said
    from geo.errors import DataError, InputError, JournalError, NotFoundError

    match error:
        case NotFoundError():
            return _("not found: {message}", message=english)
        case InputError():
            return _("cannot be taken as it is asked: {message}", message=english)
        case DataError():
            return _("the data cannot be taken: {message}", message=english)
        case JournalError():
            return _("the journal: {message}", message=english)
        case _other:
            return _("not done: {message}", message=english)


def counts(group: str, numbers: Mapping[Any, int]) -> str:
    """How many there are of each term, those of which there are any."""
    return ", ".join(f"{term(group, one)}: {count}" for one, count in numbers.items() if count)


def day_of(day: date) -> str:
    """A day within its year, with its weekday."""
    return f"{weekday(day)} {day:%m-%d}"


def weekday(day: date) -> str:
    """The weekday of a day, in three letters or in Chinese."""
    return term("weekday", day.isoweekday()) if spoken() != ENGLISH else f"{day:%a}"


def county_name(services: Services) -> str:
    """The county, and the folder that it comes from."""
    name = services.atlas.layers["county"]["name"].iloc[0]
    if services.is_sample:
        return _("{county} (sample county, synthetic)", county=name)
    return f"{name} ({services.folder})"


def stamp(services: Services, at: datetime) -> str:
    """The line under every answer: of which county, as of when, from which data."""
    provenance = services.atlas.provenance
    return _(
        "{county} · as of {at:%Y-%m-%d %H:%M} · data {version} of {date:%Y-%m-%d} · rules {rules}",
        county=county_name(services),
        at=at,
        version=provenance.version,
        date=provenance.date,
        rules=provenance.rules,
    )


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner on a terminal while something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal for what is done one after another: called with how many are done, and of how many."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """A bar on a terminal that says what is being done, and for how long already."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=_STAGES)
        yield lambda what: progress.update(task, description=heard(what), advance=1)
