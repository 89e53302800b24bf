"""Leave as a register lists it: a format of imports, whose rows become events."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geo.layers.spec import Column, ColumnKind, LayerSpec, RowFault, Shape


def _ends_after_it_begins(rows: pd.DataFrame) -> Iterator[RowFault]:
    for position, (first, last) in enumerate(zip(rows["first_day"], rows["last_day"], strict=True)):
        if last < first:
            yield position, "last_day", last, f"is before first_day {first}", ""


LEAVE = LayerSpec(
    name="leave",
    title_zh="请假记录",
    title_en="leave",
    key="leave_id",
    shape=Shape.TABLE,
    columns=(
        Column(
            "leave_id",
            ColumnKind.TEXT,
            "请假编号",
            "leave id",
            required=False,
            headings=("编号", "序号", "记录编号", "假单编号", "record id"),
        ),
        Column("team_id", ColumnKind.TEXT, "队伍编号", "team id", headings=("工作队编号", "队伍代码", "team code")),
        Column(
            "member_id",
            ColumnKind.TEXT,
            "队员编号",
            "member id",
            headings=("人员编号", "成员编号", "队员代码", "工号", "member code"),
        ),
        Column(
            "first_day",
            ColumnKind.DATE,
            "请假开始日期",
            "first day",
            headings=("开始日期", "起始日期", "请假起始日期", "请假日期起", "from", "start date", "begin"),
        ),
        Column(
            "last_day",
            ColumnKind.DATE,
            "请假结束日期",
            "last day",
            headings=("结束日期", "截止日期", "终止日期", "请假截止日期", "请假日期止", "to", "until", "end date"),
        ),
        Column(
            "reason",
            ColumnKind.TEXT,
            "请假事由",
            "reason",
            required=False,
            headings=("事由", "原因", "请假原因", "请假类型", "假别"),
        ),
    ),
    rules=(_ends_after_it_begins,),
)
