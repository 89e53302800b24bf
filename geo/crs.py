"""Coordinate systems: the one door between degrees and metres, and the only place that knows EPSG codes.

At rest everything is WGS84 longitude and latitude, in that order. CGCS2000 geographic degrees (EPSG:4490) are taken
as WGS84: the two agree within centimetres (DOMAIN.md section 5). A system is named by text: what PROJ knows
(`EPSG:4546`, WKT), or `GCJ-02` and `BD-09`, the two shifted systems of China's web maps, which no authority lists.
Nothing here asks the network for grids.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # its module re-exports it unmarked
from pyproj.transformer import AreaOfInterest, TransformerGroup

from geo import china_shift
from geo.china_shift import BD09 as BD09
from geo.china_shift import GCJ02 as GCJ02
from geo.china_shift import Floats as Floats
from geo.china_shift import Move as Move
from geo.errors import UnknownCrsError

WGS84: Final = "EPSG:4326"
CRS84: Final = "OGC:CRS84"  # the same degrees, longitude first by definition
CGCS2000: Final = "EPSG:4490"
WEB_MERCATOR: Final = "EPSG:3857"
ELLIPSOID: Final = pyproj.Geod(ellps="WGS84")
CHINA_LON: Final = (73.0, 136.0)
CHINA_LAT: Final = (3.0, 54.0)
_GAUSS_KRUGER_3_DEGREE_CM_75E: Final = 4534  # CGCS2000 / 3-degree Gauss-Kruger CM 75E … CM 135E is EPSG:4554
_GAUSS_KRUGER_3_DEGREE_ZONES: Final = 21
_GAUSS_KRUGER: Final = (  # datum, width of a zone, code of the first zone with a prefix and of the first without
    ("CGCS2000", 3, 4513, _GAUSS_KRUGER_3_DEGREE_CM_75E),
    ("CGCS2000", 6, 4491, 4502),
    ("Xi'an 1980", 3, 2349, 2370),
    ("Xi'an 1980", 6, 2327, 2338),
    ("Beijing 1954", 3, 2401, 2422),
    ("Beijing 1954", 6, 21413, 21453),
)
_MAX_NAME: Final = 65_536  # characters; the longest WKT of EPSG has some 20,000
_SPELLINGS: Final = {
    **dict.fromkeys(("GCJ02", "GCJ02LL", "火星坐标", "火星坐标系"), GCJ02),
    **dict.fromkeys(("BD09", "BD09LL", "百度坐标", "百度坐标系"), BD09),
}

set_network_enabled(False)  # a place must not depend on whether a grid could be fetched

_SEMI_MAJOR_M = ELLIPSOID.a
_ECCENTRICITY_SQUARED = ELLIPSOID.es


def is_lon_lat_wgs84(crs: Any) -> bool:
    """Whether `crs` is WGS84 or CGCS2000 degrees, whatever the axis order in its definition."""
    if _shifted(crs) is not None:
        return False
    system = pyproj.CRS.from_user_input(crs)
    return system == "OGC:CRS84" or (system.is_geographic and system.to_epsg(min_confidence=20) in (4326, 4490, 4979))


@lru_cache(maxsize=64)
def latitude_first(name: str) -> bool:
    """Whether a system's own definition puts the north axis first, as EPSG's degrees and Gauss-Kruger zones do."""
    return _shifted(name) is None and parse(name).axis_info[0].direction == "north"


def parse(text: Any) -> pyproj.CRS:
    """A coordinate system of PROJ's from its name (`EPSG:4546`, `OGC:CRS84`, WKT); UnknownCrsError otherwise.

    A system that has no place on this Earth's map (a drawing's own, heights, the Moon's) is refused as well.
    """
    example = "write an EPSG code such as EPSG:4326 or EPSG:4546, or GCJ-02, or BD-09"
    if isinstance(text, str) and len(text) > _MAX_NAME:
        raise UnknownCrsError(_short(text), f"its definition is longer than {_MAX_NAME} characters; {example}")
    try:
        system = pyproj.CRS.from_user_input(text)
    except (pyproj.exceptions.CRSError, RecursionError):
        raise UnknownCrsError(_short(text), example) from None
    if not (system.is_geographic or system.is_projected):
        raise UnknownCrsError(system.name, f"it has no longitude and latitude; {example}")
    try:
        transformer(system, WGS84)
    except pyproj.exceptions.ProjError:
        raise UnknownCrsError(system.name, f"PROJ knows no way from it to WGS84; {example}") from None
    return system


def _short(text: Any) -> Any:
    return f"{text[:80]}…" if isinstance(text, str) and len(text) > 80 else text


def name_of(system: Any) -> str:
    """The one name of a system however it is written: `GCJ-02`, `EPSG:4546` where EPSG has it, else its WKT."""
    shifted = _shifted(system)
    if shifted is not None:
        return shifted
    found = parse(system)
    code, authority = found.to_epsg(), found.to_authority()
    return f"EPSG:{code}" if code else ":".join(authority) if authority else str(found.to_wkt())


def title_of(system: Any) -> str:
    """A system's name for people, such as `CGCS2000 / 3-degree Gauss-Kruger CM 111E`."""
    return _shifted(system) or str(parse(system).name)


def agree(own: Any, declared: Any) -> bool:
    """Whether a file's own word on its system and a declared one can both be true.

    No file can say that it is in GCJ-02 or BD-09: copies from web maps call themselves WGS84. So a declaration of
    these two stands beside degrees of WGS84 or CGCS2000.
    """
    if name_of(own) == name_of(declared):
        return True
    if _shifted(own) is not None:
        return False
    if _shifted(declared) is not None:
        return is_lon_lat_wgs84(own)
    return bool(parse(own).equals(parse(declared), ignore_axis_order=True))


def _shifted(system: Any) -> str | None:
    """GCJ-02 or BD-09 when the text means one of them, else None."""
    return _SPELLINGS.get(re.sub(r"[\s_-]", "", system).upper()) if isinstance(system, str) else None


def accuracy_m(source: Any, place: tuple[float, float] | None = None) -> float | None:
    """How far a place of `source` may be off once it is WGS84, in metres; None where PROJ states nothing.

    The figure is PROJ's for the transformation it uses at `place` (lon, lat), without one the worst of those it has.
    Beijing 1954 and Xi'an 1980 have none for most of China: there PROJ changes the ellipsoid and leaves the datum,
    which is tens of metres off (49 m in the Ordos basin, where both ways are known). CGCS2000 is the project's own
    figure: the same frame at epoch 2000, and the drift of the plate since. GCJ-02 and BD-09: the published formula
    against the state's secret one (DOMAIN.md section 5).
    """
    if _shifted(source) is not None:
        return 5.0
    system = parse(source)
    base = system.geodetic_crs
    if base is not None and base.to_epsg(min_confidence=20) == 4490:
        return 1.0
    area = None if place is None else AreaOfInterest(*place, *place)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a grid that is not here: the next best is used, and its accuracy told
        ways = TransformerGroup(system, WGS84, always_xy=True, area_of_interest=area).transformers
    figures = [way.accuracy for way in (ways if place is None else ways[:1])]
    return max(figures) if figures and min(figures) >= 0 else None


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of a Chinese Gauss-Kruger system. Eastings of a `prefixed` one begin with the zone's number."""

    system: str
    datum: str
    width_deg: int
    number: int
    meridian_deg: int
    prefixed: bool

    @property
    def false_easting_m(self) -> float:
        """The easting of the central meridian."""
        return 500_000.0 + (1_000_000.0 * self.number if self.prefixed else 0.0)


def _zones() -> dict[str, Zone]:
    found = []
    for datum, width, prefixed, plain in _GAUSS_KRUGER:
        first, count, west = (25, 21, 0) if width == 3 else (13, 11, 3)
        for step in range(count):
            meridian = (first + step) * width - west
            found.append(Zone(f"EPSG:{prefixed + step}", datum, width, first + step, meridian, True))
            found.append(Zone(f"EPSG:{plain + step}", datum, width, first + step, meridian, False))
    return {zone.system: zone for zone in found}


ZONES: Final[Mapping[str, Zone]] = MappingProxyType(_zones())
"""Gauss-Kruger zones by name: CGCS2000, Xi'an 1980 and Beijing 1954, three and six degrees wide."""


def metric_crs_of(lon: float, lat: float) -> str:
    """The metric system for a place: CGCS2000 3-degree Gauss-Kruger in China, else the WGS84 UTM zone."""
    if CHINA_LON[0] <= lon < CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]:
        # EPSG:4533, just before the first, is no zone west of it but zone 45, CM 135E.
        zone = min(max(round((lon - 75) / 3), 0), _GAUSS_KRUGER_3_DEGREE_ZONES - 1)
        return f"EPSG:{_GAUSS_KRUGER_3_DEGREE_CM_75E + zone}"
    return utm_of(lon, lat)


def utm_of(lon: float, lat: float) -> str:
    """The WGS84 UTM zone of a place."""
    zone = int((lon + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


@lru_cache(maxsize=64)
def transformer(source: Any, target: Any) -> pyproj.Transformer:
    """A transformer whose axes are always longitude (east) first.

    Each thread that uses it makes its own. From two systems that takes 60 ms, in which no other thread gets on: PROJ
    looks for every way there may be. Where there is one way it is spelt out, and made in a fifth of a millisecond.
    """
    made = pyproj.Transformer.from_crs(source, target, always_xy=True)
    is_one_way = made.definition.startswith("proj=")
    return pyproj.Transformer.from_pipeline(made.definition) if is_one_way else made


def to_metres(shapes: Any, metric_crs: str) -> Any:
    """WGS84 shapes (one or an array) in metres of `metric_crs`."""
    project = transformer(WGS84, metric_crs).transform
    return shapely.transform(shapes, lambda x, y: project(x, y), interleaved=False)


def point_to_metres(lon: float, lat: float, metric_crs: str) -> tuple[float, float]:
    """One WGS84 place in metres of `metric_crs`, in a microsecond."""
    x_m, y_m = transformer(WGS84, metric_crs).transform(lon, lat)
    return x_m, y_m


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


def from_crs(shapes: Any, source: Any) -> Any:
    """Shapes of any known system, axes east (longitude) first, as WGS84 longitude and latitude; None stays None.

    `source` is a name (`EPSG:4546`, `GCJ-02`) or a pyproj.CRS. A place outside the system's reach becomes infinite.
    """
    if _shifted(source) is None and is_lon_lat_wgs84(parse(source)):
        return shapely.force_2d(shapes)
    return shapely.transform(shapes, to_wgs84(source), interleaved=False)


def to_crs(shapes: Any, target: Any) -> Any:
    """WGS84 shapes in any known system, axes east (longitude) first: the way back of `from_crs`."""
    return shapely.transform(shapes, from_wgs84(target), interleaved=False)


def point_to_wgs84(x: float, y: float, source: str) -> tuple[float, float]:
    """One place of a named system as WGS84 degrees, in microseconds; infinite where the system has no such place."""
    if source == WGS84:
        return x, y
    lon, lat = _way_of(source)(x, y)
    return float(lon), float(lat)


def to_wgs84(source: Any) -> Move:
    """What turns coordinates of `source`, east first, into WGS84 longitude and latitude."""
    return _way_of(source) if isinstance(source, str) else _way(source)


@lru_cache(maxsize=64)
def _way_of(name: str) -> Move:
    return _way(name)


def _way(source: Any) -> Move:
    shifted = _shifted(source)
    if shifted is None and is_lon_lat_wgs84(parse(source)):
        return lambda lon, lat: (np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return transformer(parse(source), WGS84).transform if shifted is None else china_shift.INVERSES[shifted]


def from_wgs84(target: Any) -> Move:
    """What turns WGS84 longitude and latitude into coordinates of `target`, east first."""
    shifted = _shifted(target)
    return transformer(WGS84, parse(target)).transform if shifted is None else china_shift.FORWARDS[shifted]
