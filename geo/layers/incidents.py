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
        Column("incident_id", ColumnKind.TEXT, "事件编号", "incident id"),
        Column("kind", ColumnKind.TERM, "类别", "kind", vocabulary=IncidentKind),
        Column("summary", ColumnKind.TEXT, "概述", "summary", required=False),
        Column("discovered_at", ColumnKind.INSTANT, "发现时间", "discovered"),
        Column("notified_at", ColumnKind.INSTANT, "通知时间", "notified", required=False),
        Column("handled_at", ColumnKind.INSTANT, "处置时间", "handled", required=False),
        synthetic_column(),
    ),
    rules=(_times_in_order,),
)
