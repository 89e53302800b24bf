"""Conditions: what closures do to the roads, as a mark on each segment and a small table.

A closure never changes the network. A segment that no closure acts on has mark 0; the others point to a row that says
whether it can still be driven through, how long that takes, and which stretch of it is closed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from geo.network.compiled import lean
from geo.network.graph import NO_WAY, Floats, Ints, RoadNetwork

CLOSED: Final = math.inf
"""The slowdown of a stretch that cannot be passed."""


@dataclass(frozen=True, slots=True, eq=False)
class Restriction:
    """What one closure, zone or event does to n stretches of road; a segment may come more than once.

    `cause` is its id. `segment`, `from_share`, `to_share`: the stretches, shape (n,), 0 <= from <= to <= 1.
    `slowdown`: how many times as long each stretch takes, at least 1, one for all or shape (n,); CLOSED where nobody
    passes.
    """

    cause: str
    segment: Ints
    from_share: Floats
    to_share: Floats
    slowdown: float | Floats


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """The roads under closures: `mark` (S,) is 0 where a segment is as on the open network, else a row of the rest.

    `forward_ms`, `backward_ms`: the time to drive through, NO_WAY where one cannot. `pace_forward_ms`,
    `pace_backward_ms`: the whole times of which parts are taken on the ends that stay open; they equal the former
    unless a stretch is closed. `closed_from`, `closed_to`: the shares between which a segment is closed, 1 and 0
    where it is only slowed. `causes`: ids of the closures that act on the row, in order. Row 0 is not used.
    """

    mark: Ints
    forward_ms: Ints
    backward_ms: Ints
    pace_forward_ms: Ints
    pace_backward_ms: Ints
    closed_from: Floats
    closed_to: Floats
    causes: tuple[tuple[str, ...], ...]

    @property
    def is_open(self) -> bool:
        """Whether no closure acts on any segment."""
        return len(self.causes) == 1


def open_roads(network: RoadNetwork) -> Conditions:
    """The conditions without closures."""
    return conditions_of(network, ())


def conditions_of(network: RoadNetwork, restrictions: Sequence[Restriction]) -> Conditions:
    """What restrictions do together: closed stretches of a segment merge to their hull, the slowest pace counts.

    A slowdown is spread over the whole segment: driving it takes T * (1 + (to - from) * (slowdown - 1)).
    """
    segment = _joined([one.segment for one in restrictions], np.int32)
    touched, row = np.unique(segment, return_inverse=True)
    from_share, to_share = (
        _joined([getattr(one, name) for one in restrictions], np.float64) for name in ("from_share", "to_share")
    )
    slowdown = _joined([np.broadcast_to(one.slowdown, one.segment.shape) for one in restrictions], np.float64)
    closes = np.isinf(slowdown)
    closed_from, closed_to, factor = np.ones(len(touched)), np.zeros(len(touched)), np.ones(len(touched))
    np.minimum.at(closed_from, row[closes], from_share[closes])
    np.maximum.at(closed_to, row[closes], to_share[closes])
    slows = ~closes
    np.maximum.at(factor, row[slows], 1 + (to_share - from_share)[slows] * (slowdown[slows] - 1))
    shut = np.isin(np.arange(len(touched)), row[closes])
    forward_ms, backward_ms = (_slowed(ms[touched], factor) for ms in (network.forward_ms, network.backward_ms))
    mark = np.zeros(network.segments, dtype=np.int32)
    mark[touched] = np.arange(1, len(touched) + 1)
    return Conditions(
        mark=mark,
        forward_ms=_with_row_0(np.where(shut, NO_WAY, forward_ms), np.int32),
        backward_ms=_with_row_0(np.where(shut, NO_WAY, backward_ms), np.int32),
        pace_forward_ms=_with_row_0(forward_ms, np.int32),
        pace_backward_ms=_with_row_0(backward_ms, np.int32),
        closed_from=_with_row_0(closed_from, np.float64),
        closed_to=_with_row_0(closed_to, np.float64),
        causes=((), *_causes(restrictions, row, len(touched))),
    )


def _joined(parts: list[Any], dtype: Any) -> Any:
    return np.concatenate([np.empty(0, dtype=dtype), *parts]).astype(dtype, copy=False)


def _with_row_0(values: Any, dtype: Any) -> Any:
    return np.concatenate([np.zeros(1), values]).astype(dtype)


def _slowed(whole_ms: Ints, factor: Floats) -> Any:
    return np.where(whole_ms == NO_WAY, NO_WAY, np.floor(whole_ms * factor + 0.5))


def _causes(restrictions: Sequence[Restriction], row: Any, rows: int) -> list[tuple[str, ...]]:
    found: list[dict[str, None]] = [{} for _ in range(rows)]
    begin = 0
    for one in restrictions:
        for position in row[begin : begin + len(one.segment)].tolist():
            found[position][one.cause] = None
        begin += len(one.segment)
    return [tuple(sorted(causes)) for causes in found]


def kernel_roads(network: RoadNetwork, conditions: Conditions) -> tuple[Any, ...]:
    """What the kernels must know of the segments; `ends_ms` and `direct_ms` take it apart."""
    return (
        network.segment_from,
        network.segment_to,
        network.forward_ms,
        network.backward_ms,
        conditions.mark,
        conditions.pace_forward_ms,
        conditions.pace_backward_ms,
        conditions.closed_from,
        conditions.closed_to,
        conditions.forward_ms,
        conditions.backward_ms,
    )


@lean
def part_ms(share: Any, whole_ms: Any) -> Any:
    """The time of a share of a segment, rounded half up."""
    return np.int64(math.floor(share * whole_ms + 0.5))


@lean
def ends_ms(roads: Any, segment: Any, share: Any) -> Any:
    """For a place on a segment: the whole times along and against it, and whether its start and end are open to it."""
    _, _, forward_ms, backward_ms, mark, pace_forward_ms, pace_backward_ms, closed_from, closed_to, _, _ = roads
    row = mark[segment]
    if row == 0:
        return forward_ms[segment], backward_ms[segment], True, True
    passable = closed_from[row] > closed_to[row]
    start_open, end_open = passable or share < closed_from[row], passable or share > closed_to[row]
    return pace_forward_ms[row], pace_backward_ms[row], start_open, end_open


@lean
def direct_ms(roads: Any, segment: Any, share: Any, place: Any) -> Any:
    """The drive along one segment from a share of it to another; NO_WAY where a rule or a closure forbids it."""
    along_ms, against_ms, start_open, end_open = ends_ms(roads, segment, share)
    _, _, place_start_open, place_end_open = ends_ms(roads, segment, place)
    if (start_open and place_start_open) or (end_open and place_end_open):
        if share <= place and along_ms != NO_WAY:
            return part_ms(place, along_ms) - part_ms(share, along_ms)
        if share >= place and against_ms != NO_WAY:
            return part_ms(share, against_ms) - part_ms(place, against_ms)
    return np.int64(NO_WAY)
