"""What roads let teams do, as tables: who reaches every place in time, and who can reinforce a village."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from geo.reach import PlaceReach, ReachCoverage
from geo.reinforce import Reinforcement
from geo.tables import columns as shared
from geo.tables.table import SENTENCE, Book, CellKind, Column, Fact, Places, Table, rows_of

_SECONDS: Final = ("秒", "s")
_METRES: Final = ("米", "m")
_FIRST: Final = 3
_REACH: Final = (
    Column("code", "代码", "code"),
    Column("name", "名称", "name"),
    shared.VILLAGE_CODE,
    Column("people", "人数", "people", CellKind.COUNT, shared.PEOPLE),
    Column("state", "能否按时到达", "state", CellKind.TERM, terms="reach"),
    Column("in_time", "按时到达", "in time", CellKind.COUNT, ("支", "teams")),
    Column("nearest_road_m", "距最近道路", "nearest road", CellKind.NUMBER, _METRES),
    shared.REASON,
)
_ARRIVALS: Final = tuple(
    column
    for rank in range(1, _FIRST + 1)
    for column in (
        Column(f"team_{rank}", f"第{rank}到队伍", f"team {rank}"),
        Column(f"arrival_{rank}_s", f"第{rank}到用时", f"arrival {rank}", CellKind.NUMBER, _SECONDS),
        Column(f"recall_{rank}", f"第{rank}到为召回", f"team {rank} is recalled", CellKind.FLAG),
    )
)
_DONOR: Final = (
    Column("rank", "次序", "rank", CellKind.COUNT),
    shared.TEAM_ID,
    Column("name", "队伍", "team"),
    shared.TEAM_KIND,
    shared.UNIT,
    Column("tier", "来源", "tier", CellKind.TERM, terms="donor_tier"),
    Column("strength", "队员数", "strength", CellKind.COUNT, shared.PEOPLE),
    Column("lends", "可增援", "lends", CellKind.COUNT, shared.PEOPLE),
    Column("stays", "留守", "stays", CellKind.COUNT, shared.PEOPLE),
    Column("recall", "须召回", "recalled", CellKind.FLAG),
    Column("straight_m", "直线距离", "straight distance", CellKind.NUMBER, _METRES),
    shared.REASON,
)
_DONORS: Final = (
    *_DONOR,
    Column("arrival_s", "到达用时", "arrival", CellKind.NUMBER, _SECONDS),
    shared.VILLAGE_CODE,
    shared.VILLAGE_NAME,
)


def reach_tables(answer: ReachCoverage) -> Book:
    """Villages, grids and hazard sites with the teams that come first."""
    return Book(
        name="reach",
        zh="按时到达情况",
        en="who is reached in time",
        about=f"{answer.minutes}min_{answer.at:%Y-%m-%dT%H%M}",
        tables=(
            _places("villages", "村(社区)", "villages", answer.villages),
            _places("grids", "网格", "grids", answer.grids),
            _places("hazard_sites", "地质灾害隐患点", "hazard sites", answer.hazard_sites),
        ),
        facts=(
            Fact("minutes", "时限(分钟)", "minutes", answer.minutes),
            Fact("teams", "须到队伍(支)", "teams needed", answer.teams),
            Fact("notice_s", "出动准备(秒)", "notice (s)", answer.notice_s),
            Fact("available", "计入的队伍", "teams that count", answer.available.value),
            Fact("closures", "道路管制", "closures", tuple(one.label for one in answer.closures)),
        ),
        drawn_from=("villages", "grids", "hazard_sites", "teams", "roads", "closures"),
        at=answer.at,
        provenance=answer.provenance,
    )


def reinforcement_tables(answer: Reinforcement) -> Book:
    """The donors in the order of R19, each at the station of the village where it serves."""
    donors = tuple(
        (*row, None if one.arrival is None else one.arrival.arrival_s, one.village.code, one.village.name)
        for row, one in zip(rows_of(_DONOR, answer.donors), answer.donors, strict=True)
    )
    at_station = Places("stations", "village_code")
    return Book(
        name="reinforcement",
        zh=f"增援{answer.village.name}",
        en=f"reinforcements for {answer.village.name}",
        about=answer.village.code,
        tables=(Table("donors", "可增援队伍", "donors", _DONORS, donors, ("team_id",), at_station, lead=3),),
        facts=(
            Fact("village_code", "受援村(社区)代码", "village code", answer.village.code),
            Fact("members", "所需人数", "members needed", answer.members),
            Fact("offered", "可增援人数", "members offered", answer.offered),
            Fact("available", "计入的队伍", "teams that count", answer.available.value),
            Fact(SENTENCE, "判定说明", "reason", answer.reason),
            Fact("closures", "道路管制", "closures", tuple(one.label for one in answer.closures)),
        ),
        drawn_from=("villages", "stations", "teams", "roads", "closures"),
        at=answer.at,
        provenance=answer.provenance,
    )


def _places(name: str, zh: str, en: str, places: tuple[PlaceReach, ...]) -> Table:
    rows = tuple((*row, *_arrivals(place)) for row, place in zip(rows_of(_REACH, places), places, strict=True))
    return Table(name, zh, en, (*_REACH, *_ARRIVALS), rows, ("code",), Places(name, "code"))


def _arrivals(place: PlaceReach) -> Iterable[Any]:
    for rank in range(_FIRST):
        first = place.arrivals[rank] if rank < len(place.arrivals) else None
        yield from (None, None, None) if first is None else (first.team_id, first.arrival_s, first.recall)
