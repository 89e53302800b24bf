"""A service on a disk that is full, fails or can only be read: reads go on, writes are refused in words, then taken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from api.identity.tokens import add_token
from geo import store
from geo.journal import Journal
from geo.terms import Role
from tests.county import AS_OF
from tests.faults.failing_calls import environment, library
from tests.journals import check_in, clock

ROOT = Path(__file__).resolve().parents[2]
OWN_DISKS = ("unshare", "--map-root-user", "--mount", "sh", "-ec")
"""A program with disks of its own, which needs no rights."""


@cache
def has_own_disks() -> bool:
    """Whether this system lets a program have disks of its own."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*OWN_DISKS, "mount -t tmpfs none /mnt"], capture_output=True)
    return tried.returncode == 0


@pytest.fixture
def county(at_rest: Path, tmp_path: Path) -> tuple[Path, str]:
    """A county and a token for it."""
    with store.writing(tmp_path / "county"):
        store.begin_county(tmp_path / "county", at_rest)
    return tmp_path / "county", add_token(tmp_path / "county", "hq", Role.HQ, "431381", now=AS_OF, days=0)


def words_of(command: list[str], env: Mapping[str, str] | None = None) -> list[str]:
    """What the service said to each write that it refused."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=300
    )
    assert 0 == done.returncode, done.stderr
    return list(json.loads(done.stdout))


def service(folder: Path, way: str, secret: str) -> list[str]:
    return [sys.executable, "-m", "tests.faults.failing_service", str(folder), way, secret]


@pytest.mark.skipif(not has_own_disks(), reason="this system lets no program have disks of its own (unshare)")
def test_a_service_on_a_full_disk_reads_on_and_writes_again_once_there_is_room(
    county: tuple[Path, str], tmp_path: Path
) -> None:
    (folder, secret), disk = county, tmp_path / "disk"
    disk.mkdir()
    prepared = f'mount -t tmpfs -o size=16m none "{disk}"; cp -r "{folder}" "{disk}/county"; exec "$@"'
    (words,) = words_of([*OWN_DISKS, prepared, "sh", *service(disk / "county", "full", secret)])
    assert "nothing was recorded: make room, try again" in words


@pytest.mark.skipif(not has_own_disks(), reason="this system lets no program have disks of its own (unshare)")
def test_a_service_on_a_disk_that_can_only_be_read_answers_and_refuses_to_write(county: tuple[Path, str]) -> None:
    folder, secret = county
    with Journal.open(folder, create=True, clock=clock) as journal:
        journal.append([check_in("T01-1")], actor="a")
    prepared = f'mount --bind "{folder}" "{folder}"; mount -o remount,bind,ro "{folder}"; exec "$@"'
    (words,) = words_of([*OWN_DISKS, prepared, "sh", *service(folder, "read-only", secret)])
    assert "can only be read here" in words


@pytest.mark.skipif(library() is None, reason="libfiu's preload library is not installed (libfiu0)")
def test_a_service_whose_every_write_fails_reads_on_and_writes_again_afterwards(county: tuple[Path, str]) -> None:
    folder, secret = county
    for words in words_of(service(folder, "calls", secret), environment()):
        assert "nothing was recorded" in words
