"""The places that reach is asked for: every village, grid and active hazard site, each with the roads near it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.arrivals import village_places
from geo.atlas import Atlas
from geo.network.snapping import Snaps
from geo.terms import SiteStatus

Found = TypeVar("Found")


def once_for_each_atlas(find: Callable[[Atlas], Found]) -> Callable[[Atlas], Found]:
    """`find`, its answer kept as long as the Atlas is; threads that ask at the same time wait for one answer."""
    kept: WeakKeyDictionary[Atlas, Found] = WeakKeyDictionary()
    lock = Lock()

    def found(atlas: Atlas) -> Found:
        with lock:
            if atlas not in kept:
                kept[atlas] = find(atlas)
            return kept[atlas]

    return found


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The n places of one layer, in the order of their codes; `lon`, `lat` in WGS84 degrees, shape (n,).

    A village's place is its station, where it has one; a grid's, and a village's without one, a point inside it.
    `people` live there, or are threatened by the site; None where that is not known. `snaps` are the roads near the
    places, on the open network; None when the county has no roads.
    """

    layer: str
    codes: tuple[str, ...]
    names: tuple[str | None, ...]
    village_codes: tuple[str | None, ...]
    people: tuple[int | None, ...]
    lon: crs.Floats
    lat: crs.Floats
    snaps: Snaps | None


@dataclass(frozen=True, slots=True, eq=False)
class CountyPlaces:
    """Every place of a county that reach is asked for."""

    villages: Places
    grids: Places
    hazard_sites: Places


@once_for_each_atlas
def county_places(atlas: Atlas) -> CountyPlaces:
    """The places of a county, found and snapped once for each Atlas."""
    return CountyPlaces(_villages(atlas), _grids(atlas), _sites(atlas))


def snapped(atlas: Atlas, lon: crs.Floats, lat: crs.Floats) -> Snaps | None:
    """The roads near n places (WGS84 degrees), None when the county has no roads."""
    if atlas.snapper is None:
        return None
    return atlas.snapper.snap_all(*crs.transformer(crs.WGS84, atlas.metric_crs).transform(lon, lat))


def _villages(atlas: Atlas) -> Places:
    at, codes = village_places(atlas), tuple(area.code for area in atlas.villages)
    return Places(
        layer="villages",
        codes=codes,
        names=tuple(area.name for area in atlas.villages),
        village_codes=codes,
        people=tuple(area.population for area in atlas.villages),
        lon=at.lon,
        lat=at.lat,
        snaps=at.snaps,
    )


def _grids(atlas: Atlas) -> Places:
    grids = atlas.layers["grids"]
    inside = shapely.point_on_surface(np.asarray(grids.geometry.values, dtype=object))
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    names = {area.code: area.name for area in atlas.villages}
    return Places(
        layer="grids",
        codes=tuple(grids["code"]),
        names=tuple(names.get(code) for code in grids["village_code"]),
        village_codes=tuple(grids["village_code"]),
        people=_counts(grids["population"]),
        lon=lon,
        lat=lat,
        snaps=snapped(atlas, lon, lat),
    )


def _sites(atlas: Atlas) -> Places:
    sites = atlas.layers["hazard_sites"]
    sites = sites[(sites["status"] == SiteStatus.ACTIVE).to_numpy()]
    lon, lat = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    return Places(
        layer="hazard_sites",
        codes=tuple(sites["site_id"]),
        names=tuple(sites["name"]),
        village_codes=tuple(None if pd.isna(code) else code for code in sites["village_code"]),
        people=_counts(sites["threatened_people"]),
        lon=lon,
        lat=lat,
        snaps=snapped(atlas, lon, lat),
    )


def _counts(column: pd.Series) -> tuple[int | None, ...]:
    return tuple(None if pd.isna(count) else int(count) for count in column)
