"""Who was in the assigned village on which day: the presences that a duty day is met by (R06)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.board import Board
from geo.board.pairing import UNKNOWN
from geo.coverage.days import CHINA_US, DAY_US, Flags, Numbers, Span, day_number, local_us
from geo.coverage.services import Positions, Services

_UNNAMED = -1


@dataclass(frozen=True, slots=True, eq=False)
class DaysPresent:
    """Distinct members of each service on each day, shape (services, days), and the presences that show it.

    `service` and `day` are positions, `stay` rows of the presences, shape (marks,); one may show several days.
    """

    members: Numbers
    service: Positions
    day: Positions
    stay: Positions

    @classmethod
    def of(cls, services: Services) -> DaysPresent:
        """By the presences that began by the span's instant.

        A presence shows every day that it lies in; one without a check-out only the day that it began on. A stay
        declared of no named member is one member where nobody else is named.
        """
        board, span = services.board, services.span
        presence = board.present.presence
        begin, left = presence.rows["begin"] + CHINA_US, presence.known.left
        is_open = presence.known.check_out == UNKNOWN
        first_us, end_us = span.first * DAY_US, int(span.day_ends[-1])
        near = np.flatnonzero((begin < end_us) & (begin <= span.at_us) & ((left >= first_us - CHINA_US) | is_open))
        keys = services.keys_of(near)
        near, keys = near[keys >= 0], keys[keys >= 0]
        row, day = _days(begin[near], left[near], is_open[near], span)
        counts, service = services.counting(keys[row], day)
        stay, day = near[row[counts]], day[counts] - span.first
        member = presence.rows["member"][stay].astype(np.int64)
        return cls(_distinct(services.assigned.shape, service, day, member), service, day, stay)


def _days(begin: Numbers, left: Numbers, is_open: Flags, span: Span) -> tuple[Positions, Numbers]:
    """(rows, days): the days of the span that presences lie in, as far as the span's instant."""
    first = begin // DAY_US
    # Leaving at 24:00 sharp is of the day before, and who leaves at once was there all the same.
    end = np.where(is_open | (left == UNKNOWN), begin, np.minimum(left + CHINA_US, span.at_us + 1) - 1)
    last = np.minimum(np.maximum(end // DAY_US, first), span.days[-1])
    first = np.maximum(first, span.first)
    days = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(begin)), days)
    return row, first[row] + np.arange(len(row)) - np.repeat(np.cumsum(days) - days, days)


def _distinct(shape: tuple[int, ...], service: Positions, day: Positions, member: Numbers) -> Numbers:
    named = member != _UNNAMED
    once = np.unique(np.stack([service[named], day[named], member[named]]), axis=1)
    members = np.zeros(shape, dtype=np.int64)
    np.add.at(members, (once[0], once[1]), 1)
    members[service[~named], day[~named]] = np.maximum(members[service[~named], day[~named]], 1)
    return members


def recorded_days(board: Board, span: Span) -> Flags:
    """Which days of the span the record of check-ins tells of whole.

    Nights declared on paper alone tell nothing of days: the record begins with the first check-in.
    """
    presence, record = board.present.presence, board.record
    checked_in = presence.rows["begin"][~presence.rows["declared"] & presence.known.counts]
    if record is None or not len(checked_in):
        return np.zeros(len(span.days), dtype=np.bool_)
    first = max(day_number(record.first_evening), int(checked_in.min() + CHINA_US) // DAY_US)
    whole: Flags = (first <= span.days) & (span.day_ends <= local_us(record.until))
    return whole
