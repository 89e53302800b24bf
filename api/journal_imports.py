"""Rows of a live layer's file as events: once a folder has a journal, an import adds to it and replaces nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from api.access import Actor
from api.record import IMPORTER
from geo.board import Board
from geo.events import (
    ClosureOpened,
    Correction,
    Draft,
    IncidentClosed,
    IncidentOpened,
    StayDeclared,
    events_of_frames,
)
from geo.layers.spec import LayerSpec
from geo.terms import EventKind, Role

BY_FILE: Final = Actor(IMPORTER, Role.HQ, "")
"""Who records what comes from files: whoever may write to the folder."""


def drafts_of_rows(
    added: pd.DataFrame, changed: pd.DataFrame, spec: LayerSpec, board: Board, source: str
) -> list[Draft]:
    """Events for the rows that the record does not have, and corrections for those that it has otherwise."""
    recorded = _recorded(board)
    drafts = events_of_frames(**{spec.name: added})
    for draft in events_of_frames(**{spec.name: changed}):
        corrects = recorded.get((draft.kind, _id_of(draft)))
        if corrects is None:
            drafts.append(draft)
        else:
            drafts.append(Draft.of(Correction(corrects=corrects, reason=source, replacement=draft), draft.at))
    return drafts


def _id_of(draft: Draft) -> str | None:
    match draft.body:
        case StayDeclared() as body:
            return body.stay_id
        case IncidentOpened() | IncidentClosed() as body:
            return body.incident_id
        case ClosureOpened() as body:
            return body.closure_id
    return None


def _recorded(board: Board) -> Mapping[tuple[EventKind, str | None], int]:
    """The sequence of each event that counts, by its kind and the id that its row has in the layer."""
    return dict(_sequences(board))


def _sequences(board: Board) -> Iterator[tuple[tuple[EventKind, str | None], int]]:
    stays = board.present
    sequences = stays.presence.rows["sequence"][stays.rows].tolist()
    for stay_id, sequence in zip(board.stays["stay_id"], sequences, strict=True):
        yield (EventKind.STAY_DECLARED, stay_id), sequence
    for event, incident in board.happened.of(IncidentOpened):
        yield (event.kind, incident.incident_id), event.sequence
    for event, end in board.happened.of(IncidentClosed):
        yield (event.kind, end.incident_id), event.sequence
    for event, closure in board.closed.of(ClosureOpened):
        yield (event.kind, closure.closure_id), event.sequence
