"""A grid over the pieces of roads, and the exact nearest segments to a place by it.

A piece is the straight line between two neighbouring vertices of a segment and is named by the first of them. A
question looks at the cells in rings around the place, until no ring further out can hold anything nearer.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from geo.network.compiled import lean
from geo.network.graph import Floats, Ints

CANDIDATES: Final = 16
"""How many segments a place is tied to at most."""

MAIN: Final = CANDIDATES
"""The column after the candidates, where the nearest segment of the main component waits for its turn."""

_PIECES_A_CELL: Final = 2
_MARGIN_M2: Final = 1e-6  # a piece on the border of two cells may be filed in either
_MARGIN: Final = 1 + 1e-9
_FAR_CELLS: Final = 1e9  # a place further out is counted here, so that cells stay whole numbers

Frame = tuple[float, float, float, int, int]


def frame_of(x_m: Floats, y_m: Floats, pieces: int) -> Frame:
    """West, south, side of a cell, columns, rows of the grid: about two pieces a cell where roads are even."""
    if pieces == 0:
        return 0.0, 0.0, 1.0, 0, 0
    west_m, south_m = float(x_m.min()), float(y_m.min())
    wide_m, high_m = float(x_m.max()) - west_m, float(y_m.max()) - south_m
    cell_m = max(math.sqrt(_PIECES_A_CELL * wide_m * high_m / pieces), max(wide_m, high_m) / pieces, 1.0)
    return west_m, south_m, cell_m, int(wide_m / cell_m) + 1, int(high_m / cell_m) + 1


def fill(x_m: Floats, y_m: Floats, segment_of: Ints, frame: Frame) -> tuple[Any, Ints]:
    """The pieces in cell c = row * columns + column are piece[start[c]..start[c + 1]]."""
    start = np.zeros(frame[3] * frame[4] + 1, dtype=np.int64)
    _file(x_m, y_m, segment_of, frame, start[1:], np.empty(0, dtype=np.int32))
    np.cumsum(start, out=start)
    piece = np.empty(start[-1], dtype=np.int32)
    _file(x_m, y_m, segment_of, frame, start[:-1].copy(), piece)
    return start, piece


@lean
def _file(x_m: Any, y_m: Any, segment_of: Any, frame: Any, place: Any, piece: Any) -> None:
    """Put each piece at place[cell]++ of every cell that it may touch; where `piece` has no room, only count."""
    west_m, south_m, cell_m, columns, rows = frame
    for vertex in range(len(segment_of) - 1):
        if segment_of[vertex] != segment_of[vertex + 1]:
            continue
        x, y = x_m[vertex] - west_m, y_m[vertex] - south_m
        across_m, up_m = x_m[vertex + 1] - x_m[vertex], y_m[vertex + 1] - y_m[vertex]
        steps = int(max(abs(across_m), abs(up_m)) / cell_m) + 1  # the boxes of a long piece's parts hug it closer
        seen_left, seen_right, seen_bottom, seen_top = 0, -1, 0, -1
        for step in range(steps):
            left, right = _span(x + across_m * step / steps, x + across_m * (step + 1) / steps, cell_m, columns)
            bottom, top = _span(y + up_m * step / steps, y + up_m * (step + 1) / steps, cell_m, rows)
            for row in range(bottom, top + 1):
                for column in range(left, right + 1):
                    if seen_left <= column <= seen_right and seen_bottom <= row <= seen_top:
                        continue
                    cell = row * columns + column
                    if len(piece):
                        piece[place[cell]] = vertex
                    place[cell] += 1
            seen_left, seen_right, seen_bottom, seen_top = left, right, bottom, top


@lean
def _span(a_m: Any, b_m: Any, cell_m: Any, cells: Any) -> Any:
    """The first and the last cell between two offsets along an axis."""
    first, last = int(max(min(a_m, b_m), 0.0) / cell_m), int(max(a_m, b_m, 0.0) / cell_m)
    return min(first, cells - 1), min(last, cells - 1)


@lean
def distance_to(x: Any, y: Any, x_m: Any, y_m: Any, piece: Any) -> Any:
    """The square of a place's distance to a piece, and the share of the piece where it is nearest."""
    from_x, from_y = x - x_m[piece], y - y_m[piece]
    across_m, up_m = x_m[piece + 1] - x_m[piece], y_m[piece + 1] - y_m[piece]
    along, square_m2 = from_x * across_m + from_y * up_m, across_m * across_m + up_m * up_m
    if along <= 0.0:  # at its ends the distance is that to the vertex: the same for all pieces that meet there
        return from_x * from_x + from_y * from_y, 0.0
    if along >= square_m2:
        to_x, to_y = x - x_m[piece + 1], y - y_m[piece + 1]
        return to_x * to_x + to_y * to_y, 1.0
    off = from_x * up_m - from_y * across_m
    return off * off / square_m2, along / square_m2


@lean
def nearest(x: Any, y: Any, roads: Any, frame: Any, cells: Any, limit_m: Any, best: Any) -> Any:
    """Fill `best` with the candidates; how many they are, and the distance to the nearest segment of all.

    `best`: squared distances and names, `segment << 32 | piece`, 17 each and in order; the last is the nearest of the
    main component.
    """
    west_m, south_m, cell_m, columns, rows = frame
    away_m2, name = best
    away_m2[:], name[:] = np.inf, -1
    nearest_m2 = np.inf
    if columns == 0 or not (math.isfinite(x) and math.isfinite(y)):
        return 0, nearest_m2
    x_m, y_m = x - west_m, y - south_m
    column, row = _cell(x_m / cell_m), _cell(y_m / cell_m)
    ring = max(0, -column, column - columns + 1, -row, row - rows + 1)
    beyond_m, needed_m2 = 0.0, np.inf
    while beyond_m < np.inf and beyond_m * beyond_m <= needed_m2:
        for cell_row in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            inside = row - ring < cell_row < row + ring
            first = column - ring if inside else max(column - ring, 0)
            for cell_column in range(first, min(column + ring, columns - 1) + 1, 2 * ring if inside else 1):
                if cell_column < 0:
                    continue
                across_m = max(cell_column * cell_m - x_m, x_m - (cell_column + 1) * cell_m, 0.0)
                up_m = max(cell_row * cell_m - y_m, y_m - (cell_row + 1) * cell_m, 0.0)
                if across_m * across_m + up_m * up_m <= needed_m2:
                    cell = cell_row * columns + cell_column
                    nearest_m2 = min(nearest_m2, _look(x, y, roads, cells, cell, limit_m, best))
                    needed_m2 = max(_wanted_m2(away_m2, limit_m), nearest_m2) * _MARGIN + _MARGIN_M2
        beyond_m = min(_beyond(x_m, column, ring, cell_m, columns), _beyond(y_m, row, ring, cell_m, rows))
        ring += 1
    return _chosen(best, roads), math.sqrt(nearest_m2)


@lean
def _wanted_m2(away_m2: Any, limit_m: Any) -> Any:
    """How near a piece must be to count: as the last candidate, or as the first of the main component."""
    return min(max(away_m2[CANDIDATES - 1], away_m2[MAIN]), limit_m * limit_m)


@lean
def _chosen(best: Any, roads: Any) -> Any:
    """Let the main component take the last place if it has none; how many candidates there are."""
    away_m2, name = best
    count, holds_main = 0, False
    while count < CANDIDATES and name[count] >= 0:
        holds_main |= roads[5][name[count] >> 32]
        count += 1
    if name[MAIN] >= 0 and not holds_main:
        away_m2[count - 1], name[count - 1] = away_m2[MAIN], name[MAIN]
    return count


@lean
def _cell(cells: Any) -> Any:
    return math.floor(min(max(cells, -_FAR_CELLS), _FAR_CELLS))


@lean
def _beyond(offset_m: Any, cell: Any, ring: Any, cell_m: Any, cells: Any) -> Any:
    """How near along one axis a piece may be that lies in no ring so far; inf when there are no more cells."""
    before_m = offset_m - (cell - ring) * cell_m if cell - ring > 0 else np.inf
    after_m = (cell + ring + 1) * cell_m - offset_m if cell + ring < cells - 1 else np.inf
    return min(before_m, after_m)


@lean
def _look(x: Any, y: Any, roads: Any, cells: Any, cell: Any, limit_m: Any, best: Any) -> Any:
    """Take up what is near enough among the pieces of a cell; the square of the distance to the nearest."""
    x_m, y_m, segment_of, _, _, touches_main = roads
    start, pieces = cells
    away_m2, name = best
    nearest_m2, wanted_m2 = np.inf, _wanted_m2(away_m2, limit_m)
    for position in range(start[cell], start[cell + 1]):
        piece = pieces[position]
        piece_m2, _ = distance_to(x, y, x_m, y_m, piece)
        nearest_m2 = min(nearest_m2, piece_m2)
        if piece_m2 > wanted_m2:
            continue
        segment = segment_of[piece]
        own = np.int64(segment) << 32 | piece
        if touches_main[segment] and (piece_m2, own) < (away_m2[MAIN], name[MAIN]):
            away_m2[MAIN], name[MAIN] = piece_m2, own
        column = 0
        while column < CANDIDATES - 1 and name[column] >> 32 != segment and name[column] >= 0:
            column += 1
        if (piece_m2, own) < (away_m2[column], name[column]):
            while column > 0 and (piece_m2, own) < (away_m2[column - 1], name[column - 1]):
                away_m2[column], name[column] = away_m2[column - 1], name[column - 1]
                column -= 1
            away_m2[column], name[column] = piece_m2, own
            wanted_m2 = _wanted_m2(away_m2, limit_m)
    return nearest_m2
