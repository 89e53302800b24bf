"""Road networks for tests: drawn by hypothesis, the sample's, and Andorra's real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from geo import crs
from geo.intake.osm import county_from_osm
from geo.network.building import build
from geo.network.conditions import CLOSED, Restriction
from geo.network.graph import NO_WAY, RoadNetwork, Shapes, assemble
from geo.network.snapping import CANDIDATES, Snaps
from geo.network.speeds import DEFAULT_SPEEDS, Profile
from geo.synthetic import lengshuijiang
from tests.oracles import RoadPoint

ANDORRA = Path(__file__).resolve().parents[2] / "shared" / "data" / "andorra-2023.osm.pbf"
needs_andorra = pytest.mark.skipif(not ANDORRA.exists(), reason="the Andorra extract is not here")


@cache
def andorra_network() -> RoadNetwork:
    """Andorra's roads by the default speeds."""
    return _built(county_from_osm(ANDORRA).layers["roads"])


@cache
def sample_network() -> RoadNetwork:
    """The roads of the sample county."""
    return _built(lengshuijiang().layers["roads"])


def _built(roads: pd.DataFrame) -> RoadNetwork:
    lon, lat = roads.geometry.iloc[0].coords[0]
    return build(roads, DEFAULT_SPEEDS, Profile(), crs.metric_crs_of(lon, lat)).network


def network_of(lines: Sequence[Sequence[tuple[float, float]]], times_ms: Sequence[tuple[int, int]]) -> RoadNetwork:
    """A network of lines in metres, joined where they end at one place, with their times along and against."""
    ends = [(line[0], line[-1]) for line in lines]
    number = {place: node for node, place in enumerate(dict.fromkeys(place for pair in ends for place in pair))}
    start = np.cumsum([0, *(len(line) for line in lines)])
    x_m, y_m = np.array([vertex for line in lines for vertex in line], dtype=float).reshape(-1, 2).T.copy()
    return assemble(
        np.array([number[first] for first, _ in ends], dtype=np.int32),
        np.array([number[last] for _, last in ends], dtype=np.int32),
        np.array([sum(map(_length_m, line, line[1:])) for line in lines], dtype=float),
        np.array([along_ms for along_ms, _ in times_ms], dtype=np.int32),
        np.array([against_ms for _, against_ms in times_ms], dtype=np.int32),
        np.zeros(len(lines), dtype=np.int32),
        Shapes(start, x_m, y_m, x_m / 1e5, y_m / 1e5),
        len(number),
    )


def _length_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def snaps_of(places: Sequence[Sequence[RoadPoint]]) -> Snaps:
    """Places with their candidates."""
    shape = (len(places), CANDIDATES)
    segment, share, walk_ms = np.full(shape, -1, dtype=np.int32), np.zeros(shape), np.zeros(shape, dtype=np.int32)
    for row, points in enumerate(places):
        for column, point in enumerate(points):
            segment[row, column], share[row, column], walk_ms[row, column] = point
    nowhere = np.full(len(places), np.nan)  # told by their roads alone
    return Snaps(segment, share, walk_ms * 0.6, walk_ms, np.zeros(len(places)), nowhere, nowhere)


def points_of(snaps: Snaps) -> list[list[RoadPoint]]:
    """The other way round."""
    rows = zip(snaps.segment.tolist(), snaps.share.tolist(), snaps.walk_ms.tolist(), strict=True)
    return [[point for point in zip(*row, strict=True) if point[0] >= 0] for row in rows]


def segments_of(network: RoadNetwork) -> list[tuple[int, int, int, int]]:
    """What the oracle knows of a network."""
    columns = (network.segment_from, network.segment_to, network.forward_ms, network.backward_ms)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@dataclass(frozen=True)
class Closure:
    """One stretch closed or slowed."""

    segment: int
    from_share: float
    to_share: float
    slowdown: float

    def restriction(self, cause: str) -> Restriction:
        """As the program knows it."""
        shares = np.array([self.from_share]), np.array([self.to_share])
        return Restriction(cause, np.array([self.segment], dtype=np.int32), *shares, self.slowdown)


def restrictions_of(closures: Sequence[Closure]) -> list[Restriction]:
    """Closures as the program knows them."""
    return [closure.restriction(f"C{number}") for number, closure in enumerate(closures)]


def told(closures: Sequence[Closure]) -> list[tuple[int, float, float, float]]:
    """Closures as the oracle knows them."""
    return [(one.segment, one.from_share, one.to_share, one.slowdown) for one in closures]


_corner = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda place: (100.0 * place[0], 100.0 * place[1]))
_times = st.one_of(st.just(NO_WAY), st.integers(0, 30), st.integers(0, 40_000))
_shares = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))


@st.composite
def networks(draw: st.DrawFn) -> RoadNetwork:
    """One to twelve roads between few crossings: one-way, parallel, looping and of no time, with islands."""
    lines = draw(st.lists(st.lists(_corner, min_size=2, max_size=4), min_size=1, max_size=12))
    times = draw(st.lists(st.tuples(_times, _times), min_size=len(lines), max_size=len(lines)))
    return network_of(lines, times)


@st.composite
def closures_on(draw: st.DrawFn, network: RoadNetwork, most: int = 4) -> list[Closure]:
    """Some closed and slowed stretches."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        first, last = sorted((draw(_shares), draw(_shares)))
        slowdown = draw(st.sampled_from([CLOSED, CLOSED, 1.5, 3.0]))
        found.append(Closure(draw(st.integers(0, network.segments - 1)), first, last, slowdown))
    return found


@st.composite
def points_on(draw: st.DrawFn, network: RoadNetwork) -> list[RoadPoint]:
    """The roads near a place: none, some or sixteen."""
    point = st.tuples(st.integers(0, network.segments - 1), _shares, st.integers(0, 500))
    return draw(st.lists(point, max_size=CANDIDATES, unique_by=lambda one: one[0]))


def lattice(side: int, seed: int = 1) -> RoadNetwork:
    """About side * side crossings some 250 m apart with bent roads between them, 4 in 10 of them missing, some one-way.

    Each is driven at 15 to 70 km/h.
    """
    random = np.random.default_rng(seed)
    node = np.arange(side * side, dtype=np.int32).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    kept = random.random(len(tail)) < 0.6
    used, ends = np.unique(np.stack([tail[kept], head[kept]]), return_inverse=True)
    ends = ends.reshape(2, -1).astype(np.int32)
    place_m = np.stack([used // side, used % side]) * 250.0 + random.normal(scale=50.0, size=(2, len(used)))
    count, bends = ends.shape[1], 3
    share = np.linspace(0, 1, bends + 2)
    vertex_m = place_m[:, ends[0], None] * (1 - share) + place_m[:, ends[1], None] * share
    vertex_m[:, :, 1:-1] += random.normal(scale=15.0, size=(2, count, bends))
    length_m = np.hypot(*np.diff(vertex_m, axis=2)).sum(axis=1)
    forward_ms = np.floor(length_m / random.choice([15, 25, 40, 70], size=count) * 3600 + 0.5).astype(np.int32)
    backward_ms = np.where(random.random(count) < 0.05, NO_WAY, forward_ms).astype(np.int32)
    x_m, y_m = vertex_m.reshape(2, -1)
    start = np.arange(0, count * (bends + 2) + 1, bends + 2)
    shapes = Shapes(start, x_m.copy(), y_m.copy(), x_m / 1e5, y_m / 1e5)
    road = np.zeros(count, dtype=np.int32)
    return assemble(ends[0], ends[1], length_m, forward_ms, backward_ms, road, shapes, len(used))
