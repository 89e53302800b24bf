"""The county as a raster of places, and areas drawn from what was found out at each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import contourpy
import numpy as np
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.index import Mask
from geo.network.graph import Floats, Ints
from geo.network.snapping import Snaps
from geo.reach.places import once_for_each_atlas

MOST_CELLS: Final = 60_000
FINEST_M: Final = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Places `resolution_m` apart in the metric system, over the county and two cells beyond its outline.

    `inside` (rows, columns) tells which of the columns `x_m` and rows `y_m` are places; `snaps` are the roads near
    these, row by row, None when the county has no roads.
    """

    x_m: Floats
    y_m: Floats
    inside: Mask
    resolution_m: float
    snaps: Snaps | None


@once_for_each_atlas
def raster(atlas: Atlas) -> Raster:
    """The raster of a county: 100 m, or as fine as 60,000 places allow; found once for each Atlas."""
    resolution_m = _resolution_m(atlas.outline_m)
    ground = atlas.outline_m.buffer(2 * resolution_m)
    west, south, east, north = ground.bounds
    x_m, y_m = np.arange(west, east + resolution_m, resolution_m), np.arange(south, north + resolution_m, resolution_m)
    shapely.prepare(ground)
    across, up = np.meshgrid(x_m, y_m)
    inside = np.asarray(shapely.contains_xy(ground, across, up), dtype=bool)
    snaps = None if atlas.snapper is None else atlas.snapper.snap_all(across[inside], up[inside])
    return Raster(x_m, y_m, inside, resolution_m, snaps)


def _resolution_m(outline_m: Any) -> float:
    """In steps of 10 m; the two cells beyond the outline count."""
    finest_m = FINEST_M
    while outline_m.area + 2 * finest_m * outline_m.length > MOST_CELLS * finest_m**2:
        finest_m += 10 * math.ceil(finest_m / 1000)
    return finest_m


def areas_within(ground: Raster, arrival_ms: Ints, bounds_ms: list[int], clip: Any, metric_crs: str) -> list[Any]:
    """For each of the rising bounds the ground that is reached within it and not within the one before.

    `arrival_ms` has a value for each place of the raster, -1 where nobody comes. Times between places are interpolated,
    so borders are good to a cell. Returns valid MultiPolygons in WGS84 degrees inside `clip` (metric), which tile the
    ground that is reached; pieces smaller than a cell are left out.
    """
    height = np.full(ground.inside.shape, -1.0)
    height[ground.inside] = arrival_ms
    lines = contourpy.contour_generator(
        ground.x_m, ground.y_m, np.ma.masked_less(height, 0), corner_mask=True, fill_type=contourpy.FillType.OuterOffset
    )
    bands = [_shape(*found) for found in lines.multi_filled([-1.0, *map(float, bounds_ms)])]
    simplified = shapely.coverage_simplify(bands, ground.resolution_m / 2)
    smallest_m2 = ground.resolution_m**2
    return [_in_degrees(_pieces(shapely.intersection(band, clip), smallest_m2), metric_crs) for band in simplified]


def _shape(points: list[Floats], offsets: list[Any]) -> Any:
    """One band as a valid shape. To the centimetre, because neighbours differ by rounding along their common border."""
    rings = (np.split(np.round(corners, 2), starts[1:-1]) for corners, starts in zip(points, offsets, strict=True))
    polygons = [shapely.Polygon(outer, holes) for outer, *holes in rings]
    return shapely.make_valid(shapely.MultiPolygon(polygons), method="structure")


def _pieces(shape: Any, smallest_m2: float) -> Any:
    """The polygons of a shape that are no crumbs."""
    parts = shapely.get_parts(shapely.make_valid(shape, method="structure"))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.MultiPolygon(list(parts[shapely.area(parts) >= smallest_m2]))


def _in_degrees(shape: Any, metric_crs: str) -> Any:
    """In WGS84 to 7 decimals, still valid, and still a MultiPolygon."""
    rounded = shapely.set_precision(crs.to_degrees(shape, metric_crs), 1e-7)
    return shapely.MultiPolygon([part for part in shapely.get_parts(rounded) if part.geom_type == "Polygon"])
