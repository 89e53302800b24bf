"""Duty as tables: every team on a day, and one team's week."""

from __future__ import annotations

from typing import Final

from geo.coverage import DutyCoverage, TeamWeek
from geo.tables import columns as shared
from geo.tables.table import Book, CellKind, Column, Fact, Places, Table, rows_of

_ATTENDANCE: Final = (
    Column("required", "应到岗", "duty owed", CellKind.FLAG),
    shared.ATTENDANCE,
    Column("is_met", "已履职", "done", CellKind.FLAG),
    Column("members", "到岗", "present", CellKind.COUNT, shared.PEOPLE),
    Column("available", "可用", "available", CellKind.COUNT, shared.PEOPLE),
    shared.REASON,
    shared.EVIDENCE,
)
_TEAMS: Final = (
    shared.TEAM_ID,
    Column("team_name", "队伍", "team"),
    shared.TEAM_KIND,
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    shared.TOWN_CODE,
    shared.TOWN_NAME,
    *_ATTENDANCE,
)
_DAYS: Final = (
    Column("day", "日期", "date", CellKind.DATE),
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    *_ATTENDANCE,
)
_NIGHTS: Final = (
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    shared.STAY_STATE,
    *(column for column in shared.KEPT if column.name != "quota"),
    shared.EVIDENCE,
)
_MEMBERS: Final = (shared.MEMBER_ID, Column("nights", "已留宿", "nights kept", CellKind.COUNT, shared.NIGHTS))


def duty_tables(answer: DutyCoverage) -> Book:
    """Every team that serves on the day, at the station of the village where it does."""
    teams = Table(
        "teams",
        "值班到岗",
        "duty attendance",
        _TEAMS,
        rows_of(_TEAMS, answer.teams),
        ("team_id", "village_code"),
        Places("stations", "village_code"),
    )
    return Book(
        name="duty",
        zh="值班到岗日表",
        en="duty attendance of a day",
        about=answer.date.isoformat(),
        tables=(teams,),
        facts=(
            Fact("date", "日期", "date", answer.date),
            Fact("full_strength", "满员(人)", "full strength", answer.rules.full_strength),
        ),
        drawn_from=("villages", "stations", "teams"),
        at=answer.at,
        provenance=answer.provenance,
    )


def team_tables(answer: TeamWeek, *, named: bool) -> Book:
    """A team's nights by village, its days, and its members' nights; these have ids for who may know them (`named`)."""
    nights = Table(
        "nights",
        "本周留宿",
        "nights of the week",
        _NIGHTS,
        rows_of(_NIGHTS, answer.villages),
        ("village_code",),
        Places("villages", "village_code"),
    )
    days = Table(
        "days",
        "本周值班",
        "duty of the week",
        _DAYS,
        rows_of(_DAYS, answer.days),
        ("day", "village_code"),
        Places("stations", "village_code"),
        lead=1,
    )
    own = tuple((member_id if named else None, kept) for member_id, kept in answer.member_nights.items())
    members = Table("members", "队员留宿(不考核)", "members' nights, not judged", _MEMBERS, own, ("member_id",), lead=1)
    return Book(
        name="team",
        zh=f"工作队周表 {answer.name}",
        en=f"week of {answer.name}",
        about=f"{answer.team_id}_{answer.week}",
        tables=(nights, days, members),
        facts=(
            Fact("team_id", "队伍编号", "team id", answer.team_id),
            Fact("name", "队伍", "team", answer.name),
            Fact("unit", "派出单位", "sending unit", answer.unit),
            Fact("week", "周次", "week", str(answer.week)),
            Fact("strength", "队员数", "strength", answer.crew.strength),
            Fact("quota_nights", "每周应留宿(晚)", "nights owed a week", answer.quota),
            Fact("owed_nights", "尚欠且可补(晚)", "nights still owed", answer.owed_nights),
            Fact("owed_days", "尚应到岗日", "duty days still owed", answer.owed_days),
        ),
        drawn_from=("villages", "stations", "teams", "stays"),
        at=answer.at,
        provenance=answer.provenance,
    )
