"""Routes as lines for the map."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo.network.graph import Floats, Ints, RoadNetwork
from geo.network.search import Route


def line_of(network: RoadNetwork, route: Route) -> shapely.LineString:
    """The drive along the roads' vertices, WGS84 degrees, from where the team comes onto its road to where it leaves.

    A drive of no length is a line between two equal points.
    """
    start_to, end_from = 1.0 - (route.start_arc & 1), float(route.end_arc & 1)
    if route.is_direct:
        parts = [_stretch(network, route.start_segment, route.start_share, route.end_share)]
    else:
        parts = [
            _stretch(network, route.start_segment, route.start_share, start_to),
            _whole(network, route.arcs),
            _stretch(network, route.end_segment, end_from, route.end_share),
        ]
    places = np.concatenate(parts)
    moved = np.ones(len(places), dtype=bool)
    moved[1:] = (places[1:] != places[:-1]).any(axis=1)
    places = places[moved]
    return shapely.LineString(places if len(places) > 1 else np.repeat(places, 2, axis=0))


def _whole(network: RoadNetwork, arcs: Ints) -> Any:
    """The vertices of whole arcs one after the other, (v, 2)."""
    first, end = network.vertex_start[arcs >> 1], network.vertex_start[(arcs >> 1) + 1]
    count = end - first
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    against = np.repeat(arcs & 1, count).astype(bool)
    vertex = np.where(against, np.repeat(end - 1, count) - step, np.repeat(first, count) + step)
    return np.stack([network.vertex_lon[vertex], network.vertex_lat[vertex]], axis=1)


def _stretch(network: RoadNetwork, segment: int, first: float, last: float) -> Floats:
    """The vertices of a segment between two shares of its length, both ends included, (v, 2)."""
    own = slice(network.vertex_start[segment], network.vertex_start[segment + 1])
    pieces_m = np.hypot(np.diff(network.vertex_x_m[own]), np.diff(network.vertex_y_m[own]))
    along_m = np.concatenate([[0.0], np.cumsum(pieces_m)])
    low_m, high_m = min(first, last) * along_m[-1], max(first, last) * along_m[-1]
    between_m = along_m[(along_m > low_m) & (along_m < high_m)]
    stops_m = np.concatenate([[low_m], between_m, [high_m]])
    lon_lat = [np.interp(stops_m, along_m, axis[own]) for axis in (network.vertex_lon, network.vertex_lat)]
    places: Floats = np.stack(lon_lat, axis=1)
    return places if first <= last else places[::-1]
