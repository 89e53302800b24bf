"""Features as RFC 7946 text, compiled: whole coordinates of a fixed number of decimals become digits in one pass.

Every function writes bytes into `out` from `at` on and hands back where it stopped; `out` is large enough
(`geo.features.writing` sees to that). Places in arrays are unsigned here: of a signed one the compiler asks each time
whether it counts from the end, which takes longer than all the rest.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from geo.geojson import DIGITS

NO_SHAPE: Final = -1
POINT: Final = 0
POLYGON: Final = 3
MULTI_POINT: Final = 4
MULTI_LINE: Final = 5
MULTI_POLYGON: Final = 6
_NAMES: Final = ("Point", "LineString", "", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_COMMA, _OPEN, _CLOSE, _DOT, _MINUS, _BRACE, _LINE, _ZERO = (ord(sign) for sign in ",[].-}\n0")
_0, _1, _2, _3, _4, _5, _6, _7, _8 = (np.uint64(number) for number in range(9))
_TEN = np.uint64(10)
_SCALES = 10 ** np.arange(10, dtype=np.uint64)
_STEPS, _HALF = np.uint32(10**DIGITS), np.uint32(10**4)
_FOURS = np.frombuffer("".join(f"{number:04d}" for number in range(10**4)).encode(), dtype=np.uint8)
"""The four digits of every number below ten thousand."""


def _laid(texts: list[bytes]) -> tuple[Any, Any]:
    """Texts one after another, and where each begins and the last ends."""
    lengths = [0, *(len(text) for text in texts)]
    return np.frombuffer(b"".join(texts), dtype=np.uint8), np.cumsum(lengths).astype(np.uint64)


_BEGIN, _BEGIN_AT = _laid([*(f'{{"type":"{name}","coordinates":'.encode() for name in _NAMES), b"null"])
_AROUND, _AROUND_AT = _laid([b'{"type":"Feature","id":', b',"geometry":', b',"properties":', b"}"])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _copied(out: Any, at: Any, source: Any, first: Any, end: Any) -> Any:
    length = end - first
    for step in range(length):
        out[at + step] = source[first + step]
    return at + length


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _degrees(out: Any, at: Any, steps: Any) -> Any:
    """Steps of 1e-7 degree, none of them below 0, as a decimal number: seven digits at once."""
    whole = steps // _STEPS
    part = steps - whole * _STEPS
    four = np.uint64(whole) * _4
    if whole >= 100:
        out[at], out[at + _1], out[at + _2] = _FOURS[four + _1], _FOURS[four + _2], _FOURS[four + _3]
        at += _3
    elif whole >= 10:
        out[at], out[at + _1] = _FOURS[four + _2], _FOURS[four + _3]
        at += _2
    else:
        out[at] = _FOURS[four + _3]
        at += _1
    if part == 0:
        return at
    upper = part // _HALF
    four = np.uint64(upper) * _4
    out[at] = _DOT
    out[at + _1], out[at + _2], out[at + _3] = _FOURS[four + _1], _FOURS[four + _2], _FOURS[four + _3]
    four = np.uint64(part - upper * _HALF) * _4
    out[at + _4], out[at + _5] = _FOURS[four], _FOURS[four + _1]
    out[at + _6], out[at + _7] = _FOURS[four + _2], _FOURS[four + _3]
    at += _8
    while out[at - _1] == _ZERO:
        at -= _1
    return at


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _decimal(out: Any, at: Any, steps: Any, digits: Any) -> Any:
    """Steps, none of them below 0, as a decimal number of at most `digits` decimals."""
    whole = steps // _SCALES[digits]
    part = steps - whole * _SCALES[digits]
    length, rest = _1, whole // _TEN
    while rest > 0:
        rest //= _TEN
        length += _1
    end = at + length
    _digits(out, end, whole, length)
    if part == 0:
        return end
    out[end] = _DOT
    end += np.uint64(digits) + _1
    _digits(out, end, part, np.uint64(digits))
    while out[end - _1] == _ZERO:
        end -= _1
    return end


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _digits(out: Any, end: Any, value: Any, length: Any) -> None:
    for step in range(length):
        rest = value // _TEN
        out[end - _1 - step] = _ZERO + np.uint8(value - rest * _TEN)
        value = rest


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _number(out: Any, at: Any, value: Any, digits: Any) -> Any:
    """`value` steps as a decimal number of at most `digits` decimals."""
    if value < 0:
        out[at] = _MINUS
        at += _1
        value = -value
    if digits == DIGITS:
        return _degrees(out, at, np.uint32(value))
    return _decimal(out, at, np.uint64(value), digits)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _place(out: Any, at: Any, x: Any, y: Any, digits: Any) -> Any:
    out[at] = _OPEN
    at = _number(out, at + _1, x, digits)
    out[at] = _COMMA
    at = _number(out, at + _1, y, digits)
    out[at] = _CLOSE
    return at + _1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _ring(out: Any, at: Any, first: Any, end: Any, x: Any, y: Any, digits: Any) -> Any:
    out[at] = _OPEN
    at += _1
    for corner in range(first, end):
        at = _place(out, at, x[corner], y[corner], digits)
        out[at] = _COMMA
        at += _1
    if end > first:
        at -= _1
    out[at] = _CLOSE
    return at + _1


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
        at += _1
    for part in range(shape_start[shape], shape_start[shape + 1]):
        if part > shape_start[shape]:
            out[at] = _COMMA
            at += _1
        if is_area:
            out[at] = _OPEN
            at += _1
        for ring in range(part_start[part], part_start[part + 1]):
            if ring > part_start[part]:
                out[at] = _COMMA
                at += _1
            first = ring_start[ring]
            if kind in (POINT, MULTI_POINT):
                at = _place(out, at, x[first], y[first], digits)
            else:
                at = _ring(out, at, first, ring_start[ring + 1], x, y, digits)
        if is_area:
            out[at] = _CLOSE
            at += _1
    if is_multi:
        out[at] = _CLOSE
        at += _1
    out[at] = _BRACE
    return at + _1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def write_features(
    out: Any,
    is_first: Any,
    shapes: Any,
    rows: Any,
    kind: Any,
    x: Any,
    y: Any,
    ring_start: Any,
    part_start: Any,
    shape_start: Any,
    ids: Any,
    id_start: Any,
    id_end: Any,
    properties: Any,
    properties_start: Any,
    properties_end: Any,
    digits: Any,
) -> Any:
    """Features with a comma and a line break between them, and before them unless they are the first of all.

    Feature i has text rows[i] of `ids` as its id and of `properties` as its properties, both JSON, and the geometry
    shapes[i]. How many bytes they are.
    """
    at = _0
    for order in range(len(rows)):
        if order > 0 or not is_first:
            out[at], out[at + _1] = _COMMA, _LINE
            at += _2
        row, shape = rows[order], shapes[order]
        at = _copied(out, at, _AROUND, _AROUND_AT[0], _AROUND_AT[1])
        at = _copied(out, at, ids, np.uint64(id_start[row]), np.uint64(id_end[row]))
        at = _copied(out, at, _AROUND, _AROUND_AT[1], _AROUND_AT[2])
        at = _shape(out, at, shape, kind[shape], x, y, ring_start, part_start, shape_start, digits)
        at = _copied(out, at, _AROUND, _AROUND_AT[2], _AROUND_AT[3])
        at = _copied(out, at, properties, np.uint64(properties_start[row]), np.uint64(properties_end[row]))
        at = _copied(out, at, _AROUND, _AROUND_AT[3], _AROUND_AT[4])
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
