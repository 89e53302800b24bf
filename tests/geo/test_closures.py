"""Closures and risk zones on the roads: from when to when, for whom, by name, and as a supposition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from geo import board, crs
from geo.calendar import CHINA
from geo.closures import RoadClosures, fold
from geo.errors import InputError, NotFoundError
from geo.layers.registry import LAYERS
from geo.layers.spec import check, check_rows
from geo.network.covering import RoadCover, Stretches
from geo.network.graph import NO_WAY
from geo.terms import ClosureCause, HazardKind, RoadEffect
from geo.what_if import MOST_CLOSURES, MOST_VERTICES, what_if
from tests.county import AS_OF, SmallCounty, county_of, features, raw_layers, square

START, END = datetime(2022, 12, 20, 8, tzinfo=CHINA), datetime(2022, 12, 21, 18, tzinfo=CHINA)
"""When the small county's closure K1 is in force."""

WEST_BAR = shapely.LineString([(111.43, 27.669), (111.43, 27.671)])
EAST_BAR = shapely.LineString([(111.50, 27.669), (111.50, 27.671)])


def closures_of(*rows: dict[str, Any], shapes: list[Any] | None = None) -> geopandas.GeoDataFrame:
    """A checked frame of closures, by default across the western road, closed for all since 2022-12-20T08:00."""
    whole = [
        {
            "closure_id": f"C{number}",
            "cause": "landslide",
            "effect": "closed",
            "vehicles": "all",
            "from_at": START.isoformat(),
            **row,
        }
        for number, row in enumerate(rows, start=1)
    ]
    frame = check(features(whole, shapes or [WEST_BAR] * len(whole)), LAYERS["closures"])
    assert isinstance(frame, geopandas.GeoDataFrame)
    return frame


def roads_of(county: SmallCounty, *rows: dict[str, Any], shapes: list[Any] | None = None) -> RoadClosures:
    found = fold(county.atlas, closures_of(*rows, shapes=shapes))
    assert found is not None
    return found


def with_zones(**columns: Any) -> SmallCounty:
    """The small county with a landslide zone over the western road that has these columns, and its tunnel there."""
    zone = {"zone_id": "Z9", "name": "滑坡带", "kind": "landslide", "level": 3, **columns}
    return county_of(risk_zones=features([zone], [square(111.41, 27.665, 0.01)]))


def acting(roads: RoadClosures, at: datetime) -> set[str]:
    """The ids of what acts on any road at an instant."""
    return {cause for causes in roads.conditions_at(at).causes for cause in causes}


# From when to when


@pytest.mark.parametrize(
    ("expected", "at"),
    [
        (set(), START - timedelta(microseconds=1)),
        ({"K1"}, START),
        ({"K1"}, END - timedelta(microseconds=1)),
        (set(), END),
        ({"K1"}, START.astimezone(UTC)),
        ({"K1"}, START.replace(tzinfo=None)),
        (set(), datetime(1, 1, 1, tzinfo=UTC)),
        (set(), AS_OF),
    ],
)
def test_a_closure_is_in_force_from_its_first_instant_up_to_but_not_with_its_last(
    expected: set[str], at: datetime, small_county: SmallCounty
) -> None:
    roads = small_county.board.roads
    assert roads is not None
    assert expected == acting(roads, at)
    assert expected == {one.id for one in roads.active_at(at)}
    assert roads.conditions_at(at).is_open == (not expected)


def test_a_closure_without_an_end_stays_in_force(small_county: SmallCounty) -> None:
    assert {"C1"} == acting(roads_of(small_county, {}), datetime(2099, 1, 1, tzinfo=CHINA))


def test_a_closure_that_ends_as_it_begins_is_never_in_force(small_county: SmallCounty) -> None:
    roads = roads_of(small_county, {"to_at": START.isoformat()})
    assert [set(), set(), set()] == [acting(roads, START + timedelta(seconds=second)) for second in (-1, 0, 1)]


def test_between_two_changes_the_conditions_are_one_object(small_county: SmallCounty) -> None:
    roads = small_county.board.roads
    assert roads is not None
    assert roads.conditions_at(START) is roads.conditions_at(END - timedelta(microseconds=1))
    assert roads.conditions_at(START) is not roads.conditions_at(END)


def test_conditions_of_any_number_of_instants_are_right(small_county: SmallCounty) -> None:
    hours = [START + timedelta(hours=hour) for hour in range(60)]
    spans = [{"from_at": begin.isoformat(), "to_at": end.isoformat()} for begin, end in pairwise(hours)]
    roads = roads_of(small_county, *spans)
    for _ in range(2):  # the second time most of them are no longer kept
        assert [{f"C{number}"} for number in range(1, 60)] == [acting(roads, hour) for hour in hours[:-1]]


# For whom, and what it does


@pytest.mark.parametrize(("expected", "vehicles"), [({"C1"}, "all"), (set(), "large"), (set(), "public")])
def test_only_what_stops_everyone_stops_responders(
    expected: set[str], vehicles: str, small_county: SmallCounty
) -> None:
    assert expected == acting(roads_of(small_county, {"vehicles": vehicles}), AS_OF)


def test_a_closed_road_cannot_be_driven_through_and_the_stretch_is_known(small_county: SmallCounty) -> None:
    conditions = roads_of(small_county, {}).conditions_at(AS_OF)
    assert 1 == np.count_nonzero(conditions.mark)
    assert [NO_WAY] == conditions.forward_ms[1:].tolist()
    network, segment = small_county.atlas.network, int(np.flatnonzero(conditions.mark)[0])
    assert network is not None
    closed_m = (conditions.closed_to[1] - conditions.closed_from[1]) * network.length_m[segment]
    assert 30 == pytest.approx(closed_m, rel=1e-3)


@pytest.mark.parametrize("speed_kph", [1, 5, 20, 130])
def test_a_slowed_stretch_is_driven_at_its_speed_but_never_faster_than_before(
    speed_kph: float, small_county: SmallCounty
) -> None:
    area = square(111.41, 27.665, 0.01)
    roads = roads_of(small_county, {"effect": "slowed", "speed_kph": speed_kph}, shapes=[area])
    conditions, network = roads.conditions_at(AS_OF), small_county.atlas.network
    assert network is not None
    (segment,) = np.flatnonzero(conditions.mark)
    inside_m = float(crs.distance_m(111.41, 27.67, 111.42, 27.67))
    open_ms = int(network.forward_ms[segment])
    open_kph = network.length_m[segment] / open_ms * 3600
    lost_ms = inside_m * 3600 * (1 / min(speed_kph, open_kph) - 1 / open_kph)
    assert open_ms + lost_ms == pytest.approx(conditions.forward_ms[1], rel=2e-4)
    assert conditions.forward_ms[1] >= open_ms


def test_an_answer_can_name_what_acted(small_county: SmallCounty) -> None:
    roads = small_county.board.roads
    assert roads is not None
    found = roads.closure("K1")
    assert ("S312", ClosureCause.LANDSLIDE, RoadEffect.CLOSED, END, 1) == (
        found.name,
        found.cause,
        found.effect,
        found.until,
        found.segments,
    )
    with pytest.raises(NotFoundError):
        roads.closure("K2")


def test_a_closure_far_from_every_road_covers_none_and_changes_nothing(small_county: SmallCounty) -> None:
    roads = roads_of(small_county, {}, shapes=[square(111.41, 27.68, 0.001)])
    assert 0 == roads.closure("C1").segments
    assert roads.conditions_at(AS_OF).is_open


def test_a_county_without_roads_has_no_closures() -> None:
    assert county_of(roads=raw_layers()["roads"].iloc[:0]).board.roads is None


# Zones


@pytest.mark.parametrize(
    ("expected", "columns"),
    [
        (set(), {}),
        ({"zone Z9"}, {"road_effect": "closed"}),
        ({"zone Z9"}, {"road_effect": "slowed", "road_speed_kph": 5}),
        ({"zone Z9"}, {"road_effect": "closed", "valid_from": "2022-12-23T10:00"}),
        (set(), {"road_effect": "closed", "valid_from": "2022-12-23T10:00:01"}),
        (set(), {"road_effect": "closed", "valid_to": "2022-12-23T10:00"}),
        ({"zone Z9"}, {"road_effect": "closed", "valid_to": "2022-12-23T10:00:01"}),
    ],
)
def test_a_zone_acts_on_roads_when_it_is_set_to_and_valid(expected: set[str], columns: dict[str, Any]) -> None:
    roads = with_zones(**columns).board.roads
    assert roads is not None
    assert expected == acting(roads, AS_OF)
    for zone in expected:
        assert ("滑坡带", HazardKind.LANDSLIDE) == (roads.closure(zone).name, roads.closure(zone).cause)


@pytest.mark.parametrize(("expected", "column"), [(0, "tunnel"), (1, "bridge"), (1, "gated")])
def test_a_zone_acts_on_bridges_and_not_on_what_runs_under_it(expected: int, column: str) -> None:
    roads = raw_layers()["roads"].assign(**{column: True})
    zone = {"zone_id": "Z9", "name": "区", "kind": "landslide", "level": 3, "road_effect": "closed"}
    county = county_of(roads=roads, risk_zones=features([zone], [square(111.41, 27.665, 0.01)]))
    assert county.board.roads is not None
    assert expected == county.board.roads.closure("zone Z9").segments
    explicit = fold(county.atlas, closures_of({}))
    assert explicit is not None
    assert 1 == explicit.closure("C1").segments


def test_what_lies_in_every_zone_is_known_whether_it_acts_or_not(small_county: SmallCounty) -> None:
    roads = small_county.board.roads
    assert roads is not None
    # Z1 is north of the road, Z2 begins on it and covers it within its edge's rounding, Z3 is away from it.
    assert {0, 2}.isdisjoint(roads.zones.stretches.shape.tolist())
    assert 3 == len(roads.zones.shapes)


def test_what_a_shape_covers_is_found_once_for_a_network(
    small_county: SmallCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    slow = RoadCover.under

    def counted(cover: RoadCover, shapes_m: Any, *, tunnels: bool) -> Stretches:
        asked.append(len(shapes_m))
        return slow(cover, shapes_m, tunnels=tunnels)

    monkeypatch.setattr(RoadCover, "under", counted)
    atlas = small_county.atlas
    two = closures_of({}, {}, shapes=[WEST_BAR, EAST_BAR])
    first = fold(atlas, two)
    three = closures_of({}, {}, {}, {}, shapes=[EAST_BAR, square(111.47, 27.665, 0.01), WEST_BAR, WEST_BAR])
    again, anew = fold(atlas, three, first), fold(atlas, three)
    assert [0, 2, 0, 1, 0, 4] == asked  # zones that act, and closures, of each fold
    assert first is not None
    assert again is not None
    assert anew is not None
    assert first.zones.stretches is again.zones.stretches
    assert [3] == asked[6:]  # zones are looked at when they are asked about, once for all folds
    for kept, found in ((again.stretches, anew.stretches), (again.zones.stretches, anew.zones.stretches)):
        for name in ("shape", "segment", "from_share", "to_share"):
            assert np.array_equal(getattr(kept, name), getattr(found, name))
    other = county_of().atlas  # the same roads, but another network
    assert fold(other, two, first) is not None
    assert [0, 2] == asked[-2:]


def test_the_board_holds_the_closures_and_their_layer(small_county: SmallCounty) -> None:
    held = board.layer_frame(small_county.atlas, small_county.board, "closures")
    assert ["K1", "K2"] == held["closure_id"].tolist()
    again = board.fold_frames(small_county.atlas, None, None, None, before=small_county.board)
    assert again.closures.empty
    assert again.roads is not None
    assert small_county.board.roads is not None
    assert again.roads.zones.cover is small_county.board.roads.zones.cover


# Suppositions


def feature(shape: Any = WEST_BAR, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def as_json(value: Any) -> Any:
    """Tuples as the lists that a parser makes."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def supposed(*given: Any) -> Any:
    return what_if(as_json(list(given)))


def test_supposed_closures_join_those_in_force_and_change_nothing_for_others(small_county: SmallCounty) -> None:
    roads = roads_of(small_county, {"name": "甲"})
    more = roads.with_extra(supposed(feature(EAST_BAR), feature(square(111.40, 27.665, 0.01), effect="closed")))
    assert {"C1"} == acting(roads, AS_OF)
    assert {"C1", "what-if 1", "what-if 2"} == acting(more, AS_OF)
    assert {"what-if 1", "what-if 2"} == acting(more, START - timedelta(days=900))
    assert ("甲", 1) == (more.closure("C1").name, more.closure("C1").segments)
    assert RoadEffect.CLOSED is more.closure("what-if 1").effect


def test_nothing_supposed_changes_nothing(small_county: SmallCounty) -> None:
    roads = roads_of(small_county, {})
    assert () == supposed()
    assert {"C1"} == acting(roads.with_extra(()), AS_OF)


@pytest.mark.parametrize("wrapped", [lambda one: {"type": "FeatureCollection", "features": [one]}, lambda one: one])
def test_a_collection_and_a_single_feature_are_taken(wrapped: Callable[[Any], Any]) -> None:
    (found,) = what_if(as_json(wrapped(feature(name="桥", cause="flood", effect="slowed", speed_kph=5))))
    assert ("what-if 1", "桥", ClosureCause.FLOOD, RoadEffect.SLOWED, 5.0) == (
        found.id,
        found.name,
        found.cause,
        found.effect,
        found.speed_kph,
    )
    assert found.shape.equals(WEST_BAR)


@pytest.mark.parametrize(
    "shape",
    [
        shapely.MultiLineString([WEST_BAR, EAST_BAR]),
        square(111.41, 27.665),
        shapely.MultiPolygon([square(111.41, 27.665), square(111.45, 27.665)]),
        shapely.LineString([(111.43, 27.669, 350.0), (111.43, 27.671, 351.0)]),
    ],
)
def test_lines_and_areas_of_every_kind_are_taken_flat(shape: Any) -> None:
    (found,) = supposed(feature(shape, closure_id="K1", name=None, speed_kph=None, effect=None))
    assert not found.shape.has_z
    assert found.shape.equals(shapely.force_2d(shape))


def line(*places: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": list(places)}, "properties": None}


SOUND = as_json(feature())


@pytest.mark.parametrize(
    ("problem", "content"),
    [
        ("GeoJSON", None),
        ("GeoJSON", "x"),
        ("GeoJSON", {"type": "FeatureCollection"}),
        ("GeoJSON", {"type": "FeatureCollection", "features": {}}),
        (f"at most {MOST_CLOSURES}", [SOUND] * (MOST_CLOSURES + 1)),
        ("closure 2: .*Feature", [SOUND, 5]),
        ("closure 1: .*Feature", {"type": "LineString", "coordinates": [[111, 27], [111, 28]]}),
        ("closure 1: its geometry must be one of LineString", {"type": "Feature", "geometry": None}),
        ("not Point", {"type": "Feature", "geometry": {"type": "Point", "coordinates": [111, 27]}}),
        ("not GeometryCollection", {"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": []}}),
        ("must be one of", {"type": "Feature", "geometry": {"type": "LineString" * 1000}}),
        ("properties must be an object", {**SOUND, "properties": [1]}),
        ("not nested", {"type": "Feature", "geometry": {"type": "LineString"}}),
        ("not nested", {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [5]}}),
        ("must be \\[longitude", line([111.4, 27.6], 5)),
        ("must be \\[longitude", line([111.4, 27.6], [111.4])),
        ("must be \\[longitude", line([111.4, 27.6], [111.4, "27.7"])),
        ("must be \\[longitude", line([111.4, 27.6], [True, False])),
        ("must be \\[longitude", line([111.4, 27.6], [111.4, float("nan")])),
        ("must be \\[longitude", line([111.4, 27.6], [111.4, 10**400])),
        ("longitude first", line([27.6, 111.4], [27.7, 111.4])),
        ("no place on Earth", line([181, 27], [181, 28])),
        ("reaches over 3 degrees", line([110, 27], [113, 27])),
        ("empty", line()),
        ("cannot be read", line([111.4, 27.6])),
        ("not valid", line([111.4, 27.6], [111.4, 27.6])),
        ("not valid", as_json(feature(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])))),
        (
            f"closure 2: .*{MOST_VERTICES:,} vertices",
            [SOUND, line(*([111 + number / 1e6, 27] for number in range(MOST_VERTICES)))],
        ),
        ("closed, slowed", as_json(feature(effect="blocked"))),
        ("closed, slowed", as_json(feature(effect="x" * 9999))),
        ("landslide, collapse", as_json(feature(cause=["x"]))),
        ("name must be text", as_json(feature(name=5))),
        ("needs speed_kph", as_json(feature(effect="slowed"))),
        ("needs speed_kph", as_json(feature(effect="slowed", speed_kph=0))),
        ("needs speed_kph", as_json(feature(effect="slowed", speed_kph="20"))),
        ("needs speed_kph", as_json(feature(effect="slowed", speed_kph=True))),
        ("has no meaning", as_json(feature(speed_kph=20))),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_number_of_the_closure(problem: str, content: Any) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        what_if(content)
    assert "closures" == caught.value.parameter
    assert len(str(caught.value)) < 300


# The layers' own rules


def problems(name: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    frame = raw_layers()[name].iloc[[0]].copy()
    return [
        (fault.column, fault.problem)
        for fault in check_rows(frame.assign(**{key: [value] for key, value in row.items()}), LAYERS[name])[1]
    ]


@pytest.mark.parametrize(
    ("expected", "row"),
    [
        ([], {}),
        ([], {"to_at": None}),
        ([], {"to_at": "2022-12-20T08:00"}),
        ([("to_at", "is before from_at 2022-12-20T08:00:00+08:00")], {"to_at": "2022-12-20T07:59:59"}),
        ([("speed_kph", "a slowed road needs the speed that is left")], {"effect": "slowed"}),
        ([("speed_kph", "has no meaning where effect is closed")], {"speed_kph": 20}),
        ([("speed_kph", "must be at least 1")], {"effect": "slowed", "speed_kph": 0}),
    ],
)
def test_a_closure_has_a_speed_only_when_it_slows_and_ends_no_earlier_than_it_begins(
    expected: list[tuple[str, str]], row: Mapping[str, Any]
) -> None:
    assert expected == problems("closures", row)


@pytest.mark.parametrize(
    ("expected", "row"),
    [
        ([], {"road_effect": "slowed", "road_speed_kph": 20}),
        ([], {"road_effect": "closed", "valid_from": "2022-12-20T08:00", "valid_to": "2022-12-20T08:00"}),
        ([("road_speed_kph", "is given without road_effect")], {"road_speed_kph": 20}),
        (
            [("road_speed_kph", "has no meaning where road_effect is closed")],
            {"road_effect": "closed", "road_speed_kph": 9},
        ),
        ([("road_speed_kph", "a slowed road needs the speed that is left")], {"road_effect": "slowed"}),
        (
            [("valid_to", "is before valid_from 2022-12-20T08:00:00+08:00")],
            {"valid_from": "2022-12-20T08:00", "valid_to": "2022-12-20T07:00"},
        ),
    ],
)
def test_a_zone_keeps_the_same_rules(expected: list[tuple[str, str]], row: Mapping[str, Any]) -> None:
    assert expected == problems("risk_zones", row)
