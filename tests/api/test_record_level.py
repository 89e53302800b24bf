"""Keeping level with the journal: what it may cost the questions and the writers, and how snapshots are kept."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from api import keeping, record
from api.access import LOCAL
from api.drafts import drafts_of
from api.record import Record
from api.settings import Settings
from api.wiring import Services, open_services
from geo.board import Board
from geo.errors import InputError
from geo.events import Draft
from tests.county import AS_OF

WAIT_S = 20


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(at_rest, tmp_path / "county"))


@pytest.fixture
def services(folder: Path) -> Iterator[Services]:
    with closing(open_services(Settings(data=folder))) as opened:
        opened.write(LOCAL, leave("first"))
        yield opened


def leave(member: str) -> list[Draft]:
    sent = {"team_id": "T03", "member_id": member, "first_day": "2022-12-24", "last_day": "2022-12-25"}
    return drafts_of("leave", sent, now=AS_OF)


def lifted(at: Any) -> list[Draft]:
    """A closure lifted, at an instant that the client does not name."""
    return drafts_of("closures", {"event": "closure_lifted", "closure_id": "K1"}, now=at)


# --- writers


def at_once(services: Services, calls: list[list[Draft]]) -> list[object]:
    """What became of the calls when all were taken into one commit."""
    journal = services.record.journal  # type: ignore[union-attr]  # of a folder there is one
    results: list[object] = [None] * len(calls)
    is_in, may_go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        is_in.set()
        may_go.wait(WAIT_S)

    def write(number: int) -> None:
        try:
            results[number] = services.write(LOCAL, calls[number])
        except InputError as error:
            results[number] = error

    threads = [threading.Thread(target=lambda: journal.append(leave("holds"), actor="a", decide=hold))]
    threads[0].start()
    is_in.wait(WAIT_S)
    for number in range(len(calls)):
        threads.append(threading.Thread(target=write, args=(number,)))
        threads[-1].start()
        while len(journal._commits._waiting) <= number:  # nothing else tells that it queues
            threading.Event().wait(0.001)
    may_go.set()
    for thread in threads:
        thread.join()
    return results


def test_each_call_of_a_commit_is_judged_by_those_before_it(services: Services) -> None:
    results = at_once(services, [lifted(AS_OF), lifted(AS_OF), leave("M1")])
    assert [False, True, False] == [isinstance(one, InputError) for one in results]
    assert "was lifted on" in str(results[1])


def test_judging_the_calls_of_a_commit_folds_each_event_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded: list[int] = []
    advance = Board.advance

    def counting(board: Board, events: Any, *more: Any) -> Board:
        folded.append(len(events))
        return advance(board, events, *more)

    monkeypatch.setattr(record, "admit", lambda *_, **__: None)
    monkeypatch.setattr(Board, "advance", counting)
    results = at_once(services, [leave(f"M{number}") for number in range(60)])
    assert not any(isinstance(one, InputError) for one in results)
    assert 60 <= sum(folded) <= 70
    services.caught_up()
    assert 61 <= len(services.caught_up().board.duty.leaves)


def test_a_call_repeated_without_an_instant_of_its_own_answers_the_same(services: Services) -> None:
    first = services.write(LOCAL, lifted(AS_OF), key="k")
    again = services.write(LOCAL, lifted(AS_OF + timedelta(seconds=5)), key="k")
    assert (first.first, True) == (again.first, again.repeated)


# --- snapshots


def test_no_question_waits_for_a_snapshot_and_closing_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go, began = threading.Event(), []
    kept = keeping.to_snapshot

    def slowly(board: Board) -> bytes:
        began.append(board.sequence)
        may_go.wait(WAIT_S)
        return kept(board)

    monkeypatch.setattr(record, "SNAPSHOT_EVENTS", 1)
    monkeypatch.setattr(keeping, "to_snapshot", slowly)
    services = open_services(Settings(data=folder))
    for number in range(5):
        services.write(LOCAL, leave(f"M{number}"))
        services.caught_up()  # answers while the first one is being kept
    assert 1 == len(began)
    assert not (folder / "snapshots").exists()
    threading.Timer(0.05, may_go.set).start()
    services.close()
    assert 1 == len(list((folder / "snapshots").iterdir()))
    assert not [thread for thread in threading.enumerate() if thread.name == "yixian-snapshot"]


def test_one_that_was_passed_over_is_kept_with_a_later_event(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "SNAPSHOT_EVENTS", 1)
    with closing(open_services(Settings(data=folder))) as services:
        for number in range(50):
            newest = services.write(LOCAL, leave(f"M{number}")).last
            services.caught_up()
            threading.Event().wait(0.001)
    kept = sorted((folder / "snapshots").iterdir())
    assert 2 == len(kept)
    assert newest - 40 < int(kept[-1].name.split("-")[0])


# --- a version that takes over


def test_a_fold_beside_running_answers_goes_in_short_steps_to_the_same_board(
    services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_STEP", 10)
    for number in range(40):
        services.write(LOCAL, leave(f"M{number}"))
    services.write(LOCAL, lifted(AS_OF))
    level, pauses = services.caught_up().board, count()
    assert services.record is not None
    beside = Record(folder, services.county, services.now, services.record.journal, pause=lambda: next(pauses))
    assert level.sequence == beside.board().sequence
    assert level.sequence // 10 <= next(pauses)
    assert level.duty.leaves == beside.board().duty.leaves
    assert level.closures.equals(beside.board().closures)
    assert level.stays.equals(beside.board().stays)


# --- a fixed present


def test_under_a_fixed_present_the_record_ends_with_it_whenever_it_was_written(services: Services) -> None:
    board = services.caught_up().board
    assert board.recorded_at is not None
    assert board.recorded_at > AS_OF + timedelta(days=1)  # the journal's clock is the real one
    assert board.record is not None
    assert AS_OF + timedelta(minutes=1) == board.record.until
    assert board.record == replace(services, now=lambda: AS_OF).caught_up().board.record
