"""Who comes to a place, on which roads and past which closures, over the bands of what is reached at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.ops import substring

from geo.atlas import Atlas, Place
from geo.closures import Closure, RoadClosures
from geo.nearest import NearestAnswer, TeamNear
from geo.reach import Band
from geo.terms import RoadEffect
from maps import cards, dispatch_cards, palette
from maps.paint import draw
from maps.paint.chart import Bounds, DataLayer
from maps.words import Words

_BAND_DEGREES = 2e-4
"""Bands are good to a cell of their raster, about 100 metres; a fifth of that is enough to draw them."""

_AROUND_DEGREES = 0.03
"""How much of the ground is shown round a place that nobody reaches."""


def reach_bands(atlas: Atlas, bands: Sequence[Band], words: Words) -> DataLayer:
    """Bands of first arrival, the soonest lightest, and hatched the ground of the county that none of them covers."""
    outline = shapely.simplify(atlas.outline, draw.THIN_DEGREES)
    thin = shapely.simplify(np.array([band.area for band in bands], dtype=object), _BAND_DEGREES)
    shapes = {str(number): shape for number, shape in enumerate(thin, start=1) if not shape.is_empty}
    within = shapely.union_all([band.area for band in bands])
    beyond = shapely.get_parts(shapely.simplify(shapely.difference(outline, within), _BAND_DEGREES))
    beyond = [part for part in beyond if part.geom_type == "Polygon" and part.area > _BAND_DEGREES**2]
    if beyond and atlas.network is not None:  # without roads nobody knows what is out of reach
        shapes["beyond"] = shapely.multipolygons(beyond)
    return DataLayer(
        "reach",
        words("layer.reach"),
        {
            "kind": "lines",
            "data": draw.collection([draw.feature(key, shape) for key, shape in shapes.items()]),
            "lines": {key: [_band_style(key)] for key in shapes},
        },
    )


def _band_style(key: str) -> dict[str, Any]:
    swatch = palette.REACH[key]
    return {
        "color": swatch.stroke,
        "weight": swatch.stroke_px,
        "dashArray": swatch.dash,
        "fill": True,
        "fillColor": f"url(#pattern-reach-{key})",
        "fillOpacity": 1,
        "pane": "areas",
    }


def routes(answer: NearestAnswer, words: Words) -> DataLayer:
    """The ways of the first three teams, the first on the ground and widest, with their walks dotted.

    Where nearness is straight, or the way was not asked for, a dashed line stands for it.
    """
    features, lines = [], {}
    for team in answer.teams[: len(palette.ROUTES)]:
        look = palette.ROUTES[team.rank]
        for part, shape in _way(team, answer.place):
            identity = f"{part}-{team.rank}"
            features.append(draw.feature(identity, shape))
            lines[identity] = _strokes(part, look)
    payload = {"kind": "routes", "data": draw.collection(features), "lines": lines}
    return DataLayer("routes", words("layer.routes"), payload)


def way_strokes() -> dict[str, list[dict[str, Any]]]:
    """Casing and line of the parts of the first three ways, by part and rank as in `routes`: for a page's script."""
    parts = ("route", "walk", "straight")
    return {f"{part}-{rank}": _strokes(part, look) for rank, look in palette.ROUTES.items() for part in parts}


def _strokes(part: str, look: palette.RouteLine) -> list[dict[str, Any]]:
    """Casing and line of a part of a way."""
    match part:
        case "route":
            return [
                _stroke(look.casing, look.casing_px),
                {**_stroke(look.colour, look.width_px), "dashArray": look.dash},
            ]
        case "walk":
            return [_stroke(palette.colour("paper"), 5), {**_stroke(look.colour, 3), "dashArray": "1 6"}]
        case _:
            return [
                _stroke(look.casing, look.casing_px / 2),
                {**_stroke(look.colour, look.width_px / 2), "dashArray": "10 8"},
            ]


def _stroke(colour: str, width_px: float) -> dict[str, Any]:
    return {"color": colour, "weight": width_px, "pane": "routes", "lineCap": "round", "lineJoin": "round"}


def _way(team: TeamNear, place: Place) -> Iterator[tuple[str, Any]]:
    """The parts of a way: the drive, and the walks to the road and from it."""
    stand, goal = (team.lon, team.lat), (place.lon, place.lat)
    if team.arrival is None or team.arrival.path is None:
        yield "straight", shapely.LineString([stand, goal])
        return
    drive = team.arrival.path
    yield "walk", shapely.MultiLineString([[stand, drive.coords[0]], [drive.coords[-1], goal]])
    yield "route", shapely.simplify(drive, draw.THIN_DEGREES / 3)


def team_flags(answer: NearestAnswer, words: Words) -> DataLayer:
    """Where the first three teams set out: their ranks with minutes (or distance), on one flag for each station."""
    flags: dict[tuple[float, float], list[dict[str, str]]] = {}
    for team in answer.teams[: len(palette.ROUTES)]:
        told = (
            dispatch_cards.kilometres(words, team.distance_m)
            if team.arrival is None
            else words.counted("minutes", dispatch_cards.minutes(team.arrival.arrival_s))
        )
        mark = {"rank": str(team.rank), "style": f"route-{team.rank}", "text": told}
        flags.setdefault((team.lon, team.lat), []).append(mark)
    features = [draw.feature(marks[0]["rank"], shapely.Point(stand), marks=marks) for stand, marks in flags.items()]
    return DataLayer("flags", None, {"kind": "flags", "data": draw.collection(features)})


def asked_place(place: Place, words: Words) -> DataLayer:
    """The mark of the place that was asked for."""
    row: cards.Row = {"geometry": shapely.Point(place.lon, place.lat)}
    mark = draw.marker(row, "place", "place", dispatch_cards.place_card(words, place), "sym-place")
    return DataLayer("place", None, {"kind": "points", "data": draw.collection([mark])})


def closed_roads(active: Sequence[Closure], closures: RoadClosures | None) -> DataLayer:
    """The stretches of road that closures in force bar or slow."""
    features, lines = [], {}
    stretch_style = {
        RoadEffect.CLOSED: [{"color": palette.CLOSED, "weight": 5}],
        RoadEffect.SLOWED: [{"color": palette.CLOSED, "weight": 3, "dashArray": "3 5"}],
    }
    for closure, stretches in _stretches(active, closures):
        features.append(draw.feature(f"road-{closure.effect}", shapely.multilinestrings(stretches)))
        lines[f"road-{closure.effect}"] = [
            {**line, "pane": "closed", "lineCap": "butt"} for line in stretch_style[closure.effect]
        ]
    payload = {"kind": "lines", "data": draw.collection(features), "lines": lines}
    return DataLayer("closed_roads", None, payload)


def closure_signs(active: Sequence[Closure], closures: RoadClosures | None, words: Words) -> DataLayer:
    """A road sign on the longest stretch of every closure in force that covers any; a slowed road's bears its speed."""
    features = []
    for closure, stretches in _stretches(active, closures):
        longest = stretches[int(np.argmax(shapely.length(stretches)))]
        row: cards.Row = {"geometry": shapely.line_interpolate_point(longest, 0.5, normalized=True)}
        speed = "" if closure.speed_kph is None else str(round(closure.speed_kph))
        card = dispatch_cards.closure_card(words, closure)
        style = f"closure-{closure.effect}"
        features.append(draw.marker(row, closure.id, style, card, f"sym-{closure.effect}", speed))
    return DataLayer("closures", words("layer.closures"), {"kind": "points", "data": draw.collection(features)})


def _stretches(active: Iterable[Closure], closures: RoadClosures | None) -> Iterator[tuple[Closure, Any]]:
    """For each closure that covers any road its stretches, as lines in WGS84."""
    if closures is None:
        return
    network, covered = closures.zones.cover.network, closures.stretches
    position_of = {closure.id: position for position, closure in enumerate(closures.closures)}
    for closure in active:
        found = np.flatnonzero(covered.shape == position_of[closure.id])
        lines = []
        for row in found.tolist():
            own = slice(*network.vertex_start[covered.segment[row] : covered.segment[row] + 2].tolist())
            line = shapely.linestrings(np.stack([network.vertex_lon[own], network.vertex_lat[own]], axis=1))
            part = substring(line, covered.from_share[row], covered.to_share[row], normalized=True)
            lines += [part] if part.geom_type == "LineString" else []
        if lines:
            yield closure, np.array(lines, dtype=object)


def answer_bounds(atlas: Atlas, answer: NearestAnswer) -> Bounds:
    """What of the map shows an answer: the place with the first teams and their ways.

    Where none comes: the ground around the place, as far as the county.
    """
    here = shapely.Point(answer.place.lon, answer.place.lat)
    ways = [shape for team in answer.teams[: len(palette.ROUTES)] for _, shape in _way(team, answer.place)]
    return _bounds([here, *ways] if ways else [shapely.shortest_line(here, atlas.outline).buffer(_AROUND_DEGREES)])


def team_bounds(team: TeamNear, place: Place) -> Bounds:
    """What of the map shows one team's way."""
    return _bounds([shape for _, shape in _way(team, place)])


def far_bounds(atlas: Atlas, place: Place) -> Bounds:
    """The county and a place far from it."""
    return _bounds([atlas.outline, shapely.Point(place.lon, place.lat)])


def _bounds(shapes: Sequence[Any]) -> Bounds:
    west, south, east, north = np.round(shapely.total_bounds(np.array(shapes, dtype=object)), draw.DIGITS).tolist()
    return west, south, east, north
