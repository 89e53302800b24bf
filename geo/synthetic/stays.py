"""The record of stays: first the answer, then the nights that give it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import pandas as pd

from geo.calendar import CHINA, DAY, Week
from geo.synthetic import drawing, record
from geo.synthetic.land import Land
from geo.synthetic.rows import Row
from geo.synthetic.teams import LATE_TEAMS
from geo.terms import StayState, TeamKind

_STORIES: Final = {  # villages with a record written by hand: evenings of the last weeks
    # Sunday 12-18 and Monday 12-19 are one night each for two weeks (worked example a)
    "431381100215": (date(2022, 12, 18), date(2022, 12, 19)),
    # Tuesday, by two members, and Thursday are two nights (worked example b)
    "431381003203": (date(2022, 12, 13), date(2022, 12, 17), date(2022, 12, 20), date(2022, 12, 22)),
}


@dataclass(frozen=True, slots=True)
class _Presence:
    """A member of a team in a village from the evening of `first` until the morning after `last`."""

    team_id: str
    member: int
    village_code: str
    first: date
    last: date
    leaves: time | None = None


def stays(rng: random.Random, teams: pd.DataFrame, land: Land) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The record of stays, and the states that it must give: the states are drawn first."""
    wards = teams[teams["kind"] == TeamKind.TOWNSHIP]
    far = sorted(land.centres, key=lambda code: (-drawing.height(land.centres[code]), code))
    lax = set([code for code in far if code not in LATE_TEAMS and code not in _STORIES][:6])
    expected: list[Row] = []
    presences: list[_Presence] = []
    for village, since in zip(wards["village_code"], wards["assigned_from"], strict=True):
        nights: list[date] = []
        for week in record.weeks():
            state, evenings = _drawn_week(rng, village, week, since, lax)
            expected.append({"village_code": village, "week": str(week), "nights": len(evenings), "state": state})
            nights += evenings
        presences += _presences(rng, f"T-{village}", village, sorted(nights))
        presences += _traps(rng, village, since, set(nights), far)
    presences += _city_presences(rng, teams)
    frame = pd.DataFrame(_stay_rows(rng, presences))
    return frame, pd.DataFrame(expected).astype({"nights": "int64"})


def _drawn_week(
    rng: random.Random, village: str, week: Week, since: date, lax: set[str]
) -> tuple[StayState, list[date]]:
    """The state that a village shall have in a week, and the evenings of the nights that lead to it."""
    current = week == record.LAST_WEEK
    evenings = [day for day in week.evenings if day >= since and day < record.AS_OF.date()]
    covered = sum(day >= since for day in week.evenings)
    if covered == 0:
        return StayState.NO_TEAM, []
    told = village in _STORIES and week.number >= 50
    wanted = _drawn_nights(rng, week, village in lax)
    if told:
        chosen = [day for day in _STORIES[village] if day in evenings]
    else:
        chosen = rng.sample(evenings, min(wanted, len(evenings)))
    if covered < 4:
        return StayState.NOT_ASSESSED, chosen
    missed = StayState.CURABLE if current else StayState.LOST
    return (StayState.MET if len(chosen) >= 2 else missed), chosen


def _drawn_nights(rng: random.Random, week: Week, lax: bool) -> int:
    """How many nights a team spends: most meet the two, fewer in W47 and W48, and the remote ones hardly any."""
    chance = {47: 0.83, 48: 0.80, 51: 0.68}.get(week.number, 0.94)
    if lax and week.number >= 44:
        chance = 0.12
    return rng.choices((2, 3, 4), (66, 28, 6))[0] if rng.random() < chance else rng.choices((0, 1), (35, 65))[0]


def _presences(rng: random.Random, team_id: str, village: str, nights: Sequence[date]) -> Iterator[_Presence]:
    """Presences that spend just these nights: consecutive ones sometimes in one row, some nights by two members."""
    left = list(nights)
    while left:
        first = last = left.pop(0)
        if left and left[0] == first + DAY and rng.random() < 0.35:
            last = left.pop(0)
        two = rng.random() < 0.18 or (village in _STORIES and first == date(2022, 12, 20))
        for member in rng.sample((1, 2, 3), 2 if two else 1):
            yield _Presence(team_id, member, village, first, last)


def _traps(rng: random.Random, village: str, since: date, nights: set[date], far: Sequence[str]) -> Iterator[_Presence]:
    """Presences that are no counted night: left before five in the morning, or slept in another village."""
    free = [
        day
        for week in record.weeks()
        for day in week.evenings
        if since <= day < record.AS_OF.date() and day not in nights
    ]
    alone = [day for day in free if day - DAY not in nights and day + DAY not in nights]
    if not alone:
        return
    evening = rng.choice(alone)
    if rng.random() < 0.5:
        yield _Presence(f"T-{village}", rng.randint(1, 3), village, evening, evening, time(4, 30))
    elif rng.random() < 0.5:
        elsewhere = far[(far.index(village) + 1) % len(far)]
        yield _Presence(f"T-{village}", rng.randint(1, 3), elsewhere, evening, evening)


def _city_presences(rng: random.Random, teams: pd.DataFrame) -> Iterator[_Presence]:
    """Nights of city teams, which are shown and not judged (R11); among them the story's of 2022-11-26."""
    story = date(2022, 11, 26)
    for team_id, village in zip(teams["team_id"], teams["village_code"], strict=True):
        if not team_id.startswith("C-"):
            continue
        days = [week.monday + DAY * rng.choice((0, 2, 4)) for week in record.weeks()[:-1] if rng.random() < 0.16]
        if team_id == "C-431381001001":
            days = [day for day in days if abs((day - story).days) > 2]
            yield from (_Presence(team_id, member, village, story, story) for member in (1, 2))
        yield from (_Presence(team_id, rng.randint(1, 3), village, day, day) for day in days)


def _stay_rows(rng: random.Random, presences: Iterable[_Presence]) -> list[Row]:
    """The presences as rows with clock times, numbered in the order of their check-in."""
    rows: list[Row] = []
    for presence in presences:
        check_in = datetime.combine(presence.first, time(18, 30), CHINA) + timedelta(minutes=rng.randint(0, 200))
        leaves = presence.leaves or time(6 + rng.randint(0, 2), rng.randint(0, 59))
        rows.append(
            {
                "team_id": presence.team_id,
                "member_id": f"{presence.team_id}-{presence.member}",
                "village_code": presence.village_code,
                "check_in": check_in,
                "check_out": datetime.combine(presence.last + DAY, leaves, CHINA),
                "synthetic": True,
            }
        )
    rows.sort(key=lambda row: (row["check_in"], row["member_id"]))
    return [{"stay_id": f"S{number:06d}", **row} for number, row in enumerate(rows, start=1)]
