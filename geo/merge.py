"""Three versions of one layer made one: as it was exported, as it is now, and as a file has it.

What only the file changed is taken from the file, what only the county changed stays, and what both changed in
different ways is a conflict: nobody's change is written over because it came first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.geojson import plain
from geo.layers.spec import Column, ColumnKind, LayerSpec, check

Mask = npt.NDArray[np.bool_]

GEOMETRY: Final = "geometry"
SAME_PLACE_DEG: Final = 1e-7
"""A corner that moved by less, about 1 cm, was rounded by a format, and not moved by a person."""
_SAME_NUMBER: Final = 1e-14  # of it: KML writes fifteen digits
_SAME_INSTANT: Final = pd.Timedelta(milliseconds=1)
_SHOWN: Final = 80


class Side(StrEnum):
    """Whose change holds where both changed the same."""

    FILE = "file"
    COUNTY = "county"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One cell that both changed, each version as text. `column` None: the row, which one side removed."""

    key: str
    column: str | None
    base: str | None
    county: str | None
    file: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the layer that the file changes, and the columns in which it does."""

    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Merge:
    """The layer after the file, and what the file did since it was exported. With conflicts that nobody has decided
    `frame` has the county's side of them."""

    frame: pd.DataFrame
    added: tuple[str, ...]
    changed: tuple[Change, ...]
    removed: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def merged(
    base: pd.DataFrame,
    county: pd.DataFrame,
    file: pd.DataFrame,
    spec: LayerSpec,
    *,
    decided: Side | None = None,
    removes: bool = True,
    written: Callable[[str], str] = str,
) -> Merge:
    """Checked frames of one layer merged row by row of the same id, and cell by cell.

    `decided` says whose side conflicts take. Rows that the file lacks are removed only where it `removes`. `written`
    is what the file's format makes of a text: a text that it cut has not been changed.
    """
    return _Merging(base, county, file, spec, decided, removes, written).done()


class _Merging:
    def __init__(
        self,
        base: pd.DataFrame,
        county: pd.DataFrame,
        file: pd.DataFrame,
        spec: LayerSpec,
        decided: Side | None,
        removes: bool,
        written: Callable[[str], str],
    ) -> None:
        self.spec, self.decided, self.removes, self.written = spec, decided, removes, written
        self.base, self.county, self.file = (one.set_index(spec.key, drop=False) for one in (base, county, file))
        self.columns = [column for column in spec.columns if not column.derived and column.name != spec.key]
        self.conflicts: list[Conflict] = []
        self.changed: dict[Any, list[str]] = {}

    def done(self) -> Merge:
        """The merge of all rows."""
        in_base, in_county, in_file = self.base.index, self.county.index, self.file.index
        both = in_file.intersection(in_county, sort=False)
        result = self.county.copy()
        self._cells(result, both.intersection(in_base, sort=False), self.base)
        self._cells(result, both.difference(in_base, sort=False), None)
        added = in_file.difference(in_base, sort=False).difference(in_county, sort=False)
        revived = self._changed_here_removed_there(in_file.intersection(in_base).difference(in_county))
        removed = self._removed_here(in_base.intersection(in_county).difference(in_file)) if self.removes else []
        parts = [result.drop(index=removed), self.file.loc[[*added, *revived]]]
        frame = check(_together([part for part in parts if len(part)] or parts[:1]), self.spec)
        changes = tuple(Change(_text(key), tuple(columns)) for key, columns in self.changed.items())
        return Merge(frame, _texts([*added, *revived]), changes, _texts(removed), tuple(self.conflicts))

    def _cells(self, result: pd.DataFrame, keys: Any, base: pd.DataFrame | None) -> None:
        """Cells of the rows that county and file have; without `base` both have added them."""
        if not len(keys):
            return
        ours, theirs = self.file.loc[keys], self.county.loc[keys]
        was = None if base is None else base.loc[keys]
        for name, column in self._all():
            agree = self._same(column, ours[name], theirs[name])
            by_file = ~agree if was is None else ~agree & ~self._same(column, ours[name], was[name])
            disputed = by_file if was is None else by_file & ~self._same(column, theirs[name], was[name])
            taken = by_file & ~disputed if self.decided is not Side.FILE else by_file
            for place in np.flatnonzero(disputed):
                before = None if was is None else was[name].iloc[place]
                self._dispute(keys[place], column, before, theirs[name].iloc[place], ours[name].iloc[place])
            for key in keys[taken]:
                self.changed.setdefault(key, []).append(name)
            _put(result, name, keys[taken], ours[name].array[taken])

    def _changed_here_removed_there(self, keys: Any) -> list[Any]:
        """Rows that the county removed and the file has changed; those that come back by decision."""
        changed = [(key, columns) for key in keys if (columns := self._differs(self.base, self.file, key))]
        for key, columns in changed:
            self.conflicts.append(Conflict(_text(key), None, "", None, ", ".join(columns)))
        return [key for key, _ in changed] if self.decided is Side.FILE else []

    def _removed_here(self, keys: Any) -> list[Any]:
        """Rows that the file has removed; of those that the county changed only where the file's side holds."""
        removed = []
        for key in keys:
            columns = self._differs(self.base, self.county, key)
            if columns:
                self.conflicts.append(Conflict(_text(key), None, "", ", ".join(columns), None))
            if not columns or self.decided is Side.FILE:
                removed.append(key)
        return removed

    def _differs(self, one: pd.DataFrame, other: pd.DataFrame, key: Any) -> list[str]:
        rows = one.loc[[key]], other.loc[[key]]
        return [name for name, column in self._all() if not self._same(column, rows[1][name], rows[0][name])[0]]

    def _dispute(self, key: Any, column: Column | None, base: Any, county: Any, file: Any) -> None:
        name = GEOMETRY if column is None else column.name
        hidden = column is not None and column.restricted
        shown = [None if cell is None else "(restricted)" if hidden else _shown(cell) for cell in (base, county, file)]
        self.conflicts.append(Conflict(_text(key), name, *shown))

    def _all(self) -> list[tuple[str, Column | None]]:
        named: list[tuple[str, Column | None]] = [(column.name, column) for column in self.columns]
        return named if self.spec.is_table else [*named, (GEOMETRY, None)]

    def _same(self, column: Column | None, new: pd.Series, old: pd.Series) -> Mask:
        """Which cells are the same, `new` as a format may have given back `old`."""
        if column is None:
            return _same_places(np.asarray(new.array, dtype=object), np.asarray(old.array, dtype=object))
        missing: Mask = new.isna().to_numpy() & old.isna().to_numpy()
        return missing | _same_cells(column.kind, new, old, self.written)


def _same_cells(kind: ColumnKind, new: pd.Series, old: pd.Series, written: Callable[[str], str]) -> Mask:
    if kind is ColumnKind.NUMBER:
        one, other = new.to_numpy(dtype=float), old.to_numpy(dtype=float)
        close: Mask = np.isclose(one, other, rtol=_SAME_NUMBER, atol=0)
        return close
    if kind is ColumnKind.INSTANT:
        near: Mask = ((new.array - old.array) < _SAME_INSTANT) & ((old.array - new.array) < _SAME_INSTANT)
        return near
    pairs = zip(new.tolist(), old.tolist(), strict=True)
    return np.array([_alike(one, other, written) for one, other in pairs], dtype=bool)


def _alike(new: Any, old: Any, written: Callable[[str], str]) -> bool:
    if pd.isna(new) or pd.isna(old):
        return False
    return bool(new == old) or (isinstance(new, str) and new == written(old).strip())


def _same_places(new: Any, old: Any) -> Mask:
    """Which shapes have the same corners to `SAME_PLACE_DEG`, wherever their rings begin and however they turn."""
    same: Mask = np.asarray(shapely.equals_exact(new, old, SAME_PLACE_DEG))
    for place in np.flatnonzero(~same):
        one, other = new[place], old[place]
        same[place] = (
            one.geom_type.removeprefix("Multi") == other.geom_type.removeprefix("Multi")
            and shapely.get_num_geometries(one) == shapely.get_num_geometries(other)
            and shapely.get_num_coordinates(one) == shapely.get_num_coordinates(other)
            and shapely.hausdorff_distance(one, other) <= SAME_PLACE_DEG
        )
    return same


def _put(frame: pd.DataFrame, name: str, keys: Any, cells: Any) -> None:
    if not len(keys):
        return
    values = frame[name].array.copy()
    values[frame.index.get_indexer(keys)] = cells
    frame[name] = values


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    if isinstance(parts[0], geopandas.GeoDataFrame):
        found = geopandas.GeoDataFrame(found, geometry=GEOMETRY, crs=parts[0].crs)
    return found


def _text(key: Any) -> str:
    return str(plain(key))


def _texts(keys: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(_text, keys))


def _shown(cell: Any) -> str:
    if isinstance(cell, shapely.Geometry):
        point = cell.representative_point()
        return f"{cell.geom_type}, {shapely.get_num_coordinates(cell)} corners near {point.x:.5f}, {point.y:.5f}"
    value = plain(cell)
    return "" if value is None else str(value)[:_SHOWN]
