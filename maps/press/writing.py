"""What stands beside the map on a plain sheet, from the page's own description of its masthead and panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maps.pages import Document
from maps.press.column import LEADING, Column
from maps.press.lettering import width_em
from maps.press.lists import Entry, entries
from maps.press.moments import headline


def write_lead(column: Column, document: Document, size: float) -> None:
    """What the page is, of when, its one figure, and as many entries of its first list as find room."""
    content, foot = document.content, _foot(document.content)
    column.paragraph(content["county"], size * 1.7, bold=True, most_lines=2)
    column.paragraph(content["title"], size * 1.15, bold=True, ink="accent", most_lines=2)
    column.paragraph(headline(document), size, ink="ink-soft", most_lines=3)
    column.rule(size)
    for label, value in content["facts"]:
        column.paragraph(label, size * 0.8, ink="ink-soft", most_lines=1)
        column.paragraph(value, size, bold=True, most_lines=2)
    column.rule(size)
    bottom_pt, small = column.bottom_pt, size * 0.78
    column.bottom_pt += (len(foot) + 0.3) * small * LEADING
    for told in filter(None, (content.get("notice"), *(content.get("warnings") or ()))):
        column.paragraph(told["title"], size, bold=True, ink="alarm-ink", most_lines=3)
        column.paragraph(told["body"], size * 0.85, ink="alarm-ink", most_lines=5)
        column.gap(size * 0.5)
    for section in content["sections"]:
        if section["type"] == "summary":
            _summary(column, section, size)
    _first_list(column, content, size)
    column.top_pt, column.bottom_pt = column.bottom_pt, bottom_pt
    for label, value in foot:
        column.beside(value, small)
        column.paragraph(label, small, ink="ink-soft" if value else "alarm-ink", bold=not value, most_lines=1)


def write_legend(column: Column, document: Document, size: float) -> None:
    """The page's legend, and which of its layers are synthetic."""
    for section in document.content["sections"]:
        if section["type"] != "legend":
            continue
        column.paragraph(section["title"], size * 1.3, bold=True, most_lines=1)
        for group in section["groups"]:
            column.gap(size * 0.35)
            column.paragraph(group["title"], size * 0.95, bold=True, ink="ink-soft", most_lines=2)
            _keys(column, group["items"], size, side_by_side=2 if group.get("compact") else 1)
        column.gap(size * 0.5)
        column.paragraph(section["origin"]["title"], size * 0.95, bold=True, ink="ink-soft", most_lines=1)
        for label, names in section["origin"]["rows"]:
            column.paragraph(f"{label} {names}", size * 0.85, ink="ink-soft", most_lines=5)


def write_entry(column: Column, entry: Entry, size: float) -> bool:
    """One entry in two lines; False where it finds no room."""
    if column.room_pt < size * LEADING * 2.4:
        return False
    has_badge = entry.badge and entry.style
    taken = column.badge(entry.badge, entry.style, size * 0.85) + size * 0.5 if has_badge else 0
    column.paragraph(entry.name, size, bold=True, keep_pt=taken, most_lines=1)
    small = size * 0.88
    if entry.side:
        column.beside(entry.side, small, ink="ink-soft")
    beside = min((width_em(entry.side) + 0.6) * small, column.width_pt * 0.7)
    column.paragraph(entry.note or " ", small, ink="ink-soft", keep_pt=beside, most_lines=1)
    column.gap(size * 0.35)
    return True


def _summary(column: Column, section: Mapping[str, Any], size: float) -> None:
    figure = f"{section['figure']} {section['of']}".strip()
    column.gap(size * 0.3)
    column.paragraph(figure, size * (2.2 if len(figure) < 12 else 1.5), bold=True, most_lines=2)
    column.paragraph(section["caption"], size)
    if section["bar"]:
        column.gap(size * 0.4)
        column.bar(section["bar"], size)
        column.gap(size * 0.4)
    column.paragraph(section["note"], size * 0.8, ink="ink-soft", most_lines=3)


def _first_list(column: Column, content: Mapping[str, Any], size: float) -> None:
    for title, found in entries(content["sections"]):
        column.gap(size * 0.7)
        column.paragraph(title, size, bold=True, most_lines=2)
        for entry in found:
            if not write_entry(column, entry, size * 0.88):
                break
        return


def _foot(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Whether any data are made up, of when they are and by which rules, and whose."""
    rows = [row for section in content["sections"] if section["type"] == "colophon" for row in section["rows"]]
    chip = [(content["chip"], "")] if content.get("chip") else []
    return [
        *chip,
        *((label, value) for label, value in rows),
        *([(content["credit"], " ")] if content.get("credit") else []),
    ]


def _keys(column: Column, items: list[dict[str, Any]], size: float, *, side_by_side: int) -> None:
    width = column.width_pt / side_by_side
    for first in range(0, len(items), side_by_side):
        if column.room_pt < size * 1.5:
            return
        for place, item in enumerate(items[first : first + side_by_side]):
            column.key(item, size, left_pt=place * width, width_pt=width)
        column.gap(size * 1.5)
