"""When each presence ended: the check-out that its member made, else the member's next presence that ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
"""Microseconds of UTC since 1970; `UNKNOWN` where an instant is not known."""

UNKNOWN: Final = np.iinfo(np.int64).min
"""The same bits as NaT, so that a column of instants is one of datetime64[us] without a copy."""
_NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """For each presence: when its member checked out, and when they had left as far as is known."""

    check_out: Instants
    left: Instants


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """Presences in the order they were recorded: whose (-1: nobody's in particular), in which village (-1: in none).

    `told_end` is the end that a declared stay tells, `UNKNOWN` where none is told.
    """

    member: npt.NDArray[np.int32]
    village: npt.NDArray[np.int32]
    declared: npt.NDArray[np.bool_]
    begin: Instants
    told_end: Instants


@dataclass(frozen=True, slots=True)
class Latest:
    """A member's newest instant of any kind, and those of their presences that last, as (row, village)."""

    at: int
    lasting: tuple[tuple[int, int], ...] = ()

    def ended_by(self, village: int, *, declared: bool) -> list[int]:
        """The rows that a newer presence or check-out (which is in no village) ends: `paired`, one after another."""
        if not declared:
            return [row for row, _ in self.lasting]
        return [row for row, its_village in self.lasting if its_village not in (-1, village)]


def paired(begun: Begun, out_member: npt.NDArray[np.int32], out_at: Instants) -> Ends:
    """The ends of presences, from their members' check-ins, declared stays and check-outs.

    An end that was told stands. Any other presence ends with the first check-out after its begin, unless the member's
    next check-in, or declared stay in another village, began before that; that next begin is when they had left. A stay
    declared in the same village ends nothing: paper tells once more what is known already. Nor does it end a check-in
    that counts in no village. Presences of nobody in particular end only as told. Members' presences count in the order
    of their begins, so that it does not matter in which order they were recorded; of two that begin together the one
    recorded later lasts.
    """
    count, total = len(begun.member), len(begun.member) + len(out_member)
    # At one instant the check-out comes first: it ended what was before.
    members, instants = np.concatenate([out_member, begun.member]), np.concatenate([out_at, begun.begin])
    order = np.lexsort((np.arange(total), instants, members))
    sorted_members = members[order]
    is_out = order < len(out_member)
    at = np.flatnonzero(~is_out & (sorted_members >= 0))
    row = order[at] - len(out_member)
    out_after = _instant_of(_next_where(is_out)[at], sorted_members, instants[order], sorted_members[at])
    in_after = _next_begin(begun.member[row], begun.village[row], begun.declared[row], begun.begin[row])
    check_out, left = np.full(count, UNKNOWN), np.full(count, UNKNOWN)
    made = (out_after != _NEVER) & (out_after <= in_after)
    check_out[row] = np.where(made, out_after, UNKNOWN)
    left[row] = np.where(made, out_after, np.where(in_after != _NEVER, in_after, UNKNOWN))
    is_told = begun.told_end != UNKNOWN
    check_out[is_told] = left[is_told] = begun.told_end[is_told]
    return Ends(check_out, left)


def _next_begin(
    member: npt.NDArray[np.int32], village: npt.NDArray[np.int32], declared: npt.NDArray[np.bool_], begin: Instants
) -> Instants:
    """For each presence, by member and begin, when the member's next one began that ends it; `_NEVER` without one."""
    stays = np.flatnonzero(declared)
    is_turn = (member[stays][1:] != member[stays][:-1]) | (village[stays][1:] != village[stays][:-1])
    next_turn = _next_where(np.append(True, is_turn)[: len(stays)])
    elsewhere = np.full(len(member) + 1, len(member))  # from each stay the next one in another village
    elsewhere[stays] = np.append(stays, len(member))[next_turn]
    next_stay = _next_where(declared)
    goes_on = np.append(village, -1)[next_stay] == village
    next_stay = np.where(village < 0, len(member), np.where(goes_on, elsewhere[next_stay], next_stay))
    found = np.minimum(next_stay, _next_where(~declared))
    return _instant_of(found, member, begin, member)


def _next_where(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """For each position the first later one that is flagged; as many as there are where there is none."""
    total = len(flags)
    marked = np.where(flags, np.arange(total), total)
    from_here = np.minimum.accumulate(marked[::-1])[::-1] if total else marked
    return np.append(from_here[1:], total)[:total]


def _instant_of(
    position: npt.NDArray[np.intp],
    members: npt.NDArray[np.int32],
    instants: Instants,
    own: npt.NDArray[np.int32],
) -> Instants:
    """The instant at a position where that is the own member's, else `_NEVER`."""
    inside = np.minimum(position, len(members) - 1)
    is_own = (position < len(members)) & (members[inside] == own)
    found: Instants = np.where(is_own, instants[inside], _NEVER)
    return found
