"""Who used the service is in the chain: at once where somebody known did something, counted where anybody may."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.access import LOCAL, Actor
from api.app import create_app
from api.audit import MOST_SUBJECTS, OTHERS, Audit, note_change
from api.drafts import DOORS, drafts_of
from api.gate.seen import Seen
from api.identity.accounts import add_account
from api.identity.entrants import SERVICE
from api.identity.tokens import add_token
from api.imports import Manner, import_file
from api.later import Later
from api.settings import Settings, clock
from api.wiring import Services, open_services
from geo import store
from geo.errors import InputError, JournalFullError, ReadOnlyError, UnknownTermError
from geo.events import AccessNote, Draft, Event
from geo.journal import Journal
from geo.terms import AccessAct, EventKind, Role
from tests.county import AS_OF

HQ = Actor("hq", Role.HQ, "431381")
STAY = {"team_id": "T03", "member_id": "T03-1", "village_code": "431381001200", "night": "2022-12-21"}
GOOD = "correct horse battery"


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "county"))


@pytest.fixture
def services(own: Path) -> Iterator[Services]:
    with closing(open_services(Settings(data=own))) as found:
        yield found


def audit_of(services: Services) -> Audit:
    assert services.audit is not None
    return services.audit


def events(folder: Path) -> list[Event]:
    with closing(Journal.open(folder, clock=clock)) as journal:
        assert journal.verify().is_whole
        return journal.read()


def notes(folder: Path) -> list[tuple[str, str, str, str | None, int]]:
    """(actor, act, subject, what, count) of each access."""
    bodies = [(one.actor, one.body) for one in events(folder) if isinstance(one.body, AccessNote)]
    return [(actor, body.act.value, body.subject, body.what, body.count) for actor, body in bodies]


def coverage(services: Services) -> Any:
    with TestClient(create_app(services)) as client:
        return client.get("/v1/coverage/stays", params={"week": "2022-W51"}).json()


# What is recorded at once


def test_a_sign_in_is_on_the_disk_when_it_is_told(own: Path, services: Services) -> None:
    audit_of(services).signed_in(HQ)
    audit_of(services).signed_out(HQ)
    audit_of(services).exported(HQ, "teams/T01")
    assert [
        ("hq", "signed_in", "hq", "hq", 1),
        ("hq", "signed_out", "hq", None, 1),
        ("hq", "exported", "hq", "teams/T01", 1),
    ] == notes(own)


def test_signing_in_and_out_over_http_is_recorded_by_the_names_of_accounts(own: Path) -> None:
    add_account(own, "duty", Role.HQ, "431381", GOOD, now=AS_OF)
    services = open_services(Settings(data=own))
    with TestClient(create_app(services), follow_redirects=False) as client:
        client.post("/sign-in", data={"name": "duty", "password": "typed in the wrong field"})
        client.post("/sign-in", data={"name": "my-secret-password", "password": "x"})
        client.post("/sign-in", data={"name": "duty", "password": GOOD})
        csrf = client.get("/v1/session").json()["csrf"]
        client.post("/sign-out", headers={"X-CSRF-Token": csrf})
    services.close()
    assert [
        ("duty", "signed_in", "duty", "hq", 1),
        ("duty", "signed_out", "duty", None, 1),
        (SERVICE, "sign_in_refused", "duty", "wrong", 1),
        (SERVICE, "sign_in_refused", "testclient", "wrong", 1),
    ] == notes(own)


def test_a_reader_of_the_record_sees_who_used_the_service(own: Path) -> None:
    token = add_token(own, "hq", Role.HQ, "431381", now=AS_OF, days=0)
    with closing(open_services(Settings(data=own))) as services, TestClient(create_app(services)) as client:
        audit_of(services).signed_in(HQ)
        audit_of(services).exported(HQ, "teams")
        headers = {"Authorization": f"Bearer {token}"}
        page = client.get("/v1/events", params={"limit": "1"}, headers=headers).json()
        assert ("access", {"act": "signed_in", "subject": "hq", "what": "hq"}) == (
            page["events"][0]["kind"],
            page["events"][0]["body"],
        )
        rest = client.get("/v1/events", params={"after": page["next"]}, headers=headers).json()
        assert [("exported", None)] == [(one["body"]["act"], rest["next"]) for one in rest["events"]]


# What it changes: nothing


def test_before_the_record_begins_the_county_is_as_its_layers_have_it(own: Path) -> None:
    with closing(open_services(Settings(data=own))) as before:
        told = coverage(before)
        audit_of(before).signed_in(HQ)
        assert told == coverage(before)
    with closing(open_services(Settings(data=own))) as after:
        assert (told, None) == (coverage(after), after.caught_up().board.provenance.sequence)
        assert after.caught_up().is_level
        with pytest.raises(InputError, match="no event yet"):
            after.as_of(1)


def test_the_first_write_after_accesses_takes_the_layers_into_the_journal(own: Path) -> None:
    with closing(open_services(Settings(data=own))) as services:
        audit_of(services).signed_in(HQ)
        stays = len(services.board.stays)
        services.write(LOCAL, drafts_of("stays", STAY, now=AS_OF))
        audit_of(services).signed_out(HQ)
        board = services.caught_up().board
        assert (stays + 1, len(events(own))) == (len(board.stays), board.sequence)
    with closing(open_services(Settings(data=own))) as again:
        assert (stays + 1, board.sequence) == (len(again.caught_up().board.stays), again.caught_up().board.sequence)


def test_another_process_that_only_sees_accesses_goes_on_as_before(own: Path, services: Services) -> None:
    told = coverage(services)
    note_change(own, AccessAct.TOKEN_ADDED, "hq", "hq 431381")
    assert not services.is_level
    assert told == coverage(services.caught_up())
    assert services.is_level
    with closing(open_services(Settings(data=own))) as other:
        other.write(LOCAL, drafts_of("stays", STAY, now=AS_OF))
        assert other.caught_up().board.sequence == services.caught_up().board.sequence > 2


def test_a_file_of_stays_is_a_layer_as_long_as_only_accesses_are_recorded(own: Path, tmp_path: Path) -> None:
    note_change(own, AccessAct.TOKEN_ADDED, "hq")
    file = tmp_path / "stays.csv"
    file.write_text(
        "stay_id,team_id,member_id,village_code,check_in,check_out\n"
        "S90,T03,T03-1,431381001200,2022-12-21T20:00,2022-12-22T08:00\n"
    )
    import_file(own, "stays", file, now=AS_OF, manner=Manner(upsert=True))
    assert [EventKind.ACCESS] == [one.kind for one in events(own)]


# Nobody else records it


@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_it(door: str) -> None:
    sent = {"event": "access", "act": "signed_in", "subject": "hq"}
    with pytest.raises(InputError, match="not recorded here"):
        drafts_of(door, sent, now=AS_OF)


def test_the_command_line_does_not_record_it_either(services: Services) -> None:
    with pytest.raises(UnknownTermError) as refused:
        drafts_of("access", {"act": "signed_in", "subject": "hq"}, now=AS_OF)
    assert "access" not in refused.value.allowed
    note = Draft.of(AccessNote(act=AccessAct.SIGNED_IN, subject="hq"), AS_OF)
    with pytest.raises(InputError, match="may not record access"):
        services.write(LOCAL, [note])
    assert not Journal.exists(services.folder)


# What is counted


def test_refusals_are_one_event_for_each_subject_however_many_there_were(own: Path, services: Services) -> None:
    for _ in range(500):
        audit_of(services).refused("10.0.0.7", "GET /v1/events")
    audit_of(services).refused("viewer", "POST /v1/stays")
    assert not Journal.exists(own)  # nothing on a request's way
    audit_of(services).close()
    assert [
        (SERVICE, "refused", "10.0.0.7", "GET /v1/events", 500),
        (SERVICE, "refused", "viewer", "POST /v1/stays", 1),
    ] == notes(own)
    audit_of(services).close()
    assert 2 == len(notes(own))


@given(st.lists(st.integers(0, 40), max_size=200))
def test_no_refusal_is_lost_and_an_attacker_fills_no_journal(subjects: list[int]) -> None:
    kept: list[Draft] = []

    class Held:
        def note(self, actor: str, drafts: list[Draft]) -> None:
            kept.extend(drafts)

    audit = Audit(lambda: Held())  # type: ignore[arg-type, return-value]  # all that is asked of a record
    for subject in subjects:
        audit.refused(f"10.0.0.{subject}", "GET /")
    audit.close()
    bodies = [one.body for one in kept if isinstance(one.body, AccessNote)]
    assert len(subjects) == sum(body.count for body in bodies)
    assert len(bodies) <= MOST_SUBJECTS + 1
    assert (OTHERS in {body.subject for body in bodies}) is (len(set(subjects)) > MOST_SUBJECTS)


def test_who_is_refused_over_http_is_recorded_by_name_where_it_has_one(own: Path) -> None:
    token = add_token(own, "look", Role.VIEWER, "431381", now=AS_OF, days=0)
    services = open_services(Settings(data=own))
    with TestClient(create_app(services)) as client:
        assert [401, 401] == [client.get("/v1/events").status_code for _ in range(2)]
        assert 403 == client.get("/v1/events", headers={"Authorization": f"Bearer {token}"}).status_code
        assert 404 == client.get("/nowhere").status_code
    services.close()
    assert [
        (SERVICE, "refused", "testclient", "GET /v1/events", 2),
        (SERVICE, "refused", "look", "GET /v1/events", 1),
    ] == notes(own)


def test_without_tokens_and_accounts_nothing_is_recorded_of_this_machine(own: Path) -> None:
    services = open_services(Settings(data=own))
    with TestClient(create_app(services)) as client:
        assert 403 == client.post("/v1/stays", json=STAY).status_code
    services.close()
    assert not Journal.exists(own)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("=cmd|'/c calc'!A0", "?cmd??/c calc??A0"),
        ("a\r\nb\0c", "a??b?c"),
        ("\x1b[31m", "?[31m"),
        ("x" * 500, "x" * 120),
        ("", "-"),
        ("  ", "-"),
        ("\u202eabc", "?abc"),
        ("\ud800", "?"),
        ("fe80::1", "fe80::1"),
        ("指挥部", "指挥部"),
    ],
)
def test_hostile_text_stands_in_the_record_as_a_short_plain_line(
    own: Path, services: Services, told: str, expected: str
) -> None:
    audit_of(services).watch(Seen("r", told, "GET", "/v1/events", 0.0, status=403))
    audit_of(services).close()
    assert [expected] == [subject for _, _, subject, _, _ in notes(own)]


# Where it cannot be recorded


class Broken:
    """A record that refuses."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason

    def note(self, *_: object) -> None:
        raise self.reason


FULL = JournalFullError(Path("journal.db"), "disk full")


def test_contacts_do_not_go_out_where_that_cannot_be_recorded_and_people_do_come_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    audit = Audit(lambda: Broken(FULL))  # type: ignore[arg-type, return-value]  # all that is asked of a record
    with pytest.raises(JournalFullError):
        audit.exported(HQ, "teams/T01")
    audit.signed_in(HQ)
    audit.refused("10.0.0.7", "GET /")
    audit.close()
    assert "signed_in of hq could not be recorded" in caplog.text
    assert "1 refusals could not be recorded" in caplog.text


def test_a_folder_that_is_only_read_gives_out_no_contacts_and_has_a_log_that_tells(
    caplog: pytest.LogCaptureFixture,
) -> None:
    audit = Audit(lambda: Broken(ReadOnlyError("only read")))  # type: ignore[arg-type, return-value]  # as above
    with pytest.raises(ReadOnlyError):
        audit.exported(HQ, "teams/T01")
    audit.signed_in(HQ)
    assert "signed_in of hq could not be recorded: only read" in caplog.text


def test_over_the_sample_nothing_is_recorded(caplog: pytest.LogCaptureFixture) -> None:
    audit = Audit(lambda: None)
    audit.signed_in(HQ)
    audit.refused("10.0.0.7", "GET /")
    audit.close()
    assert "" == caplog.text


def test_where_there_is_no_county_yet_the_command_line_records_nothing(tmp_path: Path) -> None:
    note_change(tmp_path / "nowhere", AccessAct.TOKEN_ADDED, "hq")
    assert not (tmp_path / "nowhere").exists()
    assert store.is_absent(tmp_path / "nowhere")


# Later


def test_what_is_asked_for_often_is_done_once_and_again_when_it_is_asked_for_again() -> None:
    done: list[int] = []
    later = Later(after_s=3600)
    for expected in (1, 2):
        for _ in range(5):
            later.ask(lambda: done.append(1))
        later.close()
        assert expected == len(done)
    later.close()
    assert 2 == len(done)
