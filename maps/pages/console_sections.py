"""What the console's own modules need of the page: words, the terms of every vocabulary, and how ways are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from geo import terms
from geo.coverage import StayCoverage
from maps import dispatch_cards, paint, palette
from maps.pages import sections
from maps.pages.coverage_sections import STATES_SHOWN
from maps.words import Words

WORDS: Final = (
    "now",
    "not_now",
    "fixed",
    "fixed_note",
    "pick",
    "pick_label",
    "show",
    "back_to_now",
    "not_a_time",
    "order",
    "arrived_of",
    "issued",
    "left",
    "over",
    "first",
    "third",
    "last",
    "nobody_yet",
    "attention",
    "calm",
    "calm_body",
    "loading",
    "failed",
    "failed_body",
    "retry",
    "stale",
    "more",
    "since",
    "days",
    "hours_minutes",
    "whole_minutes",
    "orders",
    "incidents",
    "hazards",
    "villages",
    "closures",
    "owed",
    "owed_none_left",
    "search",
    "search_hint",
    "none_found",
    "found",
    "search_failed",
    "in_villages",
    "in_towns",
    "in_grids",
    "in_hazard_sites",
    "in_teams",
    "in_incidents",
    "click",
    "close",
    "asking",
    "place",
    "place_failed",
    "far",
    "grid",
    "no_grid",
    "no_zones",
    "within",
    "in_zone",
    "teams",
    "spare",
    "late",
    "arrives",
    "routes",
    "unroute",
    "dispatch",
    "passed_over",
    "would_be",
    "nights",
    "nights_of",
    "no_team",
    "streak_met",
    "streak_lost",
)
"""Texts of the modules, as `console.KEY` in the catalogue; facts in braces are put in by the script."""

_SHARED: Final = (
    "dispatch.limit",
    "dispatch.straight_note",
    "dispatch.recall",
    "dispatch.lost",
    "dispatch.no_village",
    "dispatch.no_road_at_all",
    "dispatch.why_off_network",
    "dispatch.why_unreachable",
    "dispatch.why_no_team",
    "dispatch.cut_off",
    "unit.people",
    "unit.minutes",
    "unit.kilometres",
    "unit.metres",
    "date.day",
    "date.weekday",
    "date.instant",
    "list.separator",
    "value.missing",
    "value.unknown",
    "mode.normal",
    "mode.emergency",
    "time.data_date",
    "coverage.none_judged",
    "dispatch.open_end",
)

_VOCABULARIES: Final[dict[str, Iterable[Enum]]] = {
    "state": terms.StayState,
    "evening": terms.EveningState,
    "hazard": terms.HazardKind,
    "incident": terms.IncidentKind,
    "closure_cause": terms.ClosureCause,
    "road_effect": terms.RoadEffect,
    "order_state": terms.OrderState,
    "village_kind": terms.VillageKind,
    "team_kind": terms.TeamKind,
    "grade": terms.DangerGrade,
    "fire_level": terms.HazardLevel,
    "geo_level": terms.HazardLevel,
    "site_status": terms.SiteStatus,
    "placed_by": terms.PlacedBy,
}

_DOORS: Final = ("attention", "places", "search", "console", "dispatch")


def doors(links: Mapping[str, str]) -> dict[str, str]:
    """The addresses that the modules ask or lead to; that of the console is of the present."""
    found = {key: links[key] for key in _DOORS if key in links}
    return {**found, "console": links["present"]} if "present" in links else found


def slot(identity: str, *, waiting: str = "", saved: str = "") -> sections.Section:
    """A section that a module fills; what it says until then, and what in a saved file, where there is none."""
    return {"type": "slot", "id": identity, "waiting": waiting, "saved": saved}


def about(words: Words, at: datetime, mode: terms.Mode, *, is_picked: bool, is_fixed: bool) -> dict[str, Any]:
    """What the modules read as `yixian.page.console`."""
    return {
        "lang": words.lang,
        "at": at.isoformat(),
        "mode": mode,
        "is_picked": is_picked,
        "is_fixed": is_fixed,
        "words": {**{key: words(f"console.{key}") for key in WORDS}, **{key: words(key) for key in _SHARED}},
        "terms": _terms(words),
        "months": [words(f"month.{number}") for number in range(1, 13)],
        "weekdays": [words(f"weekday.{number}") for number in range(1, 8)],
        "order_styles": {state: _style_of(swatch) for state, swatch in palette.ORDER.items()},
        "ways": paint.way_strokes(),
    }


def _terms(words: Words) -> dict[str, dict[str, str]]:
    named = {group: [str(term.value) for term in terms_of] for group, terms_of in _VOCABULARIES.items()}
    named["leg"] = list(dispatch_cards.LEGS)
    return {group: {term: words(f"{group}.{term}") for term in found} for group, found in named.items()}


def _style_of(swatch: palette.Swatch) -> str:
    """The name under which pages know the colours of a member's state to an order: those of attendance."""
    return next(f"duty-{state}" for state, known in palette.DUTY.items() if known is swatch)


def legend(words: Words, coverage: StayCoverage) -> sections.Section:
    """The villages' states with their counts."""
    items = [
        {"style": f"state-{state}", "label": words(f"state.{state}"), "count": words.number(coverage.counts[state])}
        for state in STATES_SHOWN
    ]
    return {"title": words("coverage.states"), "items": items}


def marks(words: Words, drawn: Iterable[str]) -> list[sections.Section]:
    """The symbols of what may need attention, as far as `drawn` layers have any."""
    found, red = set(drawn), palette.LEVELS[terms.HazardLevel.EXTREME].fill
    possible = {
        "incidents": sections.mark("incident-open", "sym-incident-open", words("console.incidents"), ""),
        "gravest_sites": sections.mark("level-5", "sym-site", words("layer.gravest_sites"), "", "I"),
        "gravest_zones": {"line": [[red, 2.6, None]], "label": words("layer.gravest_zones")},
        "closures": sections.mark("closure-closed", "sym-closed", words("layer.closures"), ""),
    }
    items = [item for layer, item in possible.items() if layer in found]
    return [{"title": words("console.attention"), "items": items, "compact": True}] if items else []
