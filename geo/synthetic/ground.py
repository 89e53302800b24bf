"""The ground of the roads: where nodes lie, which of them a road may link, and at what price."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.synthetic import drawing, facts, sketch, ways
from geo.synthetic.rivers import Rivers
from geo.synthetic.sketch import Place
from geo.synthetic.ways import Pair


@dataclass(frozen=True, slots=True)
class Ground:
    """What a road may use: the triangles over its nodes, which nodes they link, and at what price in metres."""

    beside: Mapping[Pair, list[tuple[int, int, int]]]
    price: Mapping[Pair, float]
    links: Mapping[int, list[tuple[int, float]]]


def town_places(rng: random.Random, rivers: Rivers) -> list[Place]:
    """Street corners: a turned lattice in the city and a small one at each other seat, none in the river."""
    corners: list[Place] = []
    spots = [(sketch.place(facts.CENTRE), 2000.0, drawing.BLOCK_M, drawing.STREET_TURN)]
    spots += [(sketch.place(seat), 430.0, 112.0, 0.3 + 0.5 * n) for n, seat in enumerate(drawing.SEATS.values()) if n]
    for (x, y), radius_m, pitch_m, turn in spots:
        size = int(1.3 * radius_m / pitch_m)
        for i in range(-size, size + 1):
            for j in range(-size, size + 1):
                u, v = pitch_m * i + rng.uniform(-11, 11), pitch_m * j + rng.uniform(-11, 11)
                angle = math.atan2(v, u)
                if math.hypot(u, v) < radius_m * (1 + 0.16 * math.sin(2 * angle + turn) + 0.1 * math.sin(5 * angle)):
                    at = x + u * math.cos(turn) - v * math.sin(turn), y + u * math.sin(turn) + v * math.cos(turn)
                    corners.append((round(at[0], 2), round(at[1], 2)))
    shore = shapely.union_all([rivers.zi, rivers.maxi])
    wet = shapely.distance(shapely.points(corners), shore) < 75
    dry = drawing.outline().buffer(-120)
    inside = shapely.contains_xy(dry, np.array(corners))
    return [corner for corner, w, ok in zip(corners, wet, inside, strict=True) if ok and not w]


def scattered(rng: random.Random, count: int) -> list[Place]:
    """Hamlets: places strewn over the county."""
    inner = drawing.outline().buffer(-150)
    west, south, east, north = inner.bounds
    strewn = [(round(rng.uniform(west, east), 2), round(rng.uniform(south, north), 2)) for _ in range(3 * count)]
    inside = shapely.contains_xy(inner, np.array(strewn))
    return [place for place, ok in zip(strewn, inside, strict=True) if ok][:count]


def add_apart(places: list[Place], more: Iterable[Place], apart_m: Callable[[Place], float]) -> None:
    """Append those of `more` that keep their distance from all that are there already."""
    side = 250.0
    bins: dict[Pair, list[Place]] = {}
    for place in places:
        bins.setdefault((int(place[0] // side), int(place[1] // side)), []).append(place)
    for place in more:
        column, row = int(place[0] // side), int(place[1] // side)
        near = (p for i in (-1, 0, 1) for j in (-1, 0, 1) for p in bins.get((column + i, row + j), ()))
        if all(sketch.gap(place, other) >= apart_m(place) for other in near):
            places.append(place)
            bins.setdefault((column, row), []).append(place)


def survey(places: list[Place], rivers: Rivers, motorway: set[int]) -> Ground:
    """The net of possible roads: dear across the river, up the hills, and out of a motorway."""
    beside: dict[Pair, list[tuple[int, int, int]]] = {}
    for triangle in ways.triangulate(places):
        a, b, c = triangle
        for edge in ((a, b), (b, c), (a, c)):
            beside.setdefault(edge, []).append(triangle)
    edges = sorted(beside)
    lines = shapely.linestrings([[places[a], places[b]] for a, b in edges])
    inside = shapely.covers(drawing.outline().buffer(-30), lines)
    wet = shapely.intersects(lines, rivers.zi) * 40.0 + shapely.intersects(lines, rivers.maxi) * 5.0
    heights = [drawing.height(place) for place in places]
    price: dict[Pair, float] = {}
    for (a, b), ok, crossing in zip(edges, inside, wet, strict=True):
        if ok:
            climb = abs(heights[a] - heights[b]) * 1500
            barred = 60.0 if (a in motorway or b in motorway) else 0.0
            price[a, b] = round((sketch.gap(places[a], places[b]) + climb) * (1 + float(crossing) + barred), 3)
    return Ground(beside, price, links_of(price, len(places)))


def links_of(price: Mapping[Pair, float], count: int) -> dict[int, list[tuple[int, float]]]:
    """For each node the nodes that it is linked to, with the price of going there."""
    links: dict[int, list[tuple[int, float]]] = {node: [] for node in range(count)}
    for (a, b), cost in price.items():
        links[a].append((b, cost))
        links[b].append((a, cost))
    return links


def relative_neighbours(places: Sequence[Place], ground: Ground) -> list[Pair]:
    """The edges between which no third node is nearer to both ends than they are to each other: no diagonals."""
    around: dict[int, set[int]] = {node: set() for node in range(len(places))}
    for a, b in ground.beside:
        around[a].add(b)
        around[b].add(a)
    found = []
    for a, b in ground.price:
        span = sketch.gap(places[a], places[b])
        rivals = around[a] | around[b]
        if not any(
            max(sketch.gap(places[a], places[c]), sketch.gap(places[b], places[c])) < span - 0.005
            for c in rivals
            if c not in (a, b)
        ):
            found.append((a, b))
    return found


def middle(places: Sequence[Place], triangle: tuple[int, int, int]) -> Place:
    """The place in the middle of a triangle of nodes."""
    return sum(places[n][0] for n in triangle) / 3, sum(places[n][1] for n in triangle) / 3
