"""Critical roads: those whose loss at one point cuts villages off, with the hazards that could bring it about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.ops import substring

from geo import crs
from geo.atlas import Atlas
from geo.isolation.cut_off import ActiveSites, Behind, CutOff, Inhabitants
from geo.isolation.lifelines import Barriers, Lifelines
from geo.network.cuts import cuts
from geo.network.graph import Ints, Longs, RoadNetwork
from geo.network.pieces import Flags, Pieces, pieces_under
from geo.terms import HazardLevel, RoadClass

NEAR_SITE_M: Final = 100.0
"""A hazard site touches the roads that are so near to its point; registers do not tell its extent."""


@dataclass(frozen=True, slots=True)
class CriticalRoad:
    """The roads of which each piece lies on every way to the villages behind.

    `names` and `classes` are those met, in order from the seat; `line` (WGS84) has several parts where there is a
    detour in between. `level` is the worst of the risk zones and the active hazard sites that touch it.
    """

    names: tuple[str, ...]
    classes: tuple[RoadClass, ...]
    length_m: float
    line: shapely.LineString | shapely.MultiLineString
    segments: tuple[int, ...]
    level: HazardLevel | None
    zones: tuple[str, ...]
    hazard_sites: tuple[str, ...]
    behind: Behind


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """What touches the roads, piece by piece: the rows of `touch` are all `zones` zones, and then the active sites.

    `levels` are the rows' hazard levels, 0 where unknown.
    """

    touch: Barriers
    levels: Ints
    zones: int


def hazards(atlas: Atlas, lines: Lifelines, zones: Barriers, valid: Flags, sites: ActiveSites) -> Hazards:
    """What threatens the roads: those zones that are valid, and the active sites within 100 m."""
    touch = zones.only(np.flatnonzero(valid)).and_also(_near_sites(atlas, lines, sites))
    levels = np.array([*(zone.level for zone in atlas.zones), *sites.levels], dtype=np.int32)
    return Hazards(touch, levels, len(atlas.zones))


def critical_roads(
    atlas: Atlas, lines: Lifelines, threats: Hazards, state: CutOff, inhabitants: Inhabitants, limit: int
) -> tuple[list[CriticalRoad], int]:
    """The first `limit` critical roads beside those that are closed, in order, and how many there are.

    Pieces that cut off the same villages make one. Most known people first, then the worst level, then most
    villages, then the lowest village code.
    """
    found = cuts(lines.pieces, state.way, state.root)
    rank = found.rank[lines.village_node]
    villages = np.argsort(rank, kind="stable")
    villages = villages[rank[villages] >= 0]
    low, high = (np.searchsorted(rank[villages], edge) for edge in (found.first, found.first + found.count))
    counts = (high > low) & (found.arc >> 1 < lines.pieces.on_roads)
    bounds, group = np.unique(np.stack([low, high], axis=1)[counts], axis=0, return_inverse=True)
    pieces_of = _grouped(found.arc[counts] >> 1, group.ravel(), len(bounds))
    level = np.zeros(len(lines.pieces), dtype=np.int32)
    np.maximum.at(level, threats.touch.piece, threats.levels[threats.touch.row])
    sets = [villages[first:last] for first, last in bounds.tolist()]
    order = sorted(
        range(len(sets)),
        key=lambda one: (-_people(atlas, sets[one]), -level[pieces_of[one]].max(), -len(sets[one]), sets[one].min()),
    )
    columns = [atlas.layers["roads"][name].array for name in ("name", "road_class")]
    chosen = [
        _described(atlas, lines, threats, columns, pieces_of[one], inhabitants.behind(sets[one].tolist()))
        for one in order[:limit]
    ]
    return chosen, len(sets)


def _near_sites(atlas: Atlas, lines: Lifelines, sites: ActiveSites) -> Barriers:
    """The pieces within 100 m of each site, of those that are in walking reach of it."""
    snaps = lines.snapper.snap_all(*crs.transformer(crs.WGS84, atlas.metric_crs).transform(sites.lon, sites.lat))
    site, column = np.nonzero((snaps.segment >= 0) & (snaps.gap_m <= NEAR_SITE_M))
    share = snaps.share[site, column]
    row, piece = pieces_under(lines.pieces, snaps.segment[site, column], share, share)
    return Barriers(sites.ids, site[row], piece, len(lines.pieces))


def _grouped(piece: Ints, group: Longs, groups: int) -> list[Ints]:
    order = np.argsort(group, kind="stable")
    return np.split(piece[order], np.searchsorted(group[order], np.arange(1, groups)))


def _people(atlas: Atlas, villages: Longs) -> int:
    known = [atlas.villages[village].population for village in villages.tolist()]
    return sum(figure for figure in known if figure is not None) if any(figure is not None for figure in known) else -1


def _described(
    atlas: Atlas, lines: Lifelines, threats: Hazards, columns: Sequence[Any], own: Ints, behind: Behind
) -> CriticalRoad:
    network, pieces = lines.network, lines.pieces
    names, classes = (column[network.road[pieces.segment[own]]] for column in columns)
    rows = np.unique(threats.touch.row[np.isin(threats.touch.piece, own)])
    level = int(threats.levels[rows].max(initial=0))
    zones = rows[rows < threats.zones]
    return CriticalRoad(
        names=tuple(dict.fromkeys(name for name in names if isinstance(name, str))),
        classes=tuple(dict.fromkeys(RoadClass(word) for word in classes)),
        length_m=float((network.length_m[pieces.segment[own]] * (pieces.to_share - pieces.from_share)[own]).sum()),
        line=_line(network, pieces, own, atlas.metric_crs),
        segments=tuple(dict.fromkeys(pieces.segment[own].tolist())),
        level=HazardLevel(level) if level else None,
        zones=tuple(atlas.zones[row].zone_id for row in zones.tolist()),
        hazard_sites=tuple(threats.touch.names[row] for row in rows[rows >= threats.zones].tolist()),
        behind=behind,
    )


def _line(network: RoadNetwork, pieces: Pieces, own: Ints, metric_crs: str) -> Any:
    parts = []
    for piece in own.tolist():
        first, last = network.vertex_start[pieces.segment[piece] : pieces.segment[piece] + 2]
        whole = shapely.LineString(np.stack([network.vertex_x_m[first:last], network.vertex_y_m[first:last]], axis=1))
        parts.append(substring(whole, pieces.from_share[piece], pieces.to_share[piece], normalized=True))
    joined = shapely.line_merge(shapely.MultiLineString(parts)) if len(parts) > 1 else parts[0]
    return crs.to_degrees(joined, metric_crs)
