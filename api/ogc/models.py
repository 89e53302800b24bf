"""The resources of the standard interface as JSON bodies: landing page, conformance, collections and their schemas."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from api.ogc.asked import AskedResource
from api.ogc.links import (
    GEOJSON,
    GEOJSON_SEQUENCE,
    HTML,
    JSON,
    OPENAPI,
    QUERYABLES,
    SCHEMA,
    SCHEMA_JSON,
    VECTOR_TILES,
    Link,
    address,
    bodies,
)
from geo.crs import GCJ02
from geo.export import FORMS as EXPORTS
from geo.features import CRS84, CollectionInfo
from geo.layers.registry import LAYERS

FORMS: Final = {"json": JSON, "html": HTML}
FEATURE_FORMS: Final = {"json": GEOJSON, "html": HTML}
PAGE_FORMS: Final = {**FEATURE_FORMS, "geojsonseq": GEOJSON_SEQUENCE}
FILES: Final = MappingProxyType(
    {form.name: form for form in EXPORTS.values() if form.media not in PAGE_FORMS.values() and form.system != GCJ02}
)
"""The forms that a selection is handed out in as a file, all of it at once."""
FILE_FORMS: Final = {name: form.media.partition(";")[0] for name, form in FILES.items()}
ITEM_FORMS: Final = {**PAGE_FORMS, **FILE_FORMS}
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
    if info.bounds is not None:
        extent["spatial"] = {"bbox": [list(info.bounds)], "crs": CRS84.uri}
    if info.times is not None and all(info.times.ends):  # an open end, null, stops programs that read two instants
        ends = [end.isoformat() for end in info.times.ends if end]
        extent["temporal"] = {"interval": [ends], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
    return {
        "id": info.id,
        "title": collection_title(asked, info),
        "description": description(asked, info),
        "itemType": "feature",
        **({"extent": extent} if extent else {}),
        "crs": [one.uri for one in info.systems or (CRS84,)],
        **({"storageCrs": info.storage.uri} if info.storage else {}),
    }


def description(asked: AskedResource, info: CollectionInfo) -> str:
    """What a collection holds, in a sentence; an answer says that it is one."""
    title = collection_title(asked, info)
    if info.kind == "layer":
        return title
    return said(asked, f"{title}：按当前数据推算的结论", f"{title}: an answer computed from the present data")


def is_tiled(info: CollectionInfo) -> bool:
    """Whether there are vector tiles of the collection."""
    return info.id in LAYERS and not LAYERS[info.id].is_table


def file_name(info: CollectionInfo, form: str, *, is_part: bool = False) -> str:
    """What a file of a collection, or of a part of it, is called."""
    return f"{info.id}{'-part' if is_part else ''}{FILES[form].suffix}"


def file_links(asked: AskedResource, info: CollectionInfo) -> list[Link]:
    """The whole selection of a page as a file, in every form but the one asked for."""
    title = collection_title(asked, info)
    return [
        Link(asked.here(f=name, limit=None, after=None), "alternate", media, f"{title}: {file_name(info, name)}")
        for name, media in FILE_FORMS.items()
        if name != asked.form
    ]


def collection_links(asked: AskedResource, info: CollectionInfo) -> list[Link]:
    """What a collection leads to."""
    title, place = collection_title(asked, info), ("collections", info.id)

    def each(rel: str, forms: dict[str, str], *parts: str) -> list[Link]:
        return [Link(asked.href(*place, *parts, f=name), rel, media, title) for name, media in forms.items()]

    tiles = Link(asked.href(*place, "tiles"), VECTOR_TILES, JSON, title)
    root = asked.base.rpartition("/")[0]
    files = [
        Link(
            address(root, "v1", "export", query=[("layers", info.id), ("f", form.name)]), "enclosure", form.media, title
        )
        for form in EXPORTS.values()
        if info.kind == "layer" and info.items and not form.name.startswith("gcj02")
    ]
    items = Link(asked.href(*place, "items"), "items", GEOJSON, title)  # GDAL puts an id after it as it stands
    return [
        items,
        *each("items", {name: media for name, media in ITEM_FORMS.items() if media != GEOJSON}, "items"),
        Link(asked.href(*place, "queryables"), QUERYABLES, SCHEMA_JSON, title),
        *each(SCHEMA, SCHEMA_FORMS, "schema"),
        *([tiles] if is_tiled(info) else []),
        *files,
    ]
