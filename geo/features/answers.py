"""The answers that planners map, as layers of their own: stay coverage by week, bands of reach, exposure.

Each is the answer to the question asked without arguments, at one instant; incidents are a layer already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd

from geo import crs
from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import DAY, Week
from geo.coverage import stay_history
from geo.coverage.history import MOST_WEEKS
from geo.coverage.judging import STATES
from geo.exposure import ExposedArea, exposure
from geo.features.times import Span, parse_datetime
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, check_rows
from geo.reach import reach_areas
from geo.terms import HazardKind, HazardLevel, StayState

_JUDGED: Final = [STATES.index(state) for state in (StayState.MET, StayState.CURABLE, StayState.LOST)]

STAY_COVERAGE: Final = LayerSpec(
    name="stay_coverage",
    title_zh="驻村留宿覆盖(按周)",
    title_en="stay coverage by week",
    key="coverage_id",
    shape=Shape.POLYGON,
    live=True,
    columns=(
        Column("coverage_id", ColumnKind.TEXT, "编号", "id (village and week)"),
        Column("week", ColumnKind.TEXT, "周次", "ISO week", pattern=r"\d{4}-W\d{2}"),
        Column("first_day", ColumnKind.DATE, "周一", "Monday"),
        Column("last_day", ColumnKind.DATE, "周日", "Sunday"),
        Column("village_code", ColumnKind.TEXT, "村(社区)代码", "village code", pattern=r"\d{12}"),
        Column("village_name", ColumnKind.TEXT, "村(社区)", "village"),
        Column("town_code", ColumnKind.TEXT, "乡镇(街道)代码", "town code", pattern=r"\d{9}"),
        Column("town_name", ColumnKind.TEXT, "乡镇(街道)", "town", required=False),
        Column("population", ColumnKind.INTEGER, "人口", "population", required=False, minimum=0),
        Column("state", ColumnKind.TERM, "状态", "state", vocabulary=StayState),
        Column("nights", ColumnKind.INTEGER, "已留宿(晚)", "nights kept", minimum=0),
        Column("quota", ColumnKind.INTEGER, "应留宿(晚)", "nights owed a week", minimum=0),
        Column("shortfall", ColumnKind.INTEGER, "尚缺(晚)", "nights short", minimum=0),
    ),
)
REACH: Final = LayerSpec(
    name="reach",
    title_zh="到岗时间带",
    title_en="reach: minutes to the first arrival",
    key="band_id",
    shape=Shape.POLYGON,
    live=True,
    columns=(
        Column("band_id", ColumnKind.TEXT, "编号", "id (minutes from and to)"),
        Column("from_minutes", ColumnKind.INTEGER, "多于(分钟)", "after more than", minimum=0),
        Column("to_minutes", ColumnKind.INTEGER, "不多于(分钟)", "within", minimum=1),
        Column("area_km2", ColumnKind.NUMBER, "面积(平方公里)", "area", minimum=0),
        Column("at", ColumnKind.INSTANT, "出动时间", "instant of the call"),
    ),
)
EXPOSURE: Final = LayerSpec(
    name="exposure",
    title_zh="隐患和风险区内的村(社区)与网格",
    title_en="villages and grid cells in risk zones or with hazard sites",
    key="code",
    shape=Shape.POLYGON,
    columns=(
        Column("code", ColumnKind.TEXT, "代码", "code", pattern=r"\d{12}|\d{15}"),
        Column("layer", ColumnKind.TEXT, "图层", "layer (villages or grids)"),
        Column("village_code", ColumnKind.TEXT, "村(社区)代码", "village code", pattern=r"\d{12}"),
        Column("village_name", ColumnKind.TEXT, "村(社区)", "village", required=False),
        Column("population", ColumnKind.INTEGER, "人口", "population", required=False, minimum=0),
        Column(
            "level", ColumnKind.INTEGER, "最高等级", "worst level (5 is worst)", required=False, vocabulary=HazardLevel
        ),
        Column("kinds", ColumnKind.TERMS, "灾害类型", "hazard kinds", vocabulary=HazardKind),
        Column("hazard_ids", ColumnKind.TEXT, "隐患点和风险区编号", "ids of the hazards"),
    ),
)


def _weeks(board: Board, at: datetime) -> tuple[Week, Week]:
    """The first and the last week that stay coverage is given for."""
    last = Week.of(at.date())
    begin = last.monday if board.record is None else Week.of(board.record.first_evening).monday
    return Week.of(min(max(begin, last.monday - 7 * (MOST_WEEKS - 1) * DAY), last.monday)), last


def _span_of_weeks(board: Board, at: datetime) -> Span:
    first, last = _weeks(board, at)
    return parse_datetime(f"{first.monday}/{last.sunday}")


def _stay_coverage(atlas: Atlas, board: Board, at: datetime) -> pd.DataFrame:
    """Every village in every week of the record, up to the present one; at most the newest 260."""
    answer = stay_history(atlas, board, *_weeks(board, at), at=at)
    villages, weeks = answer.villages, answer.weeks
    owed = answer.rules.quota_nights
    nights = answer.nights.ravel().astype(np.int64)
    judged = np.isin(answer.state.ravel(), _JUDGED)

    def of_villages(values: Iterable[Any]) -> list[Any]:
        return [value for value in values for _ in weeks]

    columns = {
        "coverage_id": [f"{village.code}.{week}" for village in villages for week in weeks],
        "week": [str(week) for week in weeks] * len(villages),
        "first_day": [week.monday for week in weeks] * len(villages),
        "last_day": [week.sunday for week in weeks] * len(villages),
        "village_code": of_villages(one.code for one in villages),
        "village_name": of_villages(one.name for one in villages),
        "town_code": of_villages(one.town_code for one in villages),
        "town_name": of_villages(one.town_name for one in villages),
        "population": of_villages(one.population for one in villages),
        "state": [str(STATES[code]) for code in answer.state.ravel().tolist()],
        "nights": nights,
        "quota": owed,
        "shortfall": np.where(judged, np.maximum(owed - nights, 0), 0),
    }
    return _frame(columns, of_villages(atlas.layers["villages"].geometry), STAY_COVERAGE)


def _reach(atlas: Atlas, board: Board, at: datetime) -> pd.DataFrame:
    """The ground by the minutes of the first arrival after a call at `at`; a band that nobody reaches is left out."""
    answer = reach_areas(atlas, board, at=at)
    bands = [band for band in answer.bands if not band.area.is_empty]
    columns = {
        "band_id": [f"{band.from_minutes:04d}-{band.to_minutes:04d}" for band in bands],
        "from_minutes": [band.from_minutes for band in bands],
        "to_minutes": [band.to_minutes for band in bands],
        "area_km2": [round(band.area_km2, 4) for band in bands],
        "at": [answer.at for _ in bands],
    }
    return _frame(columns, [band.area for band in bands], REACH)


def _exposure(atlas: Atlas, _board: Board, _at: datetime) -> pd.DataFrame:
    """Every village and grid cell that a risk zone or an active hazard site lies in."""
    answer = exposure(atlas)
    areas = (*answer.villages, *answer.grids)
    shapes = {
        code: shape
        for name in ("villages", "grids")
        for code, shape in zip(atlas.layers[name]["code"], atlas.layers[name].geometry, strict=True)
    }
    columns = {
        "code": [area.code for area in areas],
        "layer": [area.layer for area in areas],
        "village_code": [area.village_code for area in areas],
        "village_name": [area.name for area in areas],
        "population": [area.population for area in areas],
        "level": [None if area.level is None else int(area.level) for area in areas],
        "kinds": [_kinds(area) for area in areas],
        "hazard_ids": [";".join(hazard.hazard_id for hazard in area.hazards) for area in areas],
    }
    return _frame(columns, [shapes[area.code] for area in areas], EXPOSURE)


def _kinds(area: ExposedArea) -> str:
    kinds = {hazard.kind for hazard in area.hazards}
    return ";".join(str(kind) for kind in HazardKind if kind in kinds)


def _frame(columns: Mapping[str, Any], shapes: list[Any], spec: LayerSpec) -> pd.DataFrame:
    """The checked frame of an answer; shapes out of the Atlas need no second check."""
    objects = {name: pd.Series(values, dtype=object, index=range(len(shapes))) for name, values in columns.items()}
    frame = geopandas.GeoDataFrame(pd.DataFrame(objects), geometry=shapes, crs=crs.WGS84)
    checked, faults = check_rows(frame, spec, seen_valid=np.ones(len(frame), dtype=bool))
    if faults:
        raise AssertionError(f"{spec.name} breaks its own specification: {faults[0]}")
    return checked


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer's features are, what makes them, the layers that hold their places, and when they are."""

    spec: LayerSpec
    made: Callable[[Atlas, Board, datetime], pd.DataFrame]
    within: tuple[str, ...]
    times: Callable[[Board, datetime], Span | None]


ANSWERS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        answer.spec.name: answer
        for answer in (
            Answer(STAY_COVERAGE, _stay_coverage, ("villages",), _span_of_weeks),
            Answer(REACH, _reach, ("county",), lambda _, at: parse_datetime(at.isoformat())),
            Answer(EXPOSURE, _exposure, ("villages", "grids"), lambda _, __: None),
        )
    }
)
"""A specification that is `live` is of an answer that changes with the record and the instant."""
