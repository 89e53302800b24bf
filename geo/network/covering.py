"""Which stretches of which segments lie under an area, or are barred by a line.

Everything is planar, in metres of the network's metric CRS, and goes piece by piece (from one vertex to the next), so
that a hairpin that comes near itself is never mistaken for its other leg. One segment has one stretch under a shape:
the hull of all that is covered of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.network.graph import Floats, Ints, RoadNetwork

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

BESIDE_M: Final = 15.0
"""A line bars a road this far on both sides of where it crosses, and runs along a road that is not farther."""
ALONG_M: Final = 50.0
"""A line that runs along so much of a segment, or half of it, or with nearly all of itself, is drawn for that road."""
_NEARLY_ALL: Final = 0.9
_SAME_WAY: Final = 0.75  # of the road's length beside the line, seen along the line: up to some 40 degrees apart
_TOUCH_M: Final = 0.5  # places read off a map are a few decimetres out: an end that is so near is an end that touches
_LEAST_M: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """M stretches [from_share, to_share] of segments, each under the shape at position `shape`; in order of both."""

    shape: Ints
    segment: Ints
    from_share: Floats
    to_share: Floats

    def under(self, shapes: Positions) -> Stretches:
        """Those under some shapes, which are numbered anew in the order given; a shape may come twice."""
        begin, end = (np.searchsorted(self.shape, shapes, side=side) for side in ("left", "right"))
        count = end - begin
        number = np.repeat(np.arange(len(shapes), dtype=np.int32), count)
        at = np.arange(len(number)) + (begin - np.cumsum(count) + count)[number]
        return Stretches(number, self.segment[at], self.from_share[at], self.to_share[at])

    def followed_by(self, more: Stretches, shapes: int) -> Stretches:
        """These of `shapes` shapes, and then those of more."""
        return Stretches(
            np.concatenate([self.shape, more.shape + np.int32(shapes)]),
            np.concatenate([self.segment, more.segment]),
            np.concatenate([self.from_share, more.from_share]),
            np.concatenate([self.to_share, more.to_share]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Straight pieces of some segments: their lines, whose they are (position in the list), and where they begin."""

    lines: npt.NDArray[np.object_]
    owner: Positions
    start: Floats
    run: Floats
    begins_m: Floats

    def at(self, rows: Positions) -> _Pieces:
        return _Pieces(self.lines[rows], self.owner[rows], self.start[rows], self.run[rows], self.begins_m[rows])


class RoadCover:
    """Answers what lies under a shape. `tunnel` marks the segments underground, shape (S,). Safe to share."""

    def __init__(self, network: RoadNetwork, tunnel: Mask) -> None:
        self.network, self.tunnel = network, tunnel

    def under(self, shapes_m: Any, *, tunnels: bool) -> Stretches:
        """What valid lines and areas (n,), in metres, cover; `tunnels`: those under the ground too.

        Under an area: the hull of what is inside. By a line: 15 m on both sides of where it crosses the segment's
        interior, and what it runs along; a side street that only touches it with its end is left open.
        """
        shapes_m = np.asarray(shapes_m, dtype=object)
        is_line = shapely.get_dimensions(shapes_m) == 1
        reach = shapes_m.copy()
        reach[is_line] = shapely.buffer(shapes_m[is_line], BESIDE_M)
        shape, near = self._tree.query(reach, predicate="intersects")
        if not tunnels:
            above = ~self.tunnel[near]
            shape, near = shape[above], near[above]
        order = np.lexsort((near, shape))
        shape, near = shape[order], near[order]
        bounds = np.searchsorted(shape, np.arange(len(shapes_m) + 1))
        found = [
            self._under(one, near[begin:end]) for one, begin, end in zip(shapes_m, bounds, bounds[1:], strict=False)
        ]
        owners = np.repeat(np.arange(len(found), dtype=np.int32), [len(one[0]) for one in found])
        segment, low, high = (np.concatenate([np.empty(0), *(one[part] for one in found)]) for part in range(3))
        return Stretches(owners, segment.astype(np.int32), low, high)

    @cached_property
    def _lines(self) -> Any:
        network = self.network
        counts = np.diff(network.vertex_start)
        places = np.stack([network.vertex_x_m, network.vertex_y_m], axis=1)
        return shapely.linestrings(places, indices=np.repeat(np.arange(network.segments), counts))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._lines)

    @cached_property
    def _degree(self) -> npt.NDArray[np.intp]:
        """How many ends of segments meet at each node."""
        ends = np.concatenate([self.network.segment_from, self.network.segment_to])
        return np.bincount(ends, minlength=self.network.nodes)

    def _under(self, shape: Any, near: Positions) -> tuple[Positions, Floats, Floats]:
        if not len(near):
            return near, np.empty(0), np.empty(0)
        planar_m = shapely.length(self._lines[near])
        if shapely.get_dimensions(shape) == 2:
            low_m, high_m, _ = self._inside(shape, near)
            covered = high_m - low_m > _LEAST_M
        else:
            low_m, high_m = self._barred(shape, near, planar_m)
            covered = high_m >= low_m
        low, high = low_m[covered] / planar_m[covered], high_m[covered] / planar_m[covered]
        return near[covered], np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)

    def _pieces(self, segments: Positions) -> _Pieces:
        network = self.network
        first, count = network.vertex_start[segments], np.diff(network.vertex_start)[segments] - 1
        owner = np.repeat(np.arange(len(segments)), count)
        begins = np.concatenate([[0], np.cumsum(count)])[:-1]
        vertex = np.repeat(first - begins, count) + np.arange(len(owner))
        start = np.stack([network.vertex_x_m[vertex], network.vertex_y_m[vertex]], axis=1)
        end = np.stack([network.vertex_x_m[vertex + 1], network.vertex_y_m[vertex + 1]], axis=1)
        length_m = np.hypot(*(end - start).T)
        before_m = np.cumsum(length_m) - length_m
        lines = shapely.linestrings(np.stack([start, end], axis=1))
        return _Pieces(lines, owner, start, end - start, before_m - before_m[begins][owner])

    def _inside(self, area: Any, segments: Positions) -> tuple[Floats, Floats, Floats]:
        """The hull (from, to) of what of each segment is inside an area, and how long that is; inf, -inf where none."""
        low_m, high_m, inside_m = _nothing(len(segments))
        shapely.prepare(area)
        whole = shapely.covers(area, self._lines[segments])
        low_m[whole], high_m[whole] = 0.0, shapely.length(self._lines[segments[whole]])
        inside_m[whole] = high_m[whole]
        rest = np.flatnonzero(~whole)
        met = self._pieces(segments[rest])
        met = met.at(np.flatnonzero(shapely.intersects(area, met.lines)))
        parts = met.lines.copy()
        cut = ~shapely.covers(area, parts)
        parts[cut] = shapely.intersection(parts[cut], area)
        piece, part_low_m, part_high_m = _along(met, parts)
        owner = rest[met.owner[piece]]
        np.minimum.at(low_m, owner, part_low_m)
        np.maximum.at(high_m, owner, part_high_m)
        np.add.at(inside_m, owner, part_high_m - part_low_m)
        return low_m, high_m, inside_m

    def _barred(self, line: Any, segments: Positions, planar_m: Floats) -> tuple[Floats, Floats]:
        """From where to where a line bars each segment, in metres from its start; inf, -inf where it does not."""
        low_m, high_m, _ = _nothing(len(segments))
        for part in shapely.get_parts(line):
            along_low_m, along_high_m = self._run_along(part, segments, planar_m)
            np.minimum(low_m, along_low_m, out=low_m)
            np.maximum(high_m, along_high_m, out=high_m)
        met = self._pieces(segments)
        met = met.at(np.flatnonzero(shapely.intersects(line, met.lines)))
        piece, met_low_m, met_high_m = _along(met, shapely.intersection(met.lines, line))
        owner = met.owner[piece]
        bars = self._are_bars(segments, planar_m, (low_m, high_m), (owner, met_low_m, met_high_m))
        np.minimum.at(low_m, owner[bars], met_low_m[bars] - BESIDE_M)
        np.maximum.at(high_m, owner[bars], met_high_m[bars] + BESIDE_M)
        return low_m, high_m

    def _run_along(self, line: Any, segments: Positions, planar_m: Floats) -> tuple[Floats, Floats]:
        """Where a line runs along each segment, beside it and in its direction, for long enough to be meant."""
        beside = shapely.buffer(line, BESIDE_M, cap_style="flat")
        low_m, high_m, inside_m = self._inside(beside, segments)
        least_m = np.minimum(np.minimum(ALONG_M, planar_m / 2), shapely.length(line) * _NEARLY_ALL)
        long_enough = np.flatnonzero((inside_m >= least_m) & (inside_m > _LEAST_M))
        ends = (
            shapely.line_locate_point(line, shapely.line_interpolate_point(self._lines[segments[long_enough]], at_m))
            for at_m in (low_m[long_enough], high_m[long_enough])
        )
        begin_m, end_m = ends
        meant = np.zeros(len(segments), dtype=bool)
        meant[long_enough] = np.abs(end_m - begin_m) >= _SAME_WAY * inside_m[long_enough]
        return np.where(meant, low_m, np.inf), np.where(meant, high_m, -np.inf)

    def _are_bars(
        self,
        segments: Positions,
        planar_m: Floats,
        along_m: tuple[Floats, Floats],
        met: tuple[Positions, Floats, Floats],
    ) -> Mask:
        """Which meetings of line and segment bar the road, and are not a side street that touches with its end.

        A side street meets the line at its very end, or near the end that lies on a road which the line runs along.
        At an end where a road merely goes on, two segments at one node, the line bars both.
        """
        (low_m, high_m), (owner, met_low_m, met_high_m) = along_m, met
        starts, ends = self.network.segment_from[segments], self.network.segment_to[segments]
        run_along = np.concatenate([starts[low_m < BESIDE_M], ends[high_m > planar_m - BESIDE_M]])
        bars = np.ones(len(owner), dtype=bool)
        for node, gap_m in ((starts, met_high_m), (ends, planar_m[owner] - met_low_m)):
            beside = np.isin(node, run_along) & (high_m < low_m)
            bars &= ~(beside[owner] & (gap_m < BESIDE_M))
            bars &= (gap_m > _TOUCH_M) | (self._degree[node] == 2)[owner]
        return bars


def _nothing(count: int) -> tuple[Floats, Floats, Floats]:
    return np.full(count, np.inf), np.full(count, -np.inf), np.zeros(count)


def _along(pieces: _Pieces, found: Any) -> tuple[Positions, Floats, Floats]:
    """Each part of what was found on pieces: whose it is, and from where to where along its segment, in metres."""
    parts, piece = shapely.get_parts(found, return_index=True)
    places, part = shapely.get_coordinates(parts, return_index=True)
    run, start = pieces.run[piece[part]], pieces.start[piece[part]]
    span_m = np.hypot(*run.T)
    at_m = ((places - start) * run).sum(axis=1) / np.maximum(span_m, _LEAST_M)
    at_m = np.clip(at_m, 0.0, span_m) + pieces.begins_m[piece[part]]
    low_m, high_m, _ = _nothing(len(parts))
    np.minimum.at(low_m, part, at_m)
    np.maximum.at(high_m, part, at_m)
    told = high_m >= low_m
    return piece[told], low_m[told], high_m[told]
