"""What lies under every map: the county, its towns, woods, rivers and roads, and the chain of command."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.terms import RoadClass, Tier
from geo.tiles import LARGE, foremost
from maps import cards, palette
from maps.paint import draw
from maps.paint.chart import DataLayer, KeptPayload
from maps.paint.tiles import tiled_layer
from maps.words import Words

AROUND_M = 1_000.0
"""Rivers are drawn as far as this beyond the county's outline: a source may hold those of half a province."""

LONG_RIVER_M = 5_000.0
"""A river of this length is named twice and while the whole county is in view, a shorter one once and from near."""

_WOOD_DEGREES = 1e-4
"""Woods are a texture, not a border: about 10 metres will do."""


def _painted_once(paint: Callable[..., DataLayer]) -> Callable[..., DataLayer]:
    """`paint`, whose layer of an Atlas in a language is painted once, and handed out as a new one each time."""
    painted: WeakKeyDictionary[Atlas, dict[str, DataLayer]] = WeakKeyDictionary()

    @wraps(paint)
    def layer(atlas: Atlas, *words: Words) -> DataLayer:
        made, lang = painted.setdefault(atlas, {}), "".join(one.lang for one in words)
        if lang not in made:
            first = paint(atlas, *words)
            first.payload = KeptPayload(first.payload)
            made[lang] = first
        return copy.copy(made[lang])  # Folium ties a layer to its map

    return layer


def town_names(atlas: Atlas, words: Words) -> dict[str, str]:
    """Towns by code, in the page's language where the data give it."""
    frame = atlas.layers["towns"]
    return dict(zip(frame["code"], draw.named(frame, words), strict=True))


@_painted_once
def county(atlas: Atlas) -> DataLayer:
    """The county's land and outline."""
    shape = shapely.simplify(atlas.outline, draw.THIN_DEGREES)
    ground = {"fillColor": palette.variable("land"), "fillOpacity": 1, "stroke": False}
    edge = {"color": palette.variable("outline"), "weight": 2.4, "fill": False}
    return DataLayer(
        "county",
        None,
        {
            "kind": "lines",
            "data": draw.collection([draw.feature("land", shape), draw.feature("edge", shape)]),
            "lines": {"land": [{**ground, "pane": "land"}], "edge": [{**edge, "pane": "borders"}]},
        },
    )


@_painted_once
def towns(atlas: Atlas, words: Words) -> DataLayer:
    """Town borders, with names while the whole county is in view."""
    frame = atlas.layers["towns"]
    shapes = draw.thinned(frame.geometry.values)
    style = {"color": palette.variable("town-border"), "weight": 1.5, "fill": False, "pane": "borders"}
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


@_painted_once
def woodland(atlas: Atlas, words: Words) -> DataLayer:
    """Woods as a quiet texture that leaves the colours under it as they are."""
    woods = atlas.layers["woodland"]
    if len(woods) > LARGE:
        few = woods.iloc[foremost(woods, LARGE)]
        return _scenery(atlas, words, "woodland", "woods", len(woods), lambda: _drawn_woods(atlas, few, words))
    return _drawn_woods(atlas, woods, words)


def _drawn_woods(atlas: Atlas, frame: pd.DataFrame, words: Words) -> DataLayer:
    thinned = shapely.simplify(frame.geometry.values, _WOOD_DEGREES)
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


@_painted_once
def rivers(atlas: Atlas, words: Words) -> DataLayer:
    """Rivers with their names, one shape to a name; short ones are thinner, streams without a name thinnest.

    Too many go out as tiles, without names upon them.
    """
    around_m = shapely.simplify(shapely.buffer(atlas.outline_m, AROUND_M), AROUND_M / 10)
    frame = atlas.layers["rivers"]
    frame = frame.assign(geometry=_inside(crs.to_degrees(around_m, atlas.metric_crs), frame.geometry.values))
    frame = frame[~frame.geometry.is_empty]
    if len(frame) <= LARGE:
        return _drawn_rivers(atlas, frame, words)
    few = frame.iloc[foremost(frame, LARGE)]
    return _scenery(atlas, words, "rivers", "rivers", len(frame), lambda: _drawn_rivers(atlas, few, words))


def _drawn_rivers(atlas: Atlas, frame: pd.DataFrame, words: Words) -> DataLayer:
    names, pieces = draw.named(frame, words), frame.geometry.values
    # A source may hold one river in many pieces.
    courses = {name: _course(pieces[(names == name).to_numpy(dtype=bool)]) for name in names.dropna().unique()}
    named = {name: course for name, course in courses.items() if course is not None}
    streams = _course(pieces[names.isna().to_numpy()])
    river = {"color": palette.variable("water"), "weight": 3, "opacity": 0.9, "pane": "rivers", "lineCap": "round"}
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


@_painted_once
def roads(atlas: Atlas, words: Words) -> DataLayer:
    """The main road classes, each merged into one shape, widest on top; too many lines go out as tiles."""
    merged = _merged_roads(atlas)
    count = sum(int(shapely.get_num_geometries(shape)) for shape in merged.values())
    if count <= LARGE:
        return _drawn_roads(merged, words)
    few = dict(reversed(merged.items()))  # the highest class first
    while len(few) > 1 and sum(int(shapely.get_num_geometries(shape)) for shape in few.values()) > LARGE:
        few.popitem()
    return _scenery(atlas, words, "roads", "roads", count, lambda: _drawn_roads(dict(reversed(few.items())), words))


def _merged_roads(atlas: Atlas) -> dict[RoadClass, Any]:
    """One shape for each road class that is drawn, the lowest first."""
    frame, found = atlas.layers["roads"], {}
    for road_class in reversed(palette.ROADS):
        shapes = frame.geometry.values[(frame["road_class"] == road_class).to_numpy()]
        if len(shapes):
            joined = shapely.line_merge(shapely.multilinestrings(draw.parts(shapes)))
            found[road_class] = shapely.simplify(joined, draw.THIN_DEGREES)
    return found


def _drawn_roads(merged: Mapping[RoadClass, Any], words: Words) -> DataLayer:
    features, lines = [], {}
    for road_class, shape in merged.items():
        colour, width_px, casing = palette.ROADS[road_class]
        features.append(draw.feature(str(road_class), shape))
        line = {"color": colour, "weight": width_px, "opacity": 0.95, "pane": "roads"}
        case = {"color": casing, "weight": width_px + 1.8, "opacity": 0.9, "pane": "roads"}
        lines[str(road_class)] = [case, line] if casing else [line]
    payload = {"kind": "lines", "canvas": True, "data": draw.collection(features), "lines": lines}
    return DataLayer("roads", words("layer.roads"), payload)


def _scenery(atlas: Atlas, words: Words, name: str, pane: str, count: int, alone: Callable[[], DataLayer]) -> DataLayer:
    return tiled_layer(
        name,
        atlas,
        words,
        identity=name,
        title=words(f"layer.{name}"),
        pane=pane,
        quiet=True,
        alone=alone,
        count=count,
    )


@_painted_once
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
