"""Reach from one place: where a team that sets out there gets within some minutes, and whom and what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from geo.atlas import Atlas, Place, Provenance
from geo.board import Board
from geo.closures import Closure
from geo.network.graph import Ints
from geo.network.snapping import Snaps
from geo.network.stands import Stands
from geo.reach.areas import BANDS_MINUTES, Band, bands_of
from geo.reach.call import Call, Spread, call, checked_minutes
from geo.reach.places import Places, county_places, snapped
from geo.reach.raster import raster
from geo.terms import Reach
from geo.what_if import WhatIf


@dataclass(frozen=True, slots=True)
class Reached:
    """A village or an active hazard site that the team gets to, `arrival_s` after the call."""

    code: str
    name: str | None
    people: int | None
    arrival_s: float


@dataclass(frozen=True, slots=True)
class ReachFrom:
    """What a team at one place gets to within `minutes`, `notice_s` included; places in the order of arrival.

    `reach` is `reached` where a junction is met in time, or a village, grid or hazard site; else `off_network` where no
    road is within walking reach, `unreachable` where one is.
    `people` sums what is known of the `grids` reached (of the villages, in a county without grids), whole ones, so it
    is an upper bound; None where nothing is known. `bands` are as in ReachAreas, good to `resolution_m`.
    """

    place: Place
    at: datetime
    minutes: int
    notice_s: int
    reach: Reach
    reason: str
    nearest_road_m: float | None
    bands: tuple[Band, ...]
    resolution_m: float
    villages: tuple[Reached, ...]
    hazard_sites: tuple[Reached, ...]
    grids: int
    people: int | None
    closures: tuple[Closure, ...]
    provenance: Provenance


def reach_from(
    atlas: Atlas,
    board: Board,
    lon: float,
    lat: float,
    *,
    at: datetime,
    minutes: int,
    notice: bool = True,
    supposed: Sequence[WhatIf] = (),
) -> ReachFrom:
    """Where a team at (lon, lat), WGS84 degrees, gets within `minutes` of a call, with the closures in force at `at`.

    Bands end at 30, 60, 90 and 120 minutes, as far as these come before `minutes`, and there. FarPlaceError beyond
    30 km from the county, InputError for minutes out of bounds.
    """
    checked_minutes(minutes)
    place, here = atlas.locate(lon, lat), snapped(atlas, np.array([lon]), np.array([lat]))
    asked = call(atlas, board, at=at, notice=notice, supposed=supposed)
    spread = _from_here(asked, here).spread(1, minutes * 60_000)
    places = county_places(atlas)
    villages, grids, sites = (_reached(spread, one) for one in (places.villages, places.grids, places.hazard_sites))
    counted = grids if places.grids.codes else villages
    known = [one.people for one in counted if one.people is not None]
    reach, reason, road_m = _judged(asked, here, spread, minutes, met=bool(villages or grids or sites))
    ends = (*(end for end in BANDS_MINUTES if end < minutes), minutes)
    return ReachFrom(
        place=place,
        at=asked.at,
        minutes=minutes,
        notice_s=asked.notice_s,
        reach=reach,
        reason=reason,
        nearest_road_m=road_m,
        bands=bands_of(atlas, _first_ms(spread, raster(atlas).snaps), ends),
        resolution_m=raster(atlas).resolution_m,
        villages=villages,
        hazard_sites=sites,
        grids=len(grids),
        people=sum(known) if known or not counted else None,
        closures=asked.closures,
        provenance=board.provenance,
    )


def _from_here(asked: Call, here: Snaps | None) -> Call:
    """The same call to one team that stands at the place."""
    if asked.roads is None or here is None:
        return asked
    roads = replace(asked.roads, stands=Stands(asked.roads.network, here))
    notice_ms = np.full(1, asked.notice_s * 1000, dtype=np.int32)
    alone = np.ones(1, dtype=np.bool_)
    return replace(asked, roads=roads, allowed=alone, recalled=~alone, notice_ms=notice_ms)


def _first_ms(spread: Spread | None, snaps: Snaps | None) -> Ints | None:
    return None if spread is None or snaps is None else spread.at(snaps)[1][:, 0]


def _reached(spread: Spread | None, places: Places) -> tuple[Reached, ...]:
    first_ms = _first_ms(spread, places.snaps)
    return () if first_ms is None else tuple(_in_order(first_ms, places))


def _in_order(first_ms: Ints, places: Places) -> Iterator[Reached]:
    for row in np.argsort(first_ms, kind="stable").tolist():
        if first_ms[row] >= 0:
            yield Reached(places.codes[row], places.names[row], places.people[row], int(first_ms[row]) / 1000)


def _judged(
    asked: Call, here: Snaps | None, spread: Spread | None, minutes: int, *, met: bool
) -> tuple[Reach, str, float | None]:
    road_m = np.inf if here is None else float(here.nearest_m[0])
    if spread is None or here is None or not np.isfinite(road_m):
        return Reach.OFF_NETWORK, "the county has no roads", None
    within = f"within {minutes} min, {asked.notice_s // 60} of them notice"
    if here.segment[0, 0] < 0:
        far = f"the nearest road is {road_m:,.0f} m away, farther than anyone walks"
        return (Reach.REACHED, f"on foot {within}; {far}", road_m) if met else (Reach.OFF_NETWORK, far, road_m)
    if met or (spread.nodes.stand >= 0).any():
        return Reach.REACHED, f"by road and on foot {within}", road_m
    return Reach.UNREACHABLE, f"no junction is reached {within}", road_m
