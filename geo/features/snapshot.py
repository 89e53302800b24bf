"""Every collection of one state of the data, each prepared when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import Final

import numpy as np

from geo.atlas import Atlas
from geo.board import Board, layer_frame
from geo.calendar import to_china
from geo.errors import NotFoundError
from geo.features.answers import ANSWERS
from geo.features.boxes import Bounds, published
from geo.features.describing import CollectionInfo, queryables, time_columns
from geo.features.feature_set import FeatureSet
from geo.features.systems import System, systems_of
from geo.features.times import Span
from geo.layers.registry import LAYERS
from geo.layers.spec import LayerSpec

STAMP: Final = "%Y%m%dT%H%M%S"
"""How the instant stands in the mark of an answer."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The collections of an Atlas and a Board, answers as of the instant `at`; safe to share between threads.

    There are those of these `names`, as for a reader that may not see the others. `marks` name the state of a reference
    layer by its file, where that is known: another version of the data may have the same.
    """

    atlas: Atlas
    board: Board
    at: datetime
    systems: tuple[System, ...]
    names: frozenset[str] = frozenset((*LAYERS, *ANSWERS))
    marks: Mapping[str, str] = field(default_factory=dict)
    _sets: dict[str, FeatureSet] = field(default_factory=dict, init=False, repr=False)
    _lock: RLock = field(default_factory=RLock, init=False, repr=False)

    @classmethod
    def of(
        cls,
        atlas: Atlas,
        board: Board,
        at: datetime,
        *,
        before: Snapshot | None = None,
        marks: Mapping[str, str] | None = None,
    ) -> Snapshot:
        """The snapshot of a state of the data; what has not changed since `before` is taken over as it was prepared."""
        made = cls(atlas, board, to_china(at), systems_of(atlas.metric_crs), marks=marks or {})
        if before is not None:
            with before._lock:
                known = dict(before._sets)
            for name, features in known.items():
                mark = made._mark(features.spec)
                if features.mark == mark or (name in LAYERS and features.given is layer_frame(atlas, board, name)):
                    made._sets[name] = features.marked(mark, board.provenance)
        return made

    def only(self, names: frozenset[str]) -> Snapshot:
        """The same with the collections of these names alone; what one prepares the other has."""
        made = replace(self, names=names)
        object.__setattr__(made, "_sets", self._sets)
        object.__setattr__(made, "_lock", self._lock)
        return made

    def feature_set(self, name: str) -> FeatureSet:
        """The features of a collection; NotFoundError lists the collections there are."""
        self._known(name)
        return self._prepared(name)

    def _prepared(self, name: str) -> FeatureSet:
        with self._lock:
            if name not in self._sets:
                self._sets[name] = self._made(name)
            return self._sets[name]

    @cached_property
    def collections(self) -> tuple[CollectionInfo, ...]:
        """All collections: what can be mapped first, then tables, and last what has no rows."""
        found = [self._info(name) for name in (*LAYERS, *ANSWERS) if name in self.names]
        return tuple(sorted(found, key=lambda one: (one.items == 0, not one.systems)))

    def collection(self, name: str) -> CollectionInfo:
        """One collection; NotFoundError lists those there are."""
        self._known(name)
        return next(one for one in self.collections if one.id == name)

    def mark_of(self, name: str) -> str:
        """The mark of a collection's features, which need not be prepared for it."""
        return self._mark(_spec(name))

    def _known(self, name: str) -> LayerSpec:
        if name not in self.names:
            raise NotFoundError("collection", name, [one for one in (*LAYERS, *ANSWERS) if one in self.names])
        return _spec(name)

    def _mark(self, spec: LayerSpec) -> str:
        """What a collection's features are of, the same in every process: the data alone, or the record and the instant
        as well."""
        if spec.live:
            return self.board.provenance.mark + (f".{self.at:{STAMP}}" if spec.name in ANSWERS else "")
        data = self.atlas.provenance
        return f"{data.version}.{data.rules}" if spec.name in ANSWERS else self.marks.get(spec.name, data.version)

    def _made(self, name: str) -> FeatureSet:
        spec = _spec(name)
        if name in ANSWERS:
            frame = ANSWERS[name].made(self.atlas, self.board, self.at)
        else:
            frame = layer_frame(self.atlas, self.board, name)
        return FeatureSet.of(frame, spec, self._mark(spec), self.board.provenance)

    def _info(self, name: str) -> CollectionInfo:
        spec, features = _spec(name), self._sets.get(name)
        if features is None and name in LAYERS:
            features = self._prepared(name)
        if features is None:
            answer = ANSWERS[name]
            bounds, times = self._bounds(answer.within), answer.times(self.board, self.at)
        else:
            bounds, times = features.bounds, None if features.times is None else features.times.extent
        return self._told(spec, bounds, times, None if features is None else len(features), features)

    def _told(
        self, spec: LayerSpec, bounds: Bounds | None, times: Span | None, items: int | None, features: FeatureSet | None
    ) -> CollectionInfo:
        systems = () if spec.is_table else self.systems
        return CollectionInfo(
            id=spec.name,
            title_zh=spec.title_zh,
            title_en=spec.title_en,
            kind="answer" if spec.name in ANSWERS else "layer",
            key=spec.key,
            is_live=spec.live,
            bounds=None if bounds is None else published(bounds, systems),
            times=times,
            time_columns=time_columns(spec.name),
            systems=systems,
            items=items,
            queryables=queryables(spec),
            mark=self._mark(spec) if features is None else features.mark,
        )

    def _bounds(self, layers: tuple[str, ...]) -> Bounds | None:
        known = [bounds for name in layers if (bounds := self._prepared(name).bounds) is not None]
        if not known:
            return None
        west, south, east, north = np.array(known).T
        return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def _spec(name: str) -> LayerSpec:
    return ANSWERS[name].spec if name in ANSWERS else LAYERS[name]


def collections(atlas: Atlas, board: Board, at: datetime) -> tuple[CollectionInfo, ...]:
    """Every collection of a state of the data, answers as of the instant `at`."""
    return Snapshot.of(atlas, board, at).collections
