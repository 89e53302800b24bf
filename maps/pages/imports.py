"""The report of an import as a page: what was read, what became of it, and every fault with its place on a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from geo.atlas import Atlas
from geo.intake.report import ImportReport
from maps import assets, paint
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_name, standalone
from maps.pages.import_rows import Rows
from maps.pages.import_sections import layer_title, panel
from maps.words import Words
from maps.words import words as words_of

NEAR_DEGREES = 0.5
"""A row this close to the county is part of the first view; a farther one is reached from its line in the list."""

_STATES = ("refused", "repaired", "warned")


def import_document(atlas: Atlas | None, report: ImportReport, *, lang: str = "zh") -> Document:
    """What an import did and met; it fetches nothing.

    The rows that are spoken of are drawn over the county, or alone where there is none yet (`atlas` None); without any
    place there is no map. InputError for a language that there is not.
    """
    words = words_of(lang)
    rows = Rows(report, words)
    layer = layer_title(words, report.layer)
    title = f"{words('page.import')} · {layer}" if atlas else words("page.import")
    described = panel(words, rows)
    head: dict[str, Any] = {
        "page": "import",
        "county": county_name(atlas, words) if atlas else layer,
        "title": words("page.import"),
        "headline": layer if atlas else "",
        "links": [],
        "chip": None,
    }
    if not rows.places:
        outfit = Outfit(assets.SHEET_SCRIPTS, assets.SHEET_STYLES)
        return Document(words, title, {**head, **described}, None, outfit)
    marks = rows.marks()
    rest = rows.unmarked(mark.row for mark in marks)
    layers = [*([paint.dots(rest, words)] if any(rest.values()) else []), paint.rows(marks, words)]
    if atlas:
        layers = [paint.county(atlas), paint.village_borders(atlas, words), paint.towns(atlas, words), *layers]
    bounds = _view(atlas, rows.places.values())
    described["sections"].insert(-1, _legend(words, rows, atlas))
    content = {**head, "bounds": paint.corners(bounds), **described}
    outfit = Outfit(assets.REPORT_SCRIPTS, assets.REPORT_STYLES)
    return Document(words, title, content, paint.county_map(bounds, layers, min_zoom=2), outfit)


import_page = standalone(import_document)


def _legend(words: Words, rows: Rows, atlas: Atlas | None) -> sections.Section:
    drawn = [rows.states[row] for row in rows.places]
    items = [
        sections.mark(f"row-{state}", f"sym-row-{state}", words(f"import.state.{state}"), words.number(count))
        for state, count in ((state, drawn.count(state)) for state in _STATES)
    ]
    groups: list[dict[str, Any]] = [{"title": words("import.drawn_rows"), "items": items}]
    frames: Mapping[str, Any] = {}
    if atlas:
        groups.append(sections.borders(words))
        frames = {name: atlas.layers[name] for name in ("county", "towns", "villages")}
    return sections.legend(words, groups, frames)


def _view(atlas: Atlas | None, places: Iterable[tuple[float, float]]) -> paint.Bounds:
    """The county with the rows in and near it; without one, all rows. Never narrower than a village."""
    found = list(places)
    if atlas:
        west, south, east, north = atlas.bounds
        found = [
            (lon, lat)
            for lon, lat in found
            if west - NEAR_DEGREES <= lon <= east + NEAR_DEGREES and south - NEAR_DEGREES <= lat <= north + NEAR_DEGREES
        ]
        found += [(west, south), (east, north)]
    lons, lats = zip(*found, strict=True)
    room = 0 if atlas else 0.02
    return min(lons) - room, min(lats) - room, max(lons) + room, max(lats) + room
