"""The indexes equal the slow search over everything: ties, poles, antimeridian, masks, many threads."""

from __future__ import annotations

import functools
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.index import AreaIndex, PointIndex
from tests import oracles, strategies

Points = list[tuple[float, float]]


def index_of(points: Points) -> PointIndex:
    return PointIndex(np.array([lon for lon, _ in points]), np.array([lat for _, lat in points]))


def bulk(index: PointIndex, places: Points, k: int, allowed: np.ndarray | None = None) -> list[list[tuple[int, float]]]:
    """`nearest_bulk` in the form of `nearest`: one list a place, without the empty slots."""
    found = index.nearest_bulk(np.array([lon for lon, _ in places]), np.array([lat for _, lat in places]), k, allowed)
    assert (len(places), k) == found.positions.shape == found.distances_m.shape
    assert ((found.positions == -1) == np.isnan(found.distances_m)).all()
    return [
        [(position, distance) for position, distance in zip(row, far, strict=True) if position >= 0]
        for row, far in zip(found.positions.tolist(), found.distances_m.tolist(), strict=True)
    ]


@given(st.data(), strategies.point_sets, st.lists(strategies.questions, max_size=6), st.integers(1, 45))
def test_nearest_and_nearest_bulk_equal_measuring_the_way_to_every_point(
    data: Any, points: Points, places: Points, k: int
) -> None:
    allowed = data.draw(strategies.masks(len(points)))
    index = index_of(points)
    expected = [oracles.nearest(points, *place, k, allowed) for place in places]
    assert expected == [index.nearest(*place, k, allowed) for place in places]
    if places:
        assert expected == bulk(index, places, k, allowed)


@given(st.lists(strategies.places, min_size=1, max_size=30), st.integers(1, 5), st.data())
def test_a_question_asked_where_a_point_stands_finds_it_at_no_distance(points: Points, k: int, data: Any) -> None:
    lon, lat = data.draw(st.sampled_from(points))
    position, distance_m = index_of(points).nearest(lon, lat, k)[0]
    assert 0.0 == distance_m
    assert 0.0 == pytest.approx(oracles.GEOD.inv(lon, lat, *points[position])[2], abs=1e-6)


def test_coincident_points_come_in_the_order_of_their_positions_however_many_there_are() -> None:
    points = [(111.43, 27.69)] * 40
    assert [(0, 0.0), (1, 0.0), (2, 0.0)] == index_of(points).nearest(111.43, 27.69, 3)
    assert [[(0, 0.0), (1, 0.0), (2, 0.0)]] == bulk(index_of(points), [(111.43, 27.69)], 3)
    far = [position for position, _ in index_of(points).nearest(111.50, 27.69, 3)]
    assert [0, 1, 2] == far


def test_a_masked_point_leaves_its_place_to_the_next() -> None:
    points = [(111.43, 27.69)] * 4
    assert [1, 3] == [p for p, _ in index_of(points).nearest(111.5, 27.6, 3, np.array([False, True, False, True]))]


def test_the_antimeridian_is_no_barrier() -> None:
    points = [(170.0, 10.0), (-179.9, 10.0)]
    (position, distance_m), _ = index_of(points).nearest(179.9, 10.0, 2)
    assert 1 == position
    assert 21_927 == pytest.approx(distance_m, abs=1)


def test_at_a_pole_every_longitude_is_the_same_place() -> None:
    assert [0, 1] == [p for p, _ in index_of([(0.0, 89.0), (90.0, 89.0)]).nearest(45.0, 90.0, 2)]


def test_the_ellipsoid_and_not_the_sphere_decides() -> None:
    # 1 degree of latitude at 27 N is 110.79 km, on the sphere 111.19 km: the point to the east is nearer only there.
    lon, lat = 111.0, 27.0
    north, east = (111.0, 28.0), (112.1185, 27.0)
    index = index_of([east, north])
    assert 1 == index.nearest(lon, lat, 1)[0][0]
    assert [[1]] == [[position for position, _ in row] for row in bulk(index, [(lon, lat)], 1)]


@given(
    strategies.places,
    st.floats(1e5, 9e6),
    st.lists(st.tuples(st.floats(0, 360), st.floats(0, 0.5)), min_size=20, max_size=50),
    st.integers(1, 4),
)
def test_on_a_ring_where_chords_mislead_the_geodesic_decides(
    centre: tuple[float, float], radius_m: float, ring: list[tuple[float, float]], k: int
) -> None:
    # At one geodesic distance the chords differ by azimuth by more than the distances do here, so that the first
    # points by chord are not the nearest, and the search has to widen.
    points = [oracles.GEOD.fwd(*centre, azimuth, radius_m + more_m)[:2] for azimuth, more_m in ring]
    index = index_of(points)
    expected = oracles.nearest(points, *centre, k)
    assert expected == index.nearest(*centre, k)
    assert [expected] == bulk(index, [centre], k)


@pytest.mark.parametrize("k", [1, 3])
def test_an_index_of_no_points_finds_none(k: int) -> None:
    index = index_of([])
    assert 0 == len(index)
    assert [] == index.nearest(111.0, 27.0, k)
    assert [[]] == bulk(index, [(111.0, 27.0)], k)


def test_no_places_have_no_neighbours() -> None:
    assert [] == bulk(index_of([(111.0, 27.0)]), [], 3)


def test_when_fewer_are_allowed_than_asked_for_all_of_them_come() -> None:
    points = [(111.0 + step / 10, 27.0) for step in range(5)]
    assert [0, 1, 2, 3, 4] == [position for position, _ in index_of(points).nearest(111.0, 27.0, 50)]
    assert [] == index_of(points).nearest(111.0, 27.0, 2, np.zeros(5, dtype=bool))


@given(st.lists(strategies.places, min_size=1, max_size=30), strategies.places, st.integers(1, 30))
def test_distances_never_fall(points: Points, place: tuple[float, float], k: int) -> None:
    distances_m = [distance_m for _, distance_m in index_of(points).nearest(*place, k)]
    assert all(a <= b for a, b in pairwise(distances_m))
    assert min(k, len(points)) == len(distances_m)


def test_sixteen_threads_on_one_index_get_the_answers_of_one() -> None:
    # Unguarded, concurrent reads of one rtree.Index crash the process or answer wrongly. Many points of which few are
    # allowed keep each search long inside the tree, where threads run at once.
    draw = random.Random(20221223)
    points = [(draw.uniform(111.3, 111.6), draw.uniform(27.5, 27.8)) for _ in range(3000)]
    places = [(draw.uniform(111.3, 111.6), draw.uniform(27.5, 27.8)) for _ in range(60)]
    allowed = np.array([draw.random() < 0.05 for _ in points])
    index = index_of(points)
    expected = [oracles.nearest(points, *place, 3, allowed) for place in places]
    together = Barrier(16)

    def ask_all(_: int) -> int:
        together.wait()
        return sum(index.nearest(*place, 3, allowed) == right for place, right in zip(places, expected, strict=True))

    with ThreadPoolExecutor(16) as threads:
        right = list(threads.map(ask_all, range(16)))
    assert [len(places)] * 16 == right


# Areas

_boxes = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4), st.integers(1, 4)).map(
    lambda box: shapely.box(box[0], box[1], box[0] + box[2], box[1] + box[3])
)
_spots = st.tuples(st.integers(-2, 26), st.integers(-2, 26)).map(lambda spot: (spot[0] / 2, spot[1] / 2))


@given(st.lists(_boxes, max_size=12), st.lists(_spots, max_size=12))
def test_areas_hold_a_place_exactly_when_they_meet_it_borders_included(shapes: list[Any], spots: Points) -> None:
    index = AreaIndex(shapes)
    expected = [oracles.containing(shapes, *spot) for spot in spots]
    assert expected == [index.containing(*spot) for spot in spots]
    lon, lat = np.array([spot[0] for spot in spots]), np.array([spot[1] for spot in spots])
    assert [found[0] if found else -1 for found in expected] == index.first_containing_bulk(lon, lat).tolist()


@given(st.lists(_boxes, max_size=12), _boxes)
def test_a_box_finds_the_areas_that_it_meets_lowest_first(shapes: list[Any], window: Any) -> None:
    expected = [position for position, shape in enumerate(shapes) if shape.intersects(window)]
    assert expected == AreaIndex(shapes).in_box(window.bounds).tolist()


_RING = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=9, unique=True)


@given(st.lists(st.lists(_RING, min_size=1, max_size=3), min_size=1, max_size=8), st.data())
def test_a_place_beside_on_or_within_rounding_of_any_border_is_held_as_the_slow_test_says(
    drawn: list[list[Points]], data: Any
) -> None:
    """Holes, islands in holes and several parts come from rings that cross each other, made valid."""
    polygons = [[shapely.make_valid(shapely.Polygon(ring)) for ring in rings] for rings in drawn]
    parts = [shapely.make_valid(functools.reduce(shapely.symmetric_difference, one)) for one in polygons]
    areas = [shapely.MultiPolygon([p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]) for part in parts]
    shapes = [shapely.transform(area, lambda xy: xy / 7 + (111.3, 27.5)) for area in areas if not area.is_empty]
    corners = shapely.get_coordinates(shapes) if shapes else np.array([[111.3, 27.5]])
    first, second = (data.draw(st.integers(0, len(corners) - 1)) for _ in range(2))
    share = data.draw(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]))
    nudge = data.draw(st.sampled_from([0.0, 1e-15, -1e-15, 3e-14, -3e-14, 1e-7, -1e-3]))
    lon, lat = (corners[first] * (1 - share) + corners[second] * share + nudge).tolist()
    assert oracles.containing(shapes, lon, lat) == AreaIndex(shapes).containing(lon, lat)


def test_areas_with_too_many_edges_for_a_raster_are_found_on_their_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = [shapely.Point(0, 0).buffer(1), shapely.Point(1, 0).buffer(1)]
    expected = [AreaIndex(shapes).containing(x / 4, 0.1) for x in range(-6, 10)]
    monkeypatch.setattr("geo.containment.MOST_EDGES", 10)
    assert expected == [AreaIndex(shapes).containing(x / 4, 0.1) for x in range(-6, 10)]
    assert [[0], [0, 1], [1], []] == [AreaIndex(shapes).containing(x, 0.1) for x in (-0.5, 0.5, 1.5, 2.5)]


def test_more_areas_over_one_place_than_a_raster_writes_down_are_all_found() -> None:
    shapes = [shapely.box(-size, -size, size, size) for size in range(1, 60)]
    assert list(range(59)) == AreaIndex(shapes).containing(0.2, 0.3)
    assert list(range(50, 59)) == AreaIndex(shapes).containing(50.5, 0.3)
