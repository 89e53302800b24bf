"""Where lines cross, and which loose ends just miss a line: exact answers in the plane, in metres.

The straight pieces of all lines are filed by the cells of a grid that they pass within a metre, so that what is to be
compared lies in one cell. Piece i runs from vertex i to vertex i + 1 of the same line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from geo.network.graph import Floats, Ints, Longs

NEAR_MISS_M: Final = 1.0
"""A loose end that misses a line by no more was meant to meet it."""
TOUCH_M: Final = 0.05
"""A crossing so near to a vertex goes through it; a line that ends so little short of another touches it."""
APART: Final = -(2**31)
"""The group of pieces that join no crossing."""

_SMALLEST_CELL_M: Final = 10.0
_PARALLEL: Final = 1e-9  # the sine of the angle between two pieces
_GRAZING: Final = 0.2  # where lines run nearly along each other, their vertices tell where they touch
_OWN_M: Final = 3 * NEAR_MISS_M  # nearer along a line, two places of it are the same visit
_FIRST_ROOM: Final = 1024

Mask = npt.NDArray[np.bool_]
Found = tuple[Longs, Longs, Floats, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Vertices:
    """V vertices of lines, one line after the other: planar metres, the line of each and its number as a point.

    Vertices of one place have one number.
    """

    x_m: Floats
    y_m: Floats
    line: Longs
    point: Longs


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """Pieces by cell: those of the i-th cell, whose number is cell[i], are piece[start[i]:start[i + 1]], ascending.

    `grid` is west and south in metres, the side of a cell, and how many columns there are.
    """

    grid: tuple[float, float, float, int]
    cell: Longs
    start: Longs
    piece: Longs


def filed(vertices: Vertices) -> Filed:
    """Every piece in every cell that it comes within a metre of."""
    x_m, y_m, line = vertices.x_m, vertices.y_m, vertices.line
    if not len(x_m):
        return Filed((0.0, 0.0, 1.0, 1), *(np.zeros(size, dtype=np.int64) for size in (0, 1, 0)))
    is_piece = line[1:] == line[:-1]
    mean_m = np.hypot(np.diff(x_m), np.diff(y_m))[is_piece].mean()
    cell_m = max(float(mean_m), _SMALLEST_CELL_M)
    west_m, south_m, east_m = float(x_m.min()) - 2, float(y_m.min()) - 2, float(x_m.max()) + 2
    grid = (west_m, south_m, cell_m, int((east_m - west_m) / cell_m) + 1)
    filing = _filings((x_m, y_m, line), grid)
    filing.sort()  # one number says cell and piece: quicker to sort than two
    cell, piece = np.divmod(filing, len(x_m))
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    return Filed(grid, cell[first], np.append(first, len(cell)), piece)


def crossings(vertices: Vertices, group: Ints, files: Filed) -> Found:
    """Every pair of pieces of one group (per line; `APART` joins none) that cross or touch where they share no vertex.

    Their numbers, the lower first, and what share of each lies before the crossing: 0 or 1 where it goes through
    a vertex.
    """
    lines = (vertices.x_m, vertices.y_m, vertices.line, vertices.point, group)
    return _found(lambda room: _cross(lines, files.grid, (files.cell, files.start, files.piece), room))


def near_misses(vertices: Vertices, level: Ints, ends: Longs, is_end: Mask, files: Filed) -> Found:
    """For each of some `ends` (vertices) and every line that it misses by at most a metre: how they join.

    The position in `ends`; the piece of the line and the share of it that lies before the joint, 0 or 1 where the line
    has a vertex within a metre (the nearest is taken); the gap in metres. An end joins a line's end (`is_end`, per
    vertex) on any level, its interior only on its own `level` (per line) or on the ground, 0. A line that passes twice
    is joined twice.
    """
    lines = (vertices.x_m, vertices.y_m, vertices.line, _along_m(vertices), level, is_end)
    return _found(lambda room: _miss(lines, ends, files.grid, (files.cell, files.start, files.piece), room))


def _found(ask: Callable[[int], Any]) -> Found:
    """What a kernel finds; it is asked again with more room when it counts more than it could note."""
    room = _FIRST_ROOM
    while True:
        count, *columns = ask(room)
        if count <= room:
            one, other, before, beyond = (column[:count] for column in columns)
            return one, other, before, beyond
        room = count


def _along_m(vertices: Vertices) -> Floats:
    """How far each vertex lies from the first of all, along the lines; only differences within a line mean anything."""
    step_m = np.hypot(np.diff(vertices.x_m), np.diff(vertices.y_m))
    step_m[vertices.line[1:] != vertices.line[:-1]] = 0.0
    return np.concatenate([[0.0], np.cumsum(step_m)])


@numba.njit(cache=True, nogil=True)
def _filings(lines: Any, grid: Any) -> Any:
    """Every cell and piece that belong together, as cell * V + piece."""
    x_m, y_m, line = lines
    west_m, south_m, cell_m, columns = grid
    found = np.empty(4 * len(x_m) + 16, dtype=np.int64)
    count = 0
    for i in range(len(x_m) - 1):
        if line[i] != line[i + 1]:
            continue
        ax, ay, bx, by = x_m[i] - west_m, y_m[i] - south_m, x_m[i + 1] - west_m, y_m[i + 1] - south_m
        if ay > by:
            ax, ay, bx, by = bx, by, ax, ay
        for row in range(int((ay - NEAR_MISS_M) / cell_m), int((by + NEAR_MISS_M) / cell_m) + 1):
            # The part of the piece that lies in the row, a metre more on each side.
            from_x, to_x = ax, bx
            if by > ay:
                slope = (bx - ax) / (by - ay)
                from_x = ax + slope * (min(max(row * cell_m - NEAR_MISS_M, ay), by) - ay)
                to_x = ax + slope * (min(max((row + 1) * cell_m + NEAR_MISS_M, ay), by) - ay)
            first = int((min(from_x, to_x) - NEAR_MISS_M) / cell_m)
            last = int((max(from_x, to_x) + NEAR_MISS_M) / cell_m)
            if count + last - first >= len(found):
                more = np.empty(2 * (count + last - first), dtype=np.int64)
                more[:count] = found[:count]
                found = more
            for column in range(first, last + 1):
                found[count] = (row * columns + column) * len(x_m) + i
                count += 1
    return found[:count]


@numba.njit(cache=True, nogil=True)
def _share_at(x_m: Any, y_m: Any, a: int, v: int) -> float:
    """What share of piece a lies before vertex v, NaN when the vertex is not on it."""
    run_x, run_y = x_m[a + 1] - x_m[a], y_m[a + 1] - y_m[a]
    share: float = ((x_m[v] - x_m[a]) * run_x + (y_m[v] - y_m[a]) * run_y) / (run_x * run_x + run_y * run_y)
    away_m = np.hypot(x_m[a] + share * run_x - x_m[v], y_m[a] + share * run_y - y_m[v])
    return share if away_m <= TOUCH_M else np.nan


@numba.njit(cache=True, nogil=True)
def _meeting(x_m: Any, y_m: Any, a: int, b: int, kind: int) -> Any:
    """The shares of pieces a and b where their lines cross (kind 0), or an end of a (1, 2) or b (3, 4) is on the other.

    They are NaN, or outside 0 to 1, where that is not so.
    """
    if kind == 1 or kind == 2:
        return kind - 1.0, _share_at(x_m, y_m, b, a + kind - 1)
    if kind > 2:
        return _share_at(x_m, y_m, a, b + kind - 3), kind - 3.0
    run_x, run_y, to_x, to_y = x_m[a + 1] - x_m[a], y_m[a + 1] - y_m[a], x_m[b + 1] - x_m[b], y_m[b + 1] - y_m[b]
    turn = run_x * to_y - run_y * to_x
    if abs(turn) <= _PARALLEL * np.hypot(run_x, run_y) * np.hypot(to_x, to_y):
        return np.nan, np.nan
    gap_x, gap_y = x_m[b] - x_m[a], y_m[b] - y_m[a]
    return (gap_x * to_y - gap_y * to_x) / turn, (gap_x * run_y - gap_y * run_x) / turn


@numba.njit(cache=True, nogil=True)
def _cross(lines: Any, grid: Any, files: Any, room: int) -> Any:
    x_m, y_m, line, point, group = lines
    west_m, south_m, cell_m, columns = grid
    cell, start, piece = files
    one, other = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    before, beyond = np.empty(room), np.empty(room)
    count = 0
    for here in range(len(cell)):
        for i in range(start[here], start[here + 1]):
            a = piece[i]
            if group[line[a]] == APART:
                continue
            run_x, run_y = x_m[a + 1] - x_m[a], y_m[a + 1] - y_m[a]
            run_m = np.hypot(run_x, run_y)
            for j in range(i + 1, start[here + 1]):
                b = piece[j]
                starts_there = point[a] == point[b] or point[a] == point[b + 1]
                ends_there = point[a + 1] == point[b] or point[a + 1] == point[b + 1]
                if group[line[b]] != group[line[a]] or (starts_there and ends_there):
                    continue
                to_x, to_y = x_m[b + 1] - x_m[b], y_m[b + 1] - y_m[b]
                to_m = np.hypot(to_x, to_y)
                is_grazing = abs(run_x * to_y - run_y * to_x) <= _GRAZING * run_m * to_m
                is_joined = starts_there or ends_there
                over_m = 0.0 if is_grazing else TOUCH_M
                for kind in range(1 if is_joined else 0, 5 if is_grazing else 1):
                    s, t = _meeting(x_m, y_m, a, b, kind)
                    if not (-over_m <= s * run_m <= run_m + over_m and -over_m <= t * to_m <= to_m + over_m):
                        continue
                    column, row = (
                        int((x_m[a] + s * run_x - west_m) / cell_m),
                        int((y_m[a] + s * run_y - south_m) / cell_m),
                    )
                    if row * columns + column != cell[here]:
                        continue  # both pieces are filed there too, and it is noted there
                    s = 0.0 if s * run_m <= TOUCH_M else 1.0 if (1 - s) * run_m <= TOUCH_M else s
                    t = 0.0 if t * to_m <= TOUCH_M else 1.0 if (1 - t) * to_m <= TOUCH_M else t
                    if is_joined and s in (0.0, 1.0) and t in (0.0, 1.0):
                        continue  # at the common vertex
                    if count < room:
                        one[count], other[count], before[count], beyond[count] = a, b, s, t
                    count += 1
    return count, one, other, before, beyond


@numba.njit(cache=True, nogil=True)
def _miss(lines: Any, ends: Any, grid: Any, files: Any, room: int) -> Any:
    x_m, y_m, line, along_m, level, is_end = lines
    west_m, south_m, cell_m, columns = grid
    cell, start, piece = files
    end_at, target = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    share, gap_m = np.empty(room), np.empty(room)
    count = 0
    for k in range(len(ends)):
        e = ends[k]
        row, column = int((y_m[e] - south_m) / cell_m), int((x_m[e] - west_m) / cell_m)
        here = np.searchsorted(cell, row * columns + column)
        passing, passed_m, at_vertex, nearest_m = -1, 0.0, False, 0.0
        for i in range(start[here], start[here + 1]):
            a = piece[i]
            other = line[a]
            may_join = level[other] == level[line[e]] or level[other] == 0
            run_x, run_y = x_m[a + 1] - x_m[a], y_m[a + 1] - y_m[a]
            run_m = np.hypot(run_x, run_y)
            foot = ((x_m[e] - x_m[a]) * run_x + (y_m[e] - y_m[a]) * run_y) / (run_m * run_m)
            for s in (0.0, foot, 1.0):  # as one meets them along the line
                is_vertex = s == 0 or s == 1
                is_shut = not (may_join or (s == 0 and is_end[a]) or (s == 1 and is_end[a + 1]))
                if is_shut or s < 0 or s > 1:
                    continue
                away_m = np.hypot(x_m[a] + s * run_x - x_m[e], y_m[a] + s * run_y - y_m[e])
                at_m = along_m[a] + s * run_m
                if away_m > NEAR_MISS_M or (other == line[e] and abs(at_m - along_m[e]) <= _OWN_M):
                    continue
                if other != passing or at_m - passed_m > _OWN_M:
                    count += 1  # the line passes, for the first time or again
                elif is_vertex < at_vertex or (is_vertex == at_vertex and away_m >= nearest_m):
                    passed_m = at_m
                    continue
                passing, passed_m, at_vertex, nearest_m = other, at_m, is_vertex, away_m
                if count <= room:
                    end_at[count - 1], target[count - 1], share[count - 1], gap_m[count - 1] = k, a, s, away_m
    return count, end_at, target, share, gap_m
