"""Who arrives first by road: told, on the way to the road, driving, and on foot for the last stretch (R14, R15b).

An arrival is `notice + access + road + walk`, minimised over every road within walking reach of the team and of the
place (geo/network). Times are held to the millisecond. Who counts, and where teams set out, is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.board import Board
from geo.closures import Closure, RoadClosures
from geo.duty import Availability
from geo.index import Mask
from geo.network import sweep
from geo.network.asking import Answered
from geo.network.asking import ask as ask_roads
from geo.network.conditions import Conditions
from geo.network.graph import Ints, RoadNetwork
from geo.network.paths import line_of
from geo.network.search import Arrivals, BulkArrivals, Route, nearest_stands, nearest_stands_bulk
from geo.network.snapping import Snapper, Snaps
from geo.network.speeds import Walking
from geo.network.stands import Stands
from geo.network.sweep import first_arrivals
from geo.network.walks import with_walks, with_walks_bulk
from geo.rules import RoadRules as RoadRules
from geo.terms import Reach
from geo.what_if import WhatIf

MOST_PASSED_OVER: Final = 3
_NODES_A_PLACE: Final = 200  # measured: the sweep takes as long as the search at so many places fewer than nodes


@dataclass(frozen=True, slots=True)
class Arrival:
    """One team's arrival, leg by leg in seconds; `position` is the team's among the Board's teams.

    `access_s` is its way on foot to the road, `walk_s` the last stretch, whose straight length is `snap_m`.
    `lost_s` is what the closures in force cost it; None where there are none. `path` runs along the roads (WGS84).
    """

    position: int
    notice_s: float
    access_s: float
    road_s: float
    walk_s: float
    arrival_s: float
    margin_s: float
    snap_m: float
    lost_s: float | None
    path: shapely.LineString | None

    @property
    def travel_s(self) -> float:
        """Under way: everything but the notice."""
        return round(self.arrival_s - self.notice_s, 3)


@dataclass(frozen=True, slots=True)
class Passed:
    """A team that would arrive before the last of the answer, but does not count."""

    position: int
    arrival_s: float


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The first teams to arrive, in order. `nearest_road_m`: how far the nearest road is, None without any.

    `closures` are those that changed this answer: without them other teams, or the same sooner.
    """

    reach: Reach
    cause: str
    arrivals: tuple[Arrival, ...]
    passed: tuple[Passed, ...]
    closures: tuple[Closure, ...]
    nearest_road_m: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """What a county with roads has: the network, where teams stand on it, and what acts on it."""

    network: RoadNetwork
    snapper: Snapper
    metric_crs: str
    stands: Stands
    closures: RoadClosures

    def supposing(self, extra: Sequence[WhatIf]) -> Roads:
        """The same roads with supposed closures."""
        return replace(self, closures=self.closures.with_extra(extra))


def roads_of(atlas: Atlas, board: Board, placed: Availability | None = None) -> Roads | None:
    """The county's roads as its Atlas and Board hold them, with the teams where they are `placed`; None: no roads.

    Without `placed` the teams stand where the register has them.
    """
    stands = board.teams.stands if placed is None else placed.stands
    if atlas.network is None or atlas.snapper is None or stands is None or board.roads is None:
        return None
    return Roads(atlas.network, atlas.snapper, atlas.metric_crs, stands, board.roads)


def dispatch(
    roads: Roads,
    lon: float,
    lat: float,
    *,
    at: datetime,
    allowed: Mask,
    k: int,
    notice_ms: Ints | None = None,
    paths: bool = False,
    rules: RoadRules = RoadRules(),
) -> Dispatch:
    """The k teams of `allowed` that arrive first at a place (WGS84) with the closures in force at `at`; ties by id.

    `notice_ms` (shape (teams,)) is when each starts, without it that of duty. With `paths` every arrival carries its
    way along the roads. A place that nobody reaches has its cause, as a clause that names it.
    """
    x_m, y_m = crs.point_to_metres(lon, lat, roads.metric_crs)
    notice_ms = _notices_ms(len(roads.stands), rules) if notice_ms is None else notice_ms
    conditions = roads.closures.conditions_at(at)
    if not paths:
        answered = ask_roads(
            roads.network,
            roads.snapper,
            conditions,
            roads.stands,
            x_m,
            y_m,
            allowed=allowed,
            notice_ms=notice_ms,
            k=k,
            limit_ms=rules.search_limit_s * 1000,
            most_passed=MOST_PASSED_OVER,
        )
        if answered is not None:
            return _at_once(answered, None if conditions.is_open else 0, rules)
    place = roads.snapper.snap(x_m, y_m)
    ask = _Question(roads, place, notice_ms, rules, allowed, k)
    found, lost_ms, causes = _found(ask, conditions, paths)
    closures = tuple(roads.closures.closure(cause) for cause in causes)
    reached = len(found.stand) > 0
    if not reached and allowed.any() and place.segment[0, 0] < 0:
        return _off_network(float(place.nearest_m[0]), roads.snapper.walking)
    return Dispatch(
        reach=Reach.REACHED if reached else Reach.UNREACHABLE if allowed.any() else Reach.NO_TEAM,
        cause="" if reached or not allowed.any() else _cause(ask, conditions, closures),
        arrivals=tuple(_arrivals(ask, found, lost_ms, paths)),
        passed=tuple(
            Passed(stand, arrival_ms / 1000)
            for stand, arrival_ms in zip(found.passed_stand.tolist(), found.passed_arrival_ms.tolist(), strict=True)
        ),
        closures=closures,
        nearest_road_m=float(place.nearest_m[0]),
    )


def _at_once(answered: Answered, lost_ms: int | None, rules: RoadRules) -> Dispatch:
    """The answer where no closure has to do with it."""
    return Dispatch(
        reach=Reach.REACHED,
        cause="",
        arrivals=tuple([_arrival(one, rules, lost_ms, None) for one in answered.arrivals]),
        passed=tuple([Passed(stand, arrival_ms / 1000) for stand, arrival_ms in answered.passed]),
        closures=(),
        nearest_road_m=answered.nearest_m,
    )


def dispatch_bulk(
    roads: Roads,
    lon: crs.Floats,
    lat: crs.Floats,
    asked: npt.NDArray[np.intp],
    *,
    at: datetime,
    allowed: Mask,
    k: int,
    notice_ms: Ints | None = None,
    rules: RoadRules = RoadRules(),
) -> BulkArrivals:
    """The first k of `allowed` at n places (WGS84, shape (n,)); only the rows `asked` are looked at."""
    x_m, y_m = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x_m[asked], y_m[asked] = crs.transformer(crs.WGS84, roads.metric_crs).transform(lon[asked], lat[asked])
    network, stands, conditions = roads.network, roads.stands, roads.closures.conditions_at(at)
    notice_ms = _notices_ms(len(stands), rules) if notice_ms is None else notice_ms
    places = roads.snapper.snap_all(x_m, y_m)
    limit_ms = rules.search_limit_s * 1000
    if len(asked) > network.nodes / _NODES_A_PLACE:  # one sweep over the whole network serves every place
        nodes = first_arrivals(network, conditions, stands, allowed, notice_ms, k, limit_ms)
        by_road = sweep.arrivals_at(network, conditions, stands, allowed, notice_ms, nodes, places)
    else:
        by_road = nearest_stands_bulk(
            network, conditions, stands, places, allowed=allowed, notice_ms=notice_ms, k=k, limit_ms=limit_ms
        )
    return with_walks_bulk(
        by_road, stands, places, roads.snapper.walking, allowed=allowed, notice_ms=notice_ms, limit_ms=limit_ms
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What stays the same while one place is asked about under several conditions."""

    roads: Roads
    place: Snaps
    notice_ms: Ints
    rules: RoadRules
    allowed: Mask
    k: int

    def first(
        self,
        conditions: Conditions,
        *,
        allowed: Mask | None = None,
        routes: bool = False,
        most_passed: int = 0,
        limit_ms: int | None = None,
    ) -> Arrivals:
        allowed = self.allowed if allowed is None else allowed
        limit_ms = self.rules.search_limit_s * 1000 if limit_ms is None else limit_ms
        wanted: dict[str, Any] = {"allowed": allowed, "notice_ms": self.notice_ms, "k": self.k, "limit_ms": limit_ms}
        roads, place = self.roads, self.place
        by_road = nearest_stands(
            roads.network, conditions, roads.stands, place, **wanted, most_passed=most_passed, routes=routes
        )
        return with_walks(by_road, roads.stands, place, roads.snapper.walking, **wanted, most_passed=most_passed)


def _off_network(nearest_m: float, walking: Walking) -> Dispatch:
    if not np.isfinite(nearest_m):
        return Dispatch(Reach.OFF_NETWORK, "the county has no roads", (), (), (), None)
    cause = f"the nearest road is {nearest_m:,.0f} m away, farther than the {walking.limit_m:,.0f} m that are walked"
    return Dispatch(Reach.OFF_NETWORK, cause, (), (), (), nearest_m)


def _notices_ms(teams: int, rules: RoadRules) -> Ints:
    return np.full(teams, rules.notice_s * 1000, dtype=np.int32)


def arrivals_at(bulk: BulkArrivals, row: int, rules: RoadRules) -> list[Arrival | None]:
    """The arrivals at one place of many; None where fewer than k arrive."""
    legs = (bulk.notice_ms, bulk.access_ms, bulk.road_ms, bulk.walk_ms, bulk.arrival_ms, bulk.gap_m)
    rows = zip(bulk.stand[row].tolist(), *(leg[row].tolist() for leg in legs), strict=True)
    return [None if one[0] < 0 else _arrival(one, rules, None, None) for one in rows]


def _arrivals(ask: _Question, found: Arrivals, lost_ms: dict[int, int] | None, paths: bool) -> Iterator[Arrival]:
    legs = (found.notice_ms, found.access_ms, found.road_ms, found.walk_ms, found.arrival_ms, found.gap_m)
    rows = zip(found.stand.tolist(), *(leg.tolist() for leg in legs), strict=True)
    for rank, one in enumerate(rows):
        path = _line(ask, one[0], found.routes[rank]) if paths else None
        yield _arrival(one, ask.rules, None if lost_ms is None else lost_ms[one[0]], path)


def _arrival(
    row: tuple[int, int, int, int, int, int, float], rules: RoadRules, lost_ms: int | None, path: Any
) -> Arrival:
    position, notice_ms, access_ms, road_ms, walk_ms, arrival_ms, gap_m = row
    return Arrival(
        position=position,
        notice_s=notice_ms / 1000,
        access_s=access_ms / 1000,
        road_s=road_ms / 1000,
        walk_s=walk_ms / 1000,
        arrival_s=arrival_ms / 1000,
        margin_s=(rules.limit_s * 1000 - arrival_ms) / 1000,
        snap_m=gap_m,
        lost_s=None if lost_ms is None else lost_ms / 1000,
        path=path,
    )


def _found(
    ask: _Question, conditions: Conditions, paths: bool
) -> tuple[Arrivals, dict[int, int] | None, tuple[str, ...]]:
    """The first teams, what closures cost each of them (None where none acts), and which closures do.

    Only where the search looked at a road that a closure acts on is the open network asked as well.
    """
    found = ask.first(conditions, routes=paths, most_passed=MOST_PASSED_OVER)
    if conditions.is_open:
        return found, None, ()
    if not found.met_closure:
        return found, dict.fromkeys(found.stand.tolist(), 0), ()
    return found, *_against_open(ask, conditions, found, ask.first(ask.roads.closures.open_roads, routes=True))


def _line(ask: _Question, stand: int, route: Route | None) -> shapely.LineString:
    """The drive along the roads; for a walk straight from where the team stands, the walk (WGS84)."""
    if route is not None:
        return line_of(ask.roads.network, route)
    ends = [(snaps.x_m[row], snaps.y_m[row]) for snaps, row in ((ask.roads.stands.snaps, stand), (ask.place, 0))]
    line: shapely.LineString = crs.to_degrees(shapely.LineString(ends), ask.roads.metric_crs)
    return line


def _against_open(
    ask: _Question, conditions: Conditions, found: Arrivals, free: Arrivals
) -> tuple[dict[int, int], tuple[str, ...]]:
    """What closures cost each team found, in milliseconds, and which of them: those that bar or slow its open way.

    A team that would be among the first on the open network, and is not, counts as well.
    """
    ways = _ways(free)
    now_ms = dict(zip(found.stand.tolist(), found.arrival_ms.tolist(), strict=True))
    others = np.zeros(len(ask.allowed), dtype=bool)
    others[[stand for stand in now_ms if stand not in ways]] = True
    if others.any():
        ways |= _ways(ask.first(ask.roads.closures.open_roads, allowed=others, routes=True))
    hindered = [route for stand, (free_ms, route) in ways.items() if now_ms.get(stand) != free_ms]
    causes = {cause for route in hindered if route is not None for cause in _causes_on(conditions, route)}
    return {stand: ms - ways[stand][0] for stand, ms in now_ms.items()}, tuple(sorted(causes))


def _causes_on(conditions: Conditions, route: Route) -> set[str]:
    """The closures that act on what a drive uses of the roads; of its two end segments only the part that is driven."""
    rows = set(conditions.mark[route.arcs >> 1].tolist())
    for segment, driven in _ends(route):
        row = int(conditions.mark[segment])
        closed = (conditions.closed_from[row], conditions.closed_to[row])
        is_slowed = closed[0] > closed[1]
        if row and (is_slowed or (driven[0] <= closed[1] and closed[0] <= driven[1])):
            rows.add(row)
    return {cause for row in rows for cause in conditions.causes[row]}


def _ends(route: Route) -> Iterator[tuple[int, tuple[float, float]]]:
    """The first and the last segment of a drive, with the shares between which it is driven."""
    if not len(route.arcs) and route.start_arc == route.end_arc:
        yield route.start_segment, (min(shares := (route.start_share, route.end_share)), max(shares))
        return
    yield route.start_segment, (0.0, route.start_share) if route.start_arc & 1 else (route.start_share, 1.0)
    yield route.end_segment, (route.end_share, 1.0) if route.end_arc & 1 else (0.0, route.end_share)


def _ways(arrivals: Arrivals) -> dict[int, tuple[int, Route | None]]:
    times = zip(arrivals.arrival_ms.tolist(), arrivals.routes, strict=True)
    return dict(zip(arrivals.stand.tolist(), times, strict=True))


def _cause(ask: _Question, conditions: Conditions, closures: tuple[Closure, ...]) -> str:
    """Why nobody arrives, although there are teams that count and roads at the place."""
    if closures:
        return "cut off by " + ", ".join(closure.label for closure in closures)
    network = ask.roads.network
    islands = network.node_island[network.segment_from]
    here = np.unique(islands[ask.place.segment[ask.place.segment >= 0]])
    beside = ask.roads.stands.snaps.segment[ask.allowed]
    if not (beside >= 0).any():
        return f"none of the {np.count_nonzero(ask.allowed)} teams that count stands within walking reach of a road"
    if not np.isin(islands[beside[beside >= 0]], here).any():
        nodes = int(np.isin(network.node_island, here).sum())
        return f"the roads here are a component of their own ({nodes} nodes), and no team that counts stands on it"
    if len(ask.first(conditions, limit_ms=np.iinfo(np.int32).max).stand):
        return f"every way takes longer than {ask.rules.search_limit_s / 3600:g} h"
    return "no way leads here along the one-way streets"
