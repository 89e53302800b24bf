"""Who of a team can go on a day: its roster, less those on leave and those kept back at the unit (R14, R15).

A team whose members were never recorded has as many, unnamed, as the register says; who is on leave or in reserve is
missing from these, each member once. What is recorded of a team's crew makes steps from day to day. The steps of all
teams lie in one sorted column, so that a day's crews are one search and a new event costs its own team's steps alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from operator import is_
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.board import Board
from geo.errors import NotFoundError
from geo.events import Event, Leave, RosterChange
from geo.terms import EventKind, RosterAction

Counts = npt.NDArray[np.int64]
_Told = tuple[Event, ...]

_KINDS: Final = (EventKind.LEAVE, EventKind.ROSTER_CHANGE)
_NAME: Final = "crews"
_DAY_BITS: Final = 24  # more than the ordinal of any day has
_UNNAMED: Final = -1
_NOTHING: Final[Mapping[int, Event]] = MappingProxyType({})
_MANY: Final = 1000  # events from which on it is quicker to make all steps anew


@dataclass(frozen=True, slots=True)
class Crew:
    """A team on a day. `members` is None where they are not known by name; then `strength` is the register's.

    `on_leave` and `reserve` are members of the team; where these are not known, whoever was named.
    """

    team_id: str
    strength: int
    members: frozenset[str] | None
    on_leave: frozenset[str]
    reserve: frozenset[str]

    @property
    def available(self) -> int:
        """How many can go."""
        return max(self.strength - len(self.on_leave | self.reserve), 0)


def crew_of(board: Board, team_id: str, day: date) -> Crew:
    """A team's crew on a day; NotFoundError for a team that the register does not have."""
    position = board.teams.position.get(team_id)
    if position is None:
        raise NotFoundError("team", team_id)
    told = _steps(board).told.get(team_id, ())
    state = _State(is_named=_is_named(told))
    leaves = (event.body for event in told if isinstance(event.body, Leave))
    on_leave = {one.member_id for one in leaves if one.first_day <= day <= one.last_day}
    for change in _changes(told):
        if change.day <= day:
            state.change(change)
    if not state.is_named:
        return Crew(team_id, board.teams.strengths[position], None, frozenset(on_leave), frozenset(state.reserve))
    members = frozenset(state.members)
    return Crew(team_id, len(members), members, members & on_leave, members & state.reserve)


def crew_sizes(board: Board, day: date) -> Counts:
    """How many of each team can go on a day; shape (teams,)."""
    return crew_counts(board, day)[1]


def crew_counts(board: Board, day: date) -> tuple[Counts, Counts]:
    """How many each team has on a day, and how many of these can go; shape (teams,)."""
    steps = _steps(board)
    strength, away = _strengths(board).copy(), np.zeros(len(board.teams.ids), dtype=np.int64)
    if len(steps.number):
        at = np.searchsorted(steps.key, (np.arange(len(steps.team)) << _DAY_BITS) + day.toordinal(), side="right") - 1
        known = steps.team >= 0
        at, team = at[known], steps.team[known]
        named, away[team] = steps.named[at], steps.away[at]
        strength[team] = np.where(named == _UNNAMED, strength[team], named)
    return strength, np.maximum(strength - away, 0)


def _strengths(board: Board) -> Counts:
    """The register's strengths as a column, made once."""
    teams, kept = board.teams, board.kept.get("strengths")
    if kept is None or kept[0] is not teams.strengths:
        kept = board.kept["strengths"] = teams.strengths, np.array(teams.strengths, dtype=np.int64)
    strengths: Counts = kept[1]
    return strengths


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """What is recorded of each team's crew, and its steps.

    Step i holds from the day in the lower bits of `key[i]` on for the team whose number is in the higher ones: so many
    members `named` (-1: as the register says) of whom so many are `away`. Every team has a step at day 0. `team` are
    the numbers' positions in the register (-1: not in it), which `position` has.
    """

    of_kind: tuple[Mapping[int, Event], ...]
    position: Mapping[str, int]
    told: Mapping[str, _Told]
    number: Mapping[str, int]
    team: npt.NDArray[np.intp]
    key: Counts
    named: Counts
    away: Counts

    def after(self, of_kind: tuple[Mapping[int, Event], ...]) -> _Steps:
        """The steps when more, or fewer, events count; only the teams that these are of are looked at."""
        told, number = dict(self.told), dict(self.number)
        columns = self.key, self.named, self.away
        for team_id, (added, gone) in _differences(self.of_kind, of_kind).items():
            told[team_id] = (*(event for event in told.get(team_id, ()) if event.sequence not in gone), *added)
            of = number.setdefault(team_id, len(number))
            first, last = np.searchsorted(columns[0], [of << _DAY_BITS, (of + 1) << _DAY_BITS]).tolist()
            fresh = np.array(list(_steps_of(told[team_id])), dtype=np.int64).T
            fresh[0] += of << _DAY_BITS
            columns = tuple(  # type: ignore[assignment]  # three columns give three
                np.concatenate([column[:first], new, column[last:]]) for column, new in zip(columns, fresh, strict=True)
            )
        team = self.team if len(number) == len(self.number) else _positions(number, self.position)
        return _Steps(of_kind, self.position, told, number, team, *columns)


def _positions(number: Mapping[str, int], position: Mapping[str, int]) -> npt.NDArray[np.intp]:
    return np.array([position.get(team_id, -1) for team_id in number], dtype=np.intp)


def _steps(board: Board) -> _Steps:
    of_kind = tuple(board.duty.of_kind.get(kind, _NOTHING) for kind in _KINDS)
    kept: _Steps | None = board.kept.get(_NAME)
    if kept is not None and kept.position is board.teams.position and all(map(is_, of_kind, kept.of_kind)):
        return kept
    grown = 0 if kept is None else sum(map(len, of_kind)) - sum(map(len, kept.of_kind))
    if kept is None or kept.position is not board.teams.position or grown > _MANY:
        kept = _all_steps(of_kind, board.teams.position)
    else:
        kept = kept.after(of_kind)
    board.kept[_NAME] = kept
    return kept


def _all_steps(of_kind: tuple[Mapping[int, Event], ...], position: Mapping[str, int]) -> _Steps:
    told: defaultdict[str, list[Event]] = defaultdict(list)
    for events in of_kind:
        for event in events.values():
            told[_team_of(event)].append(event)
    rows = [
        ((number << _DAY_BITS) + day, named, away)
        for number, events in enumerate(told.values())
        for day, named, away in _steps_of(tuple(events))
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T.copy()
    number = {team_id: number for number, team_id in enumerate(told)}
    of_team = {team_id: tuple(events) for team_id, events in told.items()}
    return _Steps(of_kind, position, of_team, number, _positions(number, position), *columns)


def _differences(
    before: tuple[Mapping[int, Event], ...], now: tuple[Mapping[int, Event], ...]
) -> dict[str, tuple[list[Event], set[int]]]:
    """For each team that it concerns the events that count since, and the sequences of those that no longer do.

    Later events stand at the end of a kind's mapping, so that only they are looked at.
    """
    found: defaultdict[str, tuple[list[Event], set[int]]] = defaultdict(lambda: ([], set()))
    for old, new in zip(before, now, strict=True):
        if old is new:
            continue
        added = _newer(old, new)
        for event in added:
            found[_team_of(event)][0].append(event)
        if len(old) + len(added) != len(new):
            for sequence in old.keys() - new.keys():
                found[_team_of(old[sequence])][1].add(sequence)
    return found


def _newer(old: Mapping[int, Event], new: Mapping[int, Event]) -> list[Event]:
    newest = takewhile(lambda sequence: sequence not in old, reversed(list(new)))
    return [new[sequence] for sequence in newest]


def _team_of(event: Event) -> str:
    body = event.body
    if isinstance(body, Leave | RosterChange):
        return body.team_id
    raise TypeError(f"{event.kind} says nothing of a team's crew")


class _State:
    """Who is with a team, and who of it is kept back, while its changes are gone through."""

    def __init__(self, *, is_named: bool) -> None:
        self.is_named = is_named
        self.members: set[str] = set()
        self.reserve: set[str] = set()
        self.leaves: Counter[str] = Counter()

    def change(self, one: RosterChange) -> None:
        of = self.members if one.change in (RosterAction.JOINED, RosterAction.LEFT) else self.reserve
        begins = one.change in (RosterAction.JOINED, RosterAction.RESERVED)
        (of.add if begins else of.discard)(one.member_id)

    def counted(self, day: int) -> tuple[int, int, int]:
        """(day, how many are named, how many of the team are away)."""
        away = self.reserve.union(member for member, held in self.leaves.items() if held)
        return (day, len(self.members), len(away & self.members)) if self.is_named else (day, _UNNAMED, len(away))


def _steps_of(told: _Told) -> Iterator[tuple[int, int, int]]:
    """The steps of one team's crew in the order of their days, which are ordinals."""
    moments: list[tuple[int, int, RosterChange | tuple[str, int]]] = []
    for event in told:
        if isinstance(event.body, Leave):
            leave = event.body
            moments.append((leave.first_day.toordinal(), event.sequence, (leave.member_id, 1)))
            moments.append((leave.last_day.toordinal() + 1, event.sequence, (leave.member_id, -1)))
    moments += [(one.day.toordinal(), place, one) for place, one in enumerate(_changes(told))]
    moments.sort(key=lambda moment: moment[:2])
    state, day = _State(is_named=_is_named(told)), 0
    for at, _, what in moments:
        if at != day:
            yield state.counted(day)
            day = at
        if isinstance(what, RosterChange):
            state.change(what)
        else:
            state.leaves[what[0]] += what[1]
    yield state.counted(day)


def _changes(told: Iterable[Event]) -> list[RosterChange]:
    """A team's roster changes in the order of their days, those of one day as they were recorded."""
    changes = [(event.body.day, event.sequence, event.body) for event in told if isinstance(event.body, RosterChange)]
    return [one for _, _, one in sorted(changes, key=lambda change: change[:2])]


def _is_named(told: Iterable[Event]) -> bool:
    """Whether it was ever recorded that somebody joined the team."""
    return any(isinstance(one.body, RosterChange) and one.body.change is RosterAction.JOINED for one in told)
