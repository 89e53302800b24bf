"""Rows as the JSON texts that stand round a feature's geometry: its id, and its properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from geo.features.outlines import Rows
from geo.geojson import dumps
from geo.layers.spec import ColumnKind, LayerSpec

Bytes = npt.NDArray[np.uint8]

_BATCH: Final = 4_000
"""Values that are made JSON at once; none of Python's objects outlive it."""
_MARK: Final = 0x1E
"""A byte that no JSON has in it, put between the values."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """n texts of bytes: text i is `data`[start[i]..end[i]]."""

    data: Bytes
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]

    @classmethod
    def of(cls, batches: Iterable[list[Any]]) -> Texts:
        """Each value of all batches as JSON."""
        data, mark = bytearray(), orjson.Fragment(bytes([_MARK]))
        for batch in batches:
            marked = [mark] * (2 * len(batch))
            marked[::2] = batch
            data += dumps(marked)[1:-1] + b","  # value, comma, mark, comma
        # Of bytes the array would be read-only: another type, for which everything would be compiled once more.
        held = np.frombuffer(data, dtype=np.uint8)
        marks = np.flatnonzero(held == _MARK)
        return cls(held, np.append(0, marks[:-1] + 2)[: len(marks)], marks - 1)

    def length(self, rows: Rows) -> int:
        """How many bytes some of the texts have together."""
        return int((self.end[rows] - self.start[rows]).sum())


def id_texts(ids: Sequence[str]) -> Texts:
    """The features' ids."""
    return Texts.of(list(ids[first : first + _BATCH]) for first in range(0, len(ids), _BATCH))


def property_texts(
    frame: pd.DataFrame, spec: LayerSpec, names: Sequence[str], rows: Rows, members: Mapping[str, Any] | None = None
) -> Texts:
    """The properties of these names of `rows`, null where missing, ISO times; `members` are the last of every one."""
    return Texts.of(_properties(frame, spec, names, rows, members or {}))


def _properties(
    frame: pd.DataFrame, spec: LayerSpec, names: Sequence[str], rows: Rows, members: Mapping[str, Any]
) -> Iterator[list[Any]]:
    keys, same = (*names, *members), [[value] for value in members.values()]
    for first in range(0, len(rows), _BATCH):
        some = rows[first : first + _BATCH]
        columns = [_plain(frame[name].take(some), spec.names[name].kind) for name in names]
        columns += [value * len(some) for value in same]
        cells = zip(*columns, strict=True) if keys else [()] * len(some)
        yield [dict(zip(keys, row, strict=True)) for row in cells]


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
