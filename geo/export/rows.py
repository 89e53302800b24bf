"""A layer as it leaves: its public columns and its origin as cells, its shapes in the system of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.errors import InputError
from geo.export.symbols import Legend
from geo.geojson import plain
from geo.layers.spec import Column, ColumnKind, LayerSpec
from geo.origin import ORIGIN, Origin

PORTION: Final = 2_000
"""Rows that are held as text at once."""


@dataclass(frozen=True, eq=False)
class LayerFile:
    """A checked layer that is to be written, with where it comes from, and how a GIS is to draw it."""

    spec: LayerSpec
    frame: pd.DataFrame
    origin: Origin
    legend: Legend | None = None


@dataclass(frozen=True, eq=False)
class Leaving:
    """A layer on its way into a file. `columns` are the public ones; `shapes` are in `system`, None for a table."""

    spec: LayerSpec
    frame: pd.DataFrame
    shapes: Any
    system: str
    origin: str
    legend: Legend | None = None
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        public = tuple(column for column in self.spec.columns if not column.restricted)
        object.__setattr__(self, "columns", public)

    @property
    def names(self) -> list[str]:
        """The headings: those of the columns, and that of the origin."""
        return [*(column.name for column in self.columns), ORIGIN]

    @property
    def keys(self) -> list[str]:
        """Each row's stable id."""
        return [str(plain(key)) for key in self.frame[self.spec.key].tolist()]

    def portions(self) -> Iterator[Leaving]:
        """The same in pieces of `PORTION` rows; a layer without rows has one, without rows."""
        for start in range(0, max(len(self.frame), 1), PORTION):
            rows = slice(start, start + PORTION)
            shapes = None if self.shapes is None else self.shapes[rows]
            yield Leaving(self.spec, self.frame.iloc[rows], shapes, self.system, self.origin)

    def cells(self) -> Iterator[list[Any]]:
        """Each row as JSON knows its values (dates and instants are ISO 8601 text), the origin last."""
        columns = [[plain(cell) for cell in self.frame[column.name].tolist()] for column in self.columns]
        for row in zip(*columns, strict=True):
            yield [*row, self.origin]

    def where(self, mask: Any) -> Leaving:
        """The rows that `mask` tells, which are a part of the layer."""
        origin = f"{self.origin} part"
        return Leaving(self.spec, self.frame[mask], self.shapes[mask], self.system, origin, self.legend)


def leaving(layer: LayerFile, system: str) -> Leaving:
    """The layer in a system; InputError where that has no coordinates for a place of it."""
    spec, frame = layer.spec, layer.frame
    shapes = None
    if not spec.is_table:
        shapes = np.asarray(frame.geometry.values, dtype=object)
        if not crs.is_lon_lat_wgs84(system):
            shapes = np.asarray(crs.to_crs(shapes, system), dtype=object)
        if not _is_finite(shapes):
            raise InputError(f"{system} does not reach as far as {spec.name} do", parameter="crs")
    told = Origin(
        spec.name,
        layer.origin.version,
        None if spec.is_table else system,
        layer.origin.sequence,
        layer.origin.is_part,
    )
    return Leaving(spec, frame, shapes, system, str(told), layer.legend)


def _is_finite(shapes: Any) -> bool:
    portions = (shapes[first : first + PORTION] for first in range(0, len(shapes), PORTION))  # all would be a copy
    return all(np.isfinite(shapely.get_coordinates(portion)).all() for portion in portions)


def digits_of(system: str) -> int:
    """Decimal digits of a coordinate in a text: 1e-7 degree is about 1 cm, 1e-4 m is less."""
    return 7 if system == crs.GCJ02 or crs.parse(system).is_geographic else 4


def is_text(column: Column) -> bool:
    """Whether cells of a column are texts that somebody wrote, which a spreadsheet might run."""
    return column.kind in (ColumnKind.TEXT, ColumnKind.TERM, ColumnKind.TERMS)
