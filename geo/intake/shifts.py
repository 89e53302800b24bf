"""The shift detector: does a layer lie where the layers already loaded say it should, or beside it as GCJ-02 would?

Copies from China's web maps are in GCJ-02 or BD-09 and call themselves WGS84. A layer is read as each of the two, and
the loaded layers too, for the copy may be theirs; when one reading makes the layers agree and the plain one does not,
that is the finding. Layers are compared, in this order, by the keys they share, by the county's outline, by the
villages that rows say they lie in, and, for points, by the county they must lie in. Nothing here moves data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.crs import Floats
from geo.intake.places import EARTH
from geo.layers.spec import LayerSpec

_WINDS: Final = ("north", "north-north-east", "north-east", "east-north-east", "east", "east-south-east", "south-east",
                 "south-south-east", "south", "south-south-west", "south-west", "west-south-west", "west",
                 "west-north-west", "north-west", "north-north-west")  # fmt: skip
_LEAST_PAIRS: Final = 3
_LEAST_ROWS: Final = 10
_LEAST_OUTSIDE: Final = 5
_LEAST_SHIFT_M: Final = 20.0
_MOST_JOINED: Final = 2_000
_MOST_COMPARED: Final = 5_000
_STEP_M: Final = 200.0


@dataclass(frozen=True, eq=False)
class Placed:
    """A layer's places in WGS84, row by row: its keys, its shapes, and the code of the village each says it lies in."""

    layer: str
    keys: tuple[str | None, ...]
    shapes: Any
    villages: tuple[str | None, ...] = ()


def placed(frame: pd.DataFrame, spec: LayerSpec) -> Placed | None:
    """The places of a frame in WGS84; None for a table. Rows without key or shape stay out of comparisons."""
    if spec.is_table or not isinstance(frame, geopandas.GeoDataFrame):
        return None
    column = next((one.column for one in spec.references if one.layer == "villages"), None)
    codes = frame[column].tolist() if column in frame.columns else ()
    keys = frame[spec.key].tolist() if spec.key in frame.columns else [None] * len(frame)
    return Placed(spec.name, _texts(keys), np.asarray(frame.geometry.values), _texts(codes))


def _texts(values: Iterable[Any]) -> tuple[str | None, ...]:
    return tuple(value if isinstance(value, str) else None for value in values)


@dataclass(frozen=True, slots=True)
class ShiftFinding:
    """`suspect` (the layer that came in, or one loaded) looks like `system` taken for WGS84.

    It lies `distance_m` away from where it should, in the direction `bearing_deg` (from north, clockwise). Evidence:
    `incoming` tells whether the suspect is the layer that came in. `compared` places (rows with a common key, places
    along an outline, rows in their areas) were compared `by` key, outline, village or county with layer `against`;
    `misfit` tells how badly they agree as given and `misfit_if_so` when the suspect is read as `system`: metres for
    keys and outlines, the share of rows outside (0 to 1) for villages and the county.
    """

    system: str
    suspect: str
    incoming: bool
    distance_m: float
    bearing_deg: float
    by: str
    against: str
    compared: int
    misfit: float
    misfit_if_so: float

    @property
    def bearing_words(self) -> str:
        """The direction as one of sixteen winds, such as `east-south-east`."""
        return _WINDS[round(self.bearing_deg / 22.5) % 16]

    @property
    def advice(self) -> str:
        """What to do if it is true; nothing is done unasked."""
        again = f"import the layer {self.suspect} with --crs {self.system}"
        return again if self.incoming else f"{again}, or see whether {self.against} was moved once too often"

    def __str__(self) -> str:
        subject = "this" if self.incoming else f"the loaded layer {self.suspect}"
        other = f"the loaded layer {self.against}" if self.incoming else "this layer"
        metres = self.by in ("key", "outline")
        before, after = (f"{v:.0f} m apart" if metres else f"{v:.0%} outside" for v in (self.misfit, self.misfit_if_so))
        return (
            f"{subject} looks like {self.system}: {self.distance_m:.0f} m to the {self.bearing_words} of {other} "
            f"(by {self.by}, {self.compared:,} places: {before} as given, {after} if so)"
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to bring the layers together: the move that the incoming places make, and who is in what if it does."""

    system: str
    incoming: bool
    move: crs.Move

    def shift_m(self, lon: Floats, lat: Floats) -> tuple[float, float]:
        """How far the suspect lies off, east and north, in the middle of these places."""
        moved_lon, moved_lat = self.move(lon, lat)
        off = _offset_m(moved_lon, moved_lat, lon, lat)
        sign = 1 if self.incoming else -1
        return sign * float(np.median(off[:, 0])), sign * float(np.median(off[:, 1]))


_READINGS: Final = tuple(
    _Reading(system, incoming, (crs.to_wgs84 if incoming else crs.from_wgs84)(system))
    for incoming in (True, False)
    for system in (crs.GCJ02, crs.BD09)
)


def detect_shift(given: Placed, loaded: Iterable[Placed]) -> ShiftFinding | None:
    """What the loaded layers say of a shift of the one that came in; None when they say nothing."""
    known = {one.layer: one for one in loaded}
    return next((found for compare in _COMPARISONS if (found := compare(given, known)) is not None), None)


def _thinned(items: Any) -> Any:
    """An even sample: a few thousand tell as much as all."""
    return items[:: -(-len(items) // _MOST_COMPARED) or 1]


def _offset_m(from_lon: Floats, from_lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """East and north metres from one place to another, pairwise, shape (n, 2)."""
    bearing_deg, _, distance_m = crs.ELLIPSOID.inv(from_lon, from_lat, to_lon, to_lat)
    angle = np.radians(bearing_deg)
    return np.stack([np.asarray(distance_m) * np.sin(angle), np.asarray(distance_m) * np.cos(angle)], axis=-1)


def _finding(
    reading: _Reading, given: Placed, by: str, against: str, compared: int, misfits: tuple[float, float],
    east_north_m: tuple[float, float],
) -> ShiftFinding:  # fmt: skip
    east_m, north_m = east_north_m
    bearing_deg = float(np.degrees(np.arctan2(east_m, north_m))) % 360
    suspect, other = (given.layer, against) if reading.incoming else (against, given.layer)
    distance_m = float(np.hypot(east_m, north_m))
    return ShiftFinding(
        reading.system, suspect, reading.incoming, distance_m, bearing_deg, by, other, compared, *misfits
    )


def _by_key(given: Placed, known: Mapping[str, Placed]) -> ShiftFinding | None:
    """The same rows in the loaded layer of the same name: their middles, pair by pair."""
    other = known.get(given.layer)
    if other is None:
        return None
    row_of = {key: row for row, key in enumerate(other.keys) if key is not None}
    pairs = _thinned([(row, row_of[key]) for row, key in enumerate(given.keys) if key in row_of])
    here, there = (_middles(one.shapes[[pair[side] for pair in pairs]]) for side, one in enumerate((given, other)))
    both = EARTH.holds(*here.T) & EARTH.holds(*there.T)
    (lon, lat), (other_lon, other_lat) = here[both].T, there[both].T
    if len(lon) < _LEAST_PAIRS:
        return None
    as_given, _ = _residual_m(other_lon, other_lat, lon, lat)
    found = []
    for reading in _READINGS:
        shift_m = np.hypot(*reading.shift_m(lon, lat))
        left, error_m = _residual_m(other_lon, other_lat, *reading.move(lon, lat))
        left_m = float(np.hypot(*left))
        if shift_m >= _LEAST_SHIFT_M and left_m + 2 * error_m <= shift_m / 4:
            found.append((left_m, reading))
    if not found:
        return None
    left_m, reading = min(found, key=lambda pair: pair[0])
    sign = 1 if reading.incoming else -1
    misfits = (float(np.hypot(*as_given)), left_m)
    return _finding(reading, given, "key", other.layer, len(lon), misfits, (sign * as_given[0], sign * as_given[1]))


def _middles(shapes: Any) -> Floats:
    """Centroids as (lon, lat), shape (n, 2), NaN for none."""
    centres = shapely.centroid(shapes)
    return np.stack([shapely.get_x(centres), shapely.get_y(centres)], axis=-1)


def _residual_m(
    from_lon: Floats, from_lat: Floats, to_lon: Floats, to_lat: Floats
) -> tuple[tuple[float, float], float]:
    """The median way from one set of places to the other, east and north, and its standard error."""
    ways = _offset_m(from_lon, from_lat, to_lon, to_lat)
    middle = np.median(ways, axis=0)
    spread_m = 1.4826 * float(np.median(np.hypot(*(ways - middle).T)))
    return (float(middle[0]), float(middle[1])), 1.2533 * spread_m / float(np.sqrt(len(ways)))


def _by_outline(given: Placed, known: Mapping[str, Placed]) -> ShiftFinding | None:
    """An outline, or areas that together fill the county, against the county's outline."""
    county = known.get("county")
    if county is None or not all(0 < np.count_nonzero(_is_area(one.shapes)) <= _MOST_JOINED for one in (given, county)):
        return None
    ours, theirs = _edge(_areas(given.shapes)), _edge(_areas(county.shapes))
    if shapely.is_empty(ours) or shapely.is_empty(theirs):
        return None
    metres = crs.metric_crs_of(*shapely.centroid(theirs).coords[0])
    theirs_m = crs.to_metres(theirs, metres)
    if not 0.5 <= shapely.length(crs.to_metres(ours, metres)) / shapely.length(theirs_m) <= 2:
        return None  # it is no outline of this county
    as_given_m, count = _edges_apart_m(crs.to_metres(ours, metres), theirs_m)
    lon, lat = shapely.get_coordinates(ours).T
    found = []
    for reading in _READINGS:
        east_north_m = reading.shift_m(lon, lat)
        moved = shapely.transform(ours, reading.move, interleaved=False)
        left_m, _ = _edges_apart_m(crs.to_metres(moved, metres), theirs_m)
        if np.hypot(*east_north_m) >= _LEAST_SHIFT_M and left_m <= min(np.hypot(*east_north_m) / 4, as_given_m / 2):
            found.append((left_m, reading, east_north_m))
    if not found:
        return None
    left_m, reading, east_north_m = min(found, key=lambda one: one[0])
    return _finding(reading, given, "outline", "county", count, (as_given_m, left_m), east_north_m)


def _is_area(shapes: Any) -> Any:
    """Which of the shapes are polygons on Earth."""
    west, south, east, north = shapely.bounds(shapes).T
    real = EARTH.holds(west, south) & EARTH.holds(east, north)
    return np.isin(shapely.get_type_id(shapes), (3, 6)) & real


def _areas(shapes: Any) -> Any:
    """The polygons on Earth among the shapes, made valid."""
    return shapely.make_valid(shapes[_is_area(shapes)])


def _edge(areas: Any) -> Any:
    """The outer edge of all areas together; what is open between them is no edge."""
    parts = shapely.get_parts(shapely.union_all(areas))
    return shapely.union_all(shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == 3]))


def _edges_apart_m(ours_m: Any, theirs_m: Any) -> tuple[float, int]:
    """The median distance between two edges, the worse of the two directions, and how many places it is over."""
    medians, count = [], 0
    for edge, other in ((ours_m, theirs_m), (theirs_m, ours_m)):
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(edge, _STEP_M)))
        chosen = _thinned(points)
        shapely.prepare(other)
        medians.append(float(np.median(shapely.distance(chosen, other))))
        count += len(chosen)
    return max(medians), count


def _by_village(given: Placed, known: Mapping[str, Placed]) -> ShiftFinding | None:
    """The middles of rows against the villages that they say they lie in."""
    villages = known.get("villages")
    if villages is None or given.layer == villages.layer:
        return None
    shape_of = dict(zip(villages.keys, villages.shapes, strict=True))
    codes = given.villages or given.keys
    rows = _thinned([row for row, code in enumerate(codes) if code is not None and shape_of.get(code) is not None])
    containers = np.array([shape_of[codes[row]] for row in rows], dtype=object)
    return _by_containers(given, rows, containers, "village", villages.layer)


def _by_county(given: Placed, known: Mapping[str, Placed]) -> ShiftFinding | None:
    """Points against the county that they must lie in."""
    county = known.get("county")
    rows = _thinned(np.flatnonzero(shapely.get_type_id(given.shapes) == 0).tolist())
    if county is None or not len(rows) or not len(_areas(county.shapes)):
        return None
    outline = shapely.union_all(_areas(county.shapes))
    return _by_containers(given, rows, np.array([outline] * len(rows), dtype=object), "county", county.layer)


def _by_containers(given: Placed, rows: list[int], containers: Any, by: str, against: str) -> ShiftFinding | None:
    """Rows that lie outside their areas as given, and inside when the layer is read as a shifted one."""
    lon, lat = _middles(given.shapes[rows]).T
    real = EARTH.holds(lon, lat)
    lon, lat, containers = lon[real], lat[real], containers[real]
    if len(lon) < _LEAST_ROWS:
        return None
    shapely.prepare(containers)
    outside = int((~shapely.contains_xy(containers, lon, lat)).sum())
    if outside < _LEAST_OUTSIDE:
        return None
    counts = [int((~shapely.contains_xy(containers, *reading.move(lon, lat))).sum()) for reading in _READINGS]
    best = int(np.argmin(counts))
    if counts[best] > outside / 4:
        return None
    misfits = (outside / len(lon), counts[best] / len(lon))
    return _finding(_READINGS[best], given, by, against, len(lon), misfits, _READINGS[best].shift_m(lon, lat))


_COMPARISONS: Final[tuple[Callable[[Placed, Mapping[str, Placed]], ShiftFinding | None], ...]] = (
    _by_key,
    _by_outline,
    _by_village,
    _by_county,
)
