"""What a filter is asked of: a frame, what its queryables are, and what is prepared from it once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.calendar import CHINA
from geo.filters.guard import refused
from geo.filters.tree import Call
from geo.filters.values import DAY_US, Cells, Sets, Shapes, Spans, Times, Value
from geo.layers.spec import ColumnKind, LayerSpec

GEOMETRY: Final = "geometry"
_FOLDED: Final = 4
_CHINA_US: Final = int(CHINA.utcoffset(None).total_seconds() * 1_000_000)


class QueryableType(StrEnum):
    """What a queryable's values are to a filter."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    TEXTS = "texts"  # an array of texts; the frame holds them joined by ";"
    GEOMETRY = "geometry"  # the frame's own


OF_COLUMNS: Final[Mapping[ColumnKind, QueryableType]] = MappingProxyType(
    {
        ColumnKind.TEXT: QueryableType.TEXT,
        ColumnKind.TERM: QueryableType.TEXT,
        ColumnKind.TERMS: QueryableType.TEXTS,
        ColumnKind.INTEGER: QueryableType.NUMBER,
        ColumnKind.NUMBER: QueryableType.NUMBER,
        ColumnKind.LEVEL: QueryableType.NUMBER,
        ColumnKind.BOOLEAN: QueryableType.BOOLEAN,
        ColumnKind.DATE: QueryableType.DATE,
        ColumnKind.INSTANT: QueryableType.INSTANT,
    }
)


def queryables_of(spec: LayerSpec) -> dict[str, QueryableType]:
    """The queryables of a layer: its public columns, and `geometry` unless it is a table."""
    found = {column.name: OF_COLUMNS[column.kind] for column in spec.columns if not column.restricted}
    return found if spec.is_table else {**found, GEOMETRY: QueryableType.GEOMETRY}


@dataclass(frozen=True, eq=False)
class FilterSource:
    """A frame of n rows and its queryables (name -> type), prepared for filters; safe to share between threads.

    Columns are read by the names of their queryables; a queryable of type geometry is the frame's active geometry,
    WGS84 longitude and latitude, whatever its name. A `tree` over the same shapes in the same order may be handed in.
    """

    frame: pd.DataFrame
    queryables: Mapping[str, QueryableType]
    tree: shapely.STRtree | None = None
    _prepared: dict[str, Value] = field(default_factory=dict, init=False, repr=False)
    _folded: dict[Call, Value] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def check(self, names: frozenset[str]) -> None:
        """InputError that lists the queryables when one of `names` is none of them."""
        unknown = sorted(names - self.queryables.keys())
        if unknown:
            raise refused(
                f"{', '.join(map(repr, unknown))} is no queryable here; there are {', '.join(self.queryables)}"
            )

    def values(self, name: str) -> Value:
        """The values of a queryable, prepared when it is first asked for."""
        if name not in self._prepared:
            self._prepared[name] = self._made(name)
        return self._prepared[name]

    def folded(self, fold: Call, make: Callable[[], Value]) -> Value:
        """The texts of a queryable folded, which `make` makes; the few that were asked for last are kept."""
        found = self._folded.get(fold) or make()
        with self._lock:
            self._folded.pop(fold, None)
            self._folded[fold] = found
            while len(self._folded) > _FOLDED:
                del self._folded[next(iter(self._folded))]
        return found

    def _made(self, name: str) -> Value:
        kind = self.queryables[name]
        if kind is QueryableType.GEOMETRY:
            return Shapes(self.shapes, column=True)
        series = self.frame[name]
        match kind:
            case QueryableType.TEXT:
                return Cells("text", _arrow(series, pa.large_string()))
            case QueryableType.NUMBER:
                return Cells("number", pa.array(series.to_numpy(float, na_value=np.nan), from_pandas=True))
            case QueryableType.BOOLEAN:
                return Cells("boolean", _arrow(series, pa.bool_()))
            case QueryableType.TEXTS:
                return _sets(_arrow(series, pa.large_string()))
            case QueryableType.DATE:
                return _days(_arrow(series, pa.date32()))
            case _:
                at_us = _arrow(series, pa.timestamp("us", "UTC")).cast(pa.int64())
                return Times(Spans(at_us, at_us), Spans(at_us, at_us))

    @cached_property
    def shapes(self) -> Any:
        """The rows' geometries as an array of shapely's, None where there is none."""
        return np.asarray(self.frame[self.frame.geometry.name].values, dtype=object)

    @cached_property
    def index(self) -> shapely.STRtree:
        """The tree over `shapes`."""
        return shapely.STRtree(self.shapes) if self.tree is None else self.tree

    @cached_property
    def missing(self) -> Any:
        """Which rows have no geometry."""
        return shapely.is_missing(self.shapes)

    @cached_property
    def boxes(self) -> Any:
        """West, south, east and north of every shape, shape (4, n); NaN where there is none."""
        return shapely.bounds(self.shapes).T.copy()

    @cached_property
    def corners(self) -> Any:
        """One place on every shape (its first corner) as lon and lat, shape (2, n); NaN where there is none."""
        counts = shapely.get_num_coordinates(self.shapes)
        found = np.full((2, len(self)), np.nan)
        first = np.cumsum(counts) - counts
        found[:, counts > 0] = shapely.get_coordinates(self.shapes)[first[counts > 0]].T
        return found


def _arrow(series: pd.Series[Any], kind: pa.DataType) -> Any:
    made = pa.array(series, from_pandas=True)
    whole = made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    return whole.cast(kind, safe=False)


def _days(days: Any) -> Times:
    first = pc.subtract(pc.multiply(days.cast(pa.int32()).cast(pa.int64()), DAY_US), _CHINA_US)
    span = Spans(first, pc.add(first, DAY_US - 1))
    return Times(span, span)


def _sets(joined: Any) -> Sets:
    parts = pc.split_pattern(joined, ";")
    words = pc.list_flatten(parts)
    rows = pc.list_parent_indices(parts).to_numpy(zero_copy_only=False)
    given = pc.not_equal(words, "").to_numpy(zero_copy_only=False)
    keys = np.array([f"text {word}" for word in words.to_pylist()], dtype=object)[given]
    return Sets(rows[given], keys, joined.is_null().to_numpy(zero_copy_only=False), column=True)
