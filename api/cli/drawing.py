"""`yixian map`: a map as one file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.opening import opened
from api.cli.options import Data, Week
from api.cli.printing import working

if TYPE_CHECKING:
    from api.wiring import Services


class MapName(StrEnum):
    """The maps there are."""

    COVERAGE = "coverage"
    RISK = "risk"


class Language(StrEnum):
    """The languages of the pages."""

    ZH = "zh"
    EN = "en"


def map_(
    name: Annotated[MapName, typer.Argument(help="Which map")],
    output: Annotated[Path, typer.Option("-o", "--output", help="FILE.html")],
    week: Week = None,
    lang: Annotated[Language, typer.Option(help="Language of the page")] = Language.ZH,
    data: Data = None,
) -> None:
    """Draw a map as one file that opens without a network."""
    from geo.files import write_atomic

    services = opened(data)
    with working("drawing"):
        page = _coverage(services, week, lang) if name is MapName.COVERAGE else _risk(services, lang)
    write_atomic(output, page)
    typer.echo(f"{output}: {len(page) / 1024:,.0f} KB")


def _coverage(services: Services, week: str | None, lang: Language) -> bytes:
    from api import params
    from geo.coverage import stay_coverage
    from maps.pages import coverage_page

    at = services.now()
    answer = stay_coverage(services.atlas, services.board, params.week(week, at), at=at)
    return coverage_page(services.atlas, services.board, answer, lang=lang, sources=_sources(services))


def _risk(services: Services, lang: Language) -> bytes:
    from geo.exposure import exposure
    from maps.pages import risk_page

    hazards = exposure(services.atlas)
    return risk_page(services.atlas, services.board, hazards, at=services.now(), lang=lang, sources=_sources(services))


def _sources(services: Services) -> list[str]:
    return [entry.source for entry in services.county.manifest.layers.values()]
