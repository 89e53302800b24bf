"""The console: the page that commanders keep open. The map with the villages' states; its modules ask for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from geo.atlas import Atlas
from geo.board import Board
from geo.coverage import StayCoverage
from geo.index import Mask
from geo.mobilisations import in_force, villages_under
from geo.terms import Mode
from maps import assets, paint
from maps.pages import console_sections as own
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_document, standalone
from maps.words import Words
from maps.words import words as words_of

_OUTFIT = Outfit(assets.CONSOLE_SCRIPTS, assets.CONSOLE_STYLES, modules=assets.CONSOLE_MODULES)


def console_document(
    atlas: Atlas,
    board: Board,
    coverage: StayCoverage,
    *,
    is_picked: bool = False,
    is_fixed: bool = False,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> Document:
    """The county at the instant of `coverage`, which is of the week that the instant lies in.

    `is_picked`: the instant was asked for and is not the present; `is_fixed`: it is the present, and stands still. The
    modules ask `links["attention"]`, `links["places"]` and `links["search"]`; a place is carried on to
    `links["dispatch"]`, another moment to `links["console"]` with `at`, and back from it to `links["present"]`.
    InputError as for `coverage_document`.
    """
    words, orders = words_of(lang), in_force(board, coverage.at)
    shown = words.instant(coverage.at)
    layers = _layers(atlas, board, coverage, villages_under(atlas, orders), words)
    named = ("county", "towns", "villages", "stations", "roads", "rivers", "teams", "risk_zones", "hazard_sites")
    frames = sections.frames_of(atlas, named, layers) | {"stays": board.stays_origin, "incidents": board.incidents}
    mode = Mode.EMERGENCY if orders else Mode.NORMAL
    groups = [
        own.legend(words, coverage),
        *own.marks(words, (layer.identity for layer in layers)),
        *sections.scenery(words, atlas, layers),
    ]
    panel = {
        "headline": "",
        "facts": [],
        "cards": "panel",
        "notice": None,
        "warnings": sections.warnings(words, atlas, coverage.at),
        "sections": [
            own.slot("console-search"),
            own.slot("console-tally"),
            own.slot("console-place"),
            own.slot("console-attention", waiting=words("console.loading"), saved=words("console.saved", time=shown)),
            sections.legend(words, groups, frames),
            sections.colophon(words, coverage.provenance, sources),
        ],
        "console": {
            **own.about(words, coverage.at, mode, is_picked=is_picked, is_fixed=is_fixed),
            "doors": own.doors(links or {}),
            "data_date": coverage.provenance.date.isoformat(),
        },
    }
    return county_document(
        atlas, words, "console", words("page.console"), panel, layers, frames, links, sources, _OUTFIT
    )


console_page = standalone(console_document)


def _layers(
    atlas: Atlas, board: Board, coverage: StayCoverage, emergency: Mask, words: Words
) -> tuple[paint.DataLayer, ...]:
    """From the bottom up, as far as there is anything to draw; what is only worth a look is hidden at first."""
    at = coverage.at
    active = () if board.roads is None else board.roads.active_at(at)
    other_sites, gravest_sites = paint.gravest_and_others(paint.hazard_sites(atlas, words), words)
    return paint.drawn(
        [
            paint.county(atlas),
            paint.villages_in_brief(atlas, coverage, words),
            paint.woodland(atlas, words),
            paint.in_brief(paint.fire_zones(atlas, words), show=False),
            paint.in_brief(paint.geo_zones(atlas, words), show=False),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.towns(atlas, words),
            paint.gravest_zones(atlas, words),
            paint.emergency_area(atlas, emergency, words),
            paint.stations(atlas, words),
            other_sites,
            gravest_sites,
            paint.closed_roads(active, board.roads),
            paint.closure_signs(active, board.roads, words),
            paint.incidents(_open(board.incidents, at), at, words),
        ]
    )


def _open(frame: pd.DataFrame, at: datetime) -> pd.DataFrame:
    """What is discovered and not handled yet."""
    return frame[(frame["discovered_at"] <= at) & ~(frame["handled_at"] <= at)]
