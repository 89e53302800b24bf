"""City leaders stationed in towns; names are not kept, only the post held."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, Shape, synthetic_column

LEADERS = LayerSpec(
    name="leaders",
    title_zh="驻点市领导",
    title_en="stationed city leaders",
    key="leader_id",
    shape=Shape.TABLE,
    columns=(
        Column("leader_id", ColumnKind.TEXT, "编号", "leader id", headings=("领导编号", "leader number")),
        Column("title", ColumnKind.TEXT, "职务", "title", headings=("职位", "领导职务", "post", "position")),
        Column(
            "town_code",
            ColumnKind.TEXT,
            "驻点乡镇代码",
            "town code",
            pattern=r"\d{9}",
            headings=("乡镇代码", "驻点乡镇编码", "联系乡镇代码"),
        ),
        synthetic_column(),
    ),
    references=(Reference("town_code", "towns"),),
)
