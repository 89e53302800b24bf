"""The rows and columns of a layer that a reader may see: the one way in which layers leave over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from api.access import AREA_COLUMNS, SIGHT_OF, Actor, Sight
from geo.atlas import Atlas
from geo.board import Board, layer_frame
from geo.errors import InputError, NotFoundError
from geo.layers.registry import layer
from geo.layers.spec import LayerSpec
from geo.store import County


@dataclass(frozen=True, slots=True, eq=False)
class SeenLayer:
    """A layer as a reader sees it.

    With contacts no column of `spec` is restricted any more. It `is_part` where rows are left out.
    """

    spec: LayerSpec
    frame: pd.DataFrame
    is_part: bool


def seen_layer(county: County, board: Board, name: str, reader: Actor, *, contacts: bool = False) -> SeenLayer:
    """The layer `name` as `reader` sees it: its open columns, or with `contacts` the restricted ones too.

    Rows that name members, and rows with contacts, are those of the reader's area. NotFoundError for a layer that there
    is not, ForbiddenError for one that the reader may not see, InputError where it has no contacts.
    """
    spec = layer(name)
    reader.refuse_layer(name)
    if contacts:
        spec = _with_contacts(spec, reader)
    frame = layer_frame(county.atlas, board, name)
    if contacts or SIGHT_OF[name] is Sight.NAMES:
        kept = _codes(frame, spec, county).map(reader.holds).to_numpy(dtype=bool)
        if not kept.all():
            return SeenLayer(spec, frame[kept].reset_index(drop=True), True)
    return SeenLayer(spec, frame, False)


def contacts_of(county: County, board: Board, name: str, key: str, reader: Actor) -> tuple[str, dict[str, str | None]]:
    """The area of one row of a layer, and its restricted cells.

    NotFoundError for a row that there is not, ForbiddenError for one outside the reader's area.
    """
    spec = layer(name)
    reader.refuse_seeing(Sight.CONTACTS)
    frame = layer_frame(county.atlas, board, name)
    rows = frame[frame[spec.key] == key]
    if rows.empty:
        raise NotFoundError(f"row of {name}", key)
    code = str(_codes(rows, spec, county).iloc[0])
    reader.refuse_seeing(Sight.CONTACTS, code)
    cells = {one.name: rows[one.name].iloc[0] for one in spec.columns if one.restricted}
    return code, {column: cell if isinstance(cell, str) else None for column, cell in cells.items()}


def _with_contacts(spec: LayerSpec, reader: Actor) -> LayerSpec:
    """The specification with the restricted columns as open ones."""
    if not any(column.restricted for column in spec.columns):
        raise InputError(f"{spec.name} has no contacts", parameter="contacts")
    reader.refuse_seeing(Sight.CONTACTS)
    return replace(spec, columns=tuple(replace(column, restricted=False) for column in reader.columns(spec)))


def _codes(frame: pd.DataFrame, spec: LayerSpec, county: County) -> pd.Series:
    """The code of the area that each row is in: the one it tells, else the village it lies in, else the county's."""
    column = next(name for name in AREA_COLUMNS if name in spec.names)
    codes = frame[column].astype(object)
    for row in codes.index[codes.isna()]:
        codes[row] = _code_at(county.atlas, None if spec.is_table else frame.geometry[row])
    return codes


def _code_at(atlas: Atlas, shape: Any) -> str:
    if shape is not None:
        within = atlas.village_index.containing(shape.x, shape.y)
        if within:
            return atlas.villages[within[0]].code
    return str(atlas.layers["county"]["code"].iloc[0])
