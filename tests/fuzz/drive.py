"""One fuzzer at work in a process of its own: `python -m tests.fuzz.drive NAME SECONDS SEED FOLDER`.

It asks the fixed inputs and then, for so many seconds (0: for a hundred inputs that are always the same), what
hypothesis draws. The input that is asked is in FOLDER/NAME.now, so that what ends the process is known; prints how many
inputs were taken and refused.
"""

from __future__ import annotations

import faulthandler
import importlib
import logging
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from tests.fuzz.mutations import cases
from tests.fuzz.target import Case, Target

LONGEST_S: Final = 20.0
"""Of one input, on a machine that does much else."""
ROOM_MIB: Final = 1024
"""What all inputs together may take beyond what the program takes to ask the sound ones."""
FEW: Final = 100
MANY: Final = 500
"""Inputs in one round of hypothesis; each round begins with another seed."""


class TooLongError(BaseException):
    """An input took too long; nothing that is asked may take it for an error of its own."""


class Asker:
    """Asks inputs one by one, each kept while it is asked."""

    def __init__(self, target: Target, now: Path) -> None:
        self.target, self.now = target, now
        self.told: Counter[str] = Counter()

    def ask(self, case: Case) -> None:
        """One input; it may neither raise, nor take too long."""
        self.now.write_bytes(kept(case))
        faulthandler.dump_traceback_later(LONGEST_S * 2, exit=True)  # where Python itself no longer gets its turn
        signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
        try:
            self.told["taken" if self.target.ask(case) else "refused"] += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()


def kept(case: Case) -> bytes:
    """An input as a file has it: its door in the first line."""
    return case.door.encode() + b"\n" + case.content


def case_of(content: bytes) -> Case:
    """The input that a file has."""
    door, _, rest = content.partition(b"\n")
    return Case(door.decode(), rest)


def target_of(name: str) -> Target:
    """The fuzzer of that name: a module of this folder."""
    found: Target = importlib.import_module(f"tests.fuzz.{name}").TARGET
    return found


def drive(name: str, seconds: float, begin: int, folder: Path) -> Counter[str]:
    """Ask; what is found is raised, and its input stays where it is."""
    signal.signal(signal.SIGALRM, _too_long)
    asker = Asker(target_of(name), folder / f"{name}.now")
    for case in asker.target.sound:
        asker.ask(case)
    assert not asker.told["refused"], "what is sound was refused"
    for case in asker.target.fixed:
        asker.ask(case)
    most = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize() + ROOM_MIB * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    end = time.monotonic() + seconds
    round_ = 0
    while round_ == 0 or time.monotonic() < end:
        _round(asker, begin + round_, end if seconds else None)
        round_ += 1
    asker.now.unlink()
    return asker.told


def _round(asker: Asker, number: int, end: float | None) -> None:
    @seed(number)
    @settings(
        max_examples=FEW if end is None else MANY,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )
    @given(cases(asker.target))
    def asked(case: Case) -> None:
        if end is None or time.monotonic() < end:
            asker.ask(case)

    asked()


def _too_long(*_: object) -> None:
    raise TooLongError(f"an input took longer than {LONGEST_S:g} s")


if __name__ == "__main__":
    warnings.simplefilter("error")
    logging.disable()  # damage is told there too
    if sys.argv[2] == "again":  # NAME again FILE
        print(target_of(sys.argv[1]).ask(case_of(Path(sys.argv[3]).read_bytes())))
    else:
        told = drive(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        print(told["taken"], told["refused"])
