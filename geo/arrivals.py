"""Where one arrives in a village: its station, and the roads near it. Questions about arrivals share it."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.errors import NotFoundError
from geo.index import Mask
from geo.network.snapping import Snaps
from geo.terms import Tier


@dataclass(frozen=True, slots=True, eq=False)
class VillagePlaces:
    """One place for each village of the Atlas, in its order; `lon` and `lat` are WGS84 degrees, shape (V,).

    `at_station` tells where it is the village's station; elsewhere it is a point inside the village's area.
    `snaps` are the roads within walking reach, on the open network; None when the county has no roads.
    """

    lon: crs.Floats
    lat: crs.Floats
    at_station: Mask
    snaps: Snaps | None


@dataclass(frozen=True, slots=True, eq=False)
class VillagePoints:
    """The lon, lat and at_station of `VillagePlaces`, without the roads."""

    lon: crs.Floats
    lat: crs.Floats
    at_station: Mask


_KEPT: WeakKeyDictionary[Atlas, VillagePlaces] = WeakKeyDictionary()
_POINTS: WeakKeyDictionary[Atlas, VillagePoints] = WeakKeyDictionary()


def village_places(atlas: Atlas) -> VillagePlaces:
    """The place of every village, found once for each Atlas."""
    places = _KEPT.get(atlas)
    if places is None:
        places = _KEPT[atlas] = _found(atlas)
    return places


def village_position(atlas: Atlas, village_code: str) -> int:
    """The position of a village among `atlas.villages`; NotFoundError when there is none of that code."""
    for position, area in enumerate(atlas.villages):
        if area.code == village_code:
            return position
    raise NotFoundError("village", village_code)


def village_points(atlas: Atlas) -> VillagePoints:
    """Where every village is said to be, found once for each Atlas; for questions that need no roads."""
    points = _POINTS.get(atlas)
    if points is None:
        points = _POINTS[atlas] = _points(atlas)
    return points


def _found(atlas: Atlas) -> VillagePlaces:
    at = village_points(atlas)
    return VillagePlaces(at.lon, at.lat, at.at_station, _snapped(atlas, at.lon, at.lat))


def _points(atlas: Atlas) -> VillagePoints:
    villages, stations = atlas.layers["villages"], atlas.layers["stations"]
    inside = shapely.point_on_surface(villages.geometry.to_numpy())
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    own = stations[stations["tier"] == Tier.STATION]
    of_village = dict(zip(own["code"], zip(own.geometry.x, own.geometry.y, strict=True), strict=True))
    codes = [area.code for area in atlas.villages]
    at_station = np.array([code in of_village for code in codes], dtype=bool)
    for position in np.flatnonzero(at_station).tolist():
        lon[position], lat[position] = of_village[codes[position]]
    return VillagePoints(lon, lat, at_station)


def _snapped(atlas: Atlas, lon: crs.Floats, lat: crs.Floats) -> Snaps | None:
    if atlas.snapper is None:
        return None
    points_m = crs.to_metres(shapely.points(lon, lat), atlas.metric_crs)
    return atlas.snapper.snap_all(shapely.get_x(points_m), shapely.get_y(points_m))
