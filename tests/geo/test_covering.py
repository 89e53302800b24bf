"""What lies under a zone or a closure: every promise on roads that can be drawn on paper."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.network.building import RoadArrays, from_arrays
from geo.network.covering import RoadCover, Stretches
from geo.network.graph import RoadNetwork
from geo.network.speeds import Profile
from tests.networks import METRIC_CRS, network

ORIGIN_M = np.array([542_000.0, 3_063_000.0])

TOWN = {
    "west": [(0, 0), (200, 0), (500, 0)],
    "east": [(500, 0), (600, 0), (700, 0), (1000, 0)],
    "on": [(1000, 0), (1100, 0)],  # goes on where "east" ends
    "side": [(500, 0), (500, 20)],
    "side_on": [(500, 20), (500, 200)],
    "crescent": [(600, 0), (600, -40), (700, -40), (700, 0)],
    "hairpin": [(2000, 0), (2300, 0), (2300, 40), (2000, 40)],
}
"""A main street from west to east, a side street in two parts (a lane ends on it), a crescent and a hairpin apart."""


@cache
def town() -> tuple[RoadCover, tuple[str, ...], np.ndarray]:
    """The town, the name of each segment's road, and the segment's length."""
    places = np.concatenate([np.array(line, dtype=float) for line in TOWN.values()]) + ORIGIN_M
    degrees = shapely.get_coordinates(crs.to_degrees(shapely.multipoints(places), METRIC_CRS))
    start = np.concatenate([[0], np.cumsum([len(line) for line in TOWN.values()])])
    none = np.zeros(len(TOWN), dtype=bool)
    road = np.arange(len(TOWN), dtype=np.int32)
    drawn = RoadArrays(
        start=start,
        lon=degrees[:, 0].copy(),
        lat=degrees[:, 1].copy(),
        road=road,
        level=np.zeros_like(road),
        spans=none,
        speed_kph=np.full(len(TOWN), 36.0),
        oneway=none,
    )
    built = from_arrays(drawn, Profile(), METRIC_CRS).network
    names = tuple(list(TOWN)[position] for position in built.road)
    return RoadCover(built, np.zeros(built.segments, dtype=bool)), names, _planar_m(built)


def _lines(roads: RoadNetwork) -> list[shapely.LineString]:
    return [
        shapely.LineString(np.stack([roads.vertex_x_m[begin:end], roads.vertex_y_m[begin:end]], axis=1))
        for begin, end in zip(roads.vertex_start, roads.vertex_start[1:], strict=False)
    ]


def _planar_m(roads: RoadNetwork) -> np.ndarray:
    return np.array([line.length for line in _lines(roads)])


def covered(wkt: str) -> Mapping[str, tuple[int, int]]:
    """From where to where each road of the town is covered, in whole metres; several segments of a road from its first
    covered one's start."""
    cover, names, planar_m = town()
    shape = shapely.transform(shapely.from_wkt(wkt), lambda places: places + ORIGIN_M)
    found = cover.under(np.array([shape], dtype=object), tunnels=True)
    return _by_road(found, names, planar_m)


def _by_road(found: Stretches, names: tuple[str, ...], planar_m: np.ndarray) -> Mapping[str, tuple[int, int]]:
    told: dict[str, tuple[int, int]] = {}
    for segment, low, high in zip(found.segment, found.from_share, found.to_share, strict=True):
        first = names.index(names[segment])
        before_m = planar_m[first:segment].sum()
        ends = (round(before_m + low * planar_m[segment]), round(before_m + high * planar_m[segment]))
        was = told.get(names[segment], ends)
        told[names[segment]] = (min(was[0], ends[0]), max(was[1], ends[1]))
    return told


@pytest.mark.parametrize(
    ("expected", "area"),
    [
        ({"west": (100, 250)}, "POLYGON ((100 -50, 250 -50, 250 50, 100 50, 100 -50))"),
        ({"west": (450, 500), "east": (0, 20), "side": (0, 10)}, "POLYGON ((450 -9, 520 -9, 520 10, 450 10, 450 -9))"),
        ({}, "POLYGON ((450 200, 550 200, 550 300, 450 300, 450 200))"),  # the side street ends on its border
        ({}, "POLYGON ((100 0, 150 30, 50 30, 100 0))"),  # touches with a corner
        ({}, "POLYGON ((100 5, 150 30, 50 30, 100 5))"),
        ({"west": (55, 350)}, "MULTIPOLYGON (((50 -9, 60 -9, 60 9, 50 -9)), ((350 -9, 350 9, 340 9, 350 -9)))"),
        ({"west": (100, 400)}, "POLYGON ((100 -9, 400 -9, 400 9, 100 9, 100 -9), (200 -5, 300 -5, 300 5, 200 -5))"),
        ({"hairpin": (100, 200)}, "POLYGON ((2100 -9, 2200 -9, 2200 9, 2100 9, 2100 -9))"),
        ({"hairpin": (250, 390)}, "POLYGON ((2250 -9, 2400 -9, 2400 49, 2250 49, 2250 -9))"),
        ({"side": (0, 20), "side_on": (0, 180)}, "POLYGON ((480 0.1, 520 0.1, 520 300, 480 300, 480 0.1))"),
    ],
)
def test_an_area_covers_the_hull_of_what_is_inside(expected: Mapping[str, tuple[int, int]], area: str) -> None:
    assert expected == covered(area)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ({"west": (285, 315)}, "LINESTRING (300 -20, 300 20)"),
        ({"west": (285, 315)}, "LINESTRING (290 -20, 310 20)"),
        ({"west": (0, 25)}, "LINESTRING (10 -20, 10 20)"),  # no further than the road
        ({"west": (285, 315)}, "LINESTRING (300 -0.1, 300 20)"),  # ends on the road
        ({}, "LINESTRING (300 2, 300 20)"),  # ends before it
        ({"hairpin": (85, 115)}, "LINESTRING (2100 -9, 2100 9)"),
        ({"hairpin": (85, 555)}, "LINESTRING (2100 -9, 2100 49)"),  # both legs, and so the loop
        ({"side": (0, 20)}, "LINESTRING (490 8, 510 8)"),  # near the junction; the main street stays open
        ({"side": (5, 20), "side_on": (0, 15)}, "LINESTRING (490 20, 510 20)"),  # where the street goes on
    ],
)
def test_a_line_across_a_road_bars_fifteen_metres_on_both_sides(
    expected: Mapping[str, tuple[int, int]], line: str
) -> None:
    assert expected == covered(line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ({"west": (0, 500)}, "LINESTRING (0 0, 200 0, 500 0)"),  # the side street and the way on touch its end
        (
            {"west": (0, 500), "east": (0, 500)},
            "LINESTRING (0 5, 1000 5)",
        ),  # crosses the side street, and is not for it
        ({"west": (0, 500), "east": (0, 500)}, "LINESTRING (0 -5, 1000 -5)"),  # and so with the crescent, both ends
        ({"west": (0, 500), "east": (0, 500)}, "LINESTRING (0 0, 1000 0)"),
        ({"west": (100, 200)}, "LINESTRING (100 8, 200 8)"),
        ({"west": (100, 200)}, "LINESTRING (200 8, 100 8)"),
        ({"west": (100, 130)}, "LINESTRING (100 8, 130 8)"),  # short, and all of it beside one road
        ({}, "LINESTRING (100 16, 400 16)"),
        ({"side": (1, 20), "side_on": (0, 180)}, "LINESTRING (502 1, 498 200)"),
        ({"hairpin": (0, 300)}, "LINESTRING (2000 0, 2300 0)"),
        ({"hairpin": (0, 640)}, "LINESTRING (2000 3, 2300 3, 2297 37, 2000 37)"),
        ({"west": (100, 315)}, "MULTILINESTRING ((100 8, 200 8), (300 -20, 300 20))"),
    ],
)
def test_a_line_along_a_road_covers_what_it_runs_along(expected: Mapping[str, tuple[int, int]], line: str) -> None:
    assert expected == covered(line)


def test_only_what_lies_in_the_open_is_covered_where_tunnels_go_under() -> None:
    cover, names, _ = town()
    west = np.array([name == "west" for name in names])
    area = shapely.transform(shapely.box(400, -9, 590, 9), lambda places: places + ORIGIN_M)
    for tunnels, expected in ((True, {"west", "east", "side"}), (False, {"east", "side"})):
        found = RoadCover(cover.network, west).under(np.array([area], dtype=object), tunnels=tunnels)
        assert expected == {names[segment] for segment in found.segment}


def test_stretches_stand_in_the_order_of_shapes_and_segments_each_pair_once() -> None:
    cover, _, _ = town()
    areas = [shapely.box(0, -9, west, 9) for west in (600, 10, 700)] + [shapely.LineString([(300, -9), (300, 9)])]
    found = cover.under(
        np.array([shapely.transform(area, lambda places: places + ORIGIN_M) for area in areas], dtype=object),
        tunnels=True,
    )
    pairs = list(zip(found.shape.tolist(), found.segment.tolist(), strict=True))
    assert sorted(set(pairs)) == pairs
    assert {0, 1, 2, 3} == set(found.shape.tolist())


def test_no_shapes_cover_nothing() -> None:
    cover, _, _ = town()
    found = cover.under(np.array([], dtype=object), tunnels=True)
    assert (0, 0, 0, 0) == (len(found.shape), len(found.segment), len(found.from_share), len(found.to_share))


@cache
def streets() -> tuple[RoadCover, list[shapely.LineString]]:
    roads = network(150).network
    return RoadCover(roads, np.zeros(roads.segments, dtype=bool)), _lines(roads)


@st.composite
def areas(draw: st.DrawFn) -> shapely.Polygon:
    """A star-shaped area of any size among the streets."""
    cover, _ = streets()
    x_m, y_m = cover.network.node_x_m, cover.network.node_y_m
    centre = draw(st.floats(x_m.min(), x_m.max())), draw(st.floats(y_m.min(), y_m.max()))
    radii = np.array(draw(st.lists(st.floats(5, 600), min_size=3, max_size=14)))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return shapely.Polygon(np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None] + centre)


_SAMPLES = 400


@given(areas())
@settings(max_examples=60)
def test_an_area_covers_what_samples_along_every_segment_say(area: shapely.Polygon) -> None:
    cover, lines = streets()
    found = cover.under(np.array([area], dtype=object), tunnels=True)
    ends = dict(zip(found.segment.tolist(), zip(found.from_share, found.to_share, strict=True), strict=True))
    shares = np.linspace(0, 1, _SAMPLES + 1)
    shapely.prepare(area)
    for segment, line in enumerate(lines):
        inside = shares[shapely.intersects(area, shapely.line_interpolate_point(line, shares, normalized=True))]
        if len(inside):
            low, high = ends[segment]
            assert inside[0] - 1.01 / _SAMPLES <= low <= inside[0] + 1e-9
            assert inside[-1] - 1e-9 <= high <= inside[-1] + 1.01 / _SAMPLES
        else:
            low, high = ends.get(segment, (0, 0))
            assert high - low < 1  # between two samples, or from the outside in and out again


@given(areas(), st.floats(1, 100))
@settings(max_examples=30)
def test_a_larger_area_never_covers_less(area: shapely.Polygon, wider_m: float) -> None:
    cover, _ = streets()
    small, large = (
        cover.under(np.array([one], dtype=object), tunnels=True) for one in (area, shapely.buffer(area, wider_m))
    )
    at = dict(zip(large.segment.tolist(), zip(large.from_share, large.to_share, strict=True), strict=True))
    for segment, low, high in zip(small.segment.tolist(), small.from_share, small.to_share, strict=True):
        assert at[segment][0] <= low + 1e-9
        assert high - 1e-9 <= at[segment][1]
