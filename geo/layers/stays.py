"""Stays: who was present where, from check-in to check-out. Nights are counted from them (R07)."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd

from geo.layers.spec import Column, ColumnKind, LayerSpec, Reference, RowFault, Shape, synthetic_column


def _check_out_after_check_in(stays: pd.DataFrame) -> Iterator[RowFault]:
    for position in np.flatnonzero((stays["check_out"] <= stays["check_in"]).to_numpy()).tolist():
        check_in, check_out = stays["check_in"].iloc[position], stays["check_out"].iloc[position]
        yield position, "check_out", check_out.isoformat(), f"is not after check_in {check_in.isoformat()}", ""


def _one_place_at_a_time(stays: pd.DataFrame) -> Iterator[RowFault]:
    """R07: one person, one night, one place; overlapping stays are an error."""
    ordered = stays.sort_values(["member_id", "check_in"], kind="stable")
    latest: tuple[str, pd.Timestamp, str] | None = None
    for position, member, check_in, check_out, stay_id in zip(
        ordered.index, ordered["member_id"], ordered["check_in"], ordered["check_out"], ordered["stay_id"], strict=True
    ):
        if latest is not None and latest[0] == member and check_in < latest[1]:
            problem = f"overlaps stay {latest[2]} of the same member"
            yield int(position), "check_in", check_in.isoformat(), problem, "one person, one place at a time", "R07"
        # Of an open stay only its first instant is known; the next stay may begin right after it, but not with it.
        end = check_in + timedelta(microseconds=1) if pd.isna(check_out) else check_out
        if latest is None or latest[0] != member or end > latest[1]:
            latest = (member, end, stay_id)


STAYS = LayerSpec(
    name="stays",
    title_zh="留宿记录",
    title_en="overnight stays",
    key="stay_id",
    shape=Shape.TABLE,
    live=True,
    columns=(
        Column(
            "stay_id", ColumnKind.TEXT, "记录编号", "stay id", headings=("编号", "留宿编号", "签到编号", "record id")
        ),
        Column("team_id", ColumnKind.TEXT, "队伍编号", "team id", headings=("工作队编号", "队伍代码", "team code")),
        Column(
            "member_id",
            ColumnKind.TEXT,
            "队员编号",
            "member id",
            headings=("人员编号", "成员编号", "队员代码", "工号", "member code"),
        ),
        Column(
            "village_code",
            ColumnKind.TEXT,
            "留宿村代码",
            "village code",
            pattern=r"\d{12}",
            headings=("村代码", "村编码", "驻村代码", "签到村代码"),
        ),
        Column(
            "check_in",
            ColumnKind.INSTANT,
            "签到时间",
            "checked in",
            headings=("签到", "打卡时间", "到达时间", "入住时间", "check-in time", "arrival"),
        ),
        Column(
            "check_out",
            ColumnKind.INSTANT,
            "签退时间",
            "checked out",
            required=False,
            headings=("签退", "离开时间", "离村时间", "check-out time", "departure"),
        ),
        synthetic_column(),
    ),
    references=(
        Reference("team_id", "teams", "leaders", rule="R02"),
        Reference("village_code", "villages", rule="R01"),
    ),
    rules=(_check_out_after_check_in, _one_place_at_a_time),
)
