"""The board of a mobilisation order as tables: teams, members, villages and towns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from geo.order_board import OrderArea, OrderBoard, Tally
from geo.tables import columns as shared
from geo.tables.table import Book, CellKind, Column, Fact, Places, Table, rows_of
from geo.terms import OrderState

_STATES: Final = {
    OrderState.ON_STATION: ("按时到岗", "on station"),
    OrderState.LATE: ("迟到", "late"),
    OrderState.ON_THE_WAY: ("在途", "on the way"),
    OrderState.MISSING: ("未到", "missing"),
    OrderState.RELEASED: ("已解除", "released"),
    OrderState.ON_LEAVE: ("请假", "on leave"),
    OrderState.RESERVE: ("留守", "reserve"),
}
_TALLY: Final = (
    Column("expected", "应到", "expected", CellKind.COUNT, shared.PEOPLE),
    *(Column(state.value, *_STATES[state], CellKind.COUNT, shared.PEOPLE) for state in OrderState),
    Column("left", "到后离开", "arrived and left", CellKind.COUNT, shared.PEOPLE),
    Column("complete", "已到齐", "complete", CellKind.FLAG),
    Column("first_at", "首个到岗", "first arrival", CellKind.INSTANT),
    Column("third_at", "第三个到岗", "third arrival", CellKind.INSTANT),
    Column("last_at", "最后到岗", "last arrival", CellKind.INSTANT),
)
_TEAM: Final = (
    shared.TEAM_ID,
    Column("name", "队伍", "team"),
    shared.TEAM_KIND,
    shared.UNIT,
    shared.VILLAGE_CODE,
)
_MEMBER: Final = (
    Column("state", "状态", "state", CellKind.TERM, terms="order_state"),
    Column("arrived_at", "到岗时间", "arrived", CellKind.INSTANT),
    Column("left_at", "离开时间", "left", CellKind.INSTANT),
    Column("estimated_at", "预计到岗", "expected at", CellKind.INSTANT),
    shared.VILLAGE_CODE,
    Column("grid_code", "网格编码", "grid code"),
    shared.REASON,
    Column("event", "依据事件号", "event", CellKind.COUNT),
)
_MEMBERS: Final = (shared.TEAM_ID, Column("name", "队伍", "team"), shared.MEMBER_ID, *_MEMBER)


def order_tables(answer: OrderBoard, *, named: Callable[[str], bool]) -> Book:
    """The teams that the order calls, their members, and the sums of villages and towns.

    Members have ids where they are `named`, by the code of their team's village.
    """
    order = answer.order
    teams = tuple(
        (*row, *_summed(team.tally)) for row, team in zip(rows_of(_TEAM, answer.teams), answer.teams, strict=True)
    )
    at_station = Places("stations", "village_code")
    return Book(
        name="mobilisation",
        zh="动员令到岗情况",
        en="board of a mobilisation order",
        about=order.order_id,
        tables=(
            Table("teams", "各队到岗", "teams", (*_TEAM, *_TALLY), teams, ("team_id",), at_station),
            Table("members", "队员到岗", "members", _MEMBERS, _members(answer, named), (), at_station, lead=3),
            _areas("villages", "村(社区)汇总", "villages", answer.villages),
            _areas("towns", "乡镇(街道)汇总", "towns", answer.towns),
        ),
        facts=(
            Fact("order_id", "动员令编号", "order", order.order_id),
            Fact("cause", "事由", "cause", order.cause),
            Fact("scope", "范围代码", "scope (codes)", order.scope),
            Fact("issued_at", "发布时间(T0)", "issued (T0)", order.issued_at),
            Fact("limit_at", "到岗时限", "limit", answer.limit_at),
            Fact("ends_at", "结束时间", "ends", order.ends_at),
            Fact("judged_at", "判定时间", "judged at", answer.judged_at),
            Fact("in_force", "生效中", "in force", answer.in_force),
        ),
        drawn_from=("villages", "stations", "teams", "roads"),
        at=answer.at,
        provenance=answer.provenance,
    )


def _members(answer: OrderBoard, named: Callable[[str], bool]) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (team.team_id, team.name, member.member_id if named(team.village_code) else None, *row)
        for team in answer.teams
        for member, row in zip(team.members, rows_of(_MEMBER, team.members), strict=True)
    )


def _areas(name: str, zh: str, en: str, areas: Iterable[OrderArea]) -> Table:
    columns = (
        Column("code", "代码", "code"),
        Column("name", "名称", "name"),
        Column("teams", "队伍", "teams", CellKind.COUNT, ("支", "teams")),
        *_TALLY,
    )
    rows = tuple((one.code, one.name, one.teams, *_summed(one.tally)) for one in areas)
    return Table(name, zh, en, columns, rows, ("code",), Places(name, "code"))


def _summed(tally: Tally) -> tuple[Any, ...]:
    counts = (tally.counts[state] for state in OrderState)
    return tally.expected, *counts, tally.left, tally.complete, tally.first_at, tally.third_at, tally.last_at
