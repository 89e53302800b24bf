"""Closures: roads that are closed or slowed, as a line across or along them or an area, and from when to when."""

from geo.layers.road_effects import not_backwards, speed_fits_effect
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column
from geo.terms import ClosureCause, RoadEffect, VehicleClass

CLOSURES = LayerSpec(
    name="closures",
    title_zh="道路管制",
    title_en="road closures",
    key="closure_id",
    shape=Shape.LINE_OR_POLYGON,
    live=True,
    columns=(
        Column(
            "closure_id",
            ColumnKind.TEXT,
            "管制编号",
            "closure id",
            headings=("编号", "封闭编号", "阻断编号", "closure number"),
        ),
        Column(
            "name", ColumnKind.TEXT, "名称", "name", required=False, headings=("路段", "路段名称", "管制路段", "road")
        ),
        Column(
            "description",
            ColumnKind.TEXT,
            "说明",
            "description",
            required=False,
            headings=("描述", "情况说明", "备注", "remarks"),
        ),
        Column(
            "cause",
            ColumnKind.TERM,
            "原因",
            "cause",
            vocabulary=ClosureCause,
            headings=("管制原因", "封闭原因", "阻断原因", "中断原因", "reason"),
        ),
        Column(
            "effect",
            ColumnKind.TERM,
            "通行影响",
            "effect on the road",
            vocabulary=RoadEffect,
            headings=("影响", "通行状况", "通行状态", "管制方式", "traffic"),
        ),
        Column(
            "speed_kph",
            ColumnKind.NUMBER,
            "缓行车速(公里/时)",
            "speed while slowed",
            required=False,
            minimum=1,
            maximum=130,
            headings=("限速", "限速(公里/时)", "限速(km/h)", "车速", "speed limit"),
        ),
        Column(
            "vehicles",
            ColumnKind.TERM,
            "管制车辆",
            "vehicles concerned",
            vocabulary=VehicleClass,
            headings=("车辆类型", "车辆", "车型", "适用车辆", "vehicle class"),
        ),
        Column(
            "from_at",
            ColumnKind.INSTANT,
            "开始时间",
            "from",
            headings=("起始时间", "管制开始", "封闭时间", "阻断时间", "start"),
        ),
        Column(
            "to_at",
            ColumnKind.INSTANT,
            "结束时间",
            "until",
            required=False,
            headings=("解除时间", "管制结束", "恢复时间", "预计恢复时间", "end"),
        ),
        Column(
            "source", ColumnKind.TEXT, "来源", "source", required=False, headings=("信息来源", "发布单位", "issued by")
        ),
        synthetic_column(),
    ),
    rules=(speed_fits_effect("effect", "speed_kph"), not_backwards("from_at", "to_at")),
)
