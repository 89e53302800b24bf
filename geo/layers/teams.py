"""Frontline teams: where they serve, who sent them, what they can do (R02, R03, R15a)."""

from collections.abc import Iterator

import pandas as pd

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, RowFault, Shape, synthetic_column
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
        Column("team_id", ColumnKind.TEXT, "队伍编号", "team id"),
        Column("name", ColumnKind.TEXT, "名称", "name"),
        Column("kind", ColumnKind.TERM, "派出层级", "kind", vocabulary=TeamKind),
        Column("village_code", ColumnKind.TEXT, "驻村代码", "village code", pattern=r"\d{12}"),
        Column("unit", ColumnKind.TEXT, "派出单位", "sending unit", required=False),
        Column("skills", ColumnKind.TERMS, "专长", "skills", required=False, vocabulary=Skill),
        Column("strength", ColumnKind.INTEGER, "队员数", "strength", minimum=0),
        Column("station", ColumnKind.TEXT, "工作站", "station (code)", required=False),
        Column("base", ColumnKind.TEXT, "派出单位驻地", "base (code)", required=False),
        Column("assigned_from", ColumnKind.DATE, "驻村开始", "assigned from", required=False),
        Column("assigned_to", ColumnKind.DATE, "驻村结束", "assigned to", required=False),
        Column("leader_name", ColumnKind.TEXT, "队长姓名", "team leader", required=False, restricted=True),
        Column("leader_phone", ColumnKind.TEXT, "队长电话", "leader's phone", required=False, restricted=True),
        synthetic_column(),
    ),
    references=(
        Reference("village_code", "villages"),
        Reference("station", "stations"),
        Reference("base", "stations"),
    ),
    rules=(_assignment_order,),
)
