"""What the risk page tells of forest fire by day: every town's class on each day, the season, and the people."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any, Final

from geo.atlas import Atlas
from geo.calendar import DAY
from geo.errors import InputError
from geo.exposure import Exposure
from geo.fire_danger import NOT_GIVEN, UNKNOWN, FireDays, fire_days
from geo.terms import HazardKind, HazardLevel
from maps.pages import sections
from maps.words import Words

BEFORE: Final = 30
"""How many days before the present one are shown at least, also outside the season."""
_LEVELS: Final = (*sections.WORST_FIRST, NOT_GIVEN, UNKNOWN)
_WORDS: Final = (
    "worst",
    "none",
    "unknown",
    "not_given",
    "not_known",
    "rows",
    "in_zones",
    "people_none",
    "season_day",
    "season_out",
    "flag",
    "strip",
    "card",
    "today",
    "before",
    "ahead",
    "key_season",
)
_PLAYER_WORDS: Final = ("label", "play", "pause", "back", "on", "slider", "link", "step")


def days_of(atlas: Atlas, at: datetime) -> FireDays:
    """The season that the present day lies in, or the next one, and `BEFORE` days before the present one."""
    today = at.date()
    first, last = atlas.rules.fire.season(today)
    return fire_days(atlas, min(first, today - BEFORE * DAY), max(last, today), at=at)


def fire_of_the_day(words: Words, fire: FireDays) -> sections.Section:
    """The class of the day that is shown, with towns and people by class, which the script fills; or that none is."""
    empty = {"title": words("fire.no_record_title"), "body": words("fire.no_record_body")}
    return {"type": "fireday", "title": words("fire.title"), "empty": None if fire.is_known else empty}


def scale(words: Words, fire: FireDays) -> sections.Section:
    """What the ground's colours mean, with how many towns have each; the script counts those of another day."""
    today = fire.days.index(fire.at.date())
    towns = _by_town(fire)
    found = [int(fire.fire_class[village, today]) for village in towns.values()]
    items = [
        {"style": style(level), "label": name(words, level), "count": words.number(found.count(level))}
        for level in _LEVELS
    ]
    return {"title": words("fire.scale_title"), "items": items}


def style(level: int) -> str:
    """The palette's key of a class of a day, of none, and of one that nobody knows."""
    return "day-unknown" if level == UNKNOWN else f"day-{level}"


def name(words: Words, level: int) -> str:
    """A class in words with its number, or why there is none."""
    if level in (NOT_GIVEN, UNKNOWN):
        return words("fire.none" if level == NOT_GIVEN else "fire.unknown")
    return words(f"fire_level.{level}")


def timeline(
    words: Words, fire: FireDays, exposure: Exposure, day: date | None, towns: dict[str, str]
) -> dict[str, Any]:
    """Every day and every town's class on it, as the page's script takes them; `day` (today) is shown first.

    InputError for a day outside the range.
    """
    shown = day or fire.at.date()
    if shown not in fire.days:
        problem = f"{shown} is not a day from {fire.days[0]} to {fire.days[-1]}"
        raise InputError(problem, parameter="day")
    people, in_zones = _people(fire), _in_zones(exposure)
    first, last = fire.season
    span = words("fire.season", first=words.day(first, year=True), last=words.day(last, year=True))
    return {
        "days": [words.day(day, weekday=True) for day in fire.days],
        "first": str(fire.days[0]),
        "months": {number: words.day(day) for number, day in enumerate(fire.days) if day.day == 1 or number == 0},
        "in_season": "".join(str(int(lies)) for lies in fire.in_season),
        "moment": str(shown),
        "today": fire.days.index(fire.at.date()),
        "towns": [
            {
                "code": code,
                "name": towns.get(code, code),
                "classes": "".join(_SIGNS[level] for level in fire.fire_class[village].tolist()),
                "people": people[code],
                "in_zones": in_zones.get(code, 0),
            }
            for code, village in _by_town(fire).items()
        ],
        "signs": {
            _SIGNS[level]: {"level": level, "style": style(level), "label": name(words, level)} for level in _LEVELS
        },
        "season": {"span": span, "days": (last - first).days + 1, "begins": (first - fire.days[0]).days},
        "people": words("unit.people", count="{count}"),
        "words": {key: words(f"fire.{key}") for key in _WORDS},
        "player": {key: words(f"player.{key}") for key in _PLAYER_WORDS} | {"to_present": words("fire.today")},
    }


_SIGNS: Final = {NOT_GIVEN: "0", UNKNOWN: "u"} | {int(level): str(int(level)) for level in HazardLevel}


def _by_town(fire: FireDays) -> dict[str, int]:
    """The first village of each town: all villages of a town have its class."""
    found: dict[str, int] = {}
    for number, village in enumerate(fire.villages):
        found.setdefault(village.town_code, number)
    return found


def _people(fire: FireDays) -> dict[str, int | None]:
    """The people of each town whose villages tell any."""
    told: dict[str, list[int]] = {code: [] for code in _by_town(fire)}
    for village in fire.villages:
        told[village.town_code] += [] if village.population is None else [village.population]
    return {code: sum(people) if people else None for code, people in told.items()}


def _in_zones(exposure: Exposure) -> dict[str, int]:
    """How many people of each town live in grid cells (villages, where there are none) that touch fire zones."""
    found: defaultdict[str, int] = defaultdict(int)
    for area in exposure.grids or exposure.villages:
        if any(hazard.kind is HazardKind.FOREST_FIRE for hazard in area.hazards):
            found[area.village_code[:9]] += area.population or 0
    return found
