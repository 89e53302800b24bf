"""The maps as pages. Each takes `lang` and `f`, and `at` where it shows a moment; `api/pages.py` answers them all."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api import errors, params
from api.access import Sight
from api.deps import Served, ServedQuestions
from api.pages import Asked, At, PageAsked, moment, sources
from api.wiring import Services
from geo.calendar import Week
from geo.coverage import stay_coverage
from geo.coverage_clock import coverage_clock
from geo.duty import availability
from geo.errors import FarPlaceError, InputError
from geo.exposure import exposure
from geo.nearest import nearest
from geo.reach import ReachAreas, reach_areas
from maps.pages import Document, coverage_document, dispatch_document, risk_document

router = APIRouter(tags=["maps"])


@router.get("/maps/coverage", summary="Stay coverage of a week", response_class=HTMLResponse)
async def get_coverage_map(
    served: Served,
    asked: Asked,
    week: Annotated[str | None, Query(description="ISO week such as 2022-W51; by default that of the moment")] = None,
    at: At = None,
) -> Response:
    """The villages by state; when it is drawn the page asks `/v1/coverage/clock` for the week's coverage clock."""
    now = moment(served, at)
    shown = params.week(week, now)

    def make(saved: bool) -> Document:
        return _of(now, at, _coverage(served, asked, shown, now, at, saved=saved))

    return await asked.answer(served, ("coverage", shown, now, at, _leaders_of(served)), make)


@router.get("/maps/risk", summary="Forest-fire and geological risk", response_class=HTMLResponse)
async def get_risk_map(
    served: Served,
    asked: Asked,
    day: Annotated[
        str | None, Query(description="day whose forest-fire class is shown first; by default that of the moment")
    ] = None,
    at: At = None,
) -> Response:
    """Risk zones, hazard sites, incidents, who is exposed, and the forest-fire class of any day of the season."""
    now = moment(served, at)
    shown = None if day is None else params.day(day, now)
    question = "" if shown is None else f"&day={shown}"

    def make(saved: bool) -> Document:
        links = {} if saved else asked.links("risk", at, question)
        document = risk_document(
            served.atlas,
            served.board,
            served.exposures.get("all", lambda: exposure(served.atlas)),
            at=now,
            day=shown,
            lang=asked.language,
            links=links,
            sources=sources(served),
        )
        return _of(now, at, document)

    return await asked.answer(served, ("risk", shown, now, at), make)


@router.get("/maps/dispatch", summary="Who is first at a place, and what is reached", response_class=HTMLResponse)
async def get_dispatch_map(
    served: ServedQuestions,
    asked: Asked,
    lon: Annotated[str | None, Query(description="longitude, WGS84 degrees; with lat, or neither")] = None,
    lat: Annotated[str | None, Query(description="latitude, WGS84 degrees")] = None,
    at: At = None,
) -> Response:
    """Who is first there, on which roads. A place too far from the county is a page that says so, with status 400."""
    now, place = moment(served, at), _place(lon, lat)
    far = None if place is None else _refusal(served, place)

    def make(saved: bool) -> Document:
        near = place if far is None else None
        answer = None if near is None else nearest(served.atlas, served.board, *near, at=now, paths=True)
        here = f"&lon={place[0]:.6f}&lat={place[1]:.6f}" if place else ""
        document = dispatch_document(
            served.atlas,
            served.board,
            answer,
            _areas(served, now),
            at=now,
            far=far,
            lang=asked.language,
            links={} if saved else asked.links("dispatch", at, here),
            sources=sources(served),
        )
        return _of(now, at, document)

    return await asked.answer(
        served, ("dispatch", place, now, at), make, HTTPStatus.OK if far is None else errors.status_of(far)
    )


def _of(moment: datetime, asked: str | None, document: Document) -> Document:
    """`document`, with a sign where the moment was asked for."""
    return document if asked is None else document.of_another_time(moment)


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


def _coverage(
    served: Services, asked: PageAsked, week: Week, now: datetime, at: str | None, *, saved: bool
) -> Document:
    answer = stay_coverage(served.atlas, served.board, week, at=now)
    clock = coverage_clock(served.atlas, served.board, week) if saved else None
    links = {} if saved else asked.links("coverage", at, f"&week={week}") | _weeks(asked, week, at)
    return coverage_document(
        served.atlas,
        served.board,
        answer,
        clock=clock,
        leaders_of=_leaders_of(served),
        lang=asked.language,
        links=links,
        sources=sources(served),
    )


def _leaders_of(served: Services) -> frozenset[str]:
    """The towns whose leaders the reader may see."""
    return frozenset(town for town in served.atlas.layers["towns"]["code"] if served.reader.sees(Sight.NAMES, town))


def _weeks(asked: PageAsked, week: Week, at: str | None) -> dict[str, str]:
    """The weeks beside, of which the calendar's first and last one have one only, and where the clock is asked for."""
    here = asked.links("coverage", at)["coverage"]
    beside = {"previous_week": week.monday.toordinal() - 1, "next_week": week.sunday.toordinal() + 1}
    links = {
        key: f"{here}&week={Week.of(date.fromordinal(day))}"
        for key, day in beside.items()
        if 0 < day <= date.max.toordinal() - 7
    }
    return {**links, "clock": f"/v1/coverage/clock?week={week}"}


def _areas(served: Services, at: datetime) -> ReachAreas:
    """The areas of reach, the same while the same closures are in force and the same teams count at the same places."""
    roads = served.board.roads
    conditions = None if roads is None else roads.conditions_at(at)
    placed = availability(served.atlas, served.board, at)
    key = conditions, placed.allowed().tobytes(), placed.lon.tobytes(), placed.lat.tobytes(), placed.recalled.tobytes()
    return served.areas.get(key, lambda: reach_areas(served.atlas, served.board, at=at))
