"""The features of a collection, page by page and one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import BoundedSemaphore
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from api.access import Sight
from api.deps import services
from api.errors import FullError
from api.ogc import models as ogc_models
from api.ogc import params as ogc_params
from api.ogc import schemas as ogc_schemas
from api.ogc.asked import AskedResource, asked_resource, headers_of, media_of, unchanged
from api.ogc.files import file_of, is_part, written_system
from api.ogc.held import HeldCollections
from api.ogc.links import JSON, QUERYABLES, SCHEMA_JSON, Link, bodies
from api.ranged import RangedFile
from api.routes.ogc import above
from api.wiring import Services
from geo.features import (
    CollectionInfo,
    Page,
    Queryable,
    Snapshot,
    System,
    feature_bytes,
    feature_lines,
    one_feature,
    text_sequence,
)
from maps.pages.ogc import POLICY, ogc_html

router = APIRouter()
_STREAMED = 1000
"""Features from which on a page goes out as it is written."""
_TURNS = BoundedSemaphore(32)  # fewer than the threads that answer, so that other questions find one


async def get_items(request: Request) -> Response:
    """A page of a collection's features; FullError where too many are being looked for."""
    if not _TURNS.acquire(blocking=False):
        raise FullError("as many questions as the service bears are being answered; try again")
    try:
        return await run_in_threadpool(_items, request, await services(request))
    finally:
        _TURNS.release()


async def get_item(request: Request) -> Response:
    """One feature."""
    return await run_in_threadpool(_item, request, await services(request))


@dataclass(frozen=True, slots=True)
class _Question:
    """A question for features of a collection, as far as it is the same for pages and files."""

    request: Request
    served: Services
    held: HeldCollections
    snapshot: Snapshot
    info: CollectionInfo
    simple: Mapping[str, Queryable]
    asked: AskedResource
    system: System


def _items(request: Request, served: Services) -> Response:
    held: HeldCollections = request.app.state.held
    snapshot = held.present(served)
    info = snapshot.collection(request.path_params["collection"])
    simple = ogc_schemas.asked_for(info)
    asked = _asked(request, info, ("items",), (*ogc_params.ITEMS, *simple), ogc_models.ITEM_FORMS)
    system = ogc_params.system(info, asked.query, "crs")
    question = _Question(request, served, held, snapshot, info, simple, asked, system)
    return _file(question) if asked.form in ogc_models.FILES else _page(question)


def _file(question: _Question) -> Response:
    """All that is asked for as a file, as it lies on the shelf: ranges of it are ranges of these very bytes."""
    question.served.reader.refuse_seeing(Sight.ANSWERS)  # as `/v1/export`
    info, asked = question.info, question.asked
    if not ogc_models.FILES[asked.form].is_text or "range" in question.request.headers:
        asked = replace(asked, coding="")  # it goes out as it is
    query = ogc_params.file_query(info, asked.query, question.simple)
    system = written_system(asked.form, question.system)
    features = question.snapshot.feature_set(info.id)
    etag, changed = asked.etag(features.mark), question.held.changed(question.served, features)
    headers = _headers(asked, info, question.system)
    known = unchanged(asked, etag, changed, headers)
    if known is not None:
        return known
    page = features.select(query)
    made = file_of(asked, question.served, info, page, system, question.snapshot.at)
    name = ogc_models.file_name(info, asked.form, is_part=is_part(page))
    headers = headers_of(asked, etag, changed, headers)
    return RangedFile(made, media_type=media_of(asked), filename=name, headers=headers)


def _page(question: _Question) -> Response:
    request, served, held = question.request, question.served, question.held
    info, asked, system = question.info, question.asked, question.system
    query, features = ogc_params.query(info, asked.query, question.simple), question.snapshot.feature_set(info.id)
    if query.after is not None:
        features = held.paged(served, question.snapshot, info.id, query.after, asked.here(after=None))
    etag, changed, headers = asked.etag(features.mark), held.changed(served, features), _headers(asked, info, system)
    known = unchanged(asked, etag, changed, headers)
    if known is not None:
        return known
    page = features.select(query)
    if page.next is not None:
        held.hold(info.id, features)
    members = _members(asked, info, page)
    headers = headers_of(asked, etag, changed, headers)
    if asked.form == "html":
        whole = orjson.loads(b"".join(feature_bytes(page, system=system, members=members)))
        for one in whole["features"]:
            one["links"] = [{"href": asked.href(*asked.path, one["id"], f="html"), "rel": "self", "title": one["id"]}]
        return _html(asked, served, info, whole, headers)
    if asked.form == "geojsonseq":
        following = [
            Link(link["href"], "next", asked.media_type, "") for link in members["links"] if link["rel"] == "next"
        ]
        headers["Link"] = ", ".join([headers["Link"], *(link.header() for link in following)])
        return _sent(request, page, text_sequence(feature_lines(page, system=system)), headers, media_of(asked))
    return _sent(request, page, feature_bytes(page, system=system, members=members), headers, media_of(asked))


def _item(request: Request, served: Services) -> Response:
    held: HeldCollections = request.app.state.held
    snapshot, identity = held.present(served), request.path_params["feature"]
    info = snapshot.collection(request.path_params["collection"])
    asked = _asked(request, info, ("items", identity), ("crs",), ogc_models.FEATURE_FORMS)
    system = ogc_params.system(info, asked.query, "crs")
    features = snapshot.feature_set(info.id)
    page = features.one(identity)
    etag, changed, headers = asked.etag(features.mark), held.changed(served, features), _headers(asked, info, system)
    known = unchanged(asked, etag, changed, headers)
    if known is not None:
        return known
    links = [*asked.own_links(identity), _collection_link(asked, info)]
    content = one_feature(page, system=system, members={"links": bodies(links)})
    headers = headers_of(asked, etag, changed, headers)
    if asked.form == "html":
        return _html(asked, served, info, orjson.loads(content), headers, identity)
    return Response(content, headers=headers, media_type=media_of(asked))


def _asked(
    request: Request, info: CollectionInfo, below: tuple[str, ...], known: tuple[str, ...], forms: Mapping[str, str]
) -> AskedResource:
    place = ("collections", info.id, *below)
    return asked_resource(request, place, known, forms, request.app.state.public_address)


def _headers(asked: AskedResource, info: CollectionInfo, system: System) -> dict[str, str]:
    queryables = Link(asked.href("collections", info.id, "queryables"), QUERYABLES, SCHEMA_JSON, "")
    own = asked.own_links("", ogc_models.FEATURE_FORMS)  # they list the others; a header has no room for all
    links = ", ".join(link.header() for link in (*own, queryables))
    return {"Content-Crs": f"<{system.uri}>", "Link": links}


def _members(asked: AskedResource, info: CollectionInfo, page: Page) -> dict[str, Any]:
    title = ogc_models.collection_title(asked, info)
    links = [*asked.own_links(title, ogc_models.PAGE_FORMS), *ogc_models.file_links(asked, info)]
    links.append(_collection_link(asked, info))
    if page.next is not None:
        links.append(Link(asked.here(after=str(page.next)), "next", asked.media_type, title))
    return {"numberMatched": page.number_matched, "numberReturned": len(page.rows), "links": bodies(links)}


def _collection_link(asked: AskedResource, info: CollectionInfo) -> Link:
    return Link(asked.href("collections", info.id), "collection", JSON, ogc_models.collection_title(asked, info))


def _html(
    asked: AskedResource,
    served: Services,
    info: CollectionInfo,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    title: str | None = None,
) -> Response:
    labels = {one.name: ogc_models.said(asked, one.title_zh, one.title_en) for one in info.queryables}
    title = title or ogc_models.collection_title(asked, info)
    content = ogc_html(title, body, above(asked, served, info), asked.language, labels)
    return Response(content, headers={**headers, "Content-Security-Policy": POLICY}, media_type=media_of(asked))


def _sent(
    request: Request, page: Page, parts: Iterator[bytes], headers: Mapping[str, str], media_type: str
) -> Response:
    """A page as it is written, or at once where it is small; to HEAD only the headers of a large one."""
    if len(page.rows) < _STREAMED:
        return Response(b"".join(parts), headers=dict(headers), media_type=media_type)
    if request.method == "HEAD":
        return StreamingResponse(iter(()), headers=dict(headers), media_type=media_type)
    return StreamingResponse(parts, headers=dict(headers), media_type=media_type)


_DOORS: Mapping[str, Callable[..., Any]] = {"": get_items, "/{feature:path}": get_item}
for _below, _endpoint in _DOORS.items():
    router.routes.append(Route(f"/ogc/collections/{{collection}}/items{_below}", _endpoint, methods=["GET"]))
