"""The week's bulletin as tables: villages without coverage, changes, open incidents, red hazards."""

from __future__ import annotations

from typing import Any, Final

from geo.atlas import Area
from geo.brief import StateChange, WeeklyBrief
from geo.tables import columns as shared
from geo.tables.nights import VILLAGES
from geo.tables.table import Book, CellKind, Column, Fact, Places, Table, rows_of

_CHANGES: Final = (
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    shared.TOWN_CODE,
    shared.TOWN_NAME,
    shared.POPULATION,
    Column("before", "上周状态", "state last week", CellKind.TERM, terms="state"),
    Column("now", "本周状态", "state this week", CellKind.TERM, terms="state"),
    Column("lost_weeks", "连续缺失", "lost in a row", CellKind.COUNT, ("周", "weeks")),
)
_LON: Final = Column("lon", "经度", "longitude", CellKind.NUMBER)
_LAT: Final = Column("lat", "纬度", "latitude", CellKind.NUMBER)
_INCIDENTS: Final = (
    Column("incident_id", "事件编号", "incident id"),
    Column("kind", "类别", "kind", CellKind.TERM, terms="incident"),
    Column("summary", "概述", "summary"),
    Column("discovered_at", "发现时间", "discovered", CellKind.INSTANT),
    Column("notified_at", "通知时间", "notified", CellKind.INSTANT),
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    _LON,
    _LAT,
)
_HAZARDS: Final = (
    Column("layer", "图层", "layer"),
    Column("hazard_id", "编号", "id"),
    Column("name", "名称", "name"),
    Column("kind", "类别", "kind", CellKind.TERM, terms="hazard"),
    Column("people", "涉及人数", "people", CellKind.COUNT, shared.PEOPLE),
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
    _LON,
    _LAT,
)


def brief_tables(answer: WeeklyBrief) -> Book:
    """The bulletin; villages and changes where it matters most first."""
    stays, at_village = answer.review.stays, Places("villages", "village_code")
    changes = (*answer.fallen, *answer.recovered, *answer.still)
    return Book(
        name="brief",
        zh="驻村留宿周报",
        en="weekly bulletin",
        about=str(stays.week),
        tables=(
            Table(
                "lacking",
                "未覆盖的村(社区)",
                "villages without coverage",
                VILLAGES,
                rows_of(VILLAGES, answer.lacking),
                ("village_code",),
                at_village,
            ),
            Table(
                "changes",
                "与上周相比",
                "changes since last week",
                _CHANGES,
                tuple(_change(one) for one in changes),
                ("village_code",),
                at_village,
            ),
            Table(
                "incidents",
                "未处置完的事件",
                "open incidents",
                _INCIDENTS,
                _incidents(answer),
                ("incident_id",),
                lead=1,
            ),
            Table("hazards", "红色隐患", "red hazards", _HAZARDS, _hazards(answer), ("hazard_id",)),
        ),
        facts=(
            Fact("week", "周次", "week", str(stays.week)),
            Fact("first_day", "周一", "first day", stays.week.monday),
            Fact("last_day", "周日", "last day", stays.week.sunday),
            Fact("quota_nights", "每周应留宿(晚)", "nights owed a week", stays.rules.quota_nights),
            Fact("is_comparable", "上周有记录", "last week is on record", answer.is_comparable),
        ),
        drawn_from=("villages", "teams", "stays", "incidents", "risk_zones", "hazard_sites"),
        at=stays.at,
        provenance=stays.provenance,
    )


def _change(one: StateChange) -> tuple[Any, ...]:
    area = one.village
    return (area.code, area.name, area.town_code, area.town_name, area.population, one.before, one.now, one.lost_weeks)


def _incidents(answer: WeeklyBrief) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (
            one.incident_id,
            one.kind,
            one.summary,
            one.discovered_at,
            one.notified_at,
            *_village(one.village),
            one.lon,
            one.lat,
        )
        for one in answer.incidents
    )


def _hazards(answer: WeeklyBrief) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (
            one.hazard.layer,
            one.hazard.hazard_id,
            one.hazard.name,
            one.hazard.kind,
            one.people,
            *_village(one.village),
            one.lon,
            one.lat,
        )
        for one in answer.hazards
    )


def _village(area: Area | None) -> tuple[str | None, str | None]:
    return (None, None) if area is None else (area.code, area.name)
