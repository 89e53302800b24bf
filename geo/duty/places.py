"""Where teams may be (R15a): at the station of the village they serve in, at their base, or where they checked in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import crs
from geo.arrivals import village_places
from geo.atlas import Atlas
from geo.board import Teams
from geo.index import Mask, PointIndex
from geo.network.snapping import Snaps
from geo.network.stands import Stands
from geo.terms import TeamKind, Tier

Positions = npt.NDArray[np.intp]
_COLUMNS = ("segment", "share", "gap_m", "walk_ms", "nearest_m", "x_m", "y_m")


@dataclass(frozen=True, slots=True, eq=False)
class Seats:
    """Of each team the base, and the village of its register as a position in the Atlas; shape (teams,).

    `has_base` is false where neither the register nor the tiers of command tell one: then its register's place is in
    its stead. `snaps` are the roads near the bases, None where the county has no roads.
    """

    lon: crs.Floats
    lat: crs.Floats
    has_base: Mask
    village: Positions
    snaps: Snaps | None


_KEPT: WeakKeyDictionary[Atlas, Seats] = WeakKeyDictionary()


def seats_of(atlas: Atlas) -> Seats:
    """The seats of an Atlas' teams, found once."""
    kept = _KEPT.get(atlas)
    if kept is None:
        kept = _KEPT[atlas] = _seats(atlas)
    return kept


def _seats(atlas: Atlas) -> Seats:
    """A base is the seat that the register names, else the headquarters or the town's post, by the team's kind."""
    teams, stations = atlas.layers["teams"], atlas.layers["stations"]
    place = dict(zip(stations["code"], zip(stations.geometry.x, stations.geometry.y, strict=True), strict=True))
    headquarters = stations.loc[stations["tier"] == Tier.HQ, "code"].tolist()
    town_of = {area.code: area.town_code for area in atlas.villages}
    lon, lat = teams.geometry.x.to_numpy().copy(), teams.geometry.y.to_numpy().copy()
    has_base = np.zeros(len(teams), dtype=bool)
    for row, (base, kind, village) in enumerate(zip(teams["base"], teams["kind"], teams["village_code"], strict=True)):
        by_kind = headquarters[:1] if kind == TeamKind.CITY else [town_of.get(village)]
        for code in [*([] if pd.isna(base) else [base]), *by_kind]:
            if code in place and not has_base[row]:
                (lon[row], lat[row]), has_base[row] = place[code], True
    position = {area.code: position for position, area in enumerate(atlas.villages)}
    village_of = np.array([position.get(code, -1) for code in teams["village_code"]], dtype=np.intp)
    return Seats(lon, lat, has_base, village_of, _snapped(atlas, lon, lat))


def _snapped(atlas: Atlas, lon: crs.Floats, lat: crs.Floats) -> Snaps | None:
    if atlas.snapper is None:
        return None
    return atlas.snapper.snap_all(*crs.transformer(crs.WGS84, atlas.metric_crs).transform(lon, lat))


@dataclass(frozen=True, eq=False)
class Standing:
    """Where every team is, in the order of the teams: `at_base`; else in a village, as a position in the Atlas
    (-1: where the register has it); and before either where it was `seen` (WGS84 degrees).
    """

    atlas: Atlas
    teams: Teams
    at_base: Mask
    village: Positions
    seen: Mapping[int, tuple[float, float]]

    @cached_property
    def lon(self) -> crs.Floats:
        """Longitudes, shape (teams,)."""
        return self._degrees[0]

    @cached_property
    def lat(self) -> crs.Floats:
        """Latitudes, shape (teams,)."""
        return self._degrees[1]

    @cached_property
    def points(self) -> PointIndex:
        """The places, ready for straight distances."""
        return self.teams.places if self._is_as_registered else PointIndex(self.lon, self.lat)

    @cached_property
    def stands(self) -> Stands | None:
        """The places on the roads; None where the county has none."""
        network, registered = self.atlas.network, self.teams.stands
        if network is None or registered is None or self._is_as_registered:
            return registered
        return Stands(network, self._snaps(registered.snaps))

    @cached_property
    def _moved(self) -> Positions:
        """The teams at the station of another village than the register's."""
        return np.flatnonzero((self.village >= 0) & ~self.at_base & (self.village != seats_of(self.atlas).village))

    @property
    def _is_as_registered(self) -> bool:
        return not (self.seen or len(self._moved) or self.at_base.any())

    @cached_property
    def _degrees(self) -> tuple[crs.Floats, crs.Floats]:
        seats, stations = seats_of(self.atlas), village_places(self.atlas)
        registered = self.teams.places
        lon, lat = np.where(self.at_base, (seats.lon, seats.lat), (registered.lon, registered.lat))
        lon[self._moved], lat[self._moved] = (
            stations.lon[self.village[self._moved]],
            stations.lat[self.village[self._moved]],
        )
        for team, place in self.seen.items():
            lon[team], lat[team] = place
        return lon, lat

    def _snaps(self, registered: Snaps) -> Snaps:
        """The roads near the places; only where somebody checked in they are looked for."""
        bases, stations = seats_of(self.atlas).snaps, village_places(self.atlas).snaps
        seen = np.array(list(self.seen), dtype=np.intp)
        here = _snapped(self.atlas, self.lon[seen], self.lat[seen]) if len(seen) else None
        columns = []
        for name in _COLUMNS:
            column = getattr(registered, name).copy()
            for rows, snaps, of in (
                (self.at_base, bases, self.at_base),
                (self._moved, stations, self.village[self._moved]),
                (seen, here, slice(None)),
            ):
                if snaps is not None and len(rows):
                    column[rows] = getattr(snaps, name)[of]
            columns.append(column)
        return Snaps(*columns)
