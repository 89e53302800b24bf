"""JSON Schemas of a collection: what can be asked of it, and what its features have."""

from __future__ import annotations

from typing import Any, Final

from api.ogc.asked import AskedResource
from api.ogc.models import collection_title, description, said
from geo.features import CollectionInfo, Queryable

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def property_schema(asked: AskedResource, one: Queryable) -> dict[str, Any]:
    """One property, with its titles in both languages, its unit and its codes; a geometry has a format and no type."""
    body: dict[str, Any] = {
        "title": said(asked, one.title_zh, one.title_en),
        "x-title-zh": one.title_zh,
        "x-title-en": one.title_en,
        **value_schema(one),
    }
    if one.unit is not None:
        body |= {"x-ogc-unit": one.unit, "x-ogc-unitLang": "UCUM"}
    if one.codes:
        body["x-codes"] = [{"value": code.value, "zh": code.title_zh, "en": code.title_en} for code in one.codes]
    return body


def value_schema(one: Queryable) -> dict[str, Any]:
    """What values a property takes, in words that JSON Schema and OpenAPI 3.0 have in common."""
    told = {"type": one.type, "format": one.format, "minimum": one.minimum, "maximum": one.maximum}
    body: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    if one.pattern is not None:
        body["pattern"] = f"^({one.pattern})$"
    if one.codes and not one.several:
        body["enum"] = [code.value for code in one.codes]
    return body


def queryable_schema(asked: AskedResource, one: Queryable) -> dict[str, Any]:
    """As `property_schema`; a text that names several codes is a list of them to a filter."""
    body = property_schema(asked, one)
    if not one.several:
        return body
    return {**body, "type": "array", "items": {"type": "string", "enum": [code.value for code in one.codes]}}


def queryables(asked: AskedResource, info: CollectionInfo) -> dict[str, Any]:
    """What filters may ask about; of an unknown name they are told that there is none."""
    properties = {one.name: queryable_schema(asked, one) for one in info.queryables}
    return _schema(asked, info, properties) | {"additionalProperties": False}


def returnables(asked: AskedResource, info: CollectionInfo) -> dict[str, Any]:
    """What the features have, with the roles of key, geometry and time (OGC API - Features, part 5)."""
    properties = {}
    for number, one in enumerate(info.queryables):
        schema = {**property_schema(asked, one), "x-ogc-propertySeq": number + 1}
        role = _role(info, one)
        properties[one.name] = {**schema, "x-ogc-role": role} if role else schema
    return _schema(asked, info, properties)


def asked_for(info: CollectionInfo) -> dict[str, Queryable]:
    """The queryables that are parameters of their own: those of simple values."""
    return {one.name: one for one in info.queryables if one.type is not None and not one.several}


def _schema(asked: AskedResource, info: CollectionInfo, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": _DRAFT,
        "$id": asked.href(*asked.path),
        "type": "object",
        "title": collection_title(asked, info),
        "description": description(asked, info),
        "properties": properties,
    }


def _role(info: CollectionInfo, one: Queryable) -> str | None:
    if one.type is None:
        return "primary-geometry"
    return "id" if one.name == info.key else None
