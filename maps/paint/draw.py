"""Shapes and labels as the page's script takes them: GeoJSON with the longitude first, anchors with the latitude first.

Geometry is rounded for drawing (5 digits, about a metre) and thinned to a few metres; it is a picture, not data to
measure on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.layers.registry import LAYERS
from geo.layers.spec import public
from maps import cards
from maps.words import Words

DIGITS = 5
THIN_DEGREES = 3e-5
"""Lines and borders are thinned to about 3 metres before they are drawn."""


def public_frame(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    """A layer's frame without its restricted columns."""
    return public(frame, LAYERS[layer])


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row's cells by column name."""
    columns = list(frame.columns)
    return [dict(zip(columns, cells, strict=True)) for cells in frame.itertuples(index=False, name=None)]


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": features}


def feature(identity: str, shape: Any, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature: the page's script knows it by `identity`."""
    return feature_of(identity, geometry(shape), **properties)


def feature_of(identity: str, drawn: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The same of a geometry that `geometry` has made."""
    return {"type": "Feature", "properties": {"id": identity, **properties}, "geometry": drawn}


def marker(row: cards.Row, identity: str, style: str, card: cards.Card, symbol: str, text: str = "") -> dict[str, Any]:
    """One row as a symbol on the map, with its card and a short text upon the symbol."""
    properties = {"style": style, "card": card.plain(), "symbol": symbol, **({"text": text} if text else {})}
    return feature(identity, row["geometry"], **properties)


def geometry(shape: Any) -> dict[str, Any]:
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
            return {"type": kind, "coordinates": [geometry(part)["coordinates"] for part in shape.geoms]}


def _rounded(shape: Any) -> list[list[float]]:
    places = np.round(shapely.get_coordinates(shape), DIGITS)
    fresh = np.ones(len(places), dtype=bool)
    fresh[1:-1] = (places[1:-1] != places[:-2]).any(axis=1)
    kept: list[list[float]] = places[fresh].tolist()
    return kept


def thinned(shapes: Any) -> Any:
    """Areas with fewer vertices, thinned together so that neighbours keep one border."""
    shapes = np.asarray(shapes, dtype=object)
    return shapely.coverage_simplify(shapes, THIN_DEGREES) if len(shapes) else shapes


def named(frame: pd.DataFrame, words: Words) -> pd.Series:
    """Names in the page's language where the data give them."""
    return frame["name_en"].fillna(frame["name"]) if words.lang == "en" else frame["name"]


def parts(shapes: Any) -> Any:
    """The single lines or areas of many shapes; what is shorter than two points is left out."""
    found = shapely.get_parts(np.asarray(shapes, dtype=object))
    return found[shapely.get_num_points(found) > 1]


def along(shape: Any, share: float) -> list[float]:
    """[lat, lon] at a share of the way along the longest part of a line."""
    pieces = shapely.get_parts(shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape)
    longest = pieces[int(np.argmax(shapely.length(pieces)))]
    return lat_lon(shapely.line_interpolate_point(longest, share, normalized=True))


def rooms(shapes: Any) -> tuple[list[list[float]], list[float]]:
    """For each area [lat, lon] of the middle of its widest place, where a label stands best, and its width there.

    The width is the diameter in degrees of (nearly) the largest circle in the area.
    """
    radii = [shapely.maximum_inscribed_circle(shape, tolerance=0.05 * shape.area**0.5) for shape in shapes]
    anchors = [lat_lon(shapely.get_point(radius, 0)) for radius in radii]
    return anchors, [round(2 * float(shapely.length(radius)), DIGITS) for radius in radii]


def lat_lon(point: Any) -> list[float]:
    """[lat, lon] of a point, as Leaflet takes it."""
    return [round(float(point.y), DIGITS), round(float(point.x), DIGITS)]


def label(
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
