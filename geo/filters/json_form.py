"""CQL2 JSON -> tree, by the schema cql2.json of OGC 21-065r2."""

from __future__ import annotations

from typing import Any, Final

import orjson

from geo.filters import literals
from geo.filters.guard import refused
from geo.filters.tree import Interval, Items, Node, Property, Shape, Text, Truth, call

_FORMS: Final = "an operation, a property, a date, a timestamp, an interval, a bbox or a GeoJSON geometry"


def tree_of(text: str) -> Node:
    """The tree of a CQL2 JSON text; InputError tells what part of it is none."""
    try:
        return _node(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise refused(f"it is no JSON: {error}") from None


def _node(value: Any) -> Node:
    if isinstance(value, bool):
        return Truth(value)
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, int | float):
        return literals.number(value)
    if isinstance(value, list):
        return Items(tuple(map(_node, value)))
    if isinstance(value, dict):
        return _object(value)
    raise refused("null is no value; ask with isNull")


def _object(value: dict[str, Any]) -> Node:
    keys = value.keys()
    if keys == {"op", "args"}:
        if isinstance(value["op"], str) and isinstance(value["args"], list):
            return call(value["op"], tuple(map(_node, value["args"])))
    elif keys == {"property"}:
        if isinstance(value["property"], str):
            return Property(value["property"])
    elif keys == {"date"}:
        return literals.day(_text(value["date"]))
    elif keys == {"timestamp"}:
        return literals.moment(_text(value["timestamp"]))
    elif keys == {"interval"}:
        return _interval(value["interval"])
    elif keys == {"bbox"}:
        if isinstance(value["bbox"], list):
            return literals.box(value["bbox"])
    elif "type" in keys:
        return _shape(value)
    raise refused(f"an object with {', '.join(sorted(keys)) or 'nothing'} is not {_FORMS}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refused(f"{value!r} is not a text")
    return value


def _interval(ends: Any) -> Interval:
    if not isinstance(ends, list) or len(ends) != 2:
        raise refused("an interval has two ends")
    return Interval(*map(_interval_end, ends))


def _interval_end(value: Any) -> Node | None:
    if isinstance(value, dict):
        return _node(value)
    return None if value == ".." else literals.instant(_text(value))


def _shape(value: dict[str, Any], *, inside: bool = False) -> Shape:
    kind = value["type"]
    if kind == literals.COLLECTION and not inside:
        members = value.get("geometries")
        if isinstance(members, list) and all(isinstance(one, dict) and "type" in one for one in members):
            return literals.collection([_shape(one, inside=True) for one in members])
    elif isinstance(kind, str) and kind in literals.NESTING:
        return literals.shape(kind, value.get("coordinates"))
    raise refused(f"{str(kind)[:40]!r} is no geometry that a filter takes here")
