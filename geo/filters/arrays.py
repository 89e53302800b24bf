"""The A_ functions: arrays as sets, without order."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.filters.guard import refused
from geo.filters.values import Cells, Sets, Times, Value

_WHOLE: Final = {"a_equals": (1, 2), "a_contains": (2,), "a_containedBy": (1,)}
"""Which operands must lie wholly in the other; A_OVERLAPS asks for one common member."""


def related(op: str, left: Value, right: Value, length: int) -> Cells:
    """An A_ function of two arrays over `length` rows; null where one of them is."""
    a, b = _sets(op, left), _sets(op, right)
    rows = length if a.column or b.column else 1
    keys = np.concatenate([a.keys, b.keys])
    _, codes = np.unique(keys, return_inverse=True)
    mine, theirs = _pairs(a, codes[: len(a.keys)], len(keys), rows), _pairs(b, codes[len(a.keys) :], len(keys), rows)
    shared = np.intersect1d(mine, theirs, assume_unique=True)
    common, *sizes = (np.bincount(pairs // max(len(keys), 1), minlength=rows) for pairs in (shared, mine, theirs))
    whole = [common == sizes[operand - 1] for operand in _WHOLE.get(op, ())]
    held = np.logical_and.reduce(whole) if whole else common > 0
    missing = np.broadcast_to(a.missing, rows) | np.broadcast_to(b.missing, rows)
    found = pa.array(held, mask=missing)
    return Cells("boolean", found if a.column or b.column else found[0])


def _sets(op: str, value: Value) -> Sets:
    if not isinstance(value, Sets):
        raise refused(f"{op} takes arrays, not {value.kind}")
    return value


def _pairs(sets: Sets, codes: Any, keys: int, rows: int) -> Any:
    """One number for each different member of each row."""
    if sets.column:
        return np.unique(sets.rows * keys + codes)
    return np.unique((np.arange(rows)[:, None] * keys + codes).ravel())


def gathered(members: list[Value], length: int) -> Sets:
    """An array literal; with a property among its members it differs from row to row."""
    parts = [_keys(member) for member in members]
    column = any(len(keys) != 1 or many for keys, many in parts)
    rows = length if column else 1
    wide = [np.broadcast_to(keys, rows) for keys, _ in parts]
    everything = np.array(wide, dtype=object).reshape(len(wide), rows)
    unknown: Any = pd.isna(everything)
    missing = unknown.any(axis=0)
    at = np.tile(np.arange(rows), len(wide))
    return Sets(at, np.where(missing[at], "", everything.ravel()), missing, column=column)


def _keys(member: Value) -> tuple[Any, bool]:
    """A text for each member, such that equal members have equal texts, None where one is missing; and if many."""
    data = member.data if isinstance(member, Cells | Times) else None
    if data is None:
        raise refused(f"{member.kind} is no member of an array here")
    many = not isinstance(data, pa.Scalar)
    values = data.to_pylist() if many else [data.as_py()]
    return np.array([None if one is None else f"{member.kind} {one}" for one in values], dtype=object), many
