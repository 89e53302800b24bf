"""The Atlas: whole references or all faults, what a place lies in, and places that cannot be meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.atlas import FAR_PLACE_LIMIT_M, Provenance, build
from geo.errors import FarPlaceError, InputError, LayerFaultsError, MissingLayersError
from geo.layers.registry import LAYERS
from geo.terms import HazardKind, HazardLevel
from tests import oracles
from tests.county import AS_OF, SIDE, SOUTH, WEST, SmallCounty, checked_layers, county_of, raw_layers, village_codes

PROVENANCE = Provenance("test", AS_OF)
EDGE = WEST + 2 * SIDE  # between the first town and the second


def faults_of(layers: dict[str, pd.DataFrame]) -> list[tuple[str, int, str, str | None]]:
    with pytest.raises(LayerFaultsError) as caught:
        build(layers, PROVENANCE)
    return [(fault.layer, fault.row, fault.column, fault.value) for fault in caught.value.faults]


# Building


def test_the_atlas_holds_every_reference_layer_and_no_live_one(small_county: SmallCounty) -> None:
    assert {name for name, spec in LAYERS.items() if not spec.live} == set(small_county.atlas.layers)


def test_the_layers_of_an_atlas_cannot_be_exchanged(small_county: SmallCounty) -> None:
    with pytest.raises(TypeError):
        small_county.atlas.layers["teams"] = pd.DataFrame()  # type: ignore[index]


def test_rows_stand_in_the_order_of_their_ids_whatever_order_they_came_in(small_county: SmallCounty) -> None:
    layers = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in checked_layers().items()}
    turned = build(layers, PROVENANCE)
    for name, frame in small_county.atlas.layers.items():
        assert frame[LAYERS[name].key].is_monotonic_increasing
        pd.testing.assert_frame_equal(frame, turned.layers[name])
    assert small_county.atlas.locate(EDGE, SOUTH + 0.001) == turned.locate(EDGE, SOUTH + 0.001)


def test_layers_that_are_not_given_are_empty() -> None:
    layers = checked_layers()
    atlas = build({name: layers[name] for name in ("county", "villages", "teams")}, PROVENANCE)
    assert atlas.layers["grids"].empty
    assert atlas.layers["risk_zones"].empty
    place = atlas.locate(WEST + 0.001, SOUTH + 0.001)
    assert ("431381001200", None, None, ()) == (place.village_code, place.town_name, place.grid_code, place.zones)


@pytest.mark.parametrize("name", ["county", "villages", "teams"])
def test_a_county_without_a_required_layer_is_refused_and_says_how_to_fill_it(name: str) -> None:
    layers = checked_layers()
    empty = {**layers, name: layers[name].iloc[:0]}
    del layers[name]
    for incomplete in (layers, empty):
        with pytest.raises(MissingLayersError, match=f"yixian import {name} FILE") as caught:
            build(incomplete, PROVENANCE)
        assert (name,) == caught.value.layers


def test_all_missing_layers_are_named_at_once() -> None:
    with pytest.raises(MissingLayersError) as caught:
        build({}, PROVENANCE)
    assert {name for name, spec in LAYERS.items() if spec.required} == set(caught.value.layers)


def test_every_broken_reference_of_every_layer_is_listed_with_the_row_of_its_source() -> None:
    layers = checked_layers()
    layers["grids"].loc[5, "village_code"] = "431381999001"
    layers["teams"].loc[2, "station"] = "431381999002"
    layers["stays"].loc[0, "team_id"] = "nobody"
    layers["leaders"].loc[1, "town_code"] = "431381999"
    layers["hazard_sites"].loc[0, "village_code"] = "431381999003"
    # The source's order is not that of the ids.
    layers["teams"] = layers["teams"].iloc[::-1].reset_index(drop=True)
    assert {
        ("grids", 6, "village_code", "431381999001"),
        ("teams", 22, "station", "431381999002"),
        ("stays", 1, "team_id", "nobody"),
        ("leaders", 2, "town_code", "431381999"),
        ("hazard_sites", 1, "village_code", "431381999003"),
    } == set(faults_of(layers))


def test_a_reference_to_a_layer_that_is_absent_contradicts_nothing() -> None:
    layers = checked_layers()
    del layers["stations"], layers["towns"], layers["grids"]
    assert 12 == len(build(layers, PROVENANCE).villages)


def test_a_reference_that_is_left_empty_is_whole() -> None:
    teams = raw_layers()["teams"].assign(station=None, base=None)
    assert 24 == len(county_of(teams=teams).atlas.layers["teams"])


def test_detections_outside_the_county_are_marked_and_kept(small_county: SmallCounty) -> None:
    detections = small_county.atlas.layers["detections"]
    assert {"D1": False, "D2": True} == dict(zip(detections["detection_id"], detections["outside"], strict=True))


def test_a_detection_on_the_outline_is_inside() -> None:
    frame = raw_layers()["detections"].iloc[[0]]
    on_the_corner = frame.set_geometry([shapely.Point(WEST, SOUTH)], crs="EPSG:4326")
    assert not county_of(detections=on_the_corner).atlas.layers["detections"]["outside"].iloc[0]


def test_the_metric_system_is_that_of_the_county(small_county: SmallCounty) -> None:
    assert "EPSG:4546" == small_county.atlas.metric_crs


def test_bounds_are_west_south_east_north(small_county: SmallCounty) -> None:
    assert (111.40, 27.65, 111.52, 27.69) == small_county.atlas.bounds


def test_villages_come_with_their_towns_in_the_order_of_codes(small_county: SmallCounty) -> None:
    assert village_codes() == [area.code for area in small_county.atlas.villages]
    first = small_county.atlas.villages[0]
    assert ("431381001", "镇001", 100) == (first.town_code, first.town_name, first.population)


def test_an_unknown_population_is_none() -> None:
    villages = raw_layers()["villages"].assign(population=None)
    assert {None} == {area.population for area in county_of(villages=villages).atlas.villages}


# Places


def test_a_place_is_named_by_village_town_grid_and_zones(small_county: SmallCounty) -> None:
    place = small_county.atlas.locate(111.405, 27.675)
    assert ("431381001001", "村001001", "431381001", "镇001") == (
        place.village_code,
        place.village_name,
        place.town_code,
        place.town_name,
    )
    assert "431381001001003" == place.grid_code  # the south-western cell
    assert [
        ("Z1", HazardKind.FOREST_FIRE, HazardLevel.HIGH),
        ("Z2", HazardKind.LANDSLIDE, HazardLevel.FAIRLY_HIGH),
    ] == [(zone.zone_id, zone.kind, zone.level) for zone in place.zones]


@pytest.mark.parametrize(
    ("expected", "lon", "lat"),
    [
        ("431381001201", EDGE, SOUTH + 0.001),  # two villages of two towns
        ("431381001001", WEST + 0.001, SOUTH + SIDE),  # two villages of one town
        ("431381001002", EDGE, SOUTH + SIDE),  # four villages
        ("431381001200", WEST, SOUTH),  # the county's corner
    ],
)
def test_on_a_shared_border_the_lower_code_counts(
    expected: str, lon: float, lat: float, small_county: SmallCounty
) -> None:
    place = small_county.atlas.locate(round(lon, 7), round(lat, 7))
    assert expected == place.village_code
    assert place.grid_code is not None
    assert place.grid_code.startswith(expected)


@given(st.integers(-2, 26), st.integers(-2, 10))
def test_a_place_lies_in_the_first_of_the_areas_that_hold_it(small_county: SmallCounty, column: int, row: int) -> None:
    lon, lat = round(WEST + column * SIDE / 4, 7), round(SOUTH + row * SIDE / 4, 7)
    atlas = small_county.atlas
    place = atlas.locate(lon, lat)
    for layer, found in (("villages", place.village_code), ("grids", place.grid_code)):
        frame = atlas.layers[layer]
        holding = oracles.containing(list(frame.geometry), lon, lat)
        assert (frame["code"].iloc[holding[0]] if holding else None) == found
    zones = atlas.layers["risk_zones"]
    assert [zones["zone_id"].iloc[p] for p in oracles.containing(list(zones.geometry), lon, lat)] == [
        zone.zone_id for zone in place.zones
    ]


def test_a_place_beside_the_county_lies_in_nothing(small_county: SmallCounty) -> None:
    place = small_county.atlas.locate(111.55, 27.66)
    assert (None, None, None, ()) == (place.village_code, place.town_code, place.grid_code, place.zones)


@pytest.mark.parametrize(("lon", "lat"), [(27.66, 111.43), (27.66, 91.0), (181.0, 27.0), (-180.5, 0.0), (0.0, -90.1)])
def test_numbers_that_are_no_place_on_earth_are_refused_as_swapped(
    lon: float, lat: float, small_county: SmallCounty
) -> None:
    with pytest.raises(InputError, match="swapped lon and lat") as caught:
        small_county.atlas.locate(lon, lat)
    assert not isinstance(caught.value, FarPlaceError)
    assert "lon" == caught.value.parameter


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 27.66), (111.43, np.nan), (np.inf, 27.66), (111.43, -np.inf)])
def test_what_is_no_finite_number_is_refused(lon: float, lat: float, small_county: SmallCounty) -> None:
    with pytest.raises(InputError, match="not finite"):
        small_county.atlas.locate(lon, lat)


@pytest.mark.parametrize(("lon", "lat"), [(27.69, 11.43), (0.0, 0.0), (-68.5, -27.69), (112.0, 27.66), (111.43, 90.0)])
def test_a_far_place_is_refused_with_its_distance_and_the_likely_cause(
    lon: float, lat: float, small_county: SmallCounty
) -> None:
    with pytest.raises(FarPlaceError, match="swapped lon and lat") as caught:
        small_county.atlas.locate(lon, lat)
    assert caught.value.distance_m > FAR_PLACE_LIMIT_M == caught.value.limit_m


@pytest.mark.parametrize(("expected", "lon"), [(True, 111.52 + 0.3035), (False, 111.52 + 0.3055)])
def test_thirty_kilometres_are_still_near(expected: bool, lon: float, small_county: SmallCounty) -> None:
    # A degree of longitude is 98.66 km here.
    try:
        small_county.atlas.refuse_far(lon, 27.67)
        near = True
    except FarPlaceError:
        near = False
    assert expected == near


def test_inside_the_outline_the_distance_outside_is_nothing(small_county: SmallCounty) -> None:
    assert 0.0 == small_county.atlas.distance_outside_m(111.45, 27.66)
    assert 0.0 == pytest.approx(small_county.atlas.distance_outside_m(WEST, SOUTH), abs=1e-6)


@given(st.floats(110.5, 112.5), st.floats(27.0, 28.4))
def test_the_distance_outside_is_the_geodesic_to_the_nearest_edge(
    small_county: SmallCounty, lon: float, lat: float
) -> None:
    # The outline is a box, whose nearest point to a place is the place clamped to it, nearly.
    clamped = min(max(lon, 111.40), 111.52), min(max(lat, 27.65), 27.69)
    expected = oracles.GEOD.inv(lon, lat, *clamped)[2]
    assert expected == pytest.approx(small_county.atlas.distance_outside_m(lon, lat), rel=2e-3, abs=0.01)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_the_distance_outside_is_finite_at_any_place_on_earth(
    small_county: SmallCounty, lon: float, lat: float
) -> None:
    distance_m = small_county.atlas.distance_outside_m(lon, lat)
    assert 0 <= distance_m < 20_100_000


def test_a_county_abroad_has_metres_too() -> None:
    def moved(frame: Any) -> Any:
        if "geometry" not in frame:
            return frame
        shift = np.array([1.52 - 111.46, 42.5 - 27.67])
        return frame.set_geometry(shapely.transform(frame.geometry.values, lambda xy: xy + shift), crs="EPSG:4326")

    county = county_of(**{name: moved(frame) for name, frame in raw_layers().items()})
    assert "EPSG:32631" == county.atlas.metric_crs == crs.metric_crs_of(1.52, 42.5)
    assert county.atlas.locate(1.52, 42.5).village_code is not None
