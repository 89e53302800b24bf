"""What a page is before it is written, and its first form: one closed file that fetches nothing.

A page is a Folium map, its data as JSON, and a description of the panel beside it, also as JSON: every name and figure
takes the same road to the screen. A page without a map is its panel alone. The same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ParamSpec

import pandas as pd

from geo.atlas import Atlas
from maps import assets, paint, palette, text
from maps.pages import sections
from maps.words import Words

P = ParamSpec("P")
PAGES = ("console", "dispatch", "coverage", "risk", "history", "brief")
NAVIGATION = (*PAGES, "present", "previous_week", "next_week", "file", "about", "lang")
LINKS = (*NAVIGATION, "clock", "attention", "places", "search")
"""The keys of a served page's links: those that are shown, and what its script asks for."""

LOOK_WORDS = ("look.system", "look.light", "look.dark")
"""What the switch of the look says."""
_JS_WORDS = (
    *LOOK_WORDS,
    "boot.loading",
    "boot.failed",
    "boot.retry",
    "nav.label",
    "panel.collapse",
    "panel.expand",
    "map.zoom_in",
    "map.zoom_out",
    "map.home",
    "map.full",
    "map.full_end",
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
    """What a kind of page holds of maps/static beside Leaflet, and what it asks for.

    `scripts` run in their order before the map is drawn. `modules` are ES modules, which run by themselves; what they
    import need not be named. `connects` says that also the file asks the service, `image_hosts` are origins whose
    pictures a served page shows, such as "https://tiles.example.org".
    """

    scripts: tuple[str, ...] = assets.MAP_SCRIPTS
    styles: tuple[str, ...] = assets.MAP_STYLES
    modules: tuple[str, ...] = ()
    connects: bool = False
    image_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A page before it is written: `content` describes it, beside `chart` or alone.

    `content["page"]` is the page's key, `content["county"]` ends its title. Draw one Document on one thread at a time:
    Folium writes into the chart.
    """

    words: Words
    title: str
    content: Mapping[str, Any]
    chart: paint.CountyMap | None = None
    outfit: Outfit = Outfit()

    @property
    def page(self) -> str:
        """The page's key, such as "coverage"."""
        return str(self.content["page"])

    @property
    def page_data(self) -> dict[str, Any]:
        """What the page's script reads as `yixian.page`."""
        layers = () if self.chart is None else self.chart.layers
        tree = {
            "titles": {group: self.words(f"tree.{group}") for group in paint.GROUPS},
            "of": {layer.block: layer.group for layer in layers},
        }
        said = {key: self.words(key) for key in _JS_WORDS}
        return {**self.content, "words": said, "styles": palette.screen_styles(), "tree": tree}

    @property
    def blocks(self) -> dict[str, paint.Payload]:
        """The data of the map's layers by the names under which the page's script reads them."""
        return dict(paint.payloads(self.chart)) if self.chart else {}

    @property
    def scripts(self) -> tuple[str, ...]:
        """The scripts of the page as it is served: a file has no tiles, and a map of few shapes none either."""
        has_tiles = self.chart is not None and self.chart.has_tiles
        return (*self.outfit.scripts, *((assets.TILES_SCRIPT,) if has_tiles else ()))

    @property
    def heading(self) -> str:
        """The title with the county, as the text of an element."""
        return text.markup_text(f"{self.title} · {self.content['county']}")

    @property
    def landmarks(self) -> str:
        """The page's landmarks, empty: the script fills them with text. The last one is left open for the map."""
        masthead = '<header id="masthead"></header>\n'
        if self.chart is None:
            return f'{masthead}<main id="panel" aria-label="{self.words("panel.label")}">'
        return (
            f'{masthead}<aside id="panel" aria-label="{self.words("panel.label")}"></aside>\n'
            f'<main id="map-frame" aria-label="{self.words("map.label")}">'
        )

    def of_another_time(self, at: datetime) -> Document:
        """The same, saying before all else that it shows `at` and not the present."""
        sign = {
            "title": self.words("time.not_now"),
            "body": self.words("time.not_now_body", at=self.words.instant(at)),
        }
        return replace(self, content={**self.content, "warnings": [sign, *self.content["warnings"]]})

    def standalone(self) -> bytes:
        """The page as one UTF-8 file that works when served and when opened from disk, without a network."""
        chart = None if self.chart is None else paint.alone(self.chart)
        sketch, blocks = assets.sketch(chart), dict(paint.payloads(chart)) if chart else {}
        blocks = {"page-data": self.page_data, **blocks}
        own = [assets.own_text(name) for name in self.outfit.scripts]
        scripts = [assets.own_text(assets.BOOT_SCRIPT), *map(assets.local_text, sketch.scripts), *own]
        body = [
            assets.script_element(assets.own_text(assets.LOOK_SCRIPT)),
            self.landmarks,
            sketch.html,
            "</main>",
            palette.pattern_defs(),
            assets.own_text("symbols.svg"),
            *(text.json_block(name, data) for name, data in blocks.items()),
            *(assets.script_element(script) for script in (*scripts, drawing(sketch)) if script),
        ]
        styles = [*map(assets.local_text, sketch.styles), palette.css_variables()]
        written = assets.closed(
            lang=self.words("lang.code"),
            title=self.heading,
            styles=[*styles, *(assets.own_text(name) for name in self.outfit.styles)],
            body="\n".join(body),
            connects=self.outfit.connects,
        )
        return written.encode("utf-8", "replace")


def drawing(sketch: assets.Sketch) -> str:
    """Folium's script as the page runs it: once the map's data are there. Empty without a map."""
    return f"yixian.draw(function () {{\n{sketch.script}\n}});" if sketch.script else ""


def standalone(make: Callable[P, Document]) -> Callable[P, bytes]:
    """What makes a page's file, from what makes its Document."""

    def page(*args: P.args, **options: P.kwargs) -> bytes:
        return make(*args, **options).standalone()

    page.__doc__ = make.__doc__
    return page


def county_document(
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
) -> Document:
    """A page of the whole county; `frames` are what it draws, for the mark of synthetic data, `sources` whose it is."""
    chip = words("map.contains_synthetic") if any(map(sections.synthetic_share, frames.values())) else None
    head = {
        "page": page,
        "county": county_name(atlas, words),
        "title": words(f"page.{page}"),
        "links": navigation(words, page, links),
        "bounds": paint.corners(atlas.bounds),
        "chip": chip,
        "credit": " · ".join(sections.foreign(sources)),
    }
    return Document(words, title, {**head, **panel}, paint.county_map(atlas.bounds, layers), outfit)


county_page = standalone(county_document)


def county_name(atlas: Atlas, words: Words) -> str:
    """The county's name in the page's language where the data give it."""
    row = atlas.layers["county"].iloc[0]
    english = row["name_en"]
    return str(english) if words.lang == "en" and isinstance(english, str) else str(row["name"])


def navigation(words: Words, page: str, links: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """The links that the masthead shows, `page` the one that one is on."""
    return [
        {"key": key, "label": words(f"nav.{key}"), "href": href, "current": key == page}
        for key, href in text.relative_links(links, LINKS).items()
        if key in NAVIGATION
    ]
