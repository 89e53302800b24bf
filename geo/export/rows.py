"""A layer as it leaves: its public columns and its origin as cells, its shapes in the system of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    """A checked layer that is to be written, with where it comes from, and how a GIS is to draw it.

    It is written with `columns` (None: its public ones; others are for those who may read them), and with its shapes
    unless it is to `skip_geometry`.
    """

    spec: LayerSpec
    frame: pd.DataFrame
    origin: Origin
    legend: Legend | None = None
    columns: tuple[Column, ...] | None = None
    skip_geometry: bool = False

    @property
    def has_shapes(self) -> bool:
        """Whether the file is to have the places of the rows."""
        return not (self.spec.is_table or self.skip_geometry)

    @property
    def written_columns(self) -> tuple[Column, ...]:
        """The columns of the file, but for that of the origin."""
        if self.columns is not None:
            return self.columns
        return tuple(column for column in self.spec.columns if not column.restricted)


@dataclass(frozen=True, eq=False)
class Leaving:
    """A layer on its way into a file. `columns` are those to write; `shapes` are in `system`, None for none."""

    spec: LayerSpec
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    shapes: Any
    system: str
    version: Origin
    legend: Legend | None = None

    @property
    def origin(self) -> str:
        """What every row says of where it comes from."""
        return str(self.version)

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
            yield replace(self, frame=self.frame.iloc[rows], shapes=shapes)

    def cells(self) -> Iterator[list[Any]]:
        """Each row as JSON knows its values (dates and instants are ISO 8601 text), the origin last."""
        columns = [[plain(cell) for cell in self.frame[column.name].tolist()] for column in self.columns]
        origin = self.origin
        for row in zip(*columns, strict=True):
            yield [*row, origin]

    def where(self, mask: Any) -> Leaving:
        """The rows that `mask` tells, which are a part of the layer."""
        part = replace(self.version, is_part=True)
        return replace(self, frame=self.frame[mask], shapes=self.shapes[mask], version=part)


def leaving(layer: LayerFile, system: str) -> Leaving:
    """The layer in a system; InputError where that has no coordinates for a place of it."""
    spec, frame = layer.spec, layer.frame
    shapes = None
    if layer.has_shapes:
        shapes = np.asarray(frame.geometry.values, dtype=object)
        if not crs.is_lon_lat_wgs84(system):
            shapes = np.asarray(crs.to_crs(shapes, system), dtype=object)
        if not _is_finite(shapes):
            raise InputError(f"{system} does not reach as far as {spec.name} do", parameter="crs")
    told = replace(layer.origin, crs=None if spec.is_table else system)
    return Leaving(spec, layer.written_columns, frame, shapes, system, told, layer.legend)


def _is_finite(shapes: Any) -> bool:
    portions = (shapes[first : first + PORTION] for first in range(0, len(shapes), PORTION))  # all would be a copy
    return all(np.isfinite(shapely.get_coordinates(portion)).all() for portion in portions)


def digits_of(system: str) -> int:
    """Decimal digits of a coordinate in a text: 1e-7 degree is about 1 cm, 1e-4 m is less."""
    return 7 if system == crs.GCJ02 or crs.parse(system).is_geographic else 4


def is_text(column: Column) -> bool:
    """Whether cells of a column are texts that somebody wrote, which a spreadsheet might run."""
    return column.kind in (ColumnKind.TEXT, ColumnKind.TERM, ColumnKind.TERMS)
