"""The layers of a page's map, drawn by matplotlib from the same data and in the same colours and patterns.

Longitude and latitude go on the sheet as they are, with the parallels shortened for the middle of the view; what that
differs from the browser's map is less than a line's width.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import offset_copy

from maps import palette
from maps.pages import Document
from maps.paint import DataLayer
from maps.press.fonts import Fonts
from maps.press.lettering import one_line
from maps.press.looks import POINT_PX, area_look, bears_text, dashes, point_look
from maps.press.moments import at_first

PANES: Final = (
    *("land", "areas", "woods", "grids", "zones-fire", "zones-geo", "rivers", "roads", "borders", "routes", "closed"),
    *("dots", "marks", "labels", "rows"),
)
"""From the ground up, as in layers.js."""
_ON_TOP: Final = len(PANES) + 1

_LABELS: Final = {"town": (8.5, True), "village": (6.5, False), "river": (6.5, False), "grade": (6.5, True)}
"""Size in points and whether bold, by the first word of a label's look."""

Shape = Mapping[str, Any]
Payload = Mapping[str, Any]


def draw_chart(axes: Axes, document: Document, fonts: Fonts, scale: float) -> None:
    """The layers of a page's map that are shown at first, and the labels that find room.

    `scale` is that of letters and symbols. What only a browser draws, such as vector tiles, is left out.
    """
    brush = _Brush(axes, fonts, scale)
    kinds = {
        "areas": brush.areas,
        "points": brush.points,
        "lines": brush.lines,
        "routes": brush.lines,
        "dots": brush.dots,
        "flags": brush.flags,
    }
    labels: list[Mapping[str, Any]] = []
    for layer in document.chart._children.values() if document.chart else ():
        if isinstance(layer, DataLayer) and layer.show:
            payload = at_first(layer.payload, document)
            if payload["kind"] in kinds:
                kinds[payload["kind"]](payload)
                labels += payload.get("labels", ())
    brush.labels(labels)


@dataclass(frozen=True, slots=True)
class _Brush:
    """Draws what data blocks hold, each kind as layers.js does."""

    axes: Axes
    fonts: Fonts
    scale: float

    def areas(self, data: Payload) -> None:
        rings: dict[str, list[Any]] = defaultdict(list)
        for feature in data["data"]["features"]:
            rings[feature["properties"]["style"]] += _rings(feature["geometry"])
        for number, (style, found) in enumerate(rings.items()):
            height = _height(data["pane"]) + number / 1000
            self.axes.add_patch(PathPatch(_path(found), zorder=height, **area_look(style)))

    def lines(self, data: Payload) -> None:
        for feature in data["data"]["features"]:
            rings = _rings(feature["geometry"])
            for number, line in enumerate(data["lines"][feature["properties"]["id"]]):
                height = _height(line["pane"]) + number / 1000
                if rings and line.get("fill", True):  # as Leaflet takes it: an area is filled unless it says not to be
                    self.axes.add_patch(PathPatch(_path(rings), zorder=height, **_filled(line)))
                elif line.get("stroke", True):
                    self._stroke(feature["geometry"], line, height)

    def _stroke(self, geometry: Shape, line: Mapping[str, Any], height: float) -> None:
        width_px = line.get("weight", 3)
        strokes = LineCollection(
            list(_strokes(geometry)),
            colors=palette.on_paper(line["color"]),
            linewidths=width_px * POINT_PX * self.scale,
            alpha=line.get("opacity", 1),
            zorder=height,
            linestyles=[dashes(line.get("dashArray"), width_px)],
            capstyle="butt" if line.get("dashArray") else "round",
        )
        self.axes.add_collection(strokes, autolim=False)

    def points(self, data: Payload) -> None:
        height = _height(data.get("pane", "marks"))
        for feature in data["data"]["features"]:
            about, place = feature["properties"], feature["geometry"]["coordinates"]
            self.axes.plot(*place, zorder=height, **point_look(about["symbol"], about["style"], self.scale))
            if about.get("text") and bears_text(about["symbol"]):
                ink = palette.style_table()[about["style"]]["ink"]
                self._text(place, one_line(about["text"], 4), 3.6, ink, bold=True, height=height, halo=False)

    def dots(self, data: Payload) -> None:
        for found in data["sets"]:
            lat_lon = np.array(found["at"], dtype=float).reshape(-1, 2)
            look = point_look("", found["style"], 0.3 * self.scale)
            self.axes.plot(lat_lon[:, 1], lat_lon[:, 0], zorder=_height(data["pane"]), **look)

    def flags(self, data: Payload) -> None:
        """Ranks and times above where the teams set out."""
        figure = self.axes.get_figure(root=True)
        box = {"boxstyle": "round,pad=0.3", "facecolor": palette.colour("paper"), "edgecolor": palette.colour("ink")}
        for number, feature in enumerate(data["data"]["features"], start=1):
            told = "   ".join(
                f"{mark['rank']}: {one_line(mark['text'], 20)}" for mark in feature["properties"]["marks"]
            )
            above = offset_copy(self.axes.transData, figure, y=20 * number * self.scale, units="points")
            place, ink = feature["geometry"]["coordinates"], palette.colour("ink")
            self._text(place, told, 8.5, ink, bold=True, height=_ON_TOP, halo=False, bbox=box, transform=above)

    def labels(self, labels: Sequence[Mapping[str, Any]]) -> None:
        """Those of the present zoom that find room, the lower rank first, as labels.js has them."""
        canvas = self.axes.get_figure(root=True).canvas  # type: ignore[union-attr]  # the axes of a sheet have one
        assert isinstance(canvas, FigureCanvasAgg)  # noqa: S101  # tells the type, and that letters can be measured
        renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]  # matplotlib is typed in part
        view = self.axes.get_window_extent(renderer)
        west, east = self.axes.get_xlim()
        width_px = view.width / canvas.figure.dpi * 96 / self.scale
        zoom, px_per_degree = math.log2(width_px * 360 / (east - west) / 256), width_px / (east - west)
        taken: list[Any] = []
        for label in sorted(labels, key=lambda one: (one["rank"], -one["span"])):
            is_near = label["zooms"][0] <= zoom < label["zooms"][1]
            if not is_near or label["span"] * px_per_degree < label.get("fit", 0):
                continue
            text = self._label(label)
            box = text.get_window_extent(renderer)
            if any(box.overlaps(other) for other in taken) or not view.overlaps(box):
                text.remove()
            else:
                taken.append(box)

    def _label(self, label: Mapping[str, Any]) -> Any:
        (lat, lon), kind = label["at"], label["look"].split()[0]
        size, bold = _LABELS.get(kind, (6.5, False))
        ink = palette.colour("water-ink" if kind == "river" else "ink")
        if label.get("style"):
            ink = palette.style_table()[label["style"]]["stroke"]
        return self._text((lon, lat), one_line(label["text"], 40), size, ink, bold=bold, height=_ON_TOP)

    def _text(
        self,
        place: Any,
        text: str,
        size: float,
        ink: str,
        *,
        bold: bool,
        height: float,
        halo: bool = True,
        **look: Any,
    ) -> Any:
        """Text in the middle of a place."""
        lon, lat = place[:2]
        drawn = self.axes.text(
            lon,
            lat,
            text,
            fontproperties=self.fonts.bold if bold else self.fonts.plain,
            fontsize=size * self.scale,
            color=ink,
            ha="center",
            va="center_baseline",
            zorder=height,
            parse_math=False,  # a name with two dollar signs is a name
            clip_on=True,
            **look,
        )
        if halo:
            wide = size * self.scale / 4
            drawn.set_path_effects([withStroke(linewidth=wide, foreground=palette.colour("halo"))])
        return drawn


def _height(pane: str) -> int:
    """How far from the ground a pane lies."""
    return PANES.index(pane) + 1 if pane in PANES else len(PANES)


def _filled(line: Mapping[str, Any]) -> dict[str, Any]:
    """The look of a line that fills what it goes round."""
    fill = palette.on_paper(str(line.get("fillColor") or line["color"]))
    if fill.startswith("url(#pattern-"):
        look = area_look(fill.removeprefix("url(#pattern-").rstrip(")"))
    else:
        edge = palette.on_paper(line.get("color", "none"))
        look = {"facecolor": (fill, line.get("fillOpacity", 0.2)), "edgecolor": edge}
    return {**look, "linewidth": line.get("weight", 1) * POINT_PX if line.get("stroke", True) else 0}


def _rings(geometry: Shape) -> list[Any]:
    """All rings of a shape's areas."""
    match geometry["type"]:
        case "Polygon":
            return list(geometry["coordinates"])
        case "MultiPolygon":
            return [ring for part in geometry["coordinates"] for ring in part]
        case _:
            return []


def _strokes(geometry: Shape) -> Iterator[Any]:
    """All lines of a shape, the borders of areas among them."""
    match geometry["type"]:
        case "LineString":
            yield geometry["coordinates"]
        case "MultiLineString":
            yield from geometry["coordinates"]
        case _:
            yield from _rings(geometry)


def _path(rings: Sequence[Any]) -> Path:
    """One path of many rings; holes run the other way, so they stay empty."""
    vertices = np.concatenate([np.asarray(ring, dtype=float) for ring in rings])
    codes = np.full(len(vertices), Path.LINETO, dtype=Path.code_type)
    codes[np.cumsum([0, *(len(ring) for ring in rings[:-1])])] = Path.MOVETO
    return Path(vertices, codes)
