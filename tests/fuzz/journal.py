"""Bodies of events as they are recorded and as clients send them, and what is made of them again."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from api.bodies import json_of, supposed
from api.drafts import DOORS, drafts_of
from geo.errors import DataError, InputError, JournalError, NotFoundError
from geo.events import decode, encode
from geo.journal import Journal
from geo.terms import EventKind
from tests.county import AS_OF
from tests.fuzz.target import Case, Target
from tests.journals import check_ins, clock, members

NAME: Final = "journal.db"
NOW: Final = AS_OF.isoformat()
_DAYS: Final = {"first_day": "2022-12-24", "last_day": "2022-12-25"}
_WHO: Final = {"team_id": "T03", "member_id": "甲"}
_PLACE: Final = {"lon": 111.41, "lat": 27.66, "crs": "EPSG:4326"}
_LINE: Final = {"type": "LineString", "coordinates": [[111.405, 27.66], [111.406, 27.661]]}
_CLOSURE: Final = {"closure_id": "K", "cause": "landslide", "effect": "slowed", "vehicles": "all", "speed_kph": 10}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "check_in": {**_WHO, **_PLACE, "device_time": NOW, "accuracy_m": 12.5, "received_at": NOW},
    "check_out": {**_WHO, **_PLACE, "device_time": NOW},
    "stay_declared": {
        **_WHO,
        "village_code": "431381001200",
        "night": "2022-12-21",
        "check_in": "2022-12-21T20:00+08:00",
        "check_out": "2022-12-22T08:00+08:00",
    },
    "leave": {**_WHO, **_DAYS, "reason": "a"},
    "roster_change": {**_WHO, "change": "joined", "day": "2022-12-23"},
    "assignment": {"team_id": "T04", "village_code": "431381001201", **_DAYS},
    "exemption": {"scope": ["431381001", "431381"], **_DAYS, "reason": "a"},
    "mobilisation": {
        "order_id": "O",
        "scope": ["431381001"],
        "cause": "fire",
        "ends_at": "2022-12-24T10:00+08:00",
        "grids": {"T01": {"甲": "431381001200001"}},
    },
    "mobilisation_ended": {"order_id": "O", "reason": "a"},
    "arrival": {**_WHO, "order_id": "O", "village_code": "431381001200"},
    "closure_opened": {**_CLOSURE, "shape": _LINE, "to_at": NOW, "name": "S312", "synthetic": True},
    "closure_lifted": {"closure_id": "K"},
    "incident_opened": {**_PLACE, "incident_id": "I", "kind": "open_fire", "notified_at": NOW, "summary": "a"},
    "incident_closed": {"incident_id": "I", "outcome": "a"},
    "commitment": {"incident_id": "I", "team_id": "T01"},
    "commitment_ended": {"incident_id": "I", "team_id": "T01"},
    "correction": {
        "corrects": 3,
        "reason": "a",
        "replacement": {"kind": "leave", "at": "2022-12-24T00:00:00+08:00", "body": {**_WHO, **_DAYS}},
    },
    "access": {"act": "signed_in", "subject": "a", "count": 2},
}
"""A sound body of each kind."""
DOOR_OF: Final = {kind.value: door for door, kinds in DOORS.items() for kind in kinds}


def ask(case: Case) -> bool:
    """A body that means the same when it is written and read again, or InputError; events as recorded, or damage."""
    way, _, name = case.door.partition(" ")
    try:
        if way == "file":
            return _read(case.content)
        if way == "recorded":
            content = encode(decode(EventKind(name), case.content))
            assert content == encode(decode(EventKind(name), content))
        elif way == "supposed":
            supposed(json_of(case.content))
        else:
            for draft in drafts_of(name, json_of(case.content), now=AS_OF):
                content = encode(draft.body)
                assert content == encode(decode(draft.kind, content))
    except InputError:
        return False
    return True


def _read(content: bytes) -> bool:
    """The journal's file: every event that is read is one that was recorded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(content)
        try:
            with Journal.open(Path(folder), clock=clock) as journal:
                found = journal.read()
        except (JournalError, DataError, NotFoundError):
            return False
    assert MEMBERS[: len(found)] == members(found)
    return True


def _journal() -> bytes:
    """A sound one with a few events."""
    with tempfile.TemporaryDirectory() as folder:
        with Journal.open(Path(folder), create=True, clock=clock) as journal:
            journal.append(check_ins(len(MEMBERS)), actor="a")
        return (Path(folder) / NAME).read_bytes()


MEMBERS: Final = ["M1", "M2", "M3", "M4", "M5"]
TARGET = Target(
    ask,
    [
        *(Case(f"recorded {kind}", json.dumps(body).encode()) for kind, body in BODIES.items()),
        *(
            Case(f"sent {DOOR_OF[kind]}", json.dumps({**body, "event": kind}).encode())
            for kind, body in BODIES.items()
            if kind in DOOR_OF
        ),
        Case("sent stays", json.dumps([BODIES["stay_declared"]] * 2).encode()),
        Case("supposed", json.dumps({"closures": {"type": "Feature", "properties": {}, "geometry": _LINE}}).encode()),
        Case("file", _journal()),
    ],
    [*(kind.value.encode() for kind in EventKind), b"Polygon", b"MultiLineString", b"GeometryCollection"],
)
