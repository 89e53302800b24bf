"""The maps as pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import params
from api.deps import Served
from api.wiring import Services
from geo.calendar import DAY, Week
from geo.coverage import stay_coverage
from geo.exposure import exposure
from maps.pages import coverage_page, risk_page

router = APIRouter(tags=["maps"])
Language = Annotated[str | None, Query(description="zh (default) or en")]


@router.get("/", include_in_schema=False)
async def get_root() -> Response:
    """The first page that a commander wants."""
    return RedirectResponse("/maps/coverage")


@router.get("/maps/coverage", summary="Stay coverage of a week", response_class=HTMLResponse)
def get_coverage_map(
    served: Served,
    week: Annotated[str | None, Query(description="ISO week such as 2022-W51; by default the present one")] = None,
    lang: Language = None,
) -> Response:
    """One self-contained page."""
    at = _to_the_minute(served)
    asked = (params.week(week, at), at, params.language(lang))
    return HTMLResponse(served.pages.get(("coverage", *asked), lambda: _coverage_page(served, *asked)))


@router.get("/maps/risk", summary="Forest-fire and geological risk", response_class=HTMLResponse)
def get_risk_map(served: Served, lang: Language = None) -> Response:
    """One self-contained page."""
    asked = (_to_the_minute(served), params.language(lang))
    return HTMLResponse(served.pages.get(("risk", *asked), lambda: _risk_page(served, *asked)))


def _to_the_minute(served: Services) -> datetime:
    """Pages show the present to the minute, so one drawing serves a minute's visitors."""
    return served.now().replace(second=0, microsecond=0)


def _coverage_page(served: Services, week: Week, at: datetime, language: str) -> bytes:
    answer = stay_coverage(served.atlas, served.board, week, at=at)
    other = _other(language)
    here = f"/maps/coverage?lang={language}"
    links = {
        "coverage": here,
        "risk": f"/maps/risk?lang={language}",
        "previous_week": f"{here}&week={Week.of(week.monday - DAY)}",
        "next_week": f"{here}&week={Week.of(week.sunday + DAY)}",
        "lang": f"/maps/coverage?lang={other}&week={week}",
    }
    return coverage_page(served.atlas, served.board, answer, lang=language, links=links, sources=_sources(served))


def _risk_page(served: Services, at: datetime, language: str) -> bytes:
    answer = exposure(served.atlas)
    links = {
        "coverage": f"/maps/coverage?lang={language}",
        "risk": f"/maps/risk?lang={language}",
        "lang": f"/maps/risk?lang={_other(language)}",
    }
    return risk_page(served.atlas, served.board, answer, at=at, lang=language, links=links, sources=_sources(served))


def _sources(served: Services) -> list[str]:
    return [entry.source for entry in served.county.manifest.layers.values()]


def _other(language: str) -> str:
    return next(name for name in params.LANGUAGES if name != language)
