"""OGC API - Features under /ogc: the landing page, what the service conforms to, and the collections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from api.deps import services
from api.ogc import models as ogc_models
from api.ogc import openapi30
from api.ogc import schemas as ogc_schemas
from api.ogc import tiles as ogc_tiles
from api.ogc.asked import AskedResource, answered, asked_resource
from api.ogc.held import HeldCollections
from api.ogc.links import JSON, Link, bodies
from api.wiring import Services
from geo.errors import NotFoundError
from geo.features import CollectionInfo, Snapshot
from geo.geojson import dumps
from maps.pages.ogc import POLICY, ogc_html
from maps.words import words as words_of

router = APIRouter()
_POLICY = {"Content-Security-Policy": POLICY}


@dataclass(frozen=True, slots=True)
class Resource:
    """What an address has: its title, its JSON, the resources above it, and what its members are called."""

    title: str
    body: Mapping[str, Any]
    trail: Sequence[tuple[str, str]] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[AskedResource, Services, Snapshot, Mapping[str, str]], Resource]


def door(path: str, forms: Mapping[str, str], make: Make, *, is_kept: bool = False) -> None:
    """Serve at `path` what `make` makes, to GET and HEAD, in each of the forms.

    What is kept is made once for each version of the data, language, form and address of the service.
    """

    def answer(request: Request, served: Services) -> Response:
        parts = [part for part in request.url.path.split("/") if part][1:]
        asked = asked_resource(request, parts, (), forms, request.app.state.public_address)
        held: HeldCollections = request.app.state.held

        def made() -> bytes:
            return _content(asked, make(asked, served, held.present(served), request.path_params))

        key = (asked.base, *asked.path, asked.language, asked.form, *sorted(served.collections))
        content = held.kept(served.atlas, key, made) if is_kept else made()
        return answered(asked, asked.etag(content), content, _POLICY if asked.form == "html" else None)

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request, await services(request))

    router.routes.append(Route(path, endpoint, methods=["GET"]))


def _content(asked: AskedResource, resource: Resource) -> bytes:
    """The resource in the form asked for."""
    if asked.form != "html":
        return dumps(resource.body)
    return ogc_html(resource.title, resource.body, resource.trail, asked.language, resource.labels)


def _title(asked: AskedResource, served: Services) -> str:
    row = served.atlas.layers["county"].iloc[0]
    english = row["name_en"]
    name = str(english) if asked.language == "en" and isinstance(english, str) else str(row["name"])
    return words_of(asked.language)("ogc.landing", county=name)


def above(asked: AskedResource, served: Services, info: CollectionInfo | None = None) -> list[tuple[str, str]]:
    """The resources above the one asked for."""
    words = words_of(asked.language)
    trail = [(_title(asked, served), asked.href(f="html"))]
    if "collections" in asked.path[:-1]:
        trail.append((words("ogc.data"), asked.href("collections", f="html")))
    if info is not None:
        trail.append((ogc_models.collection_title(asked, info), asked.href("collections", info.id, f="html")))
    return trail


def _landing(asked: AskedResource, served: Services, _: Snapshot, __: Mapping[str, str]) -> Resource:
    words, title = words_of(asked.language), _title(asked, served)
    named = {rel: words(f"ogc.{rel}") for rel in ("service-desc", "service-doc", "conformance", "data")}
    return Resource(title, ogc_models.landing(asked, title, words("ogc.description"), named))


def _api(asked: AskedResource, served: Services, snapshot: Snapshot, _: Mapping[str, str]) -> Resource:
    words, title = words_of(asked.language), _title(asked, served)
    version = metadata.version("yixian")
    body = openapi30.document(asked, snapshot.collections, title, words("ogc.description"), version)
    return Resource(words("ogc.service-doc"), body, above(asked, served))


def _conformance(asked: AskedResource, served: Services, _: Snapshot, __: Mapping[str, str]) -> Resource:
    title = words_of(asked.language)("ogc.conformance")
    body = {"links": bodies(asked.own_links(title)), "conformsTo": list(ogc_models.CONFORMANCE)}
    return Resource(title, body, above(asked, served))


def _collections(asked: AskedResource, served: Services, snapshot: Snapshot, _: Mapping[str, str]) -> Resource:
    title = words_of(asked.language)("ogc.data")
    listed = []
    for info in snapshot.collections:
        place = asked.href("collections", info.id)
        links = [
            Link(place, "self", JSON, ogc_models.collection_title(asked, info)),
            *ogc_models.collection_links(asked, info),
        ]
        listed.append({**ogc_models.collection(asked, info), "links": bodies(links)})
    return Resource(title, {"links": bodies(asked.own_links(title)), "collections": listed}, above(asked, served))


def _collection(asked: AskedResource, served: Services, snapshot: Snapshot, path: Mapping[str, str]) -> Resource:
    info = snapshot.collection(path["collection"])
    title = ogc_models.collection_title(asked, info)
    links = [*asked.own_links(title), *ogc_models.collection_links(asked, info)]
    body = {**ogc_models.collection(asked, info), "links": bodies(links)}
    return Resource(title, body, above(asked, served))


def _schema(make: Callable[[AskedResource, CollectionInfo], dict[str, Any]]) -> Make:
    def schema(asked: AskedResource, served: Services, snapshot: Snapshot, path: Mapping[str, str]) -> Resource:
        info = snapshot.collection(path["collection"])
        return Resource(ogc_models.collection_title(asked, info), make(asked, info), above(asked, served, info))

    return schema


def _tiles(make: Callable[[AskedResource, CollectionInfo], dict[str, Any]]) -> Make:
    def tiles(asked: AskedResource, served: Services, snapshot: Snapshot, path: Mapping[str, str]) -> Resource:
        info = snapshot.collection(path["collection"])
        if not ogc_models.is_tiled(info):
            raise NotFoundError("set of tiles", info.id)
        return Resource(ogc_models.collection_title(asked, info), make(asked, info), above(asked, served, info))

    return tiles


def _squares(asked: AskedResource, served: Services, _: Snapshot, __: Mapping[str, str]) -> Resource:
    return Resource(ogc_tiles.SQUARES, ogc_tiles.squares(asked), above(asked, served))


for path in ("/ogc", "/ogc/"):
    door(path, ogc_models.FORMS, _landing)
door("/ogc/api", ogc_models.API_FORMS, _api, is_kept=True)
door("/ogc/conformance", ogc_models.FORMS, _conformance)
door("/ogc/collections", ogc_models.FORMS, _collections)
door("/ogc/collections/{collection}", ogc_models.FORMS, _collection)
door("/ogc/collections/{collection}/queryables", ogc_models.SCHEMA_FORMS, _schema(ogc_schemas.queryables))
door("/ogc/collections/{collection}/schema", ogc_models.SCHEMA_FORMS, _schema(ogc_schemas.returnables))
door("/ogc/collections/{collection}/tiles", ogc_models.FORMS, _tiles(ogc_tiles.tilesets))
door(f"/ogc/collections/{{collection}}/tiles/{ogc_tiles.SQUARES}", ogc_models.FORMS, _tiles(ogc_tiles.tileset))
door(f"/ogc/tileMatrixSets/{ogc_tiles.SQUARES}", ogc_models.FORMS, _squares)
