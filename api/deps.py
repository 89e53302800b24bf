"""What routes are handed: the services, and a check of the query's parameter names."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from api import params
from api.swap import Live
from api.wiring import Services


async def live(request: Request) -> Live:
    """What the app serves, and how its last swap went."""
    found: Live = request.app.state.live
    return found


async def services(request: Request) -> Services:
    """The services as they are when the request comes in; it keeps them to its end, whatever takes over meanwhile."""
    found: Live = request.app.state.live
    return found.current


async def known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not know: a misspelt filter must not be a wider answer."""
    if request.scope["query_string"]:
        known = _parameters(request.app, request.scope["route"].path, request.method.lower())
        params.refuse_unknown((name for name, _ in request.query_params.multi_items()), known)


@lru_cache(maxsize=256)
def _parameters(app: FastAPI, path: str, method: str) -> tuple[str, ...]:
    """The query parameters that the app's own description names for an operation."""
    operation = app.openapi()["paths"].get(path, {}).get(method, {})
    return tuple(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")


Served = Annotated[Services, Depends(services)]
Watched = Annotated[Live, Depends(live)]
