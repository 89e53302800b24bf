"""The map on a plain sheet: what of it is in view, its scale and its north."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from maps import palette
from maps.pages import Document
from maps.press.chart import draw_chart
from maps.press.fonts import Fonts

_SCALE_KM: Final = (0.5, 1, 2, 5, 10, 20, 50)
_KM_PER_DEGREE: Final = 111.32
_ROOM: Final = 1.06
_ROOM_ABOUT_FOCUS: Final = 1.35
"""How much more than its bounds the map shows."""
_ON_TOP: Final = 100


class Box(NamedTuple):
    """Where on the sheet, in points from its lower left."""

    left: float
    low: float
    width: float
    height: float


def draw_map(figure: Figure, box: Box, document: Document, fonts: Fonts, scale: float) -> None:
    """A page's map in a box: what the page shows first, or the whole county; `scale` is that of letters."""
    content = document.content
    focus = content.get("focus")
    width, height = (float(inches) * 72 for inches in figure.get_size_inches())
    axes = figure.add_axes((box.left / width, box.low / height, box.width / width, box.height / height))
    axes.set_facecolor(palette.colour("outside"))
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(palette.colour("rule"))
    room = _ROOM_ABOUT_FOCUS if focus else _ROOM
    width_km = _look_at(axes, box, focus or content["bounds"], room)
    draw_chart(axes, document, fonts, scale)
    _scale_bar(axes, box, width_km, fonts, scale)
    _north(axes, box, document.words("map.north_letter"), fonts, scale)


def _look_at(axes: Axes, box: Box, bounds: list[list[float]], room: float) -> float:
    """Set the view to [[south, west], [north, east]], as wide as the box; how many kilometres that is."""
    (south, west), (north, east) = bounds
    shrink = math.cos(math.radians((south + north) / 2))
    degrees_per_pt = max((east - west) * shrink / box.width, (north - south) / box.height, 1e-6) * room
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
    half_lon, half_lat = degrees_per_pt * box.width / shrink / 2, degrees_per_pt * box.height / 2
    axes.set_xlim(middle_lon - half_lon, middle_lon + half_lon)
    axes.set_ylim(middle_lat - half_lat, middle_lat + half_lat)
    return degrees_per_pt * box.width * _KM_PER_DEGREE


def _scale_bar(axes: Axes, box: Box, width_km: float, fonts: Fonts, scale: float) -> None:
    length_km = max((km for km in _SCALE_KM if km <= width_km / 5), default=_SCALE_KM[0])
    start, low, tick = 10 * scale / box.width, 10 * scale / box.height, 6 * scale / box.height
    end, ink = start + length_km / width_km, palette.colour("ink")
    corners = [start, start, end, end], [low + tick, low, low, low + tick]
    line = Line2D(*corners, color=ink, linewidth=1.4 * scale, zorder=_ON_TOP, transform=axes.transAxes)
    axes.add_artist(line)
    look: dict[str, Any] = {"fontproperties": fonts.plain, "fontsize": 7 * scale, "color": ink, "zorder": _ON_TOP}
    axes.text(start + 4 * scale / box.width, low + tick / 2, f"{length_km:g} km", transform=axes.transAxes, **look)


def _north(axes: Axes, box: Box, letter: str, fonts: Fonts, scale: float) -> None:
    wide, high = 7 * scale / box.width, 22 * scale / box.height
    left, top = 20 * scale / box.width, 1 - 12 * scale / box.height
    arrow = [(left, top), (left + wide, top - high), (left, top - high * 0.78), (left - wide, top - high)]
    ink = palette.colour("ink")
    axes.add_patch(Polygon(arrow, transform=axes.transAxes, facecolor=ink, zorder=_ON_TOP))
    look: dict[str, Any] = {
        "fontproperties": fonts.bold,
        "fontsize": 8 * scale,
        "ha": "center",
        "va": "top",
        "zorder": _ON_TOP,
    }
    axes.text(left, top - high - 3 * scale / box.height, letter, transform=axes.transAxes, color=ink, **look)
