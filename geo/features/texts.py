"""Rows as the JSON texts that stand before and after a feature's geometry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.features.outlines import Rows, starts
from geo.geojson import dumps
from geo.layers.spec import ColumnKind, LayerSpec

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """n texts of bytes, one after another: text i is `data`[start[i]..start[i + 1]]."""

    data: Bytes
    start: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> Texts:
        """Some texts."""
        known = list(texts)
        lengths = np.fromiter(map(len, known), dtype=np.int64, count=len(known))
        # Of bytes the array would be read-only: another type, for which everything would be compiled once more.
        return cls(np.frombuffer(bytearray().join(known), dtype=np.uint8), starts(lengths))

    def length(self, rows: Rows) -> int:
        """How many bytes some of the texts have together."""
        return int((self.start[rows + 1] - self.start[rows]).sum())


def heads(ids: Iterable[str]) -> Texts:
    """What stands before the geometries of the features with these ids."""
    return Texts.of(b'{"type":"Feature","id":' + dumps(identity) + b',"geometry":' for identity in ids)


def tails(
    frame: pd.DataFrame, spec: LayerSpec, names: Sequence[str], rows: Rows, members: Mapping[str, Any] | None = None
) -> Texts:
    """What stands after the geometries of `rows`: the properties of these names, null where missing, ISO times.

    `members` are the last properties of every one.
    """
    columns = [_plain(frame[name].take(rows), spec.names[name].kind) for name in names]
    cells = zip(*columns, strict=True) if names else [()] * len(rows)
    more = members or {}
    return Texts.of(b',"properties":' + dumps({**dict(zip(names, row, strict=True)), **more}) + b"}" for row in cells)


def _plain(column: pd.Series[Any], kind: ColumnKind) -> list[Any]:
    cells = column.tolist()
    if kind is ColumnKind.NUMBER:  # NaN is written as null
        return cells
    known = column.notna()
    if kind in (ColumnKind.DATE, ColumnKind.INSTANT):
        return [cell.isoformat() if is_known else None for cell, is_known in zip(cells, known, strict=True)]
    if known.all():
        return cells
    return [cell if is_known else None for cell, is_known in zip(cells, known, strict=True)]
