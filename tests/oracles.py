"""Slow, obvious answers to the questions that the program answers fast. Loops only: no numpy, no index.

Nothing here imports the code that it checks; only the words of `geo.terms` are shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import pyproj
import shapely

from geo.terms import StayState

GEOD = pyproj.Geod(ellps="WGS84")
BEIJING = timezone(timedelta(hours=8))
ONE_DAY = timedelta(days=1)


def nearest(
    points: Sequence[tuple[float, float]], lon: float, lat: float, k: int, allowed: Sequence[bool] | None = None
) -> list[tuple[int, float]]:
    """The k allowed points nearest to (lon, lat) as (position, metres), by measuring the way to every one."""
    measured = []
    for position, (point_lon, point_lat) in enumerate(points):
        if allowed is None or allowed[position]:
            measured.append((GEOD.inv(lon, lat, point_lon, point_lat)[2], position))
    return [(position, distance_m) for distance_m, position in sorted(measured)[:k]]


def containing(shapes: Sequence[Any], lon: float, lat: float) -> list[int]:
    """Positions of the shapes that hold (lon, lat) or have it on their border."""
    place = shapely.Point(lon, lat)
    return [position for position, shape in enumerate(shapes) if shape.intersects(place)]


def nights(check_in: datetime, check_out: datetime) -> list[date]:
    """The evenings whose nights a presence covers, by asking about every minute from 00:00 to 05:00 (R07)."""
    found = []
    evening = check_in.date() - 2 * ONE_DAY
    while evening <= check_out.date():
        midnight = datetime.combine(evening + ONE_DAY, time(), BEIJING)
        if all(check_in <= midnight + timedelta(minutes=minute) <= check_out for minute in range(5 * 60 + 1)):
            found.append(evening)
        evening += ONE_DAY
    return found


@dataclass(frozen=True)
class TeamRow:
    """What a team's nights are judged by."""

    team_id: str
    is_township: bool
    village_code: str
    assigned_from: date | None
    assigned_to: date | None

    def serves(self, day: date) -> bool:
        """Whether the team is assigned on `day`."""
        return (self.assigned_from is None or self.assigned_from <= day) and (
            self.assigned_to is None or day <= self.assigned_to
        )


@dataclass(frozen=True)
class StayRow:
    """One presence; `check_out` is None while it is open."""

    team_id: str
    village_code: str
    check_in: datetime
    check_out: datetime | None


@dataclass(frozen=True)
class VillageWeek:
    """What the slow judgement says of one village."""

    state: StayState
    evenings: tuple[date, ...]
    nights_left: int
    owed: int


def stay_states(
    villages: Iterable[str],
    teams: Iterable[TeamRow],
    stays: Sequence[StayRow],
    record: tuple[date, datetime] | None,
    monday: date,
    at: datetime,
    quota: int = 2,
    assessed_from_days: int = 4,
) -> dict[str, VillageWeek]:
    """R07 to R12 read aloud, for every village; `record` is (first evening, known until)."""
    teams = list(teams)
    week = [monday + ONE_DAY * offset for offset in range(7)]
    answers = {}
    for village in villages:
        if record is None or record[0] > week[-1] or record[1] < _clock(monday, 0):
            answers[village] = VillageWeek(StayState.NO_DATA, (), 0, 0)
            continue
        weeks = [
            _team_week(team, stays, record, week, at, quota, assessed_from_days)
            for team in teams
            if team.is_township and team.village_code == village and any(team.serves(day) for day in week)
        ]
        best = VillageWeek(StayState.NO_TEAM, (), 0, 0)
        for one in weeks:
            if _rank(one) < _rank(best):
                best = one
        answers[village] = best
    return answers


def _rank(one: VillageWeek) -> tuple[int, int]:
    order = ["met", "curable", "no_data", "lost", "not_assessed", "no_team"]
    return order.index(one.state.value), -len(one.evenings)


def _clock(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BEIJING)


def _team_week(
    team: TeamRow,
    stays: Sequence[StayRow],
    record: tuple[date, datetime],
    week: Sequence[date],
    at: datetime,
    quota: int,
    assessed_from_days: int,
) -> VillageWeek:
    own = [stay for stay in stays if stay.team_id == team.team_id and stay.village_code == team.village_code]
    kept, left, unknown, days = [], 0, 0, 0
    for evening in week:
        if not team.serves(evening):
            continue
        days += 1
        midnight, morning = _clock(evening + ONE_DAY, 0), _clock(evening + ONE_DAY, 5)
        if at < morning:  # the night is not over
            if at <= midnight or any(_is_there(stay, evening, at) for stay in own):
                left += 1
        elif any(_covers(stay, evening) and (stay.check_out or morning <= record[1]) for stay in own):
            kept.append(evening)
        elif not (record[0] <= evening and morning <= record[1]):
            unknown += 1
    owed = max(quota - len(kept), 0)
    if days < assessed_from_days:
        state, owed = StayState.NOT_ASSESSED, 0
    elif owed == 0:
        state = StayState.MET
    elif owed <= left:
        state = StayState.CURABLE
    elif owed <= left + unknown:
        state, owed = StayState.NO_DATA, 0
    else:
        state = StayState.LOST
    return VillageWeek(state, tuple(kept), left, owed)


def _began_for(stay: StayRow, evening: date) -> bool:
    """An open stay is good for one night: that of the evening on which it began, 24:00 included."""
    return _clock(evening, 0) < stay.check_in <= _clock(evening + ONE_DAY, 0)


def _covers(stay: StayRow, evening: date) -> bool:
    if stay.check_out is None:
        return _began_for(stay, evening)
    return stay.check_in <= _clock(evening + ONE_DAY, 0) and stay.check_out >= _clock(evening + ONE_DAY, 5)


def _is_there(stay: StayRow, evening: date, at: datetime) -> bool:
    """Present at `at`, and since 24:00 of `evening` at the latest."""
    if stay.check_out is None:
        return _began_for(stay, evening) and stay.check_in <= at
    return stay.check_in <= _clock(evening + ONE_DAY, 0) and stay.check_in <= at < stay.check_out


def distances_m(areas: Mapping[str, Any], hazards: Mapping[str, Any], epsg: str) -> dict[str, dict[str, float]]:
    """From each area to each hazard the planar distance in metres, one pair at a time."""
    project = pyproj.Transformer.from_crs("EPSG:4326", epsg, always_xy=True).transform
    areas_m = {code: shapely.transform(shape, project, interleaved=False) for code, shape in areas.items()}
    hazards_m = {name: shapely.transform(shape, project, interleaved=False) for name, shape in hazards.items()}
    return {code: {name: area.distance(hazard) for name, hazard in hazards_m.items()} for code, area in areas_m.items()}
