"""Which villages are in emergency, and when: what the headquarters' mobilisation orders amount to (R13, R15, R17).

An order holds from its issue T0 up to but not with its end; one without an end holds until it is ended. Its scope is
codes of the county, of towns or of villages, so that half a county can be in emergency while the other half is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from geo.atlas import Atlas
from geo.board import Board, Order
from geo.calendar import CHINA, DAY, to_china
from geo.index import Mask
from geo.rules import DutyRules
from geo.terms import Mode

_COUNTY_DIGITS = 6
_FIRST_DAY = date(1970, 1, 1)

_KEPT: WeakKeyDictionary[Atlas, Mapping[str, npt.NDArray[np.intp]]] = WeakKeyDictionary()


def in_force(board: Board, at: datetime) -> tuple[Order, ...]:
    """The orders that hold at an instant, in the order they were issued; two may hold at once."""
    at = to_china(at)
    held = (one for one in board.duty.orders if one.issued_at <= at and (one.ends_at is None or at < one.ends_at))
    return tuple(sorted(held, key=lambda one: (one.issued_at, one.order_id)))


def villages_under(atlas: Atlas, orders: Iterable[Order]) -> Mask:
    """Which villages lie in the scope of at least one of the orders, whenever these hold; shape (villages,)."""
    mask = np.zeros(len(atlas.villages), dtype=bool)
    positions = _positions(atlas)
    for order in orders:
        for code in order.scope:
            if code in positions:
                mask[positions[code]] = True
    return mask


def villages_in_emergency(atlas: Atlas, board: Board, at: datetime) -> Mask:
    """Which villages are in emergency at an instant; shape (villages,)."""
    return villages_under(atlas, in_force(board, at))


def mode(atlas: Atlas, board: Board, at: datetime, village_code: str) -> Mode:
    """Whether a village is in emergency at an instant; a code that the Atlas does not know is not."""
    orders = in_force(board, at)
    if not orders:
        return Mode.NORMAL
    here = _positions(atlas).get(village_code, np.empty(0, dtype=np.intp))
    return Mode.EMERGENCY if villages_under(atlas, orders)[here].any() else Mode.NORMAL


def called(atlas: Atlas, board: Board, order: Order) -> Mapping[str, str]:
    """The ids of the teams that an order calls, in their order: those that serve in its scope on the day of T0.

    With the code of the village where each serves on that day.
    """
    in_scope = {atlas.villages[one].code for one in np.flatnonzero(villages_under(atlas, (order,))).tolist()}
    day, spans = (to_china(order.issued_at).date() - _FIRST_DAY).days, board.teams.spans
    serving = ((team_id, spans.village_on(position, day)) for position, team_id in enumerate(board.teams.ids))
    return {team_id: village_code for team_id, village_code in serving if village_code in in_scope}


def suspended(atlas: Atlas, board: Board, first: date, last: date, rules: DutyRules) -> Mask:
    """On which days a village's duty is suspended (R17): an order holds there during part of the day's duty hours.

    Shape (villages, days), a column for each day of first..last.
    """
    days = [first + DAY * offset for offset in range((last - first).days + 1)]
    mask = np.zeros((len(atlas.villages), len(days)), dtype=bool)
    for order in board.duty.orders:
        begun = [
            order.issued_at < datetime.combine(day, rules.day_to, CHINA)
            and (order.ends_at is None or datetime.combine(day, rules.day_from, CHINA) < order.ends_at)
            and (order.ends_at is None or order.issued_at < order.ends_at)
            for day in days
        ]
        if any(begun):
            mask |= villages_under(atlas, (order,))[:, None] & np.array(begun)
    return mask


def _positions(atlas: Atlas) -> Mapping[str, npt.NDArray[np.intp]]:
    """The positions of the villages that each code (county, town or village) covers; found once for each Atlas."""
    kept = _KEPT.get(atlas)
    if kept is None:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for position, area in enumerate(atlas.villages):
            for code in {area.code, area.town_code, area.town_code[:_COUNTY_DIGITS]}:
                found[code].append(position)
        kept = _KEPT[atlas] = {code: np.array(own, dtype=np.intp) for code, own in found.items()}
    return kept
