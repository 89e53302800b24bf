"""When each presence ended: the check-out that its member made, else the member's next check-in."""

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


def paired(
    member: npt.NDArray[np.int32],
    begin: Instants,
    told: Instants,
    out_member: npt.NDArray[np.int32],
    out_at: Instants,
) -> Ends:
    """The ends of presences (in the order they were recorded), from their members' check-ins and check-outs.

    An end that was `told` with the presence stands. Any other presence ends with the first check-out after its begin,
    unless the member's next presence began before that; that next begin is when they had left. Presences of nobody
    in particular (member -1) end only as told. Members' presences count in the order of their begins, so that it does
    not matter in which order they were recorded; of two that begin together the one recorded later lasts.
    """
    count, total = len(member), len(member) + len(out_member)
    members = np.concatenate([out_member, member])
    instants = np.concatenate([out_at, begin])  # at one instant the check-out comes first: it ended what was before
    order = np.lexsort((np.arange(total), instants, members))
    sorted_members = members[order]
    is_out = order < len(out_member)
    next_out = _next_where(is_out, total)
    next_in = _next_where(~is_out, total)
    check_out, left = np.full(count, UNKNOWN), np.full(count, UNKNOWN)
    at = np.flatnonzero(~is_out & (sorted_members >= 0))
    row = order[at] - len(out_member)
    out_after = _instant_of(next_out[at], sorted_members, instants[order], sorted_members[at])
    in_after = _instant_of(next_in[at], sorted_members, instants[order], sorted_members[at])
    made = (out_after != _NEVER) & (out_after <= in_after)
    check_out[row] = np.where(made, out_after, UNKNOWN)
    left[row] = np.where(made, out_after, np.where(in_after != _NEVER, in_after, UNKNOWN))
    is_told = told != UNKNOWN
    check_out[is_told] = left[is_told] = told[is_told]
    return Ends(check_out, left)


def _next_where(flags: npt.NDArray[np.bool_], total: int) -> npt.NDArray[np.intp]:
    """For each position the first later one that is flagged; `total` where there is none."""
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
