"""Invalid polygons made valid, but only where there is one way to read them.

**What an invalid polygon's area is.** There are three readings, and they part where the shape is broken:

- the *drawn* area: the shoelace formula over the rings as they stand, holes taken away, the lobes of a ring that
  crosses itself cancelling each other. It is what every GIS shows for the row, and it is the "area before" of a repair;
- the *even-odd* area: what lies inside an odd number of rings, a ring that crosses itself taken by the same rule (GEOS
  `make_valid`, method `linework`): what is filled when the rings are painted;
- the *solid* area: each ring with all that it encloses, each polygon less its holes, parts united (method
  `structure`; a hole never adds ground). It is the shape that a repair gives, its "area after".

When the three lie within `TOLERANCE` (1 %) of each other the repair decides nothing, and is done. A bow-tie with a
small second lobe is a slip of the hand and is mended; with lobes of like size the drawn area is near nothing, nobody
but its author can say which lobe was meant, and it is refused. So are a large hole outside its shell, parts that
overlap by more than the tolerance, and a ring that runs around its ground twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.intake.parts import POLYGON, Shapes, joined, parts_of

TOLERANCE: Final = 0.01
LEAST_M2: Final = 1e-4
"""One square centimetre: coordinates are kept to a centimetre, so what encloses less is a line with rounding in it."""
MOST_CROSSINGS: Final = 300
"""Above this a ring is a scribble; GEOS needs a second for 2,000 crossings and minutes for 20,000."""
_FEW_VERTICES = 25  # so few cannot cross more often than that: 24 * 23 / 2 = 276
_PAIRS_AT_ONCE = 1_000_000


class Outcome(StrEnum):
    """What became of an invalid polygon."""

    MENDED = "mended"
    AMBIGUOUS = "ambiguous"
    COLLAPSED = "collapsed"
    TANGLED = "tangled"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """For each of n invalid polygons the mended shape (None where it was not), the outcome and the three areas."""

    shapes: Shapes
    outcomes: tuple[Outcome, ...]
    drawn_m2: crs.Floats
    even_odd_m2: crs.Floats
    solid_m2: crs.Floats


def mended(polygons: Shapes, metric_crs: str) -> Mended:
    """Mend invalid polygons (n,), 2-D, finite, WGS84 degrees; areas are planar square metres of `metric_crs`.

    Vertices that were sound keep their coordinates to the last digit: the work is done in degrees, only the areas
    are taken in metres.
    """
    tangled = np.array([_is_tangled(polygon) for polygon in polygons], dtype=bool)
    solid = np.full(len(polygons), None, dtype=object)
    even_odd = solid.copy()
    for position in np.flatnonzero(~tangled):
        try:
            solid[position] = _solid(polygons[position])
            even_odd[position] = _even_odd(polygons[position])
        except shapely.errors.GEOSException:
            solid[position] = even_odd[position] = None
    drawn_m2, even_odd_m2, solid_m2 = (_areas_m2(shapes, metric_crs) for shapes in (polygons, even_odd, solid))
    outcomes = tuple(
        Outcome.TANGLED if is_tangled else _outcome(shape, areas_m2)
        for is_tangled, shape, *areas_m2 in zip(tangled, solid, drawn_m2, even_odd_m2, solid_m2, strict=True)
    )
    solid[[outcome is not Outcome.MENDED for outcome in outcomes]] = None
    return Mended(solid, outcomes, drawn_m2, even_odd_m2, solid_m2)


def _outcome(solid: Any, areas_m2: list[float]) -> Outcome:
    if solid is None or not np.isfinite(areas_m2).all():
        return Outcome.UNMEASURED
    if solid.is_empty or areas_m2[-1] < LEAST_M2:
        return Outcome.COLLAPSED
    if max(areas_m2) - min(areas_m2) > TOLERANCE * max(areas_m2):
        return Outcome.AMBIGUOUS
    return Outcome.MENDED if shapely.is_valid(solid) else Outcome.UNMEASURED


def _solid(polygon: Any) -> Any:
    """Each ring with what it encloses, each polygon less its holes, parts united; empty when nothing is enclosed."""
    if polygon.geom_type == "Polygon" and not shapely.get_num_interior_rings(polygon):
        return _areal(_filled(polygon))
    parts = parts_of(np.array([polygon], dtype=object)).shapes
    return _areal(shapely.union_all([_less_holes(part) for part in parts]))


def _even_odd(polygon: Any) -> Any:
    """What an odd number of rings enclose; `linework` on the whole would fill a hole that shares its shell's edge."""
    rings = shapely.get_rings(shapely.get_parts(polygon))
    pieces = [_areal(shapely.make_valid(shapely.Polygon(ring), method="linework")) for ring in rings]
    while len(pieces) > 1:  # in pairs, so that a thousand holes are no thousand passes over the shell
        last = pieces[len(pieces) // 2 * 2 :]
        pieces = [*shapely.symmetric_difference(pieces[0 : len(pieces) // 2 * 2 : 2], pieces[1::2]), *last]
    return pieces[0]


def _less_holes(part: Any) -> Any:
    shell = _filled(shapely.Polygon(part.exterior))
    holes = shapely.union_all([_filled(shapely.Polygon(hole)) for hole in part.interiors])
    return shapely.difference(shell, holes)


def _filled(ring: Any) -> Any:
    return shapely.make_valid(ring, method="structure", keep_collapsed=False)


def _areal(shape: Any) -> Any:
    """The polygons of a shape; what collapsed to lines or points has no area to keep."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = parts_of(np.array([shape], dtype=object)).shapes
    areal = parts[shapely.get_type_id(parts) == POLYGON]
    return joined(areal) if len(areal) else shapely.Polygon()


def _areas_m2(shapes: Shapes, metric_crs: str) -> crs.Floats:
    """Planar areas; NaN where there is no shape or the projection does not reach."""
    with np.errstate(invalid="ignore"):
        areas: crs.Floats = shapely.area(crs.to_metres(shapes, metric_crs))
    return areas


def _is_tangled(polygon: Any) -> bool:
    """Whether the rings' edges cross more than `MOST_CROSSINGS` times; stops counting there."""
    if shapely.get_num_coordinates(polygon) <= _FEW_VERTICES:
        return False
    edges = _edges(polygon)
    tree = shapely.STRtree(edges)
    # A block meets at most block * n boxes, so a scribble of a million edges fits in memory too.
    block = max(_PAIRS_AT_ONCE // len(edges), 1)
    crossings = 0
    for first in range(0, len(edges), block):
        one, other = tree.query(edges[first : first + block], predicate="crosses")
        crossings += int(np.count_nonzero(one + first < other))
        if crossings > MOST_CROSSINGS:
            return True
    return False


def _edges(polygon: Any) -> npt.NDArray[np.object_]:
    rings = shapely.get_rings(shapely.get_parts(polygon))
    vertices, owners = shapely.get_coordinates(rings, return_index=True)
    within = owners[1:] == owners[:-1]
    edges: npt.NDArray[np.object_] = shapely.linestrings(
        np.stack([vertices[:-1][within], vertices[1:][within]], axis=1)
    )
    return edges
