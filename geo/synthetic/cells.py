"""Cells that share their borders exactly, and where to put their seeds: geometry on the plane of `sketch`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.synthetic.sketch import Floats, Place, gap

Integers = npt.NDArray[np.int64]


def nearest(places: Floats, seeds: Floats, bonus: Floats | None = None) -> Integers:
    """For each place the index of the nearest seed, by squared distance less the seed's bonus."""
    squared = (places[:, None, 0] - seeds[None, :, 0]) ** 2 + (places[:, None, 1] - seeds[None, :, 1]) ** 2
    label: Integers = np.argmin(squared if bonus is None else squared - bonus, axis=1)
    return label


def shares_of(places: Floats, seeds: Floats, shares: Sequence[float], rounds: int = 80) -> Integers:
    """Divide the places among the seeds so that each gets about its share (a power diagram found by relaxation)."""
    target = np.asarray(shares) / sum(shares) * len(places)
    bonus = np.zeros(len(seeds))
    extent = float(np.ptp(places[:, 0]) * np.ptp(places[:, 1]))
    for _ in range(rounds):
        counts = np.bincount(nearest(places, seeds, bonus), minlength=len(seeds))
        bonus += 0.25 * (target - counts) / len(places) * extent
    return nearest(places, seeds, bonus)


def relax(places: Floats, weights: Floats, seeds: Floats, rounds: int) -> Floats:
    """Seeds moved to the weighted centres of their cells, again and again (Lloyd): even cells, smaller where dense."""
    seeds = seeds.copy()
    for _ in range(rounds):
        label = nearest(places, seeds)
        mass = np.bincount(label, weights, len(seeds))
        for axis in (0, 1):
            centre = np.bincount(label, weights * places[:, axis], len(seeds))
            seeds[:, axis] = np.where(mass > 0, centre / np.where(mass > 0, mass, 1), seeds[:, axis])
    return np.round(seeds, 2)


def cut_cells(seeds: Floats, outline: shapely.Polygon) -> list[tuple[Place, ...]]:
    """The outline cut into one ring of corners for each seed, in the order of the seeds.

    Rings that meet do so in the same corners. A splinter that a bend of the outline cuts off its cell goes to the
    neighbour with which it shares the longest border.
    """
    diagram = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=outline, only_edges=True)
    net = shapely.union_all([shapely.intersection(diagram, outline), outline.exterior], grid_size=0.01)
    faces = list(shapely.get_parts(shapely.polygonize(shapely.get_parts(net))))
    tree = shapely.STRtree(faces)
    face_of_seed = dict(zip(*tree.query(shapely.points(seeds), predicate="intersects").tolist(), strict=True))
    owner = {face: seed for seed, face in face_of_seed.items()}
    rings = {face: _corners(shape) for face, shape in enumerate(faces)}
    for face in sorted(set(rings) - set(owner), key=lambda f: rings[f]):
        owner[face] = owner[_best_neighbour(face, rings, owner)]
    parts: dict[int, list[int]] = {}
    for face, seed in sorted(owner.items()):
        parts.setdefault(seed, []).append(face)
    return [
        rings[found[0]] if len(found) == 1 else _corners(shapely.union_all([faces[face] for face in found]))
        for _, found in sorted(parts.items())
    ]


def _corners(shape: Any) -> tuple[Place, ...]:
    """The corners of a polygon's outer ring in a canonical order, the closing one left out."""
    return tuple((x, y) for x, y in shapely.get_coordinates(shapely.normalize(shape).exterior)[:-1].round(2).tolist())


def sides(ring: Sequence[Place]) -> Iterable[tuple[Place, Place]]:
    """The directed edges of a ring of corners."""
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def _best_neighbour(face: int, rings: Mapping[int, Sequence[Place]], owner: Mapping[int, int]) -> int:
    shared: Counter[int] = Counter()
    mine = {frozenset(side) for side in sides(rings[face])}
    for other in owner:
        shared[other] = round(sum(100 * gap(*side) for side in sides(rings[other]) if frozenset(side) in mine))
    return min(shared, key=lambda f: (-shared[f], rings[f]))


def neighbours(rings: Sequence[Sequence[Place]]) -> dict[tuple[Place, Place], list[int]]:
    """Each border edge (its ends in ascending order) with the one or two rings beside it."""
    beside: dict[tuple[Place, Place], list[int]] = {}
    for index, ring in enumerate(rings):
        for a, b in sides(ring):
            beside.setdefault((min(a, b), max(a, b)), []).append(index)
    return dict(sorted(beside.items()))
