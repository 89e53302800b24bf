"""Reinforcements: which teams could lend members to a village, in the order of R19, and when they would arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.arrivals import village_places, village_position
from geo.atlas import Area, Atlas, Provenance
from geo.board import Board
from geo.closures import Closure
from geo.dispatch import Arrival, Dispatch, Roads, dispatch, roads_of
from geo.duty import Availability, availability
from geo.errors import InputError, LimitError
from geo.index import Mask
from geo.network.graph import Ints
from geo.terms import Available, Basis, DonorTier, DutyState, PlacedBy, Reach, TeamKind
from geo.what_if import WhatIf

MOST_DONORS: Final = 50
"""The largest limit of one question."""
MOST_REFUSED: Final = 5

_OF_TIER: Final = {
    DonorTier.SAME_VILLAGE: "a team of the village itself",
    DonorTier.ADJACENT_VILLAGE: "a team of {}, which borders on the village",
    DonorTier.SAME_TOWN: "a team of {}, in the same town",
    DonorTier.CITY: "a team of {}, elsewhere in the city",
}

BORDER_GAP_M: Final = 1.0
BORDER_LEAST_M: Final = 10.0
"""Villages are adjacent when their borders run within the gap for so long; at a corner they do not."""


@dataclass(frozen=True, slots=True)
class Donor:
    """A team that can lend `lends` of its `strength` members, those who can go now, so that `stays` remain.

    `village` is where it serves that day. `recall`: it is off duty and called from its base, with the longer notice
    (R15b); `placed_by` is what tells where it sets out (R15a). `arrival` has the legs of its way by road; None where
    the basis is the straight line. `straight_m` is the geodesic.
    """

    rank: int
    team_id: str
    name: str
    kind: TeamKind
    unit: str | None
    village: Area
    tier: DonorTier
    strength: int
    lends: int
    stays: int
    state: DutyState
    recall: bool
    placed_by: PlacedBy
    straight_m: float
    arrival: Arrival | None
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A team that would be in turn and is no donor, and why."""

    team_id: str
    name: str
    tier: DonorTier
    reason: str


@dataclass(frozen=True, slots=True)
class Reinforcement:
    """Donors for a village, at the place (`lon`, `lat`): by tier, then by arrival, ties by team id.

    On the basis `straight` the nearest come first. `offered` sums what the donors lend; `reason` says whether that is
    what was asked for. `closures` are those that changed the arrivals.
    """

    village: Area
    lon: float
    lat: float
    at: datetime
    basis: Basis
    available: Available
    reach: Reach
    reason: str
    members: int | None
    offered: int
    donors: tuple[Donor, ...]
    refused: tuple[Refused, ...]
    closures: tuple[Closure, ...]
    provenance: Provenance


def reinforce(
    atlas: Atlas,
    board: Board,
    village_code: str,
    *,
    at: datetime,
    members: int | None = None,
    headquarters_allows: bool = False,
    limit: int = 10,
    available: Available = Available.RECALL,
    closures: Sequence[WhatIf] = (),
) -> Reinforcement:
    """Donors for a village: its own teams, those of adjacent villages, of its town, and of the city (R19).

    With `members`, donors are listed until they lend as many, and the last lends only what is missing. One member stays
    with each donor (`rules.reinforce`), unless `headquarters_allows` none. Teams that are not `available` lend nobody;
    the others come from where they are then (`geo.duty`). `closures` are supposed ones. Arrivals are by road where
    the place has one in reach. NotFoundError for an unknown village, InputError for a number out of range.
    """
    _check(members, limit)
    village = village_position(atlas, village_code)
    placed = availability(atlas, board, at).counting(available)
    asked = _Asked(atlas, board, village, at, closures, placed)
    spare = placed.members - (0 if headquarters_allows else atlas.rules.reinforce.donor_keeps)
    serving, tiers = placed.allowed(), _tiers(atlas, placed, village)
    donors: list[Donor] = []
    refused: list[Refused] = []
    acting: dict[str, Closure] = {}
    for number, tier in enumerate(DonorTier):
        missing = None if members is None else members - sum(donor.lends for donor in donors)
        if missing == 0 or len(donors) == limit:
            break
        of_tier = serving & (tiers == number)
        turn = asked.first(of_tier & (spare > 0), limit - len(donors))
        acting |= {closure.id: closure for closure in turn.closures}
        donors += _donors(asked, tier, turn, spare, missing, len(donors))
        refused += _refused(asked, tier, of_tier & (spare <= 0), "has no member to spare: one stays with it")
        refused += _refused(asked, tier, turn.unreached, f"does not arrive: {turn.cause}")
        refused += _refused(asked, tier, ~serving & (tiers == number), None)
    offered = sum(donor.lends for donor in donors)
    able = bool((serving & (spare > 0)).any())
    return Reinforcement(
        village=atlas.villages[village],
        lon=asked.lon,
        lat=asked.lat,
        at=at,
        basis=asked.basis,
        available=available,
        reach=Reach.REACHED if donors else Reach.UNREACHABLE if able else Reach.NO_TEAM,
        reason=_reason(members, offered, len(donors), asked.basis),
        members=members,
        offered=offered,
        donors=tuple(donors),
        refused=tuple(refused[:MOST_REFUSED]),
        closures=tuple(acting.values()),
        provenance=board.provenance,
    )


def adjacent_villages(atlas: Atlas, village: int) -> list[int]:
    """Positions of the villages that share a border with one, in order; a common corner is none."""
    index = atlas.village_index
    west, south, east, north = index.shapes[village].bounds
    margin = 1e-4  # of a degree: some 10 m, more than any gap
    near = index.in_box((west - margin, south - margin, east + margin, north + margin))
    shapes_m = crs.to_metres(index.shapes[near], atlas.metric_crs)
    own = shapes_m[near == village][0]
    along = shapely.intersection(shapely.boundary(shapes_m), shapely.buffer(own, BORDER_GAP_M))
    return [int(other) for other in near[shapely.length(along) >= BORDER_LEAST_M] if other != village]


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """Those of a tier who come, in order, with their legs by road; those who do not come, and why."""

    positions: tuple[int, ...]
    arrivals: tuple[Arrival | None, ...]
    unreached: Mask
    cause: str
    closures: tuple[Closure, ...]


class _Asked:
    """The village's place and the ways to it: by road where it has one in reach, else in a straight line."""

    def __init__(
        self,
        atlas: Atlas,
        board: Board,
        village: int,
        at: datetime,
        supposed: Sequence[WhatIf],
        placed: Availability,
    ) -> None:
        places = village_places(atlas)
        self.atlas, self.placed, self.at, self._rules = atlas, placed, at, atlas.rules.roads
        self.lon, self.lat = float(places.lon[village]), float(places.lat[village])
        roads = roads_of(atlas, board, placed)
        on_network = places.snaps is not None and places.snaps.segment[village, 0] >= 0
        self._roads = roads.supposing(supposed) if roads is not None and supposed else roads
        self.basis = Basis.ROAD if roads is not None and on_network else Basis.STRAIGHT

    def first(self, able: Mask, k: int) -> _Turn:
        """The first k of the teams that are able."""
        nobody = np.zeros(len(able), dtype=bool)
        if self._roads is None or self.basis is Basis.STRAIGHT:
            found = self.placed.points.nearest(self.lon, self.lat, k, able)
            return _Turn(tuple(position for position, _ in found), (None,) * len(found), nobody, "", ())
        way = self._way(self._roads, able, k)
        positions = tuple(arrival.position for arrival in way.arrivals)
        unreached = able.copy() if len(positions) < k else nobody
        unreached[list(positions)] = False
        cause = way.cause
        if positions and unreached.any():
            cause = self._way(self._roads, unreached, 1).cause
        return _Turn(positions, way.arrivals, unreached, cause, way.closures)

    def _way(self, roads: Roads, able: Mask, k: int) -> Dispatch:
        return dispatch(
            roads,
            self.lon,
            self.lat,
            at=self.at,
            allowed=able,
            k=k,
            notice_ms=self.placed.notice_ms(self._rules),
            rules=self._rules,
        )

    def straight_m(self, position: int) -> float:
        """The geodesic from where a team stands."""
        placed = self.placed
        return float(crs.distance_m(placed.lon[position], placed.lat[position], self.lon, self.lat))


def _check(members: int | None, limit: int) -> None:
    if not 1 <= limit <= MOST_DONORS:
        raise LimitError(f"limit={limit} is not between 1 and {MOST_DONORS}", parameter="limit", limit=MOST_DONORS)
    if members is not None and members < 1:
        raise InputError(f"members={members} is less than 1", parameter="members")


def _tiers(atlas: Atlas, placed: Availability, village: int) -> Ints:
    """The number of each team's tier among the DonorTiers, by the village where it serves that day; shape (teams,).

    -1 for a team that serves in none.
    """
    town_code = atlas.villages[village].town_code
    of_village = np.array([2 if area.town_code == town_code else 3 for area in atlas.villages], dtype=np.int32)
    of_village[adjacent_villages(atlas, village)] = 1
    of_village[village] = 0
    return np.where(placed.village < 0, -1, of_village[placed.village])


def _donors(
    asked: _Asked, tier: DonorTier, turn: _Turn, spare: npt.NDArray[np.int64], missing: int | None, before: int
) -> Iterator[Donor]:
    """The donors of a tier, until they lend what is missing."""
    placed, teams = asked.placed, asked.placed.teams
    for position, arrival in zip(turn.positions, turn.arrivals, strict=True):
        if missing == 0:
            return
        lends = int(spare[position]) if missing is None else min(int(spare[position]), missing)
        missing = None if missing is None else missing - lends
        before += 1
        village, strength = asked.atlas.villages[placed.village[position]], int(placed.members[position])
        stays = strength - lends
        yield Donor(
            rank=before,
            team_id=teams.ids[position],
            name=teams.names[position],
            kind=teams.kinds[position],
            unit=teams.units[position],
            village=village,
            tier=tier,
            strength=strength,
            lends=lends,
            stays=stays,
            state=placed.states[position],
            recall=bool(placed.recalled[position]),
            placed_by=placed.placed_by[position],
            straight_m=asked.straight_m(position),
            arrival=arrival,
            reason=f"{_OF_TIER[tier].format(village.name)}: it has {strength} and would keep {stays}",
        )


def _refused(asked: _Asked, tier: DonorTier, mask: Mask, reason: str | None) -> Iterator[Refused]:
    """Teams that lend nobody; without a reason for all of them, each for its own."""
    placed, teams = asked.placed, asked.placed.teams
    for position in np.flatnonzero(mask)[:MOST_REFUSED].tolist():
        why = reason or placed.why_not(position, asked.at)
        yield Refused(teams.ids[position], teams.names[position], tier, why)


def _reason(members: int | None, offered: int, donors: int, basis: Basis) -> str:
    wanted = "" if members is None or offered >= members else f"{members - offered} of {members} are not found: "
    order = "arrival by road" if basis is Basis.ROAD else "straight distance, for no road is in reach of the place"
    return f"{wanted}{donors} donor(s) lend {offered} member(s), by tier and then by {order}"
