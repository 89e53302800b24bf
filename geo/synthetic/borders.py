"""The borders between cells: bent ones, and those that fall when cells are joined."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from geo.synthetic import sketch
from geo.synthetic.cells import sides
from geo.synthetic.sketch import Place


def bent_rings(
    rng: random.Random,
    rings: Sequence[Sequence[Place]],
    seeds: Sequence[Place],
    beside: Mapping[tuple[Place, Place], list[int]],
) -> list[tuple[Place, ...]]:
    """The rings with their inner borders bent, each border once and alike for both neighbours."""
    inner = [(edge, pair) for edge, pair in beside.items() if len(pair) == 2 and sketch.gap(*edge) > 150]
    firm = _seen_whole(inner, rings, seeds)
    lines: dict[tuple[Place, Place], list[Place]] = {}
    for (edge, pair), safe in zip(inner, firm, strict=True):
        depth = 2 if sketch.gap(*edge) > 480 else 1
        apexes = (seeds[pair[0]], seeds[pair[1]])
        line = sketch.bent(*edge, apexes, lambda: rng.uniform(-0.3, 0.3), depth)
        if safe:
            lines[edge] = [(round(x, 2), round(y, 2)) for x, y in line]
    bent = []
    for ring in rings:
        corners: list[Place] = []
        for a, b in sides(ring):
            line = lines.get((min(a, b), max(a, b)), [min(a, b), max(a, b)])
            corners += line[:-1] if a < b else line[:0:-1]
        bent.append(tuple(corners))
    return bent


def _seen_whole(
    inner: Sequence[tuple[tuple[Place, Place], list[int]]], rings: Sequence[Sequence[Place]], seeds: Sequence[Place]
) -> list[bool]:
    """Whether both seeds see the whole of the edge between them; at the outline's bends they may not."""
    safe = np.ones(len(inner), dtype=bool)
    shapes = np.array([shapely.Polygon(ring) for ring in rings])
    for side in (0, 1):
        cells = [pair[side] for _, pair in inner]
        triangles = shapely.polygons([[*edge, seeds[cell]] for (edge, _), cell in zip(inner, cells, strict=True)])
        hidden = shapely.area(triangles) - shapely.area(shapely.intersection(triangles, shapes[cells]))
        safe &= hidden < 1.0
    return [bool(value) for value in safe]


def unions(shapes: Sequence[Any], label: Sequence[str]) -> dict[str, Any]:
    """The shapes of each label joined along their shared borders."""
    groups: dict[str, list[Any]] = {}
    for shape, name in zip(shapes, label, strict=True):
        groups.setdefault(name, []).append(shape)
    return {name: shapely.normalize(shapely.coverage_union_all(groups[name])) for name in sorted(groups)}
