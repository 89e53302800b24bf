"""The FastAPI application, made from services; tests make their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType

from fastapi import Depends, FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from api import errors
from api.compression import Compression
from api.deps import Answered, known_parameters, text_answers
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
    coverage,
    export,
    exposure,
    health,
    history,
    layers,
    maps,
    mobilisations,
    nearest,
    places,
    reach,
    record,
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


class Application(FastAPI):
    """FastAPI, with a short way for questions of microseconds: a GET for a text route goes straight to its answer.

    The layers in between (matching every route in turn, one handler of errors around another, an exit stack) take as
    long as a question by road. Whatever else comes in goes through them.
    """

    text_answers: Mapping[str, Answered] = MappingProxyType({})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_get = scope["type"] == "http" and scope["method"] == "GET"
        answered = self.text_answers.get(scope["path"]) if is_get else None
        if answered is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        try:
            response = await answered(Request(scope, receive))
        except GeoError as error:
            response = errors.answer(error)
        except Exception as error:  # noqa: BLE001  # the last handler on this way: it is logged, and told as a problem
            response = errors.our_fault(error)
        await Compression(response)(scope, receive, send)


def create_app(services: Services | Live, *, origins: Sequence[str] = (), public_address: str | None = None) -> FastAPI:
    """The application over `services`. It calls no other host; only with `Live` services does it look for new data.

    Pages of `origins` may read it in a browser. Absolute links begin with `public_address`, by default as it is asked.
    """
    live = services if isinstance(services, Live) else Live(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with live.watching():
            yield

    app = Application(
        title="Yixian 一线",
        summary="GIS hazard-and-coverage service for a county-level emergency command",
        description=DESCRIPTION,
        version="0.1.0",
        docs_url=None,  # the stock documentation pages load scripts from other hosts
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(known_parameters)],
        responses={"default": {"description": "a problem (RFC 9457)", "content": {PROBLEM: {"schema": _PROBLEM}}}},
    )
    app.state.live = live
    app.state.channel = Channel(live)
    errors.install(app)
    app.state.public_address = public_address
    app.state.held = HeldCollections()
    live.tenders.append(lambda served: app.state.held.tend(served))
    app.add_middleware(Compression)
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=("GET", "HEAD"), expose_headers=EXPOSED)
    else:  # the short way leads past the middleware
        app.text_answers = text_answers(nearest.router.routes)
    for module in (
        nearest,
        reach,
        command,
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
    ):
        app.include_router(module.router)
    app.include_router(tiles.router)
    app.include_router(background.router)
    app.include_router(assets.router)
    app.include_router(about.router)
    app.include_router(live_router)
    app.include_router(ogc_router)
    app.include_router(ogc_items_router)
    return app
