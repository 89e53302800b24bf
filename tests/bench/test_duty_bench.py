"""Availability: one instant with a year of check-ins on the Board, after one more event, and looked up again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from geo.board import Board, fold, recorded
from geo.calendar import CHINA
from geo.duty import availability
from geo.events import CheckIn, Draft, Event, Leave
from geo.nearest import nearest
from geo.terms import Basis
from tests.bench.conftest import BenchCounty
from tests.bench.test_board_bench import CHECK_INS, drafts_of_a_year, paper_of_a_year

END = datetime(2023, 1, 3, 10, tzinfo=CHINA)  # a workday after the year's last event
BAR_US = 200


def leaves_of_a_year(county: BenchCounty) -> list[Draft]:
    """Ten leaves of each of 900 members."""
    random, ids = np.random.default_rng(7), county.board.teams.ids
    drafts = []
    for number in range(9_000):
        first = date(2022, 1, 1) + timedelta(days=int(random.integers(360)))
        body = Leave(
            team_id=ids[number % len(ids)],
            member_id=f"m{number % 900}",
            first_day=first,
            last_day=first + timedelta(days=int(random.integers(5))),
        )
        drafts.append(Draft.of(body))
    return drafts


@pytest.fixture(scope="module")
def board(bench_county: BenchCounty) -> Board:
    """A year's check-ins, check-outs, nights on paper and leaves."""
    drafts = [*drafts_of_a_year(bench_county, CHECK_INS), *paper_of_a_year(bench_county)]
    drafts += leaves_of_a_year(bench_county)
    return fold(bench_county.atlas, recorded(drafts, END))


def spent_us(atlas: Any, boards: Iterator[Board], instants: list[datetime]) -> list[float]:
    """What each instant's availability takes, neither it nor its day known before: the shortest of three runs."""
    spent = []
    for board, at in zip(boards, instants, strict=False):
        runs = []
        for _ in range(3):
            board.kept.pop("availability", None)
            board.kept.pop("crews of a day", None)
            begin = perf_counter()
            availability(atlas, board, at)
            runs.append((perf_counter() - begin) * 1e6)
        spent.append(min(runs))
    return spent


def test_an_unknown_instant_of_a_year_takes_200_us(bench_county: BenchCounty, board: Board) -> None:
    random = np.random.default_rng(5)
    seconds = random.uniform(0, 360 * 86_400, 2_000).tolist()
    instants = [datetime(2022, 1, 1, tzinfo=CHINA) + timedelta(seconds=second) for second in seconds]
    availability(bench_county.atlas, board, END)  # what a Board is opened with is not what is measured
    spent = spent_us(bench_county.atlas, iter([board] * len(instants)), instants)
    print(f"\navailability of {len(board.teams.ids)} teams, cold: median {median(spent):.0f} us (bar {BAR_US} us)")
    assert median(spent) <= BAR_US


@pytest.mark.parametrize("kind", ["check-in", "leave"])
def test_after_one_more_event_it_takes_200_us(bench_county: BenchCounty, board: Board, kind: str) -> None:
    teams, at = board.teams, END
    boards, now = [], board
    for number in range(400):
        who: dict[str, Any] = {"team_id": teams.ids[number % 300], "member_id": f"m{number}"}
        place = float(teams.places.lon[number % 300]), float(teams.places.lat[number % 300])
        body = (
            CheckIn(**who, lon=place[0], lat=place[1], crs="EPSG:4326", device_time=at + timedelta(seconds=number))
            if kind == "check-in"
            else Leave(**who, first_day=at.date(), last_day=at.date())
        )
        draft = Draft.of(body)
        now = now.advance([Event(now.sequence + 1, draft.at, draft.at, "t", draft.kind, draft.body)])
        boards.append(now)
    availability(bench_county.atlas, board, at)
    instants = [at + timedelta(seconds=number) for number in range(len(boards))]
    spent = spent_us(bench_county.atlas, iter(boards), instants)
    print(f"\navailability after one more {kind}: median {median(spent):.0f} us (bar {BAR_US} us)")
    assert median(spent) <= BAR_US


def test_a_known_instant_costs_a_question_next_to_nothing(bench_county: BenchCounty, board: Board) -> None:
    atlas = bench_county.atlas

    def best_us(work: Any, times: int = 2_000) -> float:
        work()
        begin = perf_counter()
        for _ in range(times):
            work()
        return (perf_counter() - begin) / times * 1e6

    known = best_us(lambda: availability(atlas, board, END))
    whole = best_us(lambda: nearest(atlas, board, 111.43, 27.69, at=END, basis=Basis.ROAD), 500)
    stands = []
    for number in range(20):
        at = END + timedelta(days=number % 7, hours=12)
        board.kept.pop("availability", None)
        placed = availability(atlas, board, at)
        begin = perf_counter()
        placed.stands  # noqa: B018  # worked out when it is first asked for
        stands.append((perf_counter() - begin) * 1e3)
    print(
        f"\navailability looked up: {known:.1f} us; the whole question by road: {whole:.0f} us (bar 220 us); "
        f"teams tied to the roads anew: {median(stands):.2f} ms"
    )
