"""Frontline teams: where they serve, who sent them, what they can do (R02, R03, R15a)."""

from collections.abc import Iterator

import pandas as pd

from geo.layers.spec import (
    Column,
    ColumnKind,
    LayerSpec,
    Reference,
    RowFault,
    Shape,
    source_id_column,
    synthetic_column,
)
from geo.terms import Skill, TeamKind


def _assignment_order(teams: pd.DataFrame) -> Iterator[RowFault]:
    for position, (start, end) in enumerate(zip(teams["assigned_from"], teams["assigned_to"], strict=True)):
        if start is not None and end is not None and end < start:
            yield position, "assigned_to", end, f"is before assigned_from {start}", ""


TEAMS = LayerSpec(
    name="teams",
    title_zh="一线工作队",
    title_en="frontline teams",
    key="team_id",
    shape=Shape.POINT,
    required=True,
    columns=(
        Column(
            "team_id",
            ColumnKind.TEXT,
            "队伍编号",
            "team id",
            headings=("队伍代码", "工作队编号", "编号", "team code", "team number"),
        ),
        Column(
            "name",
            ColumnKind.TEXT,
            "名称",
            "name",
            headings=("队伍名称", "工作队", "工作队名称", "队名", "team", "team name"),
        ),
        Column(
            "kind",
            ColumnKind.TERM,
            "派出层级",
            "kind",
            vocabulary=TeamKind,
            headings=("队伍类别", "队伍类型", "类别", "类型", "派出类型", "team kind", "type"),
        ),
        Column(
            "village_code",
            ColumnKind.TEXT,
            "驻村代码",
            "village code",
            pattern=r"\d{12}",
            headings=("村代码", "驻点村代码", "驻村村代码", "所在村代码"),
        ),
        Column(
            "unit",
            ColumnKind.TEXT,
            "派出单位",
            "sending unit",
            required=False,
            headings=("派驻单位", "帮扶单位", "单位", "所属单位", "unit name"),
        ),
        Column(
            "skills",
            ColumnKind.TERMS,
            "专长",
            "skills",
            required=False,
            vocabulary=Skill,
            headings=("技能", "特长", "专业技能", "skill"),
        ),
        Column(
            "strength",
            ColumnKind.INTEGER,
            "队员数",
            "strength",
            minimum=0,
            headings=("人数", "队伍人数", "队员人数", "成员数", "力量", "members"),
        ),
        Column(
            "station",
            ColumnKind.TEXT,
            "工作站",
            "station (code)",
            required=False,
            headings=("工作站代码", "所属工作站", "station code"),
        ),
        Column(
            "base",
            ColumnKind.TEXT,
            "派出单位驻地",
            "base (code)",
            required=False,
            headings=("驻地", "驻地代码", "base code"),
        ),
        Column(
            "assigned_from",
            ColumnKind.DATE,
            "驻村开始",
            "assigned from",
            required=False,
            headings=("派驻开始", "开始日期", "起始日期", "驻村开始日期", "start date", "from"),
        ),
        Column(
            "assigned_to",
            ColumnKind.DATE,
            "驻村结束",
            "assigned to",
            required=False,
            headings=("派驻结束", "结束日期", "截止日期", "驻村结束日期", "end date", "to"),
        ),
        Column(
            "leader_name",
            ColumnKind.TEXT,
            "队长姓名",
            "team leader",
            required=False,
            restricted=True,
            headings=("队长", "负责人", "队长名字", "联系人"),
        ),
        Column(
            "leader_phone",
            ColumnKind.TEXT,
            "队长电话",
            "leader's phone",
            required=False,
            restricted=True,
            headings=("联系电话", "电话", "手机", "手机号", "队长手机", "phone"),
        ),
        source_id_column(),
        synthetic_column(),
    ),
    references=(Reference("village_code", "villages"), Reference("station", "stations"), Reference("base", "stations")),
    rules=(_assignment_order,),
)
