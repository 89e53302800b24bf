"""Grid cells: the 12-digit village code and a 3-digit number, counted west to east, then north to south."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, Shape, synthetic_column

GRIDS = LayerSpec(
    name="grids",
    title_zh="网格",
    title_en="grid cells",
    key="code",
    shape=Shape.POLYGON,
    columns=(
        Column("code", ColumnKind.TEXT, "网格编码", "grid code", pattern=r"\d{15}"),
        Column("village_code", ColumnKind.TEXT, "所属村代码", "village code", pattern=r"\d{12}"),
        Column("population", ColumnKind.INTEGER, "常住人口", "resident population", required=False, minimum=0),
        synthetic_column(),
    ),
    references=(Reference("village_code", "villages"),),
)
