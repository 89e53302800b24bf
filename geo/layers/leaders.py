"""City leaders stationed in towns; names are not kept, only the post held."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, Shape, synthetic_column

LEADERS = LayerSpec(
    name="leaders",
    title_zh="驻点市领导",
    title_en="stationed city leaders",
    key="leader_id",
    shape=Shape.TABLE,
    columns=(
        Column("leader_id", ColumnKind.TEXT, "编号", "leader id"),
        Column("title", ColumnKind.TEXT, "职务", "title"),
        Column("town_code", ColumnKind.TEXT, "驻点乡镇代码", "town code", pattern=r"\d{9}"),
        synthetic_column(),
    ),
    references=(Reference("town_code", "towns"),),
)
