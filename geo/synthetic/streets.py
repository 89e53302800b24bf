"""The streets: which nodes a road links, of what class, under what name, and in which direction."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from geo.synthetic import drawing, facts, sketch, ways
from geo.synthetic.ground import Ground, links_of, relative_neighbours
from geo.synthetic.sketch import Place
from geo.synthetic.ways import Pair
from geo.terms import RoadClass


@dataclass(slots=True)
class Streets:
    """A plane road network: places of the nodes, and for each edge its class, name, line and whether it is one-way."""

    places: list[Place]
    classes: dict[Pair, RoadClass]
    names: dict[Pair, str]
    lines: dict[Pair, list[Place]]
    oneway: dict[Pair, Pair]


def lay_mains(
    streets: Streets, ground: Ground, mains: Sequence[tuple[RoadClass, str, list[Place]]], index: Mapping[Place, int]
) -> None:
    """The main roads, from point to point over the ground; the higher class keeps an edge that two want."""
    for road_class, name, piece in mains:
        for a, b in pairwise(piece):
            nodes = [index[a], index[b]]
            if ways.pair(*nodes) not in ground.beside:
                nodes = ways.way(ways.tree(ground.links, [nodes[1]], nodes[0]), nodes[0])
            for one, other in pairwise(nodes):
                streets.classes.setdefault(ways.pair(one, other), road_class)
                streets.names.setdefault(ways.pair(one, other), name)


def lay_town(rng: random.Random, streets: Streets, ground: Ground, first: int, end: int) -> None:
    """The streets of the lattices, joined to the main roads they run into; one in ten is built over."""
    for edge in relative_neighbours(streets.places, ground):
        a, b = edge
        if first <= b < end and ground.price[edge] < 230 and a < end and rng.random() > 0.1:
            streets.classes.setdefault(edge, RoadClass.RESIDENTIAL)


def widen_avenues(streets: Streets, town: range) -> None:
    """Every fourth street of the city's lattice, in both directions, is an avenue."""
    x, y = sketch.place(facts.CENTRE)
    cosine, sine = math.cos(drawing.STREET_TURN), math.sin(drawing.STREET_TURN)
    for edge, road_class in streets.classes.items():
        if road_class is not RoadClass.RESIDENTIAL or edge[0] not in town or edge[1] not in town:
            continue
        ends = [(streets.places[node][0] - x, streets.places[node][1] - y) for node in edge]
        along = [
            ((u * cosine + v * sine) / drawing.BLOCK_M, (v * cosine - u * sine) / drawing.BLOCK_M) for u, v in ends
        ]
        rows = [{round(place[axis]) for place in along} for axis in (0, 1)]
        if max(math.hypot(*end) for end in ends) < drawing.CITY_M and any(
            len(row) == 1 and row.pop() % 4 == 1 for row in rows
        ):
            streets.classes[edge] = RoadClass.TERTIARY


def lay_country(rng: random.Random, streets: Streets, ground: Ground, motorway: set[int]) -> None:
    """A way from every hamlet to the main roads, the busier the wider, and loops where neighbours are near."""
    easy = {edge: cost * (0.25 if edge in streets.classes else 1.0) for edge, cost in ground.price.items()}
    mains = [edge for edge, road_class in streets.classes.items() if road_class is not RoadClass.RESIDENTIAL]
    via = ways.tree(links_of(easy, len(streets.places)), {node for edge in mains for node in edge} - motorway)
    users: dict[int, int] = {}
    for node in range(len(streets.places)):
        for step in ways.way(via, node) if node in via else []:
            users[step] = users.get(step, 0) + 1
    for node, back in via.items():
        if node != back:
            count = users[node]
            road_class = RoadClass.TERTIARY if count > 45 else RoadClass.UNCLASSIFIED if count > 2 else RoadClass.TRACK
            streets.classes.setdefault(ways.pair(node, back), road_class)
    for edge in relative_neighbours(streets.places, ground):
        if edge not in streets.classes and ground.price[edge] < 900 and rng.random() < 0.4 and not motorway & set(edge):
            streets.classes[edge] = RoadClass.UNCLASSIFIED


def choose_oneway(streets: Streets, town: range) -> None:
    """Make some town streets one-way, each only if one can still drive round the block to where it began."""
    steps: dict[int, list[int]] = {node: [] for node in range(len(streets.places))}
    for a, b in streets.classes:
        steps[a].append(b)
        steps[b].append(a)
    lattice = [edge for edge in sorted(streets.classes) if edge[0] in town and edge[1] in town]
    for number, (a, b) in enumerate(edge for edge in lattice if streets.classes[edge] is RoadClass.RESIDENTIAL):
        if number % 6 == 0:
            start, end = (a, b) if number % 12 else (b, a)
            steps[end].remove(start)
            if ways.leads_to(steps, end, start):
                streets.oneway[a, b] = (start, end)
            else:
                steps[end].append(start)
