"""Bodies of events as they are recorded and as clients send them, and what is made of them again."""

from __future__ import annotations

import json
from typing import Any, Final

from api.drafts import drafts_of
from api.errors import TooLargeError
from geo.board.snapshot import from_snapshot, to_snapshot
from geo.errors import GeoError, InputError, StaleSnapshotError
from geo.events import decode, encode
from geo.terms import EventKind
from tests.county import AS_OF, county_of
from tests.fuzz.target import Case, Target

NOW: Final = AS_OF.isoformat()
_DAYS: Final = {"first_day": "2022-12-24", "last_day": "2022-12-25"}
_WHO: Final = {"team_id": "T03", "member_id": "甲"}
_PLACE: Final = {"lon": 111.41, "lat": 27.66, "crs": "EPSG:4326"}
_LINE: Final = {"type": "LineString", "coordinates": [[111.405, 27.66], [111.406, 27.661]]}
_CLOSURE: Final = {"closure_id": "K", "cause": "landslide", "effect": "slowed", "vehicles": "all", "speed_kph": 10}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "check_in": {**_WHO, **_PLACE, "device_time": NOW, "accuracy_m": 12.5, "received_at": NOW},
    "check_out": {**_WHO, **_PLACE, "device_time": NOW},
    "stay_declared": {**_WHO, "village_code": "431381001200", "night": "2022-12-21", "check_in": NOW, "check_out": NOW},
    "leave": {**_WHO, **_DAYS, "reason": "a"},
    "roster_change": {**_WHO, "change": "joined", "day": "2022-12-23"},
    "assignment": {"team_id": "T04", "village_code": "431381001201", **_DAYS},
    "exemption": {"scope": ["431381001", "431381"], **_DAYS, "reason": "a"},
    "mobilisation": {
        **{"order_id": "O", "scope": ["431381001"], "cause": "fire", "ends_at": NOW},
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
        **{"corrects": 3, "reason": "a"},
        "replacement": {"kind": "leave", "at": "2022-12-24T00:00:00+08:00", "body": {**_WHO, **_DAYS}},
    },
    "access": {"act": "signed_in", "subject": "a", "count": 2},
}
"""A sound body of each kind."""
_COUNTY: Final = county_of()
_SNAPSHOT: Final = to_snapshot(_COUNTY.board)


def ask(case: Case) -> bool:
    """A body that means the same when it is written and read again, or InputError; a Board, or none to be taken up."""
    way, _, name = case.door.partition(" ")
    try:
        if way == "recorded":
            body = decode(EventKind(name), case.content)
            assert encode(body) == encode(decode(EventKind(name), encode(body)))
        elif way == "sent":
            for draft in drafts_of(name, json.loads(case.content), now=AS_OF):
                again = decode(draft.kind, encode(draft.body))
                assert encode(draft.body) == encode(again)
        else:
            from_snapshot(case.content, _COUNTY.atlas, *_SNAPSHOT_REST)
    except (InputError, TooLargeError, StaleSnapshotError):
        return False
    except ValueError as reason:
        if isinstance(reason, GeoError) or way != "sent":
            raise
        return False  # no JSON, of which the service says so before it comes to events
    return True
