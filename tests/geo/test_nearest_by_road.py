"""The teams that are first by road: every leg told, who was passed over, what closures cost, and why nobody comes.

The county's roads are drawn here: an east-west road through four villages with a station each, a longer way round, a
lane that leads nowhere else, and one road with no way to the others. All are driven at 36 km/h, so 10 m a second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.dispatch import RoadRules, dispatch, roads_of
from geo.errors import InputError
from geo.nearest import NearestAnswer, nearest, nearest_bulk
from geo.terms import Basis, Reach, Skill, TeamKind
from geo.what_if import what_if
from tests.county import AS_OF, SmallCounty, county_of, features, raw_layers

MAIN = [(111.40, 27.66), (111.42, 27.66), (111.44, 27.66), (111.46, 27.66)]
ROUND = [(111.40, 27.66), (111.40, 27.68), (111.46, 27.68), (111.46, 27.66)]
LANE = [(111.46, 27.66), (111.52, 27.66)]
ALONE = [(111.40, 27.70), (111.41, 27.70)]


def roads(*lines: list[tuple[float, float]]) -> Any:
    named = [{"road_id": f"R{n}", "road_class": "primary", "speed_kph": 36} for n in range(len(lines))]
    return features(named, [shapely.LineString(line) for line in lines])


def county(**changes: Any) -> SmallCounty:
    """The small county with these roads, one team at each of five places, and no closure but those asked for."""
    layers = raw_layers()
    teams = layers["teams"].iloc[:5].copy()
    teams["team_id"] = ["T1", "T2", "T3", "T4", "T5"]
    teams["kind"] = ["city", "township", "city", "township", "city"]
    teams["skills"] = [None, "geology", None, None, None]
    teams["strength"] = [3, 3, 3, 3, 0]
    teams["assigned_from"] = [None, None, None, (AS_OF + timedelta(days=3)).date(), None]
    teams["assigned_to"] = None
    teams.geometry = [shapely.Point(place) for place in [MAIN[0], MAIN[1], MAIN[3], MAIN[2], MAIN[2]]]
    changed = {
        "roads": roads(MAIN, ROUND, LANE, ALONE),
        "teams": teams,
        "stays": layers["stays"].iloc[:0],
        "closures": layers["closures"].iloc[:0],
        "speeds": layers["speeds"].iloc[:0],
    }
    return county_of(**(changed | changes))


@pytest.fixture(scope="module")
def road_county() -> SmallCounty:
    return county()


def ask(where: SmallCounty, lon: float, lat: float, **wanted: Any) -> NearestAnswer:
    return nearest(where.atlas, where.board, lon, lat, at=AS_OF, **wanted)


def closing(*coordinates: tuple[float, float], **properties: Any) -> tuple[Any, ...]:
    geometry = {"type": "LineString", "coordinates": [list(pair) for pair in coordinates]}
    return what_if([{"type": "Feature", "geometry": geometry, "properties": properties}])


def driven_s(*places: tuple[float, float]) -> float:
    """How long these roads take."""
    return sum(float(crs.distance_m(*a, *b)) for a, b in pairwise(places)) / 10


def test_a_county_with_roads_answers_by_road_and_one_without_by_distance(road_county: SmallCounty) -> None:
    assert Basis.ROAD is ask(road_county, *MAIN[1]).basis
    without = county(roads=raw_layers()["roads"].iloc[:0])
    assert Basis.STRAIGHT is ask(without, *MAIN[1]).basis
    with pytest.raises(InputError, match="import the layer roads"):
        ask(without, *MAIN[1], basis=Basis.ROAD)


def test_teams_come_in_order_of_arrival_with_every_leg(road_county: SmallCounty) -> None:
    lon, lat = 111.45, 27.661  # on foot from the main road, some 111 m to the north of it
    answer = ask(road_county, lon, lat, k=3)
    assert ["T3", "T2", "T1"] == [team.team_id for team in answer.teams]
    first = answer.teams[0].arrival
    assert first is not None
    north_m = float(crs.distance_m(111.45, 27.66, lon, lat))
    assert (900.0, 0.0) == (first.notice_s, first.access_s)
    assert driven_s(MAIN[3], (111.45, 27.66)) == pytest.approx(first.road_s, abs=0.1)
    assert north_m == pytest.approx(first.snap_m, abs=0.1)
    assert north_m * 1.3 / (3000 / 3600) == pytest.approx(first.walk_s, abs=0.2)
    for team in answer.teams:
        legs = team.arrival
        assert legs is not None
        assert legs.arrival_s == pytest.approx(legs.notice_s + legs.access_s + legs.road_s + legs.walk_s, abs=1e-9)
        assert 7200 - legs.arrival_s == pytest.approx(legs.margin_s, abs=1e-9)
        assert legs.lost_s is None


def test_the_path_runs_along_the_roads_from_the_team_to_where_the_walk_begins(road_county: SmallCounty) -> None:
    answer = ask(road_county, 111.45, 27.6601, k=2, paths=True)
    path = answer.teams[1].arrival.path if answer.teams[1].arrival else None
    assert path is not None
    assert [MAIN[1], MAIN[2]] == [tuple(place) for place in path.coords[:2]]
    assert (111.45, 27.66) == pytest.approx(path.coords[-1], abs=1e-6)
    assert ask(road_county, 111.45, 27.6601).teams[0].arrival.path is None  # type: ignore[union-attr]  # by road


def test_teams_that_are_nearer_but_do_not_count_are_named_with_the_reason(road_county: SmallCounty) -> None:
    passed = ask(road_county, *MAIN[2], k=1).passed_over
    assert {"T4": f"not assigned on {AS_OF.date()}", "T5": "it has no members"} == {
        one.team_id: one.reason for one in passed
    }
    asked_for_skill = ask(road_county, *MAIN[3], k=1, skill=Skill.GEOLOGY).passed_over
    assert ("T3", "it has no skill geology") in {(one.team_id, one.reason) for one in asked_for_skill}
    of_kind = ask(road_county, *MAIN[1], k=1, kind=TeamKind.CITY).passed_over
    assert ("T2", "a township team; city teams were asked for") == (of_kind[0].team_id, of_kind[0].reason)


def test_a_closure_costs_the_minutes_of_the_way_round_and_is_named(road_county: SmallCounty) -> None:
    place = (111.4305, 27.66)
    bar = closing((111.435, 27.659), (111.435, 27.661), name="slide")
    free, barred = ask(road_county, *place, k=3), ask(road_county, *place, k=3, supposed=bar)
    assert ["what-if 1"] == [one.id for one in barred.closures]
    assert () == free.closures
    times = {team.team_id: team.arrival for team in free.teams}
    for team in barred.teams:
        then, now = times[team.team_id], team.arrival
        assert then is not None
        assert now is not None
        assert now.arrival_s - then.arrival_s == pytest.approx(now.lost_s, abs=1e-9)
    round_s = driven_s(*ROUND[::-1], place) - driven_s(MAIN[3], place)
    lost = {team.team_id: team.arrival.lost_s for team in barred.teams if team.arrival}
    assert {"T1": 0.0, "T2": 0.0, "T3": pytest.approx(round_s, abs=0.2)} == lost


def test_a_slowed_road_costs_minutes_too(road_county: SmallCounty) -> None:
    area = {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(shapely.box(111.441, 27.659, 111.459, 27.661))),
        "properties": {"effect": "slowed", "speed_kph": 18},
    }
    answer = ask(road_county, *MAIN[2], k=1, kind=TeamKind.CITY, supposed=what_if([area]))
    assert ["what-if 1"] == [one.id for one in answer.closures]
    legs = answer.teams[0].arrival
    assert legs is not None
    assert 0 < legs.lost_s <= driven_s(MAIN[2], MAIN[3])  # type: ignore[operator]  # a closure acts


def test_a_closure_that_changes_nothing_is_not_named(road_county: SmallCounty) -> None:
    answer = ask(road_county, *MAIN[1], k=1, supposed=closing((111.47, 27.659), (111.47, 27.661)))
    assert () == answer.closures
    assert [0.0] == [team.arrival.lost_s for team in answer.teams if team.arrival]


def test_a_place_cut_off_names_the_closure(road_county: SmallCounty) -> None:
    bar = closing((111.462, 27.659), (111.462, 27.661), name="泥石流")
    answer = ask(road_county, 111.515, 27.66, supposed=bar)
    assert (Reach.UNREACHABLE, ()) == (answer.reach, answer.teams)
    assert "cut off by what-if 1 (泥石流)" in answer.reason
    assert ["what-if 1"] == [one.id for one in answer.closures]


def test_a_place_on_roads_of_their_own_says_so(road_county: SmallCounty) -> None:
    near_alone = county(roads=roads([(111.46, 27.66), (111.48, 27.66)], [(111.50, 27.705), (111.51, 27.705)]))
    answer = ask(near_alone, 111.515, 27.72)
    assert Reach.UNREACHABLE is answer.reach
    assert "a component of their own (2 nodes)" in answer.reason


def test_a_place_beyond_the_walk_is_off_the_network_with_the_distance(road_county: SmallCounty) -> None:
    answer = ask(road_county, 111.46, 27.60)
    distance_m = float(crs.distance_m(111.46, 27.60, 111.46, 27.66))
    assert (Reach.OFF_NETWORK, ()) == (answer.reach, answer.teams)
    assert distance_m == pytest.approx(answer.nearest_road_m, abs=2)
    assert f"the nearest road is {answer.nearest_road_m:,.0f} m away" in answer.reason


def test_a_way_beyond_the_limit_says_so(road_county: SmallCounty) -> None:
    answer = ask(road_county, *MAIN[1], k=1, rules=RoadRules(search_limit_s=60))
    assert Reach.UNREACHABLE is answer.reach
    assert "every way takes longer than" in answer.reason


def test_no_team_that_fits_is_no_team_and_not_unreachable(road_county: SmallCounty) -> None:
    assert Reach.NO_TEAM is ask(road_county, *MAIN[1], skill=Skill.WATER_RESCUE).reach


def test_a_recalled_team_starts_with_the_longer_notice(road_county: SmallCounty) -> None:
    by_road = roads_of(road_county.atlas, road_county.board)
    assert by_road is not None
    teams = len(road_county.board.teams.ids)
    everyone, notice_ms = np.ones(teams, dtype=bool), np.full(teams, 900_000, dtype=np.int32)
    notice_ms[1] = 1_800_000  # T2, who stands at the place
    found = dispatch(by_road, *MAIN[1], at=AS_OF, allowed=everyone, k=teams, notice_ms=notice_ms)
    assert {0: 900.0, 1: 1800.0, 2: 900.0, 3: 900.0, 4: 900.0} == {one.position: one.notice_s for one in found.arrivals}
    assert found.arrivals[0].position != 1


_lon, _lat = st.floats(111.38, 111.53), st.floats(27.62, 27.71)


@given(_lon, _lat, _lon, _lat, st.integers(1, 5), st.lists(st.booleans(), min_size=5, max_size=5), st.booleans())
def test_what_closures_cost_is_the_difference_to_the_open_roads_wherever_they_lie(
    road_county: SmallCounty, lon: float, lat: float, east: float, north: float, k: int, mask: list[bool], slows: bool
) -> None:
    where, allowed = roads_of(road_county.atlas, road_county.board), np.array(mask)
    assert where is not None
    area = {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shapely.Point(east, north).buffer(0.004)))}
    area["properties"] = {"effect": "slowed", "speed_kph": 10} if slows else {"effect": "closed"}
    barred = where.supposing(what_if([area]))
    everyone = np.ones(5, dtype=bool)
    free = dispatch(where, lon, lat, at=AS_OF, allowed=everyone, k=5)
    all_barred = dispatch(barred, lon, lat, at=AS_OF, allowed=everyone, k=5)
    found = dispatch(barred, lon, lat, at=AS_OF, allowed=allowed, k=k)
    free_s = {one.position: one.arrival_s for one in free.arrivals}
    counting = [one for one in all_barred.arrivals if allowed[one.position]][:k]
    assert [(one.position, one.arrival_s) for one in counting] == [
        (one.position, one.arrival_s) for one in found.arrivals
    ]
    acts = not barred.closures.conditions_at(AS_OF).is_open
    assert [round(one.arrival_s - free_s[one.position], 3) if acts else None for one in counting] == [
        one.lost_s for one in found.arrivals
    ]
    until = (counting[-1].arrival_s, counting[-1].position) if len(counting) == k else (np.inf, 0)
    others = [one for one in all_barred.arrivals if not allowed[one.position]]
    assert [(one.position, one.arrival_s) for one in others if (one.arrival_s, one.position) < until][:3] == [
        (one.position, one.arrival_s) for one in found.passed
    ]
    assert bool(found.closures) >= any(one.lost_s for one in found.arrivals)


_places = st.lists(st.tuples(st.floats(111.38, 111.50), st.floats(27.62, 27.72)), min_size=1, max_size=12)


@given(_places, st.integers(1, 5), st.booleans())
def test_many_places_at_once_answer_as_each_alone(
    road_county: SmallCounty, places: list[tuple[float, float]], k: int, barred: bool
) -> None:
    bar = closing((111.45, 27.659), (111.45, 27.661)) if barred else ()
    lon, lat = np.array(places).T
    bulk = nearest_bulk(road_county.atlas, road_county.board, lon, lat, at=AS_OF, k=k, supposed=bar)
    for row, place in enumerate(places):
        alone = ask(road_county, *place, k=k, supposed=bar)
        assert (alone.reach, alone.reason) == (bulk.reaches[row], bulk.reasons[row])
        assert bulk.arrivals is not None
        ids = [road_county.board.teams.ids[one] for one in bulk.neighbours.positions[row].tolist() if one >= 0]
        assert [team.team_id for team in alone.teams] == ids
        times: list[Mapping[str, Any] | float] = [team.arrival.arrival_s for team in alone.teams if team.arrival]
        assert times == [ms / 1000 for ms in bulk.arrivals.arrival_ms[row, : len(ids)].tolist()]
