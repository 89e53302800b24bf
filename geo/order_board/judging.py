"""Judging an order: each member of each called team, by what was seen of them and by when (R13, R14, R16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from geo.atlas import Atlas
from geo.board import Board, Order
from geo.calendar import to_china
from geo.crews import Crew, crew_of
from geo.errors import NotFoundError
from geo.mobilisations import called, villages_under
from geo.order_board.answer import MemberOnOrder, OrderBoard, TeamOnOrder, areas, tally
from geo.order_board.estimates import Origin, Way, journeys, origin_of, ways
from geo.order_board.ordered_grids import Grid, grids_of, seen_inside
from geo.order_board.sightings import Sighting, sightings
from geo.rules import Rules
from geo.terms import OrderState

_CLOCK: Final = "%Y-%m-%d %H:%M:%S"


def order_board(atlas: Atlas, board: Board, order_id: str, *, at: datetime, rules: Rules | None = None) -> OrderBoard:
    """Who has answered an order by `at`; NotFoundError where there is no order of that number, or it was corrected.

    Called are the teams that serve in the scope on the day of T0, with the members of that day. Their ordered station
    is that of the village where they serve, and any where a member of theirs reported for the order (R16). A check-in,
    a stay or a report there counts from T0 to the order's end; whoever was there at T0 has arrived. A member whom the
    order maps to a grid arrives there and not at a station: by a check-in in the grid or up to the margin of R06
    outside it, or by a report for the grid's village. The others are expected by road: from their own last check-in
    where it is as fresh as R15a asks at T0 or later, else from where their team was at T0 (R15a), after the notice.
    """
    at, rules = to_china(at), rules or atlas.rules
    order = _order(board, order_id)
    judge = _Judge(order, at, order.issued_at + timedelta(seconds=rules.roads.limit_s))
    serving = called(atlas, board, order)
    cases = list(_cases(atlas, board, judge, serving, rules))
    members = _members(atlas, board, judge, cases, rules)
    teams = tuple(_team(board, team_id, village_code, members) for team_id, village_code in serving.items())
    in_scope = np.flatnonzero(villages_under(atlas, (order,))).tolist()
    villages, towns = areas((atlas.villages[position] for position in in_scope), teams)
    return OrderBoard(
        order=order,
        at=at,
        judged_at=judge.judged_at,
        limit_at=judge.limit_at,
        in_force=order.issued_at <= at and not judge.is_over,
        teams=teams,
        villages=villages,
        towns=towns,
        tally=tally(member for team in teams for member in team.members),
        provenance=board.provenance,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """One member of a called team; `seen` is in time's order.

    `stations` are the villages where they may report, first the one where the team serves; of whom a `grid` is ordered,
    its village. `inside` are the events of the sightings in ordered grids.
    """

    team: int
    member_id: str | None
    excuse: OrderState | None
    stations: tuple[str, ...]
    seen: Sequence[Sighting]
    grid: Grid | None
    inside: frozenset[int]

    @property
    def village_code(self) -> str:
        """Where they are ordered to."""
        return self.stations[0]

    @property
    def grid_code(self) -> str | None:
        """The grid that they are ordered to."""
        return None if self.grid is None else self.grid.code

    @property
    def there(self) -> str:
        """The same in words."""
        return "there" if self.grid is None else f"in grid {self.grid_code} (R16)"

    def is_there(self, one: Sighting) -> bool:
        """Whether they were seen where they are ordered to: of a grid a village is enough in a report alone."""
        is_enough = self.grid is None or one.reported
        return one.event in self.inside or (is_enough and one.village_code in self.stations)

    @property
    def arrival(self) -> Sighting | None:
        """The first sighting there."""
        return next(filter(self.is_there, self.seen), None)

    @property
    def left_at(self) -> datetime | None:
        """When they were last seen to leave; None while they are there as far as is known.

        Whatever of them lasts holds them there: a night on paper that ends at 08:00 tells of no leaving while a
        check-in goes on. A report alone says when they came, and not how long they stayed.
        """
        last = max(at for at, one in enumerate(self.seen) if self.is_there(one))
        there = [one for one in self.seen[: last + 1] if self.is_there(one)]
        ends = [one.left for one in there if not one.reported]
        known = [end for end in ends if end is not None]
        gone = [max(known)] if known and len(known) == len(ends) and max(known) >= there[-1].begin else []
        return min([*gone, *(one.begin for one in self.seen[last + 1 :])], default=None)


@dataclass(frozen=True, slots=True)
class _Judge:
    """What a member's state depends on beside what was seen of them."""

    order: Order
    at: datetime
    limit_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether the order has ended."""
        return self.order.ends_at is not None and self.order.ends_at <= self.at

    @property
    def judged_at(self) -> datetime:
        """The instant asked, or the order's end."""
        return self.at if self.order.ends_at is None else min(self.at, self.order.ends_at)

    def arrived(self, case: _Case, seen: Sighting) -> MemberOnOrder:
        """A member who was seen where they are ordered to."""
        there_at = max(seen.begin, self.order.issued_at)
        what = f"{'reported' if seen.reported else case.there} at {seen.begin:{_CLOCK}}, event {seen.event}"
        if seen.begin < self.order.issued_at:
            what = f"{case.there} since {seen.begin:{_CLOCK}}, before the order, event {seen.event}"
        state, late = OrderState.ON_STATION, there_at - self.limit_at
        if late > timedelta():
            state, what = OrderState.LATE, f"{what}, {late} after the limit (R14)"
        return MemberOnOrder(
            member_id=case.member_id,
            state=case.excuse or state,
            reason=_EXCUSES.get(case.excuse, what),
            village_code=(case.grid is None and seen.village_code) or case.village_code,
            grid_code=case.grid_code,
            arrived_at=there_at,
            event=seen.event,
            left_at=case.left_at,
        )

    def not_arrived(self, case: _Case, origin: Origin | None, way: Way | None) -> MemberOnOrder:
        """A member who was not seen where they are ordered to."""
        estimated_at = None if origin is None or way is None else way.arrival(origin.start_at)
        expected = "" if origin is None or way is None else f"; {way.told(origin, estimated_at)}"
        if self.is_over and self.judged_at < self.limit_at:
            state, reason = OrderState.RELEASED, f"the order ended at {self.judged_at:{_CLOCK}}, before the limit"
        elif self.at > self.limit_at:
            state, reason = OrderState.MISSING, f"not seen {case.there} by {self.limit_at:{_CLOCK}} (R14){expected}"
        else:
            state, reason = OrderState.ON_THE_WAY, f"not seen {case.there} yet{expected}"
        return MemberOnOrder(
            member_id=case.member_id,
            state=case.excuse or state,
            reason=_EXCUSES.get(case.excuse, reason),
            village_code=case.village_code,
            grid_code=case.grid_code,
            estimated_at=estimated_at,
        )


_EXCUSES: Final[Mapping[OrderState | None, str]] = {
    OrderState.ON_LEAVE: "on leave on the day of the order (R14)",
    OrderState.RESERVE: "kept back at the unit as its reserve (R14)",
}


def _order(board: Board, order_id: str) -> Order:
    orders = {one.order_id: one for one in board.duty.orders}
    if order_id not in orders:
        raise NotFoundError("mobilisation order", order_id, sorted(orders)[-10:])
    return orders[order_id]


def _cases(atlas: Atlas, board: Board, judge: _Judge, serving: Mapping[str, str], rules: Rules) -> Iterator[_Case]:
    """Every member of every called team, those whom nobody names last."""
    seen, grids = sightings(board, judge.order, judge.judged_at), grids_of(atlas, judge.order)
    of_grids = [(grid, one) for (team_id, name), grid in grids.items() for one in seen.get(team_id, {}).get(name, ())]
    inside = seen_inside(atlas, of_grids, rules.places.margin_m)
    day = judge.order.issued_at.date()
    for team_id, village_code in serving.items():
        own, crew = seen.get(team_id, {}), crew_of(board, team_id, day)
        reported = {one.village_code for held in own.values() for one in held if one.reported}
        stations = (village_code, *sorted(code for code in reported if code and code != village_code))
        for member_id in _names(crew, {*own, *judge.order.grids.get(team_id, ())}):
            grid = grids.get((team_id, member_id)) if member_id else None
            yield _Case(
                team=board.teams.position[team_id],
                member_id=member_id,
                excuse=_excuse(crew, member_id),
                stations=stations if grid is None else (grid.village_code,),
                seen=own.get(member_id, ()) if member_id else (),
                grid=grid,
                inside=inside,
            )


def _names(crew: Crew, known: Set[str]) -> list[str | None]:
    """The roster; without one whoever was seen, mapped or excused, and as many unnamed as the strength leaves."""
    if crew.members is not None:
        return [*sorted(crew.members)]
    named = sorted(crew.on_leave | crew.reserve | known)
    return [*named, *[None] * max(crew.strength - len(named), 0)]


def _excuse(crew: Crew, member_id: str | None) -> OrderState | None:
    if member_id in crew.on_leave:
        return OrderState.ON_LEAVE
    return OrderState.RESERVE if member_id in crew.reserve else None


def _members(
    atlas: Atlas, board: Board, judge: _Judge, cases: Sequence[_Case], rules: Rules
) -> Mapping[int, list[MemberOnOrder]]:
    """Each team's members, judged; the ways of all who are expected are looked for together."""
    found: dict[int, list[MemberOnOrder]] = {}
    origins: dict[int, Origin] = {}
    if not judge.is_over:
        waiting = [at for at, one in enumerate(cases) if one.arrival is None and one.excuse is None]
        places = [(cases[at].team, cases[at].seen) for at in waiting]
        origins = dict(zip(waiting, origin_of(atlas, board, judge.order, places, rules), strict=True))
    legs = [(origin, cases[at].village_code, cases[at].grid) for at, origin in origins.items()]
    heading = dict(zip(origins, journeys(atlas, legs), strict=True))
    by_road = ways(atlas, board, list(heading.values()), at=judge.judged_at, rules=rules.roads)
    for at, case in enumerate(cases):
        arrival = case.arrival
        if arrival is not None:
            member = judge.arrived(case, arrival)
        else:
            member = judge.not_arrived(case, origins.get(at), by_road[heading[at]] if at in heading else None)
        found.setdefault(case.team, []).append(member)
    return found


def _team(board: Board, team_id: str, village_code: str, members: Mapping[int, list[MemberOnOrder]]) -> TeamOnOrder:
    teams, position = board.teams, board.teams.position[team_id]
    own = tuple(members.get(position, ()))
    return TeamOnOrder(
        team_id=team_id,
        name=teams.names[position],
        kind=teams.kinds[position],
        unit=teams.units[position],
        village_code=village_code,
        members=own,
        tally=tally(own),
    )
