"""A week in review: beside the states of its stays all that a commander wants to see with them, in one answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from geo.atlas import Atlas
from geo.board import Board, Order
from geo.calendar import Month, Week
from geo.coverage.attendance import DutyCoverage, duty_coverage
from geo.coverage.evenings import Evenings, village_evenings
from geo.coverage.history import StayHistory, stay_history
from geo.coverage.leaders import LeaderCoverage, leader_coverage
from geo.coverage.stays import LACKING, StayCoverage, VillageStays
from geo.index import Mask
from geo.mobilisations import in_force, villages_under

WEEKS: Final = 12
"""How many weeks a review looks back over, its own counted."""


@dataclass(frozen=True, slots=True, eq=False)
class WeekReview:
    """A week's stays, each village's evenings (in the order of the villages' codes) and weeks up to it.

    `day` is the present day where it lies in the week, else the day of the week nearest to it; `duty` is of that day,
    `leaders` of its month. `orders` are in force at the answer's instant, `emergency` (villages,) is where they hold.
    """

    stays: StayCoverage
    evenings: tuple[Evenings, ...]
    history: StayHistory
    day: date
    duty: DutyCoverage
    leaders: LeaderCoverage
    orders: tuple[Order, ...]
    emergency: Mask

    @property
    def needs_attention(self) -> tuple[VillageStays, ...]:
        """The villages that lack nights, or a team, where it matters most first."""
        return tuple(one for one in self.stays.by_attention if one.state in LACKING)


def week_review(atlas: Atlas, board: Board, stays: StayCoverage) -> WeekReview:
    """What belongs to the week of `stays`, as seen at its instant."""
    week, at = stays.week, stays.at
    day = min(max(at.date(), week.monday), week.sunday)
    first = Week.of(date.fromordinal(max(week.monday.toordinal() - 7 * (WEEKS - 1), 1)))
    orders = in_force(board, at)
    return WeekReview(
        stays=stays,
        evenings=village_evenings(atlas, board, week, at=at, rules=stays.rules),
        history=stay_history(atlas, board, first, week, at=at, rules=stays.rules),
        day=day,
        duty=duty_coverage(atlas, board, day, at=at),
        leaders=leader_coverage(atlas, board, Month.of(day), at=at),
        orders=orders,
        emergency=villages_under(atlas, orders),
    )
