"""The coordinate systems that features are served in, by their URIs, each with its own order of axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from geo import crs
from geo.errors import InputError
from geo.geojson import DIGITS

_METRIC_DIGITS: Final = 3
_URI: Final = "http://www.opengis.net/def/crs/"


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system: its name in `geo.crs`, its URI and title, and whether its axes begin with the north.

    `digits` are the decimals that places are written with: 1e-7 degree, or a millimetre.
    """

    name: str
    uri: str
    title: str
    north_first: bool
    is_degrees: bool
    digits: int


def _system(name: str) -> System:
    authority, code = name.split(":")
    version = "1.3" if name == crs.CRS84 else "0"
    is_degrees = crs.is_lon_lat_wgs84(name)
    return System(
        name=name,
        uri=f"{_URI}{authority}/{version}/{code}",
        title=crs.title_of(name),
        north_first=crs.latitude_first(name),
        is_degrees=is_degrees,
        digits=DIGITS if is_degrees else _METRIC_DIGITS,
    )


CRS84: Final = _system(crs.CRS84)
"""Longitude and latitude of WGS84: what is served where no system is asked for, and what all is kept in."""


def systems_of(metric_crs: str) -> tuple[System, ...]:
    """The systems of a county with this metric system, CRS84 first.

    WGS84, CGCS2000 and Web Mercator, the metric system, and where that is a Gauss-Kruger zone its twin, the eastings of
    which begin with the zone's number.
    """
    own = crs.ZONES.get(metric_crs)
    twins = [
        zone.system
        for zone in crs.ZONES.values()
        if own and zone.prefixed and (zone.datum, zone.width_deg, zone.number) == (own.datum, own.width_deg, own.number)
    ]
    names = dict.fromkeys((crs.WGS84, crs.CGCS2000, metric_crs, *twins, crs.WEB_MERCATOR))
    return (CRS84, *(_system(name) for name in names))


def parse_system(uri: str, systems: Sequence[System], *, parameter: str = "crs") -> System:
    """The one of `systems` that a URI names; InputError lists their URIs."""
    for system in systems:
        if system.uri == uri:
            return system
    listed = ", ".join(system.uri for system in systems) or "none: the collection has no places"
    raise InputError(f"{parameter}={uri!r} is not served here; there are: {listed}", parameter=parameter)
