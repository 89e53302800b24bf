"""Is the service alive, and what does it serve?"""

from __future__ import annotations

from fastapi import APIRouter, Response

from api import models
from api.deps import Served, Watched
from geo.geojson import dumps

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Alive")
async def get_live() -> Response:
    """The process answers."""
    return Response(dumps({"status": "alive"}), media_type="application/json")


@router.get("/health/ready", summary="Ready, with the data served")
async def get_ready(served: Served, watched: Watched) -> Response:
    """The data are loaded: their version, date, county and the span of the record.

    `degraded` says that the data folder holds a newer version that cannot be served (`failed_swap` says why), or that
    its journal is damaged: `damage` says where, and nothing can be recorded. `warnings` are what somebody should mend:
    a calendar of workdays that ends soon, rules that contradict each other.
    """
    record = served.board.record
    body = {
        "status": "ready",
        "degraded": watched.failed_swap is not None or served.damage is not None,
        **models.stamp(served.now(), served.board.provenance),
        "county": served.atlas.layers["county"]["name"].iloc[0],
        "is_sample": served.is_sample,
        "metric_crs": served.atlas.metric_crs,
        "teams": len(served.board.teams.ids),
        "record": {"first_evening": record.first_evening.isoformat(), "until": record.until.isoformat()}
        if record
        else None,
        "calendar_known_to": served.atlas.work_calendar.known_to.isoformat(),
        "warnings": models.warnings(served.atlas, served.now()),
        "damage": served.damage,
        "last_swap": watched.last_swap,
        "failed_swap": watched.failed_swap,
    }
    return Response(dumps(body), media_type="application/json")
