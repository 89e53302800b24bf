"""One question in one step: snap, search and look for walks in a single compiled call; for most places that is all.

Between two questions a service does other work, after which every step of its own costs twice its time. What is rare
(a closure met, a team that walks straight, nobody who comes) is left to the parts that `search` and `walks` have.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.network.cells import CANDIDATES
from geo.network.compiled import lean
from geo.network.conditions import Conditions, kernel_roads
from geo.network.dijkstra import LEGS, search
from geo.network.graph import Ints, RoadNetwork
from geo.network.search import scratch_of
from geo.network.snapping import Snapper, snap_rows
from geo.network.stands import NEVER_MS, Stands
from geo.network.walks import matters

Mask = npt.NDArray[np.bool_]
_PARTS: Final = 6


@dataclass(frozen=True, slots=True)
class Answered:
    """Who arrives first at one place, in order.

    An arrival is (stand, notice_ms, access_ms, road_ms, walk_ms, arrival_ms, gap_m), a stand passed over (stand,
    arrival_ms); see `search.Arrivals`. `nearest_m` is how far the nearest road is.
    """

    arrivals: list[tuple[int, int, int, int, int, int, float]]
    passed: list[tuple[int, int]]
    nearest_m: float


class _Desk(threading.local):
    """What a question is written on, one for each thread and size of answer."""

    def __init__(self) -> None:
        self.place = (np.empty(1), np.empty(1))
        self.snaps = (
            np.empty((1, CANDIDATES), dtype=np.int32),
            np.empty((1, CANDIDATES)),
            np.empty((1, CANDIDATES)),
            np.empty((1, CANDIDATES), dtype=np.int32),
            np.empty(1),
        )
        self.best = (np.empty(CANDIDATES + 1), np.empty(CANDIDATES + 1, dtype=np.int64))
        self.sizes = (-1, -1)

    def of(self, k: int, most_passed: int) -> tuple[Any, Any]:
        if self.sizes != (k, most_passed):
            self.sizes = (k, most_passed)
            self.row = (np.empty(k, dtype=np.int64), np.empty(k, dtype=np.int64), np.empty(most_passed, dtype=np.int64))
            self.found = (
                np.empty((LEGS, 1, k), dtype=np.int32),
                np.empty((1, k)),
                np.empty((2, 1, most_passed), dtype=np.int32),
                np.empty((1, 3), dtype=np.int32),
            )
        return self.row, self.found


_desk = _Desk()


def ask(
    network: RoadNetwork,
    snapper: Snapper,
    conditions: Conditions,
    stands: Stands,
    x_m: float,
    y_m: float,
    *,
    allowed: Mask,
    notice_ms: Ints,
    k: int,
    limit_ms: int,
    most_passed: int,
) -> Answered | None:
    """The k first of the allowed stands at a place; None where the answer needs more than one look at the roads."""
    desk, arcs, walking = _desk, network.arriving, snapper.walking
    row, found = desk.of(k, most_passed)
    place_x_m, place_y_m = desk.place
    place_x_m[0], place_y_m[0] = x_m, y_m
    limit_ms = min(limit_ms, NEVER_MS - 1)
    settled = _ask(
        desk.place,
        (snapper.roads, snapper.frame, snapper.cells, snapper.walk, desk.best),
        desk.snaps,
        kernel_roads(network, conditions),
        (arcs.arc, arcs.node, arcs.travel_ms),
        (stands.heads, stands.ways, stands.least_ms, stands.spots, stands.spot_start, stands.spot_stand),
        (stands.snaps.x_m, stands.snaps.y_m),
        (allowed[None], notice_ms, limit_ms, conditions.is_open),
        (walking.limit_m, walking.detour / walking.m_per_ms),
        (*scratch_of(network, stands), row),
        found,
    )
    if not settled:
        return None
    legs, gap_m, passed, numbers = found
    arrived, passed_over = int(numbers[0, 0]), int(numbers[0, 1])
    columns = legs[:_PARTS, 0, :arrived].tolist()
    return Answered(
        list(zip(*columns, gap_m[0, :arrived].tolist(), strict=True)),
        list(zip(*passed[:, 0, :passed_over].tolist(), strict=True)) if passed_over else [],
        float(desk.snaps[4][0]),
    )


@lean
def _ask(
    place: Any,
    near: Any,
    snaps: Any,
    roads: Any,
    arcs: Any,
    stands: Any,
    stand_places: Any,
    ask: Any,
    walking: Any,
    scratch: Any,
    found: Any,
) -> Any:
    """Whether what is written to `found` is the whole answer."""
    snap_rows(place[0], place[1], near[0], near[1], near[2], near[3], snaps, near[4])
    if snaps[0][0, 0] < 0:
        return False
    if not search(roads, arcs, stands, (snaps[0], snaps[1], snaps[3], snaps[2]), ask, scratch, found):
        return False
    legs, _, passed, numbers = found
    arrived, passed_over, met = numbers[0, 0], numbers[0, 1], numbers[0, 2]
    if not arrived or (met and not ask[3]):
        return False
    last_ms = np.int64(legs[5, 0, arrived - 1]) if arrived == legs.shape[2] else np.int64(ask[2])
    by_road = (
        legs[0, 0, :arrived],
        legs[5, 0, :arrived],
        passed[0, 0, :passed_over],
        passed[1, 0, :passed_over],
    )
    rules = (walking[0], walking[1], last_ms)
    return not matters(place[0][0], place[1][0], stand_places[0], stand_places[1], ask[0][0], ask[1], rules, by_road)
