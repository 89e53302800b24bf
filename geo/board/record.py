"""The span that the record of stays covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
    first, last = (_EPOCH + timedelta(microseconds=one) for one in span)
    # A check-in at 24:00 is of the day before.
    evening = (first.astimezone(CHINA) - timedelta(microseconds=1)).date()
    if known_until is None:
        return Record(evening, last.astimezone(CHINA))
    return Record(evening, known_until if recorded_at is None else max(known_until, to_china(recorded_at)))
