"""Rows that are not where they should be: outside the county's outline and 30 km round it, each with the likely cause.

The causes told apart are exchanged axes, a zone prefix too many or missing, and numbers of another system. Nothing
here moves data: a fault says what to declare or mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.crs import Floats
from geo.errors import Fault
from geo.intake.places import (
    CHINA,
    EARTH,
    NEAR_M,
    Flags,
    Ground,
    Reading,
    county_ground,
    label_of,
    middle_of,
    read_as,
    readings_of,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A misplaced row: its position, a coordinate pair of it that is off, and the reading that would mend it."""

    position: int
    x: float
    y: float
    mended_by: Reading | None


def misplaced(
    layer: str,
    shapes: Any,
    system: str,
    outline: shapely.Geometry | None = None,
    keys: Sequence[str | None] | None = None,
) -> tuple[Fault, ...]:
    """Faults for shapes (as in the file, in `system`) that lie outside the county's outline and 30 km round it.

    Each names the likely cause: exchanged axes, a zone prefix too many or missing, another system; all rows with one
    cause make one fault of the whole layer. A line or polygon may reach out of the area, but not jump out of it by
    more than 30 km in one stroke. Missing and empty shapes are left to the layer's own check.
    """
    ground = _expected(system, outline)
    shapes = np.asarray(shapes, dtype=object)
    rows = _rows_outside(shapes, system, ground, middle_of(outline))
    with_places = int((~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)).sum())
    causes = {row.mended_by for row in rows}
    if len(rows) == with_places > 1 and len(causes) == 1:
        return (_layer_fault(layer, rows, system, ground),)
    names = keys if keys is not None else [None] * len(shapes)
    return tuple(_row_fault(layer, row, names[row.position], system, ground) for row in rows)


def _expected(system: str, outline: shapely.Geometry | None) -> Ground:
    if outline is not None:
        return county_ground(outline)
    return CHINA if crs.name_of(system) in (*crs.ZONES, crs.GCJ02, crs.BD09) else EARTH


def _rows_outside(shapes: Any, system: str, ground: Ground, near: tuple[float, float] | None) -> list[_Row]:
    doubtful = np.flatnonzero(~_surely_inside(shapes, system, ground))
    coordinates, row_of = shapely.get_coordinates(shapes[doubtful], return_index=True)
    row_of = doubtful[row_of]
    x, y = coordinates.T
    lon, lat = read_as((system, False), x, y)
    held = ground.holds(lon, lat) & _in_own_zone(system, x)
    lost = np.ones(len(shapes), dtype=bool)
    lost[row_of[held]] = False
    suspects = np.flatnonzero(~held & (lost[row_of] | np.isin(row_of, row_of[_jumps(lon, lat, held, row_of)])))
    _, first = np.unique(row_of[suspects], return_index=True)
    chosen = suspects[first]
    mended = _mending(x[chosen], y[chosen], system, ground, near)
    return [_Row(int(row_of[at]), float(x[at]), float(y[at]), way) for at, way in zip(chosen, mended, strict=True)]


def _surely_inside(shapes: Any, system: str, ground: Ground) -> Flags:
    """Shapes whose box lies in the ground: most of a sound layer, and their vertices need not be looked at."""
    bounds = shapely.bounds(shapes)
    finite = np.isfinite(bounds).all(axis=1)
    found = np.zeros(len(shapes), dtype=bool)
    boxes = bounds[finite]
    if len(boxes):
        around = np.array([[*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]])
        found[finite] = _holds_boxes(ground, around, system, cuts=16).all() or _holds_boxes(ground, boxes, system)
    return found


def _holds_boxes(ground: Ground, boxes: Floats, system: str, cuts: int = 1) -> Flags:
    """Which boxes (n x 4, in `system`) lie in the ground.

    On the way to degrees the sides bend: 200 km by some 400 m, but by less than 2 m when they are cut into 16.
    """
    drawn = shapely.box(*boxes.T)
    if not crs.is_lon_lat_wgs84(system):
        sides = boxes[:, 2:] - boxes[:, :2]
        wide = ((sides > 0) & (sides < 1e7)).all(axis=1)  # GEOS cannot cut the box of a point, nor one beyond reason
        drawn[wide] = shapely.segmentize(drawn[wide], sides[wide].max(axis=1) / cuts)
        drawn = crs.from_crs(drawn, system)
    own = _in_own_zone(system, boxes[:, 0]) & _in_own_zone(system, boxes[:, 2])
    held: Flags = shapely.contains_properly(ground.area, drawn) & own
    return held


def _in_own_zone(system: str, x: Floats) -> Flags:
    """Whether eastings stay in the million metres of their zone: with another prefix they are another zone's."""
    zone = crs.ZONES.get(crs.name_of(system))
    return np.ones(len(x), dtype=bool) if zone is None else np.abs(x - zone.false_easting_m) <= 500_000


def _jumps(lon: Floats, lat: Floats, held: Flags, row_of: Any) -> Any:
    """Where a shape goes from inside to outside, or back, in one stroke of more than 30 km."""
    crossing = np.flatnonzero((held[1:] != held[:-1]) & (row_of[1:] == row_of[:-1]))
    stroke_m = crs.distance_m(lon[crossing], lat[crossing], lon[crossing + 1], lat[crossing + 1])
    return crossing[~(np.asarray(stroke_m) <= NEAR_M)]  # not a number is a jump too


def _mending(
    x: Floats, y: Floats, system: str, ground: Ground, near: tuple[float, float] | None
) -> list[Reading | None]:
    """For each place outside the ground, the first reading of its numbers that brings it in."""
    name = crs.name_of(system)
    datum = crs.ZONES[name].datum if name in crs.ZONES else "CGCS2000"
    found: list[Reading | None] = [None] * len(x)
    for group in _alike_in_size(x, y):
        readings = [(name, True), *_twin(name), *readings_of(x[group], y[group], near, datum)]
        if near is None:  # without a county every zone without a prefix fits, and none can be advised
            known = {(name, True), *_twin(name)}
            readings = [reading for reading in readings if reading in known or not _is_plain(reading)]
        for reading in dict.fromkeys(readings):
            held = ground.holds(*read_as(reading, x[group], y[group])) & (reading != (name, False))
            for position in group[held]:
                found[position] = found[position] or reading
    return found


def _twin(name: str) -> list[Reading]:
    """The same zone with its prefix, or without it."""
    zone = crs.ZONES.get(name)
    if zone is None:
        return []
    return [
        (other.system, False)
        for other in crs.ZONES.values()
        if (other.datum, other.width_deg, other.number) == (zone.datum, zone.width_deg, zone.number)
        and other.prefixed != zone.prefixed
    ]


def _is_plain(reading: Reading) -> bool:
    zone = crs.ZONES.get(reading[0])
    return zone is not None and not zone.prefixed


def _alike_in_size(x: Floats, y: Floats) -> Iterator[Any]:
    """Positions of the places whose numbers have the same size: degrees, or the same millions of metres."""
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    pair = np.stack([x[finite], y[finite]], axis=1)
    degrees = np.abs(pair).max(axis=1, initial=0.0) <= 360
    sizes = np.where(degrees[:, None], -99, np.clip(pair // 1e6, -50, 50))
    _, group_of = np.unique(sizes, axis=0, return_inverse=True)
    for group in range(int(group_of.max(initial=-1)) + 1):
        yield finite[group_of.ravel() == group]


def _cause(row: _Row, system: str, ground: Ground) -> tuple[str, str, str]:
    """What is wrong with a row in words, the advice for a whole file, and the advice for this row alone."""
    name, way = crs.name_of(system), row.mended_by
    if not (np.isfinite(row.x) and np.isfinite(row.y)):
        return "a coordinate is not a finite number", "mend it in the source", "mend it in the source"
    if way is None:
        lon, lat = read_as((system, False), np.array([row.x]), np.array([row.y]))
        away_m = ground.outside_m(float(lon[0]), float(lat[0]))
        what = (
            "is no place on Earth" if away_m == float("inf") else f"lies {away_m / 1000:,.0f} km outside {_of(ground)}"
        )
        check = f"check the coordinates and the system they are in (read as {name})"
        return what, check, check
    if way == (name, True):
        order = "northing and easting" if crs.parse(name).is_projected else "latitude and longitude"
        exchange = f"exchange the two coordinates: the file gives {order} in this order, the east comes first"
        return "the axes are exchanged", exchange, exchange
    whole = f"import with --crs {way[0]}" + (", the two coordinates exchanged" if way[1] else "")
    alone = f"mend this row, or import such rows by themselves with --crs {way[0]}"
    return _mismatch(name, way), whole, alone


def _of(ground: Ground) -> str:
    return "the county's outline (limit 30 km)" if ground.outline is not None else ground.short


def _mismatch(name: str, way: Reading) -> str:
    ours, theirs = crs.ZONES.get(name), crs.ZONES.get(way[0])
    if ours is not None and theirs is not None and ours.meridian_deg == theirs.meridian_deg:
        if theirs.prefixed and not ours.prefixed:
            return f"the easting begins with the zone number {theirs.number}, which {name} does not have"
        if ours.prefixed and not theirs.prefixed:
            return f"the easting lacks the zone number {ours.number} that {name} begins with"
    if ours is not None and theirs is not None and theirs.prefixed:
        return f"the easting begins with {theirs.number}, the zone of {theirs.system}, not of {name}"
    return f"the numbers are not in {name}: as {label_of(way)} the place falls where it should"


def _layer_fault(layer: str, rows: Sequence[_Row], system: str, ground: Ground) -> Fault:
    problem, whole, _ = _cause(rows[len(rows) // 2], system, ground)
    row = rows[len(rows) // 2]
    return Fault(layer, 0, None, "geometry", _value(row), f"all {len(rows):,} rows: {problem}", whole)


def _row_fault(layer: str, row: _Row, key: str | None, system: str, ground: Ground) -> Fault:
    problem, _, alone = _cause(row, system, ground)
    return Fault(layer, row.position + 1, key, "geometry", _value(row), problem, alone)


def _value(row: _Row) -> str:
    return f"{row.x:.10g} {row.y:.10g}"
