"""The layers, listed and whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import models, params
from api.deps import Served
from api.tables import GEOJSON_CONTENT
from geo.export import layer_geojson
from geo.geojson import dumps
from geo.layers.registry import layer

router = APIRouter(tags=["layers"])


@router.get("/v1/layers", summary="What layers there are, and of when they are")
def get_layers(served: Served) -> Response:
    """Name, titles, rows, how many of them are synthetic, date, source, and where to fetch it."""
    body = {**models.stamp(served.now(), served.board.provenance), "layers": models.layers(served.county)}
    return Response(dumps(body), media_type="application/json")


@router.get(
    "/v1/layers/{name}.geojson",
    summary="One layer as GeoJSON",
    responses=GEOJSON_CONTENT,
    response_class=Response,
)
def get_layer(
    served: Served,
    name: str,
    bbox: Annotated[str | None, Query(description="west,south,east,north; features that meet it")] = None,
) -> Response:
    """RFC 7946, without the columns that are restricted."""
    content = layer_geojson(served.atlas, served.board, layer(name), at=served.now(), box=params.box(bbox))
    return Response(content, media_type="application/geo+json")
