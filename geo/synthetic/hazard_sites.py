"""Hazard sites and what they threaten."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Final

import geopandas
import shapely

from geo.layers.hazard_sites import danger_grade
from geo.synthetic import chance, drawing, facts, sketch
from geo.synthetic.rows import Row, framed
from geo.terms import HazardKind, SiteStatus

_SITE_KINDS: Final = (  # kind, two-digit type in the site's number, word in its name, how many
    (HazardKind.UNSTABLE_SLOPE, "00", "不稳定斜坡", 30),
    (HazardKind.LANDSLIDE, "01", "滑坡", 76),
    (HazardKind.ROCKFALL, "02", "崩塌", 24),
    (HazardKind.DEBRIS_FLOW, "03", "泥石流", 12),
    (HazardKind.GROUND_COLLAPSE, "04", "地面塌陷", 28),
    (HazardKind.GROUND_FISSURE, "05", "地裂缝", 6),
    (HazardKind.LAND_SUBSIDENCE, "06", "地面沉降", 4),
)
_MINED: Final = (HazardKind.GROUND_COLLAPSE, HazardKind.GROUND_FISSURE, HazardKind.LAND_SUBSIDENCE)


def hazard_sites(rng: random.Random, villages: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Hazard sites: slides most, in the south-west; collapse over the mines. Figures are skewed; some are missing."""
    middles = [sketch.place((p.x, p.y)) for p in shapely.centroid(villages.geometry.values)]
    rows: list[Row] = []
    points = []
    for kind, code, word, count in _SITE_KINDS:
        centres = [(sketch.place((lon, lat)), r) for _, k, _, lon, lat, r in drawing.GEOLOGICAL_ZONES if k is kind]
        centres = centres or [
            (sketch.place((g[3], g[4])), g[5]) for g in drawing.GEOLOGICAL_ZONES if (g[1] in _MINED) == (kind in _MINED)
        ]
        pull = [0.03 + sum(math.exp(-((sketch.gap(m, c) / (1.5 * r)) ** 2)) for c, r in centres) for m in middles]
        for number in range(1, count + 1):
            at = rng.choices(range(len(villages)), [round(p, 9) for p in pull])[0]
            points.append(chance.point_in(rng, villages.geometry.iloc[at]))
            rows.append(
                {
                    "site_id": f"{facts.COUNTY_CODE}{code}{number:04d}",
                    "name": f"{villages['name'].iloc[at]}{rng.randint(1, 12)}组{word}",
                    "kind": kind,
                    "village_code": villages["code"].iloc[at],
                    "status": SiteStatus.ACTIVE,
                    "found_on": date(2006, 3, 1) + timedelta(days=rng.randint(0, 5900)),
                    **_threat(rng),
                }
            )
    _special_sites(rng, rows)
    return framed(rows, points)


def _threat(rng: random.Random, households: int | None = None) -> Row:
    """Households, people and assets under a site; most are few."""
    count = max(1, round(rng.lognormvariate(1.55, 1.25))) if households is None else households
    people = round(count * rng.uniform(2.6, 4.4))
    assets = round(count * rng.lognormvariate(12.1, 0.45), -4)
    return _graded(count, people, int(assets))


def _graded(households: int | None, people: int | None, assets_cny: int | None) -> Row:
    return {
        "threatened_households": households,
        "threatened_people": people,
        "threatened_assets_cny": assets_cny,
        "danger_grade": danger_grade(people, assets_cny),
    }


def _special_sites(rng: random.Random, rows: list[Row]) -> None:
    """Among the sites: extra large, large, without people, without figures, and removed ones."""
    chosen = rng.sample(range(len(rows)), 32)
    figures = [_graded(296, 1180, 62_000_000), _graded(265, 1046, 108_000_000)]
    figures += [_threat(rng, households) for households in (155, 178, 190, 214)]
    figures += [_graded(0, 0, round(rng.uniform(2, 30)) * 100_000) for _ in range(5)]
    figures += [_graded(None, None, None) for _ in range(6)]
    for at, figure in zip(chosen, figures, strict=False):
        rows[at] |= figure
    for at in chosen[len(figures) :]:
        rows[at]["status"] = SiteStatus.REMOVED
