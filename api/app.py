"""The FastAPI application, made from services; tests make their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from fastapi import Depends, FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api import errors
from api.audit import REFUSALS
from api.compression import Compression, compressed
from api.deps import ShortWays, known_parameters
from api.figures import Metrics
from api.gate.gate import Gate
from api.gate.rules import ANY_HOST, GateRules
from api.gate.seen import SEEN, Seen, Watcher
from api.identity.signing_in import SigningIn
from api.live import Channel
from api.ogc.held import HeldCollections
from api.ogc.links import PROBLEM
from api.routes import (
    about,
    assets,
    background,
    brief,
    clock,
    command,
    console,
    contacts,
    coverage,
    export,
    exposure,
    health,
    history,
    layers,
    maps,
    metrics,
    mobilisations,
    nearest,
    places,
    reach,
    record,
    sign_in,
    tiles,
)
from api.routes.live import router as live_router
from api.routes.ogc import router as ogc_router
from api.routes.ogc_items import router as ogc_items_router
from api.swap import Live
from api.wiring import Services
from geo.errors import GeoError

DESCRIPTION = """Who can reach a place in time, which villages nobody covers, and where the risk lies.

Places are WGS84 longitude and latitude. Times are Asia/Shanghai. Every answer carries the present it was asked at and
the version and date of the data. Errors are RFC 9457 problem details."""

EXPOSED = ("Content-Crs", "ETag", "Last-Modified", "Link", "Retry-After")
"""What a page of another origin may read of an answer's headers beside those that every page may."""
_PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}},
}

_REFUSALS: dict[int | str, str] = {
    401: "this needs a token or a session that holds",
    403: "who asks may not have or do this",
    413: "more than is taken in one go",
    429: "one client has too much under way, or tried too often",
    503: "the service bears no more for now, or cannot record",
    "default": "a problem (RFC 9457)",
}
"""What any address may answer, whatever it is asked."""


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM: {"schema": _PROBLEM}}}


class Application(FastAPI):
    """FastAPI, with a short way for questions of microseconds: a GET for a text route goes straight to its answer.

    The layers in between (matching every route in turn, one handler of errors around another, an exit stack) take as
    long as a question by road. Whatever else comes in goes through them.
    """

    short_ways = ShortWays()
    plain_routes: Mapping[object, BaseRoute] = MappingProxyType({})
    """By their endpoints, the routes of which the framework does not say that they matched."""
    gate: Gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, through the gate."""
        await self.gate(scope, receive, send)

    async def let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request that the gate lets through."""
        is_get = scope["type"] == "http" and scope["method"] == "GET"
        found = self.short_ways.way(scope["path"]) if is_get else None
        if found is None:
            try:
                await super().__call__(scope, receive, send)
            finally:
                if "route" not in scope and "endpoint" in scope:
                    scope["route"] = self.plain_routes.get(scope["endpoint"])
            return
        way, scope["path_params"] = found
        if SEEN in scope:
            scope[SEEN].route = way.path
        scope["app"] = self
        try:
            response = await way.answered(Request(scope, receive))
        except GeoError as error:
            response = errors.answer(error)
        except Exception as error:  # noqa: BLE001  # the last handler on this way: it is logged, and told as a problem
            response = errors.our_fault(error, scope)
        await compressed(response)(scope, receive, send)


def audited(live: Live) -> Watcher:
    """A watcher that has refusals recorded, where there is anybody who may ask."""

    def watch(seen: Seen) -> None:
        if seen.status in REFUSALS:
            served = live.current
            if served.audit is not None and served.access.exists:
                served.audit.watch(seen)

    return watch


def create_app(
    services: Services | Live,
    *,
    origins: Sequence[str] = (),
    public_address: str | None = None,
    gate: GateRules = ANY_HOST,
    watchers: Sequence[Watcher] = (),
) -> Application:
    """The application over `services`. It calls no other host; only with `Live` services does it look for new data.

    Pages of `origins` may read it in a browser. Absolute links begin with `public_address`, by default as it is asked.
    `gate` says what is let in, by default from any host; each of `watchers` is told of every request that has ended.
    """
    live = services if isinstance(services, Live) else Live(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with live.watching():
            yield
        app.state.metrics.publish()

    app = Application(
        title="Yixian 一线",
        summary="GIS hazard-and-coverage service for a county-level emergency command",
        description=DESCRIPTION,
        version="0.1.0",
        docs_url=None,  # the stock documentation pages load scripts from other hosts
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(known_parameters)],
        responses={status: _problem(words) for status, words in _REFUSALS.items()},
    )
    app.state.live = live
    app.state.channel = Channel(live)
    app.state.metrics = Metrics(live, app.state.channel)
    app.gate = Gate(
        app.let_in,
        gate,
        (app.state.metrics.requests.watch, audited(live), *watchers),
        is_https=(public_address or "").startswith("https://"),
        is_shared=bool(origins),
    )
    errors.install(app)
    app.state.public_address = public_address
    app.state.held = HeldCollections()
    app.state.signing_in = SigningIn()
    live.tenders.append(lambda served: app.state.held.tend(served))
    app.add_middleware(Compression)
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=("GET", "HEAD"), expose_headers=EXPOSED)
    else:  # the short way leads past the middleware
        app.short_ways = ShortWays((*nearest.router.routes, *tiles.router.routes))
    for module in (
        nearest,
        reach,
        command,
        contacts,
        coverage,
        clock,
        mobilisations,
        exposure,
        places,
        layers,
        export,
        console,
        maps,
        history,
        brief,
        record,
        health,
        metrics,
    ):
        app.include_router(module.router)
    app.include_router(tiles.router)
    app.include_router(background.router)
    app.include_router(assets.router)
    app.include_router(about.router)
    app.include_router(sign_in.router)
    app.include_router(live_router)
    app.include_router(ogc_router)
    app.include_router(ogc_items_router)
    plain = [route for router in (ogc_router, ogc_items_router) for route in router.routes]
    app.plain_routes = {route.endpoint: route for route in (*plain, *app.router.routes) if type(route) is Route}
    return app
