"""Sums over numbers, in float64. What is no number (a division by zero, an overflow) is null."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa

from geo.filters.guard import refused
from geo.filters.values import Cells, Value

_SUMS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda left, right: np.trunc(np.divide(left, right)),
    "^": np.power,
}
"""`div` cuts towards zero and `%` has the sign of its left side, as in SQL: a = (a div b) * b + a % b."""


def computed(op: str, left: Value, right: Value) -> Cells:
    """`left op right` of two numbers."""
    a, b = _numbers(op, left), _numbers(op, right)
    with np.errstate(all="ignore"):
        found = _SUMS[op](a, b)
    known = np.isfinite(found) & ~np.isnan(a) & ~np.isnan(b)  # 1 ^ null is null, though numpy's 1 ^ NaN is 1
    found = np.where(known, found, np.nan)
    if found.ndim == 0:
        return Cells("number", pa.scalar(None if np.isnan(found) else float(found), pa.float64()))
    return Cells("number", pa.array(found, from_pandas=True))


def _numbers(op: str, value: Value) -> Any:
    if not isinstance(value, Cells) or value.kind != "number":
        raise refused(f"{op} takes numbers, not {value.kind}")
    if isinstance(value.data, pa.Scalar):
        return np.float64(value.data.as_py() if value.data.is_valid else np.nan)
    return value.data.to_numpy(zero_copy_only=False)
