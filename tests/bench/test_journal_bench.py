"""What the journal costs: durable appends beside plain SQLite, knowing that nothing is new, and reading a year.

Run with `make bench`. Times are printed, never asserted; that everything is there is.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from geo.calendar import CHINA
from geo.events import CheckIn, Draft, StayDeclared
from geo.journal import Journal, Receipt, schema
from geo.journal.commits import Commits, Request
from geo.terms import EventKind
from tests.journals import NOW, check_in, clock

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

WRITERS, EACH, ROUNDS = 8, 150, 7
COUNT = WRITERS * EACH
TOLD = Receipt(0, 0, NOW)
STAYS, CHECK_INS = 31_200, 230_000


def timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def by_threads(append: Callable[[int, int], object]) -> None:
    """Call `append` with the thread's number and the turn, from all threads."""

    def write(thread: int) -> None:
        for turn in range(EACH):
            append(thread, turn)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def counted(journal: Journal) -> list[int]:
    """The sizes of all groups that are committed from now on."""
    sizes: list[int] = []
    take = journal._commits._take

    def counting() -> list:
        group = take()
        sizes.append(len(group))
        return group

    journal._commits._take = counting
    return sizes


class PlainSqlite:
    """The same table, index, pragmas and rows, which are ready: nothing but SQLite itself."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        for statement in schema.TABLES:
            self.connection.execute(statement)
        self.commits = Commits(self._write_waiting, lambda: None)

    def in_a_loop(self, rows: list[tuple], sizes: list[int]) -> None:
        """One thread, which tells nobody."""
        ready = iter(rows)
        for size in sizes:
            self._commit(islice(ready, size))

    def for_threads(self, rows: list[tuple]) -> None:
        """The same threads as the journal has, which share commits and are told in the same way."""
        ready = iter(rows)
        by_threads(lambda thread, turn: self.commits.submit(Request([next(ready)], "", None, None)))

    def _write_waiting(self, waiting: Callable[[], list[Request]]) -> None:
        group = waiting()
        self._commit(request.contents[0] for request in group)
        for request in group:
            request.receipt = TOLD

    def _commit(self, rows: Iterable[tuple]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")


def journal_by_threads(journal: Journal, turn: int) -> None:
    drafts = iter([check_in(f"M{number}") for number in range(COUNT)])
    by_threads(lambda thread, own: journal.append([next(drafts)], actor="bench", key=f"{turn}-{thread}-{own}"))


def test_durable_appends_of_eight_threads_beside_plain_sqlite(tmp_path: Path) -> None:
    seconds: dict[str, list[float]] = defaultdict(list)
    threads, loop = PlainSqlite(tmp_path / "threads.db"), PlainSqlite(tmp_path / "loop.db")
    with (
        Journal.open(tmp_path, create=True, clock=clock) as journal,
        closing(threads.connection),
        closing(loop.connection),
    ):
        sizes = counted(journal)
        for turn in range(ROUNDS):  # in turns, so that a slow minute of the machine is everybody's
            sizes.clear()
            seconds["ours"].append(timed(lambda: journal_by_threads(journal, turn)))  # noqa: B023  # used at once
            rows = [(*row[:7], row[7].decode(), row[8]) for row in journal.stretch(turn * COUNT).rows]
            seconds["threads"].append(timed(lambda: threads.for_threads(rows)))  # noqa: B023
            seconds["loop"].append(timed(lambda: loop.in_a_loop(rows, sizes)))  # noqa: B023
        group = COUNT / len(sizes)
        alone_s = timed(lambda: [journal.append([check_in()], actor="bench") for _ in range(EACH)])
        assert COUNT * ROUNDS + EACH == journal.newest()
        for plain in (threads, loop):
            assert (COUNT * ROUNDS,) == plain.connection.execute("SELECT count(*) FROM event").fetchone()

    def line(name: str, words: str) -> str:
        ratio = statistics.median(other / own for own, other in zip(seconds["ours"], seconds[name], strict=True))
        return f"\n  {words:<46}{COUNT / statistics.median(seconds[name]):8,.0f}/s  ours is {ratio:5.2f}x as fast"

    print(
        f"\ndurable appends of one event, {WRITERS} threads, groups of {group:.1f} (bar: 0.7x)"
        f"{line('ours', 'the journal')}"
        f"{line('threads', 'plain SQLite, told to as many threads')}"
        f"{line('loop', 'plain SQLite, a loop that tells nobody')}"
        f"\n  the journal, one thread                       {EACH / alone_s:8,.0f}/s"
    )


def test_knowing_that_nothing_is_new(tmp_path: Path) -> None:
    with Journal.open(tmp_path, create=True, clock=clock) as journal:
        journal.append([check_in()], actor="bench")
        asked = [timed(journal.newest) for _ in range(20_000)]
        caught_up = []
        for _ in range(200):
            journal.append([check_in()], actor="bench")
            newest = journal.newest()
            caught_up.append(timed(lambda: journal.newer(newest - 1, newest).events()))  # noqa: B023  # used at once
    print(
        f"\na question on an unchanged journal (bar 20 us) {statistics.median(asked) * 1e6:8.1f} us"
        f"\none new event read, once it is known of         {statistics.median(caught_up) * 1e6:8.1f} us"
    )


def a_year() -> list[Draft]:
    first = datetime(2022, 1, 1, 8, tzinfo=CHINA)
    drafts = [
        Draft.of(
            CheckIn(
                team_id=f"T{number % 300:03d}",
                member_id=f"T{number % 300:03d}-{number % 3}",
                lon=111.4 + number % 1000 * 1e-4,
                lat=27.6 + number % 777 * 1e-4,
                crs="EPSG:4326",
                device_time=first + timedelta(seconds=number * 137),
                accuracy_m=12.5,
            )
        )
        for number in range(CHECK_INS)
    ]
    nights = (date(2022, 1, 1) + timedelta(days=number % 365) for number in range(STAYS))
    stays = (StayDeclared(team_id="T001", member_id="T001-1", village_code="431381001001", night=one) for one in nights)
    return [*drafts, *map(Draft.of, stays)]


def test_a_year_of_a_county(tmp_path: Path) -> None:
    drafts = a_year()
    with Journal.open(tmp_path, create=True, clock=clock) as journal:
        appended_s = timed(lambda: journal.append(drafts, actor="import"))
    journal = Journal.open(tmp_path, clock=clock)
    with journal:
        read_s, columns_s = [], []
        for _ in range(3):
            begin = time.perf_counter()
            stretch = journal.stretch(0)
            read_s.append(time.perf_counter() - begin)
            found = [stretch.columns(kind) for kind in (EventKind.CHECK_IN, EventKind.STAY_DECLARED)]
            columns_s.append(time.perf_counter() - begin)
            assert [CHECK_INS, STAYS] == [len(columns.sequences) for columns in found]
        events_s = timed(stretch.events)
        del stretch, found
        verify_s = timed(journal.verify)
        backup_s = timed(lambda: journal.backup(tmp_path / "copy.db"))
    opened_s = timed(lambda: Journal.open(tmp_path, clock=clock).close())
    size_mb = (tmp_path / "journal.db").stat().st_size / 1e6
    print(
        f"\na year: {CHECK_INS:,} check-ins, {STAYS:,} declared stays, {size_mb:.0f} MB"
        f"\n  appended in one commit               {appended_s:6.2f} s"
        f"\n  opened and closed                    {opened_s:6.3f} s"
        f"\n  read, every hash checked             {statistics.median(read_s):6.2f} s"
        f"\n  the same, and as columns             {statistics.median(columns_s):6.2f} s"
        f"\n  rows to events                       {events_s:6.2f} s"
        f"\n  verified (pages, chain, bodies)      {verify_s:6.2f} s"
        f"\n  backed up and read through           {backup_s:6.2f} s"
    )
