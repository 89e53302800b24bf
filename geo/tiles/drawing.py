"""Shapes drawn for one tile: projected, cut at its buffer, and simplified on the zoom's own grid.

Every corner moves to the nearest crossing of a grid of half pixels that all tiles of a zoom share; corners that then
repeat, lie on a straight line or turn back on themselves are left out. A corner moves by its own place alone, so what
neighbours share they go on sharing, within a layer and across the tiles' borders: no gap can open that is wider than
half a pixel. (A tolerance along each line, as Douglas and Peucker have it, begins at other corners in each
neighbour and tears coverages open.) Parts and holes under a pixel are dropped.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.tiles.address import BUFFER, EXTENT, PIXEL, TileAddress

GRID: Final = PIXEL // 2
"""Units from one crossing of the grid to the next."""
BOX: Final = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
_SMALLEST: Final = PIXEL * PIXEL

Shapes = npt.NDArray[np.object_]
Whole = npt.NDArray[np.int64]


def drawn(shapes: Shapes, address: TileAddress) -> Shapes:
    """WGS84 shapes (n,) as points, lines and valid polygons on whole units of the tile, multi-part where need be (n,).

    None where nothing is left of a shape. Rings of polygons turn as tiles want them: the outer ones clockwise on the
    screen.
    """
    result: Shapes = np.full(len(shapes), None, dtype=object)
    own = shapely.transform(shapes, address.units)
    dimensions = shapely.get_dimensions(own)
    for dimension, draw in ((0, _points), (1, _lines), (2, _areas)):
        chosen = np.flatnonzero(dimensions == dimension)
        if len(chosen):
            result[chosen] = draw(own[chosen])
    return result


def stand_in(shape: Any, address: TileAddress) -> Any | None:
    """A pixel in place of a shape (WGS84) too thin to be drawn, where its middle lies in the tile; else None."""
    west, south, east, north = shape.bounds
    middle = address.units(np.array([[(west + east) / 2, (south + north) / 2]]))
    x, y = (np.floor(middle[0] / PIXEL) * PIXEL).tolist()
    if not (0 <= x < EXTENT and 0 <= y < EXTENT):
        return None
    if shapely.get_dimensions(shape) == 1:
        return shapely.LineString([(x, y), (x + PIXEL, y)])
    return shapely.orient_polygons(shapely.box(x, y, x + PIXEL, y + PIXEL))


def _points(shapes: Shapes) -> Shapes:
    points, owner = shapely.get_parts(shapes, return_index=True)
    places = np.rint(shapely.get_coordinates(points))
    west, north, east, south = BOX
    inside = ((places >= (west, north)) & (places <= (east, south))).all(axis=1)
    return _gathered(shapely.points(places[inside]), owner[inside], len(shapes), shapely.multipoints)


def _lines(shapes: Shapes) -> Shapes:
    lines, owner = _cut(*shapely.get_parts(shapes, return_index=True), dimension=1)
    places, line = cornered(*_snapped(lines), closed=False)
    lasting, of = np.unique(line, return_inverse=True)
    kept = np.bincount(of, minlength=len(lasting)) > 1
    chosen = kept[of]
    made = shapely.linestrings(places[chosen], indices=(np.cumsum(kept) - 1)[of[chosen]])
    return _gathered(made, owner[lasting[kept]], len(shapes), shapely.multilinestrings)


def _areas(shapes: Shapes) -> Shapes:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    area, largest = shapely.area(parts), np.zeros(len(shapes))
    np.maximum.at(largest, owner, area)
    seen = (area >= _SMALLEST) | (area == largest[owner])
    cut, owner = _cut(parts[seen], owner[seen], dimension=2)
    built, made_from = _rebuilt(cut)
    result = _gathered(built, owner[made_from], len(shapes), shapely.multipolygons)
    broken = np.flatnonzero(~(shapely.is_valid(result) | shapely.is_missing(result)))
    if len(broken):  # where the grid is too coarse for a shape: the slow and exact way
        result[broken] = _exactly(shapes[broken])
    oriented: Shapes = shapely.orient_polygons(result)
    return oriented


def _exactly(shapes: Shapes) -> Shapes:
    """Areas cut and moved to the grid by snap rounding, which gives valid ones."""
    valid = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    found = shapely.intersection(valid, shapely.box(*BOX), grid_size=GRID)
    parts, owner = shapely.get_parts(found, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # a collection may hold a multi-part one
    has_area = shapely.area(parts) > 0
    return _gathered(parts[has_area], owner[inner[has_area]], len(shapes), shapely.multipolygons)


def _gathered(parts: Shapes, owner: Whole, count: int, gather: Any) -> Shapes:
    """The shapes (count,) that parts make up, in the order of their owners; None where there is no part."""
    result: Shapes = np.full(count, None, dtype=object)
    alone = np.bincount(owner, minlength=count)[owner] == 1
    result[owner[alone]] = parts[alone]
    if not alone.all():
        owners, of = np.unique(owner[~alone], return_inverse=True)
        result[owners] = gather(parts[~alone], indices=of)
    return result


def _cut(parts: Shapes, owner: Whole, *, dimension: int) -> tuple[Shapes, Whole]:
    """Parts of single shapes inside the buffer, in the order of their owners."""
    boxes = shapely.bounds(parts)
    west, north, east, south = BOX
    crossing = ~((boxes[:, :2] >= (west, north)) & (boxes[:, 2:] <= (east, south))).all(axis=1)
    if not crossing.any():
        return parts, owner
    cut = parts.copy()
    cut[crossing] = shapely.clip_by_rect(parts[crossing], *BOX)
    pieces, of = shapely.get_parts(cut, return_index=True)
    fit = (shapely.get_dimensions(pieces) == dimension) & ~shapely.is_empty(pieces)
    return pieces[fit], owner[of[fit]]


def _snapped(shapes: Shapes) -> tuple[Whole, Whole]:
    """The corners of rings or lines on the grid (n, 2), and which shape each belongs to (n,)."""
    places, of = shapely.get_coordinates(shapes, return_index=True)
    return np.rint(places / GRID).astype(np.int64) * GRID, of


def _rebuilt(areas: Shapes) -> tuple[Shapes, Whole]:
    """Polygons from the corners that matter, some perhaps invalid, and from which area each was made."""
    rings, area_of_ring = shapely.get_rings(areas, return_index=True)
    is_shell = np.append(True, area_of_ring[1:] != area_of_ring[:-1])[: len(rings)]
    places, ring = _snapped(rings)
    places, ring = cornered(places, ring, closed=True)  # the repeated first corner goes as well
    if not len(ring):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    lasting, start, of_ring = np.unique(ring, return_index=True, return_inverse=True)
    size = _ring_areas(places, ring, start)
    kept = (size >= _SMALLEST) | (is_shell[lasting] & (size > 0))
    shells = area_of_ring[lasting[kept & is_shell[lasting]]]
    kept &= np.isin(area_of_ring[lasting], shells)  # a hole goes with its shell
    if not kept.any():
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    chosen = kept[of_ring]
    made = shapely.linearrings(places[chosen], indices=(np.cumsum(kept) - 1)[of_ring[chosen]])
    made_from, of_area = np.unique(area_of_ring[lasting[kept]], return_inverse=True)
    return shapely.polygons(made, indices=of_area), made_from


def _ring_areas(places: Whole, ring: Whole, start: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    x, y = places.T
    ends = _ends(ring)
    twice = np.add.reduceat(x * _after(y, *ends) - y * _after(x, *ends), start)
    return np.abs(twice) / 2


def cornered(places: Whole, path: Whole, *, closed: bool) -> tuple[Whole, Whole]:
    """Paths without corners that repeat the one beside them or at which they do not turn; places (n, 2), path (n,).

    A closed path also loses what turns back on itself, and so all of it where it holds no area; an open one keeps its
    ends, one where it never moves.
    """
    x, y = np.ascontiguousarray(places.T)
    count = -1
    while count != len(path):
        count = len(path)
        first, last = _ends(path)
        moves = (_after(x, first, last) != x) | (_after(y, first, last) != y)
        if not closed:
            moves[last] = True
        x, y, path = x[moves], y[moves], path[moves]
        first, last = _ends(path)
        out_x, out_y = _after(x, first, last) - x, _after(y, first, last) - y
        in_x, in_y = _before(out_x, first, last), _before(out_y, first, last)
        matters = in_x * out_y != in_y * out_x
        if not closed:
            matters |= in_x * out_x + in_y * out_y < 0
            matters[first] = matters[last] = True
        x, y, path = x[matters], y[matters], path[matters]
    return np.stack([x, y], axis=1), path


def _ends(path: Whole) -> tuple[Whole, Whole]:
    """The positions of each path's first and last corner."""
    if not len(path):
        return path, path
    border = np.flatnonzero(path[1:] != path[:-1])
    return np.append(0, border + 1), np.append(border, len(path) - 1)


def _after(values: Whole, first: Whole, last: Whole) -> Whole:
    """What the corner after each has, round and round each path."""
    after = np.empty_like(values)
    after[:-1] = values[1:]
    after[last] = values[first]
    return after


def _before(values: Whole, first: Whole, last: Whole) -> Whole:
    """What the corner before each has, round and round each path."""
    before = np.empty_like(values)
    before[1:] = values[:-1]
    before[first] = values[last]
    return before
