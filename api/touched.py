"""Which areas an event is about: what a token's area is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.board import Board
from geo.calendar import to_china
from geo.events import (
    AccessNote,
    Arrival,
    Assignment,
    CheckIn,
    CheckOut,
    ClosureLifted,
    ClosureOpened,
    Commitment,
    CommitmentEnded,
    Correction,
    Draft,
    Event,
    Exemption,
    IncidentClosed,
    IncidentOpened,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
)
from geo.terms import EventKind

Earlier = Callable[[int], Event | None]
"""The event with a sequence, None where there is none."""


def touched(draft: Draft | Event, board: Board, earlier: Earlier) -> Iterator[tuple[EventKind, frozenset[str]]]:
    """The kinds of event that recording `draft` takes leave for, each with the codes of the areas that it is about.

    A correction also needs leave for what it corrects and for what it puts in its place.
    """
    yield draft.kind, codes_of(draft, board)
    if isinstance(draft.body, Correction):
        corrected, replacement = earlier(draft.body.corrects), draft.body.replacement
        for one in (corrected, replacement):
            if one is not None:
                yield from touched(one, board, earlier)


def codes_of(draft: Draft | Event, board: Board) -> frozenset[str]:
    """Codes of the villages, towns or county that `draft` is about; none for a name that the Board does not know.

    A member's events are about the village that the team serves in on that day; those with a place about the village
    there, or the county where that is none.
    """
    match draft.body:
        case StayDeclared() | Assignment() as body:
            return _team_village(board, body.team_id, draft) | {body.village_code}
        case CheckIn() | CheckOut() | Leave() | RosterChange() | Commitment() | CommitmentEnded() as body:
            return _team_village(board, body.team_id, draft)
        case Arrival() as body:
            return frozenset({body.village_code})
        case Mobilisation() | Exemption() as body:
            return frozenset(body.scope)
        case MobilisationEnded() as body:
            return frozenset(code for one in board.duty.orders if one.order_id == body.order_id for code in one.scope)
        case ClosureOpened() as body:
            return _villages_at(board.atlas, body.shape)
        case IncidentOpened() as body:
            lon, lat = crs.to_wgs84(body.crs)(body.lon, body.lat)
            return _villages_at(board.atlas, shapely.Point(float(lon), float(lat)))
        case ClosureLifted() as body:
            return _villages_of(board, board.closures, "closure_id", body.closure_id)
        case IncidentClosed() as body:
            return _villages_of(board, board.incidents, "incident_id", body.incident_id)
        case Correction() | AccessNote():
            return frozenset()


def _team_village(board: Board, team_id: str, draft: Draft | Event) -> frozenset[str]:
    position = board.teams.position.get(team_id)
    if position is None:  # a stationed leader's own presence is about the leader's town
        return frozenset(filter(None, [board.atlas.leader_towns.get(team_id)]))
    day = int(np.datetime64(to_china(draft.at).date(), "D").astype(np.int64))
    return frozenset({board.teams.spans.village_on(position, day) or board.teams.village_codes[position]})


def _villages_of(board: Board, frame: Any, key: str, name: str) -> frozenset[str]:
    return frozenset().union(*(_villages_at(board.atlas, shape) for shape in frame.geometry[frame[key] == name]))


def _villages_at(atlas: Atlas, shape: Any) -> frozenset[str]:
    villages = atlas.layers["villages"]
    met = villages.sindex.query(shape, predicate="intersects")
    return frozenset(villages["code"].iloc[met] if len(met) else atlas.layers["county"]["code"])
