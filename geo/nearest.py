"""Which teams are nearest to a place: by true geodesic distance, filtered before k, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from geo import crs
from geo.atlas import Atlas, Place, Provenance
from geo.board import Board, Teams
from geo.errors import GeoError, InputError
from geo.index import Neighbours
from geo.terms import Basis, Reach, Skill, TeamKind

MOST_TEAMS = 50
"""The largest k of one question."""


@dataclass(frozen=True, slots=True)
class TeamNear:
    """One team of an answer. `distance_m` is the geodesic on the WGS84 ellipsoid from where the team stands."""

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


@dataclass(frozen=True, slots=True)
class NearestAnswer:
    """The nearest teams to a place at an instant, nearest first; ties go to the lower team id."""

    place: Place
    at: datetime
    basis: Basis
    reach: Reach
    reason: str
    teams: tuple[TeamNear, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class NearestBulk:
    """Answers to n places at once: `neighbours` has shape (n, k); places that are none have no neighbours.

    `reaches` and `reasons` have length n.
    """

    at: datetime
    basis: Basis
    k: int
    reaches: tuple[Reach, ...]
    reasons: tuple[str, ...]
    neighbours: Neighbours
    provenance: Provenance


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
) -> NearestAnswer:
    """The k teams nearest to a place (WGS84 degrees) among those assigned at `at` that fit the filters.

    The place's village, grid and zones come along. FarPlaceError beyond 30 km from the county. When no team fits,
    the answer's reach is `no_team` and its reason says why.
    """
    _check_k(k)
    place = atlas.locate(lon, lat)
    allowed = board.teams.allowed(at, kind, skill)
    found = board.teams.places.nearest(lon, lat, k, allowed)
    reach, reason = _judged(len(found), k, len(board.teams.ids), kind, skill)
    return NearestAnswer(
        place=place,
        at=at,
        basis=Basis.STRAIGHT,
        reach=reach,
        reason=reason,
        teams=tuple(
            team_near(board.teams, rank, position, distance_m)
            for rank, (position, distance_m) in enumerate(found, start=1)
        ),
        provenance=atlas.provenance,
    )


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
) -> NearestBulk:
    """`nearest` for n places at once; `lon` and `lat` have shape (n,), NaN where a row has no point.

    A row that is no place, or too far from the county, has a reach and a reason of its own and stops nobody else.
    """
    _check_k(k)
    refusals = _refusals(atlas, lon, lat)
    asked = np.array([row not in refusals for row in range(len(lon))], dtype=bool)
    allowed = board.teams.allowed(at, kind, skill)
    part = board.teams.places.nearest_bulk(lon[asked], lat[asked], k, allowed)
    neighbours = Neighbours(np.full((len(lon), k), -1, dtype=np.intp), np.full((len(lon), k), np.nan))
    neighbours.positions[asked] = part.positions
    neighbours.distances_m[asked] = part.distances_m
    judged = _judged(min(k, int(np.count_nonzero(allowed))), k, len(board.teams.ids), kind, skill)
    verdicts = [refusals.get(row, judged) for row in range(len(lon))]
    return NearestBulk(
        at=at,
        basis=Basis.STRAIGHT,
        k=k,
        reaches=tuple(reach for reach, _ in verdicts),
        reasons=tuple(reason for _, reason in verdicts),
        neighbours=neighbours,
        provenance=atlas.provenance,
    )


def team_near(teams: Teams, rank: int, position: int, distance_m: float) -> TeamNear:
    """The team at `position` as one row of an answer."""
    return TeamNear(
        rank=rank,
        team_id=teams.ids[position],
        name=teams.names[position],
        kind=teams.kinds[position],
        unit=teams.units[position],
        village_code=teams.village_codes[position],
        skills=teams.skills[position],
        strength=teams.strengths[position],
        lon=float(teams.places.lon[position]),
        lat=float(teams.places.lat[position]),
        distance_m=distance_m,
    )


def _check_k(k: int) -> None:
    if not 1 <= k <= MOST_TEAMS:
        raise InputError(f"k={k} is not between 1 and {MOST_TEAMS}", parameter="k")


def _judged(found: int, k: int, total: int, kind: TeamKind | None, skill: Skill | None) -> tuple[Reach, str]:
    wanted = " ".join(
        ["assigned", *([f"{kind.value}"] if kind else []), "team(s)", *([f"with {skill.value}"] if skill else [])]
    )
    if found == 0:
        return Reach.NO_TEAM, f"none of {total} teams counts: no {wanted}"
    if found < k:
        return Reach.REACHED, f"only {found} {wanted} of {total}; {k} were asked for"
    return Reach.REACHED, f"the {found} nearest {wanted} by straight distance on the ellipsoid"


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
