"""A journal that is cut short or has a bit flipped opens at its last good record or names what is damaged."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import JournalError, ReadOnlyError
from geo.events import Event
from geo.journal import Journal, opening
from tests.faults.damage import bit_flipped, cut_short, positions
from tests.journals import check_in, check_ins, clock

POSITIONS = 2_000 if os.environ.get("YIXIAN_TORTURE") else 200
LOOKED_AT = 100
IN_FILE, IN_LOG = 400, 40
"""Events in journal.db, and one by one in its log."""
PAGE_BYTES, HEADER_BYTES, FRAME_BYTES = 4096, 32, 24 + 4096
Damage = Callable[[Path, int, random.Random], None]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A folder as a killed program leaves it: many events in journal.db, the last ones only in its log."""
    folder, left = tmp_path_factory.mktemp("origin"), tmp_path_factory.mktemp("left")
    with Journal.open(folder, create=True, clock=clock) as journal:
        for number in range(IN_FILE // 8):
            journal.append(check_ins(8), actor="a", key=f"first {number}")
    with Journal.open(folder, clock=clock) as journal:
        for number in range(IN_LOG):
            journal.append([check_in(f"N{number}")], actor="a", key=f"k{number}")
        for name in ("journal.db", "journal.db-wal", "journal.mark"):
            shutil.copy(folder / name, left / name)
        return left, journal.read()


def good_before(left: Path, name: str, place: int, damage: Damage) -> int:
    """How many events lie before a place, so that no damage there is a reason to lose them."""
    if name == "journal.db":
        return good_in_file((left / name).read_bytes(), place // PAGE_BYTES, is_cut=damage is cut_short)
    log = (left / name).read_bytes()
    frames = range(HEADER_BYTES, len(log) - FRAME_BYTES + 1, FRAME_BYTES)
    return IN_FILE + sum(log[at + 4 : at + 8] != bytes(4) for at in frames if at + FRAME_BYTES <= place)


def good_in_file(content: bytes, harmed: int, *, is_cut: bool) -> int:
    """The events before those on the harmed page, counted from 0, or on any after it where the file is cut there.

    Of a harmed page that others hang on nothing can be expected: the first one, the event table's root, the id.
    """
    with closing(sqlite3.connect(":memory:")) as whole:
        whole.deserialize(content[:18] + b"\x01\x01" + content[20:])  # to be read without a log
        roots = dict(whole.execute("SELECT name, rootpage - 1 FROM sqlite_master"))
    if any(harmed == page or (is_cut and harmed < page) for page in (0, roots["event"], roots["journal"])):
        return 0
    first = {page: first_event(content, page) for page in range(1, len(content) // PAGE_BYTES)}
    others = {page for name, page in roots.items() if name != "event"}
    lost = [
        at for page, at in first.items() if at and page not in others and (page == harmed or (is_cut and page > harmed))
    ]
    return min(lost, default=IN_FILE + 1) - 1


def first_event(content: bytes, page: int) -> int:
    """The first row's number on a page that has rows, else 0 (file format, section 1.6)."""
    begin = page * PAGE_BYTES
    if content[begin] != 0x0D or not int.from_bytes(content[begin + 3 : begin + 5]):
        return 0
    at = begin + int.from_bytes(content[begin + 8 : begin + 10])
    _, at = varint(content, at)
    return varint(content, at)[0]


def varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value, at = value << 7 | content[at] & 0x7F, at + 1
        if content[at - 1] < 0x80:
            return value, at


def fault(folder: Path, events: list[Event], good: int) -> str:
    """What a user of the damaged folder would hold against it; empty when it did as promised.

    The first `good` events are to be read in any case.
    """
    said: list[str] = []
    read: list[Event] = []
    try:
        with Journal.open(folder, clock=clock) as journal:
            said += journal.notices
            try:
                read = journal.read()
            except JournalError as error:
                said.append(str(error))
                read = journal.read(upto=getattr(error, "last_good", None) or 0)
            if journal.damage is not None:
                said.append(str(journal.damage))
            try:
                if not journal.append(check_ins(8), actor="a", key="first 9").repeated:
                    return "what is recorded is not known again"
                receipt = journal.append([check_in("new")], actor="b")
                if journal.read(receipt.first - 1)[0].actor != "b":
                    return "what is appended is not there"
                if not journal.verify().is_whole and not said:
                    return f"damaged and not said: {journal.verify()}"
            except (JournalError, ReadOnlyError) as error:
                said.append(str(error))
    except JournalError as error:
        said.append(str(error))
    if read != events[: len(read)]:
        return f"it reads what was never recorded (said: {said})"
    if len(read) < good:
        return f"the damage lies behind event {good}, and it reads {len(read)} (said: {said})"
    return "" if said or len(read) == len(events) else f"{len(events) - len(read)} events are lost, and nothing is said"


@pytest.mark.parametrize("damage", [cut_short, bit_flipped])
@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal"])
def test_whatever_is_damaged_is_named_or_cut_off_with_a_message(
    origin: tuple[Path, list[Event]],
    tmp_path: Path,
    damage: Damage,
    name: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "LOOKED_AT", LOOKED_AT)  # so that much lies beyond what opening looks at
    caplog.set_level(logging.CRITICAL)
    left, events = origin
    chance = random.Random(f"{name} {damage.__name__}")
    found = {}
    for place in positions((left / name).stat().st_size, POSITIONS, chance):
        folder = tmp_path / "county"
        shutil.copytree(left, folder)
        damage(folder / name, place, chance)
        found[place] = fault(folder, events, good_before(left, name, place, damage))
        shutil.rmtree(folder)
    assert {} == {place: what for place, what in found.items() if what}
