"""Registers of stays, check-ins and leave as imports into the journal: judged row by row, and recorded once."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from api.access import LOCAL
from api.drafts import drafts_of
from api.imports import Manner, import_file
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.board import Board, fold, recorded
from geo.calendar import CHINA
from geo.coverage import stay_coverage
from geo.crs import from_crs
from geo.errors import InputError, MissingCrsError
from geo.events import CheckIn, CheckOut, Draft, Leave, StayDeclared, events_of_frames
from geo.intake import ImportReport, Outcome, Wishes
from geo.journal import Journal
from geo.layers.registry import FORMATS, LAYERS, importable
from tests.county import AS_OF, WEEK, SmallCounty, centre

LEAVE = ("队伍编号", "队员编号", "开始日期", "结束日期", "事由")
CHECK_INS = ("队伍编号", "队员编号", "类型", "设备时间", "接收时间", "经度", "纬度", "坐标系")
STAYS = ("stay_id", "team_id", "member_id", "village_code", "check_in", "check_out")
TIMES = ("2022-12-21T20:00", "2022-12-22T08:00")
V = "431381001001"
LON, LAT = 111.41, 27.68


@pytest.fixture
def bare(small_county: SmallCounty, tmp_path: Path) -> Path:
    """The county at rest, without a journal."""
    path = tmp_path / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    return path


@pytest.fixture
def folder(bare: Path) -> Path:
    """The county with its journal begun: a member of team T05 is on its roster."""
    with closing(open_services(Settings(data=bare))) as services:
        roster = {"team_id": "T05", "member_id": "M1", "change": "joined", "day": "2022-01-01"}
        services.write(LOCAL, drafts_of("rosters", roster, now=AS_OF))
    return bare


def table(path: Path, head: tuple[str, ...], *rows: tuple[object, ...]) -> Path:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in (head, *rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def imported(folder: Path, name: str, file: Path, *, crs: str | None = None, **manner: bool) -> ImportReport:
    return import_file(folder, name, file, now=AS_OF, wishes=Wishes(crs), manner=Manner(**manner))


def board_of(folder: Path) -> Board:
    with closing(open_services(Settings(data=folder))) as services:
        return services.caught_up().board


def bodies(folder: Path, after: int = 0) -> list[object]:
    with Journal.open(folder, clock=lambda: AS_OF) as journal:
        return [event.body for event in journal.read(after)]


def said(report: ImportReport) -> str:
    return " ".join(remark.text for remark in report.remarks if remark.subject == "journal")


def test_a_format_is_imported_under_its_doors_name_and_is_no_layer() -> None:
    assert FORMATS["check_ins"] is importable("check-ins")
    assert LAYERS["stays"] is importable("stays")
    assert set() == FORMATS.keys() & LAYERS.keys()


def test_a_register_of_leave_is_recorded_once_however_often_it_is_imported(folder: Path, tmp_path: Path) -> None:
    row = ("T01", "T01-1", "2022年12月20日", "2022/12/21", "探亲")
    file = table(tmp_path / "请假.csv", LEAVE, row, row, ("T02", "T02-1", "2022-12-19", "2022-12-19", None))
    before = board_of(folder).sequence
    report = imported(folder, "leave", file)
    assert (Outcome.STORED, 2, 0) == (report.outcome, report.counts.added, report.counts.refused)
    assert [
        Leave(
            team_id="T01",
            member_id="T01-1",
            first_day=date(2022, 12, 20),
            last_day=date(2022, 12, 21),
            reason="探亲",
        ),
        Leave(team_id="T02", member_id="T02-1", first_day=date(2022, 12, 19), last_day=date(2022, 12, 19)),
    ] == bodies(folder, before)
    again = imported(folder, "leave", file)
    assert (Outcome.STORED, 0, before + 2) == (again.outcome, again.counts.added, board_of(folder).sequence)
    assert "not again: 3 row(s)" in said(again)
    assert "nothing new" in said(again)


def test_what_was_corrected_since_is_not_recorded_again(folder: Path, tmp_path: Path) -> None:
    file = table(tmp_path / "leave.csv", LEAVE, ("T01", "T01-1", "2022-12-20", "2022-12-21", None))
    imported(folder, "leave", file)
    with closing(open_services(Settings(data=folder))) as services:
        newest = services.caught_up().board.sequence
        services.write(LOCAL, drafts_of("corrections", {"corrects": newest, "reason": "withdrawn"}, now=AS_OF))
    assert 0 == imported(folder, "leave", file).counts.added
    assert () == board_of(folder).duty.leaves


def test_check_ins_keep_their_place_as_given_with_the_name_of_its_system(folder: Path, tmp_path: Path) -> None:
    day = "2022-12-20"
    file = table(
        tmp_path / "签到.csv",
        (*CHECK_INS, "定位精度(米)"),
        ("T01", "T01-1", "签到", f"{day} 20:00", f"{day} 20:05", LON, LAT, "火星坐标系", 12.5),
        ("T01", "T01-1", "签退", "2022-12-21 07:30", "2022-12-21 07:31", None, None, None, None),
        ("T02", "T02-1", None, f"{day} 20:00", f"{day} 20:00", LON, LAT, None, None),
    )
    before = board_of(folder).sequence
    imported(folder, "check-ins", file, crs="CGCS2000")
    heard = datetime(2022, 12, 20, 20, 5, tzinfo=CHINA)
    at = datetime(2022, 12, 20, 20, tzinfo=CHINA)
    left = datetime(2022, 12, 21, 7, 30, tzinfo=CHINA)
    place = {"lon": LON, "lat": LAT}
    assert [
        CheckIn(
            team_id="T01", member_id="T01-1", device_time=at, received_at=heard, crs="GCJ-02", accuracy_m=12.5, **place
        ),
        CheckOut(team_id="T01", member_id="T01-1", device_time=left, received_at=left.replace(minute=31)),
        CheckIn(team_id="T02", member_id="T02-1", device_time=at, received_at=at, crs="EPSG:4490", **place),
    ] == bodies(folder, before)


def test_a_row_with_a_check_out_is_two_events(folder: Path, tmp_path: Path) -> None:
    head = ("team_id", "member_id", "check-in time", "check-out time", "received", "lon", "lat")
    row = ("T01", "T01-8", "2022-12-20T20:00", "2022-12-21T07:30", "2022-12-20T20:01", LON, LAT)
    file = table(tmp_path / "visits.csv", head, row)
    before = board_of(folder)
    report = imported(folder, "check_ins", file, crs="WGS84")
    after = board_of(folder)
    assert (1, 2, 1) == (report.counts.added, after.sequence - before.sequence, len(after.stays) - len(before.stays))
    assert datetime(2022, 12, 21, 7, 30, tzinfo=CHINA) == after.stays["check_out"].iloc[-1]


def test_check_ins_without_any_coordinate_system_are_refused_with_what_each_would_mean(
    folder: Path, tmp_path: Path
) -> None:
    row = ("T01", "T01-1", None, "2022-12-20 20:00", "2022-12-20 20:00", LON, LAT)
    with pytest.raises(MissingCrsError):
        imported(folder, "check_ins", table(tmp_path / "c.csv", CHECK_INS[:-1], row))


GOOD_CHECK_IN = ("T01", "T01-1", "签到", "2022-12-20 20:00", "2022-12-20 20:00", LON, LAT, "WGS84")


@pytest.mark.parametrize(
    ("column", "rule", "met", "change"),
    [
        ("team_id", "R02", "T99", {0: "T99"}),
        ("member_id", "R03", "not on the roster", {0: "T05", 1: "M9"}),
        ("device_time", "R06", "48.0 h apart", {4: "2022-12-22 20:00"}),
        ("device_time", "R06", "62.0 h apart", {4: None}),
        ("received_at", "R06", "in the future", {3: "2022-12-26 20:00", 4: "2022-12-26 20:00"}),
        ("lat", "", "111.41", {5: LAT, 6: LON}),
        ("lon", "", "needs its place", {5: None, 6: None}),
        ("crs", "", "does not say", {7: None}),
        ("crs", "", "not a known coordinate system", {7: "月球坐标"}),
        ("kind", "", "unknown word", {2: "路过"}),
        ("device_time", "", "date-time", {3: "2022-12-20"}),
        ("member_id", "", "value is required", {1: None}),
    ],
)
def test_a_bad_check_in_is_refused_with_its_row_rule_and_facts(
    folder: Path, tmp_path: Path, column: str, rule: str, met: str, change: dict[int, object]
) -> None:
    bad = tuple(change.get(position, cell) for position, cell in enumerate(GOOD_CHECK_IN))
    file = table(tmp_path / "check_ins.csv", CHECK_INS, GOOD_CHECK_IN, bad)
    before = board_of(folder).sequence
    report = imported(folder, "check_ins", file)
    assert Outcome.REFUSED is report.outcome
    fault = next(fault for fault in report.faults if fault.column == column)
    assert (2, rule) == (fault.row, fault.rule)
    assert met in f"{fault.problem} {fault.value}"
    assert rule in str(fault)
    assert before == board_of(folder).sequence


@pytest.mark.parametrize(
    ("column", "rule", "met", "row"),
    [
        ("check_in", "R07", "overlaps stay N1", ("N2", "T03", "T03-9", V, "2022-12-21T22:00", "2022-12-22T06:00")),
        ("member_id", "R07", "overlaps stay S01", ("N2", "T01", "T01-1", V, "2022-12-11T23:00", "2022-12-12T06:00")),
        ("check_in", "R07", "has not begun", ("N2", "T03", "T03-8", V, "2022-12-24T20:00", "2022-12-25T08:00")),
        ("check_out", "R07", "in the future", ("N2", "T03", "T03-8", V, "2022-12-22T20:00", "2022-12-24T08:00")),
        ("team_id", "R02", "names no row", ("N2", "T99", "T99-1", V, "2022-12-21T20:00", "2022-12-22T08:00")),
        ("village_code", "R01", "names no row", ("N2", "T03", "T03-8", V[:-1] + "9", *TIMES)),
        ("member_id", "R03", "not on the roster", ("N2", "T05", "M9", V, "2022-12-21T20:00", "2022-12-22T08:00")),
    ],
)
def test_a_bad_stay_is_refused_with_its_row_rule_and_facts(
    folder: Path, tmp_path: Path, column: str, rule: str, met: str, row: tuple[str, ...]
) -> None:
    good = ("N1", "T03", "T03-9", "431381001200", "2022-12-21T20:00", "2022-12-22T08:00")
    report = imported(folder, "stays", table(tmp_path / "stays.csv", STAYS, good, row))
    assert (Outcome.REFUSED, 1) == (report.outcome, report.counts.refused)
    (fault,) = report.faults
    assert (2, "N2", column, rule) == (fault.row, fault.key, fault.column, fault.rule)
    assert met in fault.problem


def test_without_a_journal_stays_that_could_not_be_recorded_are_refused_too(bare: Path, tmp_path: Path) -> None:
    row = ("N2", "T03", "T03-8", V, "2022-12-24T20:00", "2022-12-25T08:00")
    (fault,) = imported(bare, "stays", table(tmp_path / "stays.csv", STAYS, row)).faults
    assert (1, "check_in", "R07") == (fault.row, fault.column, fault.rule)


def test_check_ins_that_overlap_a_declared_stay_elsewhere_name_it(folder: Path, tmp_path: Path) -> None:
    row = ("T01", "T01-1", None, "2022-12-11 23:00", "2022-12-11 23:00", *centre("431381100201").coords[0], "WGS84")
    (fault,) = imported(folder, "check_ins", table(tmp_path / "c.csv", CHECK_INS, row)).faults
    assert ("R07", True) == (fault.rule, "overlaps stay S01" in fault.problem)


def test_leave_that_ends_before_it_begins_is_refused(folder: Path, tmp_path: Path) -> None:
    file = table(tmp_path / "leave.csv", LEAVE, ("T01", "T01-1", "2022-12-21", "2022-12-20", None))
    (fault,) = imported(folder, "leave", file).faults
    assert (1, "last_day") == (fault.row, fault.column)


def test_with_skip_bad_the_sound_rows_are_recorded_and_the_mended_ones_can_follow(folder: Path, tmp_path: Path) -> None:
    rows = (
        ("T01", "T01-1", "2022-12-19", "2022-12-19", None),
        ("T99", "T99-1", "2022-12-19", "2022-12-19", None),
        ("T02", "T02-1", "2022-12-20", "2022-12-19", None),
        ("T03", "T03-1", "2022-12-19", "2022-12-19", None),
    )
    report = imported(folder, "leave", table(tmp_path / "leave.csv", LEAVE, *rows), skip_bad=True)
    assert (Outcome.STORED, 2, 2) == (report.outcome, report.counts.added, report.counts.refused)
    assert {2: "R02", 3: ""} == {fault.row: fault.rule for fault in report.faults}
    assert report.refused_file is not None
    refused = Path(report.refused_file).read_text(encoding="utf-8-sig")
    assert "(R02)" in refused
    mended = tmp_path / "mended.csv"
    mended.write_text(refused.replace("T99", "T04").replace("2022-12-20", "2022-12-18"), encoding="utf-8")
    assert 2 == imported(folder, "leave", mended).counts.added
    assert ["T01", "T03", "T04", "T02"] == [leave.team_id for leave in board_of(folder).duty.leaves]


def test_a_row_of_two_events_is_recorded_whole_or_not_at_all(folder: Path, tmp_path: Path) -> None:
    head = ("team_id", "member_id", "check-in", "check-out time", "received", "lon", "lat", "crs")
    late = ("T01", "T01-1", "2022-12-22T20:00", "2022-12-29T08:00", "2022-12-22T20:01", LON, LAT, "WGS84")
    before = board_of(folder).sequence
    report = imported(folder, "check_ins", table(tmp_path / "visits.csv", head, late), skip_bad=True)
    assert ("R06", 0, before) == (report.faults[0].rule, report.counts.added, board_of(folder).sequence)


@pytest.mark.parametrize("name", ["leave", "stays", "check_ins"])
def test_a_trial_says_what_would_be_and_records_nothing(folder: Path, tmp_path: Path, name: str) -> None:
    head, row = {
        "leave": (LEAVE, ("T01", "T01-1", "2022-12-20", "2022-12-20", None)),
        "stays": (STAYS, ("N1", "T03", "T03-9", V, "2022-12-21T20:00", "2022-12-22T08:00")),
        "check_ins": (CHECK_INS, GOOD_CHECK_IN),
    }[name]
    before = board_of(folder).sequence
    report = imported(folder, name, table(tmp_path / "one.csv", head, row), dry_run=True)
    assert (Outcome.TRIAL, 1, before) == (report.outcome, report.counts.added, board_of(folder).sequence)


def test_a_folder_without_a_journal_begins_one_with_what_its_layers_tell(bare: Path, tmp_path: Path) -> None:
    before = board_of(bare)
    imported(bare, "leave", table(tmp_path / "l.csv", LEAVE, ("T01", "T01-1", "2022-12-20", "2022-12-20", None)))
    after = board_of(bare)
    assert (0, 1) == (before.sequence, len(after.duty.leaves))
    assert before.stays.equals(after.stays)


def test_a_folder_that_is_not_there_begins_as_the_sample(tmp_path: Path) -> None:
    row = ("T-431381001001", "M1", "2022-12-20", "2022-12-20", None)
    file = table(tmp_path / "leave.csv", LEAVE, row)
    report = imported(tmp_path / "new", "leave", file)
    assert (Outcome.STORED, "sample") == (report.outcome, report.created)
    assert 1 == len(board_of(tmp_path / "new").duty.leaves)
    with pytest.raises(InputError, match="need a county"):
        imported(tmp_path / "other", "leave", file, from_empty=True)


def test_imported_stays_tell_the_same_as_the_same_events(
    folder: Path, small_county: SmallCounty, tmp_path: Path
) -> None:
    nights = [(team, night) for team in ("T03", "T05", "T07") for night in (19, 20, 21)]
    members = {"T05": "M1"}
    villages = dict(zip(small_county.board.teams.ids, small_county.board.teams.village_codes, strict=True))
    rows = [
        (
            f"N{number}", team, members.get(team, f"{team}-7"), villages[team],
            f"2022-12-{night}T20:30", f"2022-12-{night + 1}T07:00",
        )
        for number, (team, night) in enumerate(nights)
    ]  # fmt: skip
    imported(folder, "stays", table(tmp_path / "stays.csv", STAYS, *rows))
    board = board_of(folder)
    events = events_of_frames(
        small_county.layers["stays"], small_county.layers["incidents"], small_county.layers["closures"]
    )
    events += [
        Draft.of(
            StayDeclared(
                team_id=team,
                member_id=member,
                village_code=village,
                night=datetime.fromisoformat(begin).date(),
                check_in=datetime.fromisoformat(begin).replace(tzinfo=CHINA),
                check_out=datetime.fromisoformat(end).replace(tzinfo=CHINA),
                stay_id=stay_id,
            )
        )
        for stay_id, team, member, village, begin, end in rows
    ]
    told = fold(small_county.atlas, recorded(events, AS_OF))
    assert told.stays.equals(board.stays)
    found, expected = (stay_coverage(small_county.atlas, one, WEEK, at=AS_OF) for one in (board, told))
    assert [(one.village_code, one.state) for one in expected.villages] == [
        (one.village_code, one.state) for one in found.villages
    ]


def test_a_check_in_of_a_shifted_system_counts_where_its_place_is(folder: Path, tmp_path: Path) -> None:
    lon, lat = centre(V).coords[0]
    row = (*GOOD_CHECK_IN[:5], lon, lat, "GCJ-02")
    imported(folder, "check_ins", table(tmp_path / "c.csv", CHECK_INS, row))
    board = board_of(folder)
    placed = board.placed(board.sequence)
    assert placed is not None
    (true,) = from_crs([centre(V)], "GCJ-02")
    assert (true.x, true.y) == pytest.approx((placed.lon, placed.lat), abs=1e-9)
