"""On which days a team owes duty in its village (R04, R04a, R05), and in which hours it is there (R15a)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from geo.atlas import Atlas
from geo.calendar import CHINA, DAY, WorkCalendar, midnight_after
from geo.rules import DutyRules
from geo.terms import TeamKind

_DAYS_AHEAD: Final = 31
"""Further than the next duty day is from any day: the longest holiday with the weekends beside it has 9 days."""


def is_required(calendar: WorkCalendar, rules: DutyRules, kind: TeamKind, day: date) -> bool | None:
    """Whether a team of a kind owes duty on a day; None where the calendar does not know the day (R04a).

    Township teams on every workday, make-up days included (R05). City teams on their weekdays that are workdays, and
    on make-up Saturdays and Sundays only by `makeup_counts_for_city` (R04).
    """
    works = calendar.is_workday(day)
    if not works or kind is TeamKind.TOWNSHIP:
        return works
    if calendar.is_makeup(day):
        return rules.makeup_counts_for_city
    return day.isoweekday() in rules.city_weekdays


def next_duty(atlas: Atlas, kind: TeamKind, after: datetime) -> datetime | None:
    """When the next duty day of a kind begins after an instant; None where the calendar ends before."""
    rules, calendar = atlas.rules.duty, atlas.work_calendar
    for ahead in range(_DAYS_AHEAD):
        day = after.date() + DAY * ahead
        begins_at = datetime.combine(day, rules.day_from, CHINA)
        required = is_required(calendar, rules, kind, day)
        if required is None:
            return None
        if required and begins_at > after:
            return begins_at
    return None


def is_duty_hour(rules: DutyRules, clock: time) -> bool:
    """Whether a team on a duty day is at its station at this time of day; the end does not count."""
    return rules.day_from <= clock < rules.day_to


def night_of(rules: DutyRules, at: datetime) -> date | None:
    """The evening whose night an instant lies in, by the hours of R15a; None by day. The end does not count."""
    if at.time() >= rules.night_from:
        return at.date()
    return at.date() - DAY if at.time() < rules.night_to else None


def hours_around(rules: DutyRules, at: datetime) -> tuple[datetime, datetime]:
    """The stretch of one day's hours that an instant lies in: from a turn of R15a, or midnight, to the next."""
    turns = {time(), rules.day_from, rules.day_to, rules.night_from, rules.night_to}
    turns_at = [datetime.combine(at.date(), turn, CHINA) for turn in turns] + [midnight_after(at.date())]
    return max(turn for turn in turns_at if turn <= at), min(turn for turn in turns_at if turn > at)
