"""The main roads: drawn by hand, wound by chance, cut where they meet."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import shapely

from geo.synthetic import drawing, sketch
from geo.synthetic.sketch import Place
from geo.terms import RoadClass

RANKS: Final = list(RoadClass)
"""The road classes, the highest first."""


def main_pieces(rng: random.Random) -> list[tuple[RoadClass, str, list[Place]]]:
    """The main roads cut where they meet, each piece as points close enough for its bends."""
    ways = [_winding(rng, road_class, controls) for road_class, _, controls in drawing.MAIN_ROADS]
    curves = [shapely.LineString(sketch.smooth(way, 12)) for way in ways]
    net = shapely.get_parts(shapely.line_merge(shapely.union_all(curves, grid_size=1.0)))
    pieces = []
    for line in net:
        middle = line.interpolate(0.5, normalized=True)
        number = min(range(len(curves)), key=lambda i: (round(curves[i].distance(middle)), i))
        road_class, name, _ = drawing.MAIN_ROADS[number]
        pieces.append((road_class, name, _paced(line)))
    return sorted(pieces, key=lambda piece: (RANKS.index(piece[0]), piece[1], piece[2]))


def _winding(rng: random.Random, road_class: RoadClass, controls: Sequence[Sequence[float]]) -> list[Place]:
    """The control points on the plane and two between each two, set aside by turns: the lower the class, the more."""
    aside = {RoadClass.MOTORWAY: 0.0, RoadClass.PRIMARY: 0.03, RoadClass.SECONDARY: 0.08}.get(road_class, 0.11)
    places = [sketch.place(control) for control in controls]
    winding = [places[0]]
    for a, b in pairwise(places):
        hand = rng.choice((-1, 1))
        for share, side in ((1 / 3, hand), (2 / 3, -hand)):
            x, y = sketch.between(a, b, share)
            off = side * aside * rng.uniform(0.4, 1.0)
            winding.append((x - off * (b[1] - a[1]), y + off * (b[0] - a[0])))
        winding.append(b)
    return winding


def _paced(line: Any) -> list[Place]:
    """Points along the line, some 110 m apart in town and 240 m outside; both ends are kept."""
    stops = [0.0]
    while stops[-1] < line.length:
        here = line.interpolate(stops[-1])
        stops.append(stops[-1] + (110.0 if drawing.near_seat((here.x, here.y)) else 240.0))
    if len(stops) > 2 and line.length - stops[-2] < 0.5 * (stops[-1] - stops[-2]):
        stops.pop()
    scale = line.length / stops[-1]
    points = [line.interpolate(stop * scale) for stop in stops]
    return [(round(point.x, 2), round(point.y, 2)) for point in points]
