"""A column of a sheet that is written from the top: text, rules, bars, and keys with their swatches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D

from maps import palette
from maps.press.fonts import Fonts
from maps.press.lettering import one_line, width_em, wrapped
from maps.press.looks import area_look, point_look

LEADING: Final = 1.42
"""From one line to the next, in letter heights."""


class Column:
    """What is written next stands at `top_pt`; nothing is written below `bottom_pt`. Points from the lower left."""

    def __init__(
        self, figure: Figure, fonts: Fonts, *, left_pt: float, top_pt: float, width_pt: float, bottom_pt: float
    ) -> None:
        self.figure, self.fonts = figure, fonts
        self.left_pt, self.top_pt, self.width_pt, self.bottom_pt = left_pt, top_pt, width_pt, bottom_pt
        inches = figure.get_size_inches()
        self.page_pt = float(inches[0]) * 72, float(inches[1]) * 72

    @property
    def room_pt(self) -> float:
        """The height that is left."""
        return self.top_pt - self.bottom_pt

    def gap(self, height_pt: float) -> None:
        """Leave room."""
        self.top_pt -= height_pt

    def rule(self, size: float) -> None:
        """A line across."""
        self.gap(size * 0.5)
        self._rectangle(0, 0, self.width_pt, 0.6, facecolor=palette.colour("rule"), linewidth=0)
        self.gap(size * 0.5)

    def paragraph(
        self,
        text: object,
        size: float,
        *,
        ink: str = "ink",
        bold: bool = False,
        indent_pt: float = 0,
        keep_pt: float = 0,
        most_lines: int = 8,
    ) -> None:
        """Text broken into lines, `keep_pt` short of the column's right side; what finds no room is left out."""
        for line in wrapped(text, (self.width_pt - indent_pt - keep_pt) / size, most_lines):
            if self.room_pt < size * LEADING:
                return
            self._line(line, size, indent_pt, palette.colour(ink), bold=bold)
            self.gap(size * LEADING)

    def beside(self, text: object, size: float, *, bold: bool = False, ink: str = "ink") -> None:
        """A short text at the right side of the line that comes next."""
        self._line(one_line(text, 30), size, self.width_pt, palette.colour(ink), bold=bold, align="right")

    def badge(self, text: object, style: str, size: float) -> float:
        """A short text in a class's colours at the right side of the line that comes next; how wide it is."""
        look = palette.style_table()[style]
        told = one_line(text, 24)
        width = (width_em(told) + 0.8) * size
        ground = {"facecolor": look["fill"] or "none", "edgecolor": look["stroke"], "linewidth": 0.5}
        self._rectangle(self.width_pt - width, -size * 1.25, width, size * 1.4, **ground)
        self._line(told, size, self.width_pt - 0.4 * size, look["ink"], bold=True, align="right")
        return width

    def key(self, item: dict[str, Any], size: float, *, left_pt: float = 0, width_pt: float | None = None) -> None:
        """One line of a legend: what it looks like, what it means, and how many there are."""
        room = (self.width_pt if width_pt is None else width_pt) - 2.6 * size
        self._sample(item, size, left_pt)
        count = item.get("count")
        taken = (width_em(str(count)) + 0.4) * size if count is not None else 0
        label = wrapped(item["label"], (room - taken) / size, 1)
        self._line("".join(label), size, left_pt + 2.6 * size, palette.colour("ink"))
        if count is not None:
            self._line(str(count), size, left_pt + room + 2.2 * size, palette.colour("ink"), bold=True, align="right")

    def bar(self, parts: Sequence[dict[str, Any]], height_pt: float) -> None:
        """Parts of a whole, side by side."""
        total, left = sum(part["share"] for part in parts), 0.0
        for part in parts:
            width = self.width_pt * part["share"] / total
            self._rectangle(left, -height_pt, width, height_pt, **{**area_look(part["style"]), "linewidth": 0.4})
            left += width
        self.gap(height_pt)

    def _sample(self, item: dict[str, Any], size: float, left_pt: float) -> None:
        middle = self.top_pt - 0.62 * size
        if item.get("symbol"):
            look = point_look(item["symbol"], item["style"], size / 10)
            self._artist(Line2D([self.left_pt + left_pt + size], [middle], **look))
        elif item.get("line"):
            for colour, width, *_ in item["line"]:
                ends = [self.left_pt + left_pt, self.left_pt + left_pt + 2 * size]
                look = {"color": palette.on_paper(colour), "linewidth": min(width, 6) * 0.75}
                self._artist(Line2D(ends, [middle, middle], **look))
        else:
            look = {**area_look(item["style"]), "linewidth": 0.7}
            self._rectangle(left_pt, -1.1 * size, 2 * size, size, **look)

    def _rectangle(self, left: float, low: float, width: float, height: float, **look: Any) -> None:
        self._artist(Rectangle((self.left_pt + left, self.top_pt + low), width, height, **look))

    def _artist(self, artist: Any) -> None:
        """In points of the page."""
        artist.set_transform(_points(self.figure))
        self.figure.add_artist(artist)

    def _line(
        self, text: str, size: float, left_pt: float, ink: str, *, bold: bool = False, align: str = "left"
    ) -> None:
        self.figure.text(
            (self.left_pt + left_pt) / self.page_pt[0],
            (self.top_pt - size) / self.page_pt[1],
            text,
            fontproperties=self.fonts.bold if bold else self.fonts.plain,
            fontsize=size,
            color=ink,
            ha=align,
            va="baseline",
            parse_math=False,  # a name with two dollar signs is a name
        )


def _points(figure: Figure) -> Any:
    """From points to the figure's dots, whatever its resolution when it is written."""
    return Affine2D().scale(1 / 72) + figure.dpi_scale_trans
