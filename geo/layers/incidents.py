"""Incidents, with the three times of R20: discovered, notified, handled."""

from collections.abc import Iterator

import pandas as pd

from geo.layers.spec import Column, ColumnKind, LayerSpec, RowFault, Shape, synthetic_column
from geo.terms import IncidentKind


def _times_in_order(incidents: pd.DataFrame) -> Iterator[RowFault]:
    for earlier, later in (("discovered_at", "notified_at"), ("notified_at", "handled_at")):
        backwards = incidents[later] < incidents[earlier]
        unknown = incidents[later].notna() & incidents[earlier].isna()
        for position in range(len(incidents)):
            if backwards.iloc[position] or unknown.iloc[position]:
                value = incidents[later].iloc[position].isoformat()
                problem = f"comes before {earlier}" if backwards.iloc[position] else f"is given without {earlier}"
                yield position, later, value, problem, "R20: discovered, notified, handled"


INCIDENTS = LayerSpec(
    name="incidents",
    title_zh="事件",
    title_en="incidents",
    key="incident_id",
    shape=Shape.POINT,
    live=True,
    columns=(
        Column(
            "incident_id",
            ColumnKind.TEXT,
            "事件编号",
            "incident id",
            headings=("编号", "事件号", "事件代码", "incident number"),
        ),
        Column(
            "kind",
            ColumnKind.TERM,
            "类别",
            "kind",
            vocabulary=IncidentKind,
            headings=("类型", "事件类型", "事件类别", "灾害类型", "type"),
        ),
        Column(
            "summary",
            ColumnKind.TEXT,
            "概述",
            "summary",
            required=False,
            headings=("描述", "事件描述", "事件概述", "情况说明", "内容", "description"),
        ),
        Column(
            "discovered_at",
            ColumnKind.INSTANT,
            "发现时间",
            "discovered",
            headings=("发现时刻", "discovered time", "found at"),
        ),
        Column(
            "notified_at",
            ColumnKind.INSTANT,
            "通知时间",
            "notified",
            required=False,
            headings=("通知时刻", "告知时间", "notified time"),
        ),
        Column(
            "handled_at",
            ColumnKind.INSTANT,
            "处置时间",
            "handled",
            required=False,
            headings=("处理时间", "办结时间", "处置完成时间", "handled time"),
        ),
        synthetic_column(),
    ),
    rules=(_times_in_order,),
)
