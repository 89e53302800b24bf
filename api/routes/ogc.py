"""OGC API - Features under /ogc: the landing page, what the service conforms to, and the collections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from api import ogc_models, ogc_schemas, ogc_sets
from api.asked import AskedResource, answered, asked_resource
from api.deps import services
from api.links import JSON, Link, bodies
from api.ogc_sets import CollectionInfo
from api.wiring import Services
from geo.errors import NotFoundError
from geo.geojson import dumps
from geo.layers.registry import LAYERS
from maps.pages.ogc import POLICY, ogc_html
from maps.words import words as words_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Resource:
    """What an address has: its title, its JSON, the resources above it, and what its members are called."""

    title: str
    body: Mapping[str, Any]
    trail: Sequence[tuple[str, str]] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[AskedResource, Services, Mapping[str, str]], Resource]


def door(path: str, forms: Mapping[str, str], make: Make) -> None:
    """Serve at `path` what `make` makes, to GET and HEAD, in each of the forms."""

    async def endpoint(request: Request) -> Response:
        parts = [part for part in request.url.path.split("/") if part][1:]
        asked = asked_resource(request, parts, (), forms, request.app.state.public_address)
        served = await services(request)
        return await run_in_threadpool(lambda: respond(asked, make(asked, served, request.path_params)))

    router.routes.append(Route(path, endpoint, methods=["GET"]))


def respond(asked: AskedResource, resource: Resource) -> Response:
    """The resource in the form asked for."""
    if asked.form != "html":
        content = dumps(resource.body)
        return answered(asked, asked.etag(content), content)
    content = ogc_html(resource.title, resource.body, resource.trail, asked.language, resource.labels)
    return answered(asked, asked.etag(content), content, {"Content-Security-Policy": POLICY})


def infos_of(served: Services) -> dict[str, CollectionInfo]:
    """The collections by their ids, those that have features with a place first."""
    return ogc_models.found(ogc_sets.infos(served))


def info_of(served: Services, identity: str) -> CollectionInfo:
    """One collection; NotFoundError lists those there are."""
    infos = infos_of(served)
    if identity not in infos:
        raise NotFoundError("collection", identity, tuple(infos))
    return infos[identity]


def is_tiled(info: CollectionInfo) -> bool:
    """Whether there are vector tiles of the collection."""
    return info.id in LAYERS and not LAYERS[info.id].is_table


def _title(asked: AskedResource, served: Services) -> str:
    row = served.atlas.layers["county"].iloc[0]
    english = row["name_en"]
    name = str(english) if asked.language == "en" and isinstance(english, str) else str(row["name"])
    return words_of(asked.language)("ogc.landing", county=name)


def _above(asked: AskedResource, served: Services, info: CollectionInfo | None = None) -> list[tuple[str, str]]:
    words = words_of(asked.language)
    trail = [(_title(asked, served), asked.href(f="html"))]
    if "collections" in asked.path[:-1]:
        trail.append((words("ogc.data"), asked.href("collections", f="html")))
    if info is not None:
        trail.append((ogc_models.collection_title(asked, info), asked.href("collections", info.id, f="html")))
    return trail


def _landing(asked: AskedResource, served: Services, _: Mapping[str, str]) -> Resource:
    words, title = words_of(asked.language), _title(asked, served)
    named = {rel: words(f"ogc.{rel}") for rel in ("service-desc", "service-doc", "conformance", "data")}
    return Resource(title, ogc_models.landing(asked, title, words("ogc.description"), named))


def _conformance(asked: AskedResource, served: Services, _: Mapping[str, str]) -> Resource:
    title = words_of(asked.language)("ogc.conformance")
    body = {"links": bodies(asked.own_links(title)), "conformsTo": list(ogc_models.CONFORMANCE)}
    return Resource(title, body, _above(asked, served))


def _collections(asked: AskedResource, served: Services, _: Mapping[str, str]) -> Resource:
    title = words_of(asked.language)("ogc.data")
    listed = []
    for info in infos_of(served).values():
        place = asked.href("collections", info.id)
        links = [
            Link(place, "self", JSON, ogc_models.collection_title(asked, info)),
            *ogc_models.collection_links(asked, info, tiled=is_tiled(info)),
        ]
        listed.append({**ogc_models.collection(asked, info), "links": bodies(links)})
    return Resource(title, {"links": bodies(asked.own_links(title)), "collections": listed}, _above(asked, served))


def _collection(asked: AskedResource, served: Services, path: Mapping[str, str]) -> Resource:
    info = info_of(served, path["collection"])
    title = ogc_models.collection_title(asked, info)
    links = [*asked.own_links(title), *ogc_models.collection_links(asked, info, tiled=is_tiled(info))]
    body = {**ogc_models.collection(asked, info), "links": bodies(links)}
    return Resource(title, body, _above(asked, served))


def _schema(make: Callable[[AskedResource, CollectionInfo], dict[str, Any]]) -> Make:
    def schema(asked: AskedResource, served: Services, path: Mapping[str, str]) -> Resource:
        info = info_of(served, path["collection"])
        return Resource(ogc_models.collection_title(asked, info), make(asked, info), _above(asked, served, info))

    return schema


for path in ("/ogc", "/ogc/"):
    door(path, ogc_models.FORMS, _landing)
door("/ogc/conformance", ogc_models.FORMS, _conformance)
door("/ogc/collections", ogc_models.FORMS, _collections)
door("/ogc/collections/{collection}", ogc_models.FORMS, _collection)
door("/ogc/collections/{collection}/queryables", ogc_models.SCHEMA_FORMS, _schema(ogc_schemas.queryables))
door("/ogc/collections/{collection}/schema", ogc_models.SCHEMA_FORMS, _schema(ogc_schemas.returnables))
