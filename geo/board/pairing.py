"""When each presence ended: the check-out that its member made, else the member's next presence that ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
"""Microseconds of UTC since 1970; `UNKNOWN` where an instant is not known."""

UNKNOWN: Final = np.iinfo(np.int64).min
"""The same bits as NaT, so that a column of instants is one of datetime64[us] without a copy."""
FIRST_NIGHT_US: Final = 48 * 3600 * 1_000_000
"""Within two days of its begin the first night of a presence is over, whatever the rules say a night is."""
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
class Lasting:
    """A presence without an end so far; `renewed`: its member has checked in once more since, in the same village."""

    row: int
    village: int
    begin: int
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Latest:
    """A member's newest instant of any kind, and those of their presences that last, in the order of their begins."""

    at: int
    lasting: tuple[Lasting, ...] = ()

    def after(self, at: int, row: int, village: int, *, declared: bool, is_open: bool) -> tuple[Latest, list[Lasting]]:
        """With a newer presence or check-out (row -1, in no village), and what it ends: `paired`, one by one."""
        goes_on, ended = [], []
        for one in self.lasting:
            same = row >= 0 and one.village == village != -1
            if declared and (same or one.village == -1):
                goes_on.append(one)
            elif not declared and same and at < one.begin + FIRST_NIGHT_US:
                goes_on.append(replace(one, renewed=True))
            else:
                ended.append(one)
        begun = [Lasting(row, village, at)] if is_open else []
        return Latest(at, (*goes_on, *begun)), ended


def paired(begun: Begun, out_member: npt.NDArray[np.int32], out_at: Instants) -> Ends:
    """The ends of presences, from their members' check-ins, declared stays and check-outs.

    An end that was told stands. Any other presence ends with the first check-out after its begin, unless the member
    checked in again, or began a declared stay in another village, before that; that begin is when they had left. But
    whoever checks in again in the same village within two days had not left: such a presence goes on without a
    check-out of its own, as long as the rest says, which keeps its first night. A stay declared in the same village
    ends nothing: paper tells once more what is known already. Nor does it end a check-in that counts in no village.
    Presences of nobody in particular end only as told. Members' presences count in the order of their begins, so that
    it does not matter in which order they were recorded; of two that begin together the one recorded later lasts.
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
    again, ended = _next_begins(begun.member[row], begun.village[row], begun.declared[row], begun.begin[row])
    check_out, left = np.full(count, UNKNOWN), np.full(count, UNKNOWN)
    made = (out_after != _NEVER) & (out_after <= again)
    check_out[row] = np.where(made, out_after, UNKNOWN)
    left_at = np.minimum(out_after, ended)
    left[row] = np.where(left_at != _NEVER, left_at, UNKNOWN)
    is_told = begun.told_end != UNKNOWN
    check_out[is_told] = left[is_told] = begun.told_end[is_told]
    return Ends(check_out, left)


def _next_begins(
    member: npt.NDArray[np.int32], village: npt.NDArray[np.int32], declared: npt.NDArray[np.bool_], begin: Instants
) -> tuple[Instants, Instants]:
    """For each presence, by member and begin, when the member's next one began that is told of it anew or ends it.

    The first is the next check-in anywhere, or declared stay elsewhere; the second leaves out check-ins that it goes on
    with. `_NEVER` without one.
    """
    total = len(member)
    stay, check_in = (_next_elsewhere(kind, member, village) for kind in (declared, ~declared))
    stay[village < 0] = total  # paper says nothing of a check-in that counts nowhere
    any_check_in = _next_where(~declared)
    late = any_check_in[_first_since(member, begin, begin + FIRST_NIGHT_US) - 1]
    ending = np.where(village < 0, any_check_in, np.minimum(check_in, late))
    return (
        _instant_of(np.minimum(stay, any_check_in), member, begin, member),
        _instant_of(np.minimum(stay, ending), member, begin, member),
    )


def _next_elsewhere(
    kind: npt.NDArray[np.bool_], member: npt.NDArray[np.int32], village: npt.NDArray[np.int32]
) -> npt.NDArray[np.intp]:
    """For each presence the position of the next one of a kind that is another member's or in another village."""
    found = np.flatnonzero(kind)
    is_turn = (member[found][1:] != member[found][:-1]) | (village[found][1:] != village[found][:-1])
    next_turn = _next_where(np.append(True, is_turn)[: len(found)])
    elsewhere = np.full(len(member) + 1, len(member))  # from each of the kind the next one in another village
    elsewhere[found] = np.append(found, len(member))[next_turn]
    following = _next_where(kind)
    goes_on = np.append(village, -1)[following] == village
    return np.where(goes_on, elsewhere[following], following)


def _first_since(member: npt.NDArray[np.int32], begin: Instants, since: Instants) -> npt.NDArray[np.intp]:
    """For each presence the position of its member's first one that began at `since` or later, or of what follows."""
    total = len(member)
    instants, is_begin = np.concatenate([since, begin]), np.arange(2 * total) >= total
    order = np.lexsort((is_begin, instants, np.tile(member, 2)))
    before = np.cumsum(is_begin[order])
    position = np.empty(2 * total, dtype=np.intp)
    position[order] = before
    return position[:total]


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
