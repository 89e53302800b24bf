"""A page as plain sheets by matplotlib, for machines without a browser: the same data, fewer refinements.

The first sheet has heading, figures, map and legend; a PDF goes on with the page's lists. Letters are drawn with a font
of the machine that has Chinese.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from maps import palette
from maps.pages import Document
from maps.press.column import Column
from maps.press.fonts import Fonts, chinese_fonts
from maps.press.frame import Box, draw_map
from maps.press.lists import Entry, entries
from maps.press.size import Size
from maps.press.writing import write_entry, write_lead, write_legend

_A4_PT: Final = (842.0, 595.0)
_MARGIN_PT: Final = 26.0
_GUTTER_PT: Final = 14.0
_SIDES_PT: Final = (172.0, 188.0)
"""Widths of the columns of heading and legend on A4."""
_SCALES: Final = (0.55, 4.0)
_COLUMNS: Final = 3
_MOST_SHEETS: Final = 40


def plain_png(document: Document, size: Size) -> bytes:
    """The first sheet as a PNG of `size`. MissingFontError where no font has Chinese."""
    page_pt, dpi, file = (size.width_px * 0.75, size.height_px * 0.75), 96 * size.scale, io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # an emoji in a name: drawn as a box
        sheet = _first(document, chinese_fonts(), page_pt, dpi)
        sheet.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def plain_pdf(document: Document) -> bytes:
    """All sheets as a PDF of A4, landscape. MissingFontError where no font has Chinese."""
    fonts, file = chinese_fonts(), io.BytesIO()
    about: dict[str, Any] = {"Title": f"{document.title} · {document.content['county']}", "CreationDate": None}
    with warnings.catch_warnings(), PdfPages(file, metadata=about) as pages:
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        pages.savefig(_first(document, fonts, _A4_PT, 72))
        for sheet in _lists(document, fonts):
            pages.savefig(sheet)
    return file.getvalue()


def _sheet(page_pt: tuple[float, float], dpi: float) -> Figure:
    figure = Figure(figsize=(page_pt[0] / 72, page_pt[1] / 72), dpi=dpi, facecolor=palette.colour("paper"))
    FigureCanvasAgg(figure)  # labels are measured before they are placed
    return figure


def _first(document: Document, fonts: Fonts, page_pt: tuple[float, float], dpi: float) -> Figure:
    figure, (width, height), is_upright = _sheet(page_pt, dpi), page_pt, page_pt[0] < page_pt[1]
    least, most = _SCALES
    scale = min(max(min(width / _A4_PT[is_upright], height / _A4_PT[not is_upright]), least), most)
    margin, gutter = _MARGIN_PT * scale, _GUTTER_PT * scale
    half = (width - 2 * margin - gutter) / 2
    lead_pt, legend_pt = (half, half) if is_upright else (side * scale for side in _SIDES_PT)
    low = height * 0.55 if is_upright else margin  # upright, the map stands below the two columns
    top, left = height - margin, width - margin - legend_pt
    lead = Column(figure, fonts, left_pt=margin, width_pt=lead_pt, top_pt=top, bottom_pt=low)
    legend = Column(figure, fonts, left_pt=left, width_pt=legend_pt, top_pt=top, bottom_pt=low)
    write_lead(lead, document, 9 * scale)
    write_legend(legend, document, 8 * scale)
    if document.chart is None:
        return figure
    if is_upright:
        box = Box(margin, margin, width - 2 * margin, low - gutter - margin)
    else:
        box = Box(margin + lead_pt + gutter, margin, left - lead_pt - margin - 2 * gutter, top - margin)
    draw_map(figure, box, document, fonts, scale)
    return figure


def _lists(document: Document, fonts: Fonts) -> Iterator[Figure]:
    """The page's lists in columns, every entry of them."""
    rows: list[str | Entry] = []
    for title, found in entries(document.content["sections"]):
        rows += [title, *found]
    step = (_A4_PT[0] - 2 * _MARGIN_PT + 2 * _GUTTER_PT) / _COLUMNS
    for _ in range(_MOST_SHEETS):
        if not rows:
            return
        figure = _sheet(_A4_PT, 72)
        for number in range(_COLUMNS):
            column = Column(
                figure,
                fonts,
                left_pt=_MARGIN_PT + number * step,
                top_pt=_A4_PT[1] - _MARGIN_PT,
                width_pt=step - 2 * _GUTTER_PT,
                bottom_pt=_MARGIN_PT,
            )
            while rows and _row(column, rows[0]):
                rows.pop(0)
        yield figure


def _row(column: Column, row: str | Entry) -> bool:
    """A list's title or entry; False where it finds no room."""
    if isinstance(row, Entry):
        return write_entry(column, row, 8)
    if column.room_pt < 60:
        return False
    column.gap(8)
    column.paragraph(row, 10, bold=True, most_lines=2)
    column.gap(2)
    return True
