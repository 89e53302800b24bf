"""Where chance comes from: one seeded generator for each layer, which the layer's maker is handed."""

from __future__ import annotations

import random
from typing import Any, Final

import shapely

SEED: Final = 431381


def generator(seed: int, layer: str) -> random.Random:
    """A generator of the layer's own, so that a change in one layer leaves the others as they were."""
    return random.Random(f"{seed}:{layer}")


def point_in(rng: random.Random, shape: Any) -> Any:
    """A place inside the shape, off its border."""
    west, south, east, north = shape.bounds
    inner = shape.buffer(-0.0003)
    while True:
        point = shapely.Point(round(rng.uniform(west, east), 7), round(rng.uniform(south, north), 7))
        if inner.contains(point):
            return point
