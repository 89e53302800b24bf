"""The FastAPI application, made from services; tests make their own."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import errors
from api.deps import known_parameters
from api.routes import coverage, exposure, health, layers, maps, nearest
from api.wiring import Services

DESCRIPTION = """Who can reach a place in time, which villages nobody covers, and where the risk lies.

Places are WGS84 longitude and latitude. Times are Asia/Shanghai. Every answer carries the present it was asked at and
the version and date of the data. Errors are RFC 9457 problem details."""


def create_app(services: Services) -> FastAPI:
    """The application over `services`. It opens nothing itself and calls no other host."""
    app = FastAPI(
        title="Yixian 一线",
        summary="GIS hazard-and-coverage service for a county-level emergency command",
        description=DESCRIPTION,
        version="0.1.0",
        docs_url=None,  # the stock documentation pages load scripts from other hosts
        redoc_url=None,
        dependencies=[Depends(known_parameters)],
    )
    app.state.services = services
    errors.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=2048)
    for module in (nearest, coverage, exposure, layers, maps, health):
        app.include_router(module.router)
    return app
