"""Detections: satellite hotspots and catalogue entries. Claims to look into, never hazards by themselves (R22)."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column
from geo.terms import DetectionKind, DetectionSource

DETECTIONS = LayerSpec(
    name="detections",
    title_zh="监测信号(未核实)",
    title_en="detections (unverified)",
    key="detection_id",
    shape=Shape.POINT,
    columns=(
        Column("detection_id", ColumnKind.TEXT, "编号", "detection id"),
        Column("kind", ColumnKind.TERM, "类别", "kind", vocabulary=DetectionKind),
        Column("source", ColumnKind.TERM, "来源", "source", vocabulary=DetectionSource),
        Column("detected_on", ColumnKind.DATE, "日期", "date, local"),
        Column("detected_at", ColumnKind.INSTANT, "时间", "time, where the source gives one", required=False),
        Column("satellite", ColumnKind.TEXT, "卫星", "satellite", required=False),
        Column("confidence", ColumnKind.TEXT, "置信度", "confidence, as the source gives it", required=False),
        Column("frp_mw", ColumnKind.NUMBER, "辐射功率(兆瓦)", "fire radiative power", required=False, minimum=0),
        Column("accuracy", ColumnKind.TEXT, "位置精度", "place accuracy, as given", required=False),
        Column("category", ColumnKind.TEXT, "分类", "category, as given", required=False),
        Column("outside", ColumnKind.BOOLEAN, "在辖区外", "outside the county", required=False, derived=True),
        synthetic_column(),
    ),
)
