"""Members whom an order maps to a grid arrive in the grid and not at a station (R16)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.board import Board, fold, recorded
from geo.calendar import CHINA, Week
from geo.coverage import stay_coverage
from geo.events import Arrival, CheckIn, CheckOut, Draft, Mobilisation, RosterChange, StayDeclared
from geo.order_board import MemberOnOrder, order_board
from geo.reach import reach_from
from geo.rules import PlaceRules, Rules
from geo.terms import OrderState, RosterAction
from tests.county import SmallCounty, centre, county_of, raw_layers, square

HOME, NEXT = "431381001001", "431381001002"
GRID, NEXT_GRID = f"{HOME}001", f"{NEXT}001"
"""The north-western quarters of both villages: 111.40 to 111.41 and 111.42 to 111.43 E, 27.68 to 27.69 N."""
IN_GRID, IN_NEXT_GRID = (111.405, 27.685), (111.425, 27.685)
ELSEWHERE_AT_HOME = (111.415, 27.675)
T0 = datetime(2022, 11, 27, 4, tzinfo=CHINA)
LIMIT = T0 + timedelta(hours=2)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATER = datetime(2023, 6, 1, tzinfo=CHINA)
A_METRE = 1 / 110_800
"""Of latitude, in degrees."""


def ordered(grids: dict[str, dict[str, str]] | None, *scope: str, at: datetime = T0) -> Draft:
    """An order, by default for the town of both villages."""
    return Draft.of(Mobilisation(order_id="O1", scope=scope or ("431381001",), cause="山火", grids=grids), at)


def check_in(at: datetime, place: tuple[float, float], member: str = "m1", team: str = "T01") -> Draft:
    """A check-in at a place."""
    body = CheckIn(team_id=team, member_id=member, device_time=at, lon=place[0], lat=place[1], crs=crs.WGS84)
    return Draft.of(body)


def report(at: datetime, village: str = HOME, member: str = "m1") -> Draft:
    """An arrival reported by other means."""
    return Draft.of(Arrival(order_id="O1", team_id="T01", member_id=member, village_code=village), at)


def paper(night: date, village: str) -> Draft:
    """A night on paper."""
    return Draft.of(StayDeclared(team_id="T01", village_code=village, night=night, member_id="m1"))


def board_of(county: SmallCounty, *drafts: Draft) -> Board:
    """The Board after these, all recorded when everything is over."""
    return fold(county.atlas, recorded(drafts, LATER), known_until=LATER)


def member(county: SmallCounty, *drafts: Draft, at: datetime = LATER, who: str = "m1", **more: Any) -> MemberOnOrder:
    """A member of T01 on the order's board."""
    answer = order_board(county.atlas, board_of(county, *drafts), "O1", at=at, **more)
    (team,) = (one for one in answer.teams if one.team_id == "T01")
    return next(one for one in team.members if one.member_id == who)


TO_GRID = ordered({"T01": {"m1": GRID}})


@pytest.mark.parametrize(
    ("expected", "place"),
    [
        (OrderState.ON_STATION, IN_GRID),
        (OrderState.ON_STATION, (111.405, 27.68)),
        (OrderState.ON_STATION, (111.405, 27.68 - 98 * A_METRE)),
        (OrderState.MISSING, (111.405, 27.68 - 102 * A_METRE)),
        (OrderState.ON_STATION, (111.405, 27.69 + 98 * A_METRE)),  # outside the county
        (OrderState.MISSING, ELSEWHERE_AT_HOME),
        (OrderState.MISSING, IN_NEXT_GRID),
    ],
)
def test_r16_a_member_mapped_to_a_grid_arrives_in_it_or_up_to_100_m_outside(
    small_county: SmallCounty, expected: OrderState, place: tuple[float, float]
) -> None:
    found = member(small_county, TO_GRID, check_in(LIMIT, place))
    assert (expected, GRID, HOME) == (found.state, found.grid_code, found.village_code)
    assert f"in grid {GRID} (R16)" in found.reason


def test_r16_the_margin_is_a_rule(small_county: SmallCounty) -> None:
    drafts = TO_GRID, check_in(LIMIT, (111.405, 27.68 - 98 * A_METRE))
    narrow = Rules(places=PlaceRules(margin_m=90))
    assert OrderState.MISSING is member(small_county, *drafts, rules=narrow).state


@given(st.floats(111.395, 111.415), st.floats(27.675, 27.695))
def test_r16_any_place_counts_as_its_distance_to_the_grid_says(
    small_county: SmallCounty, lon: float, lat: float
) -> None:
    x_m, y_m = crs.point_to_metres(lon, lat, "EPSG:4546")
    grid_m = crs.to_metres(square(111.40, 27.68, 0.01), "EPSG:4546")
    counts = shapely.distance(grid_m, shapely.Point(x_m, y_m)) <= 100
    expected = OrderState.ON_STATION if counts else OrderState.MISSING
    assert expected is member(small_county, TO_GRID, check_in(LIMIT, (lon, lat))).state


@pytest.mark.parametrize(("expected", "arrives"), [(OrderState.ON_STATION, LIMIT), (OrderState.LATE, LIMIT + SECOND)])
def test_r14_the_limit_holds_in_a_grid_too(small_county: SmallCounty, expected: OrderState, arrives: datetime) -> None:
    found = member(small_county, TO_GRID, check_in(T0 + HOUR, ELSEWHERE_AT_HOME), check_in(arrives, IN_GRID))
    assert (expected, arrives, 3) == (found.state, found.arrived_at, found.event)


@pytest.mark.parametrize(
    ("expected", "draft"),
    [
        (OrderState.ON_STATION, report(LIMIT, HOME)),
        (OrderState.MISSING, report(LIMIT, NEXT)),
        (OrderState.MISSING, paper(date(2022, 11, 26), HOME)),
    ],
)
def test_r16_a_report_for_the_grids_village_is_an_arrival_and_a_stay_on_paper_none(
    small_county: SmallCounty, expected: OrderState, draft: Draft
) -> None:
    assert expected is member(small_county, TO_GRID, draft).state


def test_r16_a_grid_may_lie_in_another_village_than_the_team_serves_in(small_county: SmallCounty) -> None:
    order = ordered({"T01": {"m1": NEXT_GRID}})
    here, there = (member(small_county, order, check_in(LIMIT, place)) for place in (IN_GRID, IN_NEXT_GRID))
    assert (OrderState.MISSING, NEXT_GRID, NEXT) == (here.state, here.grid_code, here.village_code)
    assert (OrderState.ON_STATION, NEXT_GRID, NEXT) == (there.state, there.grid_code, there.village_code)


def test_r16_members_without_a_grid_are_ordered_to_the_station_of_their_village(small_county: SmallCounty) -> None:
    found = member(small_county, TO_GRID, check_in(LIMIT, ELSEWHERE_AT_HOME, "m2"), who="m2")
    assert (OrderState.ON_STATION, None) == (found.state, found.grid_code)
    assert OrderState.ON_STATION is member(small_county, ordered(None), check_in(LIMIT, ELSEWHERE_AT_HOME)).state


@pytest.mark.parametrize(
    ("arrived_at", "left_at", "drafts"),
    [
        (T0, None, [check_in(T0 - HOUR, IN_GRID)]),
        (T0 + HOUR, None, [check_in(T0 - HOUR, ELSEWHERE_AT_HOME), check_in(T0 + HOUR, IN_GRID)]),
        (T0, T0 + HOUR, [check_in(T0 - HOUR, IN_GRID), check_in(T0 + HOUR, ELSEWHERE_AT_HOME)]),
        (
            T0,
            T0 + HOUR,
            [check_in(T0, IN_GRID), Draft.of(CheckOut(team_id="T01", member_id="m1", device_time=T0 + HOUR))],
        ),
    ],
)
def test_r16_who_is_in_the_grid_at_the_issue_has_arrived_and_who_goes_elsewhere_has_left(
    small_county: SmallCounty, arrived_at: datetime, left_at: datetime | None, drafts: list[Draft]
) -> None:
    found = member(small_county, TO_GRID, *drafts)
    assert (OrderState.ON_STATION, arrived_at, left_at) == (found.state, found.arrived_at, found.left_at)


def test_r16_the_expected_arrival_is_that_in_the_grid(small_county: SmallCounty) -> None:
    """As if the village's station stood in the middle of the grid."""
    stations = raw_layers()["stations"]
    stations.loc[stations["code"] == HOME, "geometry"] = shapely.Point(*IN_GRID)
    county, seen_at, start = county_of(stations=stations), T0 + 20 * MINUTE, centre("431381100001")
    way = reach_from(county.atlas, board_of(county), start.x, start.y, at=T0, minutes=600, notice=False)
    travel_s = next(one.arrival_s for one in way.villages if one.code == HOME)
    found = member(small_county, TO_GRID, check_in(seen_at, (start.x, start.y)), at=T0 + HOUR)
    assert seen_at + timedelta(seconds=-(-travel_s // 1)) == found.estimated_at


def test_r16_of_a_team_without_roster_the_members_who_are_mapped_are_named(small_county: SmallCounty) -> None:
    answer = order_board(small_county.atlas, board_of(small_county, TO_GRID), "O1", at=LATER)
    (team,) = (one for one in answer.teams if one.team_id == "T01")
    assert [("m1", GRID), (None, None), (None, None)] == [(one.member_id, one.grid_code) for one in team.members]


def test_r16_a_member_who_is_on_no_roster_any_more_is_not_expected_for_being_mapped(small_county: SmallCounty) -> None:
    joined = Draft.of(RosterChange(team_id="T01", member_id="m2", change=RosterAction.JOINED, day=date(2022, 11, 1)))
    answer = order_board(small_county.atlas, board_of(small_county, TO_GRID, joined), "O1", at=LATER)
    (team,) = (one for one in answer.teams if one.team_id == "T01")
    assert ["m2"] == [one.member_id for one in team.members]


def test_r16_a_grid_that_the_county_no_longer_has_leaves_the_station(small_county: SmallCounty) -> None:
    grids = raw_layers()["grids"]
    county = county_of(grids=grids[grids["code"] != GRID])
    found = member(county, TO_GRID, check_in(LIMIT, ELSEWHERE_AT_HOME))
    assert (OrderState.ON_STATION, None) == (found.state, found.grid_code)


@pytest.mark.parametrize(("nights", "grids"), [(0, None), (0, {"T01": {"m1": GRID}}), (2, {"T01": {"m1": NEXT_GRID}})])
def test_r17_nights_in_the_village_of_an_ordered_grid_count(
    small_county: SmallCounty, nights: int, grids: dict[str, dict[str, str]] | None
) -> None:
    order = ordered(grids, at=datetime(2022, 12, 19, 8, tzinfo=CHINA))
    board = board_of(small_county, order, paper(date(2022, 12, 20), NEXT), paper(date(2022, 12, 22), NEXT))
    coverage = stay_coverage(small_county.atlas, board, Week(2022, 51), at=LATER)
    assert nights == next(one.nights for one in coverage.villages if one.village_code == HOME)
