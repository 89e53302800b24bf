"""Boxes: the parameter `bbox` in any served system, which shapes meet it, and the extents that are published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.errors import InputError
from geo.features.systems import CRS84, System

Mask = npt.NDArray[np.bool_]
Bounds = tuple[float, float, float, float]

_PIECES: Final = 32
"""A side of a box is bent in another system: it is looked at in so many places."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box in the axes of its system, east first whatever their order in the definition.

    In degrees `west` may be greater than `east`: then it spans the antimeridian.
    """

    west: float
    south: float
    east: float
    north: float
    system: System = CRS84


def parse_box(text: str, system: System = CRS84) -> Box:
    """The parameter `bbox`: 4 numbers in the order of the system's axes, or 6 with heights, which are passed over.

    InputError for other counts, what is no finite number, a south beyond its north (in metres also a west beyond its
    east), and in CRS84 for what is no place on Earth. In other systems such a box is one that nothing meets.
    """
    try:
        numbers = [float(part) for part in text.split(",")] if text.isascii() and "_" not in text else []
    except ValueError:
        raise _refused(text, "it takes numbers with commas between them") from None
    if len(numbers) not in (4, 6) or not np.isfinite(numbers).all():
        raise _refused(text, "it takes 4 finite numbers, or 6 with heights")
    half = len(numbers) // 2
    (west, south), (east, north) = (
        pair[::-1] if system.north_first else pair for pair in (numbers[:2], numbers[half : half + 2])
    )
    if system is CRS84 and not (max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90):
        raise _refused(text, "in CRS84 longitudes are -180 to 180, latitudes -90 to 90; west,south,east,north")
    if south > north or (west > east and not system.is_degrees):
        raise _refused(text, "it begins with its lower corner")
    return Box(west, south, east, north, system)


def _refused(text: str, reason: str) -> InputError:
    return InputError(f"bbox={text!r} cannot be taken: {reason}", parameter="bbox")


def meeting(box: Box, shapes: npt.NDArray[np.object_], tree: shapely.STRtree, bounds: Bounds) -> Mask:
    """Which shapes meet a box in the box's own system; those that are None pass, as Part 1 wants it.

    `shapes` (n,) are in WGS84 degrees, within `bounds`; `tree` is over them.
    """
    found: Mask = shapely.is_missing(shapes)
    if box.system.is_degrees:
        for part in _parts(box):
            found[tree.query(part, predicate="intersects")] = True
        return found
    around = _around(box, bounds)
    if around is None:
        return found
    near = tree.query(shapely.box(*around))
    moved = crs.to_crs(shapes[near], box.system.name)
    area = _area(box.west, box.south, box.east, box.north)
    shapely.prepare(area)
    found[near[shapely.intersects(area, moved)]] = True
    return found


def _parts(box: Box) -> list[Any]:
    west, south, east, north = box.west, box.south, box.east, box.north
    if west <= east:
        return [_area(west, south, east, north)]
    return [_area(west, south, 180.0, north), _area(-180.0, south, east, north)]


def _area(west: float, south: float, east: float, north: float) -> Any:
    """A box as a shape: a line or a point where it has no width or height, which as a polygon nothing would meet."""
    return shapely.convex_hull(shapely.multipoints([(west, south), (east, south), (east, north), (west, north)]))


def _around(box: Box, bounds: Bounds) -> Bounds | None:
    """Degrees that hold whatever within `bounds` may meet a box of metres; None where nothing can.

    The box is cut to where the shapes are first: far from its own meridian a projection answers nonsense.
    """
    held = bounds_in(bounds, box.system)
    west, south = max(box.west, held[0]), max(box.south, held[1])
    east, north = min(box.east, held[2]), min(box.north, held[3])
    if not (west <= east and south <= north):
        return None
    lon, lat = crs.to_wgs84(box.system.name)(*_border(west, south, east, north))
    slack = 1e-3 * max(np.ptp(lon), np.ptp(lat)) + 1e-6
    return lon.min() - slack, lat.min() - slack, lon.max() + slack, lat.max() + slack


def _border(west: float, south: float, east: float, north: float) -> tuple[crs.Floats, crs.Floats]:
    """Places on the four sides of a box, and within it."""
    along, up = np.meshgrid(np.linspace(west, east, _PIECES), np.linspace(south, north, _PIECES))
    return along.ravel(), up.ravel()


def bounds_in(bounds: Iterable[float], system: System) -> Bounds:
    """West, south, east, north of degrees in another system, as far as that reaches them."""
    east, north = crs.from_wgs84(system.name)(*_border(*bounds))
    reached = np.isfinite(east) & np.isfinite(north)
    if not reached.any():
        return np.inf, np.inf, -np.inf, -np.inf
    east, north = east[reached], north[reached]
    # Between two of the places looked at a side bends by less than a thousandth of its length.
    slack = 1e-3 * max(np.ptp(east), np.ptp(north))
    return east.min() - slack, north.min() - slack, east.max() + slack, north.max() + slack


def published(bounds: Bounds, systems: Iterable[System]) -> Bounds:
    """The extent to publish for shapes of these bounds: degrees, padded outward to 7 digits.

    It is wide enough that the two corners, converted to any of the systems of metres, still span everything: clients
    ask so for all there is, and meridians lean.
    """
    west, south, east, north = bounds
    for system in systems:
        if system.is_degrees or system.name == crs.WEB_MERCATOR:
            continue
        held = bounds_in(bounds, system)
        lon, lat = crs.to_wgs84(system.name)(*(np.array(ends) for ends in (held[::2], held[1::2])))
        if np.isfinite([*lon, *lat]).all():
            west, south = min(west, lon[0]), min(south, lat[0])
            east, north = max(east, lon[1]), max(north, lat[1])
    lower = [float(np.floor(edge * 1e7) - 1) for edge in (west, south)]
    upper = [float(np.ceil(edge * 1e7) + 1) for edge in (east, north)]
    return (
        max(lower[0] / 1e7, -180.0),
        max(lower[1] / 1e7, -90.0),
        min(upper[0] / 1e7, 180.0),
        min(upper[1] / 1e7, 90.0),
    )
