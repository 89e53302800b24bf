"""What a tile's features carry beside their shapes: the id, names, and what cards and colours are made of."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.geojson import plain
from geo.layers.spec import LayerSpec, public
from geo.tiles.varints import VARINT, Whole, field_bytes, key, varint

ID: Final = "id"
"""The property that holds a row's key, whatever its column is called."""
# fmt: off
CARRIED: Final = frozenset((
    "name", "name_en", "kind", "tier", "level", "status", "population", "village_code", "town_code", "unit",
    "skills", "strength", "road_class", "bridge", "tunnel", "danger_grade", "threatened_households",
    "threatened_people", "threatened_assets_cny", "found_on", "summary", "description", "source", "detected_on",
    "detected_at", "satellite", "confidence", "frp_mw", "accuracy", "category", "outside", "discovered_at",
    "notified_at", "handled_at", "cause", "effect", "vehicles", "speed_kph", "from_at", "to_at", "derived_shape",
    "synthetic",
))
# fmt: on
"""Columns that leave in tiles, of whichever layer; restricted ones never do."""

_STRING, _DOUBLE, _UINT, _SINT, _BOOL = 1, 3, 5, 6, 7


@dataclass(frozen=True, slots=True)
class Tags:
    """Properties as a tile holds them: `keys` and `values` once each, `values` ready as protobuf messages.

    `numbers` are pairs of positions in these two, feature after feature; `counts` (n,) how many numbers each has.
    """

    keys: tuple[str, ...]
    values: tuple[bytes, ...]
    numbers: Whole
    counts: Whole


def carried_columns(frame: pd.DataFrame, spec: LayerSpec) -> dict[str, npt.NDArray[Any] | Any]:
    """The public columns of a layer that its tiles carry, by the name of the property."""
    visible = public(frame, spec)
    names = [name for name in visible.columns if name in CARRIED and name != spec.key]
    return {ID: visible[spec.key].array, **{name: visible[name].array for name in names}}


def tags(columns: dict[str, Any], rows: Sequence[int] | npt.NDArray[np.intp]) -> Tags:
    """The properties of the chosen rows; a missing value is left out."""
    values: dict[bytes, int] = {}
    table = np.full((len(rows), len(columns)), -1, dtype=np.int64)
    for position, column in enumerate(columns.values()):
        codes, found = pd.factorize(column[rows])
        if len(found):
            cells = [value if isinstance(value, str) else plain(value) for value in np.asarray(found, dtype=object)]
            places = [-1 if cell is None else values.setdefault(_value(cell), len(values)) for cell in cells]
            table[:, position] = np.where(codes < 0, -1, np.array(places)[codes])
    given = table >= 0
    numbers = np.stack([np.broadcast_to(np.arange(len(columns)), table.shape), table], axis=2)[given]
    return Tags(tuple(columns), tuple(values), numbers.ravel(), 2 * given.sum(axis=1))


def _value(cell: str | bool | int | float) -> bytes:
    """A value's message; the message of each type has a field of its own."""
    match cell:
        case str():
            return field_bytes(_STRING, cell.encode())
        case bool():
            return bytes([key(_BOOL, VARINT), cell])
        case float():
            return bytes([key(_DOUBLE, 1)]) + struct.pack("<d", cell)
        case _ if cell >= 0:
            return bytes([key(_UINT, VARINT)]) + varint(cell)
        case _:
            return bytes([key(_SINT, VARINT)]) + varint(cell * -2 - 1)
