"""The resources of the standard interface as JSON bodies: landing page, conformance, collections and their schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from api.asked import AskedResource
from api.links import (
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    QUERYABLES,
    SCHEMA,
    SCHEMA_JSON,
    VECTOR_TILES,
    Link,
    bodies,
)
from api.ogc_sets import CRS, CRS84, CollectionInfo

FORMS: Final = {"json": JSON, "html": HTML}
ITEM_FORMS: Final = {"json": GEOJSON, "html": HTML}
SCHEMA_FORMS: Final = {"json": SCHEMA_JSON, "html": HTML}
API_FORMS: Final = {"json": OPENAPI, "html": HTML}

_OGC: Final = "http://www.opengis.net/spec/"
CONFORMANCE: Final = tuple(
    f"{_OGC}{name}"
    for name in (
        *(f"ogcapi-features-1/1.0/conf/{one}" for one in ("core", "oas30", "html", "geojson")),
        "ogcapi-features-2/1.0/conf/crs",
        *(
            f"ogcapi-features-3/1.0/conf/{one}"
            for one in ("queryables", "queryables-query-parameters", "filter", "features-filter")
        ),
        *(
            f"cql2/1.0/conf/{one}"
            for one in (
                "cql2-text",
                "cql2-json",
                "basic-cql2",
                "advanced-comparison-operators",
                "case-insensitive-comparison",
                "accent-insensitive-comparison",
                "basic-spatial-functions",
                "basic-spatial-functions-plus",
                "spatial-functions",
                "temporal-functions",
                "array-functions",
                "property-property",
                "arithmetic",
            )
        ),
        *(f"ogcapi-tiles-1/1.0/conf/{one}" for one in ("tileset", "tilesets-list", "geodata-tilesets", "mvt")),
    )
)


def said(asked: AskedResource, chinese: str, english: str) -> str:
    """The one of two texts that is in the language asked for."""
    return english if asked.language == "en" else chinese


def landing(asked: AskedResource, title: str, description: str, words: dict[str, str]) -> dict[str, Any]:
    """The landing page; `words` are the titles of its links by their relations."""
    links = [
        *asked.own_links(title),
        Link(asked.href("api", f="json"), "service-desc", OPENAPI, words["service-desc"]),
        Link(asked.href("api", f="html"), "service-doc", HTML, words["service-doc"]),
        Link(asked.href("conformance"), "conformance", JSON, words["conformance"]),
        Link(asked.href("collections"), "data", JSON, words["data"]),
    ]
    return {"title": title, "description": description, "links": bodies(links)}


def collection_title(asked: AskedResource, info: CollectionInfo) -> str:
    """A collection's title in the language asked for."""
    return said(asked, info.title_zh, info.title_en)


def collection(asked: AskedResource, info: CollectionInfo) -> dict[str, Any]:
    """One collection without its links, the same wherever it stands."""
    extent: dict[str, Any] = {}
    if info.bbox is not None:
        extent["spatial"] = {"bbox": [list(info.bbox)], "crs": CRS84}
    if any(info.interval):
        extent["temporal"] = {
            "interval": [list(info.interval)],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return {
        "id": info.id,
        "title": collection_title(asked, info),
        "description": said(asked, info.description_zh, info.description_en),
        "itemType": "feature",
        **({"extent": extent} if extent else {}),
        **({"crs": list(CRS), "storageCrs": info.storage_crs} if info.bbox is not None else {}),
        "itemCount": info.count,
    }


def collection_links(asked: AskedResource, info: CollectionInfo, *, tiled: bool) -> list[Link]:
    """What a collection leads to."""
    title, place = collection_title(asked, info), ("collections", info.id)

    def each(rel: str, forms: dict[str, str], *parts: str) -> list[Link]:
        return [Link(asked.href(*place, *parts, f=name), rel, media, title) for name, media in forms.items()]

    tiles = Link(asked.href(*place, "tiles"), VECTOR_TILES, JSON, title)
    return [
        *each("items", ITEM_FORMS, "items"),
        Link(asked.href(*place, "queryables"), QUERYABLES, SCHEMA_JSON, title),
        *each(SCHEMA, SCHEMA_FORMS, "schema"),
        *([tiles] if tiled else []),
    ]


def found(infos: Iterable[CollectionInfo]) -> dict[str, CollectionInfo]:
    """Collections by their ids."""
    return {info.id: info for info in infos}
