"""What tests of the journal share: a fixed clock, and drafts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from geo.calendar import CHINA
from geo.events import CheckIn, Draft, Event

NOW = datetime(2022, 12, 23, 10, tzinfo=CHINA)


def clock() -> datetime:
    """Always the same instant."""
    return NOW


def check_in(member: str = "M01", at: datetime = NOW) -> Draft:
    """A check-in in the sample's county."""
    return Draft.of(CheckIn(team_id="T01", member_id=member, lon=111.45, lat=27.68, crs="EPSG:4326", device_time=at))


def check_ins(count: int) -> list[Draft]:
    """One of each of as many members: M1, M2 and so on."""
    return [check_in(f"M{number}") for number in range(1, count + 1)]


def members(events: Iterable[Event]) -> list[str]:
    """Who checked in, in order."""
    return [event.body.member_id for event in events if isinstance(event.body, CheckIn)]
