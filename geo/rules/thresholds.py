"""The table of every threshold: where it stands in rules.toml, its rule in DOMAIN.md, what it may be, what it means."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final

_DAY = re.compile(r"\d\d-\d\d", re.ASCII)
_LEAP_YEAR = 2000  # 02-29 may begin or end a season
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class Kind(Enum):
    """What a threshold's values are."""

    WHOLE = "whole number"
    NUMBER = "number"
    SWITCH = "true or false"
    CLOCK = 'time of day such as "08:00"'
    DAY = 'month and day such as "10-01"'
    WEEKDAYS = "list of weekdays, Monday 1 to Sunday 7, such as [1, 3, 5]"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold. `key` is its section and name; `least` and `most` bound a number, both included."""

    key: str
    rule: str
    kind: Kind
    zh: str
    en: str
    least: int = 0
    most: int = 0

    @property
    def allowed(self) -> str:
        """What a value must be, in words."""
        is_bounded = self.kind in (Kind.WHOLE, Kind.NUMBER)
        return f"a {self.kind.value}" + (f" from {self.least} to {self.most}" if is_bounded else "")

    def parse(self, given: object) -> Any:
        """A value of rules.toml as the rules hold it; ValueError where it is not `allowed`."""
        if (value := self._value(given)) is None:
            raise ValueError(self.allowed)
        return value

    def _value(self, given: object) -> Any:
        match self.kind, given:
            case Kind.SWITCH, bool():
                return given
            case _, bool():  # true is no number
                return None
            case Kind.WHOLE, int():
                return given if self.least <= given <= self.most else None
            case Kind.NUMBER, int() | float():
                return float(given) if self.least <= given <= self.most else None
            case Kind.CLOCK, str():
                return time.fromisoformat(given) if _CLOCK.fullmatch(given) else None
            case Kind.CLOCK, time():
                return given if given == time(given.hour, given.minute) else None
            case Kind.DAY, str():
                return given if _is_day(given) else None
            case Kind.WEEKDAYS, list():
                return _weekdays(given)
        return None


def _is_day(given: str) -> bool:
    if not _DAY.fullmatch(given):
        return False
    with suppress(ValueError):
        date.fromisoformat(f"{_LEAP_YEAR}-{given}")
        return True
    return False


def _weekdays(given: list[object]) -> tuple[int, ...] | None:
    days = {day for day in given if isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= 7}
    return tuple(sorted(days)) if days and len(days) == len(given) else None


def literal(value: Any) -> str:
    """A threshold's value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case time():
            return f'"{value:%H:%M}"'
        case str():
            return f'"{value}"'
        case tuple():
            return str(list(value))
    return repr(value)


_DAY_S: Final = 24 * 60 * 60

SECTIONS: Final = {
    "stays": ("乡派工作队留宿", "nights of township teams"),
    "leaders": ("驻点市领导留宿", "nights of stationed city leaders"),
    "duty": ("到岗与在岗地点", "duty, and where a team is"),
    "places": ("到岗地点判定", "where a check-in counts"),
    "roads": ("到达时限", "arrival by road"),
    "reinforce": ("增援", "reinforcement"),
    "fire": ("森林防火期", "season of forest-fire prevention"),
}
"""What each section is about, in both languages."""

THRESHOLDS: Final = (
    Threshold("stays.quota_nights", "R08", Kind.WHOLE, "每周至少留宿几晚", "nights owed in each ISO week", 0, 31),
    Threshold(
        "stays.assessed_from_days",
        "R12",
        Kind.WHOLE,
        "一周内派驻满几天才考核",
        "days of assignment in a week from which it is assessed",
        0,
        31,
    ),
    Threshold(
        "stays.night.until_hour",
        "R07",
        Kind.WHOLE,
        "从当晚24时待到次日几时才算一晚",
        "a night counts when presence lasts from 24:00 of the evening to this hour",
        1,
        23,
    ),
    Threshold("leaders.quota_nights", "R10", Kind.WHOLE, "每月至少留宿几晚", "nights owed in each month", 0, 62),
    Threshold(
        "leaders.assessed_from_days",
        "R12",
        Kind.WHOLE,
        "一月内驻点满几天才考核",
        "days in a month from which it is assessed",
        0,
        62,
    ),
    Threshold("duty.full_strength", "R03", Kind.WHOLE, "满员几人", "members of a full team", 1, 50),
    Threshold("duty.city_weekdays", "R04", Kind.WEEKDAYS, "市派工作队到村日", "duty days of city-dispatched teams"),
    Threshold(
        "duty.makeup_counts_for_city",
        "R04",
        Kind.SWITCH,
        "调休上班的周末是否算市派到村日",
        "whether a make-up Saturday or Sunday is a duty day of city-dispatched teams",
    ),
    Threshold(
        "duty.attended_from_members",
        "R06",
        Kind.WHOLE,
        "当天几人到村即为到岗",
        "members checked in from which a duty day is met",
        1,
        50,
    ),
    Threshold("duty.day_from", "R15a", Kind.CLOCK, "到村日从几时起在站", "a duty day is spent at the station from"),
    Threshold("duty.day_to", "R15a", Kind.CLOCK, "到村日到几时在站", "a duty day is spent at the station until"),
    Threshold("duty.night_from", "R15a", Kind.CLOCK, "留宿从当晚几时起在站", "a night is spent at the station from"),
    Threshold("duty.night_to", "R15a", Kind.CLOCK, "留宿到次日几时在站", "a night is spent at the station until"),
    Threshold(
        "duty.check_in_fresh_s",
        "R15a",
        Kind.WHOLE,
        "签到位置在多少秒内有效",
        "seconds for which a check-in tells where a team is",
        0,
        _DAY_S,
    ),
    Threshold(
        "duty.warn_days",
        "R04a",
        Kind.WHOLE,
        "工作日历到期前几天提醒",
        "days before the end of the known calendar from which it is warned",
        0,
        366,
    ),
    Threshold(
        "places.margin_m",
        "R06",
        Kind.NUMBER,
        "签到点在村界外多少米以内仍算在村",
        "metres outside a village's border within which a check-in counts in it",
        0,
        5000,
    ),
    Threshold(
        "roads.notice_s", "R15b", Kind.WHOLE, "在岗出动准备秒数", "seconds from call to start, on duty", 0, _DAY_S
    ),
    Threshold(
        "roads.recall_notice_s", "R15b", Kind.WHOLE, "召回出动准备秒数", "the same for a recalled team", 0, _DAY_S
    ),
    Threshold(
        "roads.limit_s", "R14, R18", Kind.WHOLE, "到岗时限秒数", "seconds within which teams must be there", 60, _DAY_S
    ),
    Threshold(
        "roads.search_limit_s",
        "R18",
        Kind.WHOLE,
        "超过多少秒即视为到不了",
        "seconds beyond which a team does not count as arriving",
        60,
        2 * _DAY_S,
    ),
    Threshold(
        "reinforce.donor_keeps", "R19", Kind.WHOLE, "支援方至少留下几人", "members that stay with a donor", 0, 50
    ),
    Threshold(
        "fire.season_from", "DOMAIN 4", Kind.DAY, "森林防火期从几月几日起", "the fire season begins with (month-day)"
    ),
    Threshold(
        "fire.season_to", "DOMAIN 4", Kind.DAY, "森林防火期到几月几日止", "the fire season ends with (month-day)"
    ),
)
"""One row for each, in the order of the file."""
