"""The live channel over HTTP: server-sent events, and the same for whoever asks again and again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.deps import Served, StillSees, Told
from api.live import Listener
from geo.geojson import dumps

router = APIRouter(tags=["live"])


class _Told(StreamingResponse):
    """A listener's stream; however it ends, the listener leaves."""

    media_type = "text/event-stream"

    def __init__(self, listener: Listener) -> None:
        # A proxy that gathers an answer before it passes it on would pass on nothing.
        super().__init__(listener.stream(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The stream, until the page, or the service, goes."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._listener.close()


@router.get("/v1/live", summary="Told when anything changes", status_code=200, response_class=_Told)
async def get_live(
    served: Served,
    told: Told,
    still_sees: StillSees,
    last: Annotated[str | None, Query(description="the id of the last event, where no header can be sent")] = None,
    last_event_id: Annotated[str | None, Header(description="the id of the last event, as browsers send it")] = None,
) -> Response:
    """Server-sent events named `changed`, with what `/v1/live/state` tells and the id `SEQUENCE.VERSION.RULES`.

    One comes at once where the service no longer stands at the last id, then one within half a second of each change;
    several changes may be told as one. An event `here` every 15 s is a sign of life. 503 where too many listen.
    The stream ends when the token or session that asked for it holds no longer.
    """
    return _Told(told.join(last_event_id or last, still_sees))


@router.get("/v1/live/state", summary="Where the service stands")
async def get_live_state(served: Served, told: Told) -> Response:
    """The newest event's sequence, the versions of data and rules, and the present."""
    standing = await told.look()
    return Response(
        dumps({"id": standing.mark, **standing.body()}),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
