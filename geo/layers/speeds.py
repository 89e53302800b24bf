"""Speeds: what the county's own drivers keep up, by road class and surface. An empty layer means the defaults.

A row without a surface holds for both surfaces, unless another row names the surface.
"""

import pandas as pd

from geo.layers.road_columns import road_class_column, surface_column
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, is_missing, synthetic_column


def _complete_kind(speeds: pd.DataFrame) -> pd.DataFrame:
    """Name each row after the roads that it speaks of, such as "track" or "track/unpaved"."""
    nothing = [None] * len(speeds)
    classes, surfaces = (speeds.get(name, nothing) for name in ("road_class", "surface"))
    kinds = [
        None if is_missing(road_class) else "/".join(str(word).strip() for word in words if not is_missing(word))
        for road_class, *words in zip(classes, classes, surfaces, strict=True)
    ]
    return speeds.assign(road_kind=pd.Series(kinds, index=speeds.index, dtype=object))


SPEEDS = LayerSpec(
    name="speeds",
    title_zh="行车速度表",
    title_en="table of driving speeds",
    key="road_kind",
    shape=Shape.TABLE,
    columns=(
        Column("road_kind", ColumnKind.TEXT, "道路种类", "road class and surface", required=False),
        road_class_column(),
        surface_column(),
        Column(
            "speed_kph",
            ColumnKind.NUMBER,
            "行车速度(公里/时)",
            "driving speed",
            minimum=1,
            maximum=130,
            headings=("行车速度", "速度", "行车速度(km/h)", "速度(公里/时)", "speed"),
        ),
        synthetic_column(),
    ),
    complete=_complete_kind,
    completed=("road_kind",),
)
