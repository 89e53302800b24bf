"""What can be reached by road: every place of the county, areas, and outward from one place."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import bodies, params, road_models
from api.deps import ServedQuestions
from api.routes.nearest import At, AvailableQuery, Kind, SkillQuery
from api.tables import CONTENT, GEOJSON_CONTENT, Form, Formed
from api.wiring import Services
from geo.geojson import dumps
from geo.reach import reach_areas, reach_coverage, reach_from
from geo.tables import reach_tables
from geo.what_if import WhatIf

router = APIRouter(tags=["reach"])
Minutes = Annotated[str, Query(description="from the call to the arrival, 1 to 1440; the notice counts")]
Notice = Annotated[str, Query(description="false: the time under way alone, without the notice")]
Teams = Annotated[str, Query(description="how many teams must arrive in time, 1 to 50")]


@router.get("/v1/coverage/reach", summary="Who reaches every village, grid and hazard site in time", responses=CONTENT)
def get_reach_coverage(
    served: ServedQuestions,
    form: Formed,
    minutes: Minutes = "120",
    teams: Teams = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
    notice: Notice = "true",
    at: At = None,
    available: AvailableQuery = None,
) -> Response:
    """The first three arrivals at each, whether enough teams make it (R18), and the shares of places and of people."""
    return _coverage(served, form, minutes, teams, kind, skill, notice, at, available, ())


@router.post("/v1/coverage/reach", summary="The same with supposed closures", responses=CONTENT)
async def post_reach_coverage(
    request: Request,
    served: ServedQuestions,
    form: Formed,
    minutes: Minutes = "120",
    teams: Teams = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
    notice: Notice = "true",
    at: At = None,
    available: AvailableQuery = None,
) -> Response:
    """What if? The body's member `closures` is GeoJSON of lines and areas, taken as closed beside those in force."""
    supposed = bodies.supposed(bodies.json_of(await bodies.limited(request)))
    asked = (minutes, teams, kind, skill, notice, at, available)
    return await run_in_threadpool(_coverage, served, form, *asked, supposed)


def _coverage(
    served: Services,
    form: Form,
    minutes: str,
    teams: str,
    kind: str | None,
    skill: str | None,
    notice: str,
    at: str | None,
    available: str | None,
    supposed: tuple[WhatIf, ...],
) -> Response:
    answer = reach_coverage(
        served.atlas,
        served.board,
        at=params.at(at, served.now()),
        minutes=params.whole("minutes", minutes),
        teams=params.whole("teams", teams),
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        notice=params.flag("notice", notice),
        available=params.available(available),
        supposed=supposed,
    )
    return form.response(
        served.atlas,
        served.board,
        body=lambda: road_models.reach_coverage(answer),
        book=lambda: reach_tables(answer),
    )


@router.get(
    "/v1/coverage/reach.geojson",
    summary="The ground by the minutes of the first arrival",
    responses=GEOJSON_CONTENT,
    response_class=Response,
)
def get_reach_areas(
    served: ServedQuestions,
    bands: Annotated[str, Query(description="where the bands end, in minutes, rising")] = "30,60,90,120",
    kind: Kind = None,
    skill: SkillQuery = None,
    notice: Notice = "true",
    at: At = None,
    available: AvailableQuery = None,
) -> Response:
    """Polygons that tile the ground reached: by road as far as it leads, then on foot, no farther than 3 km."""
    answer = reach_areas(
        served.atlas,
        served.board,
        at=params.at(at, served.now()),
        bands_minutes=params.wholes("bands", bands),
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        notice=params.flag("notice", notice),
        available=params.available(available),
    )
    return Response(dumps(road_models.reach_areas(answer)), media_type="application/geo+json")


@router.get("/v1/reach", summary="What a team at one place gets to")
def get_reach(
    served: ServedQuestions,
    lon: Annotated[str, Query(description="longitude, WGS84 degrees")],
    lat: Annotated[str, Query(description="latitude, WGS84 degrees")],
    minutes: Minutes = "120",
    notice: Notice = "true",
    at: At = None,
) -> Response:
    """Villages, hazard sites, people and areas within the minutes."""
    answer = reach_from(
        served.atlas,
        served.board,
        params.number("lon", lon),
        params.number("lat", lat),
        at=params.at(at, served.now()),
        minutes=params.whole("minutes", minutes),
        notice=params.flag("notice", notice),
    )
    return Response(dumps(road_models.reach_from(answer)), media_type="application/json")
