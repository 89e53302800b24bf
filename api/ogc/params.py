"""The parameters of the items of a collection: text in, value out, InputError with the parameter's name otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Final, get_args

from api import params
from geo.calendar import parse_day
from geo.errors import InputError, UnknownTermError
from geo.features import (
    CRS84,
    CollectionInfo,
    Cursor,
    Query,
    Queryable,
    Selection,
    System,
    parse_box,
    parse_datetime,
    parse_properties,
    parse_sortby,
    parse_system,
)
from geo.filters import Filter, Lang, parse
from geo.filters.tree import Call, Day, Moment, Node, Number, Property, Text, Truth, call

LEAST, DEFAULT, MOST = 1, 10, 10_000
"""`limit`: a larger one than the most is cut to it, as the standard says."""
LANGUAGES: Final[tuple[Lang, ...]] = get_args(Lang)
ITEMS: Final = (
    "bbox",
    "bbox-crs",
    "datetime",
    "crs",
    "limit",
    "after",
    "filter",
    "filter-lang",
    "filter-crs",
    "properties",
    "sortby",
    "skipGeometry",
)
"""The parameters of items beside those of every resource and the queryables."""


def limit(text: str) -> int:
    """How many features an answer has at most."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) < LEAST:
        raise InputError(f"limit={text!r} is not a whole number from {LEAST} on", parameter="limit")
    return int(text)


def system(info: CollectionInfo, asked: Mapping[str, str], parameter: str) -> System:
    """The coordinate system that a parameter names, by default CRS84."""
    text = asked.get(parameter)
    return CRS84 if text is None else parse_system(text, info.systems or (CRS84,), parameter=parameter)


def file_query(info: CollectionInfo, asked: Mapping[str, str], simple: Mapping[str, Queryable]) -> Query:
    """As `query` for an answer that is no page: all that is found, or its first `limit`. InputError for `after`."""
    if "after" in asked:
        raise InputError("a file is of one piece, and continues no page: leave after out", parameter="after")
    most = None if "limit" not in asked else limit(asked["limit"])
    return replace(query(info, asked, simple), limit=most)


def query(info: CollectionInfo, asked: Mapping[str, str], simple: Mapping[str, Queryable]) -> Query:
    """What the parameters of an address ask of a collection; `simple` are the queryables that are parameters."""
    box, span, names, sorting = (asked.get(name) for name in ("bbox", "datetime", "properties", "sortby"))
    after, known = asked.get("after"), [one.name for one in info.queryables if one.type is not None]
    box_system, filter_system = (system(info, asked, name) for name in ("bbox-crs", "filter-crs"))
    return Query(
        Selection(
            box=None if box is None else parse_box(box, box_system),
            span=None if span is None else parse_datetime(span),
            filter=_filter(asked, simple),
            filter_system=filter_system,
            sortby=() if sorting is None else parse_sortby(sorting, known),
        ),
        properties=None if names is None else parse_properties(names, known),
        skip_geometry=params.flag("skipGeometry", asked.get("skipGeometry", "false")),
        limit=min(limit(asked["limit"]), MOST) if "limit" in asked else DEFAULT,
        after=None if after is None else Cursor.parse(after),
    )


def _filter(asked: Mapping[str, str], simple: Mapping[str, Queryable]) -> Filter | None:
    """The filter and the equalities that the parameters named like queryables stand for, all of them."""
    lang = asked.get("filter-lang", LANGUAGES[0])
    if lang not in LANGUAGES:
        raise UnknownTermError("filter-lang", lang, LANGUAGES)
    text = asked.get("filter")
    wanted: list[Node] = [] if text is None else [parse(text, lang).root]
    for name, one in simple.items():
        if name in asked and name not in ITEMS:
            wanted.append(Call("=", (Property(name), _literal(one, asked[name]))))
    if not wanted:
        return None
    return Filter(wanted[0] if len(wanted) == 1 else call("and", tuple(wanted)))


def _literal(one: Queryable, text: str) -> Node:
    """The value of a parameter that is named like a queryable."""
    node = _of_type(one, text)
    values = [code.value for code in one.codes]
    if values and getattr(node, "value", None) not in values:
        raise UnknownTermError(one.name, text, values)
    if isinstance(node, Number) and not (
        (one.minimum is None or node.value >= one.minimum) and (one.maximum is None or node.value <= one.maximum)
    ):
        raise InputError(f"{one.name}={text} lies outside the values that it can have", parameter=one.name)
    if isinstance(node, Text) and one.pattern is not None and not re.fullmatch(one.pattern, text, re.ASCII):
        raise InputError(f"{one.name}={text!r} is not of the form {one.pattern}", parameter=one.name)
    return node


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,100}", text, re.ASCII):
        raise InputError(f"{name}={text!r} is not a whole number", parameter=name)
    return int(text)


def _of_type(one: Queryable, text: str) -> Node:
    if one.type == "boolean":
        return Truth(params.flag(one.name, text))
    if one.type == "integer":
        return Number(_whole(one.name, text))
    if one.type == "number":
        return Number(params.number(one.name, text))
    if one.format == "date":
        try:
            return Day(parse_day(text))
        except InputError as reason:
            raise InputError(f"{one.name}: {reason}", parameter=one.name) from None
    if one.format == "date-time":
        return Moment(params.instant(one.name, text).astimezone(UTC))
    return Text(text)
