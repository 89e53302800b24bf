"""Reinforcements: who lends members to a village, in which order, and when they would be there (R19).

The roads of these tests: one through the six stations of the north, 60 km/h, one through those of the south, and one
between the two stations of the west, 30 km/h. From station to station it is 1,973 m eastward and 2,216 m northward.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import shapely

from geo.atlas import Provenance, build
from geo.board import fold_frames
from geo.calendar import CHINA
from geo.errors import InputError, NotFoundError
from geo.reinforce import Donor, Reinforcement, adjacent_villages, reinforce
from geo.synthetic import lengshuijiang
from geo.terms import Basis, ClosureCause, DonorTier, Reach, RoadEffect
from geo.what_if import WhatIf
from tests.county import AS_OF, SmallCounty, centre, county_of, features, raw_layers, square

NORTH = [centre(town + number) for town in ("431381001", "431381002", "431381100") for number in ("001", "002")]
SOUTH = [centre(town + number) for town in ("431381001", "431381002", "431381100") for number in ("200", "201")]
VILLAGE = "431381001001"


def a_county(**changed: Any) -> SmallCounty:
    lines = {"north": NORTH, "south": SOUTH, "west": [NORTH[0], SOUTH[0]]}
    rows = [
        {"road_id": name, "road_class": "primary", "speed_kph": 30 if name == "west" else 60, "surface": "paved"}
        for name in lines
    ]
    roads = features(rows, [shapely.LineString(stations) for stations in lines.values()])
    return county_of(**({"roads": roads, "closures": features([], [])} | changed))


def strengths(**changed: int) -> dict[str, Any]:
    """The layer of teams with other strengths."""
    teams = raw_layers()["teams"]
    teams["strength"] = [changed.get(team_id, 3) for team_id in teams["team_id"]]
    return {"teams": teams}


def asked(county: SmallCounty, **options: Any) -> Reinforcement:
    return reinforce(county.atlas, county.board, VILLAGE, at=AS_OF, **options)


def ids(answer: Reinforcement) -> list[str]:
    return [donor.team_id for donor in answer.donors]


def donor(answer: Reinforcement, team_id: str) -> Donor:
    return next(one for one in answer.donors if one.team_id == team_id)


def test_the_order_is_own_village_neighbours_town_and_city_and_within_each_by_arrival() -> None:
    answer = asked(a_county(), limit=9)
    assert ["C01", "T01", "C02", "T02", "C03", "T03", "C04", "T04", "C05"] == ids(answer)
    tiers = [DonorTier.SAME_VILLAGE, DonorTier.ADJACENT_VILLAGE, DonorTier.SAME_TOWN, DonorTier.CITY]
    assert tiers == list(dict.fromkeys(one.tier for one in answer.donors))
    assert (Basis.ROAD, Reach.REACHED, 18) == (answer.basis, answer.reach, answer.offered)
    later, sooner = donor(answer, "T03").arrival, donor(answer, "C05").arrival
    assert later is not None
    assert sooner is not None
    assert later.arrival_s > sooner.arrival_s  # a neighbour comes first, even when a stranger would be there sooner


def test_a_donor_tells_the_legs_of_its_way() -> None:
    arrival = donor(asked(a_county()), "C02").arrival
    assert arrival is not None
    assert (900, 0, 0) == (arrival.notice_s, arrival.access_s, arrival.walk_s)
    assert arrival.road_s == pytest.approx(1973 / 60 * 3.6, abs=0.1)
    assert arrival.arrival_s == arrival.notice_s + arrival.road_s


def test_one_member_stays_with_each_donor_unless_the_headquarters_allows_none() -> None:
    county = a_county(**strengths(C01=1, C02=2))
    answer = asked(county, limit=3)
    assert [("T01", 2, 1), ("C02", 1, 1), ("T02", 2, 1)] == [
        (one.team_id, one.lends, one.stays) for one in answer.donors
    ]
    assert [("C01", DonorTier.SAME_VILLAGE)] == [(one.team_id, one.tier) for one in answer.refused]
    assert "no member to spare" in answer.refused[0].reason
    allowed = asked(county, limit=3, headquarters_allows=True)
    assert [("C01", 1, 0), ("T01", 3, 0), ("C02", 2, 0)] == [
        (one.team_id, one.lends, one.stays) for one in allowed.donors
    ]
    assert () == allowed.refused


def test_donors_are_listed_until_they_lend_what_is_asked_for() -> None:
    answer = asked(a_county(), members=5)
    assert [("C01", 2, 1), ("T01", 2, 1), ("C02", 1, 2)] == [
        (one.team_id, one.lends, one.stays) for one in answer.donors
    ]
    assert 5 == answer.offered
    short = asked(a_county(), members=5, limit=2)
    assert (4, "1 of 5 are not found") == (short.offered, short.reason.split(":")[0])


def test_a_team_that_does_not_serve_that_day_is_no_donor() -> None:
    answer = asked(a_county(), limit=50)
    assert 22 == len(answer.donors)  # of 24: T06 left yesterday, T08 in November
    assert not {"T06", "T08"} & set(ids(answer))


def test_teams_that_cannot_come_by_road_are_refused_with_the_cause() -> None:
    county = a_county(roads=features([{"road_id": "north", "road_class": "primary"}], [shapely.LineString(NORTH)]))
    slide = shapely.LineString([(111.44, 27.679), (111.44, 27.681)])
    supposed = [WhatIf("what-if 1", None, ClosureCause.LANDSLIDE, RoadEffect.CLOSED, None, slide)]
    answer = asked(county, limit=50, closures=supposed)
    assert ["C01", "T01", "C02", "T02", "C03", "T03", "C04", "T04"] == ids(answer)
    assert ["C05", "C06", "C07", "C08", "C09"] == [one.team_id for one in answer.refused]
    assert "what-if 1" in answer.refused[0].reason
    assert ["what-if 1"] == [closure.id for closure in answer.closures]


def test_without_roads_the_straight_line_decides_and_is_named() -> None:
    answer = asked(a_county(roads=features([], [])), limit=6)
    assert (Basis.STRAIGHT, ["C01", "T01", "C02", "T02", "C03", "T03"]) == (answer.basis, ids(answer))
    assert "straight distance" in answer.reason
    assert donor(answer, "C02").arrival is None
    assert donor(answer, "C02").straight_m == pytest.approx(1973, abs=1)


def test_when_nobody_has_anyone_to_spare_there_is_no_donor() -> None:
    answer = asked(a_county(**strengths(**{f"{kind}{n:02d}": 1 for kind in "CT" for n in range(1, 13)})))
    assert (Reach.NO_TEAM, (), 0) == (answer.reach, answer.donors, answer.offered)
    assert 5 == len(answer.refused)


def test_villages_are_adjacent_along_a_border_and_not_at_a_corner(small_county: SmallCounty) -> None:
    codes = [area.code for area in small_county.atlas.villages]
    found = adjacent_villages(small_county.atlas, codes.index(VILLAGE))
    assert ["431381001002", "431381001200"] == [codes[one] for one in found]


@pytest.mark.parametrize(("gap_m", "adjacent"), [(0.5, True), (20, False)])
def test_a_gap_between_drawn_borders_is_bridged_up_to_a_metre(gap_m: float, adjacent: bool) -> None:
    villages = raw_layers()["villages"]
    west, south, east, north = square(111.42, 27.67).bounds
    villages.loc[villages["code"] == "431381001002", "geometry"] = shapely.box(
        west + gap_m / 98_500, south, east, north
    )
    atlas = county_of(villages=villages).atlas
    codes = [area.code for area in atlas.villages]
    assert adjacent == (codes.index("431381001002") in adjacent_villages(atlas, codes.index(VILLAGE)))


def test_the_story_of_the_article_the_finance_bureau_helps_its_neighbour() -> None:
    """Example (i) of DOMAIN.md section 7: 04:00, an incident in 建新社区; the team stays in the adjacent 锑都社区."""
    county = lengshuijiang()
    atlas = build(county.layers, Provenance("test", county.as_of))
    board = fold_frames(atlas, county.layers["stays"], county.layers["incidents"], county.as_of)
    answer = reinforce(atlas, board, "431381001006", at=datetime(2022, 11, 27, 4, tzinfo=CHINA))
    found = [one for one in answer.donors if one.unit and "财政局" in one.unit]
    assert [("431381001001", "锑都社区", DonorTier.ADJACENT_VILLAGE)] == [
        (one.village.code, one.village.name, one.tier) for one in found
    ]
    assert (3, 2, 1) == (found[0].strength, found[0].lends, found[0].stays)
    assert found[0].arrival is not None
    assert found[0].arrival.arrival_s < 2 * 60 * 60


def test_an_unknown_village_is_named(small_county: SmallCounty) -> None:
    with pytest.raises(NotFoundError, match="431381999999"):
        reinforce(small_county.atlas, small_county.board, "431381999999", at=AS_OF)


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 51}, {"members": 0}])
def test_numbers_out_of_range_are_refused(small_county: SmallCounty, options: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        asked(small_county, **options)
