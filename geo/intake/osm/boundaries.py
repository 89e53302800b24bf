"""Which boundary is the county's, which lie in it, and where their main places are.

A boundary is any closed administrative one in the file: the county's, its towns', but also a neighbour's or a
province's. Nothing is assumed about admin levels but that a smaller number is the larger unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from geo import crs
from geo.errors import DataError
from geo.intake.osm import tags
from geo.intake.osm.cells import GRID_DEG
from geo.intake.osm.reading import SETTLEMENTS, Element, Extract, on_grid

FITS: Final = 0.3
"""A boundary is the county's when it and the hull of roads and places share this part of their union, or more."""
_HULL_MARGIN_M: Final = 300.0
_SAME: Final = 0.95
_NO_LEVEL: Final = 99


@dataclass(frozen=True, slots=True)
class Area:
    """A division before it has a code; `town` is the position of the town that a village lies in."""

    element: Element | None
    name: str
    shape: Any
    place: Any
    is_derived: bool
    town: int = 0

    @property
    def order(self) -> tuple[str, int]:
        """Areas without an element come last."""
        return self.element.order if self.element else ("~", 0)


def area_of(element: Element, place: Any, shape: Any, town: int = 0) -> Area:
    """A boundary's area, with its name."""
    return Area(element, element.tags.get("name", "").strip() or f"unnamed {element.osm_id}", shape, place, False, town)


def county_area(found: Extract) -> tuple[Area, str]:
    """The boundary that fits the data best, or a hull around the data; and a note which.

    Fit is the intersection over the union with the hull, so that neither a country nor one of the towns is taken
    for the county. DataError when there is neither a boundary nor a road nor a place.
    """
    hull = _hull(found)
    if not found.boundaries and hull.is_empty:
        raise DataError("the file holds neither a closed boundary nor a road nor a named place")
    fits = [_fit(one.shape, hull) for one in found.boundaries]
    # One area can have two boundaries, as a city and its only district: the larger unit is meant, then the lower id.
    order = [(-round(fit, 6), level_of(one), one.order) for fit, one in zip(fits, found.boundaries, strict=True)]
    best = min(range(len(order)), key=order.__getitem__, default=None)
    if best is not None and fits[best] >= FITS:
        element = found.boundaries[best]
        level = element.tags.get("admin_level", "unknown")
        note = f"county: boundary {element.osm_id} (admin_level {level}), fits the data to {fits[best]:.0%}"
        return area_of(element, on_grid(element.shape.representative_point()), element.shape), note
    broken = sum(one.get("boundary") == "administrative" for one in found.broken_areas.values())
    note = f"county: no boundary fits the data ({broken} do not close in this file); the outline is a hull around it"
    return Area(None, "unnamed county", hull, on_grid(hull.representative_point()), True), note


def _fit(shape: Any, hull: Any) -> float:
    if hull.is_empty:
        return 1.0
    shared = shapely.intersection(shape, hull).area
    return float(shared / (shape.area + hull.area - shared))


def _hull(found: Extract) -> Any:
    """Around all roads and places, with a margin, WGS84; empty when there are none."""
    shapes = [one.shape for one in (*found.highways, *found.settlements) if one.shape is not None]
    if not shapes:
        return shapely.Polygon()
    hull = shapely.convex_hull(shapely.geometrycollections(shapes))
    metric_crs = crs.metric_crs_of(*hull.centroid.coords[0])
    around = shapely.buffer(crs.to_metres(hull, metric_crs), _HULL_MARGIN_M, quad_segs=4)
    return shapely.set_precision(crs.to_degrees(around, metric_crs), GRID_DEG)


def levels_inside(found: Extract, county: Area) -> list[tuple[int, list[Element]]]:
    """The boundaries finer than the county's that lie in it, by level, coarse to fine."""
    above = level_of(county.element) if county.element else 0
    levels: dict[int, list[Element]] = {}
    for one in found.boundaries:
        level = level_of(one)
        shared = shapely.intersection(one.shape, county.shape).area if above % _NO_LEVEL < level < _NO_LEVEL else 0.0
        if 0.5 * one.shape.area < shared < _SAME * county.shape.area:
            levels.setdefault(level, []).append(one)
    return sorted(levels.items())


def share_of(elements: Sequence[Element], county: Area) -> float:
    """Which part of the county the boundaries cover together."""
    union = shapely.union_all(np.array([one.shape for one in elements], dtype=object))
    return float(shapely.intersection(union, county.shape).area / county.shape.area)


def level_of(element: Element) -> int:
    """admin_level; one without a number is taken as the finest."""
    level = tags.whole_number(element.tags, "admin_level")
    return _NO_LEVEL if level is None else level


def main_place(element: Element | None, shape: Any, places: Sequence[Element], found: Extract) -> Any:
    """The place that a boundary names as its centre; else a capital inside, the largest place, or just a point."""
    centre = found.centres.get(element.osm_id) if element else None
    named = [place for place in found.settlements if place.osm_id == centre]
    inside = [place for place in places if shapely.intersects(shape, place.shape)]
    capitals = [place for place in inside if place.tags.get("capital", "no") != "no"]
    for choice in (named, capitals, inside):
        if choice:
            return min(choice, key=_size).shape
    return on_grid(shape.representative_point())


def _size(place: Element) -> tuple[int, int, tuple[str, int]]:
    """Sorts places from the largest to the smallest: by kind, then by people, then by id."""
    return SETTLEMENTS.index(place.tags["place"]), -(tags.population(place.tags) or 0), place.order
