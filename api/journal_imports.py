"""Rows of a file as events of the journal: refused row by row by the rules of the record, and recorded once.

A row of a live layer that the record does not have is added, one that it has otherwise corrects it; so does a night
with the id of a recorded stay of its team and evening. Any other row of a format has no id to go by: what was recorded
with the same content before is not recorded again, even where it was corrected since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from api.access import Actor
from api.differences import common, same
from api.record import IMPORTER, Record
from geo.admission import refusals
from geo.atlas import Atlas
from geo.board import BULK, Board
from geo.calendar import to_china
from geo.errors import Fault, Refusal
from geo.events import (
    BODIES,
    KINDS,
    Body,
    ClosureOpened,
    Correction,
    Draft,
    IncidentClosed,
    IncidentOpened,
    StayDeclared,
    events_of_frames,
    events_of_rows,
)
from geo.intake import Intake
from geo.journal import Receipt
from geo.layers.registry import FORMATS
from geo.terms import EventKind, Role

BY_FILE: Final = Actor(IMPORTER, Role.HQ, "")
"""Who records what comes from files: whoever may write to the folder."""
_COLUMN_OF: Final[Mapping[tuple[str, str], str]] = {
    ("stays", "night"): "check_in",
    ("incidents", "at"): "discovered_at",
    ("incidents", "lon"): "geometry",
    ("closures", "at"): "from_at",
    ("closures", "shape"): "geometry",
}
"""Where a layer has a field of its events under another name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, counted from 1, and what of it is to be recorded; `is_new` where it corrects nothing."""

    number: int
    drafts: tuple[Draft, ...]
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a file is to be recorded, how many of its sound rows are in the record already, and which cannot be."""

    rows: tuple[Row, ...]
    repeated: int
    faults: tuple[Fault, ...] = ()

    @property
    def drafts(self) -> list[Draft]:
        """The events, in the order in which they are recorded."""
        return [draft for row in self.rows for draft in row.drafts]

    @property
    def changes(self) -> tuple[int, int, int]:
        """Rows added, changed and removed; a journal loses nothing."""
        added = sum(row.is_new for row in self.rows)
        return added, len(self.rows) - added, 0

    def without(self, numbers: Iterable[int]) -> Plan:
        """The same without some rows."""
        left_out = set(numbers)
        return replace(self, rows=tuple(row for row in self.rows if row.number not in left_out))


def new_rows(taken: Intake) -> Plan:
    """The sound rows as they would be recorded where nothing is recorded yet."""
    numbers, frame = _sound_rows(taken)
    drafts = events_of_rows(taken.spec.name, frame)
    return Plan(tuple(Row(number, events) for number, events in zip(numbers, drafts, strict=True)), 0)


def planned(taken: Intake, live: Record, current: pd.DataFrame | None) -> Plan:
    """What of the sound rows is to be recorded; `current` is the live layer as the record has it."""
    numbers, frame = _sound_rows(taken)
    if current is None or taken.spec.name in FORMATS:
        return _of_format(taken, numbers, frame, live)
    return _of_layer(taken, numbers, frame, live.board(), current)


def judged(plan: Plan, taken: Intake, atlas: Atlas, board: Board, now: datetime) -> tuple[Plan, list[Fault]]:
    """The rows that may be recorded, and why the others may not.

    A row is recorded whole or not at all. Those that remain without the refused ones are judged once more.
    """
    faults = list(plan.faults)
    while found := list(_faults(plan, taken, atlas, board, now)):
        faults += found
        plan = plan.without(fault.row for fault in found)
    return plan, sorted(faults, key=lambda fault: fault.row)


def recorded(plan: Plan, live: Record, sequence: int) -> Receipt | None:
    """Record the plan, which was judged by the Board of `sequence`; None when there is nothing to record."""
    drafts = plan.drafts
    return live.write(BY_FILE, drafts, judged=sequence) if drafts else None


def _sound_rows(taken: Intake) -> tuple[list[int], pd.DataFrame]:
    """The rows without a fault and their numbers in the file, from 1; none where the file as a whole has one."""
    is_sound = np.full(len(taken.frame), not any(fault.row == 0 for fault in taken.faults))
    is_sound[[row - 1 for row in taken.faulty_rows]] = False
    return (np.flatnonzero(is_sound) + 1).tolist(), taken.frame[is_sound].reset_index(drop=True)


def _faults(plan: Plan, taken: Intake, atlas: Atlas, board: Board, now: datetime) -> Iterator[Fault]:
    numbers = [row.number for row in plan.rows for _ in row.drafts]
    labels = [f"row {number}" for number in numbers]
    drafts = plan.drafts
    for refusal in refusals(atlas, board, drafts, role=BY_FILE.role, now=now, labels=labels):
        yield _fault(refusal, drafts[refusal.number - 1], numbers[refusal.number - 1], taken)


def _fault(refusal: Refusal, draft: Draft, number: int, taken: Intake) -> Fault:
    spec, cells = taken.spec, taken.frame.iloc[number - 1]
    field = refusal.field.removeprefix("replacement.")
    column = _COLUMN_OF.get((spec.name, field), field)
    if draft.kind is EventKind.CHECK_OUT and field == "device_time" and not pd.isna(cells["check_out"]):
        column = "check_out"
    met = cells[column] if column in spec.names else None
    key = cells[spec.key]
    return Fault(
        layer=spec.name,
        row=number,
        key=None if pd.isna(key) else str(key),
        column=column,
        value=None if met is None or pd.isna(met) else str(met)[:80],
        problem=f"{refusal.problem} ({refusal.rule})" if refusal.rule else refusal.problem,
        rule=refusal.rule,
    )


def _of_layer(taken: Intake, numbers: Sequence[int], frame: pd.DataFrame, board: Board, current: pd.DataFrame) -> Plan:
    spec = taken.spec
    is_known = frame[spec.key].isin(current[spec.key]).to_numpy()
    is_changed = np.zeros(len(frame), dtype=bool)
    is_changed[is_known] = ~same(*common(current, frame, spec), spec)
    sequences = dict(_sequences(board)) if is_changed.any() else {}
    rows = list(zip(numbers, is_known.tolist(), is_changed.tolist(), events_of_rows(spec.name, frame), strict=True))
    # What a correction sets free a new row may take.
    changed = [
        Row(number, tuple(_corrected(draft, sequences, taken.path.name) for draft in drafts), is_new=False)
        for number, _, changes, drafts in rows
        if changes
    ]
    added = [Row(number, drafts) for number, known, _, drafts in rows if not known]
    return Plan((*changed, *added), len(rows) - len(changed) - len(added))


def _corrected(draft: Draft, sequences: Mapping[tuple[EventKind, str | None], int], source: str) -> Draft:
    corrects = sequences.get((draft.kind, _id_of(draft)))
    if corrects is None:
        return draft
    return Draft.of(Correction(corrects=corrects, reason=source, replacement=draft), draft.at)


def _id_of(draft: Draft) -> str | None:
    match draft.body:
        case StayDeclared() as body:
            return body.stay_id
        case IncidentOpened() | IncidentClosed() as body:
            return body.incident_id
        case ClosureOpened() as body:
            return body.closure_id
    return None


def _sequences(board: Board) -> Iterator[tuple[tuple[EventKind, str | None], int]]:
    """The sequence of each event that counts, by its kind and the id that its row has in the layer."""
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


def _of_format(taken: Intake, numbers: Sequence[int], frame: pd.DataFrame, live: Record) -> Plan:
    told, repeated = _told(live), 0
    amended: list[Row] = []
    added: list[Row] = []
    faults: list[Fault] = []
    standing = _Standing(taken, frame, live)
    for number, drafts in zip(numbers, events_of_rows(taken.spec.name, frame), strict=True):
        if standing.has(drafts[0]):
            match standing.amended(drafts[0]):
                case str() as problem:
                    faults.append(_id_fault(taken, number, problem))
                case None:
                    repeated += 1
                case correction:
                    amended.append(Row(number, (correction,), is_new=False))
            continue
        fresh = tuple({content: draft for draft in drafts if (content := _content(draft.body)) not in told}.values())
        told.update(content for draft in drafts for content in _contents(draft.body))
        repeated += not fresh
        added += [Row(number, fresh)] if fresh else []
    return Plan((*amended, *added), repeated, tuple(faults))


def _id_fault(taken: Intake, number: int, problem: str) -> Fault:
    spec, stay_id = taken.spec, str(taken.frame[taken.spec.key].iloc[number - 1])
    advice = "give another night another id, and mend a wrong night by a correction of that event"
    return Fault(spec.name, number, stay_id, spec.key, stay_id, problem, advice)


class _Standing:
    """The recorded stays that rows of nights name by their ids, and what of them such a row amends."""

    def __init__(self, taken: Intake, frame: pd.DataFrame, live: Record) -> None:
        self._journal, self._source = live.journal, taken.path.name
        names_ids = "stay_id" in taken.spec.names and frame["stay_id"].notna().any()
        is_begun = self._journal is not None and self._journal.begun_at() is not None  # before, nothing has a sequence
        self._sequences = dict(_sequences(live.board())) if names_ids and is_begun else {}
        told = {one.target for one in taken.mapped.assignments}
        self._untold = [name for name in _fields(EventKind.STAY_DECLARED) if name not in told]

    def has(self, draft: Draft) -> bool:
        """Whether the stay of that id is recorded."""
        return (draft.kind, _id_of(draft)) in self._sequences

    def amended(self, draft: Draft) -> Draft | str | None:
        """The correction of the recorded stay, which keeps what the file has no column for; None: nothing differs.

        A text says whose the id is: registers that count their rows from 1 use an id for one night after another.
        """
        assert self._journal is not None  # noqa: S101  # without it no stay has a sequence
        sequence, said = self._sequences[draft.kind, _id_of(draft)], draft.body
        (event,) = self._journal.read(sequence - 1, limit=1)
        body = (
            event.body.replacement.body if isinstance(event.body, Correction) and event.body.replacement else event.body
        )
        if not isinstance(body, StayDeclared) or not isinstance(said, StayDeclared):
            return f"the id is that of a {event.kind} (event {sequence})"
        if (body.team_id, body.night) != (said.team_id, said.night):
            return f"the id is that of the night of {body.night} of {body.team_id} (event {sequence})"
        new = replace(said, **{name: getattr(body, name) for name in self._untold})
        return None if _content(new) == _content(body) else _corrected(Draft.of(new), self._sequences, self._source)


def _told(live: Record) -> set[tuple[Any, ...]]:
    """The content of every event that was ever recorded, corrected ones and what replaced them too.

    As long as nothing was, it is that of the stays that the first write will take into the journal.
    """
    if live.journal is None or live.journal.begun_at() is None:
        return {content for draft in events_of_frames(live.board().stays) for content in _contents(draft.body)}
    stretch = live.journal.stretch()
    told: set[tuple[Any, ...]] = set()
    for kind in BULK:
        columns = stretch.columns(kind)
        parts = [map(_plain, columns.field(name, default)) for name, default in _fields(kind).items()]
        told.update((kind, *content) for content in zip(*parts, strict=True))
    told |= {_without_id(content) for content in told if content[0] is EventKind.STAY_DECLARED}
    for event in stretch.events(without=BULK):
        replacement = event.body.replacement if isinstance(event.body, Correction) else None
        told.update(_contents(event.body if replacement is None else replacement.body))
    return told


def _contents(body: Body) -> Iterator[tuple[Any, ...]]:
    """What a row may say to mean this event: a night is the same without its id."""
    content = _content(body)
    yield content
    if isinstance(body, StayDeclared):
        yield _without_id(content)


def _content(body: Body) -> tuple[Any, ...]:
    kind = KINDS[type(body)]
    return kind, *(_plain(getattr(body, name)) for name in _fields(kind))


def _without_id(stay: tuple[Any, ...]) -> tuple[Any, ...]:
    return *stay[:_STAY_ID], None, *stay[_STAY_ID + 1 :]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | float):  # most of them
        return value
    if isinstance(value, datetime):
        return to_china(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value


@cache
def _fields(kind: EventKind) -> Mapping[str, Any]:
    """The fields of a kind's body in order, with the defaults that are left out where bodies are kept."""
    return {one.name: None if one.default is MISSING else one.default for one in fields(BODIES[kind])}


_STAY_ID: Final = 1 + list(_fields(EventKind.STAY_DECLARED)).index("stay_id")
"""Where the content of a declared stay has its id."""
