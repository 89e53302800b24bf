"""Kills imports; run by test_kill.py in a process of its own, because it forks.

The parent loads everything once; each child imports two versions of one layer in turns, into a folder that stays or one
made from nothing, until it is killed: at a random moment, or right before a random one of its own steps on the disk.
Prints one JSON line: how many rounds, what the folder held after each, and what was left lying about.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import api.imports
from geo import store
from tests.county import AS_OF, SmallCounty, county_of, raw_layers

LAYER = "grids"
WHOLE = ("absent", "old", "7", "8")
LONGEST_S = 0.8
MOST_STEPS = 60
STEPS = frozenset({"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate"})


def sources(room: Path) -> dict[int, Path]:
    """Two versions of one layer as files to import; every row of a version has the same population."""
    frame = raw_layers()[LAYER]
    found = {}
    for version in (7, 8):
        found[version] = room / f"{version}.geojson"
        frame.assign(population=version).to_file(found[version], driver="GeoJSON")
    return found


def import_for_ever(folder: Path, files: dict[int, Path]) -> None:
    """Whole imports, one after the other."""
    for path in cycle(files.values()):
        api.imports.import_file(folder, LAYER, path, now=AS_OF)


def write_for_ever(folder: Path, county: SmallCounty) -> None:
    """Only the last part of an import: many more moments at which something is on its way to the disk."""
    for version in cycle((8, 7)):
        with store.writing(folder):
            frame = county.layers[LAYER].assign(population=version).astype({"population": "Int64"})
            manifest = store.read_manifest(folder)
            store.replace_layer(folder, manifest, LAYER, frame, date=AS_OF, source="x", given_crs="EPSG:4326")


def begin_for_ever(folder: Path, origin: Path) -> None:
    """What the first import does to a folder that is not there."""
    while True:
        with store.writing(folder):
            store.begin_county(folder, origin)


def killed(work: object, *, after_s: float | None = None, at_step: int = 0) -> None:
    """Fork, let the child work, and kill it after a while or let it kill itself before its n-th step on the disk."""
    child = os.fork()
    if child == 0:
        try:
            if at_step:
                left = iter(range(at_step))
                sys.addaudithook(
                    lambda event, _: (
                        os.kill(os.getpid(), signal.SIGKILL) if event in STEPS and next(left, None) is None else None
                    )
                )
            work()  # type: ignore[operator]
        finally:
            os._exit(1)  # a child that ends by itself has failed
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("the child ended before it was killed")


def held(folder: Path, rows: int) -> str:
    """Which version the folder holds, or that it is absent: one of `WHOLE`; anything else is a fault."""
    if store.is_absent(folder):
        return "absent"
    if found := store.problems(folder):
        return f"problems: {found}"
    entry = store.read_manifest(folder).layers[LAYER]
    frame = store.read_layers(folder, store.Manifest({LAYER: entry}))[LAYER]
    kinds = sorted(set(frame["population"].tolist()))
    if len(frame) == rows and kinds in ([7], [8]):
        return str(kinds[0])
    return "old" if len(frame) == rows and not {7, 8} & set(kinds) else f"torn: {len(frame)} rows of {kinds}"


def main(room: Path, rounds: int, seed: int) -> None:
    """Four kinds of rounds in turn."""
    chance = random.Random(seed)
    files, county = sources(room), county_of()
    store.write_county(room / "sample", county.layers, present=AS_OF, source="test")
    api.imports.SAMPLE_FOLDER = room / "sample"  # small, so that many rounds fit
    again, rows = room / "again", len(county.layers[LAYER])
    api.imports.import_file(again, LAYER, files[7], now=AS_OF)  # whatever is loaded on first use is loaded now
    seen: Counter[str] = Counter()
    for turn in range(rounds):
        folder = again if turn % 4 else room / "new"
        moment_s, step = chance.uniform(0, LONGEST_S), chance.randint(1, MOST_STEPS)
        first_step = chance.randint(1, MOST_STEPS * len(county.layers) // 4)
        match turn % 4:
            case 0:
                killed(lambda: begin_for_ever(folder, room / "sample"), at_step=first_step)  # noqa: B023  # used at once
            case 1:
                killed(lambda: import_for_ever(again, files), after_s=moment_s)
            case 2:
                killed(lambda: write_for_ever(again, county), after_s=moment_s / 4)
            case _:
                killed(lambda: write_for_ever(again, county), at_step=step)
        state = held(folder, rows)
        if state not in WHOLE:
            raise SystemExit(f"round {turn}, seed {seed}: {state}")
        seen[state] += 1
        shutil.rmtree(room / "new", ignore_errors=True)
    api.imports.import_file(again, LAYER, files[7], now=AS_OF)
    left = [path.name for path in again.iterdir() if path.name.startswith(".")]
    print(json.dumps({"rounds": rounds, "seen": seen, "left": left}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
