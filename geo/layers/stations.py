"""The seats of command: city headquarters, township posts and village stations (R01).

The key is the code of the area that a seat serves: 6 digits for the headquarters, 9 for a post, 12 for a station.
"""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, source_id_column, synthetic_column
from geo.terms import Tier

STATIONS = LayerSpec(
    name="stations",
    title_zh="指挥部、指挥所、工作站",
    title_en="headquarters, posts and stations",
    key="code",
    shape=Shape.POINT,
    columns=(
        Column(
            "code",
            ColumnKind.TEXT,
            "服务区划代码",
            "code of the area served",
            pattern=r"\d{6}|\d{9}|\d{12}",
            headings=("区划代码", "行政区划代码", "驻地代码", "统计用区划代码", "station code", "area code"),
        ),
        Column(
            "tier", ColumnKind.TERM, "层级", "tier", vocabulary=Tier, headings=("级别", "类型", "层次", "level", "type")
        ),
        Column(
            "name",
            ColumnKind.TEXT,
            "名称",
            "name",
            headings=("站点名称", "指挥所名称", "工作站名称", "station", "station name"),
        ),
        source_id_column(),
        synthetic_column(),
    ),
)
