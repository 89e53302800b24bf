"""What routes are handed: the services, the query's texts, and a check of the query's parameter names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_type_hints
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.routing import BaseRoute

from api import params
from api.access import STRANGER, Actor, Sight
from api.errors import SignInError, UnknownTokenError
from api.gate.seen import SEEN
from api.live import Channel
from api.swap import Live
from api.wiring import Services
from geo.errors import GeoError


async def live(request: Request) -> Live:
    """What the app serves, and how its last swap went."""
    found: Live = request.app.state.live
    return found


def seeing(what: Sight | None) -> Callable[[Request], Coroutine[Any, Any, Services]]:
    """What hands a route the services as its reader may see them, and refuses whoever may not see `what` at all."""

    async def services(request: Request) -> Services:
        """The services as they are when the request comes in; it keeps them to its end, whatever takes over meanwhile.

        They know of everything that anyone was told is recorded. Only what came since is looked at in the thread pool.
        """
        current: Services = request.app.state.live.current
        reader = _reader(request, current, what)
        level = current.at_once()
        if level is None:
            level = await run_in_threadpool(current.caught_up)
        return level.seen_by(reader)

    return services


def _reader(request: Request, current: Services, what: Sight | None) -> Actor:
    """Who asks, refused where it may not see `what`. A browser that shows nothing is sent to sign in."""
    try:
        scope = request.scope
        reader = current.reader_of(Headers(raw=scope["headers"]), scope["method"])
        seen = scope.get(SEEN)
        if seen is not None:
            seen.actor = reader.name  # also of whoever is refused
        if what is not None:
            reader.refuse_seeing(what)
    except UnknownTokenError:
        if what is None:
            return STRANGER
        if request.method == "GET" and request.headers.get("accept", "").startswith("text/html"):
            query = request.scope["query_string"].decode("latin-1")
            raise SignInError(request.scope["path"] + (f"?{query}" if query else "")) from None
        raise
    return reader


async def still_seeing(request: Request) -> Callable[[], bool]:
    """For an answer that goes on for hours: whether whoever asked for it may still see what everybody sees.

    A look takes some microseconds; what was revoked, has expired or was signed out may not.
    """

    def holds() -> bool:
        try:
            _reader(request, request.app.state.live.current, Sight.AGGREGATES)
        except GeoError:
            return False
        return True

    return holds


services = seeing(Sight.AGGREGATES)
questions = seeing(Sight.ANSWERS)
anybody = seeing(None)


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


Answered = Callable[[Request], Coroutine[Any, Any, Response]]


class TextRoute(APIRoute):
    """A route for questions of microseconds: it hands the query's texts over as they are, and those of the path.

    FastAPI takes longer over seven parameters than the question by road takes whole. An `async def` route of this class
    may take `served` (annotated as any other's), `request`, texts of the path and of the query, nothing else; its
    signature describes it as any other's does.
    """

    def get_route_handler(self) -> Answered:
        """What answers: the endpoint with its texts; InputError for an unknown, repeated or missing one."""
        taken = inspect.signature(self.endpoint).parameters
        texts = {name: one for name, one in taken.items() if name not in ("served", "request", *self.param_convertors)}
        required = [name for name, one in texts.items() if one.default is inspect.Parameter.empty]
        hints = get_type_hints(self.endpoint, include_extras=True)
        seen_services = hints["served"].__metadata__[0].dependency

        async def answered(request: Request) -> Response:
            given = texts_of(request.scope["query_string"].decode("latin-1"))
            params.refuse_unknown((name for name, _ in given), texts)
            handed: dict[str, Any] = dict(given)
            params.refuse_missing(required, handed)
            handed.update(request.path_params)
            handed["served"] = await seen_services(request)
            if "request" in taken:
                handed["request"] = request
            response: Response = await self.endpoint(**handed)
            return response

        return answered


@dataclass(frozen=True, slots=True)
class ShortWay:
    """What answers a GET for a text route, and the route's own path."""

    path: str
    answered: Answered


class ShortWays:
    """The text routes of an application, found by a request's path in a microsecond or two."""

    def __init__(self, routes: Sequence[BaseRoute] = ()) -> None:
        found = [route for route in routes if isinstance(route, TextRoute) and "GET" in (route.methods or ())]
        ways = [(route, ShortWay(route.path, route.get_route_handler())) for route in found]
        self._plain = {route.path: way for route, way in ways if not route.param_convertors}
        # By the first step of their paths, so that nothing else is matched against them.
        self._patterns: dict[str, list[tuple[re.Pattern[str], ShortWay]]] = {}
        for route, way in ways:
            if route.param_convertors:
                self._patterns.setdefault(route.path.split("/")[1], []).append((route.path_regex, way))

    def way(self, path: str) -> tuple[ShortWay, dict[str, str]] | None:
        """The way to the route that a path is for, with the texts in the path; None where it is for none of these."""
        plain = self._plain.get(path)
        if plain is not None:
            return plain, {}
        for pattern, way in self._patterns.get(path.split("/", 2)[1], ()) if path.count("/") > 1 else ():
            found = pattern.match(path)
            if found is not None:
                return way, found.groupdict()
        return None


Served = Annotated[Services, Depends(services)]
"""What everybody sees who may see anything."""
ServedQuestions = Annotated[Services, Depends(questions)]
"""For routes that tell of teams."""
ServedNames = Annotated[Services, Depends(seeing(Sight.NAMES))]
"""For routes that name members or leaders; which of them is up to the route."""
ServedContacts = Annotated[Services, Depends(seeing(Sight.CONTACTS))]
"""For routes that give out restricted columns; each time that is recorded first."""
ServedToAll = Annotated[Services, Depends(anybody)]
"""For routes that are always open; they show nothing of the county beyond where its data come from."""
Watched = Annotated[Live, Depends(live)]
Told = Annotated[Channel, Depends(channel)]
StillSees = Annotated[Callable[[], bool], Depends(still_seeing)]
