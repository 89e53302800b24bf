"""The villages' shapes as maps draw them, made once for a version of the reference layers: events move no border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from geo.atlas import Atlas
from maps.paint import draw

Chosen = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Outlines:
    """Of each village its thinned `shape`, the same as GeoJSON, and where a label stands and how wide its place is."""

    shapes: Any
    geometries: list[dict[str, Any]]
    anchors: list[list[float]]
    spans: list[float]


_KEPT: WeakKeyDictionary[Atlas, Outlines] = WeakKeyDictionary()


def village_outlines(atlas: Atlas, chosen: Chosen | None = None) -> Outlines:
    """Those of the villages at the positions `chosen`, by default of all; nobody changes them."""
    villages = atlas.layers["villages"].geometry.values
    if chosen is not None and not np.array_equal(chosen, np.arange(len(villages))):
        return _outlines(villages[chosen])
    found = _KEPT.get(atlas)
    if found is None:
        found = _KEPT[atlas] = _outlines(villages)
    return found


def _outlines(villages: Any) -> Outlines:
    shapes = draw.thinned(villages)
    return Outlines(shapes, [draw.geometry(shape) for shape in shapes], *draw.rooms(shapes))
