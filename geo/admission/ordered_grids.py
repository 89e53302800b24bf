"""The grids that an order maps members to (R16), judged against the Atlas and the Board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from geo.admission.standing import Fault
from geo.atlas import Atlas
from geo.board import Board, Order
from geo.calendar import to_china
from geo.events import Mobilisation
from geo.mobilisations import called, villages_under


def misplaced(atlas: Atlas, board: Board, body: Mobilisation, at: datetime) -> Iterator[Fault]:
    """What is wrong with the grids of an order issued at `at`; nothing where it has none.

    A grid must be known and lie in the order's scope; a member's team must be known and called. Of a team with a
    recorded roster the member must be on it; without one nobody knows who its members are, and any is taken.
    """
    order = Order(body.order_id, body.scope, body.cause, at, body.ends_at, body.grids or {})
    if not order.grids:
        return
    teams, day = called(atlas, board, order), to_china(at).date()
    for team_id, members in order.grids.items():
        if team_id not in board.teams.position:
            yield "grids", "R02", f"no team {team_id!r} is known"
        elif team_id not in teams:
            yield "grids", "R16", f"team {team_id} does not serve in the order's scope on {day}: it is not called"
        else:
            roster = board.duty.members(team_id, day)
            for member_id in () if roster is None else sorted(members.keys() - roster):
                yield "grids", "R03", f"{member_id!r} is not on the roster of {team_id} on {day}"
    yield from _of_grids(atlas, order)


def _of_grids(atlas: Atlas, order: Order) -> Iterator[Fault]:
    in_scope = {area.code for area, is_in in zip(atlas.villages, villages_under(atlas, (order,)), strict=True) if is_in}
    for code in sorted({code for members in order.grids.values() for code in members.values()}):
        village_code = atlas.grid_villages.get(code)
        if village_code is None:
            yield "grids", "R16", f"no grid {code!r} is known; the county has {len(atlas.grid_codes):,} grids"
        elif village_code not in in_scope:
            scope = ", ".join(order.scope)
            yield "grids", "R16", f"grid {code} lies in {village_code}, outside the order's scope {scope}"
