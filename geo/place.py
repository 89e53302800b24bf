"""The card of a place: what it lies in, the hazards around, who would arrive first, and its village's nights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.arrivals import village_points, village_position
from geo.atlas import Atlas, Place, Provenance, ZoneAt
from geo.board import Board
from geo.calendar import DAY, Week, to_china
from geo.coverage import VillageStays, stay_coverage, stay_history, village_evenings
from geo.coverage.review import WEEKS
from geo.errors import InputError, NotFoundError
from geo.exposure import level_of
from geo.nearest import NearestAnswer, nearest
from geo.terms import EveningState, HazardKind, HazardLevel, RoadEffect, SiteStatus, StayState, VillageKind

AROUND_M: Final = 500.0
"""Hazard sites up to this far are told with a place."""
_VILLAGE_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class VillageAt:
    """The village of a place; `population` is None where nobody counted."""

    code: str
    name: str
    town_code: str
    town_name: str | None
    kind: VillageKind
    population: int | None


@dataclass(frozen=True, slots=True)
class GridAt:
    """The grid cell of a place."""

    code: str
    population: int | None


@dataclass(frozen=True, slots=True)
class SiteNear:
    """A hazard site near a place, removed ones too; `level` is that of its danger grade, None where it has none."""

    site_id: str
    name: str
    kind: HazardKind
    grade: str | None
    level: HazardLevel | None
    status: SiteStatus
    distance_m: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Streak:
    """For how many weeks in a row a village has been met or lost, its present week counted if it is."""

    state: StayState
    weeks: int


@dataclass(frozen=True, slots=True)
class VillageNights:
    """A village's week: its stays, the seven evenings from Monday on, and the streak, None where it has none."""

    week: Week
    stays: VillageStays
    evenings: tuple[tuple[date, EveningState], ...]
    streak: Streak | None


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """All that is told of a place at an instant. `village` and `grid` are None, and `nights`, where it lies in none.

    `zones` have what each does to the roads in it, None for nothing. `sites` are the nearest first.
    """

    at: datetime
    lon: float
    lat: float
    village: VillageAt | None
    grid: GridAt | None
    zones: tuple[tuple[ZoneAt, RoadEffect | None], ...]
    sites: tuple[SiteNear, ...]
    nearest: NearestAnswer
    nights: VillageNights | None
    provenance: Provenance


def place_of(atlas: Atlas, code: str) -> Place:
    """Where a code is, and what lies there: a village's station, where it lies inside, or a place inside the area.

    InputError for what is no code of a village (12 digits) or a grid cell (15); NotFoundError where there is none.
    """
    if not (code.isascii() and code.isdecimal()) or len(code) not in (_VILLAGE_DIGITS, _VILLAGE_DIGITS + 3):
        raise InputError(f"code={code!r} is not a village's 12 digits or a grid cell's 15", parameter="code")
    layer = "villages" if len(code) == _VILLAGE_DIGITS else "grids"
    found = np.flatnonzero((atlas.layers[layer]["code"] == code).to_numpy())
    if not len(found):
        raise NotFoundError("village" if layer == "villages" else "grid cell", code)
    position = int(found[0])
    shape = atlas.layers[layer].geometry.iloc[position]
    point = shapely.point_on_surface(shape)
    if layer == "grids":
        return replace(atlas.locate(point.x, point.y), grid_code=code)
    points = village_points(atlas)
    station = shapely.Point(points.lon[position], points.lat[position])
    lon, lat = (station if shapely.intersects(shape, station) else point).coords[0]
    area = atlas.villages[position]
    return replace(
        atlas.locate(lon, lat),
        village_code=area.code,
        village_name=area.name,
        town_code=area.town_code,
        town_name=area.town_name,
    )


def place_card(atlas: Atlas, board: Board, place: Place, *, at: datetime, k: int = 3) -> PlaceCard:
    """The card of a place that `Atlas.locate` or `place_of` found, at an instant.

    The k teams that arrive first come with the ways that they take, and the nights are those of the instant's week.
    """
    at = to_china(at)
    return PlaceCard(
        at=at,
        lon=place.lon,
        lat=place.lat,
        village=_village(atlas, place.village_code),
        grid=_grid(atlas, place.grid_code),
        zones=_zones(atlas, place),
        sites=sites_around(atlas, place.lon, place.lat),
        nearest=nearest(atlas, board, place.lon, place.lat, at=at, k=k, paths=True),
        nights=_nights(atlas, board, place.village_code, at),
        provenance=board.provenance,
    )


def sites_around(atlas: Atlas, lon: float, lat: float, within_m: float = AROUND_M) -> tuple[SiteNear, ...]:
    """Hazard sites at most `within_m` metres (geodesic) from a place, the nearest first, ties by id."""
    sites = atlas.layers["hazard_sites"]
    x, y = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    # A degree of latitude is never less than 110.5 km; the box keeps the geodesics few.
    reach_lat = within_m / 110_500
    reach_lon = reach_lat / max(np.cos(np.radians(abs(lat) + reach_lat)), 1e-6)
    close = np.flatnonzero((abs(y - lat) <= reach_lat) & (abs(x - lon) <= reach_lon))
    far_m = np.atleast_1d(crs.distance_m(np.full(len(close), lon), np.full(len(close), lat), x[close], y[close]))
    order = np.argsort(far_m, kind="stable")
    return tuple(_site(sites.iloc[close[one]], float(far_m[one])) for one in order.tolist() if far_m[one] <= within_m)


def _site(row: pd.Series, distance_m: float) -> SiteNear:
    grade = row["danger_grade"]
    return SiteNear(
        site_id=row["site_id"],
        name=row["name"],
        kind=HazardKind(row["kind"]),
        grade=grade if isinstance(grade, str) else None,
        level=level_of(grade),
        status=SiteStatus(row["status"]),
        distance_m=distance_m,
        lon=row["geometry"].x,
        lat=row["geometry"].y,
    )


def _village(atlas: Atlas, code: str | None) -> VillageAt | None:
    if code is None:
        return None
    position = village_position(atlas, code)
    area, kind = atlas.villages[position], atlas.layers["villages"]["kind"].iloc[position]
    return VillageAt(area.code, area.name, area.town_code, area.town_name, VillageKind(kind), area.population)


def _grid(atlas: Atlas, code: str | None) -> GridAt | None:
    if code is None:
        return None
    people = atlas.layers["grids"]["population"].iloc[atlas.grid_codes.index(code)]
    return GridAt(code, None if pd.isna(people) else int(people))


def _zones(atlas: Atlas, place: Place) -> tuple[tuple[ZoneAt, RoadEffect | None], ...]:
    frame = atlas.layers["risk_zones"]
    effects = dict(zip(frame["zone_id"], frame["road_effect"], strict=True))
    told = ((zone, effects[zone.zone_id]) for zone in place.zones)
    return tuple((zone, RoadEffect(effect) if isinstance(effect, str) else None) for zone, effect in told)


def _nights(atlas: Atlas, board: Board, code: str | None, at: datetime) -> VillageNights | None:
    if code is None:
        return None
    position, week = village_position(atlas, code), Week.of(at)
    first = Week.of(date.fromordinal(max(week.monday.toordinal() - 7 * (WEEKS - 1), 1)))
    history = stay_history(atlas, board, first, week, at=at)
    met, lost = int(history.met.now[position]), int(history.lost.now[position])
    streak = Streak(StayState.MET, met) if met else Streak(StayState.LOST, lost) if lost else None
    evenings = village_evenings(atlas, board, week, at=at)[position]
    return VillageNights(
        week=week,
        stays=stay_coverage(atlas, board, week, at=at).villages[position],
        evenings=tuple((week.monday + DAY * offset, state) for offset, state in enumerate(evenings)),
        streak=streak,
    )
