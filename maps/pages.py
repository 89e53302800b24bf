"""Whole pages: one closed HTML document each, which works when served and when opened from disk, without a network.

A page is a Folium map, its data as JSON, and a description of the panel beside it, also as JSON: every name and figure
takes the same road to the screen. The same inputs give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.calendar import Week, to_china
from geo.coverage import StayCoverage, VillageStays
from geo.exposure import ExposedArea, Exposure
from geo.layers.registry import LAYERS
from geo.layers.spec import public
from geo.terms import DangerGrade, HazardKind, HazardLevel, SiteStatus, StayState, Tier
from maps import assets, cards, paint, palette, text
from maps.words import Words
from maps.words import words as words_of

LINKS = ("coverage", "risk", "previous_week", "next_week", "lang")
"""The keys of a served page's links."""

LISTED_VILLAGES = 40
"""How many exposed villages the risk page lists."""

_LACKING = (StayState.LOST, StayState.CURABLE, StayState.NO_TEAM)
_SHOWN_STATES = (
    StayState.MET,
    StayState.CURABLE,
    StayState.LOST,
    StayState.NO_TEAM,
    StayState.NOT_ASSESSED,
    StayState.NO_DATA,
)
_WORST_FIRST = tuple(sorted(HazardLevel, reverse=True))
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

Section = dict[str, Any]


def coverage_page(
    atlas: Atlas, board: Board, coverage: StayCoverage, *, lang: str = "zh", links: Mapping[str, str] | None = None
) -> bytes:
    """The villages of one week by state of their overnight stays, as a UTF-8 document that fetches nothing.

    InputError for a language that there is not, a link key that there is not, or a link that is not relative.
    """
    words = words_of(lang)
    layers = [
        paint.county(atlas),
        paint.villages_by_state(atlas, coverage, words),
        paint.rivers(atlas, words),
        paint.roads(atlas, words),
        paint.towns(atlas, words),
        paint.stations(atlas, words),
    ]
    drawn = ("county", "towns", "villages", "stations", "roads", "rivers", "teams")
    frames = {name: atlas.layers[name] for name in drawn} | {"stays": board.stays}
    panel = {
        "headline": _week_line(words, coverage.week),
        "facts": _facts(words, coverage.at, coverage.provenance),
        "notice": _no_data_notice(words, coverage),
        "sections": [
            _coverage_summary(words, coverage),
            _lacking_list(words, coverage, paint.town_names(atlas, words)),
            _find(),
            _coverage_legend(words, coverage, atlas, frames),
            _colophon(words, coverage.provenance),
        ],
    }
    title = f"{words('page.coverage')} · {coverage.week}"
    return _document(atlas, words, "coverage", title, panel, layers, frames, links)


def risk_page(
    atlas: Atlas,
    board: Board,
    exposure: Exposure,
    *,
    at: datetime,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
) -> bytes:
    """Risk zones, hazard sites, incidents and unverified detections as of `at`, with who is exposed to them.

    A UTF-8 document that fetches nothing. InputError as for `coverage_page`.
    """
    words, at = words_of(lang), to_china(at)
    layers = [
        paint.county(atlas),
        paint.villages_outline(atlas, exposure, words),
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
    drawn = ("county", "towns", "villages", "grids", "stations", "roads", "rivers", "risk_zones", "hazard_sites")
    frames = {name: atlas.layers[name] for name in (*drawn, "detections")} | {"incidents": board.incidents}
    panel = {
        "headline": words("risk.headline"),
        "facts": _facts(words, at, exposure.provenance),
        "notice": None,
        "sections": [
            _exposure_summary(words, exposure),
            _open_incidents(words, board.incidents, at),
            _exposed_list(words, exposure, atlas),
            _find(),
            _risk_legend(words, atlas, board, at, frames),
            _colophon(words, exposure.provenance),
        ],
    }
    return _document(atlas, words, "risk", words("page.risk"), panel, layers, frames, links)


# --- the document --------------------------------------------------------------------------------------------------


def _document(
    atlas: Atlas,
    words: Words,
    page: str,
    title: str,
    panel: Mapping[str, Any],
    layers: Sequence[paint.DataLayer],
    frames: Mapping[str, pd.DataFrame],
    links: Mapping[str, str] | None,
) -> bytes:
    county = _county_name(atlas, words)
    chart = paint.county_map(atlas, layers)
    shown = {
        "page": page,
        "county": county,
        "title": words(f"page.{page}"),
        "links": _links(words, page, links),
        "words": {key: words(key) for key in _JS_WORDS},
        "bounds": paint.bounds(atlas),
        "styles": palette.style_table(),
        "chip": words("map.contains_synthetic") if any(_synthetic_share(frame) for frame in frames.values()) else None,
        **panel,
    }
    blocks = [text.json_block("page-data", shown)]
    blocks += [text.json_block(block, payload) for block, payload in paint.payloads(chart)]
    figure = assets.LocalFigure(
        lang=words("lang.code"),
        title=text.markup_text(f"{title} · {county}"),
        styles=palette.css_variables(),
        before=_frame_before(words),
        after="\n".join(["</main>", palette.pattern_defs(), assets.own_text("symbols.svg"), *blocks]),
    )
    figure.add_child(chart)
    return figure.render().encode("utf-8", "replace")


def _frame_before(words: Words) -> str:
    """The page's landmarks, empty: the script fills them with text."""
    return (
        '<header id="masthead"></header>\n'
        f'<aside id="panel" aria-label="{words("panel.label")}"></aside>\n'
        f'<main id="map-frame" aria-label="{words("map.label")}">'
    )


def _links(words: Words, page: str, links: Mapping[str, str] | None) -> list[dict[str, Any]]:
    return [
        {"key": key, "label": words(f"nav.{key}"), "href": href, "current": key == page}
        for key, href in text.relative_links(links, LINKS).items()
    ]


def _county_name(atlas: Atlas, words: Words) -> str:
    row = atlas.layers["county"].iloc[0]
    english = row["name_en"]
    return str(english) if words.lang == "en" and isinstance(english, str) else str(row["name"])


# --- sections of the panel -----------------------------------------------------------------------------------------


def _facts(words: Words, at: datetime, provenance: Provenance) -> list[list[str]]:
    return [
        [words("time.at"), words.instant(at)],
        [words("time.data_date"), words.instant(provenance.date)],
    ]


def _week_line(words: Words, week: Week) -> str:
    span = words("date.range", first=words.day(week.monday, weekday=True), last=words.day(week.sunday, weekday=True))
    return f"{week} · {span}"


def _no_data_notice(words: Words, coverage: StayCoverage) -> dict[str, str] | None:
    if any(village.state is not StayState.NO_DATA for village in coverage.villages):
        return None
    return {
        "title": words("coverage.no_data_title"),
        "body": words("coverage.no_data_body", week=_week_line(words, coverage.week)),
    }


def _coverage_summary(words: Words, coverage: StayCoverage) -> Section:
    counts, total = coverage.counts, len(coverage.villages)
    judged = any(counts[state] for state in StayState if state is not StayState.NO_DATA)
    return {
        "type": "summary",
        "figure": words.number(counts[StayState.MET]) if judged else words("value.unknown"),
        "of": words("coverage.of_total", total=words.number(total)) if judged else "",
        "caption": words("coverage.met_share"),
        "note": words("coverage.question", quota=coverage.rules.quota_nights),
        "bar": [
            {"style": f"state-{state}", "share": counts[state], "label": words(f"state.{state}")}
            for state in _SHOWN_STATES
            if counts[state]
        ],
        "rows": {
            "title": words("coverage.states"),
            "narrow": True,
            "items": [
                {
                    "style": f"state-{state}",
                    "label": words(f"state.{state}"),
                    "value": words.number(counts[state]),
                }
                for state in _SHOWN_STATES
            ],
        },
        "short": f"{words('state.met')} {words.number(counts[StayState.MET])}/{words.number(total)}",
    }


def _lacking_list(words: Words, coverage: StayCoverage, towns: Mapping[str, str]) -> Section:
    groups = []
    for state in _LACKING:
        found = [village for village in coverage.villages if village.state is state]
        found.sort(key=lambda village: (-village.shortfall, village.village_code))
        if found:
            groups.append(
                {
                    "title": words(f"state.{state}"),
                    "note": _state_note(words, coverage, state),
                    "style": f"state-{state}",
                    "count": words.number(len(found)),
                    "items": [_lacking_item(words, village, towns.get(village.town_code)) for village in found],
                }
            )
    judged = any(village.state is not StayState.NO_DATA for village in coverage.villages)
    return {
        "type": "list",
        "title": words("coverage.lacking"),
        "count": words.number(sum(len(group["items"]) for group in groups)) if judged else "",
        "groups": groups,
        "empty": words("coverage.none_lacking" if judged else "coverage.none_judged"),
        "good": judged,
    }


def _lacking_item(words: Words, village: VillageStays, town: str | None) -> dict[str, str]:
    return {
        "layer": "layer-villages",
        "id": village.village_code,
        "name": village.village_name,
        "note": words.given(town),
        "side": cards.owed(words, village),
    }


def _state_note(words: Words, coverage: StayCoverage, state: StayState) -> str:
    rules = coverage.rules
    return words(f"state_note.{state}", quota=rules.quota_nights, days=rules.assessed_from_days)


def _find() -> Section:
    return {"type": "find", "layer": "layer-villages"}


def _coverage_legend(words: Words, coverage: StayCoverage, atlas: Atlas, frames: Mapping[str, pd.DataFrame]) -> Section:
    states = [
        {
            "style": f"state-{state}",
            "label": words(f"state.{state}"),
            "note": _state_note(words, coverage, state),
            "count": words.number(count),
        }
        for state, count in ((state, coverage.counts[state]) for state in _SHOWN_STATES)
    ]
    groups = [{"title": words("coverage.states"), "items": states}, _places(words, atlas), _base(words)]
    return _legend(words, groups, frames)


def _legend(words: Words, groups: list[Section], frames: Mapping[str, pd.DataFrame]) -> Section:
    origin = {"title": words("legend.synthetic"), "rows": _origin(words, frames)}
    return {"type": "legend", "title": words("legend.title"), "groups": groups, "origin": origin}


def _places(words: Words, atlas: Atlas) -> Section:
    tiers = Counter(atlas.layers["stations"]["tier"])
    items = [
        {
            "style": f"tier-{tier}",
            "symbol": f"sym-{tier}",
            "label": words(f"tier.{tier}"),
            "count": words.number(tiers[tier]),
        }
        for tier in Tier
    ]
    return {"title": words("legend.places"), "items": items}


def _base(words: Words) -> Section:
    lines = [
        {"line": [[palette.colour("outline"), 2.4]], "label": words("layer.county")},
        {"line": [[palette.colour("town-border"), 1.5]], "label": words("legend.town_border")},
        {"line": [[palette.colour("water"), 3.0]], "label": words("layer.rivers")},
    ]
    roads = [
        {"line": [[colour, width_px]], "label": words(f"road.{road_class}")}
        for road_class, (colour, width_px, _) in palette.ROADS.items()
    ]
    return {"title": words("legend.base"), "items": [*lines, *roads], "compact": True}


def _exposure_summary(words: Words, exposure: Exposure) -> Section:
    known = sum(exposure.people_by_level.values())
    people = exposure.people
    unknown = (people or 0) - known
    rows = [
        {
            "style": cards.level_style(level),
            "label": cards.level_name(words, level),
            "value": words("value.unknown") if people is None else words.number(exposure.people_by_level[level]),
            "share": exposure.people_by_level[level],
        }
        for level in _WORST_FIRST
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


def _open_incidents(words: Words, frame: pd.DataFrame, at: datetime) -> Section:
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
        "count": words.number(len(items)),
        "groups": [{"items": items}] if items else [],
        "empty": words("risk.no_open_incidents"),
        "good": True,
    }


def _exposed_list(words: Words, exposure: Exposure, atlas: Atlas) -> Section:
    towns = paint.town_names(atlas, words)
    town_of = {area.code: towns.get(area.town_code) for area in atlas.villages}
    shown = exposure.villages[:LISTED_VILLAGES]
    groups = []
    for level in (*_WORST_FIRST, None):
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
        "count": words.number(total),
        "note": words("risk.exposed_of", shown=len(shown), total=total) if len(shown) < total else "",
        "groups": groups,
        "empty": words("risk.none_exposed"),
        "good": True,
    }


def _exposed_item(words: Words, area: ExposedArea, town: str | None) -> dict[str, str]:
    return {
        "layer": "layer-villages",
        "id": area.code,
        "name": words.given(area.name),
        "note": f"{words.given(town)} · {words('risk.hazard_count', count=len(area.hazards))}",
        "side": words.counted("people", area.population),
    }


def _risk_legend(words: Words, atlas: Atlas, board: Board, at: datetime, frames: Mapping[str, pd.DataFrame]) -> Section:
    groups = [
        _zone_scale(words, atlas, "fire"),
        _zone_scale(words, atlas, "geo"),
        _site_scale(words, atlas),
        _signals(words, atlas, board, at),
        _places(words, atlas),
        _base(words),
    ]
    return _legend(words, groups, frames)


def _zone_scale(words: Words, atlas: Atlas, family: str) -> Section:
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
        for level in _WORST_FIRST
        if family == "fire" or level > HazardLevel.LOW or counts[int(level)]
    ]
    return {"title": words(f"risk.{family}_scale"), "items": items}


def _site_scale(words: Words, atlas: Atlas) -> Section:
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
    items.append(_mark("unknown", "sym-site", words("grade.unknown"), words.number(unknown), "?"))
    items.append(_mark("removed", "sym-site-removed", words("site_status.removed"), words.number(removed)))
    return {"title": words("risk.sites"), "items": items, "compact": True}


def _signals(words: Words, atlas: Atlas, board: Board, at: datetime) -> Section:
    known = _known_incidents(board.incidents, at)
    still_open = sum(cards.is_open(row, at) for row in known)
    handled = len(known) - still_open
    detections = atlas.layers["detections"]
    made = [out for day, out in zip(detections["detected_on"], detections["outside"], strict=True) if day <= at.date()]
    outside = sum(made)
    unverified = words("detection.unverified")
    inside_label = f"{unverified} · {words('detection.inside')}"
    outside_label = f"{unverified} · {words('detection.outside')}"
    items = [
        _mark("incident-open", "sym-incident-open", words("incident_state.open"), words.number(still_open)),
        _mark("incident-done", "sym-incident-done", words("incident_state.handled"), words.number(handled)),
        _mark("detection", "sym-detection", inside_label, words.number(len(made) - outside)),
        _mark("detection-outside", "sym-detection", outside_label, words.number(outside)),
    ]
    return {"title": words("risk.signals"), "items": items}


def _mark(style: str, symbol: str, label: str, count: str, mark: str = "") -> dict[str, str]:
    return {"style": style, "symbol": symbol, "label": label, "count": count, "text": mark}


# --- what the data are ---------------------------------------------------------------------------------------------


def _colophon(words: Words, provenance: Provenance) -> Section:
    """Which version of the data this is."""
    return {
        "type": "colophon",
        "rows": [
            [words("time.data_date"), words.instant(provenance.date)],
            [words("time.version"), provenance.version],
            [words("time.zone"), "UTC+8"],
        ],
        "note": words("legend.credit"),
    }


def _synthetic_share(frame: pd.DataFrame) -> float:
    return float(frame["synthetic"].mean()) if len(frame) else 0.0


def _origin(words: Words, frames: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    """Which layers are made up, wholly or in part, by what is marked in their rows."""
    named: dict[str, list[str]] = {"all": [], "some": [], "none": [], "empty": []}
    for name, frame in frames.items():
        share, title = _synthetic_share(frame), words(f"layer.{name}")
        if frame.empty:
            named["empty"].append(title)
        elif 0 < share < 1:
            marked = words.number(int(frame["synthetic"].sum()))
            named["some"].append(f"{title} ({marked}/{words.number(len(frame))})")
        else:
            named["all" if share else "none"].append(title)
    return [[words(f"legend.synthetic_{kind}"), words.listed(titles)] for kind, titles in named.items() if titles]
