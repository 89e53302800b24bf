"""The features of a collection, page by page and one by one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from api import ogc_models, ogc_params, ogc_schemas, ogc_sets, params
from api.asked import AskedResource, answered, asked_resource
from api.deps import services
from api.links import GEOJSON, JSON, Link, bodies
from api.ogc_sets import CRS, CRS84, CollectionInfo, Query
from api.routes.ogc import info_of
from api.wiring import Services
from geo.errors import InputError, NotFoundError
from geo.geojson import dumps

router = APIRouter()


async def get_items(request: Request) -> Response:
    served = await services(request)
    info = info_of(served, request.path_params["collection"])
    known = (*ogc_params.ITEMS, *ogc_schemas.asked_for(info))
    asked = asked_resource(
        request, ("collections", info.id, "items"), known, ogc_models.ITEM_FORMS, request.app.state.public_address
    )
    return await run_in_threadpool(_items, asked, served, info)


def crs_of(text):
    if text is None:
        return CRS84
    if text not in CRS:
        raise InputError(f"crs={text!r} is not one of {', '.join(CRS)}", parameter="crs")
    return text


def _items(asked: AskedResource, served: Services, info: CollectionInfo) -> Response:
    q = asked.query
    crs = crs_of(q.get("crs"))
    crs_of(q.get("bbox-crs"))
    page = ogc_sets.feature_set(served, info.id).select(
        Query(ogc_params.limit(q.get("limit")), params.box(q.get("bbox")), crs, int(q.get("after", 0)))
    )
    title = ogc_models.collection_title(asked, info)
    links = asked.own_links(title)
    links.append(Link(asked.href("collections", info.id), "collection", JSON, title))
    if page.next:
        links.append(Link(asked.here(after=page.next), "next", asked.media_type, title))
    body = {
        "type": "FeatureCollection",
        "numberMatched": page.number_matched,
        "numberReturned": len(page.features),
        "links": bodies(links),
        "features": page.features,
    }
    content = dumps(body)
    return answered(asked, asked.etag(content), content, {"Content-Crs": f"<{crs}>"})


async def get_item(request: Request) -> Response:
    served = await services(request)
    info = info_of(served, request.path_params["collection"])
    fid = request.path_params["feature"]
    asked = asked_resource(
        request,
        ("collections", info.id, "items", fid),
        ("crs",),
        ogc_models.ITEM_FORMS,
        request.app.state.public_address,
    )
    crs = crs_of(asked.query.get("crs"))
    s = ogc_sets.feature_set(served, info.id)
    if fid not in s.ids:
        raise NotFoundError("feature", fid)
    page = s.select(Query(1, None, crs, s.ids.index(fid)))
    title = fid
    links = asked.own_links(title)
    links.append(Link(asked.href("collections", info.id), "collection", JSON, title))
    content = dumps({**page.features[0], "links": bodies(links)})
    return answered(asked, asked.etag(content), content, {"Content-Crs": f"<{crs}>"})


router.routes.append(Route("/ogc/collections/{collection}/items", get_items, methods=["GET"]))
router.routes.append(Route("/ogc/collections/{collection}/items/{feature}", get_item, methods=["GET"]))
