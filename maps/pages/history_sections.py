"""What the page of how it came tells its script: the weeks and days, every village's states, incidents and orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import pandas as pd

from geo.board import Board, Order
from geo.calendar import CHINA, DAY, Week
from geo.coverage import StayHistory
from geo.coverage.judging import STATES
from geo.errors import InputError
from geo.terms import StayState
from maps import cards, paint
from maps.coverage_cards import STATE_SIGNS
from maps.pages import sections
from maps.pages.coverage_sections import STATES_SHOWN, week_line
from maps.words import Words

_WORDS: Final = (
    "of_total",
    "since",
    "unknown",
    "running",
    "no_change",
    "not_comparable",
    "nothing",
    "key_orders",
    "key_incidents",
    "present",
    "past",
    "strip",
    "more",
)
_PLAYER_WORDS: Final = (
    "label",
    "weeks",
    "days",
    "play",
    "pause",
    "back",
    "on",
    "slider",
    "link",
    "to_present",
    "step",
)


def orders_of(board: Board, history: StayHistory) -> tuple[Order, ...]:
    """The orders that held in the range, as far as it has begun, in the order they were issued."""
    first = datetime.combine(history.weeks[0].monday, time(), CHINA)
    held = (one for one in board.duty.orders if one.issued_at <= history.at)
    return tuple(
        sorted(
            (one for one in held if one.ends_at is None or one.ends_at > first),
            key=lambda one: (one.issued_at, one.order_id),
        )
    )


def summary(words: Words, history: StayHistory) -> sections.Section:
    """How many villages met their quota in the week that is shown, beside the week before; the script fills it."""
    return {
        "type": "moment",
        "caption": words("coverage.met_share"),
        "states": words("coverage.states"),
        "note": words("coverage.question", quota=history.rules.quota_nights),
        "short": words("page.history"),
    }


def changes(words: Words) -> sections.Section:
    """The villages whose state is another one than a week before; the script fills it."""
    return {"type": "changes", "title": words("history.changes")}


def happened(words: Words) -> sections.Section:
    """Incidents and orders of the moment; the script fills it."""
    return {"type": "happened", "title": words("history.happened")}


def no_data_notice(words: Words, history: StayHistory) -> dict[str, str] | None:
    """That nothing is recorded of any week."""
    if (history.state != STATES.index(StayState.NO_DATA)).any():
        return None
    return {"title": words("history.no_data_title"), "body": words("history.no_data_body")}


def timeline(
    words: Words, board: Board, history: StayHistory, orders: tuple[Order, ...], moment: str | None
) -> dict[str, Any]:
    """All moments, and what the script needs to show any of them: states by village and week as digits."""
    weeks, days = _weeks(words, history), _days(words, history)
    shown = moment or weeks[-1]["key"]
    if shown not in {one["key"] for one in (*weeks, *days)}:
        problem = f"{shown!r} is no week or day from {history.weeks[0]} to the present; write 2022-W49 or 2022-12-05"
        raise InputError(problem, parameter="moment")
    signs = ["".join(map(str, states)) for states in history.state.tolist()]
    rows = {row: number for number, row in enumerate(dict.fromkeys(signs))}
    return {
        "weeks": weeks,
        "days": days,
        "moment": shown,
        "rows": list(rows),
        "row_of": [rows[one] for one in signs],
        "codes": [village.code for village in history.villages],
        "states": [_state(words, state) for state in STATES],
        "order": [STATES.index(state) for state in STATES_SHOWN],
        "good": STATES.index(StayState.MET),
        "unknown": [STATES.index(StayState.NO_DATA)],
        "open": [STATES.index(StayState.CURABLE)],
        "rank": [_RANK[state] for state in STATES],
        "orders": [_order(words, one) for one in orders],
        "incidents": _incidents(words, board.incidents, history.at),
        "words": {key: words(f"history.{key}") for key in _WORDS},
        "player": {key: words(f"player.{key}") for key in _PLAYER_WORDS},
    }


_RANK: Final = {
    StayState.LOST: 2,
    StayState.NO_TEAM: 2,
    StayState.CURABLE: -1,
    StayState.NOT_ASSESSED: 1,
    StayState.EXEMPT: 1,
    StayState.MET: 0,
    StayState.NO_DATA: -1,
}
"""How grave a state is, for what changed to the worse; what is not known, or not over, is compared with nothing."""


def _state(words: Words, state: StayState) -> dict[str, str]:
    return {
        "style": f"state-{state}",
        "label": words(f"state.{state}"),
        "letter": words(f"state_letter.{state}"),
        "sign": STATE_SIGNS[state],
    }


def _weeks(words: Words, history: StayHistory) -> list[dict[str, Any]]:
    return [
        {"key": str(week), "label": week_line(words, week), "short": f"W{week.number:02d}", "week": number}
        | _lasts(week.monday, 7, history.at)
        for number, week in enumerate(history.weeks)
    ]


def _days(words: Words, history: StayHistory) -> list[dict[str, Any]]:
    first, last = history.weeks[0].monday, min(history.weeks[-1].sunday, history.at.date())
    days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return [
        {
            "key": str(day),
            "label": f"{words.day(day, weekday=True)} · {Week.of(day)}",
            "short": words.day(day) if day.day == 1 or day == first else "",
            "week": (day - first).days // 7,
        }
        | _lasts(day, 1, history.at)
        for day in days
    ]


def _lasts(first: date, days: int, at: datetime) -> dict[str, Any]:
    """From the first instant up to the last that has passed."""
    begins = datetime.combine(first, time(), CHINA)
    return paint.span_of(begins, min(begins + days * DAY, max(at, begins)))


def _order(words: Words, order: Order) -> dict[str, Any]:
    last = words.instant(order.ends_at) if order.ends_at else words("mode.no_end")
    return {
        "title": words("mode.order", order=order.order_id),
        "note": order.cause,
        "side": words("date.range", first=words.instant(order.issued_at), last=last),
    } | paint.span_of(order.issued_at, order.ends_at)


def _incidents(words: Words, frame: pd.DataFrame, at: datetime) -> list[dict[str, Any]]:
    found = []
    for row in _rows(frame[["incident_id", "kind", "summary", "discovered_at", "handled_at"]]):
        if row["discovered_at"] > at:
            continue
        handled = None if cards.is_open(row, at) else row["handled_at"]
        found.append(
            {
                "id": row["incident_id"],
                "name": words(f"incident.{row['kind']}"),
                "note": words.given(cards.cell(row, "summary")),
                "side": words.instant(row["discovered_at"]),
            }
            | paint.span_of(row["discovered_at"], handled)
        )
    return sorted(found, key=lambda one: (-one["from"], one["id"]))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, cells, strict=True)) for cells in frame.itertuples(index=False, name=None)]


def legend(words: Words, scenery: list[sections.Section], frames: Mapping[str, pd.DataFrame]) -> sections.Section:
    """States with the counts of the moment, incidents, orders, and the ground."""
    states = [
        {"style": f"state-{state}", "label": words(f"state.{state}"), "count": "", "counter": f"state-{state}"}
        for state in STATES_SHOWN
    ]
    signals = [
        sections.mark(f"incident-{state}", f"sym-incident-{state}", words(f"incident_state.{name}"), "")
        for state, name in (("open", "open"), ("done", "handled"))
    ]
    groups: list[sections.Section] = [
        {"title": words("coverage.states"), "items": states},
        {"title": words("layer.incidents"), "items": signals},
    ]
    return sections.legend(words, [*groups, *scenery], frames)
