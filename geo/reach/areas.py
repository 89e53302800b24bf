"""Areas of reach: the ground whose first team arrives within bands of minutes, honest about what lies between roads.

A place between roads is reached on foot from the roads near it or straight from where a team stands, at the speed,
detour and limit of all walking legs; so ground farther from both than the walking limit belongs to no band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from geo import crs
from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.closures import Closure
from geo.network.graph import Ints
from geo.reach.call import call, checked_bands
from geo.reach.raster import areas_within, raster
from geo.terms import Available, Skill, TeamKind
from geo.what_if import WhatIf

BANDS_MINUTES = (30, 60, 90, 120)


@dataclass(frozen=True, slots=True)
class Band:
    """The ground that is reached after more than `from_minutes` and within `to_minutes`: a MultiPolygon in WGS84.

    All bands up to one of them are together what is reached within its `to_minutes`.
    """

    from_minutes: int
    to_minutes: int
    area: shapely.MultiPolygon
    area_km2: float


@dataclass(frozen=True, slots=True)
class ReachAreas:
    """Bands of first arrival over the county, which tile the ground that is reached within the last.

    `resolution_m`: the borders are good to about this. `reached_share`: of the county's area, within the last band.
    """

    at: datetime
    notice_s: int
    resolution_m: float
    bands: tuple[Band, ...]
    reached_share: float
    closures: tuple[Closure, ...]
    provenance: Provenance


def reach_areas(
    atlas: Atlas,
    board: Board,
    *,
    at: datetime,
    bands_minutes: Sequence[int] = BANDS_MINUTES,
    kind: TeamKind | None = None,
    skill: Skill | None = None,
    notice: bool = True,
    available: Available = Available.RECALL,
    supposed: Sequence[WhatIf] = (),
) -> ReachAreas:
    """Where the first team that fits arrives within each band after a call at `at`; the arguments of coverage.

    InputError unless `bands_minutes` rise. A county without roads has empty bands.
    """
    ends = checked_bands(bands_minutes)
    asked = call(atlas, board, at=at, notice=notice, kind=kind, skill=skill, available=available, supposed=supposed)
    spread, ground = asked.spread(1, ends[-1] * 60_000), raster(atlas)
    first_ms = None if spread is None or ground.snaps is None else spread.at(ground.snaps)[1][:, 0]
    bands = bands_of(atlas, first_ms, ends)
    return ReachAreas(
        at=asked.at,
        notice_s=asked.notice_s,
        resolution_m=ground.resolution_m,
        bands=bands,
        reached_share=sum(band.area_km2 for band in bands) * 1e6 / atlas.outline_m.area,
        closures=asked.closures,
        provenance=board.provenance,
    )


def bands_of(atlas: Atlas, first_ms: Ints | None, ends: Sequence[int]) -> tuple[Band, ...]:
    """Bands of the first arrival at each place of the county's raster, -1 where nobody comes; None: nowhere."""
    if first_ms is None:
        areas: list[Any] = [shapely.MultiPolygon()] * len(ends)
    else:
        bounds_ms = [minutes * 60_000 for minutes in ends]
        areas = areas_within(raster(atlas), first_ms, bounds_ms, atlas.outline_m, atlas.metric_crs)
    return tuple(
        Band(start, end, area, float(crs.to_metres(area, atlas.metric_crs).area) / 1e6)
        for start, end, area in zip((0, *ends[:-1]), ends, areas, strict=True)
    )
