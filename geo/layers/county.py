"""The county: one row, its outline."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column

COUNTY = LayerSpec(
    name="county",
    title_zh="县市",
    title_en="county",
    key="code",
    shape=Shape.POLYGON,
    required=True,
    columns=(
        Column("code", ColumnKind.TEXT, "行政区划代码", "division code", pattern=r"\d{6}"),
        Column("name", ColumnKind.TEXT, "名称", "name"),
        Column("name_en", ColumnKind.TEXT, "英文名称", "English name", required=False),
        synthetic_column(),
    ),
)
