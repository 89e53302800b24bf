"""Who is behind a road that is lost: the villages cut off, their people, and the hazard sites and teams among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import shapely

from geo.atlas import Area, Atlas
from geo.board import Board
from geo.crs import Floats
from geo.isolation.lifelines import Barriers, Lifelines, may_be_driven
from geo.network.cuts import fewest_closed
from geo.network.pieces import Flags
from geo.terms import DangerGrade, SiteStatus

NO_ROADS: Final = "the county has no roads: import the layer roads"


@dataclass(frozen=True, slots=True)
class Behind:
    """Villages cut off, in the order of their codes. `people` sums the known populations, None when none is known.

    `people_unknown` villages have no figure. `hazard_sites` are the ids of the active sites that lie in the villages;
    `team_ids` those of the assigned teams that stand there: they are cut off too, and can still act.
    """

    villages: tuple[Area, ...]
    people: int | None
    people_unknown: int
    hazard_sites: tuple[str, ...]
    team_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CutOffVillage:
    """A village that no vehicle reaches, and why; `closures` are those on its way with the fewest closed stretches."""

    village: Area
    reason: str
    closures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OffNetwork:
    """A village that no road ties to the seat, closures or not. `nearest_m`: to the nearest road of any kind."""

    village: Area
    reason: str
    nearest_m: float | None


class CutOff:
    """Which villages are cut off while some roads are closed; masks have shape (V,).

    `mask`: cut off by what is closed. `no_way`: without a road that ties them to the rest even when all are open.
    """

    def __init__(self, atlas: Atlas, lines: Lifelines, bars: Barriers) -> None:
        self._atlas, self._lines, self._bars = atlas, lines, bars
        self.closed = bars.closed
        self.way = may_be_driven(lines.pieces, self.closed)
        self.root, self.from_seat = lines.root(self.way)
        count, self._last_closed = fewest_closed(lines.pieces, lines.pieces.way, self.closed, self.root)
        self.mask: Flags = count[lines.village_node] > 0
        self.no_way: Flags = count[lines.village_node] < 0

    @property
    def ways(self) -> str:
        """Where ways are counted from, in a sentence."""
        if self.from_seat:
            return "ways are counted from the county's seat"
        cause = "is cut off" if self._lines.seat_has_road else "has no road in reach"
        return f"the county's seat {cause}: ways are counted from the largest part of the network that stays connected"

    def told(self, villages: Flags) -> tuple[CutOffVillage, ...]:
        """Why each marked village is cut off."""
        return tuple(self._told(village) for village in np.flatnonzero(villages).tolist())

    def off_network(self) -> tuple[OffNetwork, ...]:
        """The villages without a way, and why."""
        return tuple(self._off(village) for village in np.flatnonzero(self.no_way).tolist())

    def _told(self, village: int) -> CutOffVillage:
        pieces = self._lines.pieces
        arc, closures = self._last_closed[pieces.hub_node(village)], set[str]()
        while arc >= 0:
            closures |= self._bars.names_at(arc >> 1)
            arc = self._last_closed[pieces.head[arc >> 1] if arc & 1 else pieces.tail[arc >> 1]]
        names = tuple(sorted(closures))
        reason = f"every way is closed, the one with the fewest closed stretches by {', '.join(names)}"
        return CutOffVillage(self._atlas.villages[village], reason, names)

    def _off(self, village: int) -> OffNetwork:
        area, nearest_m = self._atlas.villages[village], float(self._lines.nearest_m[village])
        if self._lines.has_road[village]:
            return OffNetwork(area, "one-way rules leave no way to its road, even with every road open", nearest_m)
        if not np.isfinite(nearest_m):
            return OffNetwork(area, NO_ROADS, None)
        reason = (
            f"no road of the main network within walking reach; the nearest road of any kind is {nearest_m:,.0f} m away"
        )
        return OffNetwork(area, reason, nearest_m)


def all_off_network(atlas: Atlas) -> tuple[OffNetwork, ...]:
    """Every village of a county without roads."""
    return tuple(OffNetwork(area, NO_ROADS, None) for area in atlas.villages)


@dataclass(frozen=True, slots=True, eq=False)
class ActiveSites:
    """The hazard sites that still threaten anyone: ids, places (WGS84), and levels, 0 where the grade is unknown."""

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    levels: tuple[int, ...]


def active_sites(atlas: Atlas) -> ActiveSites:
    """Those of an Atlas, in the order of their ids."""
    frame = atlas.layers["hazard_sites"]
    active = (frame["status"] == SiteStatus.ACTIVE).to_numpy(dtype=bool)
    points = np.asarray(frame.geometry.values, dtype=object)[active]
    return ActiveSites(
        tuple(frame["site_id"].array[active]),
        shapely.get_x(points),
        shapely.get_y(points),
        tuple(
            int(DangerGrade(grade).level) if isinstance(grade, str) else 0
            for grade in frame["danger_grade"].array[active]
        ),
    )


class Inhabitants:
    """The hazard sites and the teams assigned at an instant, by the village that they are in."""

    def __init__(self, atlas: Atlas, board: Board, at: datetime) -> None:
        self._villages, self.sites = atlas.villages, active_sites(atlas)
        self._sites = _by_village(atlas, self.sites.ids, self.sites.lon, self.sites.lat)
        mask = board.teams.allowed(at, None, None)
        ids = [board.teams.ids[position] for position in np.flatnonzero(mask).tolist()]
        self._teams = _by_village(atlas, ids, board.teams.places.lon[mask], board.teams.places.lat[mask])

    def behind(self, villages: Iterable[int]) -> Behind:
        """What is lost with the villages at some positions of the Atlas."""
        positions = sorted(villages)
        areas = tuple(self._villages[position] for position in positions)
        known = [area.population for area in areas if area.population is not None]
        return Behind(
            villages=areas,
            people=sum(known) if known or not areas else None,
            people_unknown=len(areas) - len(known),
            hazard_sites=_joined(self._sites, positions),
            team_ids=_joined(self._teams, positions),
        )


def _by_village(atlas: Atlas, ids: Iterable[str], lon: Floats, lat: Floats) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for own, village in zip(ids, atlas.village_index.first_containing_bulk(lon, lat).tolist(), strict=True):
        found.setdefault(village, []).append(own)
    return found


def _joined(by_village: dict[int, list[str]], positions: list[int]) -> tuple[str, ...]:
    return tuple(sorted(own for position in positions for own in by_village.get(position, ())))
