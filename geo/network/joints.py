"""Road lines cut into segments where one can turn from one to another.

Lines join

- where they share a vertex, on any level: this is how OpenStreetMap and most surveys say "junction". Vertices are
  shared when they agree to 1e-9 degree (0.1 mm);
- where a loose end, whose vertex nothing shares, misses another line by at most a metre: a line's end on any level, its
  interior on the end's own level or on the ground, to which bridges and tunnels come back;
- where they cross without a common vertex, when both are on one level and neither is a bridge or a tunnel; but not in a
  source that marks its junctions by vertices, that is, where lines share more vertices inside than cross without one:
  there a crossing is a way over or under that nobody noted, and turning would be a guess.

Crossings and gaps are measured in the plane of the county's metric system.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.crossings import APART, TOUCH_M, Filed, Vertices, crossings, filed, near_misses
from geo.network.graph import Floats, Ints, Longs, Shapes

Mask = npt.NDArray[np.bool_]

_GRID_DEG: Final = 1e-9
_ROOM: Final = 2.0**62  # of one whole number; a county of two degrees fits into it


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """L lines, one after the other, each of at least two vertices.

    `road`: position of its road, shape (L,). `level`: height where roads cross, 0 is the ground. `spans`: whether it
    is a bridge or a tunnel.
    """

    shapes: Shapes
    road: Ints
    level: Ints
    spans: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """S segments between nodes 0..nodes - 1, and how often lines joined without a common vertex.

    `crossings`: places where lines cross, joined or, in a source that marks its junctions, `crossings_left`;
    `ends_joined`: loose ends that missed their line.
    """

    shapes: Shapes
    road: Ints
    node_from: Ints
    node_to: Ints
    nodes: int
    crossings: int
    crossings_left: int
    ends_joined: int


@dataclass(frozen=True, slots=True, eq=False)
class _Joints:
    """J vertices to be put into lines: on the piece that begins at vertex `piece`, at a share of it, as `point`."""

    piece: Longs
    share: Floats
    point: Longs


def split(lines: Lines) -> Segments:
    """The segments of lines; a line whose vertices all coincide has none."""
    lines, point = _without_repeats(lines, _points(lines.shapes))
    shared = _shared_inside(lines, point)
    files = filed(_vertices(lines, point))
    lines, point, ends_joined = _ends_joined(lines, point, files)
    files = filed(_vertices(lines, point)) if ends_joined else files
    lines, point, crossed, left = _crossings_joined(lines, point, files, shared)
    return _cut(lines, point, crossed, left, ends_joined)


def _shared_inside(lines: Lines, point: Longs) -> int:
    """How many vertices inside a line are vertices of another, or once more of the same."""
    inside = np.ones(len(point), dtype=bool)
    inside[lines.shapes.start[:-1]] = inside[lines.shapes.start[1:] - 1] = False
    return len(np.unique(point[inside & (np.bincount(point)[point] > 1)])) if len(point) else 0


def _points(shapes: Shapes) -> Longs:
    """A number for each vertex, the same for vertices at one place, shape (V,)."""
    if not len(shapes.lon):
        return np.zeros(0, dtype=np.int64)
    lon, lat = (np.rint(values / _GRID_DEG).astype(np.int64) for values in (shapes.lon, shapes.lat))
    lon, lat = lon - lon.min(), lat - lat.min()
    if float(lon.max() + 1) * float(lat.max() + 1) > _ROOM:
        lon, lat = pd.factorize(lon)[0], pd.factorize(lat)[0]
    point: Longs = pd.factorize(lon * (lat.max() + 1) + lat)[0]
    return point


def _line_of(start: Longs) -> Longs:
    """The line of each vertex, shape (V,)."""
    return np.repeat(np.arange(len(start) - 1), np.diff(start))


def _vertices(lines: Lines, point: Longs) -> Vertices:
    return Vertices(lines.shapes.x_m, lines.shapes.y_m, _line_of(lines.shapes.start), point)


def _without_repeats(lines: Lines, point: Longs) -> tuple[Lines, Longs]:
    """The lines without vertices that repeat the one before, and without lines of a single place."""
    shapes, line = lines.shapes, _line_of(lines.shapes.start)
    kept = np.ones(len(point), dtype=bool)
    kept[1:] = (point[1:] != point[:-1]) | (line[1:] != line[:-1])
    size = np.bincount(line[kept], minlength=len(lines.road))
    whole = size > 1
    if whole.all() and kept.all():
        return lines, point
    kept &= whole[line]
    start = np.concatenate([[0], np.cumsum(size[whole])])
    left = Shapes(start, shapes.x_m[kept], shapes.y_m[kept], shapes.lon[kept], shapes.lat[kept])
    return Lines(left, lines.road[whole], lines.level[whole], lines.spans[whole]), point[kept]


def _ends_joined(lines: Lines, point: Longs, files: Filed) -> tuple[Lines, Longs, int]:
    """The lines with loose ends led to what they miss, and how many there were."""
    start = lines.shapes.start
    is_end = np.zeros(len(point), dtype=bool)
    is_end[start[:-1]] = is_end[start[1:] - 1] = True
    is_loose = is_end & (np.bincount(point)[point] == 1)
    loose = np.flatnonzero(is_loose)
    end, piece, share, _ = near_misses(_vertices(lines, point), lines.level, loose, is_end, files)
    if not len(end):
        return lines, point, 0
    at_vertex = (share == 0) | (share == 1)
    vertex = piece[at_vertex] + (share[at_vertex] == 1)
    same = _united(point.max() + 1, point[loose[end[at_vertex]]], point[vertex])
    inner = ~at_vertex
    rank = np.where(is_loose, 2, 0)  # a loose end goes to the line, not the line to it
    joints = _Joints(piece[inner], share[inner], point[loose[end[inner]]])
    return *_with_joints(lines, point, joints, same, rank), len(np.unique(end))


def _crossings_joined(lines: Lines, point: Longs, files: Filed, shared: int) -> tuple[Lines, Longs, int, int]:
    """The lines with a common vertex wherever two cross on one level, and how many such places are joined and left."""
    vertices = _vertices(lines, point)
    group = np.where(lines.spans, APART, lines.level).astype(np.int32)
    one, other, before, beyond = crossings(vertices, group, files)
    if len(one) <= shared:
        return lines, point, 0, len(one)
    fresh = point.max() + 1 + np.arange(len(one))
    piece, share = np.concatenate([one, other]), np.concatenate([before, beyond])
    crossing = np.concatenate([fresh, fresh])
    at_vertex = (share == 0) | (share == 1)
    length_m = np.hypot(vertices.x_m[piece + 1] - vertices.x_m[piece], vertices.y_m[piece + 1] - vertices.y_m[piece])
    order = np.lexsort((share, piece))
    near = (np.diff(piece[order]) == 0) & (np.diff(share[order]) * length_m[order[1:]] <= TOUCH_M)
    same = _united(
        fresh[-1] + 1,
        np.concatenate([crossing[at_vertex], crossing[order[1:][near]]]),
        np.concatenate([point[piece[at_vertex] + (share[at_vertex] == 1)], crossing[order[:-1][near]]]),
    )
    joints = _Joints(piece[~at_vertex], share[~at_vertex], crossing[~at_vertex])
    rank = np.zeros(len(point), dtype=np.int64)
    return *_with_joints(lines, point, joints, same, rank), len(np.unique(same[fresh])), 0


def _united(points: int, one: Longs, other: Longs) -> Longs:
    """The number that each point has once those of every pair are one."""
    pairs = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(points, points))
    same: Longs = connected_components(pairs, directed=False)[1].astype(np.int64)
    return same


def _with_joints(lines: Lines, point: Longs, joints: _Joints, same: Longs, rank: Longs) -> tuple[Lines, Longs]:
    """The lines with more vertices; points that are the `same` are moved to one place.

    That is the place of the vertex with the lowest `rank`; a new vertex has rank 1.
    """
    order = np.lexsort((joints.share, joints.piece))
    piece, share = joints.piece[order], joints.share[order]
    before = lines.shapes
    added = np.bincount(_line_of(before.start)[piece], minlength=len(lines.road))
    point = same[np.insert(point, piece + 1, joints.point[order])]
    rank = np.insert(rank, piece + 1, 1)
    first = np.lexsort((rank, point))
    first = first[np.flatnonzero(np.diff(point[first], prepend=-1))]
    place = np.empty(point.max() + 1, dtype=np.int64)
    place[point[first]] = first
    x_m, y_m, lon, lat = (
        np.insert(values, piece + 1, values[piece] + share * (values[piece + 1] - values[piece]))[place[point]]
        for values in (before.x_m, before.y_m, before.lon, before.lat)
    )
    start = before.start + np.concatenate([[0], np.cumsum(added)])
    return _without_repeats(replace(lines, shapes=Shapes(start, x_m, y_m, lon, lat)), point)


def _cut(lines: Lines, point: Longs, crossed: int, left: int, ends_joined: int) -> Segments:
    """The lines cut at their ends and at every vertex that is used twice."""
    shapes = lines.shapes
    is_node = np.bincount(point)[point] > 1
    is_node[shapes.start[:-1]] = is_node[shapes.start[1:] - 1] = True
    place = np.flatnonzero(is_node)
    number, known = pd.factorize(point[place])
    node: Ints = number.astype(np.int32)
    line = _line_of(shapes.start)[place]
    begins = np.flatnonzero(line[1:] == line[:-1])
    size = place[begins + 1] - place[begins] + 1
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    vertex = np.arange(start[-1]) + np.repeat(place[begins] - start[:-1], size)
    return Segments(
        shapes=Shapes(start, shapes.x_m[vertex], shapes.y_m[vertex], shapes.lon[vertex], shapes.lat[vertex]),
        road=lines.road[line[begins]],
        node_from=node[begins],
        node_to=node[begins + 1],
        nodes=len(known),
        crossings=crossed,
        crossings_left=left,
        ends_joined=ends_joined,
    )
