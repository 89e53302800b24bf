"""Where lines cross, and which loose ends just miss a line: exact answers in the plane, in metres.

The straight pieces of all lines are filed by the cells of a grid that they pass within a metre, so that what is to be
compared lies in one cell. Piece i runs from vertex i to vertex i + 1 of the same line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from geo.network.graph import Floats, Ints, Longs

NEAR_MISS_M: Final = 1.0
TOUCH_M: Final = 0.05
"""A crossing so near to a vertex goes through it; a line that ends so little short of another touches it."""
APART: Final = -(2**31)
"""The group of pieces that join no crossing."""

_SMALLEST_CELL_M: Final = 10.0
_PARALLEL: Final = 1e-9  # the sine of the angle between two pieces
_GRAZING: Final = 0.2  # where lines run nearly along each other, their vertices tell where they touch
_OWN_M: Final = 3 * NEAR_MISS_M  # so near along its own line an end is not joined to it
_FIRST_ROOM: Final = 1024

Bools = npt.NDArray[np.bool_]


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
    """Pieces by cell: those of the i-th cell, whose number is cell[i], are piece[start[i]:start[i + 1]], ascending."""

    corner_m: tuple[float, float]
    cell_m: float
    columns: int
    cell: Longs
    start: Longs
    piece: Longs


def filed(vertices: Vertices) -> Filed:
    """Every piece in every cell that it comes within a metre of."""
    x_m, y_m, line = vertices.x_m, vertices.y_m, vertices.line
    is_piece = line[1:] == line[:-1]
    pieces = max(int(np.count_nonzero(is_piece)), 1)
    mean_m = float(np.hypot(np.diff(x_m), np.diff(y_m))[is_piece].sum()) / pieces
    cell_m = max(mean_m, _SMALLEST_CELL_M)
    corner_m = (float(x_m.min(initial=np.inf)) - 2 * NEAR_MISS_M, float(y_m.min(initial=np.inf)) - 2 * NEAR_MISS_M)
    columns = 1 if not len(x_m) else int((x_m.max() + 2 * NEAR_MISS_M - corner_m[0]) / cell_m) + 1
    cells, piece = _filings(x_m, y_m, line, corner_m, cell_m, columns)
    order = np.argsort(cells, kind="stable")
    cells, piece = cells[order], piece[order]
    first = np.flatnonzero(np.diff(cells, prepend=-1))
    return Filed(corner_m, cell_m, columns, cells[first], np.append(first, len(cells)), piece)


def crossings(vertices: Vertices, group: Ints, files: Filed) -> tuple[Longs, Longs, Floats, Floats]:
    """Every pair of pieces of one group (per line; `APART` joins none) that cross and share no point.

    Their numbers, the lower first, and what share of each lies before the crossing: 0 or 1 where it goes through
    a vertex.
    """
    return _found(
        lambda room: _cross(
            vertices.x_m,
            vertices.y_m,
            vertices.line,
            vertices.point,
            group,
            files.corner_m,
            files.cell_m,
            files.columns,
            files.cell,
            files.start,
            files.piece,
            room,
        )
    )


def near_misses(
    vertices: Vertices, level: Ints, ends: Longs, is_end: Bools, files: Filed
) -> tuple[Longs, Longs, Floats, Floats]:
    """For each of some `ends` (vertices) and every line that it misses by at most a metre: how they join.

    The position in `ends`; the piece of the line and the share of it that lies before the joint, 0 or 1 where the line
    has a vertex within a metre (the nearest is taken); the gap in metres. An end joins a line's end (`is_end`, per
    vertex) on any level, its interior only on its own `level` (per line) or on the ground, 0.
    """
    return _found(
        lambda room: _miss(
            vertices.x_m,
            vertices.y_m,
            vertices.line,
            level,
            _along_m(vertices),
            ends,
            is_end,
            files.corner_m,
            files.cell_m,
            files.columns,
            files.cell,
            files.start,
            files.piece,
            room,
        )
    )


def _found(ask: Any) -> tuple[Longs, Longs, Floats, Floats]:
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
def _filings(
    x_m: Any, y_m: Any, line: Any, corner_m: Any, cell_m: float, columns: int
) -> Any:  # pragma: no cover  # compiled
    """The cell and the piece of every filing, by piece."""
    room = 4 * len(x_m) + 16
    cells, pieces = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    count = 0
    for i in range(len(x_m) - 1):
        if line[i] != line[i + 1]:
            continue
        ax, ay = x_m[i] - corner_m[0], y_m[i] - corner_m[1]
        bx, by = x_m[i + 1] - corner_m[0], y_m[i + 1] - corner_m[1]
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
            if count + last - first >= room:
                room = 2 * (room + last - first)
                more_cells, more_pieces = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
                more_cells[:count], more_pieces[:count] = cells[:count], pieces[:count]
                cells, pieces = more_cells, more_pieces
            for column in range(first, last + 1):
                cells[count], pieces[count] = row * columns + column, i
                count += 1
    return cells[:count], pieces[:count]


@numba.njit(cache=True, nogil=True)
def _share_at(x_m: Any, y_m: Any, a: int, v: int) -> float:  # pragma: no cover  # compiled
    """What share of piece a lies before vertex v, NaN when the vertex is not on it."""
    run_x, run_y = x_m[a + 1] - x_m[a], y_m[a + 1] - y_m[a]
    share: float = ((x_m[v] - x_m[a]) * run_x + (y_m[v] - y_m[a]) * run_y) / (run_x * run_x + run_y * run_y)
    away_m = np.hypot(x_m[a] + share * run_x - x_m[v], y_m[a] + share * run_y - y_m[v])
    return share if away_m <= TOUCH_M else np.nan


@numba.njit(cache=True, nogil=True)
def _cross(
    x_m: Any,
    y_m: Any,
    line: Any,
    point: Any,
    group: Any,
    corner_m: Any,
    cell_m: float,
    columns: int,
    cell: Any,
    start: Any,
    piece: Any,
    room: int,
) -> Any:  # pragma: no cover  # compiled
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
                if group[line[b]] != group[line[a]]:
                    continue
                starts_there = point[a] == point[b] or point[a] == point[b + 1]
                ends_there = point[a + 1] == point[b] or point[a + 1] == point[b + 1]
                if starts_there and ends_there:
                    continue
                is_joined = starts_there or ends_there
                to_x, to_y = x_m[b + 1] - x_m[b], y_m[b + 1] - y_m[b]
                to_m = np.hypot(to_x, to_y)
                turn = run_x * to_y - run_y * to_x
                is_grazing = abs(turn) <= _GRAZING * run_m * to_m
                if is_joined and not is_grazing:
                    continue
                for meeting in range(5 if is_grazing else 1):
                    if meeting == 0:
                        if is_joined or abs(turn) <= _PARALLEL * run_m * to_m:
                            continue
                        gap_x, gap_y = x_m[b] - x_m[a], y_m[b] - y_m[a]
                        s = (gap_x * to_y - gap_y * to_x) / turn
                        t = (gap_x * run_y - gap_y * run_x) / turn
                    elif meeting < 3:
                        s, t = meeting - 1.0, _share_at(x_m, y_m, b, a + meeting - 1)
                    else:
                        s, t = _share_at(x_m, y_m, a, b + meeting - 3), meeting - 3.0
                    over_m = 0.0 if is_grazing else TOUCH_M
                    if not (-over_m <= s * run_m <= run_m + over_m and -over_m <= t * to_m <= to_m + over_m):
                        continue
                    column = int((x_m[a] + s * run_x - corner_m[0]) / cell_m)
                    row = int((y_m[a] + s * run_y - corner_m[1]) / cell_m)
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
def _miss(
    x_m: Any,
    y_m: Any,
    line: Any,
    level: Any,
    along_m: Any,
    ends: Any,
    is_end: Any,
    corner_m: Any,
    cell_m: float,
    columns: int,
    cell: Any,
    start: Any,
    piece: Any,
    room: int,
) -> Any:  # pragma: no cover  # compiled
    end_at, target = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    share, gap_m = np.empty(room), np.empty(room)
    count = 0
    for k in range(len(ends)):
        e = ends[k]
        row, column = int((y_m[e] - corner_m[1]) / cell_m), int((x_m[e] - corner_m[0]) / cell_m)
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
