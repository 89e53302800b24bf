"""The county, its towns, villages and grid cells as layers, with their people."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import geopandas
import pandas as pd
import shapely

from geo.synthetic import drawing, facts, sketch
from geo.synthetic.borders import unions
from geo.synthetic.land import Land
from geo.synthetic.rows import Row, framed
from geo.synthetic.sketch import Place
from geo.terms import VillageKind


def county() -> geopandas.GeoDataFrame:
    """One row: the hand-drawn outline."""
    row: Row = {"code": facts.COUNTY_CODE, "name": facts.COUNTY_NAME, "name_en": facts.COUNTY_NAME_EN}
    return framed([row], [shapely.Polygon(sketch.to_degrees(drawing.outline().exterior.coords))])


def towns(land: Land) -> geopandas.GeoDataFrame:
    """The towns: real names and codes, shapes that are the unions of their villages."""
    shapes = unions(list(land.shapes.values()), [code[:9] for code in land.shapes])
    return framed([town._asdict() for town in facts.TOWNS], [shapes[town.code] for town in facts.TOWNS])


def villages(rng: random.Random, land: Land) -> geopandas.GeoDataFrame:
    """The villages: real names and codes, made-up shapes and populations that sum to the census."""
    communities = [village for village in facts.VILLAGES if village.kind is VillageKind.COMMUNITY]
    others = [village for village in facts.VILLAGES if village.kind is VillageKind.VILLAGE]
    # Communities of the four subdistricts are larger than those that are the market place of a rural town.
    urban = [rng.lognormvariate(0, 0.35) * (2.2 if village.code[6] == "0" else 1.0) for village in communities]
    rural = [rng.lognormvariate(0, 0.4) for _ in others]
    people = dict(zip(communities, _split(facts.URBAN_POPULATION, urban), strict=True))
    people |= dict(zip(others, _split(facts.POPULATION - facts.URBAN_POPULATION, rural), strict=True))
    rows: list[Row] = [
        {**village._asdict(), "kind": village.kind, "town_code": village.town_code, "population": people[village]}
        for village in facts.VILLAGES
    ]
    return framed(rows, [land.shapes[village.code] for village in facts.VILLAGES])


def grids(rng: random.Random, land: Land, villages: pd.DataFrame) -> geopandas.GeoDataFrame:
    """The grid cells, numbered in reading order, with a share of their village's population.

    Reading order, on the drawing plane: the village is cut into bands from the north, each as high as the square root
    of its mean cell area; a cell belongs to the band of its centroid; bands count north to south, cells inside a band
    west to east.
    """
    rows: list[Row] = []
    shapes: list[Any] = []
    for code, population in zip(villages["code"], villages["population"], strict=True):
        cells = _in_reading_order([ring for ring, of in zip(land.rings, land.village_of, strict=True) if of == code])
        weights = [math.sqrt(shapely.Polygon(ring).area) * rng.uniform(0.5, 1.5) for ring in cells]
        for number, (ring, people) in enumerate(zip(cells, _split(population, weights), strict=True), start=1):
            rows.append({"code": f"{code}{number:03d}", "village_code": code, "population": people})
            shapes.append(shapely.normalize(shapely.Polygon(sketch.to_degrees(ring))))
    return framed(rows, shapes)


def _in_reading_order(rings: Sequence[Sequence[Place]]) -> list[Sequence[Place]]:
    shapes = [shapely.Polygon(ring) for ring in rings]
    band_m = math.sqrt(sum(shape.area for shape in shapes) / len(shapes))
    north = max(shape.bounds[3] for shape in shapes)
    keys = [(int((north - shape.centroid.y) / band_m), shape.centroid.x) for shape in shapes]
    return [rings[i] for i in sorted(range(len(rings)), key=lambda i: keys[i])]


def _split(total: int, weights: Sequence[float]) -> list[int]:
    """`total` divided in whole numbers by weight, at least 1 each, by largest remainder."""
    free = total - len(weights)
    exact = [free * weight / sum(weights) for weight in weights]
    given = [int(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda i: (given[i] - exact[i], i))
    for i in order[: free - sum(given)]:
        given[i] += 1
    return [1 + share for share in given]
