"""What a draft says against itself, with nothing else looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from geo.calendar import to_china
from geo.events.bodies import (
    Assignment,
    CheckOut,
    ClosureOpened,
    Correction,
    Draft,
    Exemption,
    IncidentClosed,
    IncidentOpened,
    Leave,
    Mobilisation,
    StayDeclared,
)
from geo.terms import EventKind, RoadEffect


def contradictions(draft: Draft) -> Iterator[tuple[str, str]]:
    """(field, what contradicts what) for every contradiction within a draft."""
    body, at = draft.body, draft.at
    match body:
        case StayDeclared():
            yield from _of_stay(body)
        case Leave() | Assignment() | Exemption():
            if body.last_day is not None and body.last_day < body.first_day:
                yield "last_day", f"{body.last_day} is before first_day {body.first_day}"
        case CheckOut():
            given = [value is not None for value in (body.lon, body.lat, body.crs)]
            if any(given) and not all(given):
                yield "lon", "a place has all of lon, lat and crs, or none of them"
        case Mobilisation():
            if body.ends_at is not None and body.ends_at <= at:
                yield "ends_at", f"{body.ends_at.isoformat()} is not after the order's issue {at.isoformat()}"
        case ClosureOpened():
            yield from _of_closure(body, draft)
        case IncidentOpened():
            if body.notified_at is not None and body.notified_at < at:
                yield "notified_at", f"{body.notified_at.isoformat()} is before the discovery {at.isoformat()} (R20)"
        case IncidentClosed():
            if body.notified_at is not None and body.notified_at > at:
                yield "notified_at", f"{body.notified_at.isoformat()} is after the end {at.isoformat()} (R20)"
        case Correction():
            if body.replacement is not None and body.replacement.kind is EventKind.CORRECTION:
                yield "replacement", "a correction cannot be a replacement"
            elif body.replacement is not None:
                yield from contradictions(body.replacement)
        case _:
            pass


def _of_stay(body: StayDeclared) -> Iterator[tuple[str, str]]:
    if body.check_in is None:
        if body.check_out is not None:
            yield "check_out", "is given without check_in"
        return
    # A check-in at 24:00 sharp is of the day before (R07).
    evening = (to_china(body.check_in) - timedelta(microseconds=1)).date()
    if evening != body.night:
        yield "night", f"{body.night} is not the evening {evening} of check_in {body.check_in.isoformat()} (R07)"
    if body.check_out is not None and body.check_out <= body.check_in:
        yield "check_out", f"{body.check_out.isoformat()} is not after check_in {body.check_in.isoformat()}"


def _of_closure(body: ClosureOpened, draft: Draft) -> Iterator[tuple[str, str]]:
    if body.to_at is not None and body.to_at < draft.at:
        yield "to_at", f"{body.to_at.isoformat()} is before the start {draft.at.isoformat()}"
    if body.effect is RoadEffect.SLOWED and body.speed_kph is None:
        yield "speed_kph", "a slowed road needs a speed, 1 to 130 km/h"
    if body.effect is RoadEffect.CLOSED and body.speed_kph is not None:
        yield "speed_kph", "has no meaning where effect is closed"
