"""The coverage clock of a week, and the board of an order to the whole city, on the sample."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import numpy as np
import pytest

from api import clock_models
from geo.board import Board
from geo.calendar import CHINA, Week
from geo.coverage_clock import coverage_clock
from geo.events import CheckIn, Event, Mobilisation
from geo.geojson import dumps
from geo.order_board import order_board
from geo.terms import Available, EventKind
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

MONDAY = datetime(2022, 12, 19, tzinfo=CHINA)
T0 = datetime(2022, 12, 21, 4, tzinfo=CHINA)


def after_an_event(board: Board, sequence: int) -> Board:
    """A Board of which nothing is kept yet: the same county after one order more."""
    order = Mobilisation(order_id=f"O{sequence}", scope=("431381001",), cause="演练", ends_at=T0)
    return board.advance([Event(sequence, T0, T0, "hq", EventKind.MOBILISATION, order)])


def busy(bench_county: BenchCounty) -> Board:
    """The same county after a week in which every team checked in three times a day: every hour differs."""
    teams, random = bench_county.board.teams, np.random.default_rng(1)
    minutes = np.sort(random.integers(7 * 24 * 60, size=7 * 3 * len(teams.ids)))
    events = []
    for number, minute in enumerate(minutes.tolist()):
        team = int(random.integers(len(teams.ids)))
        at = MONDAY + timedelta(minutes=minute)
        body = CheckIn(
            team_id=teams.ids[team],
            member_id=f"m{team}",
            lon=float(teams.places.lon[team]) + 0.01 * random.random(),
            lat=float(teams.places.lat[team]),
            crs="EPSG:4326",
            device_time=at,
        )
        events.append(Event(bench_county.board.sequence + 1 + number, at, at, "hq", EventKind.CHECK_IN, body))
    return bench_county.board.advance(events)


def test_the_clock_of_a_week(bench_county: BenchCounty) -> None:
    atlas, week = bench_county.atlas, Week(2022, 51)
    assert len(coverage_clock(atlas, bench_county.board, week).villages) == 150
    busy_board = busy(bench_county)
    turns = iter(range(10**6, 2 * 10**6))
    callers = {
        f"coverage_clock(), {available.value}{of}": lambda _, available=available, board=board: coverage_clock(
            atlas, after_an_event(board, next(turns)), week, available=available
        )
        for of, board in (("", bench_county.board), (", a week of 6,300 check-ins", busy_board))
        for available in Available
    }
    for name, seconds in medians(callers, range(5)).items():
        report("the clock of a week, 150 villages, 300 teams, cold", {name: seconds}, unit="ms", bar=2000)


def test_the_clock_that_is_kept(bench_county: BenchCounty) -> None:
    atlas, board, week = bench_county.atlas, bench_county.board, Week(2022, 51)

    def answered(_: object) -> bytes:
        answer = coverage_clock(atlas, board.known_to(T0), week)
        return dumps(clock_models.coverage_clock(answer, T0))

    assert answered(None).count(b"share_full") == 150
    report("the same again, as JSON bytes", medians({"coverage_clock(), kept": answered}, range(20)), unit="ms", bar=10)


def test_the_board_of_an_order_to_the_whole_city(bench_county: BenchCounty) -> None:
    order = Mobilisation(order_id="O1", scope=("431381",), cause="山火")
    event = Event(bench_county.board.sequence + 10**6, T0, T0, "hq", EventKind.MOBILISATION, order)
    board = bench_county.board.advance([event])
    assert order_board(bench_county.atlas, board, "O1", at=T0).tally.expected == 900
    callers = {"order_board()": lambda _: order_board(bench_county.atlas, board, "O1", at=T0)}
    report("the board of an order, 300 teams, 900 members", medians(callers, range(10)), unit="ms")
