"""RoadClosures: what closures and risk zones do to the roads of responders, at any instant.

A closure is in force from its first instant up to but not with its last. Only those for all vehicles concern
responders. A risk zone with a `road_effect` acts on the roads inside it, as long as it is valid; roads in tunnels go
under it.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.calendar import to_china
from geo.errors import NotFoundError
from geo.network.conditions import CLOSED, Conditions, Restriction, conditions_of, open_roads
from geo.network.covering import RoadCover, Stretches
from geo.network.graph import NO_WAY, Floats, Ints, RoadNetwork
from geo.terms import ClosureCause, HazardKind, RoadEffect, VehicleClass
from geo.what_if import WhatIf

_KEPT_CONDITIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Closure:
    """What acts on roads, ready to be named in an answer: a closure, a risk zone (id `zone …`) or a supposed closure.

    In force from `from_at` (None: ever since) up to `until` (None: open end). `segments`: how many it covers.
    """

    id: str
    name: str | None
    cause: ClosureCause | HazardKind
    effect: RoadEffect
    speed_kph: float | None = None
    from_at: datetime | None = None
    until: datetime | None = None
    segments: int = 0

    @property
    def label(self) -> str:
        """How a sentence names it."""
        return f"{self.id} ({self.name})" if self.name else self.id

    def is_active(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return (self.from_at is None or self.from_at <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """What shapes cover; `stretches.shape` are their positions. It holds for these shapes and the cover's network.

    `shapes` are WKB of WGS84 degrees, `metric_crs` the network's system.
    """

    cover: RoadCover
    metric_crs: str
    shapes: tuple[bytes, ...]
    stretches: Stretches


class ZoneRoads:
    """The roads in each of the Atlas's risk zones, whether it acts on them or not; `shapes` are WGS84 degrees.

    They are found when they are first asked for: zones by the hundred thousand would hold up the opening of a county.
    """

    def __init__(self, cover: RoadCover, metric_crs: str, shapes: npt.NDArray[np.object_]) -> None:
        self.cover, self.metric_crs, self.shapes = cover, metric_crs, shapes

    @cached_property
    def stretches(self) -> Stretches:
        """What lies in the zones; `stretches.shape` are their positions."""
        return self.cover.under(crs.to_metres(self.shapes, self.metric_crs), tunnels=False)

    def holds_for(self, shapes: npt.NDArray[np.object_]) -> bool:
        """Whether these are the same zones, shape by shape the same objects."""
        return len(shapes) == len(self.shapes) and all(map(operator.is_, shapes, self.shapes))


class RoadClosures:
    """Everything that acts on the roads of one network, and the stretches it covers; safe to share between threads.

    Build it with `fold`. `stretches.shape` are positions in `closures`. `zones` is what lies in each of the Atlas's
    risk zones; `acting` and `drawn` are what the zones that act on roads and the layer of closures cover. `open_roads`
    are the conditions without any of it.
    """

    def __init__(
        self,
        zones: ZoneRoads,
        acting: Covered,
        drawn: Covered,
        closures: Sequence[Closure],
        stretches: Stretches,
    ) -> None:
        counts = np.bincount(stretches.shape, minlength=len(closures)).tolist()
        self.zones, self.acting, self.drawn, self.stretches = zones, acting, drawn, stretches
        self.closures = tuple(replace(one, segments=count) for one, count in zip(closures, counts, strict=True))
        self._by_id = {one.id: one for one in self.closures}
        borders = {instant for one in self.closures for instant in (one.from_at, one.until) if instant is not None}
        self._borders = sorted(borders)
        self.open_roads = open_roads(zones.cover.network)
        self._known: OrderedDict[int, Conditions] = OrderedDict()
        self._lock = Lock()

    def closure(self, closure_id: str) -> Closure:
        """The closure that a condition names as a cause; NotFoundError when there is none."""
        try:
            return self._by_id[closure_id]
        except KeyError:
            raise NotFoundError("closure", closure_id) from None

    def active_at(self, at: datetime) -> tuple[Closure, ...]:
        """What is in force at an instant, in the order of `closures`; a naive one is local time."""
        return tuple(one for one in self.closures if one.is_active(to_china(at)))

    def conditions_at(self, at: datetime) -> Conditions:
        """What is in force at an instant, as the searches take it; the same object between two changes."""
        at = to_china(at)
        span = bisect_right(self._borders, at)
        with self._lock:
            if span not in self._known:
                self._known[span] = self._conditions(at)
            self._known.move_to_end(span)
            if len(self._known) > _KEPT_CONDITIONS:
                self._known.popitem(last=False)
            return self._known[span]

    def with_extra(self, extra: Sequence[WhatIf]) -> RoadClosures:
        """These and supposed closures, which hold at any instant and for everyone; nothing here is changed."""
        shapes = np.array([one.shape for one in extra], dtype=object)
        more = self.zones.cover.under(crs.to_metres(shapes, self.zones.metric_crs), tunnels=True)
        supposed = [Closure(one.id, one.name, one.cause, one.effect, one.speed_kph) for one in extra]
        stretches = self.stretches.followed_by(more, len(self.closures))
        return RoadClosures(self.zones, self.acting, self.drawn, [*self.closures, *supposed], stretches)

    def _conditions(self, at: datetime) -> Conditions:
        network, stretches = self.zones.cover.network, self.stretches
        active = [position for position, one in enumerate(self.closures) if one.is_active(at) and one.segments]
        if not active:
            return self.open_roads
        begin = np.searchsorted(stretches.shape, active)
        end = np.searchsorted(stretches.shape, active, side="right")
        restrictions = []
        for position, first, last in zip(active, begin, end, strict=True):
            one, segment = self.closures[position], stretches.segment[first:last]
            shares = stretches.from_share[first:last], stretches.to_share[first:last]
            slowdown = CLOSED if one.speed_kph is None else _slowdown(network, segment, one.speed_kph)
            restrictions.append(Restriction(one.id, segment, *shares, slowdown))
        return conditions_of(network, restrictions)


def fold(atlas: Atlas, closures: pd.DataFrame, before: RoadClosures | None = None) -> RoadClosures | None:
    """What a checked frame of closures and the Atlas's zones do to its roads; None where there is no network.

    What was found for a shape is taken from `before`, where the network is the same.
    """
    if atlas.network is None:
        return None
    if before is not None and before.zones.cover.network is not atlas.network:
        before = None
    tunnel = atlas.layers["roads"]["tunnel"].to_numpy(dtype=bool)[atlas.network.road]
    cover = RoadCover(atlas.network, tunnel) if before is None else before.zones.cover
    zones, concerning = atlas.layers["risk_zones"], closures[(closures["vehicles"] == VehicleClass.ALL).to_numpy()]
    zones_acting = zones[zones["road_effect"].notna().to_numpy()]
    acting = _covered(cover, atlas.metric_crs, zones_acting, before.acting if before else None, tunnels=False)
    drawn = _covered(cover, atlas.metric_crs, concerning, before.drawn if before else None, tunnels=True)
    shapes = np.asarray(zones.geometry.values, dtype=object)
    same = before is not None and before.zones.holds_for(shapes)
    below = before.zones if before is not None and same else ZoneRoads(cover, atlas.metric_crs, shapes)
    named = [*_named_closures(concerning), *_named_zones(zones_acting)]
    return RoadClosures(below, acting, drawn, named, drawn.stretches.followed_by(acting.stretches, len(concerning)))


def _covered(
    cover: RoadCover, metric_crs: str, frame: pd.DataFrame, before: Covered | None, *, tunnels: bool
) -> Covered:
    """What the rows cover, found anew only for the shapes that `before` does not know."""
    geometry = np.asarray(frame.geometry.values, dtype=object)
    shapes = tuple(shapely.to_wkb(geometry).tolist())
    known = {} if before is None else {shape: position for position, shape in enumerate(before.shapes)}
    fresh = [position for position, shape in enumerate(shapes) if shape not in known]
    found = cover.under(crs.to_metres(geometry[fresh], metric_crs), tunnels=tunnels)
    if before is not None:
        found = before.stretches.followed_by(found, len(before.shapes))
    known |= {shapes[position]: (len(before.shapes) if before else 0) + row for row, position in enumerate(fresh)}
    return Covered(cover, metric_crs, shapes, found.under(np.array([known[shape] for shape in shapes], dtype=np.intp)))


def _named_closures(frame: pd.DataFrame) -> list[Closure]:
    columns = ("closure_id", "name", "cause", "effect", "speed_kph", "from_at", "to_at")
    return [
        Closure(
            closure_id,
            _told(name),
            ClosureCause(cause),
            RoadEffect(effect),
            _told(speed),
            _instant(start),
            _instant(end),
        )
        for closure_id, name, cause, effect, speed, start, end in _rows(frame, columns)
    ]


def _named_zones(frame: pd.DataFrame) -> list[Closure]:
    columns = ("zone_id", "name", "kind", "road_effect", "road_speed_kph", "valid_from", "valid_to")
    return [
        Closure(
            f"zone {zone_id}", name, HazardKind(kind), RoadEffect(effect), _told(speed), _instant(start), _instant(end)
        )
        for zone_id, name, kind, effect, speed, start, end in _rows(frame, columns)
    ]


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    return zip(*(frame[column].tolist() for column in columns), strict=True)


def _told(value: Any) -> Any:
    return None if pd.isna(value) else value


def _instant(value: pd.Timestamp) -> datetime | None:
    return None if pd.isna(value) else value.to_pydatetime()


def _slowdown(network: RoadNetwork, segment: Ints, speed_kph: float) -> Floats:
    """How many times as long each segment takes at a top speed, never less than 1."""
    open_ms = np.where(network.forward_ms != NO_WAY, network.forward_ms, network.backward_ms)[segment]
    capped_ms = network.length_m[segment] * (3600 / speed_kph)
    return np.maximum(capped_ms / open_ms, 1.0)
