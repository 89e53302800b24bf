"""Which thresholds another one, or the calendar, makes impossible or void; each said with its rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from geo.rules.parts import DutyRules, LeaderRules, ReinforceRules, RoadRules, StayRules


def contradictions(
    stays: StayRules, leaders: LeaderRules, duty: DutyRules, roads: RoadRules, reinforce: ReinforceRules
) -> Iterator[str]:
    """A sentence for each contradiction."""
    yield from _quotas("stays", stays.quota_nights, stays.assessed_from_days, ("a week", 7, "R08"))
    yield from _quotas("leaders", leaders.quota_nights, leaders.assessed_from_days, ("February", 28, "R10"))
    yield from _strengths(duty, reinforce)
    yield from _hours(duty, stays.night.until_hour)
    yield from _times(roads)


def _quotas(section: str, quota_nights: int, from_days: int, period: tuple[str, int, str]) -> Iterator[str]:
    """Of nights that are owed in a period, which is given with its days and the rule that owes them."""
    name, days, rule = period
    quota, assessed = f"{section}.quota_nights = {quota_nights}", f"{section}.assessed_from_days = {from_days}"
    if quota_nights > days:
        yield f"{quota}: {name} has {days} nights ({rule})"
    if from_days > days:
        yield f"{assessed}: {name} has {days} days and is never assessed (R12)"
    if from_days < quota_nights <= days:
        yield f"{assessed} (R12) is less than {quota} ({rule}): in so few days nobody can keep so many nights"


def _strengths(duty: DutyRules, reinforce: ReinforceRules) -> Iterator[str]:
    full = f"duty.full_strength = {duty.full_strength} (R03)"
    if duty.attended_from_members > duty.full_strength:
        yield f"duty.attended_from_members = {duty.attended_from_members} (R06) is more than {full}"
    if reinforce.donor_keeps >= duty.full_strength:
        keeps = f"reinforce.donor_keeps = {reinforce.donor_keeps} (R19)"
        yield f"{keeps} is not less than {full}: no full team could lend anybody"


def _hours(duty: DutyRules, until_hour: int) -> Iterator[str]:
    day = f"{duty.day_from:%H:%M} to {duty.day_to:%H:%M}"
    night = f"{duty.night_from:%H:%M} to {duty.night_to:%H:%M}"
    if duty.day_from >= duty.day_to:
        yield f"duty.day_from and duty.day_to, {day}: the duty day has no hours (R15a)"
    if duty.night_from <= duty.night_to:
        yield f"duty.night_from and duty.night_to, {night}: these hours do not run over midnight (R15a)"
    if duty.night_to < time(until_hour):
        yield (
            f"duty.night_to = {duty.night_to:%H:%M} (R15a) is before stays.night.until_hour = {until_hour} (R07): "
            f"a team would leave its station in a night that counts"
        )


def _times(roads: RoadRules) -> Iterator[str]:
    limit = f"roads.limit_s = {roads.limit_s} (R14, R18)"
    if roads.recall_notice_s < roads.notice_s:
        yield (
            f"roads.recall_notice_s = {roads.recall_notice_s} is less than roads.notice_s = {roads.notice_s}: "
            f"a recalled team has the longer notice (R15b)"
        )
    for name, notice_s in (("notice_s", roads.notice_s), ("recall_notice_s", roads.recall_notice_s)):
        if notice_s >= roads.limit_s:
            yield f"roads.{name} = {notice_s} (R15b) leaves no time to arrive within {limit}"
    if roads.limit_s > roads.search_limit_s:
        yield f"{limit} is more than roads.search_limit_s = {roads.search_limit_s}: who is in time would not be found"
