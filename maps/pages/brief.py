"""The weekly bulletin: one sheet of paper with the week's map, what changed, and the villages that lack coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.atlas import Area, Atlas
from geo.attention import OpenIncident, RedHazard
from geo.board import Board
from geo.brief import StateChange, WeeklyBrief
from geo.coverage import VillageStays
from geo.terms import Mode, StayState
from maps import assets, paint
from maps.pages import console_sections, coverage_sections, sections
from maps.pages.document import Document, Outfit, county_document, standalone
from maps.words import Words
from maps.words import words as words_of

_COLUMNS = ("card.village", "card.town", "brief.state", "card.nights", "brief.owed", "brief.left", "brief.people")


def brief_document(
    atlas: Atlas,
    board: Board,
    brief: WeeklyBrief,
    *,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> Document:
    """The bulletin of a week; printed it is one upright A4, where the villages without coverage are not too many.

    InputError as for `coverage_document`.
    """
    words, review = words_of(lang), brief.review
    stays = review.stays
    layers = _layers(atlas, board, brief, words)
    drawn = ("county", "towns", "villages", "roads", "rivers", "teams", "risk_zones", "hazard_sites")
    frames = sections.frames_of(atlas, drawn, layers) | {"stays": board.stays_origin, "incidents": board.incidents}
    mode = Mode.EMERGENCY if review.orders else Mode.NORMAL
    panel = {
        "headline": coverage_sections.week_line(words, stays.week),
        "facts": [
            [words("mode.label"), words(f"mode.{mode}")],
            *sections.facts(words, stays.at, stays.provenance),
        ],
        "notice": None,
        "warnings": sections.warnings(words, atlas, stays.at),
        "sections": [
            coverage_sections.summary(words, review),
            _changes(words, brief),
            _table(words, brief, paint.town_names(atlas, words)),
            _incidents(words, brief),
            _hazards(words, brief),
            _legend(words, brief, sections.scenery(words, atlas, layers), frames, layers),
            sections.colophon(words, stays.provenance, sources),
        ],
    }
    title = f"{words('page.brief')} · {stays.week}"
    outfit = Outfit(assets.BRIEF_SCRIPTS, assets.BRIEF_STYLES)
    return county_document(atlas, words, "brief", title, panel, layers, frames, links, sources, outfit)


brief_page = standalone(brief_document)


def _layers(atlas: Atlas, board: Board, brief: WeeklyBrief, words: Words) -> tuple[paint.DataLayer, ...]:
    stays = brief.review.stays
    frame, shown = board.incidents, {one.incident_id for one in brief.incidents}
    _, gravest_sites = paint.gravest_and_others(paint.hazard_sites(atlas, words), words)
    return paint.drawn(
        [
            paint.county(atlas),
            paint.villages_in_brief(atlas, stays, words),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.towns(atlas, words),
            paint.gravest_zones(atlas, words),
            paint.emergency_area(atlas, brief.review.emergency, words),
            gravest_sites,
            paint.incidents(frame[frame["incident_id"].isin(shown)], stays.at, words),
        ]
    )


def _changes(words: Words, brief: WeeklyBrief) -> sections.Section:
    """Who failed newly, who recovered, and who failed again."""
    kinds = (
        ("fallen", StayState.LOST, brief.fallen),
        ("recovered", StayState.MET, brief.recovered),
        ("still", StayState.LOST, brief.still),
    )
    groups = [
        {
            "title": words(f"brief.{kind}"),
            "style": f"state-{state}",
            "count": words.number(len(found)),
            "items": [_change(words, one, told=kind == "still") for one in found],
        }
        for kind, state, found in kinds
        if found
    ]
    return {
        "type": "since",
        "title": words("brief.changes"),
        "groups": groups,
        "empty": words("brief.unchanged" if brief.is_comparable else "brief.not_comparable"),
        "good": brief.is_comparable,
    }


def _change(words: Words, one: StateChange, *, told: bool) -> dict[str, Any]:
    weeks = words("brief.weeks_lost", count=one.lost_weeks) if told and one.lost_weeks > 1 else ""
    return {"layer": "layer-villages", "id": one.village.code, "name": one.village.name, "side": weeks}


def _table(words: Words, brief: WeeklyBrief, towns: Mapping[str, str]) -> sections.Section:
    """The villages that lack coverage, a row each."""
    is_judged = any(one.state is not StayState.NO_DATA for one in brief.review.stays.villages)
    return {
        "type": "table",
        "title": words("coverage.lacking"),
        "count": words.number(len(brief.lacking)) if is_judged else "",
        "note": words("coverage.by_attention") if brief.lacking else "",
        "columns": [words(key) for key in _COLUMNS],
        "rows": [_village(words, one, towns.get(one.town_code)) for one in brief.lacking],
        "empty": words("coverage.none_lacking" if is_judged else "coverage.none_judged"),
        "good": is_judged,
    }


def _village(words: Words, one: VillageStays, town: str | None) -> dict[str, Any]:
    is_curable = one.state is StayState.CURABLE
    return {
        "layer": "layer-villages",
        "id": one.village_code,
        "style": f"state-{one.state}",
        "badge": 2,
        "cells": [
            one.village_name,
            words.given(town),
            words(f"state.{one.state}"),
            f"{one.nights}/{one.quota}",
            words.number(one.shortfall),
            words.number(one.nights_left) if is_curable else "–",
            words.number(one.population) if one.population is not None else "–",
        ],
    }


def _incidents(words: Words, brief: WeeklyBrief) -> sections.Section:
    return {
        "type": "list",
        "title": words("risk.open_incidents"),
        "count": words.number(len(brief.incidents)) if brief.incidents else "",
        "groups": [{"items": [_incident(words, one) for one in brief.incidents]}] if brief.incidents else [],
        "empty": words("risk.no_open_incidents"),
        "good": True,
    }


def _incident(words: Words, one: OpenIncident) -> dict[str, Any]:
    told = words.given(one.summary)
    return {
        "layer": "layer-incidents",
        "id": one.incident_id,
        "name": words(f"incident.{one.kind}"),
        "note": f"{_place(one.village)}{told}",
        "side": words.instant(one.discovered_at),
    }


def _hazards(words: Words, brief: WeeklyBrief) -> sections.Section:
    return {
        "type": "list",
        "title": words("console.hazards"),
        "count": words.number(len(brief.hazards)) if brief.hazards else "",
        "groups": [{"items": [_hazard(words, one) for one in brief.hazards]}] if brief.hazards else [],
        "empty": words("brief.no_hazards"),
        "good": True,
    }


def _hazard(words: Words, one: RedHazard) -> dict[str, Any]:
    is_site = one.hazard.layer == "hazard_sites"  # zones are borders, which answer no click
    return {
        "layer": "layer-gravest-sites",
        "id": one.hazard.hazard_id if is_site else None,
        "name": one.hazard.name,
        "note": f"{_place(one.village)}{words(f'hazard.{one.hazard.kind}')}",
        "side": words.counted("people", one.people),
    }


def _place(village: Area | None) -> str:
    return "" if village is None else f"{village.name} · "


def _legend(
    words: Words,
    brief: WeeklyBrief,
    scenery: list[sections.Section],
    frames: Mapping[str, Any],
    layers: Sequence[paint.DataLayer],
) -> sections.Section:
    counts = brief.review.stays.counts
    states = [
        {"style": f"state-{state}", "label": words(f"state.{state}"), "count": words.number(counts[state])}
        for state in coverage_sections.STATES_SHOWN
        if counts[state] or state in (StayState.MET, StayState.CURABLE, StayState.LOST)
    ]
    marks = console_sections.marks(words, {layer.identity for layer in layers})
    return sections.legend(words, [{"title": words("coverage.states"), "items": states}, *marks, *scenery], frames)
