"""One tile of one layer as Mapbox Vector Tile 2.1 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.tiles.address import EXTENT, TileAddress
from geo.tiles.attributes import Tags, tags
from geo.tiles.commands import commands, kinds
from geo.tiles.drawing import Shapes, drawn, stand_in
from geo.tiles.layer import TileLayer
from geo.tiles.varints import LENGTH_DELIMITED, VARINT, Whole, encoded, field_bytes, key, widths

_LAYER: Final = 3
_NAME, _FEATURE, _KEY, _VALUE, _EXTENT, _VERSION = 1, 2, 3, 4, 5, 15
_TAGS, _TYPE, _GEOMETRY = 2, 3, 4


@dataclass(frozen=True, slots=True)
class VectorTile:
    """A tile: its bytes (none where it is empty), how many features it has, and how many it leaves out.

    Left out are features under a pixel, or beyond the most that it takes. Only those with their middle in the tile
    count, so that each counts once among the tiles of a zoom.
    """

    content: bytes
    features: int
    left_out: int


def vector_tile(layer: TileLayer, address: TileAddress) -> VectorTile:
    """The tile of a layer at an address.

    One layer of the layer's name, extent 4096, version 2. Features stand as they are to be drawn, the foremost last.
    """
    rows, own = layer.chosen(address)
    shapes = drawn(layer.shapes[rows], address)
    if len(rows) and not any(shape is not None for shape in shapes):
        shapes[-1] = stand_in(layer.shapes[rows[-1]], address)
    seen = np.array([shape is not None for shape in shapes], dtype=bool)
    rows, shapes = rows[seen], shapes[seen]
    content = layer_bytes(layer.name, shapes, tags(layer.columns, rows)) if len(rows) else b""
    return VectorTile(content, len(rows), int(np.isin(own, rows, invert=True).sum()))


def layer_bytes(name: str, shapes: Shapes, properties: Tags) -> bytes:
    """A tile of one layer from shapes on its whole units (n,) and their properties."""
    content = b"".join(
        [
            field_bytes(_NAME, name.encode()),
            _features(shapes, properties),
            *(field_bytes(_KEY, one.encode()) for one in properties.keys),
            *(field_bytes(_VALUE, one) for one in properties.values),
            encoded(np.array([key(_EXTENT, VARINT), EXTENT, key(_VERSION, VARINT), 2])),
        ]
    )
    return field_bytes(_LAYER, content)


def _features(shapes: Shapes, properties: Tags) -> bytes:
    """The features' messages, laid out as one array of varints."""
    kind = kinds(shapes)
    geometry, geometry_counts = _geometry(shapes, kind)
    tags_bytes = _sums(widths(properties.numbers), properties.counts)
    geometry_bytes = _sums(widths(geometry), geometry_counts)
    keys = [key(_TAGS, LENGTH_DELIMITED), key(_TYPE, VARINT), key(_GEOMETRY, LENGTH_DELIMITED)]
    # Each of the three keys and the type take a byte.
    length = 4 + widths(tags_bytes) + tags_bytes + widths(geometry_bytes) + geometry_bytes
    one = np.ones_like(kind)
    head = np.stack([one * key(_FEATURE, LENGTH_DELIMITED), length, one * keys[0], tags_bytes], axis=1)
    middle = np.stack([one * keys[1], kind, one * keys[2], geometry_bytes], axis=1)
    four = 4 * one
    pieces = ((head.ravel(), four), (properties.numbers, properties.counts), (middle.ravel(), four))
    return encoded(_interleaved(*pieces, (geometry, geometry_counts)))


def _geometry(shapes: Shapes, kind: Whole) -> tuple[Whole, Whole]:
    """The commands of shapes of any kinds, in their order, and how many each has."""
    counts = np.zeros(len(shapes), dtype=np.int64)
    parts = []
    for each in np.unique(kind):
        chosen = np.flatnonzero(kind == each)
        numbers, counts[chosen] = commands(shapes[chosen])
        parts.append((numbers, np.where(kind == each, counts, 0)))
    return _interleaved(*parts), counts


def _interleaved(*pieces: tuple[Whole, Whole]) -> Whole:
    """The numbers of several arrays, feature by feature; each array comes with how many every feature has of it."""
    counts = np.stack([count for _, count in pieces], axis=1).ravel()
    starts = (np.cumsum(counts) - counts).reshape(-1, len(pieces))
    result = np.empty(int(counts.sum()), dtype=np.int64)
    for position, (numbers, count) in enumerate(pieces):
        own = np.cumsum(count) - count
        result[np.arange(len(numbers)) + np.repeat(starts[:, position] - own, count)] = numbers
    return result


def _sums(numbers: Whole, counts: Whole) -> Whole:
    """The sum of each run of numbers, the runs being `counts` long."""
    total: npt.NDArray[np.int64] = np.append(0, np.cumsum(numbers))
    end = np.cumsum(counts)
    sums: Whole = total[end] - total[end - counts]
    return sums
