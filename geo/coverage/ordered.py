"""The stations to which orders sent teams away from their own: nights there count (R17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from geo.board import Board, Order
from geo.coverage.days import DAY_US, day_number, local_us
from geo.events import Arrival
from geo.mobilisations import called

_ALWAYS: Final = day_number(date.max)


@dataclass(frozen=True, slots=True)
class OrderedStation:
    """A team that an order sent to the station of another village, and the evenings (days since 1970) that count.

    `team` and `village` are positions in the Board's teams and in the Atlas's villages.
    """

    team: int
    village: int
    first_evening: int
    last_evening: int


def ordered_stations(board: Board) -> tuple[OrderedStation, ...]:
    """Where orders sent teams: where they reported for one, and the villages of their members' grids (R14, R16).

    Without either the ordered station is that of the assigned village, whose nights count anyhow. The evenings are
    those at whose 24:00 the order was in force: issued by then, and not over yet.
    """
    found: dict[OrderedStation, None] = {}
    for order, team_id, village_code in _sent(board):
        team, village = board.teams.position.get(team_id), board.ground.position.get(village_code)
        if team is None or village is None:
            continue
        first = -(-local_us(order.issued_at) // DAY_US) - 1
        last = _ALWAYS if order.ends_at is None else -(-local_us(order.ends_at) // DAY_US) - 2
        found[OrderedStation(team, village, first, last)] = None
    return tuple(found)


def _sent(board: Board) -> Iterator[tuple[Order, str, str]]:
    """Orders with the ids of teams and the codes of the villages that they were sent to."""
    orders = {order.order_id: order for order in board.duty.orders}
    for _, body in board.duty.of(Arrival):
        if body.order_id in orders:
            yield orders[body.order_id], body.team_id, body.village_code
    village_of = board.atlas.grid_villages
    for order in orders.values():
        for team_id, own_village in called(board.atlas, board, order).items() if order.grids else ():
            for village_code in {village_of.get(code) for code in order.grids.get(team_id, {}).values()}:
                if village_code is not None and village_code != own_village:
                    yield order, team_id, village_code
