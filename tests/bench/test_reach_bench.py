"""What is reached by road: the sweep over whole networks, many incidents at once, and the questions made of them."""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.network.conditions import open_roads
from geo.network.graph import NO_WAY, RoadNetwork
from geo.network.search import DAY_MS, nearest_stands_bulk
from geo.network.stands import Stands
from geo.network.sweep import arrivals_at, first_arrivals
from geo.reach import reach_areas, reach_coverage, reach_from
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report
from tests.roads import lattice, snaps_of

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

TEAMS = 300


def stands_at_nodes(network: RoadNetwork) -> Stands:
    """300 teams at the starts of roads that can be driven both ways: on the spot at these nodes."""
    both_ways = np.flatnonzero((network.backward_ms != NO_WAY) & (network.forward_ms != NO_WAY))
    segments = np.random.default_rng(1).choice(both_ways, TEAMS, replace=False)
    return Stands(network, snaps_of([[(segment, 0.0, 0)] for segment in segments.tolist()]))


@pytest.mark.parametrize(("side", "bar_ms", "rounds"), [(146, 10, 20), (1140, 1000, 5)])
def test_the_first_arrival_at_every_node(side: int, bar_ms: float, rounds: int) -> None:
    network = lattice(side)
    stands, conditions = stands_at_nodes(network), open_roads(network)
    allowed, notice_ms = np.ones(TEAMS, dtype=bool), np.zeros(TEAMS, dtype=np.int32)
    arcs = network.leaving
    graph = csr_array((arcs.travel_ms.astype(float), arcs.node, arcs.start), shape=(network.nodes, network.nodes))
    sources = np.unique(network.segment_from[stands.snaps.segment[:, 0]])
    first = first_arrivals(network, conditions, stands, allowed, notice_ms, 1, 2**31 - 1)
    expected = dijkstra(graph, indices=sources, min_only=True)
    assert np.where(np.isfinite(expected), expected, -1).tolist() == first.arrival_ms[:, 0].tolist()
    callers = {
        "first_arrivals(), k=1": lambda _: first_arrivals(
            network, conditions, stands, allowed, notice_ms, 1, 2**31 - 1
        ),
        "scipy dijkstra, min_only": lambda _: dijkstra(graph, indices=sources, min_only=True),
        "first_arrivals(), k=3": lambda _: first_arrivals(
            network, conditions, stands, allowed, notice_ms, 3, 2**31 - 1
        ),
    }
    title = f"the first arrival at every node: {network.nodes:,} nodes, {TEAMS} teams"
    report(title, medians(callers, range(rounds)), unit="ms", bar=bar_ms)


def test_many_incidents_under_one_mask(bench_county: BenchCounty) -> None:
    atlas, teams = bench_county.atlas, bench_county.board.teams
    network, snapper, stands = atlas.network, atlas.snapper, teams.stands
    assert network is not None
    assert snapper is not None
    assert stands is not None
    random = np.random.default_rng(2)
    allowed, notice_ms = random.random(len(teams.ids)) < 0.5, np.full(len(teams.ids), 900_000, dtype=np.int32)
    node = random.integers(network.nodes, size=10_000)
    x_m, y_m = (axis[node] + random.normal(scale=300, size=10_000) for axis in (network.node_x_m, network.node_y_m))
    conditions = open_roads(network)

    def swept(_: object) -> np.ndarray:
        nodes = first_arrivals(network, conditions, stands, allowed, notice_ms, 3, DAY_MS)
        places = snapper.snap_all(x_m, y_m)
        return arrivals_at(network, conditions, stands, allowed, notice_ms, nodes, places).arrival_ms

    def searched(_: object) -> np.ndarray:
        places = snapper.snap_all(x_m, y_m)
        return nearest_stands_bulk(
            network, conditions, stands, places, allowed=allowed, notice_ms=notice_ms, k=3, limit_ms=DAY_MS
        ).arrival_ms

    assert (swept(0) == searched(0)).all()
    callers = {
        "snap_all, first_arrivals, arrivals_at": swept,
        "snap_all, nearest_stands_bulk": searched,
        "snap_all alone": lambda _: snapper.snap_all(x_m, y_m),
    }
    report("10,000 incidents, k=3, one mask", medians(callers, range(5)), unit="/s", bar=40_000, per_call=10_000)


def test_reach(bench_county: BenchCounty) -> None:
    atlas, board, at = bench_county.atlas, bench_county.board, bench_county.county.as_of
    answer = reach_coverage(atlas, board, at=at)
    places = len(answer.villages) + len(answer.grids) + len(answer.hazard_sites)
    reached = medians(
        {f"reach_coverage(): {places:,} places": lambda _: reach_coverage(atlas, board, at=at)}, range(20)
    )
    report("who is reached within 2 hours, three arrivals", reached, unit="ms", bar=150)
    areas = medians({"reach_areas(): four bands": lambda _: reach_areas(atlas, board, at=at)}, range(10))
    report("areas of reach, raster kept", areas, unit="ms")
    outward = {"reach_from(), 45 min": lambda _: reach_from(atlas, board, 111.43, 27.69, at=at, minutes=45)}
    report("reach from one place, raster kept", medians(outward, range(10)), unit="ms")
