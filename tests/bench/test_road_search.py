"""The search by road and the snapping before it, beside their peers. Run with `make bench`."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo import crs
from geo.network.conditions import CLOSED, Conditions, conditions_of, open_roads
from geo.network.graph import RoadNetwork
from geo.network.search import Arrivals, nearest_stands, nearest_stands_bulk
from geo.network.snapping import Snapper, Snaps
from geo.network.speeds import WALKING
from geo.network.stands import Stands
from tests.bench.harness import medians, report
from tests.roads import Closure, lattice, restrictions_of

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")


@dataclass(frozen=True)
class Region:
    """Teams and places on and between the roads of a network, half of the teams masked."""

    network: RoadNetwork
    snapper: Snapper
    stands: Stands
    place_x_m: np.ndarray
    place_y_m: np.ndarray
    allowed: np.ndarray
    notice_ms: np.ndarray

    def ask(self, place: Snaps, conditions: Conditions) -> Arrivals:
        return nearest_stands(
            self.network, conditions, self.stands, place, allowed=self.allowed, notice_ms=self.notice_ms, k=3
        )

    def place(self, number: int) -> Snaps:
        return self.snapper.snap(float(self.place_x_m[number]), float(self.place_y_m[number]))


def region(side: int, teams: int) -> Region:
    network, random = lattice(side), np.random.default_rng(1)
    snapper = Snapper(network, WALKING)
    axes = network.vertex_x_m, network.vertex_y_m
    vertex = random.integers(len(axes[0]), size=teams)
    stands = Stands(network, snapper.snap_all(*(axis[vertex] + random.normal(scale=30, size=teams) for axis in axes)))
    x_m, y_m = (random.uniform(axis.min(), axis.max(), 10_000) for axis in axes)
    return Region(network, snapper, stands, x_m, y_m, random.random(teams) < 0.5, np.full(teams, 900_000, np.int32))


@pytest.mark.parametrize(("side", "teams", "bar_us", "questions"), [(145, 300, 60, 2000), (1140, 30_000, 300, 2000)])
def test_one_search(side: int, teams: int, bar_us: float, questions: int) -> None:
    one = region(side, teams)
    network, arcs, conditions = one.network, one.network.arriving, open_roads(one.network)
    places = [one.place(number) for number in range(questions)]
    graph = csr_array((arcs.travel_ms.astype(float), arcs.node, arcs.start), shape=(network.nodes, network.nodes))
    random = np.random.default_rng(2)
    shut = [Closure(int(number), 0.0, 1.0, CLOSED) for number in random.integers(network.segments, size=200)]
    closed = conditions_of(network, restrictions_of(shut))
    ours = {
        "nearest_stands(), k=3, half the teams masked": lambda place: one.ask(place, conditions),
        "the same with 200 roads closed": lambda place: one.ask(place, closed),
    }
    title = f"the search alone: {network.nodes:,} nodes, {teams:,} teams"
    report(title, medians(ours, places), unit="us", bar=bar_us)
    node = [int(network.segment_from[place.segment[0, 0]]) for place in places[:5]]
    peer = {"scipy dijkstra, from a node to all nodes": lambda number: dijkstra(graph, indices=node[number])}
    report("its peer, without masks, teams and walks", medians(peer, range(5)), unit="us")


def test_one_snap() -> None:
    one = region(145, 300)
    network = one.network
    vertices = np.stack([network.vertex_x_m, network.vertex_y_m], axis=1)
    lines = np.array([shapely.LineString(part) for part in np.split(vertices, network.vertex_start[1:-1])])
    tree = shapely.STRtree(lines)
    places = list(zip(one.place_x_m[:2000].tolist(), one.place_y_m[:2000].tolist(), strict=True))
    for place in places[:100]:
        nearest = int(tree.query_nearest(shapely.Point(*place))[0])
        assert (
            pytest.approx(shapely.distance(lines[nearest], shapely.Point(*place)))
            == one.snapper.snap(*place).gap_m[0, 0]
        )
    callers = {
        "Snapper.snap(), the 16 nearest segments": lambda place: one.snapper.snap(*place),
        "STRtree query_nearest, 1 segment": lambda place: tree.query_nearest(shapely.Point(*place)),
    }
    report(f"one snap: {network.segments:,} segments", medians(callers, places), unit="us", bar=15)
    project = {"point_to_metres()": lambda _: crs.point_to_metres(111.43, 27.69, "EPSG:4546")}
    report("one place in metres", medians(project, range(2000)), unit="us", bar=5)


def test_many_incidents_with_masks_of_their_own() -> None:
    one = region(145, 300)
    masks = np.random.default_rng(3).random((10_000, 300)) < 0.5
    conditions = open_roads(one.network)

    def bulk(_: object) -> np.ndarray:
        places = one.snapper.snap_all(one.place_x_m, one.place_y_m)
        return nearest_stands_bulk(
            one.network, conditions, one.stands, places, allowed=masks, notice_ms=one.notice_ms, k=3
        ).stand

    found = bulk(0)
    for row in range(0, 10_000, 500):
        alone = nearest_stands(
            one.network, conditions, one.stands, one.place(row), allowed=masks[row], notice_ms=one.notice_ms, k=3
        )
        assert alone.stand.tolist() == found[row][: len(alone.stand)].tolist()
    callers = {"snap_all, nearest_stands_bulk": bulk}
    report("10,000 incidents, k=3, a mask each", medians(callers, range(5)), unit="/s", bar=10_000, per_call=10_000)


def test_stands_and_snapper_are_made() -> None:
    for side, teams in ((145, 300), (1140, 30_000)):
        one = region(side, teams)
        callers = {
            f"Stands() of {teams:,} teams": lambda _, r=one: Stands(r.network, r.stands.snaps),
            f"Snapper() of {one.network.segments:,} segments": lambda _, r=one: Snapper(r.network, WALKING),
            "conditions_of(), 200 closures": lambda _, r=one: conditions_of(
                r.network, restrictions_of([Closure(number, 0.2, 0.7, CLOSED) for number in range(200)])
            ),
        }
        for name, median_s in medians(callers, range(5)).items():
            report(f"made: {one.network.nodes:,} nodes", {name: median_s}, unit="ms")
