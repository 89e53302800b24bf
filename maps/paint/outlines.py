"""The villages' shapes as maps draw them, made once for a version of the reference layers: events move no border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.atlas import Atlas
from geo.reach.places import once_for_each_atlas
from maps import text
from maps.paint import draw

Chosen = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Outlines:
    """Of each village its thinned `shape`, the same as GeoJSON, and where a label stands and how wide its place is."""

    shapes: Any
    geometries: list[text.Lasting]
    anchors: list[list[float]]
    spans: list[float]


def village_outlines(atlas: Atlas, chosen: Chosen | None = None) -> Outlines:
    """Those of the villages at the positions `chosen`, by default of all; nobody changes them."""
    villages = atlas.layers["villages"].geometry.values
    if chosen is None or np.array_equal(chosen, np.arange(len(villages))):
        return _all_outlines(atlas)
    return _outlines(villages[chosen])


@once_for_each_atlas
def _all_outlines(atlas: Atlas) -> Outlines:
    return _outlines(atlas.layers["villages"].geometry.values)


def _outlines(villages: Any) -> Outlines:
    shapes = draw.thinned(villages)
    return Outlines(shapes, [text.Lasting(draw.geometry(shape)) for shape in shapes], *draw.rooms(shapes))
