"""Bodies as canonical JSON and back, and what a client sends as a draft.

Canonical: keys sorted, no blanks, instants in +08:00, what has its default value left out. The same body always gives
the same bytes, so that a hash over them means something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
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
    return orjson.dumps(_plain_body(body), option=orjson.OPT_SORT_KEYS)


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
    rest, at = dict(_object(kind, sent)), now
    if kind not in _OWN_INSTANT and rest.get("at") is not None:
        at = readers.instant(rest["at"], "at")
        readers.limited(at, "at")
    if kind not in _OWN_INSTANT:
        rest.pop("at", None)
    if kind is EventKind.CLOSURE_OPENED and rest.get("shape") is not None:
        rest["shape"] = drawn(rest["shape"])
    if kind is EventKind.CORRECTION and rest.get("replacement") is not None:
        rest["replacement"] = _replacement(rest["replacement"], now)
    body = _body(kind, rest)
    for name in _defaults(kind):
        readers.limited(getattr(body, name), name)
    draft = Draft.of(body, at)
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
    unknown = sorted(str(name) for name in told.keys() - known.keys())
    if unknown:
        raise InputError(
            f"{kind} has no field {unknown[0][:80]!r}; it has: {', '.join(known)}", parameter=unknown[0][:80]
        )
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


def _plain_body(body: Body) -> dict[str, Any]:
    values = {}
    for name, default in _defaults(KINDS[type(body)]).items():
        value = getattr(body, name)
        if value is not default:
            values[name] = _plain(value)
    return values


@cache
def _defaults(kind: EventKind) -> Mapping[str, Any]:
    return {one.name: one.default for one in fields(BODIES[kind])}


def _plain(value: Any) -> Any:
    match value:
        case StrEnum() | str() | bool() | int() | float():
            return value
        case datetime():
            return to_china(value).isoformat()
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case Draft():
            return {"kind": value.kind, "at": to_china(value.at).isoformat(), "body": _plain_body(value.body)}
        case _:
            return shapely.geometry.mapping(value)
