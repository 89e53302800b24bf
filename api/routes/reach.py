"""What can be reached by road: every place of the county, areas, and outward from one place."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import bodies, params, road_models
from api.deps import Served
from api.wiring import Services
from geo.geojson import dumps
from geo.reach import reach_areas, reach_coverage, reach_from
from geo.terms import Skill, TeamKind
from geo.what_if import WhatIf

router = APIRouter(tags=["reach"])
Minutes = Annotated[str, Query(description="from the call to the arrival, 1 to 1440; the notice counts")]
Notice = Annotated[str, Query(description="false: the time under way alone, without the notice")]
Teams = Annotated[str, Query(description="how many teams must arrive in time, 1 to 50")]
Kind = Annotated[str | None, Query(description=f"only teams of this kind: {', '.join(TeamKind)}")]
SkillQuery = Annotated[str | None, Query(description=f"only teams with this skill: {', '.join(Skill)}")]


@router.get("/v1/coverage/reach", summary="Who reaches every village, grid and hazard site in time")
def get_reach_coverage(
    served: Served,
    minutes: Minutes = "120",
    teams: Teams = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
    notice: Notice = "true",
) -> Response:
    """The first three arrivals at each, whether enough teams make it (R18), and the shares of places and of people."""
    return _coverage(served, minutes, teams, kind, skill, notice, ())


@router.post("/v1/coverage/reach", summary="The same with supposed closures")
async def post_reach_coverage(
    request: Request,
    served: Served,
    minutes: Minutes = "120",
    teams: Teams = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
    notice: Notice = "true",
) -> Response:
    """What if? The body's member `closures` is GeoJSON of lines and areas, taken as closed beside those in force."""
    supposed = bodies.supposed(bodies.json_of(await bodies.limited(request)))
    return await run_in_threadpool(_coverage, served, minutes, teams, kind, skill, notice, supposed)


def _coverage(
    served: Services,
    minutes: str,
    teams: str,
    kind: str | None,
    skill: str | None,
    notice: str,
    supposed: tuple[WhatIf, ...],
) -> Response:
    answer = reach_coverage(
        served.atlas,
        served.board,
        at=served.now(),
        minutes=params.whole("minutes", minutes),
        teams=params.whole("teams", teams),
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        notice=params.flag("notice", notice),
        supposed=supposed,
    )
    return Response(dumps(road_models.reach_coverage(answer)), media_type="application/json")


@router.get("/v1/coverage/reach.geojson", summary="The ground by the minutes of the first arrival")
def get_reach_areas(
    served: Served,
    bands: Annotated[str, Query(description="where the bands end, in minutes, rising")] = "30,60,90,120",
    kind: Kind = None,
    skill: SkillQuery = None,
    notice: Notice = "true",
) -> Response:
    """Polygons that tile the ground reached: by road as far as it leads, then on foot, no farther than 3 km."""
    answer = reach_areas(
        served.atlas,
        served.board,
        at=served.now(),
        bands_minutes=params.wholes("bands", bands),
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        notice=params.flag("notice", notice),
    )
    return Response(dumps(road_models.reach_areas(answer)), media_type="application/geo+json")


@router.get("/v1/reach", summary="What a team at one place gets to")
def get_reach(
    served: Served,
    lon: Annotated[str, Query(description="longitude, WGS84 degrees")],
    lat: Annotated[str, Query(description="latitude, WGS84 degrees")],
    minutes: Minutes = "120",
    notice: Notice = "true",
) -> Response:
    """Villages, hazard sites, people and areas within the minutes."""
    answer = reach_from(
        served.atlas,
        served.board,
        params.number("lon", lon),
        params.number("lat", lat),
        at=served.now(),
        minutes=params.whole("minutes", minutes),
        notice=params.flag("notice", notice),
    )
    return Response(dumps(road_models.reach_from(answer)), media_type="application/json")
