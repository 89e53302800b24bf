"""The page of one week's overnight stays: which villages are covered, which are owed nights, who is within reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from geo.atlas import Atlas
from geo.board import Board
from geo.coverage import StayCoverage, WeekReview, week_review
from geo.coverage_clock import CoverageClock
from geo.terms import Mode, StayState
from maps import assets, paint
from maps.pages import coverage_sections as own
from maps.pages import sections
from maps.pages.document import Document, Outfit, county_document, county_name, standalone
from maps.words import Words
from maps.words import words as words_of


def coverage_document(
    atlas: Atlas,
    board: Board,
    coverage: StayCoverage,
    *,
    clock: CoverageClock | None = None,
    leaders_of: Collection[str] | None = None,
    lang: str = "zh",
    links: Mapping[str, str] | None = None,
    sources: Sequence[str] = (),
) -> Document:
    """The villages of one week by state of their overnight stays.

    It holds the week's `clock` where that is given; a served page asks `links["clock"]` for it when it is drawn, and
    fetches nothing else. Leaders are told of in the towns `leaders_of` (their codes; None: all). Weeks are picked by
    asking `links["coverage"]` with `week`. `sources` say where the layers come from, for their mention on the map and
    in the panel.
    InputError for a language that there is not, a link key that there is not, or a link that is not relative.
    """
    words, review, given = words_of(lang), week_review(atlas, board, coverage), links or {}
    layers = _layers(atlas, board, review, words)
    drawn = ("county", "towns", "villages", "stations", "roads", "rivers", "teams", "leaders")
    frames = sections.frames_of(atlas, drawn, layers) | {"stays": board.stays_origin}
    towns = paint.town_names(atlas, words)
    alarms = own.emergency(words, review, _names(atlas, towns, words))
    mode = Mode.EMERGENCY if review.orders else Mode.NORMAL
    panel = {
        "headline": own.week_line(words, coverage.week),
        "facts": [
            [words("mode.label"), words(f"mode.{mode}")],
            *sections.facts(words, coverage.at, coverage.provenance),
        ],
        "emergency": words("mode.band", orders=words.listed([one.order_id for one in review.orders])) if alarms else "",
        "notice": _no_data_notice(words, coverage),
        "warnings": [*alarms, *sections.warnings(words, atlas, coverage.at)],
        "sections": [
            own.summary(words, review),
            own.attention(words, review, towns),
            sections.find(),
            own.weeks(words, review, given.get("coverage")),
            own.clock(words, review, clock, given.get("clock")),
            own.duty(words, review),
            *own.leaders(words, review, towns, leaders_of),
            own.legend(words, review, sections.scenery(words, atlas, layers), frames),
            sections.colophon(words, coverage.provenance, sources),
        ],
        "week": own.signs(words, review),
    }
    title = f"{words('page.coverage')} · {coverage.week}"
    outfit = Outfit(assets.COVERAGE_SCRIPTS, assets.COVERAGE_STYLES, connects="clock" in given)
    return county_document(atlas, words, "coverage", title, panel, layers, frames, links, sources, outfit)


coverage_page = standalone(coverage_document)


def _layers(atlas: Atlas, board: Board, review: WeekReview, words: Words) -> tuple[paint.DataLayer, ...]:
    """From the bottom up, as far as there is anything to draw."""
    teams = dict(zip(board.teams.ids, board.teams.names, strict=True))
    return paint.drawn(
        [
            paint.county(atlas),
            paint.villages_by_state(atlas, review, teams, words),
            paint.woodland(atlas, words),
            paint.rivers(atlas, words),
            paint.roads(atlas, words),
            paint.towns(atlas, words),
            paint.emergency_area(atlas, review.emergency, words),
            paint.stations(atlas, words),
        ]
    )


def _names(atlas: Atlas, towns: Mapping[str, str], words: Words) -> dict[str, str]:
    """What the scope of an order is called, by code."""
    county = {atlas.layers["county"]["code"].iloc[0]: county_name(atlas, words)}
    return {**county, **towns, **{area.code: area.name for area in atlas.villages}}


def _no_data_notice(words: Words, coverage: StayCoverage) -> dict[str, str] | None:
    if any(village.state is not StayState.NO_DATA for village in coverage.villages):
        return None
    return {
        "title": words("coverage.no_data_title"),
        "body": words("coverage.no_data_body", week=own.week_line(words, coverage.week)),
    }
