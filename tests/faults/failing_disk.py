"""A journal on a disk that fails; run by test_journal_disk.py in a process of its own, as the faults stay with it.

    python -m tests.faults.failing_disk FOLDER limit
    python -m tests.faults.failing_disk FOLDER every N CODE KIND[,KIND…] [tears]

Appends under keys, each again and again until it is accepted, and reads in between; prints one JSON line. Ends with an
error when anything but the journal's own errors comes up, a read is refused, or the folder is not whole at any time.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from geo.errors import JournalBusyError, JournalFullError
from geo.journal import Journal
from tests.faults import faulty_disk
from tests.journals import check_ins, clock

APPENDS = 24
MOST_TRIES = 8
EACH = 3


def open_journal(folder: Path) -> Journal:
    """The journal of the folder, made if it is not there."""
    return Journal.open(folder, create=True, clock=clock)


def tried(journal: Journal, key: str, refused: Counter[str]) -> bool:
    """One attempt to append; what was accepted before is read in any case."""
    before = journal.newest()
    try:
        receipt = journal.append(check_ins(EACH), actor="a", key=key)
    except (JournalFullError, JournalBusyError) as error:
        refused[type(error).__name__] += 1
        expect(journal.newest() in (before, before + EACH), f"{key}: half of it is there")
        expect(len(journal.read(max(before - 5, 0))) >= min(before, 5), "a read lost events")
        return False
    expect(journal.newest() == receipt.last, f"{key}: accepted, and not there")
    return True


def expect(holds: bool, what: str) -> None:  # reads as an assertion, which -O would not drop
    """End the program when something does not hold."""
    if not holds:
        raise SystemExit(what)


def whole(folder: Path, keys: set[str]) -> None:
    """Every key once, with all its events, and the chain unbroken."""
    with open_journal(folder) as journal:
        expect(not journal.notices and journal.damage is None, f"{journal.notices} {journal.damage}")
        expect(journal.verify().is_whole, str(journal.verify()))
        found = Counter(event.key for event in journal.read())
        expect(found == Counter(dict.fromkeys(keys, EACH)), f"{found} for {keys}")


def under_faults(folder: Path, plan: faulty_disk.Plan) -> Counter[str]:
    """Every append at last accepted while SQLite's calls fail, now and then on a journal that is opened anew."""
    refused: Counter[str] = Counter()
    keys = {f"k{number}" for number in range(APPENDS)}
    journal = open_journal(folder)
    for number, key in enumerate(sorted(keys)):
        plan.is_on = True
        tries = iter(range(MOST_TRIES))
        while not tried(journal, key, refused):
            plan.is_on = next(tries, None) is not None  # one in which everything fails ends some day
        plan.is_on = False
        if number % 8 == 7:
            plan.is_on = True
            journal.close()
            plan.is_on = False
            journal = open_journal(folder)
    journal.close()
    whole(folder, keys)
    return refused


def on_a_full_disk(folder: Path) -> Counter[str]:
    """Files may not grow beyond a limit; reads go on; with the limit gone the same journal takes appends again."""
    refused: Counter[str] = Counter()
    journal = open_journal(folder)
    keys = set()
    grow: Callable[[int], None] = lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, -1))  # noqa: E731
    for turn, size in enumerate((60_000, 90_000, 150_000)):
        grow(size)
        for number in range(1_000):
            if not tried(journal, f"{turn}-{number}", refused):
                break
            keys.add(f"{turn}-{number}")
        expect(refused.total() == turn + 1, "the disk was never full")
        with open_journal(folder) as another:  # a program that starts on the full disk reads too
            expect(another.newest() == journal.newest() == len(another.read()), "it does not read")
        grow(-1)
        expect(tried(journal, f"{turn}-{number}", refused), "it does not recover")
        keys.add(f"{turn}-{number}")
    journal.close()
    whole(folder, keys)
    return refused


def main(folder: Path, kind: str, *words: str) -> None:
    """One kind of failing disk."""
    if kind == "limit":
        print(json.dumps({"refused": on_a_full_disk(folder), "failed": 0}))
        return
    every, code, kinds, *tears = words
    plan = faulty_disk.Plan(int(every), int(code), tuple(kinds.split(",")), tears=bool(tears))
    plan.is_on = False
    faulty_disk.install(plan)
    print(json.dumps({"refused": under_faults(folder, plan), "failed": plan.failed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
