"""The Board as a fold of events: what counts where, what ends what, and that no way of folding tells another story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.board import (
    BULK,
    Board,
    Record,
    as_of,
    fold,
    fold_frames,
    from_snapshot,
    recorded,
    to_snapshot,
)
from geo.calendar import CHINA, NightRules, Week
from geo.coverage import StayRules, stay_coverage
from geo.errors import StaleSnapshotError
from geo.events import (
    AccessNote,
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
    Event,
    IncidentClosed,
    IncidentOpened,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
    encode,
    events_of_frames,
)
from geo.geojson import records
from geo.terms import (
    AccessAct,
    ClosureCause,
    EventKind,
    IncidentKind,
    RoadEffect,
    RosterAction,
    StayState,
    VehicleClass,
)
from tests.county import AS_OF, SIDE, WEEK, SmallCounty, centre, corner, county_of, raw_layers

HOME, NEXT = "431381001001", "431381001002"
NEVER_MIND = datetime(2023, 6, 1, tzinfo=CHINA)
DEGREE_M = 111_320.0


def at(text: str) -> datetime:
    """A local instant of December 2022, such as 20T21:00."""
    return datetime.fromisoformat(f"2022-12-{text}").replace(tzinfo=CHINA)


def check_in(when: str | datetime, village: str = HOME, member: str = "m1", team: str = "T01", **more: Any) -> Draft:
    """A check-in at the village's centre, unless a place is given."""
    instant = at(when) if isinstance(when, str) else when
    place = {"lon": centre(village).x, "lat": centre(village).y, "crs": crs.WGS84, **more}
    return Draft.of(CheckIn(team_id=team, member_id=member, device_time=instant, **place))


def check_out(when: str, member: str = "m1", team: str = "T01") -> Draft:
    """A check-out."""
    return Draft.of(CheckOut(team_id=team, member_id=member, device_time=at(when)))


def paper(night: int, village: str = HOME, member: str | None = "m1", team: str = "T01", **times: Any) -> Draft:
    """A stay declared on paper for a night of December 2022."""
    body = StayDeclared(team_id=team, village_code=village, night=date(2022, 12, night), member_id=member, **times)
    return Draft.of(body)


def correction(of: int, replacement: Draft | None = None) -> Draft:
    """A correction of an event."""
    return Draft.of(Correction(corrects=of, reason="wrong", replacement=replacement), NEVER_MIND)


def board_of(county: SmallCounty, *drafts: Draft) -> Board:
    """The Board after these, all recorded when everything is over."""
    return fold(county.atlas, recorded(drafts, NEVER_MIND), known_until=NEVER_MIND)


def spans(board: Board) -> list[tuple[str, str, str, str]]:
    """(member, village, check-in, left or -) of every stay; instants as day and clock, local."""
    left = pd.Series(board.left_at).dt.tz_localize("UTC").dt.tz_convert(CHINA)
    return [
        (member, village, f"{begin:%dT%H:%M}", "-" if pd.isna(end) else f"{end:%dT%H:%M}")
        for member, village, begin, end in zip(
            board.stays["member_id"], board.stays["village_code"], board.stays["check_in"], left, strict=True
        )
    ]


def evenings(board: Board, county: SmallCounty, village: str = HOME, rules: StayRules | None = None) -> list[int]:
    """The days of December whose nights the village's team kept in the week."""
    coverage = stay_coverage(county.atlas, board, WEEK, at=NEVER_MIND, rules=rules)
    return [day.day for one in coverage.villages if one.village_code == village for day in one.evenings]


# What ends a presence, and which nights it makes


@pytest.mark.parametrize(
    ("expected", "kept", "drafts"),
    [
        ([("m1", HOME, "20T21:00", "21T07:00")], [20], [check_in("20T21:00"), check_out("21T07:00")]),
        ([("m1", HOME, "20T21:00", "21T04:30")], [], [check_in("20T21:00"), check_out("21T04:30")]),
        ([("m1", HOME, "20T21:00", "-")], [20], [check_in("20T21:00")]),  # open: its first night
        (  # the next check-in ends it, elsewhere as well
            [("m1", HOME, "20T21:00", "21T03:00"), ("m1", NEXT, "21T03:00", "-")],
            [],
            [check_in("20T21:00"), check_in("21T03:00", NEXT)],
        ),
        (  # a check-out of another member, or before, ends nothing
            [("m1", HOME, "20T21:00", "-")],
            [20],
            [check_out("20T21:00"), check_in("20T21:00"), check_out("21T03:00", member="m2")],
        ),
        (  # a check-in that was received after the check-out
            [("m1", HOME, "20T21:00", "21T07:00")],
            [20],
            [check_out("21T07:00"), check_in("20T21:00")],
        ),
        (  # one that was received late ends the presence before it
            [("m1", HOME, "20T21:00", "21T02:00"), ("m1", NEXT, "21T02:00", "21T07:00")],
            [],
            [check_in("20T21:00"), check_out("21T07:00"), check_in("21T02:00", NEXT)],
        ),
        ([("m1", HOME, "20T20:00", "21T08:00")], [20], [paper(20)]),
        ([(None, HOME, "20T20:00", "21T08:00")], [20], [paper(20, member=None)]),
        (
            [("m1", HOME, "20T23:00", "22T06:00")],
            [20, 21],
            [paper(20, check_in=at("20T23:00"), check_out=at("22T06:00"))],
        ),
        ([("m1", NEXT, "20T20:00", "21T08:00")], [], [paper(20, NEXT)]),
        (  # a night on paper in the same village tells once more what the check-in told
            [("m1", HOME, "19T21:00", "22T07:00"), ("m1", HOME, "20T20:00", "21T08:00")],
            [19, 20, 21],
            [check_in("19T21:00"), check_out("22T07:00"), paper(20)],
        ),
        (  # whichever was recorded first
            [("m1", HOME, "20T20:00", "21T08:00"), ("m1", HOME, "19T21:00", "22T07:00")],
            [19, 20, 21],
            [paper(20), check_in("19T21:00"), check_out("22T07:00")],
        ),
        (  # of two, and after the check-out as well
            [
                ("m1", HOME, "19T21:00", "22T07:00"),
                ("m1", HOME, "20T20:00", "21T08:00"),
                ("m1", HOME, "21T20:00", "22T08:00"),
            ],
            [19, 20, 21],
            [check_in("19T21:00"), paper(20), paper(21), check_out("22T07:00")],
        ),
        (  # an open check-in stays open
            [("m1", HOME, "19T21:00", "-"), ("m1", HOME, "20T20:00", "21T08:00")],
            [19, 20],
            [check_in("19T21:00"), paper(20)],
        ),
        (  # on paper elsewhere it ends, though there is paper in its village in between
            [
                ("m1", HOME, "19T21:00", "21T20:00"),
                ("m1", HOME, "20T20:00", "21T08:00"),
                ("m1", NEXT, "21T20:00", "22T08:00"),
            ],
            [19, 20],
            [check_in("19T21:00"), paper(20), paper(21, NEXT), check_out("22T07:00")],
        ),
        (  # of another member, or of nobody in particular, it ends nothing elsewhere either
            [
                ("m1", HOME, "19T21:00", "22T07:00"),
                ("m2", NEXT, "20T20:00", "21T08:00"),
                (None, NEXT, "20T20:00", "21T08:00"),
            ],
            [19, 20, 21],
            [check_in("19T21:00"), paper(20, NEXT, "m2"), paper(20, NEXT, None), check_out("22T07:00")],
        ),
        (  # a check-in within a declared stay lasts until its own end
            [("m1", HOME, "19T20:00", "21T08:00"), ("m1", HOME, "20T21:00", "22T07:00")],
            [19, 20, 21],
            [
                paper(19, check_in=at("19T20:00"), check_out=at("21T08:00")),
                check_in("20T21:00"),
                check_out("22T07:00"),
            ],
        ),
        (  # a check-out ends the check-in and an open declared stay of its village together
            [("m1", HOME, "19T21:00", "22T07:00"), ("m1", HOME, "20T20:00", "22T07:00")],
            [19, 20, 21],
            [check_in("19T21:00"), paper(20, check_in=at("20T20:00")), check_out("22T07:00")],
        ),
        (  # a declared stay that has no end itself goes on as a check-in does
            [("m1", HOME, "19T20:00", "22T07:00"), ("m1", HOME, "21T20:00", "22T08:00")],
            [19, 20, 21],
            [paper(19, check_in=at("19T20:00")), paper(21), check_out("22T07:00")],
        ),
        (  # and ends with a stay declared elsewhere
            [("m1", HOME, "19T20:00", "21T20:00"), ("m1", NEXT, "21T20:00", "22T08:00")],
            [19],
            [paper(19, check_in=at("19T20:00")), paper(21, NEXT), check_out("22T07:00")],
        ),
        (  # whoever checks in again in the same village and night has not left
            [("m1", HOME, "20T20:00", "21T07:00"), ("m1", HOME, "21T01:00", "21T07:00")],
            [20],
            [check_in("20T20:00"), check_in("21T01:00"), check_out("21T07:00")],
        ),
        (  # with no check-out at all each is good for its own first night
            [("m1", HOME, "20T20:00", "-"), ("m1", HOME, "21T01:00", "-")],
            [20, 21],
            [check_in("20T20:00"), check_in("21T01:00")],
        ),
        (  # but has when they check out in the middle of it
            [("m1", HOME, "20T20:00", "21T03:00"), ("m1", HOME, "21T01:00", "21T03:00")],
            [],
            [check_in("20T20:00"), check_in("21T01:00"), check_out("21T03:00")],
        ),
        (  # or are elsewhere
            [("m1", HOME, "20T20:00", "21T03:00"), ("m1", HOME, "21T01:00", "21T03:00"), ("m1", NEXT, "21T03:00", "-")],
            [],
            [check_in("20T20:00"), check_in("21T01:00"), check_in("21T03:00", NEXT)],
        ),
        (  # and a check-out that was forgotten is not made by one two days later
            [("m1", HOME, "19T20:00", "22T20:00"), ("m1", HOME, "22T20:00", "23T07:00")],
            [19, 22],
            [check_in("19T20:00"), check_in("22T20:00"), check_out("23T07:00")],
        ),
        (  # nor by one the next evening
            [("m1", HOME, "19T20:00", "22T07:00"), ("m1", HOME, "21T19:59", "22T07:00")],
            [19, 21],
            [check_in("19T20:00"), check_in("21T19:59"), check_out("22T07:00")],
        ),
        (  # or with the next check-in two days on
            [("m1", HOME, "19T20:00", "21T20:00"), ("m1", HOME, "21T20:00", "22T07:00")],
            [19, 21],
            [paper(19, check_in=at("19T20:00")), check_in("21T20:00"), check_out("22T07:00")],
        ),
    ],
)
def test_presence_ends_with_the_check_out_or_the_next_presence_that_is_not_the_same_on_paper(
    expected: list[tuple[str, str, str, str]], kept: list[int], drafts: list[Draft], small_county: SmallCounty
) -> None:
    singly = board_of(small_county)
    for event in numbered(drafts):
        singly = singly.advance([event])
    for board in (board_of(small_county, *drafts), singly):
        held = [tuple(None if pd.isna(cell) else cell for cell in row) for row in spans(board)]
        assert (expected, kept) == (held, evenings(board, small_county))


def test_a_night_declared_on_paper_is_kept_whatever_hour_ends_a_night(small_county: SmallCounty) -> None:
    board = board_of(small_county, paper(20))
    assert [20] == evenings(board, small_county, rules=StayRules(night=NightRules(until_hour=7)))


def test_a_check_in_of_a_fast_clock_counts_from_when_it_was_received(small_county: SmallCounty) -> None:
    draft = check_in("20T23:30")
    event = Event(1, at("20T21:15"), draft.at, "station", draft.kind, draft.body)
    assert [("m1", HOME, "20T21:15", "-")] == spans(fold(small_county.atlas, [event]))


# Where a check-in counts


def east_of(village: str, metres: float) -> dict[str, float]:
    """A place so far east of a village's eastern border (negative: inside)."""
    west, south = corner(village)
    metre = 1 / DEGREE_M / np.cos(np.radians(south))
    return {"lon": west + SIDE + metres * metre, "lat": south + SIDE / 2}


EDGE = "431381100002"
"""A village on the county's eastern border; its township team is T10."""


@pytest.mark.parametrize(
    ("counts", "near", "distance_m", "team", "place"),
    [
        (EDGE, EDGE, 0, "T10", east_of(EDGE, -10)),
        (EDGE, EDGE, 95, "T10", east_of(EDGE, 95)),
        (None, EDGE, 105, "T10", east_of(EDGE, 105)),
        (EDGE, EDGE, 95, "ghost", east_of(EDGE, 95)),  # nobody's team: the nearest village
        (None, EDGE, 400, "ghost", east_of(EDGE, 400)),
        (HOME, HOME, 90, "T01", east_of(HOME, 90)),  # in the neighbour's polygon: the team's village comes first
        (NEXT, NEXT, 0, "T02", east_of(HOME, 90)),
        (NEXT, NEXT, 0, "T01", east_of(HOME, 110)),
        (HOME, HOME, 0, "T10", {"lon": 111.42, "lat": 27.68}),  # on the border of two: the lower code
        (EDGE, EDGE, 20, "T01", east_of(EDGE, 20)),  # far from the own village, near another: it counts there
    ],
)
def test_a_check_in_counts_up_to_100_m_from_a_polygon_the_teams_own_first(
    counts: str | None, near: str, distance_m: float, team: str, place: dict[str, float], small_county: SmallCounty
) -> None:
    placed = board_of(small_county, check_in("20T21:00", team=team, **place)).placed(1)
    assert placed is not None
    assert (counts, near) == (placed.village_code, placed.near_code)
    assert distance_m == pytest.approx(placed.distance_m, abs=1)


def test_outside_every_village_the_distance_is_to_the_teams_own(small_county: SmallCounty) -> None:
    board = board_of(small_county, check_in("20T21:00", **east_of(EDGE, 1_000)))
    placed = board.placed(1)
    assert placed is not None
    assert (None, HOME, True) == (placed.village_code, placed.near_code, placed.distance_m > 9_000)
    assert [] == spans(board)


def test_a_check_in_outside_every_village_does_not_end_with_a_stay_on_paper(small_county: SmallCounty) -> None:
    board = board_of(small_county, check_in("20T19:00", **east_of(EDGE, 5_000)), paper(20), check_out("21T09:00"))
    assert [at("21T09:00"), at("21T08:00")] == [
        pd.Timestamp(left, unit="us", tz=CHINA) for left in board.present.presence.known.left.tolist()
    ]


def test_a_check_in_outside_ends_the_presence_before_it(small_county: SmallCounty) -> None:
    board = board_of(small_county, check_in("20T21:00"), check_in("21T03:00", **east_of(EDGE, 5_000)))
    assert [("m1", HOME, "20T21:00", "21T03:00")] == spans(board)


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4490", "GCJ-02", "BD-09", "EPSG:4546", "EPSG:32649"])
def test_a_place_counts_the_same_in_whatever_system_it_is_told(system: str, small_county: SmallCounty) -> None:
    place = east_of(EDGE, 60)
    lon, lat = crs.from_wgs84(system)(place["lon"], place["lat"])
    placed = board_of(
        small_county, check_in("20T21:00", team="T10", lon=float(lon), lat=float(lat), crs=system)
    ).placed(1)
    assert placed is not None
    assert (EDGE, pytest.approx(60, abs=1)) == (placed.village_code, placed.distance_m)
    assert (pytest.approx(place["lon"], abs=1e-8), pytest.approx(place["lat"], abs=1e-8)) == (placed.lon, placed.lat)


def test_the_margin_is_a_setting(small_county: SmallCounty) -> None:
    events = recorded([check_in("20T21:00", team="T10", **east_of(EDGE, 60))], NEVER_MIND)
    placed = fold(small_county.atlas, events, margin_m=50).placed(1)
    assert placed is not None
    assert placed.village_code is None


def test_a_place_that_its_system_does_not_have_is_kept_and_counts_nowhere(small_county: SmallCounty) -> None:
    board = board_of(small_county, check_in("20T21:00", lon=1e8, lat=1e8, crs="EPSG:4546"))
    placed = board.placed(1)
    assert placed is not None
    assert placed.village_code is None


def test_an_event_that_is_no_check_in_was_made_nowhere(small_county: SmallCounty) -> None:
    board = board_of(small_county, paper(20), check_out("21T07:00"))
    assert [None, None, None] == [board.placed(sequence) for sequence in (1, 2, 3)]


# Assignments


def test_an_assignment_moves_a_team_from_its_first_day_to_its_last(small_county: SmallCounty) -> None:
    moved = Assignment(team_id="T01", village_code=NEXT, first_day=date(2022, 12, 21), last_day=date(2022, 12, 23))
    board = board_of(
        small_county, Draft.of(moved), *(paper(night, member=f"a{night}") for night in range(19, 26)),
        *(paper(night, NEXT, f"b{night}") for night in range(19, 26)),
    )  # fmt: skip
    assert [19, 20, 24, 25] == evenings(board, small_county)
    assert [21, 22, 23] == [
        span.day
        for span in (date(2022, 12, day) for day in range(19, 26))
        if board.teams.spans.village_on(board.teams.position["T01"], (span - date(1970, 1, 1)).days) == NEXT
    ]


def test_a_later_assignment_stands_above_an_earlier_one_and_neighbours_join(small_county: SmallCounty) -> None:
    first = Assignment(team_id="T08", village_code=NEXT, first_day=date(2022, 12, 1))
    second = Assignment(team_id="T08", village_code=HOME, first_day=date(2022, 12, 10), last_day=date(2022, 12, 12))
    third = Assignment(team_id="T08", village_code=NEXT, first_day=date(2022, 12, 11))
    held = board_of(small_county, *map(Draft.of, (first, second, third))).teams
    position = held.position["T08"]
    assert [("431381002201", "0001-01-01", "2022-11-30"), (NEXT, "2022-12-01", "2022-12-09"),
            (HOME, "2022-12-10", "2022-12-10"), (NEXT, "2022-12-11", "9999-12-31")] == [
        (held.spans.village_code[row], str(held.spans.first[row]), str(held.spans.last[row]))
        for row in np.flatnonzero(held.spans.team == position)
    ]  # fmt: skip
    assert held.serving(date(2022, 12, 23), date(2022, 12, 23))[position]  # the register had ended in November


def test_a_check_in_is_placed_by_the_assignments_known_when_it_came(small_county: SmallCounty) -> None:
    moved = Draft.of(Assignment(team_id="T01", village_code=NEXT, first_day=date(2022, 12, 1)))
    between = east_of(HOME, 90)
    board = board_of(
        small_county, check_in("20T21:00", **between), moved, check_in("21T21:00", **between), correction(2),
        check_in("22T21:00", **between),
    )  # fmt: skip
    assert [HOME, NEXT, HOME] == [board.placed(sequence).village_code for sequence in (1, 3, 5)]  # type: ignore[union-attr]  # they are check-ins


# Incidents and the teams committed to them

INCIDENT = Draft.of(IncidentOpened(incident_id="I9", kind=IncidentKind.FLOOD, lon=111.41, lat=27.68), at("23T10:00"))


def event_at(when: str, body: Body) -> Draft:
    """A draft that speaks of an instant."""
    return Draft.of(body, at(when))


def test_a_team_at_an_open_incident_is_not_free_and_the_answer_says_since_when(small_county: SmallCounty) -> None:
    board = board_of(small_county, INCIDENT, event_at("23T10:12", Commitment(incident_id="I9", team_id="C02")))
    teams, position = board.teams, board.teams.position["C02"]
    free = [bool(teams.allowed(at(when), None, None)[position]) for when in ("23T10:11", "23T10:12", "24T09:00")]
    assert [True, False, False] == free
    assert "committed to incident I9 since 10:12" == teams.why_not(position, at("23T11:00"), None, None)
    assert "committed to incident I9 since 2022-12-23 10:12" == teams.why_not(position, at("24T11:00"), None, None)
    assert 1 == (small_county.board.teams.allowed(AS_OF, None, None) & ~teams.allowed(at("23T11:00"), None, None)).sum()


@pytest.mark.parametrize(
    ("end", "draft"),
    [
        ("23T12:00", event_at("23T12:00", CommitmentEnded(incident_id="I9", team_id="C02"))),
        ("23T12:30", event_at("23T12:30", IncidentClosed(incident_id="I9"))),
        (None, event_at("23T12:00", CommitmentEnded(incident_id="I9", team_id="C03"))),
        (None, event_at("23T12:00", CommitmentEnded(incident_id="I8", team_id="C02"))),
    ],
)
def test_a_commitment_ends_with_the_release_or_the_incident(
    end: str | None, draft: Draft, small_county: SmallCounty
) -> None:
    board = board_of(small_county, INCIDENT, event_at("23T10:12", Commitment(incident_id="I9", team_id="C02")), draft)
    assert [end and at(end)] == [one.until for one in board.commitments]
    assert (end is not None) == board.teams.allowed(at("23T12:30"), None, None)[board.teams.position["C02"]]


def test_a_team_may_be_committed_again_after_its_release(small_county: SmallCounty) -> None:
    sent, freed = Commitment(incident_id="I9", team_id="C02"), CommitmentEnded(incident_id="I9", team_id="C02")
    board = board_of(
        small_county, INCIDENT, event_at("23T10:12", sent), event_at("23T11:00", freed), event_at("23T13:00", sent)
    )
    assert [at("23T11:00"), None] == [one.until for one in board.commitments]


# Closures and orders


def opened(closure_id: str = "K9", **more: Any) -> ClosureOpened:
    """A closure over the county's road."""
    shape = shapely.LineString([(111.43, 27.669), (111.43, 27.671)])
    return ClosureOpened(
        closure_id=closure_id, cause=ClosureCause.FLOOD, effect=RoadEffect.CLOSED, vehicles=VehicleClass.ALL,
        shape=shape, **more,
    )  # fmt: skip


def test_a_closure_holds_from_its_opening_until_it_is_lifted(small_county: SmallCounty) -> None:
    first = board_of(small_county, event_at("20T08:00", opened()))
    board = first.advance(
        [Event(2, NEVER_MIND, at("21T09:00"), "hq", EventKind.CLOSURE_LIFTED, ClosureLifted(closure_id="K9"))]
    )
    assert board.roads is not None
    assert first.roads is not None
    active = [[one.id for one in board.roads.active_at(at(when))] for when in ("20T07:59", "20T08:00", "21T09:00")]
    assert [[], ["K9"], []] == active
    assert ["K9"] == [one.id for one in first.roads.active_at(at("21T09:00"))]
    assert 1 <= board.roads.closure("K9").segments


@pytest.mark.parametrize(("end", "lifted"), [("21T09:00", "21T09:00"), ("21T18:00", "21T19:00"), ("21T18:00", None)])
def test_a_closure_ends_as_expected_or_when_it_is_lifted_before(
    end: str, lifted: str | None, small_county: SmallCounty
) -> None:
    drafts = [event_at("20T08:00", opened(to_at=at("21T18:00")))]
    drafts += [event_at(lifted, ClosureLifted(closure_id="K9"))] if lifted else []
    assert [at(end)] == list(board_of(small_county, *drafts).closures["to_at"])


def test_an_order_ends_as_set_or_as_declared(small_county: SmallCounty) -> None:
    order = Mobilisation(order_id="1", scope=("431381",), cause="暴雨", ends_at=at("28T04:00"))
    over = event_at("27T20:00", MobilisationEnded(order_id="1"))
    (held,) = board_of(small_county, event_at("27T04:00", order), over).duty.orders
    assert ("1", at("27T04:00"), at("27T20:00")) == (held.order_id, held.issued_at, held.ends_at)


def test_a_roster_tells_who_is_on_it_on_a_day_and_none_where_it_was_never_recorded(small_county: SmallCounty) -> None:
    changes = [
        RosterChange(team_id="T01", member_id=member, change=RosterAction(change), day=date(2022, 12, day))
        for member, change, day in (("a", "joined", 1), ("a", "left", 10), ("b", "joined", 5))
    ]
    duty = board_of(small_county, *map(Draft.of, changes)).duty
    days = [date(2022, 11, 30), *(date(2022, 12, day) for day in (1, 9, 10))]
    assert [set(), {"a"}, {"a", "b"}, {"b"}] == [duty.members("T01", day) for day in days]
    assert duty.members("T02", date(2022, 12, 9)) is None


# Frames are import formats


def test_frames_made_events_and_folded_are_the_same_frames(small_county: SmallCounty) -> None:
    for name in ("stays", "incidents", "closures"):
        frame = getattr(small_county.board, name)
        pd.testing.assert_frame_equal(small_county.layers[name], frame)
        assert small_county.layers[name].attrs == frame.attrs


def test_a_folded_register_has_the_states_worked_out_on_paper(small_county: SmallCounty) -> None:
    drafts = events_of_frames(*(small_county.layers[name] for name in ("stays", "incidents", "closures")))
    board = fold(small_county.atlas, recorded(drafts, AS_OF), known_until=AS_OF)
    coverage = stay_coverage(small_county.atlas, board, WEEK, at=AS_OF)
    assert dict(small_county.expected_states) == {v.village_code: v.state for v in coverage.villages}


def test_check_ins_keep_a_village_as_a_register_does(small_county: SmallCounty) -> None:
    drafts = [check_in("20T21:00"), check_out("21T06:00"), check_in("22T21:00"), check_out("23T06:00")]
    board = board_of(small_county, check_in("01T21:00"), *drafts)
    states = {v.village_code: v.state for v in stay_coverage(small_county.atlas, board, WEEK, at=NEVER_MIND).villages}
    assert (StayState.MET, StayState.LOST) == (states[HOME], states[NEXT])


# Corrections


def test_what_is_corrected_no_longer_counts_and_the_replacement_does(small_county: SmallCounty) -> None:
    board = board_of(small_county, paper(20, NEXT), paper(22), correction(1, paper(20)))
    assert [("m1", HOME, "22T20:00", "23T08:00"), ("m1", HOME, "20T20:00", "21T08:00")] == spans(board)
    assert (None, EventKind.STAY_DECLARED) == (board.kind_of(1), board.kind_of(3))


def test_a_presence_goes_on_when_the_check_in_or_check_out_that_ended_it_is_corrected(
    small_county: SmallCounty,
) -> None:
    drafts = [check_in("20T21:00"), check_in("21T03:00", NEXT), check_out("21T07:00")]
    assert [("m1", HOME, "20T21:00", "21T07:00")] == spans(board_of(small_county, *drafts, correction(2)))
    assert [("m1", HOME, "20T21:00", "21T03:00"), ("m1", NEXT, "21T03:00", "-")] == spans(
        board_of(small_county, *drafts, correction(3))
    )


def test_a_corrected_night_on_paper_ends_what_it_now_ends(small_county: SmallCounty) -> None:
    signed = [check_in("19T21:00"), check_out("22T07:00")]
    whole, ended = ("m1", HOME, "19T21:00", "22T07:00"), ("m1", HOME, "19T21:00", "20T20:00")
    here, elsewhere = ("m1", HOME, "20T20:00", "21T08:00"), ("m1", NEXT, "20T20:00", "21T08:00")
    for expected, drafts in (
        ([whole, here], [paper(20, NEXT), correction(3, paper(20))]),
        ([ended, elsewhere], [paper(20), correction(3, paper(20, NEXT))]),
        ([whole], [paper(20), correction(3)]),
        ([whole], [paper(20, NEXT), correction(3)]),
        ([here], [paper(20), correction(1)]),
    ):
        assert expected == spans(board_of(small_county, *signed, *drafts))


def test_a_replacement_is_corrected_by_naming_the_correction(small_county: SmallCounty) -> None:
    board = board_of(small_county, paper(20), correction(1, paper(21)), correction(2, paper(22)))
    assert [("m1", HOME, "22T20:00", "23T08:00")] == spans(board)


@pytest.mark.parametrize("sequence", [2, 3, 99])
def test_a_correction_of_what_is_not_before_it_changes_nothing(sequence: int, small_county: SmallCounty) -> None:
    assert [("m1", HOME, "20T20:00", "21T08:00")] == spans(board_of(small_county, paper(20), correction(sequence)))


def test_the_record_shrinks_when_its_first_stay_is_corrected(small_county: SmallCounty) -> None:
    board = fold(small_county.atlas, recorded([paper(1), paper(20), correction(1)], NEVER_MIND))
    assert Record(date(2022, 12, 20), at("21T08:00")) == board.record


def test_a_corrected_closure_and_commitment_are_gone(small_county: SmallCounty) -> None:
    sent = event_at("23T10:12", Commitment(incident_id="I9", team_id="C02"))
    board = board_of(small_county, event_at("20T08:00", opened()), INCIDENT, sent, correction(1), correction(3))
    assert ([], ()) == (list(board.closures["closure_id"]), board.commitments)
    assert board.roads is not None
    assert () == board.roads.active_at(at("21T09:00"))
    assert board.teams.allowed(at("23T11:00"), None, None)[board.teams.position["C02"]]


# A Board never changes


def test_a_board_advanced_twice_gives_two_boards_and_stays_as_it_is(small_county: SmallCounty) -> None:
    first = board_of(small_county, check_in("20T21:00"))
    held = spans(first)
    one, other = (
        first.advance(numbered([draft], after=1)) for draft in (check_out("21T07:00"), check_in("21T02:00", NEXT))
    )
    further = one.advance(numbered([check_in("21T21:00")], after=2))
    assert [("m1", HOME, "20T21:00", "-")] == held == spans(first)
    assert [("m1", HOME, "20T21:00", "21T07:00")] == spans(one)
    assert [("m1", HOME, "20T21:00", "21T02:00"), ("m1", NEXT, "21T02:00", "-")] == spans(other)
    assert [("m1", HOME, "20T21:00", "21T07:00"), ("m1", HOME, "21T21:00", "-")] == spans(further)


def test_boards_that_went_the_same_way_share_their_rows_and_others_do_not(small_county: SmallCounty) -> None:
    first = board_of(small_county, check_in("20T21:00"), check_in("20T21:00", member="m2"))
    ahead, now = (first.advance(numbered([check_in("21T21:00")], after=2)) for _ in range(2))
    other = first.advance(numbered([check_in("21T21:01")], after=2))
    rooms = [board.present.presence.rows.room for board in (first, ahead, now, other)]
    assert rooms[0] is not rooms[3]
    assert rooms[1] is rooms[2]
    assert told(ahead) == told(now)


def test_events_that_a_board_knows_are_passed_over(small_county: SmallCounty) -> None:
    board = board_of(small_county, check_in("20T21:00"))
    assert board is board.advance(numbered([check_out("21T07:00")], after=0))


def test_a_board_is_as_it_was_known_at_an_earlier_moment(small_county: SmallCounty) -> None:
    drafts = [paper(19), paper(20), correction(1)]
    events = [replace(event, recorded_at=at(f"2{day}T12:00")) for day, event in enumerate(recorded(drafts, None), 1)]
    assert [[19], [19, 20], [20]] == [
        evenings(as_of(small_county.atlas, events, sequence), small_county) for sequence in (1, 2, 3)
    ]
    known = as_of(small_county.atlas, events, at("22T12:00"))
    assert ([19, 20], at("22T12:00"), 2) == (evenings(known, small_county), known.record.until, known.sequence)  # type: ignore[union-attr]  # there are stays


def test_the_record_of_an_open_journal_reaches_to_the_present(small_county: SmallCounty) -> None:
    board = fold(small_county.atlas, recorded([paper(20)], at("21T09:00")), known_until=at("21T09:00"))
    assert at("21T09:00") == board.record.until  # type: ignore[union-attr]  # there is a stay
    later = board.known_to(at("21T12:00"))
    assert at("21T12:00") == later.record.until  # type: ignore[union-attr]
    more = later.advance([replace(numbered([paper(21)], after=1)[0], recorded_at=at("22T09:00"))])
    assert at("22T09:00") == more.record.until  # type: ignore[union-attr]


# Against the rules read aloud, and every way of folding against every other


def numbered(drafts: Iterable[Draft], after: int = 0) -> list[Event]:
    """Drafts as events with the next sequences."""
    return [
        Event(sequence, NEVER_MIND, draft.at, "t", draft.kind, draft.body)
        for sequence, draft in enumerate(drafts, start=after + 1)
    ]


_members = st.sampled_from(["m1", "m2", "m3"])
_teams = st.sampled_from(["T01", "T02", "ghost"])
_villages = st.sampled_from([HOME, NEXT, EDGE, "431381999999"])
_quarters = st.integers(0, 4 * 24 * 5).map(lambda quarter: at("18T00:00") + timedelta(minutes=15 * quarter))
_nights = st.integers(18, 23).map(lambda day: date(2022, 12, day))
_places = st.sampled_from(
    [(centre(HOME).x, centre(HOME).y), (centre(NEXT).x, centre(NEXT).y), (111.4205, 27.68), (112, 28)]
)
_presence = st.one_of(
    st.builds(
        lambda team, member, place, when: Draft.of(
            CheckIn(team_id=team, member_id=member, lon=place[0], lat=place[1], crs=crs.WGS84, device_time=when)
        ),
        _teams, _members, _places, _quarters,
    ),
    st.builds(
        lambda team, member, when: Draft.of(CheckOut(team_id=team, member_id=member, device_time=when)),
        _teams, _members, _quarters,
    ),
    st.builds(
        lambda team, member, village, night: Draft.of(
            StayDeclared(team_id=team, village_code=village, night=night, member_id=member)
        ),
        _teams, st.one_of(st.none(), _members), _villages, _nights,
    ),
    st.builds(
        lambda member, village, when, hours: Draft.of(
            StayDeclared(
                team_id="T01", village_code=village, night=(when - timedelta(microseconds=1)).date(), member_id=member,
                check_in=when, check_out=None if hours is None else when + timedelta(hours=hours),
            )
        ),
        _members, _villages, _quarters, st.one_of(st.none(), st.integers(1, 40)),
    ),
)  # fmt: skip
_rare = st.one_of(
    st.builds(
        lambda village, day: Draft.of(Assignment(team_id="T01", village_code=village, first_day=day)),
        _villages,
        _nights,
    ),
    st.builds(lambda when: Draft.of(replace(INCIDENT.body, incident_id="I1"), when), _quarters),
    st.builds(lambda when: Draft.of(IncidentClosed(incident_id="I1"), when), _quarters),
    st.builds(lambda team, when: Draft.of(Commitment(incident_id="I1", team_id=team), when), _teams, _quarters),
    st.builds(lambda team, when: Draft.of(CommitmentEnded(incident_id="I1", team_id=team), when), _teams, _quarters),
    st.builds(lambda when: Draft.of(opened("K1"), when), _quarters),
    st.builds(lambda when: Draft.of(ClosureLifted(closure_id="K1"), when), _quarters),
    st.builds(lambda day: Draft.of(Leave(team_id="T01", member_id="m1", first_day=day, last_day=day)), _nights),
    st.just(Draft.of(AccessNote(act=AccessAct.SIGNED_IN, subject="hq"), NEVER_MIND)),
)
_corrections = st.builds(
    lambda of, new: correction(of, new), st.integers(1, 30), st.one_of(st.none(), _presence, _rare)
)
journals = st.lists(st.one_of(_presence, _presence, _presence, _rare, _corrections), max_size=30).map(numbered)


def told(board: Board) -> dict[str, Any]:
    """Everything that a Board tells, in plain values."""
    spans_held = board.teams.spans
    return {
        "sequence": board.sequence,
        "record": board.record,
        "stays": records(board.stays),
        "left": board.left_at.astype("int64").tolist(),
        "placed": [board.placed(sequence) for sequence in range(1, 31)],
        "incidents": [*records(board.incidents), *board.incidents.geometry.to_wkt()],
        "closures": [*records(board.closures), *board.closures.geometry.to_wkt()],
        "active": None if board.roads is None else [one.id for one in board.roads.active_at(at("20T12:00"))],
        "commitments": board.commitments,
        "free": [board.teams.allowed(at(f"{day}T12:00"), None, None).tolist() for day in range(18, 24)],
        "spans": list(zip(spans_held.team.tolist(), spans_held.village_code, spans_held.first.tolist(), strict=True)),
        "leaves": board.duty.leaves,
    }


@given(journals, st.lists(st.integers(0, 30), max_size=4))
def test_events_one_by_one_in_parts_or_at_once_make_the_same_board(
    small_county: SmallCounty, events: list[Event], cuts: list[int]
) -> None:
    whole = fold(small_county.atlas, events, known_until=AS_OF)
    singly = parts = fold(small_county.atlas, [], known_until=AS_OF)
    for event in events:
        singly = singly.advance([event])
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), 30], strict=True):
        parts = parts.advance(events[first:last])
    assert told(whole) == told(parts) == told(singly)


@given(journals, st.integers(1, 3))
def test_who_used_the_service_moves_the_sequence_and_nothing_else(
    small_county: SmallCounty, events: list[Event], count: int
) -> None:
    before = fold(small_county.atlas, events, known_until=AS_OF)
    note = Draft.of(AccessNote(act=AccessAct.REFUSED, subject="10.0.0.7", count=9), NEVER_MIND)
    after = before.advance(numbered([note] * count, after=len(events)))
    assert len(events) + count == after.sequence
    assert after.kind_of(after.sequence) is None  # so nobody can correct it
    assert (before.present, before.duty, before.closed) == (after.present, after.duty, after.closed)
    assert told(before) | {"sequence": after.sequence} == told(after)


@given(journals, st.integers(0, 30))
def test_a_snapshot_and_the_events_after_it_make_the_same_board_as_all_of_them(
    small_county: SmallCounty, events: list[Event], cut: int
) -> None:
    atlas = small_county.atlas
    kept = to_snapshot(fold(atlas, events[:cut], known_until=AS_OF))
    resumed = from_snapshot(atlas, kept, known_until=AS_OF)
    assert kept == to_snapshot(resumed)
    assert told(fold(atlas, events, known_until=AS_OF)) == told(resumed.advance(events[cut:]))


@dataclass(frozen=True)
class ColumnsOfJson:
    """Events of one kind as a journal reads them: numbers, and bodies as JSON objects."""

    events: Sequence[Event]

    def _numbers(self, name: str) -> npt.NDArray[np.int64]:
        values = [getattr(event, name) for event in self.events]
        if name != "sequence":
            values = [round(value.timestamp() * 1e6) for value in values]
        return np.array(values, dtype=np.int64)

    @property
    def sequences(self) -> npt.NDArray[np.int64]:
        return self._numbers("sequence")

    @property
    def recorded_us(self) -> npt.NDArray[np.int64]:
        return self._numbers("recorded_at")

    @property
    def at_us(self) -> npt.NDArray[np.int64]:
        return self._numbers("at")

    def field(self, name: str) -> list[Any]:
        return [orjson.loads(encode(event.body)).get(name) for event in self.events]


@given(journals)
def test_columns_beside_events_make_the_same_board_as_events_alone(
    small_county: SmallCounty, events: list[Event]
) -> None:
    bulk = {kind: ColumnsOfJson([event for event in events if event.kind is kind]) for kind in BULK}
    rare = [event for event in events if event.kind not in BULK]
    whole = fold(small_county.atlas, events, known_until=AS_OF)
    assert told(whole) == told(fold(small_county.atlas, rare, bulk=bulk, known_until=AS_OF))


def ends_read_aloud(board: Board, events: list[Event]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """For each presence (check-out, left), by the rules read aloud: the slow, obvious way.

    The Board is asked where check-ins count, and nothing else.
    """

    def here(one: Event) -> str | None:
        if isinstance(one.body, StayDeclared):
            return one.body.village_code
        placed = board.placed(one.sequence)
        return None if placed is None else placed.village_code

    ends: dict[int, tuple[datetime | None, datetime | None]] = {}
    for event in events:
        if not isinstance(event.body, CheckIn | StayDeclared):
            continue
        mine = [one for one in events if getattr(one.body, "member_id", None) == event.body.member_id]
        after = [
            one
            for one in mine
            if isinstance(one.body, CheckIn | StayDeclared)
            and (one.at, one.sequence) > (event.at, event.sequence)
            and not (isinstance(one.body, StayDeclared) and here(event) in (None, here(one)))
        ]
        # Whoever checks in again in the same village within two days had not left.
        leaves = [
            one.at
            for one in after
            if isinstance(one.body, StayDeclared)
            or here(event) is None
            or here(one) != here(event)
            or one.at - event.at >= timedelta(days=2)
        ]
        outs = [one.at for one in mine if isinstance(one.body, CheckOut) and one.at > event.at]
        next_in, next_out = min((one.at for one in after), default=None), min(outs, default=None)
        told_end = event.body.ends_at if isinstance(event.body, StayDeclared) else None
        if told_end is not None:
            ends[event.sequence] = (told_end, told_end)
        elif event.body.member_id is None:
            ends[event.sequence] = (None, None)
        elif next_out is not None and (next_in is None or next_out <= next_in):
            ends[event.sequence] = (next_out, next_out)
        else:
            ends[event.sequence] = (None, min([*leaves, *outs], default=None))
    return ends


@given(st.lists(_presence, max_size=25).map(numbered))
def test_presences_end_as_the_rules_read_aloud_say(small_county: SmallCounty, events: list[Event]) -> None:
    singly = fold(small_county.atlas, [])
    for event in events:
        singly = singly.advance([event])
    for board in (fold(small_county.atlas, events), singly):
        known, rows = board.present.presence.known, board.present.presence.rows
        expected = ends_read_aloud(board, events)
        assert {sequence: tuple(map(microseconds, ends)) for sequence, ends in expected.items()} == {
            sequence: (out, left)
            for sequence, out, left in zip(
                rows["sequence"].tolist(), known.check_out.tolist(), known.left.tolist(), strict=True
            )
        }


def microseconds(instant: datetime | None) -> int:
    """As columns hold it."""
    return int(np.iinfo(np.int64).min) if instant is None else round(instant.timestamp() * 1e6)


# Snapshots


def test_a_snapshot_of_other_villages_teams_or_margin_is_stale(small_county: SmallCounty) -> None:
    kept = to_snapshot(board_of(small_county, check_in("20T21:00")))
    teams = raw_layers()["teams"]
    teams.loc[teams["team_id"] == "T01", "village_code"] = NEXT
    villages = raw_layers()["villages"]
    villages.loc[0, "geometry"] = villages.geometry[0].buffer(-0.0001)
    for changed in ({"teams": teams}, {"villages": villages}):
        with pytest.raises(StaleSnapshotError, match="have changed"):
            from_snapshot(county_of(**changed).atlas, kept)
    with pytest.raises(StaleSnapshotError, match="margin"):
        from_snapshot(small_county.atlas, kept, margin_m=50)
    assert spans(board_of(small_county, check_in("20T21:00"))) == spans(from_snapshot(small_county.atlas, kept))


@pytest.mark.parametrize("content", [b"", b"yixian board 2\n", b"SQLite format 3\0"])
def test_a_snapshot_of_another_version_is_stale(content: bytes, small_county: SmallCounty) -> None:
    with pytest.raises(StaleSnapshotError, match="another version"):
        from_snapshot(small_county.atlas, content)


def test_many_members_at_once_end_as_they_would_one_by_one(small_county: SmallCounty) -> None:
    random = np.random.default_rng(7)
    start = at("01T00:00")
    made = (
        check_in,
        lambda when, _, member: check_out(f"{when:%dT%H:%M}", member),
        lambda when, village, member: paper(when.day, village, member),
    )
    drafts = [
        made[random.choice(3, p=[0.5, 0.3, 0.2])](
            start + timedelta(minutes=int(random.integers(0, 60 * 24 * 20))),
            str(random.choice([HOME, NEXT])),
            f"m{random.integers(0, 300)}",
        )
        for _ in range(6_000)
    ]
    events = numbered(drafts)
    parts = fold(small_county.atlas, [])
    for first in range(0, len(events), 500):  # few enough to be followed one by one, most of them out of order
        parts = parts.advance(events[first : first + 500])
    whole = fold(small_county.atlas, events)
    assert whole.left_at.astype(int).tolist() == parts.left_at.astype(int).tolist()
    assert Week(2022, 50).monday < whole.stays["check_in"].max().date()


def test_a_board_of_frames_is_that_of_their_events(small_county: SmallCounty) -> None:
    stays, incidents, closures = (small_county.layers[name] for name in ("stays", "incidents", "closures"))
    board = fold_frames(small_county.atlas, stays, incidents, AS_OF, closures=closures)
    assert told(small_county.board) == told(board)
