"""Who is first at a place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import bodies, models, params
from api.deps import ServedQuestions, TextRoute
from api.errors import TooLargeError
from api.wiring import Services
from geo.geojson import dumps
from geo.nearest import nearest, nearest_bulk
from geo.terms import Available, Basis, Skill, TeamKind

MOST_FEATURES = 10_000

router = APIRouter(tags=["nearest"], route_class=TextRoute)
Kind = Annotated[str | None, Query(description=f"only teams of this kind: {', '.join(TeamKind)}")]
SkillQuery = Annotated[str | None, Query(description=f"only teams with this skill: {', '.join(Skill)}")]
K = Annotated[str, Query(description="how many teams, 1 to 50")]
BasisQuery = Annotated[
    str | None, Query(description="road (by arrival; the default where the county has roads) or straight (by distance)")
]
At = Annotated[
    str | None, Query(description="at which instant; Asia/Shanghai where it names no zone; by default the present")
]
AvailableQuery = Annotated[
    str | None,
    Query(
        description="recall (the default): teams on duty, and those off duty from their base, with a longer notice; "
        "now: only those on duty; stationed: every assigned team at its station"
    ),
]


@router.get("/v1/nearest", summary="The k teams that are first at a place")
async def get_nearest(
    served: ServedQuestions,
    lon: Annotated[str, Query(description="longitude, WGS84 degrees")],
    lat: Annotated[str, Query(description="latitude, WGS84 degrees")],
    k: K = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
    basis: BasisQuery = None,
    at: At = None,
    available: AvailableQuery = None,
    path: Annotated[str, Query(description="true: with each team's way as a LineString (by road)")] = "false",
) -> Response:
    """By arrival over the roads, every leg told, or by geodesic distance; filtered before k, with the place's village,
    grid and zones. Teams count where they are at the instant: last checked in, at their station or at their base. By
    road also the teams passed over and the closures that changed the answer. A question of microseconds: it stays on
    the event loop.
    """
    answer = nearest(
        served.atlas,
        served.board,
        params.number("lon", lon),
        params.number("lat", lat),
        at=params.at(at, served.now()),
        k=params.whole("k", k),
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        basis=params.basis(basis),
        available=params.available(available),
        paths=params.flag("path", path),
    )
    return Response(dumps(models.nearest(answer)), media_type="application/json")


@router.post("/v1/nearest", summary="The same for up to 10,000 Point features")
async def post_nearest(
    request: Request,
    served: ServedQuestions,
    k: K = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
    basis: BasisQuery = None,
    at: At = None,
    available: AvailableQuery = None,
) -> Response:
    """The FeatureCollection comes back with reach, reason and teams among each feature's properties.

    What if? A member `closures`, a FeatureCollection of lines and areas, is taken as roads closed (or slowed: `effect`,
    `speed_kph`) beside those in force.
    """
    body = await bodies.limited(request)
    asked = (params.whole("k", k), params.team_kind(kind), params.skill(skill), params.basis(basis))
    teams = params.at(at, served.now()), params.available(available)
    content = await run_in_threadpool(_answer_features, served, body, *asked, *teams)
    return Response(content, media_type="application/geo+json")


def _answer_features(
    served: Services,
    body: bytes,
    k: int,
    kind: TeamKind | None,
    skill: Skill | None,
    basis: Basis | None,
    at: datetime,
    available: Available,
) -> bytes:
    asked = bodies.json_of(body)
    features = params.feature_collection(asked)
    if len(features) > MOST_FEATURES:
        problem = f"{len(features)} features are more than {MOST_FEATURES}; send them in parts"
        raise TooLargeError(problem, limit=MOST_FEATURES)
    places = np.array([params.point(feature) for feature in features], dtype=float).reshape(-1, 2)
    answer = nearest_bulk(
        served.atlas,
        served.board,
        places[:, 0],
        places[:, 1],
        at=at,
        k=k,
        kind=kind,
        skill=skill,
        basis=basis,
        available=available,
        supposed=bodies.supposed(asked),
    )
    return dumps(models.nearest_features(features, answer))
