"""Nights as tables: the villages of a week, their states over many weeks, and the leaders of a month."""

from __future__ import annotations

from typing import Final

from geo.coverage import LeaderCoverage, StayCoverage, StayHistory
from geo.coverage.judging import STATES
from geo.tables import columns as shared
from geo.tables.table import Book, CellKind, Column, Fact, Places, Table, rows_of

VILLAGES: Final = (
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    shared.TOWN_CODE,
    shared.TOWN_NAME,
    shared.POPULATION,
    shared.STAY_STATE,
    *shared.KEPT,
    Column("team_id", "判定所依队伍", "team judged"),
    shared.REASON,
    shared.EVIDENCE,
    Column("curable_by", "可补足的队伍", "teams that can cure it", CellKind.LIST),
    Column("attention", "关注权重", "attention", CellKind.NUMBER),
)
"""A village of a week."""
_LEADERS: Final = (
    Column("leader_id", "领导编号", "leader id"),
    Column("title", "职务", "title"),
    shared.TOWN_CODE,
    shared.TOWN_NAME,
    shared.STAY_STATE,
    *shared.KEPT,
    shared.REASON,
    shared.EVIDENCE,
)
_AREA: Final = (
    Column("code", shared.VILLAGE_CODE.zh, shared.VILLAGE_CODE.en),
    Column("name", shared.VILLAGE_NAME.zh, shared.VILLAGE_NAME.en),
    shared.TOWN_CODE,
    shared.TOWN_NAME,
)
_STREAKS: Final = tuple(
    Column(name, zh, en, CellKind.COUNT, ("周", "weeks"))
    for name, zh, en in (
        ("met_streak", "当前连续达标", "met in a row now"),
        ("longest_met_streak", "最长连续达标", "longest met in a row"),
        ("lost_streak", "当前连续缺失", "lost in a row now"),
        ("longest_lost_streak", "最长连续缺失", "longest lost in a row"),
    )
)
_AT_VILLAGE: Final = Places("villages", "village_code")


def stay_tables(answer: StayCoverage) -> Book:
    """The villages of a week, in the order of their codes."""
    week = Column("week", "周次", "week")
    rows = tuple((*row, str(answer.week)) for row in rows_of(VILLAGES, answer.villages))
    villages = Table(
        "villages", "村(社区)留宿", "overnight stays", (*VILLAGES, week), rows, ("village_code",), _AT_VILLAGE
    )
    return Book(
        name="stays",
        zh="村(社区)留宿周表",
        en="overnight stays of a week",
        about=str(answer.week),
        tables=(villages,),
        facts=(
            Fact("week", "周次", "week", str(answer.week)),
            Fact("first_day", "周一", "first day", answer.week.monday),
            Fact("last_day", "周日", "last day", answer.week.sunday),
            Fact("quota_nights", "每周应留宿(晚)", "nights owed a week", answer.rules.quota_nights),
        ),
        drawn_from=("villages", "teams", "stays"),
        at=answer.at,
        provenance=answer.provenance,
    )


def history_tables(answer: StayHistory) -> Book:
    """The states, and the nights kept, week by week: a column a week."""
    of_village = (shared.VILLAGE_CODE, shared.VILLAGE_NAME, shared.TOWN_CODE, shared.TOWN_NAME)
    areas = rows_of(_AREA, answer.villages)
    streaks = (answer.met.now, answer.met.longest, answer.lost.now, answer.lost.longest)
    counts = zip(*(one.tolist() for one in streaks), strict=True)
    weeks = [str(week) for week in answer.weeks]
    states = tuple(Column(week, week, week, CellKind.TERM, terms="state") for week in weeks)
    nights = tuple(Column(week, week, week, CellKind.COUNT) for week in weeks)
    first, last = weeks[0], weeks[-1]
    state_rows = tuple(
        (*area, *count, *(STATES[code] for code in codes))
        for area, count, codes in zip(areas, counts, answer.state.tolist(), strict=True)
    )
    night_rows = tuple((*area, *kept) for area, kept in zip(areas, answer.nights.tolist(), strict=True))
    key = ("village_code",)
    return Book(
        name="stay_history",
        zh="村(社区)留宿历史",
        en="history of overnight stays",
        about=f"{first}_{last}",
        tables=(
            Table(
                "states",
                "各周状态",
                "states by week",
                (*of_village, *_STREAKS, *states),
                state_rows,
                key,
                _AT_VILLAGE,
            ),
            Table("nights", "各周留宿晚数", "nights by week", (*of_village, *nights), night_rows, key, _AT_VILLAGE),
        ),
        facts=(
            Fact("from", "首周", "first week", first),
            Fact("to", "末周", "last week", last),
            Fact("quota_nights", "每周应留宿(晚)", "nights owed a week", answer.rules.quota_nights),
        ),
        drawn_from=("villages", "teams", "stays"),
        at=answer.at,
        provenance=answer.provenance,
    )


def leader_tables(answer: LeaderCoverage) -> Book:
    """The stationed leaders of a month, in the order of their ids; each lies in the assigned town."""
    leaders = Table(
        "leaders",
        "驻点市领导留宿",
        "nights of stationed leaders",
        _LEADERS,
        rows_of(_LEADERS, answer.leaders),
        ("leader_id",),
        Places("towns", "town_code"),
    )
    return Book(
        name="leaders",
        zh="驻点市领导留宿月表",
        en="nights of stationed leaders in a month",
        about=str(answer.month),
        tables=(leaders,),
        facts=(
            Fact("month", "月份", "month", str(answer.month)),
            Fact("quota_nights", "每月应留宿(晚)", "nights owed a month", answer.rules.quota_nights),
        ),
        drawn_from=("leaders", "towns", "stays"),
        at=answer.at,
        provenance=answer.provenance,
    )
