"""Fails one change on the disk after the other; run by test_failing_steps.py in a process of its own, as it forks.

    python -m tests.faults.failing_steps ROOM PLACES once|stays WORK…

The parent loads everything once. For each work and each n of PLACES (0: all) that are spread evenly over its changes
a child does the work, and its n-th write, sync, rename or truncation fails, once or from then on. Then the parent opens
the folder: it must be whole, as before or as it was to become. Prints one JSON line: how many changes each work makes
on the disk, and how the folder was found how often.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import api.imports
from geo import store
from geo.backup import back_up, put_back
from geo.errors import GeoError
from geo.export import FORMS, LayerFile, write_layers
from geo.journal import Journal, restore
from geo.layers.registry import LAYERS
from geo.origin import Origin
from tests.county import AS_OF, checked_layers, county_of, raw_layers
from tests.faults.failing_calls import Failing
from tests.journals import check_ins, clock

ERRORS: Final = (errno.ENOSPC, errno.EIO)
DONE, REFUSED, CRASHED = 0, 3, 4
OLD, NEW = "old", "new"
KEPT = 12
"""Events in the journal before."""


@dataclass(frozen=True)
class Work:
    """`prepare` makes the folder, `do` is what fails, `state` says what the folder is: old, new, or what is wrong."""

    prepare: Callable[[Path], None]
    do: Callable[[Path], object]
    state: Callable[[Path], str]


def source(folder: Path, speed_kph: int) -> Path:
    """A file of speeds to import, beside the folder."""
    path = folder.parent / f"speeds-{speed_kph}.csv"
    if not path.exists():
        raw_layers()["speeds"].assign(speed_kph=speed_kph).to_csv(path, index=False)
    return path


def imported(folder: Path, speed_kph: int) -> None:
    """One import."""
    api.imports.import_file(folder, "speeds", source(folder, speed_kph), now=AS_OF)


def speeds(folder: Path) -> str:
    """Which import the folder holds; the sample has 12."""
    if store.is_absent(folder):
        return OLD
    if problems := store.problems(folder):
        return str(problems)
    frame = store.open_county(folder).layers["speeds"]
    return {7: OLD, 12: OLD, 8: NEW}.get(int(frame["speed_kph"].iloc[0]), f"torn: {frame}")


def recorded(folder: Path) -> None:
    """A journal with some events, of which the last ones are still in its log."""
    folder.mkdir()
    with Journal.open(folder, create=True, clock=clock) as journal:
        journal.append(check_ins(KEPT), actor="a", key="before")
        journal.keep_snapshot(KEPT - 1, b"old" * 9_000)


def faults(journal: Journal) -> str:
    """What is wrong with a journal. That it cut off the end of a write that was refused is as it should be."""
    lost = [notice for notice in journal.notices if "lost" in notice or "another" in notice]
    verdict = journal.verify()
    return "" if verdict.is_whole and not lost else f"{lost} {verdict}"


def appended(folder: Path) -> None:
    """One append on a journal that is opened for it."""
    with Journal.open(folder, create=True, clock=clock) as journal:
        journal.append(check_ins(3), actor="a", key="new")


def events(folder: Path) -> str:
    """Whether the append is there, whole and once; it is there after it is done again."""
    with Journal.open(folder, create=True, clock=clock) as journal:
        newest = journal.newest()
        if found := faults(journal):
            return found
        receipt = journal.append(check_ins(3), actor="a", key="new")
        begun = receipt.first - 1
        if journal.newest() != begun + 3 or begun not in (0, KEPT):
            return f"done again: {receipt}, ends at {journal.newest()}"
        return {begun: OLD, begun + 3: NEW}.get(newest, f"half: {newest}")


def snapshot(folder: Path) -> None:
    """One snapshot kept."""
    with Journal.open(folder, clock=clock) as journal:
        journal.keep_snapshot(KEPT, b"new" * 9_000)


def kept(folder: Path) -> str:
    """Which snapshot is the newest."""
    with Journal.open(folder, clock=clock) as journal:
        found = journal.newest_snapshot()
        if faults(journal) or found is None:
            return f"{faults(journal)} {found}"
        known = {(KEPT - 1, b"old" * 9_000): OLD, (KEPT, b"new" * 9_000): NEW}
        return known.get((found.sequence, found.content), "torn")


def backed_up(folder: Path) -> None:
    """One backup of the journal, beside the folder."""
    with Journal.open(folder, clock=clock) as journal:
        journal.backup(folder / "copy.db")


def copy(folder: Path) -> str:
    """Whether the copy is there, whole; the journal is in any case."""
    with Journal.open(folder, clock=clock) as journal:
        if faults(journal) or journal.newest() != KEPT:
            return f"{faults(journal)} {journal.newest()}"
    if not (folder / "copy.db").exists():
        return OLD
    (folder / "other").mkdir()
    return NEW if restore(folder / "copy.db", folder / "other", clock).verdict.events == KEPT else "a copy of less"


def with_copy(folder: Path) -> None:
    """A journal that has gone on since it was backed up."""
    recorded(folder)
    backed_up(folder)
    appended(folder)


def restored(folder: Path) -> None:
    """The copy put in the journal's place."""
    restore(folder / "copy.db", folder, clock)


def restored_events(folder: Path) -> str:
    """Whether the journal is the copy; that the mark tells of more events then is said, and no fault."""
    with Journal.open(folder, clock=clock) as journal:
        if not journal.verify().is_whole:
            return str(journal.verify())
        state = {KEPT: NEW, KEPT + 3: OLD}.get(journal.newest(), f"half: {journal.newest()}")
        return state if state == NEW or not journal.notices else str(journal.notices)


def exported(folder: Path) -> None:
    """One layer as a GeoPackage for others."""
    given = LayerFile(LAYERS["rivers"], checked_layers()["rivers"], Origin("rivers", "0" * 12))
    write_layers(folder / "rivers.gpkg", [given], FORMS["gpkg"])


def file(folder: Path) -> str:
    """Whether the file is there, and the same as one that was written without a fault."""
    if not (folder / "rivers.gpkg").exists():
        return OLD
    found = (folder / "rivers.gpkg").read_bytes()
    exported(folder)
    return NEW if (folder / "rivers.gpkg").read_bytes() == found else "a file that is harmed"


def saved(folder: Path) -> None:
    """One backup of the whole folder, beside it."""
    back_up(folder, folder.parent / "saved.tar", clock)


def saved_folder(folder: Path) -> str:
    """Whether the backup is there, so that it can be put back; the folder is whole in any case."""
    state, path = county(folder), folder.parent / "saved.tar"
    if state != NEW or not path.exists():
        return OLD if state == NEW else state
    put_back(path, folder, clock)
    path.unlink()
    return county(folder)


def county(folder: Path) -> str:
    """A county with the newer speeds and a whole journal, as it was backed up, or one event further."""
    if (state := speeds(folder)) != NEW:
        return state
    with Journal.open(folder, clock=clock) as journal:
        if found := faults(journal):
            return found
        return {KEPT: NEW, KEPT + 3: OLD}.get(journal.newest(), f"half: {journal.newest()}")


def whole(folder: Path) -> None:
    """A county with a journal."""
    imported(folder, 8)
    with Journal.open(folder, create=True, clock=clock) as journal:
        journal.append(check_ins(KEPT), actor="a", key="before")


def whole_and_saved(folder: Path) -> None:
    """A county that has gone on since it was backed up."""
    whole(folder)
    saved(folder)
    (folder.parent / "saved.tar").rename(folder.parent / "kept.tar")
    appended(folder)


def put_in_place(folder: Path) -> None:
    """The backup put in the folder's place."""
    put_back(folder.parent / "kept.tar", folder, clock)


WORKS: Final = {
    "import": Work(lambda folder: imported(folder, 7), lambda folder: imported(folder, 8), speeds),
    "first-import": Work(lambda _: None, lambda folder: imported(folder, 8), speeds),
    "append": Work(recorded, appended, events),
    "first-append": Work(lambda folder: folder.mkdir(), appended, events),
    "snapshot": Work(recorded, snapshot, kept),
    "backup": Work(recorded, backed_up, copy),
    "restore": Work(with_copy, restored, restored_events),
    "export": Work(lambda folder: folder.mkdir(), exported, file),
    "whole-backup": Work(whole, saved, saved_folder),
    "whole-restore": Work(whole_and_saved, put_in_place, county),
}


def attempted(work: Work, folder: Path, failing: Failing) -> tuple[int, int]:
    """Do the work in a child: how it ended, and how many changes it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = CRASHED
        try:
            with failing:
                work.do(folder)
            code = DONE
        except GeoError:
            code = REFUSED
        except BaseException:  # noqa: BLE001  # a child must not go on as its parent
            traceback.print_exc()
        finally:
            os.write(writing, str(failing.calls).encode())
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as told:
        calls = told.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), int(calls or -1)


def at_each(room: Path, name: str, places: int, *, stays: bool) -> dict[str, object]:
    """Each change that a work makes on the disk fails, or so many of them (0: all), spread evenly."""
    work, origin, folder = WORKS[name], room / f"{name}-origin", room / "county"
    work.prepare(origin)
    found: Counter[str] = Counter()
    n, changes, step = 0, 1, 1
    while n <= changes:  # the first time nothing fails: it counts
        shutil.rmtree(folder, ignore_errors=True)
        if origin.exists():
            shutil.copytree(origin, folder)
        code, calls = attempted(work, folder, Failing(n, ERRORS[n // step % len(ERRORS)], stays=stays))
        if n == 0:
            changes, step = calls, max(1, calls // places) if places else 1
        state = work.state(folder)
        if code not in (DONE, REFUSED) or state not in (OLD, NEW) or (code == DONE and state == OLD):
            raise SystemExit(f"{name}, change {n} of {changes}: ended with {code}, and the folder is {state}")
        found[f"{'done' if code == DONE else 'refused'}, {state}"] += 1
        n += step
    return {"changes": changes, "found": found}


def main(room: Path, places: int, names: list[str], *, stays: bool) -> None:
    """Fail them all, and print what was found."""
    store.write_county(room / "sample", county_of().layers, present=AS_OF, source="test")
    api.imports.SAMPLE_FOLDER = room / "sample"
    imported(room / "warm", 8)  # whatever is loaded on first use is loaded now
    print(json.dumps({name: at_each(room, name, places, stays=stays) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[4:], stays=sys.argv[3] == "stays")
