"""What the board of an order says: members, teams, and the counts and arrivals of villages, towns and the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from geo.atlas import Area, Provenance
from geo.board import Order
from geo.terms import OrderState, TeamKind

EXCUSED: Final = frozenset({OrderState.ON_LEAVE, OrderState.RESERVE})
"""Who is not expected; they are counted in a line of their own (R14)."""


@dataclass(frozen=True, slots=True)
class MemberOnOrder:
    """One member; `member_id` is None for one whom no roster names and nobody has seen.

    `arrived_at` is T0 for whoever was at the ordered station when the order was issued; `event` is the sequence of the
    check-in, stay or report that shows it, and `village_code` where it was. `left_at`: they were seen to leave since.
    `grid_code` is the grid that the order maps them to, in `village_code`; None: they are ordered to a station (R16).
    `estimated_at` is when whoever has not arrived would be there by road, None where that cannot be told.
    """

    member_id: str | None
    state: OrderState
    reason: str
    village_code: str
    grid_code: str | None = None
    arrived_at: datetime | None = None
    event: int | None = None
    left_at: datetime | None = None
    estimated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many members are in each state, every state named, and when they arrived.

    `expected` leaves out those on leave and in reserve. `left` have arrived and gone again. `last_at` is the last
    arrival so far; all have arrived when `complete`.
    """

    counts: Mapping[OrderState, int]
    expected: int
    left: int
    complete: bool
    first_at: datetime | None
    third_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class TeamOnOrder:
    """A team that the order calls, with its members in the order of their ids, unnamed ones last."""

    team_id: str
    name: str
    kind: TeamKind
    unit: str | None
    village_code: str
    members: tuple[MemberOnOrder, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class OrderArea:
    """A village or a town in the scope; `teams` is how many teams the order calls there."""

    code: str
    name: str | None
    town_code: str
    teams: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class OrderBoard:
    """An order as it stands at `at`, or stood when it ended, whichever is earlier (`judged_at`).

    Whoever arrives at `limit_at` (T0 and two hours) is on time. Teams are in the order of their ids, villages and towns
    in that of their codes; villages of the scope without a team are among them.
    """

    order: Order
    at: datetime
    judged_at: datetime
    limit_at: datetime
    in_force: bool
    teams: tuple[TeamOnOrder, ...]
    villages: tuple[OrderArea, ...]
    towns: tuple[OrderArea, ...]
    tally: Tally
    provenance: Provenance


def tally(members: Iterable[MemberOnOrder]) -> Tally:
    """The sums over some members. Arrivals of those who are excused are not counted: nobody waits for them."""
    expected, counts = [], Counter[OrderState]()
    for member in members:
        counts[member.state] += 1
        if member.state not in EXCUSED:
            expected.append(member)
    arrivals = sorted(member.arrived_at for member in expected if member.arrived_at is not None)
    return Tally(
        counts={state: counts[state] for state in OrderState},
        expected=len(expected),
        left=sum(member.left_at is not None for member in expected),
        complete=len(arrivals) == len(expected) > 0,
        first_at=arrivals[0] if arrivals else None,
        third_at=arrivals[2] if len(arrivals) > 2 else None,
        last_at=arrivals[-1] if arrivals else None,
    )


def areas(
    villages: Iterable[Area], teams: Iterable[TeamOnOrder]
) -> tuple[tuple[OrderArea, ...], tuple[OrderArea, ...]]:
    """The villages of the scope and their towns, with the sums over their teams."""
    of_village: dict[str, list[TeamOnOrder]] = {}
    for team in teams:
        of_village.setdefault(team.village_code, []).append(team)
    of_town: dict[str, list[TeamOnOrder]] = {}
    names: dict[str, str | None] = {}
    found = []
    for area in villages:
        own = of_village.get(area.code, [])
        of_town.setdefault(area.town_code, []).extend(own)
        names[area.town_code] = area.town_name
        found.append(OrderArea(area.code, area.name, area.town_code, len(own), _summed(own)))
    towns = [OrderArea(code, names[code], code, len(own), _summed(own)) for code, own in sorted(of_town.items())]
    return tuple(found), tuple(towns)


def _summed(teams: Iterable[TeamOnOrder]) -> Tally:
    return tally(member for team in teams for member in team.members)
