"""The standard interface as an OpenAPI 3.0 document: every address, parameter, answer and error.

Written by hand, because what FastAPI writes is 3.1, which the programs of the OGC do not read. Every collection has
paths of its own, so that each can name its own queryables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from api.ogc.asked import AskedResource
from api.ogc.links import GEOJSON_SEQUENCE, HTML, PROBLEM
from api.ogc.models import (
    API_FORMS,
    FEATURE_FORMS,
    FILE_FORMS,
    FORMS,
    ITEM_FORMS,
    SCHEMA_FORMS,
    collection_title,
    is_tiled,
)
from api.ogc.parameters30 import PARAMETERS, TEXT, Body, item_parameters, parameter, system_parameters
from api.ogc.tiles import SQUARES
from geo.features import CollectionInfo

_FILE: Final[Body] = {"type": "string", "format": "binary"}
_RANGES: Final[Mapping[str, Body]] = MappingProxyType(
    {
        "206": {"description": "a range of the file"},
        "416": {"description": "a range that the file does not have"},
    }
)
_LINK: Final[Body] = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {**dict.fromkeys(("href", "rel", "type", "title"), TEXT), "templated": {"type": "boolean"}},
}


_HIDDEN: Final = (HTTPStatus.NOT_FOUND,)
"""A collection that a reader may not see is not there."""


def _object(required: Sequence[str], properties: Body) -> Body:
    return {"type": "object", "required": list(required), "properties": properties}


def _listed(name: str) -> Body:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


_SCHEMAS: Final[Body] = {
    "link": _LINK,
    "landingPage": _object(["links"], {"title": TEXT, "description": TEXT, "links": _listed("link")}),
    "confClasses": _object(["conformsTo"], {"conformsTo": {"type": "array", "items": TEXT}, "links": _listed("link")}),
    "collection": _object(
        ["id", "links"],
        {
            **dict.fromkeys(("id", "title", "description", "itemType", "storageCrs"), TEXT),
            "extent": {"type": "object"},
            "crs": {"type": "array", "items": TEXT},
            "links": _listed("link"),
        },
    ),
    "collections": _object(["links", "collections"], {"links": _listed("link"), "collections": _listed("collection")}),
    "geometry": _object(["type"], {"type": TEXT, "coordinates": {"type": "array", "items": {}}}) | {"nullable": True},
    "feature": _object(
        ["type", "geometry", "properties"],
        {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": TEXT,
            "geometry": {"$ref": "#/components/schemas/geometry"},
            "properties": {"type": "object", "nullable": True},
            "links": _listed("link"),
        },
    ),
    "featureCollection": _object(
        ["type", "features"],
        {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "links": _listed("link"),
            "features": _listed("feature"),
        },
    ),
    "schema": {"type": "object"},
    "problem": _object(
        ["title", "status"],
        {
            **dict.fromkeys(("type", "title", "detail", "parameter"), TEXT),
            "status": {"type": "integer"},
        },
    ),
}


def document(asked: AskedResource, infos: Iterable[CollectionInfo], title: str, description: str, version: str) -> Body:
    """The whole document; its one server is the landing page as the client addressed it."""
    paths: Body = {
        "/": _path("landing", "landingPage", FORMS),
        "/conformance": _path("conformance", "confClasses", FORMS),
        "/api": _path("api", "schema", API_FORMS),
        "/collections": _path("collections", "collections", FORMS),
        f"/tileMatrixSets/{SQUARES}": _path("tileMatrixSet", "schema", FORMS),
    }
    for info in infos:
        paths |= _collection_paths(asked, info) | (_tile_paths(asked, info) if is_tiled(info) else {})
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "description": description, "version": version},
        "servers": [{"url": asked.base}],
        "tags": [],
        "paths": paths,
        "components": {
            "parameters": PARAMETERS,
            "schemas": _SCHEMAS,
            "responses": {_name(status): _problem(status) for status in _ERRORS},
        },
    }


def _collection_paths(asked: AskedResource, info: CollectionInfo) -> Body:
    place, title = f"/collections/{info.id}", collection_title(asked, info)
    identity = {"name": "featureId", "in": "path", "required": True, "description": "a feature's id", "schema": TEXT}
    systems = system_parameters(info)
    return {
        place: _path(f"{info.id}.collection", "collection", FORMS, errors=_HIDDEN, summary=title),
        f"{place}/queryables": _path(f"{info.id}.queryables", "schema", SCHEMA_FORMS, errors=_HIDDEN, summary=title),
        f"{place}/schema": _path(f"{info.id}.schema", "schema", SCHEMA_FORMS, errors=_HIDDEN, summary=title),
        f"{place}/items": _path(
            f"{info.id}.items",
            "featureCollection",
            ITEM_FORMS,
            parameters=item_parameters(info, systems),
            errors=(
                HTTPStatus.NOT_FOUND,
                HTTPStatus.GONE,
            ),
            more=_RANGES,
            summary=title,
        ),
        f"{place}/items/{{featureId}}": _path(
            f"{info.id}.item",
            "feature",
            FEATURE_FORMS,
            parameters=[identity, systems["crs"]],
            errors=(HTTPStatus.NOT_FOUND,),
            summary=title,
        ),
    }


def _tile_paths(asked: AskedResource, info: CollectionInfo) -> Body:
    place, title = f"/collections/{info.id}/tiles", collection_title(asked, info)
    return {
        place: _path(f"{info.id}.tilesets", "schema", FORMS, errors=_HIDDEN, summary=title),
        f"{place}/{SQUARES}": _path(f"{info.id}.tileset", "schema", FORMS, errors=_HIDDEN, summary=title),
    }


def _path(
    operation: str,
    schema: str,
    forms: Mapping[str, str],
    *,
    parameters: Sequence[Body] = (),
    errors: Sequence[HTTPStatus] = (),
    more: Mapping[str, Body] = MappingProxyType({}),
    summary: str | None = None,
) -> Body:
    """One address with its GET: its parameters and those of every resource, its answers (`more` of them) and errors."""
    form = parameter("f", "the form of the answer; by default as Accept says", {**TEXT, "enum": list(forms)})
    content = {media: {"schema": _schema_of(media, schema)} for media in forms.values()}
    statuses = sorted({*_ALWAYS, *errors})
    return {
        "get": {
            "operationId": operation,
            "summary": summary or operation,
            "parameters": [*parameters, form, {"$ref": "#/components/parameters/lang"}],
            "responses": {
                "200": {"description": "the resource", "content": content},
                "304": {"description": "the client has it already"},
                **more,
                **{str(int(status)): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses},
            },
        }
    }


def _schema_of(media: str, schema: str) -> Body:
    if media in (HTML, GEOJSON_SEQUENCE):
        return TEXT
    return _FILE if media in FILE_FORMS.values() else {"$ref": f"#/components/schemas/{schema}"}


_ALWAYS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_ERRORS: Final = (*_ALWAYS, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


def _name(status: HTTPStatus) -> str:
    return status.phrase.replace(" ", "")


def _problem(status: HTTPStatus) -> Body:
    return {
        "description": status.phrase,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}},
    }
