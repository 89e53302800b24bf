"""The two rivers: the Zi through the county, and the Maxi that joins it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import shapely

from geo.synthetic import drawing, sketch
from geo.synthetic.rows import Row, framed
from geo.synthetic.sketch import Place


@dataclass(frozen=True, slots=True)
class Rivers:
    """The two rivers on the plane, cut at the outline."""

    zi: Any
    maxi: Any


def run() -> Rivers:
    """The rivers, run to the outline; the Maxi ends on a bend of the Zi."""
    outline = drawing.outline()
    zi = _within(sketch.smooth([sketch.place(p) for p in drawing.ZI], 10), outline)
    mouth = min(zi.coords, key=lambda p: sketch.gap((p[0], p[1]), sketch.place(drawing.CONFLUENCE)))
    maxi = sketch.smooth([*(sketch.place(p) for p in drawing.MAXI[:-1]), (mouth[0], mouth[1])], 10)
    return Rivers(zi, _within(maxi, outline))


def _within(line: Sequence[Place], outline: Any) -> Any:
    """The longest part of the line inside the outline."""
    parts = shapely.get_parts(shapely.intersection(shapely.LineString(line), outline))
    return max(parts, key=lambda part: part.length)


def rivers(both: Rivers) -> geopandas.GeoDataFrame:
    """The Zi through the county from the south-west to the north, and the Maxi that joins it at 麻溪村."""
    rows: list[Row] = [
        {"river_id": "RV01", "name": "资江", "name_en": "Zi River"},
        {"river_id": "RV02", "name": "麻溪", "name_en": "Maxi Stream"},
    ]
    lines = [shapely.LineString(sketch.to_degrees(line.coords)) for line in (both.zi, both.maxi)]
    return framed(rows, lines)
