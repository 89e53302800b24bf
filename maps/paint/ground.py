"""What lies under every map: the county, its towns, rivers and roads, and the chain of command."""

from __future__ import annotations

import shapely

from geo.atlas import Atlas
from geo.terms import Tier
from maps import cards, palette
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.words import Words


def town_names(atlas: Atlas, words: Words) -> dict[str, str]:
    """Towns by code, in the page's language where the data give it."""
    frame = atlas.layers["towns"]
    return dict(zip(frame["code"], draw.named(frame, words), strict=True))


def county(atlas: Atlas) -> DataLayer:
    """The county's land and outline."""
    shape = shapely.simplify(atlas.outline, draw.THIN_DEGREES)
    ground = {"fillColor": palette.colour("land"), "fillOpacity": 1, "stroke": False}
    edge = {"color": palette.colour("outline"), "weight": 2.4, "fill": False}
    return DataLayer(
        "county",
        None,
        {
            "kind": "lines",
            "data": draw.collection([draw.feature("land", shape), draw.feature("edge", shape)]),
            "lines": {"land": [{**ground, "pane": "land"}], "edge": [{**edge, "pane": "borders"}]},
        },
    )


def towns(atlas: Atlas, words: Words) -> DataLayer:
    """Town borders, with names while the whole county is in view."""
    frame = atlas.layers["towns"]
    shapes = draw.thinned(frame.geometry.values)
    style = {"color": palette.colour("town-border"), "weight": 1.5, "fill": False, "pane": "borders"}
    return DataLayer(
        "towns",
        words("layer.towns"),
        {
            "kind": "lines",
            "data": draw.collection([draw.feature("town", shape) for shape in shapes]),
            "lines": {"town": [style]},
            "labels": [
                draw.label(name, at, "town", rank=0, zooms=(0, 13.4), span=span)
                for name, at, span in zip(draw.named(frame, words), *draw.rooms(shapes), strict=True)
            ],
        },
    )


def rivers(atlas: Atlas, words: Words) -> DataLayer:
    """Rivers with their names."""
    frame = atlas.layers["rivers"]
    shapes = shapely.simplify(frame.geometry.values, draw.THIN_DEGREES)
    style = {"color": palette.colour("water"), "weight": 3, "opacity": 0.9, "pane": "rivers", "lineCap": "round"}
    return DataLayer(
        "rivers",
        words("layer.rivers"),
        {
            "kind": "lines",
            "data": draw.collection([draw.feature("river", shape) for shape in shapes]),
            "lines": {"river": [style]},
            "labels": [
                draw.label(name, draw.along(shape, share), "river", rank=2)
                for name, shape in zip(draw.named(frame, words), shapes, strict=True)
                for share in (0.25, 0.7)
            ],
        },
    )


def roads(atlas: Atlas, words: Words) -> DataLayer:
    """The main road classes, each merged into one shape, widest on top."""
    frame = atlas.layers["roads"]
    features, lines = [], {}
    for road_class, (colour, width_px, casing) in reversed(palette.ROADS.items()):
        shapes = frame.geometry.values[(frame["road_class"] == road_class).to_numpy()]
        if not len(shapes):
            continue
        merged = shapely.simplify(shapely.line_merge(shapely.multilinestrings(draw.parts(shapes))), draw.THIN_DEGREES)
        features.append(draw.feature(str(road_class), merged))
        line = {"color": colour, "weight": width_px, "opacity": 0.95, "pane": "roads"}
        case = {"color": casing, "weight": width_px + 1.8, "opacity": 0.9, "pane": "roads"}
        lines[str(road_class)] = [case, line] if casing else [line]
    payload = {"kind": "lines", "canvas": True, "data": draw.collection(features), "lines": lines}
    return DataLayer("roads", words("layer.roads"), payload)


def stations(atlas: Atlas, words: Words) -> DataLayer:
    """The headquarters, the posts, and the village stations, which are dots until one is near enough."""
    frame = draw.public_frame(atlas.layers["stations"], "stations")
    order = {Tier.STATION: 0, Tier.POST: 1, Tier.HQ: 2}
    rows = sorted(draw.rows(frame), key=lambda row: (order[Tier(row["tier"])], row["code"]))
    features = [
        draw.marker(row, row["code"], f"tier-{row['tier']}", cards.station_card(words, row), f"sym-{row['tier']}")
        for row in rows
    ]
    return DataLayer("stations", words("layer.stations"), {"kind": "points", "data": draw.collection(features)})
