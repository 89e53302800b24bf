"""One collection of one state of the data, ready to be selected from: every page of it makes the whole, once."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.atlas import Provenance
from geo.errors import InputError, NotFoundError
from geo.features import boxes, texts
from geo.features.boxes import Bounds
from geo.features.outlines import Outlines, Rows
from geo.features.query import Cursor, Query, Selection, SortKey
from geo.features.texts import Texts
from geo.features.times import RowTimes
from geo.filters import FilterSource, mask, queryables_of
from geo.layers.spec import LayerSpec

_SELECTIONS: Final = 32
_MOSTLY: Final = 10

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Features ready to be written: their outlines, ids and properties, all of the same length."""

    outlines: Outlines
    ids: Texts
    properties: Texts


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Some features in order: `rows` of `features`, of `number_matched` in all.

    `next` continues after them, None on the last page. `names` are the properties to give.
    """

    features: FeatureSet
    rows: Rows
    number_matched: int
    next: Cursor | None
    names: tuple[str, ...]
    skip_geometry: bool

    @property
    def ids(self) -> list[str]:
        """The features' ids."""
        return [self.features.ids[row] for row in self.rows.tolist()]


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """The rows of a checked frame as features, in the order of their ids; safe to share between threads.

    `mark` names the state of the data that they are of; `frame` is `given` in order. What a question needs is prepared
    when it is first asked.
    """

    spec: LayerSpec
    given: pd.DataFrame
    frame: pd.DataFrame
    mark: str
    provenance: Provenance
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)
    _asked: list[int] = field(default_factory=lambda: [0], init=False, repr=False)
    _selected: OrderedDict[Selection, Rows] = field(default_factory=OrderedDict, init=False, repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame, spec: LayerSpec, mark: str, provenance: Provenance) -> FeatureSet:
        """The features of a checked frame, without its restricted columns, whatever the order of its rows."""
        keys = frame[spec.key]
        ordered = (
            frame if keys.is_monotonic_increasing else frame.sort_values(spec.key, kind="stable", ignore_index=True)
        )
        return cls(spec, frame, ordered, mark, provenance)

    def marked(self, mark: str, provenance: Provenance) -> FeatureSet:
        """The same features as those of another state of the data, with all that is prepared by now."""
        if mark == self.mark:
            return self
        made = copy(self)
        made.__dict__.update(mark=mark, provenance=provenance)
        return made

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def ids(self) -> Sequence[str]:
        """The ids of all rows, in order."""
        keys = self.frame[self.spec.key].tolist()
        return keys if not keys or isinstance(keys[0], str) else [str(key) for key in keys]

    @cached_property
    def shapes(self) -> npt.NDArray[np.object_]:
        """The rows' places in WGS84 degrees, shape (n,); None in a table."""
        if self.spec.is_table:
            return np.full(len(self), None, dtype=object)
        return np.asarray(self.source.shapes)

    @cached_property
    def bounds(self) -> Bounds | None:
        """West, south, east, north of all places; None where there is none."""
        west, south, east, north = shapely.total_bounds(self.shapes).tolist() if len(self) else [np.nan] * 4
        return None if np.isnan(west) else (west, south, east, north)

    @cached_property
    def times(self) -> RowTimes | None:
        """When the rows are; None where the collection has no column that tells it."""
        return RowTimes.of(self.frame, self.spec.name)

    @cached_property
    def source(self) -> FilterSource:
        """What filters are asked of, and holds the shapes and the tree over them."""
        return FilterSource(self.frame, queryables_of(self.spec))

    def row_of(self, feature_id: str) -> int:
        """The row of the feature with this id; NotFoundError when there is none."""
        row = bisect_left(self.ids, feature_id)
        if row == len(self) or self.ids[row] != feature_id:
            raise NotFoundError("feature", feature_id)
        return row

    def select(self, query: Query) -> Page:
        """The page that is asked for. InputError for unknown properties, and for a cursor of no page of this answer."""
        rows = self._matching(query.selection)
        begin = 0
        if query.after is not None:
            begin = self._position_after(query.after, rows)
        end = len(rows) if query.limit is None else min(begin + query.limit, len(rows))
        more = begin < end < len(rows)
        return Page(
            features=self,
            rows=rows[begin:end],
            number_matched=len(rows),
            next=Cursor(self.mark, self.ids[int(rows[end - 1])]) if more else None,
            names=self.spec.public_columns if query.properties is None else query.properties,
            skip_geometry=query.skip_geometry or self.spec.is_table,
        )

    def one(self, feature_id: str) -> Page:
        """A page of one feature; NotFoundError when there is none of this id."""
        return Page(self, np.array([self.row_of(feature_id)]), 1, None, self.spec.public_columns, self.spec.is_table)

    def _position_after(self, after: Cursor, rows: Rows) -> int:
        try:
            found = np.flatnonzero(rows == self.row_of(after.last)).tolist()
        except NotFoundError:
            found = []
        if after.mark != self.mark or not found:
            raise Cursor.refused(str(after))
        return int(found[0]) + 1

    def _matching(self, selection: Selection) -> Rows:
        """The rows of a selection in its order; the newest are kept, so that a page costs no new search."""
        with self._lock:
            if selection in self._selected:
                self._selected.move_to_end(selection)
                return self._selected[selection]
        rows = self._sorted(np.flatnonzero(self._matched(selection)), selection.sortby)
        with self._lock:
            self._selected[selection] = rows
            while len(self._selected) > _SELECTIONS:
                self._selected.popitem(last=False)
        return rows

    def _matched(self, selection: Selection) -> Mask:
        matched = np.ones(len(self), dtype=bool)
        if selection.box is not None and self.bounds is not None:
            matched &= boxes.meeting(selection.box, self.shapes, self.source.index, self.bounds)
        if selection.span is not None and self.times is not None:
            matched &= self.times.meeting(selection.span)
        if selection.filter is not None:
            matched &= mask(selection.filter, self.source, filter_crs=selection.filter_system.name)
        return matched

    def _sorted(self, rows: Rows, keys: Sequence[SortKey]) -> Rows:
        ranks = [self._rank(key)[rows] for key in reversed(keys)]
        return rows[np.lexsort([rows, *ranks])] if ranks else rows

    def _rank(self, key: SortKey) -> npt.NDArray[np.int64]:
        """The place of each row in the order of a column's values, by code point; null is last."""
        if key.name not in self.spec.public_columns:
            raise InputError(f"sortby: {key.name!r} is no property here", parameter="sortby")
        codes, values = pd.factorize(self.frame[key.name], sort=True)
        ranks = np.where(codes < 0, len(values), len(values) - 1 - codes if key.descending else codes)
        return ranks.astype(np.int64)

    @cached_property
    def _whole(self) -> Prepared:
        return self._prepared(np.arange(len(self)), self.spec.public_columns, skip_geometry=self.spec.is_table)

    def prepared(self, page: Page) -> tuple[Prepared, Rows]:
        """What the features of a page are written from, and where among it they are.

        Once a tenth of the rows has been asked for, in however many pages, all of them are prepared, and kept.
        """
        if page.names == self.spec.public_columns and page.skip_geometry == self.spec.is_table:
            self._asked[0] += len(page.rows)  # a lost race only counts a page too few
            if self._asked[0] * _MOSTLY > len(self):
                return self._whole, page.rows
        return self._prepared(page.rows, page.names, skip_geometry=page.skip_geometry), np.arange(len(page.rows))

    def _prepared(self, rows: Rows, names: tuple[str, ...], *, skip_geometry: bool) -> Prepared:
        return Prepared(
            Outlines.none(len(rows)) if skip_geometry else Outlines.of(self.shapes[rows]),
            texts.id_texts([self.ids[row] for row in rows.tolist()]),
            texts.property_texts(self.frame, self.spec, names, rows),
        )
