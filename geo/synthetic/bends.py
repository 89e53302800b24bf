"""The line that each road takes between its nodes: winding, with hairpins where it climbs; and the dead ends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import shapely

from geo.synthetic import drawing, sketch, ways
from geo.synthetic.ground import Ground, middle
from geo.synthetic.rivers import Rivers
from geo.synthetic.sketch import Place
from geo.synthetic.streets import Streets
from geo.terms import RoadClass

_NODES: Final = 5800  # the size that the network is filled up to


def bend(rng: random.Random, streets: Streets, ground: Ground, rivers: Rivers, town: range) -> None:
    """Give every edge its line, and name the bridges; a bend neither leaves the county nor wets the road."""
    outline = drawing.outline()
    shapely.prepare(outline)
    for edge in sorted(streets.classes):
        a, b = (streets.places[node] for node in edge)
        apexes = [middle(streets.places, triangle) for triangle in ground.beside[edge]]
        in_town = edge[0] in town and edge[1] in town
        line = [a, b] if in_town else _winding_line(rng, a, b, apexes, streets.classes[edge])
        bridge = shapely.intersects(rivers.zi, shapely.LineString([a, b]))
        drawn = shapely.LineString(line)
        if not shapely.covers(outline, drawn) or (not bridge and shapely.intersects(rivers.zi, drawn)):
            line = [a, b]
        if bridge:
            streets.names[edge] = "资江大桥"
        streets.lines[edge] = line


def _winding_line(
    rng: random.Random, a: Place, b: Place, apexes: Sequence[Place], road_class: RoadClass
) -> list[Place]:
    """A country road from a to b: smooth if it is a main road, winding if not, with hairpins where it climbs."""
    main = {RoadClass.PRIMARY: 0.06, RoadClass.SECONDARY: 0.12, RoadClass.TERTIARY: 0.22}
    span = sketch.gap(a, b)
    if road_class is RoadClass.MOTORWAY or len(apexes) < 2 or min(sketch.off_line(c, a, b) for c in apexes) < 20:
        return [a, b]
    pair = (apexes[0], apexes[1])
    climb = abs(drawing.height(a) - drawing.height(b)) / span * 1000
    if road_class not in main and climb > 0.22 and span > 190 and all(sketch.is_beside(c, a, b, 40) for c in pair):
        return sketch.serpentine(a, b, pair, rng.choice((4, 5, 6)), 0.55)
    strength = main.get(road_class, 0.42)
    depth = 1 if road_class in main and span < 300 else 2
    return sketch.bent(a, b, pair, lambda: rng.uniform(-strength, strength), depth)


def lay_dead_ends(
    rng: random.Random, streets: Streets, ground: Ground, rivers: Rivers, motorway: set[int], core: range
) -> None:
    """Short dead ends into the middle of triangles, where nothing else runs, until the network has its size."""
    triangles = sorted({triangle for found in ground.beside.values() for triangle in found})
    shapes = shapely.polygons([[streets.places[node] for node in triangle] for triangle in triangles])
    free = ~shapely.intersects(shapes, rivers.zi) & shapely.covers(drawing.outline().buffer(-30), shapes)
    open_ends = [
        triangle
        for triangle, ok in zip(triangles, free, strict=True)
        if ok and triangle[2] not in core and not motorway & set(triangle)
    ]
    rng.shuffle(open_ends)
    for triangle in open_ends:
        if len(streets.places) == _NODES:
            break
        foot, one, other = rng.sample(triangle, 3)
        start, end = streets.places[foot], middle(streets.places, triangle)
        # The line bends into the side where no road runs; between two roads it stays straight.
        side = one if ways.pair(foot, one) not in streets.classes else other
        pull = 0.0 if ways.pair(foot, side) in streets.classes else rng.uniform(0.1, 0.3)
        if 60 < sketch.gap(start, end) < 280:
            edge = (foot, len(streets.places))
            streets.places.append(end)
            streets.classes[edge] = rng.choice((RoadClass.RESIDENTIAL, RoadClass.TRACK))
            corner = sketch.between(sketch.between(start, end, 0.5), streets.places[side], pull)
            streets.lines[edge] = [start, corner, end]
