"""Hazard sites (隐患点) under community monitoring, and the danger grade that their figures give."""

from collections.abc import Iterator

import pandas as pd

from geo.errors import InputError
from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, RowFault, Shape, is_missing, synthetic_column
from geo.terms import DangerGrade, HazardKind, SiteStatus

_PEOPLE_FROM = (0, 100, 500, 1000)
_LOSS_CNY_FROM = (0, 5_000_000, 50_000_000, 100_000_000)


def danger_grade(threatened_people: float | None, potential_loss_cny: float | None) -> DangerGrade | None:
    """The danger grade (险情等级) by people to move and potential loss in yuan; the worse column counts.

    A bound belongs to the higher grade (以上 includes the number): 100 people are medium, 99 are small. A figure
    that is missing decides nothing; with both missing the grade is unknown, None.
    Source: National Plan for Sudden Geological Disasters, as quoted in DOMAIN.md section 4.
    """
    grades = []
    for figure, bounds in ((threatened_people, _PEOPLE_FROM), (potential_loss_cny, _LOSS_CNY_FROM)):
        if figure is None or is_missing(figure):
            continue
        if figure < 0:
            raise InputError(f"a danger grade has no negative figures, met {figure:g}")
        grades.append(max(index for index, lowest in enumerate(bounds) if figure >= lowest))
    return list(DangerGrade)[max(grades)] if grades else None


def _complete_grade(sites: pd.DataFrame) -> pd.DataFrame:
    """Fill the danger grade where the source leaves it out and the figures give it."""
    nothing = [None] * len(sites)
    given, people, assets = (
        list(sites[name]) if name in sites.columns else nothing
        for name in ("danger_grade", "threatened_people", "threatened_assets_cny")
    )
    grades = [
        _grade_of(figures) if is_missing(value) else value
        for value, *figures in zip(given, people, assets, strict=True)
    ]
    return sites.assign(danger_grade=pd.Series(grades, dtype=object, index=sites.index))


def _grade_of(figures: list[object]) -> str | None:
    try:
        people, loss_cny = (None if is_missing(figure) else float(str(figure)) for figure in figures)
        return danger_grade(people, loss_cny)
    except ValueError:
        return None  # the column's own check names the figure


def _grade_agrees(sites: pd.DataFrame) -> Iterator[RowFault]:
    rows = zip(sites["danger_grade"], sites["threatened_people"], sites["threatened_assets_cny"], strict=True)
    for position, (given, people, loss_cny) in enumerate(rows):
        computed = danger_grade(
            None if is_missing(people) else float(people), None if is_missing(loss_cny) else float(loss_cny)
        )
        if computed is not None and not is_missing(given) and given != computed:
            yield position, "danger_grade", given, f"the figures give {computed}", "mend the grade or the figures"


def _not_forest_fire(sites: pd.DataFrame) -> Iterator[RowFault]:
    for position, kind in enumerate(sites["kind"]):
        if kind == HazardKind.FOREST_FIRE:
            yield position, "kind", kind, "a hazard site is geological", "forest fire belongs to risk_zones"


HAZARD_SITES = LayerSpec(
    name="hazard_sites",
    title_zh="地质灾害隐患点",
    title_en="hazard sites",
    key="site_id",
    shape=Shape.POINT,
    columns=(
        Column("site_id", ColumnKind.TEXT, "隐患点编号", "hazard-site number", pattern=r"\d{12}"),
        Column("name", ColumnKind.TEXT, "名称", "name"),
        Column("kind", ColumnKind.TERM, "灾害类型", "hazard kind", vocabulary=HazardKind),
        Column("village_code", ColumnKind.TEXT, "所在村代码", "village code", required=False, pattern=r"\d{12}"),
        Column("threatened_households", ColumnKind.INTEGER, "威胁户数", "households", required=False, minimum=0),
        Column("threatened_people", ColumnKind.INTEGER, "威胁人数", "threatened people", required=False, minimum=0),
        Column("threatened_assets_cny", ColumnKind.INTEGER, "威胁财产(元)", "assets", required=False, minimum=0),
        Column("danger_grade", ColumnKind.TERM, "险情等级", "danger grade", required=False, vocabulary=DangerGrade),
        Column("status", ColumnKind.TERM, "状态", "status", vocabulary=SiteStatus),
        Column("found_on", ColumnKind.DATE, "发现日期", "found on", required=False),
        Column("responsible_name", ColumnKind.TEXT, "防灾责任人", "responsible", required=False, restricted=True),
        Column("responsible_phone", ColumnKind.TEXT, "防灾责任人电话", "phone", required=False, restricted=True),
        Column("monitor_name", ColumnKind.TEXT, "监测人", "monitor", required=False, restricted=True),
        Column("monitor_phone", ColumnKind.TEXT, "监测人电话", "monitor's phone", required=False, restricted=True),
        synthetic_column(),
    ),
    references=(Reference("village_code", "villages"),),
    complete=_complete_grade,
    rules=(_grade_agrees, _not_forest_fire),
)
