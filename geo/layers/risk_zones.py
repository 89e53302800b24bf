"""Risk zones: areas of forest-fire class and of geological risk, on the common hazard scale.

A zone may close or slow the roads in it, always or for a time; without `road_effect` it changes no road.
"""

from geo.layers.road_effects import not_backwards, speed_fits_effect
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column
from geo.terms import HazardKind, HazardLevel, RoadEffect

RISK_ZONES = LayerSpec(
    name="risk_zones",
    title_zh="风险区",
    title_en="risk zones",
    key="zone_id",
    shape=Shape.POLYGON,
    columns=(
        Column(
            "zone_id",
            ColumnKind.TEXT,
            "风险区编号",
            "zone id",
            headings=("编号", "风险区代码", "区域编号", "zone number"),
        ),
        Column("name", ColumnKind.TEXT, "名称", "name", headings=("风险区名称", "区域名称", "zone", "zone name")),
        Column(
            "kind",
            ColumnKind.TERM,
            "灾害类型",
            "hazard kind",
            vocabulary=HazardKind,
            headings=("类型", "灾种", "风险类型", "灾害种类", "hazard", "type"),
        ),
        Column(
            "level",
            ColumnKind.LEVEL,
            "风险等级",
            "level (5 is worst)",
            vocabulary=HazardLevel,
            headings=("等级", "风险级别", "火险等级", "风险区等级", "危险性等级", "risk level"),
        ),
        Column(
            "road_effect",
            ColumnKind.TERM,
            "对道路的影响",
            "effect on its roads",
            required=False,
            vocabulary=RoadEffect,
            headings=("道路影响", "道路通行影响"),
        ),
        Column(
            "road_speed_kph",
            ColumnKind.NUMBER,
            "区内车速(公里/时)",
            "speed on its roads",
            required=False,
            minimum=1,
            maximum=130,
            headings=("区内限速", "区内限速(公里/时)", "区内限速(km/h)"),
        ),
        Column(
            "valid_from",
            ColumnKind.INSTANT,
            "生效时间",
            "valid from",
            required=False,
            headings=("开始时间", "启用时间", "start"),
        ),
        Column(
            "valid_to",
            ColumnKind.INSTANT,
            "失效时间",
            "valid until",
            required=False,
            headings=("结束时间", "停用时间", "end"),
        ),
        synthetic_column(),
    ),
    rules=(speed_fits_effect("road_effect", "road_speed_kph"), not_backwards("valid_from", "valid_to")),
)
