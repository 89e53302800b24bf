"""A year of registers through the whole import: read, checked, judged, recorded, folded; and the same files again.

Run with `make bench`. Times are printed, stage by stage; what is asserted is that everything arrived, once.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from api.access import LOCAL
from api.imports import import_file
from api.settings import SAMPLE_FOLDER, Settings
from api.wiring import open_services
from geo import store
from geo.events import CheckOut, Draft, Leave, StayDeclared
from geo.intake import ImportReport, Wishes
from tests.bench.conftest import BenchCounty
from tests.bench.test_board_bench import CHECK_INS, END, STAYS, drafts_of_a_year, paper_of_a_year

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")


class Stages:
    """What an import said it was doing, and how long it did."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, float]] = []

    def __call__(self, what: str) -> None:
        self.marks.append((what, time.perf_counter()))

    def told(self) -> str:
        ends = [at for _, at in self.marks[1:]] + [time.perf_counter()]
        return "".join(f"\n    {what:<48}{end - at:6.2f} s" for (what, at), end in zip(self.marks, ends, strict=True))


def written(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def register_of_stays(path: Path, drafts: Iterable[Draft]) -> Path:
    bodies = [draft.body for draft in drafts if isinstance(draft.body, StayDeclared)]
    rows = [
        (f"P{number}", one.team_id, one.member_id, one.village_code, f"{one.begins_at:%Y-%m-%d %H:%M}",
         f"{one.ends_at:%Y-%m-%d %H:%M}")
        for number, one in enumerate(bodies)
    ]  # fmt: skip
    return written(path, ("记录编号", "队伍编号", "队员编号", "留宿村代码", "签到时间", "签退时间"), rows)


def list_of_check_ins(path: Path, drafts: Iterable[Draft]) -> Path:
    rows = [
        (one.team_id, one.member_id, "签退" if isinstance(one, CheckOut) else "签到", one.device_time.isoformat(),
         one.device_time.isoformat(), one.lon, one.lat)
        for one in (draft.body for draft in drafts)
    ]  # fmt: skip
    return written(path, ("队伍编号", "队员编号", "类型", "设备时间", "接收时间", "经度", "纬度"), rows)


def timed(folder: Path, name: str, file: Path, crs: str | None = None) -> tuple[ImportReport, float, str]:
    stages, begin = Stages(), time.perf_counter()
    report = import_file(folder, name, file, now=END, wishes=Wishes(crs=crs), stage=stages)
    return report, time.perf_counter() - begin, stages.told()


@pytest.mark.parametrize("name", ["stays", "check_ins"])
def test_a_year_through_the_whole_import(bench_county: BenchCounty, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "county"
    folder.mkdir()
    store.begin_county(folder, SAMPLE_FOLDER)
    services = open_services(Settings(data=folder))
    member = Leave(team_id=bench_county.board.teams.ids[0], member_id="m0", first_day=END.date(), last_day=END.date())
    services.write(LOCAL, [Draft.of(member)])  # the journal begins, with what the sample has
    if name == "stays":
        count, file, crs = STAYS, register_of_stays(tmp_path / "stays.csv", paper_of_a_year(bench_county)), None
    else:
        drafts = drafts_of_a_year(bench_county, CHECK_INS, system="GCJ-02")
        count, file, crs = CHECK_INS, list_of_check_ins(tmp_path / "check_ins.csv", drafts), "GCJ-02"
    before = services.caught_up().board.sequence
    report, first_s, stages = timed(folder, name, file, crs)
    assert (count, 0, before + count) == (
        report.counts.added, report.counts.refused, services.caught_up().board.sequence
    )  # fmt: skip
    again, again_s, stages_again = timed(folder, name, file, crs)
    assert (0, 0, before + count) == (
        again.counts.added, again.counts.changed, services.caught_up().board.sequence
    )  # fmt: skip
    services.close()
    print(
        f"\n{name}: a year of {count:,} rows imported in {first_s:.1f} s{stages}"
        f"\n  the same file again, nothing recorded: {again_s:.1f} s{stages_again}"
    )
