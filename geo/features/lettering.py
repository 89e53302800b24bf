"""Features as RFC 7946 text, compiled: whole coordinates of a fixed number of decimals become digits in one pass.

Every function writes bytes into `out` from `at` on and hands back where it stopped; `out` is large enough
(`geo.features.writing` sees to that).
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

NO_SHAPE: Final = -1
POINT: Final = 0
POLYGON: Final = 3
MULTI_POINT: Final = 4
MULTI_LINE: Final = 5
MULTI_POLYGON: Final = 6
_NAMES: Final = ("Point", "LineString", "", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_COMMA, _OPEN, _CLOSE, _DOT, _MINUS, _BRACE, _LINE, _ZERO = (ord(sign) for sign in ",[].-}\n0")
_TEN = np.uint64(10)
_SCALES = 10 ** np.arange(10, dtype=np.uint64)

_TEXTS = [f'{{"type":"{name}","coordinates":'.encode() for name in _NAMES]
_BEGIN = np.frombuffer(b"".join(_TEXTS) + b"null", dtype=np.uint8)
_BEGIN_AT = np.cumsum([0, *(len(text) for text in _TEXTS), len(b"null")])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _copied(out: Any, at: Any, source: Any, first: Any, end: Any) -> Any:
    for position in range(first, end):
        out[at] = source[position]
        at += 1
    return at


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _number(out: Any, at: Any, value: Any, digits: Any) -> Any:
    """`value` steps as a decimal number of at most `digits` decimals."""
    if value < 0:
        out[at] = _MINUS
        at += 1
        value = -value
    steps = np.uint64(value)  # unsigned, so that the compiler multiplies where it would have to divide
    whole = steps // _SCALES[digits]
    part = steps - whole * _SCALES[digits]
    length, rest = 1, whole // _TEN
    while rest > 0:
        rest //= _TEN
        length += 1
    end = at + length
    _digits(out, end, whole, length)
    if part == 0:
        return end
    out[end] = _DOT
    end += digits + 1
    _digits(out, end, part, digits)
    while out[end - 1] == _ZERO:
        end -= 1
    return end


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _digits(out: Any, end: Any, value: Any, length: Any) -> None:
    for position in range(end - 1, end - 1 - length, -1):
        rest = value // _TEN
        out[position] = _ZERO + np.uint8(value - rest * _TEN)
        value = rest


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _place(out: Any, at: Any, x: Any, y: Any, digits: Any) -> Any:
    out[at] = _OPEN
    at = _number(out, at + 1, x, digits)
    out[at] = _COMMA
    at = _number(out, at + 1, y, digits)
    out[at] = _CLOSE
    return at + 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _ring(out: Any, at: Any, first: Any, end: Any, x: Any, y: Any, digits: Any) -> Any:
    out[at] = _OPEN
    at += 1
    for corner in range(first, end):
        at = _place(out, at, x[corner], y[corner], digits)
        out[at] = _COMMA
        at += 1
    if end > first:
        at -= 1
    out[at] = _CLOSE
    return at + 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _shape(
    out: Any,
    at: Any,
    shape: Any,
    kind: Any,
    x: Any,
    y: Any,
    ring_start: Any,
    part_start: Any,
    shape_start: Any,
    digits: Any,
) -> Any:
    """The GeoJSON geometry of one shape, or null."""
    if kind == NO_SHAPE:
        return _copied(out, at, _BEGIN, _BEGIN_AT[-2], _BEGIN_AT[-1])
    at = _copied(out, at, _BEGIN, _BEGIN_AT[kind], _BEGIN_AT[kind + 1])
    is_multi, is_area = kind >= MULTI_POINT, kind in (POLYGON, MULTI_POLYGON)
    if is_multi:
        out[at] = _OPEN
        at += 1
    for part in range(shape_start[shape], shape_start[shape + 1]):
        if part > shape_start[shape]:
            out[at] = _COMMA
            at += 1
        if is_area:
            out[at] = _OPEN
            at += 1
        for ring in range(part_start[part], part_start[part + 1]):
            if ring > part_start[part]:
                out[at] = _COMMA
                at += 1
            first = ring_start[ring]
            if kind in (POINT, MULTI_POINT):
                at = _place(out, at, x[first], y[first], digits)
            else:
                at = _ring(out, at, first, ring_start[ring + 1], x, y, digits)
        if is_area:
            out[at] = _CLOSE
            at += 1
    if is_multi:
        out[at] = _CLOSE
        at += 1
    out[at] = _BRACE
    return at + 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def write_features(
    out: Any,
    shapes: Any,
    rows: Any,
    kind: Any,
    x: Any,
    y: Any,
    ring_start: Any,
    part_start: Any,
    shape_start: Any,
    heads: Any,
    head_start: Any,
    tails: Any,
    tail_start: Any,
    digits: Any,
) -> Any:
    """Features with a comma and a line break between them; how many bytes they are.

    Feature i has the geometry shapes[i] between text rows[i] of `heads` and of `tails`, which begin at their `start`s.
    """
    at = 0
    for order in range(len(rows)):
        if order > 0:
            out[at] = _COMMA
            out[at + 1] = _LINE
            at += 2
        row, shape = rows[order], shapes[order]
        at = _copied(out, at, heads, head_start[row], head_start[row + 1])
        at = _shape(out, at, shape, kind[shape], x, y, ring_start, part_start, shape_start, digits)
        at = _copied(out, at, tails, tail_start[row], tail_start[row + 1])
    return at


@numba.njit(cache=True, nogil=True, error_model="numpy")
def turn_rings(x: Any, y: Any, ring_start: Any, is_outer: Any, is_area: Any) -> None:
    """Turn rings of areas so that outer ones run against the clock and inner ones with it (RFC 7946, 3.1.6)."""
    for ring in range(len(ring_start) - 1):
        first, last = ring_start[ring], ring_start[ring + 1] - 1
        if not is_area[ring] or last <= first:
            continue
        twice_area = 0.0
        for corner in range(first, last):
            here_x, here_y = float(x[corner] - x[first]), float(y[corner] - y[first])
            twice_area += here_x * (y[corner + 1] - y[first]) - (x[corner + 1] - x[first]) * here_y
        if twice_area != 0 and (twice_area > 0) != is_outer[ring]:
            while first < last:
                x[first], x[last] = x[last], x[first]
                y[first], y[last] = y[last], y[first]
                first += 1
                last -= 1
