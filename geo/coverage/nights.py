"""Which nights teams kept where they serve, can still keep, or are not known to have kept, evening by evening (R07).

A service is a team in a village where it serves; it may serve there more than once. Days are counted from 1970, local;
an evening is the day that a night begins on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np

from geo.board import Board, Record
from geo.board.pairing import UNKNOWN
from geo.calendar import NightRules
from geo.coverage.days import CHINA_US, DAY_US, Flags, Numbers, Span, day_number, local_us
from geo.coverage.ordered import ordered_stations
from geo.coverage.services import Positions, Services
from geo.index import Mask

_NEVER: Final = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Nights kept as the stays that make them, shape (marks,): a stay may make several, several may make the same one.

    `service` is a position in the services, `evening` in the evenings, `stay` a row of the Board's presences.
    """

    service: Positions
    evening: Positions
    stay: Positions


@dataclass(frozen=True, slots=True, eq=False)
class Nights:
    """Every service of some teams, in the order of the teams, and its evenings as flags of shape (services, evenings).

    `team` and `village` are positions in the Board's teams and in the Atlas's villages, shape (services,).
    """

    team: Positions
    village: Positions
    first_evening: int
    assigned: Flags
    kept: Flags
    left: Flags
    unknown: Flags
    marks: Marks

    @classmethod
    def of(
        cls, board: Board, first: date, evenings: int, *, at: datetime, night: NightRules, teams: Mask | None = None
    ) -> Nights:
        """The nights of so many evenings from `first` on, as seen at `at`; only of `teams` (shape (teams,)) if given.

        A night is kept when the team's presence in the village covers it and it is over; one that is being spent, or
        that anyone can still begin, is left; one outside the record is unknown, never missing.
        """
        span = Span.of(first, evenings, at, night)
        services = Services.of(board, span, teams, ordered_stations(board) if board.duty.orders else ())
        marks = _kept(services)
        kept, under_way = np.zeros_like(services.assigned), np.zeros_like(services.assigned)
        kept[marks.service, marks.evening] = True
        if span.tonight is not None:
            under_way[_under_way(services, span.tonight), span.tonight - span.first] = True
        return cls(
            team=services.team,
            village=services.village,
            first_evening=span.first,
            assigned=services.assigned,
            kept=kept,
            left=services.assigned & ~span.over & (span.open_to_all | under_way),
            unknown=services.assigned & span.over & ~recorded(board.record, span) & ~kept,
            marks=marks,
        )


def _kept(services: Services) -> Marks:
    """The nights that stays cover in the right place, among those that are over.

    An open stay (no check-out) is good for its first night only, as far as the record reaches and until its member
    checks in again: a check-out that was forgotten must not count for ever.
    """
    board, span = services.board, services.span
    presence = board.present.presence
    check_in, left_at = presence.rows["begin"], presence.known.left
    begun = check_in <= span.day_ends[-1] - CHINA_US
    # Only stays that touch the span are looked at: a year's register costs no more than a week's.
    near = np.flatnonzero(begun & ((left_at >= span.day_ends[0] + span.until_us - CHINA_US) | (left_at == UNKNOWN)))
    keys = services.keys_of(near)
    near, keys = near[keys >= 0], keys[keys >= 0]
    is_open = presence.known.check_out[near] == UNKNOWN
    row, evening = covered(check_in[near], left_at[near], is_open, span, board.record)
    past = span.over[evening - span.first]
    row, evening = row[past], evening[past]
    counts, service = services.counting(keys[row], evening)
    return Marks(service, evening[counts] - span.first, near[row[counts]])


def _under_way(services: Services, evening: int) -> Positions:
    """The services whose night is being spent right now."""
    presence = services.board.present.presence
    is_open = presence.known.check_out == UNKNOWN
    keys = services.keys_of(spending(presence.rows["begin"], presence.known.left, is_open, evening, services.span))
    _, found = services.counting(keys, np.full(len(keys), evening))
    return found


def covered(
    check_in: Numbers, left_at: Numbers, is_open: Flags, span: Span, record: Record | None
) -> tuple[Positions, Numbers]:
    """(rows, evenings): the nights of the span that presences cover, whether or not they are over.

    `check_in` and `left_at` are in microseconds of UTC, the latter `UNKNOWN` where nobody knows.
    """
    known_us = span.at_us if record is None else local_us(record.until)
    first = -(-(check_in + CHINA_US) // DAY_US) - 1  # check-in at 24:00 sharp is in time
    last = (np.where(left_at == UNKNOWN, _NEVER, left_at + CHINA_US) - span.until_us) // DAY_US - 1
    last[is_open] = np.minimum(np.minimum(first, last), (known_us - span.until_us) // DAY_US - 1)[is_open]
    first, last = np.maximum(first, span.first), np.minimum(last, span.days[-1])
    nights = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(check_in)), nights)
    return row, first[row] + np.arange(len(row)) - np.repeat(np.cumsum(nights) - nights, nights)


def spending(check_in: Numbers, left_at: Numbers, is_open: Flags, evening: int, span: Span) -> Positions:
    """The rows of presences that may become the night of an evening that is being spent right now."""
    midnight, now = (evening + 1) * DAY_US - CHINA_US, span.at_us - CHINA_US
    there = (check_in <= midnight) & ((left_at > now) | (left_at == UNKNOWN))
    return np.flatnonzero(there & (~is_open | (check_in > midnight - DAY_US)))


def recorded(record: Record | None, span: Span) -> Flags:
    """Which of the evenings' nights lie inside the record."""
    if record is None:
        return np.zeros(len(span.days), dtype=np.bool_)
    inside: Flags = span.day_ends + span.until_us <= local_us(record.until)
    return inside & (day_number(record.first_evening) <= span.days)
