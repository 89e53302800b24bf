"""Services: each team in each village where it serves, the days of its assignment, and the stays that count there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from geo.board import Board
from geo.coverage.days import Flags, Numbers, Span
from geo.coverage.ordered import OrderedStation
from geo.index import Mask

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Services:
    """A team in a village where it serves, once or several times, in the order of the teams.

    `team` and `village` are positions in the Board's teams and in the Atlas's villages, shape (services,); `assigned`
    are the days of the span, shape (services, days). `ordered` are stations elsewhere that count as well.
    """

    board: Board
    span: Span
    team: Positions
    village: Positions
    assigned: Flags
    ordered: tuple[OrderedStation, ...] = ()

    @classmethod
    def of(
        cls, board: Board, span: Span, teams: Mask | None = None, ordered: tuple[OrderedStation, ...] = ()
    ) -> Services:
        """Those with a day of assignment in the span; only of `teams` (shape (teams,)) if given."""
        spans, ground = board.teams.spans, board.ground
        number = {service: position for position, service in enumerate(spans.services)}
        pairs = zip(spans.team.tolist(), spans.village_code, strict=True)
        of_span = np.fromiter((number[pair] for pair in pairs), np.intp, len(spans.team))
        team = np.fromiter((position for position, _ in number), np.intp, len(number))
        village = np.fromiter((ground.position.get(code, -1) for _, code in number), np.intp, len(number))
        order = np.argsort(of_span, kind="stable")
        first, last = (days.astype(np.int64)[order, None] for days in (spans.first, spans.last))
        on_day = (first <= span.days) & (span.days <= last)
        begins = np.searchsorted(of_span[order], np.arange(len(number)))
        assigned = np.logical_or.reduceat(on_day, begins, axis=0) if len(number) else on_day
        wanted = (village >= 0) & assigned.any(axis=1) & (True if teams is None else teams[team])
        return cls(board, span, team[wanted], village[wanted], assigned[wanted], ordered)

    def keys_of(self, stays: Positions) -> Numbers:
        """Team and village of some rows of the Board's presences as one number, negative where none of these counts."""
        presence = self.board.present.presence
        team, village = self._team_of_word[presence.rows["team"][stays]], presence.rows["village"][stays]
        counts = (team >= 0) & (village >= 0) & presence.known.counts[stays]
        return np.where(counts, team * self._places + village, -1)

    def counting(self, keys: Numbers, days: Numbers) -> tuple[Positions, Positions]:
        """(rows, services): of stays with these keys on these days of the span, those that count and where.

        A stay counts in the village where its team is assigned on the day, or at an ordered station (R17).
        """
        order, known = self._by_key
        if not len(known):
            return np.empty(0, np.intp), np.empty(0, np.intp)
        place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        rows = np.flatnonzero(known[place] == keys)
        services = order[place[rows]]
        on = self.assigned[services, days[rows] - self.span.first]
        rows, services = rows[on], services[on]
        if self.ordered:
            elsewhere = self._at_ordered_stations(keys, days)
            rows, services = np.concatenate([rows, elsewhere[0]]), np.concatenate([services, elsewhere[1]])
        return rows, services

    def _at_ordered_stations(self, keys: Numbers, days: Numbers) -> tuple[Positions, Positions]:
        """Few orders send a team elsewhere, so the stays there are looked at one by one."""
        stations, services_of = defaultdict(list), defaultdict(list)
        for one in self.ordered:
            stations[one.team * self._places + one.village].append(one)
        for service, team in enumerate(self.team.tolist()):
            services_of[team].append(service)
        found: list[tuple[int, int]] = []
        for row in np.flatnonzero(np.isin(keys, list(stations))).tolist():
            day = int(days[row])
            for station in stations[int(keys[row])]:
                if station.first_evening <= day <= station.last_evening:
                    own = services_of[station.team]
                    found += [(row, one) for one in own if self.assigned[one, day - self.span.first]]
        pairs = np.array(found, dtype=np.intp).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    @property
    def _places(self) -> int:
        return len(self.board.present.village_codes) + 1

    @cached_property
    def _by_key(self) -> tuple[Positions, Numbers]:
        keys = self.team * self._places + self.village
        order = np.argsort(keys, kind="stable")
        return order, keys[order]

    @cached_property
    def _team_of_word(self) -> Numbers:
        """The team that each word of the presences names, else -1; the last one is of no word."""
        words, ids = self.board.present.presence.words, self.board.teams.ids
        found = np.full(len(words.words) + 1, -1, dtype=np.int64)
        for team in np.unique(self.team).tolist():
            word = words.find(ids[team])
            if 0 <= word < len(found) - 1:  # another Board may have added words meanwhile
                found[word] = team
        return found
