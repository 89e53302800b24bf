"""Closures that are only supposed: GeoJSON of a question's body, checked before anything is computed from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import orjson
import shapely

from geo.errors import InputError, LimitError
from geo.terms import ClosureCause, RoadEffect, parse_term

MOST_CLOSURES: Final = 100
MOST_VERTICES: Final = 10_000
MOST_DEGREES: Final = 2.0
"""A shape that is longer from west to east, or from south to north, was not drawn to close roads of one county."""
_SPEED_KPH: Final = (1.0, 130.0)
_LONGEST_NAME: Final = 100
_LONGEST_WORD: Final = 40
_DEPTHS: Final = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A supposed closure for everyone, at any time: its shape (a line or an area, WGS84 degrees) and what it does."""

    id: str
    name: str | None
    cause: ClosureCause
    effect: RoadEffect
    speed_kph: float | None
    shape: Any


def what_if(content: object) -> tuple[WhatIf, ...]:
    """The closures of a FeatureCollection, a list of Features or one Feature, as JSON was read; ids `what-if 1` …

    A Feature is a line or an area. Its properties may say `effect` (closed when absent), `speed_kph` (for slowed),
    `cause` and `name`; others are left aside. InputError names the Feature, counted from 1, and what is wrong with it.
    """
    features = _features(content)
    if len(features) > MOST_CLOSURES:
        problem = f"{len(features)} closures; at most {MOST_CLOSURES} are taken"
        raise LimitError(problem, parameter="closures", limit=MOST_CLOSURES)
    found = []
    vertices = 0
    for number, feature in enumerate(features, start=1):
        try:
            geometry, properties = _parts(feature)
            vertices += _checked_vertices(geometry)
            if vertices > MOST_VERTICES:
                problem = f"all closures together may have {MOST_VERTICES:,} vertices, and here there are more"
                raise LimitError(problem, limit=MOST_VERTICES)
            found.append(WhatIf(f"what-if {number}", *_told(properties), _shape(geometry)))
        except LimitError as reason:
            raise LimitError(f"closure {number}: {reason}", parameter="closures", limit=reason.limit) from None
        except InputError as reason:
            raise InputError(f"closure {number}: {reason}", parameter="closures") from None
    return tuple(found)


def drawn(geometry: object) -> Any:
    """The shape of one closure's GeoJSON geometry, a line or an area in WGS84 degrees, held to the same limits."""
    try:
        line_or_area = _line_or_area(geometry)
        if _checked_vertices(line_or_area) > MOST_VERTICES:
            raise LimitError(f"may have {MOST_VERTICES:,} vertices, and here there are more", limit=MOST_VERTICES)
        return _shape(line_or_area)
    except LimitError as reason:
        raise LimitError(f"shape: {reason}", parameter="shape", limit=reason.limit) from None
    except InputError as reason:
        raise InputError(f"shape: {reason}", parameter="shape") from None


def _features(content: object) -> list[Any]:
    if isinstance(content, Mapping) and content.get("type") == "FeatureCollection":
        content = content.get("features")
    elif isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        raise InputError("closures must be GeoJSON: a FeatureCollection, or a list of Features", parameter="closures")
    return content


def _parts(feature: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise InputError('must be a GeoJSON object of type "Feature"')
    geometry, properties = feature.get("geometry"), feature.get("properties") or {}
    line_or_area = _line_or_area(geometry)
    if not isinstance(properties, Mapping):
        raise InputError("its properties must be an object")
    return line_or_area, properties


def _line_or_area(geometry: object) -> Mapping[str, Any]:
    if not isinstance(geometry, Mapping) or geometry.get("type") not in _DEPTHS:
        met = geometry.get("type") if isinstance(geometry, Mapping) else None
        raise InputError(f"its geometry must be one of {', '.join(_DEPTHS)}, not {str(met)[:_LONGEST_WORD]}")
    return geometry


def _checked_vertices(geometry: Mapping[str, Any]) -> int:
    """How many vertices a geometry has, each of them a place on Earth."""
    places = list(_places(geometry.get("coordinates"), _DEPTHS[geometry["type"]]))
    for lon, lat in places:
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise InputError(
                f"({lon:g}, {lat:g}) is no place on Earth; write the longitude first, as in [111.43, 27.69]"
            )
    for axis in zip(*places, strict=True):
        if max(axis) - min(axis) > MOST_DEGREES:
            raise InputError(f"reaches over {max(axis) - min(axis):g} degrees; at most {MOST_DEGREES:g} are taken")
    return len(places)


def _places(coordinates: object, depth: int) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list):
        raise InputError("its coordinates are not nested as its type says")
    for inner in coordinates:
        if depth > 1:
            yield from _places(inner, depth - 1)
        elif isinstance(inner, list) and 2 <= len(inner) <= 4 and all(map(_is_number, inner)):
            yield float(inner[0]), float(inner[1])
        else:
            raise InputError("each of its positions must be [longitude, latitude]")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _shape(geometry: Mapping[str, Any]) -> Any:
    try:
        plain = {"type": geometry["type"], "coordinates": geometry["coordinates"]}
        shape = shapely.force_2d(shapely.from_geojson(orjson.dumps(plain)))
    except shapely.errors.GEOSException as reason:
        raise InputError(f"its geometry cannot be read: {reason}") from None
    if shape.is_empty:
        raise InputError("its geometry is empty")
    if not shape.is_valid:
        raise InputError(f"its geometry is not valid: {shapely.is_valid_reason(shape)}")
    return shape


def _told(properties: Mapping[str, Any]) -> tuple[str | None, ClosureCause, RoadEffect, float | None]:
    """(name, cause, effect, speed) of the properties; what is null counts as absent."""
    name, effect, cause, speed_kph = (properties.get(key) for key in ("name", "effect", "cause", "speed_kph"))
    effect = (
        RoadEffect.CLOSED if effect is None else parse_term(RoadEffect, str(effect)[:_LONGEST_WORD], parameter="effect")
    )
    cause = (
        ClosureCause.OTHER if cause is None else parse_term(ClosureCause, str(cause)[:_LONGEST_WORD], parameter="cause")
    )
    if name is not None and not isinstance(name, str):
        raise InputError("its name must be text")
    if effect is RoadEffect.CLOSED:
        if speed_kph is not None:
            raise InputError("speed_kph has no meaning where effect is closed")
        return name and name[:_LONGEST_NAME], cause, effect, None
    low, high = _SPEED_KPH
    if not (_is_number(speed_kph) and low <= speed_kph <= high):
        raise InputError(f"a slowed road needs speed_kph, {low:g} to {high:g} km/h")
    return name and name[:_LONGEST_NAME], cause, effect, float(speed_kph)
