"""Accounts: passwords that are kept as argon2 hashes, checked in the same time for everybody, and never weak."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from api.identity.accounts import (
    ACCOUNTS,
    Account,
    accounts,
    add_account,
    change_password,
    disable_account,
    end_sessions,
    is_password,
    refuse_weak,
)
from api.identity.attempts import OF_CLIENT, OF_NAME, Attempts, Patience
from api.identity.tokens import add_token
from geo.errors import BrokenFolderError, InputError, NotFoundError
from geo.terms import Role
from tests.county import AS_OF

GOOD, OTHER = "山洪预警-correct horse", "another good one 42"
COUNTY = "431381"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    add_account(tmp_path, "值班员", Role.HQ, COUNTY, GOOD, now=AS_OF)
    return tmp_path


def only(folder: Path) -> Account:
    (account,) = accounts(folder)
    return account


def test_a_password_is_kept_as_an_argon2_hash_for_the_owners_eyes(folder: Path) -> None:
    kept = (folder / ACCOUNTS).read_text("utf-8")
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in kept
    assert GOOD not in kept
    assert 0o600 == stat.S_IMODE((folder / ACCOUNTS).stat().st_mode)
    account = only(folder)
    assert ("值班员", Role.HQ, COUNTY, 0) == (account.name, account.role, account.area, account.epoch)


@pytest.mark.parametrize(
    ("expected", "password"),
    [
        (True, GOOD),
        (False, ""),
        (False, GOOD + " "),
        (False, GOOD.upper()),
        (False, "\0"),
        (False, "\ud800"),
        (False, "x" * 1_000_000),
    ],
)
def test_only_the_password_is_the_password(folder: Path, expected: bool, password: str) -> None:
    assert expected is is_password(only(folder), password)
    assert not is_password(None, password)


def test_a_letter_that_keyboards_compose_in_two_ways_is_one(tmp_path: Path) -> None:
    add_account(tmp_path, "one", Role.HQ, COUNTY, "d\u00e9partement 12", now=AS_OF)
    assert is_password(only(tmp_path), "de\u0301partement 12")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("elf letters", "has 11 letters; at least 12"),
        ("", "has 0 letters"),
        ("x" * 1025, "more than 1,024"),
        ("commander-42", "is the name"),
        ("COMMANDER-42", "is the name"),
        ("commander-42commander-42", "is the name"),
        ("aaaabbbbccccdddd", "fewer than 5 different"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason_and_nothing_is_kept(
    tmp_path: Path, password: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        add_account(tmp_path, "commander-42", Role.HQ, COUNTY, password, now=AS_OF)
    assert not (tmp_path / ACCOUNTS).exists()
    refuse_weak("commander-42", GOOD)


@pytest.mark.parametrize("name", ["", "a b", "a\0b", "../x", "local", "import", "service", "x" * 65, "<b>"])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot name"):
        add_account(tmp_path, name, Role.HQ, COUNTY, GOOD, now=AS_OF)


def test_a_name_stands_for_one_alone_among_tokens_and_accounts(folder: Path) -> None:
    add_token(folder, "program", Role.HQ, COUNTY, now=AS_OF)
    disable_account(folder, "值班员", now=AS_OF)
    for name in ("program", "值班员"):
        with pytest.raises(InputError, match="never used again"):
            add_account(folder, name, Role.HQ, COUNTY, GOOD, now=AS_OF)
        with pytest.raises(InputError, match="never used again"):
            add_token(folder, name, Role.HQ, COUNTY, now=AS_OF)


def test_a_changed_password_replaces_the_one_before_and_ends_sessions(folder: Path) -> None:
    change_password(folder, "值班员", OTHER, now=AS_OF)
    account = only(folder)
    assert (True, False, 1) == (is_password(account, OTHER), is_password(account, GOOD), account.epoch)


def test_a_disabled_account_has_no_password_and_cannot_be_changed(folder: Path) -> None:
    disable_account(folder, "值班员", now=AS_OF)
    assert not is_password(only(folder), GOOD)
    for change in (
        lambda: change_password(folder, "值班员", OTHER, now=AS_OF),
        lambda: disable_account(folder, "值班员", now=AS_OF),
        lambda: end_sessions(folder, "值班员"),
        lambda: end_sessions(folder, "nobody"),
    ):
        with pytest.raises(NotFoundError):
            change()


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"accounts": [{"name": "a", "role": "hq", "area": "1", "password": 1, "made_at": ""}]}'],
)
def test_a_damaged_file_of_accounts_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / ACCOUNTS).write_text(content)
    with pytest.raises(BrokenFolderError, match="restore it"):
        accounts(tmp_path)


def test_a_damaged_hash_is_nobodys_password(folder: Path) -> None:
    assert not is_password(replace(only(folder), password="$argon9$"), GOOD)  # noqa: S106  # no password


def test_whether_a_name_is_known_cannot_be_told_by_the_time_that_a_refusal_takes(folder: Path) -> None:
    """Counted are hashes, not seconds: both ways make exactly one of the same cost."""
    account = only(folder)

    def cpu_s(known: Account | None) -> float:
        begin = time.process_time()
        is_password(known, "not the password")
        return time.process_time() - begin

    known_s, unknown_s = (min(cpu_s(one) for _ in range(3)) for one in (account, None))
    assert 0.5 < known_s / unknown_s < 2


# How long those who guess wait


@pytest.mark.parametrize(
    ("expected", "failures"), [(0, 0), (0, 4), (1, 5), (2, 6), (32, 10), (60, 11), (60, 10_000_000)]
)
def test_each_failure_beyond_a_few_doubles_the_wait_up_to_a_minute(expected: float, failures: int) -> None:
    assert expected == OF_NAME.wait_s(failures)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_name_that_is_guessed_at_waits_and_no_try_counts_meanwhile() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    assert [0] * 5 == [attempts.begin("hq", f"10.0.0.{number}") for number in range(5)]
    assert [1, 1] == [attempts.begin("hq", "10.0.0.9") for _ in range(2)]
    clock.now_s = 1
    assert [0, 2] == [attempts.begin("hq", "10.0.0.9") for _ in range(2)]


def test_a_client_that_guesses_at_many_names_waits_whatever_the_name() -> None:
    attempts = Attempts(Clock())
    assert [0] * OF_CLIENT.free == [attempts.begin(f"name-{number}", "10.0.0.1") for number in range(OF_CLIENT.free)]
    assert attempts.begin("hq", "10.0.0.1") > 0
    assert attempts.begin("hq", "10.0.0.2") == 0


def test_many_tries_at_once_gain_nothing() -> None:
    """A try counts from its beginning: none of them has ended when the next begins."""
    attempts = Attempts(Clock())
    assert OF_NAME.free == sum(attempts.begin("hq", "10.0.0.1") == 0 for _ in range(100))


def test_who_signed_in_from_a_machine_is_not_kept_out_by_guesses_from_others() -> None:
    attempts = Attempts(Clock())
    assert attempts.begin("hq", "10.0.0.1") == 0
    attempts.succeeded("hq", "10.0.0.1")
    for number in range(20):
        attempts.begin("hq", f"10.9.0.{number}")
    assert attempts.begin("hq", "10.9.9.9") > 0
    assert attempts.begin("hq", "10.0.0.1") == 0


def test_success_is_no_failure_and_after_an_hour_all_is_forgotten() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(40):
        assert attempts.begin("hq", "10.0.0.1") == 0
        attempts.succeeded("hq", "10.0.0.1")
    for _ in range(10):
        attempts.begin("other", "10.0.0.2")
    clock.now_s = 3601
    assert [0] * 5 == [attempts.begin("other", "10.0.0.2") for _ in range(5)]


def test_what_is_remembered_is_bounded_whoever_asks() -> None:
    attempts = Attempts(Clock())
    for number in range(25_000):
        attempts.begin(f"name-{number}", f"client-{number}")
        attempts.succeeded(f"known-{number}", f"client-{number}")
    assert max(len(attempts._failures), len(attempts._known)) <= 10_000


def test_no_wait_overflows() -> None:
    assert 900.0 == Patience(0, 900).wait_s(10**9)
