"""The doors of the record: what is accepted is on the disk and in the next answer; the rest changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import models, record
from api.access import LOCAL
from api.app import create_app
from api.drafts import DOORS, MOST, drafts_of
from api.identity.tokens import add_token, revoke_token
from api.imports import Manner, import_file
from api.settings import SAMPLE_FOLDER, Settings
from api.swap import Live
from api.wiring import open_services
from geo import store
from geo.errors import InputError, ReadOnlyError
from geo.events import events_of_frames
from geo.geojson import layer_collection
from geo.intake import Wishes
from geo.journal import Journal
from geo.layers.registry import LAYERS
from geo.terms import EventKind, Role
from tests.county import AS_OF, SmallCounty

NOW = AS_OF.isoformat()
CHECK_IN = {"team_id": "T03", "member_id": "T03-1", "lon": 111.41, "lat": 27.66, "crs": "EPSG:4326", "device_time": NOW}
STAY = {"team_id": "T03", "member_id": "T03-1", "village_code": "431381001200", "night": "2022-12-21"}
BAR = {
    "closure_id": "K9",
    "cause": "landslide",
    "effect": "closed",
    "vehicles": "all",
    "shape": {"type": "LineString", "coordinates": [[111.423, 27.66], [111.423, 27.68]]},
    "at": "2022-12-23T09:00:00+08:00",
}
FIRE = {"incident_id": "I9", "kind": "open_fire", "lon": 111.405, "lat": 27.675, "at": "2022-12-23T09:30:00+08:00"}

Response = Any
Post = Callable[..., Response]


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    """A copy of it to write to."""
    return Path(shutil.copytree(at_rest, tmp_path / "county"))


@pytest.fixture
def tokens(folder: Path) -> dict[str, str]:
    made = {
        "hq": (Role.HQ, "431381"),
        "post": (Role.POST, "431381001"),
        "station": (Role.STATION, "431381001200"),
        "viewer": (Role.VIEWER, "431381"),
    }
    return {name: add_token(folder, name, role, area, now=AS_OF, days=0) for name, (role, area) in made.items()}


def client_of(folder: Path, token: str | None = None) -> Iterator[TestClient]:
    services = open_services(Settings(data=folder))
    headers = {} if token is None else bearer(token)
    with TestClient(create_app(services), raise_server_exceptions=False, headers=headers) as client:
        yield client
    services.close()


@pytest.fixture
def client(folder: Path, tokens: dict[str, str]) -> Iterator[TestClient]:
    yield from client_of(folder, tokens["hq"])


@pytest.fixture
def other(folder: Path, client: TestClient, tokens: dict[str, str]) -> Iterator[TestClient]:
    """A second service on the same folder."""
    yield from client_of(folder, tokens["hq"])


@pytest.fixture
def post(client: TestClient, tokens: dict[str, str]) -> Post:
    def send(door: str, body: object, by: str = "hq", **headers: str) -> Response:
        return client.post(f"/v1/{door}", json=body, headers={"Authorization": f"Bearer {tokens[by]}", **headers})

    return send


def recorded(response: Response) -> dict[str, Any]:
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def sequence_of(client: TestClient) -> int | None:
    seen: int | None = client.app.state.live.current.caught_up().board.provenance.sequence
    return seen


def teams_at(client: TestClient, **asked: object) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/v1/nearest", params={"lon": 111.405, "lat": 27.675, **asked}).json()
    return answer


def test_the_first_write_takes_the_folders_live_layers_into_the_journal_and_every_answer_stays(
    client: TestClient, post: Post, small_county: SmallCounty
) -> None:
    paths = ("/v1/nearest?lon=111.405&lat=27.675", "/v1/coverage/stays", "/v1/layers/incidents.geojson")
    assert sequence_of(client) is None
    before = [client.get(path).json() for path in paths]
    live = {name: small_county.layers[name] for name in ("stays", "incidents", "closures")}
    imported = len(events_of_frames(**live))
    assert [imported + 1] == recorded(post("leave", leave("T12")))["sequences"]
    assert imported + 1 == sequence_of(client)
    for path, former in zip(paths, before, strict=True):
        now = client.get(path).json()
        assert imported + 1 == now["data"].pop("sequence")
        assert former["data"].pop("sequence") is None
        assert former == now


def leave(team: str, member: str = "M1") -> dict[str, str]:
    return {"team_id": team, "member_id": member, "first_day": "2022-12-24", "last_day": "2022-12-25"}


@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("check-ins", CHECK_IN),
        ("check-ins", {**CHECK_IN, "event": "check_out"}),
        ("stays", STAY),
        ("leave", leave("T03")),
        ("rosters", {"team_id": "T03", "member_id": "M1", "change": "joined", "day": "2022-12-23"}),
        ("assignments", {"team_id": "T03", "village_code": "431381001201", "first_day": "2022-12-24"}),
        (
            "exemptions",
            {"scope": ["431381001"], "first_day": "2022-12-24", "last_day": "2022-12-25", "reason": "flood"},
        ),
        ("mobilisations", {"order_id": "O1", "scope": ["431381001"], "cause": "fire", "at": NOW}),
        ("closures", BAR),
        ("incidents", FIRE),
        ("commitments", {"incident_id": "I2", "team_id": "T01", "at": NOW}),
    ],
)
def test_each_door_records_and_answers_with_the_sequence(
    client: TestClient, tokens: dict[str, str], post: Post, door: str, body: dict[str, Any]
) -> None:
    answer = recorded(post(door, body))
    assert [sequence_of(client)] == answer["sequences"]
    assert answer["repeated"] is False
    last = client.get("/v1/events", params={"after": answer["sequences"][0] - 1}, headers=bearer(tokens["hq"])).json()
    (event,) = last["events"]
    assert ("hq", body.get("event", DOORS[door][0])) == (event["actor"], event["kind"])
    assert answer["recorded_at"] == event["recorded_at"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_check_in_is_told_where_it_counts_and_how_far_off_it_is(post: Post) -> None:
    far = {**CHECK_IN, "member_id": "T03-2", "lat": 27.645}
    inside, outside = recorded(post("check-ins", [CHECK_IN, far]))["placed"]
    assert ("431381001200", 0) == (inside["village_code"], inside["distance_m"])
    assert (None, "431381001200") == (outside["village_code"], outside["near_code"])
    assert 554 == pytest.approx(outside["distance_m"], abs=2)  # 0.005 degree of latitude


def test_a_recorded_night_counts_in_the_next_answer(client: TestClient, post: Post) -> None:
    def nights() -> int:
        villages = client.get("/v1/coverage/stays").json()["villages"]
        return next(one["nights"] for one in villages if one["village_code"] == "431381001200")

    assert 0 == nights()
    sequence = recorded(post("stays", STAY))["sequences"][0]
    assert 1 == nights()
    recorded(post("corrections", {"corrects": sequence, "reason": "wrong night"}))
    assert 0 == nights()


def test_a_closure_changes_the_nearest_at_once_until_it_is_lifted(client: TestClient, post: Post) -> None:
    before = teams_at(client, k=6)
    recorded(post("closures", BAR))
    closed = teams_at(client, k=6)
    assert ["K9"] == [one["id"] for one in closed["closures"]]
    assert [one["arrival_s"] for one in before["teams"]] != [one["arrival_s"] for one in closed["teams"]]
    recorded(post("closures", {"event": "closure_lifted", "closure_id": "K9", "at": NOW}))
    assert before["teams"] == teams_at(client, k=6)["teams"]


def test_a_committed_team_is_passed_over_until_it_is_released(client: TestClient, post: Post) -> None:
    first = teams_at(client, k=1)["teams"][0]["team_id"]
    recorded(post("commitments", {"incident_id": "I2", "team_id": first, "at": "2022-12-23T09:50:00+08:00"}))
    answer = teams_at(client, k=1)
    assert first != answer["teams"][0]["team_id"]
    (passed,) = [one for one in answer["passed_over"] if one["team_id"] == first]
    assert passed["reason"] == "committed to incident I2 since 09:50"
    recorded(post("commitments", {"event": "commitment_ended", "incident_id": "I2", "team_id": first, "at": NOW}))
    assert first == teams_at(client, k=1)["teams"][0]["team_id"]


def test_of_a_call_all_events_are_recorded_or_none(client: TestClient, post: Post) -> None:
    good = [leave("T03", f"M{number}") for number in range(3)]
    refused = post("leave", [*good, leave("T99")])
    assert 400 == refused.status_code
    assert (4, "team_id") == (refused.json()["refusals"][0]["number"], refused.json()["parameter"])
    misspelt = post("leave", [*good, {**leave("T03"), "untill": 1}])
    assert "event 4 of this call" in misspelt.json()["detail"]
    first = recorded(post("leave", good))["sequences"]
    assert list(range(first[0], first[0] + 3)) == first
    assert first[-1] == sequence_of(client)


def test_the_same_key_answers_the_same_and_another_body_under_it_is_a_conflict(client: TestClient, post: Post) -> None:
    key = {"Idempotency-Key": "post-7-0001"}
    first = recorded(post("leave", leave("T03"), **key))
    again = post("leave", leave("T03"), **key)
    assert (200, True) == (again.status_code, again.json()["repeated"])
    assert [first["sequences"], first["recorded_at"]] == [again.json()[name] for name in ("sequences", "recorded_at")]
    other = post("leave", leave("T03", "M2"), **key)
    assert (409, first["sequences"][0]) == (other.status_code, other.json()["first"])
    assert 201 == post("leave", leave("T03", "M3"), by="station", **key).status_code  # a key is its actor's own
    assert 400 == post("leave", leave("T03"), **{"Idempotency-Key": "x" * 201}).status_code
    assert first["sequences"][0] + 1 == sequence_of(client)


@pytest.mark.parametrize(
    ("door", "body", "status", "words"),
    [
        ("leave", [], 400, "nothing to record"),
        ("leave", "M1", 400, "an object with its fields"),
        ("leave", {**leave("T03"), "event": "check_in"}, 400, "not recorded here"),
        ("leave", {**leave("T03"), "event": "holiday"}, 400, "holiday"),
        ("leave", {"team_id": "T03"}, 400, "needs member_id"),
        ("leave", [leave("T03")] * (MOST + 1), 413, "send them in parts"),
        ("stays", {**STAY, "night": "2022-12-24"}, 400, "has not begun"),
        ("stays", {**STAY, "team_id": "T01", "member_id": "T01-1", "night": "2022-12-20"}, 400, "R07"),
        ("check-ins", {**CHECK_IN, "device_time": "2022-12-21T10:00:00+08:00"}, 400, "h apart"),
        ("commitments", {"incident_id": "none", "team_id": "T01"}, 400, "none"),
        ("corrections", {"corrects": 9999, "reason": "x"}, 400, "not there"),
    ],
)
def test_what_cannot_be_true_is_refused_with_the_reason_and_nothing_is_recorded(
    client: TestClient, post: Post, door: str, body: object, status: int, words: str
) -> None:
    recorded(post("leave", leave("T12")))
    before = sequence_of(client)
    refused = post(door, body)
    assert (status, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert words in refused.text
    assert before == sequence_of(client)


@pytest.mark.parametrize(
    ("by", "door", "body", "status"),
    [
        ("station", "leave", leave("T03"), 201),  # T03 serves in the station's village
        ("station", "leave", leave("T04"), 403),
        ("station", "stays", {**STAY, "village_code": "431381001201"}, 403),
        ("station", "incidents", {**FIRE, "lon": 111.41, "lat": 27.66}, 201),
        ("station", "incidents", FIRE, 403),
        ("station", "incidents", {**FIRE, "lon": 111.39}, 403),  # in no village: the county's
        ("station", "commitments", {"incident_id": "I2", "team_id": "T03"}, 403),
        ("post", "leave", leave("T04"), 201),
        ("post", "leave", leave("T05"), 403),
        ("post", "closures", BAR, 201),
        (
            "post",
            "closures",
            {**BAR, "shape": {"type": "LineString", "coordinates": [[111.42, 27.66], [111.45, 27.66]]}},
            403,
        ),
        ("post", "commitments", {"incident_id": "I2", "team_id": "T03", "at": NOW}, 201),
        ("post", "mobilisations", {"order_id": "O1", "scope": ["431381001"], "cause": "fire"}, 403),
        (
            "post",
            "exemptions",
            {"scope": ["431381001"], "first_day": "2022-12-24", "last_day": "2022-12-25", "reason": "x"},
            403,
        ),
        ("viewer", "leave", leave("T03"), 403),
    ],
)
def test_a_token_writes_what_its_role_may_and_where(post: Post, by: str, door: str, body: object, status: int) -> None:
    response = post(door, body, by=by)
    assert status == response.status_code, response.text


def test_a_correction_needs_leave_for_what_it_corrects_and_for_what_it_puts_there(post: Post) -> None:
    (of_t05,) = recorded(post("leave", leave("T05")))["sequences"]
    (of_t03,) = recorded(post("leave", leave("T03")))["sequences"]
    assert 403 == post("corrections", {"corrects": of_t05, "reason": "x"}, by="station").status_code
    moved = {"kind": "leave", "body": leave("T05")}
    elsewhere = {"corrects": of_t03, "reason": "x", "replacement": moved}
    assert 403 == post("corrections", elsewhere, by="station").status_code
    assert 201 == post("corrections", {"corrects": of_t03, "reason": "x"}, by="station").status_code


def test_nobody_writes_without_a_token_that_is_known_now(
    client: TestClient, folder: Path, tokens: dict[str, str]
) -> None:
    del client.headers["Authorization"]
    for headers in ({}, bearer("yx_guess")):
        response = client.post("/v1/leave", json=leave("T03"), headers=headers)
        assert (401, "Bearer") == (response.status_code, response.headers["www-authenticate"])
    revoke_token(folder, "hq", now=AS_OF)
    assert 401 == client.post("/v1/leave", json=leave("T03"), headers=bearer(tokens["hq"])).status_code
    assert not Journal.exists(folder)


def test_without_any_token_http_only_reads_and_says_how_to_get_one(folder: Path) -> None:
    for client in client_of(folder):
        refused = client.post("/v1/leave", json=leave("T03"))
        assert 403 == refused.status_code
        assert "yixian token add" in refused.json()["detail"]
        assert [] == client.get("/v1/events").raise_for_status().json()["events"]


def test_the_record_is_read_in_pages_that_lose_nothing(client: TestClient, post: Post, tokens: dict[str, str]) -> None:
    recorded(post("leave", [leave("T03", f"M{number}") for number in range(5)]))
    pages, after = [], 0
    while after is not None:
        page = client.get("/v1/events", params={"after": after, "limit": 4}, headers=bearer(tokens["hq"])).json()
        pages.append([one["sequence"] for one in page["events"]])
        after = page["next"]
    newest = sequence_of(client)
    assert newest is not None
    assert list(range(1, newest + 1)) == [one for page in pages for one in page]
    assert {4} == {len(page) for page in pages[:-1]}
    for bad in ({"after": -1}, {"limit": 0}, {"limit": 10_001}, {"after": "x"}):
        assert 400 == client.get("/v1/events", params=bad, headers=bearer(tokens["hq"])).status_code


def test_the_record_names_members_so_only_those_who_may_see_all_names_read_it(
    client: TestClient, tokens: dict[str, str]
) -> None:
    asked = {name: client.get("/v1/events", headers=bearer(token)).status_code for name, token in tokens.items()}
    assert {"hq": 200, "viewer": 403, "post": 403, "station": 403} == asked
    del client.headers["Authorization"]
    assert 401 == client.get("/v1/events").status_code


def test_services_on_one_folder_see_each_others_writes_at_once(
    client: TestClient, other: TestClient, post: Post, tokens: dict[str, str]
) -> None:
    assert sequence_of(client) == sequence_of(other) is None
    for closure in ("A", "B", "C"):
        (sequence,) = recorded(post("closures", {**BAR, "closure_id": closure}))["sequences"]
        assert sequence == sequence_of(other)
        assert closure in {one["id"] for one in teams_at(other, k=6)["closures"]}
    there = other.post("/v1/leave", json=leave("T03"), headers=bearer(tokens["hq"])).json()["sequences"]
    assert there == [sequence_of(client)]


def test_what_is_recorded_outlives_the_service_and_a_new_version_of_the_data(
    small_county: SmallCounty, folder: Path, tokens: dict[str, str]
) -> None:
    settings = Settings(data=folder)
    live = Live(open_services(settings), settings)
    live.look()
    live.current.write(LOCAL, drafts_of("closures", BAR, now=AS_OF))
    sequence = live.current.caught_up().board.sequence
    entry = small_county.layers["teams"].assign(name="新队")
    store.replace_layer(
        folder, store.read_manifest(folder), "teams", entry, date=AS_OF, source="t", given_crs="EPSG:4326"
    )
    assert live.look()
    for services in (live.current, open_services(settings)):
        board = services.caught_up().board
        assert (sequence, "新队") == (board.sequence, board.teams.names[0])
        assert "K9" in set(board.closures["closure_id"])
        assert board.stays.shape[0] == small_county.board.stays.shape[0]
        services.close()


def test_an_unchanged_journal_gives_the_same_services_and_pages(folder: Path) -> None:
    services = open_services(Settings(data=folder))
    services.write(LOCAL, drafts_of("leave", leave("T03"), now=AS_OF))
    assert services.caught_up() is services.caught_up()
    before = services.caught_up()
    services.write(LOCAL, drafts_of("leave", leave("T03", "M2"), now=AS_OF))
    assert services.caught_up() is not before
    assert before.areas is services.caught_up().areas
    services.close()


def test_the_sample_is_only_read() -> None:
    services = open_services(Settings(data=SAMPLE_FOLDER))
    with pytest.raises(ReadOnlyError, match="sample"):
        services.write(LOCAL, drafts_of("leave", leave("T03"), now=AS_OF))


def test_every_kind_of_event_has_a_door_and_every_door_says_what_it_takes() -> None:
    assert set(EventKind) - {EventKind.ACCESS} == {kind for kinds in DOORS.values() for kind in kinds}
    for door, kinds in DOORS.items():
        with pytest.raises(InputError, match=kinds[0].value):
            drafts_of(door, {"event": next(kind for kind in EventKind if kind not in kinds)}, now=AS_OF)


def test_a_file_of_stays_adds_to_a_journal_and_corrects_what_it_has_otherwise(folder: Path, tmp_path: Path) -> None:
    with closing(open_services(Settings(data=folder))) as services:
        services.write(LOCAL, drafts_of("stays", {**STAY, "stay_id": "S90"}, now=AS_OF))
        before = services.caught_up().board
        file = tmp_path / "stays.csv"
        head = "stay_id,team_id,member_id,village_code,check_in,check_out"
        same = "S01,T01,T01-1,431381001001,2022-12-11T21:00,2022-12-12T07:00"
        other = "S90,T03,T03-9,431381001200,2022-12-21T20:00,2022-12-22T08:00"
        new = "S91,T04,T04-1,431381001201,2022-12-21T20:00,2022-12-22T08:00"
        file.write_text("\n".join((head, same, other, new)), encoding="utf-8")
        trial = import_file(folder, "stays", file, now=AS_OF, manner=Manner(dry_run=True))
        assert before.sequence == services.caught_up().board.sequence
        report = import_file(folder, "stays", file, now=AS_OF)
        for one in (trial, report):
            assert (1, 1, 0) == (one.counts.added, one.counts.changed, one.counts.removed)
        board = services.caught_up().board
        assert before.sequence + 2 == board.sequence
        members = dict(zip(board.stays["stay_id"], board.stays["member_id"], strict=True))
        assert ("T03-9", "T04-1", len(before.stays) + 1) == (members["S90"], members["S91"], len(members))
        assert store.read_manifest(folder).present is None
        import_file(folder, "stays", file, now=AS_OF)
        assert board.sequence == services.caught_up().board.sequence


def test_files_of_incidents_and_closures_add_to_a_journal_too(
    folder: Path, small_county: SmallCounty, tmp_path: Path
) -> None:
    with closing(open_services(Settings(data=folder))) as services:
        services.write(LOCAL, drafts_of("leave", leave("T03"), now=AS_OF))
        before = services.caught_up().board.sequence
        for name, change in (("incidents", {"summary": "seen"}), ("closures", {"name": "barred"})):
            file = tmp_path / f"{name}.geojson"
            frame = small_county.layers[name].assign(**change)
            file.write_bytes(layer_collection(frame, LAYERS[name], {}))
            report = import_file(folder, name, file, now=AS_OF, wishes=Wishes("EPSG:4326"))
            assert (0, 2) == (report.counts.added, report.counts.changed)
        board = services.caught_up().board
        assert {"seen"} == set(board.incidents["summary"])
        assert {"barred"} == set(board.closures["name"])
        assert before + 5 == board.sequence  # an incident that was handled is two events


def test_a_start_takes_up_a_snapshot_and_what_came_after_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "SNAPSHOT_EVENTS", 3)
    with closing(open_services(Settings(data=folder))) as services:
        services.write(LOCAL, drafts_of("stays", STAY, now=AS_OF))
        first = services.caught_up().board
        services.write(LOCAL, drafts_of("closures", BAR, now=AS_OF))
    assert 1 == len(list((folder / "snapshots").iterdir()))
    folds: list[int] = []
    monkeypatch.setattr(record, "fold", lambda *_, **__: folds.append(1))
    with closing(open_services(Settings(data=folder))) as services:
        board = services.caught_up().board
    assert ([], first.sequence + 1) == (folds, board.sequence)
    assert first.stays.equals(board.stays)
    assert "K9" in set(board.closures["closure_id"])


def test_of_a_damaged_journal_the_good_part_is_served_and_nothing_is_recorded(
    folder: Path, tokens: dict[str, str]
) -> None:
    with closing(open_services(Settings(data=folder))) as services:
        services.write(LOCAL, drafts_of("leave", leave("T03", "M-good"), now=AS_OF))
        good = services.caught_up().board.sequence
        services.write(LOCAL, drafts_of("leave", leave("T03", "M-bad"), now=AS_OF))
    journal = folder / "journal.db"
    content = journal.read_bytes()
    place = content.rindex(b"M-bad")
    journal.write_bytes(content[:place] + b"M-BAD" + content[place + 5 :])
    for client in client_of(folder):
        ready = client.get("/health/ready", headers=bearer(tokens["hq"])).raise_for_status().json()
        assert (True, good) == (ready["degraded"], ready["data"]["sequence"])
        assert "damaged" in ready["damage"]
        refused = client.post("/v1/leave", json=leave("T04"), headers=bearer(tokens["hq"]))
        assert (503, good) == (refused.status_code, refused.json()["last_good"])


def test_of_two_first_writes_at_once_one_begins_the_journal(folder: Path, small_county: SmallCounty) -> None:
    both = [open_services(Settings(data=folder)) for _ in range(2)]
    writes = [(both[number % 2], drafts_of("leave", leave("T03", f"M{number}"), now=AS_OF)) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda one: one[0].write(LOCAL, one[1]), writes))
    live = {name: small_county.layers[name] for name in ("stays", "incidents", "closures")}
    imported = len(events_of_frames(**live))
    assert set(range(imported + 1, imported + 9)) == {one.first for one in receipts}
    for services in both:
        assert imported + 8 == services.caught_up().board.sequence
        assert 8 == len(services.caught_up().board.duty.leaves)
        services.close()


def test_a_service_that_began_without_a_journal_sees_the_one_that_another_begins(folder: Path) -> None:
    with (
        closing(open_services(Settings(data=folder))) as reading,
        closing(open_services(Settings(data=folder))) as writing,
    ):
        assert reading.caught_up() is reading
        writing.write(LOCAL, drafts_of("closures", BAR, now=AS_OF))
        assert not reading.is_level
        assert "K9" in set(reading.caught_up().board.closures["closure_id"])
        sources = {one["name"]: one["source"] for one in models.layers(reading.caught_up().county)}
        assert ("journal", "test") == (sources["closures"], sources["teams"])
