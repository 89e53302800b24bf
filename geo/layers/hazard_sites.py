"""Hazard sites (隐患点) under community monitoring, and the danger grade that their figures give."""

from collections.abc import Iterator
from enum import StrEnum

import pandas as pd

from geo.errors import InputError
from geo.layers.spec import (
    Column,
    ColumnKind,
    Heading,
    LayerSpec,
    Reference,
    RowFault,
    Shape,
    is_missing,
    synthetic_column,
)
from geo.terms import DangerGrade, HazardKind, SiteStatus, SizeGrade, YesNo

_PEOPLE_FROM = (0, 100, 500, 1000)
_LOSS_CNY_FROM = (0, 5_000_000, 50_000_000, 100_000_000)


_TYPE_DIGITS = {
    "00": HazardKind.UNSTABLE_SLOPE,
    "01": HazardKind.LANDSLIDE,
    "02": HazardKind.ROCKFALL,
    "03": HazardKind.DEBRIS_FLOW,
    "04": HazardKind.GROUND_COLLAPSE,
    "05": HazardKind.GROUND_FISSURE,
    "06": HazardKind.LAND_SUBSIDENCE,
}
"""Digits 7 and 8 of a hazard site's number. Only 04 is verified (DOMAIN.md section 4), so they refuse nothing."""


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


def _number_agrees(sites: pd.DataFrame) -> Iterator[RowFault]:
    for position, (site_id, kind) in enumerate(zip(sites["site_id"], sites["kind"], strict=True)):
        by_number = None if is_missing(site_id) else _TYPE_DIGITS.get(str(site_id)[6:8])
        if by_number is not None and not is_missing(kind) and kind != by_number:
            problem = f"its digits 7 and 8 are those of {by_number}, the kind is {kind}"
            yield position, "site_id", site_id, problem, "the type digits vary by place; look at the row, it is taken"


def _text(name: str, title_zh: str, title_en: str, *headings: str) -> Column:
    return Column(name, ColumnKind.TEXT, title_zh, title_en, required=False, headings=headings)


def _day(name: str, title_zh: str, title_en: str, *headings: str) -> Column:
    return Column(name, ColumnKind.DATE, title_zh, title_en, required=False, headings=headings)


def _word(name: str, title_zh: str, title_en: str, vocabulary: type[StrEnum], *headings: str) -> Column:
    return Column(name, ColumnKind.TERM, title_zh, title_en, required=False, vocabulary=vocabulary, headings=headings)


def _contact(name: str, title_zh: str, title_en: str, *headings: str) -> Column:
    return Column(name, ColumnKind.TEXT, title_zh, title_en, required=False, restricted=True, headings=headings)


HAZARD_SITES = LayerSpec(
    name="hazard_sites",
    title_zh="地质灾害隐患点",
    title_en="hazard sites",
    key="site_id",
    shape=Shape.POINT,
    # The register of community monitoring (群测群防), column by column: DOMAIN.md section 4.
    columns=(
        Column(
            "site_id",
            ColumnKind.TEXT,
            "隐患点编号",
            "hazard-site number",
            pattern=r"\d{12}",
            headings=("编号", "统一编号", "隐患点统一编号", "隐患点代码", "灾害点编号", "site number"),
        ),
        Column(
            "name",
            ColumnKind.TEXT,
            "名称",
            "name",
            headings=("隐患点名称", "灾害点名称", "灾害体名称", "隐患点", "site name"),
        ),
        Column(
            "kind",
            ColumnKind.TERM,
            "灾害类型",
            "hazard kind",
            vocabulary=HazardKind,
            headings=("类型", "隐患点类型", "隐患类型", "灾种", "灾害种类", "hazard type", "type"),
        ),
        Column(
            "village_code",
            ColumnKind.TEXT,
            "所在村代码",
            "village code",
            required=False,
            pattern=r"\d{12}",
            headings=("村代码", "村编码", "所属村代码"),
        ),
        Column(
            "threatened_households",
            ColumnKind.INTEGER,
            "威胁户数",
            "households",
            required=False,
            minimum=0,
            headings=("受威胁户数", "户数", "threatened households"),
        ),
        Column(
            "threatened_people",
            ColumnKind.INTEGER,
            "威胁人数",
            "threatened people",
            required=False,
            minimum=0,
            headings=("威胁人口", "受威胁人数", "受威胁人口", "people"),
        ),
        Column(
            "threatened_assets_cny",
            ColumnKind.INTEGER,
            "威胁财产(元)",
            "assets",
            required=False,
            minimum=0,
            headings=(
                "受威胁财产(元)",
                Heading("威胁财产(万元)", scale=10_000),
                Heading("受威胁财产(万元)", scale=10_000),
                Heading("潜在经济损失(万元)", scale=10_000),
                Heading("威胁资产(万元)", scale=10_000),
                Heading("threatened assets (10k CNY)", scale=10_000),
                Heading("威胁财产(亿元)", scale=100_000_000),
                Heading("威胁财产", scale=None),
                Heading("受威胁财产", scale=None),
                Heading("潜在经济损失", scale=None),
                Heading("威胁资产", scale=None),
                Heading("threatened assets", scale=None),
            ),
        ),
        _word("danger_grade", "险情等级", "danger grade", DangerGrade, "险情级别", "险情分级"),
        _word("size_grade", "规模等级", "size grade", SizeGrade, "规模级别", "灾害规模等级"),
        Column(
            "status",
            ColumnKind.TERM,
            "状态",
            "status",
            vocabulary=SiteStatus,
            headings=("隐患点状态", "管理状态", Heading("是否销号", yes=SiteStatus.REMOVED, no=SiteStatus.ACTIVE)),
        ),
        _day("found_on", "发现日期", "found on", "发现时间", "隐患点发现时间", "date found"),
        _day("removed_on", "销号时间", "removed on", "销号日期", "核销时间", "date removed"),
        _text("removal_reason", "销号原因", "why it was removed", "核销原因", "removed because"),
        _text("town_name", "所在乡镇", "town by name", "乡镇", "乡镇(街道)", "乡镇名称", "街道", "town"),
        _text("village_name", "所在村", "village by name", "村", "村名", "村(社区)", "行政村", "village"),
        _text("group_name", "所在组", "villagers' group", "组", "村民小组", "村组", "group"),
        _text("location", "地理位置", "place in words", "位置", "详细位置", "具体位置", "address"),
        _text("trend", "发展趋势", "trend", "变化趋势", "稳定性趋势"),
        _text("inducing_factor", "诱发因素", "what sets it off", "引发因素", "主要诱发因素", "trigger"),
        _text("threatened_objects", "威胁对象", "what it threatens", "受威胁对象", "威胁目标"),
        _word("vulnerable_people", "是否有老弱病残", "frail people there", YesNo, "威胁对象是否有老弱病残"),
        _text("monitoring_method", "监测方法", "how it is watched", "监测方式", "监测手段"),
        _text("warning_means", "预警手段", "how people are warned", "预警方式", "预警方法", "报警方式"),
        _word("plan_made", "是否建立预案", "response plan made", YesNo, "是否编制预案", "有无预案"),
        _word("cards_issued", "是否发放两卡", "warning cards issued", YesNo, "是否发放明白卡", "是否发放两卡(明白卡)"),
        _day("drilled_on", "应急演练时间", "last drill on", "应急演练日期", "演练时间"),
        _contact("responsible_name", "防灾责任人", "responsible", "防灾责任人姓名", "责任人", "责任人姓名"),
        _contact("responsible_post", "防灾责任人职务", "responsible's post", "防灾责任人职位", "责任人职务"),
        _contact("responsible_phone", "防灾责任人电话", "phone", "责任人电话", "防灾责任人手机", "防灾责任人联系电话"),
        _contact("monitoring_lead_name", "监测责任人", "in charge of monitoring", "监测责任人姓名"),
        _contact("monitoring_lead_phone", "监测责任人电话", "phone of the one in charge", "监测责任人手机"),
        _contact("monitor_name", "监测人", "monitor", "监测人姓名", "监测人1", "监测人姓名1", "监测员", "监测员姓名"),
        _contact("monitor_phone", "监测人电话", "monitor's phone", "监测人电话1", "监测员电话", "监测人手机"),
        synthetic_column(),
    ),
    references=(Reference("village_code", "villages"),),
    complete=_complete_grade,
    completed=("danger_grade",),
    rules=(_grade_agrees, _not_forest_fire),
    remarks=(_number_agrees,),
)
