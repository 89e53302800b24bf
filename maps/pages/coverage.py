"""The page of one week's overnight stays: which villages are covered, and which are owed nights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import Week
from geo.coverage import StayCoverage, VillageStays
from geo.terms import StayState
from maps import cards, paint
from maps.pages import sections
from maps.pages.document import county_page
from maps.words import Words
from maps.words import words as words_of

_LACKING = (StayState.LOST, StayState.CURABLE, StayState.NO_TEAM)
_SHOWN_STATES = (
    StayState.MET,
    StayState.CURABLE,
    StayState.LOST,
    StayState.NO_TEAM,
    StayState.NOT_ASSESSED,
    StayState.NO_DATA,
)


def coverage_page(
    atlas: Atlas,
    board: Board,
    coverage: StayCoverage,
    *,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> bytes:
    """The villages of one week by state of their overnight stays, as a UTF-8 document that fetches nothing.

    `sources` say where the layers come from, for their mention on the map and in the panel.
    InputError for a language that there is not, a link key that there is not, or a link that is not relative.
    """
    words = words_of(lang)
    layers = paint.drawn(
        [
            paint.county(atlas),
            paint.villages_by_state(atlas, coverage, words),
            paint.woodland(atlas, words),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.towns(atlas, words),
            paint.stations(atlas, words),
        ]
    )
    drawn = ("county", "towns", "villages", "stations", "roads", "rivers", "teams")
    frames = sections.frames_of(atlas, drawn, layers) | {"stays": board.stays}
    panel = {
        "headline": _week_line(words, coverage.week),
        "facts": sections.facts(words, coverage.at, coverage.provenance),
        "notice": _no_data_notice(words, coverage),
        "sections": [
            _coverage_summary(words, coverage),
            _lacking_list(words, coverage, paint.town_names(atlas, words)),
            sections.find(),
            _coverage_legend(words, coverage, sections.scenery(words, atlas, layers), frames),
            sections.colophon(words, coverage.provenance, sources),
        ],
    }
    title = f"{words('page.coverage')} · {coverage.week}"
    return county_page(atlas, words, "coverage", title, panel, layers, frames, links, sources)


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


def _coverage_summary(words: Words, coverage: StayCoverage) -> sections.Section:
    counts, total = coverage.counts, len(coverage.villages)
    judged = any(counts[state] for state in StayState if state is not StayState.NO_DATA)
    met = f"{words.number(counts[StayState.MET])}/{words.number(total)}" if judged else words("value.unknown")
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
        "short": f"{words('state.met')} {met}",
    }


def _lacking_list(words: Words, coverage: StayCoverage, towns: Mapping[str, str]) -> sections.Section:
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


def _coverage_legend(
    words: Words, coverage: StayCoverage, scenery: list[sections.Section], frames: Mapping[str, pd.DataFrame]
) -> sections.Section:
    states = [
        {
            "style": f"state-{state}",
            "label": words(f"state.{state}"),
            "note": _state_note(words, coverage, state),
            "count": words.number(count),
        }
        for state, count in ((state, coverage.counts[state]) for state in _SHOWN_STATES)
    ]
    in_week = {"title": words("coverage.states"), "items": states}
    return sections.legend(words, [in_week, *scenery], frames)
