"""Which villages lack stay coverage."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import models, params
from api.deps import Served
from geo.coverage import stay_coverage
from geo.export import coverage_geojson
from geo.geojson import dumps

router = APIRouter(tags=["coverage"])
WeekQuery = Annotated[str | None, Query(description="ISO week such as 2022-W51; by default the present one")]


@router.get("/v1/coverage/stays", summary="State of every village in a week")
def get_stays(served: Served, week: WeekQuery = None) -> Response:
    """Nights kept, quota, shortfall and state per village (R07 to R12)."""
    at = served.now()
    answer = stay_coverage(served.atlas, served.board, params.week(week, at), at=at)
    return Response(dumps(models.stay_coverage(answer)), media_type="application/json")


@router.get("/v1/coverage/stays.geojson", summary="The same as polygons")
def get_stays_geojson(served: Served, week: WeekQuery = None) -> Response:
    """The villages with their state as a FeatureCollection, ready for QGIS."""
    at = served.now()
    answer = stay_coverage(served.atlas, served.board, params.week(week, at), at=at)
    return Response(coverage_geojson(served.atlas, answer), media_type="application/geo+json")
