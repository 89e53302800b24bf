"""Tokens: shown once, kept as hashes, revocable, and good for what their role and area allow and nothing more."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from api.access import Actor
from api.errors import UnknownTokenError
from api.identity import Identity
from api.tokens import TOKENS, add_token, revoke_token, tokens
from geo.errors import BrokenFolderError, InputError, NotFoundError
from geo.terms import Role
from tests.county import AS_OF

VILLAGE, TOWN, COUNTY = "431381001001", "431381001", "431381"


def test_a_token_names_its_actor_and_is_kept_only_as_a_hash(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "锑都站", Role.STATION, VILLAGE, now=AS_OF)
    assert Actor("锑都站", Role.STATION, VILLAGE) == Identity(tmp_path).actor(f"Bearer {secret}")
    assert 32 <= len(secret.removeprefix("yx_"))
    assert secret.removeprefix("yx_") not in (tmp_path / TOKENS).read_text()
    assert 0o600 == stat.S_IMODE((tmp_path / TOKENS).stat().st_mode)
    assert secret != add_token(tmp_path, "other", Role.HQ, COUNTY, now=AS_OF)


def test_a_revoked_token_is_worth_nothing_at_once_in_a_running_service(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "post", Role.POST, TOWN, now=AS_OF)
    access = Identity(tmp_path)
    assert "post" == access.actor(f"bearer {secret}").name
    revoke_token(tmp_path, "post", now=AS_OF + timedelta(days=1))
    with pytest.raises(UnknownTokenError, match="revoked"):
        access.actor(f"Bearer {secret}")
    assert not access.exists
    assert [(AS_OF + timedelta(days=1)).isoformat()] == [one.revoked_at for one in tokens(tmp_path)]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer yx_guess", "yx_guess"])
def test_a_header_without_a_known_token_names_nobody(tmp_path: Path, header: str | None) -> None:
    add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    with pytest.raises(UnknownTokenError):
        Identity(tmp_path).actor(header)


@pytest.mark.parametrize(
    ("name", "role", "area", "words"),
    [
        ("", Role.HQ, COUNTY, "cannot name a token"),
        ("a b", Role.HQ, COUNTY, "cannot name a token"),
        ("x" * 65, Role.HQ, COUNTY, "cannot name a token"),
        ("local", Role.HQ, COUNTY, "cannot name a token"),
        ("one", Role.STATION, TOWN, "12 digits for a station"),
        ("one", Role.POST, VILLAGE, "9 digits for a post"),
        ("one", Role.HQ, "4313", "6, 9 or 12 digits"),
        ("one", Role.HQ, "", "6, 9 or 12 digits"),
        ("taken", Role.HQ, COUNTY, "never used again"),
    ],
)
def test_a_bad_token_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, role: Role, area: str, words: str
) -> None:
    add_token(tmp_path, "taken", Role.HQ, COUNTY, now=AS_OF)
    revoke_token(tmp_path, "taken", now=AS_OF)
    before = (tmp_path / TOKENS).read_bytes()
    with pytest.raises(InputError, match=words):
        add_token(tmp_path, name, role, area, now=AS_OF)
    assert before == (tmp_path / TOKENS).read_bytes()


def test_only_a_valid_token_can_be_revoked(tmp_path: Path) -> None:
    add_token(tmp_path, "one", Role.HQ, COUNTY, now=AS_OF)
    with pytest.raises(NotFoundError, match="two"):
        revoke_token(tmp_path, "two", now=AS_OF)


def test_a_damaged_file_of_tokens_stops_the_service_and_says_so(tmp_path: Path) -> None:
    (tmp_path / TOKENS).write_text("{")
    with pytest.raises(BrokenFolderError, match="restore it"):
        assert Identity(tmp_path).exists
