"""The states of villages over a range of weeks, and for how many weeks in a row they have been what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.atlas import Area, Atlas, Provenance
from geo.board import Board
from geo.calendar import DAY, Week, to_china
from geo.coverage.days import Flags
from geo.coverage.judging import STATES, Codes, VillageWeeks
from geo.errors import LimitError
from geo.rules import StayRules
from geo.terms import StayState

MOST_WEEKS: Final = 260
"""The longest range of one question: five years."""

Counts = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Streaks:
    """Weeks in a row of each village, shape (villages,): `now` up to the range's end, `longest` anywhere in it."""

    now: Counts
    longest: Counts


@dataclass(frozen=True, slots=True, eq=False)
class StayHistory:
    """All villages in the order of their codes, and weeks in a row.

    `state` (positions in `geo.coverage.judging.STATES`) and `nights` (those of the team that the state speaks of) have
    the shape (villages, weeks). A streak of `met` ends with a lost week, one of `lost` with a met week; weeks in any
    other state neither end nor lengthen one.
    """

    weeks: tuple[Week, ...]
    at: datetime
    rules: StayRules
    villages: tuple[Area, ...]
    state: Codes
    nights: Codes
    met: Streaks
    lost: Streaks
    provenance: Provenance

    def states_of(self, village: int) -> tuple[StayState, ...]:
        """The states of a village, by its position, week by week."""
        return tuple(STATES[code] for code in self.state[village].tolist())


def stay_history(
    atlas: Atlas, board: Board, first: Week, last: Week, *, at: datetime, rules: StayRules | None = None
) -> StayHistory:
    """The state of every village in every week of first..last, as seen at `at`; each as `stay_coverage` has it.

    InputError for a range that ends before it begins, or is longer than `MOST_WEEKS`.
    """
    rules, at = rules or atlas.rules.stays, to_china(at)
    weeks = weeks_between(first, last)
    judged = VillageWeeks.of(atlas, board, first, len(weeks), at=at, rules=rules)
    nights = np.zeros(judged.state.shape, dtype=np.int8)
    has_team = judged.service >= 0
    nights[has_team] = judged.teams.kept[judged.service[has_team], np.nonzero(has_team)[1]]
    met, lost = (judged.state == STATES.index(state) for state in (StayState.MET, StayState.LOST))
    return StayHistory(
        weeks=weeks,
        at=at,
        rules=rules,
        villages=atlas.villages,
        state=judged.state,
        nights=nights,
        met=_streaks(met, lost),
        lost=_streaks(lost, met),
        provenance=board.provenance,
    )


def weeks_between(first: Week, last: Week) -> tuple[Week, ...]:
    """The weeks of first..last; InputError when there are none, or too many."""
    count = (last.monday - first.monday).days // 7 + 1
    if not 1 <= count <= MOST_WEEKS:
        problem = "ends before it begins" if count < 1 else f"has {count:,} weeks, at most {MOST_WEEKS} are taken"
        raise LimitError(f"the range {first} to {last} {problem}", parameter="to", limit=MOST_WEEKS)
    return tuple(Week.of(first.monday + 7 * number * DAY) for number in range(count))


def _streaks(grows: Flags, ends: Flags) -> Streaks:
    now = np.zeros(len(grows), dtype=np.int16)
    longest = np.zeros(len(grows), dtype=np.int16)
    for week in range(grows.shape[1]):
        now = np.where(ends[:, week], 0, now + grows[:, week]).astype(np.int16)
        longest = np.maximum(longest, now)
    return Streaks(now, longest)
