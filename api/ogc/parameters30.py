"""The parameters of the standard interface as its OpenAPI 3.0 document has them."""

from __future__ import annotations

from typing import Any, Final

from api.ogc.params import DEFAULT, LANGUAGES, LEAST, MOST
from api.ogc.schemas import asked_for, value_schema
from geo.features import CRS84, CollectionInfo
from maps.words import LANGUAGES as PAGE_LANGUAGES

Body = dict[str, Any]

TEXT: Final[Body] = {"type": "string"}


def parameter(name: str, description: str, schema: Body, **more: Any) -> Body:
    """One optional parameter of the query; `explode` and `style` are written out, as the executable suite wants it."""
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
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 6,
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
}
_DAY: Final = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_INSTANT: Final = rf"{_DAY}(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,6}})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?)?"
_SPAN: Final = rf"^({_INSTANT}(/(\.\.|P\d{{1,5}}D|{_INSTANT})?)?|(\.\.)?/{_INSTANT})$"
PARAMETERS: Final[Body] = {
    "lang": parameter(
        "lang", "the language of titles; by default as Accept-Language says", {**TEXT, "enum": list(PAGE_LANGUAGES)}
    ),
    "bbox": parameter("bbox", "features that meet the box, and those without a place", _BOX),
    "datetime": parameter(
        "datetime",
        "an instant, or an interval: 2022-12-20T00:00:00Z, 2022-12-20/.. with an open end, 2022-12-20/P2D of two days",
        {**TEXT, "pattern": _SPAN},
    ),
    "limit": parameter(
        "limit",
        "how many features a page has at most; more than the maximum is taken as the maximum. A file has all that are "
        "found where it is left out, and else as many as it says",
        {"type": "integer", "minimum": LEAST, "maximum": MOST, "default": DEFAULT},
    ),
    "after": parameter(
        "after", "where a page begins; as the link `next` has it", {**TEXT, "pattern": "^[A-Za-z0-9_-]+$"}
    ),
    "filter": parameter("filter", "a filter in CQL2", {**TEXT, "minLength": 1}),
    "filter-lang": parameter(
        "filter-lang", "the encoding of the filter", {**TEXT, "enum": list(LANGUAGES), "default": LANGUAGES[0]}
    ),
    "skipGeometry": parameter("skipGeometry", "features without their places", {"type": "boolean", "default": False}),
}


def system_parameters(info: CollectionInfo) -> Body:
    """The parameters that name a coordinate system of the collection's."""
    uris = [one.uri for one in info.systems] or [CRS84.uri]
    schema = {**TEXT, "format": "uri", "enum": uris, "default": CRS84.uri}
    of = {"crs": "of the answer", "bbox-crs": "of bbox", "filter-crs": "of the filter's places"}
    return {name: parameter(name, f"the coordinate system {whose}", schema) for name, whose in of.items()}


def item_parameters(info: CollectionInfo, systems: Body) -> list[Body]:
    """Those of a collection's items: the shared ones, those of its systems, its lists of names and its queryables."""
    simple = asked_for(info)
    names = [one.name for one in info.queryables if one.type is not None]
    sortable = [*names, *(f"{sign}{name}" for name in names for sign in "+-")]
    lists = {
        "properties": ("the properties to give", names),
        "sortby": ("what to sort by; - before it turns it", sortable),
    }
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in PARAMETERS if name != "lang"]
    return [
        *shared,
        *systems.values(),
        *(
            parameter(name, told, {"type": "array", "items": {**TEXT, "enum": allowed}, "minItems": 1})
            for name, (told, allowed) in lists.items()
        ),
        *(
            parameter(name, f"features with this value: {one.title_en}", value_schema(one))
            for name, one in simple.items()
            if name not in PARAMETERS and name not in systems
        ),
    ]
