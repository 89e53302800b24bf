"""Presence: who was where, from when until when, by check-ins and by stays declared on paper.

Presences and check-outs are rows that only grow in number. When a presence ended, and whether it still counts, may
become known later: such changes are rows of their own (`changes`), the last of a presence's rows being the one that
holds. So a Board shares all but the newest rows with the Board before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.board.columns import Column, Table, Words
from geo.board.pairing import UNKNOWN, Begun, Ends, Instants, Lasting, Latest, paired

Rows = Mapping[str, Column | list[Any]]
"""Columns; of one row also lists, which cost less than arrays."""

PRESENCES: Final = {
    "sequence": "i8",
    "member": "i4",
    "team": "i4",
    "village": "i4",  # where it counts
    "begin": "i8",
    "told_end": "i8",
    "stay_id": "i4",
    "synthetic": "?",
    "declared": "?",
    "lon": "f8",
    "lat": "f8",
    "accuracy_m": "f4",
    "near": "i4",
    "distance_m": "f4",
}
CHECK_OUTS: Final = {"sequence": "i8", "member": "i4", "at": "i8"}
NO_PRESENCES: Final[Rows] = {name: np.empty(0, dtype) for name, dtype in PRESENCES.items()}
NO_CHECK_OUTS: Final[Rows] = {name: np.empty(0, dtype) for name, dtype in CHECK_OUTS.items()}
_CHANGES: Final = {"row": "i8", "check_out": "i8", "left": "i8"}
_VOIDED: Final = {"row": "i8"}
_FEW: Final = 2_000
"""Beyond this many at once, and an eighth of all, it is cheaper to pair everybody's check-ins and check-outs anew."""
_SLOW: Final = 200
"""So many members whose check-ins are not in order are looked at one by one."""
_RECENT: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of each presence, shape (presences,); `counts` is false for one that was corrected."""

    check_out: Instants
    left: Instants
    counts: npt.NDArray[np.bool_]


_NOTHING: Final = Latest(UNKNOWN)
_Followed = tuple[Table, Mapping[int, Latest], Mapping[int, Latest]]
"""`changes`, `latest` and `recent` of a Presence."""


@dataclass(frozen=True, eq=False)
class Presence:
    """All presences of one Board. Codes of members, teams and stays are of `words`, those of villages of `villages`."""

    words: Words
    villages: Words
    rows: Table
    outs: Table
    settled: Known
    changes: Table
    voided: Table
    voided_outs: frozenset[int] = frozenset()
    latest: Mapping[int, Latest] = field(default_factory=dict)
    recent: Mapping[int, Latest] = field(default_factory=dict)  # what is newer than `latest`, and small
    told_span: tuple[int, int] | None = None  # the span where it is known without looking

    @classmethod
    def none(cls) -> Presence:
        """Nobody was anywhere."""
        nothing = Known(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))
        tables = Table.empty(PRESENCES), Table.empty(CHECK_OUTS)
        return cls(Words(), Words(), *tables, nothing, Table.empty(_CHANGES), Table.empty(_VOIDED))

    @cached_property
    def known(self) -> Known:
        """When each presence ended, as far as is known, and whether it counts."""
        count, fixed = self.rows.length, len(self.settled.left)
        check_out, left, counts = np.full(count, UNKNOWN), np.full(count, UNKNOWN), np.ones(count, dtype=np.bool_)
        check_out[:fixed], left[:fixed], counts[:fixed] = (
            self.settled.check_out,
            self.settled.left,
            self.settled.counts,
        )
        check_out[fixed:] = left[fixed:] = self.rows["told_end"][fixed:]
        row = self.changes["row"]  # of several changes of a row the last is the one that is kept
        check_out[row], left[row] = self.changes["check_out"], self.changes["left"]
        counts[self.voided["row"]] = False
        return Known(check_out, left, counts)

    @property
    def span(self) -> tuple[int, int] | None:
        """The first begin, and the last begin or check-out, of what counts; None without any presence that does."""
        return self._found_span if self.told_span is None else self.told_span

    @cached_property
    def _found_span(self) -> tuple[int, int] | None:
        rows = self._counting(np.arange(self.rows.length))
        if not len(rows):
            return None
        outs = np.delete(self.outs["at"], list(self.voided_outs))
        begin, told_end = self.rows["begin"][rows], self.rows["told_end"][rows]
        return int(begin.min()), int(np.concatenate([begin, told_end, outs]).max())

    def packed(self) -> Presence:
        """The same, what became known later laid down with the rest."""
        nothing = Table.empty(_CHANGES), Table.empty(_VOIDED)
        latest = {**self.latest, **self.recent}
        return replace(self, settled=self.known, changes=nothing[0], voided=nothing[1], latest=latest, recent={})

    def row_of(self, sequence: int) -> int | None:
        """The row of the presence with this sequence; None when there is none that counts."""
        row = _row_of(self.rows["sequence"], sequence)
        return row if row is not None and len(self._counting(np.array([row]))) else None

    def out_of(self, sequence: int) -> int | None:
        """The row of the check-out with this sequence; None when there is none that counts."""
        row = _row_of(self.outs["sequence"], sequence)
        return None if row in self.voided_outs else row

    def rows_of(self, member_id: str) -> npt.NDArray[np.intp]:
        """The rows of a member's presences that count."""
        return self._counting(np.flatnonzero(self.rows["member"] == self.words.find(member_id)))

    def extended(self, rows: Rows, outs: Rows, corrected: Sequence[int] = ()) -> Presence:
        """With more presences and check-outs, and without those of the corrected sequences."""
        unordered: set[int] = set()
        is_bulk = len(rows["sequence"]) + len(outs["sequence"]) > max(_FEW, self.rows.length // 8)
        span = None if corrected else self.span
        followed = None if is_bulk else self._followed(rows, outs, unordered)
        changes, latest, recent = followed or (self.changes, self.latest, self.recent)
        grown = Presence(  # `replace` takes three times as long
            words=self.words,
            villages=self.villages,
            rows=self.rows.grown(rows),
            outs=self.outs.grown(outs),
            settled=self.settled,
            changes=changes,
            voided=self.voided,
            voided_outs=self.voided_outs,
            latest=latest,
            recent=recent,
            told_span=None if span is None else _wider(span, rows, outs),
        )
        if corrected:
            grown = grown._without(corrected, unordered)
        if is_bulk or len(unordered) > _SLOW:
            return grown._all_paired()
        for member in sorted(unordered):
            grown = grown._paired_of(member)
        return grown

    def _followed(self, rows: Rows, outs: Rows, unordered: set[int]) -> _Followed:
        """What new presences and check-outs do that come after all else of their member.

        Members of whom more must be looked at are added to `unordered`.
        """
        recent, changed = dict(self.recent), []
        for _, member, at, row, village, declared, is_open in _in_order(self.rows.length, rows, outs):
            before = recent.get(member) or self.latest.get(member, _NOTHING)
            if member < 0 or member in unordered:
                continue
            if at <= before.at:
                unordered.add(member)
                continue
            recent[member], ended = before.after(at, row, village, declared=declared, is_open=is_open)
            changed += [(one.row, at if row < 0 and not one.renewed else UNKNOWN, at) for one in ended]
        changes = self.changes
        if changed:
            changes = changes.grown(dict(zip(_CHANGES, zip(*changed, strict=True), strict=True)))
        if len(recent) > _RECENT:
            return changes, {**self.latest, **recent}, {}
        return changes, self.latest, recent

    def _without(self, corrected: Sequence[int], members: set[int]) -> Presence:
        """Itself without the presences and check-outs of some sequences; their members are added to `members`."""
        rows, outs = [], set(self.voided_outs)
        for sequence in corrected:
            row, out = (_row_of(table["sequence"], sequence) for table in (self.rows, self.outs))
            if row is not None:
                rows.append(row)
                members.add(int(self.rows["member"][row]))
            if out is not None:
                outs.add(out)
                members.add(int(self.outs["member"][out]))
        members.discard(-1)
        return replace(self, voided=self.voided.grown({"row": rows}), voided_outs=frozenset(outs))

    def _paired_of(self, member: int) -> Presence:
        """Itself with the ends of one member's presences found anew."""
        rows = self._counting(np.flatnonzero(self.rows["member"] == member))
        outs = np.flatnonzero(self.outs["member"] == member)
        outs = outs[[out not in self.voided_outs for out in outs.tolist()]]
        ends = self._ends(rows, outs)
        changes = self.changes.grown({"row": rows, "check_out": ends.check_out, "left": ends.left})
        latest = self._latest(rows, outs, ends)
        recent = {**self.recent, member: latest.get(member, _NOTHING)}
        return replace(self, changes=changes, recent=recent)

    def _all_paired(self) -> Presence:
        """Itself with the ends of all presences found anew."""
        count = self.rows.length
        rows = self._counting(np.arange(count))
        outs = np.delete(np.arange(self.outs.length), list(self.voided_outs))
        ends = self._ends(rows, outs)
        check_out, left, counts = np.full(count, UNKNOWN), np.full(count, UNKNOWN), np.zeros(count, dtype=np.bool_)
        check_out[rows], left[rows], counts[rows] = ends.check_out, ends.left, True
        return replace(
            self,
            settled=Known(check_out, left, counts),
            changes=Table.empty(_CHANGES),
            voided=Table.empty(_VOIDED),
            latest=self._latest(rows, outs, ends),
            recent={},
        )

    def _counting(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Those of the rows, ascending, that were not corrected."""
        settled = rows[: np.searchsorted(rows, len(self.settled.counts))]
        counts = np.concatenate([self.settled.counts[settled], np.ones(len(rows) - len(settled), dtype=np.bool_)])
        return rows[counts & ~np.isin(rows, self.voided["row"])]

    def _ends(self, rows: npt.NDArray[np.intp], outs: npt.NDArray[np.intp]) -> Ends:
        names = ("member", "village", "declared", "begin", "told_end")
        begun = Begun(*(self.rows[name][rows] for name in names))
        return paired(begun, self.outs["member"][outs], self.outs["at"][outs])

    def _latest(self, rows: npt.NDArray[np.intp], outs: npt.NDArray[np.intp], ends: Ends) -> dict[int, Latest]:
        """Of each member that these rows and check-outs are of; `ends` are the rows'."""
        members = np.concatenate([self.rows["member"][rows], self.outs["member"][outs]])
        instants = np.concatenate([self.rows["begin"][rows], self.outs["at"][outs]])
        last = _last_of_each(members, instants)
        newest = dict(zip(members[last].tolist(), instants[last].tolist(), strict=True))
        return self.latest_of(newest, rows[ends.left == UNKNOWN])

    def latest_of(self, newest: Mapping[int, int], lasting: npt.NDArray[np.intp]) -> dict[int, Latest]:
        """Of each member with a newest instant, by the rows of those of their presences that last."""
        of: dict[int, list[Lasting]] = {}
        names = ("member", "village", "begin", "declared")
        members, villages, begins, declared = (self.rows[name][lasting].tolist() for name in names)
        seen_again: set[int] = set()
        for at in np.lexsort((lasting, self.rows["begin"][lasting]))[::-1].tolist():
            member = members[at]
            renewed = member in seen_again
            of.setdefault(member, []).insert(0, Lasting(int(lasting[at]), villages[at], begins[at], renewed))
            if not declared[at]:
                seen_again.add(member)
        return {member: Latest(at, tuple(of.get(member, ()))) for member, at in newest.items() if member >= 0}


def _last_of_each(member: Column, at: Instants) -> npt.NDArray[np.intp]:
    """The place of each member's last instant."""
    order = np.lexsort((at, member))
    ordered = member[order]
    places: npt.NDArray[np.intp] = order[np.append(ordered[1:] != ordered[:-1], True)[: len(order)]]
    return places


def _in_order(first: int, rows: Rows, outs: Rows) -> list[tuple[int, int, int, int, int, bool, bool]]:
    """(sequence, member, instant, row, village, declared, whether the end is unknown), by their sequences.

    The row of a check-out is -1.
    """
    names = ("sequence", "member", "begin", "village", "declared", "told_end")
    merged = [
        (sequence, member, at, first + row, village, declared, told_end == UNKNOWN)
        for row, (sequence, member, at, village, declared, told_end) in enumerate(_tuples(rows, *names))
    ]
    merged += [(*out, -1, -1, False, False) for out in _tuples(outs, "sequence", "member", "at")]
    merged.sort()
    return merged


def _wider(span: tuple[int, int], rows: Rows, outs: Rows) -> tuple[int, int]:
    first, last = span
    for begin, told_end in _tuples(rows, "begin", "told_end"):
        first, last = min(first, begin), max(last, begin, told_end)
    for (at,) in _tuples(outs, "at"):
        last = max(last, at)
    return first, last


def _tuples(rows: Rows, *names: str) -> Iterable[tuple[Any, ...]]:
    """Some columns row by row, as plain numbers."""
    if not len(rows[names[0]]):
        return ()
    columns = (rows[name] for name in names)
    return zip(*(one if isinstance(one, list) else one.tolist() for one in columns), strict=True)


def _row_of(sequences: Column, sequence: int) -> int | None:
    row = int(np.searchsorted(sequences, sequence))
    return row if row < len(sequences) and sequences[row] == sequence else None
