"""GCJ-02 and BD-09, the two shifted systems of China's web maps, forward and back.

The formula is the published approximation (gcoord, eviltransform), on the Krasovsky ellipsoid; it is within a few
metres of the state's secret one. Degrees, longitude first, numbers or arrays; two floats go through `math`, in a tenth
of the time that arrays take over one place. The shift applies in one box round China; a place outside it stays as it
is, in both directions, so that only within a kilometre of the box's own edge (no county is there) do the two
directions not undo each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Move = Callable[[Any, Any], tuple[Floats, Floats]]
"""What turns a pair of coordinates, east (longitude) first, into another; numbers or arrays."""

GCJ02: Final = "GCJ-02"
BD09: Final = "BD-09"

_KRASOVSKY_M, _KRASOVSKY_ES = 6378245.0, 0.00669342162296594323
_INVERSE_TOLERANCE_DEG = 1e-10
_LEAST_GAIN = 20  # each step leaves less than a twentieth of the error (measured: 1/38 at worst, BD-09)
_BLOCK = 16_384  # places at a time, so that the dozen arrays of the formula stay in the processor's cache
_SHIFTED_LON, _SHIFTED_LAT = (72.004, 137.8347), (0.8293, 55.8271)


_Formula = Callable[[Any, Any, Any], tuple[Any, Any]]
"""A shift of places inside the box; its third argument has the functions: numpy, or math for two floats."""


def wgs84_to_gcj02(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """WGS84 as GCJ-02 (AMap, Tencent), up to 700 m away."""
    return _inside_box(_to_gcj02, lon, lat)


def wgs84_to_bd09(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """WGS84 as Baidu's BD-09, a second shift on top of GCJ-02: 700 to 1,500 m in all."""
    return _inside_box(_to_bd09, lon, lat)


def gcj02_to_wgs84(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """GCJ-02 as WGS84, by iteration to 1e-10 degree."""
    return _inside_box(_from_gcj02, lon, lat)


def bd09_to_wgs84(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """BD-09 as WGS84, by iteration to 1e-10 degree."""
    return _inside_box(_from_bd09, lon, lat)


FORWARDS: Final[Mapping[str, Move]] = MappingProxyType({GCJ02: wgs84_to_gcj02, BD09: wgs84_to_bd09})
INVERSES: Final[Mapping[str, Move]] = MappingProxyType({GCJ02: gcj02_to_wgs84, BD09: bd09_to_wgs84})


def _inside_box(move: _Formula, lon: Any, lat: Any) -> tuple[Any, Any]:
    if isinstance(lon, float) and isinstance(lat, float):
        is_inside = _SHIFTED_LON[0] <= lon <= _SHIFTED_LON[1] and _SHIFTED_LAT[0] <= lat <= _SHIFTED_LAT[1]
        return move(lon, lat, math) if is_inside else (lon, lat)
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if lon.size > _BLOCK:
        blocks = [slice(start, start + _BLOCK) for start in range(0, lon.size, _BLOCK)]
        parts = [_inside_box(move, lon.ravel()[block], lat.ravel()[block]) for block in blocks]
        east, north = (np.concatenate(part).reshape(lon.shape) for part in zip(*parts, strict=True))
        return east, north
    inside = (lon >= _SHIFTED_LON[0]) & (lon <= _SHIFTED_LON[1]) & (lat >= _SHIFTED_LAT[0]) & (lat <= _SHIFTED_LAT[1])
    if inside.all():
        return move(lon, lat, np)
    moved_lon, moved_lat = lon.copy(), lat.copy()
    moved_lon[inside], moved_lat[inside] = move(lon[inside], lat[inside], np)
    return moved_lon, moved_lat


def _to_gcj02(lon: Any, lat: Any, of: Any) -> tuple[Any, Any]:
    pi, x, y = math.pi, lon - 105, lat - 35
    # The published sums hold sin(t) and sin(3 t): three sines fewer save a quarter of the time.
    sin_2x, sin_x3, sin_y3 = of.sin(2 * pi * x), of.sin(pi * x / 3), of.sin(pi * y / 3)
    root, wave = of.sqrt(abs(x)), (20 * _tripled(sin_2x) + 20 * sin_2x) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north_m += (20 * _tripled(sin_y3) + 40 * sin_y3) * 2 / 3
    north_m += (160 * of.sin(pi * y / 12) + 320 * of.sin(pi * y / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east_m += (20 * _tripled(sin_x3) + 40 * sin_x3) * 2 / 3
    east_m += (150 * of.sin(pi * x / 12) + 300 * of.sin(pi * x / 30)) * 2 / 3
    latitude = of.radians(lat)
    magic = 1 - _KRASOVSKY_ES * of.sin(latitude) ** 2
    root_magic = of.sqrt(magic)
    north = of.degrees(north_m * (magic * root_magic / (_KRASOVSKY_M * (1 - _KRASOVSKY_ES))))
    east = of.degrees(east_m * root_magic / (_KRASOVSKY_M * of.cos(latitude)))
    return lon + east, lat + north


def _tripled(sine: Any) -> Any:
    """sin(3 t) from sin(t)."""
    return sine * (3 - 4 * sine * sine)


def _to_bd09(lon: Any, lat: Any, of: Any) -> tuple[Any, Any]:
    lon, lat = _to_gcj02(lon, lat, of)
    turn = math.pi * 3000 / 180
    radius = of.hypot(lon, lat) + 0.00002 * of.sin(lat * turn)
    angle = of.atan2(lat, lon) + 0.000003 * of.cos(lon * turn)
    return radius * of.cos(angle) + 0.0065, radius * of.sin(angle) + 0.006


def _from_gcj02(lon: Any, lat: Any, of: Any) -> tuple[Any, Any]:
    return _inverted(_to_gcj02, lon, lat, of)


def _from_bd09(lon: Any, lat: Any, of: Any) -> tuple[Any, Any]:
    return _inverted(_to_bd09, lon, lat, of)


def _inverted(forward: _Formula, lon: Any, lat: Any, of: Any) -> tuple[Any, Any]:
    """The place that `forward` moves to (lon, lat), by fixed-point iteration to 1e-10 degree (some 0.01 mm)."""
    last_step_deg = _LEAST_GAIN * _INVERSE_TOLERANCE_DEG
    found_lon, found_lat = lon, lat
    for _ in range(20):  # five are enough anywhere in the box
        met_lon, met_lat = forward(found_lon, found_lat, of)
        east, north = met_lon - lon, met_lat - lat
        found_lon, found_lat = found_lon - east, found_lat - north
        if _largest(east) < last_step_deg and _largest(north) < last_step_deg:
            break
    return found_lon, found_lat


def _largest(step: Any) -> Any:
    return abs(step) if isinstance(step, float) else np.max(np.abs(step), initial=0.0)
