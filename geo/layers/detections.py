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
        Column(
            "detection_id",
            ColumnKind.TEXT,
            "编号",
            "detection id",
            headings=("信号编号", "热点编号", "detection number"),
        ),
        Column(
            "kind", ColumnKind.TERM, "类别", "kind", vocabulary=DetectionKind, headings=("类型", "信号类别", "type")
        ),
        Column(
            "source", ColumnKind.TERM, "来源", "source", vocabulary=DetectionSource, headings=("数据来源", "数据源")
        ),
        Column("detected_on", ColumnKind.DATE, "日期", "date, local", headings=("监测日期", "发现日期", "date")),
        Column(
            "detected_at",
            ColumnKind.INSTANT,
            "时间",
            "time, where the source gives one",
            required=False,
            headings=("监测时间", "发现时间", "time"),
        ),
        Column("satellite", ColumnKind.TEXT, "卫星", "satellite", required=False, headings=("卫星名称", "星源")),
        Column(
            "confidence",
            ColumnKind.TEXT,
            "置信度",
            "confidence, as the source gives it",
            required=False,
            headings=("可信度",),
        ),
        Column(
            "frp_mw",
            ColumnKind.NUMBER,
            "辐射功率(兆瓦)",
            "fire radiative power",
            required=False,
            minimum=0,
            headings=("辐射功率", "火辐射功率", "FRP"),
        ),
        Column(
            "accuracy",
            ColumnKind.TEXT,
            "位置精度",
            "place accuracy, as given",
            required=False,
            headings=("精度", "定位精度", "location accuracy"),
        ),
        Column(
            "category",
            ColumnKind.TEXT,
            "分类",
            "category, as given",
            required=False,
            headings=("灾害分类", "landslide category"),
        ),
        Column("outside", ColumnKind.BOOLEAN, "在辖区外", "outside the county", required=False, derived=True),
        synthetic_column(),
    ),
)
