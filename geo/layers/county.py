"""The county: one row, its outline."""

from geo.layers.spec import (
    Column,
    ColumnKind,
    LayerSpec,
    Shape,
    derived_shape_column,
    source_id_column,
    synthetic_column,
)

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
        derived_shape_column(),
        source_id_column(),
        synthetic_column(),
    ),
)
