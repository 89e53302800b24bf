"""Check-ins and check-outs as an app or a register lists them: a format of imports, whose rows become events."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from geo import crs
from geo.errors import UnknownCrsError
from geo.layers.spec import Column, ColumnKind, LayerSpec, RowFault, Shape
from geo.terms import Passage


def _check_out_after_check_in(rows: pd.DataFrame) -> Iterator[RowFault]:
    for position in np.flatnonzero((rows["check_out"] <= rows["device_time"]).to_numpy()).tolist():
        check_in, check_out = rows["device_time"].iloc[position], rows["check_out"].iloc[position]
        yield position, "check_out", check_out.isoformat(), f"is not after device_time {check_in.isoformat()}", ""


def _one_passage_a_time(rows: pd.DataFrame) -> Iterator[RowFault]:
    both = (rows["kind"] == Passage.CHECK_OUT) & rows["check_out"].notna()
    for position in np.flatnonzero(both.to_numpy()).tolist():
        problem = "the row is a check-out already, at device_time"
        yield position, "check_out", rows["check_out"].iloc[position].isoformat(), problem, "leave one of them empty"


def _whole_place(rows: pd.DataFrame) -> Iterator[RowFault]:
    given = {name: rows[name].notna().to_numpy() for name in ("lon", "lat")}
    is_check_in = (rows["kind"] != Passage.CHECK_OUT).to_numpy()
    for name, other in (("lon", "lat"), ("lat", "lon")):
        needed = is_check_in | given[other]
        for position in np.flatnonzero(needed & ~given[name]).tolist():
            yield position, name, None, "a check-in needs its place" if is_check_in[position] else "half a place", ""
    named = rows["crs"].notna().to_numpy()
    for position in np.flatnonzero(given["lon"] & given["lat"] & ~named).tolist():
        advice = "write it in the row (GCJ-02, BD-09, WGS84, CGCS2000 …), or declare it for the whole file with --crs"
        yield position, "crs", None, "the place does not say its coordinate system", advice


def _known_system(rows: pd.DataFrame) -> Iterator[RowFault]:
    for name in rows["crs"].dropna().unique().tolist():
        try:
            crs.name_of(name)
        except UnknownCrsError as reason:
            for position in np.flatnonzero((rows["crs"] == name).to_numpy()).tolist():
                yield position, "crs", name, str(reason), ""


CHECK_INS = LayerSpec(
    name="check_ins",
    title_zh="签到记录",
    title_en="check-ins and check-outs",
    key="record_id",
    shape=Shape.TABLE,
    columns=(
        Column(
            "record_id",
            ColumnKind.TEXT,
            "记录编号",
            "record id",
            required=False,
            headings=("编号", "序号", "流水号", "签到编号", "check-in id"),
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
            "kind",
            ColumnKind.TERM,
            "签到或签退",
            "check-in or check-out",
            required=False,
            vocabulary=Passage,
            headings=("类型", "类别", "签到类型", "打卡类型", "考勤类型", "动作", "event", "type", "direction"),
        ),
        Column(
            "device_time",
            ColumnKind.INSTANT,
            "设备时间",
            "device time",
            headings=(
                "时间",
                "打卡时间",
                "定位时间",
                "签到",
                "签到时间",
                "到达时间",
                "手机时间",
                "time",
                "check-in",
                "check-in time",
                "checked in",
                "arrival",
            ),
        ),
        Column(
            "check_out",
            ColumnKind.INSTANT,
            "签退时间",
            "checked out",
            required=False,
            headings=("签退", "离开时间", "离村时间", "check-out time", "departure"),
        ),
        Column(
            "received_at",
            ColumnKind.INSTANT,
            "接收时间",
            "received",
            required=False,
            headings=("收到时间", "服务器时间", "上传时间", "上报时间", "提交时间", "server time", "received time"),
        ),
        Column(
            "lon",
            ColumnKind.NUMBER,
            "经度",
            "longitude",
            required=False,
            headings=("签到经度", "打卡经度", "定位经度"),
        ),
        Column(
            "lat",
            ColumnKind.NUMBER,
            "纬度",
            "latitude",
            required=False,
            headings=("签到纬度", "打卡纬度", "定位纬度"),
        ),
        Column(
            "crs",
            ColumnKind.TEXT,
            "坐标系",
            "coordinate system",
            required=False,
            headings=("坐标系统", "坐标类型", "坐标系类型", "coordinates", "coordtype", "datum"),
        ),
        Column(
            "accuracy_m",
            ColumnKind.NUMBER,
            "定位精度(米)",
            "accuracy (m)",
            required=False,
            minimum=0,
            maximum=1e6,
            headings=("精度", "定位精度", "误差(米)", "accuracy"),
        ),
    ),
    rules=(_check_out_after_check_in, _one_passage_a_time, _whole_place, _known_system),
)
