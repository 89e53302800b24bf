"""The page of risk: zones, hazard sites, incidents and detections, and who is exposed to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import to_china
from geo.exposure import ExposedArea, Exposure
from geo.fire_danger import FireDays
from geo.layers.registry import LAYERS
from geo.layers.spec import public
from geo.terms import DangerGrade, HazardKind, HazardLevel, SiteStatus
from maps import assets, cards, paint
from maps.pages import fire_sections as fires
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_document, standalone
from maps.words import Words
from maps.words import words as words_of

LISTED_VILLAGES = 40
"""How many exposed villages the risk page lists."""


def risk_document(
    atlas: Atlas,
    board: Board,
    exposure: Exposure,
    *,
    at: datetime,
    day: date | None = None,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> Document:
    """Risk zones, hazard sites, incidents and unverified detections as of `at`, with who is exposed to them.

    The forest-fire class of any day of the season can be shown, at first that of `day` (today). It fetches nothing.
    InputError for a day that is not shown, and as for `coverage_document`.
    """
    words, at = words_of(lang), to_china(at)
    fire = fires.days_of(atlas, at)
    is_known = paint.is_risk_known(atlas)
    layers = _layers(atlas, board, exposure, at, words)
    named = ("county", "towns", "villages", "grids", "stations", "roads", "rivers", "risk_zones", "hazard_sites")
    frames = sections.frames_of(atlas, (*named, "fire_dangers", "detections"), layers) | {"incidents": board.incidents}
    panel = {
        "headline": words("risk.headline"),
        "facts": sections.facts(words, at, exposure.provenance),
        "notice": None if is_known else _no_data_notice(words),
        "warnings": sections.warnings(words, atlas, at),
        "sections": [
            fires.fire_of_the_day(words, fire),
            _exposure_summary(words, exposure, is_known=is_known),
            _open_incidents(words, board.incidents, at),
            _exposed_list(words, exposure, atlas, is_known=is_known),
            sections.find(),
            sections.legend(
                words, _scales(words, atlas, board, at, fire) + sections.scenery(words, atlas, layers), frames
            ),
            sections.colophon(words, exposure.provenance, sources),
        ],
        "fire": fires.timeline(words, fire, exposure, day, paint.town_names(atlas, words)),
    }
    outfit = Outfit(assets.RISK_SCRIPTS, assets.RISK_STYLES)
    return county_document(atlas, words, "risk", words("page.risk"), panel, layers, frames, links, sources, outfit)


risk_page = standalone(risk_document)


def _layers(atlas: Atlas, board: Board, exposure: Exposure, at: datetime, words: Words) -> tuple[paint.DataLayer, ...]:
    """From the bottom up, as far as there is anything to draw."""
    return paint.drawn(
        [
            paint.county(atlas),
            paint.fire_class(atlas, words),
            paint.villages_outline(atlas, exposure, words),
            paint.woodland(atlas, words),
            paint.exposed_grids(atlas, exposure, words),
            paint.fire_zones(atlas, words),
            paint.geo_zones(atlas, words),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.towns(atlas, words),
            paint.stations(atlas, words),
            paint.hazard_sites(atlas, words),
            paint.detections(atlas, at, words),
            paint.incidents(board.incidents, at, words),
        ]
    )


def _no_data_notice(words: Words) -> dict[str, str]:
    return {"title": words("risk.no_data_title"), "body": words("risk.no_data_body")}


def _exposure_summary(words: Words, exposure: Exposure, *, is_known: bool) -> sections.Section:
    known = sum(exposure.people_by_level.values())
    people = exposure.people if is_known else None  # nobody threatened is not the same as no threat on record
    unknown = (people or 0) - known
    rows = [
        {
            "style": cards.level_style(level),
            "label": cards.level_name(words, level),
            "value": words("value.unknown") if people is None else words.number(exposure.people_by_level[level]),
            "share": exposure.people_by_level[level],
        }
        for level in sections.WORST_FIRST
    ]
    if unknown > 0:
        label = cards.level_name(words, None)
        rows.append({"style": "unknown", "label": label, "value": words.number(unknown), "share": unknown})
    within = (
        words("risk.within", distance=words.counted("metres", round(exposure.within_m)))
        if exposure.within_m
        else words("risk.inside")
    )
    figure = words("value.unknown") if people is None else words.number(people)
    return {
        "type": "summary",
        "figure": figure,
        "of": "",
        "caption": words("risk.people"),
        "note": f"{within} · {words('risk.people_note')}",
        "bar": [row for row in rows if row["share"]],
        "rows": {"title": words("risk.people_by_level"), "items": rows},
        "short": f"{words('risk.people')} {figure}",
    }


def _known_incidents(frame: pd.DataFrame, at: datetime) -> list[dict[str, Any]]:
    visible = public(frame, LAYERS["incidents"])
    rows = zip(*(visible[column] for column in visible.columns), strict=True)
    known = [dict(zip(visible.columns, cells, strict=True)) for cells in rows]
    return [row for row in known if row["discovered_at"] <= at]


def _open_incidents(words: Words, frame: pd.DataFrame, at: datetime) -> sections.Section:
    found = [row for row in _known_incidents(frame, at) if cards.is_open(row, at)]
    found.sort(key=lambda row: (row["discovered_at"], row["incident_id"]), reverse=True)
    items = [
        {
            "layer": "layer-incidents",
            "id": row["incident_id"],
            "name": words(f"incident.{row['kind']}"),
            "note": words.given(cards.cell(row, "summary")),
            "side": words.instant(row["discovered_at"]),
        }
        for row in found
    ]
    return {
        "type": "list",
        "title": words("risk.open_incidents"),
        "count": "" if frame.empty else words.number(len(items)),
        "groups": [{"items": items}] if items else [],
        "empty": words("risk.no_incident_data" if frame.empty else "risk.no_open_incidents"),
        "good": not frame.empty,
    }


def _exposed_list(words: Words, exposure: Exposure, atlas: Atlas, *, is_known: bool) -> sections.Section:
    towns = paint.town_names(atlas, words)
    town_of = {area.code: towns.get(area.town_code) for area in atlas.villages}
    shown = exposure.villages[:LISTED_VILLAGES]
    groups = []
    for level in (*sections.WORST_FIRST, None):
        found = [area for area in shown if area.level is level]
        if found:
            groups.append(
                {
                    "title": cards.level_name(words, level),
                    "style": cards.level_style(level),
                    "count": words.number(sum(area.level is level for area in exposure.villages)),
                    "items": [_exposed_item(words, area, town_of[area.code]) for area in found],
                }
            )
    total = len(exposure.villages)
    return {
        "type": "list",
        "title": words("risk.exposed"),
        "count": words.number(total) if is_known else "",
        "note": words("risk.exposed_of", shown=len(shown), total=total) if len(shown) < total else "",
        "groups": groups,
        "empty": words("risk.none_exposed" if is_known else "risk.none_judged"),
        "good": is_known,
    }


def _exposed_item(words: Words, area: ExposedArea, town: str | None) -> dict[str, str]:
    return {
        "layer": "layer-villages",
        "id": area.code,
        "name": words.given(area.name),
        "note": f"{words.given(town)} · {words('risk.hazard_count', count=len(area.hazards))}",
        "side": words.counted("people", area.population),
    }


def _scales(words: Words, atlas: Atlas, board: Board, at: datetime, fire: FireDays) -> list[sections.Section]:
    """What the colours and symbols of hazards mean; the scale of a layer that is not there would only count to zero."""
    kinds = atlas.layers["risk_zones"]["kind"]
    is_fire = kinds == HazardKind.FOREST_FIRE
    sites, detections = atlas.layers["hazard_sites"], atlas.layers["detections"]
    return [
        *([fires.scale(words, fire)] if fire.is_known else []),
        *([_zone_scale(words, atlas, "fire")] if is_fire.any() else []),
        *([_zone_scale(words, atlas, "geo")] if not is_fire.all() else []),
        *([_site_scale(words, atlas)] if len(sites) else []),
        *([_signals(words, atlas, board, at)] if len(board.incidents) or len(detections) else []),
    ]


def _zone_scale(words: Words, atlas: Atlas, family: str) -> sections.Section:
    zones = atlas.layers["risk_zones"]
    is_fire = zones["kind"] == HazardKind.FOREST_FIRE
    counts = Counter(zones["level"][is_fire if family == "fire" else ~is_fire])
    kind = HazardKind.FOREST_FIRE if family == "fire" else HazardKind.LANDSLIDE
    items = [
        {
            "style": f"{family}-{int(level)}",
            "numeral": cards.numeral(kind, level),
            "label": f"{words(f'{family}_level.{int(level)}')} · {words(f'colour.{int(level)}')}",
            "count": words.number(counts[int(level)]),
        }
        for level in sections.WORST_FIRST
        if family == "fire" or level > HazardLevel.LOW or counts[int(level)]
    ]
    return {"title": words(f"risk.{family}_scale"), "items": items}


def _site_scale(words: Words, atlas: Atlas) -> sections.Section:
    sites = atlas.layers["hazard_sites"]
    active = sites[sites["status"] == SiteStatus.ACTIVE]
    counts = Counter(active["danger_grade"].dropna())
    items = [
        {
            "style": cards.level_style(grade.level),
            "symbol": "sym-site",
            "text": cards.ROMAN[grade],
            "label": words(f"grade.{grade}"),
            "count": words.number(counts[str(grade)]),
        }
        for grade in reversed(DangerGrade)
    ]
    unknown, removed = int(active["danger_grade"].isna().sum()), len(sites) - len(active)
    items.append(sections.mark("unknown", "sym-site", words("grade.unknown"), words.number(unknown), "?"))
    items.append(sections.mark("removed", "sym-site-removed", words("site_status.removed"), words.number(removed)))
    return {"title": words("risk.sites"), "items": items, "compact": True}


def _signals(words: Words, atlas: Atlas, board: Board, at: datetime) -> sections.Section:
    """Symbols with their counts; a layer without any row is not counted: none is not the same as no record."""
    items = [
        *([] if board.incidents.empty else _incident_marks(words, board, at)),
        *([] if atlas.layers["detections"].empty else _detection_marks(words, atlas, at)),
    ]
    return {"title": words("risk.signals"), "items": items}


def _incident_marks(words: Words, board: Board, at: datetime) -> list[dict[str, str]]:
    known = _known_incidents(board.incidents, at)
    still_open = sum(cards.is_open(row, at) for row in known)
    counts = {"open": still_open, "done": len(known) - still_open}
    names = {"open": "incident_state.open", "done": "incident_state.handled"}
    return [
        sections.mark(f"incident-{state}", f"sym-incident-{state}", words(names[state]), words.number(count))
        for state, count in counts.items()
    ]


def _detection_marks(words: Words, atlas: Atlas, at: datetime) -> list[dict[str, str]]:
    detections = atlas.layers["detections"]
    made = [out for day, out in zip(detections["detected_on"], detections["outside"], strict=True) if day <= at.date()]
    unverified, outside = words("detection.unverified"), sum(made)
    inside_label = f"{unverified} · {words('detection.inside')}"
    outside_label = f"{unverified} · {words('detection.outside')}"
    return [
        sections.mark("detection", "sym-detection", inside_label, words.number(len(made) - outside)),
        sections.mark("detection-outside", "sym-detection", outside_label, words.number(outside)),
    ]
