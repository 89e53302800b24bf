"""The tiles of the background file."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import pages, params
from api.deps import Served
from geo.errors import NotFoundError

router = APIRouter(tags=["maps"])


@router.get("/background/{z}/{x}/{y}", summary="The background of the maps as tiles", response_class=Response)
def get_background(
    served: Served,
    request: Request,
    z: str,
    x: str,
    y: str,
    v: Annotated[str | None, Query(description="the file's version: then the answer may be kept for good")] = None,
) -> Response:
    """A tile of the operator's PMTiles file as it is there; 204 where it has none, 404 where there is no file."""
    file = served.background
    if file is None:
        raise NotFoundError("background file", "YIXIAN_BACKGROUND")
    address = params.whole("z", z), params.whole("x", x), params.whole("y", y)
    takes_gzip = pages.takes_gzip(request)
    headers = {
        "ETag": f'"{file.version}-{"-".join(map(str, address))}{"-gzip" if takes_gzip else ""}"',
        "Cache-Control": pages.IMMUTABLE_FOR_ONE if v == file.version else "private, no-cache",
        "Vary": "Accept-Encoding",
    }
    if pages.has(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    tile = file.tile(*address)
    if tile is None:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    if tile.is_zipped and takes_gzip:
        headers["Content-Encoding"] = "gzip"
        return Response(tile.content, headers=headers, media_type=file.media_type)
    return Response(tile.plain, headers=headers, media_type=file.media_type)
