"""A journal that is cut short or has a bit flipped opens at its last good record or names what is damaged."""

from __future__ import annotations

import logging
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from geo.errors import JournalError, ReadOnlyError
from geo.events import Event
from geo.journal import Journal, opening
from tests.journals import check_in, check_ins, clock

POSITIONS = 2_000 if os.environ.get("YIXIAN_TORTURE") else 200
LOOKED_AT = 100
HEAD_BYTES = 8_192


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A folder as a killed program leaves it: many events in journal.db, the last ones only in its log."""
    folder, left = tmp_path_factory.mktemp("origin"), tmp_path_factory.mktemp("left")
    with Journal.open(folder, create=True, clock=clock) as journal:
        journal.append(check_ins(400), actor="a")
    with Journal.open(folder, clock=clock) as journal:
        for number in range(40):
            journal.append([check_in(f"N{number}")], actor="a", key=f"k{number}")
        for name in ("journal.db", "journal.db-wal", "journal.mark"):
            shutil.copy(folder / name, left / name)
        return left, journal.read()


def positions(size: int, count: int, chance: random.Random) -> list[int]:
    """Places in a file: a third in its head, a third near its end, a third anywhere."""
    near = min(HEAD_BYTES, size)
    head, end = (
        (chance.randrange(near) for _ in range(count // 3)),
        (size - 1 - chance.randrange(near) for _ in range(count // 3)),
    )
    return [*head, *end, *(chance.randrange(size) for _ in range(count - count // 3 * 2))]


def cut_short(path: Path, place: int, _: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(place)


def bit_flipped(path: Path, place: int, chance: random.Random) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << chance.randrange(8)]))


def fault(folder: Path, events: list[Event]) -> str:
    """What a user of the damaged folder would hold against it; empty when it did as promised."""
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
    return "" if said or len(read) == len(events) else f"{len(events) - len(read)} events are lost, and nothing is said"


@pytest.mark.parametrize("damage", [cut_short, bit_flipped])
@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal"])
def test_whatever_is_damaged_is_named_or_cut_off_with_a_message(
    origin: tuple[Path, list[Event]],
    tmp_path: Path,
    damage: Callable[[Path, int, random.Random], None],
    name: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "LOOKED_AT", LOOKED_AT)  # so that much lies beyond what opening looks at
    caplog.set_level(logging.CRITICAL)
    left, events = origin
    chance = random.Random(f"{name} {damage.__name__}")
    found = {}
    for place in positions((left / name).stat().st_size, POSITIONS // 2, chance):
        folder = tmp_path / "county"
        shutil.copytree(left, folder)
        damage(folder / name, place, chance)
        found[place] = fault(folder, events)
        shutil.rmtree(folder)
    assert {} == {place: what for place, what in found.items() if what}
