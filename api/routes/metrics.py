"""The service's figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from api.access import Sight
from api.deps import seeing
from api.figures import Metrics

router = APIRouter(tags=["health"], dependencies=[Depends(seeing(Sight.OPERATION))])
FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def get_metrics(request: Request) -> Response:
    """Requests, how long they and questions took, the journal, what is kept, versions: of all processes of the service.

    Figures of the other processes are up to a second old.
    """
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=FORMAT, headers={"Cache-Control": "no-store"})
