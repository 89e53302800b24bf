"""On which evenings the headquarters exempted villages from nights, and why (R12)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from geo.atlas import Atlas
from geo.board import Board
from geo.coverage.days import Flags, day_number
from geo.index import Mask


def exempt_evenings(atlas: Atlas, board: Board, first_evening: int, evenings: int) -> Flags:
    """Shape (villages, evenings): which nights nobody owes."""
    exempt = np.zeros((len(atlas.villages), evenings), dtype=np.bool_)
    for one in board.duty.exemptions:
        first = max(day_number(one.first_day) - first_evening, 0)
        last = min(day_number(one.last_day) - first_evening, evenings - 1)
        if first <= last:
            exempt[villages_in(atlas, one.scope), first : last + 1] = True
    return exempt


def exemption_reasons(board: Board, codes: tuple[str, str, str], first_day: int, last_day: int) -> Iterator[str]:
    """Why the village with these codes (its own, its town's, its county's) was exempt in a span of days."""
    for one in board.duty.exemptions:
        overlaps = day_number(one.first_day) <= last_day and first_day <= day_number(one.last_day)
        if overlaps and not set(codes).isdisjoint(one.scope):
            yield f"{one.first_day} to {one.last_day}: {one.reason}"


def villages_in(atlas: Atlas, scope: tuple[str, ...]) -> Mask:
    """Which villages a scope of codes (of the county, towns, villages) holds; shape (villages,)."""
    codes = frozenset(scope)
    return np.array(
        [not codes.isdisjoint((area.code, area.town_code, area.code[:6])) for area in atlas.villages], dtype=np.bool_
    )
