"""Layers as text, the way the sample is kept: GeoJSON with one feature a line, tables as CSV."""

from __future__ import annotations

import csv
import io

import geopandas
import orjson
import pandas as pd
import shapely

from geo import crs, geojson
from geo.layers.spec import LayerSpec


def suffix(spec: LayerSpec) -> str:
    """How the name of a layer's text file ends."""
    return ".csv" if spec.is_table else ".geojson"


def encode(frame: pd.DataFrame, spec: LayerSpec) -> bytes:
    """A checked frame as the bytes of its file, restricted columns included: this never leaves the data folder."""
    rows = geojson.records(frame[[column.name for column in spec.columns if not column.derived]])
    if spec.is_table:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [column.name for column in spec.columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    return geojson.feature_collection(frame[spec.key], frame.geometry.values, rows)


def decode(content: bytes, spec: LayerSpec) -> pd.DataFrame:
    """The frame of a layer's file, as yet unchecked."""
    if spec.is_table:
        return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    rows = [feature["properties"] for feature in orjson.loads(content)["features"]]
    shapes = shapely.get_parts(shapely.from_geojson(content))
    columns = [column.name for column in spec.columns if not column.derived]
    frame: pd.DataFrame = geopandas.GeoDataFrame(
        pd.DataFrame(rows, columns=columns, dtype=object), geometry=shapes, crs=crs.WGS84
    )
    return frame
