"""What is not taken into the journal: every refusal names the rule and the facts; one fault refuses a whole call."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import shapely

from geo.admission import Limits, admit
from geo.board import Board, fold, recorded
from geo.calendar import CHINA
from geo.errors import InputError, RuleError
from geo.events import (
    AccessNote,
    Arrival,
    Assignment,
    Body,
    CheckIn,
    CheckOut,
    ClosureLifted,
    ClosureOpened,
    Commitment,
    CommitmentEnded,
    Correction,
    Draft,
    Exemption,
    IncidentClosed,
    IncidentOpened,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
)
from geo.terms import AccessAct, ClosureCause, IncidentKind, RoadEffect, Role, RosterAction, VehicleClass
from tests.county import SmallCounty, centre

NOW = datetime(2022, 12, 23, 10, tzinfo=CHINA)
HOME, NEXT = "431381001001", "431381001002"


def at(text: str) -> datetime:
    """A local instant of December 2022, such as 20T21:00."""
    return datetime.fromisoformat(f"2022-12-{text}").replace(tzinfo=CHINA)


def check_in(when: str, village: str = HOME, **changed: Any) -> Draft:
    """A check-in at a village's centre."""
    place = {"lon": centre(village).x, "lat": centre(village).y, "crs": "EPSG:4326"}
    return Draft.of(CheckIn(**{"team_id": "T01", "member_id": "m1", "device_time": at(when), **place, **changed}))


def paper(night: int, village: str = HOME, member: str | None = "m1", team: str = "T01", **times: Any) -> Draft:
    """A stay declared on paper for a night of December 2022."""
    body = StayDeclared(team_id=team, village_code=village, night=date(2022, 12, night), member_id=member, **times)
    return Draft.of(body)


def timed(begin: str, end: str | None, village: str = HOME, member: str = "m1") -> Draft:
    """A stay declared on paper with its times."""
    evening = (at(begin) - timedelta(microseconds=1)).date().day
    return paper(evening, village, member, check_in=at(begin), check_out=at(end) if end else None)


def event_at(when: str, body: Body) -> Draft:
    """A draft that speaks of an instant."""
    return Draft.of(body, at(when))


def days(first: int, last: int) -> dict[str, Any]:
    """A span of days of December 2022."""
    return {"first_day": date(2022, 12, first), "last_day": date(2022, 12, last)}


def closure(closure_id: str) -> ClosureOpened:
    """A closure of the county's road."""
    shape = shapely.LineString([(111.43, 27.669), (111.43, 27.671)])
    return ClosureOpened(
        closure_id=closure_id,
        cause=ClosureCause.FLOOD,
        effect=RoadEffect.CLOSED,
        vehicles=VehicleClass.ALL,
        shape=shape,
    )


def incident(incident_id: str, lon: float = 111.41, lat: float = 27.68) -> IncidentOpened:
    """An incident in the home village."""
    return IncidentOpened(incident_id=incident_id, kind=IncidentKind.FLOOD, lon=lon, lat=lat)


def order(order_id: str, *scope: str) -> Mobilisation:
    """A mobilisation order."""
    return Mobilisation(order_id=order_id, scope=scope or ("431381",), cause="暴雨")


def mapped(*scope: str, **grids: dict[str, str]) -> Draft:
    """An order that maps members to grids."""
    return event_at("23T10:00", replace(order("3", *scope), grids=grids))


def roster(member: str, change: str, day: int, team: str = "T03") -> Draft:
    """A change of a roster."""
    body = RosterChange(team_id=team, member_id=member, change=RosterAction(change), day=date(2022, 12, day))
    return Draft.of(body)


KNOWN = [
    paper(19, member="p1"),  # 1
    timed("20T21:00", "22T07:00", member="p2"),  # 2
    check_in("20T21:00", member_id="d1"),  # 3
    Draft.of(CheckOut(team_id="T01", member_id="d1", device_time=at("21T07:00"))),  # 4
    check_in("19T21:00", member_id="d2"),  # 5, never checked out
    roster("a", "joined", 1),  # 6
    roster("a", "left", 10),  # 7
    event_at("20T08:00", closure("K1")),  # 8
    event_at("20T08:00", closure("K2")),  # 9
    event_at("21T08:00", ClosureLifted(closure_id="K2")),  # 10
    event_at("23T09:00", incident("I1")),  # 11
    event_at("22T09:00", incident("I2")),  # 12
    event_at("22T12:00", IncidentClosed(incident_id="I2")),  # 13
    event_at("23T09:12", Commitment(incident_id="I1", team_id="C02")),  # 14
    event_at("22T04:00", order("1")),  # 15
    event_at("22T20:00", MobilisationEnded(order_id="1")),  # 16
    event_at("23T04:00", order("2")),  # 17
    paper(18, NEXT, member="p3"),  # 18
    Draft.of(Correction(corrects=18, reason="x"), NOW),  # 19
]
"""What the record holds before."""


@pytest.fixture(scope="module")
def board(small_county: SmallCounty) -> Board:
    """The Board of `KNOWN`."""
    return fold(small_county.atlas, recorded(KNOWN, NOW), known_until=NOW)


def refusals(board: Board, *drafts: Draft, role: Role = Role.HQ, now: datetime = NOW) -> list[tuple[int, str, str]]:
    """(number, field, rule) of everything that is refused."""
    try:
        admit(board.atlas, board, drafts, role=role, now=now)
    except RuleError as refused:
        return [(one.number, one.field, one.rule) for one in refused.refusals]
    return []


@pytest.mark.parametrize(
    "draft",
    [
        check_in("23T09:58"),
        check_in("22T10:00"),  # a day ago, to the minute
        check_in("01T10:00", received_at=at("01T10:05")),  # of a register: the clock was right then
        check_in("23T09:58", lon=111.0, lat=28.0),  # outside is kept
        check_in("20T23:00", member_id="p2", received_at=at("20T23:01")),  # in the village that was declared
        check_in("21T06:00", NEXT, member_id="p1", received_at=at("21T06:00")),  # the declared night was over
        check_in(
            "20T06:00", NEXT, member_id="p1", received_at=at("20T06:00")
        ),  # a night told without hours ends at 05:00
        timed("20T05:00", "20T12:00", NEXT, "p1"),
        Draft.of(CheckOut(team_id="T01", member_id="m1", device_time=at("23T09:00"))),
        paper(22),
        paper(20, member=None),
        paper(20, NEXT, member=None),
        paper(20, member="p1"),  # another night
        paper(20, member="d1"),  # its check-ins say the same
        paper(20, NEXT, member="d2"),  # an open presence holds for its first night only
        check_in("23T09:58", team_id="L001", member_id="L001"),  # a stationed leader (R10)
        paper(22, member="L001", team="L001"),
        timed("22T07:00", "22T08:00", NEXT, "p2"),  # begins when the other ended
        timed("23T09:00", None),
        paper(18, HOME, member="p3"),  # what was in its way has been corrected
        Draft.of(Leave(team_id="T01", member_id="m1", **days(24, 30))),
        Draft.of(Leave(team_id="T03", member_id="a", **days(9, 9))),
        roster("b", "joined", 30),
        roster("x", "left", 5, team="T01"),  # whose roster was never recorded
        Draft.of(Assignment(team_id="T01", village_code=NEXT, first_day=date(2023, 1, 1))),
        Draft.of(Exemption(scope=("431381", "431381001", NEXT), reason="国庆", **days(19, 25))),
        event_at("23T10:00", order("3")),
        mapped(HOME, T01={"anyone": f"{HOME}001"}),  # whose roster was never recorded: nobody knows
        mapped(HOME, NEXT, T01={"m1": f"{NEXT}004", "m2": f"{HOME}004"}, C02={"m1": f"{HOME}001"}),
        event_at("23T09:00", MobilisationEnded(order_id="2")),
        event_at("23T06:00", Arrival(order_id="2", team_id="T01", member_id="m1", village_code=HOME)),
        event_at("26T08:00", closure("K3")),  # planned
        event_at("23T09:00", ClosureLifted(closure_id="K1")),
        event_at("23T10:00", incident("I3")),
        event_at("23T10:00", IncidentClosed(incident_id="I1")),
        event_at("23T10:00", Commitment(incident_id="I1", team_id="C03")),
        event_at("22T10:00", Commitment(incident_id="I2", team_id="C02")),  # told later, of a time before its end
        event_at("23T10:00", CommitmentEnded(incident_id="I1", team_id="C02")),
        Draft.of(Correction(corrects=1, reason="x"), NOW),
        Draft.of(Correction(corrects=1, reason="x", replacement=paper(19, NEXT, member="p1")), NOW),
        Draft.of(Correction(corrects=4, reason="x"), NOW),
        Draft.of(Correction(corrects=11, reason="x", replacement=event_at("23T09:01", incident("I1"))), NOW),
    ],
    ids=lambda draft: draft.kind.value,
)
def test_what_contradicts_nothing_is_taken(draft: Draft, board: Board) -> None:
    assert [] == refusals(board, draft)


@pytest.mark.parametrize(
    ("field", "rule", "draft", "facts"),
    [
        ("team_id", "R02", check_in("23T09:58", team_id="T99"), "no team 'T99' is known"),
        ("team_id", "R02", paper(22, team="T99"), "T99"),
        ("member_id", "R10", paper(22, team="L001", member="m1"), "leader 'L001' signs as a member of that name"),
        ("team_id", "R02", Draft.of(Leave(team_id="L001", member_id="L001", **days(24, 30))), "no team 'L001'"),
        ("village_code", "R01", paper(22, "431381999999"), "no village '431381999999' is known"),
        (
            "member_id",
            "R03",
            check_in("23T09:58", team_id="T03", member_id="z"),
            "'z' is not on the roster of T03 on 2022-12-23",
        ),
        (
            "member_id",
            "R03",
            Draft.of(Leave(team_id="T03", member_id="a", **days(24, 25))),
            "'a' is not on the roster of T03 on 2022-12-24",
        ),
        ("member_id", "R03", roster("a", "joined", 5), "already on the roster"),
        ("member_id", "R03", roster("a", "left", 12), "not on the roster"),
        ("scope", "R01", Draft.of(Exemption(scope=("431382",), reason="x", **days(19, 25))), "'431382'"),
        (
            "device_time",
            "R06",
            check_in("22T09:59"),
            "the device's clock says 2022-12-22 09:59, received 2022-12-23 10:00: 24.0 h apart",
        ),
        ("device_time", "R06", check_in("24T10:01"), "2022-12-24 10:01"),
        ("device_time", "R06", check_in("01T10:00", received_at=at("03T10:00")), "48.0 h apart"),
        (
            "received_at",
            "R06",
            check_in("25T10:00", received_at=at("25T10:00")),
            "in the future: it is 2022-12-23 10:00",
        ),
        (
            "lon",
            "R06",
            check_in("23T09:58", lon=27.69, lat=111.43),
            r"\(27.69, 111.43\) in EPSG:4326 is no place on Earth",
        ),
        ("lon", "R06", check_in("23T09:58", lon=1e8, lat=1e8, crs="EPSG:4546"), "EPSG:4546"),
        ("night", "R07", paper(23), "the night of 2022-12-23 has not begun"),
        ("night", "R07", timed("23T10:01", None), "has not begun"),
        ("check_out", "R07", timed("22T21:00", "23T11:00"), "2022-12-23 11:00 is in the future"),
        (
            "member_id",
            "R07",
            paper(19, member="p1"),
            r"p1: overlaps event 1 in 431381001001 from 2022-12-19 20:00 to 2022-12-20 05:00",
        ),
        ("member_id", "R07", paper(19, NEXT, member="p1"), "one person, one place"),
        ("member_id", "R07", paper(21, NEXT, member="p2"), "overlaps event 2"),
        ("member_id", "R07", timed("22T06:59", "22T08:00", member="p2"), "overlaps event 2"),
        ("member_id", "R07", timed("20T22:00", None, member="p2"), "overlaps event 2"),
        (
            "member_id",
            "R07",
            paper(20, NEXT, member="d1"),
            "overlaps event 3 in 431381001001 from 2022-12-20 21:00 to 2022-12-21 07:00",
        ),
        (
            "member_id",
            "R07",
            paper(19, NEXT, member="d2"),
            "overlaps event 5 in 431381001001 from 2022-12-19 21:00 to 2022-12-20 05:00",
        ),
        (
            "member_id",
            "R07",
            check_in("20T23:00", NEXT, member_id="p2", received_at=at("20T23:01")),
            "overlaps event 2",
        ),
        ("order_id", "R13", event_at("23T10:00", order("1")), "order '1' was issued before, on 2022-12-22 04:00"),
        ("grids", "R16", mapped(HOME, T01={"m1": f"{HOME}005"}), "005' is known; the county has 48 grids"),
        (
            "grids",
            "R16",
            mapped(HOME, T01={"m1": f"{NEXT}001"}),
            f"grid {NEXT}001 lies in {NEXT}, outside the order's scope {HOME}",
        ),
        ("grids", "R02", mapped(T99={"m1": f"{HOME}001"}), "no team 'T99' is known"),
        ("grids", "R16", mapped(HOME, T02={"m1": f"{HOME}001"}), "team T02 does not serve in the order's scope"),
        ("grids", "R03", mapped(T03={"a": f"{HOME}001"}), "'a' is not on the roster of T03 on 2022-12-23"),
        (
            "order_id",
            "R13",
            event_at("23T10:00", MobilisationEnded(order_id="1")),
            "has been over since 2022-12-22 20:00",
        ),
        ("order_id", "R13", event_at("23T10:00", MobilisationEnded(order_id="9")), "no order '9' is known"),
        (
            "at",
            "R13",
            event_at("23T03:59", Arrival(order_id="2", team_id="T01", member_id="m1", village_code=HOME)),
            "before the order was issued, 2022-12-23 04:00",
        ),
        ("at", "", event_at("24T10:01", order("3")), "2022-12-24 10:01 is in the future"),
        ("closure_id", "", event_at("23T10:00", closure("K2")), "was opened before, on 2022-12-20 08:00"),
        ("closure_id", "", event_at("23T10:00", ClosureLifted(closure_id="K2")), "was lifted on 2022-12-21 08:00"),
        ("closure_id", "", event_at("23T10:00", ClosureLifted(closure_id="K9")), "no closure 'K9'"),
        ("at", "", event_at("20T07:00", ClosureLifted(closure_id="K1")), "before closure 'K1' began"),
        ("incident_id", "", event_at("23T10:00", incident("I1")), "opened before, on 2022-12-23 09:00"),
        ("incident_id", "R20", event_at("23T10:00", IncidentClosed(incident_id="I2")), "closed on 2022-12-22 12:00"),
        ("at", "R20", event_at("23T08:00", IncidentClosed(incident_id="I1")), "before its discovery, 2022-12-23 09:00"),
        ("lon", "R20", event_at("23T10:00", incident("I3", 112.5, 27.7)), "km outside the county's outline"),
        ("incident_id", "", event_at("23T10:00", Commitment(incident_id="I9", team_id="C02")), "no incident 'I9'"),
        (
            "team_id",
            "",
            event_at("23T10:00", Commitment(incident_id="I1", team_id="C02")),
            "committed to incident I1 since 2022-12-23 09:12",
        ),
        (
            "incident_id",
            "R20",
            event_at("23T10:00", Commitment(incident_id="I2", team_id="C03")),
            "closed on 2022-12-22 12:00",
        ),
        (
            "team_id",
            "",
            event_at("23T10:00", CommitmentEnded(incident_id="I1", team_id="C03")),
            "is not committed to incident 'I1'",
        ),
        ("corrects", "", Draft.of(Correction(corrects=99, reason="x"), NOW), "event 99 is not there"),
        ("corrects", "", Draft.of(Correction(corrects=18, reason="x"), NOW), "was corrected already"),
        ("corrects", "", Draft.of(Correction(corrects=19, reason="x"), NOW), "is not there"),  # it put nothing in place
        (
            "replacement",
            "",
            Draft.of(Correction(corrects=1, reason="x", replacement=check_in("23T09:58")), NOW),
            "event 1 is a stay_declared, its replacement a check_in",
        ),
        (
            "replacement.night",
            "R07",
            Draft.of(Correction(corrects=1, reason="x", replacement=paper(23, member="p1")), NOW),
            "has not begun",
        ),
        (
            "replacement.member_id",
            "R07",
            Draft.of(Correction(corrects=1, reason="x", replacement=paper(21, member="p2")), NOW),
            "overlaps event 2",
        ),
        (
            "last_day",
            "",
            Draft.of(Leave(team_id="T01", member_id="m1", **days(24, 23))),
            "2022-12-23 is before first_day",
        ),
    ],
)
def test_what_the_record_contradicts_is_refused_with_the_rule_and_the_facts(
    field: str, rule: str, draft: Draft, facts: str, board: Board
) -> None:
    assert [(1, field, rule)] == refusals(board, draft)
    with pytest.raises(InputError, match=facts) as caught:
        admit(board.atlas, board, [draft], role=Role.HQ, now=NOW)
    assert field == caught.value.parameter
    assert f"event 1 ({draft.kind.value})" in str(caught.value)
    assert not rule or rule in str(caught.value)


def test_r16_every_member_and_grid_that_is_wrong_is_named(board: Board) -> None:
    draft = mapped(NEXT, T02={"m": f"{HOME}001", "n": f"{NEXT}009"}, T03={"a": f"{NEXT}001"}, T99={"x": f"{NEXT}001"})
    assert [(1, "grids", rule) for rule in ("R16", "R02", "R16", "R16")] == refusals(board, draft)


def test_r16_a_member_who_joins_in_the_same_call_may_be_mapped(board: Board) -> None:
    order_ = mapped(T03={"new": f"{HOME}001"})
    assert [] == refusals(board, roster("new", "joined", 23), order_)
    assert [(1, "grids", "R03")] == refusals(board, order_)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HQ])
@pytest.mark.parametrize(
    ("rule", "draft"),
    [
        ("R13", event_at("23T10:00", order("3"))),
        ("R13", event_at("23T10:00", MobilisationEnded(order_id="2"))),
        ("R12", Draft.of(Exemption(scope=(HOME,), reason="x", **days(19, 25)))),
        ("R13", Draft.of(Correction(corrects=15, reason="x"), NOW)),
    ],
)
def test_only_the_headquarters_orders_and_exempts(rule: str, draft: Draft, role: Role, board: Board) -> None:
    assert [(1, "kind", rule)] == refusals(board, draft, role=role)
    assert [] == refusals(board, draft)


@pytest.mark.parametrize("role", Role)
def test_nobody_records_who_used_the_service_not_even_as_a_correction(role: Role, board: Board) -> None:
    note = Draft.of(AccessNote(act=AccessAct.SIGNED_IN, subject="hq"), NOW)
    assert [(1, "kind", "")] == refusals(board, note, role=role)
    instead = Draft.of(Correction(corrects=1, reason="x", replacement=note), NOW)
    assert "replacement" in {field for _, field, _ in refusals(board, instead, role=role)}


def test_every_fault_of_every_event_is_listed(board: Board) -> None:
    wrong = Draft.of(StayDeclared(team_id="T98", village_code="431381999999", night=date(2022, 12, 22)))
    assert [(1, "team_id", "R02"), (1, "village_code", "R01"), (3, "night", "R07")] == refusals(
        board, wrong, paper(22), paper(24)
    )


def test_an_error_of_very_many_faults_shows_the_first_and_holds_all(board: Board) -> None:
    with pytest.raises(RuleError, match="… and 5 more") as caught:
        admit(board.atlas, board, [paper(24, member=f"x{n}") for n in range(25)], role=Role.HQ, now=NOW)
    assert 25 == len(caught.value.refusals)


@pytest.mark.parametrize(
    ("expected", "drafts"),
    [
        ([(2, "member_id", "R07")], [paper(22), paper(22, NEXT)]),
        ([(2, "member_id", "R07")], [paper(22), paper(22)]),
        ([], [paper(22), paper(22, NEXT, member="m2"), paper(21)]),
        ([(1, "night", "R07")], [paper(23), paper(22, NEXT)]),  # what is refused is in nobody's way
        ([(2, "member_id", "R07")], [check_in("22T22:00"), paper(22, NEXT)]),
        ([(2, "member_id", "R07")], [paper(22, NEXT), check_in("22T22:00")]),
        ([], [event_at("23T10:00", incident("I3")), event_at("23T10:00", Commitment(incident_id="I3", team_id="C03"))]),
        (
            [(2, "incident_id", "")],
            [event_at("23T10:00", incident("I3")), event_at("23T10:00", incident("I3"))],
        ),
        (
            [(2, "team_id", "")],
            [event_at("23T10:00", Commitment(incident_id="I1", team_id="C03"))] * 2,
        ),
        ([], [roster("n", "joined", 1, "T02"), check_in("23T09:58", team_id="T02", member_id="n")]),
        (
            [(2, "member_id", "R03")],
            [roster("n", "joined", 1, "T02"), check_in("23T09:58", team_id="T02", member_id="o")],
        ),
        ([(2, "corrects", "")], [Draft.of(Correction(corrects=1, reason="x"), NOW)] * 2),
        ([], [Draft.of(Correction(corrects=1, reason="x"), NOW), paper(19, NEXT, member="p1")]),
        (
            [(2, "corrects", "")],
            [event_at("23T10:00", closure("K5")), Draft.of(Correction(corrects=20, reason="x"), NOW)],
        ),
        (
            [(3, "member_id", "R07")],
            [paper(22), Draft.of(Correction(corrects=1, reason="x"), NOW), paper(22, NEXT)],
        ),
    ],
)
def test_the_events_of_one_call_are_judged_together_and_in_order(
    expected: list[tuple[int, str, str]], drafts: list[Draft], board: Board
) -> None:
    assert expected == refusals(board, *drafts)


def test_the_board_is_as_it_was(board: Board) -> None:
    before = (board.sequence, len(board.stays), board.commitments, board.roads)
    refusals(board, paper(22), Draft.of(Correction(corrects=1, reason="x"), NOW), event_at("23T10:00", closure("K4")))
    assert before == (board.sequence, len(board.stays), board.commitments, board.roads)


def test_how_far_a_clock_may_be_off_is_a_setting(board: Board) -> None:
    draft = [check_in("23T07:00")]
    admit(board.atlas, board, draft, role=Role.STATION, now=NOW)
    with pytest.raises(RuleError, match="at most 2 h are taken"):
        admit(board.atlas, board, draft, role=Role.STATION, now=NOW, limits=Limits(clock=timedelta(hours=2)))


def test_nothing_is_nothing_to_refuse(board: Board) -> None:
    assert [] == refusals(board)
