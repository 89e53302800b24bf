"""What lies under every map: the county, its towns, woods, rivers and roads, and the chain of command."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.terms import Tier
from maps import cards, palette
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.words import Words

AROUND_M = 1_000.0
"""Rivers are drawn as far as this beyond the county's outline: a source may hold those of half a province."""

LONG_RIVER_M = 5_000.0
"""A river of this length is named twice and while the whole county is in view, a shorter one once and from near."""

_WOOD_DEGREES = 1e-4
"""Woods are a texture, not a border: about 10 metres will do."""


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


def woodland(atlas: Atlas, words: Words) -> DataLayer:
    """Woods as a quiet texture that leaves the colours under it as they are."""
    thinned = shapely.simplify(atlas.layers["woodland"].geometry.values, _WOOD_DEGREES)
    # One union: in one path, woods that overlap would cancel each other out.
    woods = shapely.union_all(_inside(shapely.simplify(atlas.outline, draw.THIN_DEGREES), thinned))
    areas = [part for part in shapely.get_parts(woods) if part.geom_type == "Polygon" and part.area > _WOOD_DEGREES**2]
    features = [draw.feature("wood", shapely.multipolygons(areas))] if areas else []
    style = {"stroke": False, "fill": True, "fillColor": "url(#pattern-woodland)", "fillOpacity": 1, "pane": "woods"}
    return DataLayer(
        "woodland",
        words("layer.woodland"),
        {
            "kind": "lines",
            "data": draw.collection(features),
            "lines": {"wood": [style]},
        },
    )


def _inside(frame: Any, shapes: Any) -> Any:
    """What of each shape lies in `frame`; empty where nothing does."""
    shapely.prepare(frame)
    kept = np.array(shapes, dtype=object)
    beyond = ~shapely.contains_properly(frame, kept)
    kept[beyond] = shapely.intersection(frame, kept[beyond])
    return kept


def rivers(atlas: Atlas, words: Words) -> DataLayer:
    """Rivers with their names, one shape to a name; short ones are thinner, streams without a name thinnest."""
    frame = atlas.layers["rivers"]
    names = draw.named(frame, words)
    around_m = shapely.simplify(shapely.buffer(atlas.outline_m, AROUND_M), AROUND_M / 10)
    pieces = _inside(crs.to_degrees(around_m, atlas.metric_crs), frame.geometry.values)
    # A source may hold one river in many pieces.
    courses = {name: _course(pieces[(names == name).to_numpy(dtype=bool)]) for name in names.dropna().unique()}
    named = {name: course for name, course in courses.items() if course is not None}
    streams = _course(pieces[names.isna().to_numpy()])
    river = {"color": palette.colour("water"), "weight": 3, "opacity": 0.9, "pane": "rivers", "lineCap": "round"}
    features, labels = [] if streams is None else [draw.feature("stream", streams)], []
    for name, course in named.items():
        is_long = shapely.length(crs.to_metres(course, atlas.metric_crs)) >= LONG_RIVER_M
        features.append(draw.feature("river" if is_long else "brook", course))
        rank, zooms = (2, (0, 30)) if is_long else (7, (13, 30))
        labels += [
            draw.label(name, draw.along(course, share), "river", rank, zooms)
            for share in ((0.25, 0.7) if is_long else (0.5,))
        ]
    return DataLayer(
        "rivers",
        words("layer.rivers"),
        {
            "kind": "lines",
            "data": draw.collection(features),
            "lines": {
                "river": [river],
                "brook": [{**river, "weight": 1.8}],
                "stream": [{**river, "weight": 1, "opacity": 0.7}],
            },
            "labels": labels,
        },
    )


def _course(pieces: Any) -> Any:
    """Pieces of water joined where they meet, as far as the map shows them; None when it shows none."""
    lines = draw.parts(pieces)
    lines = lines[shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING]
    if not len(lines):
        return None
    course = lines[0] if len(lines) == 1 else shapely.line_merge(shapely.multilinestrings(lines))
    return shapely.simplify(course, draw.THIN_DEGREES)


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
