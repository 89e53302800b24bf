"""Rivers, as lines, for orientation on the map."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column

RIVERS = LayerSpec(
    name="rivers",
    title_zh="河流",
    title_en="rivers",
    key="river_id",
    shape=Shape.LINE,
    columns=(
        Column("river_id", ColumnKind.TEXT, "编号", "river id", headings=("河流编号", "河流代码", "osm_id")),
        Column(
            "name",
            ColumnKind.TEXT,
            "名称",
            "name",
            required=False,
            headings=("河名", "河流名称", "河流", "river", "river name"),
        ),
        Column("name_en", ColumnKind.TEXT, "英文名称", "English name", required=False, headings=("英文名", "name:en")),
        synthetic_column(),
    ),
)
