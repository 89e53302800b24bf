"""Boards made from events, from checked frames, and as they were known at an earlier moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pandas as pd

from geo import closures as road_closures
from geo.atlas import Atlas
from geo.board.columns import Words
from geo.board.ground import Ground
from geo.board.ledger import Closures, Duty, Incidents
from geo.board.live import NOTHING, Board, Bulk
from geo.board.presence import Presence
from geo.board.record import record_of
from geo.board.stays import Stays
from geo.board.teams import teams_of
from geo.calendar import to_china
from geo.events import Draft, Event, events_of_frames
from geo.layers.registry import layer


def fold(
    atlas: Atlas,
    events: Iterable[Event],
    *,
    bulk: Bulk = NOTHING,
    known_until: datetime | None = None,
    margin_m: float | None = None,
    before: Board | None = None,
) -> Board:
    """The Board after all of a journal's events; those of the kinds in `BULK` may be given as columns.

    A check-in counts in a village up to `margin_m` outside its polygon (None: as the Atlas' rules say). What was found
    on the roads for the Board `before` is kept where it still holds.
    """
    board = empty_board(atlas, known_until=known_until, margin_m=margin_m).advance(events, bulk)
    return whole(board, before)


def empty_board(atlas: Atlas, *, known_until: datetime | None = None, margin_m: float | None = None) -> Board:
    """The Board before the first event, its roads not yet looked at."""
    ground = Ground(atlas, margin_m)
    return Board(
        atlas=atlas,
        ground=ground,
        sequence=0,
        recorded_at=None,
        known_until=None if known_until is None else to_china(known_until),
        teams=teams_of(atlas),
        present=Stays(replace(Presence.none(), villages=Words(ground.codes))),
        closed=Closures(),
        happened=Incidents(),
        duty=Duty(),
        roads=None,
        record=None,
    )


def whole(board: Board, before: Board | None) -> Board:
    """A Board with all that follows from what is recorded in it: moved teams, commitments, roads and record."""
    return replace(
        board,
        teams=replace(
            board.teams,
            assignments=board.duty.assignments,
            commitments=board.happened.commitments,
            _allowed={},
        ),
        roads=road_closures.fold(board.atlas, board.closures, before.roads if before else None),
        record=record_of(board.present.presence, board.known_until, board.recorded_at),
    )


def fold_frames(
    atlas: Atlas,
    stays: pd.DataFrame | None,
    incidents: pd.DataFrame | None,
    known_until: datetime | None,
    *,
    closures: pd.DataFrame | None = None,
    before: Board | None = None,
) -> Board:
    """The Board of a folder without a journal: its checked frames, as if they had been recorded as events.

    Its sequence is 0, that of no journal.
    """
    known_until = None if known_until is None else to_china(known_until)
    drafts = events_of_frames(stays, incidents, closures)
    return replace(fold(atlas, recorded(drafts, known_until), known_until=known_until, before=before), sequence=0)


def recorded(drafts: Iterable[Draft], at: datetime | None) -> list[Event]:
    """Drafts as events of an import that was never written down, recorded at an instant (None: each at its own)."""
    return [
        Event(sequence, at or draft.at, draft.at, "import", draft.kind, draft.body)
        for sequence, draft in enumerate(drafts, start=1)
    ]


def as_of(atlas: Atlas, events: Iterable[Event], moment: int | datetime, *, before: Board | None = None) -> Board:
    """The Board as it was known after the event `moment`, or at the instant `moment`.

    `events` is the journal from its beginning. What was recorded later is not in it, whatever time it speaks of.
    """
    if isinstance(moment, int):
        return fold(atlas, (event for event in events if event.sequence <= moment), before=before)
    instant = to_china(moment)
    known = (event for event in events if event.recorded_at <= instant)
    return fold(atlas, known, known_until=instant, before=before)


def layer_frame(atlas: Atlas, board: Board, name: str) -> pd.DataFrame:
    """The rows of a layer wherever they live: reference layers in the Atlas, live ones on the Board."""
    if not layer(name).live:
        return atlas.layers[name]
    frame: pd.DataFrame = {"stays": lambda: board.stays, "incidents": lambda: board.incidents}.get(
        name, lambda: board.closures
    )()
    return frame
