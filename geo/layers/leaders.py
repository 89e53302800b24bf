"""City leaders stationed in towns; names are not kept, only the post held."""

from geo.layers.assignments import assignment_order
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
        Column(
            "assigned_from",
            ColumnKind.DATE,
            "驻点开始",
            "assigned from",
            required=False,
            headings=("驻点开始日期", "开始日期", "起始日期", "start date", "from"),
        ),
        Column(
            "assigned_to",
            ColumnKind.DATE,
            "驻点结束",
            "assigned to",
            required=False,
            headings=("驻点结束日期", "结束日期", "截止日期", "end date", "to"),
        ),
        synthetic_column(),
    ),
    references=(Reference("town_code", "towns"),),
    rules=(assignment_order,),
)
