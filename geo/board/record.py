"""The span that the record of stays covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from geo.board.presence import Presence
from geo.calendar import CHINA, to_china

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """The span that the stays tell of: the first evening, and the instant up to which they were known."""

    first_evening: date
    until: datetime


def record_of(presence: Presence, known_until: datetime | None, recorded_at: datetime | None) -> Record | None:
    """The record up to `known_until` or a later recording, or where that is None, to its last instant."""
    span = presence.span
    if span is None:
        return None
    if known_until is None:
        return Record(_evening(span[0]), (_EPOCH + timedelta(microseconds=span[1])).astimezone(CHINA))
    return Record(_evening(span[0]), known_until if recorded_at is None else max(known_until, to_china(recorded_at)))


@lru_cache(maxsize=64)  # it stays the same from event to event
def _evening(microseconds: int) -> date:
    """The evening that an instant belongs to: one at 24:00 is of the day before."""
    return ((_EPOCH + timedelta(microseconds=microseconds)).astimezone(CHINA) - timedelta(microseconds=1)).date()
