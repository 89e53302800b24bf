"""The page of dispatch: who is first at a place and on which roads, over the bands of what is reached in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from geo.atlas import Atlas, Place
from geo.board import Board
from geo.calendar import to_china
from geo.closures import Closure
from geo.errors import FarPlaceError
from geo.nearest import NearestAnswer
from geo.reach import ReachAreas
from maps import assets, dispatch_cards, paint
from maps.pages import dispatch_sections as own
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_document, standalone
from maps.words import Words
from maps.words import words as words_of

_OUTFIT = Outfit(assets.DISPATCH_SCRIPTS, assets.DISPATCH_STYLES)


def dispatch_document(
    atlas: Atlas,
    board: Board,
    answer: NearestAnswer | None,
    areas: ReachAreas,
    *,
    at: datetime,
    far: FarPlaceError | None = None,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> Document:
    """Who is first at the place of `answer` (asked with paths), with the areas of reach and the closures in force.

    Without an answer the page invites to ask; `far` is the refusal of a place too far from the county. A click asks
    `links["dispatch"]` with `lon` and `lat`; without that link, as in a saved file, it shows the coordinates. It
    fetches nothing; InputError as for `coverage_document`.
    """
    words, at = words_of(lang), to_china(at)
    place = answer.place if answer else _nowhere(far) if far else None
    active = () if board.roads is None else board.roads.active_at(at)
    layers = _layers(atlas, board, answer, areas, active, place, at, words)
    named = ("county", "towns", "villages", "stations", "roads", "rivers", "teams")
    frames = sections.frames_of(atlas, named, layers) | {"closures": board.closures, "incidents": board.incidents}
    ask_href = (links or {}).get("dispatch")
    panel = {
        "headline": dispatch_cards.coordinates(place.lon, place.lat) if place else words("dispatch.headline"),
        "facts": sections.facts(words, at, atlas.provenance),
        "notice": _notice(words, atlas, answer, far),
        "warnings": sections.warnings(words, atlas, at),
        "sections": [
            *_answered(words, answer, at),
            *([] if place else [own.reach_summary(words, atlas, areas)]),
            own.asking(words, atlas, _open_incidents(board.incidents, at), place),
            own.closures_list(words, active, answer),
            own.legend(words, atlas, areas, answer, active, layers, frames),
            sections.colophon(words, atlas.provenance, sources),
        ],
        "ask": {"href": ask_href, "words": {key: words(f"ask.{key}") for key in own.ASK_WORDS}},
        "focus": _focus(atlas, answer, place),
    }
    title = words("page.dispatch")
    return county_document(atlas, words, "dispatch", title, panel, layers, frames, links, sources, _OUTFIT)


dispatch_page = standalone(dispatch_document)


def _nowhere(far: FarPlaceError) -> Place:
    return Place(far.lon, far.lat, None, None, None, None, None, ())


def _layers(
    atlas: Atlas,
    board: Board,
    answer: NearestAnswer | None,
    areas: ReachAreas,
    active: Sequence[Closure],
    place: Place | None,
    at: datetime,
    words: Words,
) -> tuple[paint.DataLayer, ...]:
    """From the bottom up, as far as there is anything to draw."""
    return paint.drawn(
        [
            paint.county(atlas),
            paint.reach_bands(atlas, areas.bands, words),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.village_borders(atlas, words),
            paint.towns(atlas, words),
            paint.stations(atlas, words),
            *([paint.routes(answer, words)] if answer else []),
            paint.closed_roads(active, board.roads),
            paint.closure_signs(active, board.roads, words),
            paint.incidents(_open_incidents(board.incidents, at), at, words),
            *([paint.team_flags(answer, words)] if answer else []),
            *([paint.asked_place(place, words)] if place else []),
        ]
    )


def _open_incidents(frame: pd.DataFrame, at: datetime) -> pd.DataFrame:
    """What is discovered and not handled yet, the latest first."""
    is_open = (frame["discovered_at"] <= at) & ~(frame["handled_at"] <= at)
    return frame[is_open].sort_values(["discovered_at", "incident_id"], ascending=False)


def _notice(words: Words, atlas: Atlas, answer: NearestAnswer | None, far: FarPlaceError | None) -> Any:
    """What a commander must know before anything else: nobody comes, and why; or that there are no roads to go by."""
    if far is not None:
        facts = {"distance": round(far.distance_m / 1000), "limit": round(far.limit_m / 1000)}
        return {"title": words("dispatch.far_title"), "body": words("dispatch.far_body", **facts), "look": "alarm"}
    if answer is not None and not answer.teams:
        return {**own.nobody(words, answer), "look": "alarm"}
    if atlas.network is None:
        return {"title": words("dispatch.no_roads_title"), "body": words("dispatch.no_roads_body")}
    return None


def _answered(words: Words, answer: NearestAnswer | None, at: datetime) -> list[sections.Section]:
    """The answer, the first arrival before all; nothing where none was asked for."""
    if answer is None:
        return []
    found = [own.first(words, answer, at), own.arrivals(words, answer, at)] if answer.teams else []
    passed = [own.passed_over(words, answer)] if answer.passed_over else []
    return [*found, *passed, own.place(words, answer.place)]


def _focus(atlas: Atlas, answer: NearestAnswer | None, place: Place | None) -> list[list[float]] | None:
    """What is in view at first, where the address says nothing of it."""
    if answer is not None:
        return paint.corners(paint.answer_bounds(atlas, answer))
    return paint.corners(paint.far_bounds(atlas, place)) if place is not None else None
