"""A county cut into villages without gap or overlap: every border is one line with one set of vertices.

All borders are noded together on the grid of 1e-7 degree (snap rounding, as in Hobby 1999), so that neighbours share
their vertices and the parts are a valid coverage; a county or a town is then exactly the sum of its villages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geo import crs
from geo.intake.osm.reading import on_grid

GRID_DEG: Final = 1e-7

Indexes = npt.NDArray[np.intp]


def voronoi(towns: Sequence[Any], points: Sequence[Any], town_of: Sequence[int], metric_crs: str) -> list[Any]:
    """Cells around points (WGS84), one for each, cut at the borders of their towns, which partition the outline.

    A place belongs to the nearest point, in metres of `metric_crs`, among those of the town that it lies in. Every
    town must have a point. A cell can have several parts; it is None when nothing of its town is left for it.
    """
    points_m = shapely.get_coordinates(crs.to_metres(np.array(points, dtype=object), metric_crs))
    own = np.asarray(town_of, dtype=np.intp)
    members = [np.flatnonzero(own == town) for town in range(len(towns))]
    edges = [_edges(shape, points_m[rows], metric_crs) for shape, rows in zip(towns, members, strict=True)]
    faces = _faces([*(shapely.boundary(town) for town in towns), *edges], towns)
    middles = shapely.point_on_surface(faces)
    middles_m = shapely.get_coordinates(crs.to_metres(middles, metric_crs))
    face_town = owners(middles, towns)
    owner = np.empty(len(faces), dtype=np.intp)
    for town, rows in enumerate(members):
        inside = face_town == town
        if inside.any():
            owner[inside] = rows[cKDTree(points_m[rows]).query(middles_m[inside])[1]]
    return _merged(faces, owner, len(points))


def mended(shapes: Sequence[Any], outline: Any | None = None) -> list[Any]:
    """Polygons that nearly partition `outline` (or their union), made to do it exactly; None where nothing is left.

    What lies in several goes to the first; what lies in none, to the nearest.
    """
    within = [outline] if outline is not None else list(shapes)
    faces = _faces([shapely.boundary(shape) for shape in (*within, *shapes)], within)
    return _merged(faces, owners(shapely.point_on_surface(faces), shapes), len(shapes))


def owners(points: Any, shapes: Sequence[Any]) -> Indexes:
    """For each point the first of the shapes that holds it, or else the nearest."""
    tree = shapely.STRtree(shapes)
    point_rows, shape_rows = tree.query(points, predicate="intersects")
    owner = np.full(len(points), len(shapes), dtype=np.intp)
    np.minimum.at(owner, point_rows, shape_rows)
    alone = np.flatnonzero(owner == len(shapes))
    if alone.size:
        owner[alone] = tree.nearest(np.asarray(points, dtype=object)[alone])
    return owner


def joined(parts: Sequence[Any]) -> Any:
    """The union of parts of one coverage: its border keeps every vertex, so that whole and parts meet exactly."""
    return shapely.coverage_union_all(np.array(parts, dtype=object))


def _edges(town: Any, points_m: Any, metric_crs: str) -> Any:
    """The lines between the cells of one town, WGS84."""
    if len(points_m) < 2:
        return shapely.MultiLineString([])
    around = crs.to_metres(shapely.box(*town.bounds), metric_crs)
    lines_m = shapely.voronoi_polygons(shapely.multipoints(points_m), extend_to=around, only_edges=True)
    return shapely.intersection(crs.to_degrees(lines_m, metric_crs), town)


def _faces(lines: Sequence[Any], within: Sequence[Any]) -> Any:
    """The areas between the lines that lie in one of `within`, on the grid."""
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=GRID_DEG)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(on_grid(noded))))
    held = shapely.STRtree(within).query(shapely.point_on_surface(faces), predicate="intersects")[0]
    return faces[np.unique(held)]


def _merged(faces: Any, owner: Indexes, count: int) -> list[Any]:
    merged: list[Any] = [None] * count
    for number in np.unique(owner):
        merged[int(number)] = joined(faces[owner == number])
    return merged
