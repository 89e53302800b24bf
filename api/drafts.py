"""What clients send to be recorded, as drafts: one object or a list of them, at the door of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from api.errors import TooLargeError
from geo.errors import InputError, UnknownTermError
from geo.events import Draft, parse
from geo.terms import EventKind, parse_term

MOST: Final = 1000
"""Events in one call, all of which are recorded or none."""
_LONGEST_KEY: Final = 200

DOORS: Final = MappingProxyType(
    {
        "check-ins": (EventKind.CHECK_IN, EventKind.CHECK_OUT),
        "stays": (EventKind.STAY_DECLARED,),
        "leave": (EventKind.LEAVE,),
        "rosters": (EventKind.ROSTER_CHANGE,),
        "assignments": (EventKind.ASSIGNMENT,),
        "exemptions": (EventKind.EXEMPTION,),
        "mobilisations": (EventKind.MOBILISATION, EventKind.MOBILISATION_ENDED, EventKind.ARRIVAL),
        "closures": (EventKind.CLOSURE_OPENED, EventKind.CLOSURE_LIFTED),
        "incidents": (EventKind.INCIDENT_OPENED, EventKind.INCIDENT_CLOSED),
        "commitments": (EventKind.COMMITMENT, EventKind.COMMITMENT_ENDED),
        "corrections": (EventKind.CORRECTION,),
    }
)
"""For each door the kinds of event that it takes; the first is meant where none is named."""


def drafts_of(door: str, sent: object, *, now: datetime) -> list[Draft]:
    """The drafts of what was sent to `door`: an object with an event's fields, or a list of 1 to 1,000 of them.

    `door` may also be a kind of event, which is then the only one that is taken. Where the door takes several kinds,
    `event` beside the fields names one. InputError names what is wrong, in a list with the number of the event;
    TooLargeError for too many.
    """
    kinds = DOORS[door] if door in DOORS else (_kind_named(door),)
    if not isinstance(sent, list):
        return [_draft(kinds, sent, now)]
    if not sent:
        raise InputError("the list is empty: there is nothing to record", parameter="body")
    if len(sent) > MOST:
        raise TooLargeError(f"{len(sent)} events are more than {MOST}; send them in parts", limit=MOST)
    return [_numbered(kinds, one, now, number) for number, one in enumerate(sent, start=1)]


def key_of(header: str | None) -> str | None:
    """What an `Idempotency-Key` header says; InputError for one that is empty or too long."""
    if header is not None and not 1 <= len(header) <= _LONGEST_KEY:
        raise InputError(f"Idempotency-Key must have 1 to {_LONGEST_KEY} letters", parameter="Idempotency-Key")
    return header


def _kind_named(word: str) -> EventKind:
    try:
        return next(kind for kind in EventKind if kind == word and kind is not EventKind.ACCESS)
    except StopIteration:
        known = (*DOORS, *(kind for kind in EventKind if kind is not EventKind.ACCESS))
        raise UnknownTermError("kind", word, known) from None


def _draft(kinds: tuple[EventKind, ...], sent: object, now: datetime) -> Draft:
    if not isinstance(sent, Mapping):
        raise InputError("an event is an object with its fields", parameter="body")
    fields: dict[str, Any] = dict(sent)
    kind = parse_term(EventKind, fields.pop("event", kinds[0]), parameter="event")
    if kind not in kinds:
        allowed = ", ".join(kinds)
        raise InputError(f"event {kind.value!r} is not recorded here, but: {allowed}", parameter="event")
    return parse(kind, fields, now=now)


def _numbered(kinds: tuple[EventKind, ...], sent: object, now: datetime, number: int) -> Draft:
    try:
        return _draft(kinds, sent, now)
    except InputError as reason:
        raise InputError(f"event {number} of this call: {reason}", parameter=reason.parameter) from None
