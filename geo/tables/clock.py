"""The coverage clock as tables: the villages, the county's strip, and who is in time in every hour."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from geo.coverage_clock import CoverageClock
from geo.tables import columns as shared
from geo.tables.table import SENTENCE, Book, CellKind, Column, Fact, Places, Table, rows_of

_VILLAGES: Final = ("个村(社区)", "villages")
_AREA: Final = (
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    shared.TOWN_CODE,
    shared.TOWN_NAME,
)
_SHARES: Final = (
    Column("share_one", "1人能到的时段占比", "hours with one member", CellKind.SHARE),
    Column("share_full", "满员能到的时段占比", "hours with the full strength", CellKind.SHARE),
    Column("worst_at", "最薄弱时段", "worst hour", CellKind.INSTANT),
    Column("worst_members", "最薄弱时段能到", "members in the worst hour", CellKind.COUNT, shared.PEOPLE, "members"),
    Column("worst_arrival_s", "最薄弱时段最后到达用时", "last arrival in the worst hour", CellKind.NUMBER, ("秒", "s")),
)
_HOURS: Final = (
    Column("at", "时段开始", "hour begins", CellKind.INSTANT),
    Column("villages_one", "1人能到", "one member in time", CellKind.COUNT, _VILLAGES),
    Column("villages_full", "满员能到", "full strength in time", CellKind.COUNT, _VILLAGES),
    Column("people_one", "1人能到的村人口", "people, one member", CellKind.COUNT, shared.PEOPLE),
    Column("people_full", "满员能到的村人口", "people, full strength", CellKind.COUNT, shared.PEOPLE),
    Column("calendar_known", "工作日已知", "workdays known", CellKind.FLAG),
)


def clock_tables(answer: CoverageClock, at: datetime) -> Book:
    """The villages with their shares and worst hours, the county's hours, and members by village and hour."""
    areas = [(one.area.code, one.area.name, one.area.town_code, one.area.town_name) for one in answer.villages]
    people = [one.area.population for one in answer.villages]
    shares = rows_of(_SHARES, answer.villages)
    begins = [hour.at for hour in answer.hours]
    hours = tuple(
        Column(f"{one:%m-%dT%H}", f"{one:%m-%d} {one.hour}时", f"{one:%m-%d %H}:00", CellKind.COUNT, None, "members")
        for one in begins
    )
    at_village, key = Places("villages", "village_code"), ("village_code",)
    return Book(
        name="clock",
        zh="两小时到岗时段表",
        en="coverage clock of a week",
        about=str(answer.week),
        tables=(
            Table(
                "villages",
                "村(社区)",
                "villages",
                (*_AREA, shared.POPULATION, *_SHARES),
                tuple((*area, count, *share) for area, count, share in zip(areas, people, shares, strict=True)),
                key,
                at_village,
            ),
            Table("hours", "全县逐时", "county by hour", _HOURS, rows_of(_HOURS, answer.hours), ("at",), lead=1),
            Table(
                "members",
                "各村逐时能到人数",
                "members by hour",
                (*_AREA, *hours),
                tuple((*area, *one.members) for area, one in zip(areas, answer.villages, strict=True)),
                key,
                at_village,
            ),
        ),
        facts=(
            Fact("week", "周次", "week", str(answer.week)),
            Fact("available", "计入的队伍", "teams that count", answer.available.value),
            Fact("full_strength", "满员(人)", "full strength", answer.full_strength),
            Fact("limit_s", "时限(秒)", "limit (s)", answer.limit_s),
            Fact("worst_at", "全县最薄弱时段", "the county's worst hour", answer.worst_at),
            Fact(SENTENCE, "判定说明", "reason", answer.reason),
        ),
        drawn_from=("villages", "teams", "stations", "roads", "closures"),
        at=at,
        provenance=answer.provenance,
    )
