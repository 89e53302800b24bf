"""Kills writers of a journal; run by test_journal_kill.py in a process of its own, because it forks.

The parent loads everything once and holds no journal open when it forks. In each round four children with two threads
each append to one folder and note every receipt, until all are killed: by the parent at random moments, all at once or
one by one, or by themselves in the middle of one of SQLite's own writes or syncs. Then the parent opens the journal:
every receipt must be kept, each request whole and once, the chain unbroken. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from datetime import datetime
from itertools import count, groupby
from pathlib import Path

from geo.calendar import CHINA
from geo.events import CheckIn, Draft, Event
from geo.journal import Journal
from tests.faults import faulty_disk

WRITERS, THREADS = 4, 2
LONGEST_S = 0.12
MOST_STEPS = 120
MOST_AT_ONCE = 5
VERIFIED_EVERY = 25
NOW = datetime(2022, 12, 23, 10, tzinfo=CHINA)


def open_journal(folder: Path) -> Journal:
    """The journal of the folder, made if it is not there."""
    return Journal.open(folder, create=True, clock=lambda: NOW)


def drafts(size: int) -> list[Draft]:
    """Check-ins, so many that a receipt may be for several."""
    fields = {"team_id": "T01", "lon": 111.45, "lat": 27.68, "crs": "EPSG:4326", "device_time": NOW}
    return [Draft.of(CheckIn(member_id=f"M{number}", **fields)) for number in range(size)]


def write_for_ever(folder: Path, name: str) -> None:
    """Append, and note what was accepted: key, first, last. A key ends in the number of its events."""
    notes = os.open(folder.parent / f"{name}.receipts", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    journal = open_journal(folder)

    def write(thread: int) -> None:
        for number in count():
            size = number % MOST_AT_ONCE + 1
            key = f"{name}-{thread}-{number}-{size}"
            receipt = journal.append(drafts(size), actor="a", key=key)
            os.write(notes, f"{key} {receipt.first} {receipt.last}\n".encode())

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def forked(folder: Path, name: str, dies_at: int) -> int:
    """A child that writes until it is killed; by itself, if it is to die at a step."""
    child = os.fork()
    if child == 0:
        try:
            if dies_at:
                faulty_disk.install(faulty_disk.Death(dies_at))
            write_for_ever(folder, name)
        finally:
            os._exit(1)  # a child that ends by itself has failed
    return child


def kill_round(folder: Path, turn: int, chance: random.Random) -> None:
    """Four writers, killed in one of three ways."""
    steps = [0] * WRITERS
    if turn % 3 == 2 and faulty_disk.library():
        steps[0] = chance.randint(1, MOST_STEPS)
    children = [forked(folder, f"{turn}-{number}", steps[number]) for number in range(WRITERS)]
    time.sleep(chance.uniform(0, LONGEST_S))
    for child in reversed(children):
        if turn % 3:
            time.sleep(chance.uniform(0, LONGEST_S / WRITERS))
        os.kill(child, signal.SIGKILL)
    for child in children:
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            raise RuntimeError(f"round {turn}: a writer ended before it was killed")


def receipts(room: Path, turn: int) -> dict[str, tuple[int, int]]:
    """What the writers of a round were told: key -> first and last event."""
    told = {}
    for path in room.glob(f"{turn}-*.receipts"):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):  # a note cut off in the middle was no receipt
                key, first, last = line.split()
                told[key] = int(first), int(last)
        path.unlink()
    return told


def faults(events: list[Event], told: dict[str, tuple[int, int]]) -> list[str]:
    """What is wrong with a round's events, given what was told."""
    found, runs = [], Counter(event.key for event in events)
    for key, run in groupby(events, lambda event: event.key):
        kept = [event.sequence for event in run]
        if len(kept) != int(str(key).rsplit("-", 1)[1]) or runs[key] != len(kept):
            found.append(f"{key} is not there whole and once: {kept}")
        if key in told and told[key] != (kept[0], kept[-1]):
            found.append(f"{key} was told {told[key]}, and is {kept}")
    return found + [f"{key} was accepted and is lost" for key in told if key not in runs]


def main(room: Path, rounds: int, seed: int) -> None:
    """Rounds on one folder, so that each finds what the others left."""
    chance, folder = random.Random(seed), room / "county"
    folder.mkdir()
    with open_journal(folder) as journal:  # whatever is loaded on first use is loaded now
        journal.append(drafts(1), actor="a", key="warm-1")
    checked, accepted, notices, slowest_s = 1, 0, 0, 0.0
    for turn in range(rounds):
        kill_round(folder, turn, chance)
        told, begin = receipts(room, turn), time.process_time()
        with open_journal(folder) as journal:
            newest = journal.newest()
            journal.read(newest - 1)
            slowest_s = max(slowest_s, time.process_time() - begin)
            found = faults(journal.read(checked), told)
            if turn % VERIFIED_EVERY == VERIFIED_EVERY - 1 or turn == rounds - 1:
                found += journal.verify().problems
            found += [notice for notice in journal.notices if "lost" in notice or "another" in notice]
            notices += len(journal.notices)
        if found:
            raise SystemExit(f"round {turn}, seed {seed}: {found[:5]}")
        checked, accepted = newest, accepted + len(told)
    print(
        json.dumps({"rounds": rounds, "accepted": accepted, "events": checked, "notices": notices, "open_s": slowest_s})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
