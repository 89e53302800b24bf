"""The roads that tie the villages to the county's seat: the network split at every village's road and at the seat's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo import crs
from geo.arrivals import village_places
from geo.atlas import Atlas, ZoneAt
from geo.closures import RoadClosures
from geo.network.covering import Stretches
from geo.network.cuts import cuts
from geo.network.graph import Floats, Ints, Longs, RoadNetwork
from geo.network.pieces import Flags, Meets, Pieces, pieces_under, split
from geo.network.snapping import Snapper, Snaps
from geo.terms import RoadEffect, Tier

ROADS_WITHIN_M: Final = 300.0
"""A place is served by the nearest road of the main network, and by all others as near as this."""


@dataclass(frozen=True, slots=True, eq=False)
class Lifelines:
    """The network, its snapper, and the pieces that villages (hubs 0..V-1) and the seat (hub V) split it into.

    `has_road`, shape (V,): which villages have a road of the main network in walking reach. `nearest_m`, shape (V,):
    how far the nearest road of any kind is from each village's place. `seat_has_road` is the same for the seat.
    """

    network: RoadNetwork
    snapper: Snapper
    meets: Meets
    pieces: Pieces
    has_road: Flags
    nearest_m: Floats
    seat_has_road: bool

    @property
    def village_node(self) -> slice:
        """The nodes of the villages."""
        first = self.pieces.hub_node(0)
        return slice(first, first + len(self.has_road))

    def root(self, way: Flags) -> tuple[int, bool]:
        """Where the county's vehicles come from over the arcs that may be driven, and whether that is its seat.

        Without a seat, or when every road at it is closed, it is a node of the largest part that stays connected.
        """
        at_seat = self.pieces.tail[self.pieces.on_roads :][self.meets.hub == len(self.has_road)]
        arcs = [self.pieces.arc[self.pieces.start[node] : self.pieces.start[node + 1]] for node in at_seat.tolist()]
        if any((way[leaving] & (leaving >> 1 < self.pieces.on_roads)).any() for leaving in arcs):
            return self.pieces.hub_node(len(self.has_road)), True
        return _middle(self.pieces, way), False

    def villages_in(self, stretches: Stretches) -> Flags:
        """Which villages have all their roads under one shape, shape (V,); `stretches` are those under it."""
        low, high = np.full(self.network.segments, 2.0), np.full(self.network.segments, -1.0)
        low[stretches.segment], high[stretches.segment] = stretches.from_share, stretches.to_share
        meets = self.meets
        outside = (meets.share < low[meets.segment]) | (meets.share > high[meets.segment])
        free = np.bincount(meets.hub[outside], minlength=self.pieces.hubs)[: len(self.has_road)] > 0
        inside: Flags = self.has_road & ~free
        return inside


@dataclass(frozen=True, slots=True, eq=False)
class Barriers:
    """Pieces that are closed, and by what: piece[i] by names[row[i]]. `total`: how many pieces there are."""

    names: tuple[str, ...]
    row: Longs
    piece: Longs
    total: int

    @property
    def closed(self) -> Flags:
        """Which pieces are closed, shape (P,)."""
        closed = np.zeros(self.total, dtype=bool)
        closed[self.piece] = True
        return closed

    def only(self, rows: npt.ArrayLike) -> Barriers:
        """Those of some rows."""
        kept = np.isin(self.row, rows)
        return Barriers(self.names, self.row[kept], self.piece[kept], self.total)

    def and_also(self, other: Barriers) -> Barriers:
        """These and others."""
        row = np.concatenate([self.row, other.row + len(self.names)])
        return Barriers(self.names + other.names, row, np.concatenate([self.piece, other.piece]), self.total)

    def names_at(self, piece: int) -> set[str]:
        """What closes a piece."""
        return {self.names[row] for row in self.row[self.piece == piece].tolist()}


_KEPT: WeakKeyDictionary[Atlas, Lifelines] = WeakKeyDictionary()


def lifelines(atlas: Atlas) -> Lifelines | None:
    """The lifelines of an Atlas, found once for each; None when it has no roads."""
    found = _KEPT.get(atlas)
    if found is None:
        network, snapper, snaps = atlas.network, atlas.snapper, village_places(atlas).snaps
        if network is None or snapper is None or snaps is None:
            return None
        found = _KEPT[atlas] = _tied(atlas, network, snapper, snaps)
    return found


def may_be_driven(pieces: Pieces, closed: Flags) -> Flags:
    """Which arcs may be driven when some pieces are closed, shape (2 P,)."""
    way: Flags = pieces.way & ~np.repeat(closed, 2)
    return way


def closed_by(lines: Lifelines, closures: RoadClosures) -> Barriers:
    """What each closure closes, in force or not; those that only slow close nothing. Rows are those of `closures`."""
    found = _under(lines, tuple(one.id for one in closures.closures), closures.stretches)
    closing = [row for row, one in enumerate(closures.closures) if one.effect is RoadEffect.CLOSED]
    return found.only(closing)


def under_zones(lines: Lifelines, zones: Sequence[ZoneAt], closures: RoadClosures) -> Barriers:
    """All the roads in each risk zone, whether it closes them or not. Rows are those of `zones`."""
    return _under(lines, tuple(f"zone {zone.zone_id}" for zone in zones), closures.zones.stretches)


def _under(lines: Lifelines, names: tuple[str, ...], stretches: Stretches) -> Barriers:
    row, piece = pieces_under(lines.pieces, stretches.segment, stretches.from_share, stretches.to_share)
    return Barriers(names, stretches.shape[row].astype(np.int64), piece, len(lines.pieces))


def _tied(atlas: Atlas, network: RoadNetwork, snapper: Snapper, snaps: Snaps) -> Lifelines:
    seat = _seat(atlas, snapper)
    village, segment, share = _served_by(network, snaps)
    _, seat_segment, seat_share = _served_by(network, seat)
    hub = np.append(village, np.full(len(seat_segment), len(snaps)))
    meets = Meets(hub, np.append(segment, seat_segment), np.append(share, seat_share), hub == len(snaps))
    has_road = np.bincount(hub, minlength=len(snaps) + 1) > 0
    return Lifelines(
        network=network,
        snapper=snapper,
        meets=meets,
        pieces=split(network, meets, len(snaps) + 1),
        has_road=has_road[:-1],
        nearest_m=snaps.nearest_m,
        seat_has_road=bool(has_road[-1]),
    )


def _served_by(network: RoadNetwork, snaps: Snaps) -> tuple[Longs, Ints, Floats]:
    """The roads of the main component that serve n places, as (place, segment, share)."""
    ends = (network.segment_from[snaps.segment], network.segment_to[snaps.segment])
    of_main = (network.node_component[ends[0]] == 0) | (network.node_component[ends[1]] == 0)
    usable = of_main & (snaps.segment >= 0)
    is_nearest = usable & (np.cumsum(usable, axis=1) == 1)
    place, column = np.nonzero(is_nearest | (usable & (snaps.gap_m <= ROADS_WITHIN_M)))
    return place, snaps.segment[place, column], snaps.share[place, column]


def _seat(atlas: Atlas, snapper: Snapper) -> Snaps:
    """The roads near the city headquarters, the station of tier hq with a code of 6 digits; one row or none."""
    stations = atlas.layers["stations"]
    seats = stations[(stations["tier"] == Tier.HQ) & (stations["code"].str.len() == 6)][:1]
    points_m = crs.to_metres(np.asarray(seats.geometry.values, dtype=object), atlas.metric_crs)
    return snapper.snap_all(shapely.get_x(points_m), shapely.get_y(points_m))


def _middle(pieces: Pieces, way: Flags) -> int:
    """A node of the largest strong component, on the larger side of every cut."""
    arc = np.flatnonzero(way)
    tail = np.where(arc & 1, pieces.head[arc >> 1], pieces.tail[arc >> 1])
    head = np.where(arc & 1, pieces.tail[arc >> 1], pieces.head[arc >> 1])
    graph = coo_array((np.ones(len(arc), dtype=np.int8), (tail, head)), shape=(pieces.nodes, pieces.nodes))
    _, component = connected_components(graph, directed=True, connection="strong")
    main = component == np.bincount(component).argmax()
    found = cuts(pieces, way, int(np.flatnonzero(main)[0]))
    inner = np.where(found.arc & 1, pieces.tail[found.arc >> 1], pieces.head[found.arc >> 1])
    larger = np.flatnonzero(main[inner] & (2 * found.count > np.count_nonzero(main)))
    return int(inner[larger[-1]]) if len(larger) else int(np.flatnonzero(main)[0])
