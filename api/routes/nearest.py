"""Who is nearest to a place."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import models, params
from api.deps import Served
from api.errors import TooLargeError
from api.wiring import Services
from geo.errors import InputError
from geo.geojson import dumps
from geo.nearest import nearest, nearest_bulk
from geo.terms import Skill, TeamKind

MOST_FEATURES = 10_000
MOST_BYTES = 16 * 1024 * 1024

router = APIRouter(tags=["nearest"])
Kind = Annotated[str | None, Query(description=f"only teams of this kind: {', '.join(TeamKind)}")]
SkillQuery = Annotated[str | None, Query(description=f"only teams with this skill: {', '.join(Skill)}")]
K = Annotated[str, Query(description="how many teams, 1 to 50")]


@router.get("/v1/nearest", summary="The k nearest teams to a place")
async def get_nearest(
    served: Served,
    lon: Annotated[str, Query(description="longitude, WGS84 degrees")],
    lat: Annotated[str, Query(description="latitude, WGS84 degrees")],
    k: K = "3",
    kind: Kind = None,
    skill: SkillQuery = None,
) -> Response:
    """By geodesic distance, filtered before k, with the place's village, grid and zones. A question of microseconds:
    it stays on the event loop.
    """
    answer = nearest(
        served.atlas,
        served.board,
        params.number("lon", lon),
        params.number("lat", lat),
        at=served.now(),
        k=params.whole("k", k),
        kind=params.team_kind(kind),
        skill=params.skill(skill),
    )
    return Response(dumps(models.nearest(answer)), media_type="application/json")


@router.post("/v1/nearest", summary="The same for up to 10,000 Point features")
async def post_nearest(
    request: Request, served: Served, k: K = "3", kind: Kind = None, skill: SkillQuery = None
) -> Response:
    """The FeatureCollection comes back with reach, reason and teams among each feature's properties."""
    body = await _limited_body(request)
    filters = (params.whole("k", k), params.team_kind(kind), params.skill(skill))
    content = await run_in_threadpool(_answer_features, served, body, *filters)
    return Response(content, media_type="application/geo+json")


async def _limited_body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise TooLargeError(f"the body is larger than {MOST_BYTES // 1024**2} MiB; send it in parts")
        chunks.append(chunk)
    return b"".join(chunks)


def _answer_features(served: Services, body: bytes, k: int, kind: TeamKind | None, skill: Skill | None) -> bytes:
    try:
        features = params.feature_collection(orjson.loads(body))
    except orjson.JSONDecodeError as reason:
        raise InputError(f"the body is not JSON: {reason}") from None
    if len(features) > MOST_FEATURES:
        raise TooLargeError(f"{len(features)} features are more than {MOST_FEATURES}; send them in parts")
    places = np.array([params.point(feature) for feature in features], dtype=float).reshape(-1, 2)
    answer = nearest_bulk(
        served.atlas, served.board, places[:, 0], places[:, 1], at=served.now(), k=k, kind=kind, skill=skill
    )
    return dumps(models.nearest_features(features, answer, served.board.teams))
