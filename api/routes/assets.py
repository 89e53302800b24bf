"""What served pages are made of: scripts, style sheets, and the data of their layers, each named by its hash."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.deps import Served
from api.pages import IMMUTABLE, IMMUTABLE_FOR_ONE, sent, takes_gzip
from geo.errors import NotFoundError
from maps.pages.shipped import assets_by_name

router = APIRouter(include_in_schema=False)
_HEADERS = {"Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}


@router.get("/assets/{name:path}")
async def get_asset(request: Request, name: str) -> Response:
    """A script or a style sheet; its name stands for its bytes."""
    found = assets_by_name().get(name)
    if found is None:
        raise NotFoundError("asset", name)
    return sent(found.zipped, found.media_type, _HEADERS, takes_gzip=takes_gzip(request))


@router.get("/maps/blocks/{name}")
async def get_block(served: Served, request: Request, name: str) -> Response:
    """The data of one layer of a page that was served some time before."""
    found = served.blocks.get(name)
    if found is None:
        raise NotFoundError("block of data that is still kept", name)
    headers = _HEADERS | {"Cache-Control": IMMUTABLE_FOR_ONE}
    return sent(found.zipped, "application/json", headers, takes_gzip=takes_gzip(request))
