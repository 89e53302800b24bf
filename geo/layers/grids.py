"""Grid cells: the 12-digit village code and a 3-digit number, counted west to east, then north to south."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, Shape, synthetic_column

GRIDS = LayerSpec(
    name="grids",
    title_zh="网格",
    title_en="grid cells",
    key="code",
    shape=Shape.POLYGON,
    columns=(
        Column(
            "code",
            ColumnKind.TEXT,
            "网格编码",
            "grid code",
            pattern=r"\d{15}",
            headings=("网格代码", "网格编号", "网格号", "grid id"),
        ),
        Column(
            "village_code",
            ColumnKind.TEXT,
            "所属村代码",
            "village code",
            pattern=r"\d{12}",
            headings=("村代码", "村编码", "所在村代码", "所属村编码"),
        ),
        Column(
            "population",
            ColumnKind.INTEGER,
            "常住人口",
            "resident population",
            required=False,
            minimum=0,
            headings=("人口", "人口数", "人口数量", "总人口", "网格人口"),
        ),
        synthetic_column(),
    ),
    references=(Reference("village_code", "villages"),),
)
