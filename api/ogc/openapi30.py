"""The standard interface as an OpenAPI 3.0 document: every address, parameter, answer and error.

Written by hand, because what FastAPI writes is 3.1, which the programs of the OGC do not read. Every collection has
paths of its own, so that each can name its own queryables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

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
from api.ogc.params import DEFAULT, LANGUAGES, LEAST, MOST
from api.ogc.schemas import asked_for, value_schema
from api.ogc.tiles import SQUARES
from geo.features import CRS84, CollectionInfo
from maps.words import LANGUAGES as PAGE_LANGUAGES

Body = dict[str, Any]

_TEXT: Final[Body] = {"type": "string"}
_FILE: Final[Body] = {"type": "string", "format": "binary"}
_RANGES: Final[Mapping[str, Body]] = MappingProxyType(
    {
        "206": {"description": "a range of the file"},
        "416": {"description": "a range that the file does not have"},
    }
)
_NUMBERS: Final[Body] = {"type": "array", "items": {"type": "number"}}
_LINK: Final[Body] = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {**dict.fromkeys(("href", "rel", "type", "title"), _TEXT), "templated": {"type": "boolean"}},
}


def _object(required: Sequence[str], properties: Body) -> Body:
    return {"type": "object", "required": list(required), "properties": properties}


def _listed(name: str) -> Body:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


_SCHEMAS: Final[Body] = {
    "link": _LINK,
    "landingPage": _object(["links"], {"title": _TEXT, "description": _TEXT, "links": _listed("link")}),
    "confClasses": _object(["conformsTo"], {"conformsTo": {"type": "array", "items": _TEXT}, "links": _listed("link")}),
    "collection": _object(
        ["id", "links"],
        {
            **dict.fromkeys(("id", "title", "description", "itemType", "storageCrs"), _TEXT),
            "extent": {"type": "object"},
            "crs": {"type": "array", "items": _TEXT},
            "links": _listed("link"),
        },
    ),
    "collections": _object(["links", "collections"], {"links": _listed("link"), "collections": _listed("collection")}),
    "geometry": _object(["type"], {"type": _TEXT, "coordinates": {"type": "array", "items": {}}}) | {"nullable": True},
    "feature": _object(
        ["type", "geometry", "properties"],
        {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": _TEXT,
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
            **dict.fromkeys(("type", "title", "detail", "parameter"), _TEXT),
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
            "parameters": _PARAMETERS,
            "schemas": _SCHEMAS,
            "responses": {_name(status): _problem(status) for status in _ERRORS},
        },
    }


def _parameter(name: str, description: str, schema: Body, **more: Any) -> Body:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
        **more,
    }


_BOX: Final[Body] = {
    **_NUMBERS,
    "minItems": 4,
    "maxItems": 6,
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
}
_DAY: Final = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_INSTANT: Final = rf"{_DAY}(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,6}})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?)?"
_SPAN: Final = rf"^({_INSTANT}(/(\.\.|P\d{{1,5}}D|{_INSTANT})?)?|(\.\.)?/{_INSTANT})$"
_PARAMETERS: Final[Body] = {
    "lang": _parameter(
        "lang", "the language of titles; by default as Accept-Language says", {**_TEXT, "enum": list(PAGE_LANGUAGES)}
    ),
    "bbox": _parameter("bbox", "features that meet the box, and those without a place", _BOX),
    "datetime": _parameter(
        "datetime",
        "an instant, or an interval: 2022-12-20T00:00:00Z, 2022-12-20/.. with an open end, 2022-12-20/P2D of two days",
        {**_TEXT, "pattern": _SPAN},
    ),
    "limit": _parameter(
        "limit",
        "how many features a page has at most; more than the maximum is taken as the maximum. A file has all that are "
        "found where it is left out, and else as many as it says",
        {"type": "integer", "minimum": LEAST, "maximum": MOST, "default": DEFAULT},
    ),
    "after": _parameter(
        "after", "where a page begins; as the link `next` has it", {**_TEXT, "pattern": "^[A-Za-z0-9_-]+$"}
    ),
    "filter": _parameter("filter", "a filter in CQL2", {**_TEXT, "minLength": 1}),
    "filter-lang": _parameter(
        "filter-lang", "the encoding of the filter", {**_TEXT, "enum": list(LANGUAGES), "default": LANGUAGES[0]}
    ),
    "skipGeometry": _parameter("skipGeometry", "features without their places", {"type": "boolean", "default": False}),
}


def _collection_paths(asked: AskedResource, info: CollectionInfo) -> Body:
    place, title = f"/collections/{info.id}", collection_title(asked, info)
    identity = {"name": "featureId", "in": "path", "required": True, "description": "a feature's id", "schema": _TEXT}
    systems = _systems(info)
    return {
        place: _path(f"{info.id}.collection", "collection", FORMS, summary=title),
        f"{place}/queryables": _path(f"{info.id}.queryables", "schema", SCHEMA_FORMS, summary=title),
        f"{place}/schema": _path(f"{info.id}.schema", "schema", SCHEMA_FORMS, summary=title),
        f"{place}/items": _path(
            f"{info.id}.items",
            "featureCollection",
            ITEM_FORMS,
            parameters=_item_parameters(info, systems),
            errors=(
                HTTPStatus.NOT_FOUND,
                HTTPStatus.GONE,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                HTTPStatus.SERVICE_UNAVAILABLE,
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
        place: _path(f"{info.id}.tilesets", "schema", FORMS, summary=title),
        f"{place}/{SQUARES}": _path(f"{info.id}.tileset", "schema", FORMS, summary=title),
    }


def _systems(info: CollectionInfo) -> Body:
    """The parameters that name a coordinate system of the collection's."""
    uris = [one.uri for one in info.systems] or [CRS84.uri]
    schema = {**_TEXT, "format": "uri", "enum": uris, "default": CRS84.uri}
    of = {"crs": "of the answer", "bbox-crs": "of bbox", "filter-crs": "of the filter's places"}
    return {name: _parameter(name, f"the coordinate system {whose}", schema) for name, whose in of.items()}


def _item_parameters(info: CollectionInfo, systems: Body) -> list[Body]:
    simple = asked_for(info)
    names = [one.name for one in info.queryables if one.type is not None]
    sortable = [*names, *(f"{sign}{name}" for name in names for sign in "+-")]
    lists = {
        "properties": ("the properties to give", names),
        "sortby": ("what to sort by; - before it turns it", sortable),
    }
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS if name != "lang"]
    return [
        *shared,
        *systems.values(),
        *(
            _parameter(name, told, {"type": "array", "items": {**_TEXT, "enum": allowed}, "minItems": 1})
            for name, (told, allowed) in lists.items()
        ),
        *(
            _parameter(name, f"features with this value: {one.title_en}", value_schema(one))
            for name, one in simple.items()
            if name not in _PARAMETERS and name not in systems
        ),
    ]


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
    form = _parameter("f", "the form of the answer; by default as Accept says", {**_TEXT, "enum": list(forms)})
    content = {media: {"schema": _schema_of(media, schema)} for media in forms.values()}
    statuses = (HTTPStatus.BAD_REQUEST, *errors, HTTPStatus.INTERNAL_SERVER_ERROR)
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
        return _TEXT
    return _FILE if media in FILE_FORMS.values() else {"$ref": f"#/components/schemas/{schema}"}


_ERRORS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def _name(status: HTTPStatus) -> str:
    return status.phrase.replace(" ", "")


def _problem(status: HTTPStatus) -> Body:
    return {
        "description": status.phrase,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}},
    }
