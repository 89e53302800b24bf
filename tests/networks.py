"""Made-up networks of any size: streets of a town without end, bent, thinned out, some of them one-way."""

from __future__ import annotations

import numpy as np

from geo.network.building import Built, RoadArrays, from_arrays
from geo.network.speeds import Profile

METRIC_CRS = "EPSG:4546"
_STREET_NODES = 11
_BLOCK_DEG = 0.001
_NODES_A_CROSSING = 0.78  # where one of the two streets is missing there is no crossing


def arrays(nodes: int, seed: int = 1) -> RoadArrays:
    """About `nodes` crossings, every seventh street missing."""
    draw = np.random.default_rng(seed)
    side = int(np.sqrt(nodes / _NODES_A_CROSSING))
    lon = 111.0 + _BLOCK_DEG * (np.arange(side)[None, :] + draw.uniform(-0.3, 0.3, (side, side)))
    lat = 27.0 + _BLOCK_DEG * (np.arange(side)[:, None] + draw.uniform(-0.3, 0.3, (side, side)))
    number = np.arange(side * side).reshape(side, side)
    streets = [
        line[begin : begin + _STREET_NODES]
        for grid in (number, number.T)
        for line in grid
        for begin in range(0, side - 1, _STREET_NODES - 1)
        if draw.random() > 1 / 7
    ]
    size = np.array([len(street) for street in streets])
    # A vertex half way between two crossings, a little to the side: a road is rarely straight.
    of_street = np.repeat(np.arange(len(streets)), size)
    crossing = np.concatenate(streets)
    is_last = np.append(of_street[1:] != of_street[:-1], True)
    first, second = crossing[~is_last], np.roll(crossing, -1)[~is_last]
    bent = draw.uniform(-0.1, 0.1, (2, len(first))) * _BLOCK_DEG
    at = np.flatnonzero(~is_last) + 1
    half_lon, half_lat = ((flat[first] + flat[second]) / 2 for flat in (lon.ravel(), lat.ravel()))
    lon, lat = (
        np.insert(lon.ravel()[crossing], at, half_lon + bent[0]),
        np.insert(lat.ravel()[crossing], at, half_lat + bent[1]),
    )
    roads = len(streets)
    return RoadArrays(
        start=np.concatenate([[0], np.cumsum(2 * size - 1)]),
        lon=lon,
        lat=lat,
        road=np.arange(roads, dtype=np.int32),
        level=np.zeros(roads, dtype=np.int32),
        spans=np.zeros(roads, dtype=bool),
        speed_kph=draw.choice([15.0, 25.0, 40.0, 60.0], roads),
        oneway=draw.random(roads) < 0.1,
    )


def network(nodes: int, seed: int = 1) -> Built:
    """The network of those arrays."""
    return from_arrays(arrays(nodes, seed), Profile(), METRIC_CRS)
