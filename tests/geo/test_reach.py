"""Reach: who gets where in time by road, with a state and a reason for every place, as areas, and from one place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.atlas import Provenance, build
from geo.board import fold_frames
from geo.errors import FarPlaceError, InputError
from geo.reach import ReachCoverage, reach_areas, reach_coverage, reach_from
from geo.reach.call import call
from geo.reach.places import once_for_each_atlas, snapped
from geo.reach.raster import MOST_CELLS, raster
from geo.synthetic import lengshuijiang
from geo.terms import ClosureCause, Reach, ReachState, RoadEffect, Skill, TeamKind
from geo.what_if import WhatIf
from tests.county import AS_OF, SmallCounty, centre, county_of, features, raw_layers, square, village_codes

WALK_S_PER_M = 1.3 / (3 / 3.6)
GAP_M = float(crs.distance_m(111.41, 27.68, 111.41, 27.67))
"""From every station to the road R1, a hundredth of a degree north or south of it."""
STATION_WALK_S = GAP_M * WALK_S_PER_M
DRIVE_S = float(crs.distance_m(111.41, 27.67, 111.43, 27.67)) / (50 / 3.6)
"""From one village to the next along R1, a paved secondary road."""
NEXT_WALK_S = float(crs.distance_m(111.41, 27.68, 111.43, 27.68)) * WALK_S_PER_M
"""From one station straight to the next; the one after that is 3.9 km off, beyond the walking limit."""
NEARLY = pytest.approx  # the metric system's scale is off by less than 1e-3 here


@cache
def sample() -> SmallCounty:
    """The project's sample county."""
    made = lengshuijiang()
    atlas = build(made.layers, Provenance("test", made.as_of))
    board = fold_frames(
        atlas, made.layers["stays"], made.layers["incidents"], made.as_of, closures=made.layers.get("closures")
    )
    return SmallCounty(made.layers, atlas, board, made.as_of, {})


def supposed(shape: Any, effect: RoadEffect = RoadEffect.CLOSED, speed_kph: float | None = None) -> WhatIf:
    return WhatIf("what-if 1", None, ClosureCause.LANDSLIDE, effect, speed_kph, shape)


def states(coverage: ReachCoverage) -> dict[ReachState, int]:
    return dict(Counter(village.state for village in coverage.villages))


def closed_east_of_the_first_villages() -> WhatIf:
    """R1 and R2 closed from 111.42 to beyond the crossing."""
    return supposed(shapely.box(111.42, 27.64, 111.47, 27.70))


def only_teams_of(codes: str, **changed: Any) -> SmallCounty:
    """The county with the teams of those villages alone whose codes begin so, and without stays."""
    teams = raw_layers()["teams"]
    own = teams[[code.startswith(codes) for code in teams["village_code"]]]
    return county_of(teams=own, stays=raw_layers()["stays"].iloc[:0], **changed)


def only_team_at(lon: float, lat: float, **changed: Any) -> SmallCounty:
    """The county with one team, which stands at that place (WGS84 degrees)."""
    team = raw_layers()["teams"].iloc[[0]].set_geometry([shapely.Point(lon, lat)])
    return county_of(teams=team, stays=raw_layers()["stays"].iloc[:0], **changed)


def road_along_the_south() -> geopandas.GeoDataFrame:
    """One road on the county's southern border, 3.3 km from the northern stations."""
    return features(
        [{"road_id": "R1", "road_class": "tertiary"}], [shapely.LineString([(111.40, 27.65), (111.52, 27.65)])]
    )


# Every place


def test_a_village_names_its_first_three_teams_with_notice_walks_and_drive() -> None:
    county = only_teams_of("431381002")
    first = reach_coverage(county.atlas, county.board, at=AS_OF).villages[0]
    two_villages_s = NEARLY(900 + 2 * STATION_WALK_S + 2 * DRIVE_S, rel=1e-3)
    assert ("villages", "431381001001", 100) == (first.layer, first.code, first.people)
    assert [("C05", two_villages_s), ("T05", two_villages_s), ("C07", two_villages_s)] == [
        (arrival.team_id, arrival.arrival_s) for arrival in first.arrivals
    ]
    assert NEARLY(GAP_M, rel=1e-3) == first.nearest_road_m
    assert (ReachState.IN_TIME, 3, "3 team(s) arrive within 120 min") == (first.state, first.in_time, first.reason)


@pytest.mark.parametrize("road", ["beside it", "closed everywhere", "beyond the walking limit"])
@pytest.mark.parametrize("notice", [True, False])
def test_a_team_at_its_own_station_is_there_at_the_notice_whatever_the_road(notice: bool, road: str) -> None:
    county = county_of(roads=road_along_the_south()) if road == "beyond the walking limit" else county_of()
    shut = [supposed(shapely.box(111.3, 27.6, 111.6, 27.7))] if road == "closed everywhere" else []
    coverage = reach_coverage(county.atlas, county.board, at=AS_OF, teams=1, notice=notice, supposed=shut)
    own = [(f"C{number + 1:02d}", 900.0 if notice else 0.0) for number in range(12)]
    firsts = [village.arrivals[0] for village in coverage.villages]
    assert own == [(first.team_id, first.arrival_s) for first in firsts]
    assert {ReachState.IN_TIME: 12} == states(coverage)


def test_a_team_walks_straight_to_the_next_village_and_drives_beyond_the_walking_limit(
    small_county: SmallCounty,
) -> None:
    coverage = reach_coverage(small_county.atlas, small_county.board, at=AS_OF, skill=Skill.GEOLOGY)
    drive_s = 900 + 2 * STATION_WALK_S
    assert [
        ("C02", NEARLY(900 + NEXT_WALK_S, rel=1e-3)),
        ("C06", NEARLY(drive_s + 3 * DRIVE_S, rel=1e-3)),
        ("C10", NEARLY(drive_s + 5 * DRIVE_S, rel=1e-3)),
    ] == [(arrival.team_id, arrival.arrival_s) for arrival in coverage.villages[0].arrivals]


def test_without_notice_the_time_runs_from_the_start(small_county: SmallCounty) -> None:
    told, untold = (
        reach_coverage(small_county.atlas, small_county.board, at=AS_OF, notice=notice) for notice in (True, False)
    )
    assert (900, 0) == (told.notice_s, untold.notice_s)
    assert [900.0] * 12 == [
        pytest.approx(one.arrivals[0].arrival_s - other.arrivals[0].arrival_s)
        for one, other in zip(told.villages, untold.villages, strict=True)
    ]


def test_too_few_in_time_is_late_and_says_when_the_last_comes(small_county: SmallCounty) -> None:
    coverage = reach_coverage(small_county.atlas, small_county.board, at=AS_OF, minutes=70, teams=9)
    village = coverage.villages[0]
    # Its own teams and the next village's, which walk; number 9 drives from two villages on.
    assert (4, 78) == (village.in_time, math.ceil((900 + 2 * STATION_WALK_S + 2 * DRIVE_S) / 60))
    assert (ReachState.LATE, "4 of 9 team(s) arrive within 70 min; number 9 after 78 min") == (
        village.state,
        village.reason,
    )
    assert (12, 0, 0.0, 7800, 0, 0.0) == (
        coverage.village_share.places,
        coverage.village_share.in_time,
        coverage.village_share.share,
        coverage.village_share.people,
        coverage.village_share.people_in_time,
        coverage.village_share.people_share,
    )


def test_when_fewer_teams_count_than_are_asked_for_the_reason_says_so(small_county: SmallCounty) -> None:
    coverage = reach_coverage(small_county.atlas, small_county.board, at=AS_OF, teams=5, skill=Skill.GEOLOGY)
    assert (3, {ReachState.LATE: 12}) == (coverage.teams_allowed, states(coverage))
    assert "3 of 5 team(s) arrive within 120 min; only 3 of 24 teams count" == coverage.villages[0].reason


def test_when_no_team_counts_every_place_says_so(small_county: SmallCounty) -> None:
    coverage = reach_coverage(small_county.atlas, small_county.board, at=AS_OF, skill=Skill.WATER_RESCUE)
    assert (0, {ReachState.NO_TEAM: 12}) == (coverage.teams_allowed, states(coverage))
    assert ("none of 24 teams counts", ()) == (coverage.villages[0].reason, coverage.villages[0].arrivals)


def test_a_place_far_from_every_road_and_team_is_off_the_network_with_the_distance_said() -> None:
    county = only_teams_of("431381100201", roads=road_along_the_south())
    coverage = reach_coverage(county.atlas, county.board, at=AS_OF, teams=2)
    north, south = coverage.villages[0], coverage.villages[2]
    far_m = float(crs.distance_m(111.41, 27.68, 111.41, 27.65))
    assert (ReachState.OFF_NETWORK, NEARLY(far_m, rel=1e-3), ()) == (north.state, north.nearest_road_m, north.arrivals)
    assert "the nearest road is 3,32" in north.reason
    assert ReachState.IN_TIME == south.state
    # Of the six northern stations two are within 3 km of where the teams stand.
    assert {ReachState.OFF_NETWORK: 4, ReachState.IN_TIME: 8} == states(coverage)


def test_a_place_far_from_every_road_is_reached_by_the_team_that_walks_there() -> None:
    county = only_teams_of("431381100201", roads=road_along_the_south())
    north = reach_coverage(county.atlas, county.board, at=AS_OF).villages[9]
    walk_s = float(crs.distance_m(111.51, 27.66, 111.51, 27.68)) * WALK_S_PER_M
    assert [("C12", NEARLY(900 + walk_s, rel=1e-3)), ("T12", NEARLY(900 + walk_s, rel=1e-3))] == [
        (arrival.team_id, arrival.arrival_s) for arrival in north.arrivals
    ]
    assert (ReachState.LATE, 2) == (north.state, north.in_time)


def test_a_county_without_roads_has_every_place_off_the_network_and_empty_areas() -> None:
    county = county_of(roads=raw_layers()["roads"].iloc[:0])
    coverage = reach_coverage(county.atlas, county.board, at=AS_OF)
    assert {ReachState.OFF_NETWORK: 12} == states(coverage)
    assert ("the county has no roads", None) == (coverage.villages[0].reason, coverage.villages[0].nearest_road_m)
    areas = reach_areas(county.atlas, county.board, at=AS_OF)
    assert [0.0] * 4 == [band.area_km2 for band in areas.bands]
    found = reach_from(county.atlas, county.board, 111.41, 27.67, at=AS_OF, minutes=60)
    assert (Reach.OFF_NETWORK, "the county has no roads", None) == (found.reach, found.reason, found.nearest_road_m)


def test_a_village_that_a_closure_cuts_off_names_it_and_the_closures_in_force_are_listed() -> None:
    county = only_teams_of("431381100")
    shut = closed_east_of_the_first_villages()
    coverage = reach_coverage(county.atlas, county.board, at=AS_OF, supposed=[shut])
    first = coverage.villages[0]
    assert (ReachState.UNREACHABLE, "cut off by what-if 1", 0) == (first.state, first.reason, first.in_time)
    assert ["what-if 1"] == [closure.id for closure in coverage.closures]
    free = reach_coverage(county.atlas, county.board, at=AS_OF)
    assert (ReachState.IN_TIME, ()) == (free.villages[0].state, free.closures)


def test_teams_that_stand_beyond_every_road_reach_nobody_and_no_closure_is_blamed() -> None:
    county = only_team_at(111.60, 27.67)
    village = reach_coverage(county.atlas, county.board, at=AS_OF, teams=1).villages[0]
    assert (ReachState.UNREACHABLE, "no way by road leads here within 24 h from where the teams stand") == (
        village.state,
        village.reason,
    )


def test_unknown_people_are_neither_zero_nor_counted() -> None:
    villages = raw_layers()["villages"]
    villages["population"] = [None, 0, *villages["population"].tolist()[2:]]
    county = county_of(villages=villages)
    share = reach_coverage(county.atlas, county.board, at=AS_OF).village_share
    assert (12, 12, 1.0, 7500, 7500, 1.0, 1) == (
        share.places,
        share.in_time,
        share.share,
        share.people,
        share.people_in_time,
        share.people_share,
        share.people_unknown,
    )
    villages["population"] = [None] * 12
    county = county_of(villages=villages)
    share = reach_coverage(county.atlas, county.board, at=AS_OF).village_share
    assert (None, None, None, 12) == (share.people, share.people_in_time, share.people_share, share.people_unknown)


def test_only_active_hazard_sites_are_asked_for_and_their_people_are_the_threatened(small_county: SmallCounty) -> None:
    coverage = reach_coverage(small_county.atlas, small_county.board, at=AS_OF)
    assert [("431381010001", 600), ("431381010003", None)] == [(one.code, one.people) for one in coverage.hazard_sites]
    assert (600, 1) == (coverage.site_share.people, coverage.site_share.people_unknown)
    assert 48 == len(coverage.grids)


def test_a_village_without_a_station_is_reached_at_a_point_inside_it() -> None:
    stations, teams = raw_layers()["stations"], raw_layers()["teams"]
    elsewhere = teams["station"].replace("431381001001", "431381001002")
    county = county_of(stations=stations[stations["code"] != "431381001001"], teams=teams.assign(station=elsewhere))
    village = reach_coverage(county.atlas, county.board, at=AS_OF).villages[0]
    assert square(111.40, 27.67).contains(shapely.Point(village.lon, village.lat))


def test_an_answer_says_for_what_instant_and_data_it_holds(small_county: SmallCounty) -> None:
    naive = AS_OF.replace(tzinfo=None)
    coverage = reach_coverage(small_county.atlas, small_county.board, at=naive)
    assert (AS_OF, small_county.atlas.provenance) == (coverage.at, coverage.provenance)


@pytest.mark.parametrize(
    ("arguments", "parameter"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"teams": 0}, "teams"),
        ({"teams": 51}, "teams"),
    ],
)
def test_limits_have_bounds(arguments: dict[str, int], parameter: str, small_county: SmallCounty) -> None:
    with pytest.raises(InputError) as refusal:
        reach_coverage(small_county.atlas, small_county.board, at=AS_OF, **arguments)
    assert parameter == refusal.value.parameter


@pytest.mark.parametrize("bands", [(), (0, 30), (30, 30), (60, 30), (30, 1441)])
def test_bands_rise_within_bounds(bands: tuple[int, ...], small_county: SmallCounty) -> None:
    with pytest.raises(InputError, match="bands_minutes"):
        reach_areas(small_county.atlas, small_county.board, at=AS_OF, bands_minutes=bands)


@given(st.integers(20, 60), st.integers(1, 4))
@settings(max_examples=8)
def test_more_teams_and_more_minutes_never_lower_a_share(minutes: int, teams: int) -> None:
    county = sample()

    def share(**arguments: Any) -> float:
        found = reach_coverage(county.atlas, county.board, at=county.as_of, **arguments).village_share.share
        assert found is not None
        return found

    base = share(minutes=minutes, teams=teams, kind=TeamKind.CITY)
    assert base <= share(minutes=minutes, teams=teams)
    assert base <= share(minutes=minutes + 5, teams=teams, kind=TeamKind.CITY)
    assert base >= share(minutes=minutes, teams=teams + 1, kind=TeamKind.CITY)


_boxes = st.tuples(st.floats(111.32, 111.58), st.floats(27.55, 27.80), st.floats(0.002, 0.05)).map(
    lambda place: square(*place)
)


@given(_boxes, st.sampled_from([(RoadEffect.CLOSED, None), (RoadEffect.SLOWED, 5.0)]))
@settings(max_examples=8)
def test_a_closure_makes_nobody_faster_and_never_raises_a_share(area: Any, effect: tuple[RoadEffect, Any]) -> None:
    county = sample()
    free = reach_coverage(county.atlas, county.board, at=county.as_of, minutes=40)
    shut = reach_coverage(county.atlas, county.board, at=county.as_of, minutes=40, supposed=[supposed(area, *effect)])
    for before, after in zip([*free.villages, *free.grids], [*shut.villages, *shut.grids], strict=True):
        earlier = [arrival.arrival_s for arrival in before.arrivals]
        later = [arrival.arrival_s for arrival in after.arrivals]
        assert len(later) <= len(earlier)
        assert all(one <= other for one, other in zip(earlier, later, strict=False))
    assert (shut.village_share.in_time, shut.grid_share.in_time) <= (
        free.village_share.in_time,
        free.grid_share.in_time,
    )


# Areas


def cumulative(bands: Sequence[Any]) -> list[Any]:
    return [shapely.union_all([band.area for band in bands[: end + 1]]) for end in range(len(bands))]


def test_bands_are_valid_and_tile_what_is_reached_inside_the_county(small_county: SmallCounty) -> None:
    for county in (small_county, sample()):
        answer = reach_areas(county.atlas, county.board, at=county.as_of, bands_minutes=(20, 25, 30, 60, 90, 120))
        assert [(0, 20), (20, 25), (25, 30), (30, 60), (60, 90), (90, 120)] == [
            (band.from_minutes, band.to_minutes) for band in answer.bands
        ]
        areas = [band.area for band in answer.bands]
        assert all(area.geom_type == "MultiPolygon" and area.is_valid for area in areas)
        slack = county.atlas.outline.area * 1e-6
        assert county.atlas.outline.buffer(1e-6).covers(shapely.union_all(areas))
        assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area, abs=slack)
        assert 0 <= answer.reached_share <= 1 + 1e-6


def test_what_is_reached_by_a_minute_does_not_depend_on_the_other_bands(small_county: SmallCounty) -> None:
    for county in (small_county, sample()):
        atlas, board, at = county.atlas, county.board, county.as_of
        many = cumulative(reach_areas(atlas, board, at=at, bands_minutes=(25, 30, 60, 90)).bands)
        one = cumulative(reach_areas(atlas, board, at=at, bands_minutes=(30, 90)).bands)
        for inner, outer in ((many[0], many[1]), (many[1], many[2])):
            assert inner.buffer(-1e-6).difference(outer).is_empty
        # Borders are drawn simpler than a cell, so two drawings of one border differ by less than one.
        cell_deg = 100 / 98_000
        for again, direct in ((many[1], one[0]), (many[3], one[1])):
            differing = again.symmetric_difference(direct)
            assert differing.buffer(-cell_deg / 2).is_empty


def test_the_first_arrival_at_a_place_in_a_band_is_within_it_up_to_the_raster(small_county: SmallCounty) -> None:
    for county, bands in ((small_county, (60, 70, 80, 90)), (sample(), (20, 25, 30))):
        atlas, board, at = county.atlas, county.board, county.as_of
        answer = reach_areas(atlas, board, at=at, bands_minutes=bands)
        west, south, east, north = atlas.bounds
        random = np.random.default_rng(5)
        lon, lat = random.uniform(west, east, 1500), random.uniform(south, north, 1500)
        asked, snaps = call(atlas, board, at=at, notice=True), snapped(atlas, lon, lat)
        spread = asked.spread(1, 86_400_000)
        assert spread is not None
        assert snaps is not None
        minutes = spread.at(snaps)[1][:, 0] / 60_000
        # Two cells away on foot; a place across a river from its neighbours may be further off than that.
        slack = 2 * answer.resolution_m * WALK_S_PER_M / 60
        counted = wrong = 0
        for band in answer.bands:
            inside = shapely.contains_xy(band.area, lon, lat)
            off = (minutes[inside] < band.from_minutes - slack) | (minutes[inside] > band.to_minutes + slack)
            counted, wrong = counted + int(inside.sum()), wrong + int(off.sum())
        assert counted > 100
        assert wrong <= counted * 0.002


def test_ground_beyond_the_walking_limit_belongs_to_no_band() -> None:
    county = only_team_at(111.46, 27.65, roads=road_along_the_south())
    answer = reach_areas(county.atlas, county.board, at=AS_OF, bands_minutes=(60, 600))
    reached = shapely.union_all([band.area for band in answer.bands])
    assert not shapely.contains_xy(reached, 111.45, 27.65 + 3300 / 110_850)
    assert shapely.contains_xy(reached, 111.45, 27.65 + 2700 / 110_850)
    assert 3 / 4.43 == pytest.approx(answer.reached_share, abs=0.03)


def test_ground_around_a_team_far_from_every_road_is_reached_on_foot() -> None:
    county = only_team_at(111.46, 27.69, roads=road_along_the_south())
    answer = reach_areas(county.atlas, county.board, at=AS_OF, bands_minutes=(45, 600))
    # The team stands on the northern border: half a disc of 30 min on foot, and half a ring out to 3 km.
    near_km2, all_km2 = (math.pi / 2 * radius_km**2 for radius_km in (1.8 / WALK_S_PER_M, 3))
    assert [NEARLY(near_km2, rel=0.03), NEARLY(all_km2 - near_km2, rel=0.05)] == [
        band.area_km2 for band in answer.bands
    ]


def test_drive_time_alone_reaches_more_ground(small_county: SmallCounty) -> None:
    atlas, board = small_county.atlas, small_county.board
    told, alone = (reach_areas(atlas, board, at=AS_OF, bands_minutes=(30, 60), notice=one) for one in (True, False))
    # With notice, 15 min on foot around each of twelve stations, half an hour's walk from the road.
    assert NEARLY(12 * math.pi * (0.9 / WALK_S_PER_M) ** 2, rel=0.03) == told.bands[0].area_km2
    assert told.bands[0].area_km2 < alone.bands[0].area_km2
    assert cumulative(alone.bands)[0].buffer(0.001).covers(told.bands[0].area)


def test_the_raster_stays_within_its_cells_and_covers_the_county(small_county: SmallCounty) -> None:
    for county in (small_county, sample()):
        ground = raster(county.atlas)
        assert ground.inside.sum() <= MOST_CELLS
        assert ground.resolution_m == 100
        assert raster(county.atlas) is ground


def test_what_is_found_once_for_an_atlas_is_kept_with_it(small_county: SmallCounty) -> None:
    asked = []
    kept = once_for_each_atlas(lambda atlas: asked.append(atlas) or len(asked))  # type: ignore[func-returns-value]  # counts
    assert (1, 1, 2) == (kept(small_county.atlas), kept(small_county.atlas), kept(sample().atlas))


# From one place


def test_from_a_place_on_the_road_the_villages_beside_it_are_reached_first(small_county: SmallCounty) -> None:
    found = reach_from(small_county.atlas, small_county.board, 111.41, 27.67, at=AS_OF, minutes=45)
    assert (Reach.REACHED, "by road and on foot within 45 min, 15 of them notice") == (found.reach, found.reason)
    beside_s = NEARLY(900 + STATION_WALK_S, rel=1e-3)
    assert [("431381001001", beside_s), ("431381001200", beside_s)] == sorted(
        (village.code, village.arrival_s) for village in found.villages
    )
    assert [30, 45] == [band.to_minutes for band in found.bands]
    assert (NEARLY(0, abs=2), 45, 900) == (found.nearest_road_m, found.minutes, found.notice_s)


def test_from_a_place_drive_time_alone_counts_on_request(small_county: SmallCounty) -> None:
    found = reach_from(small_county.atlas, small_county.board, 111.41, 27.67, at=AS_OF, minutes=45, notice=False)
    assert village_codes() == sorted(village.code for village in found.villages)
    assert 24 < found.grids < 48  # every cell beside R1 and some of those behind


def test_from_a_place_in_a_day_everyone_is_reached(small_county: SmallCounty) -> None:
    found = reach_from(small_county.atlas, small_county.board, 111.41, 27.67, at=AS_OF, minutes=1440)
    assert (12, 48, 7800) == (len(found.villages), found.grids, found.people)
    assert ["431381010001", "431381010003"] == [site.code for site in found.hazard_sites]


def test_from_a_place_the_order_is_that_of_arrival_and_closures_are_minded(small_county: SmallCounty) -> None:
    atlas, board = small_county.atlas, small_county.board
    shut = [closed_east_of_the_first_villages()]
    free = reach_from(atlas, board, 111.41, 27.67, at=AS_OF, minutes=60)
    found = reach_from(atlas, board, 111.41, 27.67, at=AS_OF, minutes=60, supposed=shut)
    assert sorted(village.arrival_s for village in free.villages) == [village.arrival_s for village in free.villages]
    assert {village.code for village in found.villages} < {village.code for village in free.villages}
    assert sum(band.area_km2 for band in found.bands) < sum(band.area_km2 for band in free.bands)
    assert ["what-if 1"] == [closure.id for closure in found.closures]


def test_from_a_place_far_from_roads_nothing_is_reached_and_the_distance_is_said(small_county: SmallCounty) -> None:
    found = reach_from(small_county.atlas, small_county.board, 111.60, 27.67, at=AS_OF, minutes=60)
    assert (Reach.OFF_NETWORK, (), 0, 0) == (found.reach, found.villages, found.grids, found.people)
    assert NEARLY(float(crs.distance_m(111.60, 27.67, 111.52, 27.67)), rel=1e-3) == found.nearest_road_m
    assert found.reason.startswith("the nearest road is 7,8")


def test_when_the_notice_takes_all_the_time_the_reason_says_so(small_county: SmallCounty) -> None:
    found = reach_from(small_county.atlas, small_county.board, 111.41, 27.67, at=AS_OF, minutes=10)
    assert (Reach.UNREACHABLE, "no junction is reached within 10 min, 15 of them notice") == (found.reach, found.reason)


def test_from_a_place_far_from_the_county_nothing_is_asked(small_county: SmallCounty) -> None:
    with pytest.raises(FarPlaceError):
        reach_from(small_county.atlas, small_county.board, 113.0, 27.67, at=AS_OF, minutes=60)
    with pytest.raises(InputError, match="minutes=0"):
        reach_from(small_county.atlas, small_county.board, 111.41, 27.67, at=AS_OF, minutes=0)


def test_from_a_station_its_own_village_is_reached_at_the_notice_and_the_next_on_foot(
    small_county: SmallCounty,
) -> None:
    atlas, board, here = small_county.atlas, small_county.board, centre("431381001001")
    told = reach_from(atlas, board, here.x, here.y, at=AS_OF, minutes=15)
    assert (Reach.REACHED, [("431381001001", 900.0)]) == (
        told.reach,
        [(village.code, village.arrival_s) for village in told.villages],
    )
    alone = reach_from(atlas, board, here.x, here.y, at=AS_OF, minutes=55, notice=False)
    assert [("431381001001", 0.0), ("431381001002", NEARLY(NEXT_WALK_S, rel=1e-3))] == [
        (village.code, village.arrival_s) for village in alone.villages
    ]


def test_from_a_place_far_from_roads_what_is_near_is_reached_on_foot() -> None:
    county = county_of(roads=road_along_the_south())
    here = centre("431381001001")
    found = reach_from(county.atlas, county.board, here.x, here.y, at=AS_OF, minutes=60)
    assert (Reach.REACHED, ["431381001001"]) == (found.reach, [village.code for village in found.villages])
    assert found.reason.startswith("on foot within 60 min, 15 of them notice; the nearest road is 3,32")
