"""Drawing in the plane: places, bent and smooth lines, organic shapes.

Everything here is pure geometry: it draws no random numbers (the caller hands them in) and knows no layer.
Coordinates are metres east and north of ORIGIN on a plane that is an affine image of longitude and latitude, so that
what is straight on it stays straight in degrees. The plane is for drawing a county, not for measuring one: it is 0.2 %
off at the rim.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

ORIGIN: Final = (111.43, 27.68)
METRES_PER_DEGREE: Final = (98_650.0, 110_814.0)
DECIMALS: Final = 7

Floats = npt.NDArray[np.float64]
Place = tuple[float, float]


def to_plane(lon_lat: Any) -> Floats:
    """WGS84 degrees, shape (..., 2), as metres on the plane, to the centimetre."""
    return np.round((np.asarray(lon_lat, dtype=float) - ORIGIN) * METRES_PER_DEGREE, 2)


def place(lon_lat: Sequence[float]) -> Place:
    """One longitude and latitude as a place on the plane; what follows them is left aside."""
    x, y = to_plane(lon_lat[:2]).tolist()
    return x, y


def to_degrees(places: Any) -> Floats:
    """Metres on the plane, shape (..., 2), as WGS84 degrees, rounded once to 7 decimals."""
    return np.round(np.asarray(places, dtype=float) / METRES_PER_DEGREE + ORIGIN, DECIMALS)


def between(a: Place, b: Place, share: float) -> Place:
    """The place at `share` (0 to 1) of the way from a to b."""
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def gap(a: Place, b: Place) -> float:
    """Distance in metres on the plane."""
    return math.hypot(b[0] - a[0], b[1] - a[1])


def off_line(apex: Place, a: Place, b: Place) -> float:
    """How far the apex lies from the line through a and b, in metres."""
    return abs((b[0] - a[0]) * (apex[1] - a[1]) - (b[1] - a[1]) * (apex[0] - a[0])) / gap(a, b)


def is_beside(apex: Place, a: Place, b: Place, clear_m: float) -> bool:
    """Whether the foot of the apex falls between a and b, and the apex is at least `clear_m` off the line."""
    span = gap(a, b)
    along = (b[0] - a[0]) * (apex[0] - a[0]) + (b[1] - a[1]) * (apex[1] - a[1])
    return 0 < along < span * span and off_line(apex, a, b) >= clear_m


def bent(a: Place, b: Place, apexes: tuple[Place, Place], pull: Callable[[], float], depth: int) -> list[Place]:
    """A bent line from a to b, both included: `depth` times every piece gets a new corner in its middle.

    A corner is pulled toward one of the two apexes by `pull()`, in -0.5..0.5 of the way (the sign picks the apex). The
    line stays inside the one triangle of a, b and that apex; triangles of different edges do not overlap, so bent edges
    never cross.
    """
    if depth == 0:
        return [a, b]
    strength, middle = pull(), between(a, b, 0.5)
    apex = apexes[0] if strength < 0 else apexes[1]
    corner = between(middle, apex, abs(strength))
    left, right = (bent(*piece, (apex, middle), pull, depth - 1) for piece in ((a, corner), (corner, b)))
    return left[:-1] + right


def serpentine(a: Place, b: Place, apexes: tuple[Place, Place], turns: int, reach: float) -> list[Place]:
    """A hairpin road from a to b: `turns` bends from side to side, inside the two triangles over a-b.

    That holds where both apexes lie beside the edge, not beyond its ends: see `is_beside`.
    """
    line = [a]
    for turn in range(turns):  # all at one reach: the bends lie on two lines parallel to a-b, so legs cannot cross
        line += [between(between(a, b, (turn + at) / turns), apexes[turn % 2], reach) for at in (0.38, 0.62)]
    return [*line, b]


def smooth(controls: Sequence[Place], steps: int) -> list[Place]:
    """A smooth curve (Catmull-Rom) through the control points, `steps` points to a stretch; it meets them exactly."""
    ends = [between(controls[1], controls[0], 2.0), *controls, between(controls[-2], controls[-1], 2.0)]
    curve: list[Place] = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        curve.extend(_spline(p0, p1, p2, p3, step / steps) for step in range(steps))
    return [(round(x, 2), round(y, 2)) for x, y in (*curve, controls[-1])]


def _spline(p0: Place, p1: Place, p2: Place, p3: Place, t: float) -> Place:
    def along(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)

    return along(p0[0], p1[0], p2[0], p3[0]), along(p0[1], p1[1], p2[1], p3[1])


def blob(centre: Place, radius_m: float, waves: Sequence[tuple[float, float]], stretch: float, turn: float) -> Any:
    """An organic polygon of 44 corners, star-shaped around its centre.

    `waves` are the strength (share of the radius) and the phase of the 2nd, 3rd … harmonic of its rim; `stretch` makes
    it longer than wide and `turn` (radians) lays it along a ridge.
    """
    corners = []
    for step in range(44):
        angle = 2 * math.pi * step / 44
        rim = radius_m * (1 + sum(a * math.sin(k * angle + phase) for k, (a, phase) in enumerate(waves, start=2)))
        along, across = rim * math.cos(angle) * stretch, rim * math.sin(angle) / stretch
        x = centre[0] + along * math.cos(turn) - across * math.sin(turn)
        y = centre[1] + along * math.sin(turn) + across * math.cos(turn)
        corners.append((x, y))
    return shapely.Polygon(corners)
