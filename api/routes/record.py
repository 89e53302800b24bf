"""The record: events come in, all of a call or none, and integrators read them in order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import bodies, models, params
from api.access import Actor, Sight
from api.deps import Served, ServedNames
from api.drafts import DOORS, drafts_of, key_of
from api.wiring import Services
from geo.errors import LimitError
from geo.geojson import dumps

MOST_READ = 10_000

router = APIRouter(tags=["record"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", description="the same key and body again record nothing")]
Recorder = Callable[[Request, Services, str | None], Coroutine[Any, Any, Response]]


def _door(name: str) -> Recorder:
    async def record(request: Request, served: Served, key: Key = None) -> Response:
        actor = served.writer()
        sent = await bodies.limited(request)
        return await run_in_threadpool(_recorded, served, name, actor, sent, key_of(key))

    kinds = ", ".join(DOORS[name])
    record.__doc__ = f"One object or a list of up to 1,000, all or nothing. `event` names the kind: {kinds}."
    record.__name__ = f"post_{name.replace('-', '_')}"
    return record


def _recorded(served: Services, door: str, actor: Actor, sent: bytes, key: str | None) -> Response:
    drafts = drafts_of(door, bodies.json_of(sent), now=served.now())
    receipt = served.write(actor, drafts, key=key)
    body = models.receipt(receipt, served.caught_up().board, served.now())
    status = HTTPStatus.OK if receipt.repeated else HTTPStatus.CREATED
    return Response(dumps(body), status, media_type="application/json")


for _name in DOORS:
    router.post(f"/v1/{_name}", summary=f"Record: {_name}", status_code=HTTPStatus.CREATED)(_door(_name))


@router.get("/v1/events", summary="The record, in the order it was made")
def get_events(
    served: ServedNames,
    after: Annotated[str, Query(description="the sequence of the last event that you have; 0 for all")] = "0",
    limit: Annotated[str, Query(description=f"how many events, 1 to {MOST_READ}")] = "1000",
) -> Response:
    """Only for those who may see names in the whole county (or, without any token, for this machine).

    The record names members, and its chain of hashes has no parts.

    Ask again with `next` as `after`; it is null when there is no more.
    """
    served.reader.refuse_seeing(Sight.NAMES, served.county_code)
    first, count = params.whole("after", after), params.whole("limit", limit)
    if first < 0 or not 1 <= count <= MOST_READ:
        problem = f"after must be 0 or more, and limit 1 to {MOST_READ}"
        raise LimitError(problem, parameter="limit", limit=MOST_READ)
    events = served.events(first, count)
    page = models.events(events, served.board, served.now(), served.newest_event)
    return Response(dumps(page), media_type="application/json")
