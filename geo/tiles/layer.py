"""A layer made ready for tiles: its index, and which of its features matter most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import NotFoundError
from geo.geojson import plain
from geo.layers.registry import LAYERS
from geo.layers.spec import LayerSpec
from geo.terms import DangerGrade, HazardKind, RoadClass
from geo.tiles.address import EXTENT, PIXEL, TileAddress, world_shares
from geo.tiles.attributes import ID, carried_columns

MOST_FEATURES: Final = 3_000
"""The most features of one tile."""
LARGE: Final = 3_000
"""A layer of more shapes than this goes out as tiles."""
_TREE_SHAPES: Final = 10_000  # a tree is built in one go, while other Python threads wait: some 3 ms
_MORTON_BITS: Final = 26  # a metre or less
_GRADES: Final = {str(grade): -int(grade.level) for grade in DangerGrade}
_ROADS: Final = {str(one): position for position, one in enumerate(RoadClass)}

_FIRE: Final = frozenset((HazardKind.FOREST_FIRE,))
PARTS: Final = {"fire_zones": _FIRE, "geo_zones": frozenset(HazardKind) - _FIRE}
"""Parts of `risk_zones` with tiles of their own, by the kinds that they hold: maps draw them apart."""

Positions = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


def tiled(name: str) -> LayerSpec:
    """The specification of a layer that has tiles, or of that which it is one of the `PARTS` of.

    NotFoundError lists those that do.
    """
    spec = LAYERS.get("risk_zones" if name in PARTS else name)
    if spec is None or spec.is_table:
        named = [one.name for one in LAYERS.values() if not one.is_table]
        raise NotFoundError("layer of tiles", name, [*named, *PARTS])
    return spec


def tile_layer(name: str, frame: pd.DataFrame) -> TileLayer:
    """A layer, or one of the `PARTS` of it, made ready from the whole layer's frame."""
    rows = frame[frame["kind"].isin(PARTS[name])] if name in PARTS else frame
    return TileLayer(rows, tiled(name), name)


@dataclass(frozen=True, slots=True)
class TiledFeature:
    """Where one feature is (WGS84): a place on it as (lon, lat), its west, south, east and north, and its properties.

    The properties are those that its tiles carry.
    """

    at: tuple[float, float]
    bounds: tuple[float, float, float, float]
    properties: dict[str, Any]


class TileLayer:
    """A checked layer (WGS84), ready to be cut into tiles; nothing of it changes, so threads may share it.

    What comes first where a tile cannot take all: the worst level or danger grade and the highest class of road, then
    the largest. Of points it takes every n-th along a space-filling curve (Morton's), so that they thin evenly, and one
    that is there at a zoom is there at all deeper ones.
    """

    def __init__(self, frame: pd.DataFrame, spec: LayerSpec, name: str | None = None) -> None:
        self.name = name or spec.name
        self.columns = carried_columns(frame, spec)
        self.shapes: npt.NDArray[np.object_] = np.asarray(frame.geometry.values, dtype=object)
        self._boxes = shapely.bounds(self.shapes)
        self._trees = [
            (start, shapely.STRtree(self.shapes[start : start + _TREE_SHAPES]))
            for start in range(0, len(self.shapes), _TREE_SHAPES)
        ]
        self._sizes = _sizes(self.shapes, self._boxes)
        rank = _ranks(frame)
        order = _order(rank, self._sizes, self._boxes)
        self._priority = np.empty(len(order), dtype=np.intp)
        self._priority[order] = np.arange(len(order))
        # The worst lies on top, and of those the smallest: a large one would cover it.
        self._depth = np.lexsort((-self._sizes, -rank)).argsort()

    def chosen(self, address: TileAddress) -> tuple[Positions, Positions]:
        """The rows that a tile draws, in the order of drawing, and all rows that have the middle of their box in it.

        Areas under a square pixel and lines under a pixel are not drawn, as long as anything is.
        """
        found = self._found(address)
        if not len(found):
            return found, found
        seen = found[self._sizes[found] * address.units_of_world / PIXEL >= 1]
        if not len(seen):
            seen = found[[np.argmax(self._sizes[found])]]
        if len(seen) > MOST_FEATURES:
            seen = seen[np.argpartition(self._priority[seen], MOST_FEATURES)[:MOST_FEATURES]]
        middles = address.units((self._boxes[found, :2] + self._boxes[found, 2:]) / 2)
        own = found[((middles >= 0) & (middles < EXTENT)).all(axis=1)]
        return seen[np.argsort(self._depth[seen])], own

    def feature(self, identity: str) -> TiledFeature:
        """The feature of that key; NotFoundError where there is none."""
        row = self._rows.get(identity)
        if row is None:
            raise NotFoundError(f"feature of {self.name}", identity)
        place = shapely.point_on_surface(self.shapes[row])
        west, south, east, north = self._boxes[row].tolist()
        cells = {name: plain(column[row]) for name, column in self.columns.items()}
        given = {name: cell for name, cell in cells.items() if cell is not None}
        return TiledFeature((place.x, place.y), (west, south, east, north), given)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {str(identity): row for row, identity in enumerate(self.columns[ID])}

    def _found(self, address: TileAddress) -> Positions:
        """The features that meet a tile or its buffer."""
        west, south, east, north = bounds = address.bounds()
        area = shapely.box(*bounds)
        shapely.prepare(area)
        met = [start + tree.query(area) for start, tree in self._trees]
        near = np.concatenate(met) if met else np.empty(0, dtype=np.intp)
        boxes = self._boxes[near]
        sure = ((boxes[:, :2] >= (west, south)) & (boxes[:, 2:] <= (east, north))).all(axis=1)
        sure[~sure] = shapely.intersects(area, self.shapes[near[~sure]])
        meeting: Positions = near[sure]
        return meeting


def foremost(frame: pd.DataFrame, most: int) -> Positions:
    """The rows of a layer's frame (WGS84) that would come first in a tile of all, at most `most`, in their order."""
    shapes = np.asarray(frame.geometry.values, dtype=object)
    boxes = shapely.bounds(shapes)
    return np.sort(_order(_ranks(frame), _sizes(shapes, boxes), boxes)[:most])


def _order(rank: Floats, sizes: Floats, boxes: Floats) -> Positions:
    """The rows, what matters most first."""
    turn = -sizes
    is_point = np.isinf(sizes)
    turn[is_point] = _spread(boxes[is_point])
    return np.lexsort((turn, rank))


def _sizes(shapes: npt.NDArray[np.object_], boxes: Floats) -> Floats:
    """The side of an area's square, the longer side of a line's box, as shares of the world; points are never small.

    An area is measured in degrees and stretched as Mercator does in the middle of its box.
    """
    corners = world_shares(boxes.reshape(-1, 2)).reshape(-1, 2, 2)
    longer: Floats = np.abs(corners[:, 1] - corners[:, 0]).max(axis=1, initial=0)
    stretch = np.cos(np.radians(np.clip((boxes[:, 1] + boxes[:, 3]) / 2, -85, 85)))
    side = np.sqrt(shapely.area(shapes) / stretch) / 360
    dimension = shapely.get_dimensions(shapes)
    size: Floats = np.select([dimension == 1, dimension == 2], [longer, side], np.inf)
    return size


def _ranks(frame: pd.DataFrame) -> Floats:
    """What comes first whatever its size has the lower number."""
    for name, rank in (("danger_grade", _GRADES), ("road_class", _ROADS)):
        if name in frame:
            return np.array([rank.get(word, 0.0) for word in frame[name].tolist()], dtype=float)
    if "level" in frame and "zone_id" in frame:
        worst: Floats = -frame["level"].to_numpy(dtype=float)
        return worst
    return np.zeros(len(frame))


def _spread(boxes: Floats) -> Any:
    """For each feature its turn when points are thinned: any first few, of any tile, lie evenly among all of it.

    A tile's points follow each other on Morton's curve; their numbers on it, bits reversed (van der Corput), spread.
    """
    if not len(boxes):
        return np.empty(0)
    cells = (np.clip(world_shares(boxes[:, :2]), 0, 1 - 2.0**-53) * 2**_MORTON_BITS).astype(np.uint64)
    code = np.zeros(len(boxes), dtype=np.uint64)
    for bit in range(_MORTON_BITS):
        for axis in (0, 1):
            code |= ((cells[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    number = np.argsort(np.argsort(code, kind="stable"), kind="stable")
    turn = np.zeros(len(boxes))
    for bit in range(len(boxes).bit_length()):
        turn += ((number >> bit) & 1) * 0.5 ** (bit + 1)
    return turn
