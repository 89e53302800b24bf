"""A Board as bytes and back, so that a start need not fold years.

The bytes are a JSON header of a stated length, and after it the columns, one after another, little-endian. They hold
no Atlas: what depends on the county's villages and teams is only taken up where these are still the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from geo.atlas import Atlas
from geo.board.columns import Table, Words
from geo.board.ledger import AnyGroup, Closures, Duty, Incidents
from geo.board.live import Board
from geo.board.making import empty_board, whole
from geo.board.pairing import UNKNOWN
from geo.board.presence import CHECK_OUTS, PRESENCES, Known, Presence
from geo.board.stays import Stays
from geo.calendar import parse_instant
from geo.errors import StaleSnapshotError
from geo.events import SCHEMA_VERSION, Event, decode, encode
from geo.terms import EventKind

_MAGIC: Final = b"yixian board 3\n"
_LENGTH_BYTES: Final = 8
_KNOWN: Final = {"check_out": "i8", "left": "i8", "counts": "?"}
_LATEST: Final = {"member": "i8", "at": "i8"}
_TABLES: Final = {"rows": PRESENCES, "outs": CHECK_OUTS, "known": _KNOWN, "latest": _LATEST}

Arrays = Mapping[str, npt.NDArray[Any]]


def to_snapshot(board: Board) -> bytes:
    """The Board as bytes."""
    presence = board.present.presence.packed()
    latest = [(member, one.at) for member, one in presence.latest.items()]
    columns = zip(*latest, strict=True) if latest else ((),) * len(_LATEST)
    tables: dict[str, Arrays] = {
        "rows": {name: presence.rows[name] for name in PRESENCES},
        "outs": {name: presence.outs[name] for name in CHECK_OUTS},
        "known": {name: getattr(presence.settled, name) for name in _KNOWN},
        "latest": {name: np.array(column) for name, column in zip(_LATEST, columns, strict=True)},
    }
    header = orjson.dumps(
        {
            "schema": SCHEMA_VERSION,
            "made_for": _made_for(board),
            "sequence": board.sequence,
            "recorded_at": board.recorded_at,
            "words": presence.words.words,
            "villages": presence.villages.words,
            "voided_outs": sorted(presence.voided_outs),
            "lengths": {name: len(next(iter(table.values()))) for name, table in tables.items()},
            "events": [
                _plain(event) for group in (board.closed, board.happened, board.duty) for event in group.all_events()
            ],
        }
    )
    content = [
        table[name].astype(np.dtype(dtype).newbyteorder("<")).tobytes()
        for kind, table in tables.items()
        for name, dtype in _TABLES[kind].items()
    ]
    return b"".join([_MAGIC, len(header).to_bytes(_LENGTH_BYTES, "little"), header, *content])


def from_snapshot(
    atlas: Atlas,
    content: bytes,
    *,
    known_until: datetime | None = None,
    margin_m: float | None = None,
    before: Board | None = None,
) -> Board:
    """The Board that `to_snapshot` wrote, on this Atlas; the arguments are those of `fold`.

    StaleSnapshotError when another version of the program wrote it, or when the county's villages, its teams or the
    margin are not those that it was made for. The bytes are trusted otherwise: whoever keeps them keeps their hash.
    """
    start = len(_MAGIC) + _LENGTH_BYTES
    if not content.startswith(_MAGIC):
        raise StaleSnapshotError("it was written by another version of the program")
    end = start + int.from_bytes(content[len(_MAGIC) : start], "little")
    header = orjson.loads(content[start:end])
    board = empty_board(atlas, known_until=known_until, margin_m=margin_m)
    if header["schema"] != SCHEMA_VERSION:
        raise StaleSnapshotError("its events are of another schema version")
    if header["made_for"] != _made_for(board):
        raise StaleSnapshotError("the villages, the teams or the margin of check-ins have changed since")
    tables = dict(_tables(header["lengths"], memoryview(content)[end:]))
    events = [_event(told) for told in header["events"]]
    board = replace(
        board,
        sequence=header["sequence"],
        recorded_at=None if header["recorded_at"] is None else parse_instant(header["recorded_at"]),
        present=Stays(_presence(header, tables)),
        closed=_group(Closures(), events),
        happened=_group(Incidents(), events),
        duty=_group(Duty(), events),
    )
    return whole(board, before)


def _made_for(board: Board) -> str:
    """Changes with what decides where check-ins count."""
    teams = board.teams
    digest = hashlib.sha256(repr((board.ground.fingerprint, teams.ids, teams.village_codes)).encode())
    digest.update(teams.assigned_from.tobytes() + teams.assigned_to.tobytes())
    return digest.hexdigest()


def _tables(lengths: Mapping[str, int], content: memoryview) -> Iterator[tuple[str, Arrays]]:
    at = 0
    for kind, dtypes in _TABLES.items():
        table = {}
        for name, code in dtypes.items():
            dtype = np.dtype(code).newbyteorder("<")
            table[name] = np.frombuffer(content, dtype, lengths[kind], at).astype(code)
            at += dtype.itemsize * lengths[kind]
        yield kind, table


def _presence(header: Mapping[str, Any], tables: Mapping[str, Arrays]) -> Presence:
    presence = replace(
        Presence.none(),
        words=Words(header["words"]),
        villages=Words(header["villages"]),
        rows=Table.of(tables["rows"]),
        outs=Table.of(tables["outs"]),
        settled=Known(**tables["known"]),
        voided_outs=frozenset(header["voided_outs"]),
    )
    newest = dict(zip(*(tables["latest"][name].tolist() for name in _LATEST), strict=True))
    lasting = np.flatnonzero(presence.settled.counts & (presence.settled.left == UNKNOWN))
    return replace(presence, latest=presence.latest_of(newest, lasting))


def _group(group: AnyGroup, events: list[Event]) -> AnyGroup:
    return group.changed([event for event in events if event.kind in group.TAKES], ())


def _plain(event: Event) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "recorded_at": event.recorded_at,
        "at": event.at,
        "actor": event.actor,
        "kind": event.kind,
        "body": orjson.Fragment(encode(event.body)),
        "key": event.key,
    }


def _event(told: Mapping[str, Any]) -> Event:
    kind = EventKind(told["kind"])
    body = decode(kind, orjson.dumps(told["body"]))
    recorded_at, at = (parse_instant(told[name]) for name in ("recorded_at", "at"))
    return Event(told["sequence"], recorded_at, at, told["actor"], kind, body, told["key"])
