"""Layers and answers as files and bytes for planners: GeoJSON, without restricted columns."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo import geojson
from geo.atlas import Atlas, Provenance
from geo.board import Board, layer_frame
from geo.coverage import StayCoverage
from geo.errors import UnreadableFileError
from geo.files import write_atomic
from geo.layers.spec import LayerSpec

Box = tuple[float, float, float, float]


def layer_geojson(atlas: Atlas, board: Board, spec: LayerSpec, *, at: datetime, box: Box | None = None) -> bytes:
    """A layer as RFC 7946 bytes; with `box` (west, south, east, north, WGS84 degrees) the features that meet it.

    Rows without geometry meet no box. The present and the data's version and date stand beside the features.
    """
    frame = layer_frame(atlas, board, spec.name)
    if box is not None:
        found = () if spec.is_table else np.sort(frame.sindex.query(shapely.box(*box), predicate="intersects"))
        frame = frame.iloc[list(found)]
    return geojson.layer_collection(frame, spec, _members(board.provenance, at))


def coverage_geojson(atlas: Atlas, coverage: StayCoverage) -> bytes:
    """The villages of a week as polygons with their state, nights, shortfall and reason."""
    rows = [asdict(village) for village in coverage.villages]
    for row in rows:
        row["evenings"] = ";".join(evening.isoformat() for evening in row["evenings"])
        row["week"] = str(coverage.week)
    codes = [village.village_code for village in coverage.villages]
    shapes = atlas.layers["villages"].geometry.values
    members = {**_members(coverage.provenance, coverage.at), "week": str(coverage.week)}
    return geojson.feature_collection(codes, shapes, rows, members)


def write_geojson(path: Path, content: bytes) -> None:
    """Put GeoJSON bytes at `path`, whole or not at all; UnreadableFileError for another suffix."""
    if path.suffix.lower() not in (".geojson", ".json"):
        raise UnreadableFileError(path, "is written as GeoJSON; name it .geojson")
    write_atomic(path, content)


def _members(provenance: Provenance, at: datetime) -> dict[str, Any]:
    return {"at": at.isoformat(), "data": provenance.body()}
