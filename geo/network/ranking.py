"""The first arrivals at a place, kept in order while they come in.

A *label* is `arrival_ms << 32 | stand`: its order is that of arrival, with ties to the lower stand. A *row* is three
arrays: the k first labels; how each of them comes; the labels of those passed over, who come sooner and are not
allowed. Where nobody has come yet, a label holds the latest time that counts and NUMBER.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from geo.network.compiled import lean
from geo.network.stands import NEVER_MS

NUMBER: Final = 0xFFFF_FFFF
"""The bits of a label that hold its number; all set, they come after every stand."""


@lean
def needed_of(allowed: Any, stand_ms: Any, row: Any) -> Any:
    """How many arrivals and how many passed over can come at all, at most as many as are asked for."""
    some, tied = 0, 0
    for stand in range(len(allowed)):
        tied += stand_ms[stand] < NEVER_MS
        some += allowed[stand] and stand_ms[stand] < NEVER_MS
    return min(some, len(row[0])), min(tied - some, len(row[2]))


@lean
def last_label(row: Any, needed: Any) -> Any:
    """The label from which on nothing changes the answer."""
    labels, _, passed = row
    last = labels[needed[0] - 1] if needed[0] else np.int64(0)
    if needed[0] < len(labels) and needed[1]:  # the k-th never comes: those passed over are bounded by themselves
        last = max(last, passed[needed[1] - 1])
    return last


@lean
def take(label: Any, how: Any, allowed: Any, row: Any) -> None:
    """Sort an arrival in, once for each stand, if it is soon enough to count."""
    labels, hows, passed = row
    if allowed:
        first, last = _slots(labels, label)
        if first < last:
            for slot in range(last - 1, first, -1):
                labels[slot], hows[slot] = labels[slot - 1], hows[slot - 1]
            labels[first], hows[first] = label, how
    elif label < labels[-1]:
        first, last = _slots(passed, label)
        if first < last:
            for slot in range(last - 1, first, -1):
                passed[slot] = passed[slot - 1]
            passed[first] = label


@lean
def _slots(labels: Any, label: Any) -> Any:
    """Where a label goes, and after how many places the row is as it was; two equal numbers where it stays out."""
    first, count, stand = 0, len(labels), label & NUMBER
    while first < count and labels[first] <= label:
        if labels[first] & NUMBER == stand:
            return 0, 0
        first += 1
    last = first
    while last < count and labels[last] & NUMBER != stand:
        last += 1
    return first, min(last + 1, count)
