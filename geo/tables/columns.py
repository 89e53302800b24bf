"""The columns that several tables share, each with one heading in either language."""

from __future__ import annotations

from typing import Final

from geo.tables.table import SENTENCE, CellKind, Column

NIGHTS: Final = ("晚", "nights")
PEOPLE: Final = ("人", "people")

VILLAGE_CODE: Final = Column("village_code", "村(社区)代码", "village code")
VILLAGE_NAME: Final = Column("village_name", "村(社区)", "village")
TOWN_CODE: Final = Column("town_code", "乡镇(街道)代码", "town code")
TOWN_NAME: Final = Column("town_name", "乡镇(街道)", "town")
POPULATION: Final = Column("population", "人口", "population", CellKind.COUNT, PEOPLE)
TEAM_ID: Final = Column("team_id", "队伍编号", "team id")
TEAM_KIND: Final = Column("kind", "派出层级", "kind", CellKind.TERM, terms="team_kind")
UNIT: Final = Column("unit", "派出单位", "sending unit")
MEMBER_ID: Final = Column("member_id", "队员编号", "member id")
REASON: Final = Column(SENTENCE, "判定说明", "reason")
EVIDENCE: Final = Column("evidence", "依据事件号", "evidence (events)", CellKind.LIST)
EVENINGS: Final = Column("evenings", "计入的夜晚", "evenings that count", CellKind.LIST)
STAY_STATE: Final = Column("state", "状态", "state", CellKind.TERM, terms="state")
ATTENDANCE: Final = Column("state", "到岗情况", "attendance", CellKind.TERM, terms="attendance")

KEPT: Final = (
    Column("nights", "已留宿", "nights kept", CellKind.COUNT, NIGHTS),
    Column("quota", "应留宿", "quota", CellKind.COUNT, NIGHTS),
    Column("shortfall", "尚缺", "shortfall", CellKind.COUNT, NIGHTS),
    Column("nights_left", "剩余可补", "nights left", CellKind.COUNT, NIGHTS),
    EVENINGS,
)
"""What was kept of a quota of nights, and what is owed."""
