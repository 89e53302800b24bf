"""Two processes on one journal; run by test_journal_shared.py in a process of its own, because it forks.

Each process appends and reads in turns, drawn at random. Both note in shared memory the last sequence that they were
told; whoever reads looks there first, and must then see that event and all before it. Prints one JSON line.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import sys
import time
from pathlib import Path

from geo.journal import Journal
from tests.journals import check_in, clock

PROCESSES = 2


def take_turns(folder: Path, own: int, steps: int, told: memoryview, chance: random.Random) -> None:
    """One process's share: appends, and reads that must not be older than what anyone was told before."""
    with Journal.open(folder, clock=clock) as journal:
        folded = 0
        for step in range(steps):
            if chance.random() < 0.5:
                told[own] = journal.append([check_in(f"{own}-{step}")], actor=str(own)).last
                continue
            least = max(told)
            newest = journal.newest()
            if newest < least:
                raise SystemExit(f"event {least} was accepted, and {newest} is taken for the newest")
            events = journal.read(folded)
            folded += len(events)
            if folded < newest or [event.sequence for event in events] != list(
                range(folded - len(events) + 1, folded + 1)
            ):
                raise SystemExit(f"{newest} events, of which {folded} are read")


def main(folder: Path, steps: int, seed: int) -> None:
    """Fork, wait, and count."""
    with Journal.open(folder, create=True, clock=clock):
        pass
    told = memoryview(mmap.mmap(-1, 8 * PROCESSES)).cast("q")
    begin, children = time.monotonic(), []
    for own in range(PROCESSES):
        child = os.fork()
        if child == 0:
            try:
                take_turns(folder, own, steps // PROCESSES, told, random.Random(seed + own))
                os._exit(0)
            except BaseException as error:  # noqa: BLE001  # a child must not go on as its parent
                print(error, file=sys.stderr, flush=True)
            os._exit(1)
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1]]
    if failed:
        raise SystemExit(f"seed {seed}: {len(failed)} of {PROCESSES} processes failed")
    with Journal.open(folder, clock=clock) as journal:
        report = {
            "steps": steps,
            "events": journal.newest(),
            "last_told": max(told),
            "whole": journal.verify().is_whole,
        }
    print(json.dumps({**report, "seconds": round(time.monotonic() - begin, 1)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
