"""One function per layer: a checked frame or an answer becomes a Folium layer. The only place that swaps lon and lat.

A layer's data never enters a Folium template: `DataLayer` carries it as `payload`, the page writes that beside the
scripts as JSON, and the template holds only our own identifiers. Geometry is rounded for drawing (5 digits, about a
metre) and thinned to a few metres; it is a picture, not data to measure on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import folium
import numpy as np
import pandas as pd
import shapely
from branca.element import Figure, MacroElement
from folium.map import Layer
from folium.template import Template
from folium.utilities import JsCode

from geo.atlas import Atlas
from geo.coverage import StayCoverage
from geo.exposure import Exposure
from geo.layers.registry import LAYERS
from geo.layers.spec import public
from geo.terms import DangerGrade, HazardKind, HazardLevel, SiteStatus, StayState, Tier
from maps import assets, cards, palette
from maps.words import Words

DIGITS = 5
THIN_DEGREES = 3e-5
"""Lines and borders are thinned to about 3 metres before they are drawn."""

Payload = dict[str, Any]


class CountyMap(folium.Map):
    """A Folium map without tiles and with Leaflet as its only library."""

    default_js = (("leaflet", assets.LEAFLET_JS),)  # type: ignore[assignment]  # Folium only reads them
    default_css = (("leaflet_css", assets.LEAFLET_CSS),)  # type: ignore[assignment]

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # as Folium's own elements do
        """As Folium does, but the page's own style sheet lays the map out, and readers may zoom the page."""
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        figure = self.get_root()
        if isinstance(figure, Figure):
            figure.header._children.pop(self.get_name(), None)


class DataLayer(Layer):
    """A layer whose data the page holds in the block `block`; its Folium template names nothing else."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yixian.layer({{ this.block|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, identity: str, title: str | None, payload: Payload, *, show: bool = True) -> None:
        super().__init__(name=title, overlay=True, control=title is not None, show=show)
        self._name, self._id = "Layer", identity
        self.block = f"layer-{identity.replace('_', '-')}"
        self.payload = payload


class Furniture(MacroElement):
    """What stands on every map: scale, north arrow, zoom and home buttons, labels, and the panel beside it."""

    _template = Template("{% macro script(this, kwargs) %}yixian.furnish({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._id = "Furniture", "page"


def county_map(atlas: Atlas, layers: Iterable[DataLayer]) -> CountyMap:
    """A map of the whole county with `layers` from the bottom up and a control for those that have a title."""
    west, south, east, north = atlas.bounds
    chart = CountyMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=11,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.1,
        wheel_px_per_zoom_level=90,
    )
    chart._id = "county"
    chart.options.update(min_zoom=9, max_zoom=17)  # without tiles Folium sets neither
    for layer in layers:
        chart.add_child(layer)
    control = folium.LayerControl(position="topright", autoZIndex=False)
    # A phone has no room for the open list.
    control.options.update(collapsed=JsCode("yixian.isNarrow()"))  # type: ignore[call-overload]
    for number, child in enumerate((*chart._children.values(), control)):
        if not isinstance(child, DataLayer):
            child._id = f"part{number}"
    chart.add_child(control)
    chart.add_child(Furniture())
    # Children were filed under random names before they had fixed ones.
    children = list(chart._children.values())
    chart._children.clear()
    chart._children.update({child.get_name(): child for child in children})
    return chart


def bounds(atlas: Atlas) -> list[list[float]]:
    """The county's corners as Leaflet takes them: [[south, west], [north, east]]."""
    west, south, east, north = atlas.bounds
    return [[south, west], [north, east]]


def town_names(atlas: Atlas, words: Words) -> dict[str, str]:
    """Towns by code, in the page's language where the data give it."""
    frame = atlas.layers["towns"]
    return dict(zip(frame["code"], _named(frame, words), strict=True))


def payloads(chart: CountyMap) -> Iterator[tuple[str, Payload]]:
    """The data block of every layer of the map."""
    for child in chart._children.values():
        if isinstance(child, DataLayer):
            yield child.block, child.payload


# --- base map ------------------------------------------------------------------------------------------------------


def county(atlas: Atlas) -> DataLayer:
    """The county's land and outline."""
    shape = shapely.simplify(atlas.outline, THIN_DEGREES)
    ground = {"fillColor": palette.colour("land"), "fillOpacity": 1, "stroke": False}
    edge = {"color": palette.colour("outline"), "weight": 2.4, "fill": False}
    return DataLayer(
        "county",
        None,
        {
            "kind": "lines",
            "data": _collection([_feature("land", shape), _feature("edge", shape)]),
            "lines": {"land": [{**ground, "pane": "land"}], "edge": [{**edge, "pane": "borders"}]},
        },
    )


def towns(atlas: Atlas, words: Words) -> DataLayer:
    """Town borders, with names while the whole county is in view."""
    frame = atlas.layers["towns"]
    shapes = _thinned(frame.geometry.values)
    style = {"color": palette.colour("town-border"), "weight": 1.5, "fill": False, "pane": "borders"}
    return DataLayer(
        "towns",
        words("layer.towns"),
        {
            "kind": "lines",
            "data": _collection([_feature("town", shape) for shape in shapes]),
            "lines": {"town": [style]},
            "labels": [
                _label(name, at, "town", rank=0, zooms=(0, 13.4), span=span)
                for name, at, span in zip(_named(frame, words), *_rooms(shapes), strict=True)
            ],
        },
    )


def rivers(atlas: Atlas, words: Words) -> DataLayer:
    """Rivers with their names."""
    frame = atlas.layers["rivers"]
    shapes = shapely.simplify(frame.geometry.values, THIN_DEGREES)
    style = {"color": palette.colour("water"), "weight": 3, "opacity": 0.9, "pane": "rivers", "lineCap": "round"}
    return DataLayer(
        "rivers",
        words("layer.rivers"),
        {
            "kind": "lines",
            "data": _collection([_feature("river", shape) for shape in shapes]),
            "lines": {"river": [style]},
            "labels": [
                _label(name, _along(shape, share), "river", rank=2)
                for name, shape in zip(_named(frame, words), shapes, strict=True)
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
        merged = shapely.simplify(shapely.line_merge(shapely.multilinestrings(_parts(shapes))), THIN_DEGREES)
        features.append(_feature(str(road_class), merged))
        line = {"color": colour, "weight": width_px, "opacity": 0.95, "pane": "roads"}
        case = {"color": casing, "weight": width_px + 1.8, "opacity": 0.9, "pane": "roads"}
        lines[str(road_class)] = [case, line] if casing else [line]
    payload = {"kind": "lines", "canvas": True, "data": _collection(features), "lines": lines}
    return DataLayer("roads", words("layer.roads"), payload)


def stations(atlas: Atlas, words: Words) -> DataLayer:
    """The headquarters, the posts, and the village stations, which are dots until one is near enough."""
    frame = _public(atlas.layers["stations"], "stations")
    order = {Tier.STATION: 0, Tier.POST: 1, Tier.HQ: 2}
    rows = sorted(_rows(frame), key=lambda row: (order[Tier(row["tier"])], row["code"]))
    features = [
        _point(row, row["code"], f"tier-{row['tier']}", cards.station_card(words, row), f"sym-{row['tier']}")
        for row in rows
    ]
    return DataLayer("stations", words("layer.stations"), {"kind": "points", "data": _collection(features)})


# --- coverage ------------------------------------------------------------------------------------------------------

_STATE_RANK = {StayState.LOST: 1, StayState.CURABLE: 3}


def villages_by_state(atlas: Atlas, coverage: StayCoverage, words: Words) -> DataLayer:
    """Villages in the colour and pattern of their state, with names from mid zoom on and the lost ones earlier."""
    frame = atlas.layers["villages"]
    shapes = _thinned(frame.geometry.values)
    anchors, spans = _rooms(shapes)
    position_of = {code: position for position, code in enumerate(frame["code"])}
    town_of = town_names(atlas, words)
    features, labels = [], []
    for stays in coverage.villages:
        position = position_of[stays.village_code]
        kind, town = frame["kind"].iloc[position], town_of.get(stays.town_code)
        card = cards.stays_card(words, stays, coverage.rules, kind, town)
        at = anchors[position]
        features.append(
            _feature(stays.village_code, shapes[position], style=f"state-{stays.state}", card=card.plain(), at=at)
        )
        rank = _STATE_RANK.get(stays.state, 5)
        from_zoom = 11.0 if stays.state is StayState.LOST else 12.5
        labels.append(_label(stays.village_name, at, f"village {stays.state}", rank, (from_zoom, 30), spans[position]))
    payload = {"kind": "areas", "pane": "areas", "data": _collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_by_state"), payload)


# --- risk ----------------------------------------------------------------------------------------------------------


def villages_outline(atlas: Atlas, exposure: Exposure, words: Words) -> DataLayer:
    """Village borders, each with what threatens it, and names from mid zoom on."""
    frame = _public(atlas.layers["villages"], "villages")
    shapes = _thinned(frame.geometry.values)
    anchors, spans = _rooms(shapes)
    exposed = {area.code: area for area in exposure.villages}
    town_of = town_names(atlas, words)
    features, labels = [], []
    for row, shape, at, span in zip(_rows(frame), shapes, anchors, spans, strict=True):
        area, town = exposed.get(row["code"]), town_of.get(row["town_code"])
        card = cards.exposed_card(words, area, town) if area else cards.village_card(words, row, town)
        features.append(_feature(row["code"], shape, style="outline", card=card.plain(), at=at))
        labels.append(_label(row["name"], at, "village quiet", 6, (12.5, 30), span))
    payload = {"kind": "areas", "pane": "areas", "data": _collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_outline"), payload)


def fire_zones(atlas: Atlas, words: Words) -> DataLayer:
    """Forest-fire zones in the official colours, numbered by class."""
    return _zones(atlas, words, "fire_zones", "fire", lambda kind: kind is HazardKind.FOREST_FIRE)


def geo_zones(atlas: Atlas, words: Words) -> DataLayer:
    """Geological zones in the official colours, numbered in Roman numerals."""
    return _zones(atlas, words, "geo_zones", "geo", lambda kind: kind is not HazardKind.FOREST_FIRE)


def _zones(atlas: Atlas, words: Words, identity: str, family: str, wanted: Callable[[HazardKind], bool]) -> DataLayer:
    frame = _public(atlas.layers["risk_zones"], "risk_zones")
    rows = [row for row in _rows(frame) if wanted(HazardKind(row["kind"]))]
    rows.sort(key=lambda row: (row["level"], row["zone_id"]))  # the worst lies on top
    shapes = shapely.simplify(np.array([row["geometry"] for row in rows], dtype=object), THIN_DEGREES)
    anchors, spans = _rooms(shapes)
    features, labels = [], []
    for row, shape, at, span in zip(rows, shapes, anchors, spans, strict=True):
        kind, level = HazardKind(row["kind"]), HazardLevel(row["level"])
        card = cards.zone_card(words, row).plain()
        features.append(_feature(row["zone_id"], shape, style=f"{family}-{int(level)}", card=card, at=at))
        text = cards.numeral(kind, level)
        labels.append(
            _label(text, at, f"grade {family}", 4 - int(level) / 2, span=span, style=f"level-{int(level)}", fit_px=30)
        )
    payload = {"kind": "areas", "pane": f"zones-{family}", "data": _collection(features), "labels": labels}
    return DataLayer(identity, words(f"layer.{identity}"), payload)


def hazard_sites(atlas: Atlas, words: Words) -> DataLayer:
    """Hazard sites as triangles with the numeral of their danger grade; removed ones are hollow."""
    frame = _public(atlas.layers["hazard_sites"], "hazard_sites")
    names = {area.code: area.name for area in atlas.villages}
    features = []
    for row in sorted(_rows(frame), key=_site_order):
        grade = DangerGrade(row["danger_grade"]) if cards.cell(row, "danger_grade") else None
        removed = row["status"] == SiteStatus.REMOVED
        features.append(
            _point(
                row,
                row["site_id"],
                "removed" if removed else cards.level_style(grade.level if grade else None),
                cards.site_card(words, row, names.get(cards.cell(row, "village_code") or "")),
                "sym-site-removed" if removed else "sym-site",
                "" if removed else cards.ROMAN[grade] if grade else "?",
            )
        )
    return DataLayer("hazard_sites", words("layer.hazard_sites"), {"kind": "points", "data": _collection(features)})


def _site_order(row: cards.Row) -> tuple[bool, int, str]:
    """Removed sites at the bottom, then by grade, so that the gravest are on top."""
    grade = cards.cell(row, "danger_grade")
    return row["status"] != SiteStatus.REMOVED, int(DangerGrade(grade).level) if grade else 0, row["site_id"]


def incidents(frame: pd.DataFrame, at: datetime, words: Words) -> DataLayer:
    """Incidents discovered by `at`: open ones filled, handled ones hollow."""
    rows = [row for row in _rows(_public(frame, "incidents")) if row["discovered_at"] <= at]
    rows.sort(key=lambda row: (cards.is_open(row, at), row["incident_id"]))
    features = []
    for row in rows:
        state = "open" if cards.is_open(row, at) else "done"
        card = cards.incident_card(words, row, at)
        features.append(_point(row, row["incident_id"], f"incident-{state}", card, f"sym-incident-{state}"))
    return DataLayer("incidents", words("layer.incidents"), {"kind": "points", "data": _collection(features)})


def detections(atlas: Atlas, at: datetime, words: Words) -> DataLayer:
    """Detections made by `at`: hollow and dashed, because nobody has verified them; lighter outside the county."""
    frame = _public(atlas.layers["detections"], "detections")
    features = [
        _point(
            row,
            row["detection_id"],
            "detection-outside" if row["outside"] else "detection",
            cards.detection_card(words, row),
            "sym-detection",
        )
        for row in _rows(frame)
        if row["detected_on"] <= at.date()
    ]
    return DataLayer("detections", words("layer.detections"), {"kind": "points", "data": _collection(features)})


def exposed_grids(atlas: Atlas, exposure: Exposure, words: Words) -> DataLayer:
    """Exposed grid cells by worst level; off until asked for."""
    frame = atlas.layers["grids"]
    position_of = {code: position for position, code in enumerate(frame["code"])}
    chosen = [position_of[area.code] for area in exposure.grids]
    shapes = shapely.simplify(frame.geometry.values[chosen], THIN_DEGREES)
    features = [
        _feature(area.code, shape, style=cards.level_style(area.level), card=cards.grid_card(words, area).plain())
        for area, shape in zip(exposure.grids, shapes, strict=True)
    ]
    payload = {"kind": "areas", "pane": "grids", "canvas": True, "data": _collection(features)}
    return DataLayer("grids", words("layer.grids"), payload, show=False)


# --- shapes --------------------------------------------------------------------------------------------------------


def _public(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    return public(frame, LAYERS[layer])


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = list(frame.columns)
    return [dict(zip(columns, cells, strict=True)) for cells in frame.itertuples(index=False, name=None)]


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _feature(identity: str, shape: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"id": identity, **properties},
        "geometry": _geometry(shape),
    }


def _point(row: cards.Row, identity: str, style: str, card: cards.Card, symbol: str, text: str = "") -> dict[str, Any]:
    properties = {"style": style, "card": card.plain(), "symbol": symbol, **({"text": text} if text else {})}
    return _feature(identity, row["geometry"], **properties)


def _geometry(shape: Any) -> dict[str, Any]:
    """GeoJSON, longitude first, rounded; points that rounding makes equal to the one before are left out."""
    kind = shape.geom_type
    match kind:
        case "Point":
            return {"type": kind, "coordinates": _rounded(shape)[0]}
        case "LineString":
            return {"type": kind, "coordinates": _rounded(shape)}
        case "Polygon":
            return {"type": kind, "coordinates": [_rounded(ring) for ring in (shape.exterior, *shape.interiors)]}
        case _:
            return {"type": kind, "coordinates": [_geometry(part)["coordinates"] for part in shape.geoms]}


def _rounded(shape: Any) -> list[list[float]]:
    places = np.round(shapely.get_coordinates(shape), DIGITS)
    fresh = np.ones(len(places), dtype=bool)
    fresh[1:-1] = (places[1:-1] != places[:-2]).any(axis=1)
    kept: list[list[float]] = places[fresh].tolist()
    return kept


def _thinned(shapes: Any) -> Any:
    """Areas with fewer vertices, thinned together so that neighbours keep one border."""
    shapes = np.asarray(shapes, dtype=object)
    return shapely.coverage_simplify(shapes, THIN_DEGREES) if len(shapes) else shapes


def _named(frame: pd.DataFrame, words: Words) -> pd.Series:
    """Names in the page's language where the data give them."""
    return frame["name_en"].fillna(frame["name"]) if words.lang == "en" else frame["name"]


def _parts(shapes: Any) -> Any:
    parts = shapely.get_parts(np.asarray(shapes, dtype=object))
    return parts[shapely.get_num_points(parts) > 1]


def _along(shape: Any, share: float) -> list[float]:
    """[lat, lon] at a share of the way along the longest part of a line."""
    parts = shapely.get_parts(shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape)
    longest = parts[int(np.argmax(shapely.length(parts)))]
    return _lat_lon(shapely.line_interpolate_point(longest, share, normalized=True))


def _rooms(shapes: Any) -> tuple[list[list[float]], list[float]]:
    """For each area [lat, lon] of the middle of its widest place, where a label stands best, and its width there.

    The width is the diameter in degrees of (nearly) the largest circle in the area.
    """
    radii = [shapely.maximum_inscribed_circle(shape, tolerance=0.05 * shape.area**0.5) for shape in shapes]
    anchors = [_lat_lon(shapely.get_point(radius, 0)) for radius in radii]
    return anchors, [round(2 * float(shapely.length(radius)), DIGITS) for radius in radii]


def _lat_lon(point: Any) -> list[float]:
    return [round(float(point.y), DIGITS), round(float(point.x), DIGITS)]


def _label(
    text: str,
    at: list[float],
    look: str,
    rank: float,
    zooms: tuple[float, float] = (0, 30),
    span: float = 0.0,
    *,
    style: str | None = None,
    fit_px: float = 0,
) -> Mapping[str, Any]:
    """A label at [lat, lon]; of two that overlap the lower `rank` is drawn. `span` must cover `fit_px` on screen."""
    label = {"text": text, "at": at, "look": look, "rank": rank, "zooms": list(zooms), "span": span}
    return {**label, **({"style": style} if style else {}), **({"fit": fit_px} if fit_px else {})}
