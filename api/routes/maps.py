"""The maps as pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import errors, params
from api.deps import Served
from api.wiring import Services
from geo.calendar import Week
from geo.coverage import stay_coverage
from geo.duty import availability
from geo.errors import FarPlaceError, InputError
from geo.exposure import exposure
from geo.nearest import nearest
from geo.reach import ReachAreas, reach_areas
from maps.pages import coverage_page, dispatch_page, risk_page
from maps.words import LANGUAGES

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
    """One self-contained page; when it is drawn it asks `/v1/coverage/clock` for the week's coverage clock."""
    at = _to_the_minute(served)
    asked = (params.week(week, at), at, params.language(lang))
    return HTMLResponse(served.pages.get(("coverage", *asked), lambda: _coverage_page(served, *asked)))


@router.get("/maps/risk", summary="Forest-fire and geological risk", response_class=HTMLResponse)
def get_risk_map(served: Served, lang: Language = None) -> Response:
    """One self-contained page."""
    asked = (_to_the_minute(served), params.language(lang))
    return HTMLResponse(served.pages.get(("risk", *asked), lambda: _risk_page(served, *asked)))


@router.get("/maps/dispatch", summary="Who is first at a place, and what is reached", response_class=HTMLResponse)
def get_dispatch_map(
    served: Served,
    lon: Annotated[str | None, Query(description="longitude, WGS84 degrees; with lat, or neither")] = None,
    lat: Annotated[str | None, Query(description="latitude, WGS84 degrees")] = None,
    lang: Language = None,
) -> Response:
    """One self-contained page. A place too far from the county is a page that says so, with status 400."""
    at, language = _to_the_minute(served), params.language(lang)
    place = _place(lon, lat)
    far = None if place is None else _refusal(served, place)
    page = served.pages.get(("dispatch", place, at, language), lambda: _dispatch_page(served, place, far, at, language))
    return HTMLResponse(page) if far is None else HTMLResponse(page, errors.status_of(far))


def _refusal(served: Services, place: tuple[float, float]) -> FarPlaceError | None:
    """What is said of a place that is too far away; other faults of a place are raised."""
    try:
        served.atlas.refuse_far(*place)
    except FarPlaceError as refusal:
        return refusal
    return None


def _place(lon: str | None, lat: str | None) -> tuple[float, float] | None:
    """Longitude and latitude to six decimals, a decimetre; None where neither is given."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        missing = "lon" if lon is None else "lat"
        raise InputError(f"{missing} is required where the other is given", parameter=missing)
    return round(params.number("lon", lon), 6), round(params.number("lat", lat), 6)


def _to_the_minute(served: Services) -> datetime:
    """Pages show the present to the minute, so one drawing serves a minute's visitors."""
    return served.now().replace(second=0, microsecond=0)


def _coverage_page(served: Services, week: Week, at: datetime, language: str) -> bytes:
    answer = stay_coverage(served.atlas, served.board, week, at=at)
    here = f"/maps/coverage?lang={language}"
    beside = {"previous_week": week.monday.toordinal() - 1, "next_week": week.sunday.toordinal() + 1}
    links = _links(language) | {
        # The calendar's first and last week have a week on one side only.
        **{
            key: f"{here}&week={Week.of(date.fromordinal(day))}"
            for key, day in beside.items()
            if 0 < day <= date.max.toordinal() - 7
        },
        "lang": f"/maps/coverage?lang={_other(language)}&week={week}",
        "clock": f"/v1/coverage/clock?week={week}",
    }
    return coverage_page(served.atlas, served.board, answer, lang=language, links=links, sources=_sources(served))


def _risk_page(served: Services, at: datetime, language: str) -> bytes:
    answer = exposure(served.atlas)
    links = _links(language) | {"lang": f"/maps/risk?lang={_other(language)}"}
    return risk_page(served.atlas, served.board, answer, at=at, lang=language, links=links, sources=_sources(served))


def _dispatch_page(
    served: Services, place: tuple[float, float] | None, far: FarPlaceError | None, at: datetime, language: str
) -> bytes:
    near = place if far is None else None
    answer = None if near is None else nearest(served.atlas, served.board, *near, at=at, paths=True)
    asked = f"&lon={place[0]:.6f}&lat={place[1]:.6f}" if place else ""
    links = _links(language) | {"lang": f"/maps/dispatch?lang={_other(language)}{asked}"}
    areas, sources = _areas(served, at), _sources(served)
    return dispatch_page(
        served.atlas, served.board, answer, areas, at=at, far=far, lang=language, links=links, sources=sources
    )


def _areas(served: Services, at: datetime) -> ReachAreas:
    """The areas of reach, the same while the same closures are in force and the same teams count at the same places."""
    roads = served.board.roads
    conditions = None if roads is None else roads.conditions_at(at)
    placed = availability(served.atlas, served.board, at)
    key = conditions, placed.allowed().tobytes(), placed.lon.tobytes(), placed.lat.tobytes(), placed.recalled.tobytes()
    return served.areas.get(key, lambda: reach_areas(served.atlas, served.board, at=at))


def _links(language: str) -> dict[str, str]:
    """The maps in one language."""
    return {name: f"/maps/{name}?lang={language}" for name in ("dispatch", "coverage", "risk")}


def _sources(served: Services) -> list[str]:
    return [entry.source for entry in served.county.manifest.layers.values()]


def _other(language: str) -> str:
    return next(name for name in LANGUAGES if name != language)
