"""`yixian token` and `yixian account`: what an operator types, and that the journal tells of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import accounts as account_commands
from api.cli import tokens as token_commands
from api.identity.accounts import accounts, is_password
from api.identity.identity import Identity
from api.settings import clock
from geo.errors import InputError, NotFoundError, UnknownTermError
from geo.events import AccessNote
from geo.journal import Journal

GOOD = "correct horse battery"
RIGHT = ("--role", "hq", "--area", "431381")


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "county"))


def run(app: Any, own: Path, *words: str, typed: str = "") -> Result:
    result = CliRunner().invoke(app, [*words, "--data", str(own)], input=typed, catch_exceptions=False)
    assert result.exit_code in (0, 2), result.output
    return result


def token(own: Path, *words: str) -> Result:
    return run(token_commands.app, own, *words)


def account(own: Path, *words: str, typed: str = "") -> Result:
    return run(account_commands.app, own, *words, typed=typed)


def acts(own: Path) -> list[tuple[str, str, str, str | None]]:
    with Journal.open(own, clock=clock) as journal:
        found = journal.read()
    return [
        (one.actor, one.body.act.value, one.body.subject, one.body.what)
        for one in found
        if isinstance(one.body, AccessNote)
    ]


def test_a_token_made_rotated_and_revoked_is_told_in_the_journal_without_its_secret(own: Path) -> None:
    first = token(own, "add", "watch", *RIGHT).stdout.strip()
    second = token(own, "rotate", "watch", "--grace-hours", "1").stdout.strip()
    identity = Identity(own)
    for secret in (first, second):
        assert identity.actor_of({"authorization": f"Bearer {secret}"}, "GET") is not None
    token(own, "revoke", "watch")
    assert [
        ("local", "token_added", "watch", "hq 431381"),
        ("local", "token_rotated", "watch", None),
        ("local", "token_revoked", "watch", None),
    ] == acts(own)
    assert not any(secret[3:] in (own / "journal.db").read_bytes().decode("latin-1") for secret in (first, second))


def test_the_list_shows_ends_and_last_uses_and_warns_before_a_token_ends(own: Path) -> None:
    secret = token(own, "add", "soon", *RIGHT, "--days", "9").stdout.strip()
    assert "never ends" in token(own, "add", "ever", *RIGHT, "--days", "0").stderr
    identity = Identity(own)
    identity.actor_of({"authorization": f"Bearer {secret}"}, "GET")
    identity.close()
    shown = token(own, "list")
    assert "soon expires in 9 days; `yixian token rotate soon`" in shown.stderr
    assert "ever expires" not in shown.stderr
    told = {one["name"]: one for one in json.loads(token(own, "list", "--json").stdout)}
    assert (None, None) == (told["ever"]["expires"], told["ever"]["last_used"])
    assert told["soon"]["last_used"][:16] <= clock().isoformat()[:16] < told["soon"]["expires"][:16]
    assert not any("sha256" in one for one in told.values())


def test_an_account_is_made_changed_and_disabled_and_the_journal_tells_it(own: Path) -> None:
    account(own, "add", "值班员", *RIGHT, "--password-stdin", typed=f"{GOOD}\n")
    account(own, "password", "值班员", "--password-stdin", typed="another good one 42\r\n")
    (kept,) = accounts(own)
    assert is_password(kept, "another good one 42")
    account(own, "disable", "值班员")
    (listed,) = json.loads(account(own, "list", "--json").stdout)
    assert ("值班员", "hq", "431381") == (listed["name"], listed["role"], listed["area"])
    assert not {"password", "epoch"} & set(listed)
    assert [
        ("local", "account_added", "值班员", "hq 431381"),
        ("local", "password_changed", "值班员", None),
        ("local", "account_disabled", "值班员", None),
    ] == acts(own)


def test_a_password_is_asked_for_twice_and_two_that_differ_change_nothing(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for typed in ([GOOD, GOOD + "x"], [GOOD, GOOD]):
        answers = iter(typed)
        monkeypatch.setattr("getpass.getpass", lambda prompt, answers=answers: asked.append(prompt) or next(answers))
        result = account(own, "add", "one", *RIGHT)
        assert (2 if typed[0] != typed[1] else 0) == result.exit_code
        assert GOOD not in result.output
    assert ["Password: ", "The same again: "] * 2 == asked
    assert ["one"] == [kept.name for kept in accounts(own)]


@pytest.mark.parametrize(
    ("words", "typed", "error", "says"),
    [
        (("add", "one", *RIGHT, "--password-stdin"), "short\n", InputError, "at least 12"),
        (("add", "one", *RIGHT, "--password-stdin"), "", InputError, "has 0 letters"),
        (("add", "the-commander", *RIGHT, "--password-stdin"), "the-commander\n", InputError, "is the name"),
        (("add", "a b", *RIGHT, "--password-stdin"), f"{GOOD}\n", InputError, "cannot name"),
        (
            ("add", "one", "--role", "king", "--area", "431381", "--password-stdin"),
            f"{GOOD}\n",
            UnknownTermError,
            "king",
        ),
        (("password", "nobody", "--password-stdin"), f"{GOOD}\n", NotFoundError, "nobody"),
        (("disable", "nobody"), "", NotFoundError, "nobody"),
    ],
)
def test_what_will_not_do_is_refused_with_the_reason_and_told_nowhere(
    own: Path, words: tuple[str, ...], typed: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        account(own, *words, typed=typed)
    assert [] == accounts(own)
    assert not Journal.exists(own)


@pytest.mark.parametrize("commands", [token_commands.app, account_commands.app])
def test_a_folder_without_a_county_has_nobody(commands: Any, tmp_path: Path) -> None:
    result = run(commands, tmp_path / "nowhere", "list")
    assert (2, True) == (result.exit_code, "no county yet" in result.output)
    assert not (tmp_path / "nowhere").exists()


def test_a_token_is_revoked_also_where_the_journal_cannot_tell_it(own: Path) -> None:
    secret = token(own, "add", "watch", *RIGHT).stdout.strip()
    (own / "journal.db").write_bytes(b"x" * 5000)
    result = token(own, "revoke", "watch")
    assert "the journal does not tell of it" in result.stderr
    with pytest.raises(InputError, match="revoked"):
        Identity(own).actor_of({"authorization": f"Bearer {secret}"}, "GET")
