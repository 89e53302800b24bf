"""What is said of one village in one week: its card with the nights and the weeks behind it, and its line of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.coverage import StayRules, VillageStays, WeekReview
from geo.coverage.review import WEEKS
from geo.terms import EveningState, StayState
from maps.cards import Card
from maps.words import Words

EVENING_SIGNS = {
    EveningState.KEPT: "k",
    EveningState.MISSING: "m",
    EveningState.OPEN: "o",
    EveningState.EXEMPT: "e",
    EveningState.UNKNOWN: "u",
    EveningState.NOT_ASSIGNED: "n",
}
"""The letters by which the page's data name an evening's state."""

STATE_SIGNS = {state: f"{number}" for number, state in enumerate(StayState)}
"""The digits by which the page's data name a week's state."""


def stays_card(
    words: Words,
    review: WeekReview,
    village: int,
    kind: str | None,
    town: str | None,
    teams: Mapping[str, str],
) -> Card:
    """The village at the position `village` in the week; `teams` are the teams' names by their ids."""
    stays = review.stays.villages[village]
    return Card(
        title=stays.village_name,
        badge=words(f"state.{stays.state}"),
        style=f"state-{stays.state}",
        rows=(
            *_in_emergency(words, review, village),
            (words("card.nights"), _nights(words, stays)),
            (words("card.shortfall"), _shortfall(words, stays)),
            (words("card.team"), _team(words, stays, teams)),
            *_curable_by(words, stays, teams),
            (words("card.town"), words.given(town)),
            (words("card.kind"), words(f"village_kind.{kind}") if kind else words("value.missing")),
            (words("card.code"), stays.village_code),
            (words("card.population"), words.counted("people", stays.population)),
        ),
        note=reason(words, stays, review.stays.rules),
        strips=_strips(words, review, village),
    )


def reason(words: Words, stays: VillageStays, rules: StayRules) -> str:
    """Why the village is in its state, in one sentence."""
    key = "lost_over" if stays.state is StayState.LOST and stays.nights_left == 0 else str(stays.state)
    return words(
        f"reason.{key}",
        nights=stays.nights,
        quota=stays.quota,
        shortfall=stays.shortfall,
        left=stays.nights_left,
        days=rules.assessed_from_days,
    )


def owed(words: Words, stays: VillageStays) -> str:
    """The short line of the list of lacking villages."""
    if stays.state is StayState.NO_TEAM:
        return ""
    if stays.nights_left:
        return words("coverage.owed_left", count=stays.shortfall, left=stays.nights_left)
    return words("coverage.owed", count=stays.shortfall)


def streak(words: Words, review: WeekReview, village: int) -> str:
    """For how many weeks in a row the village has met its quota, or lost it."""
    for key, streaks in (("met", review.history.met), ("lost", review.history.lost)):
        if count := int(streaks.now[village]):
            return words(f"streak.{key}", count=count, weeks=WEEKS)
    return words("streak.none", weeks=WEEKS)


def _strips(words: Words, review: WeekReview, village: int) -> dict[str, Any]:
    """The seven evenings, the weeks up to this one, the streak in words, and whose clock it is."""
    return {
        "e": "".join(EVENING_SIGNS[one] for one in review.evenings[village]),
        "h": "".join(STATE_SIGNS[one] for one in review.history.states_of(village)),
        "k": streak(words, review, village),
        "v": review.stays.villages[village].village_code,
    }


def _in_emergency(words: Words, review: WeekReview, village: int) -> tuple[tuple[str, str], ...]:
    if not review.emergency[village]:
        return ()
    code = review.stays.villages[village].village_code
    own = [one.order_id for one in review.orders if not {code, code[:9], code[:6]}.isdisjoint(one.scope)]
    return ((words("mode.label"), words("mode.under", orders=words.listed(own))),)


def _curable_by(words: Words, stays: VillageStays, teams: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if stays.state is not StayState.CURABLE:
        return ()
    named = words.listed([teams.get(one, one) for one in stays.curable_by])
    if stays.curable_by == (stays.team_id,):
        named = words("coverage.that_team_cures")
    return ((words("card.curable_by"), named if stays.curable_by else words("coverage.nobody_cures")),)


def _nights(words: Words, stays: VillageStays) -> str:
    if stays.state is StayState.NO_TEAM:
        return words("value.not_applicable")
    if stays.state is StayState.NO_DATA and stays.team_id is None:
        return words("value.unknown")
    unit = "nights_at_least" if stays.state is StayState.NO_DATA else "nights_of"
    return words(f"unit.{unit}", nights=stays.nights, quota=stays.quota)


def _shortfall(words: Words, stays: VillageStays) -> str:
    if stays.state is StayState.NO_DATA:
        return words("value.unknown")
    if stays.state in (StayState.NO_TEAM, StayState.NOT_ASSESSED, StayState.EXEMPT):
        return words("value.not_applicable")
    return owed(words, stays) if stays.shortfall else words("value.none")


def _team(words: Words, stays: VillageStays, teams: Mapping[str, str]) -> str:
    if stays.team_id is not None:
        return teams.get(stays.team_id, stays.team_id)
    return words("value.unknown" if stays.state is StayState.NO_DATA else "value.none")
