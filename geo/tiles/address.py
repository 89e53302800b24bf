"""Where a tile lies: zoom, column and row of the Web Mercator pyramid, and places in the tile's own units.

A tile is `EXTENT` units wide and high, counted from its north-western corner to the east and to the south; 16 units are
one pixel of a picture of 256. The projection is the spherical Mercator of EPSG:3857, as shares of the whole world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.crs import Floats
from geo.errors import InputError

EXTENT: Final = 4096
PIXEL: Final = EXTENT // 256
"""Units of a pixel."""
BUFFER: Final = 8 * PIXEL
"""Units that a tile knows of beyond its edges, so that no stroke or symbol is cut off there."""
DEEPEST: Final = 22
"""The deepest zoom: a unit is 2 mm there, and data have 1 cm."""
NORTHMOST: Final = 85.05112877980659
"""Where the square world ends, in degrees of latitude; corners beyond it are drawn on its edge."""
_PARTS: Final = 1024

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TileAddress:
    """One tile: `zoom` 0 to 22, `column` from the west and `row` from the north, both below 2 ** zoom.

    InputError otherwise; its parameter is the address's own letter (z, x, y).
    """

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        if not 0 <= self.zoom <= DEEPEST:
            raise InputError(f"z={self.zoom} is no zoom: there are 0 to {DEEPEST}", parameter="z")
        last = 2**self.zoom - 1
        for parameter, value in (("x", self.column), ("y", self.row)):
            if not 0 <= value <= last:
                raise InputError(f"{parameter}={value} lies outside zoom {self.zoom}: 0 to {last}", parameter=parameter)

    @property
    def units_of_world(self) -> int:
        """How many units the whole world is wide at this zoom."""
        return EXTENT << self.zoom

    def bounds(self) -> Box:
        """West, south, east, north in WGS84 degrees, the buffer included; nothing reaches across the antimeridian."""
        edges = np.array([-BUFFER, EXTENT + BUFFER])
        across = (edges + self.column * EXTENT) / self.units_of_world
        down = (edges + self.row * EXTENT) / self.units_of_world
        west, east = across * 360 - 180
        north, south = np.degrees(np.arctan(np.sinh((0.5 - down) * 2 * np.pi)))
        return float(west), float(south), float(east), float(north)

    def units(self, lon_lat: Floats) -> Floats:
        """WGS84 degrees (n, 2) as units of this tile (n, 2).

        Two tiles of a zoom see a place at units that differ by exactly the distance of the tiles: of whole parts of a
        unit, whole units can be taken without rounding. So what is rounded on in each agrees on their border.
        """
        parts: Floats = np.rint(world_shares(lon_lat) * (self.units_of_world * _PARTS)) / _PARTS
        parts -= (self.column * EXTENT, self.row * EXTENT)
        return parts


def world_shares(lon_lat: Floats) -> Floats:
    """WGS84 degrees (n, 2) as shares of the world's width from the west and of its height from the north (n, 2)."""
    sine = np.sin(np.radians(np.clip(lon_lat[:, 1], -NORTHMOST, NORTHMOST)))
    return np.stack([lon_lat[:, 0] / 360 + 0.5, 0.5 - np.arctanh(sine) / (2 * np.pi)], axis=1)
