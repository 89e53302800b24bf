"""Exposure: which villages and grid cells lie inside, or within some metres of, a risk zone or a hazard site."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.atlas import Atlas, Provenance
from geo.errors import LimitError
from geo.terms import DangerGrade, HazardKind, HazardLevel, SiteStatus

FARTHEST_M = 20_000.0
"""The largest distance of one question."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A risk zone or an active hazard site. `level` is None where the site's danger grade is unknown."""

    layer: str
    hazard_id: str
    name: str
    kind: HazardKind
    level: HazardLevel | None


@dataclass(frozen=True, slots=True)
class ExposedArea:
    """A village or grid cell near at least one hazard. `level` is the worst known one, None when none is known."""

    layer: str
    code: str
    village_code: str
    name: str | None
    population: int | None
    level: HazardLevel | None
    hazards: tuple[Hazard, ...]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposed villages and grid cells, worst level first, then by people.

    `people` sums the populations of the exposed grid cells (villages where there are no grids): whole cells count,
    so it is an upper bound. It is None when no population is known.
    """

    within_m: float
    kinds: tuple[HazardKind, ...]
    min_level: HazardLevel
    villages: tuple[ExposedArea, ...]
    grids: tuple[ExposedArea, ...]
    people: int | None
    people_by_level: dict[HazardLevel, int]
    provenance: Provenance


def exposure(
    atlas: Atlas,
    *,
    within_m: float = 0.0,
    kinds: Collection[HazardKind] | None = None,
    min_level: HazardLevel = HazardLevel.LOW,
) -> Exposure:
    """What lies inside (`within_m` 0) or within `within_m` metres of hazards of `kinds` at `min_level` or worse.

    Distances are planar in the county's metric system (scale error below 1e-4 within a zone). Removed sites do not
    count; a site of unknown grade counts only while `min_level` is the lowest.
    """
    if not (np.isfinite(within_m) and 0 <= within_m <= FARTHEST_M):
        problem = f"within_m={within_m:g} is not between 0 and {FARTHEST_M:g} metres"
        raise LimitError(problem, parameter="within_m", limit=FARTHEST_M)
    wanted = tuple(HazardKind) if kinds is None else tuple(kind for kind in HazardKind if kind in kinds)
    hazards, shapes_m = _hazards(atlas, wanted, min_level)
    names = {area.code: area.name for area in atlas.villages}
    villages = _exposed(atlas, "villages", hazards, shapes_m, within_m, names)
    grids = _exposed(atlas, "grids", hazards, shapes_m, within_m, names)
    counted = grids if not atlas.layers["grids"].empty else villages
    known = [area for area in counted if area.population is not None]
    return Exposure(
        within_m=within_m,
        kinds=wanted,
        min_level=min_level,
        villages=villages,
        grids=grids,
        people=sum(area.population or 0 for area in known) if known or not counted else None,
        people_by_level={
            level: sum(area.population or 0 for area in known if area.level is level) for level in HazardLevel
        },
        provenance=atlas.provenance,
    )


def exposed_villages(atlas: Atlas) -> tuple[ExposedArea, ...]:
    """The villages in which a hazard of any kind and level lies: as `exposure` tells them, without a look at cells."""
    names = {area.code: area.name for area in atlas.villages}
    return _exposed(atlas, "villages", *_hazards(atlas, tuple(HazardKind), HazardLevel.LOW), 0.0, names)


def _hazards(
    atlas: Atlas, kinds: tuple[HazardKind, ...], min_level: HazardLevel
) -> tuple[list[Hazard], list[shapely.Geometry]]:
    """The hazards in question, worst first and those of unknown level last, with their shapes in metres."""
    chosen = [
        (hazard, shape)
        for hazard, shape in known_hazards(atlas)
        if hazard.kind in kinds and (hazard.level or HazardLevel.LOW) >= min_level
    ]
    chosen.sort(key=lambda pair: (-(pair[0].level or 0), pair[0].hazard_id))
    shapes = np.array([shape for _, shape in chosen], dtype=object)
    return [hazard for hazard, _ in chosen], list(crs.to_metres(shapes, atlas.metric_crs))


def known_hazards(atlas: Atlas) -> list[tuple[Hazard, shapely.Geometry]]:
    """Every risk zone and every active hazard site with its shape (WGS84), each layer in the order of its ids."""
    zones, sites = atlas.layers["risk_zones"], atlas.layers["hazard_sites"]
    return [
        *(
            (Hazard("risk_zones", zone_id, name, HazardKind(kind), HazardLevel(level)), shape)
            for zone_id, name, kind, level, shape in zip(
                zones["zone_id"], zones["name"], zones["kind"], zones["level"], zones.geometry.values, strict=True
            )
        ),
        *(
            (Hazard("hazard_sites", site_id, name, HazardKind(kind), level_of(grade)), shape)
            for site_id, name, kind, grade, status, shape in zip(
                sites["site_id"],
                sites["name"],
                sites["kind"],
                sites["danger_grade"],
                sites["status"],
                sites.geometry.values,
                strict=True,
            )
            if status == SiteStatus.ACTIVE
        ),
    ]


def level_of(grade: object) -> HazardLevel | None:
    """The level of a cell of danger grades, None where it is missing."""
    return DangerGrade(grade).level if isinstance(grade, str) else None


def _exposed(
    atlas: Atlas,
    layer: str,
    hazards: list[Hazard],
    shapes_m: list[shapely.Geometry],
    within_m: float,
    names: dict[str, str],
) -> tuple[ExposedArea, ...]:
    frame = atlas.layers[layer]
    areas_m = crs.to_metres(frame.geometry.values, atlas.metric_crs)
    pairs = shapely.STRtree(areas_m).query(np.array(shapes_m, dtype=object), predicate="dwithin", distance=within_m)
    near: dict[int, list[Hazard]] = {}
    for hazard, area in sorted(zip(*pairs.tolist(), strict=True)):
        near.setdefault(area, []).append(hazards[hazard])
    codes: list[str] = frame["code"].tolist()
    village_codes: list[str] = codes if layer == "villages" else frame["village_code"].tolist()
    populations = [None if pd.isna(people) else int(people) for people in frame["population"].tolist()]
    exposed = (
        ExposedArea(
            layer=layer,
            code=codes[area],
            village_code=village_codes[area],
            name=names.get(village_codes[area]),
            population=populations[area],
            level=found[0].level,  # hazards come worst first
            hazards=tuple(found),
        )
        for area, found in near.items()
    )
    return tuple(sorted(exposed, key=lambda area: (-(area.level or 0), -(area.population or 0), area.code)))
