"""What is opened once and ended once: closures, incidents, commitments and orders, judged against a Board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from geo.board import Board
from geo.calendar import to_china
from geo.events import (
    Arrival,
    ClosureLifted,
    ClosureOpened,
    Commitment,
    CommitmentEnded,
    Draft,
    IncidentClosed,
    IncidentOpened,
    Mobilisation,
    MobilisationEnded,
)

Fault = tuple[str, str, str]
"""(field, rule or "", problem)."""


def contradicted(board: Board, draft: Draft) -> Iterator[Fault]:
    """What the Board says against a draft about something that it names."""
    match draft.body:
        case ClosureOpened() | ClosureLifted():
            yield from _closure(board, draft.body, draft.at)
        case IncidentOpened() | IncidentClosed():
            yield from _incident(board, draft.body, draft.at)
        case Commitment() | CommitmentEnded():
            yield from _commitment(board, draft.body, draft.at)
        case Mobilisation() | MobilisationEnded() | Arrival():
            yield from _order(board, draft.body, draft.at)
        case _:
            pass


def clock(instant: datetime) -> str:
    """An instant as a sentence names it, local."""
    return f"{to_china(instant):%Y-%m-%d %H:%M}"


def _closure(board: Board, body: ClosureOpened | ClosureLifted, at: datetime) -> Iterator[Fault]:
    opened, lifted = board.closed.opened, board.closed.lifted
    if isinstance(body, ClosureOpened):
        if body.closure_id in opened:
            since = clock(opened[body.closure_id])
            yield (
                "closure_id",
                "",
                f"closure {body.closure_id!r} was opened before, on {since}: give a new one a new id",
            )
    elif body.closure_id not in opened:
        yield "closure_id", "", f"no closure {body.closure_id!r} is known"
    elif body.closure_id in lifted:
        yield "closure_id", "", f"closure {body.closure_id!r} was lifted on {clock(lifted[body.closure_id])}"
    elif at < opened[body.closure_id]:
        yield "at", "", f"{clock(at)} is before closure {body.closure_id!r} began, {clock(opened[body.closure_id])}"


def _incident(board: Board, body: IncidentOpened | IncidentClosed, at: datetime) -> Iterator[Fault]:
    opened, closed = board.happened.opened, board.happened.closed
    if isinstance(body, IncidentOpened):
        if body.incident_id in opened:
            since = clock(opened[body.incident_id])
            yield "incident_id", "", f"incident {body.incident_id!r} was opened before, on {since}"
    elif body.incident_id not in opened:
        yield "incident_id", "", f"no incident {body.incident_id!r} is known"
    elif body.incident_id in closed:
        yield "incident_id", "R20", f"incident {body.incident_id!r} was closed on {clock(closed[body.incident_id])}"
    elif at < opened[body.incident_id]:
        yield "at", "R20", f"{clock(at)} is before its discovery, {clock(opened[body.incident_id])}"


def _commitment(board: Board, body: Commitment | CommitmentEnded, at: datetime) -> Iterator[Fault]:
    incident_id, team_id = body.incident_id, body.team_id
    opened, closed = board.happened.opened, board.happened.closed
    if incident_id not in opened:
        yield "incident_id", "", f"no incident {incident_id!r} is known"
        return
    now_at = {one.incident_id: one.from_at for one in board.commitments if one.team_id == team_id and one.holds(at)}
    if isinstance(body, CommitmentEnded):
        if incident_id not in now_at:
            yield "team_id", "", f"team {team_id!r} is not committed to incident {incident_id!r} at {clock(at)}"
    elif incident_id in closed and closed[incident_id] <= at:
        yield "incident_id", "R20", f"incident {incident_id!r} was closed on {clock(closed[incident_id])}"
    elif at < opened[incident_id]:
        yield "at", "R20", f"{clock(at)} is before the discovery of {incident_id!r}, {clock(opened[incident_id])}"
    else:
        for other, since in now_at.items():
            yield "team_id", "", f"team {team_id!r} has been committed to incident {other} since {clock(since)}"


def _order(board: Board, body: Mobilisation | MobilisationEnded | Arrival, at: datetime) -> Iterator[Fault]:
    orders = {order.order_id: order for order in board.duty.orders}
    order = orders.get(body.order_id)
    if isinstance(body, Mobilisation):
        if order is not None:
            yield "order_id", "R13", f"order {body.order_id!r} was issued before, on {clock(order.issued_at)}"
    elif order is None:
        yield "order_id", "R13", f"no order {body.order_id!r} is known"
    elif at < order.issued_at:
        yield "at", "R13", f"{clock(at)} is before the order was issued, {clock(order.issued_at)}"
    elif isinstance(body, MobilisationEnded) and order.ends_at is not None and order.ends_at <= at:
        yield "order_id", "R13", f"order {body.order_id!r} has been over since {clock(order.ends_at)}"
