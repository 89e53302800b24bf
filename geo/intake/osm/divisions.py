"""County, towns and villages out of OpenStreetMap's boundaries and places: a partition with made-up codes.

Codes: 990001 is the county, 990001 and three digits a town, three more a village (001-199 community, 200-399 village,
as in the national table, then 400-999 for either). 99 is no province of GB/T 2260, so that a made-up code is never
taken for a real one; OpenStreetMap's own id stays in `source_id`. Numbers follow the OSM ids: the same file gives the
same codes, and an edited one mostly does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from geo import crs
from geo.errors import DataError
from geo.intake.osm import cells, tags
from geo.intake.osm.boundaries import Area, area_of, county_area, level_of, levels_inside, main_place, share_of
from geo.intake.osm.reading import Element, Extract, on_grid
from geo.terms import VillageKind

COUNTY_CODE: Final = "990001"
_FIRST_NUMBER: Final = {VillageKind.COMMUNITY: 1, VillageKind.VILLAGE: 200}
_END_NUMBER: Final = {VillageKind.COMMUNITY: 200, VillageKind.VILLAGE: 400}
_TOWNS_COVER: Final = 0.5
_VILLAGES_COVER: Final = 0.999
_REST: Final = 0.001
_NAMESAKE_M: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Division:
    """One county, town or village. `place` is where its people are; `is_derived` when its border was made here."""

    code: str
    name: str
    tags: tags.Tags
    source_id: str | None
    shape: Any
    place: Any
    is_derived: bool


@dataclass(frozen=True, slots=True)
class Divisions:
    """The county, its towns and their villages: each is exactly the sum of its parts. `main_place` is the capital."""

    county: Division
    towns: tuple[Division, ...]
    villages: tuple[Division, ...]
    main_place: Any
    metric_crs: str
    notes: tuple[str, ...]


def divided(found: Extract) -> Divisions:
    """The partition of an extract. DataError when it holds nothing to make a county of."""
    county, county_note = county_area(found)
    metric_crs = crs.metric_crs_of(*county.shape.centroid.coords[0])
    places = [place for place in found.settlements if shapely.intersects(county.shape, place.shape)]
    towns, town_note = _towns(found, county, places)
    villages, village_note = _from_boundaries(found, county, towns) or _from_places(places, towns, metric_crs)
    coded_towns: list[Division] = []
    coded_villages: list[Division] = []
    for number, town in enumerate(towns):
        own = [village for village in villages if village.town == number]
        if own:
            town_code = f"{COUNTY_CODE}{_three_digits(len(coded_towns) + 1, 'towns')}"
            coded_villages += _numbered(town_code, own)
            coded_towns.append(_coded(town, town_code, cells.joined([village.shape for village in own])))
    return Divisions(
        county=_coded(county, COUNTY_CODE, cells.joined([village.shape for village in coded_villages])),
        towns=tuple(coded_towns),
        villages=tuple(coded_villages),
        main_place=main_place(county.element, county.shape, places, found),
        metric_crs=metric_crs,
        notes=(county_note, town_note, village_note),
    )


def _towns(found: Extract, county: Area, places: Sequence[Element]) -> tuple[list[Area], str]:
    """The first finer level of boundaries that fills half of the county, and a last town for what it leaves."""
    for level, elements in levels_inside(found, county):
        if share_of(elements, county) < _TOWNS_COVER:
            continue
        shapes = [_polygons(shapely.intersection(one.shape, county.shape)) for one in elements]
        towns = [
            area_of(one, main_place(one, shape, places, found), shape)
            for one, shape in zip(elements, shapes, strict=True)
        ]
        note = f"towns: {len(elements)} boundaries of admin_level {level}"
        rest = _polygons(shapely.difference(county.shape, shapely.union_all(np.array(shapes, dtype=object))))
        if rest.area > _REST * county.shape.area:
            towns.append(Area(None, f"{county.name} (rest)", rest, on_grid(rest.representative_point()), True))
            note += ", and one more for the land that none of them covers"
        return towns, note
    place = main_place(county.element, county.shape, places, found)
    return [Area(None, county.name, county.shape, place, True)], "towns: no finer boundaries; the county is one town"


def _from_boundaries(found: Extract, county: Area, towns: Sequence[Area]) -> tuple[list[Area], str] | None:
    """The villages of the first level, finer than the towns', whose boundaries partition the towns; else None."""
    town_shapes = [town.shape for town in towns]
    town_level = max((level_of(town.element) for town in towns if town.element), default=0)
    for level, elements in levels_inside(found, county):
        if level <= town_level or share_of(elements, county) < _VILLAGES_COVER:
            continue
        own = cells.owners(np.array([one.shape.point_on_surface() for one in elements], dtype=object), town_shapes)
        nested = [
            shapely.intersection(one.shape, town_shapes[town]).area >= _VILLAGES_COVER * one.shape.area
            for one, town in zip(elements, own, strict=True)
        ]
        if all(nested):
            shapes = cells.mended([one.shape for one in elements], county.shape)
            villages = [
                area_of(one, on_grid(shape.representative_point()), shape, int(town))
                for one, shape, town in zip(elements, shapes, own, strict=True)
                if shape is not None
            ]
            return villages, f"villages: {len(villages)} boundaries of admin_level {level}"
    return None


def _from_places(places: Sequence[Element], towns: Sequence[Area], metric_crs: str) -> tuple[list[Area], str]:
    """Cells around the places, cut at the borders of the towns."""
    town_shapes = [town.shape for town in towns]
    seeds = _seeds(places, towns, metric_crs)
    shapes = cells.voronoi(town_shapes, [one.place for one in seeds], [one.town for one in seeds], metric_crs)
    villages = [
        Area(seed.element, seed.name, shape, seed.place, True, seed.town)
        for seed, shape in zip(seeds, shapes, strict=True)
        if shape is not None
    ]
    return villages, f"villages: {len(villages)} cells around place points, cut at the towns' borders; none is surveyed"


def _seeds(places: Sequence[Element], towns: Sequence[Area], metric_crs: str) -> list[Area]:
    """One point for each settlement, and one for a town that has none.

    A node and an area of one name near each other in one town are one settlement mapped twice; the first one, which
    is the node, stays. So does the lower id of two names at one point.
    """
    points = np.array([one.shape for one in places], dtype=object)
    own = cells.owners(points, [town.shape for town in towns])
    metres = shapely.get_coordinates(crs.to_metres(points, metric_crs))
    seeds: list[Area] = []
    namesakes: dict[tuple[int, str], list[Any]] = {}
    taken: set[bytes] = set()
    for place, town, place_m in zip(places, own.tolist(), metres, strict=True):
        name = place.tags["name"].strip()
        others = namesakes.setdefault((town, _plain(name)), [])
        if place.shape.wkb in taken or any(np.hypot(*(place_m - other)) <= _NAMESAKE_M for other in others):
            continue
        others.append(place_m)
        taken.add(place.shape.wkb)
        seeds.append(Area(place, name, None, place.shape, True, town))
    empty = sorted(set(range(len(towns))) - {seed.town for seed in seeds})
    return seeds + [Area(None, towns[town].name, None, towns[town].place, True, town) for town in empty]


def _plain(name: str) -> str:
    """A name without accents and capitals: Sornàs and Sornás are one place."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _polygons(shape: Any) -> Any:
    """The areas of a result that also holds lines and points where borders touch."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _numbered(town_code: str, villages: Sequence[Area]) -> list[Division]:
    """Villages of one town with their codes, communities first, each kind in the order of the OSM ids."""
    next_number, spill = dict(_FIRST_NUMBER), 400
    coded = []
    for village in sorted(villages, key=lambda one: one.order):
        kind = tags.village_kind(village.element.tags if village.element else {})
        number = next_number[kind]
        if number < _END_NUMBER[kind]:
            next_number[kind] += 1
        else:
            number, spill = spill, spill + 1
        coded.append(_coded(village, f"{town_code}{_three_digits(number, 'villages of one town')}", village.shape))
    return sorted(coded, key=lambda one: one.code)


def _three_digits(number: int, what: str) -> str:
    if number > 999:
        raise DataError(f"too many {what} for a code of three digits; the file is more than a county: cut it smaller")
    return f"{number:03d}"


def _coded(area: Area, code: str, shape: Any) -> Division:
    element = area.element
    return Division(
        code=code,
        name=area.name,
        tags=element.tags if element else {},
        source_id=element.osm_id if element else None,
        shape=shape,
        place=area.place,
        is_derived=area.is_derived,
    )
