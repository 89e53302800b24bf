"""Nights as a paper register lists them: a team, a village, an evening, and seldom more. A format of imports.

The layer of stays at rest promises an id, a member and a check-in in every row, and what reads it counts on that. So a
register without them is a form of its own beside it, whose rows become events (`geo.events.StayDeclared`).
"""

from __future__ import annotations

from dataclasses import replace

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape
from geo.layers.stays import STAYS


def _of_stays(name: str) -> Column:
    """The column of that name as stays have it, without a value where the register has none."""
    return replace(STAYS.names[name], required=False)


NIGHTS = LayerSpec(
    name="nights",
    title_zh="留宿登记",
    title_en="register of nights",
    key="stay_id",
    shape=Shape.TABLE,
    columns=(
        _of_stays("stay_id"),
        STAYS.names["team_id"],
        _of_stays("member_id"),
        STAYS.names["village_code"],
        Column(
            "night",
            ColumnKind.DATE,
            "留宿日期",
            "evening of the night",
            headings=(
                "日期",
                "当晚日期",
                "留宿夜",
                "住村日期",
                "驻村日期",
                "驻点日期",
                "值守日期",
                "值班日期",
                "值夜日期",
                "date",
                "evening",
                "night of",
            ),
        ),
        _of_stays("check_in"),
        _of_stays("check_out"),
        _of_stays("synthetic"),
    ),
)
