"""The closed document: masthead, panel and map around their data, all of it in one file that fetches nothing.

A page is a Folium map, its data as JSON, and a description of the panel beside it, also as JSON: every name and figure
takes the same road to the screen. A page without a map is its panel alone. The same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.atlas import Atlas
from maps import assets, paint, palette, text
from maps.pages import sections
from maps.words import Words

NAVIGATION = ("dispatch", "coverage", "risk", "previous_week", "next_week", "lang")
LINKS = (*NAVIGATION, "clock")
"""The keys of a served page's links: those that are shown, and what its script asks for."""

_JS_WORDS = (
    "nav.label",
    "panel.collapse",
    "panel.expand",
    "map.zoom_in",
    "map.zoom_out",
    "map.home",
    "map.north",
    "map.north_letter",
    "map.layers",
    "map.close",
    "find.label",
    "find.hint",
    "find.none",
    "find.found",
)


@dataclass(frozen=True, slots=True)
class Outfit:
    """The scripts and style sheets of a kind of page, beside Leaflet's, and whether it asks its service for more."""

    scripts: tuple[str, ...] = assets.MAP_SCRIPTS
    styles: tuple[str, ...] = assets.MAP_STYLES
    connects: bool = False


def county_page(
    atlas: Atlas,
    words: Words,
    page: str,
    title: str,
    panel: Mapping[str, Any],
    layers: Sequence[paint.DataLayer],
    frames: Mapping[str, pd.DataFrame],
    links: Mapping[str, str] | None,
    sources: Sequence[str],
    outfit: Outfit = Outfit(),
) -> bytes:
    """A page of the whole county; `frames` are what it draws, for the mark of synthetic data, `sources` whose it is."""
    chip = words("map.contains_synthetic") if any(map(sections.synthetic_share, frames.values())) else None
    head = {
        "page": page,
        "county": county_name(atlas, words),
        "title": words(f"page.{page}"),
        "links": _links(words, page, links),
        "bounds": paint.corners(atlas.bounds),
        "chip": chip,
        "credit": " · ".join(sections.foreign(sources)),
    }
    return document(words, title, {**head, **panel}, paint.county_map(atlas.bounds, layers), outfit)


def document(
    words: Words, title: str, content: Mapping[str, Any], chart: paint.CountyMap | None, outfit: Outfit = Outfit()
) -> bytes:
    """UTF-8 bytes of the page that `content` describes, beside `chart` or alone; `content["county"]` ends its title."""
    shown = {**content, "words": {key: words(key) for key in _JS_WORDS}, "styles": palette.style_table()}
    blocks = [text.json_block("page-data", shown)]
    blocks += [text.json_block(block, payload) for block, payload in (paint.payloads(chart) if chart else ())]
    figure = assets.LocalFigure(
        lang=words("lang.code"),
        title=text.markup_text(f"{title} · {content['county']}"),
        styles=palette.css_variables(),
        before=_frame_before(words, mapped=chart is not None),
        after="\n".join(["</main>", palette.pattern_defs(), assets.own_text("symbols.svg"), *blocks]),
        own_scripts=outfit.scripts,
        own_styles=outfit.styles,
        connects=outfit.connects,
    )
    if chart is not None:
        figure.add_child(chart)
    return figure.render().encode("utf-8", "replace")


def county_name(atlas: Atlas, words: Words) -> str:
    """The county's name in the page's language where the data give it."""
    row = atlas.layers["county"].iloc[0]
    english = row["name_en"]
    return str(english) if words.lang == "en" and isinstance(english, str) else str(row["name"])


def _frame_before(words: Words, *, mapped: bool) -> str:
    """The page's landmarks, empty: the script fills them with text."""
    masthead = '<header id="masthead"></header>\n'
    if not mapped:
        return f'{masthead}<main id="panel" aria-label="{words("panel.label")}">'
    return (
        f'{masthead}<aside id="panel" aria-label="{words("panel.label")}"></aside>\n'
        f'<main id="map-frame" aria-label="{words("map.label")}">'
    )


def _links(words: Words, page: str, links: Mapping[str, str] | None) -> list[dict[str, Any]]:
    return [
        {"key": key, "label": words(f"nav.{key}"), "href": href, "current": key == page}
        for key, href in text.relative_links(links, LINKS).items()
        if key in NAVIGATION
    ]
