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
        Column(
            "code",
            ColumnKind.TEXT,
            "行政区划代码",
            "division code",
            pattern=r"\d{6}",
            headings=("县级代码", "区县代码", "区划代码", "adcode", "county code"),
        ),
        Column("name", ColumnKind.TEXT, "名称", "name", headings=("县市", "县名", "区县名称", "county", "county name")),
        Column("name_en", ColumnKind.TEXT, "英文名称", "English name", required=False, headings=("英文名", "en name")),
        Column(
            "derived_shape",
            ColumnKind.BOOLEAN,
            "界线为推算",
            "border made around place points, not surveyed",
            required=False,
        ),
        Column("source_id", ColumnKind.TEXT, "来源编号", "id in the source", required=False),
        synthetic_column(),
    ),
)
