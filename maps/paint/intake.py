"""The rows that an import speaks of: a symbol with its card for each one listed, a dot for every other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely

from geo.atlas import Atlas
from maps import cards, palette
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.words import Words


@dataclass(frozen=True, slots=True)
class RowMark:
    """One row at a place (lon, lat): `style` is its state in the palette, and its symbol is named after that."""

    row: int
    place: tuple[float, float]
    style: str
    card: cards.Card


def village_borders(atlas: Atlas, words: Words) -> DataLayer:
    """Village borders as scenery, which answers no click."""
    frame = atlas.layers["villages"]
    shapes = draw.thinned(frame.geometry.values)
    style = {"color": palette.variable("village-border"), "weight": 0.8, "fill": False, "pane": "borders"}
    return DataLayer(
        "borders",
        words("layer.villages_outline"),
        {
            "kind": "lines",
            "canvas": True,
            "data": draw.collection([draw.feature("village", shape) for shape in shapes]),
            "lines": {"village": [style]},
            "labels": [
                draw.label(name, at, "village quiet", rank=6, zooms=(12.5, 30), span=span)
                for name, at, span in zip(frame["name"], *draw.rooms(shapes), strict=True)
            ],
        },
    )


def rows(marks: Iterable[RowMark], words: Words) -> DataLayer:
    """Symbols of rows, in the order given from the bottom up."""
    features = [
        draw.marker({"geometry": shapely.Point(mark.place)}, str(mark.row), mark.style, mark.card, f"sym-{mark.style}")
        for mark in marks
    ]
    return DataLayer("rows", words("layer.rows"), {"kind": "points", "pane": "rows", "data": draw.collection(features)})


def dots(places: Mapping[str, Sequence[tuple[float, float]]], words: Words) -> DataLayer:
    """The other rows' places (lon, lat) by style: thousands may be drawn, and none answers a click."""
    sets = [
        {"style": style, "at": [draw.lat_lon(shapely.Point(place)) for place in dict.fromkeys(found)]}
        for style, found in places.items()
        if found
    ]
    return DataLayer("more_rows", words("layer.more_rows"), {"kind": "dots", "pane": "dots", "sets": sets})
