"""Roads: lines that share end points where one can turn from one to the other."""

from geo.layers.road_columns import road_class_column, surface_column
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column

ROADS = LayerSpec(
    name="roads",
    title_zh="道路",
    title_en="roads",
    key="road_id",
    shape=Shape.LINE,
    columns=(
        Column(
            "road_id",
            ColumnKind.TEXT,
            "道路编号",
            "road id",
            headings=("编号", "道路代码", "路线编号", "osm_id", "way id", "full_id"),
        ),
        Column(
            "name",
            ColumnKind.TEXT,
            "名称",
            "name",
            required=False,
            headings=("路名", "道路名称", "路线名称", "road name"),
        ),
        road_class_column(),
        surface_column(),
        Column(
            "speed_kph",
            ColumnKind.NUMBER,
            "行车速度(公里/时)",
            "speed",
            required=False,
            minimum=1,
            maximum=130,
            headings=(
                "行车速度",
                "速度",
                "限速",
                "设计速度",
                "限速(公里/时)",
                "设计速度(公里/时)",
                "限速(km/h)",
                "行车速度(km/h)",
                "maxspeed",
                "speed limit",
            ),
        ),
        Column(
            "oneway",
            ColumnKind.BOOLEAN,
            "单行(沿线方向)",
            "one-way along the line",
            required=False,
            headings=("单行", "单行道", "是否单行", "单向", "单向通行", "one-way street"),
        ),
        Column(
            "gated",
            ColumnKind.BOOLEAN,
            "闸门或限行(队伍可通行)",
            "gated or barred to the public; responders pass",
            required=False,
            headings=("闸门", "限行", "设卡", "内部道路", "专用道路", "gate", "barred", "private"),
        ),
        Column("bridge", ColumnKind.BOOLEAN, "桥梁", "on a bridge", required=False),
        Column("tunnel", ColumnKind.BOOLEAN, "隧道", "in a tunnel", required=False),
        Column(
            "level",
            ColumnKind.INTEGER,
            "层次",
            "level where roads cross (0 is the ground)",
            required=False,
            headings=("layer",),
        ),
        synthetic_column(),
    ),
)
