"""The page about the service: what it runs, on which data, and whose works its pages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from geo.atlas import Atlas
from geo.board import Board, layer_frame
from geo.layers.registry import LAYERS
from maps import assets
from maps.licences import WORKS, Work
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_name, navigation, standalone
from maps.pages.shipped import Asset, asset, assets_by_name
from maps.words import Words
from maps.words import words as words_of


def about_document(
    atlas: Atlas,
    board: Board,
    *,
    version: str,
    at: datetime,
    sources: Mapping[str, str],
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
) -> Document:
    """The program's `version`, the data with the source of each layer, and every asset with its licence; no map.

    InputError as for `coverage_document`.
    """
    words = words_of(lang)
    content = {
        "page": "about",
        "county": county_name(atlas, words),
        "title": words("page.about"),
        "headline": "",
        "links": navigation(words, "about", links),
        "chip": None,
        "facts": sections.facts(words, at, atlas.provenance),
        "notice": None,
        "warnings": sections.warnings(words, atlas, at),
        "sections": [
            _service(words, atlas, version),
            _layers(words, atlas, board, sources),
            _works(words),
        ],
    }
    return Document(words, words("page.about"), content, None, Outfit(assets.ABOUT_SCRIPTS, assets.ABOUT_STYLES))


about_page = standalone(about_document)


def _service(words: Words, atlas: Atlas, version: str) -> sections.Section:
    rows = [
        [words("about.program"), f"Yixian 一线 {version}"],
        [words("time.version"), atlas.provenance.version],
        [words("time.data_date"), words.instant(atlas.provenance.date)],
        [words("time.rules"), atlas.provenance.rules],
        [words("about.metric_crs"), atlas.metric_crs],
        [words("time.zone"), "UTC+8"],
    ]
    return {"type": "table", "title": words("about.service"), "head": [], "rows": rows, "note": words("about.offline")}


def _layers(words: Words, atlas: Atlas, board: Board, sources: Mapping[str, str]) -> sections.Section:
    head = [words(f"about.{key}") for key in ("layer", "rows", "made_up", "source")]
    rows = []
    for name, spec in LAYERS.items():
        frame = layer_frame(atlas, board, name)
        if frame.empty:
            continue
        made_up = f"{sections.synthetic_share(frame):.0%}"
        title = spec.title_en if words.lang == "en" else spec.title_zh
        rows.append([title, words.number(len(frame)), made_up, words.given(sources.get(name))])
    return {
        "type": "table",
        "title": words("about.data"),
        "head": head,
        "rows": rows,
        "note": words("about.made_up_note"),
    }


def _works(words: Words) -> sections.Section:
    items = [
        {
            "name": f"{work.name} {work.version}",
            "licence": work.licence,
            "files": [_file(words, one) for one in _files(work)],
            "terms": work.terms,
        }
        for work in WORKS
    ]
    return {"type": "works", "title": words("about.works"), "note": words("about.works_note"), "items": items}


def _files(work: Work) -> list[Asset]:
    """The assets that a work is in; those of nobody else are ours."""
    pinned = {asset(url).name for url in assets.PINNED_SHA256}
    if work is WORKS[0]:
        return [one for name, one in assets_by_name().items() if name not in pinned]
    styles = [assets.LEAFLET_CSS] if work.url == assets.LEAFLET_JS else []
    return [asset(url) for url in (work.url, *styles) if url is not None]


def _file(words: Words, one: Asset) -> list[Any]:
    return [one.name, words("about.kilobytes", size=f"{len(one.zipped) / 1024:.1f}")]
