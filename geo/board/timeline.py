"""Presences by when they began: what a question about one instant looks at, however many years are recorded.

A Board shares its rows with the Boards before it, and rows are never changed. So their order by begin is found once,
with how each ended as far as was known then, and serves the Boards after it: these look at what came since as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.board.columns import Column, Table
from geo.board.live import Board
from geo.board.pairing import UNKNOWN, Instants
from geo.board.presence import Known, Presence

Positions = npt.NDArray[np.intp]

_MOST_SINCE: Final = 1 << 14
_NONE: Final = np.empty(0, dtype=np.intp)
_DAY_US: Final = 86_400_000_000
_NAME: Final = "timeline"


@dataclass(frozen=True, slots=True, eq=False)
class Presences:
    """Some presences that count, in no particular order, shape (n,); `left` is `UNKNOWN` where it is not known.

    `is_open` tells which have no check-out. `row` are their rows among all presences.
    """

    row: Positions
    begin: Instants
    left: Instants
    is_open: npt.NDArray[np.bool_]

    def of(self, presence: Presence, name: str) -> Column:
        """One column of theirs."""
        column: Column = presence.rows[name][self.row]
        return column


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """The first rows of a history in the order of their begins, and what was known of their ends by `changes`.

    `tables` are the rows, changes and voided rows at that time. `long` are the presences of more than a day with a
    check-out in the order of their begins, `long_reach` the latest check-out of each and of those before it.
    """

    settled: Known
    tables: tuple[Table, Table, Table]
    known: Known
    order: Positions
    begin: Instants
    long: Positions
    long_begin: Instants
    long_reach: Instants

    @property
    def changes(self) -> int:
        """How many changes it knows of."""
        return self.tables[1].length

    @property
    def voided(self) -> int:
        """How many voided rows it knows of."""
        return self.tables[2].length

    def for_(self, presence: Presence) -> _Index | None:
        """Itself, where it holds for what may be a later state of the same history, not too much later."""
        if presence.settled is not self.settled:
            return None
        now = presence.rows, presence.changes, presence.voided
        if all(
            _follows(table, before) and table.room is before.room
            for table, before in zip(now, self.tables, strict=True)
        ):
            return self
        rows, changes, voided = (_moved(table, before) for table, before in zip(now, self.tables, strict=True))
        if rows is None or changes is None or voided is None:
            return None
        return replace(self, tables=(rows, changes, voided))


def began_between(board: Board, after_us: int, upto_us: int) -> Presences:
    """The presences that count and began after one instant and not after another; microseconds of UTC since 1970."""
    presence, index = board.present.presence, _index(board)
    first, last = index.begin.searchsorted([after_us, upto_us], side="right").tolist()
    since = presence.rows["begin"][len(index.order) :]
    newer = np.flatnonzero((since > after_us) & (since <= upto_us)) + len(index.order) if len(since) else _NONE
    return _told(presence, index, index.order[first:last], newer)


def lasting_over(board: Board, begin_us: int, end_us: int) -> Presences:
    """The presences of more than a day with a check-out that began by one instant and lasted to another."""
    presence, index = board.present.presence, _index(board)
    first = int(index.long_reach.searchsorted(end_us))
    last = max(int(index.long_begin.searchsorted(begin_us, side="right")), first)
    long, changed = index.long[first:last], presence.changes["row"][index.changes :]
    if len(changed):
        changed = changed[changed < len(index.order)]
        changed = changed[presence.rows["begin"][changed] <= begin_us]
        long = np.array(sorted({*long.tolist(), *changed.tolist()}), dtype=np.intp)
    found = _told(presence, index, long, np.arange(len(index.order), presence.rows.length))
    lasts = ~found.is_open & (found.left - found.begin > _DAY_US) & (found.begin <= begin_us) & (found.left >= end_us)
    return Presences(found.row[lasts], found.begin[lasts], found.left[lasts], found.is_open[lasts])


def _index(board: Board) -> _Index:
    presence = board.present.presence
    kept: _Index | None = board.kept.get(_NAME)
    index = None if kept is None else kept.for_(presence)
    if index is None:
        begin, known = presence.rows["begin"], presence.known
        order = np.argsort(begin, kind="stable")
        is_long = known.counts & (known.check_out != UNKNOWN) & (known.check_out - begin > _DAY_US)
        long = order[is_long[order]]
        reach = np.maximum.accumulate(known.check_out[long])
        tables = presence.rows, presence.changes, presence.voided
        index = _Index(presence.settled, tables, known, order, begin[order], long, begin[long], reach)
    if index is not kept:
        board.kept[_NAME] = index
    return index


def _told(presence: Presence, index: _Index, old: Positions, newer: Positions) -> Presences:
    """Those of the rows that count, with their ends as the presence knows them; the index has no `newer` ones."""
    known = index.known
    rows, check_out, left, counts = old, known.check_out[old], known.left[old], known.counts[old]
    if len(newer):
        told_end = presence.rows["told_end"][newer]
        rows = np.concatenate([old, newer])
        check_out, left = np.concatenate([check_out, told_end]), np.concatenate([left, told_end])
        counts = np.concatenate([counts, np.ones(len(newer), dtype=np.bool_)])
    since = slice(index.changes, None)
    changed = presence.changes["row"][since]
    if len(changed):
        place, hit = _places(presence, rows, changed)  # of several changes of a row the last is the one that is kept
        check_out[place] = presence.changes["check_out"][since][hit]
        left[place] = presence.changes["left"][since][hit]
    voided = presence.voided["row"][index.voided :]
    if len(voided):
        counts[_places(presence, rows, voided)[0]] = False
    if not counts.all():
        rows, check_out, left = rows[counts], check_out[counts], left[counts]
    return Presences(rows, presence.rows["begin"][rows], left, check_out == UNKNOWN)


def _places(presence: Presence, rows: Positions, wanted: Column) -> tuple[Positions, Positions]:
    """Where those of the wanted rows that are among `rows` stand there, and which of the wanted ones they are."""
    is_asked = np.zeros(presence.rows.length, dtype=np.bool_)
    is_asked[rows] = True
    hit = np.flatnonzero(is_asked[wanted])
    if not len(hit):
        return _NONE, _NONE
    order = np.argsort(rows)
    return order[np.searchsorted(rows, wanted[hit], sorter=order)], hit


def _follows(now: Table, before: Table) -> bool:
    """Whether a table may be another one with some more rows at its end, and not too many."""
    return 0 <= now.length - before.length <= _MOST_SINCE


def _moved(now: Table, before: Table) -> Table | None:
    """The earlier table in the later one's room, where it is the same: a table that outgrew its room was copied."""
    if not _follows(now, before):
        return None
    same = all(
        np.array_equal(column[: before.length], before[name], equal_nan=column.dtype.kind == "f")
        for name, column in now.room.arrays.items()
    )
    return Table(now.room, before.length) if same else None
