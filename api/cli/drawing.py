"""`yixian map` and `yixian brief`: a map, or the week's bulletin, as one file to share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard
from api.cli.opening import opened
from api.cli.options import At, Data, Week
from api.cli.printing import fail, working
from api.cli.writing import write

if TYPE_CHECKING:
    from datetime import datetime

    from api.wiring import Services
    from maps.pages import Document


class MapName(StrEnum):
    """The maps there are."""

    COVERAGE = "coverage"
    RISK = "risk"
    DISPATCH = "dispatch"
    HISTORY = "history"


class Language(StrEnum):
    """The languages of the pages."""

    ZH = "zh"
    EN = "en"


PageLanguage = Annotated[Language, typer.Option(help="Language of the page")]


def map_(
    name: Annotated[MapName, typer.Argument(help="Which map")],
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.html, FILE.png or FILE.pdf")],
    week: Week = None,
    at: At = None,
    lon: Annotated[float | None, typer.Option(help="dispatch: longitude of the place, WGS84 degrees")] = None,
    lat: Annotated[float | None, typer.Option(help="dispatch: latitude of the place")] = None,
    width: Annotated[int | None, typer.Option(help="PNG: width in pixels [default: 1600]")] = None,
    height: Annotated[int | None, typer.Option(help="PNG: height in pixels [default: 1000]")] = None,
    scale: Annotated[float | None, typer.Option(help="PNG: dots to a pixel, each way [default: 2]")] = None,
    lang: PageLanguage = Language.ZH,
    data: Data = None,
) -> None:
    """Draw a map as one file that opens without a network: a page to look around in, a picture, or a sheet to print.

    PNG and PDF are drawn by the machine's Chromium, or plainly where there is none.
    """
    from api import params

    form = _form(output, ("html", "png", "pdf"))
    services = opened(data)
    now = params.at(at, services.now())
    with working(_("drawing")):
        match name:
            case MapName.COVERAGE:
                document = _coverage(services, week, now, lang)
            case MapName.RISK:
                document = _risk(services, now, lang)
            case MapName.DISPATCH:
                document = _dispatch(services, lon, lat, now, lang)
            case MapName.HISTORY:
                document = _history(services, week, now, lang)
        _press(document, output, form, {"width_px": width, "height_px": height, "scale": scale})


def brief(
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.html, FILE.pdf, FILE.png or FILE.xlsx")],
    week: Week = None,
    at: At = None,
    lang: PageLanguage = Language.ZH,
    data: Data = None,
) -> None:
    """Write the week's bulletin: map, villages without coverage, changes since last week, what is open or red."""
    from api import params
    from geo.brief import weekly_brief
    from geo.tables import brief_tables
    from maps.pages import brief_document

    form = _form(output, ("html", "pdf", "png", "xlsx"))
    services = opened(data)
    now = params.at(at, services.now())
    with working(_("drawing")):
        answer = weekly_brief(services.atlas, services.board, params.week(week, now), at=now)
        if form == "xlsx":
            write(output, brief_tables(answer), services, lang)
        else:
            sources = _sources(services)
            _press(brief_document(services.atlas, services.board, answer, lang=lang, sources=sources), output, form, {})


def _form(output: Path, forms: tuple[str, ...]) -> str:
    """The form that a file's suffix asks for."""
    form = output.suffix.lower().removeprefix(".")
    if form not in forms:
        fail(_("{output}: name it {suffixes}", output=output, suffixes=" / ".join(f".{one}" for one in forms)))
    return form


def _press(document: Document, output: Path, form: str, size: dict[str, float | None]) -> None:
    """Write the page, and say so; and why, where it is drawn plainly."""
    from geo.files import write_atomic
    from maps.press import Size, find_browser, press

    given = {name: value for name, value in size.items() if value is not None}
    if given and form != "png":
        fail(_("--width, --height and --scale are of a PNG"))
    sheet = press(document, form, size=Size(**given), browser=find_browser())  # type: ignore[arg-type]  # by name
    write_atomic(output, sheet.content)
    typer.echo(f"{output}: {len(sheet.content) / 1024:,.0f} KB")
    if sheet.plain:
        typer.echo(_("drawn plainly: {reason}", reason=heard(sheet.plain)), err=True)


def _coverage(services: Services, week: str | None, at: datetime, lang: Language) -> Document:
    from api import params
    from geo.coverage import stay_coverage
    from geo.coverage_clock import coverage_clock
    from maps.pages import coverage_document

    atlas, board, asked = services.atlas, services.board, params.week(week, at)
    answer, clock = stay_coverage(atlas, board, asked, at=at), coverage_clock(atlas, board, asked)
    return coverage_document(atlas, board, answer, clock=clock, lang=lang, sources=_sources(services))


def _risk(services: Services, at: datetime, lang: Language) -> Document:
    from geo.exposure import exposure
    from maps.pages import risk_document

    hazards = exposure(services.atlas)
    return risk_document(services.atlas, services.board, hazards, at=at, lang=lang, sources=_sources(services))


def _dispatch(services: Services, lon: float | None, lat: float | None, at: datetime, lang: Language) -> Document:
    from geo.nearest import nearest
    from geo.reach import reach_areas
    from maps.pages import dispatch_document

    if (lon is None) != (lat is None):
        fail(_("a place has both --lon and --lat"))
    atlas, board = services.atlas, services.board
    answer = None if lon is None or lat is None else nearest(atlas, board, lon, lat, at=at, paths=True)
    areas = reach_areas(atlas, board, at=at)
    return dispatch_document(atlas, board, answer, areas, at=at, lang=lang, sources=_sources(services))


def _history(services: Services, week: str | None, at: datetime, lang: Language) -> Document:
    from api import params
    from geo.coverage import stay_history
    from maps.pages import history_document

    atlas, board = services.atlas, services.board
    answer = stay_history(atlas, board, *params.weeks(None, week, at), at=at)
    return history_document(atlas, board, answer, lang=lang, sources=_sources(services))


def _sources(services: Services) -> list[str]:
    return [entry.source for entry in services.county.manifest.layers.values()]
