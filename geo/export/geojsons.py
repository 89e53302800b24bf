"""One table of an answer as GeoJSON: its rows where they lie."""

from __future__ import annotations

from typing import Any

from geo import geojson
from geo.atlas import Atlas
from geo.export.cells import MACHINES, text_of
from geo.export.layers import stamp
from geo.layers.registry import LAYERS
from geo.tables import Book


def book_geojson(atlas: Atlas, book: Book, name: str | None = None) -> bytes:
    """A FeatureCollection (WGS84) of the table `name`, without it of the foremost that has places.

    Properties have the names and codes of the JSON answer; lists are texts joined by ";", which every GIS takes. A row
    whose place the layers do not have keeps a null geometry. InputError for a table without places.
    """
    table, places = book.placed(name)
    frame = atlas.layers[places.layer]
    shapes = dict(zip(frame[LAYERS[places.layer].key], frame.geometry.to_numpy(), strict=True))
    rows = [
        {column.name: text_of(cell, column, MACHINES) for column, cell in zip(table.columns, row, strict=True)}
        for row in table.rows
    ]
    ids = [" ".join(str(row[part]) for part in table.key) or str(number) for number, row in enumerate(rows, 1)]
    geometries = [shapes.get(row[places.column]) for row in rows]
    facts = {fact.name: _plain(fact.value) for fact in book.facts}
    return geojson.feature_collection(ids, geometries, rows, {**stamp(book.provenance, book.at), **facts})


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, tuple) else geojson.plain(value)
