"""Which teams are there first: by road, or nearest by true geodesic distance; filtered before k, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from geo import crs
from geo.atlas import Atlas, Place, Provenance
from geo.board import Board
from geo.closures import Closure
from geo.dispatch import Arrival, Dispatch, RoadRules, Roads, arrivals_at, dispatch, dispatch_bulk, roads_of
from geo.duty import Availability, availability
from geo.errors import GeoError, InputError, LimitError
from geo.index import Mask, Neighbours
from geo.network.search import BulkArrivals
from geo.terms import Available, Basis, DutyState, PlacedBy, Reach, Skill, TeamKind
from geo.what_if import WhatIf

MOST_TEAMS: Final = 50
"""The largest k of one question."""
_WANTED: Final = {
    Available.NOW: "on-duty",
    Available.RECALL: "available",
    Available.STATIONED: "assigned",
}


@dataclass(frozen=True, slots=True)
class TeamNear:
    """One team of an answer. `distance_m` is the geodesic on the WGS84 ellipsoid from where the team stands.

    `arrival` has the legs of its way by road; None where nearness is straight. `strength` is what the register says,
    `members` how many can go now. `recall`: it is off duty and called from its base, with the longer notice (R15b);
    `placed_by` is what tells where it stands (R15a), `village_code` where it serves.
    """

    rank: int
    team_id: str
    name: str
    kind: TeamKind
    unit: str | None
    village_code: str
    skills: tuple[Skill, ...]
    strength: int
    lon: float
    lat: float
    distance_m: float
    arrival: Arrival | None
    members: int
    state: DutyState
    recall: bool
    placed_by: PlacedBy


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A team that would be there sooner than the last of the answer but does not count, and why.

    `on_duty_from` is when the next duty day of a team begins that is off duty and was not to be recalled.
    """

    team_id: str
    name: str
    kind: TeamKind
    village_code: str
    arrival_s: float
    reason: str
    state: DutyState
    on_duty_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class NearestAnswer:
    """The teams that are first at a place at an instant, in order; ties go to the lower team id.

    `available` tells which teams count, and where they stand (`geo.duty`).
    By road: `passed_over`, the `closures` that changed the answer, and how far the nearest road is (None: no roads).
    """

    place: Place
    at: datetime
    basis: Basis
    available: Available
    reach: Reach
    reason: str
    teams: tuple[TeamNear, ...]
    provenance: Provenance
    passed_over: tuple[PassedOver, ...] = ()
    closures: tuple[Closure, ...] = ()
    nearest_road_m: float | None = None


@dataclass(frozen=True, slots=True)
class NearestBulk:
    """Answers to n places at once: `neighbours` has shape (n, k); places that are none have no neighbours.

    `placed` is where teams stood and which counted. `reaches` and `reasons` have length n. By road `arrivals` has the
    legs of each, shape (n, k).
    """

    at: datetime
    basis: Basis
    placed: Availability
    k: int
    reaches: tuple[Reach, ...]
    reasons: tuple[str, ...]
    neighbours: Neighbours
    provenance: Provenance
    rules: RoadRules
    arrivals: BulkArrivals | None = None


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked, beside the place."""

    at: datetime
    k: int
    kind: TeamKind | None
    skill: Skill | None
    rules: RoadRules
    placed: Availability
    allowed: Mask

    @property
    def wanted(self) -> str:
        """The teams that count, in words."""
        counting = _WANTED[self.placed.available]
        teams = f"{counting} {self.kind.value} team(s)" if self.kind else f"{counting} team(s)"
        return f"{teams} with {self.skill.value}" if self.skill else teams

    @property
    def total(self) -> int:
        """How many teams there are."""
        return len(self.allowed)

    def by_road(self, roads: Roads, lon: float, lat: float, *, paths: bool = False) -> Dispatch:
        """Who arrives first at a place."""
        return dispatch(
            roads,
            lon,
            lat,
            at=self.at,
            allowed=self.allowed,
            k=self.k,
            notice_ms=self.placed.notice_ms(self.rules),
            paths=paths,
            rules=self.rules,
        )

    def none_counts(self) -> tuple[Reach, str]:
        return Reach.NO_TEAM, f"none of {self.total} teams counts: no {self.wanted}"


def nearest(
    atlas: Atlas,
    board: Board,
    lon: float,
    lat: float,
    *,
    at: datetime,
    k: int = 3,
    kind: TeamKind | None = None,
    skill: Skill | None = None,
    basis: Basis | None = None,
    available: Available = Available.RECALL,
    supposed: Sequence[WhatIf] = (),
    paths: bool = False,
    rules: RoadRules | None = None,
) -> NearestAnswer:
    """The k teams first at a place (WGS84 degrees) among those `available` at `at` that fit the filters.

    Teams stand where R15a places them; those that are off duty count from their base, with the longer notice, unless
    only those on duty `now` are asked for (R15b). `stationed` is for planning: every assigned team at its station.
    `basis` road: by arrival, with closures in force and those `supposed`, and the ways with `paths`; straight: by
    distance; None: by road where the county has roads. The place's village, grid and zones come along. FarPlaceError
    beyond 30 km from the county. When no team fits, the answer's reach is `no_team`; other values than `reached` have
    their cause in `reason`.
    """
    ask = _asked(atlas, board, at, k, kind, skill, available, rules)
    place = atlas.locate(lon, lat)
    roads = _roads(atlas, board, ask.placed, basis, supposed)
    if roads is not None:
        found = ask.by_road(roads, lon, lat, paths=paths)
        return _by_road(board, place, ask, found)
    straight = ask.placed.points.nearest(lon, lat, k, ask.allowed)
    reach, reason = _judged(len(straight), ask)
    return NearestAnswer(
        place=place,
        at=at,
        basis=Basis.STRAIGHT,
        available=available,
        reach=reach,
        reason=reason,
        teams=tuple(
            team_near(ask.placed, rank, position, distance_m)
            for rank, (position, distance_m) in enumerate(straight, start=1)
        ),
        provenance=board.provenance,
    )


def _roads(
    atlas: Atlas, board: Board, placed: Availability, basis: Basis | None, supposed: Sequence[WhatIf]
) -> Roads | None:
    """The roads that an answer goes by, with the teams where they are; None for a straight one."""
    roads = None if basis is Basis.STRAIGHT else roads_of(atlas, board, placed)
    if roads is None and basis is Basis.ROAD:
        raise InputError(
            "the county has no roads; import the layer roads, or ask for basis=straight", parameter="basis"
        )
    if supposed and roads is None:
        raise InputError("closures change answers by road only; leave out basis=straight", parameter="closures")
    return roads.supposing(supposed) if roads is not None and supposed else roads


def _by_road(board: Board, place: Place, ask: _Ask, found: Dispatch) -> NearestAnswer:
    placed = ask.placed
    return NearestAnswer(
        place=place,
        at=ask.at,
        basis=Basis.ROAD,
        available=placed.available,
        reach=found.reach,
        reason=_road_reason(found, ask),
        teams=tuple(
            team_near(placed, rank, one.position, _straight_m(placed, one.position, place), one)
            for rank, one in enumerate(found.arrivals, start=1)
        ),
        provenance=board.provenance,
        passed_over=tuple(_passed_over(ask, one.position, one.arrival_s) for one in found.passed),
        closures=found.closures,
        nearest_road_m=found.nearest_road_m,
    )


def _passed_over(ask: _Ask, position: int, arrival_s: float) -> PassedOver:
    placed, teams = ask.placed, ask.placed.teams
    was_off_duty = placed.recalled[position] and placed.available is Available.NOW
    return PassedOver(
        team_id=teams.ids[position],
        name=teams.names[position],
        kind=teams.kinds[position],
        village_code=placed.village_code(position),
        arrival_s=arrival_s,
        reason=placed.why_not(position, ask.at, ask.kind, ask.skill),
        state=placed.states[position],
        on_duty_from=placed.on_duty_from(position, ask.at) if was_off_duty else None,
    )


def _straight_m(placed: Availability, position: int, place: Place) -> float:
    """The geodesic from where a team stands to a place; for a few teams one by one is quicker than as arrays."""
    facts = placed.facts(position)
    return float(crs.distance_m(place.lon, place.lat, facts["lon"], facts["lat"]))


def nearest_bulk(
    atlas: Atlas,
    board: Board,
    lon: crs.Floats,
    lat: crs.Floats,
    *,
    at: datetime,
    k: int = 3,
    kind: TeamKind | None = None,
    skill: Skill | None = None,
    basis: Basis | None = None,
    available: Available = Available.RECALL,
    supposed: Sequence[WhatIf] = (),
    rules: RoadRules | None = None,
) -> NearestBulk:
    """`nearest` for n places at once; `lon` and `lat` have shape (n,), NaN where a row has no point.

    A row that is no place, or too far from the county, has a reach and a reason of its own and stops nobody else.
    Teams passed over and what closures cost are told for single places only.
    """
    ask = _asked(atlas, board, at, k, kind, skill, available, rules)
    placed, allowed = ask.placed, ask.allowed
    refusals = _refusals(atlas, lon, lat)
    asked = np.flatnonzero([row not in refusals for row in range(len(lon))])
    roads = _roads(atlas, board, placed, basis, supposed)
    neighbours = Neighbours(np.full((len(lon), k), -1, dtype=np.intp), np.full((len(lon), k), np.nan))
    if roads is None:
        part = placed.points.nearest_bulk(lon[asked], lat[asked], k, allowed)
        neighbours.positions[asked] = part.positions
        neighbours.distances_m[asked] = part.distances_m
        judged = _judged(min(k, int(np.count_nonzero(allowed))), ask)
        verdicts = [refusals.get(row, judged) for row in range(len(lon))]
        arrivals = None
    else:
        arrivals = dispatch_bulk(
            roads, lon, lat, asked, at=at, allowed=allowed, k=k, notice_ms=placed.notice_ms(ask.rules), rules=ask.rules
        )
        neighbours.positions[:] = arrivals.stand
        rows, columns = np.nonzero(arrivals.stand >= 0)
        team = arrivals.stand[rows, columns]
        ends = (lon[rows], lat[rows], placed.lon[team], placed.lat[team])
        neighbours.distances_m[rows, columns] = crs.distance_m(*ends)
        verdicts = [
            refusals.get(row) or _verdict(roads, float(lon[row]), float(lat[row]), found, ask)
            for row, found in enumerate((arrivals.stand >= 0).sum(axis=1).tolist())
        ]
    return NearestBulk(
        at=at,
        basis=Basis.STRAIGHT if roads is None else Basis.ROAD,
        placed=placed,
        k=k,
        reaches=tuple(reach for reach, _ in verdicts),
        reasons=tuple(reason for _, reason in verdicts),
        neighbours=neighbours,
        provenance=board.provenance,
        rules=ask.rules,
        arrivals=arrivals,
    )


def _verdict(roads: Roads, lon: float, lat: float, found: int, ask: _Ask) -> tuple[Reach, str]:
    """The reach and reason of a row by road; a row that too few reach is asked about once more, for its cause."""
    if found == ask.k:
        return Reach.REACHED, _first_by_road(found, ask)
    alone = ask.by_road(roads, lon, lat)
    return alone.reach, _road_reason(alone, ask)


def team_near(
    placed: Availability, rank: int, position: int, distance_m: float, arrival: Arrival | None = None
) -> TeamNear:
    """The team at `position` as one row of an answer."""
    return TeamNear(rank=rank, distance_m=distance_m, arrival=arrival, **placed.facts(position))


def teams_near(answer: NearestBulk, row: int) -> list[TeamNear]:
    """The teams of one place of a bulk answer, in order."""
    found = zip(answer.neighbours.positions[row].tolist(), answer.neighbours.distances_m[row].tolist(), strict=True)
    arrivals = arrivals_at(answer.arrivals, row, answer.rules) if answer.arrivals is not None else [None] * answer.k
    return [
        team_near(answer.placed, rank, position, distance_m, arrival)
        for rank, ((position, distance_m), arrival) in enumerate(zip(found, arrivals, strict=True), start=1)
        if position >= 0
    ]


def _asked(
    atlas: Atlas,
    board: Board,
    at: datetime,
    k: int,
    kind: TeamKind | None,
    skill: Skill | None,
    available: Available,
    rules: RoadRules | None,
) -> _Ask:
    if not 1 <= k <= MOST_TEAMS:
        raise LimitError(f"k={k} is not between 1 and {MOST_TEAMS}", parameter="k", limit=MOST_TEAMS)
    placed = availability(atlas, board, at).counting(available)
    return _Ask(at, k, kind, skill, rules or atlas.rules.roads, placed, placed.allowed(kind, skill))


def _judged(found: int, ask: _Ask) -> tuple[Reach, str]:
    if found == 0:
        return ask.none_counts()
    if found < ask.k:
        return Reach.REACHED, f"only {found} {ask.wanted} of {ask.total}; {ask.k} were asked for"
    return Reach.REACHED, f"the {found} nearest {ask.wanted} by straight distance on the ellipsoid"


def _road_reason(found: Dispatch, ask: _Ask) -> str:
    if found.reach is Reach.NO_TEAM:
        return ask.none_counts()[1]
    if found.reach is Reach.REACHED:
        return _first_by_road(len(found.arrivals), ask)
    return f"no {ask.wanted} of {ask.total} gets here by road: {found.cause}"


def _first_by_road(found: int, ask: _Ask) -> str:
    if found < ask.k:
        return f"only {found} {ask.wanted} of {ask.total} get here by road; {ask.k} were asked for"
    return f"the {found} {ask.wanted} that arrive first by road, notice included"


def _refusals(atlas: Atlas, lon: crs.Floats, lat: crs.Floats) -> dict[int, tuple[Reach, str]]:
    """The rows that cannot be asked about; only rows outside every village are looked at one by one."""
    refusals = {}
    points = np.isfinite(lon) & np.isfinite(lat)
    inside = np.zeros(len(lon), dtype=bool)
    inside[points] = atlas.village_index.first_containing_bulk(lon[points], lat[points]) >= 0
    for row in np.flatnonzero(~inside).tolist():
        if not points[row]:
            refusals[row] = (Reach.INVALID_PLACE, "the feature has no usable Point of finite lon and lat")
            continue
        try:
            atlas.refuse_far(float(lon[row]), float(lat[row]))
        except GeoError as refusal:
            refusals[row] = (Reach.OUTSIDE, str(refusal))
    return refusals
