"""The layers, listed and whole."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api import models, params
from api.deps import Served
from api.tables import GEOJSON_CONTENT
from geo.export import layer_geojson
from geo.geojson import dumps

router = APIRouter(tags=["layers"])
CONTACTS: Final = "true: with the restricted columns (names, phones), of the own area; the record tells who asked"
NOT_KEPT: Final = {"Cache-Control": "no-store"}


@router.get("/v1/layers", summary="What layers there are, and of when they are")
def get_layers(served: Served) -> Response:
    """Name, titles, rows, how many of them are synthetic, date, source, and where to fetch it; those one may see."""
    listed = models.layers(served.county, served.reader.sees_layer)
    body = {**models.stamp(served.now(), served.board.provenance), "layers": listed}
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
    contacts: Annotated[str, Query(description=CONTACTS)] = "false",
) -> Response:
    """RFC 7946, without the columns that are restricted, unless contacts are asked for by whoever may have them.

    Of layers that name members the rows of the reader's own area.
    """
    box, named = params.box(bbox), params.flag("contacts", contacts)
    seen = served.layer(name, contacts=named)
    if named:
        served.record_export(name)
    content = layer_geojson(seen.frame, seen.spec, served.board.provenance, at=served.now(), box=box)
    return Response(content, media_type="application/geo+json", headers=NOT_KEPT if named else None)
