"""Rows on their way to a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas

from geo import crs

Row = dict[str, object]


def framed(rows: Sequence[Row], geometry: Sequence[Any]) -> geopandas.GeoDataFrame:
    """The rows, marked as made up unless they say otherwise, with their geometry in WGS84 degrees."""
    marked = [{"synthetic": True, **row} for row in rows]
    return geopandas.GeoDataFrame(marked, geometry=list(geometry), crs=crs.WGS84)
