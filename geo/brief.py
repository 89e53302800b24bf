"""The week's bulletin: who lacks coverage, what changed since the week before, and what is open or red."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geo.atlas import Area, Atlas
from geo.attention import OpenIncident, RedHazard, needs_attention, red_hazards
from geo.board import Board
from geo.calendar import Week
from geo.coverage import VillageStays, WeekReview, stay_coverage, week_review
from geo.coverage.judging import STATES
from geo.terms import StayState

FAILED = (StayState.LOST, StayState.NO_TEAM)
"""States of a village that nothing can mend any more in its week."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A village that failed in one of two weeks, or in both; `lost_weeks` is for how many in a row it is lost now."""

    village: Area
    before: StayState
    now: StayState
    lost_weeks: int


@dataclass(frozen=True, slots=True, eq=False)
class WeeklyBrief:
    """A week in review, and what stands out in it.

    `fallen` failed this week and not the week before, `recovered` the other way round with the quota met, `still` both
    times, longest first; the others where it matters most first. `is_comparable` is False where the record has nothing
    of the week before: then there are no changes. Incidents and hazards are as of the answer's instant.
    """

    review: WeekReview
    is_comparable: bool
    fallen: tuple[StateChange, ...]
    recovered: tuple[StateChange, ...]
    still: tuple[StateChange, ...]
    incidents: tuple[OpenIncident, ...]
    hazards: tuple[RedHazard, ...]

    @property
    def lacking(self) -> tuple[VillageStays, ...]:
        """The villages without coverage, where it matters most first."""
        return self.review.needs_attention


def weekly_brief(atlas: Atlas, board: Board, week: Week, *, at: datetime) -> WeeklyBrief:
    """The bulletin of `week` as seen at the instant `at`, by the Atlas's rules."""
    review = week_review(atlas, board, stay_coverage(atlas, board, week, at=at))
    changes = _changes(review)
    known = any(change.before is not StayState.NO_DATA for change in changes)
    told = changes if known else ()
    return WeeklyBrief(
        review=review,
        is_comparable=known,
        fallen=tuple(one for one in told if one.now in FAILED and one.before not in (*FAILED, StayState.NO_DATA)),
        recovered=tuple(one for one in told if one.before in FAILED and one.now is StayState.MET),
        still=tuple(
            sorted((one for one in told if one.before in FAILED and one.now in FAILED), key=lambda one: -one.lost_weeks)
        ),
        incidents=needs_attention(atlas, board, at=at).incidents,
        hazards=red_hazards(atlas),
    )


def _changes(review: WeekReview) -> tuple[StateChange, ...]:
    """Every village's state in the week before and in this one, where it matters most first."""
    history = review.history
    if len(history.weeks) < 2:
        return ()
    states, lost = history.state[:, -2:].tolist(), history.lost.now.tolist()
    changes = {
        area.code: StateChange(area, STATES[before], STATES[now], weeks)
        for area, (before, now), weeks in zip(history.villages, states, lost, strict=True)
    }
    return tuple(changes[one.village_code] for one in review.stays.by_attention)
