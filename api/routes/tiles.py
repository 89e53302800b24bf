"""The layers as vector tiles."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import params
from api.deps import Served, TextRoute
from api.pages import IMMUTABLE_FOR_ONE, has
from api.tiles import TileKey
from geo.board import layer_frame
from geo.geojson import dumps
from geo.tiles import TileAddress, tiled

router = APIRouter(tags=["layers"])
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
LEFT_OUT = "Yixian-Left-Out"
"""The header that says how many features of the tile itself are not drawn: under a pixel, or beyond 3,000."""


async def get_tile(
    served: Served,
    request: Request,
    layer: str,
    z: str,
    x: str,
    y: str,
    v: Annotated[str | None, Query(description="the data's version: then the answer may be kept for good")] = None,
) -> Response:
    """Mapbox Vector Tile 2.1, at most 3,000 features; 204 where there is none. Without the columns that are restricted.

    `Yixian-Left-Out` counts the features with their middle in the tile that are not drawn.
    """
    spec = tiled(layer)
    served.reader.refuse_layer(spec.name)
    address = TileAddress(params.whole("z", z), params.whole("x", x), params.whole("y", y))
    data = served.board.provenance
    key = TileKey(layer, data.sequence if spec.live else None, address)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "ETag": _etag(data.version, key, zipped=zipped),
        "Cache-Control": IMMUTABLE_FOR_ONE if v == data.version and not spec.live else "private, no-cache",
        "Vary": "Accept-Encoding",
    }
    if has(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    tile = await served.tiles.tile(key, lambda: layer_frame(served.atlas, served.board, spec.name))
    headers[LEFT_OUT] = str(tile.left_out)
    if not tile.zipped:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(tile.zipped if zipped else tile.plain, headers=headers, media_type=MEDIA_TYPE)


router.add_api_route(
    "/tiles/{layer}/{z}/{x}/{y}.pbf",
    get_tile,
    summary="One layer as vector tiles",
    response_class=Response,
    methods=["GET"],
    route_class_override=TextRoute,
)


@router.get("/tiles/{layer}/features/{identity}", summary="Where one feature of a layer of tiles is")
def get_feature(served: Served, layer: str, identity: str) -> Response:
    """A place on it, its bounds (west, south, east, north) and what its tiles carry; 404 where there is none."""
    spec, data = tiled(layer), served.board.provenance
    served.reader.refuse_layer(spec.name)
    made = served.tiles.layer(
        layer, data.sequence if spec.live else None, lambda: layer_frame(served.atlas, served.board, spec.name)
    )
    found = made.feature(identity)
    body = {"layer": layer, "at": found.at, "bounds": found.bounds, "properties": found.properties}
    return Response(dumps({**body, "data": data.body()}), media_type="application/json")


def _etag(version: str, key: TileKey, *, zipped: bool) -> str:
    """A strong validator: each encoding of the bytes has its own."""
    at, state = key.address, "" if key.sequence is None else f"@{key.sequence}"
    return f'"{version}{state}-{key.layer}-{at.zoom}-{at.column}-{at.row}{"-gzip" if zipped else ""}"'
