"""Risk zones: forest fire round the hills, and the ground that moves."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import geopandas
import shapely

from geo.calendar import CHINA
from geo.synthetic import drawing, sketch
from geo.synthetic.rows import Row, framed
from geo.synthetic.sketch import Place
from geo.terms import HazardKind, RoadEffect

_SLOWING: Final = "雷公冲泥石流区"
_SLOWING_SINCE: Final = datetime(2022, 12, 21, 8, 0, tzinfo=CHINA)


def risk_zones(rng: random.Random) -> geopandas.GeoDataFrame:
    """Forest-fire zones round the hills (a core and its flanks), and geological zones: collapse over the mines in the
    middle, slides, falls and flows in the south-west. What sticks out of the county is cut, and what is left must be
    worth a zone. One of the flows slows the roads in it."""
    inner = drawing.outline().buffer(-60)
    rows: list[Row] = []
    shapes: list[Any] = []
    counts = {"Z-F": 0, "Z-G": 0}
    for name, kind, level, shape in (*_fire_zones(rng), *_geological_zones(rng)):
        part = max(shapely.get_parts(shapely.intersection(shape, inner)), key=lambda p: p.area, default=shapely.Point())
        if part.area < 400_000:
            continue
        prefix = "Z-F" if kind is HazardKind.FOREST_FIRE else "Z-G"
        counts[prefix] += 1
        rows.append({"zone_id": f"{prefix}-{counts[prefix]:03d}", "name": name, "kind": kind, "level": level})
        if name == _SLOWING:
            rows[-1] |= {"road_effect": RoadEffect.SLOWED, "road_speed_kph": 8.0, "valid_from": _SLOWING_SINCE}
        shapes.append(shapely.normalize(shapely.Polygon(sketch.to_degrees(part.exterior.coords))))
    return framed(rows, shapes)


def _fire_zones(rng: random.Random) -> Iterator[tuple[str, HazardKind, int, Any]]:
    sides = (("东麓", 0.2), ("北坡", 1.7), ("西麓", 3.3), ("南坡", 4.8))
    for hill, lon, lat, radius, height in drawing.HILLS:
        x, y = sketch.place((lon, lat))
        core = _random_blob(rng, (x, y), radius * rng.uniform(0.48, 0.62))
        yield f"{hill}森林火险区", HazardKind.FOREST_FIRE, 5 if height > 0.85 else 4 if height > 0.65 else 3, core
        for side, bearing in rng.sample(sides, 2):
            away = radius * rng.uniform(0.95, 1.15)
            flank = _random_blob(
                rng, (x + away * math.cos(bearing), y + away * math.sin(bearing)), radius * rng.uniform(0.42, 0.6)
            )
            rest = max(shapely.get_parts(flank - core.buffer(60)), key=lambda part: part.area)
            yield f"{hill}{side}森林火险区", HazardKind.FOREST_FIRE, rng.choice((1, 2, 2, 3)), rest


def _geological_zones(rng: random.Random) -> Iterator[tuple[str, HazardKind, int, Any]]:
    for name, kind, level, lon, lat, radius in drawing.GEOLOGICAL_ZONES:
        yield name, kind, level, _random_blob(rng, sketch.place((lon, lat)), radius)


def _random_blob(rng: random.Random, centre: Place, radius_m: float) -> Any:
    waves = [(rng.uniform(0.03, 0.34 / k), rng.uniform(0, 2 * math.pi)) for k in range(2, 7)]
    return sketch.blob(centre, radius_m, waves, rng.uniform(1.0, 1.3), rng.uniform(0, math.pi))
