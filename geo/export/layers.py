"""Layers as bytes for planners: GeoJSON, without restricted columns."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo import geojson
from geo.atlas import Provenance
from geo.errors import UnreadableFileError
from geo.files import write_atomic
from geo.layers.spec import LayerSpec

Box = tuple[float, float, float, float]


def layer_geojson(
    frame: pd.DataFrame, spec: LayerSpec, provenance: Provenance, *, at: datetime, box: Box | None = None
) -> bytes:
    """A layer as RFC 7946 bytes; with `box` (west, south, east, north, WGS84 degrees) the features that meet it.

    Rows without geometry meet no box. The present and the data's version and date stand beside the features.
    """
    if box is not None:
        found = () if spec.is_table else np.sort(frame.sindex.query(shapely.box(*box), predicate="intersects"))
        frame = frame.iloc[list(found)]
    return geojson.layer_collection(frame, spec, stamp(provenance, at))


def write_geojson(path: Path, content: bytes) -> None:
    """Put GeoJSON bytes at `path`, whole or not at all; UnreadableFileError for another suffix."""
    if path.suffix.lower() not in (".geojson", ".json"):
        raise UnreadableFileError(path, "is written as GeoJSON; name it .geojson")
    write_atomic(path, content)


def stamp(provenance: Provenance, at: datetime) -> dict[str, Any]:
    """What stands beside the features: the present they were asked at, and the data that they come from."""
    return {"at": at.isoformat(), "data": provenance.body()}
