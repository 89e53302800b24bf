"""Villages and communities, keyed by the 12-digit NBS code: names repeat, codes do not."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, Shape, synthetic_column
from geo.terms import VillageKind

VILLAGES = LayerSpec(
    name="villages",
    title_zh="村(社区)",
    title_en="villages",
    key="code",
    shape=Shape.POLYGON,
    required=True,
    columns=(
        Column("code", ColumnKind.TEXT, "统计用区划代码", "NBS village code", pattern=r"\d{12}"),
        Column("name", ColumnKind.TEXT, "名称", "name"),
        Column("official_name", ColumnKind.TEXT, "全称", "official name", required=False),
        Column("kind", ColumnKind.TERM, "类别", "kind", vocabulary=VillageKind),
        Column("town_code", ColumnKind.TEXT, "所属乡镇代码", "town code", pattern=r"\d{9}"),
        Column("population", ColumnKind.INTEGER, "常住人口", "resident population", required=False, minimum=0),
        synthetic_column(),
    ),
    references=(Reference("town_code", "towns"),),
)
