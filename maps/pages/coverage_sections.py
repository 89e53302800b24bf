"""The panel of the coverage page, section by section: the week, what needs attention, the clock, duty and leaders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from geo.calendar import CHINA, Month, Week
from geo.coverage import LeaderMonth, VillageStays, WeekReview
from geo.coverage.judging import STATES
from geo.coverage.review import WEEKS
from geo.coverage_clock import CoverageClock
from geo.terms import Attendance, EveningState, StayState
from maps import coverage_cards
from maps.pages import sections
from maps.words import Words

STATES_SHOWN: Final = (
    StayState.MET,
    StayState.CURABLE,
    StayState.LOST,
    StayState.NO_TEAM,
    StayState.EXEMPT,
    StayState.NOT_ASSESSED,
    StayState.NO_DATA,
)
"""In the order of bars and legends."""
_SHOWN_AT_ONCE: Final = 8
_LEADERS_AT_ONCE: Final = 4
_DUTY_ALWAYS: Final = (Attendance.FULL, Attendance.SHORT, Attendance.ABSENT)
_WORST_FIRST: Final = (StayState.LOST, StayState.CURABLE, StayState.MET)
_CLOCK_WORDS: Final = (
    "loading",
    "failed",
    "failed_body",
    "retry",
    "absent",
    "no_roads",
    "county",
    "county_worst",
    "hour",
    "pick",
    "here",
    "village",
    "village_worst",
    "village_nobody",
    "unknown_days",
    "now",
    "key_full",
    "key_some",
    "key_none",
)


def week_line(words: Words, week: Week) -> str:
    """A week's number and its first and last day."""
    span = words("date.range", first=words.day(week.monday, weekday=True), last=words.day(week.sunday, weekday=True))
    return f"{week} · {span}"


def emergency(words: Words, review: WeekReview, names: Mapping[str, str]) -> list[dict[str, str]]:
    """One alarm for each order in force; `names` are those of the county, towns and villages by their codes."""
    return [
        {
            "title": words("mode.order", order=order.order_id),
            "body": words(
                "mode.order_body",
                scope=words.listed([names.get(code, code) for code in order.scope]),
                first=words.instant(order.issued_at),
                last=words.instant(order.ends_at) if order.ends_at else words("mode.no_end"),
                cause=order.cause,
            ),
            "look": "alarm",
        }
        for order in review.orders
    ]


def summary(words: Words, review: WeekReview) -> sections.Section:
    """How many villages met their quota, and the bar of all states."""
    coverage = review.stays
    counts, total = coverage.counts, len(coverage.villages)
    judged = any(counts[state] for state in StayState if state is not StayState.NO_DATA)
    met = f"{words.number(counts[StayState.MET])}/{words.number(total)}" if judged else words("value.unknown")
    rows = [
        {"style": f"state-{state}", "label": words(f"state.{state}"), "value": words.number(counts[state])}
        for state in STATES_SHOWN
    ]
    return {
        "type": "summary",
        "figure": words.number(counts[StayState.MET]) if judged else words("value.unknown"),
        "of": words("coverage.of_total", total=words.number(total)) if judged else "",
        "caption": words("coverage.met_share"),
        "note": words("coverage.question", quota=coverage.rules.quota_nights),
        "bar": _bar(words, counts),
        "rows": {"title": words("coverage.states"), "narrow": True, "items": rows},
        "short": f"{words('state.met')} {met}",
    }


def _bar(words: Words, counts: Mapping[StayState, int]) -> list[dict[str, Any]]:
    return [
        {"style": f"state-{state}", "share": counts[state], "label": words(f"state.{state}")}
        for state in STATES_SHOWN
        if counts[state]
    ]


def weeks(words: Words, review: WeekReview, href: str | None) -> sections.Section:
    """The weeks up to this one as bars of their states; each asks `href` with its `week`, any other can be typed."""
    columns = []
    for number, week in enumerate(review.history.weeks):
        found = review.history.state[:, number].tolist()
        bar = _bar(words, {state: found.count(STATES.index(state)) for state in STATES_SHOWN})
        told = words.listed([f"{part['label']} {part['share']}" for part in bar])
        columns.append(
            {
                "week": f"W{week.number:02d}",
                "title": f"{week_line(words, week)}: {told}",
                "href": f"{href}&week={week}" if href else None,
                "current": week == review.stays.week,
                "parts": bar,
            }
        )
    picker = {key: words(f"weeks.{key}") for key in ("pick", "go", "wrong")}
    return {
        "type": "weeks",
        "title": words("weeks.title", count=len(columns)),
        "weeks": columns,
        "pick": {**picker, "href": f"{href}&week=", "value": str(review.stays.week)} if href else None,
    }


def attention(words: Words, review: WeekReview, towns: Mapping[str, str]) -> sections.Section:
    """The villages that lack nights or a team, where it matters most first; each entry flies there."""
    found = [_lacking(words, village, towns.get(village.town_code)) for village in review.needs_attention]
    judged = any(village.state is not StayState.NO_DATA for village in review.stays.villages)
    return {
        "type": "list",
        "title": words("coverage.lacking"),
        "count": words.number(len(found)) if judged else "",
        "note": words("coverage.by_attention") if found else "",
        "groups": [_shortened(words, found, _SHOWN_AT_ONCE)] if found else [],
        "empty": words("coverage.none_lacking" if judged else "coverage.none_judged"),
        "good": judged,
    }


def _shortened(words: Words, items: list[dict[str, Any]], first: int) -> dict[str, Any]:
    rest = len(items) - first
    more = words("coverage.more", count=rest) if rest > 0 else ""
    return {"items": items[:first] if more else items, "rest": items[first:] if more else [], "more": more}


def _lacking(words: Words, village: VillageStays, town: str | None) -> dict[str, Any]:
    people = words.counted("people", village.population) if village.population is not None else ""
    return {
        "layer": "layer-villages",
        "id": village.village_code,
        "name": village.village_name,
        "note": " · ".join(filter(None, [words.given(town), people])),
        "side": coverage_cards.owed(words, village),
        "badge": words(f"state.{village.state}"),
        "style": f"state-{village.state}",
    }


def clock(words: Words, review: WeekReview, clock: CoverageClock | None, href: str | None) -> sections.Section:
    """The county's clock: the answer itself where it is given, else the address where the page asks for it."""
    begin = datetime.combine(review.stays.week.monday, datetime.min.time(), CHINA)
    hour = (review.stays.at - begin) / timedelta(hours=1)
    return {
        "type": "clock",
        "title": words("clock.title"),
        "note": words("clock.note"),
        "data": None if clock is None else _plain(clock),
        "href": href,
        "now": round(hour, 2) if 0 <= hour < 168 else None,
        "words": {key: words(f"clock.{key}") for key in _CLOCK_WORDS},
    }


def _plain(clock: CoverageClock) -> dict[str, Any]:
    """What the page needs of a clock, named as `GET /v1/coverage/clock` names it: the script reads both alike."""
    hours = ("villages_one", "villages_full", "calendar_known")
    figures = ("share_one", "share_full", "worst_members", "worst_arrival_s", "members")
    return {
        "full_strength": clock.full_strength,
        "limit_s": clock.limit_s,
        "worst_at": None if clock.worst_at is None else clock.worst_at.isoformat(),
        "hours": [{name: getattr(one, name) for name in hours} for one in clock.hours],
        "villages": [
            {
                "code": one.area.code,
                "worst_at": one.worst_at.isoformat(),
                **{name: getattr(one, name) for name in figures},
            }
            for one in clock.villages
        ],
    }


def duty(words: Words, review: WeekReview) -> sections.Section:
    """How many teams came in full, short, or not at all on the day."""
    counts = review.duty.counts
    told = [state for state in Attendance if counts[state] or state in _DUTY_ALWAYS]
    styles = {state: {"style": f"duty-{state}", "label": words(f"attendance.{state}")} for state in told}
    return {
        "type": "tally",
        "title": words("attendance.title"),
        "count": words.day(review.day, weekday=True),
        "bar": [{**styles[state], "share": counts[state]} for state in told if counts[state]],
        "items": [{**styles[state], "value": words.number(counts[state])} for state in told],
        "note": words("attendance.note", full=review.duty.rules.full_strength),
    }


def leaders(
    words: Words, review: WeekReview, towns: Mapping[str, str], told_of: Collection[str] | None = None
) -> list[sections.Section]:
    """The stationed leaders of the month in the towns `told_of` (None: in all), those who still owe nights first.

    No section where there is no such town.
    """
    if told_of is not None and not told_of:
        return []
    answer = review.leaders.where(lambda town: told_of is None or town in told_of)
    rank = {state: number for number, state in enumerate(_WORST_FIRST)}
    judged = [one for one in answer.leaders if one.state is not StayState.NO_DATA]
    judged.sort(key=lambda one: (rank.get(one.state, len(rank)), -one.shortfall, one.leader_id))
    found = [_leader(words, one, towns.get(one.town_code)) for one in judged]
    unknown = len(answer.leaders) - len(judged)
    empty = words("leaders.unknown", count=unknown) if unknown else words("leaders.none")
    told = {
        "type": "list",
        "title": words("leaders.title"),
        "count": _month(words, answer.month),
        "note": words("leaders.note", quota=answer.rules.quota_nights) if found else "",
        "groups": [_shortened(words, found, _LEADERS_AT_ONCE)] if found else [],
        "empty": empty,
        "good": False,
    }
    return [told]


def _leader(words: Words, leader: LeaderMonth, town: str | None) -> dict[str, Any]:
    return {
        "id": None,
        "name": leader.title,
        "note": words.given(town),
        "side": words("unit.nights_of", nights=leader.nights, quota=leader.quota),
        "badge": words(f"state.{leader.state}"),
        "style": f"state-{leader.state}",
    }


def _month(words: Words, month: Month) -> str:
    return words("date.month", year=month.year, month=words(f"month.{month.number}"))


def state_note(words: Words, review: WeekReview, state: StayState) -> str:
    """What a state means."""
    rules = review.stays.rules
    return words(f"state_note.{state}", quota=rules.quota_nights, days=rules.assessed_from_days)


def legend(
    words: Words, review: WeekReview, scenery: list[sections.Section], frames: Mapping[str, pd.DataFrame]
) -> sections.Section:
    """States with their counts, the marks of evenings, and the ground."""
    states = [
        {
            "style": f"state-{state}",
            "label": words(f"state.{state}"),
            "note": state_note(words, review, state),
            "count": words.number(review.stays.counts[state]),
        }
        for state in STATES_SHOWN
    ]
    evenings = [
        {"style": f"night-{state}", "symbol": f"sym-night-{state}", "label": words(f"evening.{state}")}
        for state in EveningState
    ]
    groups: list[sections.Section] = [
        {"title": words("coverage.states"), "items": states},
        {"title": words("evening.title"), "items": evenings, "compact": True},
    ]
    return sections.legend(words, [*groups, *scenery], frames)


def signs(words: Words, review: WeekReview) -> dict[str, Any]:
    """What the letters and digits of the villages' cards stand for."""
    week = review.stays.week
    return {
        "days": [words.day(day, weekday=True) for day in week.evenings],
        "weekdays": [words(f"weekday.{day.isoweekday()}") for day in week.evenings],
        "weeks": [str(one) for one in review.history.weeks],
        "evenings": {
            sign: {
                "symbol": f"sym-night-{state}",
                "style": f"night-{state}",
                "label": words(f"evening.{state}"),
            }
            for state, sign in coverage_cards.EVENING_SIGNS.items()
        },
        "states": {
            sign: {
                "style": f"state-{state}",
                "letter": words(f"state_letter.{state}"),
                "label": words(f"state.{state}"),
            }
            for state, sign in coverage_cards.STATE_SIGNS.items()
        },
        "words": {key: words(f"strip.{key}", weeks=WEEKS) for key in ("evenings", "weeks", "clock")},
    }
