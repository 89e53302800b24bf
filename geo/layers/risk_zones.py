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
        Column("zone_id", ColumnKind.TEXT, "风险区编号", "zone id"),
        Column("name", ColumnKind.TEXT, "名称", "name"),
        Column("kind", ColumnKind.TERM, "灾害类型", "hazard kind", vocabulary=HazardKind),
        Column("level", ColumnKind.LEVEL, "风险等级", "level (5 is worst)", vocabulary=HazardLevel),
        synthetic_column(),
    ),
)
