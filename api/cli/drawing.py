"""`yixian map`: a map as one file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.opening import opened
from api.cli.options import Data, Week
from api.cli.printing import fail, working

if TYPE_CHECKING:
    from api.wiring import Services


class MapName(StrEnum):
    """The maps there are."""

    COVERAGE = "coverage"
    RISK = "risk"
    DISPATCH = "dispatch"


class Language(StrEnum):
    """The languages of the pages."""

    ZH = "zh"
    EN = "en"


def map_(
    name: Annotated[MapName, typer.Argument(help="Which map")],
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.html")],
    week: Week = None,
    lon: Annotated[float | None, typer.Option(help="dispatch: longitude of the place, WGS84 degrees")] = None,
    lat: Annotated[float | None, typer.Option(help="dispatch: latitude of the place")] = None,
    lang: Annotated[Language, typer.Option(help="Language of the page")] = Language.ZH,
    data: Data = None,
) -> None:
    """Draw a map as one file that opens without a network."""
    from geo.files import write_atomic

    services = opened(data)
    with working("drawing"):
        match name:
            case MapName.COVERAGE:
                page = _coverage(services, week, lang)
            case MapName.RISK:
                page = _risk(services, lang)
            case MapName.DISPATCH:
                page = _dispatch(services, lon, lat, lang)
    write_atomic(output, page)
    typer.echo(f"{output}: {len(page) / 1024:,.0f} KB")


def _coverage(services: Services, week: str | None, lang: Language) -> bytes:
    from api import params
    from geo.coverage import stay_coverage
    from geo.coverage_clock import coverage_clock
    from maps.pages import coverage_page

    at = services.now()
    atlas, board, asked = services.atlas, services.board, params.week(week, at)
    answer, clock = stay_coverage(atlas, board, asked, at=at), coverage_clock(atlas, board, asked)
    return coverage_page(atlas, board, answer, clock=clock, lang=lang, sources=_sources(services))


def _risk(services: Services, lang: Language) -> bytes:
    from geo.exposure import exposure
    from maps.pages import risk_page

    hazards = exposure(services.atlas)
    return risk_page(services.atlas, services.board, hazards, at=services.now(), lang=lang, sources=_sources(services))


def _dispatch(services: Services, lon: float | None, lat: float | None, lang: Language) -> bytes:
    from geo.nearest import nearest
    from geo.reach import reach_areas
    from maps.pages import dispatch_page

    if (lon is None) != (lat is None):
        fail("a place has both --lon and --lat")
    atlas, board, at = services.atlas, services.board, services.now()
    answer = None if lon is None or lat is None else nearest(atlas, board, lon, lat, at=at, paths=True)
    areas = reach_areas(atlas, board, at=at)
    return dispatch_page(atlas, board, answer, areas, at=at, lang=lang, sources=_sources(services))


def _sources(services: Services) -> list[str]:
    return [entry.source for entry in services.county.manifest.layers.values()]
