"""Forest-fire class by day (森林火险等级, QX/T 77-2007): what the weather service or the county gives out for an area.

A bulletin is one row for each area that it names. A day without a row has no class: nobody gave one, which is not low.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, RowFault, Shape, is_missing, synthetic_column
from geo.terms import HazardKind, HazardLevel


def _complete_id(dangers: pd.DataFrame) -> pd.DataFrame:
    """Name each row after its area and first day: a second class for both is a fault, or an upsert."""
    nothing = [None] * len(dangers)
    areas, days = (dangers.get(name, nothing) for name in ("area_code", "first_day"))
    ids = [
        None if is_missing(area) or is_missing(day) else f"{str(area).strip()}/{str(day).strip()[:10]}"
        for area, day in zip(areas, days, strict=True)
    ]
    return dangers.assign(danger_id=pd.Series(ids, index=dangers.index, dtype=object))


def _ends_after_it_begins(dangers: pd.DataFrame) -> Iterator[RowFault]:
    for position, (first, last) in enumerate(zip(dangers["first_day"], dangers["last_day"], strict=True)):
        if last is not None and last < first:
            yield position, "last_day", last, f"is before first_day {first}", ""


FIRE_DANGERS = LayerSpec(
    name="fire_dangers",
    title_zh="森林火险等级(逐日)",
    title_en="forest-fire class by day",
    key="danger_id",
    shape=Shape.TABLE,
    hazard=HazardKind.FOREST_FIRE,
    columns=(
        Column("danger_id", ColumnKind.TEXT, "记录编号", "area and first day", required=False),
        Column(
            "area_code",
            ColumnKind.TEXT,
            "行政区划代码",
            "code of the county or town",
            pattern=r"\d{6}|\d{9}",
            headings=("区划代码", "乡镇代码", "地区代码", "area"),
        ),
        Column(
            "first_day",
            ColumnKind.DATE,
            "预报日期",
            "first day",
            headings=("日期", "生效日期", "开始日期", "day", "date", "from"),
        ),
        Column(
            "last_day",
            ColumnKind.DATE,
            "截止日期",
            "last day (the first, where it is missing)",
            required=False,
            headings=("结束日期", "失效日期", "to", "until", "end date"),
        ),
        Column(
            "fire_class",
            ColumnKind.LEVEL,
            "森林火险等级",
            "fire class (5 is worst)",
            vocabulary=HazardLevel,
            headings=("火险等级", "等级", "预警等级", "预警颜色", "class", "level", "colour"),
        ),
        Column(
            "issued_at",
            ColumnKind.INSTANT,
            "发布时间",
            "issued",
            required=False,
            headings=("发布日期时间", "签发时间", "issued time"),
        ),
        Column("issuer", ColumnKind.TEXT, "发布单位", "issuer", required=False, headings=("发布机构", "签发单位")),
        Column("source", ColumnKind.TEXT, "来源", "source", required=False, headings=("数据来源", "出处", "url")),
        synthetic_column(),
    ),
    references=(Reference("area_code", "county", or_layer="towns"),),
    complete=_complete_id,
    completed=("danger_id",),
    rules=(_ends_after_it_begins,),
)
