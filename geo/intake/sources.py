"""What a file gave, before anyone asks what it means: rows in the file's own columns and the file's own claims."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from geo.errors import Fault
from geo.origin import Origin

GEOMETRY = "geometry"


class Axes(Enum):
    """What the columns that the places were read from call themselves."""

    NONE = "none"  # there are no places
    SHAPES = "shapes"  # the file holds shapes, first axis x (east, longitude), second y, as GIS formats have it
    LON_LAT = "lon_lat"  # named longitude and latitude: degrees
    EAST_NORTH = "east_north"  # named east and north (东坐标, 北坐标): metres, no doubt which is which
    X_Y = "x_y"  # named X and Y: X was taken as east, but Chinese survey tables call the north X


@dataclass(frozen=True, eq=False)
class Source:
    """A file's rows and its claims.

    `frame` has every row of the file in its own columns: a GeoDataFrame without CRS whose shapes stand in `geometry`,
    or a plain DataFrame when `axes` is NONE. Texts and codes are text. `declared_crs` is what the file itself says
    (None: nothing). `faults` name rows that cannot be taken as they stand (`Fault.layer` is the layer in the file);
    their rows are in the frame all the same. `notes` are to be said to the user. `origin` is which
    version of a layer the rows were exported from, None where the file tells none.
    """

    frame: pd.DataFrame
    declared_crs: str | None
    format: str
    encoding: str | None
    encoding_found_by: str
    layer: str
    layers: tuple[str, ...]
    axes: Axes
    place_columns: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    origin: Origin | None = None

    @property
    def rows(self) -> int:
        """How many data rows the file has."""
        return len(self.frame)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """No cyclic garbage collection meanwhile: millions of new lists without cycles set it off again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def with_shapes(columns: pd.DataFrame, shapes: object) -> tuple[pd.DataFrame, list[str]]:
    """The columns with their shapes in `geometry`, no CRS; a column of that name gives way, and the note says so."""
    notes = []
    if GEOMETRY in columns.columns:
        other = next(name for n in range(1, 1000) if (name := f"{GEOMETRY}_{n}") not in columns.columns)
        columns = columns.rename(columns={GEOMETRY: other})
        notes.append(f"the column {GEOMETRY} is now called {other}, because the shapes go by that name")
    frame: pd.DataFrame = geopandas.GeoDataFrame(columns, geometry=np.asarray(shapes, dtype=object))
    return frame, notes


def plain_shapes(found: Sequence[Any]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Shapes, or what they are made from, in an array of objects (numpy would take a multi-shape apart)."""
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array


def unique_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Headings made unique and non-empty, and a note for each that had to be changed."""
    given: list[str] = []
    notes: list[str] = []
    for position, name in enumerate(names, start=1):
        base = name or f"column {position}"
        new, count = base, 1
        while new in given:
            count += 1
            new = f"{base} ({count})"
        if new != name:
            said = f"the second {name!r}" if name else "without a heading"
            notes.append(f"column {position} ({said}) is called {new!r}")
        given.append(new)
    return given, notes
