"""Tokens: shown once, kept as hashes, revocable, ending, renewed without a gap, and good for their actor alone."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access import Actor
from api.errors import UnknownTokenError
from api.identity.entrants import TOKENS
from api.identity.identity import Identity
from api.identity.token_uses import USES, TokenUses, uses
from api.identity.tokens import Token, add_token, expiring, revoke_token, rotate_token, tokens
from geo import store
from geo.errors import BrokenFolderError, InputError, NotFoundError, UnreadableFileError
from geo.terms import Role
from tests.county import AS_OF

VILLAGE, TOWN, COUNTY = "431381001001", "431381001", "431381"
DAY = timedelta(days=1)


def bearer(secret: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {secret}"}


def identity(folder: Path, now: datetime = AS_OF) -> Identity:
    return Identity(folder, now=lambda: now)


def test_a_token_names_its_actor_and_is_kept_only_as_a_hash(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "锑都站", Role.STATION, VILLAGE, now=AS_OF)
    assert Actor("锑都站", Role.STATION, VILLAGE) == identity(tmp_path).actor_of(bearer(secret), "POST")
    assert 32 <= len(secret.removeprefix("yx_"))
    assert secret.removeprefix("yx_") not in (tmp_path / TOKENS).read_text()
    assert 0o600 == stat.S_IMODE((tmp_path / TOKENS).stat().st_mode)
    assert secret != add_token(tmp_path, "other", Role.HQ, COUNTY, now=AS_OF)


def test_a_revoked_token_is_worth_nothing_at_once_in_a_running_service(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "post", Role.POST, TOWN, now=AS_OF)
    running = identity(tmp_path)
    assert "post" == running.actor_of({"authorization": f"bearer {secret}"}, "GET").name  # type: ignore[union-attr]
    revoke_token(tmp_path, "post", now=AS_OF + DAY)
    with pytest.raises(UnknownTokenError, match="revoked"):
        running.actor_of(bearer(secret), "GET")
    assert [(AS_OF + DAY).isoformat()] == [one.revoked_at for one in tokens(tmp_path)]


def test_a_service_that_asked_for_tokens_goes_on_asking_when_the_last_one_is_gone(tmp_path: Path) -> None:
    running = identity(tmp_path)
    assert not running.exists
    add_token(tmp_path, "post", Role.POST, TOWN, now=AS_OF)
    assert running.exists
    revoke_token(tmp_path, "post", now=AS_OF)
    assert running.exists
    (tmp_path / TOKENS).unlink()
    assert running.exists
    assert not identity(tmp_path).exists


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer yx_guess", "yx_guess", "Bearer \0"])
def test_a_header_without_a_known_token_is_refused(tmp_path: Path, header: str) -> None:
    add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    with pytest.raises(UnknownTokenError):
        identity(tmp_path).actor_of({"authorization": header}, "GET")


def test_no_header_names_nobody(tmp_path: Path) -> None:
    add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    assert identity(tmp_path).actor_of({"cookie": "yixian_sessions=1; other"}, "GET") is None


@pytest.mark.parametrize(
    ("name", "role", "area", "days", "words"),
    [
        ("", Role.HQ, COUNTY, 1, "cannot name a token"),
        ("a b", Role.HQ, COUNTY, 1, "cannot name a token"),
        ("a\0b", Role.HQ, COUNTY, 1, "cannot name a token"),
        ("a\n", Role.HQ, COUNTY, 1, "cannot name a token"),
        ("x" * 65, Role.HQ, COUNTY, 1, "cannot name a token"),
        ("local", Role.HQ, COUNTY, 1, "cannot name a token"),
        ("service", Role.HQ, COUNTY, 1, "cannot name a token"),
        ("one", Role.STATION, TOWN, 1, "12 digits for a station"),
        ("one", Role.POST, VILLAGE, 1, "9 digits for a post"),
        ("one", Role.HQ, "4313", 1, "6, 9 or 12 digits"),
        ("one", Role.HQ, "", 1, "6, 9 or 12 digits"),
        ("one", Role.HQ, "٤٣١٣٨١", 1, "6, 9 or 12 digits"),
        ("taken", Role.HQ, COUNTY, 1, "never used again"),
        ("one", Role.HQ, COUNTY, -1, "days must be"),
        ("one", Role.HQ, COUNTY, 10**9, "days must be"),
    ],
)
def test_a_bad_token_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, role: Role, area: str, days: int, words: str
) -> None:
    add_token(tmp_path, "taken", Role.HQ, COUNTY, now=AS_OF)
    revoke_token(tmp_path, "taken", now=AS_OF)
    before = (tmp_path / TOKENS).read_bytes()
    with pytest.raises(InputError, match=words):
        add_token(tmp_path, name, role, area, now=AS_OF, days=days)
    assert before == (tmp_path / TOKENS).read_bytes()


def test_only_a_token_that_stands_can_be_revoked_or_rotated(tmp_path: Path) -> None:
    add_token(tmp_path, "one", Role.HQ, COUNTY, now=AS_OF)
    for name in ("two", "one", "one"):
        if name == "two":
            with pytest.raises(NotFoundError, match="one"):
                revoke_token(tmp_path, name, now=AS_OF)
    revoke_token(tmp_path, "one", now=AS_OF)
    for change in (revoke_token, rotate_token):
        with pytest.raises(NotFoundError, match="one"):
            change(tmp_path, "one", now=AS_OF)


@pytest.mark.parametrize(
    "content",
    ["{", '{"tokens": [{"name": 1}]}', '{"tokens": [{"name": "a", "role": "king"}]}', '{"tokens": {}, "a": 1}x', "[]"],
)
def test_a_damaged_file_of_tokens_stops_the_service_and_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / TOKENS).write_text(content)
    with pytest.raises(BrokenFolderError, match="restore it"):
        assert identity(tmp_path).exists


def test_a_file_that_cannot_be_looked_at_is_no_file_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)

    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("api.identity.entrants.os.stat", refused)
    with pytest.raises(UnreadableFileError, match="Permission denied"):
        assert identity(tmp_path).exists


# The end


@pytest.mark.parametrize(("after", "is_valid"), [(10 * DAY - timedelta(seconds=1), True), (10 * DAY, False)])
def test_a_token_opens_something_up_to_but_not_at_its_end(tmp_path: Path, after: timedelta, is_valid: bool) -> None:
    secret = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF, days=10)
    late = identity(tmp_path, AS_OF + after)
    if is_valid:
        assert late.actor_of(bearer(secret), "GET") is not None
    else:
        with pytest.raises(UnknownTokenError, match="expired"):
            late.actor_of(bearer(secret), "GET")
    assert late.exists  # that all have expired opens nothing to everybody


def test_a_token_lasts_a_year_or_for_ever_where_that_is_said(tmp_path: Path) -> None:
    year = add_token(tmp_path, "year", Role.HQ, COUNTY, now=AS_OF)
    ever = add_token(tmp_path, "ever", Role.HQ, COUNTY, now=AS_OF, days=0)
    late = identity(tmp_path, AS_OF + 366 * DAY)
    assert "ever" == late.actor_of(bearer(ever), "GET").name  # type: ignore[union-attr]  # it is known
    with pytest.raises(UnknownTokenError):
        late.actor_of(bearer(year), "GET")


def test_tokens_that_were_kept_before_they_had_an_end_open_as_before(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "old", Role.HQ, COUNTY, now=AS_OF)
    (row,) = orjson.loads((tmp_path / TOKENS).read_bytes())["tokens"]
    known = {name: row[name] for name in ("name", "role", "area", "sha256", "made_at", "revoked_at")}
    (tmp_path / TOKENS).write_bytes(orjson.dumps({"tokens": [known]}))
    assert identity(tmp_path, AS_OF + 9999 * DAY).actor_of(bearer(secret), "GET") is not None
    assert [] == expiring(tmp_path, AS_OF + 9999 * DAY)


def test_tokens_that_end_soon_or_have_ended_are_named_and_revoked_ones_are_not(tmp_path: Path) -> None:
    for name, days in (("later", 31), ("soon", 9), ("past", 1), ("gone", 5), ("ever", 0)):
        add_token(tmp_path, name, Role.HQ, COUNTY, now=AS_OF, days=days)
    revoke_token(tmp_path, "gone", now=AS_OF)
    assert ["past", "soon"] == [one.name for one in expiring(tmp_path, AS_OF)]
    assert [] == expiring(tmp_path / "nowhere", AS_OF)


# Rotation


def test_after_a_rotation_both_secrets_open_until_the_grace_is_over(tmp_path: Path) -> None:
    first = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    second = rotate_token(tmp_path, "hq", now=AS_OF, grace=timedelta(hours=24))
    soon, late = identity(tmp_path, AS_OF + timedelta(hours=23)), identity(tmp_path, AS_OF + timedelta(hours=24))
    assert soon.actor_of(bearer(first), "GET") == soon.actor_of(bearer(second), "GET") is not None
    assert late.actor_of(bearer(second), "GET") is not None
    with pytest.raises(UnknownTokenError, match="rotated"):
        late.actor_of(bearer(first), "GET")
    assert ["hq"] == [one.name for one in tokens(tmp_path)]


def test_a_secret_that_got_out_is_worth_nothing_after_a_rotation_without_grace(tmp_path: Path) -> None:
    first = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    rotate_token(tmp_path, "hq", now=AS_OF, grace=timedelta(0))
    with pytest.raises(UnknownTokenError):
        identity(tmp_path).actor_of(bearer(first), "GET")


def test_a_rotation_does_not_lengthen_the_life_of_the_secret_before(tmp_path: Path) -> None:
    first = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF, days=1)
    rotate_token(tmp_path, "hq", now=AS_OF + DAY - timedelta(hours=1), grace=timedelta(hours=24))
    with pytest.raises(UnknownTokenError):
        identity(tmp_path, AS_OF + DAY).actor_of(bearer(first), "GET")


def test_revoking_ends_the_secret_before_a_rotation_too(tmp_path: Path) -> None:
    secrets = [add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF), rotate_token(tmp_path, "hq", now=AS_OF)]
    revoke_token(tmp_path, "hq", now=AS_OF)
    for secret in secrets:
        with pytest.raises(UnknownTokenError):
            identity(tmp_path).actor_of(bearer(secret), "GET")


@pytest.mark.parametrize("grace", [timedelta(hours=-1), timedelta(days=31)])
def test_a_grace_that_makes_no_sense_changes_nothing(tmp_path: Path, grace: timedelta) -> None:
    secret = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    with pytest.raises(InputError, match="grace"):
        rotate_token(tmp_path, "hq", now=AS_OF, grace=grace)
    assert identity(tmp_path).actor_of(bearer(secret), "GET") is not None


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["hours", "rotate", "revoke"])), max_size=12))
def test_a_secret_opens_exactly_while_the_rules_read_aloud_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]]
) -> None:
    """Hours go by, the token is rotated or revoked; every secret that there ever was is tried after each step."""
    folder, now = tmp_path_factory.mktemp("tokens"), AS_OF
    holds = {add_token(folder, "hq", Role.HQ, COUNTY, now=now, days=3): now + 3 * DAY}
    newest = next(iter(holds))
    for hours, act in steps:
        now += timedelta(hours=hours * 5)
        if act == "rotate" and newest:
            former, newest = newest, rotate_token(folder, "hq", now=now, days=3, grace=timedelta(hours=24))
            kept = min(holds[former], now + timedelta(hours=24))
            holds = {**dict.fromkeys(holds, now), former: kept, newest: now + 3 * DAY}
        elif act == "revoke" and newest:
            revoke_token(folder, "hq", now=now)
            holds, newest = dict.fromkeys(holds, now), ""
        seen = identity(folder, now)
        for secret, until in holds.items():
            if now < until:
                assert seen.actor_of(bearer(secret), "GET") is not None
            else:
                with pytest.raises(UnknownTokenError):
                    seen.actor_of(bearer(secret), "GET")


# The last use


def test_the_last_use_is_kept_beside_the_tokens_and_merged_with_that_of_other_processes(tmp_path: Path) -> None:
    one, other = TokenUses(tmp_path), TokenUses(tmp_path)
    one.note("a", AS_OF)
    one.note("b", AS_OF)
    other.note("a", AS_OF + DAY)
    for process in (other, one):
        process.close()
    assert {"a": (AS_OF + DAY).isoformat(), "b": AS_OF.isoformat()} == uses(tmp_path)
    assert 0o600 == stat.S_IMODE((tmp_path / USES).stat().st_mode)


def test_a_request_notes_the_use_and_writes_nothing(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    running = identity(tmp_path)
    for _ in range(3):
        running.actor_of(bearer(secret), "GET")
    assert not (tmp_path / USES).exists()
    running.close()
    assert {"hq": AS_OF.isoformat()} == uses(tmp_path)


@pytest.mark.parametrize("content", ["{", "[1]", "\0"])
def test_a_damaged_file_of_uses_refuses_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / USES).write_text(content)
    assert {} == uses(tmp_path)
    process = TokenUses(tmp_path)
    process.note("hq", AS_OF)
    process.close()
    assert {"hq": AS_OF.isoformat()} == uses(tmp_path)


def test_a_folder_that_cannot_be_written_loses_the_last_use_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    process = TokenUses(tmp_path / "file" / "folder")
    process.note("hq", AS_OF)
    process.close()
    assert "could not be kept" in caplog.text


def test_a_token_can_be_revoked_while_an_import_runs(tmp_path: Path) -> None:
    secret = add_token(tmp_path, "hq", Role.HQ, COUNTY, now=AS_OF)
    with store.writing(tmp_path):
        revoke_token(tmp_path, "hq", now=AS_OF)
    with pytest.raises(UnknownTokenError):
        identity(tmp_path).actor_of(bearer(secret), "GET")


def test_no_secret_is_in_what_a_token_says_of_itself() -> None:
    assert not {"secret", "password"} & set(Token.__slots__)


def test_a_service_without_tokens_notices_the_first_whatever_the_folders_clock(tmp_path: Path) -> None:
    """One look at the folder stands for both files, but never where a tick of the clock could hide a change."""
    for age_s in (0, 1, 10):
        folder = tmp_path / str(age_s)
        folder.mkdir()
        os.utime(folder, ns=(0, time.time_ns() - age_s * 10**9))
        running = identity(folder)
        assert [False] * 3 == [running.exists for _ in range(3)]
        add_token(folder, "hq", Role.HQ, COUNTY, now=AS_OF)
        assert running.exists


def test_tokens_that_are_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: add_token(tmp_path, name, Role.HQ, COUNTY, now=AS_OF), names))
    assert names == sorted((one.name for one in tokens(tmp_path)), key=names.index)
    assert [TOKENS] == [path.name for path in tmp_path.iterdir()]
