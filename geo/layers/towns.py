"""Towns, townships and subdistricts: the seats of the command posts."""

from geo.layers.spec import (
    Column,
    ColumnKind,
    LayerSpec,
    Shape,
    derived_shape_column,
    source_id_column,
    synthetic_column,
)
from geo.terms import TownKind

TOWNS = LayerSpec(
    name="towns",
    title_zh="乡镇街道",
    title_en="towns",
    key="code",
    shape=Shape.POLYGON,
    columns=(
        Column(
            "code",
            ColumnKind.TEXT,
            "行政区划代码",
            "division code",
            pattern=r"\d{9}",
            headings=("区划代码", "乡镇代码", "街道代码", "乡级代码", "统计用区划代码", "town code"),
        ),
        Column(
            "name",
            ColumnKind.TEXT,
            "名称",
            "name",
            headings=("乡镇", "乡镇名称", "镇名", "街道名称", "乡镇街道", "town", "town name"),
        ),
        Column("name_en", ColumnKind.TEXT, "英文名称", "English name", required=False, headings=("英文名", "en name")),
        Column(
            "kind",
            ColumnKind.TERM,
            "类别",
            "kind",
            vocabulary=TownKind,
            headings=("类型", "乡镇类别", "乡镇类型", "town kind", "type"),
        ),
        derived_shape_column(),
        source_id_column(),
        synthetic_column(),
    ),
)
