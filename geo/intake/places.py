"""Where a file's coordinates fall: the systems they can be in, and what each would mean.

Coordinates come as they stand in the file, the first (east, longitude) as x and the second as y. A place is the
county's when it lies in the outline or within 30 km of it. Before a county is loaded the question is whether it lies
in China, and for a file that has nothing there, on Earth. Nothing here moves data: it says what to declare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.crs import Floats

NEAR_M: Final = 30_000.0
_SAMPLE: Final = 2_000
_SHOWN: Final = 6

Flags = npt.NDArray[np.bool_]
Reading = tuple[str, bool]
"""A system, and whether the two coordinates change places before it is applied."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read a file's coordinates. `system` is what to give to --crs.

    `swapped`: the two coordinates must be exchanged as well. `share` (0 to 1) is that of the places on the ground
    asked for: near the county, else in China, else on Earth. The middle of the places is `lon`, `lat` (WGS84; NaN
    when they are nowhere). `alike` are systems that read the same numbers as nearly the same places.
    """

    system: str
    swapped: bool
    share: float
    lon: float
    lat: float
    sentence: str
    alike: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Ground:
    """An area in which places are expected, in words and as a WGS84 shape; `outline` is the county's own, if known."""

    words: str
    short: str
    area: shapely.Geometry
    outline: shapely.Geometry | None = None

    def holds(self, lon: Any, lat: Any) -> Flags:
        """Which places lie in it; those that are not finite do not."""
        held: Flags = shapely.contains_xy(self.area, np.asarray(lon), np.asarray(lat))
        return held

    def outside_m(self, lon: float, lat: float) -> float:
        """About how far a place lies from the outline, or from the area; infinite for none on Earth."""
        if not (abs(lon) <= 360 and abs(lat) <= 90):
            return float("inf")
        target = self.area if self.outline is None else self.outline
        line = shapely.shortest_line(shapely.Point(lon, lat), target)
        (east, north), (other_east, other_north) = shapely.get_coordinates(line)
        return float(crs.distance_m(east, north, other_east, other_north))


EARTH: Final = Ground("on Earth", "Earth", shapely.box(-180.0000001, -90.0000001, 180.0000001, 90.0000001))
CHINA: Final = Ground(
    "in China", "China", shapely.box(crs.CHINA_LON[0], crs.CHINA_LAT[0], crs.CHINA_LON[1], crs.CHINA_LAT[1])
)


def county_ground(outline: shapely.Geometry, within_m: float = NEAR_M) -> Ground:
    """A county's outline (WGS84) and `within_m` round it."""
    metres = crs.metric_crs_of(*shapely.centroid(outline).coords[0])
    around_m = shapely.buffer(crs.to_metres(outline, metres), within_m, quad_segs=64)
    area = crs.to_degrees(around_m, metres)
    shapely.prepare(area)
    return Ground(f"in the county or within {within_m / 1000:g} km of it", "the county", area, outline)


def candidates(x: Any, y: Any, outline: shapely.Geometry | None = None) -> tuple[Candidate, ...]:
    """The systems that a file's coordinates can be in, the likeliest first, each with what it would mean.

    Empty when no coordinate is finite. Of many places an even sample is taken.
    """
    east, north = _sampled(x, y)
    if not len(east):
        return ()
    ground = CHINA if outline is None else county_ground(outline)
    readings = readings_of(east, north, middle_of(outline))
    found = [_candidate(reading, east, north, ground) for reading in readings]
    if outline is None and not any(candidate.share for candidate in found):
        found = [_candidate(reading, east, north, EARTH) for reading in readings]
    told = [candidate for candidate in found if candidate.share or not candidate.swapped] or found
    return tuple(sorted(told, key=lambda candidate: -candidate.share))


def advice(found: Sequence[Candidate]) -> str:
    """What to tell whoever gave a file without a coordinate system."""
    if not found:
        return "it has no coordinate that is a number"
    shown = [candidate.sentence for candidate in found[:_SHOWN]]
    likely = [candidate for candidate in found if candidate.share]
    if len(likely) > _SHOWN:  # eastings without a prefix, and no county to say in which zone
        first, last = (label_of((candidate.system, candidate.swapped)) for candidate in (likely[0], likely[-1]))
        shown = [f"from {first} to {last} each makes sense: take the zone whose meridian is nearest to the county"]
    return "say which with --crs: " + "; ".join(shown)


def _sampled(x: Any, y: Any) -> tuple[Floats, Floats]:
    east, north = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    finite = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
    chosen = finite[:: max(len(finite) // _SAMPLE, 1)]
    return east[chosen], north[chosen]


def middle_of(outline: shapely.Geometry | None) -> tuple[float, float] | None:
    """The middle of a county's outline as (lon, lat); None without one."""
    return None if outline is None else (outline.centroid.x, outline.centroid.y)


def readings_of(x: Floats, y: Floats, near: tuple[float, float] | None, datum: str = "CGCS2000") -> list[Reading]:
    """The readings that the size of the numbers allows, the commoner before the rarer."""
    found: list[Reading] = []
    for east, north, swapped in ((np.median(x), np.median(y), False), (np.median(y), np.median(x), True)):
        if abs(east) <= 180 and abs(north) <= 90:
            shifted = [] if swapped or not CHINA.holds(east, north) else [crs.GCJ02, crs.BD09]
            systems = [crs.WGS84, *shifted]
        elif abs(east) <= 360 and abs(north) <= 360:
            systems = []
        else:
            systems = _metric_systems(float(east), float(north), near, datum)
            systems = [system for system in systems if not (swapped and system == crs.WEB_MERCATOR)]
        found += [(system, swapped) for system in systems]
    return found


def _metric_systems(east_m: float, north_m: float, near: tuple[float, float] | None, datum: str) -> list[str]:
    """Systems in metres for an easting and a northing: Gauss-Kruger by prefix, UTM, Web Mercator."""
    million = int(east_m // 1e6)
    zones = [zone for zone in crs.ZONES.values() if zone.datum == datum and 0 < north_m < 1e7]
    meridian = None if near is None else 3 * round(near[0] / 3)
    fitting = [zone.system for zone in zones if zone.prefixed and zone.number == million]
    if million == 0:
        plain = [zone for zone in zones if zone.width_deg == 3 and not zone.prefixed]
        steps = {zone.system: 0 if meridian is None else abs(zone.meridian_deg - meridian) for zone in plain}
        fitting += sorted((system for system in steps if steps[system] <= 3), key=lambda system: steps[system])
    if near is not None and (million == 0 or fitting):
        # What the county's own zone would make of the numbers is said even where it is absurd: it is the usual guess.
        fitting += [zone.system for zone in zones if zone.width_deg == 3 and zone.meridian_deg == meridian]
    if near is not None and 1e5 <= east_m < 1e6 and 0 <= north_m <= 1e7:
        fitting += [crs.utm_of(lon, near[1]) for lon in (near[0], near[0] - 0.5, near[0] + 0.5)]
    if million != 0 and max(abs(east_m), abs(north_m)) <= 20_037_509:
        fitting.append(crs.WEB_MERCATOR)
    return list(dict.fromkeys(fitting))


def read_as(reading: Reading, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The places (WGS84 lon, lat) that a reading makes of the numbers."""
    system, swapped = reading
    lon, lat = crs.to_wgs84(system)(y, x) if swapped else crs.to_wgs84(system)(x, y)
    return np.asarray(lon), np.asarray(lat)


def _candidate(reading: Reading, x: Floats, y: Floats, ground: Ground) -> Candidate:
    lon, lat = read_as(reading, x, y)
    share = float(ground.holds(lon, lat).mean())
    real = EARTH.holds(lon, lat)
    middle = (float(np.median(lon[real])), float(np.median(lat[real]))) if real.any() else (float("nan"),) * 2
    alike = _alike(reading[0])
    sentence = f"as {label_of(reading)} {_fall(share, middle, ground)}"
    if reading[0] in (crs.GCJ02, crs.BD09) and share:
        sentence += f", {np.median(crs.distance_m(x, y, lon, lat)):.0f} m from where {crs.WGS84} puts them"
    if alike and share:
        sentence += f" ({' and '.join(alike)} read the same numbers nearly alike)"
    return Candidate(reading[0], reading[1], share, *middle, sentence, alike)


def _alike(system: str) -> tuple[str, ...]:
    zone = crs.ZONES.get(system)
    if zone is None:
        return (crs.CGCS2000,) if system == crs.WGS84 else ()
    same = (zone.width_deg, zone.number, zone.prefixed)
    others = (other for other in crs.ZONES.values() if other.datum != zone.datum)
    return tuple(other.system for other in others if (other.width_deg, other.number, other.prefixed) == same)


def label_of(reading: Reading) -> str:
    """A reading for people: the system, its title, and whether the coordinates are exchanged."""
    system, swapped = reading
    title = crs.title_of(system)
    named = system if title == system else f"{system} ({title})"
    return named + (" with the two coordinates exchanged" if swapped else "")


def _fall(share: float, middle: tuple[float, float], ground: Ground) -> str:
    if np.isnan(middle[0]):
        return "they fall nowhere on Earth"
    if share > 0:
        return f"{'the' if share == 1 else f'{share:.0%} of the'} points fall {ground.words}"
    off_km = ground.outside_m(*middle) / 1000
    return f"they fall near {_place(*middle)}, {off_km:,.0f} km from {ground.short}"


def _place(lon: float, lat: float) -> str:
    return f"{abs(lon):.1f}{'E' if lon >= 0 else 'W'} {abs(lat):.1f}{'N' if lat >= 0 else 'S'}"
