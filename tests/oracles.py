"""Slow, obvious answers to the questions that the program answers fast. Loops only, no index; Dijkstra is SciPy's.

Nothing here imports the code that it checks; only the words of `geo.terms` are shared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import Any

import numpy as np
import pyproj
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

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
    exempt: Callable[[str, date], bool] = lambda village, day: False,
    ordered: Callable[[str, str, date], bool] = lambda team, village, evening: False,
) -> dict[str, VillageWeek]:
    """R07 to R12 and R17 read aloud, for every village; `record` is (first evening, known until).

    `exempt` tells the days on which the headquarters exempted a village, `ordered` on which evenings an order had sent
    a team to another village.
    """
    teams = list(teams)
    week = [monday + ONE_DAY * offset for offset in range(7)]
    answers = {}
    for village in villages:
        if record is None or record[0] > week[-1] or record[1] < _clock(monday, 0):
            answers[village] = VillageWeek(StayState.NO_DATA, (), 0, 0)
            continue
        weeks = [
            team_week(team, stays, record, week, at, quota, assessed_from_days, exempt, ordered)
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
    order = ["met", "curable", "no_data", "lost", "exempt", "not_assessed", "no_team"]
    return order.index(one.state.value), -len(one.evenings)


def _clock(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BEIJING)


def team_week(
    team: TeamRow,
    stays: Sequence[StayRow],
    record: tuple[date, datetime],
    week: Sequence[date],
    at: datetime,
    quota: int,
    assessed_from_days: int,
    exempt: Callable[[str, date], bool] = lambda village, day: False,
    ordered: Callable[[str, str, date], bool] = lambda team, village, evening: False,
) -> VillageWeek:
    """One team's week in its village."""
    kept, left, unknown, days, owing = [], 0, 0, 0, 0
    for evening in week:
        if not team.serves(evening):
            continue
        days += 1
        owing += not exempt(team.village_code, evening)
        own = [
            stay
            for stay in stays
            if stay.team_id == team.team_id
            and (stay.village_code == team.village_code or ordered(team.team_id, stay.village_code, evening))
        ]
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
    elif owing < assessed_from_days:
        state, owed = StayState.EXEMPT, 0
    elif owed == 0:
        state = StayState.MET
    elif owed <= left:
        state = StayState.CURABLE
    elif owed <= left + unknown:
        state, owed = StayState.NO_DATA, 0
    else:
        state = StayState.LOST
    return VillageWeek(state, tuple(kept), left, owed)


def members_there(stays: Iterable[tuple[str, StayRow]], team: TeamRow, day: date, at: datetime) -> set[str]:
    """The members of (member, stay) who were in their team's village on a day (R06), by asking of every minute.

    Of an open stay only the day is known that it began on.
    """
    found = set()
    for member, stay in stays:
        if stay.team_id != team.team_id or stay.village_code != team.village_code or not team.serves(day):
            continue
        for minute in range(24 * 60):
            instant = _clock(day, 0) + timedelta(minutes=minute)
            if stay.check_out is None:
                is_there = instant <= stay.check_in < instant + timedelta(minutes=1)
            else:
                is_there = stay.check_in <= instant < stay.check_out
            if is_there and max(instant, stay.check_in) <= at:
                found.add(member)
                break
    return found


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


NO_WAY = -1
RoadPoint = tuple[int, float, int]
"""Where one can walk to a road: segment, share of its length, the walk in milliseconds."""


class Drives:
    """Travel times between stands and places on roads under closures, over a graph that has a node for each of them.

    `segments`: (from node, to node, time along, time against), NO_WAY where that is not allowed. `closures`: (segment,
    from share, to share, slowdown), infinite where nobody passes. Stands and places are lists of RoadPoints. The ways
    between neighbouring points of a segment are arcs of their own, but for those that a closed stretch lies on.
    """

    def __init__(
        self,
        nodes: int,
        segments: Sequence[tuple[int, int, int, int]],
        closures: Iterable[tuple[int, float, float, float]],
        stands: Sequence[Sequence[RoadPoint]],
        places: Sequence[Sequence[RoadPoint]],
    ) -> None:
        self.arcs: dict[tuple[int, int], int] = {}
        self.nodes = nodes
        points: dict[int, dict[float, int]] = {}
        for segment, share, _ in (point for one in [*stands, *places] for point in one):
            on_segment = points.setdefault(segment, {})
            if share not in on_segment:
                on_segment[share] = self._new_node()
        effects: dict[int, list[tuple[float, float, float]]] = {}
        for segment, from_share, to_share, slowdown in closures:
            effects.setdefault(segment, []).append((from_share, to_share, slowdown))
        for segment, (start, end, along_ms, against_ms) in enumerate(segments):
            self._add_segment(start, end, along_ms, against_ms, points.get(segment, {}), effects.get(segment, []))
        self.stands, self.places = [self._new_node() for _ in stands], [self._new_node() for _ in places]
        for hubs, points_of, leaves in ((self.stands, stands, True), (self.places, places, False)):
            for hub, some in zip(hubs, points_of, strict=True):
                for segment, share, walk_ms in some:
                    closed_from, closed_to = _hull(effects.get(segment, []))
                    driven = segments[segment][2:] != (NO_WAY, NO_WAY)
                    if driven and not closed_from <= share <= closed_to:
                        node = points[segment][share]
                        self._add_arc(*((hub, node) if leaves else (node, hub)), walk_ms)
        tails, heads = zip(*self.arcs, strict=True) if self.arcs else ((), ())
        times = np.array(list(self.arcs.values()), dtype=float)
        self.graph = csr_array((times, (tails, heads)), shape=(self.nodes, self.nodes))

    def to_place(self, place: int) -> list[int | None]:
        """The time from every stand to a place, both walks included; None where no way leads."""
        times = dijkstra(self.graph.T.tocsr(), indices=self.places[place])
        return [int(times[stand]) if math.isfinite(times[stand]) else None for stand in self.stands]

    def _new_node(self) -> int:
        self.nodes += 1
        return self.nodes - 1

    def _add_arc(self, tail: int, head: int, ms: int) -> None:
        self.arcs[tail, head] = min(ms, self.arcs.get((tail, head), ms))

    def _add_segment(
        self,
        start: int,
        end: int,
        along_ms: int,
        against_ms: int,
        points: Mapping[float, int],
        effects: Sequence[tuple[float, float, float]],
    ) -> None:
        slowest = max(
            [1 + (last - first) * (factor - 1) for first, last, factor in effects if factor < math.inf] or [1]
        )
        along_ms, against_ms = (ms if ms == NO_WAY else math.floor(ms * slowest + 0.5) for ms in (along_ms, against_ms))
        closed_from, closed_to = _hull(effects)
        stops = [(0.0, start), *sorted(points.items()), (1.0, end)]
        for (first, tail), (last, head) in pairwise(stops):
            if first <= closed_to and last >= closed_from:
                continue  # neighbours beyond an empty stretch have none of the closed one between them
            for whole_ms, ends in ((along_ms, (tail, head)), (against_ms, (head, tail))):
                if whole_ms != NO_WAY:
                    self._add_arc(*ends, math.floor(last * whole_ms + 0.5) - math.floor(first * whole_ms + 0.5))


def _hull(effects: Iterable[tuple[float, float, float]]) -> tuple[float, float]:
    """The closed stretch of a segment; where there is none, one that holds no share."""
    closed = [(first, last) for first, last, factor in effects if factor == math.inf]
    return min((first for first, _ in closed), default=2.0), max((last for _, last in closed), default=-1.0)


def first_arrivals(
    travel_ms: Sequence[int | None],
    allowed: Sequence[bool],
    notice_ms: Sequence[int],
    k: int,
    limit_ms: int,
    most_passed: int,
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The first k allowed stands, and the first of the others that come before the k-th, as (arrival_ms, stand)."""
    all_in_order = sorted(
        (ms + notice_ms[stand], stand)
        for stand, ms in enumerate(travel_ms)
        if ms is not None and ms + notice_ms[stand] <= limit_ms
    )
    first = [arrival for arrival in all_in_order if allowed[arrival[1]]][:k]
    others = [arrival for arrival in all_in_order if not allowed[arrival[1]]]
    return first, [one for one in others if len(first) < k or one < first[-1]][:most_passed]


def near_roads(
    lines: Sequence[Any], in_main: Sequence[bool], x_m: float, y_m: float, limit_m: float
) -> tuple[list[tuple[float, int]], float]:
    """The roads that a place is tied to as (metres, position), and the distance to the nearest of all."""
    place = shapely.Point(x_m, y_m)
    measured = sorted((line.distance(place), position) for position, line in enumerate(lines))
    near = [one for one in measured if one[0] <= limit_m]
    tied = near[:16]
    main = [one for one in near if in_main[one[1]]]
    if main and not any(in_main[position] for _, position in tied):
        tied[-1] = main[0]
    return tied, measured[0][0] if measured else math.inf
