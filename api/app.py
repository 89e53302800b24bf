"""The FastAPI application, made from services; tests make their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from fastapi import Depends, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from api.deps import Answered, known_parameters, text_answers
from api.live import Channel
from api.routes import (
    about,
    assets,
    background,
    brief,
    clock,
    command,
    console,
    coverage,
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
from api.swap import Live
from api.wiring import Services
from geo.errors import GeoError
from geo.export import MEDIA

DESCRIPTION = """Who can reach a place in time, which villages nobody covers, and where the risk lies.

Places are WGS84 longitude and latitude. Times are Asia/Shanghai. Every answer carries the present it was asked at and
the version and date of the data. Errors are RFC 9457 problem details."""


class Compression(GZipMiddleware):
    """Compresses for those who ask for it; whoever does not is not looked at twice."""

    def __init__(self, app: ASGIApp) -> None:
        # Starlette's own list of what is compressed already is long, and read anew for every answer; ours is two.
        super().__init__(app, minimum_size=2048, exclude_content_types=("text/event-stream", "image/*", MEDIA["xlsx"]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        wanted = scope["type"] == "http" and any(
            name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"]
        )
        await (super().__call__ if wanted else self.app)(scope, receive, send)


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


def create_app(services: Services | Live) -> FastAPI:
    """The application over `services`. It calls no other host; only with `Live` services does it look for new data."""
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
    )
    app.state.live = live
    app.state.channel = Channel(live)
    errors.install(app)
    app.text_answers = text_answers(nearest.router.routes)
    app.add_middleware(Compression)
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
    return app
