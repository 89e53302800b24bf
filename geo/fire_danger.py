"""Forest-fire class of every village by day, the season, and how many people live where it is how high."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.atlas import Area, Atlas, Provenance
from geo.calendar import DAY, to_china
from geo.errors import LimitError

NOT_GIVEN: Final = 0
"""No class was given for the village on a day that the record spans; this is not low."""
UNKNOWN: Final = -1
"""The record does not reach the day, or its class is not issued yet."""
MOST_DAYS: Final = 731
"""The longest range of one question: two years."""

Classes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class FireDays:
    """`fire_class` has a row for each village in the order of their codes, and a column for each day.

    It is 1 to 5 (`HazardLevel`, QX/T 77-2007), `NOT_GIVEN` or `UNKNOWN`. `season` is the first and last day of the
    season that the present day lies in, or of the next one.
    """

    days: tuple[date, ...]
    at: datetime
    villages: tuple[Area, ...]
    fire_class: Classes
    in_season: tuple[bool, ...]
    season: tuple[date, date]
    provenance: Provenance

    @property
    def is_known(self) -> bool:
        """Whether any class of any day is."""
        return bool((self.fire_class > NOT_GIVEN).any())

    def worst(self, day: int) -> int:
        """The worst class of any village on a day, by its position; `NOT_GIVEN` or `UNKNOWN` where none has one."""
        return int(self.fire_class[:, day].max()) if len(self.villages) else UNKNOWN

    def people(self, day: int) -> dict[int, int | None]:
        """How many people live in villages of each class, and of none; None where no village tells its people."""
        found: dict[int, list[int | None]] = {}
        for area, level in zip(self.villages, self.fire_class[:, day].tolist(), strict=True):
            found.setdefault(level, []).append(area.population)
        told = {level: [one for one in people if one is not None] for level, people in found.items()}
        return {level: sum(people) if people else None for level, people in told.items()}


def fire_days(atlas: Atlas, first: date, last: date, *, at: datetime) -> FireDays:
    """The class of every village on each day of first..last, by what was issued until `at`.

    A town's own class goes before the county's, and of rows for one area the one that began last. A row without a time
    of issue counts as issued. InputError for a range that ends before it begins, or is longer than `MOST_DAYS`.
    """
    at = to_china(at)
    days = _days_between(first, last)
    rows = _issued(atlas, at)
    towns, town_of = np.unique([area.town_code for area in atlas.villages], return_inverse=True)
    county: str = atlas.layers["county"]["code"].iloc[0]
    by_town = np.full((len(towns), len(days)), UNKNOWN, dtype=np.int8)
    for number, day in enumerate(days):
        held = {area: level for begun, ended, area, level in rows if begun <= day <= ended}
        if held or (rows and rows[0][0] <= day <= at.date()):
            by_town[:, number] = [held.get(town, held.get(county, NOT_GIVEN)) for town in towns.tolist()]
    return FireDays(
        days=days,
        at=at,
        villages=atlas.villages,
        fire_class=by_town[town_of],
        in_season=tuple(map(atlas.rules.fire.in_season, days)),
        season=atlas.rules.fire.season(at.date()),
        provenance=atlas.provenance,
    )


_Row = tuple[date, date, str, int]


def _issued(atlas: Atlas, at: datetime) -> list[_Row]:
    """First and last day, area and class of what was issued by then, in the order of their first days."""
    frame = atlas.layers["fire_dangers"]
    names = ("first_day", "last_day", "area_code", "fire_class", "issued_at")
    return sorted(
        (first, last or first, area, int(level))
        for first, last, area, level, issued in zip(*(frame[name] for name in names), strict=True)
        if not issued > at  # also where it is missing
    )


def _days_between(first: date, last: date) -> tuple[date, ...]:
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        problem = "ends before it begins" if count < 1 else f"has {count:,} days, at most {MOST_DAYS} are taken"
        raise LimitError(f"the range {first} to {last} {problem}", parameter="to", limit=MOST_DAYS)
    return tuple(first + number * DAY for number in range(count))
