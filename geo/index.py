"""Spatial indexes: exact nearest points on the ellipsoid, and areas that contain or come near a place.

`PointIndex` holds live points in an R-tree over geocentric coordinates (X, Y, Z in metres). A chord is never longer
than its geodesic, so the tree's order is an exact lower bound anywhere on Earth, poles and antimeridian included;
the search widens until the next point's chord is longer than the k-th best true distance. `AreaIndex` holds static
polygons in an STRtree, which needs no lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import rtree
import shapely
from scipy.spatial import cKDTree

from geo import crs
from geo.containment import raster_of

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

_SPARE = 3  # points asked for beyond k at first: two teams often share a station, and a tie must be seen whole
_TREE_SHAPES = 10_000  # a tree is built in one go, while every other Python thread waits: some 3 ms
_ROUNDING_M = 1e-5  # geocentric coordinates are about 6e6 m, held to some 1e-9 m; a wide margin over that


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each of n places its k nearest points: `positions` (n, k), -1 where there are fewer, and `distances_m`."""

    positions: Positions
    distances_m: crs.Floats


class PointIndex:
    """Points on the ellipsoid, ordered by id so that a lower position is the lower id.

    `lon` and `lat` are WGS84 degrees, shape (n,). Ties in distance go to the lower position. One lock guards the
    R-tree, because concurrent reads of one `rtree.Index` crash the process or answer wrongly.
    """

    def __init__(self, lon: crs.Floats, lat: crs.Floats) -> None:
        self.lon = np.ascontiguousarray(lon, dtype=float)
        self.lat = np.ascontiguousarray(lat, dtype=float)
        self._geocentric = crs.to_geocentric(self.lon, self.lat)
        properties = rtree.index.Property(dimension=3)
        boxes = np.hstack([self._geocentric, self._geocentric])
        stream: Iterator[Any] = ((position, box, None) for position, box in enumerate(boxes.tolist()))
        # The bulk loader rejects an empty stream.
        self._tree = rtree.index.Index(stream if len(boxes) else None, properties=properties)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.lon)

    def nearest(self, lon: float, lat: float, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """The k allowed points nearest to a place, as (position, distance in metres), nearest first.

        Fewer than k come back when fewer are allowed. `allowed` is applied before k.
        """
        total = len(self)
        available = total if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, available)
        if k == 0:
            return []
        place = crs.to_geocentric(lon, lat)
        box = (*place.tolist(), *place.tolist())
        ask = -(-(k + _SPARE) * total // available)  # about as many as hold k allowed ones
        while True:
            ask = min(ask, total)
            with self._lock:
                found = np.fromiter(self._tree.nearest(box, ask), dtype=np.intp)
            seen = found if allowed is None else found[allowed[found]]
            if len(seen) >= k:
                seen.sort()
                best = self._ranked(lon, lat, seen)[:k]
                if len(found) >= total or self._frontier_m(place, found) > best[-1][1]:
                    return best
            ask *= 2

    def _ranked(self, lon: float, lat: float, positions: Positions) -> list[tuple[int, float]]:
        count = len(positions)
        distances_m = crs.distance_m(
            np.full(count, lon), np.full(count, lat), self.lon[positions], self.lat[positions]
        ).tolist()
        return sorted(zip(positions.tolist(), distances_m, strict=True), key=lambda pair: pair[1])

    def _frontier_m(self, place: crs.Floats, found: Positions) -> float:
        """No point that was not found is nearer than this."""
        reach: crs.Floats = np.square(self._geocentric[found] - place).sum(axis=1)
        return float(np.sqrt(reach.max())) - _ROUNDING_M

    def nearest_bulk(self, lon: crs.Floats, lat: crs.Floats, k: int, allowed: Mask | None = None) -> Neighbours:
        """As `nearest` for n places at once; `lon` and `lat` have shape (n,) and must be finite."""
        candidates = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        positions = np.full((len(lon), k), -1, dtype=np.intp)
        distances_m = np.full((len(lon), k), np.nan)
        width = min(k, len(candidates))
        if width == 0 or len(lon) == 0:
            return Neighbours(positions, distances_m)
        tree = cKDTree(self._geocentric[candidates])
        places = crs.to_geocentric(lon, lat)
        rows = np.arange(len(lon))
        ask = width + _SPARE - 1
        while len(rows):
            ask = min(ask, len(candidates))
            chords, near = tree.query(places[rows], ask)
            near = candidates[near.reshape(len(rows), ask)]
            near.sort(axis=1)
            true_m = crs.distance_m(
                np.repeat(lon[rows], ask), np.repeat(lat[rows], ask), self.lon[near].ravel(), self.lat[near].ravel()
            ).reshape(len(rows), ask)
            order = np.argsort(true_m, axis=1, kind="stable")[:, :width]
            positions[rows, :width] = np.take_along_axis(near, order, axis=1)
            distances_m[rows, :width] = np.take_along_axis(true_m, order, axis=1)
            if ask == len(candidates):
                break
            frontier_m = chords.reshape(len(rows), ask)[:, -1] - _ROUNDING_M
            rows = rows[frontier_m <= distances_m[rows, width - 1]]
            ask *= 2
        return Neighbours(positions, distances_m)


class AreaIndex:
    """Polygons in WGS84 degrees; positions are those of the array given, lowest first."""

    def __init__(self, shapes: npt.ArrayLike) -> None:
        self.shapes = np.asarray(shapes, dtype=object)
        self._trees: list[tuple[int, shapely.STRtree]] = []
        for start in range(0, len(self.shapes), _TREE_SHAPES):
            portion = self.shapes[start : start + _TREE_SHAPES]
            shapely.prepare(portion)
            self._trees.append((start, shapely.STRtree(portion)))
        self._raster = raster_of(self.shapes)

    def containing(self, lon: float, lat: float) -> list[int]:
        """Positions of the areas that a place (WGS84) lies in or on the border of, lowest first."""
        found = None if self._raster is None else self._raster.containing(lon, lat)
        return self._on_trees(shapely.Point(lon, lat)) if found is None else found

    def _on_trees(self, place: shapely.Point) -> list[int]:
        return sorted(
            start + position
            for start, tree in self._trees
            for position in tree.query(place, predicate="intersects").tolist()
        )

    def first_containing_bulk(self, lon: crs.Floats, lat: crs.Floats) -> Positions:
        """For each of n places the lowest position of an area that holds it, or -1; shape (n,)."""
        points = shapely.points(lon, lat)
        first = np.full(len(lon), len(self.shapes), dtype=np.intp)
        for start, tree in self._trees:
            places, areas = tree.query(points, predicate="intersects")
            np.minimum.at(first, places, start + areas)
        return np.where(first == len(self.shapes), -1, first)

    def in_box(self, box: tuple[float, float, float, float]) -> Positions:
        """Positions of the areas that meet a box (west, south, east, north), lowest first."""
        area = shapely.box(*box)
        found = [start + tree.query(area, predicate="intersects") for start, tree in self._trees]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.intp)
