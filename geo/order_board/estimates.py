"""When those who have not arrived would be at the ordered station, by the roads as they are at the instant asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from geo import crs
from geo.arrivals import village_places
from geo.atlas import Atlas
from geo.board import Board, Order
from geo.dispatch import Dispatch, Roads, dispatch, roads_of
from geo.duty import availability
from geo.network.stands import Stands
from geo.order_board.ordered_grids import Grid
from geo.order_board.sightings import Sighting
from geo.rules import RoadRules, Rules


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a member sets out (WGS84 degrees), when, and what tells."""

    lon: float
    lat: float
    start_at: datetime
    told_by: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A way from a place to where a member is ordered to; both are (lon, lat), WGS84 degrees."""

    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Way:
    """How long a journey takes by road, both walks included; None, with the cause, where there is no way."""

    travel_s: float | None
    cause: str = ""

    def arrival(self, start_at: datetime) -> datetime | None:
        """When whoever sets out at `start_at` is there, rounded up to the second: never sooner than they can be."""
        return None if self.travel_s is None else start_at + timedelta(seconds=-(-self.travel_s // 1))

    def told(self, origin: Origin, arrival_at: datetime | None) -> str:
        """The expectation as a clause."""
        if arrival_at is None:
            return f"{origin.told_by}, no arrival to expect: {self.cause}"
        return f"{origin.told_by}, expected at {arrival_at:%H:%M:%S}"


def origin_of(
    atlas: Atlas, board: Board, order: Order, members: Sequence[tuple[int, Sequence[Sighting]]], rules: Rules
) -> list[Origin]:
    """Where members set out, each given as their team's position and what was seen of them since T0.

    By their own last check-in; one from before T0 must be as fresh as R15a asks. Whoever was not seen is where their
    team was at T0. Nobody sets out before the notice is over.
    """
    if not members:
        return []
    called_at = order.issued_at + timedelta(seconds=rules.roads.notice_s)
    oldest = order.issued_at - timedelta(seconds=rules.duty.check_in_fresh_s)
    placed = availability(atlas, board, order.issued_at)
    found = []
    for team, seen in members:
        known = [one for one in seen if one.lon is not None and one.begin > oldest]
        if known and known[-1].lon is not None and known[-1].lat is not None:
            last = known[-1]
            told_by = f"last seen at {last.begin:%H:%M:%S} (event {last.event})"
            found.append(Origin(known[-1].lon, known[-1].lat, max(last.begin, called_at), told_by))
        else:
            told_by = f"by their team's {placed.placed_by[team].value} at the call (R15a)"
            found.append(Origin(float(placed.lon[team]), float(placed.lat[team]), called_at, told_by))
    return found


def journeys(atlas: Atlas, legs: Sequence[tuple[Origin, str, Grid | None]]) -> list[Journey]:
    """From each origin to the grid that a member is ordered to, or without one to the station of the village."""
    places, position = village_places(atlas), {area.code: at for at, area in enumerate(atlas.villages)}
    ends = [
        (float(places.lon[position[village_code]]), float(places.lat[position[village_code]]))
        if grid is None
        else grid.place
        for _, village_code, grid in legs
    ]
    return [Journey((origin.lon, origin.lat), end) for (origin, *_), end in zip(legs, ends, strict=True)]


def ways(
    atlas: Atlas, board: Board, journeys: Sequence[Journey], *, at: datetime, rules: RoadRules
) -> Mapping[Journey, Way]:
    """Each journey's way with the closures in force at `at`: one search from each end to all who head there."""
    distinct = list(dict.fromkeys(journeys))
    roads = roads_of(atlas, board)
    if roads is None or not distinct:
        return dict.fromkeys(distinct, Way(None, "the county has no roads"))
    roads = replace(roads, stands=_stands(roads, distinct))
    heading: dict[tuple[float, float], list[int]] = {}
    for stand, journey in enumerate(distinct):
        heading.setdefault(journey.end, []).append(stand)
    found: dict[Journey, Way] = {}
    for end, stands in heading.items():
        allowed = np.zeros(len(distinct), dtype=bool)
        allowed[stands] = True
        answer = dispatch(roads, *end, at=at, allowed=allowed, k=len(stands), rules=rules)
        travel_s = {one.position: one.travel_s for one in answer.arrivals}
        found.update({distinct[stand]: _way(travel_s.get(stand), answer) for stand in stands})
    return found


def _way(travel_s: float | None, answer: Dispatch) -> Way:
    return Way(travel_s, "" if travel_s is not None else answer.cause or "no way by road")


def _stands(roads: Roads, journeys: Sequence[Journey]) -> Stands:
    lon, lat = np.array([one.start for one in journeys]).T
    x_m, y_m = crs.transformer(crs.WGS84, roads.metric_crs).transform(lon, lat)
    return Stands(roads.network, roads.snapper.snap_all(x_m, y_m))
