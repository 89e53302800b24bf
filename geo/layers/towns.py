"""Towns, townships and subdistricts: the seats of the command posts."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column
from geo.terms import TownKind

TOWNS = LayerSpec(
    name="towns",
    title_zh="乡镇街道",
    title_en="towns",
    key="code",
    shape=Shape.POLYGON,
    columns=(
        Column("code", ColumnKind.TEXT, "行政区划代码", "division code", pattern=r"\d{9}"),
        Column("name", ColumnKind.TEXT, "名称", "name"),
        Column("name_en", ColumnKind.TEXT, "英文名称", "English name", required=False),
        Column("kind", ColumnKind.TERM, "类别", "kind", vocabulary=TownKind),
        synthetic_column(),
    ),
)
