"""What needs attention first: orders, open incidents, red hazards, villages without their nights, closed roads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import shapely

from geo.arrivals import village_points
from geo.atlas import Area, Atlas, Provenance
from geo.board import Board, Order
from geo.calendar import Week, to_china
from geo.coverage import StayCoverage, VillageStays, stay_coverage
from geo.coverage.stays import LACKING
from geo.exposure import Hazard, exposure, known_hazards
from geo.mobilisations import in_force, villages_under
from geo.order_board import OrderBoard, order_board
from geo.reach.places import once_for_each_atlas
from geo.terms import ClosureCause, HazardLevel, IncidentKind, Mode, RoadEffect, VehicleClass

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class OrderInForce:
    """An order with its board, the codes of its scope with their names, and the bounds of the villages in it."""

    board: OrderBoard
    scope: tuple[tuple[str, str | None], ...]
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that was discovered and is not handled; `village` is None where it lies in none."""

    incident_id: str
    kind: IncidentKind
    summary: str | None
    discovered_at: datetime
    notified_at: datetime | None
    lon: float
    lat: float
    village: Area | None


@dataclass(frozen=True, slots=True)
class RedHazard:
    """A risk zone or active hazard site of the worst level; a zone's place lies inside it, and its village there.

    `people` are those that a site threatens, or those of all grid cells (villages, where there are none) that a zone
    touches; None where nobody counted.
    """

    hazard: Hazard
    lon: float
    lat: float
    village: Area | None
    people: int | None


@dataclass(frozen=True, slots=True)
class LackingVillage:
    """A village that lacks nights, or a team, and the place where one arrives in it."""

    stays: VillageStays
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class RoadBarred:
    """A closure in force, for whatever vehicles; the place lies on it."""

    closure_id: str
    name: str | None
    cause: ClosureCause
    effect: RoadEffect
    vehicles: VehicleClass
    from_at: datetime
    until: datetime | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs attention at an instant, each list with what matters most first; `stays` are those of its week.

    Orders are the newest first, as are incidents and closures; hazards those with the most people, villages by the
    weight of `geo.coverage.attention`.
    """

    at: datetime
    mode: Mode
    orders: tuple[OrderInForce, ...]
    incidents: tuple[OpenIncident, ...]
    hazards: tuple[RedHazard, ...]
    stays: StayCoverage
    villages: tuple[LackingVillage, ...]
    closures: tuple[RoadBarred, ...]
    provenance: Provenance


def needs_attention(atlas: Atlas, board: Board, *, at: datetime) -> Attention:
    """All that a commander should look at first, as it stands at an instant.

    The mode is emergency while an order is in force anywhere in the county (R13); each order says where.
    """
    at = to_china(at)
    orders = in_force(board, at)
    stays = stay_coverage(atlas, board, Week.of(at), at=at)
    return Attention(
        at=at,
        mode=Mode.EMERGENCY if orders else Mode.NORMAL,
        orders=tuple(_order(atlas, board, one, at) for one in reversed(orders)),
        incidents=_open_incidents(atlas, board.incidents, at),
        hazards=red_hazards(atlas),
        stays=stays,
        villages=_lacking(atlas, stays),
        closures=_barred(board.closures, at),
        provenance=board.provenance,
    )


def _order(atlas: Atlas, board: Board, order: Order, at: datetime) -> OrderInForce:
    names = _names(atlas)
    shapes = atlas.layers["villages"].geometry.to_numpy()[villages_under(atlas, (order,))]
    return OrderInForce(
        board=order_board(atlas, board, order.order_id, at=at),
        scope=tuple((code, names.get(code)) for code in order.scope),
        bounds=_bounds(shapes) if len(shapes) else None,
    )


def _bounds(shapes: Iterable[shapely.Geometry]) -> Bounds:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


@once_for_each_atlas
def _names(atlas: Atlas) -> Mapping[str, str]:
    """The name of every code that a scope may have."""
    named = (atlas.layers[layer] for layer in ("county", "towns", "villages"))
    return {code: name for frame in named for code, name in zip(frame["code"], frame["name"], strict=True)}


def _open_incidents(atlas: Atlas, frame: pd.DataFrame, at: datetime) -> tuple[OpenIncident, ...]:
    handled = frame["handled_at"]
    rows = frame[((frame["discovered_at"] <= at) & (handled.isna() | (handled > at))).to_numpy()]
    rows = rows.sort_values("discovered_at", ascending=False, kind="stable")
    return tuple(
        OpenIncident(
            incident_id=row["incident_id"],
            kind=IncidentKind(row["kind"]),
            summary=_told(row["summary"]),
            discovered_at=row["discovered_at"].to_pydatetime(),
            notified_at=_instant(row["notified_at"], at),
            lon=row["geometry"].x,
            lat=row["geometry"].y,
            village=_village_at(atlas, row["geometry"]),
        )
        for row in rows.to_dict("records")
    )


@once_for_each_atlas
def red_hazards(atlas: Atlas) -> tuple[RedHazard, ...]:
    """Every risk zone and active hazard site of the worst level, that with the most people first, then by id."""
    sites, areas = atlas.layers["hazard_sites"], {area.code: area for area in atlas.villages}
    people = _people_in_zones(atlas)
    village = {}
    for site_id, count, code in zip(sites["site_id"], sites["threatened_people"], sites["village_code"], strict=True):
        people["hazard_sites", site_id] = None if pd.isna(count) else int(count)
        village["hazard_sites", site_id] = areas.get(code)
    found = []
    for hazard, shape in known_hazards(atlas):
        if hazard.level is HazardLevel.EXTREME:
            key, point = (hazard.layer, hazard.hazard_id), shapely.point_on_surface(shape)
            within = village.get(key) or _village_at(atlas, point)
            found.append(RedHazard(hazard, point.x, point.y, within, people.get(key)))
    return tuple(sorted(found, key=lambda one: -1 if one.people is None else one.people, reverse=True))


def _people_in_zones(atlas: Atlas) -> dict[tuple[str, str], int | None]:
    """The people of the areas that each red zone touches, by its layer and id; None where none of them was counted."""
    answer = exposure(atlas, min_level=HazardLevel.EXTREME)
    people: dict[tuple[str, str], int | None] = {}
    for area in answer.grids if not atlas.layers["grids"].empty else answer.villages:
        for hazard in area.hazards:
            key = (hazard.layer, hazard.hazard_id)
            before = people.setdefault(key, None)
            people[key] = before if area.population is None else (before or 0) + area.population
    return people


def _village_at(atlas: Atlas, point: shapely.Point) -> Area | None:
    found = atlas.village_index.containing(point.x, point.y)
    return atlas.villages[found[0]] if found else None


def _lacking(atlas: Atlas, stays: StayCoverage) -> tuple[LackingVillage, ...]:
    points = village_points(atlas)
    position = {area.code: number for number, area in enumerate(atlas.villages)}
    lacking = (one for one in stays.by_attention if one.state in LACKING)
    placed = ((one, position[one.village_code]) for one in lacking)
    return tuple(LackingVillage(one, float(points.lon[here]), float(points.lat[here])) for one, here in placed)


def _barred(frame: pd.DataFrame, at: datetime) -> tuple[RoadBarred, ...]:
    ends = frame["to_at"]
    rows = frame[((frame["from_at"] <= at) & (ends.isna() | (ends > at))).to_numpy()]
    rows = rows.sort_values("from_at", ascending=False, kind="stable")
    points = shapely.point_on_surface(np.asarray(rows.geometry.values, dtype=object))
    return tuple(
        RoadBarred(
            closure_id=row["closure_id"],
            name=_told(row["name"]),
            cause=ClosureCause(row["cause"]),
            effect=RoadEffect(row["effect"]),
            vehicles=VehicleClass(row["vehicles"]),
            from_at=row["from_at"].to_pydatetime(),
            until=_instant(row["to_at"]),
            lon=point.x,
            lat=point.y,
        )
        for row, point in zip(rows.to_dict("records"), points.tolist(), strict=True)
    )


def _told(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _instant(value: pd.Timestamp, until: datetime | None = None) -> datetime | None:
    """A cell's instant; None where it is missing, or later than `until`."""
    return None if pd.isna(value) or (until is not None and value > until) else value.to_pydatetime()
