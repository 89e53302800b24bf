"""The coverage clock as a JSON body."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.models import stamp
from geo.coverage_clock import CountyHour, CoverageClock, VillageClock


def coverage_clock(answer: CoverageClock, at: datetime) -> dict[str, Any]:
    """A week's clock: the county's strip, and each village with its own; `members` is a list of an hour each."""
    return {
        **stamp(at, answer.provenance),
        "week": str(answer.week),
        "available": answer.available,
        "full_strength": answer.full_strength,
        "limit_s": answer.limit_s,
        "reason": answer.reason,
        "worst_at": None if answer.worst_at is None else answer.worst_at.isoformat(),
        "hours": [_hour(one) for one in answer.hours],
        "villages": [_village(one) for one in answer.villages],
    }


def _hour(one: CountyHour) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "villages_one": one.villages_one,
        "villages_full": one.villages_full,
        "people_one": one.people_one,
        "people_full": one.people_full,
        "calendar_known": one.calendar_known,
    }


def _village(one: VillageClock) -> dict[str, Any]:
    return {
        "code": one.area.code,
        "name": one.area.name,
        "town_code": one.area.town_code,
        "town_name": one.area.town_name,
        "population": one.area.population,
        "share_one": round(one.share_one, 4),
        "share_full": round(one.share_full, 4),
        "worst_at": one.worst_at.isoformat(),
        "worst_members": one.worst_members,
        "worst_arrival_s": one.worst_arrival_s,
        "members": one.members,
    }
