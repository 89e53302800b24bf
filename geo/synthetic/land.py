"""The land: grid cells, and the villages as unions of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.synthetic import drawing, facts, sketch
from geo.synthetic.borders import bent_rings, unions
from geo.synthetic.cells import cut_cells, nearest, neighbours, relax, shares_of
from geo.synthetic.sketch import Floats, Place
from geo.terms import VillageKind


@dataclass(frozen=True, slots=True)
class Land:
    """The cells (rings of corners on the plane, borders already bent) and the village each belongs to."""

    rings: tuple[tuple[Place, ...], ...]
    village_of: tuple[str, ...]
    seeds: tuple[Place, ...]
    centres: Mapping[str, Place]
    shapes: Mapping[str, Any]
    """Villages by code, in degrees."""


def settle(rng: random.Random) -> Land:
    """The outline divided among the towns, their parts among villages, and these among cells."""
    outline = drawing.outline()
    samples = _samples(outline, 80.0)
    centres: dict[str, Place] = {}
    seeds: list[Place] = []
    village_of: list[str] = []
    seats = np.array([sketch.place(seat) for seat in drawing.SEATS.values()])
    town_of = shares_of(_warped(samples), _warped(seats), [area for _, _, area in drawing.SEATS.values()])
    for number, town_code in enumerate(drawing.SEATS):
        inside = samples[town_of == number]
        named = _named_villages(rng, town_code, inside)
        centres |= named
        label = nearest(inside, np.array(list(named.values())))
        for position, code in enumerate(named):
            cells = _cell_seeds(rng, code, inside[label == position])
            seeds += cells
            village_of += [code] * len(cells)
    rings = cut_cells(np.array(seeds), outline)
    beside = neighbours(rings)
    village_of = _joined(village_of, rings, beside)
    rings = bent_rings(rng, rings, seeds, beside)
    shapes = unions([shapely.Polygon(sketch.to_degrees(ring)) for ring in rings], village_of)
    return Land(tuple(tuple(ring) for ring in rings), tuple(village_of), tuple(seeds), centres, shapes)


def _samples(outline: shapely.Polygon, spacing_m: float) -> Floats:
    """A square lattice of places inside the outline."""
    west, south, east, north = outline.bounds
    x, y = np.meshgrid(np.arange(west, east, spacing_m), np.arange(south, north, spacing_m))
    inside = shapely.contains_xy(outline, x.ravel(), y.ravel())
    places: Floats = np.round(np.column_stack([x.ravel(), y.ravel()])[inside], 2)
    return places


def _warped(places: Floats) -> Floats:
    """The places on a gently waved plane: straight borders drawn there are winding ones here."""
    x, y = places[:, 0], places[:, 1]
    east = 420 * np.sin(y / 1150 + 0.4) + 210 * np.sin((x + y) / 520)
    north = 420 * np.sin(x / 1050 + 1.9) + 210 * np.sin((x - y) / 610)
    waved: Floats = np.round(places + np.column_stack([east, north]), 2)
    return waved


def _crowding(places: Floats, seat: Place) -> Floats:
    """How densely settled a place is: most round the city's centre, then round the seat of its town."""
    centre = sketch.place(facts.CENTRE)
    from_city = ((places - centre) ** 2).sum(axis=1)
    from_seat = ((places - seat) ** 2).sum(axis=1)
    crowd: Floats = 1 + 70 * np.exp(-from_city / 1900.0**2) + 14 * np.exp(-from_seat / 1000.0**2)
    return np.round(crowd, 6)


def _named_villages(rng: random.Random, town_code: str, inside: Floats) -> dict[str, Place]:
    """A centre for each village of a town: communities where it is dense, the story's villages where they belong."""
    members = [village for village in facts.VILLAGES if village.town_code == town_code]
    seat = sketch.place(drawing.SEATS[town_code])
    weights = _crowding(inside, seat)
    starts = inside[rng.choices(range(len(inside)), weights.tolist(), k=len(members))]
    starts = starts + [[rng.uniform(-9, 9), rng.uniform(-9, 9)] for _ in members]
    places = relax(inside, weights, starts, rounds=40)
    crowded = _crowding(places, seat)
    order = sorted(range(len(members)), key=lambda i: (-crowded[i], i))
    ranked = [(float(places[i, 0]), float(places[i, 1])) for i in order]
    members.sort(key=lambda village: (village.kind is VillageKind.VILLAGE, village.code))
    named = dict(zip((village.code for village in members), ranked, strict=True))
    if town_code == "431381001":  # the article's neighbours: 锑都 and 建新
        _swap_to(named, "431381001006", named["431381001001"], keep={"431381001001"})
    if town_code == "431381106":  # the Maxi joins the Zi at 麻溪村
        _swap_to(named, "431381106206", sketch.place(drawing.CONFLUENCE), keep=set())
    return named


def _swap_to(named: dict[str, Place], code: str, target: Place, keep: set[str]) -> None:
    """Let `code` change places with the village whose centre is nearest to the target."""
    other = min((c for c in named if c not in keep), key=lambda c: (sketch.gap(named[c], target), c))
    named[code], named[other] = named[other], named[code]


def _cell_seeds(rng: random.Random, code: str, inside: Floats) -> list[Place]:
    """Where the grid cells of a village lie: about twelve in a community, nine in a village."""
    count = rng.randint(10, 14) if int(code[9:]) < 200 else rng.randint(7, 11)
    starts = inside[rng.sample(range(len(inside)), count)]
    starts = starts + [[rng.uniform(-9, 9), rng.uniform(-9, 9)] for _ in range(count)]
    even = relax(inside, np.ones(len(inside)), starts, rounds=5)
    return [(float(x), float(y)) for x, y in even]


def _joined(
    village_of: Sequence[str], rings: Sequence[Sequence[Place]], beside: Mapping[tuple[Place, Place], list[int]]
) -> list[str]:
    """Every village in one piece: cells cut off from the rest of theirs go to the village they border most."""
    village_of = list(village_of)
    borders: dict[int, dict[int, float]] = {cell: {} for cell in range(len(rings))}
    for (a, b), pair in beside.items():
        if len(pair) == 2:
            for one, other in (pair, pair[::-1]):
                borders[one][other] = borders[one].get(other, 0.0) + sketch.gap(a, b)
    for code in sorted(set(village_of)):
        for stray in _components([c for c, v in enumerate(village_of) if v == code], borders)[1:]:
            for cell in stray:
                shared: dict[str, float] = {}
                for other, length in borders[cell].items():
                    if village_of[other] != code:
                        shared[village_of[other]] = shared.get(village_of[other], 0.0) + length
                village_of[cell] = min(shared, key=lambda v: (-round(shared[v]), v))
    return village_of


def _components(cells: Sequence[int], borders: Mapping[int, Mapping[int, float]]) -> list[list[int]]:
    """The connected groups among the cells, the largest first."""
    left, groups = set(cells), []
    for cell in cells:
        if cell not in left:
            continue
        left.remove(cell)
        group = [cell]
        for member in group:
            fresh = [other for other in borders[member] if other in left]
            left.difference_update(fresh)
            group += fresh
        groups.append(group)
    return sorted(groups, key=lambda group: (-len(group), group))
