"""The thresholds of one subject each, with the defaults of DOMAIN.md section 7."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

from geo.calendar import NightRules


@dataclass(frozen=True, slots=True)
class StayRules:
    """Nights of township teams: a week's quota (R08), from how many days it is owed (R12), what a night is (R07)."""

    quota_nights: int = 2
    assessed_from_days: int = 4
    night: NightRules = field(default_factory=NightRules)


@dataclass(frozen=True, slots=True)
class LeaderRules:
    """Nights of stationed city leaders: the quota of a month (R10), and from how many days it is owed (R12)."""

    quota_nights: int = 2
    assessed_from_days: int = 15


@dataclass(frozen=True, slots=True)
class DutyRules:
    """Who owes duty on which days (R03-R06), where a team is (R15a), and how early an ending calendar is told (R04a).

    `city_weekdays` are ISO weekdays, Monday 1. The hours of the night run over midnight.
    """

    full_strength: int = 3
    city_weekdays: tuple[int, ...] = (1, 3, 5)
    makeup_counts_for_city: bool = False
    attended_from_members: int = 1
    day_from: time = time(8)
    day_to: time = time(18)
    night_from: time = time(20)
    night_to: time = time(8)
    check_in_fresh_s: int = 30 * 60
    warn_days: int = 60


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """How far outside a village's polygon a check-in still counts in it (R06)."""

    margin_m: float = 100.0


@dataclass(frozen=True, slots=True)
class RoadRules:
    """`notice_s`: from the call to the start, on duty; `recall_notice_s`: the same for a recalled team (R15b).

    `limit_s` is the limit of R14 and R18 that margins are told against; a team farther than `search_limit_s` does not
    count.
    """

    notice_s: int = 15 * 60
    recall_notice_s: int = 30 * 60
    limit_s: int = 2 * 60 * 60
    search_limit_s: int = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class ReinforceRules:
    """How many members stay with a donor (R19)."""

    donor_keeps: int = 1


@dataclass(frozen=True, slots=True)
class FireRules:
    """The season of forest-fire prevention (DOMAIN.md section 4; Hunan's by default), month and day, both included."""

    season_from: str = "10-01"
    season_to: str = "04-30"

    def in_season(self, day: date) -> bool:
        """Whether the day lies in the season, which may run over the turn of the year."""
        first, last, met = self.season_from, self.season_to, f"{day:%m-%d}"
        return first <= met <= last if first <= last else met >= first or met <= last

    def season(self, day: date) -> tuple[date, date]:
        """First and last day of the season that the day lies in, or of the next one."""
        year = day.year - 1 if self.season_from > self.season_to and f"{day:%m-%d}" <= self.season_to else day.year
        if self.season_from <= self.season_to < f"{day:%m-%d}":
            year += 1
        over_the_year = self.season_from > self.season_to
        return _day(year, self.season_from), _day(year + over_the_year, self.season_to)


def _day(year: int, month_and_day: str) -> date:
    """The day of that year; of 02-29 in a common year the day before."""
    month, day = map(int, month_and_day.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)
