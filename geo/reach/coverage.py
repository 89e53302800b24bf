"""Coverage by road: for every village, grid and hazard site who comes first, and whether enough come in time (R18)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.closures import Closure
from geo.errors import LimitError
from geo.index import Mask
from geo.network.graph import Ints
from geo.reach.call import Call, Spread, call, checked_minutes
from geo.reach.places import Places, county_places
from geo.terms import Available, ReachState, RoadEffect, Skill, TeamKind
from geo.what_if import WhatIf

MOST_TEAMS: Final = 50
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class FirstArrival:
    """A team that comes to a place, seconds after the call: notice, and both walks with the drive or one walk.

    `recall`: it is off duty, and called from its base with the longer notice (R15b).
    """

    team_id: str
    arrival_s: float
    recall: bool


@dataclass(frozen=True, slots=True)
class PlaceReach:
    """One village, grid or active hazard site, where it is (WGS84 degrees), and who comes there.

    `arrivals`: the first three teams, fewer where fewer come within a day. `in_time`: how many come within the
    minutes asked, counted up to the teams asked for (and at least up to three). `people` live there or are threatened;
    None where that is not known. `nearest_road_m`: None without any road.
    """

    layer: str
    code: str
    name: str | None
    village_code: str | None
    lon: float
    lat: float
    people: int | None
    state: ReachState
    reason: str
    in_time: int
    arrivals: tuple[FirstArrival, ...]
    nearest_road_m: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a layer is reached in time, by places and by people.

    Shares are None where there is nothing to divide by. `people` and `people_in_time` sum what is known, None where
    nothing is; `people_unknown` counts the places without a figure.
    """

    places: int
    in_time: int
    share: float | None
    people: int | None
    people_in_time: int | None
    people_share: float | None
    people_unknown: int


@dataclass(frozen=True, slots=True)
class ReachCoverage:
    """Who reaches what, with the `closures` in force at `at`. `minutes` count from the call, `notice_s` included.

    `available` tells which teams count; `teams_allowed` of them fit the filters, `recalled` of which are off duty.
    Places are in the order of their codes.
    """

    at: datetime
    minutes: int
    teams: int
    notice_s: int
    available: Available
    teams_allowed: int
    recalled: int
    villages: tuple[PlaceReach, ...]
    grids: tuple[PlaceReach, ...]
    hazard_sites: tuple[PlaceReach, ...]
    village_share: Share
    grid_share: Share
    site_share: Share
    closures: tuple[Closure, ...]
    provenance: Provenance


def reach_coverage(
    atlas: Atlas,
    board: Board,
    *,
    at: datetime,
    minutes: int = 120,
    teams: int = 3,
    kind: TeamKind | None = None,
    skill: Skill | None = None,
    notice: bool = True,
    available: Available = Available.RECALL,
    supposed: Sequence[WhatIf] = (),
) -> ReachCoverage:
    """Whether `teams` teams reach each place within `minutes` of a call at `at`, and which come first.

    Only teams that are `available` and fit the filters count, from where they are then (`geo.duty`). Without `notice`
    the time runs from their start. `supposed` closures act beside those in force. InputError for limits out of bounds.
    """
    checked_minutes(minutes)
    if not 1 <= teams <= MOST_TEAMS:
        raise LimitError(f"teams={teams} is not between 1 and {MOST_TEAMS}", parameter="teams", limit=MOST_TEAMS)
    asked = call(atlas, board, at=at, notice=notice, kind=kind, skill=skill, available=available, supposed=supposed)
    search_ms = asked.rules.search_limit_s * 1000
    spread = asked.spread(max(teams, _SHOWN), search_ms)
    on_open_roads = asked.spread(1, search_ms, as_if_open=True) if asked.closures else None
    judge = _Judge(asked, spread, on_open_roads, board.teams.ids, minutes, teams)
    places = county_places(atlas)
    villages, grids, sites = (tuple(judge.of(one)) for one in (places.villages, places.grids, places.hazard_sites))
    return ReachCoverage(
        at=asked.at,
        minutes=minutes,
        teams=teams,
        notice_s=asked.notice_s,
        available=available,
        teams_allowed=int(np.count_nonzero(asked.allowed)),
        recalled=int(np.count_nonzero(asked.allowed & asked.recalled)),
        villages=villages,
        grids=grids,
        hazard_sites=sites,
        village_share=_share(villages),
        grid_share=_share(grids),
        site_share=_share(sites),
        closures=asked.closures,
        provenance=board.provenance,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Judge:
    """Gives the places of a layer their states, all by the same call. `on_open_roads` is None without closures."""

    asked: Call
    spread: Spread | None
    on_open_roads: Spread | None
    team_ids: Sequence[str]
    minutes: int
    teams: int

    def of(self, places: Places) -> Iterator[PlaceReach]:
        stand, arrival_ms = self._first(places)
        in_time = ((arrival_ms >= 0) & (arrival_ms <= self.minutes * 60_000)).sum(axis=1).tolist()
        cut_off = self._cut_off(places, arrival_ms)
        columns = (stand[:, :_SHOWN].tolist(), arrival_ms.tolist(), in_time, places.lon.tolist(), places.lat.tolist())
        for row, (stands, times_ms, enough, lon, lat) in enumerate(zip(*columns, strict=True)):
            road_m = float(places.snaps.nearest_m[row]) if places.snaps is not None else np.inf
            nobody = places.snaps is None or (places.snaps.segment[row, 0] < 0 and times_ms[0] < 0)
            state, reason = self._off(road_m) if nobody else self._judged(times_ms, enough, bool(cut_off[row]))
            yield PlaceReach(
                layer=places.layer,
                code=places.codes[row],
                name=places.names[row],
                village_code=places.village_codes[row],
                lon=lon,
                lat=lat,
                people=places.people[row],
                state=state,
                reason=reason,
                in_time=enough,
                arrivals=tuple(
                    FirstArrival(self.team_ids[one], ms / 1000, bool(self.asked.recalled[one]))
                    for one, ms in zip(stands, times_ms, strict=False)
                    if one >= 0
                ),
                nearest_road_m=road_m if np.isfinite(road_m) else None,
            )

    def _first(self, places: Places) -> tuple[Ints, Ints]:
        if self.spread is None or places.snaps is None:
            nobody = np.full((len(places.codes), _SHOWN), -1, dtype=np.int32)
            return nobody, nobody
        return self.spread.at(places.snaps)

    def _cut_off(self, places: Places, arrival_ms: Ints) -> Mask:
        """Which places that nobody reaches would be reached on the open network."""
        nobody: Mask = arrival_ms[:, 0] < 0
        if self.on_open_roads is None or places.snaps is None or not nobody.any():
            return np.zeros(len(nobody), dtype=bool)
        return nobody & (self.on_open_roads.at(places.snaps)[0][:, 0] >= 0)

    def _off(self, road_m: float) -> tuple[ReachState, str]:
        if not np.isfinite(road_m):
            return ReachState.OFF_NETWORK, "the county has no roads"
        return ReachState.OFF_NETWORK, f"the nearest road is {road_m:,.0f} m away, farther than anyone walks"

    def _judged(self, times_ms: list[int], in_time: int, cut_off: bool) -> tuple[ReachState, str]:
        wanted, allowed = self.teams, int(np.count_nonzero(self.asked.allowed))
        if allowed == 0:
            return ReachState.NO_TEAM, f"none of {len(self.team_ids)} teams counts"
        if in_time >= wanted:
            return ReachState.IN_TIME, f"{wanted} team(s) arrive within {self.minutes} min"
        if times_ms[0] < 0:
            return ReachState.UNREACHABLE, self._barred() if cut_off else self._no_way()
        last_ms = times_ms[wanted - 1]
        rest = f"number {wanted} after {math.ceil(last_ms / 60_000)} min" if last_ms >= 0 else "no other comes by road"
        if allowed < wanted:
            rest = f"only {allowed} of {len(self.team_ids)} teams count"
        return ReachState.LATE, f"{in_time} of {wanted} team(s) arrive within {self.minutes} min; {rest}"

    def _no_way(self) -> str:
        hours = f"{self.asked.rules.search_limit_s / 3600:g} h"
        return f"no way by road leads here within {hours} from where the teams stand"

    def _barred(self) -> str:
        closed = [one.label for one in self.asked.closures if one.effect is RoadEffect.CLOSED and one.segments]
        if len(closed) == 1:
            return f"cut off by {closed[0]}"
        return f"cut off by closures; in force are {', '.join(closed)}"


def _share(places: Sequence[PlaceReach]) -> Share:
    reached = [place for place in places if place.state is ReachState.IN_TIME]
    known = [place.people for place in places if place.people is not None]
    people = sum(known) if known else None
    in_time = sum(place.people or 0 for place in reached) if known else None
    return Share(
        places=len(places),
        in_time=len(reached),
        share=len(reached) / len(places) if places else None,
        people=people,
        people_in_time=in_time,
        people_share=in_time / people if people and in_time is not None else None,
        people_unknown=len(places) - len(known),
    )
