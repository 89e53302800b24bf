"""Isolation, on twelve villages whose roads are drawn so that every answer can be read off the map.

001001 ---W2--- 001002 ---W1--- 002001 ---L1--- 002002 ---E1--- 100001 ---E2--- 100002
                                   |               |                               |
                               HQ  L4              L2                              E3
                                   |               |                               |
001200 ---S2--- 001201 ---S1--- 002200 ---L3--- 002201 ---E5--- 100200 ---E4--- 100201
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd
import pytest
import shapely

from geo.errors import InputError, NotFoundError
from geo.isolation import Behind, CutOffVillage, IsolatedBy, Isolation, isolated_by, isolation
from geo.terms import ClosureCause, HazardLevel, RoadClass, RoadEffect
from geo.what_if import WhatIf
from tests.county import AS_OF, SmallCounty, centre, county_of, features, raw_layers

A, B, C = "431381001", "431381002", "431381100"
TOWN_A = {"W1": (B + "001", A + "002"), "W2": (A + "002", A + "001"), "S1": (B + "200", A + "201")}
TOWN_A |= {"S2": (A + "201", A + "200")}
RINGS = {"L1": (B + "001", B + "002"), "L2": (B + "002", B + "201"), "L3": (B + "201", B + "200")}
RINGS |= {"L4": (B + "200", B + "001"), "E1": (B + "002", C + "001"), "E2": (C + "001", C + "002")}
RINGS |= {"E3": (C + "002", C + "201"), "E4": (C + "201", C + "200"), "E5": (C + "200", B + "201")}
ROADS = {name: shapely.LineString([centre(first), centre(last)]) for name, (first, last) in (TOWN_A | RINGS).items()}
SEAT = shapely.Point(111.45, 27.67)
EAST = shapely.box(111.478, 27.65, 111.482, 27.69)
"""An area across E1 and E5, which are the only ways to the four villages of the east."""


def a_county(
    roads: dict[str, shapely.LineString] = ROADS,
    *,
    zones: dict[str, shapely.Polygon] | None = None,
    closed: dict[str, shapely.LineString] | None = None,
    one_way: Collection[str] = (),
    **changed: pd.DataFrame,
) -> SmallCounty:
    """The county with those roads, zones of level 3 and closed roads; its seat stands on L4."""
    zones, closed = zones or {}, closed or {}
    facts = {"cause": "landslide", "effect": "closed", "vehicles": "all", "from_at": "2022-12-20T08:00"}
    layers: dict[str, pd.DataFrame] = {
        "stations": the_stations(),
        "roads": features(
            [{"road_id": name, "name": name, "road_class": "tertiary", "oneway": name in one_way} for name in roads],
            [*roads.values()],
        ),
        "risk_zones": features(
            [{"zone_id": name, "name": name, "kind": "landslide", "level": 3} for name in zones], [*zones.values()]
        ),
        "closures": features([{"closure_id": name} | facts for name in closed], [*closed.values()]),
        "hazard_sites": features([], []),
    }
    return county_of(**(layers | changed))


def the_stations() -> Any:
    stations = raw_layers()["stations"]
    stations.loc[stations["code"] == "431381", "geometry"] = SEAT
    return stations


def across(road: str) -> shapely.LineString:
    """A short line across the middle of a road."""
    lon, lat = ROADS[road].interpolate(0.5, normalized=True).coords[0]
    return shapely.LineString([(lon - 0.001, lat - 0.001), (lon + 0.001, lat + 0.001)])


def supposed(road: str, speed_kph: float | None = None) -> list[WhatIf]:
    effect = RoadEffect.CLOSED if speed_kph is None else RoadEffect.SLOWED
    return [WhatIf("what-if 1", None, ClosureCause.LANDSLIDE, effect, speed_kph, across(road))]


def asked(county: SmallCounty, **options: Any) -> Isolation:
    return isolation(county.atlas, county.board, at=AS_OF, **options)


def asked_by(county: SmallCounty, **cause: Any) -> IsolatedBy:
    return isolated_by(county.atlas, county.board, at=AS_OF, **cause)


def codes(behind: Behind) -> list[str]:
    return [village.code for village in behind.villages]


def told(villages: tuple[CutOffVillage, ...]) -> dict[str, tuple[str, ...]]:
    return {one.village.code: one.closures for one in villages}


def test_the_roads_that_villages_hang_on_come_with_most_people_first() -> None:
    answer = asked(a_county())
    expected = [
        (("S1",), 700, [A + "200", A + "201"]),
        (("W1",), 300, [A + "001", A + "002"]),  # as many people as behind S2, in more villages
        (("S2",), 300, [A + "200"]),
        (("W2",), 100, [A + "001"]),
    ]
    assert expected == [(road.names, road.behind.people, codes(road.behind)) for road in answer.roads]
    assert (True, 4, 0) == (answer.from_seat, answer.roads_found, answer.zones_found)
    assert ((), ()) == (answer.cut_off, answer.off_network)


def test_a_critical_road_tells_its_class_line_and_length_and_the_teams_behind() -> None:
    road = asked(a_county()).roads[0]
    assert (RoadClass.TERTIARY,) == road.classes
    assert road.length_m == pytest.approx(1973, abs=1)
    assert shapely.equals_exact(road.line, ROADS["S1"], 1e-7)
    assert ("C03", "C04", "T03", "T04") == road.behind.team_ids


def test_roads_one_after_the_other_that_isolate_the_same_villages_are_one() -> None:
    west = ROADS["W1"].interpolate(0.5, normalized=True)
    halves = {
        "W1a": shapely.LineString([ROADS["W1"].coords[0], west.coords[0]]),
        "W1b": shapely.LineString([west.coords[0], ROADS["W1"].coords[1]]),
    }
    roads = {name: line for name, line in ROADS.items() if name != "W1"} | halves
    found = [road for road in asked(a_county(roads)).roads if "W1a" in road.names]
    assert [("W1a", "W1b")] == [road.names for road in found]
    assert shapely.equals_exact(
        found[0].line, shapely.LineString([*halves["W1a"].coords, *halves["W1b"].coords[1:]]), 1e-7
    )


def test_a_road_is_lost_on_one_side_of_a_village_only() -> None:
    roads = {name: line for name, line in ROADS.items() if name[0] != "W"}
    roads["W"] = shapely.LineString([(111.45, 27.68), (111.42, 27.68)])  # past 001002, and half way to 001001
    lengths_m = {tuple(codes(road.behind)): road.length_m for road in asked(a_county(roads)).roads}
    assert lengths_m[(A + "001", A + "002")] == pytest.approx(1973, abs=2)
    assert lengths_m[(A + "001",)] == pytest.approx(987, abs=2)


def test_the_worst_hazard_that_touches_a_road_decides_between_equals() -> None:
    sites = features(
        [
            {
                "site_id": "431381010001",
                "name": "甲",
                "kind": "landslide",
                "threatened_people": 600,
                "status": "active",
            },
            {
                "site_id": "431381010002",
                "name": "乙",
                "kind": "landslide",
                "threatened_people": 9999,
                "status": "removed",
            },
            {
                "site_id": "431381010003",
                "name": "丙",
                "kind": "landslide",
                "threatened_people": 9999,
                "status": "active",
            },
        ],
        [shapely.Point(111.42, 27.6605), shapely.Point(111.44, 27.68), shapely.Point(111.44, 27.682)],  # 55, 0, 222 m
    )
    answer = asked(a_county(hazard_sites=sites, zones={"Z": shapely.box(111.415, 27.675, 111.42, 27.685)}))
    assert [("S1",), ("S2",), ("W1",), ("W2",)] == [road.names for road in answer.roads]
    assert [None, HazardLevel.HIGH, None, HazardLevel.FAIRLY_HIGH] == [road.level for road in answer.roads]
    assert [(), ("431381010001",), (), ()] == [road.hazard_sites for road in answer.roads]
    assert [(), (), (), ("Z",)] == [road.zones for road in answer.roads]
    assert ("431381010001",) == answer.roads[1].behind.hazard_sites


def test_a_zone_across_the_only_two_ways_isolates_what_no_single_road_does() -> None:
    spot = shapely.box(111.40, 27.675, 111.42, 27.685)
    answer = asked(a_county(zones={"east": EAST, "spot": spot, "nothing": shapely.box(111.46, 27.67, 111.461, 27.671)}))
    found = [(zone.zone.zone_id, zone.behind.people, codes(zone.behind), zone.on_spot) for zone in answer.zones]
    east = [C + "001", C + "002", C + "200", C + "201"]
    assert [("east", 4200, east, ()), ("spot", 100, [A + "001"], (A + "001",))] == found


def test_a_zone_counts_while_it_is_valid() -> None:
    rows = [{"zone_id": "east", "name": "east", "kind": "landslide", "level": 3, "valid_to": "2022-12-23T10:00"}]
    county = a_county(risk_zones=features(rows, [EAST]))  # over at the very instant of the question
    assert 0 == asked(county).zones_found
    assert 1 == isolation(county.atlas, county.board, at=AS_OF.replace(hour=9)).zones_found


def test_a_closure_in_force_makes_other_roads_critical_and_is_told_of_whom_it_cuts_off() -> None:
    answer = asked(a_county(closed={"K-E1": across("E1"), "K-W2": across("W2")}))
    found = [(road.names, road.behind.people) for road in answer.roads]
    assert [(("E5",), 4200), (("E4",), 3100), (("E3",), 1900), (("E2",), 900)] == found[:4]
    assert {A + "001": ("K-W2",)} == told(answer.cut_off)
    assert [("S1",), ("S2",), ("W1",)] == [road.names for road in answer.roads[4:]]  # 001001 is not lost again


def test_what_if_tells_whom_a_closure_would_cut_off_beside_those_already_so() -> None:
    answer = asked_by(a_county(closed={"K-W2": across("W2")}), closures=supposed("W1"))
    assert {A + "002": ("what-if 1",)} == told(answer.cut_off)
    assert {A + "001": ("K-W2",)} == told(answer.already)
    assert (200, ("C02", "T02")) == (answer.behind.people, answer.behind.team_ids)


def test_a_village_behind_two_closed_stretches_names_both() -> None:
    answer = asked_by(
        a_county(),
        closures=[*supposed("W1"), WhatIf("2", None, ClosureCause.FIRE, RoadEffect.CLOSED, None, across("W2"))],
    )
    assert {A + "001": ("2", "what-if 1"), A + "002": ("what-if 1",)} == told(answer.cut_off)


def test_a_known_closure_or_zone_is_judged_on_top_of_the_others() -> None:
    county = a_county(closed={"K-W2": across("W2")}, zones={"east": EAST})
    assert ({A + "001": ("K-W2",)}, ()) == (told((one := asked_by(county, closure_id="K-W2")).cut_off), one.already)
    by_zone = asked_by(county, zone_id="east")
    assert dict.fromkeys([C + "001", C + "002", C + "200", C + "201"], ("zone east",)) == told(by_zone.cut_off)
    assert [A + "001"] == [one.village.code for one in by_zone.already]


def test_a_slowed_road_cuts_nobody_off() -> None:
    answer = asked_by(a_county(), closures=supposed("W1", speed_kph=5))
    assert ((), Behind((), 0, 0, (), ())) == (answer.cut_off, answer.behind)


def test_where_the_seat_itself_is_cut_off_the_largest_connected_part_counts() -> None:
    county = a_county(zones={"seat": shapely.box(111.449, 27.669, 111.451, 27.671)})
    answer = asked_by(county, zone_id="seat")
    assert (False, ()) == (answer.from_seat, answer.cut_off)
    assert "is cut off" in answer.reason
    assert 0 == asked(county).zones_found


def test_without_a_seat_the_smaller_side_of_a_road_is_what_is_lost() -> None:
    stations = the_stations()
    stations.loc[stations["code"] == "431381", "tier"] = "post"
    answer = asked(a_county(stations=stations))
    assert not answer.from_seat
    assert [("S1",), ("W1",), ("S2",), ("W2",)] == [road.names for road in answer.roads]


def test_a_village_without_a_road_in_walking_reach_is_listed_apart() -> None:
    answer = asked(a_county({name: ROADS[name] for name in RINGS}))
    assert [A + "001", A + "200"] == [one.village.code for one in answer.off_network]
    assert answer.off_network[0].nearest_m == pytest.approx(3945, abs=5)
    assert 0 == answer.roads_found  # 001002 and 001201 walk 2 km to the ring


def test_a_village_that_one_way_rules_leave_without_a_way_is_listed_apart_too() -> None:
    answer = asked(a_county(one_way={"W1"}, roads=ROADS | {"W1": ROADS["W1"].reverse()}))
    assert [A + "001", A + "002"] == [one.village.code for one in answer.off_network]
    assert "one-way" in answer.off_network[0].reason


def test_people_that_nobody_counted_are_unknown_and_come_last() -> None:
    villages = raw_layers()["villages"]
    villages.loc[villages["code"] == A + "200", "population"] = None
    answer = asked(a_county(villages=villages))
    found = [(road.names, road.behind.people, road.behind.people_unknown) for road in answer.roads]
    assert [(("S1",), 400, 1), (("W1",), 300, 0), (("W2",), 100, 0), (("S2",), None, 1)] == found


def test_the_limit_leaves_the_count_alone() -> None:
    answer = asked(a_county(), limit=1)
    assert ([("S1",)], 4) == ([road.names for road in answer.roads], answer.roads_found)


def test_a_county_without_roads_has_every_village_off_the_network() -> None:
    county = a_county(roads={})
    answer = asked(county)
    assert ("the county has no roads: import the layer roads", 12) == (answer.reason, len(answer.off_network))
    assert 12 == len(asked_by(county, zone_id="any").off_network)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_limit_out_of_range_is_refused(small_county: SmallCounty, limit: int) -> None:
    with pytest.raises(InputError, match="between 1 and 1000"):
        asked(small_county, limit=limit)


@pytest.mark.parametrize("cause", [{}, {"zone_id": "Z1", "closure_id": "K1"}])
def test_exactly_one_cause_is_asked_about(small_county: SmallCounty, cause: dict[str, str]) -> None:
    with pytest.raises(InputError, match="exactly one"):
        asked_by(small_county, **cause)


@pytest.mark.parametrize("cause", [{"zone_id": "Z?"}, {"closure_id": "K?"}])
def test_an_unknown_zone_or_closure_is_named(small_county: SmallCounty, cause: dict[str, str]) -> None:
    with pytest.raises(NotFoundError, match=r"\?"):
        asked_by(small_county, **cause)
