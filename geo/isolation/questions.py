"""Isolation: which roads, and which risk zones, the villages hang on; whom a closure would cut off.

A village is cut off when no vehicle comes any more from the county's seat, its headquarters' station, to the village's
roads: the nearest of the main network within walking reach of its place, and all others within 300 m of it. Where no
road is left at the seat, the largest part of the network that stays connected counts instead. A road can be lost on one
side of a village and not on the other. Everything is judged with the closures in force; slowed roads are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from geo.atlas import Atlas, Provenance, ZoneAt
from geo.board import Board
from geo.calendar import to_china
from geo.closures import RoadClosures
from geo.errors import InputError, LimitError, NotFoundError
from geo.isolation.critical import CriticalRoad, critical_roads, hazards
from geo.isolation.cut_off import NO_ROADS, Behind, CutOff, CutOffVillage, Inhabitants, OffNetwork, all_off_network
from geo.isolation.lifelines import Barriers, Lifelines, closed_by, lifelines, may_be_driven, under_zones
from geo.network.cuts import reached
from geo.network.pieces import Flags
from geo.what_if import WhatIf

MOST_ROWS: Final = 1000
"""The largest limit of one question."""


@dataclass(frozen=True, slots=True)
class CriticalZone:
    """A risk zone that every way to some villages passes. `on_spot`: codes of those whose own roads all lie in it."""

    zone: ZoneAt
    behind: Behind
    on_spot: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Isolation:
    """Critical roads and zones: most known people first, then the worst hazard level, then most villages, then by code.

    `roads_found`, `zones_found`: how many there are before the limit. `cut_off`: villages that the closures in force
    already isolate; they are not counted again. `from_seat`: whether ways are those from the county's seat.
    """

    at: datetime
    from_seat: bool
    reason: str
    roads: tuple[CriticalRoad, ...]
    roads_found: int
    zones: tuple[CriticalZone, ...]
    zones_found: int
    cut_off: tuple[CutOffVillage, ...]
    off_network: tuple[OffNetwork, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class IsolatedBy:
    """Whom one loss cuts off: `cut_off` and who is behind, beyond `already`, whom other closures in force cut off."""

    at: datetime
    from_seat: bool
    reason: str
    cut_off: tuple[CutOffVillage, ...]
    behind: Behind
    already: tuple[CutOffVillage, ...]
    off_network: tuple[OffNetwork, ...]
    provenance: Provenance


def isolation(atlas: Atlas, board: Board, *, at: datetime, limit: int = 20) -> Isolation:
    """The roads and the risk zones whose loss at an instant would cut villages off, `limit` of each at most.

    Zones count while they are valid. A county without roads has an empty answer whose reason says so. InputError for a
    limit out of range.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise LimitError(f"limit={limit} is not between 1 and {MOST_ROWS}", parameter="limit", limit=MOST_ROWS)
    lines, roads = lifelines(atlas), board.roads
    if lines is None or roads is None:
        return Isolation(at, False, NO_ROADS, (), 0, (), 0, (), all_off_network(atlas), board.provenance)
    inhabitants = Inhabitants(atlas, board, at)
    bars = closed_by(lines, roads).only(_in_force(roads, at))
    state = CutOff(atlas, lines, bars)
    zones, valid = under_zones(lines, atlas.zones, roads), _valid_zones(atlas, at)
    threats = hazards(atlas, lines, zones, valid, inhabitants.sites)
    critical, roads_found = critical_roads(atlas, lines, threats, state, inhabitants, limit)
    passed = _critical_zones(atlas, lines, zones.only(np.flatnonzero(valid)), roads, state, inhabitants)
    return Isolation(
        at=at,
        from_seat=state.from_seat,
        reason=state.ways,
        roads=tuple(critical),
        roads_found=roads_found,
        zones=tuple(passed[:limit]),
        zones_found=len(passed),
        cut_off=state.told(state.mask),
        off_network=state.off_network(),
        provenance=board.provenance,
    )


def isolated_by(
    atlas: Atlas,
    board: Board,
    *,
    at: datetime,
    closures: Sequence[WhatIf] | None = None,
    zone_id: str | None = None,
    closure_id: str | None = None,
) -> IsolatedBy:
    """Whom supposed closures, the loss of all roads in a risk zone, or a known closure would cut off.

    A known closure or zone is judged as if it came on top of the others in force, whether it is in force or not.
    Exactly one of the three is given, else InputError; NotFoundError for an unknown id.
    """
    if sum(given is not None for given in (closures, zone_id, closure_id)) != 1:
        raise InputError("give exactly one of closures, zone_id and closure_id", parameter="closures")
    lines, roads = lifelines(atlas), board.roads
    if lines is None or roads is None:
        return IsolatedBy(
            at, False, NO_ROADS, (), Behind((), 0, 0, (), ()), (), all_off_network(atlas), board.provenance
        )
    others, loss = _others_and_loss(atlas, lines, roads, at, closures, zone_id, closure_id)
    before, after = CutOff(atlas, lines, others), CutOff(atlas, lines, others.and_also(loss))
    lost = after.mask & ~before.mask
    return IsolatedBy(
        at=at,
        from_seat=after.from_seat,
        reason=after.ways,
        cut_off=after.told(lost),
        behind=Inhabitants(atlas, board, at).behind(np.flatnonzero(lost).tolist()),
        already=before.told(before.mask),
        off_network=before.off_network(),
        provenance=board.provenance,
    )


def _others_and_loss(
    atlas: Atlas,
    lines: Lifelines,
    roads: RoadClosures,
    at: datetime,
    closures: Sequence[WhatIf] | None,
    zone_id: str | None,
    closure_id: str | None,
) -> tuple[Barriers, Barriers]:
    """What is closed in force apart from what is asked about, and what that closes."""
    if closures is not None:
        known = len(roads.closures)
        bars = closed_by(lines, roads.with_extra(closures))
        return bars.only(_in_force(roads, at)), bars.only(range(known, known + len(closures)))
    bars = closed_by(lines, roads)
    name = roads.closure(closure_id).id if closure_id is not None else f"zone {zone_id}"
    others = bars.only([row for row in _in_force(roads, at) if roads.closures[row].id != name])
    if closure_id is not None:
        return others, bars.only([bars.names.index(name)])
    zones = under_zones(lines, atlas.zones, roads)
    if name not in zones.names:
        raise NotFoundError("risk zone", str(zone_id))
    return others, zones.only([zones.names.index(name)])


def _critical_zones(
    atlas: Atlas, lines: Lifelines, zones: Barriers, roads: RoadClosures, state: CutOff, inhabitants: Inhabitants
) -> list[CriticalZone]:
    """Every zone that cuts somebody off when all its roads are lost, in the order of the answer."""
    pieces, node, stretches = lines.pieces, lines.village_node, roads.zones.stretches
    found = []
    for row in np.unique(zones.row).tolist():
        closed = state.closed | zones.only([row]).closed
        root, from_seat = lines.root(may_be_driven(pieces, closed))
        lost = np.flatnonzero(~state.mask & ~state.no_way & ~reached(pieces, pieces.way, closed, root)[node])
        if len(lost):
            zone = atlas.zones[row]
            behind = inhabitants.behind(lost.tolist())
            on_spot = lines.villages_in(stretches.under(np.array([row])))
            codes = tuple(atlas.villages[village].code for village in lost.tolist() if on_spot[village])
            found.append(CriticalZone(zone, behind, codes, _zone_reason(behind, codes, from_seat)))
    return sorted(found, key=_order)


def _in_force(roads: RoadClosures, at: datetime) -> list[int]:
    return [row for row, one in enumerate(roads.closures) if one.is_active(to_china(at))]


def _valid_zones(atlas: Atlas, at: datetime) -> Flags:
    """Which zones are valid at an instant: from their first up to but not with their last."""
    zones, instant = atlas.layers["risk_zones"], to_china(at)
    begun = zones["valid_from"].isna() | (zones["valid_from"] <= instant)
    valid: Flags = (begun & (zones["valid_to"].isna() | (instant < zones["valid_to"]))).to_numpy(dtype=bool)
    return valid


def _zone_reason(behind: Behind, on_spot: tuple[str, ...], from_seat: bool) -> str:
    if not from_seat:
        return "the seat's own roads lie in the zone; these villages lose the largest part that stays connected"
    return (
        f"every way from the seat to {len(behind.villages) - len(on_spot)} village(s) passes the zone; "
        f"all roads of {len(on_spot)} more lie in it"
    )


def _order(one: CriticalZone) -> tuple[int, int, int, str]:
    people = -1 if one.behind.people is None else one.behind.people
    return -people, -one.zone.level, -len(one.behind.villages), one.zone.zone_id
