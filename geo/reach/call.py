"""A call to the teams: who may go at an instant, over which roads, and what that gives when it goes to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np

from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import to_china
from geo.closures import Closure
from geo.dispatch import Roads, roads_of
from geo.duty import availability
from geo.errors import InputError, LimitError
from geo.index import Mask
from geo.network.conditions import Conditions, open_roads
from geo.network.graph import Ints
from geo.network.snapping import Snaps
from geo.network.sweep import NodeArrivals, arrivals_at, first_arrivals
from geo.network.walks import with_walks_bulk
from geo.rules import RoadRules
from geo.terms import Available, Skill, TeamKind
from geo.what_if import WhatIf

MOST_MINUTES: Final = 1440
MOST_BANDS: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Teams on their way to everywhere: the first of them at every node of the network."""

    roads: Roads
    conditions: Conditions
    allowed: Mask
    notice_ms: Ints
    nodes: NodeArrivals

    def at(self, places: Snaps) -> tuple[Ints, Ints]:
        """The first teams at n places and when they arrive, in milliseconds; -1 where fewer do. Shape (n, k)."""
        network, stands = self.roads.network, self.roads.stands
        found = arrivals_at(network, self.conditions, stands, self.allowed, self.notice_ms, self.nodes, places)
        with_walks_bulk(
            found,
            stands,
            places,
            self.roads.snapper.walking,
            allowed=self.allowed,
            notice_ms=self.notice_ms,
            limit_ms=self.nodes.limit_ms,
        )
        return found.stand, found.arrival_ms


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What a question about reach starts from. `roads` and `conditions` are None where the county has no roads.

    `notice_s`: from the call to the start, on duty; `notice_ms` is each team's, longer for those `recalled`, shape
    (teams,). `closures` are those in force at the instant.
    """

    at: datetime
    rules: RoadRules
    notice_s: int
    allowed: Mask
    recalled: Mask
    notice_ms: Ints
    roads: Roads | None
    conditions: Conditions | None
    closures: tuple[Closure, ...]

    def spread(self, k: int, limit_ms: int, *, as_if_open: bool = False) -> Spread | None:
        """The k first teams at every node within `limit_ms`; None when the county has no roads."""
        if self.roads is None or self.conditions is None:
            return None
        network = self.roads.network
        conditions = open_roads(network) if as_if_open else self.conditions
        nodes = first_arrivals(network, conditions, self.roads.stands, self.allowed, self.notice_ms, k, limit_ms)
        return Spread(self.roads, conditions, self.allowed, self.notice_ms, nodes)


def call(
    atlas: Atlas,
    board: Board,
    *,
    at: datetime,
    notice: bool,
    kind: TeamKind | None = None,
    skill: Skill | None = None,
    available: Available = Available.RECALL,
    supposed: Sequence[WhatIf] = (),
) -> Call:
    """A call at an instant to the teams that are `available` and fit the filters, from where they are (`geo.duty`).

    `supposed` closures act beside those in force. Without `notice` nobody's notice counts.
    """
    placed, rules = availability(atlas, board, at).counting(available), atlas.rules.roads
    roads = roads_of(atlas, board, placed)
    if roads is not None and supposed:
        roads = roads.supposing(supposed)
    teams = len(placed.codes)
    return Call(
        at=to_china(at),
        rules=rules,
        notice_s=rules.notice_s if notice else 0,
        allowed=placed.allowed(kind, skill),
        recalled=placed.recalled,
        notice_ms=placed.notice_ms(rules) if notice else np.zeros(teams, dtype=np.int32),
        roads=roads,
        conditions=None if roads is None else roads.closures.conditions_at(at),
        closures=() if roads is None else roads.closures.active_at(at),
    )


def checked_minutes(minutes: int, parameter: str = "minutes") -> int:
    """`minutes`, when a question about reach takes that many; InputError otherwise."""
    if not 1 <= minutes <= MOST_MINUTES:
        problem = f"{parameter}={minutes} is not between 1 and {MOST_MINUTES}"
        raise LimitError(problem, parameter=parameter, limit=MOST_MINUTES)
    return minutes


def checked_bands(bands_minutes: Sequence[int]) -> tuple[int, ...]:
    """The ends of the bands, when they rise; InputError otherwise."""
    if len(bands_minutes) > MOST_BANDS:
        problem = f"{len(bands_minutes)} bands are more than {MOST_BANDS}"
        raise LimitError(problem, parameter="bands_minutes", limit=MOST_BANDS)
    bands = tuple(checked_minutes(minutes, "bands_minutes") for minutes in bands_minutes)
    if not bands or any(one >= other for one, other in pairwise(bands)):
        raise InputError(
            f"bands_minutes={bands} is not a rising list, such as 30, 60, 90, 120", parameter="bands_minutes"
        )
    return bands
