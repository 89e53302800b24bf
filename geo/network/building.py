"""From the roads layer, or from plain arrays, to the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.network.graph import NO_WAY, Floats, Ints, Longs, RoadNetwork, Shapes, assemble
from geo.network.joints import Lines, Mask, Segments, split
from geo.network.speeds import Profile, SpeedTable
from geo.terms import RoadClass

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class RoadArrays:
    """All that a network is made of, as arrays: R roads of L lines.

    The vertices of line i are at start[i]..start[i + 1], in WGS84 degrees. Of each line: its `road`, the `level` that
    it crosses others on (0 is the ground), and whether it `spans` others as a bridge or a tunnel. Of each road: its
    speed, and whether it is `oneway` along its lines. `left_out` counts the roads that have no lines here, by reason.
    """

    start: Longs
    lon: Floats
    lat: Floats
    road: Ints
    level: Ints
    spans: Mask
    speed_kph: Floats
    oneway: Mask
    left_out: Mapping[str, int] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Report:
    """What was made of the roads. `left_out` counts the roads that the profile may not use, by reason.

    `outside_main` nodes cannot be both reached from and left for the largest component. At `crossings` lines crossed
    without a common vertex and were joined, at `crossings_left` they were not, for the source marks its junctions;
    `ends_joined` missed their line by up to a metre.
    """

    roads: int
    left_out: Mapping[str, int]
    nodes: int
    segments: int
    outside_main: int
    crossings: int
    crossings_left: int
    ends_joined: int

    @property
    def note(self) -> str:
        """The account in one sentence."""
        barred = "".join(f"; {count:,} {reason} roads left out" for reason, count in self.left_out.items())
        return (
            f"{self.nodes:,} nodes and {self.segments:,} segments; {self.outside_main:,} nodes lie outside the largest "
            f"component; {self.crossings:,} crossings and {self.ends_joined:,} loose ends joined without a common "
            f"vertex; {self.crossings_left:,} crossings left apart, as the source marks its junctions{barred}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A network, and the account of its making."""

    network: RoadNetwork
    report: Report


def build(roads: pd.DataFrame, speeds: SpeedTable, profile: Profile, metric_crs: str) -> Built:
    """The network of a checked frame of the roads layer; `network.road` are positions in it."""
    return from_arrays(arrays_of(roads, speeds, profile), profile, metric_crs)


def arrays_of(roads: pd.DataFrame, speeds: SpeedTable, profile: Profile) -> RoadArrays:
    """What a checked frame of the roads layer says to a profile."""
    barred = {
        "track": (roads["road_class"] == RoadClass.TRACK).to_numpy() & (not profile.may_use_tracks),
        "gated": roads["gated"].to_numpy(dtype=bool) & (not profile.may_pass_gates),
    }
    used = np.flatnonzero(~np.logical_or.reduce(list(barred.values())))
    parts, of_used = shapely.get_parts(np.asarray(roads.geometry.values, dtype=object)[used], return_index=True)
    coordinates = shapely.get_coordinates(parts)
    road = used[of_used].astype(np.int32)
    bridge, tunnel = (roads[name].to_numpy(dtype=bool) for name in ("bridge", "tunnel"))
    assumed = np.where(bridge, 1, np.where(tunnel, -1, 0))
    level = np.where(roads["level"].isna(), assumed, roads["level"].fillna(0).to_numpy(dtype=np.int32))
    return RoadArrays(
        start=np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(parts))]).astype(np.int64),
        lon=np.ascontiguousarray(coordinates[:, 0]),
        lat=np.ascontiguousarray(coordinates[:, 1]),
        road=road,
        level=level[road].astype(np.int32),
        spans=(bridge | tunnel)[road],
        speed_kph=speeds.of_roads(roads),
        oneway=roads["oneway"].to_numpy(dtype=bool),
        left_out=MappingProxyType({reason: int(mask.sum()) for reason, mask in barred.items() if mask.any()}),
    )


def from_arrays(roads: RoadArrays, profile: Profile, metric_crs: str) -> Built:
    """The network of roads given as arrays."""
    x_m, y_m = crs.transformer(crs.WGS84, metric_crs).transform(roads.lon, roads.lat)
    shapes = Shapes(roads.start, x_m, y_m, roads.lon, roads.lat)
    segments = split(Lines(shapes, roads.road, roads.level, roads.spans))
    length_m = _length_m(segments.shapes)
    network = assemble(
        segments.node_from,
        segments.node_to,
        length_m,
        *_travel_ms(segments, length_m, roads, profile),
        segments.road,
        segments.shapes,
        segments.nodes,
    )
    report = Report(
        roads=len(roads.speed_kph),
        left_out=roads.left_out,
        nodes=network.nodes,
        segments=network.segments,
        outside_main=network.outside_main,
        crossings=segments.crossings,
        crossings_left=segments.crossings_left,
        ends_joined=segments.ends_joined,
    )
    return Built(network, report)


def _length_m(shapes: Shapes) -> Floats:
    """The geodesic length of each segment."""
    piece_m = crs.distance_m(shapes.lon[:-1], shapes.lat[:-1], shapes.lon[1:], shapes.lat[1:])
    piece_m[shapes.start[1:-1] - 1] = 0.0  # from one segment to the next there is no road
    length_m: Floats = np.add.reduceat(piece_m, shapes.start[:-1])
    return length_m


def _travel_ms(segments: Segments, length_m: Floats, roads: RoadArrays, profile: Profile) -> tuple[Ints, Ints]:
    """Times along and against each segment."""
    exact_ms = length_m / (roads.speed_kph[segments.road] / 3600)
    forward_ms = _rounded_ms(exact_ms)
    factor = profile.against_oneway_factor
    against_ms = np.full_like(forward_ms, NO_WAY) if factor is None else _rounded_ms(exact_ms * factor)
    return forward_ms, np.where(roads.oneway[segments.road], against_ms, forward_ms)


def _rounded_ms(exact_ms: Floats) -> Ints:
    return np.maximum(np.floor(exact_ms + 0.5), 1).astype(np.int32)
