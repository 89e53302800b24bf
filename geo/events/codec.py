"""Bodies as canonical JSON and back, and what a client sends as a draft.

Canonical: keys sorted, no blanks, instants in +08:00, what has its default value left out. The same body always gives
the same bytes, so that a hash over them means something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any, Final, get_args, get_type_hints

import orjson
import shapely

from geo.calendar import to_china
from geo.errors import InputError
from geo.events import fields as readers
from geo.events.bodies import BODIES, KINDS, Body, Draft
from geo.events.consistency import contradictions
from geo.terms import EventKind, parse_term
from geo.what_if import drawn

SCHEMA_VERSION: Final = 1
"""Raised by one whenever a body changes so that what was recorded before must be rewritten to be read."""

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Final[Mapping[tuple[int, EventKind], Migration]] = MappingProxyType({})
"""What turns the JSON of a kind's body at a version into that of the next; a kind that did not change has none."""

_OWN_INSTANT: Final = frozenset(
    {
        EventKind.CHECK_IN,
        EventKind.CHECK_OUT,
        EventKind.STAY_DECLARED,
        EventKind.LEAVE,
        EventKind.ROSTER_CHANGE,
        EventKind.ASSIGNMENT,
        EventKind.EXEMPTION,
    }
)


def encode(body: Body) -> bytes:
    """The body as canonical JSON."""
    return orjson.dumps(_told(body), option=orjson.OPT_SORT_KEYS)


def decode(kind: EventKind, content: bytes, version: int = SCHEMA_VERSION) -> Body:
    """The body that `encode` wrote, at this or an earlier schema version; InputError when it is none."""
    try:
        read = orjson.loads(content)
    except orjson.JSONDecodeError as reason:
        raise InputError(f"{kind}: not JSON: {reason}", parameter="body") from None
    for earlier in range(version, SCHEMA_VERSION):
        migrate = MIGRATIONS.get((earlier, kind))
        read = read if migrate is None else migrate(read)
    return _body(kind, read)


def parse(kind: EventKind, sent: object, *, now: datetime) -> Draft:
    """What a client sent as a draft; InputError names the field, what was met, and what is allowed.

    `sent` has the body's fields. The kinds whose body tells no instant take `at` beside them, which is `now` when it
    is absent. A correction's `replacement` is `{"kind": …, "at": …, "body": {…}}`.
    """
    rest, at, is_dated = dict(_object(kind, sent)), now, True
    if kind not in _OWN_INSTANT:
        told = rest.pop("at", None)
        is_dated = told is not None
        if is_dated:
            at = readers.instant(told, "at")
            readers.limited(at, "at")
    if kind is EventKind.CLOSURE_OPENED and rest.get("shape") is not None:
        rest["shape"] = drawn(rest["shape"])
    if kind is EventKind.CORRECTION and rest.get("replacement") is not None:
        rest["replacement"] = _replacement(rest["replacement"], now)
    body = _body(kind, rest)
    for name in _defaults(kind):
        readers.limited(getattr(body, name), name)
    draft = Draft.of(body, at, is_dated=is_dated)
    for field, problem in contradictions(draft):
        raise InputError(f"{field}: {problem}", parameter=field)
    return draft


def _replacement(sent: object, now: datetime) -> Draft:
    kind, told = _kind_and_rest(sent)
    if kind is EventKind.CORRECTION:
        raise InputError("replacement: a correction cannot be one", parameter="replacement")
    # The instant that a body tells itself is written beside it too, and left aside here.
    beside = {} if kind in _OWN_INSTANT else {"at": told.get("at")}
    return parse(kind, {**_object(kind, told.get("body")), **beside}, now=now)


def _object(kind: EventKind, sent: object) -> Mapping[str, Any]:
    if not isinstance(sent, Mapping):
        raise InputError(f"{kind}: must be an object with its fields", parameter="body")
    return sent


def _body(kind: EventKind, read: object) -> Body:
    told, known = _object(kind, read), _readers(kind)
    if not told.keys() <= known.keys():
        unknown = min(str(name) for name in told.keys() - known.keys())[:80]
        raise InputError(f"{kind} has no field {unknown!r}; it has: {', '.join(known)}", parameter=unknown)
    values = {}
    for name, (reader, is_required) in known.items():
        value = told.get(name)
        if value is not None:
            values[name] = reader(value, name)
        elif is_required:
            raise InputError(f"{kind} needs {name}", parameter=name)
    body: Body = BODIES[kind](**values)
    return body


@cache
def _readers(kind: EventKind) -> Mapping[str, tuple[readers.Reader, bool]]:
    """For each field of a kind's body what reads it, and whether it must be there."""
    body = BODIES[kind]
    hints = get_type_hints(body, include_extras=True)
    return {one.name: (_reader(hints[one.name]), one.default is MISSING) for one in fields(body)}


def _reader(hint: Any) -> readers.Reader:
    if hasattr(hint, "__metadata__"):
        reader: readers.Reader = hint.__metadata__[0]
        return reader
    inner = [one for one in get_args(hint) if one is not NoneType]
    if inner:
        return _reader(inner[0])
    if hint is Draft:
        return _draft
    vocabulary: type[StrEnum] = hint
    return lambda value, field: parse_term(vocabulary, value, parameter=field)


def _kind_and_rest(value: object) -> tuple[EventKind, Mapping[str, Any]]:
    if not isinstance(value, Mapping) or not value.keys() <= {"kind", "at", "body"}:
        raise InputError("replacement: must be an object of kind, at and body", parameter="replacement")
    return parse_term(EventKind, value.get("kind"), parameter="kind"), value


def _draft(value: object, _: str) -> Draft:
    if isinstance(value, Draft):
        return value
    kind, told = _kind_and_rest(value)
    return Draft(kind, readers.instant(told.get("at"), "at"), _body(kind, told.get("body")))


def _told(body: Body) -> dict[str, Any]:
    """What differs from the defaults, as orjson takes it: it writes dates, instants and terms by itself."""
    told = {}
    for name, default, written in _writers(KINDS[type(body)]):
        value = getattr(body, name)
        if value is not default:
            told[name] = value if written is None else written(value)
    return told


@cache
def _writers(kind: EventKind) -> tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]:
    """For each field of a kind's body, in the order of the names, its default and what makes JSON's values of it."""
    known, defaults = _readers(kind), _defaults(kind)
    written: dict[readers.Reader, Callable[[Any], Any]] = {
        readers.instant: to_china,
        readers.shape: shapely.geometry.mapping,
        _draft: _told_draft,
    }
    return tuple((name, defaults[name], written.get(known[name][0])) for name in sorted(known))


def _told_draft(draft: Draft) -> dict[str, Any]:
    return {"kind": draft.kind, "at": to_china(draft.at), "body": _told(draft.body)}


@cache
def _defaults(kind: EventKind) -> Mapping[str, Any]:
    return {one.name: one.default for one in fields(BODIES[kind])}
