"""What routes are handed: the services, the query's texts, and a check of the query's parameter names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from api import params
from api.live import Channel
from api.swap import Live
from api.wiring import Services


async def live(request: Request) -> Live:
    """What the app serves, and how its last swap went."""
    found: Live = request.app.state.live
    return found


async def services(request: Request) -> Services:
    """The services as they are when the request comes in; it keeps them to its end, whatever takes over meanwhile.

    They know of everything that anyone was told is recorded. Only what came since is looked at in the thread pool.
    """
    current: Services = request.app.state.live.current
    return current.caught_up() if current.is_level else await run_in_threadpool(current.caught_up)


async def channel(request: Request) -> Channel:
    """The app's live channel."""
    found: Channel = request.app.state.channel
    return found


async def known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not know: a misspelt filter must not be a wider answer."""
    if request.scope["query_string"]:
        known = _parameters(request.app, request.scope["route"].path, request.method.lower().replace("head", "get"))
        params.refuse_unknown((name for name, _ in request.query_params.multi_items()), known)


@lru_cache(maxsize=256)
def _parameters(app: FastAPI, path: str, method: str) -> tuple[str, ...]:
    """The query parameters that the app's own description names for an operation."""
    operation = app.openapi()["paths"].get(path, {}).get(method, {})
    return tuple(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")


def texts_of(query: str) -> list[tuple[str, str]]:
    """The names and texts of a query string, as `parse_qsl` reads them; one without escapes in a fifth of its time."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return [(name, text) for name, _, text in pairs]


class TextRoute(APIRoute):
    """A route for questions of microseconds: it hands the query's texts over as they are.

    FastAPI takes longer over seven parameters than the question by road takes whole. An `async def` route of this class
    may take `served`, `request` and texts of the query, nothing else; its signature describes it as any other's does.
    """

    def get_route_handler(self) -> Answered:
        """What answers: the endpoint with the query's texts; InputError for an unknown, repeated or missing one."""
        taken = inspect.signature(self.endpoint).parameters
        texts = {name: one for name, one in taken.items() if name not in ("served", "request")}
        required = [name for name, one in texts.items() if one.default is inspect.Parameter.empty]

        async def answered(request: Request) -> Response:
            given = texts_of(request.scope["query_string"].decode("latin-1"))
            params.refuse_unknown((name for name, _ in given), texts)
            handed: dict[str, Any] = dict(given)
            params.refuse_missing(required, handed)
            handed["served"] = await services(request)
            if "request" in taken:
                handed["request"] = request
            response: Response = await self.endpoint(**handed)
            return response

        return answered


Answered = Callable[[Request], Coroutine[Any, Any, Response]]


def text_answers(routes: Sequence[BaseRoute]) -> dict[str, Answered]:
    """What answers a GET at each address of the text routes."""
    return {
        route.path: route.get_route_handler()
        for route in routes
        if isinstance(route, TextRoute) and "GET" in (route.methods or ())
    }


Served = Annotated[Services, Depends(services)]
Watched = Annotated[Live, Depends(live)]
Told = Annotated[Channel, Depends(channel)]
