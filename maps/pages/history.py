"""The page of how it came: villages by state, incidents and orders over weeks and days, with a slider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geo.atlas import Atlas
from geo.board import Board
from geo.coverage import StayHistory
from maps import assets, paint
from maps.pages import history_sections as own
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_document, standalone
from maps.words import Words
from maps.words import words as words_of

_DRAWN = ("county", "towns", "villages", "stations", "roads", "rivers", "teams")


def history_document(
    atlas: Atlas,
    board: Board,
    history: StayHistory,
    *,
    moment: str | None = None,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> Document:
    """The weeks of `history` and their days up to its present; `moment` (2022-W49 or 2022-12-05) is shown first.

    The page holds every moment and fetches nothing; its address carries the one that is shown. Without `moment` that is
    the last week. InputError for a moment that the range does not have, and as for `coverage_document`.
    """
    words, at = words_of(lang), history.at
    orders = own.orders_of(board, history)
    layers = _layers(atlas, board, history, words)
    frames = sections.frames_of(atlas, _DRAWN, layers) | {"stays": board.stays_origin, "incidents": board.incidents}
    panel = {
        "headline": words("history.headline"),
        "facts": sections.facts(words, at, history.provenance),
        "notice": own.no_data_notice(words, history),
        "warnings": sections.warnings(words, atlas, at),
        "sections": [
            own.summary(words, history),
            own.changes(words),
            own.happened(words),
            sections.find(),
            own.legend(words, sections.scenery(words, atlas, layers), frames),
            sections.colophon(words, history.provenance, sources),
        ],
        "timeline": own.timeline(words, board, history, orders, moment),
    }
    outfit = Outfit(assets.HISTORY_SCRIPTS, assets.HISTORY_STYLES)
    return county_document(
        atlas, words, "history", words("page.history"), panel, layers, frames, links, sources, outfit
    )


history_page = standalone(history_document)


def _layers(atlas: Atlas, board: Board, history: StayHistory, words: Words) -> tuple[paint.DataLayer, ...]:
    """From the bottom up, as far as there is anything to draw."""
    return paint.drawn(
        [
            paint.county(atlas),
            paint.villages_over_time(atlas, history, words),
            paint.woodland(atlas, words),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.towns(atlas, words),
            paint.dated_orders(atlas, own.orders_of(board, history), words),
            paint.stations(atlas, words),
            paint.dated_incidents(board.incidents, history.at, words),
        ]
    )
