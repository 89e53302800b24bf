"""Risk zones: areas of forest-fire class and of geological risk, on the common hazard scale."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column
from geo.terms import HazardKind, HazardLevel

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
        synthetic_column(),
    ),
)
