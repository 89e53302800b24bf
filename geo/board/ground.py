"""In which village a check-in counts: inside its polygon or not more than a margin from it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.crs import Floats

_SAME_M: Final = 0.5

Positions = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where check-ins were made, shape (n,): WGS84 degrees, and positions in the ground's villages, -1 for none.

    `village` is where each counts. `distance_m` is to the village `near`: the same, or where it counts nowhere, that
    of its team, or the nearest where the team has none; NaT never, NaN where there is no place.
    """

    lon: Floats
    lat: Floats
    village: Positions
    near: Positions
    distance_m: Floats


@dataclass(frozen=True, slots=True)
class Place:
    """One of `Places`."""

    lon: float
    lat: float
    village: int
    near: int
    distance_m: float


class Ground:
    """The villages of an Atlas in metres, ready to be asked about check-ins; safe to share between threads.

    A check-in counts in a village up to `margin_m` outside its polygon, by default as the Atlas' rules say (R06).
    """

    def __init__(self, atlas: Atlas, margin_m: float | None = None) -> None:
        frame = atlas.layers["villages"]
        self.codes: tuple[str, ...] = tuple(frame["code"])
        self.position = {code: position for position, code in enumerate(self.codes)}
        self.metric_crs = atlas.metric_crs
        self.margin_m = atlas.rules.places.margin_m if margin_m is None else margin_m
        self._shapes = np.asarray(crs.to_metres(frame.geometry.to_numpy(), atlas.metric_crs), dtype=object)
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when check-ins may count elsewhere: with the villages, their borders, or the margin."""
        digest = hashlib.sha256(repr((self.codes, self.metric_crs, self.margin_m)).encode())
        for shape in shapely.to_wkb(self._shapes):
            digest.update(shape)
        return digest.hexdigest()

    def places(self, lon: Floats, lat: Floats, systems: Sequence[str], own: Positions) -> Places:
        """Where check-ins count; `systems` names each one's coordinate system, `own` is its team's village or -1.

        The team's own village comes first, then the nearest; of those as near the one with the lowest code. A place
        that its system cannot tell in degrees (an infinite one) counts nowhere.
        """
        lon, lat = in_degrees(lon, lat, systems)
        return Places(lon, lat, *self._counted(self._points(lon, lat), own))

    def place(self, lon: float, lat: float, system: str, own: int) -> Place:
        """`places` of one check-in, the usual case, without the price of arrays."""
        lon, lat = crs.point_to_wgs84(lon, lat, system)
        x_m, y_m = crs.point_to_metres(lon, lat, self.metric_crs)
        if own >= 0 and shapely.intersects_xy(self._shapes[own], x_m, y_m):
            return Place(lon, lat, own, own, 0.0)
        point = shapely.points((x_m, y_m)) if isfinite(x_m) else None
        here: npt.NDArray[np.object_] = np.array([point], dtype=object)
        village, near, distances_m = self._counted(here, np.array([own], dtype=np.int32))
        return Place(lon, lat, int(village[0]), int(near[0]), float(distances_m[0]))

    def _counted(self, here: npt.NDArray[np.object_], own: Positions) -> tuple[Positions, Positions, Floats]:
        """Of places in metres, or None, the village where each counts, the one it is near to, and the distance."""
        # Of a place that has no own village (position -1) the distance is to any: it is not looked at.
        distance_m = np.where(own >= 0, shapely.distance(self._shapes[own], here), np.inf)
        village, near, stray = own, own, np.flatnonzero(~(distance_m <= self.margin_m))
        if len(stray):
            village, near = own.copy(), own.copy()
            found, found_m = self._within_margin(here[stray])
            village[stray], counts = found, found >= 0
            near[stray[counts]], distance_m[stray[counts]] = found[counts], found_m[counts]
            alone = np.flatnonzero(near < 0)
            if len(alone):
                near[alone], distance_m[alone] = self._nearest(here[alone])
        return village, near, distance_m

    def _points(self, lon: Floats, lat: Floats) -> npt.NDArray[np.object_]:
        """Places in metres, None for what is none."""
        all_x_m, all_y_m = crs.transformer(crs.WGS84, self.metric_crs).transform(lon, lat)
        here = np.asarray(shapely.points(all_x_m, all_y_m), dtype=object)
        here[~np.isfinite(all_x_m)] = None
        return here

    def _within_margin(self, here: npt.NDArray[np.object_]) -> tuple[Positions, Floats]:
        """The village nearest to each place and how far it is; -1 and infinitely far beyond the margin.

        On a shared border straight lines of degrees are not straight in metres, and neither village would be the
        nearer one by right: of those that are as near within `_SAME_M` it is the first.
        """
        found, found_m = np.full(len(here), -1, dtype=np.int32), np.full(len(here), np.inf)
        place, position = self._tree.query(here, predicate="dwithin", distance=self.margin_m)
        if not len(place):
            return found, found_m
        far_m = shapely.distance(self._shapes[position], here[place])
        np.minimum.at(found_m, place, far_m)
        as_near = np.flatnonzero(far_m <= found_m[place] + _SAME_M)
        # Of several values for one place the last is kept: that of the first village.
        rows = as_near[np.argsort(-position[as_near], kind="stable")]
        found[place[rows]], found_m[place[rows]] = position[rows], far_m[rows]
        return found, found_m

    def _nearest(self, here: npt.NDArray[np.object_]) -> tuple[Positions, Floats]:
        """The village nearest to each place and how far it is; -1 and infinitely far where a place is none."""
        found, found_m = np.full(len(here), -1, dtype=np.int32), np.full(len(here), np.inf)
        (place, position), far_m = self._tree.query_nearest(here, return_distance=True, all_matches=False)
        found[place], found_m[place] = position, far_m
        return found, found_m


def in_degrees(lon: Floats, lat: Floats, systems: Sequence[str]) -> tuple[Floats, Floats]:
    """Places of several named systems as WGS84 degrees; infinite where a system has no such place."""
    distinct = dict.fromkeys(systems)
    if len(distinct) == 1:
        only = next(iter(distinct))
        if only == crs.WGS84:
            return lon, lat
        east, north = crs.to_wgs84(only)(lon, lat)
        return np.asarray(east), np.asarray(north)
    lon, lat, given = lon.copy(), lat.copy(), np.array(systems, dtype=object)
    for system in distinct:
        of = given == system
        lon[of], lat[of] = crs.to_wgs84(system)(lon[of], lat[of])
    return lon, lat
