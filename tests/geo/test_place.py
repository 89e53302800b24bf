"""The card of a place: each part is what its own question answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.calendar import CHINA, DAY
from geo.coverage import stay_coverage, village_evenings
from geo.errors import FarPlaceError, InputError, NotFoundError
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.nearest import nearest
from geo.place import AROUND_M, PlaceCard, place_card, place_of, sites_around
from geo.terms import HazardLevel, RoadEffect, SiteStatus, StayState
from tests.county import AS_OF, SOUTH, WEEK, WEST, SmallCounty, centre, county_of, features, raw_layers

HOME = "431381001001"


def card_at(county: SmallCounty, lon: float, lat: float, at: datetime = AS_OF) -> PlaceCard:
    return place_card(county.atlas, county.board, county.atlas.locate(lon, lat), at=at)


def test_the_card_of_a_place_is_what_the_single_questions_answer(small_county: SmallCounty) -> None:
    atlas, board, lon, lat = small_county.atlas, small_county.board, 111.405, 27.675
    card = card_at(small_county, lon, lat)
    assert card.village is not None
    assert card.grid is not None
    assert card.nights is not None
    assert (HOME, "镇001", 100) == (card.village.code, card.village.town_name, card.village.population)
    assert (f"{HOME}003", 25) == (card.grid.code, card.grid.population)
    assert nearest(atlas, board, lon, lat, at=AS_OF, k=3, paths=True) == card.nearest
    assert stay_coverage(atlas, board, WEEK, at=AS_OF).villages[0] == card.nights.stays
    evenings = village_evenings(atlas, board, WEEK, at=AS_OF)[0]
    assert [(date(2022, 12, 19) + DAY * n, state) for n, state in enumerate(evenings)] == list(card.nights.evenings)
    assert 7 == len(card.nights.evenings)


def test_the_streak_counts_the_weeks_in_a_row_up_to_the_present_one(small_county: SmallCounty) -> None:
    met, lost = centre(HOME), centre("431381002002")
    nights = [card_at(small_county, place.x, place.y).nights for place in (met, lost)]
    streaks = [one and one.streak and (one.streak.state, one.streak.weeks) for one in nights]
    assert [(StayState.MET, 1), (StayState.LOST, 2)] == streaks  # it kept none in W50 either


def test_a_village_with_no_week_judged_yet_has_no_streak(small_county: SmallCounty) -> None:
    place = centre("431381002201")
    nights = card_at(small_county, place.x, place.y).nights
    assert nights is not None
    assert (StayState.NO_TEAM, None) == (nights.stays.state, nights.streak)


def test_zones_come_with_what_they_do_to_roads() -> None:
    zones = raw_layers()["risk_zones"].assign(road_effect=["closed", None, None])
    card = card_at(county_of(risk_zones=zones), 111.405, 27.675)
    assert [("Z1", RoadEffect.CLOSED), ("Z2", None)] == [(zone.zone_id, effect) for zone, effect in card.zones]


def test_outside_every_village_there_are_no_grid_and_no_nights_but_teams(small_county: SmallCounty) -> None:
    card = card_at(small_county, WEST - 0.01, SOUTH)
    assert (None, None, None) == (card.village, card.grid, card.nights)
    assert card.nearest.teams


def test_another_instant_is_another_week(small_county: SmallCounty) -> None:
    card = card_at(small_county, 111.405, 27.675, datetime(2022, 12, 12, 9, tzinfo=CHINA))
    assert card.nights is not None
    assert ("2022-W50", date(2022, 12, 12)) == (str(card.nights.week), card.nights.evenings[0][0])


def test_sites_are_told_with_grade_and_distance_removed_ones_as_such(small_county: SmallCounty) -> None:
    (near,) = sites_around(small_county.atlas, 111.445, 27.676)
    assert ("431381010001", "large", HazardLevel.HIGH) == (near.site_id, near.grade, near.level)
    assert pytest.approx(110.9, abs=0.5) == near.distance_m
    (removed,) = sites_around(small_county.atlas, 111.47, 27.66)
    assert (SiteStatus.REMOVED, 0.0) == (removed.status, removed.distance_m)
    (ungraded,) = sites_around(small_county.atlas, 111.485, 27.685)
    assert (None, None) == (ungraded.grade, ungraded.level)


PLACES = st.tuples(st.floats(111.40, 111.42), st.floats(27.65, 27.67))


@given(st.lists(PLACES, min_size=1, max_size=8), PLACES)
def test_the_sites_around_are_those_that_measuring_each_one_finds(
    small_county: SmallCounty, sites: list[tuple[float, float]], place: tuple[float, float]
) -> None:
    rows: list[dict[str, Any]] = [
        {"site_id": f"4313810100{n:02d}", "name": "点", "kind": "landslide", "status": "active"}
        for n in range(len(sites))
    ]
    frame = check(features(rows, [shapely.Point(*one) for one in sites]), LAYERS["hazard_sites"])
    atlas = replace(small_county.atlas, layers={**small_county.atlas.layers, "hazard_sites": frame})
    far = {
        site_id: float(crs.distance_m(*place, point.x, point.y))
        for site_id, point in zip(frame["site_id"], frame.geometry, strict=True)
    }
    expected = sorted((distance, site_id) for site_id, distance in far.items() if distance <= AROUND_M)
    got = [(one.distance_m, one.site_id) for one in sites_around(atlas, *place)]
    assert [site_id for _, site_id in expected] == [site_id for _, site_id in got]
    assert [distance for distance, _ in expected] == pytest.approx([distance for distance, _ in got])


def test_a_villages_code_is_its_station_where_that_lies_inside(small_county: SmallCounty) -> None:
    place, station = place_of(small_county.atlas, HOME), centre(HOME)
    assert (station.x, station.y, HOME) == (place.lon, place.lat, place.village_code)


def test_a_station_elsewhere_makes_no_other_village_of_a_code() -> None:
    stations = raw_layers()["stations"]
    moved = stations.geometry.where(stations["code"] != HOME, centre("431381100001"))
    place = place_of(county_of(stations=stations.set_geometry(moved)).atlas, HOME)
    assert (HOME, True) == (place.village_code, place.grid_code is not None and place.grid_code.startswith(HOME))


@pytest.mark.parametrize("code", [f"{HOME}001", "431381100201004"])
def test_a_grid_cells_code_is_a_place_inside_it(small_county: SmallCounty, code: str) -> None:
    place = place_of(small_county.atlas, code)
    assert (code, code[:12]) == (place.grid_code, place.village_code)


@pytest.mark.parametrize("code", ["", "1", "431381", "43138100100１", "麻溪村", "4313810010011", "-31381001001"])
def test_what_is_no_code_of_a_place_is_refused(small_county: SmallCounty, code: str) -> None:
    with pytest.raises(InputError) as refused:
        place_of(small_county.atlas, code)
    assert "code" == refused.value.parameter


@pytest.mark.parametrize("code", ["431381999001", f"{HOME}999"])
def test_a_code_of_nothing_is_not_found(small_county: SmallCounty, code: str) -> None:
    with pytest.raises(NotFoundError):
        place_of(small_county.atlas, code)


def test_a_far_place_is_refused(small_county: SmallCounty) -> None:
    with pytest.raises(FarPlaceError):
        card_at(small_county, 100.0, 27.0)
