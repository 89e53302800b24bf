"""Shapes and boxes of a filter, from the filter's coordinate system to WGS84 longitude and latitude."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from geo import crs
from geo.filters.guard import refused
from geo.filters.tree import Box, Shape
from geo.filters.values import Shapes

_PIECES: Final = 64
"""A line of a plane system is bent in degrees: it is cut into this many pieces, so that 30 km stay within 3 mm."""
_ROUNDING_DEG: Final = 1e-9


def placed(literal: Shape | Box, system: str) -> Shapes:
    """A literal of `system`, its axes in the order that the system defines, as a shape to ask with.

    InputError when a part of it is no place on Earth, or when it is not valid (a ring that crosses itself).
    """
    geometry = _box(literal, system) if isinstance(literal, Box) else _moved(literal.geometry, system)
    if not shapely.is_valid(geometry):
        raise refused(f"a geometry is not valid: {shapely.is_valid_reason(geometry)}")
    shapely.prepare(geometry)
    return Shapes(geometry, column=False)


def _moved(geometry: shapely.Geometry, system: str) -> shapely.Geometry:
    flat = shapely.force_2d(geometry)
    if crs.latitude_first(system):
        flat = shapely.transform(flat, lambda pairs: pairs[:, ::-1])
    if not crs.is_lon_lat_wgs84(system):
        west, south, east, north = shapely.bounds(flat)
        extent = max(east - west, north - south)
        flat = crs.from_crs(shapely.segmentize(flat, extent / _PIECES) if extent else flat, system)
    _check_on_earth(shapely.get_coordinates(flat), system)
    return flat


def _box(box: Box, system: str) -> shapely.Geometry:
    """A box as an area; over the antimeridian (west > east) as two, without width or height as a line or a point."""
    half = len(box.numbers) // 2
    first, last = (box.numbers[0], box.numbers[1]), (box.numbers[half], box.numbers[half + 1])
    if not crs.is_lon_lat_wgs84(system):
        if first[0] > last[0] or first[1] > last[1]:
            raise refused("a BBOX begins with its lower corner")
        return _moved(_hull(*first, *last), system)
    if crs.latitude_first(system):
        first, last = (first[1], first[0]), (last[1], last[0])
    (west, south), (east, north) = first, last
    _check_on_earth(np.array([first, last]), system)
    if south > north:
        raise refused("the south of a BBOX lies beyond its north")
    if west <= east:
        return _hull(west, south, east, north)
    return shapely.union_all([_hull(west, south, 180.0, north), _hull(-180.0, south, east, north)])


def _hull(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return shapely.convex_hull(shapely.multipoints([(west, south), (east, south), (east, north), (west, north)]))


def _check_on_earth(places: Any, system: str) -> None:
    most = np.array([180.0, 90.0]) + _ROUNDING_DEG
    if not (np.abs(places) <= most).all():  # a place that is not finite is not below either
        raise refused(f"a coordinate lies outside {system}")
