"""What a command asks before it moves people: who can reinforce a village, and which villages hang on one road."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import bodies, params, road_models
from api.deps import ServedQuestions
from api.routes.nearest import At, AvailableQuery
from api.tables import CONTENT, Formed
from api.wiring import Services
from geo.errors import InputError
from geo.geojson import dumps
from geo.isolation import isolated_by, isolation
from geo.reinforce import reinforce
from geo.tables import reinforcement_tables
from geo.what_if import WhatIf

router = APIRouter(tags=["command"])


@router.get("/v1/reinforce", summary="Which teams could reinforce a village", responses=CONTENT)
def get_reinforce(
    served: ServedQuestions,
    form: Formed,
    village: Annotated[str, Query(description="the village's 12-digit code")],
    members: Annotated[str | None, Query(description="how many are needed; without it every donor is listed")] = None,
    headquarters: Annotated[str, Query(description="true: headquarters allows a donor to lend everyone")] = "false",
    limit: Annotated[str, Query(description="how many donors, 1 to 50")] = "10",
    at: At = None,
    available: AvailableQuery = None,
) -> Response:
    """Donors in the order of R19: the village's own teams, adjacent villages, its town, the city.

    Each lends of those who can go at the instant, from where it is then; a recalled team is marked.
    """
    answer = reinforce(
        served.atlas,
        served.board,
        village,
        at=params.at(at, served.now()),
        members=None if members is None else params.whole("members", members),
        headquarters_allows=params.flag("headquarters", headquarters),
        limit=params.whole("limit", limit),
        available=params.available(available),
    )
    return form.response(
        served.atlas,
        served.board,
        body=lambda: road_models.reinforcement(answer),
        book=lambda: reinforcement_tables(answer),
    )


@router.get("/v1/isolation", summary="Which villages hang on one road or one risk zone")
def get_isolation(
    served: ServedQuestions,
    zone: Annotated[str | None, Query(description="instead: whom the loss of all roads in this zone cuts off")] = None,
    closure: Annotated[str | None, Query(description="instead: whom this closure cuts off")] = None,
    limit: Annotated[str, Query(description="how many roads and zones, 1 to 1000")] = "20",
) -> Response:
    """Ranked by the people behind, then by hazard; and the villages that the closures in force cut off already."""
    if zone is None and closure is None:
        answer = isolation(served.atlas, served.board, at=served.now(), limit=params.whole("limit", limit))
        return Response(dumps(road_models.isolation(answer)), media_type="application/json")
    return _isolated_by(served, None, zone, closure)


@router.post("/v1/isolation", summary="Whom supposed closures would cut off")
async def post_isolation(request: Request, served: ServedQuestions) -> Response:
    """The body's member `closures` is GeoJSON of lines and areas."""
    supposed = bodies.supposed(bodies.json_of(await bodies.limited(request)))
    if not supposed:
        raise InputError('the body has no closures: send {"closures": a FeatureCollection}', parameter="closures")
    return await run_in_threadpool(_isolated_by, served, supposed, None, None)


def _isolated_by(
    served: Services, supposed: tuple[WhatIf, ...] | None, zone: str | None, closure: str | None
) -> Response:
    answer = isolated_by(
        served.atlas, served.board, at=served.now(), closures=supposed, zone_id=zone, closure_id=closure
    )
    return Response(dumps(road_models.isolated_by(answer)), media_type="application/json")
