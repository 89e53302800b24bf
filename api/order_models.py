"""Mobilisation orders and their boards as JSON bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from api.models import stamp
from geo.atlas import Provenance
from geo.board import Order
from geo.order_board import MemberOnOrder, OrderArea, OrderBoard, Tally, TeamOnOrder


def orders(found: Iterable[Order], in_force: Iterable[Order], at: datetime, provenance: Provenance) -> dict[str, Any]:
    """Orders as they are given, those in force marked."""
    held = {one.order_id for one in in_force}
    return {
        **stamp(at, provenance),
        "mobilisations": [{**_order(one), "in_force": one.order_id in held} for one in found],
    }


def order_board(answer: OrderBoard, *, named: Callable[[str], bool]) -> dict[str, Any]:
    """The board of an order; members have ids where they are `named`, by the code of their team's village."""
    return {
        **stamp(answer.at, answer.provenance),
        **_order(answer.order),
        "in_force": answer.in_force,
        "judged_at": answer.judged_at.isoformat(),
        "limit_at": answer.limit_at.isoformat(),
        "tally": _tally(answer.tally),
        "towns": [_area(one) for one in answer.towns],
        "villages": [_area(one) for one in answer.villages],
        "teams": [_team(one, named) for one in answer.teams],
    }


def _order(one: Order) -> dict[str, Any]:
    return {
        "order_id": one.order_id,
        "scope": one.scope,
        "cause": one.cause,
        "issued_at": one.issued_at.isoformat(),
        "ends_at": _instant(one.ends_at),
    }


def _tally(one: Tally) -> dict[str, Any]:
    return {
        "expected": one.expected,
        **{state.value: count for state, count in one.counts.items()},
        "left": one.left,
        "complete": one.complete,
        "first_at": _instant(one.first_at),
        "third_at": _instant(one.third_at),
        "last_at": _instant(one.last_at),
    }


def _area(one: OrderArea) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "teams": one.teams, **_tally(one.tally)}


def _team(one: TeamOnOrder, named: Callable[[str], bool]) -> dict[str, Any]:
    return {
        "team_id": one.team_id,
        "name": one.name,
        "kind": one.kind,
        "unit": one.unit,
        "village_code": one.village_code,
        "tally": _tally(one.tally),
        "members": [_member(member, named(one.village_code)) for member in one.members],
    }


def _member(one: MemberOnOrder, named: bool) -> dict[str, Any]:
    return {
        "member_id": one.member_id if named else None,
        "state": one.state,
        "reason": one.reason,
        "village_code": one.village_code,
        "grid_code": one.grid_code,
        "arrived_at": _instant(one.arrived_at),
        "event": one.event,
        "left_at": _instant(one.left_at),
        "estimated_at": _instant(one.estimated_at),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
