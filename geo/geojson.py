"""Frames to RFC 7946 bytes: longitude first, 7 digits, stable ids, ISO times, right-hand rings, no NaN.

Restricted columns never pass: every layer leaves through `layer_collection`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely

from geo.layers.spec import LayerSpec, is_missing, public

DIGITS = 7
"""Decimal digits of a coordinate: 1e-7 degree is about 1 cm."""


def dumps(value: Any) -> bytes:
    """JSON bytes; a value that JSON has no word for raises TypeError, and NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def plain(value: Any) -> Any:
    """A cell as JSON knows it: missing is null, instants and dates are ISO 8601 text."""
    if is_missing(value):
        return None
    if isinstance(value, str | bool):
        return value
    if isinstance(value, date):  # a pandas Timestamp is one too
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value


def geometries(shapes: Any) -> list[orjson.Fragment | None]:
    """Each shape (shape (n,), WGS84) as a GeoJSON geometry, rounded to `DIGITS`; None stays None."""
    rounded = shapely.transform(np.asarray(shapes, dtype=object), lambda xy: np.round(xy, DIGITS))
    oriented = shapely.orient_polygons(rounded, exterior_cw=False)
    return [None if text is None else orjson.Fragment(text) for text in shapely.to_geojson(oriented)]


def feature_collection(
    ids: Iterable[str],
    shapes: Any,
    properties: Iterable[Mapping[str, Any]],
    members: Mapping[str, Any] | None = None,
) -> bytes:
    """A FeatureCollection; `members` are its foreign members, such as the data's version and date."""
    features = [
        dumps({"type": "Feature", "id": identity, "geometry": geometry, "properties": values})
        for identity, geometry, values in zip(ids, geometries(shapes), properties, strict=True)
    ]
    head = dumps({"type": "FeatureCollection", **(members or {})})
    # One feature a line: a person, a diff and a line-wise tool can all read it.
    return head[:-1] + b',"features":[\n' + b",\n".join(features) + b"\n]}\n"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows without geometry, each cell made plain."""
    columns = [name for name in frame.columns if name != "geometry"]
    cells = [[plain(value) for value in frame[name].tolist()] for name in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]


def layer_collection(frame: pd.DataFrame, spec: LayerSpec, members: Mapping[str, Any] | None = None) -> bytes:
    """A checked layer as a FeatureCollection without its restricted columns; a table has null geometries."""
    visible = public(frame, spec)
    shapes = np.full(len(visible), None) if spec.is_table else visible.geometry.values
    return feature_collection(visible[spec.key], shapes, records(visible), members)
