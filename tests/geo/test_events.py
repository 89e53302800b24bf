"""Events: every kind is written and read back the same, and what a client may not send is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import CHINA
from geo.errors import InputError
from geo.events import (
    BODIES,
    KINDS,
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
    Exemption,
    IncidentClosed,
    IncidentOpened,
    Leave,
    Mobilisation,
    MobilisationEnded,
    RosterChange,
    StayDeclared,
    contradictions,
    decode,
    encode,
    parse,
)
from geo.terms import AccessAct, ClosureCause, EventKind, IncidentKind, RoadEffect, RosterAction, VehicleClass

NOW = datetime(2022, 12, 23, 10, tzinfo=CHINA)
EARLIER = datetime(2022, 12, 23, 9, 58, 30, 5, tzinfo=CHINA)
DAY = date(2022, 12, 20)
HOME = "431381001001"
LINE = shapely.LineString([(111.43, 27.669), (111.4300001, 27.6712345)])
CHECK_IN = CheckIn(team_id="T01", member_id="T01-1", lon=111.43, lat=27.69, crs="GCJ-02", device_time=EARLIER)
BODIES_OF_EVERY_KIND = [
    CHECK_IN,
    CheckIn(
        team_id="T01",
        member_id="张三",
        lon=542220.5816,
        lat=3063696.339,
        crs="EPSG:4546",
        device_time=EARLIER,
        accuracy_m=12.5,
        received_at=NOW,
    ),
    CheckOut(team_id="T01", member_id="T01-1", device_time=EARLIER),
    StayDeclared(team_id="T01", village_code=HOME, night=DAY),
    StayDeclared(
        team_id="T01",
        village_code=HOME,
        night=DAY,
        member_id="T01-1",
        check_in=datetime(2022, 12, 20, 21, tzinfo=CHINA),
        check_out=datetime(2022, 12, 21, 7, tzinfo=CHINA),
        stay_id="S01",
        synthetic=True,
    ),
    Leave(team_id="T01", member_id="T01-1", first_day=DAY, last_day=DAY, reason="病假"),
    RosterChange(team_id="T01", member_id="T01-4", change=RosterAction.JOINED, day=DAY),
    Assignment(team_id="T01", village_code=HOME, first_day=DAY),
    Exemption(scope=("431381", HOME), first_day=DAY, last_day=DAY, reason="国庆"),
    Mobilisation(order_id="2022-1", scope=("431381001",), cause="暴雨红色预警"),
    Mobilisation(
        order_id="2022-1",
        scope=("431381001",),
        cause="山火",
        grids={"T02": {"张三": f"{HOME}001"}, "T01": {"b": f"{HOME}002"}},
    ),
    MobilisationEnded(order_id="2022-1"),
    Arrival(order_id="2022-1", team_id="T01", member_id="T01-1", village_code=HOME),
    ClosureOpened(
        closure_id="K1",
        cause=ClosureCause.LANDSLIDE,
        effect=RoadEffect.SLOWED,
        vehicles=VehicleClass.ALL,
        shape=LINE,
        speed_kph=10,
        to_at=NOW,
    ),
    ClosureLifted(closure_id="K1"),
    IncidentOpened(incident_id="I1", kind=IncidentKind.OPEN_FIRE, lon=111.405, lat=27.675),
    IncidentClosed(incident_id="I1", outcome="扑灭"),
    Commitment(incident_id="I1", team_id="T01"),
    CommitmentEnded(incident_id="I1", team_id="T01"),
    Correction(corrects=7, reason="写错了村"),
    Correction(corrects=7, reason="写错了时间", replacement=Draft.of(CHECK_IN)),
    AccessNote(act=AccessAct.SIGNED_IN, subject="值班员"),
    AccessNote(act=AccessAct.REFUSED, subject="10.0.0.7", what="GET /v1/events", count=12),
]


def test_every_kind_has_an_example_here() -> None:
    assert set(EventKind) == set(BODIES) == {KINDS[type(body)] for body in BODIES_OF_EVERY_KIND}


@pytest.mark.parametrize("body", BODIES_OF_EVERY_KIND, ids=lambda body: KINDS[type(body)])
def test_a_body_is_read_back_as_it_was_written(body: Any) -> None:
    assert body == decode(KINDS[type(body)], encode(body))


@pytest.mark.parametrize("body", BODIES_OF_EVERY_KIND, ids=lambda body: KINDS[type(body)])
def test_what_is_written_can_be_sent_by_a_client(body: Any) -> None:
    assert body == parse(KINDS[type(body)], orjson.loads(encode(body)), now=NOW).body


def test_the_same_body_gives_the_same_bytes_sorted_without_defaults_and_in_local_time() -> None:
    in_utc = CheckIn(
        team_id="T01", member_id="T01-1", lon=111.43, lat=27.69, crs="GCJ-02", device_time=EARLIER.astimezone(UTC)
    )
    expected = (
        b'{"crs":"GCJ-02","device_time":"2022-12-23T09:58:30.000005+08:00","lat":27.69,"lon":111.43,'
        b'"member_id":"T01-1","team_id":"T01"}'
    )
    assert expected == encode(CHECK_IN) == encode(in_utc)


def test_r16_an_order_that_was_recorded_before_grids_could_be_named_is_read_as_one_without() -> None:
    before = b'{"cause":"x","order_id":"1","scope":["431381"]}'
    order = Mobilisation(order_id="1", cause="x", scope=("431381",))
    assert (order, before) == (decode(EventKind.MOBILISATION, before), encode(order))


def test_r16_the_grids_of_an_order_are_written_in_the_order_of_teams_and_members() -> None:
    grids = {"T02": {"b": f"{HOME}001", "a": f"{HOME}002"}, "T01": {"c": f"{HOME}001"}}
    body = encode(Mobilisation(order_id="1", cause="x", scope=("431381",), grids=grids))
    assert f'"grids":{{"T01":{{"c":"{HOME}001"}},"T02":{{"a":"{HOME}002","b":"{HOME}001"}}}}' in body.decode()


def check_in(**changed: object) -> dict[str, object]:
    """A check-in as a client sends it, with some fields changed."""
    sent = {"team_id": "T01", "member_id": "m", "lon": 111.43, "lat": 27.69, "crs": "GCJ-02"}
    return {**sent, "device_time": "2022-12-23T09:58", **changed}


def stay(**changed: object) -> dict[str, object]:
    """A declared stay as a client sends it, with some fields changed."""
    return {"team_id": "T01", "village_code": HOME, "night": "2022-12-20", **changed}


def closure(**changed: object) -> dict[str, object]:
    """A closure as a client sends it, with some fields changed."""
    shape = {"type": "LineString", "coordinates": [[111.43, 27.669], [111.43, 27.671]]}
    return {"closure_id": "K", "cause": "works", "effect": "closed", "vehicles": "all", "shape": shape, **changed}


def incident(**changed: object) -> dict[str, object]:
    """An incident as a client sends it, with some fields changed."""
    return {"incident_id": "I", "kind": "flood", "lon": 111.4, "lat": 27.6, **changed}


def mapped(grids: object) -> dict[str, object]:
    """An order that maps members to grids, as a client sends it."""
    return {"order_id": "1", "cause": "x", "scope": ["431381"], "grids": grids}


def correction(replacement: object) -> dict[str, object]:
    """A correction of event 7 as a client sends it."""
    return {"corrects": 7, "reason": "x", "replacement": replacement}


@pytest.mark.parametrize(
    ("field", "kind", "sent"),
    [
        ("body", "check_in", ["T01"]),
        ("team_id", "check_in", check_in(team_id=7)),
        ("team_id", "check_in", check_in(team_id=" ")),
        ("team_id", "check_in", check_in(team_id=None)),
        ("team_id", "check_in", check_in(team_id="\0")),
        ("team_id", "check_in", check_in(team_id="\ud800")),
        ("member_id", "check_in", check_in(member_id="m" * 501)),
        ("lon", "check_in", check_in(lon="111.43")),
        ("lon", "check_in", check_in(lon=True)),
        ("lat", "check_in", check_in(lat=float("nan"))),
        ("lat", "check_in", check_in(lat=1e300)),
        ("crs", "check_in", check_in(crs=None)),
        ("crs", "check_in", check_in(crs="EPSG:999999")),
        ("accuracy_m", "check_in", check_in(accuracy_m=-1)),
        ("device_time", "check_in", check_in(device_time="2022-12-23")),
        ("device_time", "check_in", check_in(device_time="yesterday at nine")),
        ("device_time", "check_in", check_in(device_time=1671760680)),
        ("device_time", "check_in", check_in(device_time="0001-01-01T00:00")),
        ("at", "check_in", check_in(at="2022-12-23T09:58")),
        ("place", "check_in", check_in(place="here")),
        ("lon", "check_out", {"team_id": "T01", "member_id": "m", "device_time": "2022-12-23T09:58", "lon": 111.4}),
        ("village_code", "stay_declared", stay(village_code=431381001001)),
        ("village_code", "stay_declared", stay(village_code="43138100100")),
        ("night", "stay_declared", stay(night="2022-12-20T20:00")),
        ("night", "stay_declared", stay(night="9999-12-31")),
        ("night", "stay_declared", stay(check_in="2022-12-21T00:01")),  # a minute late for the evening of the 20th
        ("check_out", "stay_declared", stay(check_out="2022-12-21T07:00")),
        ("check_out", "stay_declared", stay(check_in="2022-12-20T21:00", check_out="2022-12-20T21:00")),
        ("synthetic", "stay_declared", stay(synthetic="yes")),
        ("change", "roster_change", {"team_id": "T", "member_id": "m", "change": "gone", "day": "2022-12-20"}),
        ("last_day", "leave", {"team_id": "T", "member_id": "m", "first_day": "2022-12-20", "last_day": "2022-12-19"}),
        ("scope", "mobilisation", {"order_id": "1", "cause": "x", "scope": []}),
        ("scope", "mobilisation", {"order_id": "1", "cause": "x", "scope": ["4313"]}),
        ("scope", "mobilisation", {"order_id": "1", "cause": "x", "scope": "431381"}),
        ("ends_at", "mobilisation", {"order_id": "1", "cause": "x", "scope": ["431381"], "ends_at": NOW.isoformat()}),
        ("at", "mobilisation", {"order_id": "1", "cause": "x", "scope": ["431381"], "at": "soon"}),
        ("grids", "mobilisation", mapped({})),
        ("grids", "mobilisation", mapped([{"team_id": "T01"}])),
        ("grids", "mobilisation", mapped({"T01": {}})),
        ("grids", "mobilisation", mapped({"T01": f"{HOME}001"})),
        ("grids", "mobilisation", mapped({"T01": {"m": HOME}})),
        ("grids", "mobilisation", mapped({"T01": {"m": int(f"{HOME}001")}})),
        ("grids", "mobilisation", mapped({"T01": {" ": f"{HOME}001"}})),
        ("grids", "mobilisation", mapped({"T01": {"m": f"{HOME}001", "m ": f"{HOME}002"}})),
        ("grids", "mobilisation", mapped({"T01": {"m": f"{HOME}001"}, " T01": {"n": f"{HOME}001"}})),
        ("grids", "mobilisation", mapped({"T01": {"m" * 501: f"{HOME}001"}})),
        ("grids", "mobilisation", mapped({"T01": {str(n): f"{HOME}001" for n in range(10_001)}})),
        ("effect", "closure_opened", closure(effect="open")),
        ("speed_kph", "closure_opened", closure(effect="slowed")),
        ("speed_kph", "closure_opened", closure(effect="closed", speed_kph=10)),
        ("speed_kph", "closure_opened", closure(effect="slowed", speed_kph=0)),
        ("to_at", "closure_opened", closure(to_at="2022-12-23T09:59")),
        ("shape", "closure_opened", closure(shape=None)),
        ("shape", "closure_opened", closure(shape={"type": "Point", "coordinates": [111.4, 27.6]})),
        ("shape", "closure_opened", closure(shape={"type": "LineString", "coordinates": [[27.6, 111.4], [27, 111]]})),
        ("shape", "closure_opened", closure(shape={"type": "GeometryCollection", "geometries": []})),
        ("notified_at", "incident_opened", incident(notified_at="2022-12-23T09:59")),
        ("notified_at", "incident_closed", {"incident_id": "I", "notified_at": "2022-12-23T10:01"}),
        ("corrects", "correction", {"corrects": "7", "reason": "x"}),
        ("corrects", "correction", {"corrects": 0, "reason": "x"}),
        ("reason", "correction", {"corrects": 7}),
        ("replacement", "correction", correction({"team_id": "T01"})),
        ("replacement", "correction", correction({"kind": "correction", "body": {}})),
        ("night", "correction", correction({"kind": "stay_declared", "body": stay(night="x")})),
    ],
)
def test_what_a_client_may_not_send_is_refused_and_named(field: str, kind: str, sent: Any) -> None:
    with pytest.raises(InputError, match=r"\w") as caught:
        parse(EventKind(kind), sent, now=NOW)
    assert field == caught.value.parameter


def test_an_unknown_field_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"check_in has no field 'lng'; it has: team_id, member_id, lon"):
        parse(EventKind.CHECK_IN, check_in(lng=111.43), now=NOW)


@pytest.mark.parametrize(
    ("expected", "device_time", "received_at"),
    [
        ("2022-12-23T09:58", "2022-12-23T09:58", None),
        ("2022-12-23T09:58", "2022-12-23T01:58Z", None),
        ("2022-12-23T09:58", "2022-12-23T09:58", "2022-12-23T10:20"),
        ("2022-12-23T09:40", "2022-12-23T09:58", "2022-12-23T09:40"),  # the device's clock is fast
    ],
)
def test_a_check_in_speaks_of_the_devices_time_but_of_none_after_its_reception(
    expected: str, device_time: str, received_at: str | None
) -> None:
    draft = parse(EventKind.CHECK_IN, check_in(device_time=device_time, received_at=received_at), now=NOW)
    assert datetime.fromisoformat(f"{expected}+08:00") == draft.at


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        (datetime(2022, 12, 20, 20, tzinfo=CHINA), StayDeclared(team_id="T", village_code=HOME, night=DAY)),
        (datetime(2022, 12, 20, tzinfo=CHINA), Leave(team_id="T", member_id="m", first_day=DAY, last_day=DAY)),
        (datetime(2022, 12, 20, tzinfo=CHINA), Assignment(team_id="T", village_code=HOME, first_day=DAY)),
    ],
)
def test_a_body_with_days_speaks_of_the_first_and_a_night_of_its_evening(expected: datetime, body: Any) -> None:
    assert expected == Draft.of(body).at


def test_an_event_without_an_instant_of_its_own_speaks_of_now_unless_told() -> None:
    sent = {"incident_id": "I", "team_id": "T"}
    assert NOW == parse(EventKind.COMMITMENT, sent, now=NOW).at
    assert EARLIER == parse(EventKind.COMMITMENT, {**sent, "at": EARLIER.isoformat()}, now=NOW).at
    with pytest.raises(InputError, match="instant"):
        Draft.of(Commitment(incident_id="I", team_id="T"))


@pytest.mark.parametrize("name", ["GCJ02", "gcj-02", "火星坐标"])
def test_a_coordinate_system_is_recorded_by_its_one_name(name: str) -> None:
    body = parse(EventKind.CHECK_IN, check_in(crs=name), now=NOW).body
    assert "GCJ-02" == body.crs  # type: ignore[union-attr]  # it is a check-in


def test_what_was_recorded_is_read_back_beyond_the_limits_of_clients() -> None:
    long = StayDeclared(team_id="T" * 900, village_code=HOME, night=date(1, 1, 2))
    assert long == decode(EventKind.STAY_DECLARED, encode(long))
    with pytest.raises(InputError):
        parse(EventKind.STAY_DECLARED, orjson.loads(encode(long)), now=NOW)


def test_a_replacement_is_looked_at_for_contradictions_too() -> None:
    wrong = Leave(team_id="T", member_id="m", first_day=DAY, last_day=date(2022, 12, 1))
    found = contradictions(Draft.of(Correction(corrects=7, reason="x", replacement=Draft.of(wrong)), NOW))
    assert ["last_day"] == [field for field, _ in found]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(BODIES_OF_EVERY_KIND), st.data())
def test_any_field_made_any_json_is_taken_or_refused_with_an_input_error(body: Any, data: st.DataObject) -> None:
    sent = orjson.loads(encode(body))
    sent[data.draw(st.sampled_from(sorted(sent)))] = data.draw(_json)
    try:
        draft = parse(KINDS[type(body)], sent, now=NOW)
    except InputError:
        return
    assert draft.body == decode(draft.kind, encode(draft.body))


@given(st.sampled_from(EventKind), st.one_of(st.binary(max_size=30), _json.map(lambda value: orjson.dumps(str(value)))))
def test_bytes_that_are_no_body_are_refused_with_an_input_error(kind: EventKind, content: bytes) -> None:
    with pytest.raises(InputError):
        decode(kind, content)
