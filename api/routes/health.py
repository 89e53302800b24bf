"""Is the service alive, can it answer, and what should its operator look at?"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from api import models
from api.access import Sight
from api.deps import Watched, seeing
from api.operation import Health, Standing, health, standing
from api.swap import Live
from api.wiring import Services
from geo.geojson import dumps

router = APIRouter(tags=["health"])
log = logging.getLogger("yixian")
_asked = seeing(None)


@router.get("/health/live", summary="Alive")
async def get_live() -> Response:
    """The process answers."""
    return _sent({"status": "alive"})


@router.get("/health/ready", summary="Ready, with the data served")
async def get_ready(request: Request, watched: Watched) -> Response:
    """Whether questions can be answered: 200 with `ready`, or 503 with `not_ready` where not even old data are served.

    Whoever may not see the service's operation is told no more than that, and the data's version. `degraded` says that
    somebody should look, and `reasons` at what: a newer version of the data that cannot be served (`failed_swap`), a
    journal that is damaged or can only be read, a disk that fills up, a folder that is gone. `warnings` are what should
    be mended in time: a calendar of workdays that ends soon, rules that contradict each other. `journal` tells how far
    the Board was behind the record before this question.
    """
    try:
        before = standing(watched.current)
        served = await _asked(request)
        body = _told(served, watched, before)
    except Exception as reason:  # whatever keeps this from being told keeps questions from being answered
        log.error("not ready: %s", type(reason).__name__, exc_info=reason)
        version = watched.current.county.manifest.version
        return _sent({"status": "not_ready", "version": version}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _sent(body)


def _told(served: Services, watched: Live, before: Standing | None) -> dict[str, Any]:
    if not served.reader.sees(Sight.OPERATION):
        return {"status": "ready", "version": served.county.manifest.version}
    found, record = health(watched, served), served.board.record
    return {
        "status": "ready",
        "version": served.county.manifest.version,
        "degraded": found.is_degraded,
        "reasons": found.reasons,
        **models.stamp(served.now(), served.board.provenance),
        "county": served.atlas.layers["county"]["name"].iloc[0],
        "is_sample": served.is_sample,
        "metric_crs": served.atlas.metric_crs,
        "teams": len(served.board.teams.ids),
        "record": {"first_evening": record.first_evening.isoformat(), "until": record.until.isoformat()}
        if record
        else None,
        "journal": _journal(before),
        "last_import": found.last_import,
        "disk": _disk(found),
        "calendar_known_to": served.atlas.work_calendar.known_to.isoformat(),
        "warnings": models.warnings(served.atlas, served.now()),
        "damage": served.damage,
        "last_swap": watched.last_swap,
        "failed_swap": watched.failed_swap,
    }


def _journal(before: Standing | None) -> dict[str, Any] | None:
    if before is None:
        return None
    told = {"sequence": before.sequence, "folded": before.folded, "lag_events": before.lag_events}
    return {**told, "lag_s": before.lag_s, "writable": before.is_writable}


def _disk(found: Health) -> dict[str, Any] | None:
    if found.disk is None:
        return None
    disk = found.disk
    told = {"free_bytes": disk.free_bytes, "total_bytes": disk.total_bytes, "share_free": round(disk.share_free, 3)}
    return {**told, "low": disk.is_low}


def _sent(body: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(dumps(body), status, media_type="application/json", headers={"Cache-Control": "no-store"})
