"""The roads: the whole network, and the layer made of it."""

from __future__ import annotations

import random
from typing import Final

import geopandas
import shapely

from geo.synthetic import drawing, sketch
from geo.synthetic.bends import bend, lay_dead_ends
from geo.synthetic.ground import add_apart, scattered, survey, town_places
from geo.synthetic.land import Land
from geo.synthetic.mains import RANKS, main_pieces
from geo.synthetic.rivers import Rivers
from geo.synthetic.rows import Row, framed
from geo.synthetic.streets import Streets, choose_oneway, lay_country, lay_mains, lay_town, widen_avenues
from geo.synthetic.ways import Pair
from geo.terms import RoadClass, Surface

_SPEED_KPH: Final = {
    RoadClass.MOTORWAY: 100.0,
    RoadClass.PRIMARY: 45.0,
    RoadClass.SECONDARY: 32.0,
    RoadClass.TERTIARY: 20.0,
    RoadClass.UNCLASSIFIED: 13.0,
    RoadClass.RESIDENTIAL: 20.0,
    RoadClass.TRACK: 8.0,
}
_MOUNTAIN_KPH: Final = {  # up on the hills a road of the same class is narrower, steeper and has more bends
    RoadClass.SECONDARY: 25.0,
    RoadClass.TERTIARY: 14.0,
    RoadClass.UNCLASSIFIED: 9.0,
    RoadClass.TRACK: 6.0,
}
_MOUNTAIN_HEIGHT: Final = 0.25


def lay(rng: random.Random, land: Land, rivers: Rivers) -> Streets:
    """The network: main roads by hand, streets in the towns, ways to every hamlet, some loops, and dead ends."""
    mains = main_pieces(rng)
    places = list(dict.fromkeys(place for _, _, piece in mains for place in piece))
    motorway = {place for road_class, _, piece in mains for place in piece[1:-1] if road_class is RoadClass.MOTORWAY}
    trunk_count = len(places)
    town = town_places(rng, rivers)
    add_apart(places, town, lambda _: 68.0)
    town_end = len(places)
    add_apart(places, land.seeds, lambda place: 100.0 if drawing.in_city(place) else 150.0)
    add_apart(places, scattered(rng, 1500), lambda _: 190.0)
    index = {place: node for node, place in enumerate(places)}
    ground = survey(places, rivers, {index[place] for place in motorway})
    streets = Streets(places, {}, {}, {}, {})
    lay_mains(streets, ground, mains, index)
    lay_town(rng, streets, ground, trunk_count, town_end)
    lay_country(rng, streets, ground, {index[place] for place in motorway})
    widen_avenues(streets, range(trunk_count, town_end))
    bend(rng, streets, ground, rivers, range(trunk_count, town_end))
    lay_dead_ends(rng, streets, ground, rivers, {index[place] for place in motorway}, range(town_end))
    choose_oneway(streets, range(trunk_count, town_end))
    return streets


def roads(streets: Streets) -> geopandas.GeoDataFrame:
    """The network as lines that share their end points exactly wherever one can turn."""
    order = sorted(streets.classes, key=lambda edge: (RANKS.index(streets.classes[edge]), edge))
    rows: list[Row] = []
    lines = []
    for number, edge in enumerate(order, start=1):
        road_class = streets.classes[edge]
        rows.append(
            {
                "road_id": f"R{number:05d}",
                "name": streets.names.get(edge),
                "road_class": road_class,
                "surface": Surface.UNPAVED if road_class is RoadClass.TRACK else Surface.PAVED,
                "speed_kph": _speed_kph(streets, edge),
                "oneway": edge in streets.oneway,
            }
        )
        line = streets.lines[edge]
        backwards = edge in streets.oneway and streets.oneway[edge] != edge
        lines.append(shapely.LineString(sketch.to_degrees(line[::-1] if backwards else line)))
    return framed(rows, lines)


def _speed_kph(streets: Streets, edge: Pair) -> float:
    """The speed of free flow on an edge, by its class and by whether its middle lies up on the hills."""
    road_class = streets.classes[edge]
    a, b = (streets.places[node] for node in edge)
    plain_kph = _SPEED_KPH[road_class]
    if drawing.height(sketch.between(a, b, 0.5)) <= _MOUNTAIN_HEIGHT:
        return plain_kph
    return _MOUNTAIN_KPH.get(road_class, plain_kph)
