"""Coordinate systems: the one door between degrees and metres, and the only place that knows EPSG codes.

At rest everything is WGS84 longitude and latitude, in that order. CGCS2000 geographic degrees (EPSG:4490) are taken
as WGS84: the two agree within centimetres (DOMAIN.md section 5).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.errors import UnknownCrsError

WGS84: Final = "EPSG:4326"
ELLIPSOID: Final = pyproj.Geod(ellps="WGS84")
CHINA_LON: Final = (73.0, 136.0)
_GAUSS_KRUGER_3_DEGREE_CM_75E: Final = 4534  # CGCS2000 / 3-degree Gauss-Kruger CM 75E … CM 135E is EPSG:4554
_GAUSS_KRUGER_3_DEGREE_ZONES: Final = 21

Floats = npt.NDArray[np.float64]

_SEMI_MAJOR_M = ELLIPSOID.a
_ECCENTRICITY_SQUARED = ELLIPSOID.es


def is_lon_lat_wgs84(crs: Any) -> bool:
    """Whether `crs` is WGS84 or CGCS2000 degrees, whatever the axis order in its definition."""
    system = pyproj.CRS.from_user_input(crs)
    return system == "OGC:CRS84" or (system.is_geographic and system.to_epsg(min_confidence=20) in (4326, 4490, 4979))


def parse(text: Any) -> pyproj.CRS:
    """A coordinate system from its name (`EPSG:4546`, `OGC:CRS84`, WKT); UnknownCrsError otherwise."""
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        raise UnknownCrsError(text, "write an EPSG code such as EPSG:4326 or EPSG:4546") from None


def metric_crs_of(lon: float, lat: float) -> str:
    """The metric system for a place: CGCS2000 3-degree Gauss-Kruger in China, else the WGS84 UTM zone."""
    if CHINA_LON[0] <= lon < CHINA_LON[1] and 3 <= lat <= 54:
        # EPSG:4533, just before the first, is no zone west of it but zone 45, CM 135E.
        zone = min(max(round((lon - 75) / 3), 0), _GAUSS_KRUGER_3_DEGREE_ZONES - 1)
        return f"EPSG:{_GAUSS_KRUGER_3_DEGREE_CM_75E + zone}"
    zone = int((lon + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """A transformer whose axes are always longitude (east) first."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_metres(shapes: Any, metric_crs: str) -> Any:
    """WGS84 shapes (one or an array) in metres of `metric_crs`."""
    project = transformer(WGS84, metric_crs).transform
    return shapely.transform(shapes, lambda x, y: project(x, y), interleaved=False)


def to_degrees(shapes: Any, metric_crs: str) -> Any:
    """Shapes in metres of `metric_crs` (one or an array) as WGS84 longitude and latitude."""
    project = transformer(metric_crs, WGS84).transform
    return shapely.transform(shapes, lambda x, y: project(x, y), interleaved=False)


def distance_m(lon_a: Any, lat_a: Any, lon_b: Any, lat_b: Any) -> Any:
    """Geodesic distance in metres on the WGS84 ellipsoid, pairwise."""
    return ELLIPSOID.inv(lon_a, lat_a, lon_b, lat_b)[2]


def to_geocentric(lon: Any, lat: Any) -> Floats:
    """Points on the ellipsoid as geocentric X, Y, Z in metres, shape (n, 3).

    The straight line between two such points (the chord) is never longer than the geodesic between them, at any
    place on Earth; that makes it the exact lower bound that nearest-neighbour searches need.
    """
    longitude, latitude = np.radians(lon), np.radians(lat)
    sine = np.sin(latitude)
    normal_m = _SEMI_MAJOR_M / np.sqrt(1 - _ECCENTRICITY_SQUARED * sine * sine)
    across_m = normal_m * np.cos(latitude)
    return np.stack(
        [across_m * np.cos(longitude), across_m * np.sin(longitude), normal_m * (1 - _ECCENTRICITY_SQUARED) * sine],
        axis=-1,
    )


def from_crs(shapes: Any, source: pyproj.CRS) -> Any:
    """Shapes of any known system, axes east (longitude) first, as WGS84 longitude and latitude; None stays None."""
    project = pyproj.Transformer.from_crs(source, WGS84, always_xy=True).transform
    return shapely.transform(shapes, lambda x, y: project(x, y), interleaved=False)
